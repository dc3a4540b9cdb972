//! `bfd_instance`: what it comes to. What is accepted and what is not was seen at keepalived 2.2.7 (`-t`, and by
//! sending it packets of every TTL), except where vipd has a reason of its own, which is given.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

use std::net::IpAddr;

use config::model::Bfd;
use config::{Options, load};

fn read(lines: &str) -> (Vec<Bfd>, Vec<String>) {
    let loaded = load("t.conf", lines.as_bytes(), &Options::of("node1"));
    let line =
        |line: String| line.split_once(" (").map_or(line.clone(), |(finding, _advice)| finding.to_owned());
    let found = loaded.diagnostics.iter().map(|d| line(d.one_line(&loaded.sources))).collect();
    (loaded.model.bfd, found)
}

/// One session about which nothing is said.
fn session(lines: &str) -> Bfd {
    let (mut sessions, found) = read(&format!("bfd_instance b {{\n{lines}\n}}\n"));
    assert_eq!((sessions.len(), &found), (1, &vec![]), "{lines}");
    sessions.remove(0)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// keepalived.conf(5): 10 ms, 1 s, 5, 255, active.
#[test]
fn defaults() {
    let b = session("neighbor_ip 192.0.2.2");
    assert_eq!((b.name.as_str(), b.neighbor, b.source, &b.interface), ("b", ip("192.0.2.2"), None, &None));
    assert_eq!((b.min_rx_us, b.min_tx_us, b.idle_tx_us), (10_000, 10_000, 1_000_000));
    assert_eq!((b.detect_mult.get(), b.passive, b.multihop), (5, false, false));
    assert_eq!((b.ttl, b.min_ttl), (255, 255));
    assert_eq!((b.weight, b.reverse, b.for_vrrp), (0, false, true));
    assert_eq!(b, Bfd::new("b", ip("192.0.2.2")));
}

#[test]
fn everything_said() {
    let b = session(
        "neighbor_ip 192.0.2.2\nsource_ip 192.0.2.1\nmin_rx 3.312\nmin_tx 70\nidle_tx 1500.5\nmultiplier 3\n\
         passive\nmultihop\nweight -20 reverse\nvrrp",
    );
    assert_eq!(b.source, Some(ip("192.0.2.1")));
    assert_eq!((b.min_rx_us, b.min_tx_us, b.idle_tx_us), (3_312, 70_000, 1_500_500));
    assert_eq!((b.detect_mult.get(), b.passive, b.multihop), (3, true, true));
    assert_eq!((b.weight, b.reverse, b.for_vrrp), (-20, true, true));
}

#[test]
fn who_learns_of_it() {
    let for_vrrp = |lines: &str| session(&format!("neighbor_ip 192.0.2.2\n{lines}")).for_vrrp;
    assert!(for_vrrp("") && for_vrrp("vrrp") && for_vrrp("vrrp\nchecker"));
    assert!(!for_vrrp("checker"));
}

/// Lines, what is sent with, and the least that keepalived accepted.
#[test]
fn ttl_and_hops() {
    for (lines, sent, least) in [
        ("", 255, 255),
        ("ttl 64", 64, 64),
        ("max_hops 3", 255, 252),
        ("ttl 64\nmax_hops 3", 64, 61),
        ("max_hops 255", 255, 0),
        ("max_hops -1", 255, 0),
        ("ttl 255\nhoplimit 64", 64, 64),
        ("hoplimit 64\nttl 255", 255, 255),
    ] {
        let b = session(&format!("neighbor_ip 192.0.2.2\n{lines}"));
        assert_eq!((b.ttl, b.min_ttl), (sent, least), "{lines}");
    }
    // RFC 5883 section 4 has no rule for the TTL; keepalived 2.2.7 does not know the keyword.
    for (lines, sent, least) in [("", 255, 0), ("max_hops 5", 255, 250), ("ttl 64\nmax_hops 5", 64, 59)] {
        let b = session(&format!("neighbor_ip 192.0.2.2\nmultihop\n{lines}"));
        assert_eq!((b.ttl, b.min_ttl), (sent, least), "{lines}");
    }
    let six = session("neighbor_ip 2001:db8::2\nhoplimit 255");
    assert_eq!((six.ttl, six.min_ttl), (255, 255));
    // keepalived would send 64: RFC 5881 section 5 demands 255, and keepalived takes that as well.
    let (sessions, found) = read("bfd_instance b {\nneighbor_ip 2001:db8::2\n}\n");
    assert_eq!((sessions[0].ttl, sessions[0].min_ttl), (255, 64));
    assert_eq!(found, ["t.conf:2:1: hint[V1004]: b: packets from 191 routers away are accepted"]);
    // keepalived: "max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit", and TTL 1 is accepted.
    let (sessions, found) = read("bfd_instance b {\nneighbor_ip 192.0.2.2\nttl 64\nmax_hops 100\n}\n");
    assert_eq!(sessions[0].min_ttl, 0);
    assert_eq!(
        found,
        ["t.conf:4:1: warning[V0209]: `max_hops` 100 is more than the TTL 64: any TTL is accepted"]
    );
}

#[test]
fn link_local_neighbors_have_an_interface() {
    let b = session("neighbor_ip fe80::2%eth0\nsource_ip fe80::1\nhoplimit 255");
    assert_eq!((b.neighbor, b.interface.as_deref()), (ip("fe80::2"), Some("eth0")));
}

/// The session is not started, and why.
#[test]
fn sessions_that_cannot_be() {
    for (lines, expected) in [
        ("min_rx 10", "1:1: error[V0617]: bfd_instance b has no `neighbor_ip`: it is not started"),
        (
            "neighbor_ip peer",
            "2:13: error[V0206]: `neighbor_ip`: `peer` is not an IPv4 or IPv6 address, nor an address with `%INTERFACE` behind it",
        ),
        ("neighbor_ip 224.0.0.1", "2:13: error[V0206]: 224.0.0.1 is not the address of a neighbor"),
        ("neighbor_ip fe80::2", "2:13: error[V0206]: fe80::2 is link-local, and no interface is given"),
        (
            "neighbor_ip 192.0.2.2%eth0",
            "2:13: error[V0206]: only link-local addresses have an interface behind them, and 192.0.2.2 is none",
        ),
        (
            "neighbor_ip fe80::2%abcdefghijklmnop",
            "2:13: error[V0206]: `neighbor_ip`: `fe80::2%abcdefghijklmnop` is not an IPv4 or IPv6 address, nor an address with `%INTERFACE` behind it",
        ),
        (
            "neighbor_ip 192.0.2.2\nsource_ip 2001:db8::1",
            "3:1: error[V0407]: `source_ip` 2001:db8::1 and `neighbor_ip` 192.0.2.2 are of different families",
        ),
    ] {
        let (sessions, found) = read(&format!("bfd_instance b {{\n{lines}\n}}\n"));
        assert_eq!(sessions, [], "{lines}");
        assert_eq!(found, [format!("t.conf:{expected}")], "{lines}");
    }
    let long = "abcdefghijklmnopqrstuvwxyz012345";
    let (sessions, found) = read(&format!("bfd_instance {long} {{\nneighbor_ip 192.0.2.2\n}}\n"));
    assert_eq!((sessions.len(), found.len()), (0, 1));
    assert!(found[0].contains("V0207"), "{found:?}");
}

/// keepalived: "number '0.5' outside range", and the default holds.
#[test]
fn values_out_of_range_are_ignored() {
    for line in [
        "min_tx 0.5",
        "min_rx 0",
        "idle_tx 500",
        "multiplier 0",
        "multiplier 256",
        "ttl 0",
        "max_hops 256",
        "weight 300",
    ] {
        let (sessions, found) = read(&format!("bfd_instance b {{\nneighbor_ip 192.0.2.2\n{line}\n}}\n"));
        assert_eq!(sessions, [Bfd::new("b", ip("192.0.2.2"))], "{line}");
        assert!(found.len() == 1 && found[0].contains("V0204"), "{line}: {found:?}");
    }
}

/// keepalived: "BFD d already specified", "has duplicate neighbor address … ignoring instance".
#[test]
fn the_first_of_two_counts() {
    let text = "bfd_instance d {\nneighbor_ip 192.0.2.1\n}\nbfd_instance d {\nneighbor_ip 192.0.2.3\n}\n\
                bfd_instance e {\nneighbor_ip 192.0.2.1\n}\n";
    let (sessions, found) = read(text);
    assert_eq!(sessions, [Bfd::new("d", ip("192.0.2.1"))]);
    assert_eq!(
        found,
        [
            "t.conf:4:14: warning[V0628]: two BFD sessions have the name d: the second one is not started",
            "t.conf:8:13: warning[V0628]: two BFD sessions have the neighbor 192.0.2.1: the second one is not started",
        ]
    );
    // Another path is another session: other source addresses, or several hops.
    let text = "bfd_instance a {\nneighbor_ip 192.0.2.1\nsource_ip 192.0.2.8\n}\n\
                bfd_instance b {\nneighbor_ip 192.0.2.1\nsource_ip 192.0.2.9\n}\n\
                bfd_instance c {\nneighbor_ip 192.0.2.1\nmultihop\n}\n";
    let (sessions, found) = read(text);
    assert_eq!((sessions.len(), found), (3, vec![]));
}

#[test]
fn slow_detection_is_warned_of() {
    let (sessions, found) = read("bfd_instance b {\nneighbor_ip 192.0.2.2\nmin_rx 20000\nmultiplier 20\n}\n");
    assert_eq!((sessions[0].min_rx_us, sessions[0].detect_mult.get()), (20_000_000, 20));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|line| line.contains("warning[V1003]")), "{found:?}");
}

