//! BFD sessions in the report.

use std::collections::BTreeMap;
use std::net::IpAddr;

use engine::bfd::{BfdCounters, BfdSnapshot};
use serde::{Deserialize, Serialize};

use super::{Clock, millis, rfc3339};
use crate::describe::bfd as describe;

/// One BFD session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BfdReport {
    /// Name.
    pub name: String,
    /// The peer.
    pub neighbor: IpAddr,
    /// Interface of a link-local peer.
    pub interface: Option<String>,
    /// Our address, where it is configured.
    pub source: Option<IpAddr>,
    /// RFC 5883 instead of RFC 5881.
    pub multihop: bool,
    /// AdminDown, Down, Init or Up.
    pub state: String,
    /// Since when.
    pub since: String,
    /// The same, as seconds until the time of the report.
    pub seconds_in_state: f64,
    /// Why it entered this state.
    pub cause: Option<String>,
    /// Why it left Up the last time, by RFC 5880 section 4.1.
    pub diagnostic: u8,
    /// The same in words.
    pub diagnostic_text: String,
    /// The peer's state, while it is heard.
    pub remote_state: Option<String>,
    /// Our discriminator.
    pub local_discriminator: u32,
    /// The peer's, while it is heard.
    pub remote_discriminator: Option<u32>,
    /// Transmit interval in force, before jitter.
    pub transmit_interval_ms: f64,
    /// Silence after which the peer is taken for dead; `null` while it is not heard.
    pub detection_time_ms: Option<f64>,
    /// Time since the last packet.
    pub last_heard_age_ms: Option<f64>,
    /// Why it cannot send or receive.
    pub problem: Option<String>,
    /// All counters by name.
    pub counters: BTreeMap<String, u64>,
}

impl BfdReport {
    /// What is not as it should be.
    pub(super) fn problem(&self) -> Option<String> {
        let Self { name, neighbor, state, .. } = self;
        match (&self.problem, state.as_str()) {
            (Some(problem), _) => Some(format!("BFD session {name}: {problem}")),
            (None, "Up") => None,
            (None, _) => {
                let why = self.cause.as_deref().unwrap_or("not heard yet");
                Some(format!("BFD session {name} with {neighbor} is {state}: {why}"))
            }
        }
    }
}

pub(super) fn report(snapshot: &BfdSnapshot, clock: &Clock) -> BfdReport {
    BfdReport {
        name: snapshot.name.clone(),
        neighbor: snapshot.neighbor,
        interface: snapshot.interface.clone(),
        source: snapshot.source,
        multihop: snapshot.multihop,
        state: describe::state_word(snapshot.state).to_owned(),
        since: rfc3339(clock.wall_time(snapshot.since)),
        seconds_in_state: clock.now.since(snapshot.since).as_secs_f64(),
        cause: snapshot.last_transition.map(|t| describe::cause(&t.cause)),
        diagnostic: snapshot.diagnostic.number(),
        diagnostic_text: describe::diagnostic(snapshot.diagnostic),
        remote_state: snapshot.remote_state.map(|state| describe::state_word(state).to_owned()),
        local_discriminator: snapshot.local_discriminator,
        remote_discriminator: snapshot.remote_discriminator,
        transmit_interval_ms: millis(snapshot.transmit_interval),
        detection_time_ms: snapshot.remote_discriminator.map(|_| millis(snapshot.detection_time)),
        last_heard_age_ms: snapshot.last_heard_age.map(millis),
        problem: snapshot.trouble.clone(),
        counters: counters(&snapshot.counters),
    }
}

/// By name; taking the struct apart makes the compiler ask for every new counter here.
fn counters(counters: &BfdCounters) -> BTreeMap<String, u64> {
    let BfdCounters {
        packets_received,
        packets_sent,
        came_up,
        went_down,
        refused_ttl,
        refused_malformed,
        failures,
    } = counters;
    [
        ("packets_received", packets_received),
        ("packets_sent", packets_sent),
        ("came_up", came_up),
        ("went_down", went_down),
        ("refused_ttl", refused_ttl),
        ("refused_malformed", refused_malformed),
        ("failures", failures),
    ]
    .map(|(name, n)| (name.to_owned(), *n))
    .into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bfd::{Cause, Diagnostic, State, Transition};
    use types::Instant;

    use super::*;
    use crate::status::{Report, table};
    use crate::testing::{daemon, snapshot, then};

    /// Since 300 s.
    fn session(name: &str, state: State, cause: Option<Cause>, remote: Option<State>) -> BfdSnapshot {
        BfdSnapshot {
            name: name.into(),
            neighbor: [192, 0, 2, 2].into(),
            interface: None,
            source: None,
            multihop: false,
            state,
            since: Instant::ZERO + Duration::from_secs(700),
            last_transition: cause.map(|cause| Transition { from: State::Down, to: state, cause }),
            diagnostic: Diagnostic::None,
            remote_state: remote,
            local_discriminator: 1,
            remote_discriminator: remote.map(|_| 2),
            transmit_interval: Duration::from_millis(if state == State::Up { 10 } else { 1000 }),
            detection_time: Duration::from_millis(50),
            last_heard_age: remote.map(|_| Duration::from_millis(4)),
            trouble: None,
            counters: BfdCounters { packets_sent: 7, ..BfdCounters::default() },
        }
    }

    fn shown(sessions: Vec<BfdSnapshot>) -> Report {
        let mut snapshot = snapshot();
        snapshot.bfd = sessions;
        Report::new(&daemon(), &snapshot, Instant::ZERO + Duration::from_secs(1000), then())
    }

    #[test]
    fn one_line_each() {
        let silence = Cause::Silence { silent_for: Duration::from_millis(50) };
        let text = table(&shown(vec![
            session("gw", State::Up, Some(Cause::HeardByPeer), Some(State::Up)),
            session("gw6", State::Down, Some(silence), None),
            session("new", State::Down, None, None),
        ]));
        let expected = "\
BFD  STATE  FOR    NEIGHBOR   ITS STATE  SENDING EVERY  DETECTION  WHY
gw   Up     5 min  192.0.2.2  Up         10 ms          50 ms      both hear each other
gw6  Down   5 min  192.0.2.2  not heard  1.00 s         -          nothing heard for 50 ms
new  Down   5 min  192.0.2.2  not heard  1.00 s         -          not heard yet
";
        assert!(text.contains(expected), "{text}");
        assert!(
            text.contains("! BFD session gw6 with 192.0.2.2 is Down: nothing heard for 50 ms\n"),
            "{text}"
        );
        assert!(text.contains("! BFD session new with 192.0.2.2 is Down: not heard yet\n"), "{text}");
        assert!(!text.contains("! BFD session gw with"), "{text}");
    }

    #[test]
    fn the_numbers_of_json() {
        let report = shown(vec![session("gw", State::Up, Some(Cause::HeardByPeer), Some(State::Up))]);
        let json = serde_json::to_value(&report.bfd[0]).unwrap();
        assert_eq!((&json["transmit_interval_ms"], &json["detection_time_ms"]), (&10.0.into(), &50.0.into()));
        assert_eq!((&json["local_discriminator"], &json["remote_discriminator"]), (&1.into(), &2.into()));
        assert_eq!((&json["counters"]["packets_sent"], &json["diagnostic"]), (&7.into(), &0.into()));
        assert_eq!(json["since"], "2026-11-22T14:56:04.000Z");
    }
}
