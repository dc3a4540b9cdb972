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
