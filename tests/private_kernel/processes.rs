//! Tracked processes, counted once a second: this kernel does not tell of them (Debian builds it without process events).

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_vipd};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

/// No other program has this name.
const NAME: &str = "vipdtracked";

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("processes::come_and_go_in_a_storm", come_and_go)]
}

/// Each tracker adds another power of two to the priority while it is satisfied.
fn config(program: &Path) -> String {
    let program = program.display();
    let trackers = [
        ("once", NAME.to_owned(), "weight 1"),
        ("twice", NAME.to_owned(), "quorum 2\n  weight 2"),
        ("two_or_three", NAME.to_owned(), "quorum 2\n  quorum_max 3\n  weight 4"),
        ("none", NAME.to_owned(), "weight 8 reverse"),
        ("with_words", format!("{program} 1001"), "full_command\n  param_match exact\n  weight 16"),
        ("beginning", format!("{program} 100"), "full_command\n  param_match initial\n  weight 32"),
    ];
    let mut config = String::new();
    let mut names = String::new();
    for (name, process, lines) in trackers {
        // Writing to a string cannot fail.
        let _ =
            write!(config, "vrrp_track_process {name} {{\n  process {process}\n  delay 0.1\n  {lines}\n}}\n");
        let _ = writeln!(names, "    {name}");
    }
    let instance = Instance::priority(100).every("0.3").and(&format!("  track_process {{\n{names}  }}"));
    config + &file(3, &[instance])
}

/// Processes that wait for what comes from a pipe or for time to pass, killed with it. None computes: this kernel has one
/// processor for all tests.
#[derive(Default)]
struct Crowd(Vec<Child>);

impl Crowd {
    fn start(&mut self, command: &mut Command) -> Result<()> {
        self.0.push(command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?);
        Ok(())
    }

    fn end_last(&mut self) -> Result<()> {
        let mut last = self.0.pop().context("nobody runs")?;
        last.kill()?;
        last.wait()?;
        Ok(())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for child in &mut self.0 {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// With the program that is tracked.
type Step = fn(&Path, &mut Crowd) -> Result<()>;

/// What happens, one after another, and the priority that keepalived.conf(5) (VRRP track process) gives then: a weight is added
/// while the quorum is met, with `reverse` subtracted.
const STEPS: [(&str, u64, Step); 9] = [
    ("nobody", 100, |_, _| Ok(())),
    ("one", 141, |program, crowd| crowd.start(Command::new(program).arg("1001"))),
    ("two", 147, |program, crowd| crowd.start(Command::new(program).arg("1002"))),
    ("a shell that becomes the third", 147, |program, crowd| {
        crowd.start(Command::new("sh").args(["-c", &format!("sleep 0.1; exec {} 2003", program.display())]))
    }),
    ("another name for the fourth", 143, |_, crowd| {
        let renames = format!("echo -n {NAME} >/proc/self/comm; read x; :");
        crowd.start(Command::new("bash").args(["-c", &renames]))
    }),
    ("the fourth is gone", 147, |_, crowd| crowd.end_last()),
    ("the third is gone", 147, |_, crowd| crowd.end_last()),
    ("the second is gone", 141, |_, crowd| crowd.end_last()),
    ("nobody again", 100, |_, crowd| crowd.end_last()),
];

/// Forks in a row; one takes 20 ms in this kernel.
fn storm(forks: u32) -> Result<Child> {
    let script = format!("for n in $(seq {forks}); do (:); done");
    Ok(Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).spawn()?)
}

/// Each change is seen while many other processes come and go.
fn come_and_go() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    let tracked: PathBuf = host.dir().join(NAME);
    fs::copy("/bin/sleep", &tracked)?;
    let daemon = start_vipd(&host, &config(&tracked))?;
    let mut crowd = Crowd::default();
    for (what, priority, step) in STEPS {
        let mut storm = storm(if what.contains("third") { 60 } else { 5 })?;
        step(&tracked, &mut crowd)?;
        anyhow::ensure!(storm.wait()?.success(), "the storm fails");
        eventually(&format!("{what}: priority {priority}"), PATIENCE, || {
            Ok(instance(&daemon, "VI_1").is_ok_and(|instance| instance["priority"] == priority))
        })?;
    }
    Ok(())
}
