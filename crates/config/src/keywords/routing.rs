//! Static addresses, routes and rules: options of one line.

use super::{Block, Keyword, Shape};

pub(super) static ROUTE_ENTRY: Block =
    Block { path: "virtual_routes.entry", shape: Shape::Entries, groups: &[ROUTE_OPTIONS] };

pub(super) static RULE_ENTRY: Block =
    Block { path: "virtual_rules.entry", shape: Shape::Entries, groups: &[RULE_OPTIONS] };

pub(super) static STATIC_ADDRESS_ENTRY: Block =
    Block { path: "static_ipaddress.entry", shape: Shape::Entries, groups: &[STATIC_ADDRESS_OPTIONS] };

pub(super) static STATIC_ROUTE_ENTRY: Block =
    Block { path: "static_routes.entry", shape: Shape::Entries, groups: &[STATIC_ROUTE_OPTIONS] };

pub(super) static STATIC_RULE_ENTRY: Block =
    Block { path: "static_rules.entry", shape: Shape::Entries, groups: &[STATIC_RULE_OPTIONS] };

static STATIC_ADDRESS_OPTIONS: &[&Keyword] = &[&Keyword::later("track_group", "NAME")
    .doc("Static only; other options as virtual_ipaddress.entry except use_vmac.")];

static STATIC_ROUTE_OPTIONS: &[&Keyword] =
    &[&Keyword::later("track_group", "NAME").doc("Static only, needs dev; rest as virtual_routes.entry.")];

static STATIC_RULE_OPTIONS: &[&Keyword] =
    &[&Keyword::later("track_group", "NAME").doc("Static only; rest as virtual_rules.entry.")];

static ROUTE_OPTIONS: &[&Keyword] = &[
    &Keyword::later(
        "(type)",
        "unicast|local|broadcast|brd|anycast|multicast|throw|unreachable|prohibit|blackhole|xresolve|nat",
    )
    .default("unicast")
    .doc("Optional, precedes the destination."),
    &Keyword::later("(destination)", "[to] IPADDR[/PREFIX]|default").doc("Required."),
    &Keyword::later("to", "PREFIX"),
    &Keyword::later("inet", "").default("default family"),
    &Keyword::later("inet6", ""),
    &Keyword::later("src", "IPADDR").doc("Preferred source."),
    &Keyword::later("as", "[to] IPADDR").doc("NAT/MPLS style new destination."),
    &Keyword::later("via", "[inet|inet6] IPADDR"),
    &Keyword::later("gw", "[inet|inet6] IPADDR").doc("Synonym of via."),
    &Keyword::later("or", "IPADDR").doc("Legacy alternative gateway: becomes a nexthop."),
    &Keyword::later("from", "PREFIX").doc("IPv6 source prefix."),
    &Keyword::later("tos", "TOS"),
    &Keyword::later("dsfield", "TOS").doc("Synonym of tos."),
    &Keyword::later("table", "NAME|UINT").default("main"),
    &Keyword::later("protocol", "NAME|0..255")
        .default("keepalived (18)")
        .doc("Tracked routes are forced to 18."),
    &Keyword::later("scope", "NAME|INT"),
    &Keyword::later("metric", "UINT"),
    &Keyword::later("priority", "UINT").doc("Synonym of metric."),
    &Keyword::later("preference", "UINT").doc("Synonym of metric."),
    &Keyword::later("dev", "IFNAME"),
    &Keyword::later("oif", "IFNAME").doc("Synonym of dev."),
    &Keyword::later("vrf", "IFNAME").doc("Uses the VRF's table."),
    &Keyword::later("onlink", ""),
    &Keyword::later(
        "encap",
        "ip|ip6 [id|dst|src|tos|ttl|tc|hoplimit|flags VALUE ...] ; mpls LABELS ; ila ADDR",
    )
    .doc("Light-weight tunnel."),
    &Keyword::later("expires", "UINT s").doc("IPv6."),
    &Keyword::later("mtu", "[lock] UINT"),
    &Keyword::later("hoplimit", "0..255"),
    &Keyword::later("advmss", "[lock] UINT"),
    &Keyword::later("rtt", "[lock] TIME"),
    &Keyword::later("rttvar", "[lock] TIME"),
    &Keyword::later("reordering", "[lock] UINT"),
    &Keyword::later("window", "UINT"),
    &Keyword::later("cwnd", "[lock] UINT"),
    &Keyword::later("ssthresh", "[lock] UINT"),
    &Keyword::later("realms", "REALM[/REALM]").doc("IPv4."),
    &Keyword::later("rto_min", "[lock] TIME"),
    &Keyword::later("initcwnd", "UINT"),
    &Keyword::later("initrwnd", "UINT"),
    &Keyword::later("features", "ecn"),
    &Keyword::later("quickack", "0|1"),
    &Keyword::later("congctl", "[lock] NAME"),
    &Keyword::later("pref", "low|medium|high").default("medium").doc("IPv6."),
    &Keyword::later("ttl-propagate", "enabled|disabled").doc("MPLS."),
    &Keyword::later("fastopen_no_cookie", "0|1"),
    &Keyword::later("add", "").doc("NLM exclusive add."),
    &Keyword::later("prepend", "").default("default"),
    &Keyword::later("append", ""),
    &Keyword::later(
        "nexthop",
        "via [inet|inet6] ADDR [dev IF] [weight N] [onlink] [encap ...] [realms R] [as ADDR]",
    )
    .doc("Repeatable; must be last."),
    &Keyword::later("no_track", "").default("off"),
];

