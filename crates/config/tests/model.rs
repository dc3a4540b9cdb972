//! Files to models: what each line comes to. Expected values are those of keepalived 2.2.7's own dump (`-d`) for the
//! same text, or of RFC 9568, except where vipd has a setting of its own.

use std::net::IpAddr;
use std::time::Duration;

use config::model::{
    AddressFlags, AntiReplay, Authentication, Broadcast, Garp, Hmac, HmacMode, Instance, Model, PreferredLft,
    Scope, Secret, SourceKeyword, TrackInterface,
};
use config::{FileError, Files, Loaded, Options, load};
use types::{Family, Interval, Priority, Version, Vrid};

const SERVER_A: &str = "!This is keepalived config file
global_defs {
notification_email {
me@example.net
}
notification_email_from me@example.net
smtp_server 127.0.0.1
smtp_connect_timeout 30
lvs_id LVS_DEVEL_1
}
vrrp_instance VI_1 {
state MASTER
interface eth0
virtual_router_id 51
priority 100
advert_int 1
smtp_alert
authentication {
auth_type PASS
auth_pass 1111
}
virtual_ipaddress {
192.168.200.100
}
}
vrrp_instance VI_2 {
state BACKUP
interface eth0
virtual_router_id 52
priority 10
advert_int 1
smtp_alert
authentication {
auth_type PASS
auth_pass 1111
}
virtual_ipaddress {
192.168.200.200
}
}
";

fn read(text: &str) -> Loaded {
    load("t.conf", text.as_bytes(), &Options::of("node1"))
}

/// The model of a text that nothing is said about.
fn clean(text: &str) -> Model {
    let loaded = read(text);
    let lines: Vec<_> = loaded.diagnostics.iter().map(|d| d.one_line(&loaded.sources)).collect();
    assert!(lines.is_empty(), "{lines:#?}");
    loaded.model
}

/// The single instance with these lines added to the necessary ones.
fn instance(lines: &str) -> Instance {
    with_global("", lines)
}

fn with_global(global: &str, lines: &str) -> Instance {
    let text = format!(
        "global_defs {{\n{global}\n}}\nvrrp_instance V {{\ninterface eth0\nvirtual_router_id 7\n\
         virtual_ipaddress {{\n192.0.2.9\n}}\n{lines}\n}}\n"
    );
    let mut model = read(&text).model;
    assert_eq!(model.instances.len(), 1, "{text}");
    model.instances.remove(0)
}

#[test]
fn the_two_server_scenario() {
    let loaded = read(SERVER_A);
    let lines: Vec<_> = loaded.diagnostics.iter().map(|d| d.one_line(&loaded.sources)).collect();
    assert_eq!(lines, ["t.conf:9:1: hint[V0303]: `lvs_id` is deprecated: use `router_id`"]);
    assert!(loaded.is_usable());
    let Model { global, vipd, instances, sync_groups, interface_delays, bfd, statics, .. } = loaded.model;
    assert!(sync_groups.is_empty() && interface_delays.is_empty() && bfd.is_empty() && statics.is_empty());
    assert_eq!(global.router_id.as_deref(), Some("LVS_DEVEL_1"));
    let mail = global.mail.expect("a server and a recipient");
    assert_eq!((mail.server.as_str(), mail.port), ("127.0.0.1", 25));
    assert_eq!((mail.from.as_deref(), mail.to), (Some("me@example.net"), vec!["me@example.net".to_owned()]));
    assert_eq!((mail.connect_timeout, mail.helo_name), (Duration::from_secs(30), None));
    assert!(vipd.handover && vipd.vip_lease.is_none() && vipd.notify_retry.is_none());
    let [first, second] = &instances[..] else { panic!("two instances") };
    assert_eq!((first.name.as_str(), first.interface.as_deref()), ("VI_1", Some("eth0")));
    assert_eq!((first.vrid, first.priority), (Vrid::new(51).unwrap(), Priority(100)));
    assert!(first.start_as_master && !second.start_as_master);
    assert_eq!((first.family, first.version, first.interval), (Family::V4, Version::V2, Interval::DEFAULT));
    assert_eq!(first.authentication, Authentication::Pass(Secret(*b"1111\0\0\0\0")));
    assert_eq!(first.destination, "224.0.0.18".parse::<IpAddr>().unwrap());
    assert_eq!(first.addresses[0].cidr.to_string(), "192.168.200.100/32");
    assert_eq!((second.vrid, second.priority), (Vrid::new(52).unwrap(), Priority(10)));
    assert!(first.smtp_alert && second.smtp_alert);
}

#[test]
fn defaults_of_an_instance() {
    let i = instance("");
    assert_eq!((i.priority, i.version, i.interval), (Priority(100), Version::V2, Interval::DEFAULT));
    assert_eq!((i.down_timer_adverts, i.preempt, i.preempt_delay), (3, true, Duration::ZERO));
    assert_eq!(i.garp, Garp::default());
    assert!(!i.start_as_master && !i.smtp_alert && !i.track_source && !i.promote_secondaries);
    assert_eq!((i.authentication, i.source), (Authentication::None, None));
    let [vip] = &i.addresses[..] else { panic!("one address") };
    assert_eq!((vip.scope, vip.preferred_lft), (Scope::GLOBAL, PreferredLft::Default));
    assert_eq!((&vip.interface, &vip.label, vip.broadcast, vip.peer), (&None, &None, None, None));
    assert_eq!(vip.flags, AddressFlags::default());
}

#[test]
fn state_and_priority() {
    let election = |lines| {
        let i = instance(lines);
        (i.start_as_master, i.priority.0)
    };
    assert_eq!(election("state MASTER"), (true, 255), "no priority line: address owner");
    assert_eq!(election("state MASTER\npriority 100"), (true, 100));
    assert_eq!(election("priority 255"), (true, 255), "the owner begins as Master");
    assert_eq!(election("state BACKUP\npriority 255"), (false, 255));
    assert_eq!(election("state MASTER\npriority 300"), (true, 100), "a bad priority line makes no owner");
    assert_eq!(election("state MASTER\npriority"), (true, 100));
    assert_eq!(election("state SLAVE"), (false, 100));
    assert_eq!(election("state MASTER\nstate BACKUP\npriority 9"), (true, 9), "BACKUP does not undo MASTER");
}

