//! Mail.

use std::net::IpAddr;

use super::{HostFacts, Scene, is_on};
use crate::Loaded;
use crate::diagnostics::{self as ids, Diagnostic};
use crate::source::Span;

/// The name of the mail server that a machine has to know, as it is written; `None`: none is named, or by its address.
pub fn mail_server(loaded: &Loaded) -> Option<String> {
    named(&Scene::new(loaded)).map(|(name, _)| name)
}

fn named(scene: &Scene<'_>) -> Option<(String, Span)> {
    let word = scene.global("smtp_server")?.args().next()?;
    let name = word.text().into_owned();
    name.parse::<IpAddr>().is_err().then_some((name, word.span))
}

/// A server whose name this machine cannot resolve; of one that no server can have, [`server`] speaks.
pub(super) fn host(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    unresolved(scene, facts, is_host_name, found);
}

/// The same, as keepalived does it, whatever is wrong with the name.
pub(super) fn complaints(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    unresolved(scene, facts, |_| true, found);
}

fn unresolved(scene: &Scene<'_>, facts: &HostFacts, concerns: fn(&str) -> bool, found: &mut Vec<Diagnostic>) {
    let Some((name, span)) = named(scene) else { return };
    if !facts.unresolved.contains(&name) || !concerns(&name) {
        return;
    }
    let message = format!("this machine cannot find the address of `{name}`: no mail will be sent");
    found.push(
        Diagnostic::new(&ids::MAIL_SERVER_UNKNOWN, span, message)
            .help("correct the name, see to its name service, or write the address"),
    );
}

/// `smtp_alert` where no mail can be sent. Half of what mail needs is found when the file is read.
pub(super) fn alerts(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let half = ["smtp_server", "notification_email"];
    if scene.loaded.model.global.mail.is_some() || half.iter().any(|name| scene.global(name).is_some()) {
        return;
    }
    let globals = ["smtp_alert_vrrp", "smtp_alert"].into_iter().filter_map(|name| scene.global(name));
    let own = scene.subjects.iter().filter_map(|subject| subject.last("smtp_alert"));
    for node in globals.chain(own).filter(is_on) {
        let message = "no mail will be sent: there are neither a mail server nor recipients";
        found.push(
            Diagnostic::new(&ids::ALERT_WITHOUT_MAIL, node.span(), message)
                .help("add `smtp_server ADDRESS` and `notification_email { ADDRESS }` to global_defs"),
        );
    }
}

/// A server that looks like one and cannot be: an address with a slip, a name that RFC 1123 section 2.1 rules out.
pub(super) fn server(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(mail), Some(node)) = (&scene.loaded.model.global.mail, scene.global("smtp_server")) else {
        return;
    };
    if mail.server.parse::<IpAddr>().is_ok() || is_host_name(&mail.server) {
        return;
    }
    let message = format!("`{}` is no address, and no server can have this name", mail.server);
    found.push(
        Diagnostic::new(&ids::BAD_MAIL_SERVER, node.span(), message)
            .help("correct it: until then no mail will be sent"),
    );
}

/// Underscores are against the rules, and seen.
fn is_host_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label =
        |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let last = name.rsplit('.').next().unwrap_or("");
    name.len() <= 253 && name.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}
