//! The sockets of protocol 112, with the wire between two namespaces as judge.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::api::{Subscription, Transmit};
use linux::capture::Capture;
use linux::link;
use linux::packet::PacketSocket;
use linux::vrrp_socket::VrrpSockets;
use types::{Family, IfIndex};

use crate::Test;
use crate::net::{Pair, cidr, index, ip, mac, until};

pub(crate) const TESTS: &[Test] = &[
    ("an_advertisement_looks_right_on_the_wire", an_advertisement_looks_right_on_the_wire),
    ("an_ipv6_advertisement_looks_right_on_the_wire", an_ipv6_advertisement_looks_right_on_the_wire),
    ("a_batch_goes_out_and_names_what_did_not", a_batch_goes_out_and_names_what_did_not),
    ("only_subscribed_pairs_come_in", only_subscribed_pairs_come_in),
    ("numbers_of_any_interface_come_in_on_every_one", numbers_of_any_interface),
    ("header_options_and_ttl_come_out_right", header_options_and_ttl_come_out_right),
    ("groups_on_sixty_links", groups_on_sixty_links),
    ("a_thousand_pairs_on_four_links", a_thousand_pairs_on_four_links),
    ("membership_survives_a_flap", membership_survives_a_flap),
    ("a_flood_is_read_in_pauses", a_flood_is_read_in_pauses),
    ("too_many_interfaces_share_their_vrids", too_many_interfaces_share_their_vrids),
];

const V4: &str = "224.0.0.18";
const V6: &str = "ff02::12";

fn transmit(ifindex: IfIndex, src: &str, dst: &str, payload: &[u8]) -> Transmit {
    let (src, dst) = (src.parse().unwrap(), dst.parse().unwrap());
    Transmit { ifindex, src, dst, ttl: 255, payload: Arc::from(payload), whole: false }
}

fn subscription(ifindex: IfIndex, group: &str, vrids: impl IntoIterator<Item = u8>) -> Subscription {
    Subscription {
        ifindex,
        vrf: None,
        group: group.parse().unwrap(),
        vrids: vrids.into_iter().collect(),
        ah: false,
    }
}

fn vrrp(vrid: u8) -> [u8; 8] {
    [0x31, vrid, 100, 0, 0, 100, 0, 0]
}

/// Everything that is received until nothing more comes for 100 ms: interface and VRID.
fn heard(sockets: &mut VrrpSockets) -> Vec<(IfIndex, u8)> {
    let mut heard = Vec::new();
    let mut quiet = 0;
    while quiet < 100 {
        let got = sockets.recv(64, &mut |packet| heard.push((packet.ifindex, packet.payload[1]))).unwrap();
        quiet = if got == 0 { quiet + 1 } else { 0 };
        if got == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    heard
}

/// Sends one packet and returns its frame as the other side sees it.
fn on_the_wire(packet: impl FnOnce(IfIndex) -> Transmit) -> (Pair, Vec<u8>) {
    let pair = Pair::new();
    let (here, there) = (index(&pair.a, "eth0"), index(&pair.b, "eth0"));
    let capture = pair.b.run(|| Capture::open(there, Duration::from_secs(5))).unwrap().unwrap();
    let mut sockets = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let failed = sockets.send(&[&packet(here)]);
    assert!(failed.is_empty(), "{failed:?}");
    let frame = capture.next().unwrap().expect("an advertisement");
    (pair, frame.bytes)
}

fn an_advertisement_looks_right_on_the_wire() {
    let (pair, frame) = on_the_wire(|eth0| transmit(eth0, "192.0.2.1", V4, &vrrp(51)));
    assert_eq!(frame[..6], [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12], "RFC 1112 section 6.4");
    assert_eq!(frame[6..12], mac(&pair.a, "eth0").0);
    assert_eq!(frame[12..14], [0x08, 0x00]);
    let ip = &frame[14..];
    assert_eq!(ip[..2], [0x45, 0xc0], "version, length, class");
    assert_eq!(ip[2..4], 28_u16.to_be_bytes());
    assert_eq!(ip[6..8], [0, 0], "neither DF nor a fragment");
    assert_eq!(ip[8..10], [255, 112], "TTL, protocol");
    assert_eq!(ip[12..20], [192, 0, 2, 1, 224, 0, 0, 18]);
    let sum: u32 = ip[..20].chunks(2).map(|w| u32::from(u16::from_be_bytes([w[0], w[1]]))).sum();
    assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff, "header checksum");
    assert_eq!(ip[20..28], vrrp(51));
}

