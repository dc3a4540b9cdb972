//! Programs that are run.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Sections, groups_of_members, is_on, switch, texts, values};
use crate::document::{Document, Setting, Settings, Value};
use crate::model::{
    Fifo, Model, Notify, ParamMatch, Program, Programs, TimedProgram, TrackFile, TrackProcess, TrackScript,
    TrackerId, TrackerKind,
};

/// keepalived.conf(5): the default of `interval`, also for 0.
const INTERVAL: Duration = Duration::from_secs(1);

pub(super) fn complete(model: &mut Model, document: &Document) {
    let mut groups = Sections::new(&document.sync_groups);
    let priority_changes = switch(&document.global, "vrrp_notify_priority_changes");
    for group in &mut model.sync_groups {
        if let Some(section) = groups.next(&group.name) {
            group.notify = notify(&section.settings, priority_changes);
        }
    }
    let group_of = groups_of_members(&model.sync_groups);
    let mut sections = Sections::new(&document.instances);
    for instance in &mut model.instances {
        let group = group_of.get(instance.name.as_str()).and_then(|at| model.sync_groups.get(*at));
        let default = group.map(|group| group.notify.priority_changes).or(priority_changes);
        if let Some(section) = sections.next(&instance.name) {
            instance.notify = notify(&section.settings, default);
        }
    }
    model.programs = programs(document);
    model.scripts = document.scripts.iter().filter_map(|s| script(&s.name.value, &s.settings)).collect();
    model.files = document.track_files.iter().filter_map(|s| file(&s.name.value, &s.settings)).collect();
    model.processes =
        document.track_processes.iter().filter_map(|s| process(&s.name.value, &s.settings)).collect();
    let incomplete = incomplete(model, document);
    model.forget_trackers(&incomplete);
}

/// What is tracked without there being something to look at: a definition may lack its `script`, `file` or `process`.
fn incomplete(model: &Model, document: &Document) -> BTreeSet<TrackerId> {
    let read = [document.scripts.len(), document.track_files.len(), document.track_processes.len()];
    if read == [model.scripts.len(), model.files.len(), model.processes.len()] {
        return BTreeSet::new();
    }
    let scripts = model.scripts.iter().map(|script| (TrackerKind::Script, script.name.as_str()));
    let files = model.files.iter().map(|file| (TrackerKind::File, file.name.as_str()));
    let processes = model.processes.iter().map(|process| (TrackerKind::Process, process.name.as_str()));
    let defined: BTreeSet<_> = scripts.chain(files).chain(processes).collect();
    let tracked = model.instances.iter().flat_map(|instance| &instance.tracks).map(|track| &track.tracker);
    let is_defined =
        |id: &TrackerId| id.kind == TrackerKind::Bfd || defined.contains(&(id.kind, id.name.as_str()));
    tracked.filter(|id| !is_defined(id)).cloned().collect()
}

fn notify(settings: &Settings, priority_changes: Option<bool>) -> Notify {
    // The first one counts.
    let first = |name| settings.all(name).next().and_then(program).map(Box::new);
    Notify {
        master: first("notify_master"),
        backup: first("notify_backup"),
        fault: first("notify_fault"),
        stop: first("notify_stop"),
        tells_deleted: settings.get("notify_deleted").is_some(),
        deleted: first("notify_deleted"),
        lower_priority: first("notify_master_rx_lower_pri"),
        any: first("notify"),
        priority_changes: switch(settings, "notify_priority_changes").or(priority_changes).unwrap_or(false),
    }
}

fn programs(document: &Document) -> Programs {
    let global = &document.global;
    let mut fifos = Vec::<Fifo>::new();
    for name in ["notify_fifo", "vrrp_notify_fifo"] {
        let mut words = values(global, name).iter().flat_map(texts).map(str::to_owned);
        let Some(path) = words.next() else { continue };
        let reader = global.get(&format!("{name}_script")).and_then(program);
        if fifos.iter().all(|fifo| fifo.path != path) {
            fifos.push(Fifo { path, user: words.next(), group: words.next(), reader });
        }
    }
    let timed = |name: &str| {
        let seconds = global.get(&format!("{name}_timeout")).and_then(|setting| number(&setting.value));
        let program = global.get(name).and_then(program)?;
        Some(TimedProgram { program, timeout: Duration::from_secs(seconds.unwrap_or(10)) })
    };
    let wait = document.process.get("child_wait_time").and_then(|setting| number(&setting.value));
    let mut user = values(global, "script_user").iter().flat_map(texts).map(str::to_owned);
    Programs {
        fifos,
        states_on_reload: is_on(global, "fifo_write_vrrp_states_on_reload"),
        user: user.next().map(|name| (name, user.next())),
        secure: is_on(global, "enable_script_security"),
        symlink_paths: is_on(global, "use_symlink_paths"),
        supplementary_groups: is_on(global, "set_supplementary_groups"),
        last_wait: wait.map_or(Programs::default().last_wait, Duration::from_secs),
        startup: timed("startup_script"),
        shutdown: timed("shutdown_script"),
    }
}

