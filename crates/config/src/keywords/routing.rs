//! Static addresses, routes and rules: options of one line.

use super::common::INTERFACE;
use super::instance::ADDRESS_OPTIONS;
use super::{Arg, Args, Block, Form, Keyword, Shape};

pub(super) static ROUTE_ENTRY: Block =
    Block { path: "virtual_routes.entry", shape: Shape::Entries, groups: &[ROUTE_OPTIONS] };

pub(super) static RULE_ENTRY: Block =
    Block { path: "virtual_rules.entry", shape: Shape::Entries, groups: &[RULE_OPTIONS] };

pub(super) static STATIC_ADDRESS_ENTRY: Block = Block {
    path: "static_ipaddress.entry",
    shape: Shape::Entries,
    groups: &[STATIC_ADDRESS_OPTIONS, ADDRESS_OPTIONS],
};

pub(super) static STATIC_ROUTE_ENTRY: Block = Block {
    path: "static_routes.entry",
    shape: Shape::Entries,
    groups: &[STATIC_ROUTE_OPTIONS, ROUTE_OPTIONS],
};

pub(super) static STATIC_RULE_ENTRY: Block =
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

static STATIC_ADDRESS_OPTIONS: &[&Keyword] = &[&Keyword::planned("track_group", Args::Word("NAME"))
    .doc("Static only; other options as virtual_ipaddress.entry except use_vmac.")];

static STATIC_ROUTE_OPTIONS: &[&Keyword] = &[&Keyword::planned("track_group", Args::Word("NAME"))
    .doc("Static only, needs dev; rest as virtual_routes.entry.")];

static STATIC_RULE_OPTIONS: &[&Keyword] =
    &[&Keyword::planned("track_group", Args::Word("NAME")).doc("Static only; rest as virtual_rules.entry.")];

/// `via`
static VIA: Keyword = Keyword::planned("via", Args::List(GATEWAY)).doc("The gateway.");

static ROUTE_OPTIONS: &[&Keyword] = &[
    &Keyword::planned("(type)", Args::List(&[Form::OneOf(ROUTE_TYPES).optional()]))
        .default("unicast")
        .doc("Optional, precedes the destination."),
    &Keyword::planned("(destination)", Args::List(&[Form::Prefix(&["default"]).optional()])).doc("Required."),
    &Keyword::planned("to", Args::List(&[Form::Prefix(&["default"]).one()])).doc("The destination."),
    &Keyword::planned("inet", Args::Flag).default("default family").doc("An IPv4 route."),
    &Keyword::planned("inet6", Args::Flag).doc("An IPv6 route."),
    &Keyword::planned("src", Args::Address).doc("Preferred source."),
    &Keyword::planned("as", Args::List(&[Form::OneOf(&["to"]).optional(), ADDRESS.one()]))
        .doc("NAT/MPLS style new destination."),
    &VIA,
    &Keyword::planned("gw", Args::List(GATEWAY)).doc("Synonym of via.").alias_of(&VIA),
    &Keyword::planned("or", Args::Address).repeats().doc("Legacy alternative gateway: becomes a nexthop."),
    &Keyword::planned("from", Args::List(&[Form::Prefix(&["default", "all", "any"]).one()]))
        .doc("IPv6 source prefix."),
    &Keyword::planned("tos", Args::List(TOS)).doc("The type of service that packets must have."),
    &Keyword::planned("dsfield", Args::List(TOS)).doc("Synonym of tos."),
    &Keyword::planned("table", Args::List(TABLE)).default("main").doc("The routing table."),
    &Keyword::planned("protocol", Args::List(PROTOCOL))
        .default("keepalived (18)")
        .doc("Tracked routes are forced to 18."),
    &Keyword::planned("scope", Args::List(&[Form::NumberOr { name: "SCOPE", max: 255 }.one()]))
        .doc("How far the destination is."),
    &Keyword::planned("metric", Args::List(UINT)).doc("The preference among routes; the least wins."),
    &Keyword::planned("priority", Args::List(UINT)).doc("Synonym of metric."),
    &Keyword::planned("preference", Args::List(UINT)).doc("Synonym of metric."),
    &Keyword::planned("dev", Args::List(INTERFACE)).doc("The interface."),
    &Keyword::planned("oif", Args::List(INTERFACE)).doc("Synonym of dev."),
    &Keyword::planned("vrf", Args::List(INTERFACE)).doc("Uses the VRF's table."),
    &Keyword::planned("onlink", Args::Flag).doc("The gateway is on this link, whatever the addresses say."),
    &Keyword::planned("encap", Args::Options(&ENCAP)).doc("Light-weight tunnel."),
    &Keyword::planned("expires", Args::List(UINT)).doc("IPv6."),
    &Keyword::planned("mtu", Args::List(LOCK_UINT)).doc("The path MTU; `lock` switches its discovery off."),
    &Keyword::planned("hoplimit", Args::List(&[Form::Unsigned { max: 255 }.one()]))
        .doc("The hop limit of packets that we send."),
    &Keyword::planned("advmss", Args::List(LOCK_UINT)).doc("The maximum segment size that we announce."),
    &Keyword::planned("rtt", Args::List(LOCK_TIME)).doc("The round-trip time to begin with."),
    &Keyword::planned("rttvar", Args::List(LOCK_TIME))
        .doc("The variance of the round-trip time to begin with."),
    &Keyword::planned("reordering", Args::List(LOCK_UINT)).doc("How much reordering TCP expects."),
    &Keyword::planned("window", Args::List(UINT)).doc("The largest window that we announce."),
    &Keyword::planned("cwnd", Args::List(LOCK_UINT)).doc("The upper bound of the congestion window."),
    &Keyword::planned("ssthresh", Args::List(LOCK_UINT)).doc("The slow-start threshold to begin with."),
    &Keyword::planned("realms", Args::List(&[Form::Realms.one()])).doc("IPv4."),
    &Keyword::planned("rto_min", Args::List(LOCK_TIME)).doc("The least time before TCP sends again."),
    &Keyword::planned("initcwnd", Args::List(UINT)).doc("The congestion window to begin with."),
    &Keyword::planned("initrwnd", Args::List(UINT)).doc("The receive window to begin with."),
    &Keyword::planned("features", Args::OneOf(&["ecn"])).doc("Features of TCP towards this destination."),
    &Keyword::planned("quickack", Args::Int { min: 0, max: 1 }).doc("Acknowledges at once."),
    &Keyword::planned("congctl", Args::List(&[LOCK, Form::Word("ALGORITHM").one()]))
        .doc("The congestion control of TCP."),
    &Keyword::planned("pref", Args::OneOf(&["low", "medium", "high"])).default("medium").doc("IPv6."),
    &Keyword::planned("ttl-propagate", Args::OneOf(&["enabled", "disabled"])).doc("MPLS."),
    &Keyword::planned("fastopen_no_cookie", Args::Int { min: 0, max: 1 })
        .doc("TCP Fast Open without a cookie."),
    &Keyword::planned("add", Args::Flag).doc("NLM exclusive add."),
    &Keyword::planned("prepend", Args::Flag).default("default").doc("Before matching routes."),
    &Keyword::planned("append", Args::Flag).doc("Behind matching routes."),
    &Keyword::planned("nexthop", Args::Options(&NEXTHOP)).repeats().doc("Repeatable; must be last."),
    &Keyword::planned("no_track", Args::Flag)
        .default("off")
        .doc("Somebody else removing the route is nobody's concern."),
];

