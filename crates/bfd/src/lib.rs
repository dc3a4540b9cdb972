//! One BFD session in asynchronous mode (RFC 5880), whatever carries its packets. Without echo and authentication;
//! demand mode is never asked for, and respected when the peer asks for it.
//!
//! Drive it with [`Session::handle_packet`] for every packet that was found to belong to it (RFC 5880 section 6.8.6
//! up to the choice of the session), and with [`Session::handle_timeout`] at [`Session::deadline`]. After each of them
//! do what [`Session::poll_action`] says, in order.
//!
//! What RFC 5880 demands, and the test that holds it:
//!
//! | section | demand | test |
//! | --- | --- | --- |
//! | 6.5 | a Poll Sequence rides on the packets that are sent anyway | `properties::sending_is_bounded` |
//! | 6.5 | P and F never in one packet | `properties::packets_are_always_valid` |
//! | 6.8.1 | first state Down, diagnostic 0, multiplier not 0, discriminators not 0 | `transitions::a_session_begins_down`, and the types |
//! | 6.8.1 | the peer's discriminator is forgotten after a detection time of silence | `timing::a_silent_peer_is_forgotten` |
//! | 6.2, 6.8.6 | the state machine | `transitions::every_state_and_every_packet` |
//! | 6.8.2 | transmit interval: the larger of ours and what the peer requires | `timing::the_slower_side_sets_the_pace` |
//! | 6.8.3 | at least a second between packets while not Up | `timing::slow_while_not_up` |
//! | 6.8.3 | a changed interval starts a Poll Sequence | `timing::polls_until_answered` |
//! | 6.8.3 | a longer transmit interval waits for the end of the Poll Sequence | `timing::a_longer_interval_waits_for_the_answer` |
//! | 6.8.3 | a shorter receive interval waits for it, too | `timing::a_shorter_receive_interval_waits_for_the_answer` |
//! | 6.8.3 | a shorter interval of the peer is honoured at once | `timing::a_faster_peer_is_served_at_once` |
//! | 6.8.3 | one Poll Sequence after the other, a packet without F between them | `timing::a_second_change_polls_again` |
//! | 6.8.4 | detection time | `timing::detection_time_is_the_peers_multiplier_times_the_agreed_interval` |
//! | 6.8.5 | expiry: Down, diagnostic 1 | `timing::a_silent_peer_is_forgotten` |
//! | 6.8.6 | what a packet must be to be looked at | `wire::what_must_be_discarded_is` |
//! | 6.8.6 | P is answered with F, in every state but AdminDown | `transitions::a_poll_is_answered` |
//! | 6.8.7 | jitter of 0 to 25 %, and 10 to 25 % with multiplier 1 | `timing::jitter`, `properties::sending_is_bounded` |
//! | 6.8.7 | passive: silent until the peer is heard | `timing::passive_waits` |
//! | 6.8.7 | silent while the peer requires 0, or demands it | `timing::a_peer_that_wants_nothing_gets_nothing`, `timing::demand_mode_of_the_peer` |
//! | 6.8.7 | changed contents go out at once | `transitions::every_state_and_every_packet`, `timing::a_changed_multiplier_is_told` |
//! | 6.8.16 | AdminDown, diagnostic 7 | `transitions::every_state_and_every_packet` |

mod jitter;
mod machine;
mod random;
mod remote;

use std::num::NonZeroU8;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wire::bfd::Control;

pub use machine::Session;
pub use random::Random;
pub use wire::bfd::{Diagnostic, State};

/// What is configured of a session. Intervals are microseconds, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// `bfd.DesiredMinTxInterval` while Up.
    pub min_tx_us: u32,
    /// `bfd.RequiredMinRxInterval`.
    pub min_rx_us: u32,
    /// `bfd.DesiredMinTxInterval` while not Up; less than a second counts as a second, less than `min_tx_us` as that.
    pub idle_tx_us: u32,
    /// `bfd.DetectMult`.
    pub detect_mult: NonZeroU8,
    /// Silent until the peer is heard (RFC 5880 section 6.1).
    pub passive: bool,
}

/// What the session wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send this packet.
    Transmit(Control),
    /// The state changed.
    Transition(Transition),
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// Why.
    pub cause: Cause,
}

/// Why the state changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The peer is heard and does not hear us yet.
    PeerHeard,
    /// The peer hears us.
    HeardByPeer,
    /// Nothing was heard for the detection time.
    Silence {
        /// Time since the last packet.
        silent_for: Duration,
    },
    /// The peer said that its session is down, for this reason.
    PeerDown(Diagnostic),
    /// The peer's session was taken down by its administrator.
    PeerAdminDown,
    /// Told to stop.
    Shutdown,
    /// No longer configured.
    Removed,
}

/// What the session is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimerReason {
    /// The next packet is due.
    Transmit,
    /// The peer is silent.
    Detection,
}
