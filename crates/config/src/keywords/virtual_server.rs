//! `virtual_server`, `real_server` and `virtual_server_group`.

use super::checkers::{
    BFD_CHECK, DNS_CHECK, FILE_CHECK, HTTP_GET, LONGEST_US, MISC_CHECK, PING_CHECK, SMTP_CHECK, SSL_GET,
    TCP_CHECK, U32, UDP_CHECK,
};
use super::{Args, Block, Keyword, Shape};

/// The largest weight that IPVS takes.
const WEIGHT: i64 = i32::MAX as i64;

/// The schedulers of IPVS, as ipvsadm(8) calls them.
const SCHEDULER: Args = Args::OneOf(&[
    "rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos",
]);
const FORWARDING: Args = Args::Words("NAT|DR|TUN [type ipip|gre|gue] [port PORT] [nocsum|csum|remcsum]");
const SCRIPT: Args = Args::Words("COMMAND [USER [GROUP]]");

pub(super) static VIRTUAL_SERVER_GROUP_ENTRY: Block =
    Block { path: "virtual_server_group.entry", shape: Shape::Entries, groups: &[GROUP_ENTRIES] };

pub(super) static VIRTUAL_SERVER: Block = Block {
    path: "virtual_server",
    shape: Shape::Keywords,
    groups: &[VIRTUAL_SERVER_KEYWORDS, SCHEDULER_FLAGS, INHERITED],
};

static REAL_SERVER: Block = Block {
    path: "virtual_server.real_server",
    shape: Shape::Keywords,
    groups: &[REAL_SERVER_KEYWORDS, CHECKERS],
};

const fn lvs(name: &'static str, args: Args) -> Keyword {
    Keyword::new(name, args).not_yet("")
}

static GROUP_ENTRIES: &[&Keyword] = &[
    &lvs("(address)", Args::Words("ADDRESS|ADDRESS-LASTPART|ADDRESS-ADDRESS|ADDRESS/PREFIX [PORT]"))
        .doc("One address or a range. The last part of an IPv6 address is hexadecimal; an address with a prefix length has no host bits."),
    &lvs("fwmark", Args::Words("NUMBER [inet|inet6]"))
        .doc("A firewall mark. The family is needed only when all real servers are behind tunnels."),
];