#[test]
fn preemption() {
    let of = |lines| {
        let i = instance(lines);
        (i.preempt, i.preempt_delay.as_millis())
    };
    assert_eq!(of("nopreempt"), (false, 0));
    assert_eq!(of("nopreempt\npreempt"), (true, 0));
    assert_eq!(of("preempt_delay 4.12"), (true, 4120));
    assert_eq!(of("nopreempt\nstate MASTER\npriority 50"), (true, 0));
    assert_eq!(of("nopreempt\npriority 255"), (true, 0));
    assert_eq!(of("preempt_delay 10\nstate MASTER"), (true, 0));
    assert_eq!(of("preempt_delay 10\nnopreempt"), (false, 0));
}

#[test]
fn advertisement_intervals_become_what_the_version_carries() {
    let centis = |lines| instance(lines).interval.as_centis();
    assert_eq!(centis("advert_int 1.5"), 200, "version 2: whole seconds, as keepalived rounds");
    assert_eq!(centis("advert_int 0.4"), 100, "at least one second");
    assert_eq!(centis("advert_int 255"), 25_500);
    assert_eq!(centis("version 3\nadvert_int 0.01"), 1);
    assert_eq!(centis("version 3\nadvert_int 1.5"), 150);
    assert_eq!(centis("version 3\nadvert_int 0.116"), 12, "nearest hundredth");
    assert_eq!(centis("version 3\nadvert_int 50"), 4095);
    assert_eq!(centis("advert_int 300"), 100, "out of range: the default");
}

#[test]
fn globals_are_defaults_wherever_they_stand() {
    let text = "vrrp_instance V {\ninterface eth0\nvirtual_router_id 7\nvirtual_ipaddress { 192.0.2.9 }\n}\n\
                global_defs {\nvrrp_version 3\nvrrp_mcast_group4 224.0.0.99\nsmtp_alert\nsmtp_alert_vrrp off\n\
                vrrp_down_timer_adverts 5\nvrrp_lower_prio_no_advert\nvrrp_higher_prio_send_advert yes\n\
                vrrp_owner_ignore_adverts true\nv3_checksum_as_v2\nvrrp_skip_check_adv_addr on\n}\n";
    let model = clean(text);
    let i = &model.instances[0];
    assert_eq!((i.version, i.down_timer_adverts), (Version::V3, 5));
    assert_eq!(i.destination.to_string(), "224.0.0.99");
    assert!(i.lower_prio_no_advert && i.higher_prio_send_advert && i.owner_ignore_adverts);
    assert!(i.checksum_as_v2 && i.skip_check_adv_addr && !i.smtp_alert);
    let own = with_global("vrrp_version 3\nvrrp_lower_prio_no_advert", "version 2\nlower_prio_no_advert off");
    assert!(own.version == Version::V2 && !own.lower_prio_no_advert);
}

#[test]
fn announcements() {
    let secs = Duration::from_secs;
    let i = with_global("vrrp_garp_master_delay 7", "garp_master_delay 20\ngarp_master_repeat 3");
    assert_eq!((i.garp.delay, i.garp.repeat), (secs(20), 3));
    assert_eq!(
        (i.garp.lower_prio_delay, i.garp.lower_prio_repeat),
        (secs(7), 5),
        "from the globals, not the instance"
    );
    let least = with_global("vrrp_min_garp", "").garp;
    assert_eq!((least.repeat, least.delay, least.lower_prio_repeat), (1, Duration::ZERO, 1));
    let none =
        with_global("vrrp_garp_lower_prio_repeat 0\nvrrp_garp_interval 0\nvrrp_gna_interval 0.000001", "")
            .garp;
    assert_eq!((none.lower_prio_repeat, none.arp_interval), (0, Duration::ZERO));
    assert_eq!(none.na_interval, Duration::from_micros(1));
    let refresh = instance("garp_master_refresh 60\ngarp_master_refresh_repeat 2\ngarp_master_repeat 0").garp;
    assert_eq!((refresh.refresh, refresh.refresh_repeat, refresh.repeat), (secs(60), 2, 1));
}

#[test]
fn process_and_vipd_settings() {
    let model = clean(
        "global_defs {\nvrrp_priority -20\nvrrp_rt_priority 50\nvrrp_rlimit_rttime 20000\nvrrp_cpu_affinity 0 3\n\
         vrrp_no_swap\nvrrp_startup_delay 5.5\nvrrp_delay_after_boot 90\nlog_unknown_vrids\nno_email_faults\n}\n\
         vipd {\nhandover off\nvip_lease 10\nnotify_retry 5\n}\n",
    );
    let process = &model.global.process;
    assert_eq!((process.nice, process.rt_priority, process.rlimit_rttime_us), (Some(-20), Some(50), 20_000));
    assert_eq!((process.cpu_affinity.as_slice(), process.no_swap), ([0, 3].as_slice(), true));
    assert_eq!(model.global.startup_delay, Duration::from_millis(5500));
    let wait = |up: u64| model.global.wait_at_start(Duration::from_secs(up));
    assert_eq!(wait(10), Duration::from_secs(80), "the machine has just been started");
    assert_eq!(wait(85), Duration::from_millis(5500), "the longer one");
    assert_eq!(wait(1000), Duration::from_millis(5500));
    assert!(model.global.log_unknown_vrids && model.global.no_email_faults);
    assert_eq!((model.vipd.handover, model.vipd.vip_lease), (false, Some(Duration::from_secs(10))));
    assert_eq!(model.vipd.notify_retry, Some(Duration::from_secs(5)));
}

