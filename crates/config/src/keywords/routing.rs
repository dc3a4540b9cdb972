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
        &Keyword::list("(type)", &[Form::OneOf(&["ip", "ip6"]).optional()]).doc("A tunnel over IP."),
        &Keyword::list("mpls", &[Form::Labels.one()]).doc("MPLS labels, separated by slashes."),
        &Keyword::list("ila", &[Form::Word("LOCATOR").one()]).doc("An identifier-locator address."),
        &Keyword::list("id", &[Form::Unsigned { max: u64::MAX }.one()]).doc("The number of the tunnel."),
        &Keyword::list("dst", &[ADDRESS.one()]).doc("The far end."),
        &Keyword::list("src", &[ADDRESS.one()]).doc("The near end."),
        &Keyword::list("tos", TOS).doc("The type of service."),
        &Keyword::list("ttl", &[Form::Unsigned { max: 255 }.one()]).doc("The TTL."),
        &Keyword::list("tc", &[Form::Unsigned { max: 255 }.one()]).doc("The traffic class."),
        &Keyword::list("hoplimit", &[Form::Unsigned { max: 255 }.one()]).doc("The hop limit."),
        &Keyword::list("flags", &[Form::Unsigned { max: 65_535 }.one()]).doc("Flags of the tunnel."),
    ]],
};

static NEXTHOP: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("via", GATEWAY).doc("The gateway."),
        &Keyword::list("gw", GATEWAY).doc("The same."),
        &Keyword::list("dev", INTERFACE).doc("The interface."),
        &Keyword::list("oif", INTERFACE).doc("The same."),
        &Keyword::int("weight", 1, 256).doc("Its share of the traffic."),
        &Keyword::flag("onlink").doc("The gateway is on this link, whatever the addresses say."),
        &Keyword::options("encap", &ENCAP).doc("A light-weight tunnel."),
        &Keyword::list("realms", &[Form::Realms.one()]).doc("The realms."),
        &Keyword::list("as", &[Form::OneOf(&["to"]).optional(), ADDRESS.one()]).doc("The new destination."),
    ]],
};

static STATIC_ADDRESS_OPTIONS: &[&Keyword] = &[&Keyword::new("track_group", Args::Word("NAME"))
    .doc("The instances of this group are in FAULT while the address is missing.")];

static STATIC_ROUTE_OPTIONS: &[&Keyword] = &[&Keyword::new("track_group", Args::Word("NAME"))
    .doc("The instances of this group are in FAULT while the route is missing.")];

static STATIC_RULE_OPTIONS: &[&Keyword] = &[&Keyword::new("track_group", Args::Word("NAME"))
    .doc("The instances of this group are in FAULT while the rule is missing.")];

/// `via`
static VIA: Keyword = Keyword::new("via", Args::List(GATEWAY)).doc("The gateway.");