fn an_ipv6_advertisement_looks_right_on_the_wire() {
    let (_, frame) = on_the_wire(|eth0| transmit(eth0, "fe80::1", V6, &vrrp(52)));
    assert_eq!(frame[..6], [0x33, 0x33, 0x00, 0x00, 0x00, 0x12], "RFC 2464 section 7");
    assert_eq!(frame[12..14], [0x86, 0xdd]);
    let ip = &frame[14..];
    assert_eq!((ip[0], ip[1] & 0xf0), (0x6c, 0x00), "version 6, class 0xc0");
    assert_eq!(ip[4..8], [0, 8, 112, 255], "length, next header, hop limit");
    let octets = |text: &str| text.parse::<std::net::Ipv6Addr>().unwrap().octets();
    assert_eq!((&ip[8..24], &ip[24..40]), (&octets("fe80::1")[..], &octets(V6)[..]));
    assert_eq!(ip[40..], vrrp(52), "the payload as given, its checksum untouched");
}

fn a_batch_goes_out_and_names_what_did_not() {
    const ENODEV: i32 = 19;
    let pair = Pair::new();
    pair.add_cable("eth1");
    pair.a.run(|| link::add_address("eth1", cidr("198.51.100.1/24"))).unwrap().unwrap();
    let (eth0, eth1) = (index(&pair.a, "eth0"), index(&pair.a, "eth1"));
    let mut receiver = pair.b.run(VrrpSockets::open).unwrap().unwrap();
    let (there0, there1) = (index(&pair.b, "eth0"), index(&pair.b, "eth1"));
    let wanted = [
        subscription(there0, V4, 0..=255),
        subscription(there1, V4, 0..=255),
        subscription(there0, V6, 0..=255),
    ];
    assert!(pair.b.run(|| receiver.subscribe(&wanted)).unwrap().is_empty());
    let mut batch = Vec::new();
    for vrid in 1..=255 {
        batch.push(transmit(eth0, "192.0.2.1", V4, &vrrp(vrid)));
        batch.push(transmit(eth1, "198.51.100.1", V4, &vrrp(vrid)));
        batch.push(transmit(eth0, "fe80::1", V6, &vrrp(vrid)));
    }
    batch[100] = transmit(IfIndex(9999), "192.0.2.1", V4, &vrrp(1));
    let mut sender = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let failed = sender.send(&batch.iter().collect::<Vec<_>>());
    let failed: Vec<_> = failed.iter().map(|(place, e)| (*place, e.raw_os_error())).collect();
    assert_eq!(failed, [(100, Some(ENODEV))]);
    let heard = heard(&mut receiver);
    assert_eq!(heard.len(), 764);
    // Place 100 is VRID 34 on eth1.
    let vrids = |ifindex| heard.iter().filter(move |(i, _)| *i == ifindex).map(|(_, v)| *v);
    assert_eq!(vrids(there1).collect::<BTreeSet<_>>(), (1..=255).filter(|v| *v != 34).collect());
    assert_eq!(vrids(there0).count(), 510);
}

