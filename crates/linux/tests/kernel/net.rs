//! Small networks for the tests.

use std::process::Command;
use std::time::{Duration, Instant};

use linux::link;
use linux::namespace::NetNs;
use types::{Cidr, IfIndex, MacAddr};

/// Two hosts, each with an eth0, joined by a cable. `a` is 192.0.2.1/24 and fe80::1, `b` is .2 and fe80::2.
pub(crate) struct Pair {
    pub(crate) a: NetNs,
    pub(crate) b: NetNs,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let pair = Self { a: host(), b: host() };
        pair.add_cable("eth0");
        for (ns, v4, v6) in [(&pair.a, "192.0.2.1/24", "fe80::1/64"), (&pair.b, "192.0.2.2/24", "fe80::2/64")]
        {
            ns.run(|| {
                link::add_address("eth0", cidr(v4)).unwrap();
                link::add_address("eth0", cidr(v6)).unwrap();
            })
            .unwrap();
        }
        pair
    }

    /// One more cable, up, with the same name at both ends.
    pub(crate) fn add_cable(&self, name: &str) {
        self.a.run(|| link::add_veth(name, name, &self.b)).unwrap().unwrap();
        for ns in [&self.a, &self.b] {
            ns.run(|| link::set_up(name, true)).unwrap().unwrap();
        }
        for ns in [&self.a, &self.b] {
            wait_up(ns, name);
        }
    }
}

/// Until its state is known a new link counts as running, and yet the kernel throws away what is sent.
pub(crate) fn wait_up(ns: &NetNs, name: &str) {
    assert!(until(|| ip(ns, &format!("link show dev {name}"))[0]["operstate"] == "UP"));
}

/// A network namespace whose IPv6 addresses are usable at once and in which nothing speaks unasked.
pub(crate) fn host() -> NetNs {
    let ns = NetNs::create().unwrap();
    ns.run(|| {
        for (name, value) in [("accept_dad", "0"), ("router_solicitations", "0"), ("addr_gen_mode", "1")] {
            link::set_sysctl(&format!("net.ipv6.conf.default.{name}"), value).unwrap();
        }
    })
    .unwrap();
    ns
}

pub(crate) fn cidr(text: &str) -> Cidr {
    text.parse().unwrap()
}

pub(crate) fn index(ns: &NetNs, name: &str) -> IfIndex {
    ns.run(|| link::index_of(name)).unwrap().unwrap()
}

/// What iproute2 says, as JSON.
pub(crate) fn ip(ns: &NetNs, arguments: &str) -> serde_json::Value {
    let mut command = Command::new("ip");
    command.args(["-json", "-details"]).args(arguments.split(' '));
    let output = ns.command(command).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or(serde_json::Value::Null)
}

/// The entries of `addr_info` of an interface.
pub(crate) fn ip_addresses(ns: &NetNs, name: &str) -> Vec<serde_json::Value> {
    let shown = ip(ns, &format!("address show dev {name}"));
    shown[0]["addr_info"].as_array().cloned().unwrap_or_default()
}

pub(crate) fn mac(ns: &NetNs, name: &str) -> MacAddr {
    let shown = ip(ns, &format!("link show dev {name}"));
    let text = shown[0]["address"].as_str().unwrap();
    let bytes: Vec<u8> = text.split(':').map(|part| u8::from_str_radix(part, 16).unwrap()).collect();
    MacAddr(bytes.try_into().unwrap())
}

/// Calls `f` until it says that it has seen everything, at most 5 s; whether it did.
pub(crate) fn until(mut f: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        if f() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}
