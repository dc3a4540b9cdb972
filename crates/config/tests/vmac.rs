//! `use_vmac` and its relatives. Names, bases and MAC addresses are those that keepalived 2.2.7 gives to these files.

use config::model::{Instance, IpvlanMode, Model, Vmac, VmacKind};
use config::{Options, load};

fn model(text: &str) -> (Model, Vec<String>) {
    let loaded = load("t.conf", text.as_bytes(), &Options::of(""));
    let lines = loaded.diagnostics.iter().map(|d| d.one_line(&loaded.sources)).collect();
    (loaded.model, lines)
}

fn instance(name: &str, vrid: u8, interface: &str, lines: &str) -> String {
    format!("vrrp_instance {name} {{\n interface {interface}\n virtual_router_id {vrid}\n {lines}\n}}\n")
}

fn vips(addresses: &str) -> String {
    format!("virtual_ipaddress {{\n {addresses}\n }}")
}

fn vmacs(instance: &Instance) -> Vec<String> {
    let show = |vmac: &Vmac| match vmac.kind {
        VmacKind::Macvlan { mac } => format!("{}@{} {mac}", vmac.name, vmac.base),
        VmacKind::Ipvlan { mode, address } => {
            let address = address.map(|address| address.to_string()).unwrap_or_default();
            format!("{}@{} {mode:?} {address}", vmac.name, vmac.base)
        }
    };
    instance.vmacs.iter().map(show).collect()
}

fn places(instance: &Instance) -> Vec<&str> {
    instance.all_addresses().map(|address| address.interface.as_deref().unwrap_or("-")).collect()
}

/// Found with keepalived 2.2.7: IPv6 stays on if there is any IPv6 address, and `promote_secondaries` is left out.
#[test]
fn what_is_set_on_the_interfaces() {
    let excluded = "virtual_ipaddress_excluded {\n 2001:db8::7/64 dev eth1\n }";
    let four = vips("192.0.2.9");
    for (lines, expected) in [
        (format!("use_vmac\n promote_secondaries\n {four}"), false),
        (format!("use_vmac\n promote_secondaries\n {four}\n {excluded}"), true),
        (format!("use_vmac\n promote_secondaries\n {}", vips("fe80::9/64")), true),
    ] {
        let (model, _) = model(&instance("A", 51, "eth0", &lines));
        let a = &model.instances[0];
        assert_eq!((a.vmacs[0].ipv6, a.promote_secondaries), (expected, false), "{lines}");
    }
}

#[test]
fn names_of_one_vrid_on_two_interfaces_in_both_families() {
    let text = [
        instance("A", 51, "eth0", &format!("use_vmac\n {}", vips("192.168.200.100/24"))),
        instance("B", 51, "eth0", &format!("use_vmac\n {}", vips("fe80::100/64"))),
        instance("C", 51, "eth1", &format!("use_vmac\n {}", vips("10.9.9.100/24"))),
        instance("D", 51, "eth1", &format!("use_vmac\n {}", vips("fe80::100/64"))),
    ];
    let (model, _) = model(&text.concat());
    let all: Vec<_> = model.instances.iter().flat_map(vmacs).collect();
    let expected = [
        "vrrp.51@eth0 00:00:5e:00:01:33",
        "vrrp6.51@eth0 00:00:5e:00:02:33",
        "vrrp1.51@eth1 00:00:5e:00:01:33",
        "vrrp2.51@eth1 00:00:5e:00:02:33",
    ];
    assert_eq!(all, expected);
    assert!(model.instances.iter().all(|i| i.advertise_on.as_ref() == Some(&i.vmacs[0].name)));
    assert!(model.instances.iter().all(|i| places(i) == [i.vmacs[0].name.as_str()]));
}

/// keepalived 2.2.7 takes `dev` with the instance's own interface as if it were not there; another family stays below.
#[test]
fn an_address_on_the_interface_of_the_instance_goes_to_the_virtual_one() {
    let addresses = "192.168.200.100/24 dev eth0\n 192.168.200.101/24\n 192.168.200.102/24 dev eth1";
    let excluded = "virtual_ipaddress_excluded {\n 192.168.200.103/24 dev eth0\n 2001:db8::1/64 dev eth0\n 2001:db8::2/64\n }";
    let text = instance("A", 51, "eth0", &format!("use_vmac\n {}\n {excluded}", vips(addresses)));
    let (model, _) = model(&text);
    assert_eq!(places(&model.instances[0]), ["vrrp.51", "vrrp.51", "eth1", "vrrp.51", "eth0", "-"]);
}

