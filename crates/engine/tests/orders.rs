//! An interface may appear, be renamed, come up and get its address, and the router may start, in any order: the end is
//! the same. So it is for an interface of a Master that goes away and comes back.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::*;
use engine::Boot;
use engine::api::{Input, Link};
use types::IfIndex;
use vrrp::State;

const VIP: &str = "192.168.200.100";
const OWN: &str = "192.168.200.128/24";
const INDEX: IfIndex = IfIndex(7);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Do {
    Create,
    Rename,
    Up,
    Address,
    Start,
}
use Do::{Address, Create, Rename, Start, Up};

/// Every order in which nothing happens to an interface before it is there.
fn orders() -> Vec<Vec<Do>> {
    fn extend(done: &[Do], orders: &mut Vec<Vec<Do>>) {
        let left = [Create, Rename, Up, Address, Start].into_iter().filter(|step| !done.contains(step));
        let possible = left.filter(|step| matches!(step, Create | Start) || done.contains(&Create));
        let next: Vec<Do> = possible.collect();
        if next.is_empty() {
            orders.push(done.to_vec());
        }
        for step in next {
            extend(&[done, &[step]].concat(), orders);
        }
    }
    let mut orders = Vec::new();
    extend(&[], &mut orders);
    orders
}

/// The machine as the steps leave it, whether the router runs or not.
#[derive(Default)]
struct Machine {
    link: Option<Link>,
    address: bool,
    router: Option<Host>,
}

impl Machine {
    fn step(&mut self, step: Do) {
        match step {
            Create => self.link = Some(link(INDEX, "other", false)),
            Rename => self.link.as_mut().unwrap().name = "eth0".into(),
            Up => self.link.as_mut().unwrap().up = true,
            Address => self.address = true,
            Start => {
                let links: Vec<Link> = self.link.iter().cloned().collect();
                let mut host = Host::with(model(vec![instance(100)]), Boot::default(), &[], &[]);
                // What is there already is in the first picture.
                for link in &links {
                    host.links.insert(link.ifindex, link.clone());
                }
                if self.address {
                    host.addresses.insert((INDEX, cidr(OWN)), false);
                }
                host.resync();
                self.router = Some(host);
                return;
            }
        }
        let Some(host) = &mut self.router else { return };
        if step == Address {
            host.addresses.insert((INDEX, cidr(OWN)), false);
            host.input(Input::Address(observed(INDEX, OWN, false)));
        } else {
            host.set_link(self.link.clone().unwrap());
        }
    }
}

#[test]
fn every_order_ends_as_master_with_the_address() {
    let orders = orders();
    // Four steps of an interface, the first one first, in 3! orders, and the start in five places.
    assert_eq!(orders.len(), 30);
    for pause in [0, 1, 5000] {
        for order in &orders {
            let mut machine = Machine::default();
            for step in order {
                machine.step(*step);
                if let Some(host) = &mut machine.router {
                    host.pass(ms(pause));
                }
            }
            let mut host = machine.router.unwrap();
            host.pass(ms(4000));
            let own: Vec<_> = host.addresses.keys().copied().collect();
            assert_eq!(own, [(INDEX, cidr(VIP)), (INDEX, cidr(OWN))], "{order:?} {pause}");
            assert_eq!(host.state(), State::Active, "{order:?} {pause}");
        }
    }
}

/// Down or not, renamed or deleted, with its old number or a new one.
#[test]
fn a_master_whose_interface_goes_away_and_comes_back_is_master_again() {
    for deleted in [false, true] {
        for down in [false, true] {
            for renamed_first in [false, true] {
                let mut host = Host::new(model(vec![instance(100)]));
                host.pass(ms(4000));
                assert!(host.holds(VIP));
                let back = if deleted { IfIndex(9) } else { ETH0 };
                if down {
                    host.set_link(link(ETH0, "eth0", false));
                }
                if deleted {
                    host.remove_link(ETH0);
                } else {
                    host.set_link(link(ETH0, "elsewhere", !down));
                }
                assert_eq!((host.state(), host.holds(VIP)), (State::Fault, false));
                host.pass(ms(1000));
                if deleted {
                    host.set_link(link(back, "other", false));
                    host.addresses.insert((back, cidr(OWN)), false);
                    host.input(Input::Address(observed(back, OWN, false)));
                }
                let names = if renamed_first {
                    [("eth0", false), ("eth0", true)]
                } else {
                    [("other", true), ("eth0", true)]
                };
                for (name, up) in names {
                    host.set_link(link(back, name, up));
                }
                host.pass(ms(4000));
                assert_eq!(host.state(), State::Active, "{deleted} {down} {renamed_first}");
                assert!(host.addresses.contains_key(&(back, cidr(VIP))));
                assert_eq!(host.addresses.len(), 2);
            }
        }
    }
}
