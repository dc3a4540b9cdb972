//! Events as sentences: the one place where an event becomes text. The log, `status` and mail all use it.
//!
//! The state words are keepalived's (`Entering MASTER STATE`), so that whoever searches logs for them goes on
//! finding them; the cause follows.

use std::net::IpAddr;
use std::time::Duration;

use config::model::{SourceKeyword, Verdict, VmacKind};
use engine::observe::{
    ConflictSnapshot, Event, EventKind, FaultCause, Refusal, UnmarkedChange, VmacTrouble, WhyMade,
};
use log::Level;
use types::{Cidr, Instant, Priority, Vrid};
use vrrp::{Cause, Outlook, State, Transition};

pub mod bfd;

/// What duplicate address detection found; no operation on an address ends like this.
pub(crate) const EADDRINUSE: i32 = 98;
/// Of a macvlan where there is an ipvlan, or the other way round.
const EBUSY: i32 = 16;
/// A timer that fires later than this is worth a word.
const NOTABLY_LATE: Duration = Duration::from_millis(5);

/// How serious an event is, and the sentence for it.
pub fn describe(event: &Event) -> (Level, String) {
    let (level, text) = sentence(&event.kind);
    match &event.instance {
        Some(name) => (level, format!("({name}) {text}")),
        None => (level, text),
    }
}

/// The state as keepalived's users know it.
pub const fn state_word(state: State) -> &'static str {
    match state {
        State::Initialize => "STOPPED",
        State::Backup => "BACKUP",
        State::Active => "MASTER",
        State::Fault => "FAULT",
    }
}

/// Why a transition happened, as half a sentence.
pub fn cause(cause: &Cause, own_priority: Priority, faults: &[FaultCause]) -> String {
    match cause {
        Cause::Startup => "started, listening for a Master".to_owned(),
        Cause::Owner => "it owns the addresses (priority 255)".to_owned(),
        Cause::Adopted => "goes on where the previous router process stopped".to_owned(),
        Cause::MasterDown { silent_for, last_active } => took_over(*silent_for, *last_active),
        Cause::ActiveStopped { from } => format!("{from} said that it stops"),
        Cause::Preempted { lower, priority } => {
            format!("took over from {lower}, whose priority {priority} is lower than our {own_priority}")
        }
        Cause::HigherPriority { from, priority } => {
            format!("{from} advertises priority {priority}, higher than our {own_priority}")
        }
        Cause::HigherAddress { from } => {
            format!("{from} advertises our priority {own_priority} and has the higher address")
        }
        Cause::SyncGroup => "so are the other members of its sync group".to_owned(),
        Cause::Overslept { from, priority } => format!(
            "we were not scheduled for too long, and {from} (priority {priority}) took over meanwhile; nopreempt leaves it alone"
        ),
        Cause::Fault if faults.is_empty() => "a fault appeared".to_owned(),
        Cause::Fault => list(faults),
        Cause::FaultCleared => "the fault is over, listening for a Master".to_owned(),
        Cause::Shutdown => "told to stop".to_owned(),
        Cause::Removed => "no longer in the configuration".to_owned(),
    }
}

fn address_failed(cidr: types::Cidr, interface: &str, errno: i32) -> String {
    match errno {
        EADDRINUSE => format!("{}; trying again every ten seconds", duplicate(cidr, interface)),
        errno => format!("the kernel refuses {cidr} on {interface}: {}; trying again", errno_text(errno)),
    }
}

/// What duplicate address detection found.
pub fn duplicate(cidr: types::Cidr, interface: &str) -> String {
    let addr = cidr.addr;
    format!(
        "another station on the link of {interface} has {addr} (duplicate address detection): it is not used until that one \
         gives it up; without `-nodad` it would be taken regardless"
    )
}