static VIRTUAL_SERVER_KEYWORDS: &[&Keyword] = &[
    &lvs("ip_family", Args::OneOf(&["inet", "inet6"]))
        .default("inet")
        .since("1.2.20")
        .doc("The family of a firewall mark whose real servers are all behind tunnels."),
    &lvs("lvs_sched", SCHEDULER).default("wlc").since("1.1.5").doc("How connections are spread over the real servers."),
    &lvs("lb_algo", SCHEDULER).default("wlc").since("0.5.3").doc("The same as lvs_sched."),
    &lvs("lvs_method", FORWARDING)
        .default("NAT")
        .doc("How packets reach the real servers. A gue tunnel needs a port and no other tunnel has one; ipip has no checksums, gre no remcsum."),
    &lvs("lb_kind", FORWARDING).default("NAT").since("0.5.3").doc("The same as lvs_method."),
    &lvs("persistence_engine", Args::Word("NAME")).since("1.2.20").doc("What tells clients apart; the kernel has `sip`."),
    &lvs("persistence_timeout", Args::Words("[SECONDS]"))
        .default("360 when no number is given, and for services without a port; otherwise off")
        .since("0.5.3")
        .doc("How long a client stays with its real server: 1 to 2678400 seconds."),
    &lvs("persistence_granularity", Args::Words("NETMASK|PREFIX-LENGTH"))
        .default("255.255.255.255 or 128")
        .since("0.5.7")
        .doc("Which clients count as one: a netmask for IPv4, 1 to 128 bits for IPv6. Turns persistence on."),
    &lvs("protocol", Args::OneOf(&["TCP", "UDP", "SCTP"])).default("UDP").doc("Without meaning for firewall marks."),
    &lvs("ha_suspend", Args::Flag)
        .default("off")
        .since("1.0.0")
        .doc("The checkers rest while this machine does not have the virtual address."),
    &lvs("smtp_alert", Args::Switch).default("off").doc("Mail when the quorum is gained or lost; the default can be set in global_defs."),
    &lvs("virtualhost", Args::Word("NAME")).doc("The host name that HTTP_GET and SSL_GET ask for."),
    &lvs("snmp_name", Args::Word("NAME")).doc("What SNMP calls it."),
    &lvs("omega", Args::Flag).default("off").since("1.1.16").doc("At a stop the scripts for real servers and quorum run."),
    &lvs("quorum_up", SCRIPT).since("1.1.16").doc("Runs when the quorum is gained."),
    &lvs("quorum_down", SCRIPT).since("1.1.16").doc("Runs when the quorum is lost."),
    &lvs("quorum", Args::Int { min: 1, max: U32 }).default("1").doc("The weight of live real servers that is enough; at most that of all."),
    &lvs("hysteresis", Args::Int { min: 0, max: U32 })
        .default("0")
        .since("1.1.16")
        .doc("How far the weight must pass the quorum until it is gained or lost; less than the quorum."),
    &lvs("weight", Args::Int { min: 1, max: WEIGHT }).default("1").doc("The weight of real servers that name none."),
    &lvs("sorry_server", Args::Words("ADDRESS [PORT]")).since("0.5.3").doc("Serves while the quorum is lost."),
    &lvs("sorry_server_inhibit", Args::Flag).default("off").since("1.2.13").doc("inhibit_on_failure for the sorry_server."),
    &lvs("sorry_server_lvs_method", FORWARDING).default("lvs_method").since("1.3.6").doc("lvs_method for the sorry_server."),
    &Keyword::later_block("real_server", "ADDRESS [PORT]", &REAL_SERVER).since("0.5.3").doc("One of the servers. Without a port it has that of the virtual server."),
    &Keyword::new("nat_mask", Args::Address)
        .no_effect("no keepalived of this century uses it")
        .doc("The netmask for NAT of Linux 2.2."),
];

static SCHEDULER_FLAGS: &[&Keyword] = &[
    &lvs("hashed", Args::Flag).default("off").since("1.3.0").doc("Without effect in keepalived, too."),
    &lvs("ops", Args::Flag)
        .default("off")
        .since("1.2.8")
        .doc("Each packet is scheduled on its own; for UDP and firewall marks."),
    &lvs("flag-1", Args::Flag).default("off").since("1.3.0").doc("The first flag of the scheduler."),
    &lvs("flag-2", Args::Flag).default("off").since("1.3.0").doc("The second flag of the scheduler."),
    &lvs("flag-3", Args::Flag).default("off").since("1.3.0").doc("The third flag of the scheduler."),
    &lvs("sh-port", Args::Flag).default("off").since("1.3.0").doc("Scheduler sh: hash the port, too."),
    &lvs("sh-fallback", Args::Flag)
        .default("off")
        .since("1.3.0")
        .doc("Scheduler sh: another real server when the chosen one is down."),
    &lvs("mh-port", Args::Flag).default("off").since("2.0.20").doc("Scheduler mh: hash the port, too."),
    &lvs("mh-fallback", Args::Flag)
        .default("off")
        .since("2.0.20")
        .doc("Scheduler mh: another real server when the chosen one is down."),
];

