//! Runs the scripts, reads the files and counts the processes that are tracked, and tells the router what they say.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use config::model::{Model, TrackFile, TrackProcess, TrackScript, TrackerId, TrackerKind, Verdict, Verdicts};
use engine::monitor::{self, Do, ProcessMonitor, ScriptMonitor};
use linux::child::Child;
use linux::inotify::Watcher;
use linux::poll::Poller;
use linux::proc_events::ProcEvents;
use linux::processes;
use linux::program;
use serde::{Deserialize, Serialize};
use types::Instant;

use super::launcher::NO_VARIABLES;
use super::{Launcher, Leaving};

/// When a file whose folder cannot be watched is read again.
const REREAD: Duration = Duration::from_secs(1);
/// After the kernel told of a change in a folder: who writes a file anew empties it first.
const WRITTEN: Duration = Duration::from_millis(10);
/// A number needs no more.
const BEGINNING: u64 = 64;
/// After the kernel told of processes that come or go: they come in crowds.
const SOON: Duration = Duration::from_millis(50);
/// How often processes are counted where the kernel tells nothing, and in case it lost something.
const RECOUNT: Duration = Duration::from_secs(1);
const RECOUNT_IN_ANY_CASE: Duration = Duration::from_mins(1);

/// Everything that some instance tracks.
#[derive(Debug)]
pub(crate) struct Trackers {
    /// Of the epoll set: for files and for processes.
    tokens: [u64; 2],
    launcher: Launcher,
    scripts: Vec<Script>,
    leaving: Leaving,
    files: Vec<File>,
    processes: Vec<ProcessMonitor>,
    watcher: Option<Watcher>,
    events: Option<ProcEvents>,
    reread_at: Option<Instant>,
    recount_at: Option<Instant>,
    /// What the router has been told.
    told: Verdicts,
    /// A reload overwrites no file.
    started: bool,
    /// What an earlier program in this process knew, until the configuration is there.
    inherited: Handed,
}

/// What is known, on its way to another program in this process.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Handed {
    scripts: Vec<HandedScript>,
    /// Name, value, and whether it was said that there is no number.
    files: Vec<(String, i64, bool)>,
    /// Name, count, verdict, and since when a change waits.
    processes: Vec<(String, u32, Verdict, Option<Instant>)>,
    told: Vec<(TrackerId, Verdict)>,
    leaving: Vec<(u32, Instant)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct HandedScript {
    name: String,
    command: Vec<String>,
    monitor: ScriptMonitor,
    pid: Option<u32>,
    objected: bool,
}

#[derive(Debug)]
struct Script {
    config: TrackScript,
    monitor: ScriptMonitor,
    child: Option<Child>,
    /// Said already that it cannot be run.
    objected: bool,
}

#[derive(Debug)]
struct File {
    config: TrackFile,
    value: i64,
    /// Said already that there is no number in it.
    objected: bool,
}

impl Trackers {
    pub(crate) fn new(tokens: [u64; 2]) -> Self {
        Self {
            tokens,
            launcher: Launcher::default(),
            scripts: Vec::new(),
            leaving: Leaving::default(),
            files: Vec::new(),
            processes: Vec::new(),
            watcher: None,
            events: None,
            reread_at: None,
            recount_at: None,
            told: Verdicts::new(),
            started: false,
            inherited: Handed::default(),
        }
    }

    /// For another program in this process, which goes on with the same configuration.
    pub(crate) fn hand_over(&self) -> Handed {
        let script = |script: &Script| HandedScript {
            name: script.config.name.clone(),
            command: script.config.program.command.clone(),
            monitor: script.monitor.clone(),
            pid: script.child.as_ref().map(Child::id),
            objected: script.objected,
        };
        let file = |file: &File| (file.config.name.clone(), file.value, file.objected);
        let process =
            |p: &ProcessMonitor| (p.process().name.clone(), p.count(), p.verdict(), p.changing_since());
        Handed {
            scripts: self.scripts.iter().map(script).collect(),
            files: self.files.iter().map(file).collect(),
            processes: self.processes.iter().map(process).collect(),
            told: self.told.iter().map(|(id, verdict)| (id.clone(), *verdict)).collect(),
            leaving: self.leaving.hand_over(),
        }
    }

