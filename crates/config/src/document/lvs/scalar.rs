//! The values of single statements.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;

use super::{Forwarding, GueChecksum, Script, Tunnel};
use crate::diagnostics::{self as ids, Diagnostic, Id};
use crate::document::checkers::Time;
use crate::keywords::{Args, Keyword};
use crate::source::Span;
use crate::tree::{Node, Word};
use crate::value::{self, BadNumber, Value};

/// An address, and a port if there is one.
pub(crate) type Endpoint = (IpAddr, Option<NonZeroU16>);

/// Reads statements and reports what is wrong with them.
pub(crate) struct Reader<'f> {
    pub(crate) found: &'f mut Vec<Diagnostic>,
    /// What the open blocks have set, the innermost last.
    seen: Vec<(&'static Keyword, Span)>,
}

/// Replaces a value unless the new one is not usable.
pub(crate) fn put<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

impl<'f> Reader<'f> {
    pub(crate) fn new(found: &'f mut Vec<Diagnostic>) -> Self {
        Self { found, seen: Vec::new() }
    }

    /// Hands the usable statements of a block to `each`, old spellings as what they mean.
    pub(crate) fn block<'a>(
        &mut self,
        node: Node<'a>,
        mut each: impl FnMut(&mut Self, &'static Keyword, Node<'a>),
    ) {
        let mark = self.seen.len();
        for child in node.children() {
            let Some(written) = child.keyword() else { continue };
            let keyword = written.alias_of.unwrap_or(written);
            if let Some(modern) = written.alias_of {
                let message = format!("`{}` is deprecated: use `{}`", written.name, modern.name);
                let diagnostic = Diagnostic::new(&ids::DEPRECATED, child.head(), message);
                self.found.push(diagnostic.fix(child.head(), modern.name));
            }
            if !keyword.repeats {
                self.once(mark, keyword, &child);
            }
            each(self, keyword, child);
        }
        self.seen.truncate(mark);
    }

    fn once(&mut self, mark: usize, keyword: &'static Keyword, node: &Node<'_>) {
        let known = self.seen.iter().skip(mark).find(|(known, _)| known.is(keyword));
        match known {
            Some((_, first)) => self.found.push(
                Diagnostic::new(&ids::GIVEN_TWICE, node.head(), format!("`{}` is given twice", keyword.name))
                    .caret("this one counts")
                    .label(*first, "first given here")
                    .help("remove one of the two"),
            ),
            None => self.seen.push((keyword, node.span())),
        }
    }

    pub(crate) fn report(&mut self, id: &'static Id, span: Span, message: String, help: &str) {
        self.found.push(Diagnostic::new(id, span, message).help(help));
    }

    fn value(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Value> {
        value::read(keyword, node.args(), self.found)
    }

    /// A flag or switch.
    pub(crate) fn switch(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<bool> {
        if let Value::Switch(on) = self.value(keyword, node)? { Some(on) } else { None }
    }

    /// A number; the range of its record is within that of `T`.
    pub(crate) fn int<T: TryFrom<i64>>(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<T> {
        if let Value::Int(number) = self.value(keyword, node)? { T::try_from(number).ok() } else { None }
    }

    pub(crate) fn time(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Time> {
        if let Value::Micros(micros) = self.value(keyword, node)? {
            Some(Time::from_micros(micros))
        } else {
            None
        }
    }

    pub(crate) fn text(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Box<str>> {
        if let Value::Text(text) = self.value(keyword, node)? { Some(text.into()) } else { None }
    }

    pub(crate) fn address(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<IpAddr> {
        if let Value::Address(address) = self.value(keyword, node)? { Some(address) } else { None }
    }

    /// The number of a port.
    pub(crate) fn port(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<NonZeroU16> {
        NonZeroU16::new(self.int(keyword, node)?)
    }

    /// One of the words of the keyword's record, with capitals or without.
    pub(crate) fn choice(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<&'static str> {
        let Args::OneOf(words) = keyword.args else { return None };
        let text = node.args().next()?.text();
        let choice = words.iter().find(|word| word.eq_ignore_ascii_case(&text)).copied();
        match choice {
            Some(_) => value::surplus(keyword, node.args().skip(1), self.found),
            None => drop(self.value(keyword, node)),
        }
        choice
    }

    /// A number within words that are not one value; `what` is its name.
    pub(crate) fn number<T: TryFrom<i64>>(
        &mut self,
        word: Word<'_>,
        what: &str,
        min: i64,
        max: i64,
    ) -> Option<T> {
        let text = word.text();
        let (id, message) = match value::int(&text, min, max) {
            Ok(number) => return T::try_from(number).ok(),
            Err(BadNumber::NotANumber) => (&ids::BAD_NUMBER, format!("`{text}` is not a number")),
            Err(BadNumber::Range) => (&ids::OUT_OF_RANGE, format!("{what} cannot be {text}")),
        };
        self.report(id, word.span, message, &format!("{what} is a whole number from {min} to {max}"));
        None
    }

    /// `ADDRESS [PORT]` behind a keyword. Port 0 is none.
    pub(crate) fn endpoint(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Endpoint> {
        let mut words = node.args();
        let address = self.plain_address(words.next()?);
        let port = match words.next() {
            Some(word) => self.number(word, "a port", 0, 65_535).map(NonZeroU16::new),
            None => Some(None),
        };
        value::surplus(keyword, words, self.found);
        Some((address?, port?))
    }

    fn plain_address(&mut self, word: Word<'_>) -> Option<IpAddr> {
        let text = word.text();
        if let Ok(address) = text.parse() {
            return Some(address);
        }
        if let Some((address, length)) = text.split_once('/')
            && let Ok(address) = address.parse()
        {
            let message = format!("`/{length}` is ignored: a server has one address");
            self.report(
                &ids::ADJUSTED,
                word.span,
                message,
                "for several addresses use a virtual_server_group",
            );
            return Some(address);
        }
        let diagnostic =
            Diagnostic::new(&ids::BAD_ADDRESS, word.span, format!("`{text}` is not an IPv4 or IPv6 address"));
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        self.found.push(if let Ok(socket) = text.parse::<SocketAddr>() {
            let separate = format!("{} {}", socket.ip(), socket.port());
            diagnostic.help("the port stands behind the address, after a blank").suggest(word.span, separate)
        } else if let Some(bare) = bare.filter(|bare| bare.parse::<IpAddr>().is_ok()) {
            diagnostic.help("an address has no brackets around it").suggest(word.span, bare)
        } else {
            diagnostic.help("the block is left out")
        });
        None
    }

    /// `NAT`, `DR`, or `TUN` with the options of the tunnel.
    pub(crate) fn forwarding(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Forwarding> {
        let mut words = node.args();
        let word = words.next()?;
        let method = word.text();
        match &*method {
            "NAT" | "DR" => {
                value::surplus(keyword, words, self.found);
                Some(if method == "NAT" { Forwarding::Nat } else { Forwarding::Direct })
            }
            "TUN" => Some(Forwarding::Tunnel(self.tunnel(word, words)?)),
            _ => {
                let message = format!("`{}` cannot be `{method}`: it is one of NAT, DR, TUN", keyword.name);
                let diagnostic =
                    Diagnostic::new(&ids::BAD_WORD, word.span, message).help("the line is ignored");
                let upper =
                    ["NAT", "DR", "TUN"].into_iter().find(|known| known.eq_ignore_ascii_case(&method));
                self.found.push(match upper {
                    Some(upper) => diagnostic.suggest(word.span, upper),
                    None => diagnostic,
                });
                None
            }
        }
    }

    fn tunnel<'a>(&mut self, method: Word<'a>, mut words: impl Iterator<Item = Word<'a>>) -> Option<Tunnel> {
        let (mut kind, mut port, mut checksum) = (None, None, None);
        while let Some(word) = words.next() {
            match &*word.text() {
                option @ ("type" | "port") => {
                    let Some(value) = words.next() else {
                        let message = format!("`{option}` needs a value behind it");
                        self.report(&ids::MISSING_ARGUMENT, word.span, message, "the line is ignored");
                        return None;
                    };
                    if option == "type" {
                        kind = Some(value);
                    } else {
                        port = Some((NonZeroU16::new(self.number(value, "a port", 1, 65_535)?)?, word));
                    }
                }
                "nocsum" => checksum = Some((GueChecksum::Nocsum, word)),
                "csum" => checksum = Some((GueChecksum::Csum, word)),
                "remcsum" => checksum = Some((GueChecksum::Remcsum, word)),
                other => {
                    let message = format!("`{other}` is no option of a tunnel");
                    let help =
                        "the options are `type`, `port`, `nocsum`, `csum` and `remcsum`; the line is ignored";
                    self.report(&ids::BAD_WORD, word.span, message, help);
                    return None;
                }
            }
        }
        self.tunnel_of(method, kind, port, checksum)
    }

    fn tunnel_of(
        &mut self,
        method: Word<'_>,
        kind: Option<Word<'_>>,
        port: Option<(NonZeroU16, Word<'_>)>,
        checksum: Option<(GueChecksum, Word<'_>)>,
    ) -> Option<Tunnel> {
        let text = kind.map(|word| word.text());
        let text = text.as_deref().unwrap_or("ipip");
        let refused = match (text, port, checksum) {
            ("gue", Some((port, _)), checksum) => {
                let checksum = checksum.map_or(GueChecksum::Nocsum, |(checksum, _)| checksum);
                return Some(Tunnel::Gue { port, checksum });
            }
            ("ipip", None, None) => return Some(Tunnel::Ipip),
            ("gre", None, None | Some((GueChecksum::Nocsum, _))) => return Some(Tunnel::Gre { csum: false }),
            ("gre", None, Some((GueChecksum::Csum, _))) => return Some(Tunnel::Gre { csum: true }),
            ("gue", None, _) => {
                let at = kind.unwrap_or(method).span;
                self.report(
                    &ids::MISSING_ARGUMENT,
                    at,
                    "a gue tunnel needs `port PORT`".to_owned(),
                    "the line is ignored",
                );
                return None;
            }
            ("ipip" | "gre", Some((_, word)), _) | ("ipip" | "gre", None, Some((_, word))) => word,
            (_, _, _) => kind.unwrap_or(method),
        };
        let message = if matches!(text, "ipip" | "gre") {
            format!("tunnels of type {text} have no `{}`", refused.text())
        } else {
            format!("`{text}` is no type of a tunnel: it is one of ipip, gre, gue")
        };
        self.report(&ids::BAD_WORD, refused.span, message, "the line is ignored");
        None
    }

    /// Reports that a block lacks what it cannot be without, unless that is there and has its own error.
    pub(crate) fn incomplete(&mut self, block: &str, node: Node<'_>, needed: &str, value: &str) {
        let mut given = node.children().filter_map(|child| child.keyword().or(child.unusable_keyword()));
        if given.any(|keyword| keyword.name == needed) {
            return;
        }
        let message = format!("{block} has no `{needed}`, and is left out");
        self.report(&ids::LVS_INCOMPLETE, node.head(), message, &format!("add `{needed} {value}`"));
    }

    /// What a word of a command means; reports what is wrong with it.
    pub(crate) fn command(&mut self, word: Word<'_>) -> Option<Box<str>> {
        match value::quoted::decode(word.raw()) {
            Ok(text) => Some(text.into()),
            Err(why) => {
                let message = format!("`{}` {why}", word.raw());
                self.report(&ids::BAD_WORD, word.span, message, "the line is ignored");
                None
            }
        }
    }

    /// `COMMAND [USER [GROUP]]`
    pub(crate) fn script(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Box<Script>> {
        let mut words = node.args();
        let command = self.command(words.next()?)?;
        let user = words.next().map(|word| word.text().into());
        let group = words.next().map(group_name);
        value::surplus(keyword, words, self.found);
        Some(Box::new(Script { command, user, group }))
    }
}

/// The name of a group, which may have a colon before it.
pub(crate) fn group_name(word: Word<'_>) -> Box<str> {
    let text = word.text();
    text.strip_prefix(':').unwrap_or(&text).into()
}
