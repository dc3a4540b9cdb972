use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::daemon::Daemon;
use crate::options::Options;
use crate::plan::{Member, Plan, Router, on_link};
use crate::probe::Prober;
use crate::report::Report;
use crate::services::{Services, SmtpSink, fetch_title};
use crate::world::{Host, World};

/// How the story ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every promise was kept.
    Kept,
    /// At least one was broken; the report says which.
    Broken,
}

/// Plays the story and prints it. Call [`enter`](crate::enter) before.
pub fn run(options: &Options) -> Result<Outcome> {
    let plan = Plan::new(options.sides()?)?;
    let mut report = Report::new(options.json);
    report.cast(&plan)?;
    let mut story = Story::new(plan)?;
    let mut kept = true;
    for (number, act) in script(story.servers.len()).into_iter().enumerate() {
        let step = story.play(number + 1, act, &mut report)?;
        kept &= step.broken.is_empty();
        report.step(&step)?;
    }
    report.summary()?;
    Ok(if kept { Outcome::Kept } else { Outcome::Broken })
}

/// Something done to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Start(usize),
    Stop(usize),
    Unplug(usize),
    Plug(usize),
    Crash(usize),
    Recover(usize),
}

/// One step of the story, as it went.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// Counts from 1.
    #[serde(rename = "step")]
    pub(crate) number: usize,
    /// What we did.
    pub(crate) act: String,
    /// Seconds since the story began.
    pub(crate) at_s: f64,
    /// What became of each address.
    pub(crate) addresses: Vec<Fate>,
    /// Which server's page each address showed afterwards.
    pub(crate) pages: Vec<Page>,
    /// The mails that arrived.
    pub(crate) mails: Vec<Arrived>,
    /// Promises that were broken.
    pub(crate) broken: Vec<String>,
}

/// What one step did to one address.
#[derive(Debug, Serialize)]
pub(crate) struct Fate {
    pub(crate) router: String,
    pub(crate) address: IpAddr,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// From the act to the first answer of the new holder.
    pub(crate) moved_after_ms: Option<f64>,
    /// The longest time the client had no answer.
    pub(crate) outage_ms: Option<f64>,
    /// What the protocol allows.
    pub(crate) bound_ms: f64,
    /// Why it allows that.
    pub(crate) bound: Bound,
}

/// What the protocol owes a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// Nobody was there before: the new Master listens for a master-down interval first.
    FirstMaster,
    /// The Master vanished: its successor waits for the master-down interval.
    MasterDown,
    /// The Master said that it stops: its successor waits for the skew time.
    SkewTime,
    /// The new Master takes over from one that serves until then.
    Planned,
    /// Nothing changes.
    Untouched,
}

#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub(crate) address: IpAddr,
    pub(crate) title: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Arrived {
    pub(crate) host: String,
    pub(crate) subject: String,
}

/// Start alone, then together; stop, cut, crash, and back each time.
fn script(hosts: usize) -> Vec<Act> {
    let last = hosts - 1;
    let mut acts: Vec<_> = (0..hosts).map(Act::Start).collect();
    acts.extend([
        Act::Stop(0),
        Act::Start(0),
        Act::Unplug(last),
        Act::Plug(last),
        Act::Crash(0),
        Act::Recover(0),
    ]);
    acts
}

/// What a busy machine may add to any time we measure.
const SLACK: Duration = Duration::from_millis(250);
/// What a daemon may need to start on a busy machine.
const START: Duration = Duration::from_secs(1);
/// How long we wait for what must come before we say that it does not.
const PATIENCE: Duration = Duration::from_secs(20);
const PROBE_EVERY: Duration = Duration::from_millis(1);

struct Server {
    host: Host,
    daemon: Daemon,
    sink: Option<SmtpSink>,
    running: bool,
    plugged: bool,
    _services: Services,
}

struct Story {
    plan: Plan,
    servers: Vec<Server>,
    client: Host,
    prober: Prober,
    /// Who is Master of each router, by our reckoning.
    masters: Vec<Option<usize>>,
    began: Instant,
    /// Last: it goes when everything in it has gone.
    _world: World,
}

