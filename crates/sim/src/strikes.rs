//! The disturbances, and which of them make sense at the moment.

use crate::world::World;

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
    /// It dies, and the next one cannot open its sockets for a while.
    SocketsFail {
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
    /// A tracker of a host fails, recovers, changes its number, once or more often.
    Tracked {
        host: usize,
        router: usize,
    },
    /// The sync group is dissolved or formed again.
    ReloadGroup,
}

impl World {
    pub(crate) fn draw_strike(&mut self) -> Option<Strike> {
        let enough = self.round.broken.len() >= self.hosts.len();
        if !self.round.broken.is_empty() && (enough || self.rng.chance(500)) {
            let broken = *self.rng.pick(&self.round.broken);
            return self.can_mend(broken).then_some(Strike::Mend(broken));
        }
        let host = self.rng.below(self.hosts.len());
        let other = self.rng.below(self.hosts.len());
        let segment = self.rng.below(self.scenario.segments);
        let router = self.rng.below(self.scenario.routers.len());
        let strike = match self.rng.below(23) {
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
            18 => Strike::SocketsFail { host },
            19 | 20 => Strike::Tracked { host, router },
            21 => Strike::ReloadGroup,
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
            )
            | Strike::Flap { host, segment } => !self.is_touched(host, Some(segment)),
            Strike::Break(Broken::Divided { segment }) => {
                !self.round.broken.contains(&Broken::Divided { segment })
            }
            Strike::Break(Broken::Off { host }) => !self.is_touched(host, None),
            Strike::OneWay { from, to, .. } => from != to,
            Strike::Break(Broken::Stopped { host, .. } | Broken::Killed { host })
            | Strike::Pause { host }
            | Strike::Crash { host }
            | Strike::SocketsFail { host }
            | Strike::RemoveAddress { host }
            | Strike::KernelRefuses { host }
            | Strike::LoseNotifications { host }
            | Strike::Resync { host }
            | Strike::ReloadSame { host } => running(host),
            Strike::ReloadPriority { host, router } => {
                running(host) && !self.hosts[host].model.instances[router].priority.is_owner()
            }
            Strike::Tracked { host, router } => {
                running(host) && !self.hosts[host].model.instances[router].tracks.is_empty()
            }
            Strike::ReloadGroup => self.scenario.group.is_some(),
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
            Strike::Break(_)
            | Strike::Mend(Broken::Divided { .. } | Broken::Stopped { .. } | Broken::Killed { .. })
            | Strike::Noise { .. }
            | Strike::OneWay { .. }
            | Strike::Pause { .. }
            | Strike::Crash { .. }
            | Strike::SocketsFail { .. }
            | Strike::RemoveAddress { .. }
            | Strike::KernelRefuses { .. }
            | Strike::LoseNotifications { .. }
            | Strike::Resync { .. }
            | Strike::ReloadSame { .. }
            | Strike::ReloadPriority { .. }
            | Strike::ReloadAddresses { .. }
            | Strike::Tracked { .. }
            | Strike::ReloadGroup => false,
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
}