static RULE_OPTIONS: &[&Keyword] = &[
    &Keyword::planned("inet", Args::Flag).default("default family").doc("An IPv4 rule."),
    &Keyword::planned("inet6", Args::Flag).doc("An IPv6 rule."),
    &Keyword::planned("from", Args::List(SELECTOR)).default("all").doc("The source of packets."),
    &Keyword::planned("to", Args::List(SELECTOR)).default("all").doc("The destination of packets."),
    &Keyword::planned("not", Args::Flag).doc("Invert match."),
    &Keyword::planned("table", Args::List(TABLE)).doc("Looks in this routing table."),
    &Keyword::planned("lookup", Args::List(TABLE)).doc("Synonym of table."),
    &Keyword::planned("preference", Args::List(UINT))
        .default("assigned downwards from 16384 with a warning")
        .doc("The place among the rules; the least comes first."),
    &Keyword::planned("order", Args::List(UINT)).doc("Synonym of preference."),
    &Keyword::planned("priority", Args::List(UINT)).doc("Synonym of preference."),
    &Keyword::planned("tos", Args::List(TOS)).doc("The type of service of packets."),
    &Keyword::planned("dsfield", Args::List(TOS)).doc("Synonym of tos."),
    &Keyword::planned(
        "fwmark",
        Args::List(&[Form::Pair { separator: '/', max: 4_294_967_295, single: true }.one()]),
    )
    .doc("The mark of packets."),
    &Keyword::planned("realms", Args::List(&[Form::Realms.one()])).doc("Table action only."),
    &Keyword::planned("suppress_prefixlength", Args::Int { min: 0, max: 128 })
        .doc("Rejects results with a prefix of at most this length."),
    &Keyword::planned("sup_pl", Args::Int { min: 0, max: 128 }).doc("Synonym."),
    &Keyword::planned("suppress_ifgroup", Args::List(IF_GROUP))
        .doc("Rejects results through interfaces of this group."),
    &Keyword::planned("sup_group", Args::List(IF_GROUP)).doc("Synonym."),
    &Keyword::planned("iif", Args::List(INTERFACE)).doc("The interface on which packets arrive."),
    &Keyword::planned("dev", Args::List(INTERFACE)).doc("Synonym of iif."),
    &Keyword::planned("oif", Args::List(INTERFACE)).doc("The interface that the sender is bound to."),
    &Keyword::planned("tunnel-id", Args::List(&[Form::Unsigned { max: u64::MAX }.one()]))
        .doc("The number of the tunnel."),
    &Keyword::planned(
        "uidrange",
        Args::List(&[Form::Pair { separator: '-', max: 4_294_967_295, single: false }.one()]),
    )
    .doc("The users who send."),
    &Keyword::planned("l3mdev", Args::Flag).doc("Action; excludes table."),
    &Keyword::planned("protocol", Args::Int { min: 0, max: 255 })
        .default("18 when tracked")
        .doc("Who has made the rule."),
    &Keyword::planned("ipproto", Args::List(PROTOCOL)).doc("Man page example writes ip_proto."),
    &Keyword::planned("sport", Args::List(PORTS)).doc("The source ports."),
    &Keyword::planned("dport", Args::List(PORTS)).doc("The destination ports."),
    &Keyword::planned("type", Args::OneOf(ACTIONS)).doc("Optional word before an action."),
    &Keyword::planned("goto", Args::List(UINT)).doc("Needs a preference lower than the target."),
    &Keyword::planned("nop", Args::Flag).doc("Does nothing."),
    &Keyword::planned("blackhole", Args::Flag).doc("Also unreachable, prohibit; one action per rule."),
    &Keyword::planned("unreachable", Args::Flag).doc("Says that the destination cannot be reached."),
    &Keyword::planned("prohibit", Args::Flag).doc("Says that it is forbidden."),
    &Keyword::planned("no_track", Args::Flag)
        .default("off")
        .doc("Somebody else removing the rule is nobody's concern."),
];