    /// Goes on with it once the configuration is [there](Self::configure).
    pub(crate) fn resume(tokens: [u64; 2], mut handed: Handed) -> Self {
        Self {
            leaving: Leaving::resume(std::mem::take(&mut handed.leaving)),
            told: std::mem::take(&mut handed.told).into_iter().collect(),
            started: true,
            inherited: handed,
            ..Self::new(tokens)
        }
    }

    /// Takes the configuration over. What stays the same goes on as it is.
    pub(crate) fn configure(&mut self, now: Instant, model: &Model, poller: &Poller) {
        self.launcher = Launcher::new(model);
        let used: BTreeSet<(TrackerKind, &str)> = model
            .instances
            .iter()
            .flat_map(|instance| &instance.tracks)
            .map(|track| (track.tracker.kind, track.tracker.name.as_str()))
            .collect();
        self.configure_scripts(now, model, &used);
        self.configure_files(model, &used);
        let mut old = std::mem::take(&mut self.processes);
        for process in model.processes.iter().filter(|p| used.contains(&(TrackerKind::Process, &p.name))) {
            match old.iter().position(|known| known.process() == process) {
                Some(at) => self.processes.push(old.swap_remove(at)),
                None => self.processes.push(self.inherited.process(process)),
            }
        }
        self.watch(now, poller);
        self.told.retain(|id, _| used.contains(&(id.kind, &id.name)));
    }

    fn configure_scripts(&mut self, now: Instant, model: &Model, used: &BTreeSet<(TrackerKind, &str)>) {
        let mut old = std::mem::take(&mut self.scripts);
        for config in model.scripts.iter().filter(|s| used.contains(&(TrackerKind::Script, &s.name))) {
            let same =
                |known: &Script| known.config.name == config.name && known.config.program == config.program;
            match old.iter().position(same) {
                Some(at) => {
                    let mut script = old.swap_remove(at);
                    script.monitor.reconfigure(config);
                    script.config = config.clone();
                    self.scripts.push(script);
                }
                None => self.scripts.push(self.inherited.script(now, config)),
            }
        }
        self.send_away(now, old);
        // What this program does not run, as when it finds a fault in it that the one before did not.
        for child in self.inherited.scripts.drain(..).filter_map(|known| Child::adopt(known.pid?)) {
            self.leaving.send_away(now, child);
        }
    }

    fn send_away(&mut self, now: Instant, scripts: Vec<Script>) {
        for child in scripts.into_iter().filter_map(|script| script.child) {
            self.leaving.send_away(now, child);
        }
    }

    fn configure_files(&mut self, model: &Model, used: &BTreeSet<(TrackerKind, &str)>) {
        let old = std::mem::take(&mut self.files);
        for config in model.files.iter().filter(|f| used.contains(&(TrackerKind::File, &f.name))) {
            let same = |known: &&File| known.config.name == config.name && known.config.path == config.path;
            let inherited = self.inherited.file(&config.name);
            let new = inherited.is_none() && old.iter().all(|known| known.config != *config);
            if let (true, Some(value)) = (new, config.init)
                && let Err(e) = begin_file(Path::new(&config.path), value, config.overwrite && !self.started)
            {
                log::error!("track_file {}: cannot write {}: {e}", config.name, config.path);
            }
            let known = inherited.or_else(|| old.iter().find(same).map(|file| (file.value, file.objected)));
            let (value, objected) = known.unwrap_or((0, false));
            let mut file = File { config: config.clone(), value, objected };
            if known.is_none() {
                file.read();
            }
            self.files.push(file);
        }
        self.started = true;
    }

    /// Asks the kernel to tell what changes.
    fn watch(&mut self, now: Instant, poller: &Poller) {
        let [files, processes] = self.tokens;
        if !self.files.is_empty() && self.watcher.is_none() {
            self.watcher = Watcher::new().ok().filter(|watcher| poller.add(watcher.fd(), files).is_ok());
        }
        self.watch_folders(now);
        if !self.files.is_empty() {
            // Not at once: somebody may be writing what is known already.
            self.reread_soon(now);
        }
        if !self.processes.is_empty() {
            if self.events.is_none() {
                self.events =
                    ProcEvents::open().ok().filter(|events| poller.add(events.fd(), processes).is_ok());
            }
            self.recount_at = Some(now);
        }
    }

