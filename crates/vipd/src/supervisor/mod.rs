//! The supervisor: the process that the operator starts. It reads the configuration, owns PID files, signals,
//! log sinks, the control socket and the other processes, and never sees a byte from the network.
//!
//! On request another version of the program takes its place in its process ([`upgrade`], [`succession`]).

mod backoff;
mod configuration;
mod conversation;
mod coredump;
mod detach;
mod dumps;
mod ending;
mod home;
mod marker;
mod observers;
mod observing;
mod orphan;
mod post;
mod reload;
mod resume;
mod router;
mod saved;
mod schedule;
mod start;
mod states;
mod succession;
mod undo;
mod upgrade;
mod watchdog;

pub use configuration::short as short_host_name;
pub use detach::{Front, detach};
pub use resume::could_resume;

use std::io;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::time::SystemTime;

use config::model::Model;
use linux::child::Child;
use linux::clock;
use linux::pidfile::PidFile;
use linux::poll::Poller;
use linux::signals::Signals;
use types::Instant;

use crate::exit::Exit;
use crate::logging;
use crate::options::Options;
use crate::scripts::{Notifier, Trackers};
use crate::signal;
use crate::status::Reloads;
use backoff::Backoff;
use coredump::CorePattern;
use dumps::Pending;
use ending::Stage;
use home::Home;
use observers::Observers;
use post::Post;
use router::Router;
use saved::Saved;
use schedule::Schedule;
use states::States;
use succession::Succession;
use undo::Undo;
use upgrade::Upgrade;
use watchdog::Watchdog;

const SIGNALS: u64 = 0;
const ROUTER: u64 = 1;
const MAILER: u64 = 2;
const CONTROL: u64 = 3;
const FILES: u64 = 4;
const PROCESSES: u64 = 5;
const SCHEDULE: u64 = 6;
const ALARM: u64 = 7;
const SUCCESSOR: u64 = 8;
/// Client n of the control socket is `CLIENTS + n`.
const CLIENTS: u64 = 16;

/// Runs the daemon until it is told to stop. `front`: the process that waits for us to be ready.
pub fn run(options: Options, mut front: Option<Front>) -> Exit {
    let console = options.log.console;
    logging::start(options.log.clone(), options.program.idents());
    let result = Supervisor::start(options).and_then(|supervisor| supervisor.run(&mut front));
    end(result, front, console)
}

/// The same in the process of another version of the program, which left its state behind this descriptor.
pub fn resume(options: Options, state: RawFd) -> Exit {
    let console = options.log.console;
    logging::start(options.log.clone(), options.program.idents());
    let result = Supervisor::resume(options, state).and_then(|supervisor| supervisor.run(&mut None));
    end(result, None, console)
}

fn end(result: Result<Exit, Failure>, front: Option<Front>, console: bool) -> Exit {
    let failure = match result {
        Ok(exit) => return exit,
        Err(failure) => failure,
    };
    log::error!("{}", failure.text);
    // It is too late to say that this fails, too.
    let _ = logging::open_files(None);
    match front {
        Some(front) => front.failed(&failure),
        None if !console => eprintln!("{}", failure.text),
        None => {}
    }
    failure.exit
}

/// Why the daemon does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Exit code.
    pub exit: Exit,
    /// For people: what, where, and what to do.
    pub text: String,
}

impl Failure {
    fn internal(what: &str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { exit: Exit::Internal, text: format!("cannot {what}: {error}") }
    }
}

