//! Health checkers, as they are written: what is not given is `None`, what that means is [`lvs::resolve`] to say.
//!
//! A file may have a hundred thousand of them, so what is rarely given is behind a pointer.
//!
//! [`lvs::resolve`]: crate::document::lvs::resolve

mod read;
mod timing;
mod value;

use std::net::IpAddr;
use std::num::NonZeroU16;

use serde::Serialize;

pub use self::timing::{Time, Timing};
pub use self::value::{Digest, Pattern, StatusCodes};
use super::Spanned;
use super::lvs::Script;
use crate::source::Span;

pub(super) use read::read;

/// One checker of a real server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checker {
    /// What is checked.
    #[serde(flatten)]
    pub kind: Kind,
    /// Where to connect to and from. `None` for everything as the real server is reached, and for the kinds that do
    /// not connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Box<Connection>>,
    /// When.
    #[serde(flatten)]
    pub timing: Timing,
    /// `log_all_failures`
    pub log_all_failures: Option<bool>,
    /// Its keyword.
    #[serde(skip)]
    pub span: Span,
}

/// The kinds of checkers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "check", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Fetches pages by HTTP.
    HttpGet(Box<Web>),
    /// Fetches pages by HTTPS.
    SslGet(Box<Web>),
    /// Opens a TCP connection.
    TcpCheck,
    /// Greets a mail server.
    SmtpCheck(Box<Smtp>),
    /// Asks a name server.
    DnsCheck(Box<Dns>),
    /// Runs a program.
    MiscCheck(Box<Misc>),
    /// Follows a BFD session.
    BfdCheck(Box<Bfd>),
    /// Sends an echo request.
    PingCheck,
    /// Sends a datagram.
    UdpCheck(Box<Udp>),
    /// Follows the number in a file.
    FileCheck(Box<File>),
}

/// The end points of a checker's connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Connection {
    /// `connect_ip`
    pub connect_ip: Option<IpAddr>,
    /// `connect_port`
    pub connect_port: Option<NonZeroU16>,
    /// `bindto`
    pub bindto: Option<IpAddr>,
    /// `bind_port`
    pub bind_port: Option<NonZeroU16>,
    /// `bind_if`
    pub bind_if: Option<Box<str>>,
    /// `fwmark`
    pub fwmark: Option<u32>,
}

/// `HTTP_GET` and `SSL_GET`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Web {
    /// The pages, in the order in which they are fetched.
    pub urls: Box<[Url]>,
    /// `virtualhost`
    pub virtualhost: Option<Box<str>>,
    /// `http_protocol`
    pub http_protocol: Option<HttpProtocol>,
    /// `enable_sni`
    pub enable_sni: Option<bool>,
    /// `sni_name`
    pub sni_name: Option<Box<str>>,
    /// `fast_recovery`
    pub fast_recovery: Option<bool>,
    /// `tls_compliant`
    pub tls_compliant: Option<bool>,
}

/// `http_protocol`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum HttpProtocol {
    /// HTTP/1.0.
    #[serde(rename = "1.0")]
    V1_0,
    /// HTTP/1.0 with `Connection: close`.
    #[serde(rename = "1.0C")]
    V1_0Close,
    /// HTTP/1.1.
    #[serde(rename = "1.1")]
    V1_1,
}

/// `url`
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Url {
    /// `path`
    pub path: Box<str>,
    /// `status_code`
    pub status_codes: StatusCodes,
    /// `digest`
    pub digest: Option<Digest>,
    /// `virtualhost`
    pub virtualhost: Option<Box<str>>,
    /// `tls_compliant`
    pub tls_compliant: Option<bool>,
    /// `regex` with its options.
    pub regex: Option<Box<Regex>>,
}

/// `regex` and what belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Regex {
    /// `regex`
    pub pattern: Box<str>,
    /// `regex_no_match`
    pub no_match: bool,
    /// `regex_options`
    pub options: Vec<Box<str>>,
    /// `regex_min_offset`
    pub min_offset: Option<u32>,
    /// `regex_max_offset`
    pub max_offset: Option<u32>,
    /// `regex_stack`: bytes at first and at most.
    pub stack: Option<(u32, u32)>,
}

/// `SMTP_CHECK`
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Smtp {
    /// `helo_name`
    pub helo_name: Option<Box<str>>,
    /// `host`: connections beside that of the checker itself.
    pub hosts: Vec<Host>,
}

/// `host` of `SMTP_CHECK`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Host {
    /// Where to connect to and from.
    #[serde(flatten)]
    pub connection: Connection,
    /// `connect_timeout`
    pub connect_timeout: Option<Time>,
}

/// `DNS_CHECK`
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Dns {
    /// `type`
    pub record: Option<Record>,
    /// `name`
    pub name: Option<Box<str>>,
}

/// The types of DNS records that can be asked for (RFC 1035 section 3.2.2 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Record {
    /// An IPv4 address.
    A,
    /// A name server.
    Ns,
    /// An alias.
    Cname,
    /// The start of a zone.
    Soa,
    /// A mail server.
    Mx,
    /// Text.
    Txt,
    /// An IPv6 address.
    Aaaa,
    /// A signature.
    Rrsig,
    /// A key.
    Dnskey,
}

/// `MISC_CHECK`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Misc {
    /// `misc_path` and `user`.
    #[serde(flatten)]
    pub script: Script,
    /// `misc_timeout`: seconds; 0: `delay_loop`.
    pub timeout: Option<u32>,
    /// `misc_dynamic`
    pub dynamic: bool,
}

/// `BFD_CHECK`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bfd {
    /// `name`: a `bfd_instance`.
    pub name: Spanned<Box<str>>,
}

/// `UDP_CHECK`
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Udp {
    /// `payload`
    pub payload: Option<Pattern>,
    /// `require_reply`; the empty pattern: any answer.
    pub require_reply: Option<Pattern>,
    /// `min_reply_length`: bytes.
    pub min_reply_length: Option<u16>,
    /// `max_reply_length`: bytes.
    pub max_reply_length: Option<u16>,
}

/// `FILE_CHECK`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct File {
    /// `track_file`
    pub track_file: Spanned<Box<str>>,
    /// `weight`
    pub weight: Option<i32>,
    /// `weight … reverse`
    pub reverse: bool,
}
