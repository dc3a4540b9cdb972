//! Interfaces with virtual MAC addresses, and the packet filter.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::{ETH0, Host, address, instance, link, model, ms};
use config::model::{Instance, Vmac, VmacKind};
use engine::api::{Claim, Input, Link};
use engine::observe::{EventKind, FaultCause, UnmarkedChange, VmacTrouble, WhyMade};
use engine::vmac::api::{Upper, UpperKind, VmacOp};
use engine::{Boot, Unmarked};
use types::{Family, IfIndex, MacAddr, Vrid};
use vrrp::State;

/// RFC 9568 section 7.3.
const VMAC: MacAddr = MacAddr([0x00, 0x00, 0x5e, 0x00, 0x01, 0x33]);

fn with_vmac(priority: u8) -> Instance {
    let name = "vrrp.51".to_owned();
    let vmac = Vmac {
        name: name.clone(),
        base: "eth0".into(),
        kind: VmacKind::Macvlan { mac: VMAC },
        main: true,
        group: 0,
        ipv4: true,
        ipv6: false,
    };
    let mut instance = instance(priority);
    instance.addresses[0].interface = Some(name.clone());
    instance.advertise_on = Some(name);
    instance.vmacs = vec![vmac];
    instance
}

fn master(config: Instance) -> Host {
    let mut host = Host::new(model(vec![config]));
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
    host
}

fn vmac_link(host: &Host) -> Option<&Link> {
    host.links.values().find(|link| link.name == "vrrp.51")
}

#[test]
fn the_mac_is_the_one_of_the_rfc() {
    let vrid = Vrid::new(51).unwrap();
    assert_eq!(Vmac::rfc_mac(Family::V4, vrid).to_string(), "00:00:5e:00:01:33");
    assert_eq!(Vmac::rfc_mac(Family::V6, vrid).to_string(), "00:00:5e:00:02:33");
}

