//! Static addresses, routes and rules: options of one line.

use super::common::INTERFACE;
use super::instance::ADDRESS_OPTIONS;
use super::{Arg, Args, Block, Form, Keyword, Shape};

/// Lines of `virtual_routes`.
pub static ROUTE_ENTRY: Block =
    Block { path: "virtual_routes.entry", shape: Shape::Entries, groups: &[ROUTE_OPTIONS] };

/// Lines of `virtual_rules`.
pub static RULE_ENTRY: Block =
    Block { path: "virtual_rules.entry", shape: Shape::Entries, groups: &[RULE_OPTIONS] };

/// Lines of `static_ipaddress`.
pub static STATIC_ADDRESS_ENTRY: Block = Block {
    path: "static_ipaddress.entry",
    shape: Shape::Entries,
    groups: &[STATIC_ADDRESS_OPTIONS, ADDRESS_OPTIONS],
};

/// Lines of `static_routes`.
pub static STATIC_ROUTE_ENTRY: Block = Block {
    path: "static_routes.entry",
    shape: Shape::Entries,
    groups: &[STATIC_ROUTE_OPTIONS, ROUTE_OPTIONS],
};

/// Lines of `static_rules`.
pub static STATIC_RULE_ENTRY: Block =
    Block { path: "static_rules.entry", shape: Shape::Entries, groups: &[STATIC_RULE_OPTIONS, RULE_OPTIONS] };

const ADDRESS: Form = Form::Address(None);
const GATEWAY: &[Arg] = &[Form::OneOf(&["inet", "inet6"]).optional(), ADDRESS.one()];
const UINT: &[Arg] = &[Form::Unsigned { max: 4_294_967_295 }.one()];
const LOCK: Arg = Form::OneOf(&["lock"]).optional();
const LOCK_UINT: &[Arg] = &[LOCK, Form::Unsigned { max: 4_294_967_295 }.one()];
const LOCK_TIME: &[Arg] = &[LOCK, Form::Time.one()];
const TOS: &[Arg] = &[Form::NumberOr { name: "TOS", max: 255 }.one()];
const TABLE: &[Arg] = &[Form::NumberOr { name: "TABLE", max: 4_294_967_295 }.one()];
const PROTOCOL: &[Arg] = &[Form::NumberOr { name: "PROTOCOL", max: 255 }.one()];
const IF_GROUP: &[Arg] = &[Form::NumberOr { name: "GROUP", max: 4_294_967_295 }.one()];
const SELECTOR: &[Arg] = &[Form::Prefix(&["default", "all", "any"]).one()];
const PORTS: &[Arg] = &[Form::Pair { separator: '-', max: 65_535, single: true }.one()];
const ROUTE_TYPES: &[&str] = &[
    "unicast",
    "local",
    "broadcast",
    "brd",
    "anycast",
    "multicast",
    "throw",
    "unreachable",
    "prohibit",
    "blackhole",
    "xresolve",
    "nat",
];
const ACTIONS: &[&str] = &["goto", "nop", "blackhole", "unreachable", "prohibit"];

static ENCAP: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(type)", &[Form::OneOf(&["ip", "ip6"]).optional()]).doc(
            "ip or ip6: packs packets into a tunnel over IPv4 or IPv6, with the options that \
          follow.",
        ),
        &Keyword::list("mpls", &[Form::Labels.one()]).doc(
            "Puts these MPLS labels before packets, separated by slashes; the kernel needs the \
          module mpls_iptunnel.",
        ),
        &Keyword::list("ila", &[Form::Word("LOCATOR").one()]).doc(
            "Replaces the upper half of the destination by this locator (identifier-locator \
          addressing of IPv6).",
        ),
        &Keyword::list("id", &[Form::Unsigned { max: u64::MAX }.one()])
            .doc("The number of the tunnel (VNI), which the far end must know."),
        &Keyword::list("dst", &[ADDRESS.one()]).doc("The address of the far end of the tunnel."),
        &Keyword::list("src", &[ADDRESS.one()])
            .doc("The address of the near end of the tunnel; otherwise the kernel chooses."),
        &Keyword::list("tos", TOS).doc("The type of service in the outer header, for tunnels over IPv4."),
        &Keyword::list("ttl", &[Form::Unsigned { max: 255 }.one()])
            .doc("The TTL in the outer header, for tunnels over IPv4."),
        &Keyword::list("tc", &[Form::Unsigned { max: 255 }.one()])
            .doc("The traffic class in the outer header, for tunnels over IPv6."),
        &Keyword::list("hoplimit", &[Form::Unsigned { max: 255 }.one()])
            .doc("The hop limit in the outer header, for tunnels over IPv6."),
        &Keyword::list("flags", &[Form::Unsigned { max: 65_535 }.one()])
            .doc("Flags of the tunnel as a number, as the kernel has them."),
    ]],
};

