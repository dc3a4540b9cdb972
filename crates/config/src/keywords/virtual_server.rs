//! `virtual_server`, `real_server` and `virtual_server_group`.

use super::checkers::{
    BFD_CHECK, DNS_CHECK, FILE_CHECK, HTTP_GET, MISC_CHECK, PING_CHECK, SMTP_CHECK, SSL_GET, TCP_CHECK,
    UDP_CHECK,
};
use super::{Block, Keyword, Shape};

pub(super) static VIRTUAL_SERVER_GROUP_ENTRY: Block =
    Block { path: "virtual_server_group.entry", shape: Shape::Entries, groups: &[GROUP_ENTRIES] };

pub(super) static VIRTUAL_SERVER: Block =
    Block { path: "virtual_server", shape: Shape::Keywords, groups: &[VIRTUAL_SERVER_KEYWORDS] };

static REAL_SERVER: Block =
    Block { path: "virtual_server.real_server", shape: Shape::Keywords, groups: &[REAL_SERVER_KEYWORDS] };

static GROUP_ENTRIES: &[&Keyword] = &[
    &Keyword::later("(address)", "IPADDR [PORT] | IP-LASTPART [PORT] | IP-IP [PORT] | IP/PREFIX [PORT]")
        .doc("IPv6 range suffix is hexadecimal; prefix form needs zero host bits."),
    &Keyword::later("fwmark", "UINT32 [inet|inet6]")
        .doc("Family needed only when mixing families with tunnelled servers."),
];

static VIRTUAL_SERVER_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("ip_family", "inet|inet6")
        .default("inet")
        .since("1.2.20")
        .doc("For fwmark services with tunnelled servers."),
    &Keyword::later("retry", "INT =1").default("per checker (1)").doc("Default for real servers."),
    &Keyword::later("delay_before_retry", "TIMER").default("per checker (1)"),
    &Keyword::later("warmup", "TIMER").default("delay_loop").doc("0 disables."),
    &Keyword::later("connect_timeout", "TIMER 0").default("5"),
    &Keyword::later("delay_loop", "TIMER 0").default("60"),
    &Keyword::later("inhibit_on_failure", "")
        .default("off")
        .doc("No argument here; real_server accepts [<BOOL>]."),
    &Keyword::later("lvs_sched", "rr|wrr|lc|wlc|lblc|sh|mh|dh|fo|ovf|lblcr|sed|nq|twos")
        .default("wlc")
        .since("1.1.5")
        .doc("Other names rejected."),
    &Keyword::later("lb_algo", "as lvs_sched").since("0.5.3").doc("Synonym."),
    &Keyword::later("hashed", "")
        .since("1.3.0")
        .doc("Registered but has no effect; reported as only valid for another scheduler."),
    &Keyword::later("ops", "").default("off").since("1.2.8").doc("UDP or fwmark only."),
    &Keyword::later("flag-1", "").default("off").since("1.3.0"),
    &Keyword::later("flag-2", "").default("off").since("1.3.0"),
    &Keyword::later("flag-3", "").default("off").since("1.3.0"),
    &Keyword::later("sh-port", "")
        .default("off")
        .since("1.3.0")
        .doc("Needs lvs_sched sh earlier in the block."),
    &Keyword::later("sh-fallback", "").default("off").since("1.3.0").doc("Needs lvs_sched sh earlier."),
    &Keyword::later("mh-port", "").default("off").since("2.0.20").doc("Needs lvs_sched mh earlier."),
    &Keyword::later("mh-fallback", "").default("off").since("2.0.20").doc("Needs lvs_sched mh earlier."),
    &Keyword::later("lvs_method", "NAT|DR|TUN [type ipip|gue|gre] [port INT] [nocsum|csum|remcsum]")
        .default("NAT (with a config error)")
        .doc("Gue needs port, others must not have it; ipip no checksum option; gre no remcsum."),
    &Keyword::later("lb_kind", "as lvs_method").since("0.5.3").doc("Synonym."),
    &Keyword::later("persistence_engine", "NAME").since("1.2.20").doc("Sip."),
    &Keyword::later("persistence_timeout", "[INT 1..2678400]")
        .default("off; 360 when no value")
        .since("0.5.3")
        .doc("Set to 360 automatically for port-less services."),
    &Keyword::later("persistence_granularity", "IPv4 NETMASK|1..128")
        .default("255.255.255.255")
        .since("0.5.7")
        .doc("Also turns persistence on."),
    &Keyword::later("protocol", "TCP|UDP|SCTP")
        .default("UDP (with a config error)")
        .doc("Case-insensitive; ignored for fwmark."),
    &Keyword::later("ha_suspend", "")
        .default("off")
        .since("1.0.0")
        .doc("Suspend checks while VIP not local; not with fwmark."),
    &Keyword::later("smtp_alert", "[BOOL]").default("global, else off"),
    &Keyword::later("virtualhost", "STRING"),
    &Keyword::later("snmp_name", "STRING"),
    &Keyword::later("alpha", "").default("off"),
    &Keyword::later("omega", "").default("off").since("1.1.16"),
    &Keyword::later("quorum_up", "SCRIPT [user [:][group]]").since("1.1.16"),
    &Keyword::later("quorum_down", "SCRIPT [user [:][group]]").since("1.1.16"),
    &Keyword::later("quorum", "UINT =1").default("1").doc("Reduced to total weight when larger."),
    &Keyword::later("hysteresis", "UINT")
        .default("0")
        .since("1.1.16")
        .doc("Reduced to quorum-1 when not lower than quorum."),
    &Keyword::later("weight", "INT 1..2147483647")
        .default("1")
        .doc("Default real server weight; absent from the man page."),
    &Keyword::later("sorry_server", "IPADDR [PORT]").since("0.5.3"),
    &Keyword::later("sorry_server_inhibit", "")
        .default("off")
        .since("1.2.13")
        .doc("Must follow sorry_server."),
    &Keyword::later("sorry_server_lvs_method", "as lvs_method")
        .default("lvs_method")
        .since("1.3.6")
        .doc("Must follow sorry_server."),
    &Keyword::later_block("real_server", "IPADDR [PORT]", &REAL_SERVER)
        .default("port of virtual server")
        .since("0.5.3")
        .doc("Duplicate servers removed."),
    &Keyword::later("nat_mask", "NETMASK")
        .no_effect("no keepalived of this century uses it")
        .doc("The netmask for NAT of Linux 2.2."),
];

