//! `bfd_instance`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU8;

use types::Family;

use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::{Value, words};
use crate::keywords::Keyword;
use crate::keywords::bfd as k;
use crate::keywords::top::BFD_INSTANCE_BLOCK;
use crate::model::Bfd;
use crate::settings::Settings;
use crate::source::Span;
use crate::tree::Node;
use crate::value;

/// keepalived's limit.
const MAX_NAME: usize = 31;
/// Longer intervals are rather a mistake of the unit.
const LONG_US: u32 = 10_000_000;
/// More packets are rather a mistake.
const MANY: i64 = 10;
const MAX_TTL: u8 = 255;

/// The sessions that can run, of all blocks in the order of the file.
pub(super) fn build<'a>(blocks: impl Iterator<Item = Node<'a>>, found: &mut Vec<Diagnostic>) -> Vec<Bfd> {
    let mut sessions = Vec::new();
    let mut names = BTreeMap::<String, Span>::new();
    // A packet tells sessions with the same neighbor apart by its destination, if each of them says what that is.
    let mut peers = BTreeMap::<_, Vec<(Option<IpAddr>, Span)>>::new();
    for node in blocks {
        let Some((session, places)) = session(node, found) else { continue };
        let of_peer =
            peers.entry((session.neighbor, session.multihop, session.interface.clone())).or_default();
        let alike =
            |source: Option<IpAddr>| source.is_none() || session.source.is_none() || source == session.source;
        let same_peer = of_peer.iter().find(|(source, _)| alike(*source));
        let (what, here, first) = match (names.get(&session.name), same_peer) {
            (Some(first), _) => (format!("name {}", session.name), places.name, *first),
            (None, Some((_, first))) => (format!("neighbor {}", session.neighbor), places.neighbor, *first),
            (None, None) => {
                names.insert(session.name.clone(), places.name);
                of_peer.push((session.source, places.neighbor));
                sessions.push(session);
                continue;
            }
        };
        let message = format!("two BFD sessions have the {what}: the second one is not started");
        found.push(
            Diagnostic::new(&ids::DEFINED_TWICE, here, message)
                .label(first, "the first one")
                .help("remove one of the two, or correct it"),
        );
    }
    sessions
}

/// Where a session says what no other one may say.
struct Places {
    name: Span,
    neighbor: Span,
}

/// One session, or `None` with an error that says why it cannot be started.
fn session(node: Node<'_>, found: &mut Vec<Diagnostic>) -> Option<(Bfd, Places)> {
    let mut settings = Settings::default();
    settings.read(node.children(), found);
    let mut arguments = node.args();
    let name = arguments.next()?;
    let text = name.text().into_owned();
    value::surplus(&BFD_INSTANCE_BLOCK, arguments, found);
    let peer = neighbor(node, &text, &settings, found);
    let place = peer.as_ref().map(|(.., span)| *span);
    let (neighbor, interface, _) = peer.unwrap_or((IpAddr::V4(Ipv4Addr::UNSPECIFIED), None, name.span));
    // Without a neighbor the other lines are read for the sake of what is to be said about them.
    let mut session = Bfd { interface, ..Bfd::new(&text, neighbor) };
    session.min_rx_us = micros(&settings, &k::MIN_RX, found).unwrap_or(session.min_rx_us);
    session.min_tx_us = micros(&settings, &k::MIN_TX, found).unwrap_or(session.min_tx_us);
    session.idle_tx_us = micros(&settings, &k::IDLE_TX, found).unwrap_or(session.idle_tx_us);
    session.detect_mult = multiplier(&settings, found).unwrap_or(session.detect_mult);
    session.passive = settings.switch(&k::PASSIVE).unwrap_or(false);
    session.multihop = settings.switch(&k::MULTIHOP).unwrap_or(false);
    (session.ttl, session.min_ttl) = ttl(&settings, &session, found);
    (session.weight, session.reverse) = weight(&settings, found);
    let for_one = |keyword| settings.switch(keyword) == Some(true);
    session.for_vrrp = for_one(&k::VRRP) || !for_one(&k::CHECKER);
    let places = Places { name: name.span, neighbor: place? };
    session.source = source(&settings, neighbor, found).ok()?;
    if text.len() > MAX_NAME {
        let message = format!("the name has {} bytes; at most {MAX_NAME} are possible", text.len());
        found.push(Diagnostic::new(&ids::TOO_LONG, name.span, message).help("the session is not started"));
        return None;
    }
    Some((session, places))
}