    fn watch_folders(&mut self, now: Instant) {
        let mut unwatched = false;
        for file in &self.files {
            let folder = Path::new(&file.config.path).parent().unwrap_or(Path::new("/"));
            unwatched |= self.watcher.as_mut().is_none_or(|watcher| watcher.watch(folder).is_err());
        }
        self.reread_at = unwatched.then(|| now + REREAD);
    }

    /// When something is to be done.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let scripts = self.scripts.iter().filter_map(|script| script.monitor.deadline());
        let processes = self.processes.iter().filter_map(ProcessMonitor::deadline);
        let own = [self.reread_at, self.recount_at, self.leaving.deadline()].into_iter().flatten();
        scripts.chain(processes).chain(own).min()
    }

    pub(crate) fn timer(&mut self, now: Instant) {
        for script in &mut self.scripts {
            script.timer(now, &self.launcher);
        }
        self.leaving.timer(now);
        if self.reread_at.take_if(|at| *at <= now).is_some() {
            self.files.iter_mut().for_each(File::read);
            self.watch_folders(now);
        }
        if self.recount_at.take_if(|at| *at <= now).is_some() {
            self.count_processes(now);
            let told = self.events.as_ref().is_some_and(ProcEvents::are_told);
            self.recount_at = Some(now + if told { RECOUNT_IN_ANY_CASE } else { RECOUNT });
        }
        for process in &mut self.processes {
            process.poll(now);
        }
    }

    /// The descriptor of files or processes is readable.
    pub(crate) fn readable(&mut self, now: Instant, token: u64) {
        let [files, _] = self.tokens;
        if token == files {
            if self.watcher.as_mut().is_some_and(Watcher::changed) {
                self.reread_soon(now);
            }
        } else if self.events.as_mut().is_some_and(ProcEvents::news) {
            let soon = now + SOON;
            self.recount_at = Some(self.recount_at.map_or(soon, |at| at.min(soon)));
        }
    }

    /// A child may have ended.
    pub(crate) fn reap(&mut self, now: Instant) {
        self.leaving.reap();
        for script in &mut self.scripts {
            let Some(child) = &mut script.child else { continue };
            if let Ok(Some(status)) = child.try_wait() {
                script.child = None;
                script.monitor.ended(now, status.success());
            }
        }
    }

    /// What the router does not know yet.
    pub(crate) fn news(&mut self) -> Vec<(TrackerId, Verdict)> {
        let id = |kind, name: &str| TrackerId { kind, name: name.to_owned() };
        let scripts = self
            .scripts
            .iter()
            .map(|script| (id(TrackerKind::Script, &script.config.name), script.monitor.verdict()));
        let files = self
            .files
            .iter()
            .map(|file| (id(TrackerKind::File, &file.config.name), Verdict::Value(file.value)));
        let processes =
            self.processes.iter().map(|p| (id(TrackerKind::Process, &p.process().name), p.verdict()));
        let all: Vec<_> = scripts.chain(files).chain(processes).collect();
        let told = &mut self.told;
        all.into_iter()
            .filter(|(_, verdict)| *verdict != Verdict::Pending)
            .filter(|(id, verdict)| told.insert(id.clone(), *verdict) != Some(*verdict))
            .collect()
    }

    /// What the router knows, and a new one shall know.
    pub(crate) fn told(&self) -> &Verdicts {
        &self.told
    }

    /// Whether nothing of ours runs any more.
    pub(crate) fn has_left(&self) -> bool {
        self.leaving.is_empty()
    }

    /// Ends what runs; nothing is started any more.
    pub(crate) fn stop(&mut self, now: Instant) {
        let scripts = std::mem::take(&mut self.scripts);
        self.send_away(now, scripts);
        (self.files, self.processes) = (Vec::new(), Vec::new());
        (self.reread_at, self.recount_at) = (None, None);
    }

    fn reread_soon(&mut self, now: Instant) {
        let soon = now + WRITTEN;
        self.reread_at = Some(self.reread_at.map_or(soon, |at| at.min(soon)));
    }

    fn count_processes(&mut self, now: Instant) {
        let mut counts = vec![0; self.processes.len()];
        let full = self.processes.iter().any(|process| process.process().full_command);
        for pid in processes::all() {
            let Some(name) = processes::name(pid) else { continue };
            let name = String::from_utf8_lossy(&name);
            let line = if full { processes::command_line(pid) } else { Vec::new() };
            let line = String::from_utf8_lossy(&line);
            let words: Vec<&str> = line.strip_suffix('\0').unwrap_or(&line).split('\0').collect();
            for (process, count) in self.processes.iter().zip(&mut counts) {
                *count += u32::from(monitor::matches(process.process(), &name, &words));
            }
        }
        for (process, count) in self.processes.iter_mut().zip(counts) {
            process.counted(now, count);
        }
    }
}

