//! Blocks to checkers.

use super::{
    Bfd, Checker, Connection, Digest, Dns, File, Host, HttpProtocol, Kind, Misc, Pattern, Record, Regex,
    Smtp, StatusCodes, Timing, Udp, Url, Web,
};
use crate::diagnostics::{self as ids};
use crate::document::Spanned;
use crate::document::lvs::{Reader, Script, group_name, put};
use crate::keywords::Keyword;
use crate::tree::Node;
use crate::value;

/// The default of `max_reply_length` (keepalived.conf(5)).
const LONGEST_REPLY: u16 = 255;

/// A user, and a group if there is one.
type User = (Box<str>, Option<Box<str>>);

/// What most checkers have in common.
#[derive(Default)]
struct Common {
    connection: Option<Box<Connection>>,
    timing: Timing,
    log_all_failures: Option<bool>,
}

/// Reads a checker; `None` if it lacks what it needs, which is reported.
pub(in crate::document) fn read(
    reader: &mut Reader<'_>,
    keyword: &'static Keyword,
    node: Node<'_>,
) -> Option<Checker> {
    let mut common = Common::default();
    let kind = match keyword.name {
        "HTTP_GET" => reader.web(keyword, node, &mut common).map(|web| Kind::HttpGet(Box::new(web))),
        "SSL_GET" => reader.web(keyword, node, &mut common).map(|web| Kind::SslGet(Box::new(web))),
        "TCP_CHECK" => {
            reader.plain(node, &mut common);
            Some(Kind::TcpCheck)
        }
        "PING_CHECK" => {
            reader.plain(node, &mut common);
            Some(Kind::PingCheck)
        }
        "SMTP_CHECK" => Some(Kind::SmtpCheck(Box::new(reader.smtp(node, &mut common)))),
        "DNS_CHECK" => Some(Kind::DnsCheck(Box::new(reader.dns(node, &mut common)))),
        "UDP_CHECK" => Some(Kind::UdpCheck(Box::new(reader.udp(node, &mut common)))),
        "MISC_CHECK" => reader.misc(node, &mut common).map(|misc| Kind::MiscCheck(Box::new(misc))),
        "BFD_CHECK" => reader.bfd(node, &mut common).map(|bfd| Kind::BfdCheck(Box::new(bfd))),
        "FILE_CHECK" => reader.file(node).map(|file| Kind::FileCheck(Box::new(file))),
        _ => None,
    };
    let Common { connection, timing, log_all_failures } = common;
    Some(Checker { kind: kind?, connection, timing, log_all_failures, span: node.head() })
}

