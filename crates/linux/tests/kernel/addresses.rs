//! Netlink: batches, tags, attributes, notifications, and their loss.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use config::model::{AddressFlags, Scope};
use engine::api::{AddressOp, AddressSpec, Input, Link, Observed};
use linux::netlink::{MonitorError, Netlink};
use types::{Cidr, IfIndex};

use crate::Test;
use crate::net::{Pair, cidr, host, index, ip, ip_addresses, until};

pub(crate) const TESTS: &[Test] = &[
    ("two_thousand_addresses_in_one_go", two_thousand_addresses_in_one_go),
    ("all_attributes_reach_the_kernel", all_attributes_reach_the_kernel),
    ("adding_again_changes_and_removing_again_is_told", adding_again_changes_and_removing_again_is_told),
    ("failures_name_their_operation", failures_name_their_operation),
    ("addresses_with_a_peer_come_and_go", addresses_with_a_peer_come_and_go),
    ("foreign_addresses_are_not_ours", foreign_addresses_are_not_ours),
    ("every_change_is_told", every_change_is_told),
    (
        "own_additions_are_not_told_again_but_every_removal_is",
        own_additions_are_not_told_again_but_every_removal_is,
    ),
    ("an_overrun_is_told_and_a_dump_repairs_it", an_overrun_is_told_and_a_dump_repairs_it),
];

fn spec(ifindex: IfIndex, address: &str) -> AddressSpec {
    AddressSpec::plain(ifindex, cidr(address))
}

fn many(count: u32) -> Vec<Cidr> {
    (0..count).map(|i| Cidr::host(Ipv4Addr::from(0x0a00_0000 + i + 1).into())).collect()
}

fn resync(netlink: &mut Netlink) -> (Vec<Link>, Vec<Observed>) {
    let Input::Resync { links, addresses } = netlink.dump().unwrap() else { panic!("a dump is a resync") };
    (links, addresses)
}

fn two_thousand_addresses_in_one_go() {
    let pair = Pair::new();
    let eth0 = index(&pair.a, "eth0");
    let wanted = many(2000);
    pair.a
        .run(|| {
            let mut netlink = Netlink::open().unwrap();
            let adds: Vec<_> = wanted.iter().map(|c| AddressOp::Add(spec(eth0, &c.to_string()))).collect();
            assert_eq!(netlink.apply(&adds).unwrap(), []);
            let ours = resync(&mut netlink).1.into_iter().filter(|a| a.ours).map(|a| a.cidr);
            assert!(ours.collect::<BTreeSet<_>>().iter().eq(&wanted));
        })
        .unwrap();
    let shown: BTreeSet<Cidr> = ip_addresses(&pair.a, "eth0")
        .iter()
        .filter(|entry| entry["local"].as_str().unwrap().starts_with("10."))
        .map(|entry| {
            let prefix_len = entry["prefixlen"].as_u64().unwrap();
            cidr(&format!("{}/{prefix_len}", entry["local"].as_str().unwrap()))
        })
        .collect();
    assert!(shown.iter().eq(&wanted), "{} shown", shown.len());
    pair.a
        .run(|| {
            let mut netlink = Netlink::open().unwrap();
            let removes: Vec<_> =
                wanted.iter().map(|&cidr| AddressOp::Remove { ifindex: eth0, cidr }).collect();
            assert_eq!(netlink.apply(&removes).unwrap(), []);
        })
        .unwrap();
    assert_eq!(ip_addresses(&pair.a, "eth0").len(), 2, "the host's own addresses are left");
}