static ROUTE_OPTIONS: &[&Keyword] = &[
    &Keyword::new("(type)", Args::List(&[Form::OneOf(ROUTE_TYPES).optional()]))
        .default("unicast")
        .doc("Optional, precedes the destination."),
    &Keyword::new("(destination)", Args::List(&[Form::Prefix(&["default"]).optional()])).doc("Required."),
    &Keyword::new("to", Args::List(&[Form::Prefix(&["default"]).one()])).doc("The destination."),
    &Keyword::new("inet", Args::Flag).default("default family").doc("An IPv4 route."),
    &Keyword::new("inet6", Args::Flag).doc("An IPv6 route."),
    &Keyword::new("src", Args::Address).doc("Preferred source."),
    &Keyword::new("as", Args::List(&[Form::OneOf(&["to"]).optional(), ADDRESS.one()]))
        .doc("NAT/MPLS style new destination.")
        .no_effect("Linux gives packets a new destination by MPLS routes only, and these are routes for IP"),
    &VIA,
    &Keyword::new("gw", Args::List(GATEWAY)).doc("Synonym of via.").alias_of(&VIA),
    &Keyword::new("or", Args::Address).repeats().doc("Legacy alternative gateway: becomes a nexthop."),
    &Keyword::new("from", Args::List(&[Form::Prefix(&["default", "all", "any"]).one()]))
        .doc("IPv6 source prefix."),
    &Keyword::new("tos", Args::List(TOS)).doc("The type of service that packets must have."),
    &Keyword::new("dsfield", Args::List(TOS)).doc("Synonym of tos."),
    &Keyword::new("table", Args::List(TABLE)).default("main").doc("The routing table."),
    &Keyword::new("protocol", Args::List(PROTOCOL))
        .default("keepalived (18)")
        .doc("Who has made the route. 18 for routes that are put back when they are removed; others need `no_track`."),
    &Keyword::new("scope", Args::List(&[Form::NumberOr { name: "SCOPE", max: 255 }.one()]))
        .doc("How far the destination is."),
    &Keyword::new("metric", Args::List(UINT)).doc("The preference among routes; the least wins."),
    &Keyword::new("priority", Args::List(UINT)).doc("Synonym of metric."),
    &Keyword::new("preference", Args::List(UINT)).doc("Synonym of metric."),
    &Keyword::new("dev", Args::List(INTERFACE)).doc("The interface."),
    &Keyword::new("oif", Args::List(INTERFACE)).doc("Synonym of dev."),
    &Keyword::new("vrf", Args::List(INTERFACE)).doc("Uses the VRF's table."),
    &Keyword::new("onlink", Args::Flag).doc("The gateway is on this link, whatever the addresses say."),
    &Keyword::new("encap", Args::Options(&ENCAP)).doc("Light-weight tunnel."),
    &Keyword::new("expires", Args::List(UINT)).doc("IPv6."),
    &Keyword::new("mtu", Args::List(LOCK_UINT)).doc("The path MTU; `lock` switches its discovery off."),
    &Keyword::new("hoplimit", Args::List(&[Form::Unsigned { max: 255 }.one()]))
        .doc("The hop limit of packets that we send."),
    &Keyword::new("advmss", Args::List(LOCK_UINT)).doc("The maximum segment size that we announce."),
    &Keyword::new("rtt", Args::List(LOCK_TIME)).doc("The round-trip time to begin with."),
    &Keyword::new("rttvar", Args::List(LOCK_TIME))
        .doc("The variance of the round-trip time to begin with."),
    &Keyword::new("reordering", Args::List(LOCK_UINT)).doc("How much reordering TCP expects."),
    &Keyword::new("window", Args::List(UINT)).doc("The largest window that we announce."),
    &Keyword::new("cwnd", Args::List(LOCK_UINT)).doc("The upper bound of the congestion window."),
    &Keyword::new("ssthresh", Args::List(LOCK_UINT)).doc("The slow-start threshold to begin with."),
    &Keyword::new("realms", Args::List(&[Form::Realms.one()])).doc("IPv4."),
    &Keyword::new("rto_min", Args::List(LOCK_TIME)).doc("The least time before TCP sends again."),
    &Keyword::new("initcwnd", Args::List(UINT)).doc("The congestion window to begin with."),
    &Keyword::new("initrwnd", Args::List(UINT)).doc("The receive window to begin with."),
    &Keyword::new("features", Args::OneOf(&["ecn"])).doc("Features of TCP towards this destination."),
    &Keyword::new("quickack", Args::Int { min: 0, max: 1 }).doc("Acknowledges at once."),
    &Keyword::new("congctl", Args::List(&[LOCK, Form::Word("ALGORITHM").one()]))
        .doc("The congestion control of TCP."),
    &Keyword::new("pref", Args::OneOf(&["low", "medium", "high"])).default("medium").doc("IPv6."),
    &Keyword::new("ttl-propagate", Args::OneOf(&["enabled", "disabled"])).doc("MPLS."),
    &Keyword::new("fastopen_no_cookie", Args::Int { min: 0, max: 1 })
        .doc("TCP Fast Open without a cookie."),
    &Keyword::new("add", Args::Flag).doc("NLM exclusive add."),
    &Keyword::new("prepend", Args::Flag).default("default").doc("Before matching routes."),
    &Keyword::new("append", Args::Flag).doc("Behind matching routes."),
    &Keyword::new("nexthop", Args::Options(&NEXTHOP)).repeats().doc("Repeatable; must be last."),
    &Keyword::new("no_track", Args::Flag)
        .default("off")
        .doc("Somebody else removing the route is nobody's concern."),
];

