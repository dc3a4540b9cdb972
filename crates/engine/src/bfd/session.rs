//! One session with everything around its state machine.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use bfd::{Params, Session as Machine, State, Transition};
use config::model::{Bfd as Config, Verdict};
use types::{IfIndex, Instant};

use super::api::{Endpoint, SessionId};
use super::observe::{BfdCounters, BfdRefusal, BfdSnapshot};
use crate::observe::EventKind;

/// How long a new session may take to come up before it counts as down: the handshake of a peer that sends each second
/// takes two of them.
const FIRST_VERDICT: Duration = Duration::from_secs(3);
/// As many transitions of a session are told in that time; the rest is summed up.
const MOVES_TOLD: u32 = 20;
/// At most one report per session and reason in this time.
const REPORT_EVERY: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) machine: Machine,
    /// Of `config.interface`, while there is one.
    pub(super) ifindex: Option<IfIndex>,
    /// Where its interface or address is.
    pub(super) vrf: Option<IfIndex>,
    pub(super) source_port: u16,
    pub(super) since: Instant,
    pub(super) last_transition: Option<Transition>,
    /// When it counts as down if it has not come up; `None` once it has, or does.
    pub(super) verdict_at: Option<Instant>,
    /// What trackers were told.
    pub(super) told: Option<Verdict>,
    pub(super) counters: BfdCounters,
    /// No longer configured: says AdminDown until the peer knows, or until then at the latest.
    pub(super) retiring: Option<Instant>,
    /// Why it cannot send or receive.
    trouble: Option<String>,
    /// What was said about that last, and when.
    complained: Option<(String, Instant)>,
    reports: [Report; 2],
    moves: Moves,
}

/// Limits what is told of transitions: one packet of a forger can be one.
#[derive(Debug, Clone, Copy, Default)]
struct Moves {
    /// The end of the minute in which these are counted.
    until: Option<Instant>,
    told: u32,
    untold: u64,
}

/// Limits the reports of one reason.
#[derive(Debug, Clone, Copy, Default)]
struct Report {
    last: Option<Instant>,
    unreported: u64,
}

impl Session {
    pub(super) fn new(now: Instant, config: Config, local: NonZeroU32, seed: u64, source_port: u16) -> Self {
        Self {
            machine: Machine::new(now, params(&config), local, seed),
            config,
            ifindex: None,
            vrf: None,
            source_port,
            since: now,
            last_transition: None,
            verdict_at: Some(now + FIRST_VERDICT),
            told: None,
            counters: BfdCounters::default(),
            retiring: None,
            trouble: None,
            complained: None,
            reports: [Report::default(); 2],
            moves: Moves::default(),
        }
    }

    /// What identifies a session across reloads (not its name).
    pub(super) fn identity(config: &Config) -> (IpAddr, Option<&str>, Option<IpAddr>, bool) {
        (config.neighbor, config.interface.as_deref(), config.source, config.multihop)
    }

    /// Where it sends; `None` while its interface does not exist.
    pub(super) fn endpoint(&self, session: SessionId) -> Option<Endpoint> {
        let Config { neighbor, source, multihop, ttl, .. } = self.config;
        (self.config.interface.is_none() || self.ifindex.is_some()).then_some(Endpoint {
            session,
            neighbor,
            ifindex: self.ifindex,
            vrf: self.vrf,
            source,
            source_port: self.source_port,
            multihop,
            ttl,
        })
    }

    /// Whether a packet that does not know our discriminator is for this session (RFC 5881 section 3, RFC 5883
    /// section 4.1).
    pub(super) fn is_between(&self, local: IpAddr, ifindex: IfIndex, vrf: Option<IfIndex>) -> bool {
        let same_interface = self.config.interface.is_none() || self.ifindex == Some(ifindex);
        same_interface && self.vrf == vrf && self.config.source.is_none_or(|source| source == local)
    }

    /// What trackers shall know, if that is news.
    pub(super) fn verdict(&mut self, now: Instant) -> Option<Verdict> {
        if self.machine.state() == State::Up || self.verdict_at.is_some_and(|at| at <= now) {
            self.verdict_at = None;
        }
        let verdict = match (self.machine.state(), self.verdict_at) {
            (State::Up, _) => Verdict::Up,
            (State::AdminDown | State::Down | State::Init, Some(_)) => Verdict::Pending,
            (State::AdminDown | State::Down | State::Init, None) => Verdict::Down,
        };
        let news = self.retiring.is_none() && self.told != Some(verdict);
        news.then(|| *self.told.insert(verdict))
    }

