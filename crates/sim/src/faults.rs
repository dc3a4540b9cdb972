//! The plan of faults: rounds of one to three disturbances, each followed by a time of quiet in which the
//! invariants are checked ([`crate::verdict`]).

use std::time::Duration;

use config::model::Model;
use engine::Boot;
use engine::api::Input;
use types::{Cidr, Family, Instant, Priority};

use crate::host::Message;
use crate::kernel::Kernel;
use crate::network::{Faults, Path};
use crate::scenario::{self, own_addresses};
use crate::world::World;

/// What a kernel refuses with: EPERM, ENOMEM, ENOBUFS.
const ERRNOS: [i32; 3] = [1, 12, 105];
/// The engine tries a refused operation again after at most this time.
const KERNEL_RETRY: Duration = Duration::from_secs(5);
/// An address that somebody removed must be back by then.
pub(crate) const RESTORED_WITHIN: Duration = Duration::from_millis(100);
/// What an earlier process left behind must be gone by then.
const SWEPT_WITHIN: Duration = Duration::from_millis(50);

/// One round of disturbances.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// What was done to the hosts.
    pub(crate) strikes: Vec<Strike>,
    /// Strikes still to come.
    left: usize,
    /// When the last disturbance is over.
    pub(crate) calm: Instant,
    /// What stays broken until a later round mends it.
    pub(crate) broken: Vec<Broken>,
    /// What was broken when the round began.
    pub(crate) broken_before: Vec<Broken>,
    /// Who served each virtual router when the round began.
    pub(crate) holders_before: Vec<Vec<usize>>,
}

/// What stays broken until it is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    Unplugged {
        host: usize,
        segment: usize,
    },
    Deleted {
        host: usize,
        segment: usize,
    },
    Renamed {
        host: usize,
        segment: usize,
    },
    Divided {
        segment: usize,
    },
    /// The operator stopped the process.
    Stopped {
        host: usize,
        abrupt: bool,
    },
    /// Every process was killed, the kernel lives on.
    Killed {
        host: usize,
    },
    Off {
        host: usize,
    },
}

/// One disturbance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strike {
    Break(Broken),
    Mend(Broken),
    Flap {
        host: usize,
        segment: usize,
    },
    Noise {
        segment: usize,
    },
    OneWay {
        segment: usize,
        from: usize,
        to: usize,
    },
    Pause {
        host: usize,
    },
    /// The router process dies and its supervisor starts it again.
    Crash {
        host: usize,
    },
    RemoveAddress {
        host: usize,
    },
    KernelRefuses {
        host: usize,
    },
    LoseNotifications {
        host: usize,
    },
    Resync {
        host: usize,
    },
    ReloadSame {
        host: usize,
    },
    ReloadPriority {
        host: usize,
        router: usize,
    },
    ReloadAddresses {
        router: usize,
    },
}

/// What happens later because of a strike, or because a round goes on.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Start { host: usize },
    Restart { host: usize, life: u32, masters: Vec<String> },
    Strike,
    Watch { router: usize },
    Quiet,
    Verdict,
    Plug { host: usize, segment: usize, plugged: bool },
    OwnAddress { host: usize, segment: usize, cidr: Cidr, tentative: bool },
    Silence { segment: usize },
    Resume { host: usize, life: u32 },
    KernelWorks { host: usize },
    Hear { host: usize, life: u32 },
    CheckRestored { host: usize, life: u32, segment: usize, cidr: Cidr },
    CheckSwept { host: usize, life: u32 },
}

impl World {
    /// All hosts start, one after the other or nearly together.
    pub(crate) fn first_round(&mut self) {
        let spread = *self.rng.pick(&[1, 300, 3_000]);
        for host in 0..self.hosts.len() {
            let delay = self.rng.millis(0, spread);
            self.plan(delay, Step::Start { host });
            self.disturbed_until(self.now + delay);
        }
        // Nobody served before.
        self.round.holders_before = vec![Vec::new(); self.scenario.routers.len()];
        self.judge.round_begins();
        self.plan_checks();
    }

    pub(crate) fn next_round(&mut self) {
        self.round.strikes.clear();
        self.round.broken_before.clone_from(&self.round.broken);
        self.round.holders_before = (0..self.scenario.routers.len()).map(|r| self.holders(r)).collect();
        self.judge.round_begins();
        self.round.left = *self.rng.pick(&[1, 1, 1, 2, 3]);
        let delay = self.rng.millis(0, 1_000);
        self.plan(delay, Step::Strike);
    }

