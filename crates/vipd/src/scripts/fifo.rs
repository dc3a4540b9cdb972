//! Pipes that get a line for each event. A reader that is slow or away loses nothing until a bounded queue is full, and
//! then the log says how much.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::RawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::model::{Fifo as Config, Model};
use linux::child::Child;
use linux::exec::{Inherited, Kept};
use linux::{account, fifo};
use serde::{Deserialize, Serialize};
use types::Instant;

use super::launcher::NO_VARIABLES;
use super::{Launcher, Leaving};

/// Permissions of a pipe that we make, less the umask; where nobody has set one, it is this, as with keepalived.
const MODE: u32 = 0o644;
const UMASK: u32 = 0o177;
/// Lines that wait for a reader. The kernel's own buffer holds some 1,500 more.
const MAX_WAITING: usize = 10_000;
/// When a full pipe is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// When a reader that has ended is started again.
const RESTART: Duration = Duration::from_secs(1);

/// All pipes of the configuration.
#[derive(Debug, Default)]
pub(crate) struct Fifos {
    pipes: Vec<Pipe>,
    /// Readers of pipes that are closed.
    leaving: Leaving,
    /// Of an earlier program in this process, until the configuration is there.
    inherited: Vec<HandedPipe>,
}

/// Pipes on their way to another program in this process.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Handed {
    pipes: Vec<HandedPipe>,
    leaving: Vec<(u32, Instant)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct HandedPipe {
    path: String,
    fd: Option<RawFd>,
    created: bool,
    waiting: VecDeque<String>,
    lost: u64,
    full: bool,
    retry_at: Option<Instant>,
    reader: Option<u32>,
    restart_at: Option<Instant>,
    /// Once it has been taken over.
    #[serde(skip)]
    file: Option<File>,
}

#[derive(Debug)]
struct Pipe {
    config: Config,
    path: PathBuf,
    file: Option<File>,
    /// Removed at the end.
    created: bool,
    waiting: VecDeque<String>,
    lost: u64,
    /// Said already that lines wait.
    full: bool,
    retry_at: Option<Instant>,
    reader: Option<Child>,
    restart_at: Option<Instant>,
}

impl Fifos {
    /// Opens what is new and closes what is not wanted any more.
    pub(crate) fn configure(&mut self, now: Instant, model: &Model, launcher: &Launcher) {
        let mut old = std::mem::take(&mut self.pipes);
        for config in &model.programs.fifos {
            match old.iter().position(|pipe| pipe.config == *config) {
                Some(at) => self.pipes.push(old.swap_remove(at)),
                None if let Some(at) = self.inherited.iter().position(|pipe| pipe.path == config.path) => {
                    self.pipes.push(Pipe::resume(config, self.inherited.swap_remove(at)));
                }
                None => {
                    let mode = MODE & !model.global.dumps.umask.unwrap_or(UMASK);
                    self.pipes.extend(Pipe::open(now, config, launcher, mode));
                }
            }
        }
        // If somebody wrote the configuration in the very moment of the upgrade, something is left over.
        old.extend(self.inherited.drain(..).map(|pipe| {
            let config = Config { path: pipe.path.clone(), user: None, group: None, reader: None };
            Pipe::resume(&config, pipe)
        }));
        self.close(now, old);
    }

