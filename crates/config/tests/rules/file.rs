//! What a file alone tells.

use super::{Case, WEIGHT, g, group, other, v, v6, w};

pub(super) fn cases() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    vec![
        case("V0601", v("state MASTER"), "4:1", "state MASTER", v("state MASTER\npriority 255")),
        case(
            "V0602",
            v("priority 255\nstate BACKUP"),
            "5:1",
            "state BACKUP",
            v("priority 254\nstate BACKUP"),
        ),
        case(
            "V0603",
            v(&format!("priority 254\n{WEIGHT}")),
            "6:1",
            "eth1 weight 10",
            v(&format!("priority 253\n{WEIGHT}")),
        ),
        case(
            "V0603",
            v(&format!("priority 255\n{WEIGHT}")),
            "6:1",
            "eth1 weight 10",
            v("priority 255\ntrack_interface {\neth1\n}"),
        ),
        case(
            "V0603",
            v(&format!("priority 1\n{WEIGHT} reverse").replace("10\n} reverse", "10 reverse\n}")),
            "6:1",
            "eth1 weight 10 reverse",
            v(&format!("priority 1\n{WEIGHT}")),
        ),
        case(
            "V0604",
            v("garp_lower_prio_delay 0"),
            "4:1",
            "garp_lower_prio_delay 0",
            v("garp_lower_prio_delay 1"),
        ),
        case(
            "V0604",
            g("vrrp_garp_lower_prio_delay 0") + &v("") + &w("").replace("2.9", "2.8"),
            "2:1",
            "vrrp_garp_lower_prio_delay 0",
            g("vrrp_garp_lower_prio_delay 0") + &v("garp_lower_prio_delay 5"),
        ),
        case(
            "V0605",
            v("garp_master_refresh_repeat 2"),
            "4:1",
            "garp_master_refresh_repeat 2",
            v("garp_master_refresh_repeat 2\ngarp_master_refresh 60"),
        ),
        case(
            "V0605",
            v("garp_lower_prio_delay 3\ngarp_lower_prio_repeat 0"),
            "4:1",
            "garp_lower_prio_delay 3",
            v("garp_lower_prio_delay 3\ngarp_lower_prio_repeat 1"),
        ),
        case("V0605", v("vmac_xmit_base"), "4:1", "vmac_xmit_base", v("vmac_xmit_base\nuse_vmac")),
        case(
            "V0621",
            v("") + &other().replace("eth0", "eth1") + &group("track_interface {\neth0\n}"),
            "23:1",
            "eth0",
            v("") + &other().replace("eth0", "eth1") + &group("track_interface {\neth9\n}"),
        ),
        case(
            "V0605",
            v("preempt_delay 3\npriority 1"),
            "4:1",
            "preempt_delay 3",
            v("preempt_delay 3\npriority 2"),
        ),
        case(
            "V0605",
            v("down_timer_adverts 4\npriority 255"),
            "4:1",
            "down_timer_adverts 4",
            v("down_timer_adverts 4\npriority 254"),
        ),
        case(
            "V0606",
            g("vrrp_startup_delay 61") + &v(""),
            "2:1",
            "vrrp_startup_delay 61",
            g("vrrp_startup_delay 60") + &v(""),
        ),
    ]
}

pub(super) fn more_cases() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    let server = |name: &str| g(&format!("smtp_server {name}\nnotification_email {{\na@example.com\n}}"));
    let mail = server("192.0.2.1");
    vec![
        case("V0613", server("192.0.2.300"), "2:1", "smtp_server 192.0.2.300", server("mail_1.example.com.")),
        case("V0613", server("mail..example"), "2:1", "smtp_server mail..example", server("2001:db8::25")),
        case(
            "V0613",
            server("-mail.example 26"),
            "2:1",
            "smtp_server -mail.example 26",
            server("localhost 26"),
        ),
        case("V0607", v("smtp_alert"), "4:1", "smtp_alert", mail + &v("smtp_alert")),
        case(
            "V0607",
            g("smtp_alert") + &v(""),
            "2:1",
            "smtp_alert",
            g("smtp_alert off") + &v("smtp_alert off"),
        ),
        case(
            "V0608",
            v("mcast_dst_ip 239.1.1.1"),
            "4:1",
            "mcast_dst_ip 239.1.1.1",
            v("mcast_dst_ip 224.0.0.200"),
        ),
        case(
            "V0608",
            g("vrrp_mcast_group6 ff05::12") + &v6(1),
            "2:1",
            "vrrp_mcast_group6 ff05::12",
            g("vrrp_mcast_group6 ff05::12") + &v(""),
        ),
        case(
            "V0609",
            v("unicast_peer {\n192.0.2.2\n}"),
            "4:1",
            "unicast_peer",
            v("unicast_peer {\n192.0.2.2 min_ttl 255\n}"),
        ),
        case(
            "V0609",
            v("unicast_peer {\n192.0.2.2 min_ttl 255\n192.0.2.3\n}"),
            "4:1",
            "unicast_peer",
            v("unicast_peer {\n192.0.2.2\n}\nauthentication {\nauth_type PASS\nauth_pass x\n}"),
        ),
        // 40 + 8 + 16 n <= 1500: 90 addresses fit.
        case("V0610", v6(91), "5:1", "virtual_ipaddress", v6(90)),
        case(
            "V0611",
            group("") + &v(WEIGHT) + &other(),
            "12:1",
            "eth1 weight 10",
            group("sync_group_tracking_weight") + &v(WEIGHT) + &other(),
        ),
        case(
            "V0611",
            group(WEIGHT) + &v("priority 255\nstate MASTER") + &other(),
            "7:1",
            "eth1 weight 10",
            group(WEIGHT) + &v("priority 254") + &other(),
        ),
        case(
            "V0612",
            v("") + &w(""),
            "14:1",
            "192.0.2.9",
            v("") + &w("").replace("192.0.2.9", "192.0.2.9 dev eth1"),
        ),
    ]
}