impl Reader<'_> {
    /// What most checkers have in common; whether it was one of these.
    fn common(&mut self, keyword: &Keyword, node: Node<'_>, common: &mut Common) -> bool {
        if self.timing(keyword, node, &mut common.timing) {
            return true;
        }
        if keyword.name == "log_all_failures" {
            put(&mut common.log_all_failures, self.switch(keyword, node));
            return true;
        }
        let mut connection = common.connection.take().unwrap_or_default();
        let known = self.connection(keyword, node, &mut connection);
        common.connection = Some(connection).filter(|connection| **connection != Connection::default());
        known
    }

    fn connection(&mut self, keyword: &Keyword, node: Node<'_>, connection: &mut Connection) -> bool {
        match keyword.name {
            "connect_ip" => put(&mut connection.connect_ip, self.address(keyword, node)),
            "connect_port" => put(&mut connection.connect_port, self.port(keyword, node)),
            "bindto" => put(&mut connection.bindto, self.address(keyword, node)),
            "bind_port" => put(&mut connection.bind_port, self.port(keyword, node)),
            "bind_if" => put(&mut connection.bind_if, self.interface(keyword, node)),
            "fwmark" => put(&mut connection.fwmark, self.int(keyword, node)),
            _ => return false,
        }
        true
    }

    fn interface(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Box<str>> {
        // IFNAMSIZ of Linux is 16, with the NUL at the end.
        const LONGEST: usize = 15;
        let name = self.text(keyword, node)?;
        if name.len() <= LONGEST {
            return Some(name);
        }
        let message = format!("`{name}` is longer than the name of an interface can be");
        let help = "the kernel accepts at most 15 bytes; the line is ignored";
        self.report(&ids::TOO_LONG, node.span(), message, help);
        None
    }

    fn plain(&mut self, node: Node<'_>, common: &mut Common) {
        self.block(node, |reader, keyword, node| {
            reader.common(keyword, node, common);
        });
    }

    fn web(&mut self, checker: &Keyword, node: Node<'_>, common: &mut Common) -> Option<Web> {
        let mut web = Web::default();
        // One is the rule, and there may be a hundred thousand of these.
        let mut urls = Vec::with_capacity(1);
        self.block(node, |reader, keyword, node| match keyword.name {
            "url" => urls.extend(reader.url(node)),
            "virtualhost" => put(&mut web.virtualhost, reader.text(keyword, node)),
            "http_protocol" => {
                put(&mut web.http_protocol, reader.choice(keyword, node).and_then(http_protocol));
            }
            "enable_sni" => {
                put(&mut web.enable_sni, reader.switch(keyword, node));
                reader.only_ssl(checker, node);
            }
            "sni_name" => {
                put(&mut web.sni_name, reader.text(keyword, node));
                reader.only_ssl(checker, node);
            }
            "fast_recovery" => put(&mut web.fast_recovery, reader.switch(keyword, node)),
            "tls_compliant" => put(&mut web.tls_compliant, reader.switch(keyword, node)),
            _ => {
                reader.common(keyword, node, common);
            }
        });
        if urls.is_empty() {
            self.incomplete(checker.name, node, "url", "{ path PATH }");
            return None;
        }
        Some(Web { urls: urls.into(), ..web })
    }

    fn only_ssl(&mut self, checker: &Keyword, node: Node<'_>) {
        if checker.name != "SSL_GET" {
            let name = node.words().next().map(|word| word.text().into_owned()).unwrap_or_default();
            let message = format!("`{name}` does nothing in {}", checker.name);
            self.report(
                &ids::LVS_NO_EFFECT,
                node.head(),
                message,
                "there is a TLS handshake only in SSL_GET",
            );
        }
    }

    fn url(&mut self, node: Node<'_>) -> Option<Url> {
        let mut url = Url::default();
        let (mut path, mut pattern, mut regex, mut of_regex) = (None, None, Regex::default(), None);
        self.block(node, |reader, keyword, node| match keyword.name {
            "path" => put(&mut path, reader.text(keyword, node)),
            "status_code" => url.status_codes = reader.status_codes(node),
            "digest" => put(&mut url.digest, reader.digest(keyword, node)),
            "virtualhost" => put(&mut url.virtualhost, reader.text(keyword, node)),
            "tls_compliant" => put(&mut url.tls_compliant, reader.switch(keyword, node)),
            "regex" => put(&mut pattern, reader.text(keyword, node)),
            _ => {
                of_regex.get_or_insert(node.head());
                reader.regex(keyword, node, &mut regex);
            }
        });
        url.regex = pattern.map(|pattern| Box::new(Regex { pattern, ..regex }));
        if let (None, Some(span)) = (&url.regex, of_regex) {
            let message = "there is no `regex` to which this could belong".to_owned();
            self.report(&ids::LVS_NO_EFFECT, span, message, "it is ignored");
        }
        if path.is_none() {
            self.incomplete("url", node, "path", "PATH");
        }
        Some(Url { path: path?, ..url })
    }

    fn regex(&mut self, keyword: &Keyword, node: Node<'_>, regex: &mut Regex) {
        match keyword.name {
            "regex_no_match" => regex.no_match = self.switch(keyword, node).is_some(),
            "regex_options" => regex.options = self.regex_options(node),
            "regex_min_offset" => put(&mut regex.min_offset, self.int(keyword, node)),
            "regex_max_offset" => put(&mut regex.max_offset, self.int(keyword, node)),
            "regex_stack" => put(&mut regex.stack, self.regex_stack(keyword, node)),
            _ => {}
        }
    }

    fn regex_options(&mut self, node: Node<'_>) -> Vec<Box<str>> {
        let mut options = Vec::new();
        for word in node.args() {
            let text = word.text();
            if REGEX_OPTIONS.contains(&&*text) {
                options.push(text.into());
                continue;
            }
            let message = format!("`{text}` is no option of a regular expression");
            let help = "the options are those of pcre2api(3) without PCRE2_ and in lower case; it is ignored";
            self.report(&ids::BAD_WORD, word.span, message, help);
        }
        options
    }

    fn regex_stack(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<(u32, u32)> {
        let mut words = node.args();
        let (first, second) = (words.next()?, words.next());
        value::surplus(keyword, words, self.found);
        let Some(second) = second else {
            let message = "`regex_stack` needs two numbers".to_owned();
            self.report(&ids::MISSING_ARGUMENT, node.span(), message, "write `regex_stack START MAX`");
            return None;
        };
        let most = i64::from(u32::MAX);
        let start = self.number(first, "the size of a stack", 1, most);
        let max = self.number(second, "the size of a stack", 1, most);
        let (start, max) = (start?, max?);
        if max < start {
            let message = "the stack is larger at first than at most".to_owned();
            self.report(&ids::OUT_OF_RANGE, node.span(), message, "the line is ignored");
            return None;
        }
        Some((start, max))
    }

    fn status_codes(&mut self, node: Node<'_>) -> StatusCodes {
        let mut codes = Vec::with_capacity(1);
        for word in node.args() {
            let text = word.text();
            match StatusCodes::range(&text) {
                Some(range) => codes.push(range),
                None => {
                    let message = format!("`{text}` is not a status code or a range of them");
                    let help = "status codes are numbers from 100 to 599; this word is ignored";
                    self.report(&ids::OUT_OF_RANGE, word.span, message, help);
                }
            }
        }
        StatusCodes(codes.into())
    }

    fn digest(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Digest> {
        let text = self.text(keyword, node)?;
        let digest = Digest::parse(&text);
        if digest.is_none() {
            let message = format!("`{text}` is not an MD5 digest");
            self.report(&ids::BAD_WORD, node.span(), message, "a digest has 32 hexadecimal digits");
        }
        digest
    }

    fn smtp(&mut self, node: Node<'_>, common: &mut Common) -> Smtp {
        let mut smtp = Smtp::default();
        self.block(node, |reader, keyword, node| match keyword.name {
            "helo_name" => put(&mut smtp.helo_name, reader.text(keyword, node)),
            "host" => smtp.hosts.push(reader.host(node)),
            _ => {
                reader.common(keyword, node, common);
            }
        });
        smtp
    }

    fn host(&mut self, node: Node<'_>) -> Host {
        let mut host = Host::default();
        self.block(node, |reader, keyword, node| match keyword.name {
            "connect_timeout" => put(&mut host.connect_timeout, reader.time(keyword, node)),
            _ => {
                reader.connection(keyword, node, &mut host.connection);
            }
        });
        host
    }

    fn dns(&mut self, node: Node<'_>, common: &mut Common) -> Dns {
        let mut dns = Dns::default();
        self.block(node, |reader, keyword, node| match keyword.name {
            "type" => put(&mut dns.record, reader.choice(keyword, node).and_then(record)),
            "name" => put(&mut dns.name, reader.domain(keyword, node)),
            _ => {
                reader.common(keyword, node, common);
            }
        });
        dns
    }

    fn domain(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Box<str>> {
        let name = self.text(keyword, node)?;
        let bare = name.strip_suffix('.').unwrap_or(&name);
        // RFC 1035 section 2.3.4: labels of 1 to 63 bytes, 255 on the wire.
        let good = bare.len() <= 253 && bare.split('.').all(|label| (1..=63).contains(&label.len()));
        if good || &*name == "." {
            return Some(name);
        }
        let message = format!("`{name}` is not the name of a domain");
        let help = "between the dots stand 1 to 63 bytes, 253 in all; the line is ignored";
        self.report(&ids::BAD_WORD, node.span(), message, help);
        None
    }

    fn misc(&mut self, node: Node<'_>, common: &mut Common) -> Option<Misc> {
        let (mut command, mut user, mut timeout, mut dynamic) = (None, None, None, false);
        self.block(node, |reader, keyword, node| match keyword.name {
            "misc_path" => {
                let words: Option<Vec<_>> = node.args().map(|word| reader.command(word)).collect();
                command = words.map(|words| words.join(" ").into());
            }
            "misc_timeout" => put(&mut timeout, reader.int(keyword, node)),
            "misc_dynamic" => dynamic = reader.switch(keyword, node).is_some(),
            "user" => put(&mut user, reader.user(keyword, node)),
            _ => {
                reader.common(keyword, node, common);
            }
        });
        if command.is_none() {
            self.incomplete("MISC_CHECK", node, "misc_path", "COMMAND");
        }
        let (user, group) = user.unzip();
        let script = Script { command: command?, user, group: group.flatten() };
        Some(Misc { script, timeout, dynamic })
    }

    fn user(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<User> {
        let mut words = node.args();
        let user = words.next()?.text().into();
        let group = words.next().map(group_name);
        value::surplus(keyword, words, self.found);
        Some((user, group))
    }

    fn bfd(&mut self, node: Node<'_>, common: &mut Common) -> Option<Bfd> {
        let mut name = None;
        self.block(node, |reader, keyword, node| match keyword.name {
            "name" => put(&mut name, reader.spanned(keyword, node)),
            _ => {
                reader.common(keyword, node, common);
            }
        });
        if name.is_none() {
            self.incomplete("BFD_CHECK", node, "name", "NAME");
        }
        Some(Bfd { name: name? })
    }

    fn spanned(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Spanned<Box<str>>> {
        let value = self.text(keyword, node)?;
        node.args().next().map(|word| Spanned { value, span: word.span })
    }

    fn udp(&mut self, node: Node<'_>, common: &mut Common) -> Udp {
        let mut udp = Udp::default();
        self.block(node, |reader, keyword, node| match keyword.name {
            "payload" => {
                let exact = pattern(node).filter(Pattern::is_exact);
                if exact.is_none() {
                    reader.not_hexadecimal(node, "the payload is hexadecimal, like `4a 6f`");
                }
                put(&mut udp.payload, exact);
            }
            "require_reply" => {
                let pattern = pattern(node);
                if pattern.is_none() {
                    reader.not_hexadecimal(
                        node,
                        "the answer is hexadecimal, like `4a 6X`, where X is any digit",
                    );
                }
                put(&mut udp.require_reply, pattern);
            }
            "min_reply_length" => put(&mut udp.min_reply_length, reader.int(keyword, node)),
            "max_reply_length" => put(&mut udp.max_reply_length, reader.int(keyword, node)),
            _ => {
                reader.common(keyword, node, common);
            }
        });
        let (min, max) = (udp.min_reply_length.unwrap_or(0), udp.max_reply_length.unwrap_or(LONGEST_REPLY));
        if min > max {
            let message = format!("no answer has at least {min} and at most {max} bytes");
            self.report(&ids::LVS_NEVER, node.head(), message, "the check always fails");
        }
        udp
    }

    fn not_hexadecimal(&mut self, node: Node<'_>, help: &str) {
        let (first, last) = (node.args().next(), node.args().last());
        let span = first.zip(last).map_or(node.span(), |(first, last)| first.span.to(last.span));
        self.report(&ids::BAD_WORD, span, "this is not hexadecimal".to_owned(), help);
    }

    fn file(&mut self, node: Node<'_>) -> Option<File> {
        let (mut track_file, mut weight) = (None, (None, false));
        self.block(node, |reader, keyword, node| match keyword.name {
            "track_file" => put(&mut track_file, reader.spanned(keyword, node)),
            "weight" => weight = reader.file_weight(keyword, node),
            _ => {}
        });
        if track_file.is_none() {
            self.incomplete("FILE_CHECK", node, "track_file", "NAME");
        }
        let (weight, reverse) = weight;
        Some(File { track_file: track_file?, weight, reverse })
    }

    fn file_weight(&mut self, keyword: &Keyword, node: Node<'_>) -> (Option<i32>, bool) {
        const MOST: i64 = i32::MAX as i64;
        let mut words = node.args();
        let Some(first) = words.next() else { return (None, false) };
        let weight = self.number(first, "a weight", -MOST, MOST);
        let reverse = match words.next() {
            Some(word) if word.text() != "reverse" => {
                let message = format!("`{}` is no option of a weight: only `reverse` is", word.text());
                self.report(&ids::BAD_WORD, word.span, message, "it is ignored");
                false
            }
            option => option.is_some(),
        };
        value::surplus(keyword, words, self.found);
        (weight, reverse && weight.is_some())
    }
}

fn pattern(node: Node<'_>) -> Option<Pattern> {
    let words: Vec<_> = node.args().map(|word| word.text()).collect();
    Pattern::parse(&words.join(" "))
}

fn http_protocol(word: &str) -> Option<HttpProtocol> {
    match word {
        "1.0" => Some(HttpProtocol::V1_0),
        "1.0C" => Some(HttpProtocol::V1_0Close),
        "1.1" => Some(HttpProtocol::V1_1),
        _ => None,
    }
}

fn record(word: &str) -> Option<Record> {
    Some(match word {
        "A" => Record::A,
        "NS" => Record::Ns,
        "CNAME" => Record::Cname,
        "SOA" => Record::Soa,
        "MX" => Record::Mx,
        "TXT" => Record::Txt,
        "AAAA" => Record::Aaaa,
        "RRSIG" => Record::Rrsig,
        "DNSKEY" => Record::Dnskey,
        _ => return None,
    })
}

/// The options that keepalived.conf(5) lists.
const REGEX_OPTIONS: &[&str] = &[
    "allow_empty_class",
    "alt_bsux",
    "auto_callout",
    "caseless",
    "dollar_endonly",
    "dotall",
    "dupnames",
    "extended",
    "firstline",
    "match_unset_backref",
    "multiline",
    "never_ucp",
    "never_utf",
    "no_auto_capture",
    "no_auto_possess",
    "no_dotstar_anchor",
    "no_start_optimize",
    "ucp",
    "ungreedy",
    "utf",
    "never_backslash_c",
    "alt_circumflex",
    "alt_verbnames",
    "use_offset_limit",
];