#[test]
fn mail_needs_a_server_and_a_recipient() {
    let mail = |lines: &str| read(&format!("global_defs {{\n{lines}\n}}\n")).model.global.mail;
    let to =
        "notification_email { a@example.net \"B <b@example.net>\" }\nnotification_email { c@example.net }";
    let full =
        mail(&format!("{to}\nsmtp_server mx.example.net 2525\nsmtp_connect_timeout 0\nsmtp_helo_name h"));
    let full = full.expect("complete");
    assert_eq!(full.to, ["a@example.net", "B <b@example.net>", "c@example.net"]);
    assert_eq!((full.server.as_str(), full.port), ("mx.example.net", 2525));
    assert_eq!((full.connect_timeout, full.helo_name.as_deref()), (Duration::from_secs(1), Some("h")));
    assert_eq!(mail(to), None);
    assert_eq!(mail("smtp_server ::1"), None);
    assert_eq!(mail(&format!("{to}\nsmtp_server **")), None);
}

#[test]
fn options_of_an_address() {
    let excluded = instance(
        "virtual_ipaddress_excluded {\n\
         198.51.100.1/24 brd + dev eth1 scope link label eth1:x noprefixroute no_track\n\
         198.51.100.2 peer 198.51.100.3/30 broadcast_nothing\n\
         198.51.100.4/24 broadcast 198.51.100.255 scope 42\n\
         2001:db8::1/64 -nodad home mngtmpaddr autojoin preferred_lft 30\n\
         2001:db8::2 preferred_lft forever\n}",
    )
    .excluded;
    let [plus, peer, number, home, forever] = &excluded[..] else { panic!("five: {excluded:#?}") };
    assert_eq!(plus.cidr.to_string(), "198.51.100.1/24");
    assert_eq!((plus.broadcast, plus.scope), (Some(Broadcast::HostOnes), Scope::LINK));
    assert_eq!((plus.interface.as_deref(), plus.label.as_deref()), (Some("eth1"), Some("eth1:x")));
    assert!(plus.flags.noprefixroute && plus.no_track && !plus.flags.nodad);
    assert_eq!(peer.peer.map(|peer| peer.to_string()).as_deref(), Some("198.51.100.3/30"));
    assert_eq!(number.broadcast, Some(Broadcast::Address("198.51.100.255".parse().unwrap())));
    assert_eq!(number.scope, Scope(42));
    assert_eq!(
        home.flags,
        AddressFlags { home: true, mngtmpaddr: true, autojoin: true, ..AddressFlags::default() }
    );
    assert_eq!(
        (home.preferred_lft, forever.preferred_lft),
        (PreferredLft::Secs(30), PreferredLft::Secs(u32::MAX))
    );
    assert!(forever.flags.nodad, "set unless -nodad");
    assert_eq!(forever.cidr.to_string(), "2001:db8::2/128");
}

/// keepalived 2.2.7: "Cannot specify scope for IPv6 addresses … - ignoring scope", and the same of a label: the address is used,
/// and a reload is not refused for it.
#[test]
fn scope_and_label_of_an_ipv6_address_are_dropped_with_a_warning() {
    for option in ["scope link", "label eth0:v"] {
        let text = format!(
            "vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {{\n fe80::1/64 {option}\n }}\n}}\n"
        );
        let read = config::load("x", text.as_bytes(), &config::Options::default());
        let address = &read.model.instances[0].addresses[0];
        assert_eq!((address.scope, &address.label), (Scope::GLOBAL, &None), "{option}");
        let found: Vec<_> = read.diagnostics.iter().map(|d| (d.id.code, d.severity)).collect();
        assert!(found.contains(&("V0421", config::Severity::Warning)), "{option}: {found:?}");
        assert_eq!(read.errors(), 0, "{option}: {found:?}");
    }
}

/// keepalived 2.2.7: "Cannot specify address prefix when specifying peer address - ignoring"; with the length that it has
/// anyway, the peer is taken.
#[test]
fn a_peer_stands_beside_no_prefix_but_the_full_one() {
    for (line, taken) in [
        ("192.0.2.1/32 peer 192.0.2.9", true),
        ("192.0.2.1 peer 192.0.2.9", true),
        ("192.0.2.1/24 peer 192.0.2.9", false),
    ] {
        let text = format!(
            "vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {{\n {line}\n }}\n}}\n"
        );
        let read = config::load("x", text.as_bytes(), &config::Options::default());
        let peer = read.model.instances[0].addresses[0].peer;
        assert_eq!((peer.is_some(), read.errors() == 0), (taken, taken), "{line}");
    }
}

/// keepalived 2.2.7 says nothing of them.
#[test]
fn what_only_ipv6_has_is_a_hint_at_an_ipv4_address() {
    for option in ["home", "-nodad", "mngtmpaddr"] {
        let text = format!(
            "vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {{\n 192.0.2.1 {option}\n }}\n}}\n"
        );
        let read = config::load("x", text.as_bytes(), &config::Options::default());
        let found: Vec<_> =
            read.diagnostics.iter().filter(|d| d.id.code == "V0421").map(|d| d.severity).collect();
        assert_eq!(found, [config::Severity::Hint], "{option}");
    }
}

/// keepalived 2.2.7: "Address prefix length 31 too long for broadcast"; an address that is given stays.
#[test]
fn a_subnet_of_one_or_two_addresses_has_no_broadcast_address() {
    for (line, broadcast, warnings) in [
        ("198.51.100.1/30 brd +", Some(Broadcast::HostOnes), 0),
        ("198.51.100.1/31 brd +", None, 1),
        ("198.51.100.1/31 brd -", None, 1),
        ("198.51.100.1/32 brd +", None, 1),
        ("198.51.100.1 brd -", None, 1),
        (
            "198.51.100.1/32 brd 198.51.100.255",
            Some(Broadcast::Address("198.51.100.255".parse().unwrap())),
            0,
        ),
    ] {
        let text = format!(
            "vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {{\n {line}\n }}\n}}\n"
        );
        let read = config::load("x", text.as_bytes(), &config::Options::default());
        assert_eq!(read.model.instances[0].addresses[0].broadcast, broadcast, "{line}");
        let about = read.diagnostics.iter().filter(|d| d.message.contains("broadcast")).count();
        assert_eq!(about, warnings, "{line}: {:?}", read.diagnostics);
        assert_eq!(read.errors(), 0, "{line}: {:?}", read.diagnostics);
    }
}

