//! Entries of `virtual_ipaddress` and `virtual_ipaddress_excluded`.

use std::net::IpAddr;

use types::{Cidr, CidrError, Family};

use crate::diagnostics::{self as ids, Diagnostic, Severity};
use crate::keywords::instance::ADDRESS_ENTRY;
use crate::keywords::{Block, Keyword, Status};
use crate::model::{Broadcast, PreferredLft, Scope, VirtualAddress};
use crate::source::Span;
use crate::suggest;
use crate::tree::{Node, Word};
use crate::value;

/// The longest name of an interface, and the longest label (IFNAMSIZ less the final NUL).
pub(super) const MAX_NAME: usize = 15;

/// An address with its place.
pub(super) struct Entry {
    pub(super) address: VirtualAddress,
    pub(super) span: Span,
    /// `track_group` of a static address.
    pub(super) track_group: Option<String>,
}

/// All usable entries of some blocks, in the order of the text.
pub(super) fn entries<'a>(blocks: impl Iterator<Item = Node<'a>>, found: &mut Vec<Diagnostic>) -> Vec<Entry> {
    entries_of(&ADDRESS_ENTRY, blocks, found)
}

/// The same with the options of static addresses.
pub(super) fn entries_of<'a>(
    options: &'static Block,
    blocks: impl Iterator<Item = Node<'a>>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let lines = blocks.flat_map(|block| block.children());
    lines.filter_map(|line| entry(options, line, found)).collect()
}

/// Whether a word can be the name of an interface or a label.
pub(super) fn check_name(word: Word<'_>, what: &str, found: &mut Vec<Diagnostic>) -> bool {
    let text = word.text();
    let fits = (1..=MAX_NAME).contains(&text.len());
    if !fits {
        let message =
            format!("`{text}` cannot be {what}: it has {} bytes, of which 1 to 15 are possible", text.len());
        found.push(Diagnostic::new(&ids::TOO_LONG, word.span, message));
    }
    fits
}

fn entry(options: &'static Block, line: Node<'_>, found: &mut Vec<Diagnostic>) -> Option<Entry> {
    let mut words = line.words();
    let first = words.next()?;
    let (cidr, has_prefix) = cidr(first, found)?;
    let mut draft =
        Draft { address: VirtualAddress::new(cidr), has_prefix, usable: true, track_group: None, found };
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let name = word.text();
        let Some(keyword) = option(options, &name) else {
            draft.unknown(word);
            continue;
        };
        if let Status::NotYet(why) = keyword.status {
            draft.found.push(
                Diagnostic::new(&ids::NOT_YET, word.span, format!("`{name}` is not supported yet"))
                    .caret("ignored")
                    .help(why),
            );
            continue;
        }
        let argument = if keyword.needs_argument() { words.next() } else { None };
        if keyword.needs_argument() && argument.is_none() {
            draft.missing(word, keyword);
            continue;
        }
        draft.option(keyword, word, argument);
    }
    let Draft { address, usable, track_group, .. } = draft;
    usable.then(|| Entry { address, span: line.head(), track_group })
}

/// The record of an option.
fn option(options: &'static Block, name: &str) -> Option<&'static Keyword> {
    options.find(name).filter(|keyword| !keyword.name.starts_with('('))
}

/// The address at the beginning of an entry, and whether a prefix length was written.
fn cidr(word: Word<'_>, found: &mut Vec<Diagnostic>) -> Option<(Cidr, bool)> {
    let text = word.text();
    match text.parse::<Cidr>() {
        Ok(cidr) => Some((cidr, text.contains('/'))),
        // keepalived goes on with the address alone, and so do its users.
        Err(why @ (CidrError::PrefixTooLong | CidrError::PrefixNotANumber)) => {
            let addr: IpAddr = text.split('/').next()?.parse().ok()?;
            let max = Family::of(addr).max_prefix_len();
            found.push(
                Diagnostic::new(&ids::BAD_ADDRESS, word.span, format!("`{text}`: {why}"))
                    .help(format!("the prefix length is a number from 0 to {max}; {max} is taken")),
            );
            Some((Cidr::host(addr), true))
        }
        Err(CidrError::Address) => {
            found.push(
                Diagnostic::new(
                    &ids::BAD_ADDRESS,
                    word.span,
                    format!("`{text}` is not an IPv4 or IPv6 address"),
                )
                .help("a line begins with ADDRESS[/PREFIX]; this one is ignored"),
            );
            None
        }
    }
}

/// An entry while its options are read.
struct Draft<'d> {
    address: VirtualAddress,
    has_prefix: bool,
    /// False when what is left would be another address than the author means.
    usable: bool,
    track_group: Option<String>,
    found: &'d mut Vec<Diagnostic>,
}