impl Handed {
    /// Each is asked for once.
    fn script(&mut self, now: Instant, config: &TrackScript) -> Script {
        let same =
            |known: &HandedScript| known.name == config.name && known.command == config.program.command;
        let known = self.scripts.iter().position(same).map(|at| self.scripts.swap_remove(at));
        let (monitor, child, objected) = match known {
            Some(mut known) => {
                known.monitor.reconfigure(config);
                (known.monitor, known.pid.and_then(Child::adopt), known.objected)
            }
            None => (ScriptMonitor::new(now, config), None, false),
        };
        Script { config: config.clone(), monitor, child, objected }
    }

    fn file(&mut self, name: &str) -> Option<(i64, bool)> {
        let at = self.files.iter().position(|(known, ..)| known == name)?;
        let (_, value, objected) = self.files.swap_remove(at);
        Some((value, objected))
    }

    fn process(&mut self, config: &TrackProcess) -> ProcessMonitor {
        match self.processes.iter().position(|(known, ..)| *known == config.name) {
            Some(at) => {
                let (_, count, verdict, changing_since) = self.processes.swap_remove(at);
                ProcessMonitor::known(config.clone(), count, verdict, changing_since)
            }
            None => ProcessMonitor::new(config.clone()),
        }
    }
}

/// Writes the first number where there is no file, or over what is there. In a folder that everybody may write to, somebody
/// else may have put there what could make us wait, or a link that leads to anything.
fn begin_file(path: &Path, value: i64, overwrite: bool) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    if path.exists() {
        if !overwrite {
            return Ok(());
        }
        options.custom_flags(linux::fifo::OPEN_FLAGS_FOLLOW);
    } else {
        options.create_new(true);
    }
    let mut file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    file.set_len(0)?;
    writeln!(file, "{value}")
}

