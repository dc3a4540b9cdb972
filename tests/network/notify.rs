//! Notify programs and pipes that behave badly, and what is told last.

use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use lab::{Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::programs::{daemon, state, status};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, punctual, test};

/// O_NONBLOCK on every architecture of Linux that we build for.
const NONBLOCK: i32 = 0o4000;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("notify::users_row_9_last_delivered_is_the_final_state", last_delivered_is_final),
        punctual("notify::hanging_forking_and_loud_scripts_delay_nothing", difficult_scripts),
        test("notify::a_pipe_without_reader_keeps_the_newest_lines", pipe_without_reader),
        test("notify::a_slow_reader_reads_everything_in_order", slow_reader),
        test("notify::a_reader_that_dies_is_started_again", reader_that_dies),
        test("notify::nobody_outlives_the_daemon", nobody_outlives),
        test("notify::startup_and_shutdown_scripts", startup_and_shutdown),
    ]
}

/// A script of this host that appends its arguments to a file, one line a run.
struct Recorder {
    script: PathBuf,
    file: PathBuf,
}

impl Recorder {
    fn new(host: &Host, name: &str, before: &str) -> Result<Self> {
        let (script, file) = (host.dir().join(format!("{name}.sh")), host.dir().join(format!("{name}.log")));
        let text = format!("#!/bin/sh\n{before}\nIFS='|'\necho \"$*\" >> {}\n", file.display());
        write_script(&script, &text)?;
        Ok(Self { script, file })
    }

    fn path(&self) -> String {
        self.script.display().to_string()
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(&self.file).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn last(&self) -> String {
        self.lines().pop().unwrap_or_default()
    }
}

/// Writes a file that can be run.
fn write_script(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, Permissions::from_mode(0o755))?)
}

/// A FIFO that a daemon makes, held open from then on so that nothing in it is lost.
struct Reader {
    /// Its path.
    path: PathBuf,
    file: Option<File>,
    text: String,
}

impl Reader {
    fn new(host: &Host) -> Self {
        Self { path: host.dir().join("fifo"), file: None, text: String::new() }
    }

    fn lines(&mut self) -> Result<Vec<String>> {
        if self.file.is_none() && self.path.exists() {
            let mut options = File::options();
            self.file = Some(options.read(true).write(true).custom_flags(NONBLOCK).open(&self.path)?);
        }
        let mut bytes = Vec::new();
        match self.file.as_mut().map(|file| file.read_to_end(&mut bytes)) {
            Some(Err(e)) if e.kind() != std::io::ErrorKind::WouldBlock => return Err(e.into()),
            Some(_) | None => {}
        }
        self.text.push_str(&String::from_utf8(bytes)?);
        Ok(self.text.lines().map(str::to_owned).collect())
    }
}

fn one_instance(global: &str, lines: &str) -> String {
    format!(
        "global_defs {{\n script_user root\n vrrp_version 3\n {global}\n}}\n\
         vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n advert_int 0.05\n {lines}\n \
         virtual_ipaddress {{\n 192.168.200.100\n }}\n}}\n"
    )
}

/// Flaps as fast as the interface can, with a script of random slowness.
fn last_delivered_is_final() -> Result<()> {
    let pair = Pair::new()?;
    let slow = "sleep 0.0$(($$ % 8))";
    let recorder = Recorder::new(&pair.a, "notify", slow)?;
    let config = one_instance("", &format!("notify {}", recorder.path()));
    let mut ours = Daemon::new(&pair.a, &daemon(), &config)?;
    ours.start()?;
    eventually("it is Master", PATIENCE, || Ok(recorder.last() == "INSTANCE|VI_1|MASTER|100"))?;
    for flap in 0..100 {
        pair.a.plug(false)?;
        // Long enough to be seen, not long enough to be told before the next one.
        std::thread::sleep(Duration::from_millis(flap % 10));
        pair.a.plug(true)?;
        std::thread::sleep(Duration::from_millis(2));
    }
    pair.a.plug(false)?;
    eventually("FAULT is told last", PATIENCE, || {
        Ok(state(&ours, "VI_1") == "FAULT" && recorder.last() == "INSTANCE|VI_1|FAULT|100")
    })?;
    eventually("no script runs", PATIENCE, || Ok(status(&ours)?["scripts"] == serde_json::json!([])))?;
    let lines = recorder.lines();
    anyhow::ensure!(recorder.last() == "INSTANCE|VI_1|FAULT|100", "told last: {}", recorder.last());
    let twice = lines.windows(2).find(|pair| pair[0] == pair[1] && pair[0].contains("MASTER"));
    anyhow::ensure!(twice.is_none(), "a state twice: {twice:?}");
    ours.stop(PATIENCE)?;
    anyhow::ensure!(recorder.last() == "INSTANCE|VI_1|STOP|100", "told at the end: {}", recorder.last());
    Ok(())
}

