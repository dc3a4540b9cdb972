//! The health checkers of a real server.

use super::{Args, Block, Keyword, Shape};

pub(super) const U32: i64 = u32::MAX as i64;

/// The longest delay in microseconds: 68 years, which keepalived would allow to be longer.
pub(super) const LONGEST_US: u64 = i32::MAX as u64 * 1_000_000;

pub(super) static HTTP_GET: Block = Block {
    path: "virtual_server.real_server.HTTP_GET",
    shape: Shape::Keywords,
    groups: &[CONNECTION, COMMON, WEB, HTTP_GET_KEYWORDS],
};

pub(super) static SSL_GET: Block = Block {
    path: "virtual_server.real_server.SSL_GET",
    shape: Shape::Keywords,
    groups: &[CONNECTION, COMMON, WEB, SSL_GET_KEYWORDS],
};

pub(super) static TCP_CHECK: Block = Block {
    path: "virtual_server.real_server.TCP_CHECK",
    shape: Shape::Keywords,
    groups: &[CONNECTION, COMMON, RETRY],
};

pub(super) static SMTP_CHECK: Block = Block {
    path: "virtual_server.real_server.SMTP_CHECK",
    shape: Shape::Keywords,
    groups: &[CONNECTION, COMMON, RETRY, SMTP_CHECK_KEYWORDS],
};

pub(super) static DNS_CHECK: Block = Block {
    path: "virtual_server.real_server.DNS_CHECK",
    shape: Shape::Keywords,
    groups: &[CONNECTION, COMMON, DNS_CHECK_KEYWORDS],
};

pub(super) static MISC_CHECK: Block = Block {
    path: "virtual_server.real_server.MISC_CHECK",
    shape: Shape::Keywords,
    groups: &[COMMON, MISC_CHECK_KEYWORDS],
};

pub(super) static BFD_CHECK: Block = Block {
    path: "virtual_server.real_server.BFD_CHECK",
    shape: Shape::Keywords,
    groups: &[BFD_CHECK_KEYWORDS],
};

pub(super) static PING_CHECK: Block = Block {
    path: "virtual_server.real_server.PING_CHECK",
    shape: Shape::Keywords,
    groups: &[CONNECTION, COMMON, RETRY],
};

pub(super) static UDP_CHECK: Block = Block {
    path: "virtual_server.real_server.UDP_CHECK",
    shape: Shape::Keywords,
    groups: &[CONNECTION, COMMON, RETRY, UDP_CHECK_KEYWORDS],
};

pub(super) static FILE_CHECK: Block = Block {
    path: "virtual_server.real_server.FILE_CHECK",
    shape: Shape::Keywords,
    groups: &[FILE_CHECK_KEYWORDS],
};

static HTTP_URL: Block =
    Block { path: "virtual_server.real_server.HTTP_GET.url", shape: Shape::Keywords, groups: &[URL] };

static SSL_URL: Block = Block {
    path: "virtual_server.real_server.SSL_GET.url",
    shape: Shape::Keywords,
    groups: &[URL, SSL_URL_KEYWORDS],
};

static SMTP_HOST: Block = Block {
    path: "virtual_server.real_server.SMTP_CHECK.host",
    shape: Shape::Keywords,
    groups: &[CONNECTION],
};

const fn check(name: &'static str, args: Args) -> Keyword {
    Keyword::new(name, args).not_yet("")
}

/// `retry`, where 0 is allowed.
const fn retry(default: &'static str) -> Keyword {
    check("retry", Args::Int { min: 0, max: U32 })
        .default(default)
        .doc("How often a failed check is tried again before it counts; only here may it be 0.")
}

