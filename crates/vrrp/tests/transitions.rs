//! The transition tables of RFC 9568 section 6.4 (and RFC 3768 section 6.4), with keepalived's additions, as
//! literal rows: what happened before, what happens now, the state and deadline afterwards, the actions.
//!
//! A script is a list of `SECONDS OPERATION`; only the actions of the last operation are compared. Our own
//! address is 192.0.2.10; `advert 99 .9` comes from 192.0.2.9 with priority 99.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use types::{Instant, Interval, Priority, Version, Vrid};
use vrrp::{Action, Advert, Cause, Outlook, Params, State, TimerReason, VirtualRouter};

const INPUTS: [&str; 18] = [
    "0.5 startup",
    "0.5 adopt",
    "0.5 join",
    "0.5 fault",
    "0.5 clear",
    "0.5 advert 0 .9",
    "0.5 advert 99 .11",
    "0.5 advert 100 .9",
    "0.5 advert 100 .10",
    "0.5 advert 100 .11",
    "0.5 advert 101 .9",
    "0.5 timeout",
    "9.5 timeout",
    "0.5 shutdown",
    "0.5 source .12",
    "0.5 priority 117",
    "0.5 reload priority 100",
    "0.5 reload priority 150",
];

/// Every input in every state: version 2, priority 100, advert_int 1.
#[rustfmt::skip]
const EVERY_STATE: [(&str, [(&str, &str); INPUTS.len()]); 4] = [
    // RFC 9568 section 6.4.1.
    ("", [
        ("Backup until 4.109375", "Initialize>Backup Startup"),
        ("Active until 1.5", "send 100, Initialize>Active Adopted"),
        ("Active until 1.5", "send 100, Initialize>Active SyncGroup"),
        ("Fault", "Initialize>Fault Fault"),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
        ("Initialize", ""),
    ]),
    // RFC 9568 section 6.4.2.
    ("0 startup", [
        ("Backup until 3.609375", ""),
        ("Backup until 3.609375", ""),
        ("Backup until 3.609375", ""),
        ("Fault", "Backup>Fault Fault"),
        ("Backup until 3.609375", ""),
        ("Backup until 1.109375", ""),
        ("Backup until 3.609375", ""),
        ("Backup until 4.109375", ""),
        ("Backup until 4.109375", ""),
        ("Backup until 4.109375", ""),
        ("Backup until 4.109375", ""),
        ("Backup until 3.609375", ""),
        ("Backup listens until 11.109375", ""),
        ("Initialize", "Backup>Initialize Shutdown"),
        ("Backup until 3.609375", ""),
        ("Backup until 3.54296875", ""),
        ("Backup until 3.609375", ""),
        ("Backup until 3.4140625", ""),
    ]),
    // RFC 9568 section 6.4.3.
    ("0 adopt", [
        ("Active until 1", ""),
        ("Active until 1", ""),
        ("Active until 1", ""),
        ("Fault", "send 0, Active>Fault Fault"),
        ("Active until 1", ""),
        ("Active until 1.5", "send 100"),
        ("Active until 1.5", "send 100, reannounce after 99 of .11"),
        ("Active until 1.5", "send 100, reannounce after 100 of .9"),
        ("Active until 1", ""),
        ("Backup until 4.109375", "Active>Backup higher address .11"),
        ("Backup until 4.109375", "Active>Backup higher priority 101 of .9"),
        ("Active until 1", ""),
        ("Active listens until 10.5", ""),
        ("Initialize", "send 0, Active>Initialize Shutdown"),
        ("Active until 1", ""),
        ("Active until 1", ""),
        ("Active until 1", ""),
        ("Active until 1.5", "send 150"),
    ]),
    // keepalived.
    ("0 startup; 0.1 fault", [
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Backup until 4.109375", "Fault>Backup FaultCleared"),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Initialize", "Fault>Initialize Shutdown"),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
        ("Fault", ""),
    ]),
];