#[test]
fn families() {
    let six = |lines: &str| {
        let text = format!("vrrp_instance V {{\ninterface eth0\nvirtual_router_id 7\n{lines}\n}}\n");
        read(&text).model.instances.remove(0)
    };
    let i = six("virtual_ipaddress {\nfe80::9\n2001:db8::9\n}");
    assert_eq!(
        (i.family, i.version, i.destination.to_string().as_str()),
        (Family::V6, Version::V3, "ff02::12")
    );
    let source = six("mcast_src_ip 2001:db8::1\nvirtual_ipaddress_excluded {\n192.0.2.1\n}");
    assert_eq!((source.family, source.source), (Family::V6, Some("2001:db8::1".parse().unwrap())));
    assert_eq!(six("native_ipv6\nvirtual_ipaddress {\n192.0.2.1\n}").family, Family::V6);
    let mixed = six("virtual_ipaddress {\n192.0.2.1\n2001:db8::9\n192.0.2.2\n}");
    assert_eq!(mixed.addresses.len(), 2, "the other family is left out");
    let tracked = six(
        "mcast_src_ip 192.0.2.7\ntrack_src_ip\nmcast_dst_ip 224.0.0.200\nvirtual_ipaddress { 192.0.2.1 }",
    );
    assert!(tracked.track_source && tracked.destination.to_string() == "224.0.0.200");
}

/// `mcast_src_ip` and `unicast_src_ip` mean the same: the first one given says the family, and the last one of that family
/// is the address ("VRRP instance[V] and src address[2001:db8::7] MUST be of the same family !!! Skipping...",
/// keepalived 2.2.7).
#[test]
fn two_source_addresses() {
    use SourceKeyword::{McastSrcIp, UnicastSrcIp};
    let (mcast, unicast, six) =
        ("mcast_src_ip 192.0.2.1\n", "unicast_src_ip 192.0.2.2\n", "unicast_src_ip 2001:db8::7\n");
    for (lines, address, keyword, mismatches) in [
        (format!("{mcast}{unicast}"), "192.0.2.2", UnicastSrcIp, 0),
        (format!("{unicast}{mcast}"), "192.0.2.1", McastSrcIp, 0),
        (format!("{mcast}{six}"), "192.0.2.1", McastSrcIp, 1),
        (format!("{six}{mcast}"), "2001:db8::7", UnicastSrcIp, 1),
    ] {
        let loaded = read(&format!(
            "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 7\n{lines}no_virtual_ipaddress\n}}\n"
        ));
        let instance = &loaded.model.instances[0];
        assert_eq!(instance.source, Some(address.parse().unwrap()), "{lines}");
        assert_eq!(instance.source_keyword, keyword, "{lines}");
        assert_eq!(loaded.diagnostics.iter().filter(|d| d.id.code == "V0407").count(), mismatches, "{lines}");
    }
}

/// It would be the source of IPv6 packets.
#[test]
fn an_ipv4_source_address_of_an_ipv6_instance_is_left_out() {
    let loaded = read(
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 7\nnative_ipv6\nmcast_src_ip 192.0.2.1\n\
         virtual_ipaddress {\nfe80::9\n}\n}\n",
    );
    let instance = &loaded.model.instances[0];
    assert_eq!((instance.family, instance.source), (Family::V6, None));
    assert!(loaded.diagnostics.iter().any(|d| d.id.code == "V0407"));
}

#[test]
fn surplus_addresses_move_without_being_advertised() {
    let lines: Vec<String> = (0..300).map(|n| format!("10.0.{}.{}\n", n / 250, n % 250)).collect();
    let i = instance(&format!("virtual_ipaddress {{\n{}}}", lines.concat()));
    assert_eq!((i.addresses.len(), i.excluded.len()), (255, 46), "192.0.2.9 is the first");
}

#[test]
fn tracked_interfaces() {
    let i = instance(
        "track_interface {\neth1\neth2 weight -20 reverse\neth0\neth1 weight 3\n}\ndont_track_primary",
    );
    let track = |name: &str, weight, reverse| TrackInterface { interface: name.to_owned(), weight, reverse };
    assert_eq!(i.track_interfaces, [track("eth1", 0, false), track("eth2", -20, true)]);
    assert!(i.dont_track_primary);
}

#[test]
fn passwords() {
    let authentication = |lines: &str| instance(&format!("authentication {{\n{lines}\n}}")).authentication;
    let pass = |password| Authentication::Pass(Secret(password));
    assert_eq!(authentication("auth_type PASS\nauth_pass 123456789"), pass(*b"12345678"));
    assert_eq!(authentication("auth_type PASS\nauth_pass \"a b\""), pass(*b"a b\0\0\0\0\0"));
    assert_eq!(authentication("auth_type AH\nauth_pass secret"), Authentication::Ah(Secret(*b"secret\0\0")));
    assert_eq!(authentication("auth_pass 1111"), Authentication::None);
    assert_eq!(authentication("auth_type PASS"), Authentication::None);
    assert_eq!(authentication("auth_type PASS auth_pass 1111"), Authentication::None, "one keyword a line");
    let v3 = instance("version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}");
    assert_eq!(v3.authentication, Authentication::None);
}

/// Observed with keepalived 2.2.7: with AH an instance begins as Backup, whatever `state` says, so that it has heard the
/// sequence number of the others; but for the owner.
#[test]
fn with_ah_only_the_owner_begins_as_master() {
    let starts = |lines: &str| {
        instance(&format!("{lines}\nauthentication {{\nauth_type AH\nauth_pass x\n}}")).start_as_master
    };
    assert!(!starts("state MASTER\npriority 200"));
    assert!(starts("state MASTER\npriority 255"));
}

#[derive(Debug)]
struct KeyFiles;

