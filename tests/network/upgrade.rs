//! A new version is installed while the daemon runs, and `vipd upgrade` has it go on in the same process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Daemon, Host, Signal, SmtpSink};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{self, instance, start_keepalived, state, status, vipd};
use vipd_tests::watch::{AddressMonitor, await_holder, longest_gap};
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, punctual, test};

const VIP: &str = "192.168.200.100";
/// O_NONBLOCK on every architecture of Linux that we build for.
const NONBLOCK: i32 = 0o4000;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        punctual("upgrade::as_master_and_as_backup_moves_nothing", moves_nothing),
        test("upgrade::is_not_noticed_by_keepalived", beside_keepalived),
        test("upgrade::notifications_and_checks_go_on", notifications),
        test("upgrade::mails_that_wait_are_sent_once", mails),
        test("upgrade::ten_in_a_row_leave_nothing_behind", ten_in_a_row),
        test("upgrade::with_a_virtual_mac_the_interface_stays", virtual_mac),
        test("upgrade::of_a_daemon_in_the_background", background),
        test("upgrade::of_vipd_run_through_a_link", through_a_link),
        test("upgrade::a_stop_in_the_midst_of_it_leaves_nothing", stopped),
        test("upgrade::a_router_that_hangs_meanwhile_is_replaced", || hanging_router(false)),
        test("upgrade::a_stop_while_a_router_hangs_leaves_nothing", || hanging_router(true)),
        test("upgrade::a_new_router_that_dies_before_it_works_is_started_again", new_router_dies),
        test("upgrade::a_new_router_that_hangs_is_replaced", new_router_hangs),
        test("upgrade::is_a_reload_for_the_service_manager", service_manager),
        test("upgrade::what_cannot_go_on_changes_nothing", refusals),
        test("upgrade::a_version_that_dies_at_once_makes_the_router_resign", dies_at_once),
    ]
}

/// A program of its own for one host, to be replaced as a package manager does it.
struct Installed(PathBuf);

impl Installed {
    fn on(host: &Host) -> Result<Self> {
        let path = host.dir().join("keepalived");
        copy(&programs::daemon(), &path)?;
        Ok(Self(path))
    }

    /// Another file takes its place by rename.
    fn replace(&self) -> Result<()> {
        let new = self.0.with_extension("new");
        copy(&programs::daemon(), &new)?;
        Ok(fs::rename(new, &self.0)?)
    }

    fn start(&self, host: &Host, config: &str) -> Result<Daemon> {
        let mut daemon = Daemon::new(host, &self.0, config)?;
        daemon.start()?;
        Ok(daemon)
    }
}

/// By another process: while one of this process writes a file, nobody may execute it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp").arg("--").args([from, to]).status()?;
    anyhow::ensure!(status.success(), "cannot copy {}", from.display());
    Ok(())
}

/// What `vipd upgrade` says, and its exit code.
fn upgrade(daemon: &Daemon, binary: Option<&Path>) -> Result<(String, Option<i32>)> {
    let mut command = Command::new(vipd());
    command.args(["upgrade", "--socket"]).arg(daemon.pid_file().with_extension("sock"));
    if let Some(binary) = binary {
        command.arg("--binary").arg(binary);
    }
    let output = command.output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
    Ok((said, output.status.code()))
}

/// For how many milliseconds there was no router.
fn upgraded(daemon: &Daemon) -> Result<f64> {
    let (said, code) = upgrade(daemon, None)?;
    anyhow::ensure!(code == Some(0), "vipd upgrade ended with {code:?}: {said}");
    let words: Vec<&str> = said.split_whitespace().rev().collect();
    let gap = words.get(1).and_then(|word| word.parse().ok()).with_context(|| said.clone())?;
    println!("{said}");
    Ok(gap)
}

fn pid_in(file: &Path) -> Result<u64> {
    Ok(fs::read_to_string(file)?.trim().parse()?)
}

/// Instances with an address each.
const MANY: u8 = 100;

fn many(priority: u8) -> String {
    let instance = |n: u8| {
        let instance = Instance { name: format!("VI_{n}"), vrid: n, ..Instance::priority(priority) };
        instance.with_addresses(&[&format!("10.0.0.{n}/32")])
    };
    file(3, &(1..=MANY).map(instance).collect::<Vec<_>>())
}

/// Whether all of them are in this state.
fn all_are(daemon: &Daemon, word: &str) -> bool {
    let instances = status(daemon).map(|status| status["instances"].as_array().cloned().unwrap_or_default());
    instances.is_ok_and(|all| all.len() == usize::from(MANY) && all.iter().all(|one| one["state"] == word))
}