static RULE_OPTIONS: &[&Keyword] = &[
    &Keyword::new("inet", Args::Flag).default("default family").doc("An IPv4 rule."),
    &Keyword::new("inet6", Args::Flag).doc("An IPv6 rule."),
    &Keyword::new("from", Args::List(SELECTOR)).default("all").doc("The source of packets."),
    &Keyword::new("to", Args::List(SELECTOR)).default("all").doc("The destination of packets."),
    &Keyword::new("not", Args::Flag).doc("Invert match."),
    &Keyword::new("table", Args::List(TABLE)).doc("Looks in this routing table."),
    &Keyword::new("lookup", Args::List(TABLE)).doc("Synonym of table."),
    &Keyword::new("preference", Args::List(UINT))
        .default("assigned downwards from 16384 with a warning")
        .doc("The place among the rules; the least comes first."),
    &Keyword::new("order", Args::List(UINT)).doc("Synonym of preference."),
    &Keyword::new("priority", Args::List(UINT)).doc("Synonym of preference."),
    &Keyword::new("tos", Args::List(TOS)).doc("The type of service of packets."),
    &Keyword::new("dsfield", Args::List(TOS)).doc("Synonym of tos."),
    &Keyword::new(
        "fwmark",
        Args::List(&[Form::Pair { separator: '/', max: 4_294_967_295, single: true }.one()]),
    )
    .doc("The mark of packets."),
    &Keyword::new("realms", Args::List(&[Form::Realms.one()])).doc("Table action only."),
    &Keyword::new("suppress_prefixlength", Args::Int { min: 0, max: 128 })
        .doc("Rejects results with a prefix of at most this length."),
    &Keyword::new("sup_pl", Args::Int { min: 0, max: 128 }).doc("Synonym."),
    &Keyword::new("suppress_ifgroup", Args::List(IF_GROUP))
        .doc("Rejects results through interfaces of this group."),
    &Keyword::new("sup_group", Args::List(IF_GROUP)).doc("Synonym."),
    &Keyword::new("iif", Args::List(INTERFACE)).doc("The interface on which packets arrive."),
    &Keyword::new("dev", Args::List(INTERFACE)).doc("Synonym of iif."),
    &Keyword::new("oif", Args::List(INTERFACE)).doc("The interface that the sender is bound to."),
    &Keyword::new("tunnel-id", Args::List(&[Form::Unsigned { max: u64::MAX }.one()]))
        .doc("The number of the tunnel."),
    &Keyword::new(
        "uidrange",
        Args::List(&[Form::Pair { separator: '-', max: 4_294_967_295, single: false }.one()]),
    )
    .doc("The users who send."),
    &Keyword::new("l3mdev", Args::Flag).doc("Action; excludes table."),
    &Keyword::new("protocol", Args::Int { min: 0, max: 255 })
        .default("18 when tracked")
        .doc("Who has made the rule."),
    &Keyword::new("ipproto", Args::List(PROTOCOL)).doc("Man page example writes ip_proto."),
    &Keyword::new("sport", Args::List(PORTS)).doc("The source ports."),
    &Keyword::new("dport", Args::List(PORTS)).doc("The destination ports."),
    &Keyword::new("type", Args::OneOf(ACTIONS)).doc("Optional word before an action."),
    &Keyword::new("goto", Args::List(UINT)).doc("Needs a preference lower than the target."),
    &Keyword::new("nop", Args::Flag).doc("Does nothing."),
    &Keyword::new("blackhole", Args::Flag).doc("Also unreachable, prohibit; one action per rule."),
    &Keyword::new("unreachable", Args::Flag).doc("Says that the destination cannot be reached."),
    &Keyword::new("prohibit", Args::Flag).doc("Says that it is forbidden."),
    &Keyword::new("no_track", Args::Flag)
        .default("off")
        .doc("Somebody else removing the rule is nobody's concern."),
];
