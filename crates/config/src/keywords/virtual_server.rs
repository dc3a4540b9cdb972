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
    &lvs("(address)", Args::Words("ADDRESS|ADDRESS-LASTPART|ADDRESS-ADDRESS|ADDRESS/PREFIX [PORT]")).doc(
        "An address, or a range of IPv4 (192.0.2.1-20) or IPv6 (2001:db8::1-ff) in which the \
          last part counts up, or all addresses of a prefix, then the port. The end of an IPv6 \
          range is hexadecimal; an address with a prefix length has no host bits.",
    ),
    &lvs("fwmark", Args::Words("NUMBER [inet|inet6]")).doc(
        "A firewall mark from 1 on, which packet filters put on what shall be balanced \
          together, such as HTTP and HTTPS. The family is needed only if all real servers are \
          reached through tunnels.",
    ),
];

static VIRTUAL_SERVER_KEYWORDS: &[&Keyword] = &[
    &lvs("ip_family", Args::OneOf(&["inet", "inet6"])).default("inet").since("1.2.20").doc(
        "The family of a firewall mark whose real servers are all reached through tunnels, \
          which do not tell it.",
    ),
    &lvs("lvs_sched", SCHEDULER).default("wlc").since("1.1.5").doc(
        "How new connections are spread over the real servers: rr in turn, wrr in turn by \
          weight, lc and wlc to the one with the fewest connections, sh and mh by the client's \
          address, dh and lblc by the destination, fo to the best that is left, ovf to the first \
          until its weight is used up, sed and nq to the shortest wait. See ipvsadm(8).",
    ),
    &lvs("lb_algo", SCHEDULER)
        .default("wlc")
        .since("0.5.3")
        .doc("The older name of `lvs_sched`; both are accepted."),
    &lvs("lvs_method", FORWARDING).default("NAT").doc(
        "How packets reach the real servers: NAT rewrites them both ways, and answers must pass \
          this machine; DR changes only the MAC address, and TUN packs them into a tunnel: \
          answers then go straight to the client, and real servers need the virtual address \
          without answering ARP for it. A gue tunnel needs a port and no other has one; ipip has \
          no checksums, gre no remcsum.",
    ),
    &lvs("lb_kind", FORWARDING)
        .default("NAT")
        .since("0.5.3")
        .doc("The older name of `lvs_method`; both are accepted."),
    &lvs("persistence_engine", Args::Word("NAME")).since("1.2.20").doc(
        "What tells clients apart besides their address: `sip` looks at the Call-ID of \
          telephony. The kernel needs the module ip_vs_pe_sip.",
    ),
    &lvs("persistence_timeout", Args::Words("[SECONDS]"))
        .default("360 when no number is given, and for services without a port; otherwise off")
        .since("0.5.3")
        .doc(
            "How long a client goes back to the same real server after its last connection, in \
          seconds, 1 to 2678400. Without a number 360. For sessions that are kept on one server; \
          the load is spread less evenly.",
        ),
    &lvs("persistence_granularity", Args::Words("NETMASK|PREFIX-LENGTH"))
        .default("255.255.255.255 or 128")
        .since("0.5.7")
        .doc(
            "Which clients count as one: a netmask for IPv4, 1 to 128 bits for IPv6. Wanted if \
          clients come through several proxies of one network. Turns persistence on.",
        ),
    &lvs("protocol", Args::OneOf(&["TCP", "UDP", "SCTP"])).default("UDP").doc(
        "TCP, UDP or SCTP. Write it: most who leave it out mean TCP and get UDP. Without \
          meaning for firewall marks.",
    ),
    &lvs("ha_suspend", Args::Flag).default("off").since("1.0.0").doc(
        "The checkers rest while this machine does not have the virtual address, which spares \
          the real servers the checks of a Backup. Without it both machines check all the time, \
          and a takeover finds their verdicts ready. Not with firewall marks.",
    ),
    &lvs("smtp_alert", Args::Switch).default("off").doc(
        "On: a mail when the quorum is gained or lost. Off: none. The default is set by \
          `smtp_alert_checker` or `smtp_alert` in global_defs.",
    ),
    &lvs("virtualhost", Args::Word("NAME")).doc(
        "The host name in the requests of HTTP_GET and SSL_GET, unless real server, checker or \
          url say otherwise.",
    ),
    &lvs("snmp_name", Args::Word("NAME")).doc(
        "The name by which SNMP calls this virtual server, for monitoring that cannot use \
          addresses.",
    ),
    &lvs("omega", Args::Flag).default("off").since("1.1.16").doc(
        "At the end the programs for going down run: `notify_down` of each real server and \
          `quorum_down`. Without it the daemon ends quietly.",
    ),
    &lvs("quorum_up", SCRIPT).since("1.1.16").doc(
        "A program that runs when the quorum is gained, in quotes with its arguments, then the \
          user and group it runs as. Typically it announces the address by a routing daemon.",
    ),
    &lvs("quorum_down", SCRIPT).since("1.1.16").doc(
        "A program that runs when the quorum is lost. Typically it withdraws the address from a \
          routing daemon.",
    ),
    &lvs("quorum", Args::Int { min: 1, max: U32 }).default("1").doc(
        "How much weight of live real servers is enough to serve. Not more than the weight of \
          all of them, or it is lowered to that.",
    ),
    &lvs("hysteresis", Args::Int { min: 0, max: U32 }).default("0").since("1.1.16").doc(
        "How far the weight must pass the quorum until it is gained or lost, against a service \
          that comes and goes. Less than the quorum.",
    ),
    &lvs("weight", Args::Int { min: 1, max: WEIGHT })
        .default("1")
        .doc("The weight of real servers that name none: their share of the connections."),
    &lvs("sorry_server", Args::Words("ADDRESS [PORT]")).since("0.5.3").doc(
        "An address, and a port, that serves while the quorum is lost: a page that says so. The \
          real servers are taken out meanwhile.",
    ),
    &lvs("sorry_server_inhibit", Args::Flag).default("off").since("1.2.13").doc(
        "The sorry server stays in the table with weight 0 and is not removed. Must follow \
          `sorry_server`.",
    ),
    &lvs("sorry_server_lvs_method", FORWARDING).default("lvs_method").since("1.3.6").doc(
        "How packets reach the sorry server, if not as `lvs_method` says. Must follow \
          `sorry_server`.",
    ),
    &Keyword::later_block("real_server", "ADDRESS [PORT]", &REAL_SERVER).since("0.5.3").doc(
        "One of the servers: its address, and its port if it is not the virtual server's. With \
          DR and TUN the port must be the same. Of the same family as the virtual server, except \
          with TUN. Without a checker it counts as up.",
    ),
    &Keyword::new("nat_mask", Args::Address)
        .no_effect("no keepalived of this century uses it")
        .doc("The netmask for NAT of Linux 2.2. Remove the line."),
];