    /// For another program in this process, which goes on with the same configuration.
    pub(super) fn hand_over<'a>(&'a self, kept: &mut Kept<'a>) -> Handed {
        let pipes = self.pipes.iter().map(|pipe| HandedPipe {
            path: pipe.config.path.clone(),
            fd: pipe.file.as_ref().map(|file| kept.keep(file)),
            created: pipe.created,
            waiting: pipe.waiting.clone(),
            lost: pipe.lost,
            full: pipe.full,
            retry_at: pipe.retry_at,
            reader: pipe.reader.as_ref().map(Child::id),
            restart_at: pipe.restart_at,
            file: None,
        });
        Handed { pipes: pipes.collect(), leaving: self.leaving.hand_over() }
    }

    /// Goes on with them once the configuration is [there](Self::configure).
    pub(super) fn resume(mut handed: Handed, inherited: &mut Inherited) -> io::Result<Self> {
        for pipe in &mut handed.pipes {
            pipe.file = pipe.fd.map(|fd| inherited.take(fd)).transpose()?.map(File::from);
        }
        Ok(Self { pipes: Vec::new(), leaving: Leaving::resume(handed.leaving), inherited: handed.pipes })
    }

    /// Closes all pipes and sends their readers away.
    pub(super) fn stop(&mut self, now: Instant) {
        let pipes = std::mem::take(&mut self.pipes);
        self.close(now, pipes);
    }

    fn close(&mut self, now: Instant, pipes: Vec<Pipe>) {
        for reader in pipes.into_iter().filter_map(Pipe::close) {
            self.leaving.send_away(now, reader);
        }
    }

    /// Whether no reader of ours is left.
    pub(super) fn has_left(&self) -> bool {
        self.leaving.is_empty()
    }

    /// Writes a line to every pipe.
    pub(super) fn write(&mut self, now: Instant, line: &str) {
        for pipe in &mut self.pipes {
            pipe.push(now, line);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let pipes = self.pipes.iter().flat_map(|pipe| [pipe.retry_at, pipe.restart_at]);
        pipes.chain([self.leaving.deadline()]).flatten().min()
    }

    pub(crate) fn timer(&mut self, now: Instant, launcher: &Launcher) {
        self.leaving.timer(now);
        for pipe in &mut self.pipes {
            if pipe.retry_at.take_if(|at| *at <= now).is_some() {
                pipe.flush(now);
            }
            if pipe.restart_at.take_if(|at| *at <= now).is_some() {
                pipe.start_reader(now, launcher);
            }
        }
    }

    /// A child may have ended.
    pub(crate) fn reap(&mut self, now: Instant) {
        self.leaving.reap();
        for pipe in &mut self.pipes {
            if let Some(reader) = &mut pipe.reader
                && let Ok(Some(status)) = reader.try_wait()
            {
                log::warn!("the reader of {} has ended ({status}); starting it again", pipe.config.path);
                pipe.reader = None;
                pipe.restart_at = Some(now + RESTART);
            }
        }
    }

    /// Whether everything has been written.
    pub(crate) fn is_settled(&self) -> bool {
        self.pipes.iter().all(|pipe| pipe.waiting.is_empty())
    }
}

impl Drop for Fifos {
    fn drop(&mut self) {
        self.stop(linux::clock::now());
    }
}

impl Pipe {
    fn resume(config: &Config, handed: HandedPipe) -> Self {
        Self {
            path: PathBuf::from(&config.path),
            config: config.clone(),
            file: handed.file,
            created: handed.created,
            waiting: handed.waiting,
            lost: handed.lost,
            full: handed.full,
            retry_at: handed.retry_at,
            reader: handed.reader.and_then(Child::adopt),
            restart_at: handed.restart_at,
        }
    }

    fn open(now: Instant, config: &Config, launcher: &Launcher, mode: u32) -> Option<Self> {
        let path = PathBuf::from(&config.path);
        let (file, created) = match prepare(&path, config, mode) {
            Ok(opened) => opened,
            Err(e) => {
                log::error!("no events go to the pipe {}: {e}", path.display());
                return None;
            }
        };
        let mut pipe = Self {
            config: config.clone(),
            path,
            file: Some(file),
            created,
            waiting: VecDeque::new(),
            lost: 0,
            full: false,
            retry_at: None,
            reader: None,
            restart_at: None,
        };
        pipe.start_reader(now, launcher);
        Some(pipe)
    }

    fn start_reader(&mut self, now: Instant, launcher: &Launcher) {
        let Some(reader) = &self.config.reader else { return };
        match launcher.start(reader, std::slice::from_ref(&self.config.path), NO_VARIABLES) {
            Ok(child) => self.reader = Some(child),
            Err(why) => {
                log::error!("the reader of {}: {why}", self.config.path);
                self.restart_at = Some(now + RESTART * 60);
            }
        }
    }

    fn push(&mut self, now: Instant, line: &str) {
        if self.waiting.len() == MAX_WAITING {
            // The newest state matters most.
            self.waiting.pop_front();
            if self.lost == 0 {
                log::error!("nobody reads {}: its oldest lines are being lost", self.config.path);
            }
            self.lost += 1;
        }
        self.waiting.push_back(line.to_owned());
        self.flush(now);
    }

