use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use types::Instant;
use wire::bfd::{Control, Diagnostic, State};

use crate::jitter::Jitter;
use crate::remote::Remote;
use crate::{Action, Cause, Params, TimerReason, Transition};

/// `bfd.RemoteMinRxInterval` before the peer is heard (RFC 5880 section 6.8.1).
const UNKNOWN_MIN_RX_US: u32 = 1;
/// The fastest transmission allowed while not Up (RFC 5880 section 6.8.3).
const SLOW_US: u32 = 1_000_000;
/// Packets out of turn (changed contents, answers to polls) keep this distance, so that nobody can make us send without
/// bound. RFC 5880 section 6.8.7 allows it as long as it is not longer than the advertised transmit interval.
const GAP: Duration = Duration::from_millis(1);

/// One session.
///
/// ```text
///                             +--+
///                             |  | UP, ADMIN DOWN, TIMER
///                             |  V
///                     DOWN  +------+  INIT
///              +------------|      |------------+
///              |            | DOWN |            |
///              |  +-------->|      |<--------+  |
///              |  |         +------+         |  |
///              |  |                          |  |
///              |  |               ADMIN DOWN,|  |
///              |  |ADMIN DOWN,          DOWN,|  |
///              |  |TIMER                TIMER|  |
///              V  |                          |  V
///            +------+                      +------+
///       +----|      |                      |      |----+
///   DOWN|    | INIT |--------------------->|  UP  |    |INIT, UP
///       +--->|      | INIT, UP             |      |<---+
///            +------+                      +------+
/// ```
///
/// (RFC 5880 section 6.2: what the peer says, and the detection timer.) [`shutdown`](Self::shutdown) leads from every
/// state to AdminDown, and nothing leads back: a session that is wanted again is a new session.
#[derive(Debug, Clone)]
pub struct Session {
    params: Params,
    /// `bfd.LocalDiscr`.
    local: NonZeroU32,
    /// `bfd.SessionState`.
    state: State,
    /// `bfd.LocalDiag`.
    diagnostic: Diagnostic,
    /// `None`: `bfd.RemoteDiscr` is 0.
    remote: Option<Remote>,
    /// What our packets say.
    said: Intervals,
    /// What holds until a Poll Sequence ends (RFC 5880 section 6.8.3).
    in_force: Intervals,
    poll: Poll,
    /// A parameter changed while a Poll Sequence was under way, whose answer will not be about it.
    poll_again: bool,
    jitter: Jitter,
    /// The last packet, and when it was sent.
    sent: Option<(Instant, Control)>,
    /// A packet with F is owed.
    answer_due: bool,
    actions: VecDeque<Action>,
}

/// `bfd.DesiredMinTxInterval` and `bfd.RequiredMinRxInterval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Intervals {
    tx_us: u32,
    rx_us: u32,
}

/// A Poll Sequence (RFC 5880 section 6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Poll {
    None,
    /// Packets carry P.
    Asking,
    /// Answered; the next one may begin when a packet without F has been heard (RFC 5880 section 6.8.3, third way).
    Answered,
}

impl Session {
    /// A session that begins to look for its peer: state Down. `local` must be unique on this host and should be
    /// unpredictable, `seed` varies the send times.
    pub fn new(now: Instant, params: Params, local: NonZeroU32, seed: u64) -> Self {
        let intervals = Intervals::of(&params, State::Down);
        let mut session = Self {
            params,
            local,
            state: State::Down,
            diagnostic: Diagnostic::None,
            remote: None,
            said: intervals,
            in_force: intervals,
            poll: Poll::None,
            poll_again: false,
            jitter: Jitter::new(seed),
            sent: None,
            answer_due: false,
            actions: VecDeque::new(),
        };
        session.transmit_due(now);
        session
    }

    /// A packet that belongs to this session: RFC 5880 section 6.8.6, from where `bfd.RemoteDiscr` is set.
    pub fn handle_packet(&mut self, now: Instant, packet: &Control) {
        self.remote = Some(Remote::new(packet, now));
        self.poll_answered(packet.final_);
        if self.state != State::AdminDown {
            self.follow_peer(packet);
            self.answer_due |= packet.poll;
        }
        self.transmit_due(now);
    }

