//! Load balancing: what a file says, what follows from it, and what is wrong with it.

use std::io::{self, Write as _};

use std::fmt::Write;
use std::time::Duration;

use config::document::checkers::{HttpProtocol, Kind, Record};
use config::document::lvs::resolve::{self, Schedule};
use config::document::lvs::{
    Forwarding, Granularity, GueChecksum, Lvs, Member, Protocol, Scheduler, Service, Tunnel,
};
use config::keywords::{Args, blocks};
use config::{Diagnostic, Loaded, Options, Severity, load};

fn read(text: &str) -> Loaded {
    load("k.conf", text.as_bytes(), &Options::default())
}

/// The findings, but for the one that all of this is not acted on yet.
fn lines(loaded: &Loaded) -> Vec<String> {
    let others = loaded.diagnostics.iter().filter(|found| found.id.code != "V0301");
    others.map(|found| found.one_line(&loaded.sources)).collect()
}

/// A file without any findings.
fn clean(text: &str) -> Lvs {
    let loaded = read(text);
    assert_eq!(lines(&loaded), [""; 0], "{text}");
    loaded.document.lvs
}

/// A virtual server with these lines from line 5 on, and a real server from the line behind them on.
fn v(more: &str) -> String {
    format!(
        "virtual_server 192.0.2.1 80 {{\nlvs_sched wlc\nlvs_method NAT\nprotocol TCP\n{more}\n\
         real_server 192.0.2.10 80 {{\nweight 5\n}}\n}}\n"
    )
}

/// A virtual server whose only real server has these lines from line 6 on.
fn r(more: &str) -> String {
    format!(
        "virtual_server 192.0.2.1 80 {{\nlvs_sched wlc\nlvs_method NAT\nprotocol TCP\n\
         real_server 192.0.2.10 80 {{\n{more}\n}}\n}}\n"
    )
}

/// A checker with these lines from line 7 on.
fn c(kind: &str, more: &str) -> String {
    r(&format!("{kind} {{\n{more}\n}}"))
}

#[test]
fn a_virtual_server() {
    let lvs = clean(
        "SSL {\n password secret\n ca /etc/ca.pem\n certificate /etc/cert.pem\n key /etc/key.pem\n}\n\
         virtual_server 192.0.2.1 443 {\n lb_algo sh\n sh-port\n lb_kind TUN type gue port 8000 remcsum\n\
         protocol sctp\n delay_loop 1.5\n alpha\n retry 4\n persistence_timeout\n\
         persistence_granularity 255.255.255.0\n persistence_engine sip\n quorum 3\n hysteresis 2\n weight 4\n\
         quorum_up \"/usr/bin/up a b\" nobody :nogroup\n sorry_server 192.0.2.99 8080\n sorry_server_inhibit\n\
         sorry_server_lvs_method DR\n virtualhost www.example.org\n smtp_alert no\n\
         real_server 192.0.2.10 {\n  weight 0\n  uthreshold 9\n  lthreshold 8\n  notify_down /usr/bin/down\n }\n\
         real_server 2001:db8::10 {\n  inhibit_on_failure\n  alpha off\n }\n}\n",
    );
    let ssl = lvs.ssl.unwrap();
    assert_eq!([ssl.password, ssl.ca].map(Option::unwrap), ["secret".into(), "/etc/ca.pem".into()]);
    assert_eq!(
        [ssl.certificate, ssl.key].map(Option::unwrap),
        ["/etc/cert.pem".into(), "/etc/key.pem".into()]
    );
    let [server] = &lvs.servers[..] else { panic!("{:?}", lvs.servers) };
    let expected = Service::Address { address: [192, 0, 2, 1].into(), port: 443.try_into().ok() };
    assert_eq!(server.service, expected);
    assert_eq!(server.scheduler, Some(Scheduler::Sh));
    assert!(server.flags.sh_port && !server.flags.sh_fallback && !server.flags.ops);
    let tunnel = Tunnel::Gue { port: 8000.try_into().unwrap(), checksum: GueChecksum::Remcsum };
    assert_eq!(server.forwarding, Some(Forwarding::Tunnel(tunnel)));
    assert_eq!(server.protocol, Some(Protocol::Sctp));
    assert_eq!(server.timing.delay_loop.map(Duration::from), Some(Duration::from_millis(1500)));
    assert_eq!((server.timing.alpha, server.timing.retry), (Some(true), Some(4)));
    assert_eq!(server.persistence_timeout, 360.try_into().ok(), "without a number: six minutes");
    assert_eq!(server.persistence_granularity, Some(Granularity::Mask([255, 255, 255, 0].into())));
    assert_eq!(server.persistence_engine.as_deref(), Some("sip"));
    assert_eq!((server.quorum, server.hysteresis, server.weight), (3.try_into().ok(), Some(2), Some(4)));
    let up = server.quorum_up.as_ref().unwrap();
    assert_eq!((&*up.command, up.user.as_deref()), ("/usr/bin/up a b", Some("nobody")));
    assert_eq!(up.group.as_deref(), Some("nogroup"));
    let sorry = server.sorry_server.as_ref().unwrap();
    assert_eq!((sorry.address, sorry.port), ([192, 0, 2, 99].into(), 8080.try_into().ok()));
    assert_eq!((sorry.inhibit, sorry.forwarding), (true, Some(Forwarding::Direct)));
    assert_eq!((server.virtualhost.as_deref(), server.smtp_alert), (Some("www.example.org"), Some(false)));
    let [first, second] = &server.real_servers[..] else { panic!("{:?}", server.real_servers) };
    assert_eq!((first.port, first.weight), (None, Some(0)));
    let more = first.more.as_ref().unwrap();
    assert_eq!((more.uthreshold, more.lthreshold), (Some(9), Some(8)));
    assert_eq!(more.notify_down.as_ref().map(|script| &*script.command), Some("/usr/bin/down"));
    assert_eq!(second.address, "2001:db8::10".parse::<std::net::IpAddr>().unwrap());
    assert_eq!((second.weight, second.inhibit_on_failure), (None, Some(true)));
    assert_eq!(second.more.as_ref().map(|more| more.timing.alpha), Some(Some(false)));
}