/// `COMMAND [USER [GROUP]]`.
fn program(setting: &Setting) -> Option<Program> {
    let (first, rest) = setting.value.list().split_first()?;
    let Value::Command(command) = first else { return None };
    let mut who = rest.iter().flat_map(texts).map(str::to_owned);
    Some(Program { command: command.clone(), user: who.next(), group: who.next() })
}

/// `COMMAND [ARGUMENT …]`.
fn command_line(setting: &Setting) -> Option<Vec<String>> {
    let (first, rest) = setting.value.list().split_first()?;
    let Value::Command(command) = first else { return None };
    Some(command.iter().cloned().chain(rest.iter().flat_map(texts).map(str::to_owned)).collect())
}

fn script(name: &str, settings: &Settings) -> Option<TrackScript> {
    let command = settings.get("script").and_then(command_line)?;
    let mut who = values(settings, "user").iter().flat_map(texts).map(str::to_owned);
    let program = Program { command, user: who.next(), group: who.next() };
    let interval = time(settings, "interval").filter(|time| !time.is_zero()).unwrap_or(INTERVAL);
    let timeout = match time(settings, "timeout") {
        Some(Duration::ZERO) => INTERVAL,
        Some(timeout) => timeout,
        None => interval,
    };
    let count = |name| settings.get(name).and_then(|s| number(&s.value)).unwrap_or(1);
    let (rise, fall) = (count("rise"), count("fall"));
    Some(TrackScript {
        name: name.to_owned(),
        program,
        interval,
        timeout,
        rise: u32::try_from(rise).unwrap_or(1).max(1),
        fall: u32::try_from(fall).unwrap_or(1).max(1),
        init_fail: is_on(settings, "init_fail"),
    })
}

fn file(name: &str, settings: &Settings) -> Option<TrackFile> {
    let path = settings.all("file").next().and_then(|setting| texts(&setting.value).next())?.to_owned();
    let init = settings.get("init_file").map(|setting| match setting.value.list().first() {
        Some(Value::Int(value)) => *value,
        Some(_) | None => 0,
    });
    let overwrite = values(settings, "init_file").iter().flat_map(texts).any(|word| word == "overwrite");
    Some(TrackFile { name: name.to_owned(), path, init, overwrite })
}

fn process(name: &str, settings: &Settings) -> Option<TrackProcess> {
    // A quoted word is one word, blanks and all.
    let command: Vec<String> =
        values(settings, "process").iter().flat_map(texts).map(str::to_owned).collect();
    if command.is_empty() {
        return None;
    }
    let wanted = settings.get("param_match").map(|setting| texts(&setting.value).next());
    let parameters = match wanted {
        Some(Some("initial")) => ParamMatch::Initial,
        Some(Some("partial")) => ParamMatch::Partial,
        Some(_) => ParamMatch::Exact,
        None if command.len() > 1 => ParamMatch::Exact,
        None => ParamMatch::Ignore,
    };
    let count = |name| settings.get(name).and_then(|s| number(&s.value)).and_then(|n| u32::try_from(n).ok());
    let delay = time(settings, "delay").unwrap_or_default();
    Some(TrackProcess {
        name: name.to_owned(),
        full_command: is_on(settings, "full_command") || parameters != ParamMatch::Ignore,
        command,
        parameters,
        quorum: count("quorum").unwrap_or(u32::from(count("quorum_max") != Some(0))),
        quorum_max: count("quorum_max"),
        terminate_delay: time(settings, "terminate_delay").unwrap_or(delay),
        fork_delay: time(settings, "fork_delay").unwrap_or(delay),
    })
}

fn time(settings: &Settings, name: &str) -> Option<Duration> {
    if let Value::Time(time) = settings.get(name)?.value { Some(time) } else { None }
}

fn number(value: &Value) -> Option<u64> {
    if let Value::Int(number) = value.list().first()? { u64::try_from(*number).ok() } else { None }
}