    pub(crate) fn step(&mut self, step: Step) {
        self.trace(|_| format!("    {step:?}"));
        match step {
            Step::Start { host } => self.start_process(host, Boot::default()),
            Step::Restart { host, life, masters } => {
                if self.hosts[host].life == life && self.hosts[host].process.is_none() {
                    self.start_process(host, Boot { adopt: masters });
                }
            }
            Step::Strike => self.strike(),
            Step::Watch { router } => self.judge.watch(router),
            Step::Quiet => {
                self.judge.quiet_begins();
                self.check_facts();
            }
            Step::Verdict => {
                self.check_round();
                self.next_round();
            }
            Step::Plug { host, segment, plugged } => self.plug(host, segment, plugged),
            Step::OwnAddress { host, segment, cidr, tentative } => {
                let notice = self.hosts[host].kernel.set_own_address(segment, cidr, tentative);
                self.notify_all(host, notice);
            }
            Step::Silence { segment } => {
                for path in self.network.segment_mut(segment) {
                    path.faults = Faults::default();
                    path.cut = false;
                }
                self.forget_lone_announcements(segment);
            }
            Step::Resume { host, life } => {
                if self.hosts[host].life == life {
                    self.resume(host);
                }
            }
            Step::KernelWorks { host } => {
                self.hosts[host].kernel.failing = None;
                self.hosts[host].refused = self.now;
            }
            Step::Hear { host, life } => {
                if self.hosts[host].life == life {
                    self.hosts[host].deaf = false;
                    let dump = self.hosts[host].kernel.dump();
                    self.deliver(host, Message::Other(dump));
                }
            }
            Step::CheckRestored { host, life, segment, cidr } => {
                self.check_restored(host, life, segment, cidr);
            }
            Step::CheckSwept { host, life } => self.check_swept(host, life),
        }
    }

    /// The next disturbance of the round; after the last one, the checks.
    fn strike(&mut self) {
        if let Some(strike) = (0..10).find_map(|_| self.draw_strike()) {
            self.trace(|_| format!("--- {strike:?}"));
            self.round.strikes.push(strike);
            let over = self.disturb(strike);
            self.disturbed_until(self.now + over);
        }
        self.recount();
        self.round.left = self.round.left.saturating_sub(1);
        if self.round.left > 0 {
            let delay = self.rng.millis(0, 1_500);
            self.plan(delay, Step::Strike);
        } else {
            self.plan_checks();
        }
    }

    fn plan_checks(&mut self) {
        let calm = self.round.calm.since(self.now);
        for router in 0..self.scenario.routers.len() {
            let election = self.scenario.routers[router].election();
            self.plan(calm + election, Step::Watch { router });
        }
        let routers = &self.scenario.routers;
        let settling = routers.iter().map(scenario::Router::settling).max().unwrap_or_default();
        let slowest = routers.iter().map(|r| r.slowest).max().unwrap_or_default();
        self.plan(calm + settling, Step::Quiet);
        self.plan(calm + settling + slowest * 5 / 2, Step::Verdict);
    }

    fn disturbed_until(&mut self, at: Instant) {
        self.round.calm = self.round.calm.max(at);
    }

    fn draw_strike(&mut self) -> Option<Strike> {
        let enough = self.round.broken.len() >= self.hosts.len();
        if !self.round.broken.is_empty() && (enough || self.rng.chance(500)) {
            let broken = *self.rng.pick(&self.round.broken);
            return self.can_mend(broken).then_some(Strike::Mend(broken));
        }
        let host = self.rng.below(self.hosts.len());
        let other = self.rng.below(self.hosts.len());
        let segment = self.rng.below(self.scenario.segments);
        let router = self.rng.below(self.scenario.routers.len());
        let strike = match self.rng.below(19) {
            0 | 1 => Strike::Break(Broken::Unplugged { host, segment }),
            2 => Strike::Break(Broken::Deleted { host, segment }),
            3 => Strike::Break(Broken::Renamed { host, segment }),
            4 => Strike::Break(Broken::Divided { segment }),
            5 | 6 => Strike::Break(Broken::Stopped { host, abrupt: self.rng.chance(150) }),
            7 => Strike::Break(Broken::Killed { host }),
            8 => Strike::Break(Broken::Off { host }),
            9 => Strike::Flap { host, segment },
            10 => Strike::Noise { segment },
            11 => Strike::OneWay { segment, from: host, to: other },
            12 => Strike::Pause { host },
            13 => Strike::Crash { host },
            14 => Strike::RemoveAddress { host },
            15 => Strike::KernelRefuses { host },
            16 => Strike::LoseNotifications { host },
            17 => *self.rng.pick(&[Strike::Resync { host }, Strike::ReloadSame { host }]),
            _ => {
                *self.rng.pick(&[Strike::ReloadPriority { host, router }, Strike::ReloadAddresses { router }])
            }
        };
        self.can_strike(strike).then_some(strike)
    }

