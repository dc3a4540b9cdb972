//! How the daemon lives among other processes: the same names of files and processes as keepalived, beside it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use lab::{Daemon, Host, Signal};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{daemon, debian_keepalived, vipd};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("process::files_are_called_as_keepalived_calls_them", files),
        test("process::exit_codes_are_keepalived_s", exit_codes),
        test("process::addresses_core_dumps_and_log_files", options),
        test("process::a_reload_at_a_written_time", reload_time),
        test("process::a_reload_is_checked_and_marked", reload_files),
        test("process::memberships_of_the_link_are_not_reported", local_igmp),
        test("process::each_configuration_is_saved", saved),
        test("process::a_daemon_in_a_namespace_serves_there", namespace),
    ]
}

/// A daemon without options for its files.
struct Plain {
    child: Child,
    folder: PathBuf,
}

impl Plain {
    /// Starts it with its configuration, dumps and log in the folder, and waits until it takes signals.
    fn start(host: &Host, program: &Path, folder: &str, config: &str, options: &[&str]) -> Result<Self> {
        let folder = host.dir().join(folder);
        fs::create_dir_all(folder.join("dumps"))?;
        fs::write(folder.join("k.conf"), config)?;
        let log = fs::File::create(folder.join("log"))?;
        let mut command = Command::new(program);
        command.args(["-n", "-l", "-G", "-f"]).arg(folder.join("k.conf")).args(options);
        command.env("TMPDIR", folder.join("dumps")).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut this = Self { child: host.spawn(command)?, folder };
        eventually("the daemon takes signals", PATIENCE, || {
            anyhow::ensure!(this.child.try_wait()?.is_none(), "it has ended:\n{}", this.log());
            Ok(["Startup complete", "Starting vipd"].iter().any(|words| this.log().contains(words)))
        })?;
        Ok(this)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Names of the dumps of the state, once there are both.
    fn dumps(&self) -> Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        let mut looked = 0;
        eventually("dumps of the state", PATIENCE, || {
            // A signal is lost while keepalived's processes are not ready for it.
            if looked % 50 == 0 {
                lab::signal(self.child.id(), Signal::Dump)?;
            }
            looked += 1;
            names = fs::read_dir(self.folder.join("dumps"))?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<Result<_>>()?;
            names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "data"));
            Ok(names.len() == 2)
        })?;
        Ok(names)
    }

    fn stop(mut self) -> Result<()> {
        lab::signal(self.child.id(), Signal::Terminate)?;
        let mut status = None;
        eventually("it leaves", PATIENCE, || {
            status = self.child.try_wait()?;
            Ok(status.is_some())
        })?;
        let status = status.context("no status")?;
        anyhow::ensure!(status.code() == Some(0), "it ends with {status} (signal {:?})", status.signal());
        Ok(())
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            for pid in lab::family(self.child.id()) {
                drop(lab::signal(pid, Signal::Kill));
            }
            drop(self.child.wait());
        }
    }
}

/// Of the other test.
const ELSEWHERE: &str = "/run/keepalived/inside";

/// PID files below /run with the names of the processes in them.
fn pid_files() -> Result<BTreeSet<(String, String)>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::from("/run")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() && path.starts_with("/run/keepalived") && path != Path::new(ELSEWHERE) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "pid") {
                let pid = fs::read_to_string(&path)?;
                let name = fs::read_to_string(format!("/proc/{}/comm", pid.trim())).unwrap_or_default();
                found.insert((path.display().to_string(), name.trim().to_owned()));
            }
        }
    }
    Ok(found)
}

/// A host with a named network namespace that has an eth0 of its own.
struct Place {
    _world: lab::World,
    host: Host,
    namespace: &'static str,
}

impl Place {
    fn new(namespace: &'static str) -> Result<Self> {
        let mut world = vipd_tests::world()?;
        let host = world.host("Outside", &["192.168.200.1/24"])?;
        let this = Self { _world: world, host, namespace };
        this.host.output("ip", &["netns", "add", namespace])?;
        this.ip("link add eth0 type veth peer name peer0")?;
        for interface in ["lo", "peer0", "eth0"] {
            this.ip(&format!("link set {interface} up"))?;
        }
        this.ip("address add 192.168.200.2/24 dev eth0")?;
        Ok(this)
    }