static SCHEDULER_FLAGS: &[&Keyword] = &[
    &lvs("hashed", Args::Flag)
        .default("off")
        .since("1.3.0")
        .doc("Says that the entry is hashed. Without effect in keepalived, too; remove the line."),
    &lvs("ops", Args::Flag).default("off").since("1.2.8").doc(
        "Each packet is scheduled on its own, without a connection: for UDP services of single \
          requests, such as DNS. For UDP and firewall marks only.",
    ),
    &lvs("flag-1", Args::Flag).default("off").since("1.3.0").doc(
        "The first flag of the scheduler, whose meaning depends on it; `sh-fallback` and \
          `mh-fallback` are names for it.",
    ),
    &lvs("flag-2", Args::Flag)
        .default("off")
        .since("1.3.0")
        .doc("The second flag of the scheduler; `sh-port` and `mh-port` are names for it."),
    &lvs("flag-3", Args::Flag)
        .default("off")
        .since("1.3.0")
        .doc("The third flag of the scheduler, which none of today's uses."),
    &lvs("sh-port", Args::Flag).default("off").since("1.3.0").doc(
        "Scheduler sh: the client's port decides, too, and not only its address. Must follow \
          `lvs_sched sh`.",
    ),
    &lvs("sh-fallback", Args::Flag).default("off").since("1.3.0").doc(
        "Scheduler sh: a client whose real server is down or has weight 0 gets another one; \
          without it the connection fails. Must follow `lvs_sched sh`.",
    ),
    &lvs("mh-port", Args::Flag).default("off").since("2.0.20").doc(
        "Scheduler mh: the client's port decides, too, and not only its address. Must follow \
          `lvs_sched mh`.",
    ),
    &lvs("mh-fallback", Args::Flag).default("off").since("2.0.20").doc(
        "Scheduler mh: a client whose real server is down or has weight 0 gets another one; \
          without it the connection fails. Must follow `lvs_sched mh`.",
    ),
];