fn only_subscribed_pairs_come_in() {
    let pair = Pair::new();
    pair.add_cable("eth1");
    pair.a.run(|| link::add_address("eth1", cidr("198.51.100.1/24"))).unwrap().unwrap();
    pair.a.run(|| link::add_address("eth1", cidr("fe80::3/64"))).unwrap().unwrap();
    let mut batch = Vec::new();
    for vrid in 0..=255 {
        for (name, v4, v6) in [("eth0", "192.0.2.1", "fe80::1"), ("eth1", "198.51.100.1", "fe80::3")] {
            let ifindex = index(&pair.a, name);
            batch.push(transmit(ifindex, v4, V4, &vrrp(vrid)));
            batch.push(transmit(ifindex, v6, V6, &vrrp(vrid)));
        }
    }
    let batch: Vec<_> = batch.iter().collect();
    let (eth0, eth1) = (index(&pair.b, "eth0"), index(&pair.b, "eth1"));
    let mut sender = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let mut receiver = pair.b.run(VrrpSockets::open).unwrap().unwrap();
    // Sets of every shape: one, the edges of words, a whole word, all, none.
    let shapes: [(Vec<u8>, Vec<u8>); 5] = [
        (vec![51], vec![52]),
        (vec![1, 31, 32, 63, 64, 255], vec![0, 128, 254]),
        ((32..64).collect(), (1..=255).collect()),
        ((0..=255).collect(), vec![]),
        ((0..=255).step_by(3).collect(), (0..=255).step_by(7).collect()),
    ];
    for (on_eth0, on_eth1) in shapes {
        for group in [V4, V6] {
            let mut wanted = vec![subscription(eth0, group, on_eth0.clone())];
            if !on_eth1.is_empty() {
                wanted.push(subscription(eth1, group, on_eth1.clone()));
            }
            assert!(pair.b.run(|| receiver.subscribe(&wanted)).unwrap().is_empty());
            assert!(sender.send(&batch).is_empty());
            let mut expected: Vec<_> = on_eth0.iter().map(|&v| (eth0, v)).collect();
            expected.extend(on_eth1.iter().map(|&v| (eth1, v)));
            let mut heard = heard(&mut receiver);
            heard.sort_unstable();
            expected.sort_unstable();
            assert_eq!(heard, expected, "{group}");
        }
    }
    assert!(pair.b.run(|| receiver.subscribe(&[])).unwrap().is_empty());
    assert!(sender.send(&batch).is_empty());
    assert_eq!(heard(&mut receiver), [], "deaf again");
}

/// An Ethernet frame with an IPv4 packet of protocol 112 from 192.0.2.2.
/// Numbers that are wanted on any interface are added to those of each, and packets to no interface in particular take
/// the way of the routes.
fn numbers_of_any_interface() {
    let pair = Pair::new();
    pair.add_cable("eth1");
    let address = |host: &linux::namespace::NetNs, name: &'static str, address| {
        host.run(|| link::add_address(name, cidr(address))).unwrap().unwrap();
    };
    address(&pair.a, "eth0", "10.0.0.1/24");
    address(&pair.b, "eth0", "10.0.0.2/24");
    address(&pair.a, "eth1", "10.0.1.1/24");
    address(&pair.b, "eth1", "10.0.1.2/24");
    let mut receiver = pair.b.run(VrrpSockets::open).unwrap().unwrap();
    let (eth0, eth1) = (index(&pair.b, "eth0"), index(&pair.b, "eth1"));
    let wanted = [subscription(IfIndex::ANY, "0.0.0.0", [51, 200]), subscription(eth1, "0.0.0.0", [52])];
    assert!(pair.b.run(|| receiver.subscribe(&wanted)).unwrap().is_empty());
    let mut sender = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let to = |dst, vrid| transmit(IfIndex::ANY, "10.0.0.1", dst, &vrrp(vrid));
    let batch: Vec<_> =
        ["10.0.0.2", "10.0.1.2"].iter().flat_map(|dst| [50, 51, 52, 200].map(|vrid| to(dst, vrid))).collect();
    let failed = sender.send(&batch.iter().collect::<Vec<_>>());
    assert!(failed.is_empty(), "{failed:?}");
    let heard: BTreeSet<_> = heard(&mut receiver).into_iter().collect();
    let expected = [(eth0, 51), (eth0, 200), (eth1, 51), (eth1, 52), (eth1, 200)];
    assert_eq!(heard, BTreeSet::from(expected));
}

fn frame(ttl: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let header_len = 20 + options.len();
    let mut ip = vec![0x40 | (header_len / 4) as u8, 0xc0];
    ip.extend(((header_len + payload.len()) as u16).to_be_bytes());
    ip.extend([0, 1, 0, 0, ttl, 112, 0, 0, 192, 0, 2, 2, 224, 0, 0, 18]);
    ip.extend(options);
    let mut sum: u32 = ip.chunks(2).map(|w| u32::from(u16::from_be_bytes([w[0], w[1]]))).sum();
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    ip[10..12].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    let mut frame = vec![0x01, 0x00, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 2, 0x08, 0x00];
    frame.extend(ip);
    frame.extend(payload);
    frame
}