/// Parameters, script, state and deadline afterwards, actions of the last operation.
#[rustfmt::skip]
const PARAMETERS: &[[&str; 4]] = &[
    // The owner: Active at once, from Initialize and from Fault; tracking does not touch it.
    ["priority 255", "0 startup", "Active until 1", "send 255, Initialize>Active Owner"],
    ["priority 255", "0 fault; 2 clear", "Active until 3", "send 255, Fault>Active FaultCleared"],
    ["priority 255", "0 adopt", "Active until 1", "send 255, Initialize>Active Adopted"],
    ["priority 255", "0 join", "Active until 1", "send 255, Initialize>Active Owner"],
    ["priority 255", "0 startup; 0.2 priority 100; 1 timeout", "Active until 2", "send 255"],
    ["priority 255", "0 startup; 0.5 advert 254 .11", "Active until 1.5", "send 255, reannounce after 254 of .11"],
    ["priority 255", "0 startup; 0.5 fault", "Fault", "send 0, Active>Fault Fault"],
    // Two owners: the lower address yields.
    ["priority 255", "0 startup; 0.5 advert 255 .9", "Active until 1.5", "send 255, reannounce after 255 of .9"],
    ["priority 255", "0 startup; 0.5 advert 255 .11", "Backup until 3.50390625", "Active>Backup higher address .11"],
    // A yielding owner preempts in spite of nopreempt and preempt_delay.
    ["priority 255 nopreempt delay 9", "0 startup; 0.5 advert 255 .11; 1 advert 254 .12", "Backup until 3.50390625", ""],
    ["priority 255 nopreempt delay 9", "0 startup; 0.5 advert 255 .11; 1 advert 254 .12; 3.50390625 timeout", "Active until 4.50390625", "send 255, Backup>Active preempts 254 of .12"],
    // owner_ignore_adverts (RFC 9568 section 6.4.3 discards), and only for the owner.
    ["priority 255 owner-ignores", "0 startup; 0.5 advert 255 .11", "Active until 1", ""],
    ["priority 255 owner-ignores", "0 startup; 0.5 advert 0 .11", "Active until 1", ""],
    ["priority 255 owner-ignores", "0 startup; 0.5 advert 100 .11", "Active until 1", ""],
    ["owner-ignores", "0 adopt; 0.5 advert 255 .11", "Backup until 4.109375", "Active>Backup higher priority 255 of .11"],

    // Preempt_Mode (RFC 9568 section 6.4.2).
    ["", "0 startup; 1 advert 99 .9; 3.609374 timeout", "Backup until 3.609375", ""],
    ["", "0 startup; 1 advert 99 .9; 3.609375 timeout", "Active until 4.609375", "send 100, Backup>Active preempts 99 of .9"],
    ["nopreempt", "0 startup; 1 advert 99 .9", "Backup until 4.609375", ""],
    ["nopreempt", "0 startup; 1 advert 1 .9; 4.609375 timeout", "Active until 5.609375", "send 100, Backup>Active silent for 3.609375 since .9"],
    ["nopreempt", "0 startup; 1 advert 0 .9", "Backup until 1.609375", ""],
    // nopreempt does not keep an Active router from answering a lower one.
    ["nopreempt", "0 adopt; 0.5 advert 99 .11", "Active until 1.5", "send 100, reannounce after 99 of .11"],
    // A lower-priority router does not undo what was heard from a higher one, and the other way round.
    ["", "0 startup; 1 advert 150 .9; 1.5 advert 99 .8", "Backup until 4.609375", ""],
    ["", "0 startup; 1 advert 99 .8; 2 advert 150 .9; 5.609375 timeout", "Active until 6.609375", "send 100, Backup>Active silent for 3.609375 since .9"],

    // preempt_delay: lower-priority advertisements are accepted for five seconds from the first one on.
    ["delay 5", "0 startup; 1 advert 99 .9", "Backup until 4.609375", ""],
    ["delay 5", "0 startup; 1 advert 99 .9; 4 advert 99 .9; 5.999 advert 99 .9", "Backup until 9.608375", ""],
    ["delay 5", "0 startup; 1 advert 99 .9; 4 advert 99 .9; 6 advert 99 .9", "Backup until 7.609375", ""],
    ["delay 5", "0 startup; 1 advert 99 .9; 4 advert 99 .9; 6 advert 99 .9; 7.609375 timeout", "Active until 8.609375", "send 100, Backup>Active preempts 99 of .9"],
    // The one that was waited for falls silent: no reason to wait any longer.
    ["delay 5", "0 startup; 1 advert 99 .9; 4.609375 timeout", "Active until 5.609375", "send 100, Backup>Active silent for 3.609375 since .9"],
    ["delay 5", "0 startup; 1 advert 99 .9; 2 advert 0 .9; 2.609375 timeout", "Active until 3.609375", "send 100, Backup>Active .9 stopped"],
    // An advertisement of at least our own priority stops the delay; the next lower one starts it anew.
    ["delay 5", "0 startup; 1 advert 99 .9; 4 advert 100 .8; 6 advert 99 .9", "Backup until 9.609375", ""],
    ["delay 5", "0 startup; 1 advert 99 .9; 4 advert 100 .8; 6 advert 99 .9; 9 advert 99 .9; 11 advert 99 .9", "Backup until 12.609375", ""],
    // So does entering Backup again.
    ["delay 5", "0 startup; 1 advert 99 .9; 2 fault; 3 clear; 6.5 advert 99 .9", "Backup until 10.109375", ""],

    // Priority 0 (RFC 9568 section 6.4.2): one skew time.
    ["", "0 startup; 1 advert 150 .9; 1.5 advert 0 .9; 2.109375 timeout", "Active until 3.109375", "send 100, Backup>Active .9 stopped"],
    ["", "0 startup; 1 advert 0 .9; 1.2 advert 150 .8", "Backup until 4.809375", ""],
    ["", "0 startup; 1 advert 0 .9; 1.2 priority 200", "Backup until 1.21875", ""],
    ["", "0 startup; 1 advert 0 .9; 1.2 reload interval 200", "Backup until 1.609375", ""],
    ["v3", "0 startup; 1 advert 150 .9 int 200; 2 advert 0 .9 int 200", "Backup until 3.21875", ""],

    // What an Active router says to others.
    ["lower-no-advert", "0 adopt; 0.5 advert 99 .11", "Active until 1", "reannounce after 99 of .11"],
    ["lower-no-advert", "0 adopt; 0.5 advert 100 .9", "Active until 1", "reannounce after 100 of .9"],
    ["lower-no-advert", "0 adopt; 0.5 advert 0 .9", "Active until 1.5", "send 100"],
    ["higher-send", "0 adopt; 0.5 advert 101 .9", "Backup until 4.109375", "send 100, Active>Backup higher priority 101 of .9"],
    ["higher-send", "0 adopt; 0.5 advert 100 .11", "Backup until 4.109375", "send 100, Active>Backup higher address .11"],
    ["", "0 adopt; 0.2 source .12; 0.5 advert 100 .11", "Active until 1.5", "send 100, reannounce after 100 of .11"],
    // Addresses compare as numbers, not as text.
    ["", "0 adopt; 0.5 advert 100 .100", "Backup until 4.109375", "Active>Backup higher address .100"],

    // Version 3 learns the interval (RFC 9568 section 6.1, Active_Adver_Interval) and version 2 does not.
    ["v3", "0 startup", "Backup until 3.609375", "Initialize>Backup Startup"],
    ["v3 interval 50", "0 startup", "Backup until 1.8046875", "Initialize>Backup Startup"],
    ["v3 interval 1 priority 10", "0 startup", "Backup until 0.039609375", "Initialize>Backup Startup"],
    ["v3", "0 startup; 1 advert 100 .9 int 50", "Backup until 2.8046875", ""],
    ["v3", "0 startup; 1 advert 99 .9 int 50", "Backup until 3.609375", ""],
    ["v3 nopreempt", "0 startup; 1 advert 99 .9 int 50", "Backup until 2.8046875", ""],
    ["v3 delay 5", "0 startup; 1 advert 99 .9 int 50", "Backup until 2.8046875", ""],
    ["v3", "0 adopt; 0.5 advert 101 .9 int 50", "Backup until 2.3046875", "Active>Backup higher priority 101 of .9"],
    ["v3", "0 startup; 1 advert 100 .9 int 50; 2.8046875 timeout", "Active until 3.8046875", "send 100, Backup>Active silent for 1.8046875 since .9"],
    ["v3", "0 startup; 1 advert 100 .9 int 50; 2 fault; 3 clear", "Backup until 6.609375", "Fault>Backup FaultCleared"],
    ["v3", "0 startup; 1 advert 100 .9 int 50; 2 priority 50", "Backup until 2.90234375", ""],
    ["", "0 startup; 1 advert 100 .9 int 200", "Backup until 4.609375", ""],

    // down_timer_adverts.
    ["adverts 1", "0 startup", "Backup until 1.609375", "Initialize>Backup Startup"],
    ["adverts 100", "0 startup", "Backup until 100.609375", "Initialize>Backup Startup"],

    // The priority moves a running timer, not into the past, within 1 to 254.
    ["", "0 startup; 3.5 priority 254", "Backup until 3.5", ""],
    ["", "0 startup; 1 priority 255", "Backup until 3.0078125", ""],
    ["", "0 startup; 1 priority 0", "Backup until 3.99609375", ""],
    ["", "0 adopt; 0.5 priority 117; 1 timeout", "Active until 2", "send 117"],
    ["", "0 adopt; 0.5 priority 50; 0.6 advert 60 .9", "Backup until 4.4046875", "Active>Backup higher priority 60 of .9"],
    // Raised above the Active router's priority, a Backup stops believing in it.
    ["", "0 startup; 1 advert 110 .9; 2 priority 120; 2.5 advert 110 .9; 4.53125 timeout", "Active until 5.53125", "send 120, Backup>Active preempts 110 of .9"],

    // Reload: timers adapt, tracking stays, an Active router speaks at once.
    ["", "0 startup; 1 reload interval 200", "Backup until 6.609375", ""],
    ["interval 200", "0 startup; 6 reload interval 100", "Backup until 6", ""],
    ["", "0 startup; 1 reload adverts 5", "Backup until 5.609375", ""],
    ["v3", "0 startup; 1 advert 100 .9 int 50; 1.5 reload interval 200", "Backup until 2.8046875", ""],
    ["", "0 adopt; 0.5 priority 110; 0.6 reload priority 50", "Active until 1.6", "send 60"],
    ["", "0 adopt; 0.5 priority 90; 0.6 reload priority 5", "Active until 1.6", "send 1"],
    ["", "0 adopt; 0.5 priority 110; 0.6 reload priority 254", "Active until 1.6", "send 254"],
    ["", "0 adopt; 0.5 priority 110; 0.6 reload priority 255", "Active until 1.6", "send 255"],
    ["", "0 adopt; 0.5 reload interval 200", "Active until 2.5", "send 100"],
    ["", "0 startup; 1 advert 99 .9; 2 reload nopreempt; 3 advert 99 .9", "Backup until 6.609375", ""],
    ["delay 5", "0 startup; 1 advert 99 .9; 4 reload delay 1; 4.5 advert 99 .9", "Backup until 4.609375", ""],

    // The advertisement timer counts from its last deadline, unless it is more than an interval late.
    ["", "0 adopt; 1 timeout", "Active until 2", "send 100"],
    ["", "0 adopt; 0.999999999 timeout", "Active until 1", ""],
    ["", "0 adopt; 1.3 timeout; 2.1 timeout", "Active until 3", "send 100"],
    ["", "0 adopt; 2 timeout", "Active until 2", "send 100"],
    ["", "0 adopt; 2.000000001 timeout", "Active until 3.000000001", "send 100"],
];

