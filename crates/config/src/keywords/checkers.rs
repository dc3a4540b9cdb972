//! The health checkers of a real server.

use super::{Args, Block, Keyword, Shape};

/// keepalived counts microseconds in 32 bits.
const MAX_MISC_SECS: i64 = 4294;
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
    check("retry", Args::Int { min: 0, max: U32 }).default(default).doc(
        "How often a failed check is tried again before it counts; only here, and not in the \
          servers, may it be 0.",
    )
}

const fn delay_before_retry(default: &'static str) -> Keyword {
    check("delay_before_retry", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default(default)
        .doc("How long to wait before a failed check is tried again.")
}

static HTTP_GET_KEYWORDS: &[&Keyword] = &[&Keyword::later_block("url", "", &HTTP_URL)
    .since("0.5.3")
    .doc("A page to fetch. Several are fetched one after the other, and all must succeed.")];

static SSL_GET_KEYWORDS: &[&Keyword] = &[
    &check("tls_compliant", Args::Switch).default("off").since("2.2.8").doc(
        "On: a connection that ends without TLS's farewell (close_notify) has failed. Off: it \
          is accepted, as many servers end so.",
    ),
    &Keyword::later_block("url", "", &SSL_URL)
        .since("0.5.3")
        .doc("A page to fetch. Several are fetched one after the other, and all must succeed."),
];

static SMTP_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("helo_name", Args::Word("NAME"))
        .default("smtpchecker.keepalived.org")
        .since("1.1.8")
        .doc("The name in the greeting. A mail server that looks up names wants one that exists."),
    &Keyword::later_block("host", "", &SMTP_HOST).since("1.1.8").doc(
        "Another connection to check, in place of the one to the real server. Old, and not \
          every keepalived is built with it: write a second SMTP_CHECK with `connect_ip`.",
    ),
];

static DNS_RETRY: Keyword = retry("as in the real_server, else 3");
static MISC_RETRY: Keyword = retry("as in the real_server, else 0");
static PLAIN_RETRY: Keyword = retry("as in the real_server, else 1");

static DNS_CHECK_KEYWORDS: &[&Keyword] = &[
    &DNS_RETRY,
    &delay_before_retry("as in the real_server, else delay_loop"),
    &check("type", Args::OneOf(&["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"]))
        .default("SOA")
        .doc("Which records to ask for. keepalived's manual lists the first seven."),
    &check("name", Args::Word("NAME")).default(".").doc(
        "The name to ask about; choose one that the server answers itself. The root (.) fails \
          on servers that do not recurse.",
    ),
];

static MISC_CHECK_KEYWORDS: &[&Keyword] = &[
    &MISC_RETRY,
    &delay_before_retry("as in the real_server, else 1"),
    &check("misc_path", Args::Words("COMMAND")).since("0.5.3").doc(
        "The program with its arguments, from the root of the file system. Exit status 0 is \
          success. Required.",
    ),
    &check("misc_timeout", Args::Int { min: 0, max: MAX_MISC_SECS })
        .default("0")
        .since("1.1.0")
        .unit("seconds")
        .doc(
            "How long the program may take; then it is ended, which is a failure. 0 means as long \
          as `delay_loop`.",
        ),
    &check("misc_dynamic", Args::Flag).default("off").since("1.1.8").doc(
        "The exit status also sets the weight: 0 leaves it as it is, 1 is a failure, 2 to 255 \
          is success and a weight of two less than that. Without it only 0 is success.",
    ),
    &check("user", Args::Words("USER [GROUP]")).default("script_user of global_defs").doc(
        "The user, and if wanted the group, that the program runs as. An unknown user is an \
          error.",
    ),
];

static BFD_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("name", Args::Word("NAME"))
        .doc("The name of a `bfd_instance`, which must not be `vrrp` only. Required."),
    &check("alpha", Args::Switch).default("as in the real_server").doc(
        "On: the real server counts as down until the session is up. Off: it counts as up until \
          the session has failed.",
    ),
];

static UDP_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("payload", Args::Words("HEX")).default("random bytes").since("2.2.0").doc(
        "The bytes to send, in hexadecimal. A request that the service answers makes the check \
          worth more.",
    ),
    &check("require_reply", Args::Words("[HEX]")).default("off").since("2.1.0").doc(
        "An answer must come, and begin with these bytes, in hexadecimal; an X stands for any \
          digit. Without bytes any answer will do; without this line none is needed.",
    ),
    &check("min_reply_length", Args::Int { min: 0, max: 65_535 })
        .default("0")
        .since("2.2.0")
        .unit("bytes")
        .doc("The shortest answer that is accepted; needs `require_reply`."),
    &check("max_reply_length", Args::Int { min: 0, max: 65_535 })
        .default("255")
        .since("2.2.0")
        .unit("bytes")
        .doc("The longest answer that is accepted; needs `require_reply`."),
];

static FILE_CHECK_KEYWORDS: &[&Keyword] = &[
    &check("track_file", Args::Word("NAME")).doc("The name of a `track_file` at the top level. Required."),
    &check("weight", Args::Words("NUMBER [reverse]")).default("weight of the track_file").doc(
        "What the number in the file is multiplied by before it is added to the weight of the \
          real server, -2147483647 to 2147483647. With 0 any number but 0 is a failure. \
          `reverse` changes the sign.",
    ),
];

static SSL_URL_KEYWORDS: &[&Keyword] =
    &[&check("tls_compliant", Args::Switch).default("as in the checker").since("2.2.8").doc(
        "On: a connection that ends without TLS's farewell has failed, for this page. Off: it \
          is accepted.",
    )];