fn all_attributes_reach_the_kernel() {
    let pair = Pair::new();
    let eth0 = index(&pair.a, "eth0");
    let v4 = AddressSpec {
        broadcast: Some(Ipv4Addr::new(10, 1, 0, 255)),
        label: Some("eth0:vip".to_owned()),
        scope: Scope::LINK,
        flags: AddressFlags { noprefixroute: true, nodad: true, ..AddressFlags::default() },
        valid_lft_secs: 300,
        preferred_lft_secs: 200,
        ..spec(eth0, "10.1.0.1/24")
    };
    let v6 = AddressSpec {
        flags: AddressFlags { nodad: true, home: true, ..AddressFlags::default() },
        preferred_lft_secs: 0,
        ..spec(eth0, "2001:db8::1/128")
    };
    let failed = pair.a.run(|| Netlink::open().unwrap().apply(&[AddressOp::Add(v4), AddressOp::Add(v6)]));
    assert_eq!(failed.unwrap().unwrap(), []);
    let shown = ip_addresses(&pair.a, "eth0");
    let v4 = shown.iter().find(|entry| entry["local"] == "10.1.0.1").unwrap();
    assert_eq!(v4["broadcast"], "10.1.0.255");
    assert_eq!(v4["label"], "eth0:vip");
    assert_eq!(v4["scope"], "link");
    assert_eq!(v4["noprefixroute"], true);
    assert!(v4.get("nodad").is_none(), "no flag of IPv6: {v4}");
    assert!((290..=300).contains(&v4["valid_life_time"].as_u64().unwrap()), "{v4}");
    assert!((190..=200).contains(&v4["preferred_life_time"].as_u64().unwrap()), "{v4}");
    let v6 = shown.iter().find(|entry| entry["local"] == "2001:db8::1").unwrap();
    assert_eq!((&v6["nodad"], &v6["home"]), (&true.into(), &true.into()), "{v6}");
    assert_eq!(v6["preferred_life_time"], 0);
    assert_eq!(v6["valid_life_time"], u64::from(u32::MAX), "forever");
    let routes = ip(&pair.a, "route show");
    assert!(!routes.to_string().contains("10.1.0.0"), "noprefixroute: {routes}");
}

fn adding_again_changes_and_removing_again_is_told() {
    let pair = Pair::new();
    let eth0 = index(&pair.a, "eth0");
    let lease = |valid| {
        AddressOp::Add(AddressSpec {
            valid_lft_secs: valid,
            preferred_lft_secs: valid,
            ..spec(eth0, "10.1.0.1/32")
        })
    };
    let remove = AddressOp::Remove { ifindex: eth0, cidr: cidr("10.1.0.1/32") };
    pair.a
        .run(|| {
            let mut netlink = Netlink::open().unwrap();
            assert_eq!(netlink.apply(&[lease(100), lease(5000)]).unwrap(), []);
        })
        .unwrap();
    let shown = ip_addresses(&pair.a, "eth0");
    let address = shown.iter().find(|entry| entry["local"] == "10.1.0.1").unwrap();
    assert!(address["valid_life_time"].as_u64().unwrap() > 4000, "{address}");
    let gone = AddressOp::Remove { ifindex: IfIndex(9999), cidr: cidr("10.1.0.1/32") };
    pair.a
        .run(|| {
            let mut netlink = Netlink::open().unwrap();
            let failed = netlink.apply(&[remove.clone(), remove, gone]).unwrap();
            assert_eq!(failed, [(1, libc::EADDRNOTAVAIL), (2, libc::ENODEV)]);
        })
        .unwrap();
    assert_eq!(ip_addresses(&pair.a, "eth0").len(), 2);
}

fn failures_name_their_operation() {
    const EINVAL: i32 = 22;
    const ENODEV: i32 = 19;
    let pair = Pair::new();
    let eth0 = index(&pair.a, "eth0");
    let mut ops: Vec<_> = many(250).iter().map(|c| AddressOp::Add(spec(eth0, &c.to_string()))).collect();
    // In the middle of a chunk, at its end, and at the end of all.
    ops[120] = AddressOp::Add(spec(IfIndex(9999), "10.9.0.1/32"));
    ops[199] = AddressOp::Add(AddressSpec { valid_lft_secs: 0, ..spec(eth0, "10.9.0.2/32") });
    ops[249] = AddressOp::Add(spec(IfIndex(9999), "10.9.0.3/32"));
    let failed = pair.a.run(|| Netlink::open().unwrap().apply(&ops)).unwrap().unwrap();
    assert_eq!(failed, [(120, ENODEV), (199, EINVAL), (249, ENODEV)]);
    assert_eq!(ip_addresses(&pair.a, "eth0").len(), 2 + 247);
}

