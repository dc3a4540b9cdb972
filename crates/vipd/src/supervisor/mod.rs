//! The supervisor: the process that the operator starts. It reads the configuration, owns PID files, signals,
//! log sinks, the control socket and the other processes, and never sees a byte from the network.

mod backoff;
mod configuration;
mod coredump;
mod detach;
mod dumps;
mod home;
mod marker;
mod masters;
mod observers;
mod orphan;
mod post;
mod reload;
mod router;
mod saved;
mod schedule;
mod undo;
mod watchdog;

pub use configuration::short as short_host_name;
pub use detach::{Front, detach};

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, SystemTime};

use config::model::Model;
use engine::observe::{Snapshot, StaticSnapshot};
use linux::pidfile::{PidFile, PidFileError};
use linux::poll::Poller;
use linux::signals::Signals;
use linux::{clock, process};
use types::Instant;

use crate::exit::Exit;
use crate::ipc::{Ending, FromRouter, Start, ToRouter};
use crate::logging::{self, buffered};
use crate::options::{Options, Program};
use crate::scripts::{Launcher, Notifier, Trackers, launcher};
use crate::status::{Daemon, Reloads, Report};
use crate::{describe, roles, signal};
use backoff::Backoff;
use configuration::Read;
use coredump::CorePattern;
use dumps::Pending;
use home::Home;
use marker::Marker;
use masters::Masters;
use observers::Observers;
use post::Post;
use router::Router;
use saved::Saved;
use schedule::Schedule;
use undo::Undo;
use watchdog::Watchdog;

const SIGNALS: u64 = 0;
const ROUTER: u64 = 1;
const MAILER: u64 = 2;
const CONTROL: u64 = 3;
const FILES: u64 = 4;
const PROCESSES: u64 = 5;
const SCHEDULE: u64 = 6;
const ALARM: u64 = 7;
/// Client n of the control socket is `CLIENTS + n`.
const CLIENTS: u64 = 16;

/// Added to the longest hand-over that the protocol can need, before we lose patience with a stopping router.
const STOP_MARGIN: Duration = Duration::from_secs(5);
/// How long the last mails may take.
const MAIL_MARGIN: Duration = Duration::from_secs(5);
/// When no process could be made, for instance for lack of memory.
const SPAWN_RETRY: Duration = Duration::from_secs(1);