/// One reason of a fault, with what to do about it where that is not obvious.
pub fn fault(cause: &FaultCause) -> String {
    match cause {
        FaultCause::InterfaceMissing(name) => format!("interface {name} does not exist"),
        FaultCause::InterfaceDown(name) => format!("interface {name} is down or has no carrier"),
        FaultCause::NoSourceAddress(name) => {
            format!("interface {name} has no address to send advertisements from")
        }
        FaultCause::SourceAddressMissing { address, keyword: keyword @ SourceKeyword::UseIpvlan } => {
            format!("the source address {address} ({keyword}) is not on its interface")
        }
        FaultCause::SourceAddressMissing { address, keyword } => {
            format!("the source address {address} ({keyword} with track_src_ip) is not on the interface")
        }
        FaultCause::SourceTentative(addr) => {
            format!("the kernel still looks for duplicates of the source address {addr}")
        }
        FaultCause::SourceDuplicate(addr) => format!(
            "another station has the source address {addr} (duplicate address detection): change one of the two, then set \
             the interface down and up"
        ),
        FaultCause::VridTaken { vrid, holder, interface } => format!(
            "virtual_router_id {vrid} is taken on this link, by {holder} on {interface}: give one of the two another number, \
             on all its machines"
        ),
        FaultCause::SourceAddressNowhere { address, keyword } => {
            format!("the source address {address} ({keyword}) is on no interface where it would be heard")
        }
        FaultCause::VrfMissing(name) => format!("there is no VRF {name}"),
        FaultCause::Tracked(name) => format!("tracked interface {name} is down"),
        FaultCause::Needed(name) => {
            format!("{name}, where some of its addresses, routes or rules go, is not up (see no_track)")
        }
        FaultCause::TrackerFailed(tracker) => format!("tracked {tracker} fails"),
        FaultCause::SyncGroup { group, member } => {
            format!("{member}, in the same sync group {group}, is in FAULT")
        }
        FaultCause::NoPeer => "there is nobody in unicast_peer to send advertisements to".to_owned(),
        FaultCause::StaticMissing(what) => format!("static {what}, which its track_group names, is missing"),
        FaultCause::Vmac { interface, what } => format!("{interface}: {}", vmac_trouble(*what)),
        FaultCause::CannotListen(why) => format!("cannot listen for advertisements: {why}"),
    }
}

/// What a tracker says, as half a sentence.
pub fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pending => "nothing is known yet".to_owned(),
        Verdict::Up => "succeeds".to_owned(),
        Verdict::Down => "fails".to_owned(),
        Verdict::Value(value) => format!("says {value}"),
    }
}

/// What an interface on top of another one is, behind its name.
pub(crate) fn own_link(kind: VmacKind) -> String {
    match kind {
        VmacKind::Macvlan { mac } => format!("with the virtual MAC address {mac}"),
        VmacKind::Ipvlan { address: Some(address), .. } => format!("as ipvlan with {address}"),
        VmacKind::Ipvlan { address: None, .. } => "as ipvlan".to_owned(),
    }
}

fn vmac_trouble(what: VmacTrouble) -> String {
    match what {
        VmacTrouble::NameTaken => {
            "an interface of that name exists, and is neither a private macvlan with this MAC address nor the ipvlan that it shall be; rename it, or name another one behind use_vmac or use_ipvlan".to_owned()
        }
        VmacTrouble::NotMade(EBUSY) => {
            "the kernel does not make it: an interface can have ipvlans or macvlans on top of it, not both".to_owned()
        }
        VmacTrouble::NotMade(errno) => {
            format!("the kernel does not make this macvlan or ipvlan: {}", errno_text(errno))
        }
        VmacTrouble::NotMoved(errno) => {
            format!("the kernel does not move it to the VRF of the interface below: {}", errno_text(errno))
        }
        VmacTrouble::NotUp(errno) => format!("the kernel does not set it up: {}", errno_text(errno)),
        VmacTrouble::NotDeleted(errno) => {
            format!("the kernel does not delete the old one: {}", errno_text(errno))
        }
    }
}

fn unmarked(change: &UnmarkedChange) -> String {
    match change {
        UnmarkedChange::Sysctl { sysctl, was } => format!("changed {sysctl}, which was {was} before"),
        UnmarkedChange::SysctlRestored { sysctl } => {
            format!("{sysctl} has its former value again, or is gone with its interface")
        }
        UnmarkedChange::FilterMade { table } => format!("made the nftables table {table}"),
        UnmarkedChange::FilterRemoved { table } => format!("the nftables table {table} is gone"),
    }
}

fn filter_failed(table: &str, errno: i32, unprotected: bool) -> String {
    let consequence = if unprotected {
        "packets to the virtual addresses are accepted in spite of no_accept"
    } else {
        "IGMP and MLD reports leave with the virtual MAC address"
    };
    format!("nftables refuses the table {table}: {}; {consequence}", errno_text(errno))
}