/// No address comes or goes, no advertisement comes from anybody else, and nobody is told anything.
fn moves_nothing() -> Result<()> {
    let pair = Pair::new()?;
    let installed = [Installed::on(&pair.a)?, Installed::on(&pair.b)?];
    let mut a = installed[0].start(&pair.a, &many(150))?;
    eventually("ServerA is Master", PATIENCE, || Ok(all_are(&a, "MASTER")))?;
    let mut b = installed[1].start(&pair.b, &many(50))?;
    eventually("ServerB is Backup", PATIENCE, || Ok(all_are(&b, "BACKUP")))?;
    let monitors = [AddressMonitor::start(&pair.a)?, AddressMonitor::start(&pair.b)?];
    let capture = pair.world.capture()?;
    for (daemon, installed, word) in [(&mut a, &installed[0], "MASTER"), (&mut b, &installed[1], "BACKUP")] {
        let (before, log) = (status(daemon)?, daemon.log());
        installed.replace()?;
        upgraded(daemon)?;
        anyhow::ensure!(all_are(daemon, word), "not everybody is {word} at once: {}", status(daemon)?);
        let after = status(daemon)?;
        for same in ["pid", "started", "router_restarts", "config"] {
            anyhow::ensure!(before[same] == after[same], "{same}: {} before, {}", before[same], after[same]);
        }
        anyhow::ensure!(before["router_pid"] != after["router_pid"], "the router is the earlier one");
        anyhow::ensure!(
            after["pid"] == pid_in(&daemon.pid_file())? && after["pid"] == daemon.pid().unwrap_or(0)
        );
        anyhow::ensure!(after["router_pid"] == pid_in(&daemon.router_pid_file())?);
        let runs = fs::metadata(format!("/proc/{}/exe", after["pid"]))?.ino();
        anyhow::ensure!(runs == fs::metadata(&installed.0)?.ino(), "it runs the earlier file");
        let news = daemon.log().replacen(&log, "", 1);
        anyhow::ensure!(!news.contains("STATE") && !news.contains("error"), "it logs: {news}");
        refuses_a_second(daemon)?;
    }
    let first = capture.all_adverts().len();
    eventually("some more advertisements", PATIENCE, || {
        Ok(capture.all_adverts().len() > first + 3 * usize::from(MANY))
    })?;
    for monitor in &monitors {
        anyhow::ensure!(monitor.lines()?.is_empty(), "addresses changed: {:?}", monitor.lines()?);
    }
    for vrid in 1..=MANY {
        let adverts = capture.adverts(vrid);
        let own = |advert: &lab::Advert| Some(advert.from) == pair.a.address() && advert.priority == 150;
        anyhow::ensure!(adverts.len() >= 4 && adverts.iter().all(own), "{vrid}: {adverts:?}");
        // Three intervals of one second, and a skew: then ServerB would have taken over.
        anyhow::ensure!(
            longest_gap(&adverts) < Duration::from_secs(3),
            "{vrid}: {:?}",
            longest_gap(&adverts)
        );
    }
    Ok(())
}

/// The lock of the PID file is held as before.
fn refuses_a_second(daemon: &Daemon) -> Result<()> {
    let mut command = daemon.command();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = daemon.host().spawn(command)?.wait_with_output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    anyhow::ensure!(said.contains("already running"), "a second daemon says: {said}");
    Ok(())
}

/// keepalived stays Backup, and takes over when vipd stops afterwards.
fn beside_keepalived() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    let mut ours = installed.start(&pair.a, &file(2, &[Instance::priority(150)]))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let theirs = start_keepalived(&pair.b, &file(2, &[Instance::priority(50)]))?;
    let backup = "Entering BACKUP STATE";
    eventually("keepalived is Backup", PATIENCE, || Ok(theirs.log().contains(backup)))?;
    let capture = pair.world.capture()?;
    for _ in 0..3 {
        installed.replace()?;
        upgraded(&ours)?;
        let seen = capture.adverts(51).len();
        eventually("ServerA goes on", PATIENCE, || Ok(capture.adverts(51).len() >= seen + 2))?;
    }
    let others: Vec<_> =
        capture.adverts(51).into_iter().filter(|advert| Some(advert.from) != pair.a.address()).collect();
    anyhow::ensure!(others.is_empty(), "keepalived took over: {others:?}");
    anyhow::ensure!(!theirs.log().contains("Entering MASTER STATE"), "{}", theirs.log());
    anyhow::ensure!(ours.stop(PATIENCE)?.success(), "the stop was not clean");
    await_holder(&pair.servers(), VIP, &pair.b)
}