/// Advertisements go out on time while a script hangs, prints gigabytes and leaves children behind.
fn difficult_scripts() -> Result<()> {
    let pair = Pair::new()?;
    let capture = pair.world.capture()?;
    let dir = pair.a.dir().to_owned();
    let done = dir.join("loud.done");
    write_script(&dir.join("hangs.sh"), "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n")?;
    let loud = format!("#!/bin/sh\nsleep 1000 &\nyes | head -c 2000000000\ntouch {}\n", done.display());
    write_script(&dir.join("loud.sh"), &loud)?;
    let config = one_instance(
        "",
        &format!("notify_backup {0}/loud.sh\n notify_master {0}/hangs.sh\n advert_int 0.2\n", dir.display()),
    );
    let mut ours = Daemon::new(&pair.a, &daemon(), &config)?;
    ours.start()?;
    eventually("the loud script ends", PATIENCE, || Ok(done.exists()))?;
    eventually("the other one hangs", PATIENCE, || {
        let scripts = status(&ours)?["scripts"].clone();
        Ok(scripts[0]["subject"] == "INSTANCE VI_1"
            && scripts[0]["command"].as_str().is_some_and(|c| c.ends_with("hangs.sh")))
    })?;
    std::thread::sleep(Duration::from_secs(2));
    let gap = vipd_tests::watch::longest_gap(&capture.adverts(51));
    anyhow::ensure!(gap < Duration::from_secs(1), "{gap:?} between two advertisements at 0.2 s");
    ours.stop(PATIENCE)?;
    Ok(())
}

/// Lines beyond the pipe's and our own room go, oldest first, and the log says how many.
fn pipe_without_reader() -> Result<()> {
    let pair = Pair::new()?;
    let mut reader = Reader::new(&pair.a);
    let long = "x".repeat(200);
    let config = one_instance(&format!("notify_fifo {}", reader.path.display()), "").replace("VI_1", &long);
    let mut ours = Daemon::new(&pair.a, &daemon(), &config)?;
    ours.start()?;
    eventually("it is Master", PATIENCE, || Ok(state(&ours, &long) == "MASTER"))?;
    eventually("the pipe is full", PATIENCE, || {
        for _ in 0..10 {
            pair.a.plug(false)?;
            std::thread::sleep(Duration::from_millis(3));
            pair.a.plug(true)?;
            std::thread::sleep(Duration::from_millis(3));
        }
        Ok(ours.log().contains("is full, nobody reads it"))
    })?;
    pair.a.plug(false)?;
    eventually("it is in FAULT", PATIENCE, || Ok(state(&ours, &long) == "FAULT"))?;
    let expected = format!("INSTANCE \"{long}\" FAULT 100");
    eventually("the last line is FAULT", PATIENCE, || Ok(reader.lines()?.last() == Some(&expected)))?;
    ours.stop(PATIENCE)?;
    eventually("the pipe is gone", PATIENCE, || Ok(!reader.path.exists()))
}

/// A line at a time, and slower than they are written.
fn slow_reader() -> Result<()> {
    const FLAPS: usize = 8;
    let pair = Pair::new()?;
    let mut reader = Reader::new(&pair.a);
    let mut ours = Daemon::new(
        &pair.a,
        &daemon(),
        &one_instance(&format!("notify_fifo {}", reader.path.display()), ""),
    )?;
    ours.start()?;
    eventually("the pipe is there", PATIENCE, || Ok(reader.path.exists()))?;
    let (log, pipe) = (pair.a.dir().join("read"), reader.path.display().to_string());
    let loop_ = format!("while read -r line; do echo \"$line\" >>{}; sleep 0.1; done <{pipe}", log.display());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &loop_]);
    let mut slow = pair.a.spawn(command)?;
    let await_state = |wanted: &str| eventually(wanted, PATIENCE, || Ok(state(&ours, "VI_1") == wanted));
    await_state("MASTER")?;
    for _ in 0..FLAPS {
        pair.a.plug(false)?;
        await_state("FAULT")?;
        pair.a.plug(true)?;
        await_state("MASTER")?;
    }
    let expected: Vec<_> = ["BACKUP", "MASTER"]
        .into_iter()
        .chain(["FAULT", "BACKUP", "MASTER"].into_iter().cycle().take(3 * FLAPS))
        .map(|state| format!("INSTANCE \"VI_1\" {state} 100"))
        .collect();
    let read = || fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let result = eventually("everything is read", PATIENCE, || Ok(read().len() >= expected.len()));
    slow.kill()?;
    slow.wait()?;
    result?;
    anyhow::ensure!(read() == expected, "{:?}", read());
    drop(reader.lines()?);
    ours.stop(PATIENCE).map(drop)
}