/// What a refused advertisement had wrong.
pub const fn refusal(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Length => "wrong length",
        Refusal::Ttl => "TTL is not 255, so it may come from beyond this network",
        Refusal::Version => "another VRRP version than ours",
        Refusal::Type => "not an advertisement",
        Refusal::Checksum => "wrong checksum",
        Refusal::Interval => "another advert_int than ours",
        Refusal::AuthType => "another auth_type than ours",
        Refusal::Auth => "wrong password",
        Refusal::Destination => "sent to another group, or unicast and multicast mixed up",
        Refusal::Source => "not from one of our unicast_peer",
        Refusal::ExtMissing => "it is not signed, and auth_hmac demands that",
        Refusal::ExtMalformed => "its auth_hmac trailer is malformed",
        Refusal::ExtUnknownKey => "signed with an auth_hmac key that is not in our configuration",
        Refusal::ExtInvalidHmac => {
            "its auth_hmac signature is wrong: another key under that number, or changed on its way"
        }
        Refusal::ExtStale => "its auth_hmac time is too far from ours: compare the clocks",
        Refusal::ExtReplay => "an auth_hmac signature that was used before",
    }
}

/// A duration as people say it: three digits and a unit.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if duration < Duration::from_millis(1) {
        format!("{} us", duration.as_micros())
    } else if duration < Duration::from_millis(10) {
        format!("{:.1} ms", seconds * 1e3)
    } else if duration < Duration::from_secs(1) {
        format!("{:.0} ms", seconds * 1e3)
    } else if duration < Duration::from_secs(10) {
        format!("{seconds:.2} s")
    } else if duration < Duration::from_mins(2) {
        format!("{seconds:.0} s")
    } else {
        let minutes = duration.as_secs() / 60;
        match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
            (0, 0, m) => format!("{m} min"),
            (0, h, m) => format!("{h} h {m} min"),
            (d, h, _) => format!("{d} d {h} h"),
        }
    }
}