/// What programs and pipes are told goes on where it was, also for a program that runs meanwhile, and a check that has failed
/// stays failed.
fn notifications() -> Result<()> {
    let pair = Pair::new()?;
    let (good, told, pipe) =
        (pair.a.dir().join("good"), pair.a.dir().join("told"), pair.a.dir().join("pipe"));
    let program = pair.a.dir().join("notify.sh");
    // Slow, so that it runs while the daemon is upgraded.
    let text = format!("#!/bin/sh\nsleep 1\necho \"$VIPD_SEQUENCE $1 $2 $3\" >> {}\n", told.display());
    fs::write(&program, text)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    fs::write(&good, "")?;
    let notify = format!(" notify {}\n", program.display());
    let check = format!("vrrp_script check {{\n script \"test -e {}\"\n interval 1\n}}\n", good.display());
    let group = format!("vrrp_sync_group G {{\n group {{\n VI_1\n VI_2\n }}\n{notify}}}\n");
    let second = Instance { name: "VI_2".into(), vrid: 52, ..Instance::default() };
    let instances = [
        Instance::default().and(&format!("{notify} track_script {{\n check\n }}\n")),
        second.with_addresses(&["192.168.200.101"]).and(&notify),
    ];
    let fifo = format!("global_defs {{\n script_user root\n vrrp_notify_fifo {}\n", pipe.display());
    let config = file(3, &instances).replacen("global_defs {\n", &fifo, 1) + &check + &group;
    let installed = Installed::on(&pair.a)?;
    let daemon = installed.start(&pair.a, &config)?;
    let is = |word: &str| eventually(word, PATIENCE, || Ok(state(&daemon, "VI_1") == word));
    is("MASTER")?;
    upgraded(&daemon)?;
    fs::remove_file(&good)?;
    is("FAULT")?;
    // Its program has begun a moment ago, and takes a second.
    upgraded(&daemon)?;
    let fault = || Ok(state(&daemon, "VI_1") == "FAULT" && state(&daemon, "VI_2") == "FAULT");
    always("both are in FAULT", Duration::from_secs(3), fault)?;
    let checks = daemon.log().matches("script check").count();
    upgraded(&daemon)?;
    anyhow::ensure!(fault()? && daemon.log().matches("script check").count() == checks, "{}", daemon.log());
    fs::write(&good, "")?;
    is("MASTER")?;
    upgraded(&daemon)?;
    let lines = || told_in_order(&told);
    let last = "INSTANCE VI_1 MASTER";
    let all = |lines: &[(u64, String)]| lines.iter().filter(|(_, line)| line == last).count() == 2;
    eventually("the programs have run", PATIENCE, || {
        Ok(all(&lines()?) && status(&daemon)?["scripts"].as_array().is_none_or(Vec::is_empty))
    })?;
    let lines = lines()?;
    let numbers: Vec<u64> = lines.iter().map(|(number, _)| *number).collect();
    anyhow::ensure!(numbers == (1..=numbers.len() as u64).collect::<Vec<_>>(), "{lines:?}");
    for who in ["INSTANCE VI_1", "INSTANCE VI_2", "GROUP G"] {
        let words: Vec<_> = lines.iter().filter_map(|(_, line)| line.strip_prefix(who)).collect();
        anyhow::ensure!(words == [" BACKUP", " MASTER", " FAULT", " BACKUP", " MASTER"], "{who}: {lines:?}");
    }
    let mut piped = String::new();
    let mut reader = File::options().read(true).write(true).custom_flags(NONBLOCK).open(&pipe)?;
    let mut bytes = Vec::new();
    // It ends with an error once nothing is left.
    drop(reader.read_to_end(&mut bytes));
    piped.push_str(&String::from_utf8(bytes)?);
    let piped: Vec<_> = piped.lines().map(words_of_pipe).collect();
    let told: Vec<_> = lines.iter().map(|(_, line)| line.clone()).collect();
    anyhow::ensure!(piped == told, "the pipe says {piped:?}, the programs {told:?}");
    Ok(())
}

/// `INSTANCE "VI_1" MASTER 100` without quotes and priority.
fn words_of_pipe(line: &str) -> String {
    line.replace('"', "").split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Sequence numbers and what was told with them, in the order of the numbers: programs of several run side by side.
fn told_in_order(file: &Path) -> Result<Vec<(u64, String)>> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = |line: &str| {
        let (number, words) = line.split_once(' ').context("no number")?;
        Ok((number.parse()?, words.to_owned()))
    };
    let mut lines = text.lines().map(line).collect::<Result<Vec<_>>>()?;
    lines.sort();
    Ok(lines)
}

