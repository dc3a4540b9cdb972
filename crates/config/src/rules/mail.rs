//! Mail.

use super::{Scene, is_on};
use crate::diagnostics::{self as ids, Diagnostic};

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
