//! Instances without `interface`, which unicast permits (keepalived.conf(5), `interface` and `vrf`).

#![allow(clippy::unwrap_used, reason = "a test that finds something else fails")]

use config::model::Model;
use config::{Options, load};

const PEER: &str = "unicast_peer {\n198.51.100.2\n}\n";
const SOURCE: &str = "unicast_src_ip 198.51.100.1\n";
const ADDRESS: &str = "virtual_ipaddress {\n192.0.2.1/24 dev eth1\n}\n";

/// The instance with these lines, and what is said of it but that unicast is unprotected.
fn one(lines: &[&str]) -> (Model, Vec<&'static str>) {
    read(&format!("vrrp_instance V {{\nvirtual_router_id 51\n{}}}\n", lines.concat()))
}

fn read(text: &str) -> (Model, Vec<&'static str>) {
    let loaded = load("keepalived.conf", text.as_bytes(), &Options::default());
    let found = loaded.diagnostics.iter().map(|diagnostic| diagnostic.id.code);
    (loaded.model, found.filter(|code| *code != "V0609").collect())
}

#[test]
fn peers_and_a_source_replace_the_interface() {
    let (model, found) = one(&[SOURCE, PEER, ADDRESS]);
    assert_eq!(found, Vec::<&str>::new());
    let instance = &model.instances[0];
    assert_eq!((&instance.interface, &instance.vrf), (&None, &None));
    assert_eq!(instance.source, Some("198.51.100.1".parse().unwrap()));
    assert_eq!(instance.addresses[0].interface.as_deref(), Some("eth1"));
    let (model, found) = one(&["mcast_src_ip 198.51.100.1\n", PEER, ADDRESS]);
    assert_eq!((model.instances.len(), found), (1, vec![]), "the source may have its other name");
    let (model, found) = one(&["vrf blue\n", SOURCE, PEER, ADDRESS]);
    assert_eq!((model.instances[0].vrf.as_deref(), found), (Some("blue"), vec![]));
    let (model, _) = one(&[SOURCE, "unicast_fault_no_peer\n", ADDRESS]);
    assert!(model.instances[0].unicast.as_ref().unwrap().peers.is_empty(), "in FAULT until there is a peer");
}

#[test]
fn nothing_else_does() {
    for (lines, code) in [
        (&[ADDRESS][..], "V0402"),
        (&[SOURCE, ADDRESS], "V0402"),
        (&["vrf blue\n", ADDRESS], "V0402"),
        (&[SOURCE, "unicast_peer {\n2001:db8::2\n}\n", ADDRESS], "V0402"),
        (&[PEER, ADDRESS], "V0427"),
        (&["interface lo\n", SOURCE, PEER, ADDRESS], "V0422"),
        (
            &[
                "unicast_src_ip fe80::1\nunicast_peer {\n2001:db8::2\n}\nvirtual_ipaddress {\nfe80::3 dev eth1\n}\n",
            ],
            "V0427",
        ),
        (
            &[
                "unicast_src_ip 2001:db8::1\nunicast_peer {\nfe80::2\n}\nvirtual_ipaddress {\nfe80::3 dev eth1\n}\n",
            ],
            "V0427",
        ),
    ] {
        let (model, found) = one(lines);
        assert!(model.instances.is_empty() && found.contains(&code), "{lines:?}: {found:?}");
    }
}

#[test]
fn an_address_without_dev_goes_to_the_default_interface() {
    let lines = [SOURCE, PEER, "virtual_ipaddress {\n192.0.2.1/24\n192.0.2.2 dev eth1\n}\n"];
    let (model, found) = one(&lines);
    let on = |model: &Model| {
        model.instances[0].all_addresses().map(|a| a.interface.clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((on(&model), found), (vec!["eth0".to_owned(), "eth1".to_owned()], vec!["V0428"]));
    let text = format!(
        "global_defs {{\ndefault_interface lan0\n}}\nvrrp_instance V {{\nvirtual_router_id 51\n{}}}\n",
        lines.concat()
    );
    assert_eq!(on(&read(&text).0), ["lan0", "eth1"]);
}

#[test]
fn what_needs_an_interface_has_no_effect_without() {
    let (model, found) = one(&["use_vmac\n", SOURCE, PEER, ADDRESS]);
    assert_eq!((model.instances[0].vmacs.len(), found), (0, vec!["V0605"]));
    let (model, found) = one(&["interface eth0\nvrf blue\n", SOURCE, PEER, ADDRESS]);
    assert_eq!((model.instances[0].interface.as_deref(), found), (Some("eth0"), vec!["V0605"]));
    assert_eq!(model.instances[0].vrf, None);
    let (model, found) = one(&["use_vmac_addr\n", SOURCE, PEER, ADDRESS]);
    assert_eq!(found, Vec::<&str>::new());
    assert_eq!(model.instances[0].vmacs[0].base, "eth1");
}

#[test]
fn one_number_and_peer_may_be_used_once_in_each_place() {
    let instance = |name: &str, more: &str| {
        format!(
            "vrrp_instance {name} {{\nvirtual_router_id 51\n{SOURCE}{more}{PEER}virtual_ipaddress {{\n{name} dev eth1\n}}\n}}\n"
        )
    };
    let names = |text: &str| read(text).0.instances.into_iter().map(|i| i.name).collect::<Vec<_>>();
    let apart = [("192.0.2.1", ""), ("192.0.2.2", "vrf blue\n"), ("192.0.2.3", "interface eth0\n")];
    let text: String = apart.iter().map(|(name, more)| instance(name, more)).collect();
    assert_eq!(names(&text), ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    let again = format!("{text}{}", instance("192.0.2.4", "vrf blue\n"));
    assert_eq!(names(&again).len(), 3);
    assert!(read(&again).1.contains(&"V0404"));
}