const fn delay_before_retry(default: &'static str) -> Keyword {
    check("delay_before_retry", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default(default)
        .doc("Seconds until a failed check is tried again.")
}

static HTTP_GET_KEYWORDS: &[&Keyword] = &[&Keyword::later_block("url", "", &HTTP_URL)
    .since("0.5.3")
    .doc("A page; all of them are fetched, one after the other.")];

static SSL_GET_KEYWORDS: &[&Keyword] = &[
    &check("tls_compliant", Args::Switch)
        .default("off")
        .since("2.2.8")
        .doc("A connection that ends without TLS's farewell has failed."),
    &Keyword::later_block("url", "", &SSL_URL)
        .since("0.5.3")
        .doc("A page; all of them are fetched, one after the other."),
];

static SMTP_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("helo_name", Args::Word("NAME"))
        .default("smtpchecker.keepalived.org")
        .since("1.1.8")
        .doc("The name in the greeting."),
    &Keyword::later_block("host", "", &SMTP_HOST)
        .since("1.1.8")
        .doc("Another connection to check. Old; not every keepalived is built with it."),
];

static DNS_RETRY: Keyword = retry("as in the real_server, else 3");
static MISC_RETRY: Keyword = retry("as in the real_server, else 0");
static PLAIN_RETRY: Keyword = retry("as in the real_server, else 1");

static DNS_CHECK_KEYWORDS: &[&Keyword] = &[
    &DNS_RETRY,
    &delay_before_retry("as in the real_server, else delay_loop"),
    &check("type", Args::OneOf(&["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"]))
        .default("SOA")
        .doc("Which records to ask for."),
    &check("name", Args::Word("NAME")).default(".").doc("The name to ask about."),
];

static MISC_CHECK_KEYWORDS: &[&Keyword] = &[
    &MISC_RETRY,
    &delay_before_retry("as in the real_server, else 1"),
    &check("misc_path", Args::Words("COMMAND"))
        .since("0.5.3")
        .doc("The program, with its arguments. Required."),
    &check("misc_timeout", Args::Int { min: 0, max: U32 })
        .default("0")
        .since("1.1.0")
        .doc("Seconds until it is ended, which is a failure; 0: delay_loop."),
    &check("misc_dynamic", Args::Flag)
        .default("off")
        .since("1.1.8")
        .doc("Exit status 2 to 255 makes the weight two less than that."),
    &check("user", Args::Words("USER [GROUP]"))
        .default("script_user of global_defs")
        .doc("Who the program runs as."),
];

static BFD_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("name", Args::Word("NAME")).doc("A bfd_instance. Required."),
    &check("alpha", Args::Switch)
        .default("as in the real_server")
        .doc("The real server counts as down until the session is up."),
];

static UDP_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("payload", Args::Words("HEX"))
        .default("random bytes")
        .since("2.2.0")
        .doc("What to send, in hexadecimal."),
    &check("require_reply", Args::Words("[HEX]"))
        .default("off")
        .since("2.1.0")
        .doc("An answer must come, and begin with these bytes, in hexadecimal; an `X` stands for any digit."),
    &check("min_reply_length", Args::Int { min: 0, max: 65_535 })
        .default("0")
        .since("2.2.0")
        .doc("The shortest answer in bytes."),
    &check("max_reply_length", Args::Int { min: 0, max: 65_535 })
        .default("255")
        .since("2.2.0")
        .doc("The longest answer in bytes."),
];

static FILE_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("track_file", Args::Word("NAME")).doc("A track_file. Required."),
    &check("weight", Args::Words("NUMBER [reverse]"))
        .default("weight of the track_file")
        .doc("The number in the file times this is added to the weight; 0: any number but 0 is a failure."),
];

static SSL_URL_KEYWORDS: &[&Keyword] = &[&check("tls_compliant", Args::Switch)
    .default("as in the checker")
    .since("2.2.8")
    .doc("A connection that ends without TLS's farewell has failed.")];