static NEXTHOP: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("via", GATEWAY)
            .doc("The gateway of this path, of either family; inet or inet6 may stand before it."),
        &Keyword::list("gw", GATEWAY).doc("The same as `via` of this path."),
        &Keyword::list("dev", INTERFACE)
            .doc("The interface of this path. Needed if the gateway's address does not tell."),
        &Keyword::list("oif", INTERFACE).doc("The same as `dev` of this path."),
        &Keyword::int("weight", 1, 256)
            .doc("The share of this path in the traffic, in relation to the others."),
        &Keyword::flag("onlink").doc("The gateway of this path is on its link, whatever the addresses say."),
        &Keyword::options("encap", &ENCAP).doc("A light-weight tunnel for this path."),
        &Keyword::list("realms", &[Form::Realms.one()])
            .doc("The realms of this path, for traffic control (IPv4)."),
        &Keyword::list("as", &[Form::OneOf(&["to"]).optional(), ADDRESS.one()])
            .doc("A new destination for this path, as only MPLS routes can have one."),
    ]],
};

static STATIC_ADDRESS_OPTIONS: &[&Keyword] = &[&Keyword::new("track_group", Args::Word("NAME")).doc(
    "The instances of this `track_group` are in FAULT while the address is missing. Without \
          it nobody depends on it, but it is still put back.",
)];

static STATIC_ROUTE_OPTIONS: &[&Keyword] = &[&Keyword::new("track_group", Args::Word("NAME")).doc(
    "The instances of this `track_group` are in FAULT while the route is missing; the route \
          needs `dev`. Without it nobody depends on it, but it is still put back.",
)];

static STATIC_RULE_OPTIONS: &[&Keyword] = &[&Keyword::new("track_group", Args::Word("NAME")).doc(
    "The instances of this `track_group` are in FAULT while the rule is missing. Without it \
          nobody depends on it, but it is still put back.",
)];

/// `via`
static VIA: Keyword = Keyword::new("via", Args::List(GATEWAY))
    .doc("The gateway, of either family; inet or inet6 may stand before it.");

