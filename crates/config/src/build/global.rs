//! `global_defs`, as far as it is not folded into the instances.

use std::net::IpAddr;
use std::time::Duration;

use crate::diagnostics::{self as ids, Diagnostic};
use crate::keywords::global::{
    LOG_UNKNOWN_VRIDS, NO_EMAIL_FAULTS, NOTIFICATION_EMAIL, NOTIFICATION_EMAIL_FROM, ROUTER_ID,
    SMTP_CONNECT_TIMEOUT, SMTP_HELO_NAME, SMTP_SERVER, VRRP_DELAY_AFTER_BOOT, VRRP_STARTUP_DELAY,
};
use crate::model::{Dumps, Global, Mail, Process, Reloading};
use crate::settings::Settings;
use crate::value;

const SMTP_PORT: u16 = 25;

pub(super) fn build(settings: &Settings<'_>, found: &mut Vec<Diagnostic>) -> Global {
    Global {
        router_id: settings.text(&ROUTER_ID).map(str::to_owned),
        mail: mail(settings, found),
        no_email_faults: settings.switch(&NO_EMAIL_FAULTS).unwrap_or(false),
        startup_delay: settings.time_or_default(&VRRP_STARTUP_DELAY),
        delay_after_boot: settings.time_or_default(&VRRP_DELAY_AFTER_BOOT),
        log_unknown_vrids: settings.switch(&LOG_UNKNOWN_VRIDS).unwrap_or(false),
        process: Process::default(),
        dumps: Dumps::default(),
        reloading: Reloading::default(),
        no_local_igmp: false,
    }
}

fn mail(settings: &Settings<'_>, found: &mut Vec<Diagnostic>) -> Option<Mail> {
    let blocks = settings.nodes(&NOTIFICATION_EMAIL);
    let words = blocks.flat_map(|node| node.children()).flat_map(|line| line.words());
    let to: Vec<String> = words.map(|word| word.text().into_owned()).collect();
    let server = settings.node(&SMTP_SERVER);
    let Some(server) = server else {
        if let (false, Some(span)) = (to.is_empty(), settings.span(&NOTIFICATION_EMAIL)) {
            found.push(
                Diagnostic::new(
                    &ids::MAIL_INCOMPLETE,
                    span,
                    "no mail will be sent: there is no `smtp_server`",
                )
                .help("add `smtp_server ADDRESS` to global_defs"),
            );
        }
        return None;
    };
    if to.is_empty() {
        found.push(
            Diagnostic::new(
                &ids::MAIL_INCOMPLETE,
                server.span(),
                "no mail will be sent: there is no recipient",
            )
            .help("add `notification_email { ADDRESS }` to global_defs"),
        );
        return None;
    }
    let mut words = server.args();
    let word = words.next()?;
    let host = word.text().into_owned();
    if !is_host(&host) {
        let message = format!("`{host}` is neither an address nor a host name");
        found.push(Diagnostic::new(&ids::BAD_ADDRESS, word.span, message).help("no mail will be sent"));
        return None;
    }
    let port = words.next().map_or(Some(SMTP_PORT), |word| {
        let port = value::int(&word.text(), 1, 65_535).ok().and_then(|port| u16::try_from(port).ok());
        if port.is_none() {
            let message = format!("`{}` is not a port", word.text());
            let diagnostic = Diagnostic::new(&ids::OUT_OF_RANGE, word.span, message);
            found.push(diagnostic.help("ports are numbers from 1 to 65535; 25 is taken"));
        }
        port
    });
    value::surplus(&SMTP_SERVER, words, found);
    Some(Mail {
        server: host,
        port: port.unwrap_or(SMTP_PORT),
        helo_name: settings.text(&SMTP_HELO_NAME).map(str::to_owned),
        connect_timeout: connect_timeout(settings, found),
        from: settings.text(&NOTIFICATION_EMAIL_FROM).map(str::to_owned),
        to,
    })
}

/// An address, or a name of letters, digits, hyphens and dots (RFC 1123 section 2.1; underscores are seen, too).
fn is_host(text: &str) -> bool {
    let name_like = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    text.parse::<IpAddr>().is_ok() || (!text.is_empty() && text.bytes().all(name_like))
}

fn connect_timeout(settings: &Settings<'_>, found: &mut Vec<Diagnostic>) -> Duration {
    let seconds = settings.int_or_default(&SMTP_CONNECT_TIMEOUT);
    if let (0, Some(span)) = (seconds, settings.span(&SMTP_CONNECT_TIMEOUT)) {
        let message = "smtp_connect_timeout cannot be 0: one second is taken";
        found.push(Diagnostic::new(&ids::ADJUSTED, span, message));
    }
    Duration::from_secs(u64::try_from(seconds.max(1)).unwrap_or(1))
}
