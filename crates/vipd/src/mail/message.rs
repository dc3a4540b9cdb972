//! The mail as keepalived's users know it, byte for byte, so that filters keep working.

use std::time::SystemTime;

use config::model::Mail;
use lettre::message::header::{Date, HeaderName, HeaderValue, Headers};

use crate::ipc::MailJob;

/// keepalived cuts subjects here, in bytes.
const MAX_SUBJECT: usize = 255;
/// And bodies here.
const MAX_BODY: usize = 511;

/// Writes a mail about something that happened at `at`.
pub fn compose(settings: &Mail, host_name: &str, subject: &str, body: &str, at: SystemTime) -> MailJob {
    let from = settings.from.clone().unwrap_or_else(|| format!("keepalived@{host_name}"));
    let mut headers = Headers::new();
    headers.set(Date::new(at));
    headers.insert_raw(as_is("From", one_line(&from)));
    headers.insert_raw(subject_header(one_line(cut(subject, MAX_SUBJECT))));
    headers.insert_raw(as_is("X-Mailer", "Keepalived".to_owned()));
    headers.insert_raw(as_is("To", settings.to.join(",\r\n ")));
    let mut text = headers.to_string();
    let body = cut(body, MAX_BODY);
    if !body.is_ascii() {
        text.push_str(
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
        );
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.push_str("\r\n");
    MailJob {
        server: settings.server.clone(),
        port: settings.port,
        helo_name: settings.helo_name.clone().unwrap_or_else(|| host_name.to_owned()),
        timeout: settings.connect_timeout,
        from: bare_address(&from).to_owned(),
        to: settings.to.iter().map(|to| bare_address(to).to_owned()).collect(),
        message: text.into_bytes(),
    }
}

/// `Admin <admin@example.com>` has its envelope address in the angle brackets.
fn bare_address(text: &str) -> &str {
    match (text.rfind('<'), text.rfind('>')) {
        (Some(open), Some(close)) if open < close => &text[open + 1..close],
        _ => text.trim(),
    }
}

/// Names come from the configuration; a line break in one must not start a header of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// RFC 2047 where the text needs it, and only there.
fn subject_header(subject: String) -> HeaderValue {
    if subject.is_ascii() {
        return as_is("Subject", subject);
    }
    HeaderValue::new(HeaderName::new_from_ascii_str("Subject"), subject)
}

fn as_is(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn settings() -> Mail {
        Mail {
            server: "127.0.0.1".into(),
            port: 25,
            helo_name: None,
            connect_timeout: Duration::from_secs(30),
            from: Some("ka@example.com".into()),
            to: vec!["admin@example.com".into()],
        }
    }

    /// 2026-11-22 15:01:04 UTC.
    fn then() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_359_664)
    }

    fn text(job: MailJob) -> String {
        String::from_utf8(job.message).unwrap()
    }

    /// What keepalived 2.2.7 sent, observed on the wire.
    #[test]
    fn the_observed_mail_of_keepalived() {
        let job = compose(
            &settings(),
            "vm",
            "[nodeA] VRRP Instance VI_2 - Entering BACKUP state",
            "=> VRRP Instance is no longer owning VRRP VIPs <=",
            then(),
        );
        assert_eq!(job.helo_name, "vm");
        assert_eq!(job.from, "ka@example.com");
        assert_eq!(job.to, ["admin@example.com"]);
        assert_eq!(
            text(job),
            "Date: Sun, 22 Nov 2026 15:01:04 +0000\r\n\
             From: ka@example.com\r\n\
             Subject: [nodeA] VRRP Instance VI_2 - Entering BACKUP state\r\n\
             X-Mailer: Keepalived\r\n\
             To: admin@example.com\r\n\
             \r\n\
             => VRRP Instance is no longer owning VRRP VIPs <=\r\n"
        );
    }

    #[test]
    fn display_names_stay_in_the_headers_and_leave_the_envelope() {
        let mut mail = settings();
        mail.to = vec!["Admin <admin@example.com>".into(), "noc@example.com".into()];
        mail.from = None;
        mail.helo_name = Some("mx.example.com".into());
        let job = compose(&mail, "vm", "s", "b", then());
        assert_eq!(job.helo_name, "mx.example.com");
        assert_eq!(job.from, "keepalived@vm");
        assert_eq!(job.to, ["admin@example.com", "noc@example.com"]);
        assert!(text(job).contains("To: Admin <admin@example.com>,\r\n noc@example.com\r\n"));
    }

    #[test]
    fn a_name_cannot_smuggle_a_header_in() {
        let mail = text(compose(&settings(), "vm", "x\r\nBcc: evil@example.com", "b", then()));
        assert!(mail.contains("Subject: x  Bcc: evil@example.com\r\n"), "{mail}");
    }

    #[test]
    fn long_and_foreign_texts() {
        let mail = text(compose(&settings(), "vm", &"s".repeat(300), &"b".repeat(600), then()));
        assert!(mail.contains(&format!("Subject: {}\r\n", "s".repeat(255))));
        assert!(mail.ends_with(&format!("\r\n\r\n{}\r\n", "b".repeat(511))));
        let mail = text(compose(&settings(), "vm", "Büro", "b", then()));
        assert!(mail.contains("Subject: =?utf-8?b?QsO8cm8=?=\r\n"), "{mail}");
    }
}
