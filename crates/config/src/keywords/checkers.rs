//! The health checkers of a real server.

use super::{Block, Keyword, Shape};

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

static HTTP_GET_KEYWORDS: &[&Keyword] =
    &[&Keyword::later_block("url", "", &HTTP_URL).since("0.5.3").doc("Repeatable; tried in order.")];

static SSL_GET_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("tls_compliant", "[BOOL]")
        .default("off")
        .since("2.2.8")
        .doc("Registered for SSL_GET only."),
    &Keyword::later_block("url", "", &SSL_URL).since("0.5.3").doc("Repeatable; tried in order."),
];

static SMTP_CHECK_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("helo_name", "STRING").default("smtpchecker.keepalived.org").since("1.1.8"),
    &Keyword::later_block("host", "", &SMTP_HOST)
        .since("1.1.8")
        .doc("Deprecated, compile-time WITH_HOST_ENTRIES; takes the generic connection options."),
];

static DNS_CHECK_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("retry", "UINT =0").default("real_server, else 3").doc("0 allowed here only."),
    &Keyword::later("delay_before_retry", "TIMER").default("real_server, else delay_loop"),
    &Keyword::later("type", "A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY")
        .default("SOA")
        .doc("Man page lists the first seven."),
    &Keyword::later("name", "STRING").default(". (root)").doc("First wins; empty label refused."),
];

static MISC_CHECK_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("retry", "UINT =0").default("real_server, else 0").doc("0 allowed here only."),
    &Keyword::later("delay_before_retry", "TIMER").default("real_server, else 1"),
    &Keyword::later("misc_path", "STRING|QUOTED [args]").since("0.5.3").doc("Required."),
    &Keyword::later("misc_timeout", "UINT s").default("0 = delay_loop").since("1.1.0"),
    &Keyword::later("misc_dynamic", "")
        .default("off")
        .since("1.1.8")
        .doc("Exit code sets weight; see defaults file."),
    &Keyword::later("user", "USER [:][GROUP]")
        .default("global script_user")
        .doc("Unknown user removes the checker."),
];

static BFD_CHECK_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("name", "BFD_NAME").doc("Must already be configured."),
    &Keyword::later("alpha", "[BOOL]")
        .default("real_server")
        .doc("Accepted by parser though the man page says BFD_CHECK has no generic option."),
];

static UDP_CHECK_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("payload", "HEX").default("random data").since("2.2.0"),
    &Keyword::later("require_reply", "[HEX with X wildcards]").default("off").since("2.1.0"),
    &Keyword::later("min_reply_length", "INT 0..65535").default("0").since("2.2.0"),
    &Keyword::later("max_reply_length", "INT 0..65535").default("255").since("2.2.0"),
];

static FILE_CHECK_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("track_file", "NAME").doc("Must be defined earlier."),
    &Keyword::later("weight", "INT -2147483647..2147483647 [reverse]").default("track_file weight"),
];

static SSL_URL_KEYWORDS: &[&Keyword] =
    &[&Keyword::later("tls_compliant", "[BOOL]").default("checker").since("2.2.8")];

static CONNECTION: &[&Keyword] = &[
    &Keyword::later("connect_ip", "IPADDR").default("real server address"),
    &Keyword::later("connect_port", "1..65535").default("real server port"),
    &Keyword::later("bindto", "IPADDR").default("none").doc("Family must match connect_ip."),
    &Keyword::later("bind_port", "1..65535").default("none"),
    &Keyword::later("bind_if", "IFNAME").default("none").doc("For link-local bindto."),
    &Keyword::later("connect_timeout", "TIMER 0").default("real_server (5)"),
    &Keyword::later("fwmark", "UINT32").default("0").doc("SO_MARK."),
];

static COMMON: &[&Keyword] = &[
    &Keyword::later("warmup", "TIMER").default("real_server, else delay_loop"),
    &Keyword::later("delay_loop", "TIMER 0").default("real_server (60)"),
    &Keyword::later("alpha", "[BOOL]").default("real_server"),
    &Keyword::later("log_all_failures", "[BOOL]").default("off"),
];

static RETRY: &[&Keyword] = &[
    &Keyword::later("retry", "UINT =0").default("real_server, else 1").doc("0 allowed here only."),
    &Keyword::later("delay_before_retry", "TIMER").default("real_server, else 1"),
];

static URL: &[&Keyword] = &[
    &Keyword::later("path", "STRING").since("0.5.3").doc("Required."),
    &Keyword::later("digest", "32 hex digits").since("0.5.3").doc("MD5 of body."),
    &Keyword::later("status_code", "INT|INT-INT ...")
        .default("200-299 when nothing else is checked")
        .since("0.7.6")
        .doc("100..599."),
    &Keyword::later("virtualhost", "STRING").default("checker"),
    &Keyword::later("regex", "STRING").since("2.0.7").doc("Build option; re-read with quotes and escapes."),
    &Keyword::later("regex_no_match", "").default("off").since("2.0.7"),
    &Keyword::later("regex_options", "WORD ...")
        .default("none")
        .since("2.0.7")
        .doc("PCRE2 option names as in the man page."),
    &Keyword::later("regex_min_offset", "UINT").default("0").since("2.0.7"),
    &Keyword::later("regex_max_offset", "UINT").default("none").since("2.0.7"),
    &Keyword::later("regex_stack", "START MAX").default("default").since("2.0.7"),
];

static WEB: &[&Keyword] = &[
    &Keyword::later("retry", "UINT =0").default("real_server, else 1").doc("0 allowed here only."),
    &Keyword::later("delay_before_retry", "TIMER").default("real_server, else 3"),
    &Keyword::later("nb_get_retry", "UINT")
        .since("0.5.3")
        .doc("Deprecated synonym of retry; HTTP_GET/SSL_GET only (unknown keyword elsewhere)."),
    &Keyword::later("virtualhost", "STRING").default("real/virtual server"),
    &Keyword::later("http_protocol", "1.0|1.0C|1.1")
        .default("1.0")
        .since("2.0.17")
        .doc("C adds Connection: close; case-insensitive c."),
    &Keyword::later("enable_sni", "").default("off").since("1.4.3").doc("SSL_GET only in effect."),
    &Keyword::later("sni_name", "STRING").default("virtualhost").since("after 2.4.3").doc("SSL_GET."),
    &Keyword::later("fast_recovery", "[BOOL]").default("off").since("2.0.17"),
];