/// Nobody takes them at first; then another version sends them.
fn mails() -> Result<()> {
    let pair = Pair::new()?;
    let mail = "global_defs {\n notification_email {\n  admin@example.com\n }\n \
                notification_email_from ka@example.com\n smtp_server 127.0.0.1\n";
    let config = file(3, &[Instance::default().and(" smtp_alert\n")]).replacen("global_defs {\n", mail, 1);
    let installed = Installed::on(&pair.a)?;
    let daemon = installed.start(&pair.a, &config)?;
    let waiting =
        |count: u64| eventually("mails wait", PATIENCE, || Ok(status(&daemon)?["mails_waiting"] == count));
    eventually("it is Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    waiting(2)?;
    upgraded(&daemon)?;
    waiting(2)?;
    let sink = SmtpSink::start(&pair.a)?;
    waiting(0)?;
    upgraded(&daemon)?;
    pair.a.plug(false)?;
    eventually("the next mail", PATIENCE, || Ok(sink.mails().len() >= 3))?;
    let subjects: Vec<_> = sink.mails().into_iter().map(|mail| mail.subject).collect();
    let ends = ["BACKUP state", "MASTER state", "FAULT state"];
    let right = subjects.len() == 3 && subjects.iter().zip(ends).all(|(subject, end)| subject.ends_with(end));
    anyhow::ensure!(right, "{subjects:?}");
    Ok(())
}

/// What is open, without the numbers of inodes.
fn open_files(pid: u32) -> Result<BTreeMap<String, usize>> {
    let mut kinds = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
        let target = fs::read_link(entry?.path())?.display().to_string();
        let kind = target.split_once(":[").map_or(target.clone(), |(kind, _)| kind.to_owned());
        *kinds.entry(kind).or_default() += 1;
    }
    Ok(kinds)
}

fn ten_in_a_row() -> Result<()> {
    let pair = Pair::new()?;
    let (file_path, pipe) = (pair.a.dir().join("tracked"), pair.a.dir().join("pipe"));
    fs::write(&file_path, "5\n")?;
    let trackers = format!(
        "vrrp_track_file number {{\n file {}\n}}\nvrrp_script check {{\n script /bin/true\n interval 600\n}}\n",
        file_path.display()
    );
    let (reader, starts) = (pair.a.dir().join("reader.sh"), pair.a.dir().join("starts"));
    fs::write(&reader, format!("#!/bin/sh\necho started >> {}\nexec cat \"$1\"\n", starts.display()))?;
    fs::set_permissions(&reader, fs::Permissions::from_mode(0o755))?;
    let tracks = " track_script {\n check\n }\n track_file {\n number weight 1\n }\n";
    let config = file(3, &[Instance::default().and(tracks)]) + &trackers;
    let fifo = format!(
        "global_defs {{\n script_user root\n vrrp_notify_fifo {}\n vrrp_notify_fifo_script {}\n",
        pipe.display(),
        reader.display()
    );
    let installed = Installed::on(&pair.a)?;
    let mut daemon = installed.start(&pair.a, &config.replacen("global_defs {\n", &fifo, 1))?;
    let works = |daemon: &Daemon| {
        eventually("it is Master with 105", PATIENCE, || {
            let seen = instance(daemon, "VI_1");
            Ok(seen.is_ok_and(|i| i["state"] == "MASTER" && i["priority"] == 105))
        })
    };
    works(&daemon)?;
    let monitor = AddressMonitor::start(&pair.a)?;
    let pid = daemon.pid().context("it does not run")?;
    let before = (open_files(pid)?, daemon.processes().len());
    for _ in 0..10 {
        upgraded(&daemon)?;
    }
    let together: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..3).map(|_| scope.spawn(|| upgrade(&daemon, None))).collect();
        all.into_iter().map(|one| one.join().ok().and_then(Result::ok).unwrap_or_default()).collect()
    });
    let done = together.iter().filter(|(_, code)| *code == Some(0)).count();
    let refused =
        together.iter().filter(|(said, code)| *code == Some(1) && said.contains("nothing has changed"));
    anyhow::ensure!(done >= 1 && done + refused.count() == 3, "three at once: {together:?}");
    works(&daemon)?;
    let mut after = (BTreeMap::new(), 0);
    let same = eventually("as much is open, and runs, as before", PATIENCE, || {
        after = (open_files(pid)?, daemon.processes().len());
        Ok(after == before)
    });
    same.with_context(|| format!("before: {before:?}, after: {after:?}"))?;
    let started = fs::read_to_string(&starts)?;
    anyhow::ensure!(started.lines().count() == 1, "the reader of the pipe was started again:\n{started}");
    anyhow::ensure!(monitor.lines()?.is_empty(), "addresses changed: {:?}", monitor.lines()?);
    let processes = daemon.processes();
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    anyhow::ensure!(!daemon.pid_file().exists() && !pipe.exists() && !pair.a.holds(VIP.parse()?)?);
    let left = processes.iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()).count();
    anyhow::ensure!(left == 0, "{left} processes are left");
    Ok(())
}

/// The interface, its address and the settings that have to be given back at the end.
fn virtual_mac() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    let config = file(3, &[Instance::default().and(" use_vmac\n")]);
    let link = || pair.a.output("ip", &["-j", "link", "show", "vrrp.51"]);
    let setting = || {
        let path = "/proc/sys/net/ipv4/conf/eth0/arp_ignore";
        pair.a.output("cat", &[path])
    };
    let before = setting()?;
    let mut daemon = installed.start(&pair.a, &config)?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let monitor = AddressMonitor::start(&pair.a)?;
    let (was, during) = (link()?, setting()?);
    for _ in 0..2 {
        upgraded(&daemon)?;
        anyhow::ensure!(link()? == was && setting()? == during, "{was}\n{}", link()?);
        anyhow::ensure!(state(&daemon, "VI_1") == "MASTER");
    }
    anyhow::ensure!(monitor.lines()?.is_empty(), "addresses changed: {:?}", monitor.lines()?);
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    anyhow::ensure!(link().is_err(), "the interface is left behind");
    anyhow::ensure!(
        setting()? == before && before != during,
        "{before:?} became {during:?}, and {:?}",
        setting()?
    );
    Ok(())
}