#[test]
fn every_input_in_every_state() {
    for (given, expected) in EVERY_STATE {
        for (input, (after, actions)) in INPUTS.into_iter().zip(expected) {
            let script = if given.is_empty() { input.to_owned() } else { format!("{given}; {input}") };
            assert_eq!(play("", &script), (after.to_owned(), actions.to_owned()), "[{script}]");
        }
    }
}

#[test]
fn parameters_change_the_outcome() {
    for [params, script, after, actions] in PARAMETERS {
        let expected = ((*after).to_owned(), (*actions).to_owned());
        assert_eq!(play(params, script), expected, "{params} [{script}]");
    }
}

/// Timers that are handled late (priority 100, one second, version 2): by up to an interval nothing is different; later,
/// a Backup listens for one interval and one skew time, once. A Master that was silent for so long that every Backup has
/// taken over (4 s: 3 intervals and the longest skew time of a second) listens for an interval before it advertises.
#[rustfmt::skip]
const LATE: &[[&str; 4]] = &[
    ["", "0 startup; 4.609375 timeout", "Active until 5.609375", "send 100, Backup>Active silent for 4.609375 since nobody"],
    ["", "0 startup; 4.6094 timeout", "Backup listens until 6.218775", ""],
    ["", "0 startup; 4.6094 timeout; 6.218775 timeout", "Active until 7.218775", "send 100, Backup>Active silent for 6.218775 since nobody"],
    ["", "0 startup; 4.6094 timeout; 9 timeout", "Active until 10", "send 100, Backup>Active silent for 9 since nobody"],
    ["", "0 startup; 4.6094 timeout; 5 advert 150 .9", "Backup until 8.609375", ""],
    ["", "0 startup; 4.6094 timeout; 5 advert 50 .9; 6.218775 timeout", "Active until 7.218775", "send 100, Backup>Active preempts 50 of .9"],
    ["", "0 adopt; 3.9 timeout", "Active until 4.9", "send 100"],
    ["", "0 adopt; 4 timeout", "Active listens until 5", ""],
    ["", "0 adopt; 4 timeout; 5 timeout", "Active until 6", "send 100"],
    ["", "0 adopt; 4 timeout; 4.5 advert 150 .9", "Backup until 8.109375", "Active>Backup higher priority 150 of .9"],
    ["", "0 adopt; 4 timeout; 4.5 advert 50 .9", "Active until 5.5", "send 100, reannounce after 50 of .9"],
    ["nopreempt", "0 adopt; 4 timeout; 4.5 advert 50 .9", "Backup until 8.109375", "Active>Backup overslept, 50 of .9"],
    ["nopreempt", "0 adopt; 3 timeout; 3.5 advert 50 .9", "Active until 4.5", "send 100, reannounce after 50 of .9"],
    ["v3 interval 10", "0 startup; 0.5 timeout", "Backup listens until 0.6609375", ""],
    ["interval 4000", "0 startup; 1 advert 0 .9; 60 timeout; 60 reload interval 100", "Backup listens until 61.609375", ""],
];

