//! Two instances with one virtual_router_id whose interfaces turn out to be one link.
#![allow(clippy::unwrap_used, reason = "a test that finds something else fails")]

mod common;

use common::{ETH0, Host, address, instance, ip, link, model, ms, observed};
use config::model::{Instance, Model};
use engine::Boot;
use engine::api::{Input, Link};
use engine::observe::FaultCause;
use engine::vmac::api::{Upper, UpperKind};
use types::{IfIndex, Vrid};
use vrrp::State;

const MACVLAN: IfIndex = IfIndex(7);

fn on_macvlan() -> Instance {
    let name = "VI_2".to_owned();
    Instance {
        name,
        interface: Some("mv0".into()),
        addresses: vec![address("192.168.200.200")],
        ..instance(90)
    }
}

fn both() -> Model {
    model(vec![instance(100), on_macvlan()])
}

/// Somebody's macvlan on eth0.
fn macvlan(name: &str) -> Link {
    let macvlan =
        Upper { base: ETH0, kind: UpperKind::Macvlan { private: true }, admin_up: true, ours: false };
    Link { upper: Some(macvlan), ..link(MACVLAN, name, true) }
}

fn start(model: Model, links: &[Link]) -> Host {
    let mut host = Host::with(model, Boot::default(), links, &[]);
    host.input(Input::Address(observed(MACVLAN, "192.168.200.130/24", false)));
    host.pass(ms(10_000));
    host
}

fn states(host: &Host) -> Vec<(State, Vec<FaultCause>)> {
    let instances = host.engine.snapshot(host.now).instances;
    instances.into_iter().map(|instance| (instance.state, instance.faults)).collect()
}

fn taken() -> FaultCause {
    FaultCause::VridTaken { vrid: instance(1).vrid, holder: "VI_1".into(), interface: "eth0".into() }
}

/// As with keepalived 2.2.7, which finds a conflict when the name appears, the other one goes on.
#[test]
fn a_rename_makes_two_of_one_link() {
    let mut host = start(both(), &[link(ETH0, "eth0", true), macvlan("other")]);
    assert_eq!(states(&host)[0], (State::Active, vec![]));
    host.transmitted.clear();
    host.set_link(macvlan("mv0"));
    host.pass(ms(10_000));
    assert_eq!(states(&host), [(State::Active, vec![]), (State::Fault, vec![taken()])]);
    assert!(host.transmitted.iter().all(|advert| advert.src == ip("192.168.200.128")));
    // And back.
    host.set_link(macvlan("other"));
    host.pass(ms(100));
    assert_eq!(states(&host)[1].1, [FaultCause::InterfaceMissing("mv0".into())]);
}

/// Whoever came first: how it ends is how a start would end.
#[test]
fn every_order_comes_to_the_same() {
    let mut host = start(both(), &[link(ETH0, "nothing", true), macvlan("mv0")]);
    assert_eq!(states(&host)[1], (State::Active, vec![]));
    host.set_link(link(ETH0, "eth0", true));
    host.pass(ms(10_000));
    assert_eq!(states(&host), [(State::Active, vec![]), (State::Fault, vec![taken()])]);
    let fresh = start(both(), &[link(ETH0, "eth0", true), macvlan("mv0")]);
    assert_eq!(states(&fresh), states(&host));
}

#[test]
fn a_reload_without_the_first_frees_the_second() {
    let mut host = start(both(), &[link(ETH0, "eth0", true), macvlan("mv0")]);
    host.input(Input::Reload(Box::new(model(vec![on_macvlan()]))));
    host.pass(ms(10_000));
    assert_eq!(states(&host), [(State::Active, vec![])]);
    host.input(Input::Reload(Box::new(both())));
    host.pass(ms(10_000));
    assert_eq!(states(&host), [(State::Active, vec![]), (State::Fault, vec![taken()])]);
}

#[test]
fn other_numbers_and_other_groups_do_not_clash() {
    let number = Instance { vrid: Vrid::new(52).unwrap(), ..on_macvlan() };
    let group = Instance { destination: ip("224.0.0.19"), ..on_macvlan() };
    for second in [number, group] {
        let host = start(model(vec![instance(100), second]), &[link(ETH0, "eth0", true), macvlan("mv0")]);
        assert_eq!(states(&host), [(State::Active, vec![]), (State::Active, vec![])]);
    }
}