/// What real servers inherit.
static INHERITED: &[&Keyword] = &[
    &lvs("retry", Args::Int { min: 1, max: U32 })
        .default("1; DNS_CHECK 3, MISC_CHECK 0")
        .doc("How often a failed check is tried again before it counts."),
    &lvs("delay_before_retry", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("1; HTTP_GET and SSL_GET 3, DNS_CHECK delay_loop")
        .doc("Seconds until a failed check is tried again."),
    &lvs("warmup", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("delay_loop")
        .doc("The first checks are spread over so many seconds."),
    &lvs("connect_timeout", Args::Timer { min_us: 1, max_us: U32 as u64 })
        .default("5")
        .doc("Seconds until an attempt has failed."),
    &lvs("delay_loop", Args::Timer { min_us: 1, max_us: LONGEST_US })
        .default("60")
        .doc("Seconds between checks."),
    &lvs("inhibit_on_failure", Args::Flag)
        .default("off")
        .doc("A failed real server stays in the table with weight 0."),
    &lvs("alpha", Args::Flag)
        .default("off")
        .doc("Real servers count as down until their checks have succeeded."),
];

static REAL_SERVER_KEYWORDS: &[&Keyword] = &[
    &lvs("weight", Args::Int { min: 0, max: WEIGHT })
        .default("weight of the virtual_server")
        .doc("Its share of the connections."),
    &lvs("lvs_method", FORWARDING).default("lvs_method of the virtual_server").doc("How packets reach it."),
    &lvs("uthreshold", Args::Int { min: 0, max: U32 })
        .default("0")
        .since("1.1.13")
        .doc("With so many connections it gets no more; 0: no bound."),
    &lvs("lthreshold", Args::Int { min: 0, max: U32 })
        .default("0")
        .since("1.1.13")
        .doc("With fewer connections than this it gets new ones again."),
    &lvs("inhibit_on_failure", Args::Switch)
        .default("as in the virtual_server")
        .doc("When it fails it stays in the table with weight 0."),
    &lvs("notify_up", SCRIPT).since("1.0.0").doc("Runs when it comes up."),
    &lvs("notify_down", SCRIPT).since("1.0.0").doc("Runs when it goes down."),
    &lvs("alpha", Args::Switch)
        .default("as in the virtual_server")
        .doc("It counts as down until its checks have succeeded."),
    &lvs("retry", Args::Int { min: 1, max: U32 })
        .default("as in the virtual_server")
        .doc("How often a failed check is tried again before it counts."),
    &lvs("delay_before_retry", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("as in the virtual_server")
        .doc("Seconds until a failed check is tried again."),
    &lvs("warmup", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("as in the virtual_server")
        .doc("The first checks are spread over so many seconds."),
    &lvs("connect_timeout", Args::Timer { min_us: 1, max_us: U32 as u64 })
        .default("as in the virtual_server")
        .doc("Seconds until an attempt has failed."),
    &lvs("delay_loop", Args::Timer { min_us: 1, max_us: LONGEST_US })
        .default("as in the virtual_server")
        .doc("Seconds between checks."),
    &lvs("smtp_alert", Args::Switch)
        .default("on")
        .doc("Mail when it comes up or goes down; the default can be set in global_defs."),
    &lvs("virtualhost", Args::Word("NAME"))
        .default("as in the virtual_server")
        .doc("The host name that HTTP_GET and SSL_GET ask for."),
    &lvs("snmp_name", Args::Word("NAME")).doc("What SNMP calls it."),
];

static CHECKERS: &[&Keyword] = &[
    &Keyword::later_block("HTTP_GET", "", &HTTP_GET).since("0.5.3").doc("Fetches pages by HTTP."),
    &Keyword::later_block("SSL_GET", "", &SSL_GET).since("0.5.3").doc("Fetches pages by HTTPS."),
    &Keyword::later_block("TCP_CHECK", "", &TCP_CHECK).since("0.5.3").doc("Opens a TCP connection."),
    &Keyword::later_block("SMTP_CHECK", "", &SMTP_CHECK).since("1.1.8").doc("Greets a mail server."),
    &Keyword::later_block("DNS_CHECK", "", &DNS_CHECK).since("1.3.0").doc("Asks a name server, over UDP."),
    &Keyword::later_block("MISC_CHECK", "", &MISC_CHECK).since("0.5.3").doc("Runs a program."),
    &Keyword::later_block("BFD_CHECK", "", &BFD_CHECK).since("2.0.0").doc("Follows a BFD session."),
    &Keyword::later_block("PING_CHECK", "", &PING_CHECK).since("2.1.0").doc("Sends an echo request."),
    &Keyword::later_block("UDP_CHECK", "", &UDP_CHECK)
        .since("2.1.0")
        .doc("Sends a datagram; an ICMP error is a failure."),
    &Keyword::later_block("FILE_CHECK", "", &FILE_CHECK)
        .since("2.1.0")
        .doc("Follows the number in a track_file."),
];