static CONNECTION: &[&Keyword] = &[
    &check("connect_ip", Args::Address).default("address of the real_server").doc(
        "The address to connect to, if it is not the real server's: for example that of its \
          management network.",
    ),
    &check("connect_port", Args::Int { min: 1, max: 65_535 }).default("port of the real_server").doc(
        "The port to connect to, if it is not the real server's, as for a service with a port \
          for health checks.",
    ),
    &check("bindto", Args::Address).doc(
        "The address to connect from, of the same family as the other end. Wanted if the real \
          server or a packet filter expects a certain one.",
    ),
    &check("bind_port", Args::Int { min: 1, max: 65_535 }).doc(
        "The port to connect from. Seldom wanted: two connections in a row from one port can \
          get in each other's way.",
    ),
    &check("bind_if", Args::Word("INTERFACE"))
        .doc("The interface to connect from, which a link-local address needs."),
    &check("connect_timeout", Args::Timer { min_us: 1, max_us: U32 as u64 })
        .default("as in the real_server")
        .doc("How long an attempt to connect may take until it has failed."),
    &check("fwmark", Args::Int { min: 0, max: U32 }).default("0").doc(
        "The mark of the packets that are sent (SO_MARK), for packet filters and policy \
          routing; 0 means none.",
    ),
];

static COMMON: &[&Keyword] = &[
    &check("warmup", Args::Timer { min_us: 0, max_us: LONGEST_US })
        .default("as in the real_server, else delay_loop")
        .doc(
            "The first check waits a random time up to this, so that checkers do not all begin at \
          once; 0 switches it off.",
        ),
    &check("delay_loop", Args::Timer { min_us: 1, max_us: LONGEST_US })
        .default("as in the real_server")
        .doc("How long this checker waits from one check to the next."),
    &check("alpha", Args::Switch).default("as in the real_server").doc(
        "On: the real server counts as down until this check has succeeded. Off: it counts as \
          up until it has failed.",
    ),
    &check("log_all_failures", Args::Switch)
        .default("off")
        .doc("On: each failed check is logged. Off: only the one that takes the real server down."),
];

static RETRY: &[&Keyword] = &[&PLAIN_RETRY, &delay_before_retry("as in the real_server, else 1")];

static URL: &[&Keyword] = &[
    &check("path", Args::Word("PATH"))
        .since("0.5.3")
        .doc("The path to ask for, as in /health?full. Required."),
    &check("digest", Args::Word("32-HEX-DIGITS")).since("0.5.3").doc(
        "The MD5 digest of the page that the server must send, 32 hexadecimal digits; md5sum(1) \
          and `genhash` print it. Only for pages that never change.",
    ),
    &check("status_code", Args::Words("CODE|CODE-CODE ..."))
        .default("200-299 when nothing else is checked")
        .since("0.7.6")
        .doc(
            "The status codes, 100 to 599, single ones or ranges, that are a success. Redirections \
          are not followed: list 301 or 302 if the page is one.",
        ),
    &check("virtualhost", Args::Word("NAME"))
        .default("as in the checker")
        .doc("The host name in the request for this page, if it is not the checker's."),
    &check("regex", Args::Word("PATTERN")).since("2.0.7").doc(
        "A regular expression of PCRE2 that must match the page; quote it. Together with \
          `digest` and `status_code` all must hold.",
    ),
    &check("regex_no_match", Args::Flag)
        .default("off")
        .since("2.0.7")
        .doc("The check succeeds if the pattern of `regex` does not match. Without it, if it does."),
    &check("regex_options", Args::Words("OPTION ...")).since("2.0.7").doc(
        "Options of PCRE2 for `regex`, by the names in pcre2api(3) without PCRE2_, in lower \
          case; for example caseless.",
    ),
    &check("regex_min_offset", Args::Int { min: 0, max: U32 }).default("0").since("2.0.7").unit("bytes").doc(
        "From where on in the page the pattern is searched, to skip a header that is large or \
          misleading.",
    ),
    &check("regex_max_offset", Args::Int { min: 0, max: U32 })
        .since("2.0.7")
        .unit("bytes")
        .doc("Where in the page a match begins at the latest; what follows is not searched."),
    &check("regex_stack", Args::Words("START MAX")).since("2.0.7").doc(
        "The size in bytes of the stack for the pattern, at first and at most. Wanted only for \
          patterns that fail because of it.",
    ),
];

static WEB: &[&Keyword] = &[
    &PLAIN_RETRY,
    &delay_before_retry("as in the real_server, else 3"),
    &check("nb_get_retry", Args::Int { min: 0, max: U32 })
        .since("0.5.3")
        .alias_of(&PLAIN_RETRY)
        .doc("The name of `retry` in old versions. Write `retry`."),
    &check("virtualhost", Args::Word("NAME"))
        .default("as in the real_server")
        .doc("The host name in the requests of this checker, unless a url says otherwise."),
    &check("http_protocol", Args::OneOf(&["1.0", "1.0C", "1.1"])).default("1.0").since("2.0.17").doc(
        "The version of HTTP in requests. `1.0C` is 1.0 with `Connection: close`, for servers \
          that would keep the connection open.",
    ),
    &check("enable_sni", Args::Switch).default("off").since("1.4.3").doc(
        "On: SSL_GET names the host in the handshake, so that a server of many sites shows the \
          right certificate; many refuse to answer otherwise. Off: it does not. Without effect \
          in HTTP_GET.",
    ),
    &check("sni_name", Args::Word("NAME")).default("virtualhost").since("after 2.4.3").doc(
        "The host that SSL_GET names in the handshake, if it is not `virtualhost`. Without \
          effect in HTTP_GET.",
    ),
    &check("fast_recovery", Args::Switch).default("off").since("2.0.17").doc(
        "On: a server that comes up is asked for all pages at once. Off: one page each \
          `delay_loop`, so with many pages it takes long to come back.",
    ),
];