struct Supervisor {
    options: Options,
    home: Home,
    host: String,
    started: SystemTime,
    model: Model,
    poller: Poller,
    signals: Signals,
    stage: Stage,
    router: Option<Router>,
    watchdog: Watchdog,
    /// The router that is to take the place of the other one, after an upgrade.
    succession: Option<Succession>,
    /// Routers that end.
    dismissed: Vec<Child>,
    states: States,
    undo: Undo,
    saved: Saved,
    backoff: Backoff,
    restarts: u64,
    /// When to start the router again.
    start_at: Option<Instant>,
    observers: Observers,
    dumps: Pending,
    post: Post,
    notifier: Notifier,
    trackers: Trackers,
    schedule: Schedule,
    last_reload: Option<(SystemTime, Result<(), String>)>,
    reloads: Reloads,
    messages_lost: u64,
    /// Where the operator started the program from.
    binary: PathBuf,
    upgrade: Option<Upgrade>,
    router_pid_file: Option<PidFile>,
    /// Held for its lock; dropped, and so removed, last.
    pid_file: PidFile,
    /// Held for what it restores.
    core_pattern: Option<CorePattern>,
}

impl Supervisor {
    fn run(mut self, front: &mut Option<Front>) -> Result<Exit, Failure> {
        let mut ready = Vec::new();
        loop {
            let now = clock::now();
            if let Some(end) = self.finished(now) {
                return end;
            }
            self.poller.wait(self.deadline(), &mut ready).map_err(Failure::internal("wait for events"))?;
            let now = clock::now();
            for token in &ready {
                match *token {
                    SIGNALS => self.take_signals(now),
                    ROUTER => self.hear_router(now, front),
                    SUCCESSOR => self.hear_successor(now),
                    MAILER => self.post.hear(now, &self.poller),
                    CONTROL => self.observers.accept(now, &self.poller),
                    FILES | PROCESSES => self.trackers.readable(now, *token),
                    SCHEDULE => self.schedule.folder_changed(&self.poller),
                    ALARM => self.reload_on_time(now),
                    client => self.observers.serve(client - CLIENTS, now, &self.poller),
                }
            }
            self.timers(now);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Running | Stage::Ending { .. } => None,
            Stage::Stopping { until, .. } | Stage::Mailing { until, .. } => Some(*until),
        };
        let programs = [self.notifier.deadline(), self.trackers.deadline()];
        let router = [self.starts_at(), self.watchdog.deadline()];
        let own = [stage, self.post.deadline(), self.observers.deadline()];
        let upgrade = self.upgrade.as_ref().map(Upgrade::deadline);
        let succession = self.succession.as_ref().and_then(Succession::deadline);
        own.into_iter().chain(router).chain(programs).chain([upgrade, succession]).flatten().min()
    }

    /// When the router that is missing is started. One that was started only to give up what its predecessor held is
    /// waited for.
    fn starts_at(&self) -> Option<Instant> {
        self.start_at.filter(|_| self.router.is_none() || self.succession.is_some())
    }

    fn timers(&mut self, now: Instant) {
        if self.starts_at().is_some_and(|at| at <= now) {
            self.start_at = None;
            self.start_what_is_missing(now);
        }
        if let Stage::Stopping { until, .. } = &self.stage
            && *until <= now
        {
            self.lose_patience(now);
        }
        self.watch_router(now);
        self.undo.save();
        if !self.upgrade.as_ref().is_some_and(Upgrade::is_settling) {
            self.post.pump(now, &self.poller);
        }
        self.notifier.timer(now);
        self.trackers.timer(now);
        self.tell_verdicts();
        self.tell_overdue(now);
        self.observers.disconnect_idle(now, &self.poller);
        self.show_status(now);
        self.ask_for_dumps();
        self.timer_of_succession(now);
        self.look_for_upgrade(now);
    }

    fn take_signals(&mut self, now: Instant) {
        while let Some(number) = self.signals.read() {
            match number {
                signal::INT if self.options.ignore_sigint => {}
                signal::TERM | signal::INT => self.stop(now),
                signal::HUP => self.reload(now),
                signal::CHLD => self.reap(now),
                signal::USR1 | signal::USR2 | signal::JSON | signal::STATS_CLEAR => self.dumps.signal(number),
                // We asked for no other.
                _ => {}
            }
        }
    }
}