#[test]
fn who_is_late_listens_first() {
    for [params, script, after, actions] in LATE {
        let expected = ((*after).to_owned(), (*actions).to_owned());
        assert_eq!(play(params, script), expected, "{params} [{script}]");
    }
}

/// What somebody who asks why it is still Backup is told.
#[test]
fn a_backup_says_what_it_is_about_to_do_to_a_lower_master() {
    let lower = addr(".9");
    let priority = Priority(99);
    for (params, script, expected) in [
        ("", "0 startup", None),
        ("", "0 startup; 0.5 advert 101 .9", None),
        ("", "0 startup; 0.5 advert 0 .9", None),
        (
            "",
            "0 startup; 0.5 advert 99 .9",
            Some(Outlook::Preempts { lower, priority, at: seconds("3.609375") }),
        ),
        ("nopreempt", "0 startup; 0.5 advert 99 .9", Some(Outlook::LeavesAlone { lower, priority })),
        (
            "delay 7",
            "0 startup; 0.5 advert 99 .9",
            Some(Outlook::Delayed { lower, priority, until: seconds("7.5") }),
        ),
        ("delay 7", "0 startup; 0.5 advert 99 .9; 1.5 advert 101 .9", None),
    ] {
        assert_eq!(run(params, script).0.outlook(), expected, "{params}: {script}");
    }
}

