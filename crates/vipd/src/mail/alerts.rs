//! Which events become mails.

use std::collections::BTreeMap;

use config::model::Model;
use engine::observe::{Event, EventKind};
use serde::{Deserialize, Serialize};
use vrrp::State;

/// Subject and body of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Subject line.
    pub subject: String,
    /// Body.
    pub body: &'static str,
}

/// Whom a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Who {
    Instance,
    Group,
}

/// What an instance or a group was last reported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Report {
    Master,
    Backup,
    Fault,
    Stop,
}

/// Remembers what was mailed, so that the same state is not mailed twice in a row.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Who, String, Report)>", into = "Vec<(Who, String, Report)>")]
pub struct Alerts {
    reported: BTreeMap<(Who, String), Report>,
}

impl From<Vec<(Who, String, Report)>> for Alerts {
    fn from(reported: Vec<(Who, String, Report)>) -> Self {
        Self { reported: reported.into_iter().map(|(who, name, report)| ((who, name), report)).collect() }
    }
}

impl From<Alerts> for Vec<(Who, String, Report)> {
    fn from(alerts: Alerts) -> Self {
        alerts.reported.into_iter().map(|((who, name), report)| (who, name, report)).collect()
    }
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
        let (who, name, to) = match (&event.instance, &event.kind) {
            (Some(name), EventKind::Transition { transition, .. }) => (Who::Instance, name, transition.to),
            (_, EventKind::Group { name, to, .. }) => (Who::Group, name, *to),
            (Some(_) | None, _) => return None,
        };
        let report = report(to, stopping)?;
        if self.reported.insert((who, name.clone()), report) == Some(report)
            || !is_wanted(model, who, name)
            || (report == Report::Fault && model.global.no_email_faults)
        {
            return None;
        }
        let subject = subject(model, host_name, who, name, happened(report));
        Some(Alert { subject, body: body(who, report) })
    }

    /// The mails for instances that a reload took away. Their settings are those of the old model.
    pub fn of_reload(&mut self, old: &Model, new: &Model, host_name: &str) -> Vec<Alert> {
        let gone = old.instances.iter().filter(|o| new.instances.iter().all(|n| n.name != o.name));
        gone.filter_map(|instance| {
            self.reported.remove(&(Who::Instance, instance.name.clone()));
            instance.smtp_alert.then(|| Alert {
                subject: subject(old, host_name, Who::Instance, &instance.name, "Deleted"),
                body: "=> VRRP Deleted at reload <=",
            })
        })
        .collect()
    }
}

/// `stopping`: the daemon is on its way out, so what ends is "Stopping".
const fn report(to: State, stopping: bool) -> Option<Report> {
    match to {
        State::Active => Some(Report::Master),
        State::Backup => Some(Report::Backup),
        State::Fault => Some(Report::Fault),
        State::Initialize if stopping => Some(Report::Stop),
        State::Initialize => None,
    }
}

const fn happened(report: Report) -> &'static str {
    match report {
        Report::Master => "Entering MASTER state",
        Report::Backup => "Entering BACKUP state",
        Report::Fault => "Entering FAULT state",
        Report::Stop => "Stopping",
    }
}

fn is_wanted(model: &Model, who: Who, name: &str) -> bool {
    match who {
        Who::Instance => model.instances.iter().any(|i| i.name == *name && i.smtp_alert),
        Who::Group => model.sync_groups.iter().any(|group| group.name == *name && group.smtp_alert),
    }
}

const fn body(who: Who, report: Report) -> &'static str {
    match (who, report) {
        (Who::Instance, Report::Master) => "=> VRRP Instance is now owning VRRP VIPs <=",
        (Who::Instance, Report::Backup | Report::Fault) => {
            "=> VRRP Instance is no longer owning VRRP VIPs <="
        }
        (Who::Instance, Report::Stop) => "=> VRRP Instance stopping <=",
        (Who::Group, Report::Master) => "=> All VRRP group instances are now in MASTER state <=",
        (Who::Group, Report::Backup) => "=> All VRRP group instances are now in BACKUP state <=",
        (Who::Group, Report::Fault) => "=> All VRRP group instances are now in FAULT state <=",
        (Who::Group, Report::Stop) => "=> All VRRP group instances are now stopping <=",
    }
}

fn subject(model: &Model, host_name: &str, who: Who, name: &str, happened: &str) -> String {
    let what = match who {
        Who::Instance => "Instance",
        Who::Group => "Group",
    };
    let router_id = model.global.router_id.as_deref().unwrap_or(host_name);
    format!("[{router_id}] VRRP {what} {name} - {happened}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, transition};
    use types::Instant;

    fn subjects(model: &Model, states: &[State], stopping: bool) -> Vec<String> {
        let mut alerts = Alerts::default();
        let mails = states
            .iter()
            .filter_map(|s| alerts.of_event(&transition(State::Initialize, *s), model, "vm", stopping));
        mails.map(|a| format!("{} | {}", a.subject, a.body)).collect()
    }

    #[test]
    fn a_group_has_mails_of_its_own() {
        let mut model = model(&["VI_1"]);
        let group = |smtp_alert| config::model::SyncGroup {
            name: "G1".into(),
            members: vec!["VI_1".into()],
            smtp_alert,
            notify: config::model::Notify::default(),
        };
        let event = |to| Event {
            at: Instant::ZERO,
            seq: 0,
            instance: None,
            kind: EventKind::Group { name: "G1".into(), from: State::Initialize, to },
        };
        model.sync_groups = vec![group(true)];
        let mail = Alerts::default().of_event(&event(State::Fault), &model, "vm", false).unwrap();
        assert!(mail.subject.ends_with("] VRRP Group G1 - Entering FAULT state"), "{}", mail.subject);
        assert_eq!(mail.body, "=> All VRRP group instances are now in FAULT state <=");
        model.sync_groups = vec![group(false)];
        assert_eq!(Alerts::default().of_event(&event(State::Fault), &model, "vm", false), None);
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
