//! Routes and rules as the kernel is told of them, and as it tells of them.

use std::fmt;
use std::sync::Arc;

use config::model::{Route, RouteKind, Rule, RuleAction, TABLE_MAIN, Table};
use types::{Cidr, Family, IfIndex};

/// The kernel's metric for an IPv6 route without one (IP6_RT_PRIO_USER).
const METRIC_V6: u32 = 1024;
/// RT_TABLE_DEFAULT to RT_TABLE_LOCAL: tables that everybody uses.
const COMMON_TABLES: std::ops::RangeInclusive<u32> = 253..=255;

/// A route or a rule as it shall be in the kernel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// A route.
    Route(RouteSpec),
    /// A rule.
    Rule(Rule),
    /// One that an earlier process has left behind.
    Leftover(Leftover),
}

/// A route whose interfaces have numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteSpec {
    /// The route.
    pub route: Route,
    /// Number of its table.
    pub table: u32,
    /// For each of [`Route::hops`], the interface that it names.
    pub interfaces: Vec<Option<IfIndex>>,
}

/// An operation on a route or a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathOp {
    /// Add it: NLM_F_CREATE, and never NLM_F_REPLACE, which could hit what somebody else has made. EEXIST says that
    /// this very route or rule is there.
    Add(Arc<Path>),
    /// Remove it. ESRCH or ENOENT says that it is not there.
    Remove(Arc<Path>),
}

/// Why an operation on a route or a rule was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathFailure {
    /// Index within the batch.
    pub index: usize,
    /// Positive errno.
    pub errno: i32,
    /// What else the kernel said; often empty.
    pub message: String,
}

/// What happened to a route or a rule of somebody, maybe ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathNews {
    /// A route is gone, or another one took its place.
    Route {
        /// Number of its table.
        table: u32,
        /// Where it led.
        destination: Cidr,
    },
    /// A rule is gone.
    Rule {
        /// Family of its packets.
        family: Family,
        /// Its place.
        preference: u32,
    },
}

/// A route or a rule with our mark, as the kernel lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// What it is.
    pub seen: Seen,
    /// The kernel's own description; given back to it, this removes exactly that.
    pub raw: Vec<u8>,
}

/// What can be told of a route or a rule of the kernel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// A route: the part that tells it from others.
    Route {
        /// Number of its table.
        table: u32,
        /// Where it leads.
        destination: Cidr,
        /// `from` (IPv6).
        from: Option<Cidr>,
        /// `metric`.
        metric: u32,
        /// `tos`.
        tos: u8,
        /// What becomes of packets.
        kind: Option<RouteKind>,
        /// Gateway and interface of each way.
        hops: Vec<(Option<std::net::IpAddr>, Option<IfIndex>)>,
    },
    /// A rule, whole. Boxed: it is large.
    Rule(Box<Rule>),
}

impl Path {
    /// The interfaces that it leads to.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = IfIndex> {
        let of_route = match self {
            Self::Route(spec) => spec.interfaces.as_slice(),
            Self::Rule(_) | Self::Leftover(_) => &[],
        };
        of_route.iter().copied().flatten()
    }

    /// Whether the kernel may drop it without a word when something happens to one of these interfaces: IPv4 routes
    /// vanish with their interface, their last address, or the address that they prefer as a source.
    pub(crate) fn depends_on(&self, interfaces: &std::collections::BTreeSet<IfIndex>) -> bool {
        match self {
            Self::Route(spec) => {
                spec.route.source.is_some()
                    || (spec.route.kind.has_way()
                        && spec.interfaces.iter().any(|i| i.is_none_or(|i| interfaces.contains(&i))))
            }
            Self::Rule(_) | Self::Leftover(_) => false,
        }
    }

    /// Whether the news may be about this one.
    pub(crate) fn is_meant_by(&self, news: &PathNews) -> bool {
        match (self, news) {
            (Self::Route(spec), PathNews::Route { table, destination }) => {
                spec.table == *table && spec.route.destination == *destination
            }
            (Self::Rule(rule), PathNews::Rule { family, preference }) => {
                rule.family == *family && rule.preference == *preference
            }
            (Self::Route(_) | Self::Rule(_) | Self::Leftover(_), _) => false,
        }
    }

    /// Whether it is what the kernel shows.
    pub(crate) fn is(&self, seen: &Seen) -> bool {
        match (self, seen) {
            (Self::Route(spec), Seen::Route { kind, hops, metric, tos, from, .. }) => {
                let route = &spec.route;
                self.takes_the_place_of(seen)
                    && *kind == Some(route.kind)
                    && *metric == effective_metric(route)
                    && (*tos, *from) == (route.tos, route.from)
                    && same_ways(spec, hops)
            }
            (Self::Rule(rule), Seen::Rule(seen)) => *rule == **seen,
            (Self::Route(_) | Self::Rule(_) | Self::Leftover(_), _) => false,
        }
    }

    /// Whether it is for the same packets.
    pub(crate) fn takes_the_place_of(&self, seen: &Seen) -> bool {
        match (self, seen) {
            (Self::Route(spec), Seen::Route { table, destination, .. }) => {
                spec.table == *table && spec.route.destination == *destination
            }
            (Self::Rule(rule), Seen::Rule(seen)) => {
                (rule.family, rule.preference) == (seen.family, seen.preference)
            }
            (Self::Route(_) | Self::Rule(_) | Self::Leftover(_), _) => false,
        }
    }

    /// The table that nobody but us uses, if it names one.
    pub(crate) fn own_table(&self) -> Option<u32> {
        let table = match self {
            Self::Route(spec) => Some(spec.table),
            Self::Rule(rule) => looked_up(rule),
            Self::Leftover(_) => None,
        };
        table.filter(|table| !COMMON_TABLES.contains(table) && *table != 0)
    }
}