/// What an errno says, in the words of the C library.
pub fn errno_text(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

/// What an errno says, and what the kernel said besides.
pub fn kernel_words(errno: i32, message: &str) -> String {
    let text = errno_text(errno);
    if message.is_empty() { text } else { format!("{text} ({})", message.trim_end_matches('.')) }
}

fn sentence(kind: &EventKind) -> (Level, String) {
    match kind {
        EventKind::Transition { transition, priority, faults, late_by } => {
            transition_sentence(transition, *priority, faults, *late_by)
        }
        EventKind::LowerPriority { from, priority, own } => {
            (Level::Info, lower_priority(*from, *priority, *own))
        }
        EventKind::OtherFault { fault: other } => {
            (Level::Info, format!("still in FAULT STATE: {}", fault(other)))
        }
        EventKind::Late { by, state, listens } => (Level::Warn, late(*by, *state, *listens)),
        EventKind::Group { name, to, .. } => {
            let level = if *to == State::Fault { Level::Error } else { Level::Info };
            (level, group_sentence(name, *to))
        }
        EventKind::Priority { from, to, base, moved_by } => {
            (Level::Info, priority_moved(*from, *to, *base, moved_by))
        }
        EventKind::AddressesInstalled { count, took } => {
            (Level::Info, format!("{} in place {} the transition", addresses(*count), after(*took)))
        }
        EventKind::HandoverDone { successor, took, count } => {
            (Level::Info, handover(*successor, *took, *count))
        }
        EventKind::AddressRestored { cidr, times } => (
            Level::Warn,
            format!("somebody else removed {cidr}; put it back and announced it ({})", nth_time(*times)),
        ),
        EventKind::AddressFailed { cidr, interface, errno } => {
            (Level::Error, address_failed(*cidr, interface, *errno))
        }
        EventKind::StrangerRemoved { cidr, interface } => (Level::Warn, stranger_removed(*cidr, interface)),
        EventKind::Leftovers { adopted, removed } => (Level::Info, leftovers(*adopted, *removed)),
        EventKind::PathRestored { path, times } => {
            (Level::Warn, format!("{path} was gone without our doing; put it back ({})", nth_time(*times)))
        }
        EventKind::PathFailed { path, errno, message } => (
            Level::Error,
            format!("the kernel refuses {path}: {}; trying again", kernel_words(*errno, message)),
        ),
        EventKind::PathLeftovers { adopted, removed } => (Level::Info, path_leftovers(*adopted, *removed)),
        EventKind::AddressConflict { addr, mac } => (
            Level::Error,
            format!("{mac} also answers for {addr}, which this Master holds: two stations have one address"),
        ),
        EventKind::AdvertRefused { reason, from, count, detail } => {
            (Level::Warn, refused(*reason, *from, *count, detail))
        }
        EventKind::ClockSkew { from, ahead_secs } => (Level::Warn, clock_skew(*from, *ahead_secs)),
        EventKind::PlainChecksum { from } => (
            Level::Info,
            format!("{from} leaves the pseudo-header out of its checksums; accepted (see v3_checksum_as_v2)"),
        ),
        EventKind::OtherAddresses { from, vrid, count, ignored } => {
            (Level::Warn, other_addresses(*from, *vrid, *count, *ignored))
        }
        EventKind::SubscribeFailed { interface, reason } => {
            (Level::Error, format!("cannot listen for advertisements on {interface}: {reason}"))
        }
        EventKind::VmacMade { interface, base, kind, why } => vmac_made(interface, base, *kind, *why),
        EventKind::VmacSetUp { interface } => {
            (Level::Warn, format!("somebody else set {interface} down; set it up again"))
        }
        EventKind::VmacFailed { interface, what } => {
            (Level::Error, format!("{interface}: {}; trying again", vmac_trouble(*what)))
        }
        EventKind::SysctlRefused { sysctl, errno } => (
            Level::Error,
            format!(
                "cannot set {sysctl}: {}; neighbors may learn a wrong MAC address, or we may not hear them",
                errno_text(*errno)
            ),
        ),
        EventKind::Unmarked(change) => (Level::Debug, unmarked(change)),
        EventKind::FilterFailed { table, errno, unprotected } => {
            (Level::Error, filter_failed(table, *errno, *unprotected))
        }
        EventKind::BfdTransition { transition, neighbor, late_by } => {
            bfd::transition(transition, *neighbor, *late_by)
        }
        EventKind::BfdUnstable { neighbor, untold, state } => {
            (Level::Warn, bfd::unstable(*neighbor, *untold, *state))
        }
        EventKind::BfdRefused { reason, from, count, detail } => {
            (Level::Warn, bfd::refused(*reason, *from, *count, detail))
        }
        EventKind::BfdTrouble { what } => (Level::Error, format!("BFD: {what}; trying again")),
        EventKind::Reloaded { added, removed, changed, unchanged } => (
            Level::Info,
            format!(
                "reloaded: {added} instances added, {removed} removed, {changed} changed, {unchanged} untouched"
            ),
        ),
    }
}

fn vmac_made(interface: &str, base: &str, kind: VmacKind, why: WhyMade) -> (Level, String) {
    let made = format!("on top of {base} {}", own_link(kind));
    match why {
        WhyMade::New => (Level::Info, format!("made {interface} {made}")),
        WhyMade::Gone => (Level::Warn, format!("{interface} was gone; made it again {made}")),
        WhyMade::Changed => (Level::Warn, format!("somebody else changed {interface}; made it again {made}")),
    }
}

fn priority_moved(from: Priority, to: Priority, base: Priority, by: &[(String, i32)]) -> String {
    let configured = format!("{base} is configured");
    let parts = by.iter().map(|(what, adds)| format!("{what} {adds:+}"));
    let sum: Vec<String> = std::iter::once(configured).chain(parts).collect();
    format!("Changing effective priority from {from} to {to}: {}", sum.join(", "))
}

fn stranger_removed(cidr: Cidr, interface: &str) -> String {
    format!(
        "{cidr} was on {interface} and is removed, because only a Master has it; we did not put it there: take it out of \
         the system's own configuration of that interface"
    )
}

fn clock_skew(from: IpAddr, ahead_secs: i64) -> String {
    let way = if ahead_secs < 0 { "behind" } else { "ahead of" };
    let secs = ahead_secs.unsigned_abs();
    format!("the clock of {from} is {secs} s {way} ours: auth_hmac will refuse it if that grows")
}

fn lower_priority(from: IpAddr, priority: Priority, own: Priority) -> String {
    let why = if priority == own {
        format!("with our priority {own} and the lower address")
    } else {
        format!("with lower priority {priority}, ours is {own}")
    };
    format!("Received advert from {from} {why}: announcing again")
}

fn late(by: Duration, state: State, listens: bool) -> String {
    let consequence = match (state, listens) {
        (State::Active, true) => "others may have taken over, so we listen before we advertise again",
        (State::Active, false) => "an advertisement was missing for so long",
        (State::Initialize | State::Backup | State::Fault, true) => "we listen once more before we take over",
        (State::Initialize | State::Backup | State::Fault, false) => "nothing came of it",
    };
    format!("our timer was {} late (this machine is busy or was paused): {consequence}", human(by))
}

/// Who else has an address, and since when that is known.
pub fn conflict(conflict: &ConflictSnapshot) -> String {
    let ConflictSnapshot { addr, mac, age } = conflict;
    format!("{mac} also answers for {addr} (heard {} ago): two stations have one address", human(*age))
}

/// What a Backup is about to do, as half a sentence.
pub fn outlook(outlook: &Outlook, now: Instant) -> String {
    let left = |at: Instant| human(at.since(now));
    match outlook {
        Outlook::Preempts { lower, priority, at } => {
            format!("takes over in {} from {lower}, whose priority {priority} is lower than ours", left(*at))
        }
        Outlook::Delayed { lower, priority, until } => format!(
            "leaves {lower}, whose priority {priority} is lower than ours, alone for {} more (preempt_delay)",
            left(*until)
        ),
        Outlook::LeavesAlone { lower, priority } => {
            format!("leaves {lower}, whose priority {priority} is lower than ours, alone (nopreempt)")
        }
        Outlook::Ready => {
            "is ready to take over, and waits for the other members of its sync group".to_owned()
        }
    }
}

fn transition_sentence(
    transition: &Transition,
    priority: Priority,
    faults: &[FaultCause],
    late_by: Duration,
) -> (Level, String) {
    let why = cause(&transition.cause, priority, faults);
    let mut text = match transition.to {
        State::Initialize => format!("Stopped: {why}"),
        State::Backup | State::Active | State::Fault => {
            format!("Entering {} STATE: {why}", state_word(transition.to))
        }
    };
    if late_by >= NOTABLY_LATE {
        text = format!("{text} (our timer was {} late: this machine is busy or was paused)", human(late_by));
    }
    let level = if transition.to == State::Fault { Level::Error } else { Level::Info };
    (level, text)
}

fn group_sentence(name: &str, to: State) -> String {
    match to {
        State::Initialize => format!("VRRP_Group({name}) Stopped"),
        State::Active | State::Backup | State::Fault => {
            format!("VRRP_Group({name}) Syncing instances to {} state", state_word(to))
        }
    }
}

fn took_over(silent_for: Duration, last_active: Option<IpAddr>) -> String {
    let silence = human(silent_for);
    match last_active {
        Some(from) => format!("took over after {silence} without an advertisement from {from}"),
        None => format!("took over, nobody else advertised for {silence}"),
    }
}

fn handover(successor: Option<IpAddr>, took: Duration, count: usize) -> String {
    let what = addresses(count);
    match successor {
        Some(addr) => format!("handed {what} over to {addr} in {}", human(took)),
        None if took.is_zero() => format!("gave up {what} at once"),
        None => format!("gave up {what} after {}; no successor was heard", human(took)),
    }
}

fn leftovers(adopted: usize, removed: usize) -> String {
    match (adopted, removed) {
        (0, n) => format!("removed {} left behind by an earlier run", addresses(n)),
        (n, 0) => format!("adopted {} of an earlier run", addresses(n)),
        (a, r) => format!("adopted {} of an earlier run and removed {r}", addresses(a)),
    }
}

fn path_leftovers(adopted: usize, removed: usize) -> String {
    let what = |n| if n == 1 { "1 route or rule".to_owned() } else { format!("{n} routes and rules") };
    match (adopted, removed) {
        (0, n) => format!("removed {} left behind by an earlier run", what(n)),
        (n, 0) => format!("adopted {} of an earlier run", what(n)),
        (a, r) => format!("adopted {} of an earlier run and removed {r}", what(a)),
    }
}

fn other_addresses(from: IpAddr, vrid: Vrid, count: u64, ignored: bool) -> String {
    if ignored {
        format!(
            "{from} advertises virtual_router_id {vrid} with none of our addresses ({count} since the last report): ignored, it is another virtual router. One of the two needs another virtual_router_id"
        )
    } else {
        format!(
            "{from} advertises virtual_router_id {vrid} with other addresses than ours, but with some of them ({count} since the last report): compare virtual_ipaddress of both"
        )
    }
}

fn refused(reason: Refusal, from: IpAddr, count: u64, detail: &str) -> String {
    let what = if count == 1 { "an advertisement".to_owned() } else { format!("{count} advertisements") };
    let reason = refusal(reason);
    let detail = if detail.is_empty() || detail == reason { String::new() } else { format!(" ({detail})") };
    let last = if count == 1 { "" } else { "last " };
    format!("ignored {what}, {last}from {from}: {reason}{detail}")
}

fn after(took: Duration) -> String {
    if took.is_zero() { "at".to_owned() } else { format!("{} after", human(took)) }
}

fn addresses(count: usize) -> String {
    if count == 1 { "1 address".to_owned() } else { format!("{count} addresses") }
}

fn nth_time(times: u64) -> String {
    if times == 1 { "the first time".to_owned() } else { format!("{times} times so far") }
}

fn list(faults: &[FaultCause]) -> String {
    faults.iter().map(fault).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Instant, MacAddr};

    fn said(kind: EventKind) -> String {
        describe(&Event { at: Instant::ZERO, seq: 1, instance: Some("VI_1".into()), kind }).1
    }

    fn moved(from: State, to: State, cause: Cause, priority: u8) -> EventKind {
        EventKind::Transition {
            transition: Transition { from, to, cause },
            priority: Priority(priority),
            faults: Vec::new(),
            late_by: Duration::ZERO,
        }
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 168, 200, last])
    }

    #[test]
    fn a_take_over_says_whom_it_missed_and_how_long() {
        let cause = Cause::MasterDown { silent_for: Duration::from_millis(3609), last_active: Some(ip(129)) };
        assert_eq!(
            said(moved(State::Backup, State::Active, cause, 100)),
            "(VI_1) Entering MASTER STATE: took over after 3.61 s without an advertisement from 192.168.200.129"
        );
    }

    #[test]
    fn yielding_says_to_whom_and_why() {
        let cause = Cause::HigherPriority { from: ip(128), priority: Priority(100) };
        assert_eq!(
            said(moved(State::Active, State::Backup, cause, 10)),
            "(VI_1) Entering BACKUP STATE: 192.168.200.128 advertises priority 100, higher than our 10"
        );
    }

    #[test]
    fn a_fault_lists_every_reason_and_is_an_error() {
        let kind = EventKind::Transition {
            transition: Transition { from: State::Active, to: State::Fault, cause: Cause::Fault },
            priority: Priority(100),
            faults: vec![
                FaultCause::InterfaceDown("eth0".into()),
                FaultCause::NoSourceAddress("eth0".into()),
            ],
            late_by: Duration::ZERO,
        };
        let (level, text) =
            describe(&Event { at: Instant::ZERO, seq: 1, instance: Some("VI_1".into()), kind });
        assert_eq!(level, Level::Error);
        assert_eq!(
            text,
            "(VI_1) Entering FAULT STATE: interface eth0 is down or has no carrier; \
             interface eth0 has no address to send advertisements from"
        );
    }

    #[test]
    fn a_missing_source_address_is_named_by_the_keyword_of_the_file() {
        use SourceKeyword::{McastSrcIp, UnicastSrcIp, UseIpvlan};
        let missing = |keyword| fault(&FaultCause::SourceAddressMissing { address: ip(7), keyword });
        let nowhere = |keyword| fault(&FaultCause::SourceAddressNowhere { address: ip(7), keyword });
        assert_eq!(
            [
                missing(McastSrcIp),
                missing(UnicastSrcIp),
                missing(UseIpvlan),
                nowhere(McastSrcIp),
                nowhere(UnicastSrcIp)
            ],
            [
                "the source address 192.168.200.7 (mcast_src_ip with track_src_ip) is not on the interface",
                "the source address 192.168.200.7 (unicast_src_ip with track_src_ip) is not on the interface",
                "the source address 192.168.200.7 (use_ipvlan) is not on its interface",
                "the source address 192.168.200.7 (mcast_src_ip) is on no interface where it would be heard",
                "the source address 192.168.200.7 (unicast_src_ip) is on no interface where it would be heard",
            ]
        );
    }

    #[test]
    fn a_late_timer_is_confessed() {
        let kind = EventKind::Transition {
            transition: Transition {
                from: State::Backup,
                to: State::Active,
                cause: Cause::MasterDown { silent_for: Duration::from_millis(39), last_active: None },
            },
            priority: Priority(10),
            faults: Vec::new(),
            late_by: Duration::from_millis(250),
        };
        assert_eq!(
            said(kind),
            "(VI_1) Entering MASTER STATE: took over, nobody else advertised for 39 ms \
             (our timer was 250 ms late: this machine is busy or was paused)"
        );
    }

    #[test]
    fn a_lower_master_of_the_same_priority_has_the_lower_address() {
        let heard = |priority| {
            said(EventKind::LowerPriority { from: ip(66), priority: Priority(priority), own: Priority(100) })
        };
        assert_eq!(
            [heard(100), heard(50)],
            [
                "(VI_1) Received advert from 192.168.200.66 with our priority 100 and the lower address: announcing again",
                "(VI_1) Received advert from 192.168.200.66 with lower priority 50, ours is 100: announcing again",
            ]
        );
    }

    #[test]
    fn a_priority_says_what_it_is_made_of() {
        let moved_by = vec![("interface eth1".to_owned(), -60), ("script web".to_owned(), 20)];
        let (from, to, base) = (Priority(170), Priority(110), Priority(150));
        assert_eq!(
            said(EventKind::Priority { from, to, base, moved_by }),
            "(VI_1) Changing effective priority from 170 to 110: 150 is configured, interface eth1 -60, script web +20"
        );
    }

    #[test]
    fn a_backup_explains_what_it_is_about_to_do() {
        let (lower, priority) = (ip(66), Priority(50));
        let at = Instant::ZERO + Duration::from_millis(2500);
        let said = [
            Outlook::Preempts { lower, priority, at },
            Outlook::Delayed { lower, priority, until: at },
            Outlook::LeavesAlone { lower, priority },
        ]
        .map(|outlook| super::outlook(&outlook, Instant::ZERO));
        assert_eq!(
            said,
            [
                "takes over in 2.50 s from 192.168.200.66, whose priority 50 is lower than ours",
                "leaves 192.168.200.66, whose priority 50 is lower than ours, alone for 2.50 s more (preempt_delay)",
                "leaves 192.168.200.66, whose priority 50 is lower than ours, alone (nopreempt)",
            ]
        );
    }

    #[test]
    fn refusals_count_and_name_the_sender() {
        let refused = |count, detail: &str| {
            said(EventKind::AdvertRefused {
                reason: Refusal::Auth,
                from: ip(66),
                count,
                detail: detail.to_owned(),
            })
        };
        assert_eq!(refused(1, ""), "(VI_1) ignored an advertisement, from 192.168.200.66: wrong password");
        assert_eq!(
            refused(3000, "not \"1111\""),
            "(VI_1) ignored 3000 advertisements, last from 192.168.200.66: wrong password (not \"1111\")"
        );
    }

    #[test]
    fn addresses_have_names_and_reasons() {
        let cidr = types::Cidr::host(ip(100));
        assert_eq!(
            said(EventKind::AddressFailed { cidr, interface: "eth0".into(), errno: 99 }),
            "(VI_1) the kernel refuses 192.168.200.100/32 on eth0: Cannot assign requested address; trying again"
        );
        assert_eq!(
            said(EventKind::AddressConflict { addr: ip(100), mac: MacAddr([2, 0, 0, 0, 0, 1]) }),
            "(VI_1) 02:00:00:00:00:01 also answers for 192.168.200.100, which this Master holds: \
             two stations have one address"
        );
        assert_eq!(
            said(EventKind::HandoverDone {
                successor: Some(ip(129)),
                took: Duration::from_micros(962_300),
                count: 1
            }),
            "(VI_1) handed 1 address over to 192.168.200.129 in 962 ms"
        );
    }

    #[test]
    fn durations_as_people_say_them() {
        let said: Vec<_> =
            [250, 9_400, 39_609, 396_090, 3_609_375, 42_000_000, 300_000_000, 4_000_000_000, 400_000_000_000]
                .into_iter()
                .map(|us| human(Duration::from_micros(us)))
                .collect();
        assert_eq!(
            said,
            ["250 us", "9.4 ms", "40 ms", "396 ms", "3.61 s", "42 s", "5 min", "1 h 6 min", "4 d 15 h"]
        );
    }
}