/// Whoever is no better is answered at once, but a storm of them sixteen times in an interval; who is better, is heard in it.
#[test]
fn a_storm_of_inferior_ones_is_answered_sixteen_times_in_an_interval() {
    for inferior in ["advert 50 .9", "advert 0 .9"] {
        let storm = |from: u32, count: u32| {
            (0..count).map(|n| format!("{from}.{n:03} {inferior}")).collect::<Vec<_>>().join("; ")
        };
        let [first, next] = ["", ", reannounce after 50 of .9"].map(|more| format!("send 100{more}"));
        let answered = if inferior.contains(" 0 ") { first } else { next };
        for (script, after, actions) in [
            (storm(1, 16), "Active until 2.015", answered.as_str()),
            (storm(1, 17), "Active until 2.015", ""),
            (storm(1, 900), "Active until 2.015", ""),
            (storm(1, 900) + "; " + &storm(2, 1), "Active until 3", &answered),
            (
                storm(1, 900) + "; 1.95 advert 150 .8",
                "Backup until 5.559375",
                "Active>Backup higher priority 150 of .8",
            ),
        ] {
            let expected = (after.to_owned(), actions.to_owned());
            assert_eq!(play("", &format!("0 adopt; 1 timeout; {script}")), expected, "[{script}]");
        }
    }
}