/// Kills the daemon of a PID file at the end of a test.
struct Guard(u32);

impl Drop for Guard {
    fn drop(&mut self) {
        for pid in lab::family(self.0) {
            drop(lab::signal(pid, Signal::Kill));
        }
    }
}

fn background() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    let daemon = Daemon::new(&pair.a, &installed.0, &file(3, &[Instance::default()]))?;
    let inner = daemon.command();
    let mut command = Command::new(inner.get_program());
    command.args(inner.get_args().filter(|argument| *argument != "-n"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    anyhow::ensure!(pair.a.spawn(command)?.wait()?.success(), "it does not start");
    let pid = pid_in(&daemon.pid_file())?;
    let guard = Guard(u32::try_from(pid)?);
    await_holder(&[&pair.a], VIP, &pair.a)?;
    for _ in 0..2 {
        installed.replace()?;
        upgraded(&daemon)?;
        anyhow::ensure!(status(&daemon)?["pid"] == pid && state(&daemon, "VI_1") == "MASTER");
    }
    lab::signal(guard.0, Signal::Terminate)?;
    eventually("it stops", PATIENCE, || Ok(!daemon.pid_file().exists() && !pair.a.holds(VIP.parse()?)?))
}

/// The link that the daemon was started through leads to another version meanwhile.
fn through_a_link() -> Result<()> {
    let pair = Pair::new()?;
    let path = |name: &str| pair.a.dir().join(name);
    for version in ["vipd-1", "vipd-2"] {
        copy(&vipd(), &path(version))?;
    }
    let lead = |to: &str| -> Result<()> {
        std::os::unix::fs::symlink(to, path("link"))?;
        Ok(fs::rename(path("link"), path("vipd"))?)
    };
    lead("vipd-1")?;
    let daemon = Daemon::new(&pair.a, &path("vipd"), &file(3, &[Instance::default()]))?;
    let log = File::create(path("log"))?;
    let mut command = Command::new(path("vipd"));
    command.args(["run", "-f"]).arg(daemon.config_file()).arg("-p").arg(daemon.pid_file());
    let child = pair.a.spawn({
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command
    })?;
    let guard = Guard(child.id());
    await_holder(&[&pair.a], VIP, &pair.a)?;
    for version in ["vipd-2", "vipd-1"] {
        lead(version)?;
        upgraded(&daemon)?;
        let runs = fs::metadata(format!("/proc/{}/exe", guard.0))?.ino();
        anyhow::ensure!(runs == fs::metadata(path(version))?.ino(), "it does not run {version}");
        anyhow::ensure!(state(&daemon, "VI_1") == "MASTER");
    }
    Ok(())
}

/// Whenever it comes, the daemon stops in order.
fn stopped() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    for delay_millis in [0, 3, 6, 10, 15, 20, 30, 40, 60, 100] {
        let mut daemon = installed.start(&pair.a, &file(3, &[Instance::priority(255)]))?;
        eventually("it is Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
        let processes = std::thread::scope(|scope| -> Result<_> {
            let (socket, host) = (daemon.pid_file().with_extension("sock"), &pair.a);
            scope.spawn(move || {
                let mut command = Command::new(vipd());
                command.args(["upgrade", "--socket"]).arg(socket).stdout(Stdio::null()).stderr(Stdio::null());
                // What it is told depends on the moment.
                host.spawn(command).and_then(|mut child| Ok(child.wait()?))
            });
            std::thread::sleep(Duration::from_millis(delay_millis));
            let processes = daemon.processes();
            let ended = daemon.stop(PATIENCE)?;
            anyhow::ensure!(ended.success(), "after {delay_millis} ms it ends with {ended}");
            Ok(processes)
        })?;
        anyhow::ensure!(!pair.a.holds(VIP.parse()?)?, "after {delay_millis} ms its address stays");
        anyhow::ensure!(!daemon.pid_file().exists(), "after {delay_millis} ms its PID file stays");
        eventually("its processes are gone", PATIENCE, || {
            Ok(!processes.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists()))
        })?;
    }
    Ok(())
}