fn header_options_and_ttl_come_out_right() {
    let pair = Pair::new();
    let (here, there) = (index(&pair.a, "eth0"), index(&pair.b, "eth0"));
    let mut sockets = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    assert!(pair.a.run(|| sockets.subscribe(&[subscription(here, V4, [51])])).unwrap().is_empty());
    let mut sender = pair.b.run(PacketSocket::open).unwrap().unwrap();
    let router_alert = [0x94, 4, 0, 0];
    let long = [0x31; 1400];
    let mut long_payload = vrrp(51).to_vec();
    long_payload.extend(long);
    let frames = [
        frame(255, &[], &vrrp(51)),
        frame(64, &[], &vrrp(51)),
        frame(255, &router_alert, &vrrp(51)),
        frame(255, &router_alert, &vrrp(52)),
        // Too short to have a VRID, and just long enough.
        frame(255, &[], &[0x31]),
        frame(255, &[], &[0x31, 51]),
        frame(255, &[], &long_payload),
    ];
    assert_eq!(sender.send(there, &frames).unwrap(), frames.len());
    let mut seen = Vec::new();
    let (src, dst): (IpAddr, IpAddr) = ("192.0.2.2".parse().unwrap(), V4.parse().unwrap());
    let complete = until(|| {
        sockets
            .recv(64, &mut |packet| {
                assert_eq!((packet.ifindex, packet.src, packet.dst), (here, src, dst));
                seen.push((packet.ttl, packet.payload.to_vec()));
            })
            .unwrap();
        seen.len() >= 5
    });
    assert!(complete, "{seen:?}");
    let ordinary = vrrp(51).to_vec();
    let expected = [
        (255, ordinary.clone()),
        (64, ordinary.clone()),
        (255, ordinary),
        (255, vec![0x31, 51]),
        (255, long_payload),
    ];
    assert_eq!(seen, expected);
}

fn groups_on_sixty_links() {
    let pair = Pair::new();
    let mut wanted = Vec::new();
    for i in 1..=60 {
        let name = format!("v{i}");
        pair.add_cable(&name);
        wanted.push(subscription(index(&pair.a, &name), V4, [i]));
        wanted.push(subscription(index(&pair.a, &name), V6, [i]));
    }
    let mut sockets = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let failed = pair.a.run(|| sockets.subscribe(&wanted)).unwrap();
    assert!(failed.is_empty(), "{failed:?}");
    let members = |group: &str| {
        let shown = ip(&pair.a, "maddress show");
        let interfaces = shown.as_array().unwrap().iter();
        interfaces.filter(|i| i["maddr"].to_string().contains(&format!("\"{group}\""))).count()
    };
    assert_eq!((members(V4), members(V6)), (60, 60));
    // A link that does not exist fails alone, and is named.
    let mut one_wrong = wanted.clone();
    one_wrong.push(subscription(IfIndex(9999), V4, [1]));
    let failed = pair.a.run(|| sockets.subscribe(&one_wrong)).unwrap();
    assert!(
        matches!(&failed[..], [(IfIndex(9999), Family::V4, reason)] if reason.contains(V4)),
        "{failed:?}"
    );
    assert!(pair.a.run(|| sockets.subscribe(&wanted[..20])).unwrap().is_empty());
    assert_eq!((members(V4), members(V6)), (10, 10));
    drop(sockets);
    // A command that another test is starting holds copies of our descriptors for a moment.
    assert!(until(|| (members(V4), members(V6)) == (0, 0)));
}

fn a_thousand_pairs_on_four_links() {
    let pair = Pair::new();
    for name in ["eth1", "eth2", "eth3"] {
        pair.add_cable(name);
    }
    let names = ["eth0", "eth1", "eth2", "eth3"];
    let mut sockets = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let wanted: Vec<_> = names.iter().map(|n| subscription(index(&pair.a, n), V4, 1..=250)).collect();
    assert!(pair.a.run(|| sockets.subscribe(&wanted)).unwrap().is_empty());
    let mut sender = pair.b.run(PacketSocket::open).unwrap().unwrap();
    for name in names {
        let frames: Vec<_> = (0..=255).map(|vrid| frame(255, &[], &vrrp(vrid))).collect();
        assert_eq!(sender.send(index(&pair.b, name), &frames).unwrap(), 256);
    }
    let heard: BTreeSet<_> = heard(&mut sockets).into_iter().collect();
    let expected: BTreeSet<_> =
        names.iter().flat_map(|n| (1..=250).map(|v| (index(&pair.a, n), v))).collect();
    assert_eq!(heard, expected);
}

