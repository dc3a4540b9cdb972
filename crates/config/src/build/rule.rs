//! Entries of `virtual_rules` and `static_rules`.

use types::{Cidr, Family};

use super::line::{Line, Read, Said, pair};
use super::names::Kind;
use super::route::network;
use crate::model::{Rule, RuleAction};

/// keepalived gives the first rule without a preference this one, and the next ones one less each.
const FIRST_PREFERENCE: u32 = 16_384;

/// Gives preferences to rules that have none.
#[derive(Debug)]
pub(super) struct Preferences {
    next: u32,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { next: FIRST_PREFERENCE }
    }
}

/// The rule of a line; `None` after a diagnostic.
pub(super) fn rule(line: &mut Line<'_>, preferences: &mut Preferences) -> Read<Rule> {
    let (from, to) = (selector(line, "from"), selector(line, "to"));
    let family = match (line.has("inet6"), line.has("inet"), from.or(to)) {
        (true, true, _) => return line.unusable("inet6", "it stands beside `inet`"),
        (true, false, None) => Family::V6,
        (six, four, Some(prefix)) => {
            let family = prefix.family();
            if (six && family == Family::V4) || (four && family == Family::V6) {
                return line
                    .unusable(if six { "inet6" } else { "inet" }, "the addresses are of the other family");
            }
            family
        }
        (false, _, None) => Family::V4,
    };
    let action = action(line)?;
    let mut rule = Rule::new(family, 0, action);
    (rule.from, rule.to) = (from, to);
    rule.invert = line.has("not");
    rule.tos = line.named_byte(&["tos", "dsfield"], Kind::Tos)?.unwrap_or(0);
    rule.mark = line.text("fwmark").and_then(mark);
    rule.input = ["iif", "dev"].iter().find_map(|name| line.text(name)).map(str::to_owned);
    rule.output = line.text("oif").map(str::to_owned);
    rule.tunnel_id = line.unsigned("tunnel-id");
    rule.users = line.text("uidrange").and_then(|text| pair(text, '-'));
    rule.ip_protocol = line.named_byte(&["ipproto"], Kind::IpProtocol)?;
    rule.source_ports = line.text("sport").and_then(ports);
    rule.destination_ports = line.text("dport").and_then(ports);
    rule.realms = match line.text("realms").map(str::to_owned) {
        Some(text) => Some(line.realms(&text)?),
        None => None,
    };
    rule.suppress_prefix_len = ["suppress_prefixlength", "sup_pl"].iter().find_map(|name| line.number(name));
    rule.suppress_group = line.named(&["suppress_ifgroup", "sup_group"], Kind::Group)?;
    rule.protocol = line.protocol()?;
    rule.preference = preference(line, preferences);
    check(line, &rule)?;
    Ok(rule)
}

fn selector(line: &Line<'_>, name: &str) -> Option<Cidr> {
    line.prefix(name).map(network)
}

fn action(line: &mut Line<'_>) -> Read<RuleAction> {
    let word = |line: &Line<'_>, name: &str| line.has(name) || line.word("type") == Some(name);
    let mut actions = Vec::new();
    if let Some(table) = line.named(&["table", "lookup"], Kind::Table)? {
        actions.push(RuleAction::Lookup(table));
    }
    actions.extend(line.number("goto").map(RuleAction::Goto));
    for (name, action) in [
        ("l3mdev", RuleAction::L3mdev),
        ("nop", RuleAction::Nop),
        ("blackhole", RuleAction::Blackhole),
        ("unreachable", RuleAction::Unreachable),
        ("prohibit", RuleAction::Prohibit),
    ] {
        actions.extend(word(line, name).then_some(action));
    }
    match actions.as_slice() {
        // The check of the document has said that there is none.
        [] => Err(Said),
        [action] => Ok(*action),
        [_, ..] => line.unusable("", "it has more than one action"),
    }
}

/// Decimal or as in C, with a mask behind a slash if wanted.
fn mark(text: &str) -> Option<(u32, Option<u32>)> {
    match text.split_once('/') {
        Some(_) => pair(text, '/').map(|(mark, mask)| (mark, Some(mask))),
        None => {
            super::line::unsigned(text).and_then(|mark| u32::try_from(mark).ok()).map(|mark| (mark, None))
        }
    }
}

fn ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = match text.split_once('-') {
        Some(_) => pair(text, '-')?,
        None => pair(&format!("{text}-{text}"), '-')?,
    };
    Some((u16::try_from(first).ok()?, u16::try_from(last).ok()?))
}

fn preference(line: &mut Line<'_>, preferences: &mut Preferences) -> u32 {
    if let Some(given) = ["preference", "order", "priority"].iter().find_map(|name| line.number(name)) {
        return given;
    }
    let given = preferences.next;
    preferences.next = given.saturating_sub(1);
    line.no_preference(given);
    given
}

fn check(line: &mut Line<'_>, rule: &Rule) -> Read<()> {
    if let RuleAction::Goto(target) = rule.action
        && target <= rule.preference
    {
        return line.unusable("goto", "it goes only to rules with a higher preference number than its own");
    }
    let is_lookup = matches!(rule.action, RuleAction::Lookup(_) | RuleAction::L3mdev);
    if !is_lookup && rule.realms.is_some() {
        line.ignored("realms", "belongs to a rule with a table");
    }
    let backward = |range: Option<(u32, u32)>| range.is_some_and(|(first, last)| first > last);
    let wide = |range: Option<(u16, u16)>| range.map(|(first, last)| (first.into(), last.into()));
    for (name, range) in [
        ("uidrange", rule.users),
        ("sport", wide(rule.source_ports)),
        ("dport", wide(rule.destination_ports)),
    ] {
        if backward(range) {
            return line.unusable(name, "its first number is greater than its last");
        }
    }
    Ok(())
}