    /// `ip` inside.
    fn ip(&self, arguments: &str) -> Result<String> {
        let arguments: Vec<_> = ["-n", self.namespace].into_iter().chain(arguments.split(' ')).collect();
        self.host.output("ip", &arguments)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.host.output("ip", &["netns", "delete", self.namespace]));
    }
}

/// PID files, dumps and processes of both programs for the same configurations.
fn files() -> Result<()> {
    const NAMES: &str = "global_defs {\n  process_name main_process\n  vrrp_process_name vrrp_process\n}\n";
    let place = Place::new("files")?;
    let dumps = "global_defs {\n  data_use_instance\n}\n";
    for (number, (lines, options)) in [
        (String::new(), &[][..]),
        ("use_pid_dir\n".to_owned(), &[]),
        (format!("instance foo\ninstance bar\n{dumps}"), &[]),
        ("net_namespace files\n".to_owned(), &[]),
        (format!("net_namespace files\ninstance foo\n{dumps}"), &[]),
        ("net_namespace elsewhere\n".to_owned(), &["-s", "files"]),
        (format!("instance foo\n{dumps}"), &["-p", "/run/chosen.pid"]),
    ]
    .into_iter()
    .enumerate()
    {
        let config = format!("{lines}{NAMES}{}", file(3, &[Instance::priority(100)]));
        let mut seen = Vec::new();
        for program in [debian_keepalived()?, daemon()] {
            let running = Plain::start(&place.host, &program, &number.to_string(), &config, options)?;
            eventually("both processes say who they are", PATIENCE, || {
                // At first the supervisor holds the router's file, too.
                let files = pid_files()?;
                let named = |name: &str| files.iter().filter(|(_, process)| process == name).count();
                Ok(named("main_process") == 1 && named("vrrp_process") == 1)
            })?;
            seen.push((pid_files()?, running.dumps()?));
            running.stop()?;
            eventually("no PID file is left", PATIENCE, || Ok(pid_files()?.is_empty()))?;
        }
        anyhow::ensure!(seen[0] == seen[1], "{lines}{options:?}:\n{seen:#?}");
    }
    Ok(())
}

/// `disable_local_igmp`, beside keepalived: cleared while it runs, and given back at the end; by us also with a reload, and after
/// everything was killed.
fn local_igmp() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.1/24"])?;
    let plain = file(3, &[Instance::priority(255)]);
    let quiet = plain.replacen("global_defs {", "global_defs {\n  disable_local_igmp", 1);
    let reports = || -> Result<String> {
        let path = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";
        Ok(host.output("cat", &[path])?.trim().to_owned())
    };
    let becomes = |wanted: &str| {
        eventually(&format!("igmp_link_local_mcast_reports is {wanted}"), PATIENCE, || {
            Ok(reports()? == wanted)
        })
    };
    for (program, folder) in [(debian_keepalived()?, "theirs"), (daemon(), "ours")] {
        let mut running = Daemon::in_folder(&host, &program, &quiet, folder)?;
        running.start()?;
        becomes("0")?;
        eventually("it serves", PATIENCE, || host.holds(VIP.parse()?))?;
        running.stop(PATIENCE)?;
        anyhow::ensure!(reports()? == "1", "{folder}: it is not given back");
    }
    // keepalived wants to be started again for a change.
    let mut killed = Daemon::in_folder(&host, &daemon(), &plain, "ours")?;
    killed.start()?;
    eventually("it serves", PATIENCE, || host.holds(VIP.parse()?))?;
    for (config, wanted) in [(&quiet, "0"), (&plain, "1"), (&quiet, "0")] {
        killed.configure(config)?;
        killed.reload()?;
        becomes(wanted)?;
    }
    becomes("0")?;
    killed.kill(|| ())?;
    killed.configure(&plain)?;
    killed.start()?;
    becomes("1")
}