static CONNECTION: &[&Keyword] = &[
    &check("connect_ip", Args::Address).default("address of the real_server").doc("Where to connect to."),
    &check("connect_port", Args::Int { min: 1, max: 65_535 })
        .default("port of the real_server")
        .doc("Where to connect to."),
    &check("bindto", Args::Address).doc("The address to connect from, of the family of the other one."),
    &check("bind_port", Args::Int { min: 1, max: 65_535 }).doc("The port to connect from."),
    &check("bind_if", Args::Word("INTERFACE")).doc("The interface of a link-local address."),
    &check("connect_timeout", Args::Timer { min_us: 1, max_us: U32 as u64 })
        .default("as in the real_server")
        .doc("Seconds until an attempt has failed."),
    &check("fwmark", Args::Int { min: 0, max: U32 })
        .default("0")
        .doc("The mark of the packets that are sent."),
];

static COMMON: &[&Keyword] = &[
    &check("warmup", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("as in the real_server, else delay_loop")
        .doc("The first check waits for a random time up to so many seconds."),
    &check("delay_loop", Args::Timer { min_us: 1, max_us: LONGEST_US })
        .default("as in the real_server")
        .doc("Seconds between checks."),
    &check("alpha", Args::Switch)
        .default("as in the real_server")
        .doc("The real server counts as down until this check has succeeded."),
    &check("log_all_failures", Args::Switch)
        .default("off")
        .doc("Logs each failure, not only the one that takes the real server down."),
];

static RETRY: &[&Keyword] = &[&PLAIN_RETRY, &delay_before_retry("as in the real_server, else 1")];

static URL: &[&Keyword] = &[
    &check("path", Args::Word("PATH")).since("0.5.3").doc("What to ask for. Required."),
    &check("digest", Args::Word("32-HEX-DIGITS")).since("0.5.3").doc("The MD5 digest of the page."),
    &check("status_code", Args::Words("CODE|CODE-CODE ..."))
        .default("200-299 when nothing else is checked")
        .since("0.7.6")
        .doc("The status codes, 100 to 599, that are a success."),
    &check("virtualhost", Args::Word("NAME")).default("as in the checker").doc("The host name to ask for."),
    &check("regex", Args::Word("PATTERN"))
        .since("2.0.7")
        .doc("A regular expression of PCRE2 that the page must match."),
    &check("regex_no_match", Args::Flag).default("off").since("2.0.7").doc("The page must not match."),
    &check("regex_options", Args::Words("OPTION ..."))
        .since("2.0.7")
        .doc("Options of PCRE2, by the names in pcre2api(3) without PCRE2_, in lower case."),
    &check("regex_min_offset", Args::Int { min: 0, max: U32 })
        .default("0")
        .since("2.0.7")
        .doc("From where on in the page the pattern is searched."),
    &check("regex_max_offset", Args::Int { min: 0, max: U32 })
        .since("2.0.7")
        .doc("Where in the page a match begins at the latest."),
    &check("regex_stack", Args::Words("START MAX"))
        .since("2.0.7")
        .doc("The size in bytes of the stack for the pattern, at first and at most."),
];

static WEB: &[&Keyword] = &[
    &PLAIN_RETRY,
    &delay_before_retry("as in the real_server, else 3"),
    &check("nb_get_retry", Args::Int { min: 0, max: U32 })
        .since("0.5.3")
        .alias_of(&PLAIN_RETRY)
        .doc("The old name of retry."),
    &check("virtualhost", Args::Word("NAME"))
        .default("as in the real_server")
        .doc("The host name to ask for."),
    &check("http_protocol", Args::OneOf(&["1.0", "1.0C", "1.1"]))
        .default("1.0")
        .since("2.0.17")
        .doc("The version; `1.0C` is 1.0 with `Connection: close`."),
    &check("enable_sni", Args::Switch)
        .default("off")
        .since("1.4.3")
        .doc("SSL_GET: names the host in the handshake."),
    &check("sni_name", Args::Word("NAME"))
        .default("virtualhost")
        .since("after 2.4.3")
        .doc("SSL_GET: the host that is named in the handshake."),
    &check("fast_recovery", Args::Switch)
        .default("off")
        .since("2.0.17")
        .doc("Coming up, all pages are fetched at once and not one per delay_loop."),
];