impl Files for KeyFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match path {
            "/run/credentials/vipd/key" => Ok([b"k".repeat(40).as_slice(), b"\n"].concat()),
            "/etc/short" => Ok(b"short".to_vec()),
            _ => Err(FileError::NotFound),
        }
    }

    fn list(&self, _: &str) -> Result<Vec<String>, FileError> {
        Err(FileError::NotFound)
    }

    fn exists(&self, _: &str) -> bool {
        false
    }

    fn absolute(&self, directory: &str) -> String {
        directory.to_owned()
    }
}

/// What `auth_hmac` with these lines comes to; the codes of what is found.
fn hmac(lines: &str) -> (Option<Hmac>, Vec<&'static str>) {
    let environment = [("CREDENTIALS_DIRECTORY".to_owned(), "/run/credentials/vipd".to_owned())];
    let options = Options { files: Some(&KeyFiles), environment: &environment, ..Options::of("node1") };
    let text = format!(
        "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 7\nadvert_int 2\nauth_hmac {{\n{lines}\n}}\n\
         virtual_ipaddress {{\n192.0.2.9\n}}\n}}\n"
    );
    let loaded = load("k.conf", text.as_bytes(), &options);
    let hmac = loaded.model.instances.first().map(|instance| match &instance.authentication {
        Authentication::Hmac(hmac) => hmac.clone(),
        other @ (Authentication::None | Authentication::Pass(_) | Authentication::Ah(_)) => {
            panic!("{other:?}")
        }
    });
    (hmac, loaded.diagnostics.iter().map(|found| found.id.code).collect())
}

#[test]
fn hmac_keys() {
    let text = "an ASCII passphrase of 40 characters ok!";
    let lines = format!(
        "key 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1E1f\nkey 2 \"{text}\"\n\
         key 255 file:${{_ENV CREDENTIALS_DIRECTORY}}/key\nactive_key 2"
    );
    let (found, diagnostics) = hmac(&lines);
    assert_eq!(diagnostics, [""; 0]);
    let found = found.unwrap();
    assert_eq!(found.key(1), Some((0..32).collect::<Vec<u8>>().as_slice()));
    assert_eq!(found.key(2), Some(text.as_bytes()));
    assert_eq!(found.key(255), Some(b"k".repeat(40).as_slice()));
    assert_eq!((found.key(3), found.active_key), (None, 2));
}

/// Time window: three advertisements, here of two seconds.
#[test]
fn hmac_settings() {
    let key = "key 9 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let with = |lines: &str| {
        let (found, diagnostics) = hmac(&format!("{key}\n{lines}"));
        assert_eq!(diagnostics, [""; 0]);
        found.unwrap()
    };
    let time = |secs| AntiReplay::Time { window: Duration::from_secs(secs) };
    let plain = with("");
    assert_eq!((plain.active_key, plain.mode, plain.replay), (9, HmacMode::Enforce, time(6)));
    assert_eq!(with("time_window 300").replay, time(300));
    assert_eq!(with("anti_replay monotonic").replay, AntiReplay::Monotonic);
    assert_eq!(with("mode permissive").mode, HmacMode::Permissive);
    assert_eq!(with("mode receive-only").mode, HmacMode::ReceiveOnly);
}

#[test]
fn an_instance_without_its_keys_is_left_out() {
    let key = |id: u8| format!("key {id} {}", "k".repeat(32));
    for (lines, codes) in [
        (String::new(), ["V0424"].as_slice()),
        (format!("{}\n{}", key(1), key(2)), &["V0424"]),
        (format!("{}\n{}\nactive_key 1", key(1), key(1)), &["V0424"]),
        (format!("{}\nactive_key 2", key(1)), &["V0424"]),
        ("key 1 file:/etc/missing".to_owned(), &["V0424"]),
        ("key 1 file:/etc/short".to_owned(), &["V0424"]),
        ("key 1 tooshort".to_owned(), &["V0424", "V0205"]),
    ] {
        let (found, mut diagnostics) = hmac(&lines);
        diagnostics.sort_unstable();
        let mut codes = codes.to_vec();
        codes.sort_unstable();
        assert_eq!((found, diagnostics), (None, codes), "{lines}");
    }
}

/// keepalived drops `authentication` then, too.
#[test]
fn hmac_takes_the_place_of_a_password() {
    let read = instance(&format!(
        "authentication {{\nauth_type PASS\nauth_pass x\n}}\nauth_hmac {{\nkey 1 {}\n}}",
        "k".repeat(32)
    ));
    assert!(matches!(read.authentication, Authentication::Hmac(_)));
}

#[test]
fn layouts_that_keepalived_takes() {
    let expected = clean(
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 7\nauthentication {\nauth_type PASS\nauth_pass x\n}\n\
         virtual_ipaddress {\n192.0.2.9\n}\n}\n",
    );
    let others = [
        "vrrp_instance V{\ninterface eth0\nvirtual_router_id 7\nauthentication { auth_type PASS\nauth_pass x }\n\
         virtual_ipaddress { 192.0.2.9 }}",
        "vrrp_instance V\n\n# comment\n{ interface eth0\nvirtual_router_id 7\nauthentication\n{\nauth_type PASS\n\
         auth_pass \"x\"}\nvirtual_ipaddress\n{ 192.0.2.9}\n}",
        "\u{feff}vrrp_instance V {\r\n interface eth0 ! comment\r\n virtual_router_id 7\r\n authentication {\r\n\
         auth_type PASS\r\nauth_pass x\r\n}\r\nvirtual_ipaddress {\r\n192.0.2.9\r\n}\r\n}\r\n",
        "vrrp_instance V {\n@node1 interface eth0\n@node2 interface eth1\n@^node2 virtual_router_id 7\n\
         @^node1 virtual_router_id 8\nauthentication {\nauth_type PASS\nauth_pass x\n}\nvirtual_ipaddress {\n\
         192.0.2.9\n}\n}",
    ];
    for text in others {
        assert_eq!(clean(text), expected, "{text}");
    }
}