/// The earlier router is frozen between the exec and its leaving. That moment is short: whoever misses it tries again.
fn hanging_router(stop: bool) -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    let killed = "the earlier router does not leave: killing it";
    for _ in 0..20 {
        let mut daemon = installed.start(&pair.a, &file(3, &[Instance::priority(255)]))?;
        eventually("it is Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
        let (before, pid) = (daemon.log().matches(killed).count(), pid_in(&daemon.pid_file())?);
        let router = u32::try_from(pid_in(&daemon.router_pid_file())?)?;
        let monitor = AddressMonitor::start(&pair.a)?;
        let (said, code) = std::thread::scope(|scope| -> Result<_> {
            let asked = scope.spawn(|| upgrade(&daemon, None));
            at_once("it begins", || has_argument(pid, "--role=upgraded"))?;
            lab::signal(router, Signal::Freeze)?;
            if stop {
                // Told to leave, and not yet killed for not leaving.
                std::thread::sleep(Duration::from_millis(400));
                lab::signal(u32::try_from(pid)?, Signal::Terminate)?;
            }
            asked.join().map_err(|_| anyhow::anyhow!("a panic"))?
        })?;
        let ended = if stop { daemon.wait(PATIENCE)? } else { None };
        if daemon.log().matches(killed).count() > before {
            if stop {
                let left = ended.context("it does not stop")?.success() && !pair.a.holds(VIP.parse()?)?;
                anyhow::ensure!(left, "its address stays");
            } else {
                anyhow::ensure!(code == Some(0) && state(&daemon, "VI_1") == "MASTER", "{code:?}: {said}");
                anyhow::ensure!(monitor.lines()?.is_empty(), "addresses changed: {:?}", monitor.lines()?);
            }
            return Ok(());
        }
        // It had left already, or a stop came before it was told to leave.
        drop(daemon);
        pair.a.forget_foreign_addresses()?;
    }
    anyhow::bail!("the moment was missed twenty times")
}

/// Waits without a pause, for what lasts for a moment only.
fn at_once(what: &str, happens: impl Fn() -> bool) -> Result<()> {
    let end = std::time::Instant::now() + PATIENCE;
    while !happens() {
        anyhow::ensure!(std::time::Instant::now() < end, "{what}: not within {PATIENCE:?}");
    }
    Ok(())
}

fn has_argument(pid: u64, argument: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default().contains(argument)
}

/// The router of the new version, as soon as there is one.
fn new_router(daemon: u64, earlier: u32) -> Result<u32> {
    let find = || {
        let children = fs::read_to_string(format!("/proc/{daemon}/task/{daemon}/children")).ok()?;
        let mut children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        children.find(|pid| *pid != earlier && has_argument(u64::from(*pid), "--role=router"))
    };
    at_once("it starts a router", || find().is_some())?;
    find().context("it is gone again")
}

/// An upgrade in which the new router is frozen, and the earlier one before it where that is asked for. What `vipd upgrade`
/// says, its exit code, and the new router.
fn with_new_router_frozen(
    daemon: &Daemon,
    earlier_too: bool,
    then: impl Fn(u32) -> Result<()>,
) -> Result<(String, Option<i32>, u32)> {
    let pid = pid_in(&daemon.pid_file())?;
    let earlier = u32::try_from(pid_in(&daemon.router_pid_file())?)?;
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| upgrade(daemon, None));
        at_once("it begins", || has_argument(pid, "--role=upgraded"))?;
        if earlier_too {
            lab::signal(earlier, Signal::Freeze)?;
        }
        let new = new_router(pid, earlier)?;
        lab::signal(new, Signal::Freeze)?;
        then(new)?;
        let (said, code) = asked.join().map_err(|_| anyhow::anyhow!("a panic"))??;
        Ok((said, code, new))
    })
}

/// The new router is told what to run while it is frozen, because the earlier one, frozen too, had to be killed, and dies
/// then. That moment is short: whoever misses it tries again.
fn new_router_dies() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    for _ in 0..20 {
        let daemon = installed.start(&pair.a, &file(3, &[Instance::priority(255)]))?;
        eventually("it is Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
        let monitor = AddressMonitor::start(&pair.a)?;
        let (said, code, new) = with_new_router_frozen(&daemon, true, |new| {
            let is_router = || pid_in(&daemon.router_pid_file()).is_ok_and(|pid| pid == u64::from(new));
            let is_gone = || !Path::new(&format!("/proc/{new}")).exists();
            // One that was frozen before it had opened its sockets goes on in small steps. After the last of them the
            // earlier one has a second to leave.
            eventually("it is the router", PATIENCE, || {
                lab::signal(new, Signal::Continue)?;
                std::thread::sleep(Duration::from_millis(5));
                lab::signal(new, Signal::Freeze)?;
                std::thread::sleep(Duration::from_millis(1200));
                Ok(is_router() || is_gone())
            })?;
            Ok(lab::signal(new, Signal::Kill)?)
        })?;
        eventually("another router works", PATIENCE, || {
            let now = status(&daemon)?;
            Ok(now["router_pid"] != new && state(&daemon, "VI_1") == "MASTER")
        })?;
        if said.contains(&format!("but the router process {new} died")) {
            anyhow::ensure!(code == Some(1), "{code:?}: {said}");
            anyhow::ensure!(status(&daemon)?["router_restarts"] == 1, "{}", status(&daemon)?);
            anyhow::ensure!(monitor.lines()?.is_empty(), "addresses changed: {:?}", monitor.lines()?);
            upgraded(&daemon)?;
            return Ok(());
        }
        // It was frozen too early, or too late.
        drop(daemon);
        pair.a.forget_foreign_addresses()?;
    }
    anyhow::bail!("the moment was missed twenty times")
}