#[test]
fn groups_and_marks() {
    let lvs = clean(
        "virtual_server_group G {\n 192.0.2.1 80\n 192.0.2.8-10 81\n 192.0.2.16/30\n fwmark 7 inet6\n\
         2001:db8::1-a 0\n}\n\
         virtual_server group G {\nlvs_sched rr\nlvs_method DR\nprotocol TCP\npersistence_timeout 60\nreal_server 192.0.2.10 80 {\n}\n}\n\
         virtual_server fwmark 4294967295 {\nlvs_sched rr\nlvs_method DR\nreal_server 192.0.2.10 {\n}\n}\n",
    );
    let [group] = &lvs.groups[..] else { panic!("{:?}", lvs.groups) };
    assert_eq!(&*group.name.value, "G");
    let addresses = |first: &str, last: &str, port: u16| Member::Addresses {
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
        port: port.try_into().ok(),
    };
    let expected = [
        addresses("192.0.2.1", "192.0.2.1", 80),
        addresses("192.0.2.8", "192.0.2.10", 81),
        addresses("192.0.2.16", "192.0.2.19", 0),
        Member::Fwmark { fwmark: 7, family: Some("::".parse().map(types::Family::of).unwrap()) },
        addresses("2001:db8::1", "2001:db8::a", 0),
    ];
    assert_eq!(group.members, expected);
    assert_eq!(lvs.servers[0].service, Service::Group("G".into()));
    assert_eq!(lvs.servers[1].service, Service::Fwmark(4_294_967_295));
}

