use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use bfd::{Action, Random, Session as Machine, TimerReason};
use config::model::{Bfd as Config, Verdict};
use types::{IfIndex, Instant};
use wire::bfd::{Control, Packet, SOURCE_PORTS};

use super::api::{Endpoint, Received, SessionId, Transmit, Trouble};
use super::observe::{BfdRefusal, BfdSnapshot};
use super::session::{Session, params};
use crate::observe::EventKind;

/// After a socket could not be opened, or is not needed any more.
const REOPEN: Duration = Duration::from_secs(1);
/// How long a stopping host says AdminDown to a peer that does not react: twice.
const STOP_PATIENCE: Duration = Duration::from_millis(1100);

/// All sessions, those included that are leaving.
#[derive(Debug)]
pub(crate) struct Sessions {
    by_id: BTreeMap<SessionId, Session>,
    /// In the order of the configuration.
    order: Vec<SessionId>,
    /// Whose a packet is that names our discriminator.
    by_discriminator: BTreeMap<NonZeroU32, SessionId>,
    /// Whose it may be otherwise: by sender and by the port it came to.
    by_neighbor: BTreeMap<(IpAddr, bool), Vec<SessionId>>,
    timers: BTreeSet<(Instant, SessionId)>,
    armed: BTreeMap<SessionId, Instant>,
    random: Random,
    next_id: u32,
    opened: Vec<Endpoint>,
    reopen_at: Option<Instant>,
    effects: VecDeque<Effect>,
}

/// What the sessions want done, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    Open(Vec<Endpoint>),
    Transmit(Transmit),
    /// Trackers of the session of this name shall know.
    Verdict {
        session: String,
        verdict: Verdict,
    },
    /// Something happened to the session of this name.
    Event {
        session: String,
        kind: EventKind,
    },
}

