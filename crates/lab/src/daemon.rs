use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use linux::process_tree::{self, Send};

use crate::world::Host;

/// A daemon with keepalived's command line on one host. Dropping it kills it.
#[derive(Debug)]
pub struct Daemon {
    host: Host,
    program: PathBuf,
    more: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    dir: PathBuf,
    child: Option<Child>,
}

impl Daemon {
    /// A daemon that is not started yet, with its configuration written.
    pub fn new(host: &Host, program: &Path, config: &str) -> Result<Self> {
        Self::in_folder(host, program, config, "daemon")
    }

    /// A second daemon of the same host needs a folder of its own for configuration, PID files and log.
    pub fn in_folder(host: &Host, program: &Path, config: &str, folder: &str) -> Result<Self> {
        let dir = host.dir().join(folder);
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let (host, program) = (host.clone(), program.to_owned());
        let daemon = Self { host, program, more: Vec::new(), environment: Vec::new(), dir, child: None };
        daemon.configure(config)?;
        Ok(daemon)
    }

    /// Further options for the command line.
    pub fn with_options(mut self, options: &[&str]) -> Self {
        self.more.extend(options.iter().map(OsString::from));
        self
    }

    /// A variable of its environment.
    pub fn with_variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The host it runs on.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Replaces the configuration file; the daemon is not told.
    pub fn configure(&self, config: &str) -> Result<()> {
        fs::write(self.config_file(), config).context("cannot write the configuration")
    }

    /// Where its configuration is.
    pub fn config_file(&self) -> PathBuf {
        self.dir.join("keepalived.conf")
    }

    /// The file with the PID of the main process.
    pub fn pid_file(&self) -> PathBuf {
        self.dir.join("main.pid")
    }

    /// The file with the PID of the process that speaks VRRP.
    pub fn router_pid_file(&self) -> PathBuf {
        self.dir.join("vrrp.pid")
    }

    /// The command that starts it, without its streams.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // Its dumps go beside its configuration.
        command.args(["-n", "-l", "-f"]).arg(self.config_file()).env("TMPDIR", &self.dir);
        command.arg("-p").arg(self.pid_file());
        command.arg("-r").arg(self.router_pid_file());
        command.arg("-c").arg(self.dir.join("checkers.pid"));
        command.arg("-b").arg(self.dir.join("bfd.pid"));
        command.args(&self.more);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it; what it logs is appended to [`log`](Self::log).
    pub fn start(&mut self) -> Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .context("cannot open the log of a daemon")?;
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(self.host.spawn(command)?);
        Ok(())
    }

    /// PID of the main process, while it runs.
    pub fn pid(&mut self) -> Option<u32> {
        let child = self.child.as_mut()?;
        matches!(child.try_wait(), Ok(None)).then(|| child.id())
    }

    /// The main process and all it started, main process first; empty when it does not run.
    pub fn processes(&mut self) -> Vec<u32> {
        self.pid().map(process_tree::family).unwrap_or_default()
    }

    /// Tells it to read its configuration again.
    pub fn reload(&mut self) -> Result<()> {
        self.signal(Send::Reload)
    }

    /// Signals the main process.
    pub fn signal(&mut self, what: Send) -> Result<()> {
        let pid = self.pid().with_context(|| format!("the daemon of {} does not run", self.host.name()))?;
        process_tree::signal(pid, what).with_context(|| format!("cannot signal process {pid}"))
    }

    /// Asks it to leave and waits; kills it when it takes longer than `patience`, which is an error.
    pub fn stop(&mut self, patience: Duration) -> Result<ExitStatus> {
        self.signal(Send::Terminate)?;
        let left = self.wait(patience)?;
        if left.is_none() {
            self.kill(|| ())?;
        }
        left.with_context(|| format!("the daemon of {} did not leave within {patience:?}", self.host.name()))
    }

    /// Waits for its end; `None` if it still runs after `patience`.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<ExitStatus>> {
        let Some(child) = self.child.as_mut() else { return Ok(None) };
        let end = Instant::now() + patience;
        loop {
            if let Some(status) = child.try_wait()? {
                self.child = None;
                return Ok(Some(status));
            }
            if Instant::now() >= end {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// SIGKILL to all its processes, all frozen before so that none can react to another's death or to what
    /// `meanwhile` does. The moment they were frozen.
    pub fn kill(&mut self, meanwhile: impl FnOnce()) -> Result<SystemTime> {
        let processes = self.processes();
        for pid in &processes {
            process_tree::signal(*pid, Send::Freeze)?;
        }
        let at = SystemTime::now();
        meanwhile();
        for pid in &processes {
            process_tree::signal(*pid, Send::Kill)?;
        }
        if let Some(mut child) = self.child.take() {
            child.wait()?;
        }
        Ok(at)
    }

    /// After [`kill`](Self::kill), makes it a loss of power: addresses and PID files live in memory.
    pub fn lose_memory(&self) -> Result<()> {
        for file in
            [self.pid_file(), self.router_pid_file(), self.dir.join("checkers.pid"), self.dir.join("bfd.pid")]
        {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove {}", file.display()));
                }
                Ok(()) | Err(_) => {}
            }
        }
        self.host.forget_foreign_addresses()
    }

    /// Everything it has logged since the first start.
    pub fn log(&self) -> String {
        fs::read(self.log_file())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.dir.join("log")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.kill(|| ()));
    }
}
