use std::collections::BTreeMap;
use std::net::IpAddr;

use config::model::{Verdict, VmacKind};
use engine::observe::{AddressSnapshot, Counters, InstanceSnapshot, Refusal, TrackSnapshot, VmacSnapshot};
use serde::{Deserialize, Serialize};
use vrrp::Outlook;

use super::{Clock, PathReport, millis, paths, rfc3339};
use crate::describe;

/// One virtual router.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceReport {
    /// Name.
    pub name: String,
    /// Interface; null: any.
    pub interface: Option<String>,
    /// The VRF that an instance without an interface is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vrf: Option<String>,
    /// VRID.
    pub vrid: u8,
    /// VRRP version.
    pub version: u8,
    /// MASTER, BACKUP, FAULT or STOPPED.
    pub state: String,
    /// Since when.
    pub since: String,
    /// The same, as seconds until `now`.
    pub seconds_in_state: f64,
    /// Why it entered this state.
    pub cause: Option<String>,
    /// Why it is in FAULT.
    pub faults: Vec<String>,
    /// Its sync group.
    pub group: Option<String>,
    /// What it tracks.
    pub tracks: Vec<TrackReport>,
    /// Trackers whose first result it waits for before it starts.
    pub waiting_for: Vec<String>,
    /// What a Backup is about to do, or why it leaves a Master alone that is no better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlook: Option<String>,
    /// Who else answered for an address of this Master lately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// Effective priority.
    pub priority: u8,
    /// Configured priority.
    pub base_priority: u8,
    /// Our advertisement interval.
    pub advert_interval_ms: u64,
    /// Silence after which we take over.
    pub master_down_interval_ms: f64,
    /// The Master's address, as far as known; our own while we are it.
    pub master: Option<IpAddr>,
    /// Priority in the last advertisement heard.
    pub master_priority: Option<u8>,
    /// Its age.
    pub last_advert_age_ms: Option<f64>,
    /// Source address of our advertisements.
    pub source: Option<IpAddr>,
    /// Not Master any more, but serving until the successor is heard.
    pub handing_over: bool,
    /// Its interfaces with virtual MAC addresses.
    pub vmacs: Vec<VmacReport>,
    /// The virtual addresses.
    pub addresses: Vec<AddressReport>,
    /// The virtual routes, then the virtual rules.
    pub paths: Vec<PathReport>,
    /// All counters by name.
    pub counters: BTreeMap<String, u64>,
}

/// Something that an instance tracks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackReport {
    /// `interface eth1`, `script web` …
    pub what: String,
    /// up, down, pending, or the number in a file.
    pub says: String,
    /// Its weight; 0: failing means FAULT.
    pub weight: i16,
    /// What it adds to the priority now.
    pub adds: i32,
    /// Whether it keeps the instance in FAULT.
    pub fault: bool,
}

/// One interface of an instance's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmacReport {
    /// Its name.
    pub interface: String,
    /// The interface below.
    pub base: String,
    /// `macvlan` or `ipvlan`.
    pub kind: String,
    /// The virtual MAC address of a macvlan.
    pub mac: Option<String>,
    /// The address that is on an ipvlan in every state.
    pub address: Option<String>,
    /// Whether it is there and set up.
    pub ready: bool,
}

/// One virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressReport {
    /// Address and prefix length.
    pub address: String,
    /// Interface.
    pub interface: String,
    /// The interface is not there, or not ours to use.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interface_missing: bool,
    /// Whether it should be in the kernel.
    pub desired: bool,
    /// Whether it is.
    pub observed: bool,
    /// Why the two differ.
    pub problem: Option<String>,
}

pub(super) fn instance(snapshot: &InstanceSnapshot, clock: &Clock) -> InstanceReport {
    // One that is about to be preempted is not listened to any more, and is the Master all the same.
    let preempted = match snapshot.outlook {
        Some(Outlook::Preempts { lower, priority, .. }) => Some((lower, priority)),
        Some(Outlook::Delayed { .. } | Outlook::LeavesAlone { .. } | Outlook::Ready) | None => None,
    };
    InstanceReport {
        name: snapshot.name.clone(),
        interface: snapshot.interface.clone(),
        vrf: snapshot.vrf.clone(),
        vrid: snapshot.vrid.get(),
        version: snapshot.version.number(),
        state: describe::state_word(snapshot.state).to_owned(),
        since: rfc3339(clock.wall_time(snapshot.since)),
        seconds_in_state: clock.now.since(snapshot.since).as_secs_f64(),
        cause: snapshot
            .last_transition
            .as_ref()
            .map(|t| describe::cause(&t.cause, snapshot.priority, &snapshot.faults)),
        faults: snapshot.faults.iter().map(describe::fault).collect(),
        group: snapshot.group.clone(),
        tracks: snapshot.tracks.iter().map(track).collect(),
        outlook: snapshot.outlook.as_ref().map(|outlook| describe::outlook(outlook, clock.now)),
        conflict: snapshot.conflict.as_ref().map(describe::conflict),
        waiting_for: snapshot.waiting_for.iter().map(ToString::to_string).collect(),
        priority: snapshot.priority.0,
        base_priority: snapshot.base_priority.0,
        advert_interval_ms: u64::from(snapshot.interval_centis) * 10,
        master_down_interval_ms: millis(snapshot.master_down),
        master: snapshot.master.or(preempted.map(|(lower, _)| lower)),
        master_priority: snapshot.master_priority.or(preempted.map(|(_, priority)| priority)).map(|p| p.0),
        last_advert_age_ms: snapshot.last_advert_age.map(millis),
        source: snapshot.source,
        handing_over: snapshot.handing_over,
        vmacs: snapshot.vmacs.iter().map(vmac).collect(),
        addresses: snapshot.addresses.iter().map(address).collect(),
        paths: snapshot.paths.iter().map(paths::path).collect(),
        counters: counters(&snapshot.counters),
    }
}

