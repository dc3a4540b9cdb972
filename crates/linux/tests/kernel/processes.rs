//! Roles, privileges, scheduling, PID files.

use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use config::model::Process;
use linux::pidfile::{PidFile, PidFileError};
use linux::process;
use linux::scheduling::Scheduling;

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    ("a_role_has_its_name_and_its_socket", a_role_has_its_name_and_its_socket),
    ("signals_are_read_in_order_of_arrival", signals_are_read_in_order_of_arrival),
    ("a_router_keeps_only_the_network", a_router_keeps_only_the_network),
    ("nobody_has_nothing", nobody_has_nothing),
    ("scheduling_is_set", scheduling_is_set),
    ("scheduling_is_taken_back", scheduling_is_taken_back),
    (
        "who_computes_for_too_long_is_ordinary_until_it_waits",
        who_computes_for_too_long_is_ordinary_until_it_waits,
    ),
    ("what_cannot_be_scheduled_is_told", what_cannot_be_scheduled_is_told),
    ("a_pid_file_is_exclusive", a_pid_file_is_exclusive),
    ("a_stale_pid_file_is_in_nobodys_way", a_stale_pid_file_is_in_nobodys_way),
];

/// What the program does when a test starts it again: tells about itself through its standard input.
pub(crate) fn role(name: &str) {
    use std::io::Write as _;
    use std::os::fd::AsFd;

    let mut report = String::new();
    match name {
        "role:router" => process::drop_privileges_to_net().unwrap(),
        "role:mailer" => process::become_nobody().unwrap(),
        "role:scheduled" => {
            let wanted = Process {
                nice: Some(5),
                rt_priority: Some(7),
                rlimit_rttime_us: 10_000,
                cpu_affinity: vec![0],
                no_swap: true,
                ..Process::default()
            };
            report.push_str(&Scheduling::start().apply(&wanted).join("\n"));
        }
        "role:taken back" => {
            let wanted = Process {
                nice: Some(5),
                cpu_affinity: vec![0],
                rt_priority: Some(7),
                no_swap: true,
                ..Process::default()
            };
            let mut scheduling = Scheduling::start();
            scheduling.apply(&wanted);
            scheduling.apply(&Process::default());
        }
        "role:overrun" => report.push_str(&overrun()),
        "role:signals" => report.push_str(&signals()),
        _ => {}
    }
    report.push_str(&fs::read_to_string("/proc/self/status").unwrap());
    report.push_str(&fs::read_to_string("/proc/self/limits").unwrap());
    report.push_str(&fs::read_to_string("/proc/self/stat").unwrap());
    let command = fs::read_to_string("/proc/self/cmdline").unwrap().replace('\0', " ");
    writeln!(report, "audit: {:?}\ncommand: {command}", process::audit()).unwrap();
    let socket = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    UnixStream::from(socket).write_all(report.as_bytes()).unwrap();
}

fn signals() -> String {
    use rustix::process::{Signal, getpid, kill_process};

    let wanted = [Signal::TERM.as_raw(), Signal::HUP.as_raw()];
    let signals = linux::signals::Signals::new(&wanted).unwrap();
    let mut poller = linux::poll::Poller::new().unwrap();
    poller.add(signals.fd(), 1).unwrap();
    let mut ready = Vec::new();
    let mut told = format!("before: {:?}\n", signals.read());
    for signal in [Signal::HUP, Signal::TERM] {
        kill_process(getpid(), signal).unwrap();
        poller.wait(None, &mut ready).unwrap();
        writeln!(told, "ready {ready:?}: {:?}", signals.read()).unwrap();
    }
    let mut command = std::process::Command::new("cat");
    command.arg("/proc/self/status");
    let mask = |command: &mut std::process::Command| {
        let output = command.output().unwrap();
        field(&String::from_utf8(output.stdout).unwrap(), "SigBlk:").to_owned()
    };
    writeln!(told, "inherited: {}", mask(&mut command)).unwrap();
    writeln!(told, "unblocked: {}", mask(linux::signals::unblock_in(&mut command))).unwrap();
    linux::signals::unblock_all().unwrap();
    told
}