/// Runs the daemon until it is told to stop. `front`: the process that waits for us to be ready.
pub fn run(options: Options, mut front: Option<Front>) -> Exit {
    let console = options.log.console;
    logging::start(options.log.clone(), options.program.idents());
    let result = Supervisor::start(options).and_then(|supervisor| supervisor.run(&mut front));
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

/// What the daemon is doing.
enum Stage {
    Running,
    /// The router gives everything up.
    Stopping {
        end: Result<Exit, Failure>,
        /// When we lose patience.
        until: Instant,
        urgent: bool,
    },
    /// The last mails are under way.
    Mailing {
        end: Result<Exit, Failure>,
        until: Instant,
    },
    /// The last programs have been asked to end; who does not is killed.
    Ending {
        end: Result<Exit, Failure>,
    },
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
    masters: Masters,
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
    router_pid_file: Option<PidFile>,
    /// Held for its lock; dropped, and so removed, last.
    _pid_file: PidFile,
    /// Held for what it restores.
    _core_pattern: Option<CorePattern>,
}

impl Supervisor {
    fn start(options: Options) -> Result<Self, Failure> {
        if let Some(mask) = options.umask {
            process::set_umask(mask);
        }
        let host = process::host_name();
        let mut read = configuration::read(&options, &host).and_then(Read::startable)?;
        let home = Home::new(&options, &read.model.identity);
        logging::rename((&home.idents.0, &home.idents.1));
        if let Err(e) = logging::open_files(home.identity.label().as_deref()) {
            log::error!("no log file {e}; name another one with -g");
        }
        roles::name_process(&home.process_names.0);
        home.move_in()?;
        launcher::disable_unrunnable(&mut read.model);
        process::audit().map_err(|text| Failure { exit: Exit::Permission, text })?;
        let pid_file = PidFile::create(&home.pid_file, std::process::id())
            .map_err(|e| pid_file_failure(&e, options.program))?;
        let core_pattern = coredump::allow(&options);
        let router_pid_file = take_over_router_file(&home.router_pid_file);
        let signals = Signals::new(&signal::ALL).map_err(Failure::internal("take over the signals"))?;
        if let Some(marker) = home.marker(&read.model.global.reloading) {
            Marker::clear(&marker);
        }
        let poller = Poller::new().map_err(Failure::internal("make an epoll set"))?;
        poller.add(signals.fd(), SIGNALS).map_err(Failure::internal("watch the signals"))?;
        let mut this = Self {
            started: SystemTime::now(),
            model: read.model.clone(),
            poller,
            signals,
            stage: Stage::Running,
            router: None,
            watchdog: Watchdog::default(),
            masters: Masters::default(),
            undo: Undo::open(&home.pid_file),
            saved: Saved::default(),
            backoff: Backoff::default(),
            restarts: 0,
            start_at: None,
            observers: Observers::default(),
            dumps: Pending::new(home.dump_infix()),
            post: Post::new(options.program, host.clone()),
            notifier: Notifier::default(),
            trackers: Trackers::new([FILES, PROCESSES]),
            schedule: Schedule::new([SCHEDULE, ALARM]),
            last_reload: None,
            reloads: Reloads::default(),
            messages_lost: 0,
            router_pid_file,
            _pid_file: pid_file,
            _core_pattern: core_pattern,
            host,
            home,
            options,
        };
        if let Some(startup) = &this.model.programs.startup {
            Launcher::new(&this.model).run_and_wait("startup_script", startup);
        }
        log::info!(
            "Starting vipd {}, configuration {}",
            env!("CARGO_PKG_VERSION"),
            this.options.config.display()
        );
        this.saved.save(&read);
        this.undo.set_local_igmp(!this.model.global.no_local_igmp);
        // What files say counts from the first priority on.
        this.trackers.configure(clock::now(), &this.model, &this.poller);
        this.tell_verdicts();
        // The router boots while we do the rest.
        this.start_router(clock::now(), false);
        this.notifier.configure(clock::now(), &this.model);
        this.schedule.configure(&this.model.global.reloading, &this.poller);
        for notice in std::mem::take(&mut this.options.notices) {
            log::warn!("{notice}");
        }
        read.log_findings();
        this.look_at_model();
        this.observers.open(&this.home.control, &this.poller);
        Ok(this)
    }

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
        let router = [self.start_at, self.watchdog.deadline()];
        let own = [stage, self.post.deadline(), self.observers.deadline()];
        own.into_iter().chain(router).chain(programs).flatten().min()
    }

    fn timers(&mut self, now: Instant) {
        if self.router.is_none() && self.start_at.is_some_and(|at| at <= now) {
            self.start_router(now, false);
        }
        if let Stage::Stopping { until, .. } = &self.stage
            && *until <= now
        {
            self.lose_patience(now);
        }
        self.watch_router(now);
        self.undo.save();
        self.post.pump(now, &self.poller);
        self.notifier.timer(now);
        self.trackers.timer(now);
        self.tell_verdicts();
        self.observers.disconnect_idle(now, &self.poller);
        self.show_status(now);
        self.ask_for_dumps();
    }

    /// Whether everything is done.
    fn finished(&mut self, now: Instant) -> Option<Result<Exit, Failure>> {
        if let Stage::Mailing { end, until } = &self.stage {
            self.undo.set_local_igmp(true);
            self.undo.save();
            if !(self.post.is_settled() && self.notifier.is_settled()) && now < *until {
                return None;
            }
            let end = end.clone();
            let pending = self.notifier.stop(now);
            if pending > 0 {
                log::warn!("{pending} notify programs had no time left before the end");
            }
            self.stage = Stage::Ending { end };
        }
        let Stage::Ending { end } = &self.stage else { return None };
        if !(self.notifier.has_left() && self.trackers.has_left()) {
            return None;
        }
        if let Some(shutdown) = &self.model.programs.shutdown {
            Launcher::new(&self.model).run_and_wait("shutdown_script", shutdown);
        }
        if self.post.waiting() > 0 {
            log::warn!("{} mails could not be sent before the end", self.post.waiting());
        }
        if end.is_ok() {
            log::info!("Stopped vipd {}", env!("CARGO_PKG_VERSION"));
        }
        Some(end.clone())
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

    /// The operator wants us to stop; the second time, at once.
    fn stop(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::Running => {
                log::info!("Stopping");
                // Without systemd there is nobody to tell.
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
                let ending =
                    if self.options.leave_addresses { Ending::LeaveAddresses } else { Ending::Graceful };
                self.tell_router(&ToRouter::Stop(ending));
                self.end(now, Ok(Exit::Ok));
            }
            Stage::Stopping { .. } => self.lose_patience(now),
            Stage::Mailing { until, .. } => *until = now,
            Stage::Ending { .. } => {}
        }
    }

    /// Ends as soon as the router is gone.
    fn end(&mut self, now: Instant, end: Result<Exit, Failure>) {
        self.trackers.stop(now);
        self.notifier.stop_retrying();
        self.watchdog.stop();
        self.start_at = None;
        self.stage = if self.router.is_some() {
            Stage::Stopping { end, until: now + longest_hand_over(&self.model) + STOP_MARGIN, urgent: false }
        } else {
            Stage::Mailing { end, until: now + self.last_wait() }
        };
    }

    /// How long the last mails and notifications may take.
    fn last_wait(&self) -> Duration {
        MAIL_MARGIN.max(self.model.programs.last_wait)
    }

    fn lose_patience(&mut self, now: Instant) {
        let Stage::Stopping { until, urgent, .. } = &mut self.stage else { return };
        *until = now + STOP_MARGIN;
        if std::mem::replace(urgent, true) {
            log::error!("the router does not stop: killing it; addresses may stay behind");
            if let Some(router) = &mut self.router {
                router.kill();
            }
        } else {
            log::warn!("Stopping at once: giving the addresses up without waiting for a successor");
            self.tell_router(&ToRouter::Stop(Ending::Abrupt));
        }
    }

    /// Starts the router: to go on where the last one stopped, or with `resign` to give up what that one held.
    fn start_router(&mut self, now: Instant, resign: bool) {
        let start = Start {
            model: self.model.clone(),
            adopt: self.masters.names(),
            silent_for: self.watchdog.silence(),
            verdicts: self.trackers.told().clone(),
            unmarked: self.undo.unmarked().clone(),
            resign,
            detail: self.options.log.detail,
            address_monitoring: self.options.address_monitoring,
        };
        self.start_at = None;
        match Router::spawn(&self.home.process_names.1, start, &self.poller, ROUTER) {
            Ok(router) => {
                self.write_router_pid(router.pid());
                self.watchdog.started(now);
                self.router = Some(router);
            }
            Err(e) => {
                log::error!("cannot start the router process: {e}; trying again");
                self.start_at = Some(now + SPAWN_RETRY);
            }
        }
    }

    fn write_router_pid(&mut self, pid: u32) {
        if let Some(file) = &mut self.router_pid_file
            && let Err(e) = file.set_pid(pid)
        {
            log::warn!("{e}");
        }
    }

    fn tell_router(&mut self, message: &ToRouter) {
        if let Some(router) = &mut self.router {
            router.tell(message, &self.poller);
        }
    }

    fn tell_verdicts(&mut self) {
        for (tracker, verdict) in self.trackers.news() {
            log::info!("{tracker}: {}", describe::verdict(verdict));
            self.tell_router(&ToRouter::Tracked(tracker, verdict));
        }
    }

    fn hear_router(&mut self, now: Instant, front: &mut Option<Front>) {
        let Some(router) = &mut self.router else { return };
        for message in router.hear(&self.poller) {
            self.watchdog.heard(now);
            self.obey_router(now, message, front);
        }
        self.reap(now);
    }

    fn obey_router(&mut self, now: Instant, message: FromRouter, front: &mut Option<Front>) {
        match message {
            FromRouter::Ready => {
                // Without systemd there is nobody to tell.
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
                if let Some(front) = front.take() {
                    front.ready();
                }
            }
            FromRouter::Event(event) => {
                let (level, text) = describe::describe(&event);
                log::log!(target: logging::ROUTER, level, "{text}");
                self.masters.hear(&event);
                self.undo.hear(&event);
                let stopping = !matches!(self.stage, Stage::Running);
                self.post.event(now, &event, &self.model, stopping);
                self.notifier.event(now, &event, stopping);
            }
            FromRouter::Log(line) => {
                log::log!(target: logging::ROUTER, buffered::level(&line), "{}", line.text);
            }
            FromRouter::Snapshot(snapshot) => {
                self.dumps.answer(now, &self.model, &snapshot, self.trackers.told());
                let report = self.report(now, &snapshot);
                self.observers.answer(now, report, &self.poller);
            }
            FromRouter::Lost(count) => {
                self.messages_lost += count;
                log::warn!("{count} messages of the router were lost: we did not read them in time");
            }
            FromRouter::Left | FromRouter::Alive => {}
            FromRouter::Fatal { exit, text } => self.end(now, Err(Failure { exit, text })),
        }
    }

    /// Looks which processes have ended.
    fn reap(&mut self, now: Instant) {
        self.post.reap(now, &self.poller);
        self.notifier.reap(now);
        self.trackers.reap(now);
        self.tell_verdicts();
        let Some(router) = &mut self.router else { return };
        let Some(status) = router.ended() else { return };
        // Its last words may still be in the socket.
        for message in router.hear(&self.poller) {
            self.obey_router(now, message, &mut None);
        }
        if let Some(router) = self.router.take() {
            router.forget(&self.poller);
            self.watchdog.stop();
            self.observers.router_gone();
            self.dumps.router_gone();
            self.router_ended(now, &router, status);
        }
    }

    fn router_ended(&mut self, now: Instant, router: &Router, status: ExitStatus) {
        match &self.stage {
            Stage::Stopping { end, .. } => {
                self.stage = Stage::Mailing { end: end.clone(), until: now + self.last_wait() };
                return;
            }
            Stage::Mailing { .. } | Stage::Ending { .. } => return,
            Stage::Running => {}
        }
        if router.resigned() {
            return;
        }
        let died = format!("the router process {} died ({status})", router.pid());
        self.restarts += 1;
        if self.options.dont_respawn {
            self.start_router(now, true);
            let text = format!("{died}; ending, because of --dont-respawn");
            self.end(now, Err(Failure { exit: Exit::Fatal, text }));
            return;
        }
        let wait = self.backoff.wait(now);
        if wait.is_zero() {
            log::error!("{died}: starting it again, its addresses stay");
            self.start_router(now, false);
        } else {
            log::error!("{died} again: giving its addresses up and starting it in {} s", wait.as_secs());
            self.start_router(now, true);
            self.masters = Masters::default();
            self.start_at = Some(now + wait);
        }
    }

    /// Gets a snapshot for those who wait for one.
    fn show_status(&mut self, now: Instant) {
        if !self.observers.want_snapshot(now, &self.poller) {
            return;
        }
        if self.router.as_ref().is_some_and(|router| !router.resigned()) {
            self.observers.asked();
            self.tell_router(&ToRouter::Snapshot);
        } else {
            let snapshot = Snapshot {
                at: now,
                starts_at: None,
                instances: Vec::new(),
                groups: Vec::new(),
                bfd: Vec::new(),
                statics: StaticSnapshot::default(),
            };
            let report = self.report(now, &snapshot);
            self.observers.answer(now, report, &self.poller);
        }
    }

    /// Gets a snapshot for the files that signals ask for. While there is no router, they wait for one.
    fn ask_for_dumps(&mut self) {
        if self.router.as_ref().is_none_or(Router::resigned) {
            return;
        }
        match self.dumps.ask() {
            Some(true) => self.tell_router(&ToRouter::SnapshotAndClear),
            Some(false) => self.tell_router(&ToRouter::Snapshot),
            None => {}
        }
    }

    fn report(&self, now: Instant, snapshot: &Snapshot) -> Report {
        let daemon = Daemon {
            host: self.host.clone(),
            pid: std::process::id(),
            router_pid: self.router.as_ref().map(Router::pid),
            router_restarts: self.restarts,
            config: self.options.config.display().to_string(),
            started: self.started,
            last_reload: self.last_reload.clone(),
            reloads: self.reloads,
            mails_waiting: self.post.waiting(),
            messages_lost: self.messages_lost,
            scripts: self.notifier.report(now),
            retries: self.notifier.retries(now),
        };
        Report::new(&daemon, snapshot, now, SystemTime::now())
    }
}