#[test]
fn the_british_spelling_is_a_hint() {
    let (sessions, found) = read("bfd_instance b {\nneighbour_ip 192.0.2.2\n}\n");
    assert_eq!(sessions.len(), 1);
    assert_eq!(found, ["t.conf:2:1: hint[V0303]: `neighbour_ip` is deprecated: use `neighbor_ip`"]);
}

/// What an instance tracks: the session's weight unless it says another one; only sessions that are there for it.
#[test]
fn track_bfd() {
    let text = "bfd_instance good {\nneighbor_ip 192.0.2.1\nweight -20 reverse\n}\n\
                bfd_instance plain {\nneighbor_ip 192.0.2.2\n}\n\
                bfd_instance balancer {\nneighbor_ip 192.0.2.3\nchecker\n}\n\
                bfd_instance broken {\nmin_rx 10\n}\n\
                vrrp_instance V {\ninterface eth0\nvirtual_router_id 7\ntrack_bfd {\ngood\nplain weight 5\n\
                balancer\nbroken\n}\nvirtual_ipaddress {\n192.0.2.9\n}\n}\n";
    let loaded = load("t.conf", text.as_bytes(), &Options::of("node1"));
    let tracks: Vec<_> = loaded.model.instances[0]
        .tracks
        .iter()
        .map(|t| (t.tracker.to_string(), t.weight, t.reverse))
        .collect();
    assert_eq!(tracks, [("BFD session good".into(), -20, true), ("BFD session plain".into(), 5, false)]);
}
