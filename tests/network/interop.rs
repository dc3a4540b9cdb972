//! The interoperability matrix: one story for every pair of neighbours and every way in which they can speak, judged by the
//! kernels' addresses, both logs and tshark. `INTEROP=all` plays all cells, otherwise it is few in which every two values
//! that can meet do meet.

use anyhow::{Context as _, Result};
use lab::{Advert, Capture, Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::dumps::json;
use vipd_tests::matrix::{
    Cell, Family, Form, NEIGHBOURS, Program, Transport, Version, combinations, possible, representative,
};
use vipd_tests::programs::{daemon, debian_keepalived, instance, refused_in_all, start_keepalived, state};
use vipd_tests::watch::{await_holder, ip_address, tshark_agrees};
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";
/// RFC 9568 section 7.3, for VRID 51.
const VIRTUAL_MACS: [&str; 2] = ["00:00:5e:00:01:33", "00:00:5e:00:02:33"];

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests: Vec<_> = cells()
        .into_iter()
        .map(|cell| test(format!("interop::{}", cell.name()), move || play(cell)))
        .collect();
    tests.push(test("interop::impossible_cells", impossible_cells));
    tests.push(test("interop::equal_priority_higher_address_wins", equal_priority));
    tests
}

/// How many cells there are and how many of them are played.
pub(crate) fn summary() -> String {
    let (combinations, possible) = (combinations().len(), possible().len());
    format!(
        "interoperability matrix: {} of {possible} cells; {} more combinations are impossible; make interop plays all",
        cells().len(),
        combinations - possible
    )
}

fn cells() -> Vec<Cell> {
    if std::env::var_os("INTEROP").is_some_and(|which| which == "all") {
        possible()
    } else {
        representative()
    }
}

/// One of the two routers.
struct Router {
    program: Program,
    host: Host,
    daemon: Daemon,
    /// How often it was started.
    starts: usize,
}

impl Router {
    fn new(cell: Cell, number: usize, host: &Host) -> Result<Self> {
        let program = if number == 0 { cell.better } else { cell.other };
        let path = match program {
            Program::Vipd => daemon(),
            Program::Keepalived => debian_keepalived()?,
        };
        let daemon = Daemon::new(host, &path, &cell.config(number))?;
        Ok(Self { program, host: host.clone(), daemon, starts: 0 })
    }

    fn start(&mut self) -> Result<()> {
        self.starts += 1;
        self.daemon.start()
    }

    /// Until it has entered the state BACKUP since the last start, and says so.
    fn await_backup(&self) -> Result<()> {
        eventually(&format!("{} is BACKUP", self.host.name()), PATIENCE, || {
            Ok(match self.program {
                Program::Vipd => state(&self.daemon, "VI_1") == "BACKUP",
                Program::Keepalived => {
                    self.daemon.log().matches("Entering BACKUP STATE (init)").count() == self.starts
                }
            })
        })
    }

    /// That it found nothing wrong with its neighbour's packets.
    fn is_content(&self) -> Result<()> {
        let log = self.daemon.log();
        for complaint in ["invalid", "mismatch", "bogus", "incorrect", "wrong", "ipsec", "ignoring"] {
            let found = log.lines().find(|line| line.to_lowercase().contains(complaint));
            anyhow::ensure!(found.is_none(), "{} complains: {}", self.host.name(), found.unwrap_or_default());
        }
        if self.program == Program::Vipd {
            let seen = instance(&self.daemon, "VI_1")?;
            anyhow::ensure!(refused_in_all(&seen) == 0, "vipd refused: {}", seen["counters"]);
        }
        Ok(())
    }
}