impl Seen {
    /// The table that it is in or leads to.
    pub(crate) fn table(&self) -> Option<u32> {
        match self {
            Self::Route { table, .. } => Some(*table),
            Self::Rule(rule) => looked_up(rule),
        }
    }

    /// The interfaces that it leads to.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = IfIndex> {
        let hops = match self {
            Self::Route { hops, .. } => hops.as_slice(),
            Self::Rule(_) => &[],
        };
        hops.iter().filter_map(|(_, interface)| *interface)
    }
}

impl fmt::Display for Path {
    /// As `ip route` or `ip rule` would write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(spec) => write!(f, "route {}", spec.route),
            Self::Rule(rule) => write!(f, "rule {rule}"),
            Self::Leftover(Leftover { seen: Seen::Rule(rule), .. }) => write!(f, "rule {rule}"),
            Self::Leftover(Leftover { seen: Seen::Route { table: TABLE_MAIN, destination, .. }, .. }) => {
                write!(f, "route {destination}")
            }
            Self::Leftover(Leftover { seen: Seen::Route { table, destination, .. }, .. }) => {
                write!(f, "route {destination} table {table}")
            }
        }
    }
}

/// The route with numbers for its interfaces; `None` while one of them does not exist.
pub(crate) fn resolve(
    route: &Route,
    ifindex: impl Fn(&str) -> Option<IfIndex>,
    vrf_table: impl Fn(&str) -> Option<u32>,
) -> Option<RouteSpec> {
    let table = match &route.table {
        Table::Number(number) => *number,
        Table::Vrf(name) => vrf_table(name)?,
    };
    let mut interfaces = Vec::new();
    for hop in route.hops() {
        interfaces.push(match &hop.interface {
            Some(name) => Some(ifindex(name)?),
            None => None,
        });
    }
    Some(RouteSpec { route: route.clone(), table, interfaces })
}

fn effective_metric(route: &Route) -> u32 {
    match (route.metric, route.family) {
        (None | Some(0), Family::V6) => METRIC_V6,
        (metric, _) => metric.unwrap_or(0),
    }
}

fn same_ways(spec: &RouteSpec, seen: &[(Option<std::net::IpAddr>, Option<IfIndex>)]) -> bool {
    if !spec.route.kind.has_way() {
        return true;
    }
    let wanted: Vec<_> = spec.route.hops().zip(&spec.interfaces).collect();
    let fits = |(hop, interface): &(&config::model::Hop, &Option<IfIndex>), seen: &(Option<_>, Option<_>)| {
        hop.gateway == seen.0 && (interface.is_none() || **interface == seen.1)
    };
    wanted.len() == seen.len() && wanted.iter().all(|hop| seen.iter().any(|seen| fits(hop, seen)))
}

fn looked_up(rule: &Rule) -> Option<u32> {
    match rule.action {
        RuleAction::Lookup(table) => Some(table),
        RuleAction::L3mdev
        | RuleAction::Goto(_)
        | RuleAction::Nop
        | RuleAction::Blackhole
        | RuleAction::Unreachable
        | RuleAction::Prohibit => None,
    }
}