/// A member of a sync group says that it is ready instead of becoming Active, again and again, until it hears somebody.
#[rustfmt::skip]
const GROUPED: &[[&str; 4]] = &[
    ["", "0 grouped; 0 startup; 3.609375 timeout", "Backup until 7.21875", "ready"],
    ["", "0 grouped; 0 startup; 3.609375 timeout; 7.21875 timeout", "Backup until 10.828125", "ready"],
    ["", "0 grouped; 0 startup; 3.609375 timeout; 3.7 promote", "Active until 4.7", "send 100, Backup>Active silent for 3.609375 since nobody"],
    ["", "0 grouped; 0 startup; 2 promote", "Active until 3", "send 100, Backup>Active SyncGroup"],
    ["", "0 grouped; 0 startup; 3.609375 timeout; 3.7 advert 150 .9; 3.8 promote", "Active until 4.8", "send 100, Backup>Active SyncGroup"],
    ["", "0 promote", "Initialize", ""],
    ["", "0 fault; 0 promote", "Fault", ""],
    ["", "0 adopt; 2 demote", "Backup until 5.609375", "Active>Backup SyncGroup"],
    ["", "0 startup; 2 demote", "Backup until 3.609375", ""],
    ["priority 255", "0 grouped; 0 startup", "Backup until 3.00390625", "Initialize>Backup Startup"],
    // About one interval: the smallest skew is 1/256 s.
    ["", "0 grouped; 0 startup-soon", "Backup until 1.00390625", "Initialize>Backup Startup"],
];

#[test]
fn members_of_a_group_wait_for_each_other() {
    for [params, script, after, actions] in GROUPED {
        let expected = ((*after).to_owned(), (*actions).to_owned());
        assert_eq!(play(params, script), expected, "{params} [{script}]");
    }
}

/// Plays a script on a new router: where it ends, and what its last operation asked for.
fn run(params: &str, script: &str) -> (VirtualRouter, String) {
    let mut params_now = Params {
        vrid: Vrid::new(51).unwrap(),
        version: Version::V2,
        base_priority: Priority(100),
        interval: Interval::DEFAULT,
        down_timer_adverts: 3,
        preempt: true,
        preempt_delay: Duration::ZERO,
        lower_prio_no_advert: false,
        higher_prio_send_advert: false,
        owner_ignore_adverts: false,
    };
    change(&mut params_now, params);
    let mut router = VirtualRouter::new(params_now.clone());
    let mut actions: Vec<String> = Vec::new();
    for step in script.split("; ") {
        let words: Vec<&str> = step.split(' ').collect();
        apply(&mut router, &mut params_now, seconds(words[0]), &words[1..]);
        actions = std::iter::from_fn(|| router.poll_action()).map(|action| render(&action)).collect();
    }
    (router, actions.join(", "))
}

/// The same, as text.
fn play(params: &str, script: &str) -> (String, String) {
    let (router, actions) = run(params, script);
    let after = match router.deadline() {
        None => format!("{:?}", router.state()),
        Some((at, reason)) => {
            let expected = if router.state() == State::Active {
                TimerReason::Advertise
            } else {
                TimerReason::MasterDown
            };
            assert!(reason == expected || reason == TimerReason::Listen, "{reason:?}");
            let listens = if reason == TimerReason::Listen { " listens" } else { "" };
            format!("{:?}{listens} until {}", router.state(), in_seconds(at.since(Instant::ZERO)))
        }
    };
    (after, actions)
}

