use std::time::{Duration, SystemTime};

use config::model::Model;
use engine::observe::Event;
use linux::child::Child;
use linux::poll::Poller;
use linux::process;
use serde::{Deserialize, Serialize};
use types::Instant;

use super::MAILER;
use crate::ipc::{Channel, Delivery, FromMailer, ToMailer};
use crate::mail::alerts::{Alert, Alerts};
use crate::mail::message;
use crate::mail::outbox::Outbox;
use crate::options::Program;
use crate::roles;

/// A mailer without work ends after this: transitions come in bursts, and then not for months.
const IDLE: Duration = Duration::from_secs(5);

/// Mail within the supervisor's loop: decides, queues, and keeps the mailer process while there is work.
pub(super) struct Post {
    program: Program,
    host: String,
    alerts: Alerts,
    outbox: Outbox,
    mailer: Option<Mailer>,
    /// Mailers that have been told to end.
    retired: Vec<Child>,
}

/// Mail on its way to another program in this process.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Handed {
    alerts: Alerts,
    outbox: Outbox,
    /// Process numbers of mailers that end.
    retired: Vec<u32>,
}

struct Mailer {
    child: Child,
    channel: Channel,
    /// Since when it has had nothing to do.
    idle_since: Option<Instant>,
}

impl Post {
    pub(super) fn new(program: Program, host: String) -> Self {
        Self {
            program,
            host,
            alerts: Alerts::default(),
            outbox: Outbox::default(),
            mailer: None,
            retired: Vec::new(),
        }
    }

    /// For another program in this process. A mailer that is still at work is the earlier program's: it ends with it, and
    /// its mail is sent again.
    pub(super) fn hand_over(&self) -> Handed {
        let mailer = self.mailer.as_ref().map(|mailer| mailer.child.id());
        Handed {
            alerts: self.alerts.clone(),
            outbox: self.outbox.clone(),
            retired: self.retired.iter().map(Child::id).chain(mailer).collect(),
        }
    }

    /// Goes on where an earlier program in this process stopped.
    pub(super) fn resume(mut self, now: Instant, handed: Handed) -> Self {
        (self.alerts, self.outbox) = (handed.alerts, handed.outbox);
        self.retired = handed.retired.into_iter().filter_map(Child::adopt).collect();
        tell(self.outbox.mailer_gone(now));
        self
    }

    /// Whether the mailer is at work.
    pub(super) fn is_sending(&self) -> bool {
        self.outbox.is_under_way()
    }

    /// Queues the mail that an event deserves.
    pub(super) fn event(&mut self, now: Instant, event: &Event, model: &Model, stopping: bool) {
        if let Some(alert) = self.alerts.of_event(event, model, &self.host, stopping) {
            self.queue(now, model, event.at, &alert);
        }
    }

    /// Queues the mails for instances that are no more.
    pub(super) fn reloaded(&mut self, now: Instant, old: &Model, new: &Model) {
        for alert in self.alerts.of_reload(old, new, &self.host) {
            self.queue(now, new, now, &alert);
        }
    }

    fn queue(&mut self, now: Instant, model: &Model, at: Instant, alert: &Alert) {
        let Some(settings) = &model.global.mail else { return };
        let wall = SystemTime::now() - now.since(at);
        let job = message::compose(settings, &self.host, &alert.subject, alert.body, wall);
        if let Some(subject) = self.outbox.push(now, alert.subject.clone(), job) {
            log::error!("mail dropped, too many are waiting: {subject}");
        }
    }

    /// Hands the next mail to the mailer, starting it if need be; ends a mailer without work.
    pub(super) fn pump(&mut self, now: Instant, poller: &Poller) {
        for subject in self.outbox.expire(now) {
            log::error!("mail given up, the server has been away for too long: {subject}");
        }
        if let Some(job) = self.outbox.take(now) {
            let sent = self.mailer(poller).and_then(|mailer| {
                mailer.idle_since = None;
                mailer.channel.send(&ToMailer::Send(Box::new(job)), Delivery::Sure)
            });
            if let Err(e) = sent {
                log::error!("cannot use the mailer process: {e}");
                self.lost(now, poller);
            }
        }
        if self.deadline_of_idleness().is_some_and(|at| at <= now) {
            self.retire(poller);
        }
    }

    /// Reads what the mailer says.
    pub(super) fn hear(&mut self, now: Instant, poller: &Poller) {
        let Some(mailer) = &mut self.mailer else { return };
        let open = mailer.channel.fill().unwrap_or(false);
        let (mut broken, mut away) = (!open, false);
        loop {
            match mailer.channel.next_message::<FromMailer>() {
                Ok(Some(answer)) => {
                    mailer.idle_since = Some(now);
                    away |= matches!(answer, FromMailer::Deferred(_));
                    tell(self.outbox.done(now, &answer));
                }
                Ok(None) => break,
                Err(e) => {
                    log::error!("{e}");
                    broken = true;
                    break;
                }
            }
        }
        if broken {
            self.lost(now, poller);
        } else if away {
            // The next attempt is far enough away for a new process.
            self.retire(poller);
        }
    }

    /// Looks which mailers have ended.
    pub(super) fn reap(&mut self, now: Instant, poller: &Poller) {
        self.retired.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        if self.mailer.as_mut().is_some_and(|mailer| !matches!(mailer.child.try_wait(), Ok(None))) {
            self.hear(now, poller);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.outbox.deadline(), self.deadline_of_idleness()].into_iter().flatten().min()
    }

    /// How many mails wait.
    pub(super) fn waiting(&self) -> usize {
        self.outbox.waiting()
    }

    /// Whether there is nothing to wait for at the end.
    pub(super) fn is_settled(&self) -> bool {
        self.outbox.is_settled()
    }

    fn deadline_of_idleness(&self) -> Option<Instant> {
        self.mailer.as_ref()?.idle_since.map(|since| since + IDLE)
    }

    fn mailer(&mut self, poller: &Poller) -> std::io::Result<&mut Mailer> {
        if self.mailer.is_none() {
            let (channel, theirs) = Channel::pair()?;
            // Before there is a process that would have to be waited for.
            poller.add(channel.fd(), MAILER)?;
            let child = process::spawn_role(&[self.program.mailer(), roles::MAILER], theirs)?;
            self.mailer = Some(Mailer { child, channel, idle_since: None });
        }
        self.mailer.as_mut().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    /// The mailer is gone, with or without a mail under way.
    fn lost(&mut self, now: Instant, poller: &Poller) {
        self.retire(poller);
        tell(self.outbox.mailer_gone(now));
    }

    /// Closing the connection ends it.
    fn retire(&mut self, poller: &Poller) {
        if let Some(Mailer { child, channel, .. }) = self.mailer.take() {
            // The descriptor is closed in the next moment anyway.
            let _ = poller.remove(channel.fd());
            self.retired.push(child);
            self.retired.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        }
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        // It may be waiting for a mail server that nobody waits for any more.
        if let Some(mailer) = &self.mailer {
            mailer.child.kill();
        }
    }
}

fn tell(line: Option<(log::Level, String)>) {
    if let Some((level, text)) = line {
        log::log!(level, "{text}");
    }
}