impl Story {
    fn new(plan: Plan) -> Result<Self> {
        let mut world = World::new()?;
        let mut servers = Vec::new();
        for part in &plan.hosts {
            let own: Vec<_> = part.addresses.iter().map(String::as_str).collect();
            let host = world.host(&part.side.name, &own)?;
            servers.push(Server {
                daemon: Daemon::new(&host, &part.side.program, &part.side.config)?,
                sink: part.mails.then(|| SmtpSink::start(&host)).transpose()?,
                running: false,
                plugged: true,
                _services: Services::start(&host)?,
                host,
            });
        }
        let own: Vec<_> = plan.client.iter().map(String::as_str).collect();
        let client = world.host("Client", &own)?;
        for addr in plan.addresses().into_iter().filter(|addr| !on_link(&plan.client, *addr)) {
            client.route_to(addr)?;
        }
        let prober = Prober::start(&client, &plan.addresses(), PROBE_EVERY)?;
        let masters = vec![None; plan.routers.len()];
        Ok(Self { plan, servers, client, prober, masters, began: Instant::now(), _world: world })
    }

    fn play(&mut self, number: usize, act: Act, report: &mut Report) -> Result<Step> {
        let (title, at_s) = (self.title(act), self.began.elapsed().as_secs_f64());
        report.begin(number, &title)?;
        let since = self.perform(act)?;
        let alive: Vec<_> = self.servers.iter().map(|server| server.running && server.plugged).collect();
        let before = self.masters.clone();
        let after: Vec<_> = self
            .plan
            .routers
            .iter()
            .zip(&before)
            .map(|(router, before)| router.expected(&alive, *before))
            .collect();
        let settled = self.settle(&after, since, report)?;
        let mut broken = if settled { Vec::new() } else { self.unsettled(&after)? };
        let addresses = self.fates(act, &before, &after, since, &mut broken);
        let pages = self.pages(&after, &mut broken);
        self.await_mails(&before, &after, since, &mut broken);
        let mails = self.mails(since);
        self.masters = after;
        if let Act::Stop(n) = act {
            self.await_exit(n, &mut broken)?;
        }
        Ok(Step { number, act: title, at_s, addresses, pages, mails, broken })
    }

    fn title(&self, act: Act) -> String {
        let name = |n: usize| self.servers.get(n).map_or("?", |server| server.host.name());
        let first = self.servers.iter().all(|server| !server.running);
        match act {
            Act::Start(n) if first => format!("{} starts, alone", name(n)),
            Act::Start(n) => format!("{} starts", name(n)),
            Act::Stop(n) => format!("{} is stopped in order (SIGTERM)", name(n)),
            Act::Unplug(n) => format!("the cable of {} is pulled", name(n)),
            Act::Plug(n) => format!("the cable of {} is plugged again", name(n)),
            Act::Crash(n) => format!("{} loses its power", name(n)),
            Act::Recover(n) => format!("{} boots again", name(n)),
        }
    }

    /// Does it; the moment it was done.
    fn perform(&mut self, act: Act) -> Result<SystemTime> {
        let (Act::Start(n) | Act::Stop(n) | Act::Unplug(n) | Act::Plug(n) | Act::Crash(n) | Act::Recover(n)) =
            act;
        let server = self.servers.get_mut(n).context("no such host")?;
        let now = SystemTime::now();
        match act {
            Act::Start(_) => {
                server.daemon.start()?;
                server.running = true;
            }
            Act::Stop(_) => {
                server.daemon.signal(crate::Signal::Terminate)?;
                server.running = false;
            }
            Act::Unplug(_) => {
                server.host.plug(false)?;
                server.plugged = false;
            }
            Act::Plug(_) => {
                server.host.plug(true)?;
                server.plugged = true;
            }
            Act::Crash(_) => {
                let mut cut = Ok(());
                let host = server.host.clone();
                let at = server.daemon.kill(|| cut = host.plug(false))?;
                cut?;
                (server.running, server.plugged) = (false, false);
                return Ok(at);
            }
            Act::Recover(_) => {
                server.daemon.lose_memory()?;
                server.host.plug(true)?;
                server.daemon.start()?;
                (server.running, server.plugged) = (true, true);
            }
        }
        Ok(now)
    }

