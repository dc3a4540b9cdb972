//! What happens to BFD sessions, in words.

use std::net::IpAddr;
use std::time::Duration;

use bfd::{Cause, Diagnostic, State, Transition};
use engine::bfd::BfdRefusal;
use log::Level;

use super::{NOTABLY_LATE, human};

/// The state as RFC 5880 and keepalived name it.
pub const fn state_word(state: State) -> &'static str {
    match state {
        State::AdminDown => "AdminDown",
        State::Down => "Down",
        State::Init => "Init",
        State::Up => "Up",
    }
}

/// Why a session changed its state, as half a sentence.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::PeerHeard => "the neighbor is heard".to_owned(),
        Cause::HeardByPeer => "both hear each other".to_owned(),
        Cause::Silence { silent_for } => format!("nothing heard for {}", human(*silent_for)),
        Cause::PeerDown(Diagnostic::None) => "the neighbor says that it is down".to_owned(),
        Cause::PeerDown(why) => format!("the neighbor says that it is down: {}", diagnostic(*why)),
        Cause::PeerAdminDown => "the neighbor was taken down by its administrator, or stopped".to_owned(),
        Cause::Shutdown => "told to stop".to_owned(),
        Cause::Removed => "no longer in the configuration".to_owned(),
    }
}

/// A diagnostic code in the words of RFC 5880 section 4.1.
pub fn diagnostic(code: Diagnostic) -> String {
    match code {
        Diagnostic::None => "no diagnostic".to_owned(),
        Diagnostic::DetectionTimeExpired => "control detection time expired".to_owned(),
        Diagnostic::EchoFailed => "echo function failed".to_owned(),
        Diagnostic::NeighborSignaledDown => "neighbor signaled session down".to_owned(),
        Diagnostic::ForwardingPlaneReset => "forwarding plane reset".to_owned(),
        Diagnostic::PathDown => "path down".to_owned(),
        Diagnostic::ConcatenatedPathDown => "concatenated path down".to_owned(),
        Diagnostic::AdministrativelyDown => "administratively down".to_owned(),
        Diagnostic::ReverseConcatenatedPathDown => "reverse concatenated path down".to_owned(),
        Diagnostic::Reserved(number) => format!("reserved diagnostic {number}"),
    }
}

pub(super) fn transition(moved: &Transition, neighbor: IpAddr, late_by: Duration) -> (Level, String) {
    let why = cause(&moved.cause);
    let mut text = format!("Entering {} state: BFD with {neighbor}: {why}", state_word(moved.to));
    if late_by >= NOTABLY_LATE {
        text = format!("{text} (our timer was {} late: this machine is busy or was paused)", human(late_by));
    }
    let level = match (moved.from, moved.to) {
        (State::Up, State::Down) => Level::Warn,
        (_, State::Up | State::AdminDown) => Level::Info,
        (_, State::Init | State::Down) => Level::Debug,
    };
    (level, text)
}

pub(super) fn unstable(neighbor: IpAddr, untold: u64, state: State) -> String {
    format!(
        "BFD with {neighbor} has changed its state {untold} more times within a minute and is {} now: packets are lost, \
         or somebody forges them",
        state_word(state)
    )
}

pub(super) fn refused(reason: BfdRefusal, from: IpAddr, count: u64, detail: &str) -> String {
    let what = if count == 1 { "a BFD packet".to_owned() } else { format!("{count} BFD packets") };
    let last = if count == 1 { "" } else { "last " };
    let why = match reason {
        BfdRefusal::Ttl => "it may come from further away than the neighbor is",
        BfdRefusal::Malformed => "not valid",
    };
    format!("ignored {what}, {last}from {from}: {why} ({detail})")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn said(from: State, to: State, cause: Cause) -> (Level, String) {
        transition(&Transition { from, to, cause }, PEER, Duration::ZERO)
    }

    #[test]
    fn the_way_up_and_down() {
        assert_eq!(
            said(State::Init, State::Up, Cause::HeardByPeer),
            (Level::Info, "Entering Up state: BFD with 192.0.2.2: both hear each other".to_owned())
        );
        let silence = Cause::Silence { silent_for: Duration::from_millis(50) };
        assert_eq!(
            said(State::Up, State::Down, silence),
            (Level::Warn, "Entering Down state: BFD with 192.0.2.2: nothing heard for 50 ms".to_owned())
        );
        assert_eq!(
            said(State::Up, State::Down, Cause::PeerDown(Diagnostic::DetectionTimeExpired)).1,
            "Entering Down state: BFD with 192.0.2.2: the neighbor says that it is down: \
             control detection time expired"
        );
    }

    #[test]
    fn what_was_ignored() {
        assert_eq!(
            refused(BfdRefusal::Ttl, PEER, 1, "TTL 254, must be at least 255"),
            "ignored a BFD packet, from 192.0.2.2: it may come from further away than the neighbor is \
             (TTL 254, must be at least 255)"
        );
        assert_eq!(
            refused(BfdRefusal::Malformed, PEER, 300, "detection multiplier 0"),
            "ignored 300 BFD packets, last from 192.0.2.2: not valid (detection multiplier 0)"
        );
    }
}
