use std::io;
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

use config::model::Model;
use linux::exec::Inherited;
use linux::pidfile::{PidFile, PidFileError};
use linux::poll::Poller;
use linux::signals::Signals;
use linux::{clock, process};

use super::backoff::Backoff;
use super::configuration::{self, Read};
use super::coredump::{self, CorePattern};
use super::dumps::Pending;
use super::ending::Stage;
use super::home::Home;
use super::marker::Marker;
use super::observers::Observers;
use super::post::Post;
use super::router::Router;
use super::saved::Saved;
use super::schedule::Schedule;
use super::states::States;
use super::undo::Undo;
use super::watchdog::Watchdog;
use super::{ALARM, FILES, Failure, PROCESSES, ROUTER, SCHEDULE, SIGNALS, Supervisor, orphan, resume};
use crate::exit::Exit;
use crate::options::{Options, Program};
use crate::scripts::{Launcher, Notifier, Trackers, launcher};
use crate::signal;
use crate::status::Reloads;

/// What a supervisor is made of.
struct Parts {
    options: Options,
    home: Home,
    host: String,
    model: Model,
    pid_file: PidFile,
    router_pid_file: Option<PidFile>,
    core_pattern: Option<CorePattern>,
    binary: PathBuf,
}

impl Supervisor {
    pub(super) fn start(options: Options) -> Result<Self, Failure> {
        if let Some(mask) = options.umask {
            process::set_umask(mask);
        }
        let host = process::host_name();
        let mut read = configuration::read(&options, &host).and_then(Read::startable)?;
        let home = Home::new(&options, &read.model.identity);
        home.name_everything();
        home.move_in()?;
        launcher::disable_unrunnable(&mut read.model);
        process::audit().map_err(|text| Failure { exit: Exit::Permission, text })?;
        let pid_file = PidFile::create(&home.pid_file, std::process::id())
            .map_err(|e| pid_file_failure(&e, options.program))?;
        let core_pattern = coredump::allow(&options);
        let router_pid_file = take_over_router_file(&home.router_pid_file);
        if let Some(marker) = home.marker(&read.model.global.reloading) {
            Marker::clear(&marker);
        }
        let (model, binary) = (read.model.clone(), own_path());
        let mut this =
            Self::new(Parts { options, home, host, model, pid_file, router_pid_file, core_pattern, binary })?;
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

    /// Goes on where an earlier program in this process stopped. What that one has done for the whole life of the daemon is
    /// done: its namespace is entered, its startup script has run, its PID files are locked.
    pub(super) fn resume(options: Options, state: RawFd) -> Result<Self, Failure> {
        let mut inherited = Inherited::default();
        let state = resume::take(state, &mut inherited)?;
        let mut read = configuration::read(&options, &state.host).and_then(Read::startable)?;
        let home = Home::new(&options, &state.identity);
        home.name_everything();
        launcher::disable_unrunnable(&mut read.model);
        let mut take = |fd| inherited.take(fd).map_err(Failure::internal("take over a PID file"));
        let pid_file = PidFile::inherit(&home.pid_file, take(state.pid_file)?);
        let router_pid_file = state.router_pid_file.map(take).transpose()?;
        let mut this = Self::new(Parts {
            router_pid_file: router_pid_file.map(|fd| PidFile::inherit(&home.router_pid_file, fd)),
            core_pattern: state.core_pattern.map(CorePattern::of),
            model: read.model,
            host: state.host,
            binary: state.binary,
            options,
            home,
            pid_file,
        })?;
        let now = clock::now();
        (this.started, this.states, this.saved) = (state.started, state.states, state.saved);
        (this.backoff, this.restarts) = (state.backoff, state.restarts);
        (this.last_reload, this.reloads) = (state.last_reload, state.reloads);
        (this.messages_lost, this.dumps) = (state.messages_lost, state.dumps);
        // More than the file says, where it could not be written.
        this.undo.know(state.unmarked);
        this.dismissed = resume::adopt(&state.dismissed);
        this.post = this.post.resume(now, state.post);
        this.trackers = Trackers::resume([FILES, PROCESSES], state.trackers);
        let inherits = Failure::internal("take over what the earlier version held open");
        let open = |this: &mut Self, inherited: &mut Inherited| -> io::Result<()> {
            this.notifier = Notifier::resume(state.notifier, inherited)?;
            this.observers = Observers::resume(state.observers, inherited, &this.poller)?;
            this.router = Some(Router::resume(state.router, inherited, &this.poller, ROUTER)?);
            Ok(())
        };
        open(&mut this, &mut inherited).map_err(inherits)?;
        this.begin_succession(now, state.request);
        this.trackers.configure(now, &this.model, &this.poller);
        this.tell_verdicts();
        this.notifier.configure(now, &this.model);
        this.schedule.configure(&this.model.global.reloading, &this.poller);
        // Children may have ended while nobody listened.
        this.reap(now);
        Ok(this)
    }

    fn new(parts: Parts) -> Result<Self, Failure> {
        let Parts { options, home, host, model, pid_file, router_pid_file, core_pattern, binary } = parts;
        let signals = Signals::new(&signal::ALL).map_err(Failure::internal("take over the signals"))?;
        let poller = Poller::new().map_err(Failure::internal("make an epoll set"))?;
        poller.add(signals.fd(), SIGNALS).map_err(Failure::internal("watch the signals"))?;
        Ok(Self {
            started: SystemTime::now(),
            model,
            poller,
            signals,
            stage: Stage::Running,
            router: None,
            watchdog: Watchdog::default(),
            succession: None,
            dismissed: Vec::new(),
            states: States::default(),
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
            binary,
            upgrade: None,
            router_pid_file,
            pid_file,
            core_pattern,
            host,
            home,
            options,
        })
    }
}

/// Where this program is, as it was called: a link that leads to another version tomorrow stays a link.
fn own_path() -> PathBuf {
    let called = env::args_os().next().map(PathBuf::from).filter(|path| path.components().count() > 1);
    let called = called.and_then(|path| std::path::absolute(path).ok());
    let real = env::current_exe().unwrap_or_default();
    called.filter(|path| fs::canonicalize(path).is_ok_and(|path| path == real)).unwrap_or(real)
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
