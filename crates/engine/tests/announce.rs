//! Which addresses are announced again and again (`garp_extra_if`).
#![allow(clippy::unwrap_used, reason = "a test that finds something else fails")]

mod common;

use std::net::Ipv4Addr;
use std::time::Duration;

use common::{ETH0, Host, address, instance, link, model, ms};
use config::model::{Instance, VirtualAddress};
use engine::Boot;
use engine::api::{Input, Link};
use engine::vmac::api::{Upper, UpperKind};
use types::IfIndex;
use vrrp::State;

const ETH1: IfIndex = IfIndex(3);
const VMAC: IfIndex = IfIndex(4);

fn on(interface: &str, text: &str) -> VirtualAddress {
    VirtualAddress { interface: Some(interface.to_owned()), ..address(text) }
}

/// Addresses on the instance's interface, on another one, and on a macvlan on top of that.
fn config(all: bool) -> Instance {
    let mut config = instance(100);
    config.addresses = vec![
        address("192.168.200.100"),
        on("eth1", "10.0.0.9"),
        on("eth1", "10.0.0.10"),
        on("mv", "10.0.0.11"),
        on("mv", "10.0.0.12"),
    ];
    config.garp.delay = Duration::ZERO;
    config.garp.extra_every = Duration::from_secs(100);
    config.garp.extra_on_all = all;
    config
}

fn master(config: Instance) -> Host {
    let macvlan =
        Upper { base: ETH1, kind: UpperKind::Macvlan { private: true }, admin_up: true, ours: false };
    let links = [
        link(ETH0, "eth0", true),
        link(ETH1, "eth1", true),
        Link { upper: Some(macvlan), ..link(VMAC, "mv", true) },
    ];
    let mut host = Host::with(model(vec![config]), Boot::default(), &links, &[]);
    host.pass(ms(10_000));
    assert_eq!(host.state(), State::Active);
    host
}

/// The last octet of each address announced within a time: the sender's address of an ARP packet is behind 14 octets of
/// Ethernet and 14 of ARP.
fn announced(host: &mut Host, within: Duration) -> Vec<u8> {
    host.frames.clear();
    host.pass(within);
    let sender = |frame: &Vec<u8>| <[u8; 4]>::try_from(&frame[28..32]).unwrap();
    host.frames.iter().map(|frame| Ipv4Addr::from(sender(frame)).octets()[3]).collect()
}

#[test]
fn one_address_of_each_interface_that_sends_nothing_by_itself() {
    for (all, expected) in [(false, &[11, 11][..]), (true, &[9, 11, 9, 11])] {
        let mut host = master(config(all));
        assert_eq!(announced(&mut host, Duration::from_secs(200)), expected, "all: {all}");
    }
}

#[test]
fn it_ends_with_the_mastership_and_follows_a_reload() {
    let mut host = master(config(true));
    let without = {
        let mut config = config(true);
        config.garp.extra_every = Duration::ZERO;
        model(vec![config])
    };
    host.input(Input::Reload(Box::new(without.clone())));
    assert_eq!(announced(&mut host, Duration::from_mins(5)), [0_u8; 0]);
    host.input(Input::Reload(Box::new(model(vec![config(true)]))));
    assert_eq!(announced(&mut host, Duration::from_secs(101)), [9, 11]);
    host.set_link(link(ETH0, "eth0", false));
    assert_eq!(announced(&mut host, Duration::from_mins(5)), [0_u8; 0]);
}