#[test]
fn use_vmac_addr_and_prefixes() {
    let lines = "192.168.200.100/24\n 10.9.9.100/24 dev eth1";
    let excluded = "virtual_ipaddress_excluded {\n fe80::100/64\n fe80::101/64 dev eth1\n }";
    let text = [
        "global_defs {\n vmac_prefix foo\n vmac_addr_prefix bar\n}\n".to_owned(),
        instance("A", 51, "eth0", &format!("use_vmac\n use_vmac_addr\n {}\n {excluded}", vips(lines))),
        instance(
            "B",
            52,
            "eth0",
            &format!("use_vmac_addr\n {}", vips("192.168.200.101/24\n 10.9.9.101/24 dev eth1")),
        ),
    ];
    let (model, _) = model(&text.concat());
    let [a, b] = model.instances.as_slice() else { panic!("two instances") };
    let expected = [
        "foo.51@eth0 00:00:5e:00:01:33",
        "bar.51@eth1 00:00:5e:00:01:33",
        "bar6.51@eth0 00:00:5e:00:02:33",
        "bar1.51@eth1 00:00:5e:00:02:33",
    ];
    assert_eq!(vmacs(a), expected);
    assert_eq!(places(a), ["foo.51", "bar.51", "bar6.51", "bar1.51"]);
    assert_eq!(vmacs(b), ["bar.52@eth1 00:00:5e:00:01:34"]);
    assert_eq!((places(b), b.advertise_on.as_deref()), (vec!["-", "bar.52"], None));
}

#[test]
fn use_vmac_of_single_addresses() {
    let excluded = "virtual_ipaddress_excluded {\n 2001:db8::100/64 use_vmac\n }";
    let lines = "192.168.200.100/24 use_vmac\n 192.168.200.101/24\n 10.9.9.100/24 dev eth1 use_vmac";
    let (model, _) = model(&instance("A", 51, "eth0", &format!("{}\n {excluded}", vips(lines))));
    assert_eq!(places(&model.instances[0]), ["vrrp.51", "-", "vrrp1.51", "vrrp6.51"]);
    assert_eq!(model.instances[0].advertise_on, None);
}

/// keepalived goes on with the RFC's address, or with a name of its own, and so do we.
#[test]
fn names_and_addresses_that_cannot_be() {
    let one = |name, vrid, words: &str| {
        instance(
            name,
            vrid,
            "eth0",
            &format!("use_vmac {words}\n {}", vips(&format!("192.168.200.{vrid}/24"))),
        )
    };
    let text = [
        one("A", 51, "mine 02:11:22:33:44 group 7"),
        one("B", 52, "mine"),
        one("C", 53, "00:00:5e:00:01:07"),
        one("D", 54, "01:00:5e:00:01:07"),
        one("E", 55, "eth0"),
        one("F", 56, "02:00:00:00:00:01\n vmac_xmit_base"),
    ];
    let (model, lines) = model(&text.concat());
    let all: Vec<_> = model.instances.iter().flat_map(vmacs).collect();
    let expected = [
        "mine@eth0 02:11:22:33:44:33",
        "vrrp.52@eth0 00:00:5e:00:01:34",
        "vrrp.53@eth0 00:00:5e:00:01:35",
        "vrrp.54@eth0 00:00:5e:00:01:36",
        "vrrp.55@eth0 00:00:5e:00:01:37",
        "vrrp.56@eth0 02:00:00:00:00:01",
    ];
    assert_eq!(all, expected);
    assert_eq!(model.instances[0].vmacs[0].group, 7);
    assert_eq!(model.instances[5].advertise_on, None);
    let adjusted: Vec<_> = lines.iter().filter(|line| line.contains("V0209")).collect();
    assert_eq!(adjusted.len(), 4, "{lines:?}");
}

/// Advertisements to single machines leave from the interface itself; the addresses move all the same.
#[test]
fn unicast_is_sent_from_the_base() {
    let lines = format!("use_vmac\n unicast_peer {{\n 192.168.200.9\n }}\n {}", vips("192.168.200.100/24"));
    let (model, _) = model(&instance("A", 51, "eth0", &lines));
    assert_eq!(model.instances[0].advertise_on, None);
    assert_eq!(places(&model.instances[0]), ["vrrp.51"]);
}

#[test]
fn an_owner_accepts() {
    let of = |priority| {
        instance("A", 51, "eth0", &format!("priority {priority}\n no_accept\n {}", vips("192.0.2.1")))
    };
    assert!(model(&of(254)).0.instances[0].drops_packets());
    assert!(!model(&of(255)).0.instances[0].drops_packets());
}