    /// Whether it has nothing to say any more.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.retiring.is_some_and(|until| until <= now || self.machine.peer_knows())
    }

    /// Leaves: the peer is told, for one detection time of its own (RFC 5880 section 6.8.16).
    pub(super) fn retire(&mut self, now: Instant, leave: fn(&mut Machine, Instant)) {
        leave(&mut self.machine, now);
        let said = self.machine.transmit_interval() * u32::from(self.config.detect_mult.get());
        self.retiring.get_or_insert(now + said);
    }

    /// Whether it is to be told.
    pub(super) fn note_transition(&mut self, now: Instant, transition: Transition) -> bool {
        self.since = now;
        self.last_transition = Some(transition);
        self.counters.came_up += u64::from(transition.to == State::Up);
        self.counters.went_down += u64::from(transition.from == State::Up);
        if self.moves.until.is_none_or(|until| until <= now) {
            self.moves = Moves { until: Some(now + REPORT_EVERY), ..Moves::default() };
        }
        // Its end is its last word.
        let told = self.moves.told < MOVES_TOLD || transition.to == State::AdminDown;
        self.moves.told += u32::from(told);
        self.moves.untold += u64::from(!told);
        told
    }

    /// When transitions that were not told are summed up.
    pub(super) fn sum_at(&self) -> Option<Instant> {
        self.moves.until.filter(|_| self.moves.untold > 0)
    }

    /// How many transitions were not told, when it is time to say so.
    pub(super) fn sum_up(&mut self, now: Instant) -> Option<EventKind> {
        self.sum_at().filter(|at| *at <= now)?;
        let untold = std::mem::take(&mut self.moves.untold);
        Some(EventKind::BfdUnstable { neighbor: self.config.neighbor, untold, state: self.machine.state() })
    }

    /// Counts a discarded packet; some of them are reported.
    pub(super) fn note_refusal(
        &mut self,
        now: Instant,
        reason: BfdRefusal,
        from: IpAddr,
        detail: impl FnOnce() -> String,
    ) -> Option<EventKind> {
        *match reason {
            BfdRefusal::Ttl => &mut self.counters.refused_ttl,
            BfdRefusal::Malformed => &mut self.counters.refused_malformed,
        } += 1;
        let report = &mut self.reports[reason as usize];
        report.unreported += 1;
        if report.last.is_some_and(|last| now < last + REPORT_EVERY) {
            return None;
        }
        report.last = Some(now);
        let count = std::mem::take(&mut report.unreported);
        Some(EventKind::BfdRefused { reason, from, count, detail: detail() })
    }

    /// Something did not work. It is said when it is news, and not said again within a minute.
    pub(super) fn note_trouble(&mut self, now: Instant, what: String) -> Option<EventKind> {
        self.counters.failures += 1;
        self.trouble = Some(what.clone());
        if let Some((said, at)) = &self.complained
            && *said == what
            && now < *at + REPORT_EVERY
        {
            return None;
        }
        self.complained = Some((what.clone(), now));
        Some(EventKind::BfdTrouble { what })
    }

    /// A packet of the peer came: what was wrong is over.
    pub(super) fn forget_trouble(&mut self) {
        self.trouble = None;
    }

    pub(super) fn snapshot(&self, now: Instant) -> BfdSnapshot {
        let (config, machine) = (&self.config, &self.machine);
        let no_interface = || {
            let name = config.interface.as_deref().filter(|_| self.ifindex.is_none())?;
            Some(format!("interface {name} does not exist"))
        };
        BfdSnapshot {
            name: config.name.clone(),
            neighbor: config.neighbor,
            interface: config.interface.clone(),
            source: config.source,
            multihop: config.multihop,
            state: machine.state(),
            since: self.since,
            last_transition: self.last_transition,
            diagnostic: machine.diagnostic(),
            remote_state: machine.remote_state(),
            local_discriminator: machine.local_discriminator().get(),
            remote_discriminator: machine.remote_discriminator().map(NonZeroU32::get),
            transmit_interval: machine.transmit_interval(),
            detection_time: machine.detection_time(),
            last_heard_age: machine.last_heard().map(|at| now.since(at)),
            trouble: no_interface().or_else(|| self.trouble.clone()),
            counters: self.counters.clone(),
        }
    }
}

/// What the state machine needs to know of the configuration.
pub(super) fn params(config: &Config) -> Params {
    Params {
        min_tx_us: config.min_tx_us,
        min_rx_us: config.min_rx_us,
        idle_tx_us: config.idle_tx_us,
        detect_mult: config.detect_mult,
        passive: config.passive,
    }
}