fn addresses_with_a_peer_come_and_go() {
    let pair = Pair::new();
    let eth0 = index(&pair.a, "eth0");
    for (local, peer) in [("10.1.0.1/32", "10.2.0.0/24"), ("2001:db8::1/128", "2001:db8:1::/64")] {
        let wanted = AddressSpec { peer: Some(cidr(peer)), ..spec(eth0, local) };
        let added = pair.a.run(|| Netlink::open().unwrap().apply(&[AddressOp::Add(wanted)]));
        assert_eq!(added.unwrap().unwrap(), []);
        let shown = ip_addresses(&pair.a, "eth0");
        let (local, peer) = (cidr(local), cidr(peer));
        let entry = shown.iter().find(|entry| entry["local"] == local.addr.to_string()).unwrap();
        assert_eq!(entry["address"], peer.addr.to_string());
        assert_eq!(entry["prefixlen"], peer.prefix_len);
        // Another process, which knows the peer only from the dump.
        pair.a
            .run(|| {
                let mut netlink = Netlink::open().unwrap();
                assert!(resync(&mut netlink).1.iter().any(|a| a.cidr == local && a.ours));
                let remove = AddressOp::Remove { ifindex: eth0, cidr: local };
                assert_eq!(netlink.apply(&[remove]).unwrap(), []);
            })
            .unwrap();
        assert_eq!(ip_addresses(&pair.a, "eth0").len(), 2);
    }
}

fn foreign_addresses_are_not_ours() {
    let pair = Pair::new();
    ip(&pair.a, "address add 10.1.0.1/24 dev eth0");
    let ours = AddressOp::Add(spec(index(&pair.a, "eth0"), "10.1.0.2/24"));
    let (_, addresses) = pair
        .a
        .run(|| {
            let mut netlink = Netlink::open().unwrap();
            assert_eq!(netlink.apply(&[ours]).unwrap(), []);
            resync(&mut netlink)
        })
        .unwrap();
    let find = |text: &str| addresses.iter().find(|a| a.cidr == cidr(text)).unwrap();
    assert!(!find("10.1.0.1/24").ours && !find("10.1.0.1/24").secondary);
    assert!(find("10.1.0.2/24").ours && find("10.1.0.2/24").secondary);
    assert_eq!(find("127.0.0.1/8").scope, Scope::HOST);
    assert_eq!(find("fe80::1/64").scope, Scope::LINK);
}

