//! Random parity: a random configuration and random events, played with Debian's keepalived and with vipd at the same time;
//! after each event both are looked at until they show the same and have come to rest. Of several events at once keepalived gets
//! one after the other: where they lead to must be the same. In some plays there is a second router, on both sides keepalived,
//! to which things happen, too.

mod block;
mod dice;
mod lines;
mod member;
mod node;
mod plan;
mod recipe;
mod side;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;

use self::plan::{Event, Plan};
use self::side::Side;
use crate::PATIENCE;
use crate::programs::{daemon, debian_keepalived};

/// What they show is looked at this often.
const PAUSE: Duration = Duration::from_millis(300);

/// Plays the plan of this seed; an error that shows what was played and every fact that differs. Without `programs` the
/// configurations have no scripts: keepalived changes its groups before it runs one, which needs real root.
pub fn same(seed: u64, programs: bool) -> Result<()> {
    let plan = Plan::draw(seed, programs);
    let mut theirs = Side::new(&plan, &debian_keepalived()?)?;
    let mut ours = Side::new(&plan, &daemon())?;
    let mut played = format!("seed {seed}\n{}", plan.config());
    if let Some(neighbour) = plan.neighbour() {
        let _ = write!(played, "\non the other host keepalived with\n{neighbour}");
    }
    for event in plan.events() {
        let _ = write!(played, "\n== {event}");
        ours.play(event)?;
        theirs.play_calmly(event, plan.rest())?;
        agree(event, &mut theirs, &mut ours, plan.rest())
            .map_err(|error| error.context(format!("after the last of these events:\n{played}\n")))?;
    }
    Ok(())
}

/// Waits until both show the same and nothing has changed for so long.
fn agree(event: &Event, theirs: &mut Side, ours: &mut Side, rest: Duration) -> Result<()> {
    let end = Instant::now() + PATIENCE / 2;
    let (mut seen, mut since) = (theirs.visible(event)?, Instant::now());
    loop {
        std::thread::sleep(PAUSE);
        let (their, our) = (theirs.visible(event)?, ours.visible(event)?);
        let same = their == our || ours.excused(event, &their, &our);
        if !same || their != seen {
            (seen, since) = (their, Instant::now());
            anyhow::ensure!(since < end, "vipd and keepalived differ:\n{}", diff(&seen, &our));
        } else if since.elapsed() >= rest {
            // To ask for it disturbs, so it is asked for only now.
            let (their, our) = (theirs.dumped(event)?, ours.dumped(event)?);
            if their == our {
                theirs.agreed(event);
                ours.agreed(event);
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < end, "their dumps differ:\n{}", diff(&their, &our));
            // Not again at once.
            since = Instant::now();
        }
    }
}

fn diff(theirs: &[String], ours: &[String]) -> String {
    let mut text = String::new();
    for (sign, these, those) in [("- keepalived", theirs, ours), ("+ vipd", ours, theirs)] {
        for fact in these.iter().filter(|fact| !those.contains(fact)) {
            let _ = writeln!(text, "{sign} {fact}");
        }
    }
    text
}
