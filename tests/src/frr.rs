//! FRR's VRRP and BFD daemons as neighbours. Its daemons change their user, so they need real root: the private kernel.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result};
use lab::Host;
use serde_json::Value;

use crate::PATIENCE;
use crate::programs::Unpacked;

/// zebra and one more daemon on a host: vrrpd with virtual router 51 on eth0, or bfdd.
#[derive(Debug)]
pub struct Frr {
    host: Host,
    package: Unpacked,
    dir: PathBuf,
    daemons: Vec<Child>,
}

impl Frr {
    /// Prepares the interface that FRR wants for the virtual MAC address and starts both daemons. `version` is 2 or 3,
    /// the interval in milliseconds.
    pub fn start(host: &Host, version: u8, priority: u8, interval_ms: u32, vip: &str) -> Result<Self> {
        let (keyword, mac, address) = if vip.contains(':') {
            ("ipv6", "00:00:5e:00:02:33", format!("{vip}/128 nodad"))
        } else {
            ("ip", "00:00:5e:00:01:33", format!("{vip}/32"))
        };
        for line in [
            "link add vrrp-51 link eth0 type macvlan mode bridge",
            &format!("link set vrrp-51 address {mac}"),
            &format!("address add {address} dev vrrp-51"),
            "link set vrrp-51 up",
        ] {
            host.output("ip", &line.split_whitespace().collect::<Vec<_>>())?;
        }
        let config = format!(
            "interface eth0\n vrrp 51 version {version}\n vrrp 51 priority {priority}\n \
             vrrp 51 advertisement-interval {interval_ms}\n vrrp 51 {keyword} {vip}\n"
        );
        let frr = Self::launch_both(host, &config, "vrrpd")?;
        crate::eventually("vrrpd answers", PATIENCE, || Ok(frr.router().is_ok()))?;
        Ok(frr)
    }

    /// Starts bfdd with these lines below `bfd`.
    pub fn start_bfd(host: &Host, lines: &str) -> Result<Self> {
        let frr = Self::launch_both(host, &format!("bfd\n{lines}\nexit\n"), "bfdd")?;
        crate::eventually("bfdd answers", PATIENCE, || Ok(frr.vtysh(&["show bfd peers json"]).is_ok()))?;
        Ok(frr)
    }

    /// A BFD session as FRR shows it.
    pub fn bfd_peer(&self, peer: &str) -> Result<Value> {
        let text = self.vtysh(&["show bfd peers json"])?;
        let all: Value =
            serde_json::from_str(&text).with_context(|| format!("show bfd peers json: {text}"))?;
        let mut peers = all.as_array().into_iter().flatten();
        peers
            .find(|known| known["peer"] == peer)
            .cloned()
            .with_context(|| format!("FRR has no {peer}: {all}"))
    }

    /// An administrator's commands.
    pub fn configure(&self, lines: &[&str]) -> Result<()> {
        self.vtysh(&[&["configure terminal"], lines].concat()).map(drop)
    }

    /// Ends all of it without a word.
    pub fn kill(&mut self) {
        for mut daemon in self.daemons.drain(..) {
            drop(daemon.kill());
            drop(daemon.wait());
        }
    }

    fn launch_both(host: &Host, config: &str, daemon: &str) -> Result<Self> {
        let package = crate::programs::frr()?;
        account()?;
        let dir = host.dir().join("frr");
        fs::create_dir_all(&dir)?;
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777))?;
        fs::write(dir.join("frr.conf"), config)?;
        let mut this = Self { host: host.clone(), package, dir, daemons: Vec::new() };
        this.launch("zebra")?;
        crate::eventually("zebra listens", PATIENCE, || Ok(this.dir.join("zserv").exists()))?;
        this.launch(daemon)?;
        Ok(this)
    }

    /// MASTER, BACKUP or INITIALIZE.
    pub fn state(&self) -> Result<String> {
        let router = self.router()?;
        let states =
            ["v4", "v6"].map(|family| router[family]["status"].as_str().unwrap_or_default().to_uppercase());
        let [v4, v6] = states;
        Ok(if v4.is_empty() || v4 == "INITIALIZE" { v6 } else { v4 })
    }

    /// Ends the virtual router as an administrator does: with priority 0 while it is Master.
    pub fn shut(&self) -> Result<()> {
        self.vtysh(&["configure terminal", "interface eth0", "vrrp 51 shutdown"]).map(drop)
    }

    /// And begins it again.
    pub fn unshut(&self) -> Result<()> {
        self.vtysh(&["configure terminal", "interface eth0", "no vrrp 51 shutdown"]).map(drop)
    }

    fn router(&self) -> Result<Value> {
        let text = self.vtysh(&["show vrrp json"])?;
        let all: Value = serde_json::from_str(&text).with_context(|| format!("show vrrp json: {text}"))?;
        all.get(0).cloned().context("FRR has no virtual router yet")
    }

    fn vtysh(&self, lines: &[&str]) -> Result<String> {
        let mut command = self.package.command("usr/bin/vtysh");
        command.arg("--vty_socket").arg(&self.dir);
        for line in lines {
            command.args(["-c", line]);
        }
        let output = command.output().context("cannot run vtysh")?;
        anyhow::ensure!(output.status.success(), "vtysh: {}", String::from_utf8_lossy(&output.stdout));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn launch(&mut self, daemon: &str) -> Result<()> {
        let mut command = self.package.command(&format!("usr/lib/frr/{daemon}"));
        command.arg("-f").arg(self.dir.join("frr.conf")).args(["-P", "0", "-z"]).arg(self.dir.join("zserv"));
        command.arg("-i").arg(self.dir.join(format!("{daemon}.pid"))).arg("--vty_socket").arg(&self.dir);
        if daemon == "bfdd" {
            command.arg("--bfdctl").arg(self.dir.join("bfdd.sock"));
        }
        let log = fs::File::create(self.dir.join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.daemons.push(self.host.spawn(command)?);
        Ok(())
    }
}

impl Drop for Frr {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The user and groups that the package would have made.
fn account() -> Result<()> {
    for (file, line) in [
        ("/etc/passwd", "frr:x:987:987::/nonexistent:/usr/sbin/nologin\n"),
        ("/etc/group", "frr:x:987:\n"),
        ("/etc/group", "frrvty:x:986:frr\n"),
    ] {
        let name = line.split_inclusive(':').next().unwrap_or_default();
        if !fs::read_to_string(file)?.lines().any(|known| known.starts_with(name)) {
            append(Path::new(file), line)?;
        }
    }
    Ok(())
}

fn append(file: &Path, line: &str) -> Result<()> {
    let mut file = fs::File::options().append(true).open(file)?;
    Ok(file.write_all(line.as_bytes())?)
}
