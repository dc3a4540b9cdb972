//! Tells programs and pipes what instances and groups do: one queue each, in order, so that what is delivered last is how
//! it is. A program that hangs holds up nobody but its own instance, and not for ever.

use std::collections::{BTreeMap, VecDeque};
use std::process::Child;
use std::time::{Duration, SystemTime};

use config::model::{Model, Notify, Program};
use engine::observe::{Event, EventKind};
use linux::program;
use types::Instant;

use super::lines::{Subject, Told, Word};
use super::{Fifos, Launcher};
use crate::describe;

/// A program may take this long while something newer waits behind it.
const LIMIT: Duration = Duration::from_mins(1);
/// Between asking it to end and killing it.
const PATIENCE: Duration = Duration::from_secs(2);
/// Programs that wait in one queue; of more, the oldest are left out. The last one is never.
const MAX_WAITING: usize = 64;

/// Everybody who is told something.
#[derive(Debug, Default)]
pub(crate) struct Notifier {
    subjects: BTreeMap<Subject, Known>,
    launcher: Launcher,
    fifos: Fifos,
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
    waiting: VecDeque<Job>,
    running: Option<Running>,
    left_out: u64,
}

#[derive(Debug)]
struct Job {
    program: Program,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    since: Instant,
    kill_at: Option<Instant>,
}

impl Notifier {
    /// Takes the configuration over, at start and after a reload.
    pub(crate) fn configure(&mut self, now: Instant, model: &Model) {
        self.launcher = Launcher::new(&model.programs);
        self.fifos.configure(now, &model.programs.fifos, &self.launcher);
        for known in self.subjects.values_mut() {
            known.removed = true;
        }
        let instances = model.instances.iter().map(|i| (Subject::Instance(i.name.clone()), &i.notify));
        let groups = model.sync_groups.iter().map(|g| (Subject::Group(g.name.clone()), &g.notify));
        for (subject, notify) in instances.chain(groups) {
            self.report_objections(&subject, notify);
            let known = self.subjects.entry(subject).or_default();
            (known.notify, known.removed) = (notify.clone(), false);
        }
        // A group ends without a word.
        self.subjects.retain(|subject, known| !(known.removed && matches!(subject, Subject::Group(_))));
    }

    /// After a reload, where that is wanted.
    pub(crate) fn repeat_states(&mut self, now: Instant) {
        for line in self.subjects.values().filter_map(|known| known.line.as_ref()) {
            self.fifos.write(now, line);
        }
    }

    fn report_objections(&self, subject: &Subject, notify: &Notify) {
        let Notify { master, backup, fault, stop, deleted, lower_priority, any, .. } = notify;
        for program in [master, backup, fault, stop, deleted, lower_priority, any].into_iter().flatten() {
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
        self.sequence += 1;
        let environment = environment(self.sequence, &told, known.last, &event.kind);
        known.enqueue(&told, &environment);
        if told.word.is_state() {
            known.last = Some(told.word);
            known.line = Some(told.line());
        }
        known.start_next(now, &self.launcher, &told.subject);
        self.fifos.write(now, &told.line());
        self.forget_removed();
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.subjects.values().filter_map(Known::deadline).chain(self.fifos.deadline()).min()
    }

    pub(crate) fn timer(&mut self, now: Instant) {
        for (subject, known) in &mut self.subjects {
            known.timer(now, subject);
        }
        self.fifos.timer(now, &self.launcher);
    }

    /// A child may have ended.
    pub(crate) fn reap(&mut self, now: Instant) {
        for (subject, known) in &mut self.subjects {
            if known.has_ended(subject) {
                known.start_next(now, &self.launcher, subject);
            }
        }
        self.fifos.reap(now);
        self.forget_removed();
    }

    /// Whether everything has been delivered.
    pub(crate) fn is_settled(&self) -> bool {
        self.subjects.values().all(Known::is_idle) && self.fifos.is_settled()
    }

    /// Programs that run or wait, for the status.
    pub(crate) fn pending(&self) -> usize {
        self.subjects.values().map(|known| known.waiting.len() + usize::from(known.running.is_some())).sum()
    }

    fn forget_removed(&mut self) {
        let over =
            |known: &Known| matches!(known.last, None | Some(Word::Deleted | Word::Fault | Word::Stop));
        self.subjects.retain(|_, known| !(known.removed && known.is_idle() && over(known)));
    }
}

impl Known {
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.running.is_none()
    }

    /// First the program for the state, then the one for all of them.
    fn enqueue(&mut self, told: &Told, environment: &[(&'static str, String)]) {
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
        let jobs: Vec<Job> = own
            .iter()
            .map(|own| (own, Vec::new()))
            .chain(any)
            .map(|(program, arguments)| Job {
                program: program.clone(),
                arguments,
                environment: environment.to_vec(),
            })
            .collect();
        while self.waiting.len() + jobs.len() > MAX_WAITING && self.waiting.pop_front().is_some() {
            self.left_out += 1;
        }
        self.waiting.extend(jobs);
    }

    fn start_next(&mut self, now: Instant, launcher: &Launcher, subject: &Subject) {
        while self.running.is_none()
            && let Some(job) = self.waiting.pop_front()
        {
            match launcher.start(&job.program, &job.arguments, &job.environment) {
                Ok(child) => self.running = Some(Running { child, since: now, kill_at: None }),
                Err(why) => log::error!("({}) notification is lost: {why}", subject.words().1),
            }
        }
        if self.waiting.is_empty() && self.left_out > 0 {
            let left_out = std::mem::take(&mut self.left_out);
            log::warn!("({}) {left_out} older notifications were left out", subject.words().1);
        }
    }

    fn has_ended(&mut self, subject: &Subject) -> bool {
        let Some(running) = &mut self.running else { return false };
        match running.child.try_wait() {
            Ok(None) => false,
            Ok(Some(status)) => {
                if !status.success() {
                    log::warn!("({}) a notify program failed ({status})", subject.words().1);
                }
                self.running = None;
                true
            }
            Err(e) => {
                log::warn!("({}) a notify program is out of sight: {e}", subject.words().1);
                self.running = None;
                true
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let running = self.running.as_ref()?;
        running.kill_at.or((!self.waiting.is_empty()).then(|| running.since + LIMIT))
    }

    /// Ends a program that has taken too long while others wait.
    fn timer(&mut self, now: Instant, subject: &Subject) {
        if self.deadline().is_none_or(|at| now < at) {
            return;
        }
        let Some(running) = &mut self.running else { return };
        if running.kill_at.is_some() {
            program::kill(&running.child);
            // Its end will be heard; if not, it is tried again.
            running.kill_at = Some(now + LIMIT);
        } else {
            log::error!(
                "({}) a notify program hangs: ending it, because {} wait behind it",
                subject.words().1,
                self.waiting.len()
            );
            program::terminate(&running.child);
            running.kill_at = Some(now + PATIENCE);
        }
    }
}

/// What keepalived does not tell: why, and what was before.
fn environment(
    sequence: u64,
    told: &Told,
    previous: Option<Word>,
    kind: &EventKind,
) -> Vec<(&'static str, String)> {
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
    variables
}
