//! What programs and pipes are told, beside keepalived: it changes its groups for every program, which needs real root.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Daemon, Host, Signal};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{daemon, debian_keepalived};
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("scripts::notifications_and_lines_are_those_of_keepalived", as_keepalived),
        test("scripts::programs_run_as_whom_keepalived_runs_them", as_whom),
        test("scripts::whether_a_program_runs_as_for_keepalived", whether),
        test("scripts::at_the_start_and_the_end_as_for_keepalived", start_and_end),
    ]
}

/// A program of the test.
fn program(host: &Host, name: &str, text: &str) -> Result<PathBuf> {
    let path = host.dir().join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Copies what comes out of a pipe into a file, as long as it lives.
struct Reader(Child);

impl Reader {
    fn start(pipe: &Path, into: &Path) -> Result<Self> {
        eventually("the pipe is there", PATIENCE, || {
            Ok(fs::metadata(pipe).is_ok_and(|about| about.file_type().is_fifo()))
        })?;
        let (from, to) = (OpenOptions::new().read(true).open(pipe)?, fs::File::create(into)?);
        Ok(Self(Command::new("cat").stdin(Stdio::from(from)).stdout(to).spawn()?))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What a daemon told: by its pipe, and the calls of each instance and group.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    lines: Vec<String>,
    calls: Vec<(String, Vec<String>)>,
}

/// The same file and the same events for both: start, Master, a lower link, its return, a stop.
fn as_keepalived() -> Result<()> {
    let ours = tell(&daemon())?;
    let theirs = tell(&debian_keepalived()?)?;
    anyhow::ensure!(ours == theirs, "vipd told\n{ours:#?}\nand keepalived\n{theirs:#?}");
    Ok(())
}

fn tell(program_of_daemon: &Path) -> Result<Told> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    let (calls, pipe, read) = (host.dir().join("calls"), host.dir().join("pipe"), host.dir().join("lines"));
    let log = calls.display();
    let all = program(&host, "all", &format!("echo \"$@\" >>{log}"))?;
    let own = program(&host, "own", &format!("echo \"$1 own $2 $#\" >>{log}"))?;
    let router = |n: u8, more: &str| {
        let instance =
            Instance { name: format!("VI_{n}"), vrid: 50 + n, ..Instance::priority(100).every("0.3") };
        let address = format!("192.168.200.{}", 100 + n);
        instance.with_addresses(&[&address]).and(&format!("  notify \"{} x 'y z'\"\n{more}", all.display()))
    };
    let states = |of: &str| {
        let of = |state| format!("  notify_{state} \"{} {of} {state}\"\n", own.display());
        ["master", "backup", "fault", "stop"].map(of).concat()
    };
    let config = file(3, &[router(1, &states("VI_1")), router(2, ""), router(3, &states("VI_3"))]);
    let config = config.replacen(
        "global_defs {",
        &format!("global_defs {{\n  vrrp_notify_fifo {}", pipe.display()),
        1,
    ) + &format!(
        "vrrp_sync_group G1 {{\n  group {{\n    VI_1\n    VI_2\n  }}\n  notify \"{} grp\"\n{}}}\n",
        all.display(),
        states("grp")
    );
    let mut daemon = Daemon::new(&host, program_of_daemon, &config)?;
    daemon.start()?;
    let _reader = Reader::start(&pipe, &read)?;
    let said = |line: &str| {
        let path = read.clone();
        let line = line.to_owned();
        eventually(&format!("the pipe says {line}"), PATIENCE, move || {
            Ok(lines(&path).last().is_some_and(|last| *last == line) || lines(&path).contains(&line))
        })
    };
    // Of each event every program has heard before the next one is made: behind programs that take long on a busy machine
    // we leave out what is outdated. One call each, and another one for two instances and the group, with programs of
    // their own.
    let heard = |events: usize| {
        eventually(&format!("all programs have run {events} times"), PATIENCE, || {
            Ok(lines(&calls).len() == 7 * events)
        })
    };
    said("INSTANCE \"VI_3\" MASTER 100")?;
    said("GROUP \"G1\" MASTER 0")?;
    heard(2)?;
    host.plug(false)?;
    said("GROUP \"G1\" FAULT 0")?;
    said("INSTANCE \"VI_3\" FAULT 100")?;
    heard(3)?;
    host.plug(true)?;
    let masters = |path: &Path| lines(path).iter().filter(|line| line.contains("MASTER")).count();
    eventually("all are Master again", PATIENCE, || Ok(masters(&read) == 8))?;
    heard(5)?;
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    // keepalived ends after a second, whether or not the programs for STOP have had their turn.
    let is_last_word = |line: &String| line.contains("STOP") || line.contains("own stop");
    let calls: Vec<String> = lines(&calls).into_iter().filter(|line| !is_last_word(line)).collect();
    let of = |subject: &str| {
        let mut of: Vec<String> = calls.iter().filter(|line| line.contains(subject)).cloned().collect();
        // keepalived's programs run side by side, and overtake each other.
        of.sort();
        of
    };
    let told = lines(&read);
    Ok(Told {
        lines: per_subject(&told),
        calls: ["VI_1", "VI_2", "VI_3", "grp"].map(|subject| (subject.to_owned(), of(subject))).to_vec(),
    })
}

/// Which member's timer fires first is chance, and so is the order between the group and the third instance. What is left
/// is that members come before their group, except at the start.
fn per_subject(lines: &[String]) -> Vec<String> {
    let (third, mut group): (Vec<_>, Vec<_>) = lines.iter().cloned().partition(|line| line.contains("VI_3"));
    for members in group.split_mut(|line| line.starts_with("GROUP")) {
        members.sort();
    }
    group.into_iter().chain(third).collect()
}

/// Users, groups and umask of programs of every kind, as keepalived gives them; all groups of a user, as the system knows
/// them, where they are wanted.
fn as_whom() -> Result<()> {
    let global = "  umask 027\n  script_user daemon adm\n";
    let ours = identities(&daemon(), global)?;
    let theirs = identities(&debian_keepalived()?, global)?;
    anyhow::ensure!(ours == theirs, "vipd:\n{ours:#?}\nkeepalived:\n{theirs:#?}");
    // Nothing outside of this kernel is changed by it.
    let mut groups = OpenOptions::new().append(true).open("/etc/group")?;
    writeln!(groups, "vipdmore:x:4711:daemon")?;
    let all = identities(&daemon(), &format!("{global}  set_supplementary_groups\n"))?;
    let judge = Command::new("id").args(["-G", "daemon"]).output()?;
    let mut judge: BTreeSet<String> =
        String::from_utf8(judge.stdout)?.split_whitespace().map(str::to_owned).collect();
    anyhow::ensure!(judge.contains("4711"), "the system does not know the group: {judge:?}");
    let of = |name: &str| -> Result<BTreeSet<String>> {
        let line = all.iter().find(|line| line.starts_with(name)).context("a program has not run")?;
        Ok(line.split_once(" groups ").context("no groups")?.1.split(' ').map(str::to_owned).collect())
    };
    anyhow::ensure!(of("backup ")? == judge, "{all:#?}");
    // With another group of its own, which the system adds.
    judge.remove("1");
    judge.insert("4".to_owned());
    anyhow::ensure!(of("any ")?.is_superset(&judge), "{all:#?}");
    Ok(())
}

fn identities(program_of_daemon: &Path, global: &str) -> Result<BTreeSet<String>> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    let folder = host.dir().join("told");
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
    let text = format!(
        "file={}/$1\n[ -e $file ] || echo \"$1 user $(id -u) group $(id -g) umask $(umask) groups $(id -G)\" >$file",
        folder.display()
    );
    let tells = program(&host, "tells", &text)?;
    let tells = tells.display();
    let notify = format!(
        "  notify_backup \"{tells} backup\" daemon\n  notify_master \"{tells} master\" root adm\n  \
         notify_stop \"{tells} stop\" root\n  notify \"{tells} any\"\n  track_script {{\n    check\n  }}\n"
    );
    let instance = Instance { vrid: 51, ..Instance::priority(100).every("0.3") }.and(&notify);
    // keepalived ends at once if script_user is given and startup_script has no user.
    let more = format!(
        "{global}  startup_script \"{tells} startup\" root\n  vrrp_notify_fifo {0}/fifo daemon\n  \
         vrrp_notify_fifo_script \"{tells} reader\" nobody daemon\n",
        folder.display()
    );
    let check =
        format!("vrrp_script check {{\n  script \"{tells} check\"\n  interval 1\n  user daemon daemon\n}}\n");
    let file = file(3, &[instance]).replacen("global_defs {", &format!("global_defs {{\n{more}"), 1);
    // keepalived wants to know a script before it is tracked.
    let config = check + &file;
    let mut daemon = Daemon::new(&host, program_of_daemon, &config)?;
    daemon.start()?;
    let told = || -> Result<BTreeSet<String>> {
        let mut told = BTreeSet::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_file() {
                told.extend(lines(&path));
            }
        }
        Ok(told)
    };
    let all = ["startup", "backup", "master", "any", "check", "reader"];
    eventually("every program has told", PATIENCE, || Ok(told()?.len() == all.len()))?;
    let told = told()?;
    let fifo = fs::metadata(folder.join("fifo"))?;
    let pipe = format!("pipe {} {:o}", fifo.uid(), fifo.mode());
    Ok(told.into_iter().chain([pipe]).collect())
}