#[test]
fn a_broken_instance_does_not_take_the_healthy_ones_down() {
    let good = |name: &str, vrid: u8, more: &str| {
        format!(
            "vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id {vrid}\nvirtual_ipaddress {{ 192.0.2.{vrid} }}\n{more}}}\n"
        )
    };
    let broken = [
        "vrrp_instance B {\nvirtual_router_id 9\n}\n".to_owned(),
        "vrrp_instance B {\ninterface eth0\n}\n".to_owned(),
        "vrrp_instance B {\ninterface lo\nvirtual_router_id 9\n}\n".to_owned(),
        good("B", 1, ""),
        good("A", 9, ""),
        good("B", 9, "use_ipvlan\n"),
        good("B", 9, "auth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 2\n}\n"),
        good("B", 9, "interface abcdefghijklmnop\n"),
    ];
    for middle in broken {
        let loaded = read(&format!("{}{middle}{}", good("A", 1, ""), good("C", 3, "")));
        let names: Vec<_> = loaded.model.instances.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names, ["A", "C"], "{middle}");
        assert_eq!(loaded.errors(), 1, "{middle}");
        assert!(!loaded.is_usable());
    }
}

const GROUPS: &str = "vrrp_script web {\nscript /bin/true\nweight 5\n}\ntrack_file load {\nfile /run/load\n}\n\
vrrp_track_process db {\nprocess postgres\nweight -20 reverse\n}\nbfd_instance up {\nneighbor_ip 192.0.2.1\n}\n\
vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.9\n}\n\
track_interface {\neth1 weight 7\n}\ntrack_script {\nweb\nnowhere\n}\ntrack_process {\ndb weight 3\n}\n}\n\
vrrp_instance B {\ninterface eth0\nvirtual_router_id 2\nvirtual_ipaddress {\n192.0.2.8\n}\n\
track_script {\nweb\n}\ntrack_file {\nload weight 2 reverse\n}\ntrack_process {\ndb\n}\ntrack_bfd {\nup\n}\n}\n";

fn tracked(instance: &Instance) -> Vec<String> {
    let line = |t: &config::model::Track| {
        format!("{} {}{}", t.tracker, t.weight, if t.reverse { " reverse" } else { "" })
    };
    let interface = |t: &config::model::TrackInterface| format!("interface {} {}", t.interface, t.weight);
    instance.tracks.iter().map(line).chain(instance.track_interfaces.iter().map(interface)).collect()
}

/// An entry's weight replaces the definition's; what is not defined is not tracked.
#[test]
fn trackers_have_the_weight_of_the_entry_or_of_the_definition() {
    let model = read(GROUPS).model;
    let [a, b] = &model.instances[..] else { panic!("two instances") };
    assert_eq!(tracked(a), ["script web 5", "process db 3 reverse", "interface eth1 7"]);
    assert_eq!(
        tracked(b),
        ["script web 5", "file load 2 reverse", "process db -20 reverse", "BFD session up 0"]
    );
}

/// keepalived.conf(5), vrrp_sync_group: members track nothing of their own with a weight unless the group allows it, and
/// track what the group tracks. Found with keepalived 2.2.7: interfaces and processes keep their weights all the same.
#[test]
fn a_sync_group_tracks_for_its_members() {
    let group = "vrrp_sync_group G {\ngroup {\nA\nB C\n}\ntrack_interface {\neth2 weight -9\n}\ntrack_file {\nload\n}\n";
    let model = read(&format!("{GROUPS}{group}}}\n")).model;
    let [sync] = &model.sync_groups[..] else { panic!("one group") };
    assert_eq!((sync.name.as_str(), &sync.members[..]), ("G", &["A".to_owned(), "B".to_owned()][..]));
    let [a, b] = &model.instances[..] else { panic!("two instances") };
    assert_eq!(tracked(a), ["process db 3 reverse", "file load 1", "interface eth1 7", "interface eth2 -9"]);
    assert_eq!(
        tracked(b),
        ["process db -20 reverse", "BFD session up 0", "file load 1", "interface eth2 -9"]
    );
    let model = read(&format!("{GROUPS}{group}sync_group_tracking_weight\n}}\n")).model;
    assert_eq!(
        tracked(&model.instances[0]),
        ["script web 5", "process db 3 reverse", "file load 1", "interface eth1 7", "interface eth2 -9"]
    );
}

/// keepalived.conf(5), track_file: in a sync group "weight 0 must be set. Likewise, if the vrrp instance is the address
/// owner". What keepalived 2.2.7 makes of files where it is not: weight 1 is taken as 0, others are left out.
#[test]
fn files_of_owners_and_of_members_of_groups() {
    let weight = |weight: Option<i16>| weight.map(|n| format!(" weight {n}")).unwrap_or_default();
    for (definition, entry, expected) in [
        (None, None, Some(0)),
        (Some(1), None, Some(0)),
        (Some(2), None, None),
        (Some(-1), None, None),
        (Some(2), Some(1), Some(0)),
        (Some(1), Some(2), None),
        (None, Some(-1), None),
        (Some(2), Some(0), Some(0)),
    ] {
        let text = |priority: u8, more: &str| {
            let (definition, entry) = (weight(definition), weight(entry));
            format!(
                "track_file load {{\nfile /run/load\n{definition}\n}}\n\
                 vrrp_instance A {{\ninterface eth0\nvirtual_router_id 1\npriority {priority}\n\
                 virtual_ipaddress {{\n192.0.2.9\n}}\ntrack_file {{\nload{entry}\n}}\n}}\n{more}"
            )
        };
        let group = "vrrp_sync_group G {\ngroup {\nA\n}\n}\n";
        for text in [text(255, ""), text(100, group)] {
            let weights: Vec<i16> = read(&text).model.instances[0].tracks.iter().map(|t| t.weight).collect();
            assert_eq!(weights, expected.into_iter().collect::<Vec<_>>(), "{text}");
        }
    }
}

/// An owner's priority does not move: what has a weight is left out.
#[test]
fn an_owner_has_no_weights() {
    let model = read(&GROUPS.replace("interface eth0", "interface eth0\npriority 255")).model;
    let [a, b] = &model.instances[..] else { panic!("two instances") };
    assert_eq!(tracked(a), Vec::<String>::new());
    assert_eq!(tracked(b), ["BFD session up 0"]);
}