/// What real servers inherit.
static INHERITED: &[&Keyword] = &[
    &lvs("retry", Args::Int { min: 1, max: U32 }).default("1; DNS_CHECK 3, MISC_CHECK 0").doc(
        "How often a failed check is tried again before the real server counts as down, for all \
          its checkers. One success brings it back.",
    ),
    &lvs("delay_before_retry", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("1; HTTP_GET and SSL_GET 3, DNS_CHECK delay_loop")
        .doc("How long to wait before a failed check is tried again."),
    &lvs("warmup", Args::Timer { min_us: 0, max_us: LONGEST_US }).default("delay_loop").doc(
        "The first check of each checker waits a random time up to this, so that they do not \
          all begin at once; 0 switches it off.",
    ),
    &lvs("connect_timeout", Args::Timer { min_us: 1, max_us: U32 as u64 })
        .default("5")
        .doc("How long an attempt to connect may take until it has failed."),
    &lvs("delay_loop", Args::Timer { min_us: 1, max_us: LONGEST_US }).default("60").doc(
        "The time between two checks of one checker. A failure is noticed after this and all \
          retries; short ones with many servers are a load of their own.",
    ),
    &lvs("inhibit_on_failure", Args::Flag).default("off").doc(
        "A failed real server stays in the table with weight 0: its connections go on and it \
          gets no new ones. Without it the server is removed, which ends its connections.",
    ),
    &lvs("alpha", Args::Flag).default("off").doc(
        "Real servers count as down until their checks have succeeded, so that the first \
          clients do not reach a dead one. Without it they count as up until a check has failed.",
    ),
];

static REAL_SERVER_KEYWORDS: &[&Keyword] = &[
    &lvs("weight", Args::Int { min: 0, max: WEIGHT }).default("weight of the virtual_server").doc(
        "Its share of the connections, in relation to the others; 0 keeps it in the table \
          without new connections, to drain it.",
    ),
    &lvs("lvs_method", FORWARDING)
        .default("lvs_method of the virtual_server")
        .doc("How packets reach this real server, if not as the virtual server's `lvs_method` says."),
    &lvs("uthreshold", Args::Int { min: 0, max: U32 })
        .default("0")
        .since("1.1.13")
        .unit("connections")
        .doc("With so many connections it gets no new ones; 0 means no bound."),
    &lvs("lthreshold", Args::Int { min: 0, max: U32 }).default("0").since("1.1.13").unit("connections").doc(
        "A server that has reached `uthreshold` gets new connections again when it has fewer \
          than this; 0 means three quarters of it.",
    ),
    &lvs("inhibit_on_failure", Args::Switch).default("as in the virtual_server").doc(
        "On: when it fails, it stays in the table with weight 0 and its connections go on. Off: \
          it is removed.",
    ),
    &lvs("notify_up", SCRIPT).since("1.0.0").doc(
        "A program that runs when it comes up, in quotes with its arguments, then the user and \
          group it runs as. At the start only with `rs_init_notifies`, or after `alpha`.",
    ),
    &lvs("notify_down", SCRIPT)
        .since("1.0.0")
        .doc("A program that runs when it goes down, in the same form as `notify_up`."),
    &lvs("alpha", Args::Switch).default("as in the virtual_server").doc(
        "On: it counts as down until its checks have succeeded. Off: it counts as up until one \
          has failed.",
    ),
    &lvs("retry", Args::Int { min: 1, max: U32 })
        .default("as in the virtual_server")
        .doc("How often a failed check is tried again before this real server counts as down."),
    &lvs("delay_before_retry", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("as in the virtual_server")
        .doc("How long to wait before a failed check of this real server is tried again."),
    &lvs("warmup", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("as in the virtual_server")
        .doc("The first checks of this real server wait a random time up to this; 0 switches it off."),
    &lvs("connect_timeout", Args::Timer { min_us: 1, max_us: U32 as u64 })
        .default("as in the virtual_server")
        .doc("How long an attempt to connect to this real server may take until it has failed."),
    &lvs("delay_loop", Args::Timer { min_us: 1, max_us: LONGEST_US })
        .default("as in the virtual_server")
        .doc("The time between two checks of this real server by one checker."),
    &lvs("smtp_alert", Args::Switch).default("on").doc(
        "On: a mail when it comes up or goes down. Off: none. Here, and only here, the default \
          is on unless global_defs says otherwise, which floods mailboxes when a network fails.",
    ),
    &lvs("virtualhost", Args::Word("NAME"))
        .default("as in the virtual_server")
        .doc("The host name in the requests of this real server's HTTP_GET and SSL_GET."),
    &lvs("snmp_name", Args::Word("NAME")).doc("The name by which SNMP calls this real server."),
];

static CHECKERS: &[&Keyword] = &[
    &Keyword::later_block("HTTP_GET", "", &HTTP_GET).since("0.5.3").doc(
        "Fetches pages by HTTP and looks at status, digest or text. For web servers; `SSL_GET` \
          is for HTTPS.",
    ),
    &Keyword::later_block("SSL_GET", "", &SSL_GET).since("0.5.3").doc(
        "Fetches pages by HTTPS and looks at status, digest or text. Certificates are not \
          verified; see `SSL` for a client certificate.",
    ),
    &Keyword::later_block("TCP_CHECK", "", &TCP_CHECK)
        .since("0.5.3")
        .doc("Opens a TCP connection and closes it. Shows that a program listens, not that it works."),
    &Keyword::later_block("SMTP_CHECK", "", &SMTP_CHECK)
        .since("1.1.8")
        .doc("Greets a mail server, with HELO and QUIT, and looks at the codes of its answers."),
    &Keyword::later_block("DNS_CHECK", "", &DNS_CHECK)
        .since("1.3.0")
        .doc("Asks a name server over UDP for a name, and wants an answer without an error."),
    &Keyword::later_block("MISC_CHECK", "", &MISC_CHECK).since("0.5.3").doc(
        "Runs a program whose exit status is the verdict, for services that no other checker \
          knows. Each run is a process, so keep `delay_loop` long with many servers.",
    ),
    &Keyword::later_block("BFD_CHECK", "", &BFD_CHECK).since("2.0.0").doc(
        "Follows a BFD session with the real server: down when the session is, within \
          milliseconds.",
    ),
    &Keyword::later_block("PING_CHECK", "", &PING_CHECK).since("2.1.0").doc(
        "Sends an ICMP echo request and waits for the answer. Shows that the machine is there, \
          and nothing about its services.",
    ),
    &Keyword::later_block("UDP_CHECK", "", &UDP_CHECK).since("2.1.0").doc(
        "Sends a datagram. An ICMP error is a failure; silence is not, unless `require_reply` \
          is set.",
    ),
    &Keyword::later_block("FILE_CHECK", "", &FILE_CHECK).since("2.1.0").doc(
        "Follows the number in a `track_file`: added to the weight, or down. A deployment can \
          drain a server by writing to the file.",
    ),
];