/// The earlier one works until another one has opened its sockets.
fn new_router_hangs() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    let given_up = "does not open its sockets; it was stopped by a signal: killing it";
    for _ in 0..20 {
        let daemon = installed.start(&pair.a, &file(3, &[Instance::priority(255)]))?;
        eventually("it is Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
        let monitor = AddressMonitor::start(&pair.a)?;
        let before = daemon.log().matches(given_up).count();
        let (said, code, new) = with_new_router_frozen(&daemon, false, |new| {
            let is_router = || pid_in(&daemon.router_pid_file()).is_ok_and(|pid| pid == u64::from(new));
            eventually("it is given up, or too far already", PATIENCE, || {
                Ok(is_router() || daemon.log().matches(given_up).count() > before)
            })?;
            if is_router() { Ok(lab::signal(new, Signal::Continue)?) } else { Ok(()) }
        })?;
        if code != Some(0) {
            let clear = format!("the new router process {new} died");
            let both = said.contains(&clear) && said.contains("the earlier one works on");
            anyhow::ensure!(code == Some(1) && both, "{code:?}: {said}");
            eventually("another router works", PATIENCE, || {
                Ok(daemon.log().contains("Upgraded: ") && state(&daemon, "VI_1") == "MASTER")
            })?;
            anyhow::ensure!(monitor.lines()?.is_empty(), "addresses changed: {:?}", monitor.lines()?);
            return Ok(());
        }
        drop(daemon);
        pair.a.forget_foreign_addresses()?;
    }
    anyhow::bail!("the moment was missed twenty times")
}

/// sd_notify(3): RELOADING=1 with the time, then READY=1.
fn service_manager() -> Result<()> {
    let pair = Pair::new()?;
    let path = pair.a.dir().join("notify-socket");
    let socket = UnixDatagram::bind(&path)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let installed = Installed::on(&pair.a)?;
    let mut daemon = Daemon::new(&pair.a, &installed.0, &file(3, &[Instance::default()]))?
        .with_variable("NOTIFY_SOCKET", path.as_os_str());
    daemon.start()?;
    let said = || -> Result<Vec<String>> {
        let mut bytes = [0; 1024];
        let length = socket.recv(&mut bytes).context("the service manager hears nothing")?;
        Ok(String::from_utf8_lossy(&bytes[..length]).lines().map(str::to_owned).collect())
    };
    anyhow::ensure!(said()? == ["READY=1"]);
    await_holder(&[&pair.a], VIP, &pair.a)?;
    for _ in 0..2 {
        upgraded(&daemon)?;
        let reloading = said()?;
        let [first, second] = &reloading[..] else { anyhow::bail!("{reloading:?}") };
        let usec = second.strip_prefix("MONOTONIC_USEC=").and_then(|number| number.parse::<u64>().ok());
        anyhow::ensure!(first == "RELOADING=1" && usec.is_some_and(|usec| usec > 0), "{reloading:?}");
        anyhow::ensure!(said()? == ["READY=1"]);
    }
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    anyhow::ensure!(said()? == ["STOPPING=1"]);
    Ok(())
}

/// This very program in the place of a new version. What it does is told by the name of its file.
pub(crate) fn stand_in() -> Option<ExitCode> {
    let role = std::env::args().nth(1)?.strip_prefix("--role=")?.to_owned();
    let own = std::env::current_exe().ok()?;
    let consent = || {
        println!("{{\"resumes_as\":\"9.9.9\"}}");
        Some(ExitCode::SUCCESS)
    };
    match (own.file_name()?.to_str()?, role.as_str()) {
        ("hangs", "asked") => loop {
            std::thread::sleep(PATIENCE);
        },
        // The real program, as if the state were of another format.
        ("of_another_format", "asked") => {
            let state = std::io::read_to_string(std::io::stdin()).ok()?;
            let mut command = Command::new(own.with_file_name("keepalived"));
            let mut child = command.args(std::env::args_os().skip(1)).stdin(Stdio::piped()).spawn().ok()?;
            let other = state.replacen("\"format\":1", "\"format\":77", 1);
            child.stdin.take()?.write_all(other.as_bytes()).ok()?;
            let code = child.wait().ok()?.code()?;
            Some(ExitCode::from(u8::try_from(code).ok()?))
        }
        ("not_executable_any_more", "asked") => {
            fs::set_permissions(&own, fs::Permissions::from_mode(0o644)).ok()?;
            consent()
        }
        ("writes_the_configuration", "asked") => {
            let file = std::env::args().skip_while(|argument| argument != "-f").nth(1)?;
            fs::write(file, "vrrp_sync_group G {\n group {\n NOBODY\n }\n}\n").ok()?;
            consent()
        }
        ("dies_at_once", "asked") => consent(),
        ("dies_at_once" | "writes_the_configuration", _) => Some(ExitCode::from(9)),
        (_, _) => None,
    }
}

