//! BFD datagrams between two hosts.

use std::net::{IpAddr, UdpSocket};

use engine::bfd::api::{Endpoint, SessionId, Transmit};
use linux::bfd_socket::BfdSockets;
use types::IfIndex;

use crate::Test;
use crate::net::{Pair, index, ip, until};

pub(crate) const TESTS: &[Test] = &[
    ("bfd::packets_arrive_with_ttl_interface_and_addresses", arrival),
    ("bfd::source_ports_are_in_the_range_and_not_shared", source_ports),
    ("bfd::sockets_follow_the_endpoints", sockets_follow),
    ("bfd::a_port_that_is_taken_is_reported_and_tried_again", port_taken),
    ("bfd::a_source_address_may_come_later", late_source),
];

const PAYLOAD: [u8; 24] = *b"twenty-four bytes of BFD";

/// To `b`, as the address says.
fn endpoint(session: u32, neighbor: &str, ifindex: Option<IfIndex>) -> Endpoint {
    Endpoint {
        session: SessionId(session),
        neighbor: neighbor.parse().unwrap(),
        ifindex,
        vrf: None,
        source: None,
        source_port: 50_000,
        multihop: false,
        ttl: 255,
    }
}

fn transmit(session: u32) -> Transmit {
    Transmit { session: SessionId(session), payload: PAYLOAD }
}

/// What a receiver was told about a packet.
#[derive(Debug, PartialEq, Eq)]
struct Got {
    ifindex: IfIndex,
    src: IpAddr,
    dst: IpAddr,
    ttl: u8,
    multihop: bool,
    payload: Vec<u8>,
}

fn receive(sockets: &mut BfdSockets) -> Option<Got> {
    let mut got = None;
    until(|| {
        sockets
            .recv(10, &mut |p| {
                got = Some(Got {
                    ifindex: p.ifindex,
                    src: p.src,
                    dst: p.dst,
                    ttl: p.ttl,
                    multihop: p.multihop,
                    payload: p.payload.to_vec(),
                });
            })
            .unwrap();
        got.is_some()
    });
    got
}

fn arrival() {
    let pair = Pair::new();
    let (on_a, on_b) = (index(&pair.a, "eth0"), index(&pair.b, "eth0"));
    for (neighbor, source, own, multihop, ttl) in [
        ("192.0.2.2", Some("192.0.2.1"), "192.0.2.1", false, 255),
        ("192.0.2.2", None, "192.0.2.1", true, 64),
        ("fe80::2", Some("fe80::1"), "fe80::1", false, 255),
    ] {
        let there = Endpoint {
            source: source.map(|address| address.parse().unwrap()),
            multihop,
            ttl,
            ..endpoint(1, neighbor, Some(on_a))
        };
        let mut receiver = BfdSockets::new().unwrap();
        let back = Endpoint { multihop, ..endpoint(1, own, Some(on_b)) };
        assert_eq!(pair.b.run(|| receiver.open(&[back])).unwrap(), []);
        pair.a
            .run(|| {
                let mut sender = BfdSockets::new().unwrap();
                assert_eq!(sender.open(std::slice::from_ref(&there)), []);
                sender.send(&transmit(1)).unwrap();
            })
            .unwrap();
        let expected = Got {
            ifindex: on_b,
            src: own.parse().unwrap(),
            dst: neighbor.parse().unwrap(),
            ttl,
            multihop,
            payload: PAYLOAD.to_vec(),
        };
        assert_eq!(receive(&mut receiver), Some(expected));
    }
}

/// RFC 5881 section 4, with a port that somebody else has.
fn source_ports() {
    let pair = Pair::new();
    let receiver = pair.b.run(|| UdpSocket::bind("0.0.0.0:3784")).unwrap().unwrap();
    let _squatter = pair.a.run(|| UdpSocket::bind("0.0.0.0:65535")).unwrap().unwrap();
    let endpoints: Vec<Endpoint> =
        (0..3).map(|n| Endpoint { source_port: 65_535, ..endpoint(n, "192.0.2.2", None) }).collect();
    let sender = pair
        .a
        .run(|| {
            let mut sender = BfdSockets::new().unwrap();
            assert_eq!(sender.open(&endpoints), []);
            sender
        })
        .unwrap();
    let mut ports = Vec::new();
    for session in [0, 1, 2, 0] {
        sender.send(&transmit(session)).unwrap();
        let (_, from) = receiver.recv_from(&mut [0; 100]).unwrap();
        ports.push(from.port());
    }
    // The next free ones, beginning again at the start of the range; the same for the same session.
    assert_eq!(ports, [49_152, 49_153, 49_154, 49_152]);
}

fn sockets_follow() {
    let pair = Pair::new();
    let bound = || {
        let output = pair.a.command(std::process::Command::new("ss")).arg("-Hnlu").output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mut sockets = BfdSockets::new().unwrap();
    let mut open = |wanted: &[Endpoint]| assert_eq!(pair.a.run(|| sockets.open(wanted)).unwrap(), []);
    assert!(!bound().contains(":3784"), "no session, no port");
    let four = endpoint(1, "192.0.2.2", None);
    let six = Endpoint { multihop: true, ..endpoint(2, "2001:db8::2", None) };
    open(&[four.clone(), six.clone()]);
    assert!(bound().contains("0.0.0.0:3784") && bound().contains("[::]:4784"), "{}", bound());
    open(&[six]);
    assert!(!bound().contains(":3784") && bound().contains("[::]:4784"), "{}", bound());
    open(&[]);
    assert!(!bound().contains("4784"), "{}", bound());
}

fn port_taken() {
    let pair = Pair::new();
    let squatter = pair.a.run(|| UdpSocket::bind("0.0.0.0:3784")).unwrap().unwrap();
    let wanted = [endpoint(7, "192.0.2.2", None)];
    let mut sockets = BfdSockets::new().unwrap();
    let troubles = pair.a.run(|| sockets.open(&wanted)).unwrap();
    let [trouble] = &troubles[..] else { panic!("{troubles:?}") };
    assert_eq!(trouble.session, SessionId(7));
    assert_eq!(
        trouble.what,
        "cannot listen on UDP port 3784: Address already in use (another BFD daemon has it)"
    );
    drop(squatter);
    assert_eq!(pair.a.run(|| sockets.open(&wanted)).unwrap(), []);
}

/// A virtual address, for example: no packet until it is there, and nothing to be done then.
fn late_source() {
    let pair = Pair::new();
    let wanted = [Endpoint { source: Some("192.0.2.9".parse().unwrap()), ..endpoint(1, "192.0.2.2", None) }];
    let mut sockets = BfdSockets::new().unwrap();
    assert_eq!(pair.a.run(|| sockets.open(&wanted)).unwrap(), []);
    let refused = sockets.send(&transmit(1)).unwrap_err();
    assert!(refused.what.starts_with("cannot send from 192.0.2.9 to 192.0.2.2: "), "{}", refused.what);
    pair.a.run(|| linux::link::add_address("eth0", "192.0.2.9/32".parse().unwrap())).unwrap().unwrap();
    assert!(!ip(&pair.a, "address show dev eth0").is_null());
    assert_eq!(sockets.send(&transmit(1)), Ok(()));
}