/// Starts the role and returns what it tells.
fn report(arguments: &[&str]) -> String {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut child = process::spawn_role(arguments, OwnedFd::from(theirs)).unwrap();
    let mut report = String::new();
    ours.read_to_string(&mut report).unwrap();
    assert!(child.wait().unwrap().success());
    report
}

fn field<'a>(report: &'a str, name: &str) -> &'a str {
    report
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_else(|| panic!("{name} in {report}"))
        .trim()
}

fn a_role_has_its_name_and_its_socket() {
    let report = report(&["role:plain", "one", "two"]);
    assert_eq!(field(&report, "command:"), "role:plain one two");
    assert_eq!(field(&report, "audit:"), "Ok(())");
}

fn signals_are_read_in_order_of_arrival() {
    let report = report(&["role:signals"]);
    assert_eq!(field(&report, "before:"), "None");
    // SIGHUP is 1, SIGTERM 15 (signal(7)).
    let told: Vec<_> = report.lines().filter(|line| line.starts_with("ready")).collect();
    assert_eq!(told, ["ready [1]: Some(1)", "ready [1]: Some(15)"]);
    assert_eq!(field(&report, "inherited:"), "0000000000004001");
    assert_eq!(field(&report, "unblocked:"), "0000000000000000");
    assert_eq!(field(&report, "SigBlk:"), "0000000000000000");
}

fn a_router_keeps_only_the_network() {
    let report = report(&["role:router"]);
    // Bits 12, 13 and 23: CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_NICE.
    assert_eq!(field(&report, "CapEff:"), "0000000000803000");
    assert_eq!(field(&report, "CapPrm:"), "0000000000803000");
    assert_eq!(field(&report, "NoNewPrivs:"), "1");
    assert_eq!(field(&report, "audit:"), "Ok(())");
}

fn nobody_has_nothing() {
    let report = report(&["role:mailer"]);
    assert_eq!(field(&report, "CapEff:"), "0000000000000000");
    assert_eq!(field(&report, "CapPrm:"), "0000000000000000");
    assert_eq!(field(&report, "NoNewPrivs:"), "1");
    assert!(
        field(&report, "audit:").contains("CAP_NET_ADMIN (to set addresses) and CAP_NET_RAW"),
        "{report}"
    );
    // In a user namespace that maps root alone there is no nobody to become.
    let maps_nobody =
        fs::read_to_string("/proc/self/uid_map").unwrap().split_whitespace().last() != Some("1");
    let user = field(&report, "Uid:").split_whitespace().next().unwrap();
    assert_eq!(user, if maps_nobody { "65534" } else { "0" });
}

/// Fields 19, 40 and 41 of proc_pid_stat(5): nice value, real-time priority, policy.
fn scheduled(report: &str) -> (&str, &str, &str) {
    let stat: Vec<&str> = report
        .lines()
        .find(|l| l.contains(") R "))
        .unwrap()
        .rsplit(") ")
        .next()
        .unwrap()
        .split(' ')
        .collect();
    (stat[16], stat[37], stat[38])
}

fn is_real_root() -> bool {
    fs::read_to_string("/proc/self/uid_map").unwrap().contains("4294967295")
}

/// Computes until the kernel takes the real-time priority away, and gets it back.
fn overrun() -> String {
    let wanted = Process { rt_priority: Some(7), ..Process::default() };
    let mut scheduling = Scheduling::start();
    if !scheduling.apply(&wanted).is_empty() {
        return "not permitted\n".to_owned();
    }
    let stat = || fs::read_to_string("/proc/self/stat").unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while !scheduling.overran() && std::time::Instant::now() < end {}
    let mut told = format!("overran: {}\nmeanwhile: {}", scheduling.overran(), stat());
    scheduling.recover().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1));
    writeln!(told, "again: {} {}", scheduling.overran(), stat().trim()).unwrap();
    told
}