/// Interface, mode, address and source are those that keepalived 2.2.7 makes of these lines; virtual addresses stay where they
/// are.
#[test]
fn ipvlan() {
    let v4 = vips("192.168.200.100/24");
    let v6 = vips("fe80::1\n fd00::1/64");
    let cases = [
        (
            "use_ipvlan ipv1 192.168.200.140",
            &v4,
            "ipv1@eth0 Bridge 192.168.200.140/32",
            Some("192.168.200.140"),
        ),
        (
            "use_ipvlan 192.168.200.140/24 private",
            &v4,
            "vrrp.51@eth0 Private 192.168.200.140/24",
            Some("192.168.200.140"),
        ),
        (
            "use_ipvlan ipv1 vepa 192.168.200.140",
            &v4,
            "ipv1@eth0 Vepa 192.168.200.140/32",
            Some("192.168.200.140"),
        ),
        ("use_ipvlan ipv1", &v6, "ipv1@eth0 Bridge ", None),
        ("use_ipvlan ipv1 fe80::77", &v6, "ipv1@eth0 Bridge fe80::77/128", Some("fe80::77")),
    ];
    for (line, addresses, expected, source) in cases {
        let (model, found) = model(&instance("A", 51, "eth0", &format!("version 3\n {line}\n {addresses}")));
        let found: Vec<_> = found.iter().filter(|line| line.contains("ipvlan")).collect();
        assert!(found.is_empty(), "{line}: {found:?}");
        let own = &model.instances[0];
        assert_eq!(vmacs(own), [expected], "{line}");
        assert_eq!(own.source, source.map(|source| source.parse().unwrap()), "{line}");
        assert_eq!(own.advertise_on.as_deref(), Some(own.vmacs[0].name.as_str()));
        assert!(places(own).iter().all(|place| *place == "-"), "{line}");
    }
}

/// What keepalived 2.2.7 complains about, and runs in FAULT, is refused here; the rest of the file is not.
#[test]
fn ipvlan_that_cannot_be() {
    let good = instance("B", 52, "eth0", &vips("192.168.200.200/24"));
    for line in ["use_ipvlan", "use_ipvlan ipv1", "use_ipvlan fe80::5"] {
        let bad = instance("A", 51, "eth0", &format!("{line}\n {}", vips("192.168.200.100/24")));
        let (model, found) = model(&format!("{bad}{good}"));
        assert_eq!(model.instances.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["B"], "{line}");
        assert!(found.iter().any(|line| line.contains("V0430")), "{found:?}");
    }
    let lines = "use_ipvlan 192.168.200.140\n vmac_xmit_base";
    let (model, found) =
        model(&instance("A", 51, "eth0", &format!("{lines}\n {}", vips("192.168.200.100/24"))));
    assert!(found.iter().any(|line| line.contains("vmac_xmit_base")), "{found:?}");
    assert_eq!(model.instances[0].advertise_on.as_deref(), Some("vrrp.51"));
}

/// Advertisements to single machines leave from the base, so that answers come there.
#[test]
fn ipvlan_with_unicast() {
    let lines = format!(
        "use_ipvlan 192.168.200.140\n unicast_src_ip 192.168.200.128\n unicast_peer {{\n 192.168.200.129\n }}\n {}",
        vips("192.168.200.100/24")
    );
    let (model, _) = model(&instance("A", 51, "eth0", &lines));
    let own = &model.instances[0];
    assert_eq!((own.vmacs.len(), own.advertise_on.as_deref()), (1, None));
    assert_eq!(own.source.unwrap().to_string(), "192.168.200.128");
}

/// The kernel has one mode for each interface below: two would take turns for ever.
#[test]
fn ipvlans_of_one_interface_have_one_mode() {
    let ipvlan = |name: &str, vrid: u8, line: &str| {
        instance(name, vrid, "eth0", &format!("{line}\n {}", vips(&format!("192.168.200.{vrid}/24"))))
    };
    let a = ipvlan("A", 51, "use_ipvlan 192.168.200.140 private");
    let b = ipvlan("B", 52, "use_ipvlan 192.168.200.141 vepa");
    let (model, found) = model(&format!("{a}{b}"));
    let mode = |at: usize| match model.instances[at].vmacs[0].kind {
        VmacKind::Ipvlan { mode, .. } => Some(mode),
        VmacKind::Macvlan { .. } => None,
    };
    assert_eq!((mode(0), mode(1)), (Some(IpvlanMode::Private), Some(IpvlanMode::Private)));
    assert!(found.iter().any(|line| line.contains("V0209")), "{found:?}");
}