/// Events until `enough`.
fn events(netlink: &mut Netlink, mut enough: impl FnMut(&[Input<'static>]) -> bool) -> Vec<Input<'static>> {
    let mut seen = Vec::new();
    let done = until(|| {
        netlink.read_events(64, &mut |input| seen.push(input)).unwrap();
        enough(&seen)
    });
    assert!(done, "{seen:?}");
    seen
}

fn every_change_is_told() {
    let pair = Pair::new();
    let eth0 = index(&pair.a, "eth0");
    let mut netlink = pair.a.run(Netlink::open).unwrap().unwrap();
    let (links, _) = resync(&mut netlink);
    let link = links.iter().find(|l| l.name == "eth0").unwrap();
    assert!(link.up && link.arp && link.mtu == 1500 && link.ifindex == eth0);
    assert_eq!(link.mac, crate::net::mac(&pair.a, "eth0"));
    assert!(links.iter().any(|l| l.name == "lo" && !l.arp));

    ip(&pair.a, "address add 10.1.0.1/24 dev eth0");
    ip(&pair.a, "address del 10.1.0.1/24 dev eth0");
    events(&mut netlink, |seen| {
        let at = |wanted: &dyn Fn(&Input<'_>) -> bool| seen.iter().position(wanted);
        let come = at(&|i| matches!(i, Input::Address(a) if a.cidr == cidr("10.1.0.1/24") && !a.ours));
        let gone = at(
            &|i| matches!(i, Input::AddressGone { ifindex, cidr: c } if *ifindex == eth0 && *c == cidr("10.1.0.1/24")),
        );
        come.is_some() && gone.is_some() && come < gone
    });
    // The other end of the cable goes down: no carrier here.
    ip(&pair.b, "link set eth0 down");
    events(&mut netlink, |seen| {
        seen.iter().any(|i| matches!(i, Input::Link(l) if l.ifindex == eth0 && !l.up))
    });
    ip(&pair.a, "link set eth0 name wan");
    events(&mut netlink, |seen| seen.iter().any(|i| matches!(i, Input::Link(l) if l.name == "wan")));
    // Leaving a bridge is told like the end of a link, in another address family.
    ip(&pair.a, "link add br0 type bridge");
    ip(&pair.a, "link set wan master br0");
    ip(&pair.a, "link set wan nomaster");
    ip(&pair.a, "link set wan mtu 1400");
    let seen = events(&mut netlink, |seen| seen.iter().any(|i| matches!(i, Input::Link(l) if l.mtu == 1400)));
    assert!(!seen.iter().any(|i| matches!(i, Input::LinkGone(_))), "{seen:?}");
    ip(&pair.a, "link del wan");
    events(&mut netlink, |seen| seen.iter().any(|i| matches!(i, Input::LinkGone(i) if *i == eth0)));
}

/// Removing the first address of a subnet takes the others with it (promote_secondaries is off by default).
fn own_additions_are_not_told_again_but_every_removal_is() {
    let ns = host();
    let lo = index(&ns, "lo");
    ns.run(|| {
        let mut netlink = Netlink::open().unwrap();
        let add = |c| AddressOp::Add(spec(lo, c));
        let remove = AddressOp::Remove { ifindex: lo, cidr: cidr("10.1.0.1/24") };
        assert_eq!(netlink.apply(&[add("10.1.0.1/24"), add("10.1.0.2/24"), remove]).unwrap(), []);
        let gone = |i: &Input<'_>| {
            if let Input::AddressGone { cidr, .. } = i { Some(cidr.to_string()) } else { None }
        };
        let seen = events(&mut netlink, |seen| seen.len() >= 2);
        let mut removed: Vec<_> = seen.iter().filter_map(gone).collect();
        removed.sort();
        assert_eq!((removed, seen.len()), (vec!["10.1.0.1/24".into(), "10.1.0.2/24".into()], 2));
    })
    .unwrap();
}

fn an_overrun_is_told_and_a_dump_repairs_it() {
    let ns = host();
    let lo = index(&ns, "lo");
    ns.run(|| {
        let mut netlink = Netlink::with_monitor_buffer(4096).unwrap();
        let mut other = Netlink::open().unwrap();
        let wanted = many(500);
        let adds: Vec<_> = wanted.iter().map(|c| AddressOp::Add(spec(lo, &c.to_string()))).collect();
        assert_eq!(other.apply(&adds).unwrap(), []);
        let mut seen = 0;
        let overrun = loop {
            match netlink.read_events(64, &mut |_| seen += 1) {
                Ok(()) => {}
                Err(e) => break e,
            }
        };
        assert!(matches!(overrun, MonitorError::Overrun), "{overrun}");
        let (_, addresses) = resync(&mut netlink);
        assert_eq!(addresses.iter().filter(|a| a.ours).count(), 500);
        // And life goes on.
        assert_eq!(other.apply(&[AddressOp::Add(spec(lo, "10.99.0.1/32"))]).unwrap(), []);
        let seen = events(&mut netlink, |seen| !seen.is_empty());
        assert!(
            matches!(&seen[..], [Input::Address(a)] if a.cidr == cidr("10.99.0.1/32") && a.ours),
            "{seen:?}"
        );
    })
    .unwrap();
}