/// `config_save_dir`, beside keepalived: one copy for each time that the file is read.
fn saved() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.1/24"])?;
    for (program, folder) in [(debian_keepalived()?, "theirs"), (daemon(), "ours")] {
        let directory = host.dir().join(folder).join("saved");
        let config = |text: &str| {
            let more =
                format!("global_defs {{\n  config_save_dir {}\n  router_id {text}\n", directory.display());
            file(3, &[Instance::priority(255)]).replacen("global_defs {", &more, 1)
        };
        let mut running = Daemon::in_folder(&host, &program, &config("first"), folder)?;
        let copies = || -> Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::read_dir(&directory).into_iter().flatten() {
                names.push(entry?.file_name().to_string_lossy().into_owned());
            }
            names.retain(|name| name.starts_with("keepalived.conf."));
            names.sort();
            Ok(names)
        };
        running.start()?;
        eventually("it serves", PATIENCE, || host.holds(VIP.parse()?))?;
        let pid = running.pid().context("it has ended")?;
        anyhow::ensure!(copies()? == [format!("keepalived.conf.{pid}.0")], "{folder}: {:?}", copies()?);
        running.configure(&config("second"))?;
        running.reload()?;
        eventually("there is a second copy", PATIENCE, || Ok(copies()?.len() == 2))?;
        anyhow::ensure!(
            copies()?.last() == Some(&format!("keepalived.conf.{pid}.1")),
            "{folder}: {:?}",
            copies()?
        );
        for (copy, id) in copies()?.iter().zip(["first", "second"]) {
            let path = directory.join(copy);
            eventually(&format!("{copy} is whole"), PATIENCE, || {
                Ok(fs::read_to_string(&path)?.contains(&format!("router_id {id}")))
            })?;
            let mode = fs::metadata(&path)?.permissions().mode();
            anyhow::ensure!(mode & 0o777 == 0o600, "{folder}: the mode of {copy} is {mode:o}");
        }
        running.stop(PATIENCE)?;
    }
    Ok(())
}

/// The address is in the namespace and not where the daemon was started; one that does not exist is named.
fn namespace() -> Result<()> {
    let place = Place::new("inside")?;
    let config = format!("net_namespace inside\n{}", file(3, &[Instance::priority(255)]));
    let running = Plain::start(&place.host, &daemon(), "inside", &config, &[])?;
    eventually("the address is inside", PATIENCE, || Ok(place.ip("address show dev eth0")?.contains(VIP)))?;
    anyhow::ensure!(!place.host.holds(VIP.parse()?)?, "the address is outside, too");
    let mut command = Command::new(vipd());
    command.args(["status", "--json", "--socket"]).arg(Path::new(ELSEWHERE).join("keepalived.sock"));
    let output = command.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Another version goes on inside.
    let mut upgrade = Command::new(vipd());
    upgrade.args(["upgrade", "--socket"]).arg(Path::new(ELSEWHERE).join("keepalived.sock"));
    let output = upgrade.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    anyhow::ensure!(place.ip("address show dev eth0")?.contains(VIP), "the address is gone");
    anyhow::ensure!(!place.host.holds(VIP.parse()?)?, "the address is outside, too");
    // A reload cannot move it.
    fs::write(running.folder.join("k.conf"), config.replace("inside", "elsewhere"))?;
    lab::signal(running.child.id(), Signal::Reload)?;
    eventually("the log says that it stays", PATIENCE, || {
        Ok(running.log().contains("a reload cannot change the network namespace from inside to elsewhere"))
    })?;
    running.stop()?;
    anyhow::ensure!(!place.ip("address show dev eth0")?.contains(VIP), "the address has stayed");
    let mut command = Command::new(daemon());
    let missing =
        command.args(["-n", "-l", "-G", "-s", "nowhere", "-f"]).arg(place.host.dir().join("inside/k.conf"));
    let output = missing.output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.code() == Some(1) && text.contains("ip netns add nowhere"), "{text}");
    Ok(())
}

