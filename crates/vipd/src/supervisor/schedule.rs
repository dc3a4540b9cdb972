//! A reload at a time that is written in a file (`reload_time_file`).

mod when;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config::model::Reloading;
use linux::alarm::Alarm;
use linux::inotify::Watcher;
use linux::poll::Poller;

use crate::scripts::beginning;
use when::{NoMoment, When};

/// When the next reload is.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Of the epoll set: for the folder of the file and for the time.
    tokens: [u64; 2],
    file: Option<PathBuf>,
    repeats: bool,
    watcher: Option<Watcher>,
    alarm: Option<Alarm>,
    /// What stands in the file; to be told from what somebody else changes in its folder.
    line: Option<String>,
    at: Option<SystemTime>,
}

impl Schedule {
    pub(super) fn new(tokens: [u64; 2]) -> Self {
        Self { tokens, file: None, repeats: false, watcher: None, alarm: None, line: None, at: None }
    }

    /// Watches what the configuration says, and looks.
    pub(super) fn configure(&mut self, config: &Reloading, poller: &Poller) {
        if let Some(watcher) = self.watcher.take() {
            // The descriptor is closed in the next moment anyway.
            let _ = poller.remove(watcher.fd());
        }
        self.file = config.time_file.clone().map(PathBuf::from);
        self.repeats = config.repeats;
        self.line = None;
        if let Some(file) = &self.file {
            match watch(file, poller, self.tokens[0]) {
                Ok(watcher) => self.watcher = Some(watcher),
                Err(e) => log::warn!(
                    "cannot watch the folder of reload_time_file {}: {e}; make it and reload, until then nothing is scheduled",
                    file.display()
                ),
            }
        }
        self.look(poller);
    }

    /// Something happens in the folder of the file.
    pub(super) fn folder_changed(&mut self, poller: &Poller) {
        if self.watcher.as_mut().is_some_and(Watcher::changed) {
            self.look(poller);
        }
    }

    /// It is time. The file is removed unless it is to be used again, so that a time without a date does not come back
    /// tomorrow.
    pub(super) fn due(&mut self, poller: &Poller) {
        self.plan(None, poller);
        // Read anew: a time that comes back tomorrow is another one.
        self.line = None;
        if let (Some(file), false) = (&self.file, self.repeats)
            && let Err(e) = fs::remove_file(file)
        {
            log::warn!("cannot remove {} after its reload: {e}; remove it", file.display());
        }
    }

    /// Reads the file, if it has changed.
    pub(super) fn look(&mut self, poller: &Poller) {
        let line = self.file.as_ref().filter(|_| self.watcher.is_some()).and_then(|file| first_line(file));
        if line == self.line {
            return;
        }
        let now = SystemTime::now();
        let moment = line.as_ref().map(|line| line.parse().and_then(|when: When| when.next(now)));
        let name = self.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        match (&moment, &line) {
            (Some(Err(NoMoment::Past)), Some(line)) => {
                log::warn!("{name}: {line} is over: no reload is scheduled");
            }
            (Some(Err(NoMoment::Invalid)), Some(line)) => log::warn!(
                "{name}: `{line}` is no time; write HH:MM:SS or YYYY-MM-DD HH:MM:SS, with a Z at the end if it is UTC"
            ),
            (Some(Ok(_)) | None, _) | (_, None) => {}
        }
        self.line = line;
        self.plan(moment.and_then(Result::ok), poller);
    }

    fn plan(&mut self, at: Option<SystemTime>, poller: &Poller) {
        if at == self.at {
            return;
        }
        if let Err(e) = self.set(at, poller) {
            log::error!("cannot schedule a reload: {e}");
            return;
        }
        match at {
            Some(at) => log::info!("Reload scheduled for {}", humantime::format_rfc3339_seconds(at)),
            None if self.at.is_some_and(|old| old > SystemTime::now()) => {
                log::info!("The scheduled reload is cancelled");
            }
            None => {}
        }
        self.at = at;
    }

    fn set(&mut self, at: Option<SystemTime>, poller: &Poller) -> io::Result<()> {
        if self.alarm.is_none() && at.is_some() {
            let alarm = Alarm::new()?;
            poller.add(alarm.fd(), self.tokens[1])?;
            self.alarm = Some(alarm);
        }
        self.alarm.as_ref().map_or(Ok(()), |alarm| alarm.set(at))
    }
}

fn watch(file: &Path, poller: &Poller, token: u64) -> io::Result<Watcher> {
    let mut watcher = Watcher::new()?;
    watcher.watch(file.parent().unwrap_or(Path::new("/")))?;
    poller.add(watcher.fd(), token)?;
    Ok(watcher)
}

/// `None` if there is no file, or nothing in it yet.
fn first_line(path: &Path) -> Option<String> {
    beginning(path)?.lines().next().map(str::to_owned)
}
