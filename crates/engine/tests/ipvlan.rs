//! Instances that send from an ipvlan of their own, and interfaces of ours on a base that is in a VRF.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::{ETH0, Host, OUR_MAC, address, cidr, instance, ip, link, model, ms};
use config::model::{Instance, IpvlanMode, SourceKeyword, Vmac, VmacKind};
use engine::Boot;
use engine::api::{Input, Link};
use engine::observe::{EventKind, FaultCause, VmacTrouble};
use engine::vmac::api::{Upper, UpperKind, VmacOp};
use types::IfIndex;
use vrrp::State;

const OWN: &str = "192.168.200.140/32";
const BLUE: IfIndex = IfIndex(10);

fn with_ipvlan(own: &str) -> Instance {
    let name = "ipv1".to_owned();
    let kind = VmacKind::Ipvlan { mode: IpvlanMode::Bridge, address: Some(cidr(own)) };
    let vmac =
        Vmac { name: name.clone(), base: "eth0".into(), kind, main: true, group: 0, ipv4: true, ipv6: false };
    Instance { source: Some(cidr(own).addr), advertise_on: Some(name), vmacs: vec![vmac], ..instance(100) }
}

fn master() -> Host {
    let mut host = Host::new(model(vec![with_ipvlan(OWN)]));
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
    host
}

fn ipvlan(host: &Host) -> Option<&Link> {
    host.links.values().find(|link| link.name == "ipv1")
}

fn has_own(host: &Host, own: &str) -> bool {
    ipvlan(host).is_some_and(|link| host.addresses.contains_key(&(link.ifindex, cidr(own))))
}

fn fault_count(host: &Host) -> usize {
    let faults =
        |kind: &&&EventKind| matches!(kind, EventKind::Transition { faults, .. } if !faults.is_empty());
    host.kinds().iter().filter(faults).count()
}