#[test]
fn checkers() {
    let lvs = clean(&format!(
        "track_file F {{\nfile /tmp/f\n}}\nbfd_instance B {{\nneighbor_ip 192.0.2.7\n}}\n{}",
        r("HTTP_GET {\n virtualhost h\n http_protocol 1.0c\n fast_recovery\n\
           url {\n  path /a\n  status_code 200 300-399\n  digest 9b3a0c85a887a256d6939da88aabd8cd\n }\n\
           url {\n  path /b\n  regex \"a.*b\"\n  regex_no_match\n  regex_options caseless dotall\n\
           regex_min_offset 3\n  regex_max_offset 9\n  regex_stack 100 200\n }\n }\n\
           SSL_GET {\n url { \n  path /\n }\n enable_sni\n }\n\
           TCP_CHECK {\n connect_ip 192.0.2.11\n connect_port 81\n bindto 192.0.2.3\n bind_port 82\n\
           bind_if eth0\n fwmark 5\n connect_timeout 0.5\n log_all_failures\n }\n\
           SMTP_CHECK {\n helo_name me\n host {\n connect_port 25\n }\n }\n\
           DNS_CHECK {\n type aaaa\n name www.example.org\n retry 0\n }\n\
           MISC_CHECK {\n misc_path \"/bin/check a\"\n misc_timeout 4\n misc_dynamic\n user me us\n }\n\
           BFD_CHECK {\n name B\n alpha\n }\n PING_CHECK {\n }\n\
           UDP_CHECK {\n payload 0a 1\n require_reply 0X\n min_reply_length 1\n max_reply_length 2\n }\n\
           FILE_CHECK {\n track_file F\n weight -3 reverse\n }")
    ));
    let [http, ssl, tcp, smtp, dns, misc, bfd, ping, udp, file] =
        &lvs.servers[0].real_servers[0].checkers[..]
    else {
        panic!("{lvs:#?}")
    };
    let Kind::HttpGet(web) = &http.kind else { panic!("{http:?}") };
    assert_eq!((web.virtualhost.as_deref(), web.http_protocol), (Some("h"), Some(HttpProtocol::V1_0Close)));
    assert_eq!(web.fast_recovery, Some(true));
    let [first, second] = &web.urls[..] else { panic!("{web:?}") };
    assert_eq!((&*first.path, &*first.status_codes.0), ("/a", &[(200, 200), (300, 399)][..]));
    assert_eq!(first.digest.unwrap().to_string(), "9b3a0c85a887a256d6939da88aabd8cd");
    let regex = second.regex.as_ref().unwrap();
    assert_eq!((&*regex.pattern, regex.no_match), ("a.*b", true));
    assert_eq!(regex.options, ["caseless".into(), "dotall".into()]);
    assert_eq!((regex.min_offset, regex.max_offset, regex.stack), (Some(3), Some(9), Some((100, 200))));
    assert!(matches!(&ssl.kind, Kind::SslGet(web) if web.enable_sni == Some(true) && web.urls.len() == 1));
    let connection = tcp.connection.as_ref().unwrap();
    assert_eq!((tcp.kind.clone(), tcp.log_all_failures), (Kind::TcpCheck, Some(true)));
    assert_eq!(connection.connect_ip, "192.0.2.11".parse().ok());
    assert_eq!(connection.bindto, "192.0.2.3".parse().ok());
    assert_eq!((connection.connect_port, connection.bind_port), (81.try_into().ok(), 82.try_into().ok()));
    assert_eq!((connection.bind_if.as_deref(), connection.fwmark), (Some("eth0"), Some(5)));
    assert_eq!(tcp.timing.connect_timeout.map(Duration::from), Some(Duration::from_millis(500)));
    let Kind::SmtpCheck(smtp) = &smtp.kind else { panic!("{smtp:?}") };
    assert_eq!(smtp.helo_name.as_deref(), Some("me"));
    assert_eq!(smtp.hosts[0].connection.connect_port, 25.try_into().ok());
    assert_eq!(dns.timing.retry, Some(0));
    assert!(matches!(&dns.kind, Kind::DnsCheck(dns) if dns.record == Some(Record::Aaaa)
        && dns.name.as_deref() == Some("www.example.org")));
    let Kind::MiscCheck(misc) = &misc.kind else { panic!("{misc:?}") };
    assert_eq!((&*misc.script.command, misc.timeout, misc.dynamic), ("/bin/check a", Some(4), true));
    assert_eq!((misc.script.user.as_deref(), misc.script.group.as_deref()), (Some("me"), Some("us")));
    assert!(matches!(&bfd.kind, Kind::BfdCheck(bfd) if &*bfd.name.value == "B"));
    assert_eq!((bfd.timing.alpha, &ping.kind), (Some(true), &Kind::PingCheck));
    let Kind::UdpCheck(udp) = &udp.kind else { panic!("{udp:?}") };
    assert_eq!(udp.payload.as_ref().unwrap().to_string(), "0A01");
    assert_eq!(udp.require_reply.as_ref().unwrap().to_string(), "0X");
    assert_eq!((udp.min_reply_length, udp.max_reply_length), (Some(1), Some(2)));
    let Kind::FileCheck(file) = &file.kind else { panic!("{file:?}") };
    assert_eq!((&*file.track_file.value, file.weight, file.reverse), ("F", Some(-3), true));
}

/// Blocks and what they stand in; `@` is the place for lines.
fn place(path: &str) -> String {
    let known = "track_file F {\nfile /x\n}\nbfd_instance B {\nneighbor_ip 192.0.2.7\n}\n";
    known.to_owned()
        + &match path {
            "SSL" => "SSL {\n@\n}\n".to_owned(),
            "virtual_server" => v("@"),
            "virtual_server.real_server" => r("@"),
            "virtual_server.real_server.SMTP_CHECK.host" => c("SMTP_CHECK", "host {\n@\n}"),
            "virtual_server.real_server.HTTP_GET.url" => c("HTTP_GET", "url {\n@\n}"),
            "virtual_server.real_server.SSL_GET.url" => c("SSL_GET", "url {\n@\n}"),
            checker => c(kind(checker), "@"),
        }
}