    fn flush(&mut self, now: Instant) {
        let Some(file) = &mut self.file else { return };
        while let Some(line) = self.waiting.front() {
            // Lines are shorter than PIPE_BUF: written whole or not at all (pipe(7)).
            match file.write(line.as_bytes()) {
                Ok(_) => drop(self.waiting.pop_front()),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    if !std::mem::replace(&mut self.full, true) {
                        log::warn!("{} is full, nobody reads it: lines wait for a reader", self.config.path);
                    }
                    self.retry_at = Some(now + RETRY);
                    return;
                }
                Err(e) => {
                    log::error!("cannot write to {}: {e}", self.config.path);
                    self.waiting.clear();
                    return;
                }
            }
        }
        self.full = false;
        if self.lost > 0 {
            log::warn!("{} is read again; {} lines were lost", self.config.path, self.lost);
            self.lost = 0;
        }
    }

    /// Who has read it is the caller's to end.
    fn close(mut self) -> Option<Child> {
        self.file = None;
        if self.created
            && let Err(e) = fs::remove_file(&self.path)
        {
            log::warn!("cannot remove the pipe {}: {e}", self.path.display());
        }
        self.reader
    }
}

/// Opens the pipe, makes it where there is none. Anything else of that name is left alone.
fn prepare(path: &Path, config: &Config, mode: u32) -> io::Result<(File, bool)> {
    let created = match fifo::create(path, mode) {
        Ok(()) => true,
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => false,
        Err(e) => return Err(e),
    };
    let owner = owner(config)?;
    if created {
        std::os::unix::fs::lchown(path, owner.0, owner.1)?;
    } else {
        let about = fs::symlink_metadata(path)?;
        if !about.file_type().is_fifo() {
            return Err(io::Error::other("there is something else of that name, which is no pipe"));
        }
        let own = linux::process::user_id();
        if about.uid() != own && Some(about.uid()) != owner.0 {
            return Err(io::Error::other("there is a pipe of that name that belongs to somebody else"));
        }
    }
    // Read and write: so it neither waits for a reader nor breaks when one leaves.
    let file = OpenOptions::new().read(true).write(true).custom_flags(fifo::OPEN_FLAGS).open(path)?;
    Ok((file, created))
}

fn owner(config: &Config) -> io::Result<(Option<u32>, Option<u32>)> {
    let missing = |what: &str, name: &str| io::Error::other(format!("there is no {what} {name}"));
    let Some(name) = &config.user else { return Ok((None, None)) };
    let user = account::user(name)?.ok_or_else(|| missing("user", name))?;
    let group = match &config.group {
        Some(name) => account::group(name)?.ok_or_else(|| missing("group", name))?,
        None => user.gid,
    };
    Ok((Some(user.uid), Some(group)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, TempDir};

    #[test]
    fn a_pipe_that_the_later_version_does_not_want_is_closed_and_its_reader_ended() {
        let directory = TempDir::new("left-over");
        let path = directory.path().join("pipe");
        let reader = config::model::Program { command: vec!["/bin/cat".into()], user: None, group: None };
        let mut model = testing::model(&["VI_1"]);
        model.programs.fifos =
            vec![Config { path: path.display().to_string(), user: None, group: None, reader: Some(reader) }];
        let (now, launcher) = (Instant::ZERO, Launcher::new(&model));
        let mut earlier = Fifos::default();
        earlier.configure(now, &model, &launcher);
        let mut handed = earlier.hand_over(&mut Kept::default());
        handed.pipes[0].fd = Some(linux::exec::duplicate(earlier.pipes[0].file.as_ref().unwrap()).unwrap());
        std::mem::forget(earlier);
        let mut later = Fifos::resume(handed, &mut Inherited::default()).unwrap();
        later.configure(now, &testing::model(&["VI_1"]), &launcher);
        assert!(!path.exists() && !later.has_left(), "it is asked to end");
        later.timer(now + Duration::from_secs(2), &launcher);
        assert!(later.has_left());
    }
}