    /// Waits until the world is as it must be; false when it does not get there.
    fn settle(&self, after: &[Option<usize>], since: SystemTime, report: &mut Report) -> Result<bool> {
        let slowest = self.plan.routers.iter().flat_map(|router| &router.members);
        let slowest =
            slowest.map(|member| member.master_down + member.preempt_delay).max().unwrap_or_default();
        let end = Instant::now() + slowest + START + PATIENCE;
        let mut good_since = None;
        while Instant::now() < end {
            if self.is_as_expected(after)? {
                // It must stay so for a moment: a flapping address is not a settled one.
                if good_since.get_or_insert_with(Instant::now).elapsed() > Duration::from_millis(500) {
                    return Ok(true);
                }
            } else {
                good_since = None;
            }
            report.progress(since)?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    }

    fn is_as_expected(&self, after: &[Option<usize>]) -> Result<bool> {
        for (router, master) in self.plan.routers.iter().zip(after) {
            for addr in &router.addresses {
                if self.holders(*addr)? != master.iter().copied().collect::<Vec<_>>() {
                    return Ok(false);
                }
                let fresh = |answer: &crate::probe::Answer| {
                    answer.at.elapsed().unwrap_or_default() < Duration::from_millis(100)
                        && Some(answer.host.as_str()) == master.and_then(|n| self.name(n))
                };
                if master.is_some() && !self.prober.last(*addr).as_ref().is_some_and(fresh) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The hosts that have the address and can be reached.
    fn holders(&self, addr: IpAddr) -> Result<Vec<usize>> {
        let mut holders = Vec::new();
        for (n, server) in self.servers.iter().enumerate() {
            if server.plugged && server.host.holds(addr)? {
                holders.push(n);
            }
        }
        Ok(holders)
    }

    /// In words, what is not as it must be.
    fn unsettled(&self, after: &[Option<usize>]) -> Result<Vec<String>> {
        let mut broken = Vec::new();
        for (router, master) in self.plan.routers.iter().zip(after) {
            let wanted = master.and_then(|n| self.name(n)).unwrap_or("nobody");
            for addr in &router.addresses {
                let holders = self.holders(*addr)?;
                let names: Vec<_> = holders.iter().filter_map(|n| self.name(*n)).collect();
                if holders != master.iter().copied().collect::<Vec<_>>() {
                    let found = if names.is_empty() { "nobody".into() } else { names.join(" and ") };
                    broken.push(format!("{addr} must be on {wanted}, but {found} has it"));
                } else if master.is_some() {
                    broken.push(format!("{addr} is on {wanted}, but the client does not reach it there"));
                }
            }
        }
        Ok(broken)
    }

    fn fates(
        &self,
        act: Act,
        before: &[Option<usize>],
        after: &[Option<usize>],
        since: SystemTime,
        broken: &mut Vec<String>,
    ) -> Vec<Fate> {
        let mut fates = Vec::new();
        for ((router, before), after) in self.plan.routers.iter().zip(before).zip(after) {
            let (bound, owed) = bound(act, router, *before, *after);
            for addr in &router.addresses {
                let outage = after.map(|_| self.prober.outage(*addr, since).length);
                if let Some(outage) = outage.filter(|outage| *outage > owed + allowance(bound)) {
                    broken.push(format!(
                        "{addr} was away for {:.0} ms; the protocol allows {:.0} ms",
                        millis(outage),
                        millis(owed)
                    ));
                }
                let first = after
                    .filter(|_| before != after)
                    .and_then(|n| self.prober.first(*addr, self.name(n)?, since))
                    .and_then(|at| at.duration_since(since).ok());
                fates.push(Fate {
                    router: router.name.clone(),
                    address: *addr,
                    before: before.and_then(|n| self.name(n)).map(str::to_owned),
                    after: after.and_then(|n| self.name(n)).map(str::to_owned),
                    moved_after_ms: first.map(millis),
                    outage_ms: outage.map(millis),
                    bound_ms: millis(owed),
                    bound,
                });
            }
        }
        fates
    }

    /// Every address shows the page of the server that holds it.
    fn pages(&self, after: &[Option<usize>], broken: &mut Vec<String>) -> Vec<Page> {
        let mut pages = Vec::new();
        for (router, master) in self.plan.routers.iter().zip(after) {
            let Some(wanted) = master.and_then(|n| self.name(n)) else { continue };
            for address in router.addresses.iter().copied() {
                let title = match fetch_title(&self.client, address) {
                    Ok(title) => Some(title),
                    Err(error) => {
                        broken.push(format!("{error:#}"));
                        None
                    }
                };
                if let Some(title) = title.as_deref().filter(|title| *title != wanted) {
                    broken
                        .push(format!("{address} shows the page of {title}; it must be the one of {wanted}"));
                }
                pages.push(Page { address, title });
            }
        }
        pages
    }

    /// A new Master with `smtp_alert` sends a mail.
    fn await_mails(
        &self,
        before: &[Option<usize>],
        after: &[Option<usize>],
        since: SystemTime,
        broken: &mut Vec<String>,
    ) {
        for ((router, before), after) in self.plan.routers.iter().zip(before).zip(after) {
            let Some(member) = after.filter(|_| before != after).and_then(|n| router.member(n)) else {
                continue;
            };
            let Some(server) = self.servers.get(member.host).filter(|_| member.smtp_alert) else { continue };
            let subject = format!("VRRP Instance {} - Entering MASTER state", member.name);
            let arrived = server.sink.as_ref().map(|sink| sink.wait(&subject, since, PATIENCE));
            if arrived == Some(None) {
                broken.push(format!("{} promised a mail that did not arrive: {subject}", server.host.name()));
            }
        }
    }

    fn mails(&self, since: SystemTime) -> Vec<Arrived> {
        let mut mails = Vec::new();
        for server in &self.servers {
            let host = server.host.name();
            let new = server.sink.iter().flat_map(SmtpSink::mails).filter(|mail| mail.at >= since);
            mails.extend(new.map(|mail| Arrived { host: host.to_owned(), subject: mail.subject }));
        }
        mails
    }

    fn await_exit(&mut self, n: usize, broken: &mut Vec<String>) -> Result<()> {
        let Some(server) = self.servers.get_mut(n) else { return Ok(()) };
        match server.daemon.wait(PATIENCE)? {
            Some(status) if status.success() => {}
            Some(status) => broken.push(format!("the daemon of {} left with {status}", server.host.name())),
            None => {
                broken
                    .push(format!("the daemon of {} did not leave within {PATIENCE:?}", server.host.name()));
            }
        }
        Ok(())
    }

    fn name(&self, n: usize) -> Option<&str> {
        self.servers.get(n).map(|server| server.host.name())
    }
}

/// Which rule of the protocol applies, and the time it allows.
fn bound(act: Act, router: &Router, before: Option<usize>, after: Option<usize>) -> (Bound, Duration) {
    let new = after.and_then(|n| router.member(n));
    let time = |time: fn(&Member) -> Duration| new.map(time).unwrap_or_default();
    match (before, act) {
        _ if before == after => (Bound::Untouched, Duration::ZERO),
        (None, _) => (Bound::FirstMaster, time(|member| member.master_down)),
        (Some(old), Act::Stop(n)) if old == n => (Bound::SkewTime, time(|member| member.skew)),
        (Some(old), Act::Unplug(n) | Act::Crash(n)) if old == n => {
            (Bound::MasterDown, time(|member| member.master_down))
        }
        (
            Some(_),
            Act::Start(_) | Act::Stop(_) | Act::Unplug(_) | Act::Plug(_) | Act::Crash(_) | Act::Recover(_),
        ) => (Bound::Planned, Duration::ZERO),
    }
}

fn allowance(bound: Bound) -> Duration {
    match bound {
        Bound::FirstMaster => START,
        Bound::MasterDown | Bound::SkewTime | Bound::Planned | Bound::Untouched => SLACK,
    }
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 10.0
}
