//! Which events become mails.

use std::collections::BTreeMap;

use config::model::Model;
use engine::observe::{Event, EventKind};
use vrrp::State;

/// Subject and body of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Subject line.
    pub subject: String,
    /// Body.
    pub body: &'static str,
}

/// What an instance was last reported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Report {
    Master,
    Backup,
    Fault,
    Stop,
}

/// Remembers what was mailed, so that the same state is not mailed twice in a row.
#[derive(Debug, Default)]
pub struct Alerts {
    reported: BTreeMap<String, Report>,
}

impl Alerts {
    /// The mail that an event deserves, if any. `stopping`: the daemon is on its way out, so an instance that
    /// ends is "Stopping".
    pub fn of_event(
        &mut self,
        event: &Event,
        model: &Model,
        host_name: &str,
        stopping: bool,
    ) -> Option<Alert> {
        let (Some(name), EventKind::Transition { transition, .. }) = (&event.instance, &event.kind) else {
            return None;
        };
        let report = match transition.to {
            State::Active => Report::Master,
            State::Backup => Report::Backup,
            State::Fault => Report::Fault,
            State::Initialize if stopping => Report::Stop,
            State::Initialize => return None,
        };
        let wanted = model.instances.iter().any(|i| i.name == *name && i.smtp_alert)
            && !(report == Report::Fault && model.global.no_email_faults);
        if self.reported.insert(name.clone(), report) == Some(report) || !wanted {
            return None;
        }
        let (happened, body) = match report {
            Report::Master => ("Entering MASTER state", "=> VRRP Instance is now owning VRRP VIPs <="),
            Report::Backup => ("Entering BACKUP state", "=> VRRP Instance is no longer owning VRRP VIPs <="),
            Report::Fault => ("Entering FAULT state", "=> VRRP Instance is no longer owning VRRP VIPs <="),
            Report::Stop => ("Stopping", "=> VRRP Instance stopping <="),
        };
        Some(Alert { subject: subject(model, host_name, name, happened), body })
    }

    /// The mails for instances that a reload took away. Their settings are those of the old model.
    pub fn of_reload(&mut self, old: &Model, new: &Model, host_name: &str) -> Vec<Alert> {
        let gone = old.instances.iter().filter(|o| new.instances.iter().all(|n| n.name != o.name));
        gone.filter_map(|instance| {
            self.reported.remove(&instance.name);
            instance.smtp_alert.then(|| Alert {
                subject: subject(old, host_name, &instance.name, "Deleted"),
                body: "=> VRRP Deleted at reload <=",
            })
        })
        .collect()
    }
}

fn subject(model: &Model, host_name: &str, instance: &str, happened: &str) -> String {
    let router_id = model.global.router_id.as_deref().unwrap_or(host_name);
    format!("[{router_id}] VRRP Instance {instance} - {happened}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;
    use std::time::Duration;
    use types::{Instant, Priority};
    use vrrp::{Cause, Transition};

    fn entering(to: State) -> Event {
        let transition = Transition { from: State::Initialize, to, cause: Cause::Startup };
        let kind = EventKind::Transition {
            transition,
            priority: Priority(100),
            faults: Vec::new(),
            late_by: Duration::ZERO,
        };
        Event { at: Instant::ZERO, seq: 0, instance: Some("VI_1".into()), kind }
    }

    fn subjects(model: &Model, states: &[State], stopping: bool) -> Vec<String> {
        let mut alerts = Alerts::default();
        let mails = states.iter().filter_map(|s| alerts.of_event(&entering(*s), model, "vm", stopping));
        mails.map(|a| format!("{} | {}", a.subject, a.body)).collect()
    }

    #[test]
    fn the_texts_of_keepalived() {
        let mut model = model(&["VI_1"]);
        model.global.router_id = Some("LVS_DEVEL_1".into());
        assert_eq!(
            subjects(&model, &[State::Backup, State::Active, State::Fault, State::Initialize], true),
            [
                "[LVS_DEVEL_1] VRRP Instance VI_1 - Entering BACKUP state | => VRRP Instance is no longer owning VRRP VIPs <=",
                "[LVS_DEVEL_1] VRRP Instance VI_1 - Entering MASTER state | => VRRP Instance is now owning VRRP VIPs <=",
                "[LVS_DEVEL_1] VRRP Instance VI_1 - Entering FAULT state | => VRRP Instance is no longer owning VRRP VIPs <=",
                "[LVS_DEVEL_1] VRRP Instance VI_1 - Stopping | => VRRP Instance stopping <=",
            ]
        );
    }

    #[test]
    fn never_the_same_state_twice_in_a_row() {
        let mails =
            subjects(&model(&["VI_1"]), &[State::Backup, State::Backup, State::Active, State::Backup], false);
        assert_eq!(mails.len(), 3);
        assert!(mails[0].starts_with("[vm] "), "without router_id the host name stands there");
    }

    #[test]
    fn silence_where_it_was_asked_for() {
        let mut model = model(&["VI_1"]);
        assert!(subjects(&model, &[State::Initialize], false).is_empty(), "a restart of one instance");
        model.global.no_email_faults = true;
        assert!(subjects(&model, &[State::Fault], false).is_empty());
        model.instances[0].smtp_alert = false;
        assert!(subjects(&model, &[State::Active], false).is_empty());
    }

    #[test]
    fn a_reload_reports_what_it_took_away() {
        let (old, new) = (model(&["VI_1", "VI_2"]), model(&["VI_2"]));
        let mails = Alerts::default().of_reload(&old, &new, "vm");
        let expected = Alert {
            subject: "[vm] VRRP Instance VI_1 - Deleted".into(),
            body: "=> VRRP Deleted at reload <=",
        };
        assert_eq!(mails, [expected]);
    }
}