static ROUTE_OPTIONS: &[&Keyword] = &[
    &Keyword::new("(type)", Args::List(&[Form::OneOf(ROUTE_TYPES).optional()])).default("unicast").doc(
        "What the kernel does with packets for the destination. unicast sends them on; \
          unreachable, prohibit and blackhole refuse them with an ICMP error of their kind or \
          silently; throw looks in the next table; local takes them in.",
    ),
    &Keyword::new("(destination)", Args::List(&[Form::Prefix(&["default"]).optional()])).doc(
        "The addresses that the route is for: an address, one with a prefix length, or default. \
          Required, here or behind `to`.",
    ),
    &Keyword::new("to", Args::List(&[Form::Prefix(&["default"]).one()]))
        .doc("The destination, if it does not stand at the beginning of the line."),
    &Keyword::new("inet", Args::Flag).default("on, unless an address tells otherwise").doc(
        "Makes `default` or a route without addresses one of IPv4. Needed only where nothing \
          else tells the family.",
    ),
    &Keyword::new("inet6", Args::Flag).doc(
        "Makes `default` or a route without addresses one of IPv6. Needed only where nothing \
          else tells the family.",
    ),
    &Keyword::new("src", Args::Address).doc(
        "The address of this machine that the kernel prefers as source for the destination. It \
          must exist when the route is added: a virtual address of the instance does.",
    ),
    &Keyword::new("as", Args::List(&[Form::OneOf(&["to"]).optional(), ADDRESS.one()]))
        .doc("A new destination for packets, as the routes of old kernels for NAT had one.")
        .no_effect("Linux gives packets a new destination by MPLS routes only, and these are routes for IP"),
    &VIA,
    &Keyword::new("gw", Args::List(GATEWAY)).doc("The same as `via`; write `via`.").alias_of(&VIA),
    &Keyword::new("or", Args::Address).repeats().doc(
        "Another gateway, of keepalived's old syntax: the route then has both with equal \
          shares. Write `nexthop` for each.",
    ),
    &Keyword::new("from", Args::List(&[Form::Prefix(&["default", "all", "any"]).one()]))
        .doc("The prefix of sources that the route is for (IPv6, kernels with subtrees)."),
    &Keyword::new("tos", Args::List(TOS)).doc(
        "Only packets with this type of service use the route (IPv4): a number or a name from \
          rt_dsfield.",
    ),
    &Keyword::new("dsfield", Args::List(TOS)).doc("The same as `tos` of a route."),
    &Keyword::new("table", Args::List(TABLE)).default("main").doc(
        "The routing table that gets the route: a number, or a name from rt_tables. \
          `virtual_rules` or `static_rules` decide who looks there.",
    ),
    &Keyword::new("protocol", Args::List(PROTOCOL)).default("keepalived (18)").doc(
        "Who has made the route, shown by `ip route`: a number, or a name from rt_protos. \
          Routes that are put back when they are removed have 18; others need `no_track`.",
    ),
    &Keyword::new("scope", Args::List(&[Form::NumberOr { name: "SCOPE", max: 255 }.one()])).doc(
        "How far away the destination is: global, site, link, host, or a number. The kernel \
          derives it from type and gateway unless told.",
    ),
    &Keyword::new("metric", Args::List(UINT)).doc(
        "The preference among routes to one destination; the least wins, and no number means 0 \
          (IPv6: 1024).",
    ),
    &Keyword::new("priority", Args::List(UINT)).doc("The same as `metric` of a route."),
    &Keyword::new("preference", Args::List(UINT))
        .doc("The same as `metric`, as older versions of ip(8) call it."),
    &Keyword::new("dev", Args::List(INTERFACE))
        .doc("The interface. Needed if neither gateway nor source tells."),
    &Keyword::new("oif", Args::List(INTERFACE)).doc("The same as `dev` of a route."),
    &Keyword::new("vrf", Args::List(INTERFACE))
        .doc("Puts the route into the table of this VRF, in place of `table`."),
    &Keyword::new("onlink", Args::Flag).doc(
        "The gateway is on this link, whatever the addresses say, as with /32 addresses in \
          clouds.",
    ),
    &Keyword::new("encap", Args::Options(&ENCAP))
        .doc("Packs packets into a light-weight tunnel: ip or ip6 with its options, mpls or ila."),
    &Keyword::new("expires", Args::List(UINT))
        .unit("seconds")
        .doc("How long the kernel keeps an IPv6 route. It is put back then, so this is seldom meant."),
    &Keyword::new("mtu", Args::List(LOCK_UINT))
        .doc("The path MTU, in bytes; `lock` also switches its discovery off."),
    &Keyword::new("hoplimit", Args::List(&[Form::Unsigned { max: 255 }.one()]))
        .doc("The hop limit or TTL of packets that this machine sends there."),
    &Keyword::new("advmss", Args::List(LOCK_UINT))
        .doc("The maximum segment size that TCP announces to the destination, in bytes."),
    &Keyword::new("rtt", Args::List(LOCK_TIME)).doc(
        "The round-trip time that TCP begins with: a number in the kernel's unit, or with s or \
          ms behind it.",
    ),
    &Keyword::new("rttvar", Args::List(LOCK_TIME))
        .doc("The variance of the round-trip time that TCP begins with, in the units of `rtt`."),
    &Keyword::new("reordering", Args::List(LOCK_UINT))
        .doc("How many segments may arrive in the wrong order before TCP takes one for lost."),
    &Keyword::new("window", Args::List(UINT))
        .doc("The largest window that TCP announces to the destination, in bytes."),
    &Keyword::new("cwnd", Args::List(LOCK_UINT))
        .doc("The upper bound of TCP's congestion window, in segments; counts only with `lock`."),
    &Keyword::new("ssthresh", Args::List(LOCK_UINT))
        .doc("The slow-start threshold that TCP begins with, in segments."),
    &Keyword::new("realms", Args::List(&[Form::Realms.one()])).doc(
        "The realms of source and destination, for traffic control (IPv4): numbers, or names \
          from rt_realms.",
    ),
    &Keyword::new("rto_min", Args::List(LOCK_TIME))
        .doc("The least time before TCP sends a segment again, with s or ms behind it."),
    &Keyword::new("initcwnd", Args::List(UINT))
        .doc("The congestion window that TCP begins with, in segments."),
    &Keyword::new("initrwnd", Args::List(UINT)).doc("The receive window that TCP begins with, in segments."),
    &Keyword::new("features", Args::OneOf(&["ecn"])).doc(
        "Features of TCP towards the destination: ecn marks congestion in place of losing \
          packets.",
    ),
    &Keyword::new("quickack", Args::Int { min: 0, max: 1 })
        .doc("1: TCP acknowledges each segment at once; 0: as usual, delayed."),
    &Keyword::new("congctl", Args::List(&[LOCK, Form::Word("ALGORITHM").one()])).doc(
        "The congestion control of TCP towards the destination, as in `cubic` or `bbr`; `lock` \
          keeps programs from choosing another.",
    ),
    &Keyword::new("pref", Args::OneOf(&["low", "medium", "high"]))
        .default("medium")
        .doc("The preference of an IPv6 router (RFC 4191): low, medium or high."),
    &Keyword::new("ttl-propagate", Args::OneOf(&["enabled", "disabled"]))
        .doc("Whether an MPLS route copies the TTL between label and IP header."),
    &Keyword::new("fastopen_no_cookie", Args::Int { min: 0, max: 1 })
        .doc("1: TCP Fast Open without a cookie to the destination, for networks that are trusted."),
    &Keyword::new("add", Args::Flag)
        .doc("Adds the route only if there is no such one. One of three manners, see `prepend`."),
    &Keyword::new("prepend", Args::Flag).default("on, without `add` and `append`").doc(
        "Puts the route before others to the same destination, which is the default; `add` and \
          `append` are the other manners.",
    ),
    &Keyword::new("append", Args::Flag)
        .doc("Puts the route behind others to the same destination: it is a spare."),
    &Keyword::new("nexthop", Args::Options(&NEXTHOP)).repeats().doc(
        "One of several paths with its gateway, interface and weight; the traffic is spread \
          over them. May be repeated, and stands at the end of the line.",
    ),
    &Keyword::new("no_track", Args::Flag).default("off").doc(
        "If somebody removes the route, it is not put back and the instance stays as it is. \
          Without this word it is put back.",
    ),
];