/// The longest that any instance may serve on after it was told to leave: its master-down interval, which is at
/// most one advertisement interval longer than the adverts that may be missed (RFC 9568 section 6.1; version 2
/// has a skew of up to one second).
fn longest_hand_over(model: &Model) -> Duration {
    let down = |i: &config::model::Instance| {
        i.interval.as_duration() * (u32::from(i.down_timer_adverts) + 1) + Duration::from_secs(1)
    };
    model.instances.iter().map(down).max().unwrap_or_default()
}

/// The router's PID file, before there is a router. If we get its lock, the supervisor of a router that it names
/// is dead.
fn take_over_router_file(path: &Path) -> Option<PidFile> {
    let orphan = orphan::named_in(path);
    match PidFile::create(path, std::process::id()) {
        Ok(file) => {
            orphan.into_iter().for_each(orphan::end);
            Some(file)
        }
        Err(e) => {
            log::warn!("no PID file {} for the router: {e}", path.display());
            None
        }
    }
}

fn pid_file_failure(error: &PidFileError, program: Program) -> Failure {
    match error {
        PidFileError::AlreadyRunning { pid } => Failure {
            // As keepalived: what an init script starts twice is there.
            exit: if program == Program::Keepalived { Exit::Ok } else { Exit::Fatal },
            text: format!("daemon is already running: process {pid}; stop it, or use another PID file (-p)"),
        },
        PidFileError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => Failure {
            exit: Exit::Permission,
            text: format!("{error}; run as root, or choose another place (-p)"),
        },
        PidFileError::Io { .. } => Failure { exit: Exit::Fatal, text: error.to_string() },
    }
}