static RULE_OPTIONS: &[&Keyword] = &[
    &Keyword::later("inet", "").default("default family"),
    &Keyword::later("inet6", ""),
    &Keyword::later("from", "PREFIX|all").default("all"),
    &Keyword::later("to", "PREFIX|all").default("all"),
    &Keyword::later("not", "").doc("Invert match."),
    &Keyword::later("table", "NAME|UINT"),
    &Keyword::later("lookup", "NAME|UINT").doc("Synonym of table."),
    &Keyword::later("preference", "UINT").default("assigned downwards from 16384 with a warning"),
    &Keyword::later("order", "UINT").doc("Synonym of preference."),
    &Keyword::later("priority", "UINT").doc("Synonym of preference."),
    &Keyword::later("tos", "TOS"),
    &Keyword::later("dsfield", "TOS").doc("Synonym of tos."),
    &Keyword::later("fwmark", "UINT[/MASK]"),
    &Keyword::later("realms", "[SRC/]DST").doc("Table action only."),
    &Keyword::later("suppress_prefixlength", "INT"),
    &Keyword::later("sup_pl", "INT").doc("Synonym."),
    &Keyword::later("suppress_ifgroup", "GROUP"),
    &Keyword::later("sup_group", "GROUP").doc("Synonym."),
    &Keyword::later("iif", "IFNAME"),
    &Keyword::later("dev", "IFNAME").doc("Synonym of iif."),
    &Keyword::later("oif", "IFNAME"),
    &Keyword::later("tunnel-id", "UINT64"),
    &Keyword::later("uidrange", "UINT-UINT"),
    &Keyword::later("l3mdev", "").doc("Action; excludes table."),
    &Keyword::later("protocol", "0..255").default("18 when tracked"),
    &Keyword::later("ipproto", "NAME|0..255").doc("Man page example writes ip_proto."),
    &Keyword::later("sport", "PORT[-PORT]"),
    &Keyword::later("dport", "PORT[-PORT]"),
    &Keyword::later("type", "(action word)").doc("Optional word before an action."),
    &Keyword::later("goto", "UINT").doc("Needs a preference lower than the target."),
    &Keyword::later("nop", ""),
    &Keyword::later("blackhole", "").doc("Also unreachable, prohibit; one action per rule."),
    &Keyword::later("unreachable", ""),
    &Keyword::later("prohibit", ""),
    &Keyword::later("no_track", "").default("off"),
];