    /// To be called at or after [`deadline`](Self::deadline); early calls do nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(remote) = self.remote
            && now >= remote.heard + self.detection_time()
        {
            self.forget_peer();
            if matches!(self.state, State::Init | State::Up) {
                self.diagnostic = Diagnostic::DetectionTimeExpired;
                self.enter(State::Down, Cause::Silence { silent_for: now.since(remote.heard) });
            }
        }
        self.transmit_due(now);
    }

    /// Told to stop (RFC 5880 section 6.8.16): AdminDown, and the peer is told. To be kept until
    /// [`peer_knows`](Self::peer_knows), or for a detection time.
    pub fn shutdown(&mut self, now: Instant) {
        self.end(now, Cause::Shutdown);
    }

    /// No longer configured: the same, for another reason.
    pub fn retire(&mut self, now: Instant) {
        self.end(now, Cause::Removed);
    }

    fn end(&mut self, now: Instant, cause: Cause) {
        if self.state != State::AdminDown {
            self.diagnostic = Diagnostic::AdministrativelyDown;
            self.enter(State::AdminDown, cause);
            self.transmit_due(now);
        }
    }

    /// A reload changed the parameters; the session goes on, and agrees on them with the peer. Equal parameters change
    /// nothing at all.
    pub fn reconfigure(&mut self, now: Instant, params: Params) {
        if params != self.params {
            self.params = params;
            self.retime();
            self.transmit_due(now);
        }
    }

    /// The next thing to do; call until `None` after every input.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn deadline(&self) -> Option<(Instant, TimerReason)> {
        let silence =
            self.remote.map(|remote| (remote.heard + self.detection_time(), TimerReason::Detection));
        let transmit = self.next_transmission().map(|at| (at, TimerReason::Transmit));
        [transmit, silence].into_iter().flatten().min()
    }

    /// The parameters in force.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Our state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Why the session left Up the last time.
    pub fn diagnostic(&self) -> Diagnostic {
        self.diagnostic
    }

    /// Our name for the session.
    pub fn local_discriminator(&self) -> NonZeroU32 {
        self.local
    }

    /// The peer's name for it, while the peer is heard.
    pub fn remote_discriminator(&self) -> Option<NonZeroU32> {
        self.remote.map(|remote| remote.discriminator)
    }

    /// The peer's state, while it is heard.
    pub fn remote_state(&self) -> Option<State> {
        self.remote.map(|remote| remote.state)
    }

    /// When the peer was last heard, unless that is more than a detection time ago.
    pub fn last_heard(&self) -> Option<Instant> {
        self.remote.map(|remote| remote.heard)
    }

    /// The transmit interval in force, before jitter (RFC 5880 section 6.8.2).
    pub fn transmit_interval(&self) -> Duration {
        let peer_us = self.remote.map_or(UNKNOWN_MIN_RX_US, |remote| remote.min_rx_us);
        Duration::from_micros(self.in_force.tx_us.max(peer_us).into())
    }

    /// After this much silence the peer is taken for dead (RFC 5880 section 6.8.4); zero while it is not heard.
    pub fn detection_time(&self) -> Duration {
        self.remote.map_or(Duration::ZERO, |remote| remote.detection_time(self.in_force.rx_us))
    }

    /// After [`shutdown`](Self::shutdown): the peer has heard of it, or is not there.
    pub fn peer_knows(&self) -> bool {
        self.remote_state().is_none_or(|state| matches!(state, State::AdminDown | State::Down))
    }

    /// The state machine of RFC 5880 section 6.8.6.
    fn follow_peer(&mut self, packet: &Control) {
        match (self.state, packet.state) {
            (State::Init | State::Up, State::AdminDown) => {
                self.diagnostic = Diagnostic::NeighborSignaledDown;
                self.enter(State::Down, Cause::PeerAdminDown);
            }
            (State::Up, State::Down) => {
                self.diagnostic = Diagnostic::NeighborSignaledDown;
                self.enter(State::Down, Cause::PeerDown(packet.diagnostic));
            }
            (State::Down, State::Down) => self.enter(State::Init, Cause::PeerHeard),
            (State::Down, State::Init) | (State::Init, State::Init | State::Up) => {
                self.enter(State::Up, Cause::HeardByPeer);
            }
            (State::AdminDown, State::AdminDown | State::Down | State::Init | State::Up)
            | (State::Down, State::AdminDown | State::Up)
            | (State::Init, State::Down)
            | (State::Up, State::Init | State::Up) => {}
        }
    }

    fn enter(&mut self, to: State, cause: Cause) {
        self.actions.push_back(Action::Transition(Transition { from: self.state, to, cause }));
        self.state = to;
        self.retime();
    }

    /// RFC 5880 section 6.8.3, after a change of state or parameters.
    fn retime(&mut self) {
        let wanted = Intervals::of(&self.params, self.state);
        if self.said != wanted {
            self.said = wanted;
            match self.poll {
                Poll::None => self.poll = Poll::Asking,
                Poll::Asking | Poll::Answered => self.poll_again = true,
            }
        }
        self.in_force = match self.state {
            // The peer must agree before we send more rarely, or expect it to send more often.
            State::Up => Intervals {
                tx_us: self.in_force.tx_us.min(wanted.tx_us),
                rx_us: self.in_force.rx_us.max(wanted.rx_us),
            },
            State::AdminDown | State::Down | State::Init => wanted,
        };
    }

    /// RFC 5880 section 6.8.1, `bfd.RemoteDiscr`: the peer is gone, and will not answer.
    fn forget_peer(&mut self) {
        self.remote = None;
        let unanswered = self.poll == Poll::Asking || self.poll_again;
        self.poll = if unanswered { Poll::Asking } else { Poll::None };
        self.poll_again = false;
    }

    /// What a heard packet means for the Poll Sequence under way.
    fn poll_answered(&mut self, final_: bool) {
        match (self.poll, final_) {
            (Poll::Asking, true) => {
                self.poll = Poll::Answered;
                if !self.poll_again {
                    self.in_force = self.said;
                }
            }
            (Poll::Answered, false) if self.poll_again => {
                self.poll_again = false;
                self.poll = Poll::Asking;
            }
            (Poll::Answered, false) => self.poll = Poll::None,
            (Poll::None, _) | (Poll::Asking, false) | (Poll::Answered, true) => {}
        }
    }

    fn transmit_due(&mut self, now: Instant) {
        if self.next_transmission().is_none_or(|at| now < at) {
            return;
        }
        let packet = Control { final_: std::mem::take(&mut self.answer_due), ..self.contents() };
        let packet = Control { poll: self.poll == Poll::Asking && !packet.final_, ..packet };
        self.sent = Some((now, packet));
        self.jitter.draw(self.params.detect_mult.get());
        self.actions.push_back(Action::Transmit(packet));
    }

    /// The packet of this moment (RFC 5880 section 6.8.7), P and F aside.
    fn contents(&self) -> Control {
        Control {
            diagnostic: self.diagnostic,
            state: self.state,
            poll: false,
            final_: false,
            control_plane_independent: false,
            demand: false,
            detect_mult: self.params.detect_mult,
            my_discriminator: self.local,
            your_discriminator: self.remote_discriminator(),
            desired_min_tx_us: self.said.tx_us,
            required_min_rx_us: self.said.rx_us,
            required_min_echo_rx_us: 0,
        }
    }

    /// When the next packet goes out, of its own accord.
    fn next_transmission(&self) -> Option<Instant> {
        if self.params.passive && self.remote.is_none() {
            return None;
        }
        let Some((sent, last)) = self.sent else { return Some(Instant::ZERO) };
        if self.answer_due || self.contents() != said_again(&last, self.remote_discriminator()) {
            return Some(sent + GAP);
        }
        let due = || Instant::from_nanos(self.jitter.due(sent.as_nanos(), self.transmit_interval()));
        (!self.is_to_be_silent()).then(due)
    }

    /// Whether nothing is to be sent periodically (RFC 5880 section 6.8.7).
    fn is_to_be_silent(&self) -> bool {
        let Some(remote) = self.remote else { return false };
        let demanded = remote.demand && self.state == State::Up && remote.state == State::Up;
        remote.min_rx_us == 0 || (demanded && self.poll != Poll::Asking)
    }
}

impl Intervals {
    /// What a session in this state shall say.
    fn of(params: &Params, state: State) -> Self {
        let tx_us = match state {
            State::Up => params.min_tx_us,
            State::AdminDown | State::Down | State::Init => {
                params.idle_tx_us.max(SLOW_US).max(params.min_tx_us)
            }
        };
        Self { tx_us, rx_us: params.min_rx_us }
    }
}

/// What the last packet said, the flags and the peer's name aside: none of them is news to the peer.
const fn said_again(last: &Control, your_discriminator: Option<NonZeroU32>) -> Control {
    Control { poll: false, final_: false, your_discriminator, ..*last }
}