/// Both programs: the time in the file comes, the file is removed, and the new configuration is in force. A time that is
/// over or cancelled does nothing.
fn reload_time() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let other = "192.168.200.101".parse()?;
    for (program, name) in [(debian_keepalived()?, "Theirs"), (daemon(), "Ours")] {
        let host = world.host(name, &["192.168.200.1/24"])?;
        let time = host.dir().join("time");
        let config = |vip: &str| {
            let instance = Instance::priority(255).with_addresses(&[vip]);
            let text = file(3, &[instance]);
            text.replace("  router_id", &format!("  reload_time_file {}\n  router_id", time.display()))
        };
        fs::write(&time, "2001-01-01 00:00:00Z\n")?;
        let mut node = Daemon::new(&host, &program, &config(VIP))?;
        node.start()?;
        eventually("it serves", PATIENCE, || host.holds(VIP.parse()?))?;
        node.configure(&config("192.168.200.101"))?;
        fs::write(&time, "2099-01-01 00:00:00Z\n")?;
        let soon = |seconds: i64| {
            host.output("date", &["-u", "-d", &format!("{seconds} seconds"), "+%Y-%m-%d %H:%M:%SZ"])
        };
        let planned = soon(1)?;
        anyhow::ensure!(!host.holds(other)?, "{}: it has not waited", program.display());
        fs::write(&time, soon(3)?)?;
        eventually("the file is removed and its configuration in force", PATIENCE, || {
            Ok(!time.exists() && host.holds(other)?)
        })?;
        anyhow::ensure!(soon(0)? > planned, "{}: it has not waited for {planned}", program.display());
        node.stop(PATIENCE)?;
    }
    Ok(())
}

/// Both programs: who set the file of `reload_file` sees it removed once the configuration has been read. What is wrong with
/// a file is written where `reload_check_config` says, and nothing changes; keepalived's check needs other groups than a user
/// namespace has.
fn reload_files() -> Result<()> {
    let mut world = vipd_tests::world()?;
    for (program, name) in [(debian_keepalived()?, "Theirs"), (daemon(), "Ours")] {
        let host = world.host(name, &["192.168.200.1/24"])?;
        let (report, marker) = (host.dir().join("report"), host.dir().join("marker"));
        let check = format!("  reload_check_config {}\n", report.display());
        let check = if name == "Ours" { check } else { String::new() };
        let lines = format!("{check}  reload_file {}\n  router_id", marker.display());
        let config = file(3, &[Instance::priority(255)]).replace("  router_id", &lines);
        let mut node = Daemon::new(&host, &program, &config)?;
        node.start()?;
        eventually("it serves", PATIENCE, || host.holds(VIP.parse()?))?;
        if name == "Ours" {
            node.configure(&config.replace("virtual_router_id 51", "virtual_router_id 0"))?;
            let line = config.lines().take_while(|line| !line.contains("virtual_router_id")).count() + 1;
            node.reload()?;
            eventually("the report says what is wrong", PATIENCE, || {
                Ok(fs::read_to_string(&report)
                    .unwrap_or_default()
                    .contains(&format!("keepalived.conf:{line}:")))
            })?;
            anyhow::ensure!(host.holds(VIP.parse()?)?, "the address is gone");
        }
        node.configure(&config.replace(VIP, "192.168.200.101"))?;
        fs::write(&marker, "waiting")?;
        node.reload()?;
        eventually("the marker is removed", PATIENCE, || Ok(!marker.exists()))?;
        eventually("the new address is there", PATIENCE, || host.holds("192.168.200.101".parse()?))?;
        node.stop(PATIENCE)?;
    }
    Ok(())
}