/// Each says why, to the one who asked and in the log, and the router is the same throughout.
fn refusals() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    let secret = Instance { password: Some("secret".into()), ..Instance::priority(150) };
    let config = file(2, std::slice::from_ref(&secret));
    let daemon = installed.start(&pair.a, &config)?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let router = status(&daemon)?["router_pid"].clone();
    let path = |name: &str| pair.a.dir().join(name);
    for stand_in in ["hangs", "of_another_format", "not_executable_any_more", "writes_the_configuration"] {
        copy(&std::env::current_exe()?, &path(stand_in))?;
    }
    fs::write(path("data"), "\u{7f}ELF and no more")?;
    fs::write(path("script"), "#!/bin/sh\nexit 0\n")?;
    fs::set_permissions(path("script"), fs::Permissions::from_mode(0o755))?;
    let refused = |binary: &Path, why: &str| -> Result<()> {
        let (said, code) = upgrade(&daemon, Some(binary))?;
        let clear =
            code == Some(1) && said.starts_with("not upgraded, nothing has changed: ") && said.contains(why);
        anyhow::ensure!(clear, "{} ended with {code:?}: {said}", binary.display());
        anyhow::ensure!(daemon.log().contains(why), "the log does not say {why}");
        let now = status(&daemon)?;
        anyhow::ensure!(now["router_pid"] == router && state(&daemon, "VI_1") == "MASTER", "{now}");
        Ok(())
    };
    refused(&path("missing"), "No such file")?;
    refused(&path("data"), "nobody may execute it")?;
    refused(&path("script"), "no program for this machine")?;
    refused(Path::new("/bin/true"), "does not answer as a vipd does")?;
    refused(Path::new("/bin/false"), "exit status: 1")?;
    refused(Path::new("/bin/cat"), "cat: ")?;
    refused(&path("of_another_format"), "reads format 1 only")?;
    refused(&path("hangs"), "did not answer within 10 s")?;
    refused(&path("not_executable_any_more"), "cannot execute")?;
    refused(&path("writes_the_configuration"), "contradicts itself")?;
    daemon.configure(&config)?;
    // The other command line of the same version.
    refused(&vipd(), "error: ")?;
    daemon.configure(&config.replace("priority 150", "priority 151"))?;
    refused(&installed.0, "reload the daemon first")?;
    daemon.configure(&config.replace("priority 150", "prioritty 150"))?;
    refused(&installed.0, "reload the daemon first")?;
    fs::remove_file(daemon.config_file())?;
    refused(&installed.0, "cannot read the configuration")?;
    // The router understands a reload as before, the password included.
    daemon.configure(&file(2, &[Instance { priority: 160, ..secret }]))?;
    let capture = pair.world.capture()?;
    let mut daemon = daemon;
    daemon.reload()?;
    eventually("the new priority", PATIENCE, || {
        Ok(capture.adverts(51).last().is_some_and(|advert| advert.priority == 160))
    })?;
    let adverts = capture.adverts(51);
    let password = |advert: &lab::Advert| advert.payload.ends_with(b"secret\0\0");
    anyhow::ensure!(adverts.iter().all(password), "{adverts:?}");
    upgraded(&daemon)?;
    anyhow::ensure!(state(&daemon, "VI_1") == "MASTER" && status(&daemon)?["router_pid"] != router);
    Ok(())
}

/// Nobody is left, so the router leaves in order, as when any supervisor dies.
fn dies_at_once() -> Result<()> {
    let pair = Pair::new()?;
    let installed = Installed::on(&pair.a)?;
    let a = installed.start(&pair.a, &file(3, &[Instance::priority(150)]))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let b = installed.start(&pair.b, &file(3, &[Instance::priority(50)]))?;
    eventually("ServerB is Backup", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    let capture = pair.world.capture()?;
    let binary = pair.a.dir().join("dies_at_once");
    copy(&std::env::current_exe()?, &binary)?;
    let (said, code) = upgrade(&a, Some(&binary))?;
    anyhow::ensure!(code == Some(2) && said.contains("without an answer"), "{code:?}: {said}");
    await_holder(&pair.servers(), VIP, &pair.b)?;
    let last = capture.adverts(51).into_iter().rfind(|advert| Some(advert.from) == pair.a.address());
    anyhow::ensure!(last.as_ref().is_some_and(|advert| advert.priority == 0), "its last word was {last:?}");
    Ok(())
}
