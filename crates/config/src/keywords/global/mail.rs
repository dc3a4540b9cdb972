//! Who is told by mail.

use super::MAX_DELAY;
use crate::keywords::common::MAIL_ENTRIES;
use crate::keywords::{Args, Keyword};

pub(super) static MAIL: &[&Keyword] = &[
    &ROUTER_ID,
    &LVS_ID,
    &NOTIFICATION_EMAIL,
    &NOTIFICATION_EMAIL_FROM,
    &SMTP_SERVER,
    &SMTP_HELO_NAME,
    &SMTP_CONNECT_TIMEOUT,
    &SMTP_ALERT,
    &SMTP_ALERT_VRRP,
    &NO_EMAIL_FAULTS,
];

/// `router_id`
pub static ROUTER_ID: Keyword =
    Keyword::new("router_id", Args::Word("NAME")).default("the local host name").since("1.1.8").doc(
        "The name of this machine in the subject of mails, at most one word. Set it where the \
          host name is long, or the same everywhere, as in containers.",
    );

/// `lvs_id`
pub static LVS_ID: Keyword = Keyword::new("lvs_id", Args::Word("NAME"))
    .alias_of(&ROUTER_ID)
    .doc("The name of `router_id` before keepalived 1.1.8. Write `router_id`.");

/// `notification_email`
pub static NOTIFICATION_EMAIL: Keyword =
    Keyword::block("notification_email", "", &MAIL_ENTRIES).since("0.5.3").repeats().doc(
        "The recipients of mails about transitions, separated by blanks or line breaks. One \
          with a display name stands in double quotes: \"Ops <ops@example.org>\". Nothing is \
          sent without `smtp_server`, nor for instances whose `smtp_alert` is off, which is the \
          default.",
    );

/// `notification_email_from`
pub static NOTIFICATION_EMAIL_FROM: Keyword =
    Keyword::new("notification_email_from", Args::Word("MAIL-ADDRESS"))
        .default("keepalived@ and the local host name")
        .since("0.5.3")
        .doc(
            "The sender of mails: one address, in double quotes if it has a display name. Many mail \
          servers refuse a host name without a domain, which the default may well be.",
        );

/// `smtp_server`
pub static SMTP_SERVER: Keyword = Keyword::new("smtp_server", Args::Words("ADDRESS|HOSTNAME [PORT]"))
    .default("none: no mail is sent")
    .since("0.5.3")
    .doc(
        "The mail server that takes the mails, by address or name, and its port if it is not \
          25. Without this line no mail is sent. The connection is neither encrypted nor \
          authenticated, so name a relay that trusts this machine, best on the machine itself.",
    );

/// `smtp_helo_name`
pub static SMTP_HELO_NAME: Keyword =
    Keyword::new("smtp_helo_name", Args::Word("NAME")).default("the local host name").since("1.2.20").doc(
        "The name with which this machine greets the mail server (HELO). Set it when the server \
          refuses the host name, for example because it has no domain.",
    );

/// `smtp_connect_timeout`
pub static SMTP_CONNECT_TIMEOUT: Keyword =
    Keyword::int("smtp_connect_timeout", 0, MAX_DELAY).default("30").since("0.5.3").unit("seconds").doc(
        "How long to wait for the mail server before an attempt has failed and is repeated \
          later. 0 is taken as 1. Waiting for a mail server never delays an election: another \
          process does it.",
    );

/// `smtp_alert`
pub static SMTP_ALERT: Keyword = Keyword::switch("smtp_alert").doc(
    "The default of every `smtp_alert` below. On: instances and groups that do not say \
          otherwise send a mail at each transition. Off: they send none. Real servers are the \
          exception: they send mails unless this says off.",
);

/// `smtp_alert_vrrp`
pub static SMTP_ALERT_VRRP: Keyword =
    Keyword::switch("smtp_alert_vrrp").default("smtp_alert").since("2.0.0").doc(
        "The default of `smtp_alert` in instances and sync groups, on or off. It has precedence \
          over the `smtp_alert` of this block: On here and off there sends mails about virtual \
          routers only.",
    );

/// `no_email_faults`
pub static NO_EMAIL_FAULTS: Keyword = Keyword::flag("no_email_faults").since("2.0.0").doc(
    "No mail is sent when an instance or a group enters FAULT. The other transitions are \
          still mailed; the next mail about that instance is the one about its recovery.",
);
