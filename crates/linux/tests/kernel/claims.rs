//! Frames out, other stations' claims in.

use std::collections::BTreeSet;
use std::net::IpAddr;

use engine::api::Claim;
use linux::packet::PacketSocket;
use types::MacAddr;

use crate::Test;
use crate::net::{Pair, index, mac, until};

pub(crate) const TESTS: &[Test] = &[
    ("claims_of_others_are_heard", claims_of_others_are_heard),
    ("a_storm_of_claims_costs_little", a_storm_of_claims_costs_little),
    ("frames_to_a_missing_link_fail", frames_to_a_missing_link_fail),
];

const STATION: MacAddr = MacAddr([2, 0, 0, 0, 0, 9]);

/// ARP over Ethernet (RFC 826) from 02:00:00:00:00:09.
fn arp(operation: u8, sender: [u8; 4], target: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend(STATION.0);
    frame.extend([0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation]);
    frame.extend(STATION.0);
    frame.extend(sender);
    frame.extend([0; 6]);
    frame.extend(target);
    frame
}

fn claims_of_others_are_heard() {
    let pair = Pair::new();
    pair.add_cable("eth1");
    let (here, there) = (index(&pair.a, "eth0"), index(&pair.b, "eth0"));
    let mut socket = pair.a.run(PacketSocket::open).unwrap().unwrap();
    let mut other = pair.b.run(PacketSocket::open).unwrap().unwrap();
    let announcement = wire::ndisc::announcement(STATION, "fe80::9".parse().unwrap(), true);
    let frames = [
        arp(1, [192, 0, 2, 9], [192, 0, 2, 9]),
        // A question, a probe, and an answer.
        arp(1, [192, 0, 2, 9], [192, 0, 2, 1]),
        arp(1, [0, 0, 0, 0], [192, 0, 2, 9]),
        arp(2, [192, 0, 2, 10], [192, 0, 2, 1]),
        announcement.to_vec(),
    ];
    // Deaf before watch, and on links that are not watched.
    assert_eq!(other.send(there, &frames).unwrap(), 5);
    assert_eq!(socket.recv(64, &mut |claim| panic!("{claim:?}")).unwrap(), 0);
    socket.watch(&BTreeSet::from([here])).unwrap();
    assert_eq!(other.send(index(&pair.b, "eth1"), &frames).unwrap(), 5);
    assert_eq!(other.send(there, &frames).unwrap(), 5);
    // Our own announcements are not other stations' claims.
    assert_eq!(socket.send(here, &frames).unwrap(), 5);
    let mut claims = Vec::new();
    assert!(until(|| {
        socket.recv(64, &mut |claim| claims.push(claim)).unwrap();
        claims.len() >= 3
    }));
    std::thread::sleep(std::time::Duration::from_millis(20));
    socket.recv(64, &mut |claim| claims.push(claim)).unwrap();
    claims.sort_by_key(|claim| claim.addr);
    let claim = |addr: &str, gratuitous| Claim {
        ifindex: here,
        mac: STATION,
        addr: addr.parse::<IpAddr>().unwrap(),
        gratuitous,
    };
    assert_eq!(claims, [claim("192.0.2.9", true), claim("192.0.2.10", false), claim("fe80::9", true)]);
    assert_ne!(mac(&pair.b, "eth0"), STATION);
}

fn a_storm_of_claims_costs_little() {
    let pair = Pair::new();
    let (here, there) = (index(&pair.a, "eth0"), index(&pair.b, "eth0"));
    let mut socket = pair.a.run(PacketSocket::open).unwrap().unwrap();
    socket.watch(&BTreeSet::from([here])).unwrap();
    let mut poller = linux::poll::Poller::new().unwrap();
    poller.add(socket.fd(), 1).unwrap();
    let mut other = pair.b.run(PacketSocket::open).unwrap().unwrap();
    let storm: Vec<_> = (0..100).map(|_| arp(1, [192, 0, 2, 9], [192, 0, 2, 9])).collect();
    let end = std::time::Instant::now() + std::time::Duration::from_millis(500);
    let sender = std::thread::spawn(move || {
        while std::time::Instant::now() < end {
            other.send(there, &storm).unwrap();
        }
    });
    let (mut wakeups, mut read) = (0, 0);
    let mut ready = Vec::new();
    while std::time::Instant::now() < end {
        let deadline = linux::clock::now() + std::time::Duration::from_millis(50);
        poller.wait(Some(deadline), &mut ready).unwrap();
        if !ready.is_empty() {
            wakeups += 1;
            read += socket.recv(64, &mut |_| ()).unwrap();
        }
    }
    sender.join().unwrap();
    // Some 33 before the pauses begin, then one per 5 ms.
    assert!((33..=200).contains(&wakeups) && read > 0, "{wakeups} wake-ups, {read} read");
}

fn frames_to_a_missing_link_fail() {
    let pair = Pair::new();
    let mut socket = pair.a.run(PacketSocket::open).unwrap().unwrap();
    let frames = [arp(1, [192, 0, 2, 9], [192, 0, 2, 9])];
    assert!(socket.send(types::IfIndex(9999), &frames).is_err());
    let eth0 = index(&pair.a, "eth0");
    pair.a.run(|| linux::link::set_up("eth0", false)).unwrap().unwrap();
    assert_eq!(socket.send(eth0, &frames).unwrap_err().kind(), std::io::ErrorKind::NetworkDown);
    pair.a.run(|| linux::link::set_up("eth0", true)).unwrap().unwrap();
    assert_eq!(socket.send(eth0, &frames).unwrap(), 1);
}