/// Made and set up before the instance starts; advertisements leave there, and the address is announced from there.
#[test]
fn it_is_made_first() {
    let host = master(with_vmac(100));
    let kinds = host.vmac_ops.iter().map(|op| match op {
        VmacOp::SpreadReversePathFilter => "spread",
        VmacOp::Create { .. } => "create",
        VmacOp::Set(_) => "set",
        VmacOp::Up(_) => "up",
        VmacOp::Move { .. } => "move",
        VmacOp::SetMtu { .. } => "mtu",
        VmacOp::Delete(_) => "delete",
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["spread", "create", "set", "up"]);
    let there = vmac_link(&host).unwrap().ifindex;
    assert!(host.transmitted.iter().all(|advert| advert.ifindex == there));
    assert!(
        host.addresses
            .keys()
            .any(|(ifindex, cidr)| *ifindex == there && cidr.to_string() == "192.168.200.100/32")
    );
    // The source of an Ethernet frame is behind the destination.
    assert!(!host.frames.is_empty() && host.frames.iter().all(|frame| frame[6..12] == VMAC.0));
    let faults = host
        .kinds()
        .iter()
        .filter(|k| matches!(k, EventKind::Transition { faults, .. } if !faults.is_empty()))
        .count();
    assert_eq!(faults, 0, "{:?}", host.kinds());
}

#[test]
fn what_somebody_deletes_is_made_again_and_the_master_stays() {
    let mut host = master(with_vmac(100));
    let old = vmac_link(&host).unwrap().ifindex;
    host.remove_link(old);
    host.pass(ms(100));
    let new = vmac_link(&host).unwrap().ifindex;
    assert_ne!(old, new);
    assert_eq!(host.state(), State::Active);
    assert!(host.addresses.keys().any(|(ifindex, _)| *ifindex == new));
    assert_eq!(host.filter.as_ref().unwrap().igmp, [(new, ETH0)].into());
}

#[test]
fn everything_is_taken_back_at_the_end() {
    let mut host = master(with_vmac(100));
    host.input(Input::Stop { abrupt: true });
    assert!(host.left);
    assert_eq!(vmac_link(&host), None);
    assert!(
        [Family::V4, Family::V6].into_iter().all(|family| host.filter.as_ref().unwrap().is_empty_in(family))
    );
    let Some(VmacOp::Set(restored)) = host.vmac_ops.last() else { panic!("{:?}", host.vmac_ops) };
    let names: Vec<_> = restored.iter().map(|(sysctl, value)| (sysctl.to_string(), *value)).collect();
    let of_base = |name: &str| (format!("net.ipv4.conf.eth0.{name}"), 0);
    assert_eq!(names, [of_base("arp_announce"), of_base("arp_filter"), of_base("arp_ignore")]);
}

/// Once for each interface of that name, and not for those of its addresses, as with keepalived 2.2.7.
#[test]
fn promote_secondaries_is_set_on_the_interface_and_restored() {
    let promoting = || Instance { promote_secondaries: true, ..instance(100) };
    let mut host = Host::new(model(vec![promoting()]));
    host.pass(ms(5000));
    let set = |host: &Host| -> Vec<(String, u32)> {
        let settings = host.vmac_ops.iter().filter_map(|op| match op {
            VmacOp::Set(settings) => Some(settings),
            _ => None,
        });
        settings.flatten().map(|(sysctl, value)| (sysctl.to_string(), *value)).collect()
    };
    let setting = |value| ("net.ipv4.conf.eth0.promote_secondaries".to_owned(), value);
    assert_eq!(set(&host), [setting(1)]);
    // Made anew under another number, it has the kernel's default.
    host.remove_link(ETH0);
    host.set_link(link(IfIndex(9), "eth0", true));
    host.pass(ms(100));
    assert_eq!(set(&host), [setting(1), setting(1)]);
    host.input(Input::Reload(Box::new(model(vec![instance(100)]))));
    host.pass(ms(100));
    assert_eq!(set(&host), [setting(1), setting(1), setting(0)]);
}

/// A refusal is told once, named as the fault, and tried again.
#[test]
fn a_kernel_without_macvlan() {
    const EOPNOTSUPP: i32 = 95;
    let mut host = Host::with(model(vec![with_vmac(100)]), Boot::default(), &[], &[]);
    host.refuse_vmac = Some(EOPNOTSUPP);
    host.addresses.insert((ETH0, "192.168.200.128/24".parse().unwrap()), false);
    host.set_link(link(ETH0, "eth0", true));
    host.resync();
    host.pass(ms(2000));
    let what = VmacTrouble::NotMade(EOPNOTSUPP);
    assert_eq!(host.snapshot().faults, [FaultCause::Vmac { interface: "vrrp.51".into(), what }]);
    assert_eq!(host.kinds().iter().filter(|kind| matches!(kind, EventKind::VmacFailed { .. })).count(), 1);
    host.refuse_vmac = None;
    host.pass(ms(10_000));
    assert_eq!(host.state(), State::Active);
}

/// An interface of another kind stays what it is.
#[test]
fn a_name_that_is_taken() {
    let links = [link(ETH0, "eth0", true), link(IfIndex(3), "vrrp.51", true)];
    let mut host = Host::with(model(vec![with_vmac(100)]), Boot::default(), &links, &[]);
    host.pass(ms(3000));
    let what = VmacTrouble::NameTaken;
    assert_eq!(host.snapshot().faults, [FaultCause::Vmac { interface: "vrrp.51".into(), what }]);
    assert!(!host.vmac_ops.iter().any(|op| matches!(op, VmacOp::Delete(_) | VmacOp::Create { .. })));
    host.remove_link(IfIndex(3));
    host.pass(ms(10_000));
    assert_eq!(host.state(), State::Active);
}

/// After a crash: one with our mark is used as it is, one that nobody wants goes, one without our mark stays.
#[test]
fn leftovers() {
    let left = |ifindex, name: &str, mac, ours| Link {
        mac,
        upper: Some(Upper { base: ETH0, kind: UpperKind::Macvlan { private: true }, admin_up: true, ours }),
        ..link(IfIndex(ifindex), name, true)
    };
    let links = [
        link(ETH0, "eth0", true),
        left(5, "vrrp.51", VMAC, true),
        left(6, "vrrp.9", MacAddr([0, 0, 0x5e, 0, 1, 9]), true),
        left(7, "other", MacAddr([2, 0, 0, 0, 0, 9]), false),
    ];
    let mut host = Host::with(model(vec![with_vmac(100)]), Boot::default(), &links, &[]);
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
    assert_eq!(host.links.keys().map(|ifindex| ifindex.0).collect::<Vec<_>>(), [2, 5, 7]);
}

/// The successor has the same MAC address: its announcement ends the handover, and is no conflict before.
#[test]
fn a_successor_with_the_same_mac() {
    let config = with_vmac(100);
    let mut host = master(config);
    host.pass(ms(5000));
    let ifindex = vmac_link(&host).unwrap().ifindex;
    let claim = Claim { ifindex, mac: VMAC, addr: common::ip("192.168.200.100"), gratuitous: true };
    host.input(Input::Claim(claim));
    assert_eq!(host.snapshot().counters.address_conflicts, 0);
    host.input(Input::Stop { abrupt: false });
    assert!(!host.left);
    host.input(Input::Claim(claim));
    assert!(host.left);
}

/// The filter is asked for before the addresses come, and goes after they have gone.
#[test]
fn no_accept_is_kept_as_long_as_the_addresses_are_here() {
    let mut config = instance(100);
    config.no_accept = true;
    config.excluded = vec![address("fe80::100/64"), address("2001:db8::100/64")];
    let mut host = Host::new(model(vec![config]));
    host.pass(ms(1000));
    assert_eq!(host.filter, None);
    host.pass(ms(4000));
    assert_eq!(host.state(), State::Active);
    let filter = host.filter.clone().unwrap();
    assert_eq!(filter.drop_v4, ["192.168.200.100".parse().unwrap()].into());
    assert_eq!(filter.drop_v6, ["2001:db8::100".parse().unwrap()].into());
    assert_eq!(filter.drop_link_local, [("fe80::100".parse().unwrap(), ETH0)].into());
    host.input(Input::Stop { abrupt: true });
    assert!(host.filter.as_ref().unwrap().is_empty_in(Family::V4));
}

/// Whatever happens meanwhile.
#[test]
fn a_filter_that_was_refused_is_tried_again() {
    let mut config = instance(100);
    config.no_accept = true;
    let mut host = Host::new(model(vec![config]));
    host.refuse_filter = Some(16);
    host.pass(ms(4000));
    assert_eq!((host.state(), host.filter.as_ref()), (State::Active, None));
    host.set_link(link(IfIndex(3), "eth1", true));
    host.refuse_filter = None;
    host.pass(ms(5000));
    assert!(!host.filter.as_ref().unwrap().drop_v4.is_empty());
    let failed = |kind: &&&EventKind| matches!(kind, EventKind::FilterFailed { .. });
    assert_eq!(host.kinds().iter().filter(failed).count(), 1);
}

/// An engine that is never asked for anything of this sort asks the kernel for nothing of it.
#[test]
fn without_any_of_it_nothing_is_asked_for() {
    let mut host = master(instance(100));
    host.input(Input::Stop { abrupt: true });
    assert!(host.left && host.vmac_ops.is_empty() && host.filter.is_none());
}

/// The settings and the table of a daemon that was killed.
fn left_behind() -> Boot {
    let sysctls = [
        ("net.ipv4.conf.all.rp_filter".to_owned(), 2),
        ("net.ipv4.conf.eth0.arp_ignore".to_owned(), 5),
        ("net.ipv4.conf.gone.arp_ignore".to_owned(), 5),
    ];
    let unmarked = Unmarked { sysctls: sysctls.into(), tables: ["old".to_owned()].into() };
    Boot { unmarked, ..Boot::default() }
}

fn after_a_crash(config: Instance) -> Host {
    let links = [link(ETH0, "eth0", true)];
    let mut host = Host::with(model(vec![config]), left_behind(), &links, &[]);
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
    host
}

/// The last settings that were asked for.
fn restored(host: &Host) -> Vec<(String, u32)> {
    let Some(VmacOp::Set(restored)) = host.vmac_ops.last() else { panic!("{:?}", host.vmac_ops) };
    restored.iter().map(|(sysctl, value)| (sysctl.to_string(), *value)).collect()
}

#[test]
fn what_a_killed_process_changed_is_undone_when_nobody_needs_it() {
    let host = after_a_crash(instance(100));
    let expected =
        [("net.ipv4.conf.all.rp_filter".to_owned(), 2), ("net.ipv4.conf.eth0.arp_ignore".to_owned(), 5)];
    assert_eq!(restored(&host), expected);
    let filter = host.filter.as_ref().unwrap();
    assert!(filter.is_empty() && filter.table == "old", "{filter:?}");
    assert!(
        host.kinds().contains(&&EventKind::Unmarked(UnmarkedChange::FilterRemoved { table: "old".into() }))
    );
    for (sysctl, _) in expected {
        assert!(host.kinds().contains(&&EventKind::Unmarked(UnmarkedChange::SysctlRestored { sysctl })));
    }
}

/// What the killed process found is the truth, not what this one finds.
#[test]
fn what_a_killed_process_changed_and_is_still_needed_is_undone_at_the_end() {
    let mut host = after_a_crash(with_vmac(100));
    assert!(
        host.kinds()
            .iter()
            .all(|kind| !matches!(kind, EventKind::Unmarked(UnmarkedChange::SysctlRestored { .. })))
    );
    host.input(Input::Stop { abrupt: true });
    let restored = restored(&host);
    for (sysctl, was) in [("all.rp_filter", 2), ("eth0.arp_ignore", 5), ("eth0.arp_filter", 0)] {
        assert!(restored.contains(&(format!("net.ipv4.conf.{sysctl}"), was)), "{sysctl}: {restored:?}");
    }
}

/// First there is the new one, then the old one goes.
#[test]
fn a_table_that_gets_another_name() {
    let mut host = master(with_vmac(100));
    let mut renamed = model(vec![with_vmac(100)]);
    renamed.filter.table = "other".into();
    host.input(Input::Reload(Box::new(renamed)));
    let made = |table: &str| EventKind::Unmarked(UnmarkedChange::FilterMade { table: table.into() });
    let of_tables: Vec<_> = host
        .kinds()
        .into_iter()
        .filter(|kind| {
            matches!(
                kind,
                EventKind::Unmarked(UnmarkedChange::FilterMade { .. } | UnmarkedChange::FilterRemoved { .. })
            )
        })
        .collect();
    let first = model(vec![]).filter.table;
    let gone = EventKind::Unmarked(UnmarkedChange::FilterRemoved { table: first.clone() });
    assert_eq!(of_tables, [&made(&first), &made("other"), &gone]);
}

/// A macvlan's MTU becomes smaller with its base's by itself, and only then.
#[test]
fn its_mtu_grows_with_that_of_the_base() {
    let mut host = master(with_vmac(100));
    let own = vmac_link(&host).unwrap().clone();
    let asked = |host: &Host| host.vmac_ops.iter().filter(|op| matches!(op, VmacOp::SetMtu { .. })).count();
    let base = |mtu| Link { mtu, ..link(ETH0, "eth0", true) };
    assert_eq!(asked(&host), 0, "it was made with that of the base");
    host.input(Input::Link(base(1400)));
    host.input(Input::Link(Link { mtu: 1400, ..own.clone() }));
    host.input(Input::Link(base(9000)));
    host.pass(ms(10));
    assert_eq!(vmac_link(&host).unwrap().mtu, 9000);
    // What an administrator makes of it stays.
    host.links.insert(own.ifindex, Link { mtu: 1300, ..own.clone() });
    let before = asked(&host);
    host.input(Input::Link(Link { mtu: 1300, ..own }));
    host.pass(ms(5000));
    assert_eq!(asked(&host), before);
    assert_eq!(host.state(), State::Active);
}

/// Settings of the base get their former values while it has another name, and are set again.
#[test]
fn a_base_that_is_renamed_and_back_is_prepared_again() {
    let mut host = master(with_vmac(100));
    let settings = |host: &Host| {
        let of_base = |op: &&VmacOp| matches!(op, VmacOp::Set(all) if all.iter().any(|(sysctl, _)| sysctl.to_string() == "net.ipv4.conf.eth0.arp_ignore"));
        host.vmac_ops.iter().rfind(of_base).map(|op| match op {
            VmacOp::Set(all) => {
                all.iter().find(|(s, _)| s.to_string().ends_with("eth0.arp_ignore")).unwrap().1
            }
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(settings(&host), Some(1));
    host.input(Input::Link(link(ETH0, "other", true)));
    host.pass(ms(1000));
    assert_eq!(settings(&host), Some(0));
    host.input(Input::Link(link(ETH0, "eth0", true)));
    host.pass(ms(5000));
    assert_eq!(settings(&host), Some(1));
    assert_eq!(host.state(), State::Active);
}

/// The log says what was done to it, once.
#[test]
fn what_somebody_else_did_is_told() {
    let mut host = master(with_vmac(100));
    let told = |host: &Host| {
        let of_it =
            |kind: &EventKind| matches!(kind, EventKind::VmacMade { .. } | EventKind::VmacSetUp { .. });
        host.kinds().into_iter().filter(|kind| of_it(kind)).cloned().collect::<Vec<_>>()
    };
    assert!(matches!(told(&host)[..], [EventKind::VmacMade { why: WhyMade::New, .. }]), "{:?}", told(&host));
    let own = vmac_link(&host).unwrap().clone();
    let upper = Upper { admin_up: false, ..own.upper.clone().unwrap() };
    host.input(Input::Link(Link { up: false, upper: Some(upper), ..own.clone() }));
    host.pass(ms(1000));
    assert!(matches!(told(&host)[1..], [EventKind::VmacSetUp { .. }]), "{:?}", told(&host));
    host.input(Input::Link(Link { mac: MacAddr([2, 0, 0, 0, 0, 9]), ..own.clone() }));
    host.pass(ms(1000));
    assert!(
        matches!(told(&host)[2..], [EventKind::VmacMade { why: WhyMade::Changed, .. }]),
        "{:?}",
        told(&host)
    );
    let there = vmac_link(&host).unwrap().ifindex;
    host.remove_link(there);
    host.pass(ms(1000));
    assert!(
        matches!(told(&host)[3..], [EventKind::VmacMade { why: WhyMade::Gone, .. }]),
        "{:?}",
        told(&host)
    );
    assert_eq!(host.state(), State::Active);
}