/// Users that there are and are not, with and without the guard, and each way in which others may change what root runs; and
/// how quotes are read.
fn whether() -> Result<()> {
    const GUARD: &str = "  enable_script_security\n";
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    let log = host.dir().join("ran");
    // A folder for each, and whether others may write to it or to the program, by their modes.
    let place = |name: &str, folder_mode: u32, mode: u32| -> Result<PathBuf> {
        let folder = host.dir().join(name);
        fs::create_dir(&folder)?;
        let path = folder.join("notify");
        fs::write(&path, format!("#!/bin/sh\necho \"{name} $*\" >>{}\n", log.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(folder_mode))?;
        Ok(path)
    };
    let safe = place("safe", 0o755, 0o755)?;
    let folder = place("folder", 0o777, 0o755)?;
    let all = place("all", 0o755, 0o757)?;
    let owner = place("owner", 0o755, 0o755)?;
    std::os::unix::fs::chown(&owner, Some(1), None)?;
    let outer = host.dir().join("outer");
    fs::create_dir(&outer)?;
    let inner = place("outer/inner", 0o755, 0o755)?;
    fs::set_permissions(&outer, fs::Permissions::from_mode(0o777))?;
    let group = place("group", 0o755, 0o775)?;
    let other_group = place("other_group", 0o755, 0o775)?;
    std::os::unix::fs::chown(&other_group, None, Some(1))?;
    let link = |from: &str, to: &Path| -> Result<PathBuf> {
        let from = host.dir().join(from);
        std::os::unix::fs::symlink(to, &from)?;
        Ok(from)
    };
    let (to_safe, to_all) = (link("to_safe", &safe)?, link("to_all", &all)?);
    let in_folder = link("folder/to_safe", &safe)?;
    let not_executable = place("not_executable", 0o755, 0o644)?;
    let root = "  script_user root\n";
    let mut words = BTreeSet::new();
    for (at, (global, path, runs)) in [
        (format!("{root}{GUARD}"), &safe, true),
        (format!("{root}{GUARD}"), &folder, false),
        (format!("{root}{GUARD}"), &all, false),
        (format!("{root}{GUARD}"), &owner, false),
        (format!("{root}{GUARD}"), &inner, false),
        (format!("{root}{GUARD}"), &group, true),
        (format!("{root}{GUARD}"), &other_group, false),
        (format!("{root}{GUARD}"), &to_safe, true),
        (format!("{root}{GUARD}"), &to_all, false),
        // Where a link leads to counts, not who may replace it.
        (format!("{root}{GUARD}"), &in_folder, true),
        (root.to_owned(), &all, true),
        (root.to_owned(), &not_executable, false),
        (String::new(), &safe, true),
        (GUARD.to_owned(), &safe, false),
    ]
    .into_iter()
    .enumerate()
    {
        for (name, program) in [("keepalived", debian_keepalived()?), ("vipd", daemon())] {
            let notify = format!("  notify_master \"{} 'two words' \\\"quoted\\\"\"\n", path.display());
            let config = file(3, &[Instance::priority(255).every("0.1").and(&notify)]);
            let config = config.replacen("global_defs {", &format!("global_defs {{\n{global}"), 1);
            drop(fs::remove_file(&log));
            let mut daemon = Daemon::in_folder(&host, &program, &config, &format!("{at}-{name}"))?;
            daemon.start()?;
            eventually("it serves", PATIENCE, || host.holds("192.168.200.100".parse()?))?;
            let what = format!("{name} with {global}{} (runs: {runs})", path.display());
            if runs {
                eventually(&what, PATIENCE, || Ok(!lines(&log).is_empty()))?;
                words.insert(lines(&log));
            }
            daemon.stop(PATIENCE)?;
            anyhow::ensure!(runs || lines(&log).is_empty(), "{what}: {:?}", lines(&log));
        }
    }
    // Of each place the same from both.
    anyhow::ensure!(words.len() == 3 && words.iter().all(|lines| lines.len() == 1), "{words:?}");
    Ok(())
}

/// Who runs with which words when the daemon begins and when it ends. It waits for both, and for neither longer than it may.
fn start_and_end() -> Result<()> {
    for hangs in ["startup", "shutdown"] {
        let ours = started_and_ended(&daemon(), hangs).context("vipd")?;
        let theirs = started_and_ended(&debian_keepalived()?, hangs).context("keepalived")?;
        anyhow::ensure!(ours == theirs, "{hangs} hangs; vipd:\n{ours:#?}\nkeepalived:\n{theirs:#?}");
    }
    Ok(())
}

/// One program hangs and has a second; the other one tells, and runs until it is let go.
fn started_and_ended(program_of_daemon: &Path, hangs: &str) -> Result<Vec<String>> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    let (log, go) = (host.dir().join("told"), host.dir().join("go"));
    let text = format!(
        "[ $1 = {hangs} ] && exec sleep 600\necho \"$# $1 [$2] user $(id -u) group $(id -g)\" >>{}\n\
         until [ -e {} ]; do sleep 0.2; done",
        log.display(),
        go.display()
    );
    let tells = program(&host, "tells", &text)?;
    let [first, last] = ["startup", "shutdown"].map(|which| {
        let timeout = if which == hangs { 1 } else { 600 };
        let tells = tells.display();
        format!("  {which}_script \"{tells} {which} 'two words'\" root\n  {which}_script_timeout {timeout}\n")
    });
    let config = file(3, &[Instance::priority(255).every("0.5")]);
    let config = config.replacen("global_defs {", &format!("global_defs {{\n{first}{last}"), 1);
    let mut daemon = Daemon::new(&host, program_of_daemon, &config)?;
    let let_go = |waits: &mut dyn FnMut() -> Result<bool>| {
        eventually("the program tells", PATIENCE, || Ok(!lines(&log).is_empty()))?;
        always("it waits for the program", Duration::from_secs(1), waits)?;
        Ok::<_, anyhow::Error>(fs::write(&go, "")?)
    };
    let vip = "192.168.200.100".parse()?;
    daemon.start()?;
    if hangs == "shutdown" {
        let_go(&mut || Ok(!host.holds(vip)?))?;
    }
    eventually("it serves", PATIENCE, || host.holds(vip))?;
    daemon.signal(Signal::Terminate)?;
    if hangs == "startup" {
        let_go(&mut || Ok(daemon.pid().is_some()))?;
    }
    let status = daemon.wait(PATIENCE)?.context("it does not end")?;
    anyhow::ensure!(status.success(), "the stop was not clean: {status}");
    Ok(lines(&log))
}