/// The last part of a path.
fn kind(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, kind)| kind)
}

/// What a keyword needs beside it.
fn context(path: &str, keyword: &str) -> &'static str {
    match (kind(path), keyword) {
        ("virtual_server", "sh-port" | "sh-fallback") => "lb_algo sh",
        ("virtual_server", "mh-port" | "mh-fallback") => "lb_algo mh",
        ("virtual_server", "sorry_server_inhibit" | "sorry_server_lvs_method") => "sorry_server 192.0.2.8",
        ("real_server", "lthreshold") => "uthreshold 9",
        ("url", "path")
        | ("MISC_CHECK", "misc_path")
        | ("BFD_CHECK", "name")
        | ("FILE_CHECK", "track_file") => "",
        ("url", name) if name.starts_with("regex_") => "path /\nregex a",
        ("url", _) => "path /",
        ("MISC_CHECK", _) => "misc_path /x",
        ("BFD_CHECK", _) => "name B",
        ("FILE_CHECK", _) => "track_file F",
        ("HTTP_GET" | "SSL_GET", name) if name != "url" => "url {\npath /\n}",
        _ => "",
    }
}

/// An argument that keepalived 2.2.7 accepts for this keyword, and one that it rejects.
#[expect(clippy::match_same_arms, reason = "a table")]
fn arguments(path: &str, keyword: &str) -> (&'static str, &'static str) {
    let real_server = path == "virtual_server.real_server";
    match keyword {
        "ip_family" => ("inet", "x"),
        "retry" | "quorum" => ("4", if path.len() > 30 { "-1" } else { "0" }),
        "nb_get_retry" => ("3", "x"),
        "delay_before_retry" | "warmup" => ("0.5", "-1"),
        "connect_timeout" | "delay_loop" => ("0.5", "0"),
        "lvs_sched" | "lb_algo" => ("mh", "RR"),
        "lvs_method" | "lb_kind" | "sorry_server_lvs_method" => ("TUN type gre csum", "nat"),
        "persistence_engine" | "virtualhost" | "snmp_name" | "helo_name" | "path" | "bind_if" => ("x", ""),
        "sni_name" | "password" | "ca" | "certificate" | "key" | "regex" => ("x", ""),
        "persistence_timeout" => ("2678400", "0"),
        "persistence_granularity" => ("255.255.0.0", "x"),
        "protocol" => ("udp", "x"),
        "smtp_alert" | "alpha" if real_server || keyword == "smtp_alert" => ("off", "x"),
        "quorum_up" | "quorum_down" | "notify_up" | "notify_down" => ("/nonexistent", ""),
        "hysteresis" => ("1", "-1"),
        "weight" if path.ends_with("FILE_CHECK") => ("-2147483647 reverse", "2147483648"),
        "weight" => ("2147483647", "2147483648"),
        "sorry_server" => ("192.0.2.9 81", "192.0.2.9 x"),
        "real_server" => ("192.0.2.11 81 {\n}", "192.0.2.11 65536 {\n}"),
        "nat_mask" => ("255.255.255.0", "x"),
        "uthreshold" | "lthreshold" => ("5", "-1"),
        "inhibit_on_failure" if real_server => ("on", "x"),
        "connect_ip" | "bindto" => ("192.0.2.12", "x"),
        "connect_port" | "bind_port" => ("65535", "0"),
        "fwmark" => ("4294967295", "4294967296"),
        "alpha" if path.contains('.') => ("on", "x"),
        "log_all_failures" | "enable_sni" | "fast_recovery" | "tls_compliant" => ("yes", "x"),
        "http_protocol" => ("1.0c", "2"),
        "status_code" => ("200-299 404", "99"),
        "digest" => ("9b3a0c85a887a256d6939da88aabd8cd", "9b3"),
        "regex_options" => ("caseless dotall", ""),
        "regex_min_offset" | "regex_max_offset" => ("5", ""),
        "regex_stack" => ("10 20", ""),
        "type" => ("mx", "CAA"),
        "name" if path.ends_with("DNS_CHECK") => ("www.example.org", "www..example"),
        "name" => ("B", "unknown"),
        "misc_path" => ("/nonexistent", ""),
        "misc_timeout" => ("5", "1.5"),
        "user" => ("root", ""),
        "payload" => ("Ab12f 3 456", "xy"),
        "require_reply" => ("aX", "zz"),
        "min_reply_length" => ("5", "65536"),
        "max_reply_length" => ("65535", "65536"),
        "track_file" => ("F", "unknown"),
        "url" => ("{\npath /\n}", "{\nstatus_code 200\n}"),
        "host" => ("{\nconnect_port 25\n}", "{\nconnect_ip x\n}"),
        "HTTP_GET" | "SSL_GET" => ("{\nurl {\npath /\n}\n}", "{\n}"),
        "TCP_CHECK" | "SMTP_CHECK" | "DNS_CHECK" | "PING_CHECK" | "UDP_CHECK" => ("{\n}", "{\nx\n}"),
        "MISC_CHECK" => ("{\nmisc_path /nonexistent\n}", "{\n}"),
        "BFD_CHECK" => ("{\nname B\n}", "{\n}"),
        "FILE_CHECK" => ("{\ntrack_file F\n}", "{\n}"),
        // Flags: keepalived does not look at what stands behind them.
        _ => ("", "x"),
    }
}