/// Election by priority, a Backup that leaves and returns, a Master that dies, its return, and its last word.
fn play(cell: Cell) -> Result<()> {
    let mut world = vipd_tests::world()?;
    let length = if cell.family == Family::Ipv4 { 24 } else { 64 };
    let mut host = |name: &str, own: &str| world.host(name, &[&format!("{own}/{length}")]);
    let (a, b) = (host("ServerA", cell.own()[0])?, host("ServerB", cell.own()[1])?);
    let capture = world.capture()?;
    let (mut better, mut other) = (Router::new(cell, 0, &a)?, Router::new(cell, 1, &b)?);
    let serves = |host: &Host| serves_alone(cell, [&a, &b], host);

    // Alone it is Master, whatever its priority; the better one preempts it.
    other.start()?;
    serves(&b)?;
    better.start()?;
    serves(&a)?;

    // A Backup that leaves and returns moves nothing, and says nothing.
    anyhow::ensure!(other.daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    let silent_from = capture.adverts(51).len();
    other.start()?;
    other.await_backup()?;
    let interrupted = adverts_of(cell, &capture, 1).into_iter().find(|(at, _)| *at >= silent_from);
    anyhow::ensure!(interrupted.is_none(), "a Backup advertised: {interrupted:?}");

    // The Master dies without a word, and comes back.
    better.daemon.kill(|| drop(a.plug(false)))?;
    let dead_from = capture.adverts(51).len();
    better.daemon.lose_memory()?;
    serves(&b)?;
    a.plug(true)?;
    better.start()?;
    serves(&a)?;
    let alive_until = capture.adverts(51).len();

    // It stops, says so, and is believed.
    better.is_content()?;
    anyhow::ensure!(better.daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    serves(&b)?;
    other.is_content()?;
    let heard = json(&mut other.daemon)?[0]["stats"]["pri_zero_rcvd"].clone();
    anyhow::ensure!(heard == 1, "priority 0 was heard {heard} times");

    let of_better = adverts_of(cell, &capture, 0);
    let last = of_better.last().context("no advertisement of the better one")?;
    anyhow::ensure!(last.1.priority == 0, "its last word was {last:?}");
    let death =
        of_better.iter().find(|(at, seen)| (dead_from..alive_until).contains(at) && seen.priority == 0);
    anyhow::ensure!(death.is_none(), "the dead said goodbye: {death:?}");
    is_what_it_says(cell, &world, &capture)
}

/// One host has all virtual addresses, where they belong, and the other has none.
fn serves_alone(cell: Cell, hosts: [&Host; 2], wanted: &Host) -> Result<()> {
    let interface = if cell.form == Form::Vmac { "vrrp.51" } else { "eth0" };
    for (address, length) in cell.virtual_addresses() {
        await_holder(&hosts, address, wanted)?;
        let shown = ip_address(wanted, interface, address)?;
        let shown = shown.with_context(|| format!("{address} is not on {interface} of {}", wanted.name()))?;
        anyhow::ensure!(shown["prefixlen"] == *length, "{address} is shown as {shown}");
    }
    Ok(())
}

/// What the better one (0) or the other one (1) has advertised, with its place among all.
fn adverts_of(cell: Cell, capture: &Capture, router: usize) -> Vec<(usize, Advert)> {
    let priorities = if router == 0 { [150, 0] } else { [100, 0] };
    let own = cell.own()[router];
    let all = capture.adverts(51).into_iter().enumerate();
    all.filter(|(_, seen)| seen.from.to_string() == own && priorities.contains(&seen.priority)).collect()
}

/// tshark judges, and every packet is of the kind that the cell is about.
fn is_what_it_says(cell: Cell, world: &lab::World, capture: &Capture) -> Result<()> {
    let group = if cell.family == Family::Ipv4 { "224.0.0.18" } else { "ff02::12" };
    let auth_type = match (cell.version, cell.form) {
        (Version::V3, _) => "",
        (Version::V2, Form::Plain | Form::Vmac) => "0",
        (Version::V2, Form::Pass) => "1",
        (Version::V2, Form::Ah) => "2",
    };
    for seen in tshark_agrees(world, capture, 12)? {
        let virtual_mac = VIRTUAL_MACS.contains(&seen.mac.as_str());
        let receiver = cell.own().iter().position(|own| *own == seen.to);
        let to = match cell.transport {
            Transport::Multicast => seen.to == group,
            Transport::Unicast => receiver.is_some(),
        };
        // keepalived sends what the kernel takes for any packet to a single machine over IPv6.
        let senders = [cell.other, cell.better];
        let theirs = receiver.is_some_and(|receiver| senders[receiver] == Program::Keepalived);
        let hops = if theirs && cell.family == Family::Ipv6 { "64" } else { "255" };
        anyhow::ensure!(
            to && seen.hops == hops
                && seen.version == if cell.version == Version::V2 { "2" } else { "3" }
                && seen.auth_type == auth_type
                && seen.ah == (cell.form == Form::Ah)
                && virtual_mac == (cell.form == Form::Vmac && cell.transport == Transport::Multicast),
            "{seen:?} in {}",
            cell.name()
        );
    }
    Ok(())
}

/// For every combination that is left out the real keepalived shows the reason: it says that it ignores the authentication,
/// and it sends version 3 where the file says 2.
fn impossible_cells() -> Result<()> {
    let (better, other) = NEIGHBOURS[1];
    let left_out = |cell: &Cell| (cell.better, cell.other) == (better, other) && cell.impossible().is_some();
    for cell in combinations().into_iter().filter(left_out) {
        let mut world = vipd_tests::world()?;
        let length = if cell.family == Family::Ipv4 { 24 } else { 64 };
        let [host, _peer] = [("ServerA", 0), ("ServerB", 1)]
            .map(|(name, at)| world.host(name, &[&format!("{}/{length}", cell.own()[at])]));
        let capture = world.capture()?;
        let keepalived = start_keepalived(&host?, &cell.config(0))?;
        eventually(&format!("keepalived shows why not {}", cell.name()), PATIENCE, || {
            Ok(if cell.version == Version::V3 {
                keepalived.log().contains("does not support authentication. Ignoring")
            } else {
                capture.adverts(51).iter().any(|seen| seen.version == 3)
            })
        })?;
    }
    Ok(())
}

/// RFC 9568 section 6.4.3: at equal priority the higher address wins, whoever was first.
fn equal_priority() -> Result<()> {
    let pair = Pair::new()?;
    let config = file(3, &[Instance::priority(100).every("0.25")]);
    let mut a = Daemon::new(&pair.a, &daemon(), &config)?;
    let mut b = Daemon::new(&pair.b, &debian_keepalived()?, &config)?;
    a.start()?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    // A Backup does not preempt its equal.
    b.start()?;
    always("an equal does not preempt", std::time::Duration::from_secs(3), || {
        Ok(!pair.b.holds(VIP.parse()?)?)
    })?;
    // Both become Master while they cannot hear each other; then the higher address stays.
    pair.a.plug(false)?;
    await_holder(&[&pair.b], VIP, &pair.b)?;
    pair.a.plug(true)?;
    eventually("ServerA is Backup", PATIENCE, || Ok(state(&a, "VI_1") == "BACKUP"))?;
    await_holder(&pair.servers(), VIP, &pair.b)
}