    /// Whether a strike means anything to the hosts as they are now.
    fn can_strike(&self, strike: Strike) -> bool {
        let running = |host: usize| self.hosts[host].is_running();
        match strike {
            Strike::Break(
                Broken::Unplugged { host, segment }
                | Broken::Deleted { host, segment }
                | Broken::Renamed { host, segment },
            ) => !self.is_touched(host, Some(segment)),
            Strike::Break(Broken::Divided { segment }) => {
                !self.round.broken.contains(&Broken::Divided { segment })
            }
            Strike::Break(Broken::Stopped { host, .. } | Broken::Killed { host }) => running(host),
            Strike::Break(Broken::Off { host }) => !self.is_touched(host, None),
            Strike::Flap { host, segment } => !self.is_touched(host, Some(segment)),
            Strike::OneWay { from, to, .. } => from != to,
            Strike::Pause { host }
            | Strike::Crash { host }
            | Strike::RemoveAddress { host }
            | Strike::KernelRefuses { host }
            | Strike::LoseNotifications { host }
            | Strike::Resync { host }
            | Strike::ReloadSame { host } => running(host),
            Strike::ReloadPriority { host, router } => {
                running(host) && !self.hosts[host].model.instances[router].priority.is_owner()
            }
            Strike::Noise { .. } | Strike::ReloadAddresses { .. } => true,
            Strike::Mend(broken) => self.can_mend(broken),
        }
    }

    /// Whether an interface, or any of a host, is broken or in this round's hands already.
    fn is_touched(&self, host: usize, segment: Option<usize>) -> bool {
        let on_it = |h: usize, s: usize| h == host && segment.is_none_or(|segment| segment == s);
        let broken = self.round.broken.iter().any(|broken| match *broken {
            Broken::Unplugged { host: h, segment: s }
            | Broken::Deleted { host: h, segment: s }
            | Broken::Renamed { host: h, segment: s } => on_it(h, s),
            Broken::Off { host: h } | Broken::Stopped { host: h, .. } | Broken::Killed { host: h } => {
                h == host && segment.is_none()
            }
            Broken::Divided { .. } => false,
        });
        let off = self.round.broken.contains(&Broken::Off { host });
        let struck = self.round.strikes.iter().any(|strike| match *strike {
            Strike::Mend(
                Broken::Unplugged { host: h, .. }
                | Broken::Deleted { host: h, .. }
                | Broken::Renamed { host: h, .. }
                | Broken::Off { host: h },
            )
            | Strike::Flap { host: h, .. } => h == host,
            _ => false,
        });
        broken || off || struck
    }

    fn can_mend(&self, broken: Broken) -> bool {
        match broken {
            // Still leaving.
            Broken::Stopped { host, .. } => self.hosts[host].process.is_none(),
            Broken::Unplugged { host, .. } | Broken::Deleted { host, .. } | Broken::Renamed { host, .. } => {
                self.hosts[host].powered
            }
            Broken::Killed { host } => self.hosts[host].powered && self.hosts[host].process.is_none(),
            Broken::Divided { .. } | Broken::Off { .. } => true,
        }
    }

    /// Does it, and says how long it lasts.
    fn disturb(&mut self, strike: Strike) -> Duration {
        match strike {
            Strike::Break(broken) => {
                self.round.broken.push(broken);
                self.damage(broken);
                Duration::ZERO
            }
            Strike::Mend(broken) => {
                self.round.broken.retain(|b| *b != broken);
                self.mend(broken)
            }
            Strike::Flap { host, segment } => self.flap(host, segment),
            Strike::Noise { segment } => self.noise(segment),
            Strike::OneWay { segment, from, to } => {
                self.network.path_mut(segment, from, to).cut = true;
                let lasts = self.rng.millis(100, 8_000);
                self.plan(lasts, Step::Silence { segment });
                lasts
            }
            Strike::Pause { host } => self.pause(host),
            Strike::Crash { host } => self.crash(host),
            Strike::RemoveAddress { host } => {
                self.remove_address(host);
                Duration::ZERO
            }
            Strike::KernelRefuses { host } => {
                self.hosts[host].kernel.failing = Some(*self.rng.pick(&ERRNOS));
                let lasts = self.rng.millis(50, 4_000);
                self.plan(lasts, Step::KernelWorks { host });
                lasts + KERNEL_RETRY
            }
            Strike::LoseNotifications { host } => {
                self.hosts[host].deaf = true;
                let life = self.hosts[host].life;
                let lasts = self.rng.millis(1, 1_000);
                self.plan(lasts, Step::Hear { host, life });
                lasts
            }
            Strike::Resync { host } => {
                let dump = self.hosts[host].kernel.dump();
                self.deliver(host, Message::Other(dump));
                Duration::ZERO
            }
            Strike::ReloadSame { host } => {
                self.reload(host);
                Duration::ZERO
            }
            Strike::ReloadPriority { host, router } => {
                let priority = Priority(self.rng.between(1, 254) as u8);
                self.hosts[host].model.instances[router].priority = priority;
                self.reload(host);
                Duration::ZERO
            }
            Strike::ReloadAddresses { router } => self.change_addresses(router),
        }
    }