fn neighbor(
    node: Node<'_>,
    name: &str,
    settings: &Settings<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<(IpAddr, Option<String>, Span)> {
    let Some((text, span)) = word(settings, &k::NEIGHBOR_IP, found) else {
        // What could not be read has been reported.
        if settings.node(&k::NEIGHBOR_IP).is_none() && !settings.attempted(&k::NEIGHBOR_IP) {
            let message = format!("bfd_instance {name} has no `neighbor_ip`: it is not started");
            found.push(
                Diagnostic::new(&ids::DEFINITION_INCOMPLETE, node.span(), message)
                    .help("add `neighbor_ip ADDRESS`, or remove the block"),
            );
        }
        return None;
    };
    let mut report = |message: String, help: &str| {
        found.push(Diagnostic::new(&ids::BAD_ADDRESS, span, message).help(help));
        None
    };
    let (address, interface) = match text.split_once('%') {
        Some((address, interface)) => (address, Some(interface.to_owned())),
        None => (text.as_str(), None),
    };
    let address = address.parse::<IpAddr>().ok()?;
    if address.is_unspecified() || address.is_multicast() {
        return report(format!("{address} is not the address of a neighbor"), "the session is not started");
    }
    let link_local = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
    match (link_local, interface) {
        (true, None) => report(
            format!("{address} is link-local, and no interface is given"),
            "the session is not started: write `neighbor_ip ADDRESS%INTERFACE`",
        ),
        (false, Some(_)) => report(
            format!("only link-local addresses have an interface behind them, and {address} is none"),
            "the session is not started: leave out `%` and what follows",
        ),
        (true | false, interface) => Some((address, interface, span)),
    }
}

/// `source_ip`; `Err` if the session cannot be started with it.
fn source(
    settings: &Settings<'_>,
    neighbor: IpAddr,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<IpAddr>, ()> {
    let (Some(source), Some(span)) = (settings.address(&k::SOURCE_IP), settings.span(&k::SOURCE_IP)) else {
        return Ok(None);
    };
    if Family::of(source) == Family::of(neighbor) {
        return Ok(Some(source));
    }
    let message = format!("`source_ip` {source} and `neighbor_ip` {neighbor} are of different families");
    found.push(Diagnostic::new(&ids::FAMILY_MISMATCH, span, message).help("the session is not started"));
    Err(())
}

fn micros(settings: &Settings<'_>, keyword: &'static Keyword, found: &mut Vec<Diagnostic>) -> Option<u32> {
    let node = settings.node(keyword)?;
    let Value::Time(time) = words::statement(keyword, node, found)? else { return None };
    let micros = u32::try_from(time.as_micros()).ok()?;
    // `idle_tx` says how often a neighbor that is down is asked, which delays no finding.
    if micros > LONG_US && keyword.name != k::IDLE_TX.name {
        let message = format!("`{}` is longer than ten seconds: the unit is milliseconds", keyword.name);
        found.push(
            Diagnostic::new(&ids::SLOW_DETECTION, node.span(), message)
                .help("what fails is noticed only after several such intervals"),
        );
    }
    Some(micros)
}

fn multiplier(settings: &Settings<'_>, found: &mut Vec<Diagnostic>) -> Option<NonZeroU8> {
    let (number, span) = (settings.int(&k::MULTIPLIER)?, settings.span(&k::MULTIPLIER)?);
    if number > MANY {
        let message = format!("`multiplier` {number}: the neighbor dies unnoticed for {number} intervals");
        found.push(Diagnostic::new(&ids::SLOW_DETECTION, span, message).help("3 to 5 are usual"));
    }
    u8::try_from(number).ok().and_then(NonZeroU8::new)
}

/// What is sent with, and the least that is accepted. keepalived counts `max_hops` from its own TTL.
fn ttl(settings: &Settings<'_>, session: &Bfd, found: &mut Vec<Diagnostic>) -> (u8, u8) {
    let small = |number: i64| u8::try_from(number).ok();
    // Two names of one setting: the last line counts.
    let lines = [&k::TTL, &k::HOPLIMIT].map(|keyword| settings.span(keyword).zip(settings.int(keyword)));
    let given = lines.into_iter().flatten().max().and_then(|(_, number)| small(number));
    let hops = settings.int(&k::MAX_HOPS).unwrap_or(0);
    let expected = given.unwrap_or(session.min_ttl);
    // How far a multihop neighbor is away nobody has said (RFC 5883 section 4: there is no check by TTL).
    let anywhere = session.multihop && given.is_none() && settings.int(&k::MAX_HOPS).is_none();
    let unchecked = anywhere || hops < 0 || hops == i64::from(MAX_TTL);
    if let (None, Family::V6, false) = (given, Family::of(session.neighbor), unchecked) {
        let span = settings.span(&k::NEIGHBOR_IP).into_iter();
        found.extend(span.map(|span| {
            let message = format!("{}: packets from 191 routers away are accepted", session.name);
            Diagnostic::new(&ids::NO_HOPLIMIT, span, message)
                .help("set `hoplimit 255` on both ends: RFC 5881 demands it, and keepalived's default is 64")
        }));
    }
    if let (true, false, Some(span)) = (hops > i64::from(expected), unchecked, settings.span(&k::MAX_HOPS)) {
        let message = format!("`max_hops` {hops} is more than the TTL {expected}: any TTL is accepted");
        found.push(Diagnostic::new(&ids::ADJUSTED, span, message));
    }
    let least = if unchecked { 0 } else { i64::from(expected) - hops };
    (given.unwrap_or(session.ttl), small(least).unwrap_or(0))
}

fn weight(settings: &Settings<'_>, found: &mut Vec<Diagnostic>) -> (i16, bool) {
    let read = settings.node(&k::WEIGHT).and_then(|node| words::statement(&k::WEIGHT, node, found));
    let Some(Value::List(values)) = read else { return (0, false) };
    let weight = match values.first() {
        Some(Value::Int(number)) => i16::try_from(*number).unwrap_or(0),
        _ => 0,
    };
    (weight, matches!(values.get(1), Some(Value::Text(word)) if word == "reverse"))
}

/// The single word behind a keyword, and its place.
fn word(
    settings: &Settings<'_>,
    keyword: &'static Keyword,
    found: &mut Vec<Diagnostic>,
) -> Option<(String, Span)> {
    let node = settings.node(keyword)?;
    let Value::Text(text) = words::statement(keyword, node, found)? else { return None };
    Some((text, node.args().next()?.span))
}
