//! Names that must be defined, definitions that must be complete, and groups.

use super::{Case, g, group, guarded, other, script, v};

/// What is named and not there.
pub(super) fn references() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    let track = |what: &str, name: &str| v(&format!("{what} {{\n{name}\n}}"));
    let bfd = "bfd_instance s {\nneighbor_ip 192.0.2.2\n}\n";
    let file = "track_file s {\nfile /run/s\n}\n";
    let process = "vrrp_track_process s {\nprocess s\n}\n";
    vec![
        case(
            "V0615",
            track("track_script", "s"),
            "5:1",
            "s",
            guarded() + &script("") + &track("track_script", "s"),
        ),
        case("V0615", track("track_file", "s"), "5:1", "s", file.to_owned() + &track("track_file", "s")),
        case(
            "V0615",
            track("track_file", "s"),
            "5:1",
            "s",
            file.replace(" s ", " \"s\" ") + &track("track_file", "s"),
        ),
        case(
            "V0615",
            track("track_process", "s"),
            "5:1",
            "s",
            process.to_owned() + &track("track_process", "s"),
        ),
        case("V0615", track("track_bfd", "s"), "5:1", "s", bfd.to_owned() + &track("track_bfd", "s")),
        case(
            "V0615",
            group("track_bfd {\ns\n}") + &v("") + &other(),
            "7:1",
            "s",
            bfd.to_owned() + &group("track_bfd {\ns\n}") + &v("") + &other(),
        ),
        case(
            "V0615",
            group("").replace('W', "W\nX") + &v("") + &other(),
            "5:1",
            "X",
            group("") + &v("") + &other(),
        ),
        case(
            "V0615",
            "track_group T {\ngroup {\nX\n}\n}\n".to_owned() + &v(""),
            "3:1",
            "X",
            "track_group T {\ngroup {\nV\n}\n}\n".to_owned() + &v(""),
        ),
        case(
            "V0615",
            "static_ipaddress {\n192.0.2.7/24 dev eth0 track_group T\n}\n".to_owned(),
            "2:35",
            "T",
            "track_group T {\ngroup {\nV\n}\n}\nstatic_ipaddress {\n192.0.2.7/24 dev eth0 track_group T\n}\n"
                .to_owned()
                + &v(""),
        ),
    ]
}

/// What is there and not whole.
pub(super) fn definitions() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    let track = |what: &str, name: &str| v(&format!("{what} {{\n{name}\n}}"));
    let bfd = "bfd_instance s {\nneighbor_ip 192.0.2.2\n}\n";
    let file = "track_file s {\nfile /run/s\n}\n";
    let process = "vrrp_track_process s {\nprocess s\n}\n";
    vec![
        case(
            "V0616",
            track("track_file", "s") + file,
            "5:1",
            "s",
            file.to_owned() + &track("track_file", "s"),
        ),
        case(
            "V0617",
            "vrrp_script s {\ninterval 1\n}\n".to_owned(),
            "1:1",
            "vrrp_script s",
            guarded() + &script(""),
        ),
        case("V0617", "track_file s {\nweight 1\n}\n".to_owned(), "1:1", "track_file s", file.to_owned()),
        case(
            "V0617",
            "vrrp_track_process s {\n}\n".to_owned(),
            "1:1",
            "vrrp_track_process s",
            process.to_owned(),
        ),
        case(
            "V0629",
            bfd.replace("2.2\n", "2.2\nchecker\n") + &track("track_bfd", "s"),
            "9:1",
            "s",
            bfd.replace("2.2\n", "2.2\nchecker\nvrrp\n") + &track("track_bfd", "s"),
        ),
        case(
            "V0621",
            bfd.to_owned() + &track("track_bfd", "s\ns weight 3"),
            "9:1",
            "s",
            bfd.to_owned() + &track("track_bfd", "s weight 3"),
        ),
        case("V0628", file.to_owned() + file, "4:12", "s", file.to_owned() + &file.replace(" s", " t")),
        case(
            "V0624",
            g("notification_email {\n}"),
            "2:1",
            "notification_email",
            g("notification_email {\na@example.com\n}\nsmtp_server 192.0.2.1"),
        ),
        case(
            "V0624",
            "garp_group {\ninterface eth0\n}\n".to_owned(),
            "1:1",
            "garp_group",
            "garp_group {\ninterface eth0\ngarp_interval 0.1\n}\n".to_owned(),
        ),
    ]
}

/// Groups, routes and rules.
pub(super) fn groups() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    let peers = |lines: &str| v(&format!("{lines}\nunicast_peer {{\n192.0.2.2 min_ttl 255\n}}"));
    vec![
        case(
            "V0618",
            group("").replace("W\n", "") + &v(""),
            "1:1",
            "vrrp_sync_group G",
            group("") + &v("") + &other(),
        ),
        case("V0618", "vrrp_sync_group G {\n}\n".to_owned(), "1:1", "vrrp_sync_group G", String::new()),
        case(
            "V0619",
            group("").replace('W', "W\nV") + &v("") + &other(),
            "5:1",
            "V",
            group("") + &v("") + &other(),
        ),
        case(
            "V0620",
            group("") + &group("") + &v("") + &other(),
            "8:1",
            "vrrp_sync_group G",
            group("") + &v("") + &other(),
        ),
        case(
            "V0622",
            v("virtual_rules {\nfrom 192.0.2.9 lookup 100\n}"),
            "5:1",
            "from 192.0.2.9 lookup 100",
            v("virtual_rules {\nfrom 192.0.2.9 lookup 100 preference 9\n}"),
        ),
        case(
            "V0623",
            v("unicast_src_ip 192.0.2.1"),
            "4:1",
            "unicast_src_ip 192.0.2.1",
            peers("unicast_src_ip 192.0.2.1"),
        ),
        case(
            "V0627",
            v("virtual_routes {\n198.51.100.0/24 via 192.0.2.3\n}"),
            "5:1",
            "198.51.100.0/24 via 192.0.2.3",
            v(
                "virtual_routes {\n198.51.100.0/24 via 192.0.2.3 dev eth0\n192.0.2.128/25 via 192.0.2.3 no_track\n}",
            ),
        ),
    ]
}