fn apply(router: &mut VirtualRouter, params: &mut Params, now: Instant, words: &[&str]) {
    let own = addr(".10");
    match *words {
        ["startup"] => router.startup(now, own),
        ["adopt"] => router.adopt(now, own),
        ["join"] => router.join(now, own),
        ["fault"] => router.fault(now),
        ["clear"] => router.clear_fault(now, own),
        ["timeout"] => router.handle_timeout(now),
        ["grouped"] => router.set_grouped(true),
        ["startup-soon"] => router.startup_soon(now, own),
        ["promote"] => router.promote(now),
        ["demote"] => router.demote(now),
        ["shutdown"] => router.shutdown(now),
        ["source", source] => router.set_source(addr(source)),
        ["priority", priority] => router.set_priority(now, Priority(priority.parse().unwrap())),
        ["reload", ..] => {
            change(params, &words[1..].join(" "));
            router.reconfigure(now, params.clone());
        }
        ["advert", priority, from, ..] => {
            let interval = words.get(4).map_or(Interval::DEFAULT, |int| centis(int));
            let priority = Priority(priority.parse().unwrap());
            router.handle_advert(now, Advert { from: addr(from), priority, interval });
        }
        _ => panic!("what is {words:?}?"),
    }
}

fn change(params: &mut Params, text: &str) {
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap();
        match word {
            "v3" => params.version = Version::V3,
            "priority" => params.base_priority = Priority(value().parse().unwrap()),
            "interval" => params.interval = centis(value()),
            "adverts" => params.down_timer_adverts = value().parse().unwrap(),
            "delay" => params.preempt_delay = Duration::from_secs(value().parse().unwrap()),
            "nopreempt" => params.preempt = false,
            "lower-no-advert" => params.lower_prio_no_advert = true,
            "higher-send" => params.higher_prio_send_advert = true,
            "owner-ignores" => params.owner_ignore_adverts = true,
            _ => panic!("what is {word}?"),
        }
    }
}

fn render(action: &Action) -> String {
    match action {
        Action::Transmit { priority } => format!("send {priority}"),
        Action::Ready => "ready".to_owned(),
        Action::Reannounce { from, priority } => format!("reannounce after {priority} of {}", host(*from)),
        Action::Transition(transition) => {
            let cause = match &transition.cause {
                Cause::MasterDown { silent_for, last_active } => {
                    let since = last_active.map_or("nobody".to_owned(), host);
                    format!("silent for {} since {since}", in_seconds(*silent_for))
                }
                Cause::ActiveStopped { from } => format!("{} stopped", host(*from)),
                Cause::Preempted { lower, priority } => format!("preempts {priority} of {}", host(*lower)),
                Cause::HigherPriority { from, priority } => {
                    format!("higher priority {priority} of {}", host(*from))
                }
                Cause::HigherAddress { from } => format!("higher address {}", host(*from)),
                simple @ (Cause::Startup
                | Cause::Owner
                | Cause::Adopted
                | Cause::Fault
                | Cause::FaultCleared
                | Cause::SyncGroup
                | Cause::Shutdown
                | Cause::Removed) => format!("{simple:?}"),
                Cause::Overslept { from, priority } => format!("overslept, {priority} of {}", host(*from)),
            };
            format!("{:?}>{:?} {cause}", transition.from, transition.to)
        }
    }
}

fn addr(host: &str) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, host[1..].parse().unwrap()))
}

fn host(addr: IpAddr) -> String {
    addr.to_string().replace("192.0.2", "")
}

fn centis(text: &str) -> Interval {
    Interval::from_centis(text.parse().unwrap()).unwrap()
}

/// Reads decimal seconds exactly.
fn seconds(text: &str) -> Instant {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanos: u64 = format!("{fraction:0<9}").parse().unwrap();
    Instant::from_nanos(whole.parse::<u64>().unwrap() * 1_000_000_000 + nanos)
}

/// Writes decimal seconds exactly, without trailing zeros.
fn in_seconds(duration: Duration) -> String {
    let text = format!("{}.{:09}", duration.as_secs(), duration.subsec_nanos());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
