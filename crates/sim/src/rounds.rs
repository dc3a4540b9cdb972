//! The plan of faults: rounds of one to three disturbances, each followed by a time of quiet in which the
//! invariants are checked ([`crate::verdict`]).

use config::model::{TrackerId, Verdict};
use engine::Boot;
use types::{Cidr, IfIndex, Instant};

use crate::host::Message;
use crate::network::Faults;
use crate::scenario;
use crate::strikes::{Broken, Strike};
use crate::tracking::FIRST_RUN;
use crate::world::World;

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
    /// Who served each virtual router when the round began.
    pub(crate) holders_before: Vec<Vec<usize>>,
}

/// What happens later because of a strike, or because a round goes on.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Start {
        host: usize,
    },
    Restart {
        host: usize,
        life: u32,
        masters: Vec<String>,
    },
    Strike,
    Watch {
        router: usize,
    },
    Quiet,
    Verdict,
    Plug {
        host: usize,
        segment: usize,
        plugged: bool,
    },
    OwnAddress {
        host: usize,
        segment: usize,
        cidr: Cidr,
        tentative: bool,
    },
    Silence {
        segment: usize,
    },
    Resume {
        host: usize,
        life: u32,
    },
    KernelWorks {
        host: usize,
    },
    SocketsWork {
        host: usize,
    },
    /// The lifetime of an address may be over.
    Expire {
        host: usize,
        boot: u32,
        ifindex: IfIndex,
        cidr: Cidr,
    },
    Hear {
        host: usize,
        life: u32,
    },
    CheckRestored {
        host: usize,
        life: u32,
        segment: usize,
        cidr: Cidr,
    },
    CheckSwept {
        host: usize,
        life: u32,
    },
    /// A tracker says something.
    Says {
        host: usize,
        boot: u32,
        tracker: TrackerId,
        verdict: Verdict,
    },
}

impl World {
    /// All hosts start, one after the other or nearly together.
    pub(crate) fn first_round(&mut self) {
        let spread = *self.rng.pick(&[1, 300, 3_000]);
        for host in 0..self.hosts.len() {
            let delay = self.rng.millis(0, spread);
            self.plan(delay, Step::Start { host });
            self.disturbed_until(self.now + delay + FIRST_RUN);
        }
        // Nobody served before.
        self.round.holders_before = vec![Vec::new(); self.scenario.routers.len()];
        self.judge.round_begins();
        self.plan_checks();
    }

    pub(crate) fn next_round(&mut self) {
        self.round.strikes.clear();
        let served = |router: usize| {
            self.holders(router).into_iter().filter(|h| self.hosts[*h].is_running()).collect()
        };
        self.round.holders_before = (0..self.scenario.routers.len()).map(served).collect();
        self.judge.round_begins();
        self.round.left = *self.rng.pick(&[1, 1, 1, 2, 3]);
        let delay = self.rng.millis(0, 1_000);
        self.plan(delay, Step::Strike);
    }

    pub(crate) fn step(&mut self, step: Step) {
        self.trace(|_| format!("    {step:?}"));
        match step {
            Step::Start { host } => self.start_daemon(host),
            Step::Restart { host, life, masters } => {
                if self.hosts[host].life == life && self.hosts[host].process.is_none() {
                    let verdicts = self.hosts[host].verdicts.clone();
                    self.start_process(host, Boot { adopt: masters, verdicts, ..Boot::default() });
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
            Step::SocketsWork { host } => self.hosts[host].sockets_fail = false,
            Step::Expire { host, boot, ifindex, cidr } => {
                if self.hosts[host].boot == boot {
                    let notice = self.hosts[host].kernel.expire(self.now, ifindex, cidr);
                    self.notify_all(host, notice);
                    self.recount();
                }
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
            Step::Says { host, boot, tracker, verdict } => {
                if self.hosts[host].boot == boot {
                    self.said(host, tracker, verdict);
                }
            }
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
            let circle = self.scenario.circle(router).into_iter();
            let election = circle.map(|r| self.scenario.routers[r].election()).max().unwrap_or_default();
            self.plan(calm + election, Step::Watch { router });
        }
        let routers = &self.scenario.routers;
        let settling = routers.iter().map(scenario::Router::settling).max().unwrap_or_default();
        let slowest = routers.iter().map(|r| r.slowest).max().unwrap_or_default();
        self.plan(calm + settling, Step::Quiet);
        self.plan(calm + settling + slowest * 5 / 2, Step::Verdict);
    }

    pub(crate) fn disturbed_until(&mut self, at: Instant) {
        self.round.calm = self.round.calm.max(at);
    }
}
