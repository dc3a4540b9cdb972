//! BIRD as a BFD neighbour.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result};
use lab::Host;

use crate::PATIENCE;
use crate::programs::Unpacked;

/// BIRD on one host, with nothing but BFD.
#[derive(Debug)]
pub struct Bird {
    host: Host,
    package: Unpacked,
    dir: PathBuf,
    child: Child,
}

/// A BFD session as BIRD shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Up, Init, Down or AdminDown.
    pub state: String,
    /// Its transmit interval in seconds.
    pub interval: String,
    /// Its detection time in seconds, for our silence.
    pub timeout: String,
}

impl Bird {
    /// Starts it with these lines in its block `protocol bfd`.
    pub fn start(host: &Host, lines: &str) -> Result<Self> {
        let package = crate::programs::bird()?;
        let dir = host.dir().join("bird");
        fs::create_dir_all(&dir)?;
        let config = dir.join("bird.conf");
        fs::write(
            &config,
            format!("router id 192.0.2.66;\nprotocol device {{}}\nprotocol bfd {{\n{lines}\n}}\n"),
        )?;
        let log = fs::File::create(dir.join("log"))?;
        let mut command = package.command("usr/sbin/bird");
        command.args(["-f", "-c"]).arg(&config).arg("-s").arg(dir.join("control"));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let bird = Self { host: host.clone(), package, dir: dir.clone(), child: host.spawn(command)? };
        crate::eventually("BIRD answers", PATIENCE, || Ok(bird.ask("show status").is_ok()))?;
        Ok(bird)
    }

    /// The session with this neighbour; `multihop` ones have no interface.
    pub fn session(&self, neighbor: &str, multihop: bool) -> Result<Session> {
        let text = self.ask("show bfd sessions")?;
        let row = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).find(|row| {
            row.first() == Some(&neighbor) && row.get(1).is_some_and(|link| (*link == "---") == multihop)
        });
        match row.as_deref() {
            Some([_, _, state, _, interval, timeout]) => Ok(Session {
                state: (*state).to_owned(),
                interval: (*interval).to_owned(),
                timeout: (*timeout).to_owned(),
            }),
            _ => anyhow::bail!("BIRD has no session with {neighbor}:\n{text}"),
        }
    }

    /// Its administrator's commands.
    pub fn ask(&self, command: &str) -> Result<String> {
        let mut birdc = self.package.command("usr/sbin/birdc");
        birdc.arg("-s").arg(self.dir.join("control")).args(command.split(' ')).stdin(Stdio::null());
        let output = birdc.output().context("cannot run birdc")?;
        anyhow::ensure!(output.status.success(), "birdc {command} on {} fails", self.host.name());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Ends it without a word.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop).context("BIRD is no child of ours")
    }
}

impl Drop for Bird {
    fn drop(&mut self) {
        drop(self.kill());
    }
}
