use std::fmt::Write as _;

use engine::observe::Refusal;

use super::{Scene, refused};

/// The counters in keepalived's layout.
pub(super) fn stats(scene: &Scene<'_>) -> String {
    let mut text = String::new();
    for (instance, state) in scene.instances() {
        let counters = &state.counters;
        let sections: [(&str, &[(&str, u64)]); 5] = [
            ("Advertisements", &[("Received", counters.adverts_received), ("Sent", counters.adverts_sent)]),
            (
                "Packet Errors",
                &[
                    ("Length", refused(state, Refusal::Length)),
                    ("TTL", refused(state, Refusal::Ttl)),
                    ("Invalid Type", refused(state, Refusal::Type)),
                    ("Advertisement Interval", refused(state, Refusal::Interval)),
                    ("Address List", counters.address_list_mismatch),
                ],
            ),
            (
                "Authentication Errors",
                &[
                    ("Invalid Type", 0),
                    ("Type Mismatch", refused(state, Refusal::AuthType)),
                    ("Failure", refused(state, Refusal::Auth)),
                ],
            ),
            (
                "Authentication Extension Errors",
                &[
                    ("Missing", refused(state, Refusal::ExtMissing)),
                    ("Malformed", refused(state, Refusal::ExtMalformed)),
                    ("Unknown Key", refused(state, Refusal::ExtUnknownKey)),
                    ("Invalid HMAC", refused(state, Refusal::ExtInvalidHmac)),
                    ("Stale", refused(state, Refusal::ExtStale)),
                    ("Replay", refused(state, Refusal::ExtReplay)),
                ],
            ),
            (
                "Priority Zero",
                &[("Received", counters.priority_zero_received), ("Sent", counters.priority_zero_sent)],
            ),
        ];
        // Writing to a string cannot fail.
        let _ = writeln!(text, "VRRP Instance: {}", instance.name);
        for (title, lines) in sections {
            let _ = writeln!(text, "  {title}:");
            for (name, count) in lines {
                let _ = writeln!(text, "    {name}: {count}");
            }
            if title == "Advertisements" {
                let _ = writeln!(text, "  Became master: {}", counters.became_master);
                let _ = writeln!(text, "  Released master: {}", counters.released_master);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::model::Verdicts;

    use crate::testing::{model, snapshot, then};

    /// What keepalived 2.4 writes for an instance with these counters.
    #[test]
    fn the_layout_of_keepalived() {
        let (model, mut snapshot) = (model(&["VI_1"]), snapshot());
        snapshot.instances.truncate(1);
        snapshot.instances[0].counters.refused[7] = 4;
        let now = (snapshot.at, then());
        let text = stats(&Scene { model: &model, snapshot: &snapshot, verdicts: &Verdicts::new(), now });
        assert_eq!(
            text,
            "VRRP Instance: VI_1\n  Advertisements:\n    Received: 0\n    Sent: 300\n  Became master: 1\n  \
             Released master: 0\n  Packet Errors:\n    Length: 0\n    TTL: 0\n    Invalid Type: 0\n    \
             Advertisement Interval: 0\n    Address List: 0\n  Authentication Errors:\n    Invalid Type: 0\n    \
             Type Mismatch: 0\n    Failure: 4\n  Authentication Extension Errors:\n    Missing: 0\n    Malformed: 0\n    \
             Unknown Key: 0\n    Invalid HMAC: 0\n    Stale: 0\n    Replay: 0\n  Priority Zero:\n    Received: 0\n    Sent: 0\n"
        );
    }
}
