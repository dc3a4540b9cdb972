//! What routes and rules need beyond options that are right each by itself.

use types::{Cidr, Family};

use super::{Settings, Spanned, Value};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::source::Span;

/// What a rule can do with a packet.
const ACTIONS: [&str; 9] =
    ["table", "lookup", "goto", "nop", "blackhole", "unreachable", "prohibit", "l3mdev", "type"];

/// Reports a route without destination, or of two address families.
pub(super) fn check_route(route: &Spanned<Settings>, found: &mut Vec<Diagnostic>) {
    if route.value.get("(destination)").or(route.value.get("to")).is_none() {
        let message = "the route has no destination";
        found.push(
            Diagnostic::new(&ids::MISSING_ARGUMENT, route.span, message)
                .help("write ADDRESS[/PREFIX] or `default`; the line is ignored"),
        );
    }
    // A gateway may be of another family (RFC 5549), and so may the ends of a tunnel.
    one_family(route, &["(destination)", "to", "src", "from"], "route", found);
}

/// Reports a rule that does nothing, or is of two address families.
pub(super) fn check_rule(rule: &Spanned<Settings>, found: &mut Vec<Diagnostic>) {
    if !ACTIONS.iter().any(|action| rule.value.get(action).is_some()) {
        let message = "the rule does not say what to do with packets";
        found.push(
            Diagnostic::new(&ids::MISSING_ARGUMENT, rule.span, message)
                .help("add `table NAME`, or another action such as `unreachable`; the line is ignored"),
        );
    }
    one_family(rule, &["from", "to"], "rule", found);
}

fn one_family(line: &Spanned<Settings>, options: &[&str], what: &str, found: &mut Vec<Diagnostic>) {
    let mut first: Option<(Family, Span)> = None;
    for (family, span) in options.iter().filter_map(|name| line.value.get(name)).filter_map(|setting| {
        let family = family_of(&setting.value)?;
        Some((family, setting.span))
    }) {
        match first {
            None => first = Some((family, span)),
            Some((known, _)) if known == family => {}
            Some((known, place)) => {
                let message = format!("the {what} mixes {known} and {family}");
                found.push(
                    Diagnostic::new(&ids::FAMILY_MISMATCH, span, message)
                        .label(place, format!("this is {known}"))
                        .help("write one line for each family; this one is ignored"),
                );
                return;
            }
        }
    }
}

fn family_of(value: &Value) -> Option<Family> {
    match value {
        Value::Address(address) => Some(Family::of(*address)),
        Value::Text(text) => text.parse::<Cidr>().ok().map(Cidr::family),
        Value::List(values) => values.iter().find_map(family_of),
        Value::Switch(_)
        | Value::Int(_)
        | Value::Unsigned(_)
        | Value::Time(_)
        | Value::Command(_)
        | Value::Block(_)
        | Value::Entries(_) => None,
    }
}