impl Sessions {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            by_id: BTreeMap::new(),
            order: Vec::new(),
            by_discriminator: BTreeMap::new(),
            by_neighbor: BTreeMap::new(),
            timers: BTreeSet::new(),
            armed: BTreeMap::new(),
            random: Random::new(seed),
            next_id: 0,
            opened: Vec::new(),
            reopen_at: None,
            effects: VecDeque::new(),
        }
    }

    /// Makes the sessions those of the configuration: unchanged ones are not touched, changed ones agree on their new
    /// intervals with the peer, missing ones take their leave. To be followed by [`resolve`](Self::resolve).
    pub(crate) fn configure(&mut self, now: Instant, configs: &[Config]) {
        let mut order = Vec::with_capacity(configs.len());
        for config in configs {
            let known = self.order.iter().copied().find(|id| {
                self.by_id.get(id).is_some_and(|s| Session::identity(&s.config) == Session::identity(config))
            });
            order.push(match known {
                Some(id) => {
                    self.reconfigure(now, id, config);
                    id
                }
                None => self.add(now, config),
            });
        }
        let old = std::mem::replace(&mut self.order, order);
        for id in old.into_iter().filter(|id| !self.order.contains(id)).collect::<Vec<_>>() {
            self.retire(now, id, Machine::retire);
        }
        // A tracker may be new.
        self.by_id.values_mut().for_each(|session| session.told = None);
        self.index();
    }

    /// Finds the interfaces of link-local neighbours and the VRFs, and opens what is to be opened. `vrf` is told where a
    /// session has been until now.
    pub(crate) fn resolve(
        &mut self,
        now: Instant,
        ifindex: impl Fn(&str) -> Option<IfIndex>,
        vrf: impl Fn(&Config, Option<IfIndex>) -> Option<IfIndex>,
    ) {
        for session in self.by_id.values_mut() {
            session.ifindex = session.config.interface.as_deref().and_then(&ifindex);
            session.vrf = vrf(&session.config, session.vrf);
        }
        self.open();
        for id in self.by_id.keys().copied().collect::<Vec<_>>() {
            self.drain(now, id, Duration::ZERO);
        }
    }

    /// A datagram that came in within this VRF. One that is refused, or nobody's, changes nothing.
    pub(crate) fn receive(&mut self, now: Instant, datagram: &Received<'_>, vrf: Option<IfIndex>) {
        let packet = Packet::new(datagram.payload);
        let named = packet.ok().and_then(|p| p.your_discriminator());
        // RFC 5880 section 6.3: once it is known, the discriminator alone decides.
        let id = match named {
            Some(discriminator) => self.by_discriminator.get(&discriminator).copied(),
            None => self.find_by_addresses(datagram, vrf),
        };
        let Some((id, session)) = id.and_then(|id| Some((id, self.by_id.get_mut(&id)?))) else { return };
        if session.config.multihop != datagram.multihop {
            return;
        }
        let refused = match &packet {
            _ if datagram.ttl < session.config.min_ttl => {
                let least = session.config.min_ttl;
                let detail = || format!("TTL {}, must be at least {least}", datagram.ttl);
                session.note_refusal(now, BfdRefusal::Ttl, datagram.src, detail)
            }
            Err(error) => {
                session.note_refusal(now, BfdRefusal::Malformed, datagram.src, || error.to_string())
            }
            Ok(packet) => return self.accept(now, id, &packet.control()),
        };
        if let Some(kind) = refused {
            self.event(id, kind);
        }
    }

    /// The socket of a session could not be opened, or would not send.
    pub(crate) fn trouble(&mut self, now: Instant, trouble: Trouble) {
        let Some(session) = self.by_id.get_mut(&trouble.session) else { return };
        if let Some(kind) = session.note_trouble(now, trouble.what) {
            self.event(trouble.session, kind);
        }
        self.reopen_at.get_or_insert(now + REOPEN);
    }

    /// To be called at or after [`deadline`](Self::deadline).
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.reopen_at.take_if(|at| *at <= now).is_some() {
            self.opened = self.endpoints();
            self.effects.push_back(Effect::Open(self.opened.clone()));
        }
        while let Some(&(at, id)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            self.armed.remove(&id);
            let Some(session) = self.by_id.get_mut(&id) else { continue };
            // Only silence that was noticed late is worth a word.
            let silence = matches!(session.machine.deadline(), Some((_, TimerReason::Detection)));
            session.machine.handle_timeout(now);
            self.drain(now, id, if silence { now.since(at) } else { Duration::ZERO });
        }
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, TimerReason)> {
        let timer = self.timers.first().map(|&(at, id)| {
            let why = self.by_id.get(&id).and_then(|s| s.machine.deadline());
            (at, why.map_or(TimerReason::Transmit, |(_, why)| why))
        });
        let reopen = self.reopen_at.map(|at| (at, TimerReason::Transmit));
        [timer, reopen].into_iter().flatten().min()
    }

    /// Ends all sessions.
    pub(crate) fn stop(&mut self, now: Instant) {
        for id in std::mem::take(&mut self.order) {
            self.retire(now, id, Machine::shutdown);
        }
        for session in self.by_id.values_mut() {
            session.retiring = session.retiring.map(|until| until.min(now + STOP_PATIENCE));
        }
        for id in self.by_id.keys().copied().collect::<Vec<_>>() {
            self.drain(now, id, Duration::ZERO);
        }
    }

    /// Waits for no peer any more.
    pub(crate) fn abandon(&mut self) {
        self.by_id.clear();
        self.by_discriminator.clear();
        self.timers.clear();
        self.armed.clear();
        self.reopen_at = None;
        self.open();
    }

    /// Whether no peer is waited for any more.
    pub(crate) fn is_silent(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Vec<BfdSnapshot> {
        self.order.iter().filter_map(|id| self.by_id.get(id)).map(|s| s.snapshot(now)).collect()
    }

    fn find_by_addresses(&self, datagram: &Received<'_>, vrf: Option<IfIndex>) -> Option<SessionId> {
        let candidates = self.by_neighbor.get(&(datagram.src, datagram.multihop))?;
        candidates
            .iter()
            .copied()
            .find(|id| self.by_id.get(id).is_some_and(|s| s.is_between(datagram.dst, datagram.ifindex, vrf)))
    }

    fn accept(&mut self, now: Instant, id: SessionId, packet: &Control) {
        if let Some(session) = self.by_id.get_mut(&id) {
            session.counters.packets_received += 1;
            session.forget_trouble();
            session.machine.handle_packet(now, packet);
            self.drain(now, id, Duration::ZERO);
        }
    }

    fn add(&mut self, now: Instant, config: &Config) -> SessionId {
        // It comes back while its leave is being taken: the peer shall hear one story.
        let same = |session: &Session| Session::identity(&session.config) == Session::identity(config);
        let mut leaving =
            self.by_id.iter().filter(|(_, session)| session.retiring.is_some() && same(session));
        if let Some(leaving) = leaving.next().map(|(id, _)| *id) {
            self.remove(now, leaving);
        }
        let id = SessionId(self.next_id);
        self.next_id += 1;
        let local = loop {
            let drawn = NonZeroU32::new(self.random.bits() as u32);
            if let Some(drawn) = drawn.filter(|d| !self.by_discriminator.contains_key(d)) {
                break drawn;
            }
        };
        let (seed, source_port) = (self.random.bits(), self.free_port());
        self.by_discriminator.insert(local, id);
        self.by_id.insert(id, Session::new(now, config.clone(), local, seed, source_port));
        id
    }

    /// RFC 5881 section 4: a port of its own for every session, as long as there are enough.
    fn free_port(&mut self) -> u16 {
        let taken: BTreeSet<u16> = self.by_id.values().map(|s| s.source_port).collect();
        let (first, count) =
            (*SOURCE_PORTS.start(), u64::from(*SOURCE_PORTS.end() - *SOURCE_PORTS.start()) + 1);
        let start = self.random.below(count);
        let ports = (0..count).map(|n| first + ((start + n) % count) as u16);
        ports.clone().find(|port| !taken.contains(port)).unwrap_or(first + start as u16)
    }

    fn reconfigure(&mut self, now: Instant, id: SessionId, config: &Config) {
        if let Some(session) = self.by_id.get_mut(&id)
            && session.config != *config
        {
            session.config = config.clone();
            session.machine.reconfigure(now, params(config));
        }
    }

    fn retire(&mut self, now: Instant, id: SessionId, leave: fn(&mut Machine, Instant)) {
        if let Some(session) = self.by_id.get_mut(&id) {
            session.retire(now, leave);
        }
    }

    /// Rebuilds the index by neighbour; who is configured comes before who is leaving.
    fn index(&mut self) {
        self.by_neighbor.clear();
        let leaving = self.by_id.iter().filter(|(_, s)| s.retiring.is_some()).map(|(id, _)| *id);
        for id in self.order.iter().copied().chain(leaving) {
            if let Some(Session { config, .. }) = self.by_id.get(&id) {
                self.by_neighbor.entry((config.neighbor, config.multihop)).or_default().push(id);
            }
        }
    }

    fn open(&mut self) {
        let wanted = self.endpoints();
        if wanted != self.opened {
            self.opened.clone_from(&wanted);
            self.effects.push_back(Effect::Open(wanted));
        }
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        self.by_id.iter().filter_map(|(id, session)| session.endpoint(*id)).collect()
    }

    /// Does what the machine asks for.
    fn drain(&mut self, now: Instant, id: SessionId, late_by: Duration) {
        let Some(session) = self.by_id.get_mut(&id) else { return };
        let can_send = session.endpoint(id).is_some();
        if let Some(kind) = session.sum_up(now) {
            self.effects.push_back(Effect::Event { session: session.config.name.clone(), kind });
        }
        while let Some(action) = session.machine.poll_action() {
            match action {
                Action::Transmit(packet) if can_send => {
                    session.counters.packets_sent += 1;
                    let payload = packet.emit();
                    self.effects.push_back(Effect::Transmit(Transmit { session: id, payload }));
                }
                Action::Transmit(_) => {}
                Action::Transition(transition) => {
                    if session.note_transition(now, transition) {
                        let kind = EventKind::BfdTransition {
                            transition,
                            neighbor: session.config.neighbor,
                            late_by,
                        };
                        self.effects.push_back(Effect::Event { session: session.config.name.clone(), kind });
                    }
                }
            }
        }
        if let Some(verdict) = session.verdict(now) {
            self.effects.push_back(Effect::Verdict { session: session.config.name.clone(), verdict });
        }
        if session.is_over(now) {
            self.remove(now, id);
        } else {
            self.rearm(id);
        }
    }

    /// Its socket is closed with the next ones that are opened, a second later at the latest.
    fn remove(&mut self, now: Instant, id: SessionId) {
        if let Some(session) = self.by_id.remove(&id) {
            self.by_discriminator.remove(&session.machine.local_discriminator());
        }
        if let Some(at) = self.armed.remove(&id) {
            self.timers.remove(&(at, id));
        }
        self.reopen_at.get_or_insert(now + REOPEN);
    }

    fn rearm(&mut self, id: SessionId) {
        let Some(session) = self.by_id.get(&id) else { return };
        let machine = session.machine.deadline().map(|(at, _)| at);
        let others = [session.retiring, session.verdict_at, session.sum_at()];
        let deadline = others.into_iter().chain([machine]).flatten().min();
        if self.armed.get(&id).copied() == deadline {
            return;
        }
        if let Some(at) = self.armed.remove(&id) {
            self.timers.remove(&(at, id));
        }
        if let Some(at) = deadline {
            self.timers.insert((at, id));
            self.armed.insert(id, at);
        }
    }

    fn event(&mut self, id: SessionId, kind: EventKind) {
        if let Some(session) = self.by_id.get(&id) {
            self.effects.push_back(Effect::Event { session: session.config.name.clone(), kind });
        }
    }
}