    fn damage(&mut self, broken: Broken) {
        match broken {
            Broken::Deleted { host, .. }
            | Broken::Renamed { host, .. }
            | Broken::Stopped { host, .. }
            | Broken::Killed { host }
            | Broken::Off { host } => self.forget_host(host),
            Broken::Divided { .. } | Broken::Unplugged { .. } => {}
        }
        match broken {
            Broken::Unplugged { host, segment } => self.plug(host, segment, false),
            Broken::Deleted { host, segment } => {
                let notices = self.hosts[host].kernel.delete(segment);
                self.notify_all(host, notices);
            }
            Broken::Renamed { host, segment } => {
                let notice = self.hosts[host].kernel.rename(segment, format!("away{segment}"));
                self.notify_all(host, notice);
            }
            Broken::Divided { segment } => self.divide(segment),
            Broken::Stopped { host, abrupt } => {
                if let Some(process) = &mut self.hosts[host].process {
                    process.stopping = true;
                }
                self.deliver(host, Message::Other(Input::Stop { abrupt }));
            }
            Broken::Killed { host } => self.end_process(host),
            Broken::Off { host } => {
                self.end_process(host);
                self.hosts[host].powered = false;
            }
        }
    }

    fn mend(&mut self, broken: Broken) -> Duration {
        match broken {
            Broken::Unplugged { host, segment } => self.plug(host, segment, true),
            Broken::Deleted { host, segment } => return self.recreate(host, segment),
            Broken::Renamed { host, segment } => {
                let notice = self.hosts[host].kernel.rename(segment, scenario::interface(segment));
                self.notify_all(host, notice);
            }
            Broken::Divided { segment } => {
                for path in self.network.segment_mut(segment) {
                    path.divided = false;
                }
                self.forget_lone_announcements(segment);
            }
            Broken::Stopped { host, .. } => self.start_process(host, Boot::default()),
            Broken::Killed { host } => {
                self.start_process(host, Boot::default());
                let life = self.hosts[host].life;
                self.plan(SWEPT_WITHIN, Step::CheckSwept { host, life });
            }
            Broken::Off { host } => {
                // A stopped or killed process starts with the machine.
                let down = |b: &Broken| matches!(*b, Broken::Stopped { host: h, .. } | Broken::Killed { host: h } if h == host);
                self.round.broken.retain(|b| !down(b));
                self.hosts[host].kernel = Kernel::boot(host, self.scenario.segments);
                self.hosts[host].powered = true;
                self.hosts[host].boot += 1;
                let delay = self.rng.millis(0, 1_000);
                self.plan(delay, Step::Start { host });
                return delay;
            }
        }
        Duration::ZERO
    }

    /// Who does not serve any more when the network is whole again has no way to make the one who does announce its
    /// addresses where the other word was heard last.
    fn forget_lone_announcements(&mut self, segment: usize) {
        for router in 0..self.scenario.routers.len() {
            if self.scenario.routers[router].segment != segment {
                continue;
            }
            let name = &self.scenario.routers[router].name;
            for (host, _) in self.hosts.iter().enumerate().filter(|(_, host)| !host.masters.contains(name)) {
                self.judge.forget_announcements(router, host);
            }
        }
    }

    /// The same for one who goes in the middle of yielding.
    fn forget_host(&mut self, host: usize) {
        for router in 0..self.scenario.routers.len() {
            self.judge.forget_announcements(router, host);
        }
    }

    fn plug(&mut self, host: usize, segment: usize, plugged: bool) {
        if !plugged {
            self.forget_host(host);
        }
        let notice = self.hosts[host].kernel.plug(segment, plugged);
        self.notify_all(host, notice);
        self.recount();
    }