fn membership_survives_a_flap() {
    let pair = Pair::new();
    let eth0 = index(&pair.a, "eth0");
    let mut sockets = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let wanted = [subscription(eth0, V4, [51])];
    assert!(pair.a.run(|| sockets.subscribe(&wanted)).unwrap().is_empty());
    for up in [false, true] {
        pair.a.run(|| link::set_up("eth0", up)).unwrap().unwrap();
    }
    let mut sender = pair.b.run(VrrpSockets::open).unwrap().unwrap();
    let there = index(&pair.b, "eth0");
    let packet = transmit(there, "192.0.2.2", V4, &vrrp(51));
    assert!(until(|| {
        sender.send(&[&packet]);
        sockets.recv(64, &mut |_| ()).unwrap() > 0
    }));
}

fn a_flood_is_read_in_pauses() {
    const COUNT: u64 = 20_000;
    let pair = Pair::new();
    let (here, there) = (index(&pair.a, "eth0"), index(&pair.b, "eth0"));
    let mut sockets = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    assert!(pair.a.run(|| sockets.subscribe(&[subscription(here, V4, [51])])).unwrap().is_empty());
    let mut poller = linux::poll::Poller::new().unwrap();
    for fd in sockets.fds() {
        poller.add(fd, 1).unwrap();
    }
    let mut sender = pair.b.run(PacketSocket::open).unwrap().unwrap();
    let one = [frame(255, &[], &vrrp(51))];
    let flood = std::thread::spawn(move || {
        for _ in 0..COUNT {
            while sender.send(there, &one).unwrap() == 0 {}
        }
    });
    let (mut wakeups, mut was_paused) = (0, false);
    let mut ready = Vec::new();
    // On a busy machine some may be lost, but none without being counted.
    while sockets.stats().received + sockets.stats().lost < COUNT {
        poller.wait(Some(linux::clock::now() + Duration::from_secs(5)), &mut ready).unwrap();
        assert_eq!(ready, [1], "{:?}", sockets.stats());
        sockets.recv(32, &mut |_| ()).unwrap();
        wakeups += 1;
        was_paused |= sockets.stats().paused;
    }
    flood.join().unwrap();
    assert!(was_paused && wakeups < COUNT / 2, "{wakeups} wake-ups");
    // Quiet again: the pauses end, and a packet wakes at once.
    assert!(until(|| {
        poller.wait(Some(linux::clock::now()), &mut ready).unwrap();
        if !ready.is_empty() {
            sockets.recv(32, &mut |_| ()).unwrap();
        }
        !sockets.stats().paused
    }));
    let mut sender = pair.b.run(PacketSocket::open).unwrap().unwrap();
    assert_eq!(sender.send(there, &[frame(255, &[], &vrrp(51))]).unwrap(), 1);
    poller.wait(Some(linux::clock::now() + Duration::from_secs(5)), &mut ready).unwrap();
    assert_eq!((&ready[..], sockets.recv(32, &mut |_| ()).unwrap()), (&[1][..], 1));
}

fn too_many_interfaces_share_their_vrids() {
    let pair = Pair::new();
    let (here, there) = (index(&pair.a, "eth0"), index(&pair.b, "eth0"));
    let mut sockets = pair.a.run(VrrpSockets::open).unwrap().unwrap();
    let others: Vec<u8> = (1..=225).step_by(32).collect();
    let mut wanted: Vec<_> = (10_000..10_200).map(|i| subscription(IfIndex(i), V4, others.clone())).collect();
    wanted.push(subscription(here, V4, [51]));
    let failed = pair.a.run(|| sockets.subscribe(&wanted)).unwrap();
    assert_eq!(failed.len(), 200, "only the links that do not exist");
    let mut sender = pair.b.run(PacketSocket::open).unwrap().unwrap();
    let frames: Vec<_> = (0..=255).map(|vrid| frame(255, &[], &vrrp(vrid))).collect();
    assert_eq!(sender.send(there, &frames).unwrap(), 256);
    let heard: BTreeSet<u8> = heard(&mut sockets).into_iter().map(|(_, vrid)| vrid).collect();
    let expected: BTreeSet<u8> = others.into_iter().chain([51]).collect();
    assert_eq!(heard, expected);
}
