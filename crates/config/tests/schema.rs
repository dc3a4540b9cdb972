//! The published schema says what `vipd show-config --json` prints.

use config::{Options, load};
use serde_json::{Value, json};

const FULL: &str = "global_defs {
 router_id a
 notification_email {
  ops@example.org
 }
 smtp_server 192.0.2.25 2525
 vrrp_no_swap
 vrrp_priority -5
}
vipd {
 vip_lease 10
}
vrrp_instance V4 {
 interface eth0
 virtual_router_id 51
 priority 150
 advert_int 2
 authentication {
  auth_type PASS
  auth_pass secret
 }
 track_interface {
  eth1 weight -20
 }
 virtual_ipaddress {
  192.0.2.10/24 brd + label eth0:1
  192.0.2.11/24 dev eth1 scope link
 }
 virtual_routes {
  198.51.100.0/24 via 192.0.2.9 dev eth1 mtu lock 1400 congctl bbr no_track
  203.0.113.0/24 table 100 nexthop via 192.0.2.9 weight 2 nexthop encap ip dst 192.0.2.7 id 5 dev eth1
  2001:db8:1::/48 encap mpls 16/17 via fe80::9 dev eth1 expires 60 pref high
 }
 virtual_rules {
  from 198.51.100.0/24 table 100 preference 100
  fwmark 1/3 iif eth1 ipproto udp dport 53 goto 200 preference 101
 }
}
static_ipaddress {
 192.0.2.77/24 dev eth0
}
static_routes {
 blackhole 198.51.100.0/24 track_group G
}
static_rules {
 not from 192.0.2.0/24 unreachable preference 102
}
track_group G {
 group {
  V4
 }
}
vrrp_instance V6 {
 interface eth0
 virtual_router_id 52
 virtual_ipaddress {
  fe80::1
  2001:db8::1/64 preferred_lft 0
 }
 virtual_ipaddress_excluded {
  192.0.2.12
 }
}
";

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/vipd.schema.json"))
        .expect("docs/vipd.schema.json is JSON")
}

fn printed(text: &str) -> Value {
    let loaded = load("k.conf", text.as_bytes(), &Options::default());
    assert_eq!(loaded.errors(), 0, "{:?}", loaded.diagnostics);
    serde_json::to_value(&loaded.model).expect("a model can be written as JSON")
}

#[test]
fn it_is_a_schema_in_which_everything_is_explained() {
    let schema = schema();
    assert!(jsonschema::meta::is_valid(&schema));
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        // `Duration` is the standard library's.
        assert!(name == "Duration" || definition["description"].is_string(), "{name}");
        for (field, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(name == "Duration" || property["description"].is_string(), "{name}.{field}");
        }
    }
}

#[test]
fn what_is_printed_fits_it() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for text in ["", FULL] {
        let value = printed(text);
        let wrong: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    assert_eq!(printed(FULL)["instances"].as_array().map(Vec::len), Some(2));
}

#[test]
fn every_field_that_is_printed_is_in_it() {
    let schema = schema();
    let names = |definition: &Value| -> Vec<String> {
        definition["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let keys = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let value = printed(FULL);
    assert_eq!(keys(&value), names(&schema));
    assert_eq!(keys(&value["global"]), names(&schema["$defs"]["Global"]));
    assert_eq!(keys(&value["instances"][0]), names(&schema["$defs"]["Instance"]));
    assert_eq!(keys(&value["instances"][0]["addresses"][0]), names(&schema["$defs"]["VirtualAddress"]));
    assert_eq!(keys(&value["instances"][0]["routes"][0]["route"]), names(&schema["$defs"]["Route"]));
    assert_eq!(keys(&value["instances"][0]["rules"][0]["rule"]), names(&schema["$defs"]["Rule"]));
    assert_eq!(keys(&value["statics"]), names(&schema["$defs"]["Statics"]));
}

#[test]
fn what_cannot_be_printed_does_not_fit_it() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let wrong: [fn(&mut Value); 5] = [
        |value| value["instances"][0]["vrid"] = json!(0),
        |value| value["instances"][0]["interval"] = json!(25_501),
        |value| value["instances"][0]["family"] = json!("IPX"),
        |value| value["global"]["router_id"] = json!(7),
        |value| {
            value["instances"][0].as_object_mut().unwrap().remove("addresses");
        },
    ];
    for (index, change) in wrong.iter().enumerate() {
        let mut value = printed(FULL);
        change(&mut value);
        assert!(!validator.is_valid(&value), "{index}");
    }
}
