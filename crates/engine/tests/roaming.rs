//! Instances without an interface, and interfaces in VRFs: whose an advertisement is, and where it goes.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::*;
use config::model::{Instance, Peer, SourceKeyword, Unicast};
use engine::Boot;
use engine::api::{Carrier, Input, Link, Received};
use engine::observe::FaultCause;
use types::IfIndex;
use vrrp::State;

const VIP: &str = "192.168.200.100";
const OWN: &str = "192.168.200.128";
const ETH1: IfIndex = IfIndex(3);
const BLUE: IfIndex = IfIndex(9);

fn roaming(vrf: Option<&str>) -> Instance {
    let mut config = instance(100);
    config.interface = None;
    config.vrf = vrf.map(str::to_owned);
    (config.source, config.source_keyword) = (Some(ip(OWN)), SourceKeyword::UnicastSrcIp);
    config.unicast = Some(Unicast {
        peers: vec![Peer { address: ip(PEER), min_ttl: 0, max_ttl: 255 }],
        ttl: 255,
        check_source: false,
    });
    config.addresses[0].interface = Some("eth0".into());
    config
}

fn blue() -> Link {
    Link { vrf_table: Some(10), ..link(BLUE, "blue", true) }
}

fn in_blue(link: Link) -> Link {
    Link { master: Some(BLUE), ..link }
}

/// eth0 with 192.168.200.128, eth1 and the VRF.
fn host(config: Instance) -> Host {
    let links = [link(ETH0, "eth0", true), link(ETH1, "eth1", true), blue()];
    Host::with(model(vec![config]), Boot::default(), &links, &[])
}

/// An advertisement of the peer to this address, through this interface; whether the instance took it.
fn hears(host: &mut Host, config: &Instance, dst: &str, ifindex: IfIndex) -> bool {
    let bytes = wire::vrrp::Advert {
        version: config.version,
        vrid: config.vrid,
        priority: types::Priority(200),
        interval: config.interval,
        auth: wire::vrrp::AuthData::None,
        addresses: &[ip(VIP)],
        checksum_as_v2: false,
    }
    .emit(ip(PEER), ip(dst));
    let before = host.snapshot().counters.adverts_received;
    let (src, dst) = (ip(PEER), ip(dst));
    let payload = &bytes;
    host.input(Input::Advert(Received { ifindex, src, dst, ttl: 255, payload, carrier: Carrier::Ip }));
    host.snapshot().counters.adverts_received > before
}

#[test]
fn its_packets_leave_by_no_interface_in_particular_and_are_heard_on_every_one() {
    let config = roaming(None);
    let mut host = host(config.clone());
    let [subscription] = &host.subscribed[..] else { panic!("{:?}", host.subscribed) };
    assert_eq!((subscription.ifindex, subscription.vrf), (IfIndex::ANY, None));
    assert_eq!(host.claims.iter().collect::<Vec<_>>(), [&ETH0], "where its address goes");
    assert!(hears(&mut host, &config, OWN, ETH0) && hears(&mut host, &config, OWN, ETH1));
    assert!(!hears(&mut host, &config, "192.168.200.77", ETH0), "it has another address");
    assert!(!hears(&mut host, &config, "224.0.0.18", ETH0));
    host.set_link(in_blue(link(ETH1, "eth1", true)));
    assert!(!hears(&mut host, &config, OWN, ETH1), "what is in a VRF is elsewhere");
    host.pass(ms(4000));
    assert_eq!(host.state(), State::Active);
    let sent = host.transmitted.last().unwrap();
    assert_eq!((sent.ifindex, sent.src, sent.dst), (IfIndex::ANY, ip(OWN), ip(PEER)));
    assert!(host.holds(VIP));
}

fn nowhere() -> FaultCause {
    FaultCause::SourceAddressNowhere { address: ip(OWN), keyword: SourceKeyword::UnicastSrcIp }
}

#[test]
fn the_address_that_it_sends_from_decides_whether_it_can_serve() {
    let mut host = host(roaming(None));
    host.pass(ms(4000));
    assert!(host.holds(VIP));
    host.addresses.remove(&(ETH0, cidr("192.168.200.128/24")));
    host.input(Input::AddressGone { ifindex: ETH0, cidr: cidr("192.168.200.128/24") });
    assert_eq!(host.snapshot().faults, [nowhere()]);
    assert!(!host.holds(VIP));
    host.input(Input::Address(observed(ETH1, "192.168.200.128/32", false)));
    host.pass(ms(4000));
    assert_eq!((host.state(), host.holds(VIP)), (State::Active, true));
    host.set_link(in_blue(link(ETH1, "eth1", true)));
    assert_eq!(host.snapshot().faults, [nowhere()], "it left with eth1");
}

#[test]
fn in_a_vrf_it_hears_what_arrives_there_alone() {
    let config = roaming(Some("blue"));
    let mut host = host(config.clone());
    assert_eq!(host.snapshot().faults, [nowhere()], "eth0 is outside");
    host.set_link(in_blue(link(ETH0, "eth0", true)));
    assert_eq!(host.state(), State::Backup);
    assert!(hears(&mut host, &config, OWN, ETH0) && !hears(&mut host, &config, OWN, ETH1));
    host.pass(ms(4000));
    assert_eq!(host.transmitted.last().unwrap().ifindex, BLUE);
    host.remove_link(BLUE);
    assert_eq!(host.snapshot().faults, [FaultCause::VrfMissing("blue".into())]);
}

/// The kernel's filters see the VRF where a packet comes in on one of its interfaces.
#[test]
fn an_interface_that_moves_into_a_vrf_is_listened_to_there() {
    let mut host = host(instance(100));
    let vrf = |host: &Host| host.subscribed.iter().map(|s| (s.ifindex, s.vrf)).collect::<Vec<_>>();
    assert_eq!(vrf(&host), [(ETH0, None)]);
    host.set_link(in_blue(link(ETH0, "eth0", true)));
    assert_eq!(vrf(&host), [(ETH0, Some(BLUE))]);
    host.hear(&instance(100), 200);
    assert_eq!(host.snapshot().counters.adverts_received, 1);
    host.set_link(link(ETH0, "eth0", true));
    assert_eq!(vrf(&host), [(ETH0, None)]);
    let bridge = IfIndex(12);
    host.set_link(link(bridge, "br0", true));
    host.set_link(Link { master: Some(bridge), ..link(ETH0, "eth0", true) });
    assert_eq!(vrf(&host), [(ETH0, None)], "a bridge is no VRF");
}
