//! Tells programs and pipes what instances and groups do: one queue each, in order, so that what is delivered last is how
//! it is. A program that hangs holds up nobody but its own instance, and not for ever.

mod handover;

pub(crate) use handover::Handed;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use config::model::{Model, Notify, Program};
use engine::observe::{Event, EventKind};
use linux::child::Child;
use linux::program;
use serde::{Deserialize, Serialize};
use types::Instant;

use super::lines::{Subject, Told, Word};
use super::queue::{Due, Queue, Retry};
use super::{Fifos, Launcher, Leaving};
use crate::describe;
use crate::status::{RetryReport, ScriptReport};

/// Everybody who is told something.
#[derive(Debug, Default)]
pub(crate) struct Notifier {
    subjects: BTreeMap<Subject, Known>,
    launcher: Launcher,
    fifos: Fifos,
    /// Programs that had no time left at the end.
    leaving: Leaving,
    /// Counts events, for programs that want to know whether they missed one.
    sequence: u64,
}

#[derive(Debug, Default)]
struct Known {
    notify: Notify,
    /// A reload took it away; it goes with its last event.
    removed: bool,
    last: Option<Word>,
    /// Its last line, for a reload that repeats it.
    line: Option<String>,
    queue: Queue<Job>,
    running: Option<Running>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Job {
    program: Program,
    arguments: Vec<String>,
    environment: Vec<Variable>,
}

type Variable = (Cow<'static, str>, String);

#[derive(Debug)]
struct Running {
    job: Job,
    child: Child,
}

impl Notifier {
    /// Takes the configuration over, at start and after a reload.
    pub(crate) fn configure(&mut self, now: Instant, model: &Model) {
        self.launcher = Launcher::new(model);
        self.fifos.configure(now, model, &self.launcher);
        for known in self.subjects.values_mut() {
            known.removed = true;
        }
        let instances = model.instances.iter().map(|i| (Subject::Instance(i.name.clone()), &i.notify));
        let groups = model.sync_groups.iter().map(|g| (Subject::Group(g.name.clone()), &g.notify));
        for (subject, notify) in instances.chain(groups) {
            self.report_objections(&subject, notify);
            let known = self.subjects.entry(subject).or_default();
            known.queue.keep_retries(|job| programs(notify).any(|program| *program == job.program));
            (known.notify, known.removed) = (notify.clone(), false);
        }
        for (subject, known) in &mut self.subjects {
            known.queue.set_retry(model.vipd.notify_retry);
            if known.removed && matches!(subject, Subject::Group(_)) {
                // It ends without a word; a program that runs for it is waited for all the same.
                known.last = None;
                known.queue.keep_retries(|_| false);
            }
        }
    }

    /// The daemon is on its way out: nothing is tried again.
    pub(crate) fn stop_retrying(&mut self) {
        for (subject, known) in &mut self.subjects {
            for retry in known.queue.retries() {
                log::warn!("({}) {} is not run again before the end", subject.words().1, retry.job.command());
            }
            known.queue.set_retry(None);
        }
    }

    /// After a reload, where that is wanted.
    pub(crate) fn repeat_states(&mut self, now: Instant) {
        for line in self.subjects.values().filter_map(|known| known.line.as_ref()) {
            self.fifos.write(now, line);
        }
    }

    fn report_objections(&self, subject: &Subject, notify: &Notify) {
        for program in programs(notify) {
            if let Some(why) = self.launcher.objection(program) {
                log::error!("({}) this notify program will not run: {why}", subject.words().1);
            }
        }
    }

    /// Something happened. `stopping`: the daemon is on its way out.
    pub(crate) fn event(&mut self, now: Instant, event: &Event, stopping: bool) {
        let last = |name: &str| self.subjects.get(&Subject::Instance(name.to_owned())).and_then(|k| k.last);
        let Some(mut told) = Told::of(event.instance.as_deref(), &event.kind, stopping, last) else { return };
        let Some(known) = self.subjects.get_mut(&told.subject) else { return };
        if known.removed && matches!(told.subject, Subject::Group(_)) {
            return;
        }
        if told.word == Word::Deleted && !known.notify.tells_deleted {
            told.word = Word::Fault;
        }
        let wanted = match told.word {
            Word::MasterPriority | Word::BackupPriority => known.notify.priority_changes,
            Word::Master | Word::Backup | Word::Fault | Word::Stop | Word::Deleted | Word::LowerPriority => {
                true
            }
        };
        if !wanted {
            return;
        }
        // A router process that goes on where another one stopped tells it anew.
        if told.word.is_state() && known.last == Some(told.word) {
            return;
        }
        self.sequence += 1;
        let environment = environment(self.sequence, &told, known.last, &event.kind);
        known.enqueue(now, &told, &environment);
        if told.word.is_state() {
            known.last = Some(told.word);
            known.line = Some(told.line());
        }
        known.start_next(now, &self.launcher, &told.subject);
        self.fifos.write(now, &told.line());
        self.forget_removed();
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let queues = self.subjects.values().filter_map(|known| known.queue.deadline());
        queues.chain(self.fifos.deadline()).chain(self.leaving.deadline()).min()
    }

    pub(crate) fn timer(&mut self, now: Instant) {
        for (subject, known) in &mut self.subjects {
            known.timer(now, subject);
            known.start_next(now, &self.launcher, subject);
        }
        self.fifos.timer(now, &self.launcher);
        self.leaving.timer(now);
    }

    /// A child may have ended.
    pub(crate) fn reap(&mut self, now: Instant) {
        self.leaving.reap();
        for (subject, known) in &mut self.subjects {
            if known.has_ended(now, subject) {
                known.start_next(now, &self.launcher, subject);
            }
        }
        self.fifos.reap(now);
        self.forget_removed();
    }

    /// Whether everything has been delivered.
    pub(crate) fn is_settled(&self) -> bool {
        self.subjects.values().all(|known| known.queue.is_idle()) && self.fifos.is_settled()
    }

    /// Nothing is told any more: what runs is sent away, and so are the readers of the pipes. How many programs ran or
    /// waited.
    pub(crate) fn stop(&mut self, now: Instant) -> usize {
        let mut pending = 0;
        for known in std::mem::take(&mut self.subjects).into_values() {
            pending += known.queue.waiting() + usize::from(known.running.is_some());
            if let Some(Running { child, .. }) = known.running {
                self.leaving.send_away(now, child);
            }
        }
        self.fifos.stop(now);
        pending
    }

    /// After [`stop`](Self::stop): whether nothing of ours runs any more.
    pub(crate) fn has_left(&self) -> bool {
        self.leaving.is_empty() && self.fifos.has_left()
    }

    /// Programs that run now.
    pub(crate) fn report(&self, now: Instant) -> Vec<ScriptReport> {
        let of = |(subject, known): (&Subject, &Known)| {
            let Running { job, child } = known.running.as_ref()?;
            let (kind, name) = subject.words();
            Some(ScriptReport {
                subject: format!("{kind} {name}"),
                command: job.command(),
                pid: child.id(),
                seconds: known.queue.running_since().map_or(0.0, |since| now.since(since).as_secs_f64()),
                waiting: known.queue.waiting(),
                left_out: known.queue.skipped(),
            })
        };
        self.subjects.iter().filter_map(of).collect()
    }

    /// Programs that failed and are run again.
    pub(crate) fn retries(&self, now: Instant) -> Vec<RetryReport> {
        let of = |(subject, known): (&Subject, &Known)| {
            let (kind, name) = subject.words();
            let report = |retry: &Retry<Job>| RetryReport {
                subject: format!("{kind} {name}"),
                command: retry.job.command(),
                failures: retry.failures,
                seconds: retry.at.since(now).as_secs_f64(),
            };
            known.queue.retries().iter().map(report).collect::<Vec<_>>()
        };
        self.subjects.iter().flat_map(of).collect()
    }

    fn forget_removed(&mut self) {
        // What was in FAULT has its end still to tell where that is told as another state.
        let over = |known: &Known| match known.last {
            None | Some(Word::Deleted | Word::Stop) => true,
            Some(Word::Fault) => !known.notify.tells_deleted,
            Some(_) => false,
        };
        self.subjects.retain(|_, known| !(known.removed && known.is_idle() && over(known)));
    }
}

impl Job {
    /// Program and arguments, for people.
    fn command(&self) -> String {
        let words = self.program.command.iter().chain(&self.arguments).map(String::as_str);
        words.collect::<Vec<_>>().join(" ")
    }
}

impl Known {
    fn is_idle(&self) -> bool {
        self.queue.is_idle() && self.queue.retries().is_empty()
    }

    /// First the program for the state, then the one for all of them.
    fn enqueue(&mut self, now: Instant, told: &Told, environment: &[Variable]) {
        let Notify { master, backup, fault, stop, deleted, lower_priority, any, .. } = &self.notify;
        let own = match told.word {
            Word::Master => master,
            Word::Backup => backup,
            Word::Fault => fault,
            Word::Stop => stop,
            Word::Deleted => deleted,
            Word::LowerPriority => lower_priority,
            Word::MasterPriority | Word::BackupPriority => &None,
        };
        let any = any.iter().filter(|_| told.word.is_state()).map(|any| (any, told.arguments().to_vec()));
        let jobs = own.iter().map(|own| (own, Vec::new())).chain(any).map(|(program, arguments)| Job {
            program: Program::clone(program),
            arguments,
            environment: environment.to_vec(),
        });
        let (before, failed) = (self.queue.skipped(), self.queue.retries().len());
        self.queue.push(now, jobs.collect::<Vec<_>>(), told.word.is_state());
        self.report_skipped(before, &told.subject);
        if failed > self.queue.retries().len() {
            log::warn!(
                "({}) {failed} notify programs that failed are not run again: a later state is told",
                told.subject.words().1
            );
        }
    }

    fn start_next(&mut self, now: Instant, launcher: &Launcher, subject: &Subject) {
        let before = self.queue.skipped();
        while let Some(job) = self.queue.start(now) {
            let mut environment = job.environment.clone();
            environment.push(("VIPD_ATTEMPT".into(), (self.queue.failures() + 1).to_string()));
            match launcher.start(&job.program, &job.arguments, &environment) {
                Ok(child) => self.running = Some(Running { job, child }),
                Err(why) => {
                    let name = subject.words().1;
                    match self.queue.failed(now, job) {
                        Some(wait) => log::error!(
                            "({name}) notification is delayed: {why}; trying again in {}",
                            describe::human(wait)
                        ),
                        None => log::error!("({name}) notification is lost: {why}"),
                    }
                }
            }
        }
        self.report_skipped(before, subject);
    }

    fn report_skipped(&self, before: u64, subject: &Subject) {
        let count = self.queue.skipped() - before;
        if count > 0 {
            log::warn!(
                "({}) {count} older notifications are left out: the program that runs is slow, and the last state counts",
                subject.words().1
            );
        }
    }

    fn has_ended(&mut self, now: Instant, subject: &Subject) -> bool {
        let Some(mut running) = self.running.take() else { return false };
        let (name, command) = (subject.words().1, running.job.command());
        match running.child.try_wait() {
            Ok(None) => {
                self.running = Some(running);
                return false;
            }
            Ok(Some(status)) if status.success() => {
                let failures = self.queue.failures();
                if failures > 0 {
                    log::info!("({name}) {command} succeeded after {failures} failures");
                }
                self.queue.ended();
            }
            Ok(Some(status)) => {
                let took = self.queue.running_since().map(|since| now.since(since)).unwrap_or_default();
                let took = describe::human(took);
                match self.queue.failed(now, running.job) {
                    Some(wait) => log::warn!(
                        "({name}) {command} failed ({status}) after {took}; running it again in {}",
                        describe::human(wait)
                    ),
                    None => log::warn!("({name}) {command} failed ({status}) after {took}"),
                }
            }
            Err(e) => {
                log::warn!("({name}) {command} is out of sight: {e}");
                self.queue.ended();
            }
        }
        true
    }

    /// Ends a program that has taken too long while others wait.
    fn timer(&mut self, now: Instant, subject: &Subject) {
        let before = self.queue.skipped();
        let due = self.queue.due(now);
        self.report_skipped(before, subject);
        let (Some(due), Some(Running { job, child })) = (due, &self.running) else { return };
        let (name, command, waiting) = (subject.words().1, job.command(), self.queue.waiting());
        match due {
            Due::Terminate => {
                log::error!("({name}) {command} hangs: ending it, because {waiting} events wait behind it");
                program::terminate(child);
            }
            Due::Kill => {
                log::error!("({name}) {command} does not end: killing it");
                program::kill(child);
            }
        }
    }
}

/// Every program that is named.
fn programs(notify: &Notify) -> impl Iterator<Item = &Program> {
    let Notify { master, backup, fault, stop, deleted, lower_priority, any, .. } = notify;
    [master, backup, fault, stop, deleted, lower_priority, any]
        .into_iter()
        .flatten()
        .map(|program| &**program)
}

/// What keepalived does not tell: why, and what was before.
fn environment(sequence: u64, told: &Told, previous: Option<Word>, kind: &EventKind) -> Vec<Variable> {
    let (subject, name) = told.subject.words();
    let mut variables = vec![
        ("VIPD_SEQUENCE", sequence.to_string()),
        ("VIPD_TIME", humantime::format_rfc3339_millis(SystemTime::now()).to_string()),
        ("VIPD_SUBJECT", subject.to_owned()),
        ("VIPD_NAME", name.to_owned()),
        ("VIPD_STATE", told.word.text().to_owned()),
        ("VIPD_PREVIOUS_STATE", previous.map_or("", Word::text).to_owned()),
        ("VIPD_PRIORITY", told.priority.to_string()),
    ];
    if let EventKind::Transition { transition, priority, faults, .. } = kind {
        variables.push(("VIPD_CAUSE", describe::cause(&transition.cause, *priority, faults)));
    }
    variables.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, transition};
    use config::model::SyncGroup;
    use vrrp::State;

    /// A child that ends between the reload and the last word of an instance that it removed.
    #[test]
    fn what_was_in_fault_when_it_was_removed_still_tells_its_end() {
        for (tells_deleted, told) in [(true, 2), (false, 1)] {
            let mut notifier = Notifier::default();
            let mut with = model(&["VI_1"]);
            with.instances[0].notify.tells_deleted = tells_deleted;
            notifier.configure(Instant::ZERO, &with);
            notifier.event(Instant::ZERO, &transition(State::Initialize, State::Fault), false);
            notifier.configure(Instant::ZERO, &model(&[]));
            notifier.reap(Instant::ZERO);
            notifier.event(Instant::ZERO, &transition(State::Fault, State::Initialize), false);
            notifier.reap(Instant::ZERO);
            assert_eq!((notifier.sequence, notifier.subjects.len()), (told, 0), "{tells_deleted}");
        }
    }

    #[test]
    fn a_program_of_a_removed_group_is_waited_for() {
        let mut notifier = Notifier::default();
        let group =
            SyncGroup { name: "G".into(), members: Vec::new(), smtp_alert: false, notify: Notify::default() };
        let with = Model { sync_groups: vec![group], ..model(&[]) };
        notifier.configure(Instant::ZERO, &with);
        let group = Subject::Group("G".into());
        let known = notifier.subjects.get_mut(&group).unwrap();
        let program = Program { command: vec!["true".into()], user: None, group: None };
        known.queue.push(
            Instant::ZERO,
            [Job { program, arguments: Vec::new(), environment: Vec::new() }],
            true,
        );
        let job = known.queue.start(Instant::ZERO).unwrap();
        known.last = Some(Word::Master);
        known.running =
            Some(Running { job, child: std::process::Command::new("true").spawn().unwrap().into() });
        notifier.configure(Instant::ZERO, &model(&[]));
        assert!(notifier.subjects.contains_key(&group) && !notifier.is_settled());
        while !notifier.is_settled() {
            std::thread::yield_now();
            notifier.reap(Instant::ZERO);
        }
        assert!(notifier.subjects.is_empty());
    }
}