/// Each keyword, with a good argument, changes the document; with a bad one it is reported, where it stands.
#[test]
fn every_keyword_is_read() {
    let mut count = 0;
    let ours = |path: &str| path == "SSL" || path == "virtual_server" || path.starts_with("virtual_server.");
    for block in blocks().into_iter().filter(|block| ours(block.path)) {
        for keyword in block.keywords() {
            let (good, bad) = arguments(block.path, keyword.name);
            let around = context(block.path, keyword.name);
            let text = |argument: &str| {
                let lines = format!("{around}\n{} {argument}", keyword.name);
                place(block.path).replace('@', &lines)
            };
            let accepted = read(&text(good));
            let harmless = ["V0303", "V0905", "V0208", "V0209"];
            let ids = accepted.diagnostics.iter().map(|found| found.id.code);
            let findings: Vec<_> = ids.filter(|id| !harmless.contains(id) && *id != "V0301").collect();
            assert_eq!(findings, [""; 0], "{} {}: {:#?}", block.path, keyword.name, lines(&accepted));
            // A comment of the same length: all other places stay as they are.
            let statement = format!("{} {good}", keyword.name);
            let blank: String = statement.chars().map(|c| if c == '\n' { '\n' } else { '#' }).collect();
            let without =
                text(good).replace(&format!("{around}\n{statement}"), &format!("{around}\n{blank}"));
            if keyword.name != "nat_mask" {
                assert_ne!(read(&without).document.lvs, accepted.document.lvs, "{text}", text = text(good));
            }
            let rejected = read(&text(bad));
            let flag = matches!(keyword.args, Args::Flag);
            let worst = rejected.diagnostics.iter().map(|found| found.severity).max();
            let expected = if flag { Severity::Warning } else { Severity::Error };
            assert_eq!(
                worst,
                Some(expected),
                "{} {} {bad}: {:?}",
                block.path,
                keyword.name,
                lines(&rejected)
            );
            if flag {
                assert!(
                    rejected.diagnostics.iter().any(|found| found.id.code == "V0202"),
                    "{}",
                    keyword.name
                );
            }
            count += 1;
        }
    }
    // Past what a test prints, which is shown for those that fail alone.
    let _ = writeln!(
        io::stderr(),
        "every keyword of load balancing: {count} in their blocks, each accepted with a good argument and reported with a bad one"
    );
    // SSL, virtual_server, real_server, and the checkers with their blocks.
    assert_eq!(count, 4 + 40 + 26 + 156);
}