/// The first bytes of a regular file. Anything else of that name could make us wait, or never end.
pub(crate) fn beginning(path: &Path) -> Option<String> {
    let mut options = fs::OpenOptions::new();
    let file = options.read(true).custom_flags(linux::fifo::OPEN_FLAGS_FOLLOW).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(BEGINNING).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

impl File {
    fn read(&mut self) {
        let TrackFile { name, path, .. } = &self.config;
        match monitor::read_value(beginning(Path::new(path)).as_deref()) {
            Some(value) => (self.value, self.objected) = (value, false),
            None if self.objected => {}
            None => {
                self.objected = true;
                log::error!("track_file {name}: {path} does not begin with a number; {} stays", self.value);
            }
        }
    }
}

impl Script {
    fn timer(&mut self, now: Instant, launcher: &Launcher) {
        while let Some(what) = self.monitor.poll(now) {
            match (what, &self.child) {
                (Do::Terminate, Some(child)) => {
                    log::info!("vrrp_script {} takes longer than its timeout", self.config.name);
                    program::terminate(child);
                }
                (Do::Kill, Some(child)) => program::kill(child),
                // Its end has not been seen yet: it will be heard of.
                (Do::Terminate | Do::Kill, None) | (Do::Start, Some(_)) => return,
                (Do::Start, None) => match launcher.start(&self.config.program, &[], NO_VARIABLES) {
                    Ok(child) => {
                        self.child = Some(child);
                        self.objected = false;
                        self.monitor.started(now);
                    }
                    Err(why) => {
                        if !std::mem::replace(&mut self.objected, true) {
                            log::error!("vrrp_script {} counts as failed: {why}", self.config.name);
                        }
                        self.monitor.started(now);
                        self.monitor.ended(now, false);
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use config::model::{Program, Track};

    use super::*;
    use crate::testing;

    #[test]
    fn what_a_file_said_last_stays_over_a_reload_and_an_upgrade() {
        let directory = testing::TempDir::new("track-file");
        let path = directory.path().join("number");
        let id = TrackerId { kind: TrackerKind::File, name: "number".into() };
        let mut model = testing::model(&["VI_1"]);
        model.files = vec![TrackFile {
            name: "number".into(),
            path: path.display().to_string(),
            init: None,
            overwrite: false,
        }];
        model.instances[0].tracks = vec![Track { tracker: id.clone(), weight: 1, reverse: false }];
        let (now, poller) = (Instant::ZERO, Poller::new().unwrap());
        let mut trackers = Trackers::new([1, 2]);
        fs::write(&path, "5\n").unwrap();
        trackers.configure(now, &model, &poller);
        assert_eq!(trackers.news(), [(id.clone(), Verdict::Value(5))]);
        // Empty, because somebody is about to write it anew.
        fs::write(&path, "").unwrap();
        trackers.configure(now, &model, &poller);
        assert_eq!(trackers.news(), [], "after a reload");
        let mut later = Trackers::resume([1, 2], trackers.hand_over());
        later.configure(now, &model, &Poller::new().unwrap());
        assert_eq!(later.news(), [], "after an upgrade");
        fs::write(&path, "nonsense\n").unwrap();
        later.timer(now + WRITTEN);
        assert_eq!(later.news(), [], "this is no number");
        fs::write(&path, "").unwrap();
        later.configure(now, &model, &Poller::new().unwrap());
        later.timer(now + WRITTEN);
        assert_eq!(later.news(), [(id, Verdict::Value(0))]);
    }

    #[test]
    fn the_first_number_is_written_into_files_only() {
        let directory = testing::TempDir::new("first-number");
        let path = |name: &str| directory.path().join(name);
        let reads = |name: &str| fs::read_to_string(path(name)).unwrap();
        begin_file(&path("number"), 5, false).unwrap();
        begin_file(&path("number"), 123, true).unwrap();
        begin_file(&path("number"), 6, false).unwrap();
        assert_eq!(reads("number"), "123\n");
        begin_file(&path("number"), 7, true).unwrap();
        assert_eq!(reads("number"), "7\n");
        std::os::unix::fs::symlink(path("elsewhere"), path("link")).unwrap();
        assert!(begin_file(&path("link"), 5, true).is_err() && !path("elsewhere").exists());
        linux::fifo::create(&path("pipe"), 0o600).unwrap();
        assert!(begin_file(&path("pipe"), 5, true).is_err(), "and nobody waits for a reader");
        assert!(begin_file(directory.path(), 5, true).is_err());
    }

    #[test]
    fn failures_before_an_upgrade_count_after_it() {
        let id = TrackerId { kind: TrackerKind::Script, name: "check".into() };
        let mut model = testing::model(&["VI_1"]);
        model.scripts = vec![TrackScript {
            name: "check".into(),
            program: Program { command: vec!["/bin/true".into()], user: None, group: None },
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            rise: 1,
            fall: 3,
            init_fail: false,
        }];
        model.instances[0].tracks = vec![Track { tracker: id.clone(), weight: 0, reverse: false }];
        let (now, poller) = (Instant::ZERO, Poller::new().unwrap());
        let result = |trackers: &mut Trackers, success: bool| {
            trackers.scripts[0].monitor.started(now);
            trackers.scripts[0].monitor.ended(now, success);
        };
        let mut earlier = Trackers::new([1, 2]);
        earlier.configure(now, &model, &poller);
        for success in [true, false, false] {
            result(&mut earlier, success);
        }
        assert_eq!(earlier.news(), [(id.clone(), Verdict::Up)]);
        let handed = serde_json::to_string(&earlier.hand_over()).unwrap();
        let mut later = Trackers::resume([1, 2], serde_json::from_str(&handed).unwrap());
        later.configure(now, &model, &poller);
        assert_eq!((later.news(), later.told().get(&id)), (Vec::new(), Some(&Verdict::Up)), "no news");
        result(&mut later, false);
        assert_eq!(later.news(), [(id, Verdict::Down)], "the third in a row");
    }
}