/// Each reads one line and dies of it; what happens later is read by another one, up to the last state.
fn reader_that_dies() -> Result<()> {
    let pair = Pair::new()?;
    let dir = pair.a.dir().to_owned();
    let (fifo, log) = (dir.join("fifo"), dir.join("read"));
    let script =
        format!("#!/bin/sh\nread -r line < \"$1\"\necho \"$1: $line\" >> {}\nkill -9 $$\n", log.display());
    write_script(&dir.join("reader.sh"), &script)?;
    let global = format!("notify_fifo {}\n notify_fifo_script {}/reader.sh", fifo.display(), dir.display());
    let mut ours = Daemon::new(&pair.a, &daemon(), &one_instance(&global, ""))?;
    ours.start()?;
    let line = |state: &str| format!("{}: INSTANCE \"VI_1\" {state} 100", fifo.display());
    let read = || fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    eventually("MASTER is read", PATIENCE, || Ok(read().last() == Some(&line("MASTER"))))?;
    pair.a.plug(false)?;
    eventually("FAULT is read", PATIENCE, || Ok(read().last() == Some(&line("FAULT"))))?;
    anyhow::ensure!(read().first() == Some(&line("BACKUP")), "{:?}", read());
    anyhow::ensure!(ours.log().contains("starting it again"), "it is not told:\n{}", ours.log());
    ours.stop(PATIENCE).map(drop)
}

/// Programs that ignore SIGTERM, with what they have started: for a state, for the stop, and behind a pipe. The script for the
/// end runs when they are gone.
fn nobody_outlives() -> Result<()> {
    let pair = Pair::new()?;
    let dir = pair.a.dir().to_owned();
    let (script, pids, end) = (dir.join("stays.sh"), dir.join("pids"), dir.join("end.sh"));
    let text = format!(
        "#!/bin/sh\ntrap '' TERM INT HUP\nsleep 1000 &\necho \"$1 $$ $!\" >>{}\nwait\n",
        pids.display()
    );
    write_script(&script, &text)?;
    let left = dir.join("left");
    let text = format!(
        "#!/bin/sh\nwhile read -r name pid child; do\n  [ ! -e /proc/$pid ] || echo $name\ndone <{} >{}\n",
        pids.display(),
        left.display()
    );
    write_script(&end, &text)?;
    let script = script.display();
    let global = format!(
        "child_wait_time 1\nglobal_defs {{\n vrrp_notify_fifo {}/fifo\n vrrp_notify_fifo_script \"{script} reader\"\n \
         shutdown_script {}\n}}\n",
        dir.display(),
        end.display()
    );
    let lines = format!("notify_master \"{script} master\"\n notify_stop \"{script} stop\"");
    let mut ours = Daemon::new(&pair.a, &daemon(), &(global + &one_instance("", &lines)))?;
    ours.start()?;
    let lines = || -> Vec<String> {
        fs::read_to_string(&pids).unwrap_or_default().lines().map(str::to_owned).collect()
    };
    eventually("two programs run", PATIENCE, || Ok(lines().len() == 2))?;
    ours.stop(PATIENCE)?;
    let left = fs::read_to_string(&left)?;
    anyhow::ensure!(left.is_empty(), "still there when the script for the end ran: {left}");
    for pid in lines().iter().flat_map(|line| line.split(' ').skip(1)) {
        // Nobody may have asked yet how it ended.
        let command = format!("/proc/{pid}/cmdline");
        eventually(&format!("process {pid} is gone: {:?}", lines()), PATIENCE, || {
            Ok(fs::read(&command).unwrap_or_default().is_empty())
        })?;
    }
    anyhow::ensure!(ours.log().contains("had no time left"), "it is not told:\n{}", ours.log());
    Ok(())
}

fn startup_and_shutdown() -> Result<()> {
    let pair = Pair::new()?;
    let recorder = Recorder::new(&pair.a, "all", "")?;
    let script = recorder.path();
    let global = format!(
        "startup_script \"{script} startup\"\n shutdown_script \"{script} shutdown\"\n startup_script_timeout 5"
    );
    let config =
        one_instance(&global, &format!("notify_master \"{script} master\"\n notify_stop \"{script} stop\""));
    let mut ours = Daemon::new(&pair.a, &daemon(), &config)?;
    ours.start()?;
    eventually("it is Master", PATIENCE, || Ok(recorder.last() == "master"))?;
    ours.stop(PATIENCE)?;
    let lines = recorder.lines();
    anyhow::ensure!(lines == ["startup", "master", "stop", "shutdown"], "{lines:?}");
    Ok(())
}