/// What a text has to say for itself, the place, and what the carets stand under.
fn cases() -> Vec<(&'static str, String, &'static str, &'static str)> {
    let two = "real_server 192.0.2.10 80 {\n}\n";
    let group = |line: &str| {
        format!(
            "virtual_server_group G {{\n{line}\n192.0.2.2 80\n}}\nvirtual_server group G {{\nlvs_sched rr\n\
             lvs_method NAT\nprotocol TCP\nreal_server 192.0.2.10 80 {{\n}}\n}}\n"
        )
    };
    let head = |head: &str| v("").replace("192.0.2.1 80", head);
    vec![
        ("V0201", head("fwmark"), "1:16", "fwmark"),
        ("V0201", head("group"), "1:16", "group"),
        ("V0204", head("fwmark 4294967296"), "1:23", "4294967296"),
        ("V0203", head("fwmark x"), "1:23", "x"),
        ("V0206", head("192.0.2.x 80"), "1:16", "192.0.2.x"),
        ("V0206", head("[2001:db8::1] 80"), "1:16", "[2001:db8::1]"),
        ("V0206", head("192.0.2.1:80"), "1:16", "192.0.2.1:80"),
        ("V0203", head("192.0.2.1 http"), "1:26", "http"),
        ("V0204", head("192.0.2.1 65536"), "1:26", "65536"),
        ("V0209", head("192.0.2.1/32 80"), "1:16", "192.0.2.1/32"),
        ("V0202", head("192.0.2.1 80 81"), "1:29", "81"),
        ("V0204", v("quorum 0"), "5:8", "0"),
        ("V0209", v("quorum 6"), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0209", v("hysteresis 1"), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0209", v("").replace("weight 5", "weight 0"), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0209", head("192.0.2.1"), "1:1", "virtual_server 192.0.2.1"),
        ("V0209", v("persistence_granularity 24"), "5:25", "24"),
        ("V0205", v("").replace("NAT", "dr"), "3:12", "dr"),
        ("V0205", v("").replace("NAT", "TUN type x"), "3:21", "x"),
        ("V0201", v("").replace("NAT", "TUN type gue"), "3:21", "gue"),
        ("V0201", v("").replace("NAT", "TUN type"), "3:16", "type"),
        ("V0205", v("").replace("NAT", "TUN port 80"), "3:16", "port"),
        ("V0205", v("").replace("NAT", "TUN csum"), "3:16", "csum"),
        ("V0205", v("").replace("NAT", "TUN type gre remcsum"), "3:25", "remcsum"),
        ("V0204", v("").replace("NAT", "TUN type gue port 0"), "3:30", "0"),
        ("V0205", v("").replace("NAT", "TUN ipip"), "3:16", "ipip"),
        ("V0202", v("").replace("NAT", "NAT type gre"), "3:16", "type gre"),
        ("V0208", v("delay_loop 5\nalpha\ndelay_loop 6"), "7:1", "delay_loop"),
        ("V0208", "SSL {\n}\nSSL {\n}\n".into(), "3:1", "SSL"),
        ("V0209", group("192.0.2.9"), "5:1", "virtual_server group G"),
        ("V0905", group("fwmark 1").replace("192.0.2.2 80", ""), "5:1", "virtual_server group G"),
        ("V0301", v(""), "1:1", "virtual_server"),
        ("V0303", c("HTTP_GET", "url {\npath /\n}\nnb_get_retry 3"), "10:1", "nb_get_retry"),
        ("V0205", group("192.0.2.1 80\nfwmark 3 inet5"), "3:10", "inet5"),
        ("V0201", group("fwmark"), "2:1", "fwmark"),
        ("V0206", group("192.0.2.9-3"), "2:1", "192.0.2.9-3"),
        ("V0204", group("192.0.2.9 65536"), "2:11", "65536"),
        ("V0202", group("192.0.2.9 80 81"), "2:14", "81"),
        ("V0207", c("TCP_CHECK", "bind_if abcdefghijklmnop"), "7:1", "bind_if abcdefghijklmnop"),
        ("V0205", c("DNS_CHECK", "name a..b"), "7:1", "name a..b"),
        ("V0205", c("UDP_CHECK", "payload 4g 44"), "7:9", "4g 44"),
        ("V0205", c("UDP_CHECK", "payload 4X"), "7:9", "4X"),
        ("V0204", c("HTTP_GET", "url {\npath /\nstatus_code 200 600\n}"), "9:17", "600"),
        ("V0205", c("HTTP_GET", "url {\npath /\nregex a\nregex_options caseles\n}"), "10:15", "caseles"),
        ("V0201", c("HTTP_GET", "url {\npath /\nregex a\nregex_stack 1\n}"), "10:1", "regex_stack 1"),
        ("V0204", c("HTTP_GET", "url {\npath /\nregex a\nregex_stack 2 1\n}"), "10:1", "regex_stack 2 1"),
        ("V0901", v("").replace("real_server 192.0.2.10 80 {\nweight 5\n}", ""), "1:1", "virtual_server"),
        ("V0901", "virtual_server_group G {\n}\n".into(), "1:1", "virtual_server_group G"),
        ("V0901", c("HTTP_GET", ""), "6:1", "HTTP_GET"),
        ("V0901", c("SSL_GET", "url {\nstatus_code 200\n}"), "7:1", "url"),
        ("V0901", c("MISC_CHECK", "misc_timeout 3"), "6:1", "MISC_CHECK"),
        ("V0901", c("BFD_CHECK", ""), "6:1", "BFD_CHECK"),
        ("V0901", c("FILE_CHECK", ""), "6:1", "FILE_CHECK"),
        ("V0902", head("2001:db8::1 80"), "6:1", "real_server 192.0.2.10 80"),
        ("V0902", v("sorry_server 2001:db8::1 80"), "5:1", "sorry_server 2001:db8::1 80"),
        ("V0902", v("ip_family inet6"), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0902", c("TCP_CHECK", "bindto 2001:db8::1"), "6:1", "TCP_CHECK"),
        ("V0903", v(two), "8:1", "real_server 192.0.2.10 80"),
        ("V0903", v("") + &v(""), "10:1", "virtual_server 192.0.2.1 80"),
        ("V0903", group("192.0.2.1 80") + "virtual_server_group G {\n192.0.2.1 80\n}\n", "12:22", "G"),
        ("V0904", v("").replace("protocol TCP", ""), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0905", v("sorry_server_inhibit"), "5:1", "sorry_server_inhibit"),
        ("V0905", v("sh-port"), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0905", v("hashed"), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0905", v("ops"), "1:1", "virtual_server 192.0.2.1 80"),
        ("V0905", head("fwmark 1"), "1:1", "virtual_server fwmark 1"),
        ("V0905", head("fwmark 1").replace("protocol TCP", "ha_suspend"), "1:1", "virtual_server fwmark 1"),
        ("V0905", c("HTTP_GET", "url {\npath /\n}\nenable_sni"), "10:1", "enable_sni"),
        ("V0905", c("HTTP_GET", "url {\npath /\nregex_no_match\n}"), "9:1", "regex_no_match"),
        ("V0906", head("group H"), "1:1", "virtual_server group H"),
        ("V0906", c("FILE_CHECK", "track_file F"), "7:12", "F"),
        ("V0906", c("BFD_CHECK", "name B"), "7:6", "B"),
        ("V0907", c("UDP_CHECK", "min_reply_length 256"), "6:1", "UDP_CHECK"),
        ("V0908", r("uthreshold 4\nlthreshold 5"), "5:1", "real_server 192.0.2.10 80"),
        ("V0209", r("").replace("NAT", "DR").replace("10 80", "10 81"), "5:1", "real_server 192.0.2.10 81"),
    ]
}

/// Each finding comes with nothing but the one that load balancing is to come.
#[test]
fn each_finding_is_alone_and_points_at_its_place() {
    for (id, text, place, under) in cases() {
        let loaded = read(&text);
        let others = loaded.diagnostics.iter().filter(|found| found.id.code != "V0301" || id == "V0301");
        let others: Vec<&Diagnostic> = others.collect();
        let [found] = others[..] else { panic!("{id}: {:#?}\n{text}", lines(&loaded)) };
        assert_eq!(found.id.code, id, "{}\n{text}", found.one_line(&loaded.sources));
        let span = found.span.unwrap();
        assert_eq!(
            (loaded.sources.position(span).to_string().as_str(), loaded.sources.slice(span)),
            (place, under)
        );
    }
    let tested: Vec<_> = cases().iter().map(|(id, ..)| *id).collect();
    let ours = config::diagnostics::ids().filter(|id| id.code.starts_with("V09"));
    for id in ours {
        assert!(tested.contains(&id.code), "{id} has no case");
    }
}

#[test]
fn the_examples_of_the_explanations_have_their_finding() {
    for id in config::diagnostics::ids().filter(|id| id.code.starts_with("V09")) {
        let loaded = load("k.conf", id.example, &Options::default());
        assert!(
            loaded.diagnostics.iter().any(|found| found.id.code == id.code),
            "{id}: {:?}",
            lines(&loaded)
        );
    }
}

#[test]
fn what_to_write_instead() {
    let replacement = |text: &str| {
        let loaded = read(text);
        let found = loaded.diagnostics.into_iter().find_map(|found| found.suggestion);
        found.map(|suggestion| suggestion.replacement)
    };
    let written = |text: &str, instead: &str| {
        assert_eq!(replacement(text).as_deref(), Some(instead), "{text}");
    };
    written(&v("").replace("192.0.2.1 80", "192.0.2.1:80"), "192.0.2.1 80");
    written(&v("").replace("192.0.2.1 80", "[2001:db8::1]:80"), "2001:db8::1 80");
    written(&v("").replace("192.0.2.1 80", "[2001:db8::1] 80"), "2001:db8::1");
    written(&v("").replace("NAT", "dr"), "DR");
    written(&v("").replace("wlc", "WLC"), "wlc");
}

/// keepalived.conf(5): virtual server, real server, checker; and the defaults of the kinds.
#[test]
fn timing_is_inherited() {
    let schedule = |server: &str, real: &str, kind: &str, checker: &str| {
        let text = v(server).replace("weight 5", &format!("{real}\n{kind} {{\n{checker}\n}}"));
        let lvs = clean(&text);
        let real = &lvs.servers[0].real_servers[0];
        resolve::schedule(&lvs.servers[0], real, &real.checkers[0])
    };
    let secs = Duration::from_secs;
    let plain = Schedule {
        alpha: false,
        retry: 1,
        delay_before_retry: secs(1),
        warmup: secs(60),
        delay_loop: secs(60),
        connect_timeout: secs(5),
    };
    assert_eq!(schedule("", "", "TCP_CHECK", ""), plain);
    let dns =
        Schedule { retry: 3, delay_before_retry: secs(7), warmup: secs(7), delay_loop: secs(7), ..plain };
    assert_eq!(schedule("delay_loop 7", "", "DNS_CHECK", ""), dns);
    let misc = Schedule { retry: 0, ..plain };
    assert_eq!(schedule("", "", "MISC_CHECK", "misc_path /x"), misc);
    let web = Schedule { delay_before_retry: secs(3), ..plain };
    assert_eq!(schedule("", "", "HTTP_GET", "url {\npath /\n}"), web);
    let all = |n: u64| {
        format!("retry {n}\ndelay_before_retry {n}\nwarmup {n}\ndelay_loop {n}\nconnect_timeout {n}")
    };
    let expected = |n: u64, alpha: bool| Schedule {
        alpha,
        retry: u32::try_from(n).unwrap(),
        delay_before_retry: secs(n),
        warmup: secs(n),
        delay_loop: secs(n),
        connect_timeout: secs(n),
    };
    let (server, real, checker) = (all(7) + "\nalpha", all(8) + "\nalpha no", all(9) + "\nalpha");
    assert_eq!(schedule(&server, "", "DNS_CHECK", ""), expected(7, true));
    assert_eq!(schedule(&server, &real, "DNS_CHECK", ""), expected(8, false));
    assert_eq!(schedule(&server, &real, "DNS_CHECK", &checker), expected(9, true));
}

#[test]
fn what_follows_from_what_is_not_written() {
    let lvs = read(
        "virtual_server 192.0.2.1 {\nweight 3\nquorum 9\nhysteresis 9\n\
         real_server 192.0.2.10 {\n}\nreal_server 192.0.2.11 81 {\nweight 1\n}\n}\n\
         virtual_server 192.0.2.2 80 {\nlvs_method DR\nvirtualhost a\nreal_server 192.0.2.10 81 {\n\
         HTTP_GET {\nurl {\npath /\n}\nurl {\npath /\nvirtualhost b\n}\n}\n}\n}\n",
    )
    .document
    .lvs;
    let [nat, direct] = &lvs.servers[..] else { panic!("{lvs:?}") };
    assert_eq!(
        (nat.scheduler(), nat.forwarding(), nat.protocol()),
        (Scheduler::Wlc, Forwarding::Nat, Protocol::Udp)
    );
    assert_eq!(nat.persistence_timeout(), 360.try_into().ok(), "all ports");
    assert_eq!((nat.total_weight(), nat.quorum(), nat.hysteresis()), (4, 4, 3));
    let ports: Vec<_> = nat.real_servers.iter().map(|real| resolve::port(nat, real)).collect();
    assert_eq!(ports, [None, 81.try_into().ok()]);
    let real = &direct.real_servers[0];
    assert_eq!(resolve::port(direct, real), 80.try_into().ok());
    assert_eq!(direct.persistence_timeout(), None);
    let Kind::HttpGet(web) = &real.checkers[0].kind else { panic!("{real:?}") };
    let hosts = [&web.urls[0], &web.urls[1]].map(|url| resolve::virtualhost(direct, real, web, url));
    assert_eq!(hosts, [Some("a"), Some("b")]);
    assert_eq!(resolve::target(direct, real, &real.checkers[0]), (real.address, 80.try_into().ok()));
}

/// Ten thousand warnings that all of this is to come would help nobody.
#[test]
fn what_is_to_come_is_said_once() {
    let mut text = String::new();
    for n in 0..10_000 {
        let address = format!("10.1.{}.{}", n / 250, n % 250);
        write!(text, "{}", v("").replace("192.0.2.1 80", &format!("{address} 80"))).unwrap();
    }
    let loaded = read(&text);
    let shown: Vec<_> = loaded.diagnostics.iter().map(|found| found.one_line(&loaded.sources)).collect();
    let expected = "k.conf:1:1: warning[V0301]: `virtual_server` is not supported yet, nor what is in its block \
                    (here and at 9999 other places) (load balancing is not built yet)";
    assert_eq!(shown, [expected]);
    assert_eq!(loaded.document.lvs.servers.len(), 10_000);
}