/// Its address is there before the instance begins; advertisements leave there, virtual addresses go to the base.
#[test]
fn made_first_with_its_address_in_every_state() {
    let mut host = Host::new(model(vec![with_ipvlan(OWN)]));
    host.pass(ms(100));
    assert_eq!(host.state(), State::Backup);
    assert!(has_own(&host, OWN));
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
    let there = ipvlan(&host).unwrap().ifindex;
    assert!(!host.transmitted.is_empty());
    assert!(host.transmitted.iter().all(|a| a.ifindex == there && a.src == ip("192.168.200.140")));
    assert!(host.addresses.contains_key(&(ETH0, cidr("192.168.200.100/32"))));
    assert!(!host.frames.is_empty() && host.frames.iter().all(|frame| frame[6..12] == OUR_MAC.0));
    assert_eq!(fault_count(&host), 0, "{:?}", host.kinds());
    // Nothing of the base is changed.
    let changed = host.vmac_ops.iter().flat_map(|op| match op {
        VmacOp::Set(settings) => {
            settings.iter().map(|(sysctl, value)| (sysctl.to_string(), *value)).collect()
        }
        _ => Vec::new(),
    });
    let expected = [("net.ipv4.conf.ipv1.rp_filter", 0), ("net.ipv6.conf.ipv1.disable_ipv6", 1)];
    assert_eq!(changed.collect::<Vec<_>>(), expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn what_somebody_deletes_is_made_again_and_the_master_stays() {
    let mut host = master();
    let old = ipvlan(&host).unwrap().ifindex;
    host.addresses.remove(&(old, cidr(OWN)));
    host.remove_link(old);
    host.pass(ms(100));
    assert_ne!(ipvlan(&host).unwrap().ifindex, old);
    assert!(has_own(&host, OWN));
    let new = ipvlan(&host).unwrap().ifindex;
    host.addresses.remove(&(new, cidr(OWN)));
    host.input(Input::AddressGone { ifindex: new, cidr: cidr(OWN) });
    host.pass(ms(100));
    assert!(has_own(&host, OWN));
    assert_eq!((host.state(), fault_count(&host)), (State::Active, 0));
}

#[test]
fn nothing_is_left_at_the_end() {
    let mut host = master();
    host.input(Input::Stop { abrupt: true });
    assert!(host.left);
    assert_eq!(ipvlan(&host), None);
}

/// The one with another address has it at once; the old address goes; without the line the interface does.
#[test]
fn a_reload_changes_the_address() {
    let mut host = master();
    let other = "192.168.200.141/24";
    host.input(Input::Reload(Box::new(model(vec![with_ipvlan(other)]))));
    host.pass(ms(2000));
    assert!(has_own(&host, other) && !has_own(&host, OWN));
    assert_eq!(host.transmitted.last().unwrap().src, ip("192.168.200.141"));
    assert_eq!((host.state(), fault_count(&host)), (State::Active, 0));
    host.input(Input::Reload(Box::new(model(vec![instance(100)]))));
    host.pass(ms(100));
    assert_eq!(ipvlan(&host), None);
}

/// One that is left by an earlier process is used; one of another mode is made anew.
#[test]
fn leftovers() {
    let left = |mode, ours| Link {
        upper: Some(Upper { base: ETH0, kind: UpperKind::Ipvlan { mode }, admin_up: true, ours }),
        ..link(IfIndex(5), "ipv1", true)
    };
    let start = |left: Link| {
        let links = [link(ETH0, "eth0", true), left];
        let mut host = Host::with(model(vec![with_ipvlan(OWN)]), Boot::default(), &links, &[]);
        host.pass(ms(5000));
        host
    };
    let host = start(left(Some(IpvlanMode::Bridge), true));
    assert_eq!((host.state(), ipvlan(&host).unwrap().ifindex), (State::Active, IfIndex(5)));
    let host = start(left(Some(IpvlanMode::Private), true));
    assert_eq!(host.state(), State::Active);
    assert_ne!(ipvlan(&host).unwrap().ifindex, IfIndex(5));
    let host = start(left(None, false));
    let what = VmacTrouble::NameTaken;
    assert_eq!(host.snapshot().faults, [FaultCause::Vmac { interface: "ipv1".into(), what }]);
}

/// A refusal of the address is a fault that names it, and heals.
#[test]
fn an_address_that_the_kernel_refuses() {
    let mut host = Host::with(model(vec![with_ipvlan(OWN)]), Boot::default(), &[], &[]);
    host.refuse = Some(13);
    host.set_link(link(ETH0, "eth0", true));
    host.pass(ms(1000));
    let refused = FaultCause::SourceAddressMissing {
        address: ip("192.168.200.140"),
        keyword: SourceKeyword::UseIpvlan,
    };
    assert!(host.snapshot().faults.contains(&refused));
    host.refuse = None;
    host.pass(ms(10_000));
    assert_eq!(host.state(), State::Active);
}

/// Made within the VRF of its base, and moved with it.
#[test]
fn it_follows_its_base_into_a_vrf_and_out() {
    let blue = Link { vrf_table: Some(10), ..link(BLUE, "blue", true) };
    let within = |vrf| Link { master: vrf, ..link(ETH0, "eth0", true) };
    for config in [with_ipvlan(OWN), {
        let kind = VmacKind::Macvlan { mac: Vmac::rfc_mac(types::Family::V4, instance(100).vrid) };
        let mut config = with_ipvlan(OWN);
        config.vmacs[0].kind = kind;
        config.source = None;
        config.addresses = vec![address("192.168.200.100")];
        config
    }] {
        let links = [within(Some(BLUE)), blue.clone()];
        let mut host = Host::with(model(vec![config]), Boot::default(), &links, &[]);
        host.pass(ms(5000));
        assert_eq!(host.state(), State::Active);
        let made = |op: &VmacOp| matches!(op, VmacOp::Create { vrf: Some(BLUE), .. });
        assert!(host.vmac_ops.iter().any(made), "{:?}", host.vmac_ops);
        assert_eq!(ipvlan(&host).unwrap().master, Some(BLUE));
        for vrf in [None, Some(BLUE)] {
            host.set_link(within(vrf));
            host.pass(ms(100));
            assert_eq!(ipvlan(&host).unwrap().master, vrf);
            let on = ipvlan(&host).unwrap().ifindex;
            assert!(host.subscribed.iter().any(|s| s.ifindex == on && s.vrf == vrf), "{:?}", host.subscribed);
        }
        assert_eq!((host.state(), fault_count(&host)), (State::Active, 0));
    }
}
