//! The queue of mails that are not delivered yet. One is under way at a time and order is kept: a mail that
//! says BACKUP must not arrive before the MASTER it follows.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::Instant;

use crate::ipc::{FromMailer, MailJob};

/// More mails than this wait for a dead server in vain: the oldest go.
const MAX_WAITING: usize = 1000;
/// A mail older than this tells nobody anything.
const MAX_AGE: Duration = Duration::from_hours(1);
/// The first retry; each further one waits twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// Up to this.
const LAST_RETRY: Duration = Duration::from_mins(2);

/// Mails that wait.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outbox {
    waiting: VecDeque<Waiting>,
    under_way: bool,
    retry_at: Option<Instant>,
    failures: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Waiting {
    job: MailJob,
    since: Instant,
    subject: String,
}

impl Outbox {
    /// Queues a mail. Returns the subject of the one that had to go for it, if the queue was full.
    pub fn push(&mut self, now: Instant, subject: String, job: MailJob) -> Option<String> {
        self.waiting.push_back(Waiting { job, since: now, subject });
        if self.waiting.len() <= MAX_WAITING {
            return None;
        }
        // The one under way is at the front and must stay for its answer.
        self.waiting.remove(usize::from(self.under_way)).map(|w| w.subject)
    }

    /// The mail to hand to the mailer now, if there is one. It stays queued until [`done`](Self::done).
    pub fn take(&mut self, now: Instant) -> Option<MailJob> {
        if self.under_way || self.retry_at.is_some_and(|at| now < at) {
            return None;
        }
        let job = self.waiting.front()?.job.clone();
        self.under_way = true;
        self.retry_at = None;
        Some(job)
    }

    /// The mailer's answer about the mail under way. Returns a line for the log: how bad, and what.
    pub fn done(&mut self, now: Instant, answer: &FromMailer) -> Option<(log::Level, String)> {
        if !std::mem::take(&mut self.under_way) {
            return None;
        }
        let subject = self.waiting.front().map_or("", |w| w.subject.as_str());
        match answer {
            FromMailer::Sent => {
                let line = format!("mail sent: {subject}");
                self.failures = 0;
                self.waiting.pop_front();
                Some((log::Level::Info, line))
            }
            FromMailer::Rejected(why) => {
                let line = format!("mail given up, the server refuses it: {why}: {subject}");
                self.waiting.pop_front();
                Some((log::Level::Error, line))
            }
            FromMailer::Deferred(why) => {
                let wait = LAST_RETRY.min(FIRST_RETRY * 2u32.saturating_pow(self.failures));
                self.failures = (self.failures + 1).min(16);
                self.retry_at = Some(now + wait);
                let count = self.waiting.len();
                let line = format!(
                    "mail not sent: {why}; trying again in {} s ({count} waiting): {subject}",
                    wait.as_secs()
                );
                Some((log::Level::Warn, line))
            }
        }
    }

    /// The mailer died with the mail under way: as if it had been deferred.
    pub fn mailer_gone(&mut self, now: Instant) -> Option<(log::Level, String)> {
        self.done(now, &FromMailer::Deferred("the mailer process ended unexpectedly".into()))
    }

    /// Drops what is too old and says which.
    pub fn expire(&mut self, now: Instant) -> Vec<String> {
        let mut gone = Vec::new();
        while !self.under_way && self.waiting.front().is_some_and(|w| now.since(w.since) > MAX_AGE) {
            gone.extend(self.waiting.pop_front().map(|w| w.subject));
        }
        gone
    }

    /// When to call [`take`](Self::take) again; `None` while nothing waits or the mailer is busy.
    pub fn deadline(&self) -> Option<Instant> {
        if self.under_way || self.waiting.is_empty() { None } else { self.retry_at }
    }

    /// Whether there is nothing to wait for: every mail is sent, or the server is away.
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty() || (!self.under_way && self.retry_at.is_some())
    }

    /// Whether the mailer has one that it has not answered for.
    pub fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// How many wait, the one under way included.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(n: u8) -> MailJob {
        MailJob {
            server: "127.0.0.1".into(),
            port: 25,
            helo_name: "vm".into(),
            timeout: Duration::from_secs(30),
            from: "a@example.com".into(),
            to: vec!["b@example.com".into()],
            message: vec![n],
        }
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(secs)
    }

    #[test]
    fn in_order_and_one_at_a_time() {
        let mut outbox = Outbox::default();
        outbox.push(at(0), "one".into(), job(1));
        outbox.push(at(0), "two".into(), job(2));
        assert_eq!(outbox.take(at(0)).map(|j| j.message), Some(vec![1]));
        assert_eq!(outbox.take(at(0)), None);
        outbox.done(at(1), &FromMailer::Sent);
        assert_eq!(outbox.take(at(1)).map(|j| j.message), Some(vec![2]));
        outbox.done(at(1), &FromMailer::Rejected("550 no such user".into()));
        assert_eq!(outbox.waiting(), 0);
    }

    #[test]
    fn a_dead_server_is_tried_ever_more_rarely() {
        let mut outbox = Outbox::default();
        outbox.push(at(0), "one".into(), job(1));
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..9 {
            assert!(outbox.take(now).is_some());
            outbox.done(now, &FromMailer::Deferred("connection refused".into()));
            let next = outbox.deadline().unwrap();
            waits.push(next.since(now).as_secs());
            assert_eq!(outbox.take(next - Duration::from_nanos(1)), None);
            now = next;
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 120, 120, 120]);
    }

    #[test]
    fn a_dead_mailer_loses_nothing() {
        let mut outbox = Outbox::default();
        assert!(outbox.is_settled());
        outbox.push(at(0), "one".into(), job(1));
        outbox.take(at(0));
        assert!(!outbox.is_settled());
        assert!(outbox.mailer_gone(at(0)).is_some());
        assert!(outbox.is_settled(), "waiting for the retry is not worth it at the end");
        assert_eq!(outbox.take(at(2)), Some(job(1)));
    }

    #[test]
    fn the_queue_is_bounded_in_number_and_age() {
        let mut outbox = Outbox::default();
        for n in 0..MAX_WAITING {
            assert_eq!(outbox.push(at(0), n.to_string(), job(0)), None);
        }
        outbox.take(at(0));
        assert_eq!(outbox.push(at(0), "new".into(), job(0)), Some("1".into()), "0 is under way");
        outbox.mailer_gone(at(0));
        assert!(outbox.expire(at(3600)).is_empty());
        assert_eq!(outbox.expire(at(3601)).len(), MAX_WAITING);
    }
}