/// The same command lines, the same codes; what differs on purpose is in docs/compatibility.md.
fn exit_codes() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let mut seen = Vec::new();
    for (program, name) in [(debian_keepalived()?, "Theirs"), (daemon(), "Ours")] {
        let host = world.host(name, &["192.168.200.1/24"])?;
        let good = host.dir().join("daemon/keepalived.conf").display().to_string();
        let lacking = host.dir().join("lacking.conf").display().to_string();
        let mut node = Daemon::new(&host, &program, &file(3, &[Instance::priority(255)]))?;
        fs::write(&lacking, format!("include /nowhere/none.conf\n{}", fs::read_to_string(&good)?))?;
        node.start()?;
        eventually("it serves", PATIENCE, || host.holds(VIP.parse()?))?;
        let files = ["-p", "-r", "-c", "-b"].map(|option| {
            let path = match option {
                "-p" => node.pid_file(),
                "-r" => node.router_pid_file(),
                _ => host.dir().join(option),
            };
            format!("{option}{}", path.display())
        });
        let code = |arguments: &[&str]| -> Result<Option<i32>> {
            let mut command = Command::new(&program);
            command.args(arguments).args(&files);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = host.spawn(command)?;
            let mut status = None;
            eventually(&format!("{arguments:?} ends"), PATIENCE, || {
                status = child.try_wait()?;
                Ok(status.is_some())
            })?;
            Ok(status.and_then(|status| status.code()))
        };
        let mut codes = Vec::new();
        for arguments in [
            &["-n", "-l", "-f", &good][..],
            &["-n", "-l", "-f", "/nowhere/none.conf"],
            &["-l", "-f", "/nowhere/none.conf"],
            &["-n", "-l", "-f", "/run"],
            &["-n", "-l", "-e", "-f", &lacking],
            &["--xyz"],
            &["--signum=STOP"],
            &["--signum=FOO"],
            &["-v"],
            &["-h"],
        ] {
            let words: Vec<_> = arguments.iter().map(|word| word.replace(name, "HOST")).collect();
            codes.push((words.join(" "), code(arguments)?));
        }
        codes.push(("SIGTERM".to_owned(), node.stop(PATIENCE)?.code()));
        seen.push(codes);
    }
    anyhow::ensure!(seen[0] == seen[1], "{seen:#?}");
    Ok(())
}

/// `-a` and `-m` beside keepalived, and `-g`, for which Debian's keepalived is not built.
fn options() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let mut limits = Vec::new();
    for (program, name) in [(debian_keepalived()?, "Theirs"), (daemon(), "Ours")] {
        let host = world.host(name, &["192.168.200.1/24"])?;
        let log = host.dir().join("k.log");
        let option = format!("-g{}", log.display());
        let mut options = vec!["-a", "-m"];
        options.extend((name == "Ours").then_some(option.as_str()));
        let config = file(3, &[Instance::priority(100)]);
        let mut node = Daemon::new(&host, &program, &config)?.with_options(&options);
        node.start()?;
        let says = |node: &Daemon, words: &str| {
            eventually(words, PATIENCE, || Ok(node.log().lines().any(|line| line.ends_with(words))))
        };
        says(&node, "Netlink reflector reports IP 192.168.200.1 added to eth0")?;
        host.output("ip", &["address", "add", "10.9.9.9/24", "dev", "eth0"])?;
        says(&node, "Netlink reflector reports IP 10.9.9.9 added to eth0")?;
        host.output("ip", &["address", "delete", "10.9.9.9/24", "dev", "eth0"])?;
        says(&node, "Netlink reflector reports IP 10.9.9.9 removed from eth0")?;
        for file in [node.pid_file(), node.router_pid_file()] {
            let limit = fs::read_to_string(format!("/proc/{}/limits", fs::read_to_string(file)?.trim()))?;
            let core = limit.lines().find(|line| line.starts_with("Max core file size")).map(str::to_owned);
            limits.push(core.context("no limit")?);
        }
        if name == "Ours" {
            let supervisor = fs::read_to_string(&log)?;
            anyhow::ensure!(supervisor.contains("Starting vipd"), "{supervisor}");
            let router = fs::read_to_string(host.dir().join("k_vrrp.log"))?;
            anyhow::ensure!(
                router.contains("10.9.9.9 removed") && !router.contains("Starting vipd"),
                "{router}"
            );
        }
        node.stop(PATIENCE)?;
    }
    anyhow::ensure!(limits.iter().all(|limit| *limit == limits[0]), "{limits:#?}");
    Ok(())
}