/// Found with keepalived 2.2.7, which goes to FAULT when one of these goes down: addresses, routes with one way, rules.
#[test]
fn the_interfaces_that_something_goes_to() {
    let needs = |lines: &str| {
        let text = format!(
            "vrrp_instance A {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n192.0.2.9\n}}\n{lines}\n}}\n"
        );
        read(&text).model.instances[0].needs.join(" ")
    };
    let block = |name: &str, line: &str| format!("{name} {{\n{line}\n}}\n");
    for (name, line, expected) in [
        ("virtual_ipaddress", "192.0.2.8 dev eth1", "eth1"),
        ("virtual_ipaddress", "192.0.2.8 dev eth0", ""),
        ("virtual_ipaddress", "192.0.2.8 dev eth1 no_track", ""),
        ("virtual_ipaddress", "192.0.2.8 dev eth1 use_vmac", "eth1"),
        ("virtual_ipaddress", "192.0.2.8 use_vmac", ""),
        ("virtual_ipaddress_excluded", "2001:db8::1 dev eth1", "eth1"),
        ("virtual_routes", "10.1.0.0/16 dev eth1 scope link", "eth1"),
        ("virtual_routes", "10.1.0.0/16 dev eth1 scope link no_track", ""),
        ("virtual_routes", "10.1.0.0/16 via 192.0.2.1", ""),
        ("virtual_routes", "10.1.0.0/16 nexthop via 192.0.2.1 dev eth1 nexthop via 192.0.2.2 dev eth2", ""),
        ("virtual_rules", "iif eth1 to 10.1.0.0/16 table 9 priority 9", "eth1"),
        ("virtual_rules", "oif eth2 iif eth1 table 9 priority 9", "eth1 eth2"),
        ("virtual_rules", "iif eth1 table 9 priority 9 no_track", ""),
    ] {
        assert_eq!(needs(&block(name, line)), expected, "{line}");
    }
    assert_eq!(needs(&format!("use_vmac\n{}", block("virtual_ipaddress_excluded", "192.0.2.8"))), "");
    for (name, line, expected) in [
        ("virtual_ipaddress", "192.0.2.8 dev eth0", ""),
        ("virtual_routes", "10.1.0.0/16 dev eth0", "eth0"),
        ("virtual_rules", "iif eth0 table 9 priority 9", "eth0"),
    ] {
        assert_eq!(needs(&format!("dont_track_primary\n{}", block(name, line))), expected, "{line}");
    }
}

/// Found with keepalived 2.2.7, which keeps its priority, and goes to FAULT when it is down.
#[test]
fn an_interface_that_something_goes_to_has_no_weight() {
    let text = "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.9 dev eth1\n}\n\
                track_interface {\neth1 weight 20 reverse\neth2 weight 20\n}\n}\n";
    let tracked = &read(text).model.instances[0].track_interfaces;
    let weights: Vec<_> =
        tracked.iter().map(|track| (&*track.interface, track.weight, track.reverse)).collect();
    assert_eq!(weights, [("eth1", 0, false), ("eth2", 20, false)]);
}

/// Found with keepalived 2.2.7, which advises to remove the instance's.
#[test]
fn what_a_group_and_a_member_track_has_the_weight_of_the_group() {
    let group = "vrrp_sync_group G {\ngroup {\nA\n}\ntrack_script {\nweb weight 9\n}\ntrack_interface {\neth1 weight 8\n}\n\
                 sync_group_tracking_weight\n}\n";
    let model = read(&format!("{GROUPS}{group}")).model;
    assert_eq!(tracked(&model.instances[0]), ["process db 3 reverse", "script web 9", "interface eth1 8"]);
}

/// Found with keepalived 2.2.7, of scripts and of files, with and without the group's weights: the member goes to FAULT.
#[test]
fn a_member_without_weight_keeps_that_of_what_its_group_tracks() {
    for more in ["", "sync_group_tracking_weight\n"] {
        let text = format!(
            "vrrp_script s {{\nscript /bin/true\nweight 10\n}}\ntrack_file f {{\nfile /run/f\nweight 1 reverse\n}}\n\
             vrrp_instance A {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n192.0.2.9\n}}\n\
             track_script {{\ns weight 0\n}}\ntrack_file {{\nf weight 0\n}}\n}}\n\
             vrrp_sync_group G {{\ngroup {{\nA\n}}\ntrack_script {{\ns\n}}\ntrack_file {{\nf\n}}\n{more}}}\n"
        );
        assert_eq!(tracked(&read(&text).model.instances[0]), ["script s 0", "file f 0 reverse"], "{more}");
    }
}

/// Found with keepalived 2.2.7, as of scripts and files.
#[test]
fn a_member_without_weight_keeps_that_of_an_interface_that_its_group_tracks() {
    for (own, expected) in [("", 0), (" weight 5", 10)] {
        let text = format!(
            "vrrp_instance A {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n192.0.2.9\n}}\n\
             track_interface {{\neth1{own}\n}}\n}}\nvrrp_sync_group G {{\ngroup {{\nA\n}}\n\
             track_interface {{\neth1 weight 10\n}}\nsync_group_tracking_weight\n}}\n"
        );
        let tracked = &read(&text).model.instances[0].track_interfaces;
        assert_eq!(tracked.iter().map(|track| track.weight).collect::<Vec<_>>(), [expected], "eth1{own}");
    }
}

/// Found with keepalived 2.2.7, whose effective priority moves only in the second case.
#[test]
fn a_group_tracks_the_own_interface_of_a_member_that_does_not() {
    for (option, expected) in [("", None), ("dont_track_primary", Some(7))] {
        let text = format!(
            "vrrp_instance A {{\ninterface eth1\nvirtual_router_id 1\n{option}\nvirtual_ipaddress {{\n192.0.2.9\n}}\n}}\n\
             vrrp_sync_group G {{\ngroup {{\nA\n}}\ntrack_interface {{\neth1 weight 7\n}}\n\
             sync_group_tracking_weight\n}}\n"
        );
        let tracked = &read(&text).model.instances[0].track_interfaces;
        assert_eq!(tracked.first().map(|track| track.weight), expected, "{option}");
    }
}

