//! `vrrp_strict` and `strict_mode`. What comes of each line is what the JSON dump of keepalived 2.2.7 shows for the same file,
//! except owner_ignore_adverts, which is younger (RFC 9568 section 6.4.3), and `auth_hmac`.

use std::time::Duration;

use config::model::{Authentication, HmacMode, Instance};
use config::{Loaded, Options, load};
use types::Priority;

const VIP: &str = "virtual_ipaddress {\n192.0.2.100\n}\n";

fn read(global: &str, lines: &str) -> Loaded {
    let text = format!(
        "global_defs {{\nvrrp_strict\n{global}\n}}\nvrrp_instance V {{\ninterface eth0\nvirtual_router_id 51\n{lines}\n}}\n"
    );
    load("t.conf", text.as_bytes(), &Options::of("node1"))
}

/// The instance, and how often something was said about strict mode.
fn strict(global: &str, lines: &str) -> (Instance, usize) {
    let mut loaded = read(global, &format!("{lines}\n{VIP}"));
    assert_eq!(loaded.errors(), 0, "{lines}");
    let said = loaded.diagnostics.iter().filter(|d| d.id.code == "V0425").count();
    (loaded.model.instances.remove(0), said)
}

#[test]
fn what_goes_against_the_rfcs_is_taken_back_and_said() {
    let lines = "priority 100\npreempt_delay 4\nlower_prio_no_advert off\nhigher_prio_send_advert\n\
        down_timer_adverts 5\ngarp_lower_prio_repeat 3\ngarp_lower_prio_delay 4\nstate MASTER\n\
        authentication {\nauth_type PASS\nauth_pass x\n}\naccept\nowner_ignore_adverts off";
    let (instance, said) = strict("", lines);
    // preempt_delay had no effect before, because of `state MASTER`.
    assert_eq!(said, 9);
    assert_eq!(instance.preempt_delay, Duration::ZERO);
    assert!(instance.strict && instance.lower_prio_no_advert && !instance.higher_prio_send_advert);
    assert!(instance.owner_ignore_adverts && instance.no_accept && !instance.start_as_master);
    assert_eq!(instance.down_timer_adverts, 3);
    assert_eq!((instance.garp.lower_prio_repeat, instance.garp.lower_prio_delay), (0, Duration::ZERO));
    assert_eq!((instance.garp.repeat, instance.garp.delay), (5, Duration::from_secs(5)));
    assert_eq!(instance.authentication, Authentication::None);
    assert_eq!(strict("", "priority 100\npreempt_delay 4").1, 1);
}

#[test]
fn globals_give_way_silently() {
    let global = "vrrp_lower_prio_no_advert off\nvrrp_higher_prio_send_advert on\n\
        vrrp_garp_lower_prio_repeat 3\nvrrp_garp_lower_prio_delay 3";
    let (instance, said) = strict(global, "priority 100");
    assert_eq!(said, 0);
    assert!(instance.lower_prio_no_advert && !instance.higher_prio_send_advert);
    assert_eq!((instance.garp.lower_prio_repeat, instance.garp.lower_prio_delay), (0, Duration::ZERO));
    // This one keepalived says, too.
    let (instance, said) = strict("vrrp_down_timer_adverts 5", "");
    assert_eq!((instance.down_timer_adverts, said), (3, 1));
}

#[test]
fn master_exactly_with_priority_255() {
    for (lines, priority, master, said) in [
        ("priority 100", 100, false, 0),
        ("priority 100\nstate BACKUP", 100, false, 0),
        ("priority 100\nstate MASTER", 100, false, 1),
        ("priority 255", 255, true, 0),
        ("priority 255\nstate BACKUP", 255, true, 1),
        ("state MASTER", 255, true, 0),
    ] {
        let (instance, count) = strict("", lines);
        assert_eq!(
            (instance.priority, instance.start_as_master, count),
            (Priority(priority), master, said),
            "{lines}"
        );
    }
}

#[test]
fn accept_mode_is_off_unless_version_3_asks_for_it_or_the_addresses_are_owned() {
    for (version, lines, no_accept, said) in [
        (2, "", true, 0),
        (3, "", true, 0),
        (2, "accept", true, 1),
        (3, "accept", false, 0),
        (3, "no_accept", true, 0),
        (2, "priority 255", false, 0),
        (2, "priority 255\naccept", false, 0),
        (2, "strict_mode off", false, 0),
    ] {
        let (instance, count) = strict(&format!("vrrp_version {version}"), lines);
        assert_eq!((instance.drops_packets(), count), (no_accept, said), "version {version}: {lines}");
        // What the dump as JSON says: keepalived 2.2.7 has `accept` 1 for an owner.
        assert_eq!(instance.no_accept, no_accept, "version {version}: {lines}");
    }
}

#[test]
fn virtual_mac_addresses_are_those_of_the_rfc_and_advertise() {
    let (instance, said) = strict("", "use_vmac 02:00:00:00:00:01\nvmac_xmit_base");
    assert_eq!(said, 2);
    let mac = config::model::Vmac::rfc_mac(instance.family, instance.vrid);
    assert_eq!(mac.to_string(), "00:00:5e:00:01:33");
    assert_eq!(instance.vmacs[0].kind, config::model::VmacKind::Macvlan { mac });
    assert_eq!(instance.advertise_on.as_deref(), Some("vrrp.51"));
    assert_eq!(strict("", "use_vmac 00:00:5e:00:01:33").1, 0, "this is the one of the RFC");
}

/// keepalived.conf(5) says that they are not allowed, and 2.2.7 sends to them.
#[test]
fn unicast_peers_are_kept_and_warned_of() {
    let (instance, said) = strict("", "unicast_peer {\n192.0.2.2\n}");
    assert_eq!(said, 1);
    assert_eq!(instance.unicast.unwrap().peers.len(), 1);
}

#[test]
fn auth_hmac_is_enforced() {
    let hmac = |mode| {
        let lines = format!("auth_hmac {{\nkey 1 0123456789abcdef0123456789abcdef\n{mode}\n}}");
        let (instance, said) = strict("", &lines);
        let Authentication::Hmac(hmac) = instance.authentication else { panic!("{lines}") };
        (hmac.mode, said)
    };
    assert_eq!(hmac(""), (HmacMode::Enforce, 0));
    assert_eq!(hmac("mode enforce"), (HmacMode::Enforce, 0));
    assert_eq!(hmac("mode permissive"), (HmacMode::Enforce, 1));
    assert_eq!(hmac("mode receive-only"), (HmacMode::Enforce, 1));
}

#[test]
fn without_an_address_it_is_not_started() {
    let loaded = read("", "no_virtual_ipaddress\nvirtual_ipaddress_excluded {\n192.0.2.7\n}");
    assert_eq!((loaded.model.instances.len(), loaded.errors()), (0, 1));
    assert!(!loaded.is_usable());
}

#[test]
fn an_instance_says_for_itself_whether_it_is_strict() {
    let (instance, said) = strict("", "strict_mode off\npreempt_delay 4\nhigher_prio_send_advert");
    assert_eq!((said, instance.strict, instance.preempt_delay), (0, false, Duration::from_secs(4)));
    assert!(instance.higher_prio_send_advert && !instance.no_accept && !instance.owner_ignore_adverts);
    assert!(strict("vrrp_strict off", "strict_mode").0.strict);
    assert!(!strict("vrrp_strict off", "").0.strict);
}