fn who_computes_for_too_long_is_ordinary_until_it_waits() {
    let report = report(&["role:overrun"]);
    if !is_real_root() {
        assert!(report.starts_with("not permitted"), "{report}");
        return;
    }
    assert_eq!(field(&report, "overran:"), "true");
    let (_, priority, policy) = scheduled(field(&report, "meanwhile:"));
    assert_eq!((priority, policy), ("0", "0"), "SCHED_OTHER");
    assert!(field(&report, "again:").starts_with("false"), "{report}");
    assert_eq!(scheduled(field(&report, "again:")).1, "7");
}

fn scheduling_is_taken_back() {
    let report = report(&["role:taken back"]);
    let plain = self::report(&["role:plain"]);
    assert_eq!(field(&report, "Cpus_allowed_list:"), field(&plain, "Cpus_allowed_list:"));
    assert_eq!(field(&report, "VmLck:"), "0 kB");
    assert_eq!((scheduled(&report).1, scheduled(&report).2), ("0", "0"));
    if is_real_root() {
        assert_eq!(scheduled(&report).0, scheduled(&plain).0);
        assert!(report.contains("Max realtime timeout      unlimited            unlimited"), "{report}");
    }
}

fn scheduling_is_set() {
    let report = report(&["role:scheduled"]);
    // Ordinary users may lower their priority, but neither become real-time nor lock memory.
    assert_eq!(field(&report, "Cpus_allowed_list:"), "0");
    let (nice, priority, policy) = scheduled(&report);
    assert_eq!(nice, "5");
    if is_real_root() {
        assert_eq!((priority, policy), ("7", "2"), "SCHED_RR");
        assert_ne!(field(&report, "VmLck:"), "0 kB");
        assert!(report.contains("Max realtime timeout      5000                 unlimited"), "{report}");
    } else {
        assert!(report.contains("cannot set real-time priority 7: Operation not permitted"), "{report}");
    }
}

fn what_cannot_be_scheduled_is_told() {
    let impossible = Process { cpu_affinity: vec![1023], ..Process::default() };
    let told = Scheduling::start().apply(&impossible);
    assert!(
        matches!(&told[..], [one] if one.starts_with("cannot run on CPU [1023] only: Invalid argument")),
        "{told:?}"
    );
}

fn a_pid_file_is_exclusive() {
    use std::os::unix::fs::PermissionsExt;
    let path = Path::new("/run/some/where/vipd.pid");
    let mut file = PidFile::create(path, 4242).unwrap();
    assert_eq!(fs::read_to_string(path).unwrap(), "4242\n");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o644);
    file.set_pid(7).unwrap();
    assert_eq!(fs::read_to_string(path).unwrap(), "7\n");
    let second = PidFile::create(path, 4243).unwrap_err();
    assert!(matches!(second, PidFileError::AlreadyRunning { pid: 7 }), "{second}");
    drop(file);
    assert!(!path.exists());
    let nowhere = PidFile::create("/proc/nowhere/vipd.pid", 1).unwrap_err();
    assert!(
        nowhere.to_string().starts_with("cannot write the PID file /proc/nowhere/vipd.pid: "),
        "{nowhere}"
    );
}

fn a_stale_pid_file_is_in_nobodys_way() {
    let path = Path::new("/run/stale.pid");
    for stale in ["", "garbage", "1\n", "99999999\n"] {
        fs::write(path, stale).unwrap();
        drop(PidFile::create(path, 4242).unwrap());
        assert!(!path.exists());
    }
    // keepalived does not lock: a program of that name at work is one that runs.
    let program = Path::new("/run/keepalived");
    std::os::unix::fs::symlink("/bin/sleep", program).unwrap();
    let mut child = std::process::Command::new(program).arg("60").spawn().unwrap();
    // A new program gets its name a moment after it has begun.
    let name = format!("/proc/{}/comm", child.id());
    assert!(crate::net::until(|| fs::read_to_string(&name).unwrap() == "keepalived\n"));
    fs::write(path, child.id().to_string()).unwrap();
    let refused = PidFile::create(path, 4242).map(drop);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(matches!(refused, Err(PidFileError::AlreadyRunning { pid }) if pid == child.id()), "{refused:?}");
    drop(PidFile::create(path, 4242).unwrap());
}