    /// An interface comes back with another number; its carrier and its addresses follow, in any order.
    fn recreate(&mut self, host: usize, segment: usize) -> Duration {
        let notice = self.hosts[host].kernel.create(segment);
        self.notify_all(host, notice);
        let mut over = self.rng.millis(0, 1_000);
        self.plan(over, Step::Plug { host, segment, plugged: true });
        for cidr in own_addresses(host, segment) {
            let mut at = self.rng.millis(0, 1_000);
            if cidr.family() == Family::V6 {
                self.plan(at, Step::OwnAddress { host, segment, cidr, tentative: true });
                at += self.rng.millis(300, 1_000);
            }
            self.plan(at, Step::OwnAddress { host, segment, cidr, tentative: false });
            over = over.max(at);
        }
        over
    }

    /// The hosts of a segment fall into two parts.
    fn divide(&mut self, segment: usize) {
        let side: Vec<bool> = (0..self.hosts.len()).map(|_| self.rng.chance(500)).collect();
        for from in 0..self.hosts.len() {
            for to in 0..self.hosts.len() {
                self.network.path_mut(segment, from, to).divided = side[from] != side[to];
            }
        }
    }

    fn flap(&mut self, host: usize, segment: usize) -> Duration {
        let mut at = Duration::ZERO;
        for _ in 0..=self.rng.below(4) {
            self.plan(at, Step::Plug { host, segment, plugged: false });
            at += self.rng.millis(1, 1_500);
            self.plan(at, Step::Plug { host, segment, plugged: true });
            at += self.rng.millis(1, 1_500);
        }
        at
    }

    /// Packets get lost, doubled, late or out of order, on every path differently.
    fn noise(&mut self, segment: usize) -> Duration {
        let draw = |rng: &mut crate::rng::Rng, path: &mut Path| {
            path.faults = Faults {
                loss: *rng.pick(&[0, 0, 50, 300, 700]),
                duplication: *rng.pick(&[0, 0, 100, 500]),
                reordering: *rng.pick(&[0, 0, 100, 500]),
                delay: rng.millis(0, 20),
            };
        };
        for path in self.network.segment_mut(segment) {
            draw(&mut self.rng, path);
        }
        let lasts = self.rng.millis(500, 8_000);
        self.plan(lasts, Step::Silence { segment });
        lasts
    }

    fn pause(&mut self, host: usize) -> Duration {
        let longest = *self.rng.pick(&[20, 500, 6_000]);
        let lasts = self.rng.millis(1, longest);
        let life = self.hosts[host].life;
        if let Some(process) = &mut self.hosts[host].process {
            process.paused = true;
        }
        self.plan(lasts, Step::Resume { host, life });
        lasts
    }

    fn crash(&mut self, host: usize) -> Duration {
        self.end_process(host);
        let life = self.hosts[host].life;
        let masters = self.hosts[host].masters.iter().cloned().collect();
        let delay = self.rng.millis(2, 10);
        self.plan(delay, Step::Restart { host, life, masters });
        delay
    }

    /// Somebody else on the host removes a virtual address.
    fn remove_address(&mut self, host: usize) {
        let held: Vec<_> = self.hosts[host].kernel.tagged().collect();
        if held.is_empty() {
            return;
        }
        let (ifindex, cidr) = *self.rng.pick(&held);
        let Some(segment) = self.hosts[host].kernel.segment(ifindex) else { return };
        self.hosts[host].robbed = self.now;
        let notice = self.hosts[host].kernel.remove(ifindex, cidr);
        self.notify_all(host, notice);
        let life = self.hosts[host].life;
        self.plan(RESTORED_WITHIN, Step::CheckRestored { host, life, segment, cidr });
    }

    fn reload(&mut self, host: usize) {
        let model: Model = self.hosts[host].model.clone();
        self.deliver(host, Message::Other(Input::Reload(Box::new(model))));
    }

    /// A new address list, rolled out to all hosts.
    fn change_addresses(&mut self, router: usize) -> Duration {
        let all = self.scenario.routers[router].addresses.clone();
        let chosen: Vec<Cidr> = all
            .iter()
            .enumerate()
            .filter(|(i, _)| *i == 0 || self.rng.chance(500))
            .map(|(_, c)| *c)
            .collect();
        for host in 0..self.hosts.len() {
            self.hosts[host].model.instances[router].addresses =
                chosen.iter().map(|cidr| scenario::configured(*cidr)).collect();
            self.reload(host);
        }
        Duration::ZERO
    }

    fn notify_all(&mut self, host: usize, notices: impl IntoIterator<Item = Input<'static>>) {
        for notice in notices {
            self.notify(host, notice);
        }
    }
}
