//! However the options of an address change while the kernel is still at work on it, it ends as the last file says.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use std::collections::{BTreeMap, VecDeque};

use common::*;
use config::model::{Broadcast, Model, PreferredLft, Scope};
use engine::api::{AddressSpec, Input};
use types::{Cidr, IfIndex};

/// The first is without options; the second differs from it in what the kernel changes in place, if it changes anything,
/// and the third in what it does not.
const LOOKS: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Do {
    Reload(usize),
    /// The kernel carries out a batch; nobody has heard of it yet.
    Work,
    /// The kernel's answers and notifications arrive.
    Hear,
}

const STEPS: [Do; 5] = [Do::Reload(0), Do::Reload(1), Do::Reload(2), Do::Work, Do::Hear];

fn with(cidr: &str, look: usize) -> Model {
    let v4 = !cidr.contains(':');
    let mut config = instance(100);
    let mut address = address(cidr);
    match look {
        1 if v4 => address.scope = Scope::LINK,
        1 => address.preferred_lft = PreferredLft::Secs(0),
        2 if v4 => {
            address.label = Some("eth0:1".into());
            address.broadcast = Some(Broadcast::HostOnes);
        }
        2 => address.flags.noprefixroute = true,
        _ => {}
    }
    address.flags.nodad = !v4;
    config.excluded = vec![address];
    model(vec![config])
}

/// A Master that has given the kernel its addresses, and has not heard of them yet.
fn begun(cidr: &str, notifies_first: bool) -> Host {
    let mut host = Host::new(with(cidr, 0));
    (host.kernel_is_busy, host.notifies_first) = (true, notifies_first);
    host.pass(ms(3610));
    assert!(!host.waiting.is_empty() && host.looks.is_empty());
    host
}

fn play(host: &mut Host, cidr: &str, steps: &[Do]) {
    let mut unheard = VecDeque::new();
    // In the end everything is carried out and heard.
    let rest = [Do::Work, Do::Hear].repeat(4);
    for step in steps.iter().chain(&rest) {
        match step {
            Do::Reload(look) => host.input(Input::Reload(Box::new(with(cidr, *look)))),
            Do::Work => {
                if let Some(batch) = host.waiting.pop_front() {
                    unheard.extend(host.carry_out(&batch));
                }
            }
            Do::Hear => unheard.drain(..).for_each(|input| host.input(input)),
        }
        host.pass(ms(0));
    }
    assert!(host.waiting.is_empty(), "{steps:?}: it does not come to rest");
}

fn looks_after(cidr: &str, look: usize) -> BTreeMap<(IfIndex, Cidr), AddressSpec> {
    let mut host = Host::new(with(cidr, look));
    host.pass(ms(3610));
    host.looks
}

/// All sequences of so many steps.
fn sequences(length: u32) -> impl Iterator<Item = Vec<Do>> {
    (0..STEPS.len().pow(length))
        .map(move |number| (0..length).map(|n| STEPS[number / STEPS.len().pow(n) % STEPS.len()]).collect())
}

#[test]
fn it_ends_as_the_last_file_says() {
    for cidr in ["10.0.0.1/24", "2001:db8::1/64"] {
        let expected: Vec<_> = (0..LOOKS).map(|look| looks_after(cidr, look)).collect();
        assert!(expected[0] != expected[1] && expected[1] != expected[2]);
        for notifies_first in [false, true] {
            for steps in sequences(5) {
                let mut host = begun(cidr, notifies_first);
                play(&mut host, cidr, &steps);
                let last = steps.iter().rev().find_map(|step| match step {
                    Do::Reload(look) => Some(*look),
                    Do::Work | Do::Hear => None,
                });
                let expected = &expected[last.unwrap_or(0)];
                assert_eq!(&host.looks, expected, "{cidr} {steps:?}, notifications first: {notifies_first}");
            }
        }
    }
}