static REAL_SERVER_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("weight", "INT 0..2147483647").default("virtual_server weight (1)"),
    &Keyword::later("lvs_method", "as virtual_server").default("virtual_server"),
    &Keyword::later("uthreshold", "UINT").default("0").since("1.1.13"),
    &Keyword::later("lthreshold", "UINT").default("0").since("1.1.13"),
    &Keyword::later("inhibit_on_failure", "[BOOL]").default("virtual_server"),
    &Keyword::later("notify_up", "SCRIPT [user [:][group]]").since("1.0.0"),
    &Keyword::later("notify_down", "SCRIPT [user [:][group]]").since("1.0.0"),
    &Keyword::later("alpha", "[BOOL]").default("virtual_server"),
    &Keyword::later("retry", "INT =1").default("virtual_server"),
    &Keyword::later("delay_before_retry", "TIMER").default("virtual_server"),
    &Keyword::later("warmup", "TIMER").default("virtual_server"),
    &Keyword::later("connect_timeout", "TIMER 0").default("virtual_server"),
    &Keyword::later("delay_loop", "TIMER 0").default("virtual_server"),
    &Keyword::later("smtp_alert", "[BOOL]")
        .default("global, else ON")
        .doc("Default differs from every other smtp_alert."),
    &Keyword::later("virtualhost", "STRING").default("virtual_server"),
    &Keyword::later("snmp_name", "STRING"),
    &Keyword::later_block("HTTP_GET", "", &HTTP_GET).since("0.5.3"),
    &Keyword::later_block("SSL_GET", "", &SSL_GET).since("0.5.3"),
    &Keyword::later_block("TCP_CHECK", "", &TCP_CHECK).since("0.5.3"),
    &Keyword::later_block("SMTP_CHECK", "", &SMTP_CHECK).since("1.1.8"),
    &Keyword::later_block("DNS_CHECK", "", &DNS_CHECK).since("1.3.0"),
    &Keyword::later_block("MISC_CHECK", "", &MISC_CHECK).since("0.5.3"),
    &Keyword::later_block("BFD_CHECK", "", &BFD_CHECK).since("2.0.0"),
    &Keyword::later_block("PING_CHECK", "", &PING_CHECK).since("2.1.0"),
    &Keyword::later_block("UDP_CHECK", "", &UDP_CHECK).since("2.1.0"),
    &Keyword::later_block("FILE_CHECK", "", &FILE_CHECK).since("2.1.0"),
];