fn vmac(snapshot: &VmacSnapshot) -> VmacReport {
    let VmacSnapshot { interface, base, kind, ready } = snapshot;
    let (kind, mac, address) = match kind {
        VmacKind::Macvlan { mac } => ("macvlan", Some(mac.to_string()), None),
        VmacKind::Ipvlan { address, .. } => ("ipvlan", None, address.map(|address| address.to_string())),
    };
    let (interface, base) = (interface.clone(), base.clone());
    VmacReport { interface, base, kind: kind.to_owned(), mac, address, ready: *ready }
}

fn track(snapshot: &TrackSnapshot) -> TrackReport {
    let TrackSnapshot { what, verdict, weight, adds, fault } = snapshot;
    let says = match verdict {
        Verdict::Pending => "pending".to_owned(),
        Verdict::Up => "up".to_owned(),
        Verdict::Down => "down".to_owned(),
        Verdict::Value(value) => value.to_string(),
    };
    TrackReport { what: what.clone(), says, weight: *weight, adds: *adds, fault: *fault }
}

pub(super) fn address(snapshot: &AddressSnapshot) -> AddressReport {
    let AddressSnapshot { cidr, interface, interface_missing, desired, observed, detecting, errno } =
        snapshot;
    let problem = match (desired, observed, errno) {
        (true, ..) if *interface_missing => Some(format!("{cidr} is missing: {interface} is not there")),
        (true, true, _) if *detecting => {
            Some(format!("{cidr} on {interface} waits for duplicate address detection"))
        }
        (true, _, Some(describe::EADDRINUSE)) => Some(describe::duplicate(*cidr, interface)),
        (true, true, _) | (false, false, _) => None,
        (true, false, Some(errno)) => Some(format!(
            "{cidr} is missing on {interface}: the kernel says \"{}\"",
            describe::errno_text(*errno)
        )),
        (true, false, None) => Some(format!("{cidr} is not yet on {interface}")),
        (false, true, Some(errno)) => Some(format!(
            "{cidr} is still on {interface}: the kernel says \"{}\"",
            describe::errno_text(*errno)
        )),
        (false, true, None) => Some(format!("{cidr} is on {interface}, although this host is not Master")),
    };
    AddressReport {
        address: cidr.to_string(),
        interface: interface.clone(),
        interface_missing: *interface_missing,
        desired: *desired,
        observed: *observed,
        problem,
    }
}

/// By name; taking the struct apart makes the compiler ask for every new counter here.
fn counters(counters: &Counters) -> BTreeMap<String, u64> {
    let Counters {
        adverts_received,
        adverts_sent,
        became_master,
        released_master,
        priority_zero_received,
        priority_zero_sent,
        address_list_mismatch,
        announcements_sent,
        addresses_restored,
        paths_restored,
        kernel_failures,
        address_conflicts,
        refused,
    } = counters;
    let named = [
        ("adverts_received", adverts_received),
        ("adverts_sent", adverts_sent),
        ("became_master", became_master),
        ("released_master", released_master),
        ("priority_zero_received", priority_zero_received),
        ("priority_zero_sent", priority_zero_sent),
        ("address_list_mismatch", address_list_mismatch),
        ("announcements_sent", announcements_sent),
        ("addresses_restored", addresses_restored),
        ("paths_restored", paths_restored),
        ("kernel_failures", kernel_failures),
        ("address_conflicts", address_conflicts),
    ];
    let refused = Refusal::ALL.iter().map(|r| refused_name(*r)).zip(refused);
    named.into_iter().chain(refused).map(|(name, n)| (name.to_owned(), *n)).collect()
}

const fn refused_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Length => "refused_length",
        Refusal::Ttl => "refused_ttl",
        Refusal::Version => "refused_version",
        Refusal::Type => "refused_type",
        Refusal::Checksum => "refused_checksum",
        Refusal::Interval => "refused_interval",
        Refusal::AuthType => "refused_auth_type",
        Refusal::Auth => "refused_auth",
        Refusal::Destination => "refused_destination",
        Refusal::Source => "refused_source",
        Refusal::ExtMissing => "refused_auth_ext_missing",
        Refusal::ExtMalformed => "refused_auth_ext_malformed",
        Refusal::ExtUnknownKey => "refused_auth_ext_unknown_key",
        Refusal::ExtInvalidHmac => "refused_auth_ext_invalid_hmac",
        Refusal::ExtStale => "refused_auth_ext_stale",
        Refusal::ExtReplay => "refused_auth_ext_replay",
    }
}