impl Draft<'_> {
    fn option(&mut self, keyword: &Keyword, word: Word<'_>, argument: Option<Word<'_>>) {
        let flags = &mut self.address.flags;
        match (keyword.name, argument) {
            ("dev", Some(name)) => {
                self.usable &= check_name(name, "an interface", self.found);
                if self.address.interface.replace(name.text().into_owned()).is_some() {
                    self.usable = false;
                    self.misfit(word, "is given twice; the entry is ignored");
                }
            }
            ("scope", Some(scope)) => self.scope(scope),
            ("label", Some(label)) => self.label(label),
            ("brd" | "broadcast", Some(address)) => self.broadcast(address),
            ("peer", Some(peer)) => self.peer(peer),
            ("preferred_lft", Some(time)) => self.preferred_lft(time),
            ("home", _) => flags.home = true,
            ("-nodad", _) => flags.nodad = false,
            ("mngtmpaddr", _) => flags.mngtmpaddr = true,
            ("noprefixroute", _) => flags.noprefixroute = true,
            ("autojoin", _) => flags.autojoin = true,
            ("track_group", Some(group)) => self.track_group = Some(group.text().into_owned()),
            ("no_track", _) => self.address.no_track = true,
            ("use_vmac", _) => self.address.use_vmac = true,
            _ => self.unknown(word),
        }
        let ipv6_only = matches!(keyword.name, "home" | "-nodad" | "mngtmpaddr");
        if ipv6_only && self.family() == Family::V4 {
            // keepalived 2.2.7 says nothing.
            self.dropped(word, Severity::Hint, "is for IPv6 addresses only, and has no effect here");
        }
    }

    const fn family(&self) -> Family {
        self.address.cidr.family()
    }

    fn scope(&mut self, word: Word<'_>) {
        let text = word.text();
        let scope = match &*text {
            "global" => Some(Scope::GLOBAL),
            "site" => Some(Scope::SITE),
            "link" => Some(Scope::LINK),
            "host" => Some(Scope::HOST),
            "nowhere" => Some(Scope::NOWHERE),
            number => value::int(number, 0, 255).ok().and_then(|number| u8::try_from(number).ok()).map(Scope),
        };
        match scope {
            Some(scope) if self.family() == Family::V4 => self.address.scope = scope,
            Some(_) => {
                self.dropped(
                    word,
                    Severity::Warning,
                    "as a scope is for IPv4 addresses only; the kernel chooses that of IPv6",
                );
            }
            None => self.misfit(word, "is no scope: global, site, link, host, nowhere, or 0 to 255"),
        }
    }

    fn label(&mut self, word: Word<'_>) {
        if self.family() == Family::V6 {
            self.dropped(word, Severity::Warning, "as a label is for IPv4 addresses only");
        } else if check_name(word, "a label", self.found) {
            self.address.label = Some(word.text().into_owned());
        } else {
            self.usable = false;
        }
    }

    fn broadcast(&mut self, word: Word<'_>) {
        let text = word.text();
        let broadcast = match &*text {
            "+" => Some(Broadcast::HostOnes),
            "-" => Some(Broadcast::HostZeros),
            address => address.parse().ok().map(Broadcast::Address),
        };
        match broadcast {
            _ if self.family() == Family::V6 => self.misfit(word, "as a broadcast address is for IPv4 only"),
            Some(_) if self.address.peer.is_some() => self.misfit(word, "cannot stand beside `peer`"),
            Some(Broadcast::HostOnes | Broadcast::HostZeros) if self.address.cidr.prefix_len > 30 => {
                self.dropped(
                    word,
                    Severity::Warning,
                    "as a subnet of one or two addresses has no broadcast address; there is none",
                );
            }
            Some(_) => self.address.broadcast = broadcast,
            None => {
                self.usable = false;
                self.misfit(word, "is no IPv4 address, `+` or `-`; the entry is ignored");
            }
        }
    }

    fn peer(&mut self, word: Word<'_>) {
        let text = word.text();
        match text.parse::<Cidr>() {
            Ok(peer) if peer.family() != self.family() => {
                self.usable = false;
                self.misfit(word, "as a peer is of the other address family; the entry is ignored");
            }
            Ok(_) if self.has_prefix && self.address.cidr.prefix_len < self.family().max_prefix_len() => {
                self.misfit(
                    word,
                    "as a peer cannot stand beside a prefix length of the address: it belongs to the peer",
                );
            }
            Ok(peer) => {
                self.address.peer = Some(peer);
                if self.address.broadcast.take().is_some() {
                    self.misfit(word, "as a peer cannot stand beside `brd`; there is no broadcast address");
                }
            }
            Err(why) => {
                self.usable = false;
                self.misfit(word, &format!("as a peer is {why}; the entry is ignored"));
            }
        }
    }

    fn preferred_lft(&mut self, word: Word<'_>) {
        let text = word.text();
        let seconds = if text == "forever" {
            Some(u32::MAX)
        } else {
            value::int(&text, 0, i64::from(u32::MAX)).ok().and_then(|seconds| u32::try_from(seconds).ok())
        };
        match seconds {
            Some(seconds) => self.address.preferred_lft = PreferredLft::Secs(seconds),
            None => self.misfit(word, "is no time: seconds, or `forever`"),
        }
    }

    /// The address is the one that is meant without the option too: no reason to refuse a reload. keepalived uses it as well.
    fn dropped(&mut self, word: Word<'_>, severity: Severity, why: &str) {
        self.misfit(word, why);
        if let Some(diagnostic) = self.found.last_mut() {
            diagnostic.severity = severity;
        }
    }

    fn misfit(&mut self, word: Word<'_>, why: &str) {
        let message = format!("{}: `{}` {why}", self.address.cidr.addr, word.text());
        self.found.push(Diagnostic::new(&ids::BAD_ADDRESS_OPTION, word.span, message));
    }

    fn missing(&mut self, word: Word<'_>, keyword: &Keyword) {
        // On another interface or with another peer it would be another address.
        self.usable &= !matches!(keyword.name, "dev" | "peer");
        let message = format!("{}: `{}` needs a value behind it", self.address.cidr.addr, keyword.name);
        let help = format!("write `{} {}`", keyword.name, keyword.args);
        self.found.push(Diagnostic::new(&ids::MISSING_ARGUMENT, word.span, message).help(help));
    }

    fn unknown(&mut self, word: Word<'_>) {
        let text = word.text();
        let message = format!("{}: unknown option `{text}`", self.address.cidr.addr);
        let diagnostic = Diagnostic::new(&ids::BAD_ADDRESS_OPTION, word.span, message);
        let names = ADDRESS_ENTRY.keywords().map(|keyword| keyword.name);
        self.found.push(match suggest::nearest(&text, names) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).suggest(word.span, near),
            None if text.parse::<Cidr>().is_ok() => diagnostic.help("each address has a line of its own"),
            None => diagnostic.help("the option is ignored"),
        });
    }
}