static RULE_OPTIONS: &[&Keyword] = &[
    &Keyword::new("inet", Args::Flag).default("on, unless an address tells otherwise").doc(
        "Makes a rule without addresses one of IPv4 only. Without it, such a rule is one of \
          IPv4, too.",
    ),
    &Keyword::new("inet6", Args::Flag)
        .doc("Makes a rule without addresses one of IPv6. For both families write two rules."),
    &Keyword::new("from", Args::List(SELECTOR))
        .default("all")
        .doc("The sources of packets that the rule is for: a prefix, or all."),
    &Keyword::new("to", Args::List(SELECTOR))
        .default("all")
        .doc("The destinations of packets that the rule is for: a prefix, or all."),
    &Keyword::new("not", Args::Flag).doc("The rule is for all packets that do not fit its selectors."),
    &Keyword::new("table", Args::List(TABLE)).doc(
        "The routing table to look in: a number, or a name from rt_tables. If nothing is found \
          there, the next rule is tried.",
    ),
    &Keyword::new("lookup", Args::List(TABLE)).doc("The same as `table` of a rule."),
    &Keyword::new("preference", Args::List(UINT))
        .default("assigned downwards from 16384 with a warning")
        .doc(
            "The place among the rules; the least comes first, 32766 is the main table. Always give \
          one: keepalived and vipd otherwise count down from 16384 in the order of the file, and \
          say so.",
        ),
    &Keyword::new("order", Args::List(UINT)).doc("The same as `preference` of a rule."),
    &Keyword::new("priority", Args::List(UINT))
        .doc("The same as `preference` of a rule, as `ip rule` shows it."),
    &Keyword::new("tos", Args::List(TOS))
        .doc("Only packets with this type of service: a number, or a name from rt_dsfield."),
    &Keyword::new("dsfield", Args::List(TOS)).doc("The same as `tos` of a rule."),
    &Keyword::new(
        "fwmark",
        Args::List(&[Form::Pair { separator: '/', max: 4_294_967_295, single: true }.one()]),
    )
    .doc("Only packets with this firewall mark, under the mask behind the slash if there is one."),
    &Keyword::new("realms", Args::List(&[Form::Realms.one()]))
        .doc("The realms that a rule with a table sets (IPv4), for traffic control."),
    &Keyword::new("suppress_prefixlength", Args::Int { min: 0, max: 128 }).doc(
        "A route that is found with a prefix of at most this length does not count, and the \
          next rule is tried. 0: the main table without its default route.",
    ),
    &Keyword::new("sup_pl", Args::Int { min: 0, max: 128 }).doc("The short form of `suppress_prefixlength`."),
    &Keyword::new("suppress_ifgroup", Args::List(IF_GROUP)).doc(
        "A route that is found through an interface of this group does not count, and the next \
          rule is tried.",
    ),
    &Keyword::new("sup_group", Args::List(IF_GROUP)).doc("The short form of `suppress_ifgroup`."),
    &Keyword::new("iif", Args::List(INTERFACE))
        .doc("Only packets that arrive on this interface; `lo` means those that this machine sends."),
    &Keyword::new("dev", Args::List(INTERFACE))
        .doc("The same as `iif` of a rule; not the interface that packets leave by."),
    &Keyword::new("oif", Args::List(INTERFACE))
        .doc("Only packets of programs that are bound to this interface."),
    &Keyword::new("tunnel-id", Args::List(&[Form::Unsigned { max: u64::MAX }.one()]))
        .doc("Only packets that came out of the tunnel with this number."),
    &Keyword::new(
        "uidrange",
        Args::List(&[Form::Pair { separator: '-', max: 4_294_967_295, single: false }.one()]),
    )
    .doc("Only packets that programs of these users send, as FIRST-LAST."),
    &Keyword::new("l3mdev", Args::Flag)
        .doc("Looks in the table of the VRF that the packet belongs to. Takes the place of `table`."),
    &Keyword::new("protocol", Args::Int { min: 0, max: 255 })
        .default("18 when tracked")
        .doc("Who has made the rule, shown by `ip rule`, as a number."),
    &Keyword::new("ipproto", Args::List(PROTOCOL)).doc(
        "Only packets of this protocol: a number or a name, as in tcp. keepalived's manual also \
          writes ip_proto, which is not accepted.",
    ),
    &Keyword::new("sport", Args::List(PORTS))
        .doc("Only packets from this port or range of ports, with `ipproto`."),
    &Keyword::new("dport", Args::List(PORTS))
        .doc("Only packets to this port or range of ports, with `ipproto`."),
    &Keyword::new("type", Args::OneOf(ACTIONS)).doc(
        "The action: goto, nop, blackhole, unreachable or prohibit; the word may be left out \
          before one.",
    ),
    &Keyword::new("goto", Args::List(UINT))
        .doc("Goes on with the rule of this preference, which must be higher than the rule's own."),
    &Keyword::new("nop", Args::Flag).doc("Does nothing: a place to jump to."),
    &Keyword::new("blackhole", Args::Flag).doc("Drops packets silently. One action in a rule."),
    &Keyword::new("unreachable", Args::Flag)
        .doc("Refuses packets: the network cannot be reached. One action in a rule."),
    &Keyword::new("prohibit", Args::Flag).doc("Refuses packets: it is forbidden. One action in a rule."),
    &Keyword::new("no_track", Args::Flag).default("off").doc(
        "If somebody removes the rule, it is not put back and the instance stays as it is. \
          Without this word it is put back.",
    ),
];