/// keepalived 2.2.7: "(G) Cannot have weighted track file 'f' with member having priority 255 - setting weight 0".
#[test]
fn a_group_with_an_owner_has_no_weights() {
    for (priority, weights) in [(254, [5, 2, -3, 10]), (255, [0; 4])] {
        let text = format!(
            "vrrp_script s {{\nscript /bin/true\nweight 5\n}}\ntrack_file f {{\nfile /run/f\nweight 2\n}}\n\
             vrrp_track_process p {{\nprocess p\nweight -3\n}}\n\
             vrrp_instance A {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n192.0.2.9\n}}\n}}\n\
             vrrp_instance B {{\ninterface eth0\nvirtual_router_id 2\npriority {priority}\nstate MASTER\n\
             virtual_ipaddress {{\n192.0.2.8\n}}\n}}\n\
             vrrp_sync_group G {{\ngroup {{\nA\nB\n}}\ntrack_script {{\ns\n}}\ntrack_file {{\nf\n}}\n\
             track_process {{\np\n}}\ntrack_interface {{\neth1 weight 10\n}}\n}}\n"
        );
        let model = read(&text).model;
        let [script, file, process, interface] = weights;
        let expected = [
            format!("script s {script}"),
            format!("file f {file}"),
            format!("process p {process}"),
            format!("interface eth1 {interface}"),
        ];
        for instance in &model.instances {
            assert_eq!(tracked(instance), expected, "{}, {priority}", instance.name);
        }
    }
}

/// Found with keepalived 2.2.7: a member's file loses the weight 1, not the direction.
#[test]
fn a_file_of_a_member_keeps_its_direction() {
    let text = "track_file f {\nfile /run/f\nweight 1 reverse\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n\
                virtual_ipaddress {\n192.0.2.9\n}\ntrack_file {\nf\n}\n}\nvrrp_sync_group G {\ngroup {\nA\n}\n}\n";
    assert_eq!(tracked(&read(text).model.instances[0]), ["file f 0 reverse"]);
}

/// Found with keepalived 2.2.7: another weight does not change the direction.
#[test]
fn another_weight_keeps_the_definitions_reverse() {
    for (line, expected) in [
        ("s", (10, true)),
        ("s weight 20", (20, true)),
        ("s weight 20 noreverse", (20, false)),
        ("s weight 20 reverse", (20, true)),
    ] {
        let text = format!(
            "vrrp_script s {{\nscript /bin/true\nweight 10 reverse\n}}\nvrrp_instance A {{\ninterface eth0\n\
             virtual_router_id 1\nvirtual_ipaddress {{\n192.0.2.9\n}}\ntrack_script {{\n{line}\n}}\n}}\n"
        );
        let track = &read(&text).model.instances[0].tracks[0];
        assert_eq!((track.weight, track.reverse), expected, "{line}");
    }
}

#[test]
fn what_is_defined_incompletely_is_not_tracked_and_never_waited_for() {
    let text = "vrrp_script none {\n interval 1\n}\n\
        track_file half {\n weight 1\n}\n\
        vrrp_track_process quoted {\n process \"/opt/a b\" -x \"c d\"\n}\n\
        vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n\
        track_script {\n none\n }\n track_file {\n half\n }\n track_process {\n quoted\n }\n\
        virtual_ipaddress {\n 192.0.2.1\n }\n}\n";
    let model = config::load("x", text.as_bytes(), &config::Options::default()).model;
    let tracked: Vec<_> = model.instances[0].tracks.iter().map(|track| track.tracker.to_string()).collect();
    assert_eq!(tracked, ["process quoted"]);
    // keepalived.conf(5): a quoted string is a single element.
    assert_eq!(model.processes[0].command, ["/opt/a b", "-x", "c d"]);
}

#[test]
fn announcements_elsewhere_and_the_pace_of_groups() {
    let extra = |global, lines| {
        let garp = with_global(global, lines).garp;
        (garp.extra_every.as_secs(), garp.extra_on_all)
    };
    assert_eq!(extra("", ""), (0, false));
    assert_eq!(extra("vrrp_garp_extra_if 100", ""), (100, false));
    assert_eq!(extra("vrrp_garp_extra_if all 100", "garp_extra_if 7"), (7, false));
    assert_eq!(extra("vrrp_garp_extra_if 100", "garp_extra_if all 7"), (7, true));
    assert_eq!(extra("vrrp_garp_extra_if all 100", "garp_extra_if 0"), (0, false));
    assert_eq!(extra("vrrp_vmac_garp_intvl 9", ""), (9, false), "the old spelling");

    let text = "global_defs {\nvrrp_gna_interval 0.5\n}\n\
        garp_group {\ngarp_interval 0.1\ninterfaces {\neth0 eth1\neth2\n}\n}\n\
        garp_group {\ngna_interval 0.25\ninterface eth3\n}\n";
    let groups: Vec<_> = clean(text)
        .garp_groups
        .into_iter()
        .map(|group| {
            (group.interfaces.join(" "), group.arp_interval.as_millis(), group.na_interval.as_millis())
        })
        .collect();
    assert_eq!(groups, [("eth0 eth1 eth2".to_owned(), 100, 500), ("eth3".to_owned(), 0, 250)]);
    assert!(read("garp_group {\ninterface eth3\n}\n").model.garp_groups.is_empty(), "no interval, no effect");
}

#[test]
fn a_global_check_of_unicast_sources() {
    let peers = "unicast_peer {\n192.0.2.2\n}";
    let checks =
        |global, lines: &str| with_global(global, &format!("{lines}\n{peers}")).unicast.unwrap().check_source;
    assert!(!checks("", "") && checks("vrrp_check_unicast_src", "") && checks("", "check_unicast_src"));
}
