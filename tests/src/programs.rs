//! The programs under test and beside the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use lab::{Daemon, Host};
use serde_json::Value;

static BUILT: OnceLock<PathBuf> = OnceLock::new();

/// Builds vipd as cargo would for a test of its own package, once; the folder of its programs. To be called
/// before anything else, outside of all namespaces. `VIPD_PROGRAMS` names a folder with built ones instead.
pub fn prepare() -> Result<()> {
    let folder = match std::env::var_os("VIPD_PROGRAMS") {
        Some(folder) => std::path::absolute(folder)?,
        None => build()?,
    };
    for program in ["vipd", "keepalived"] {
        let path = folder.join(program);
        anyhow::ensure!(path.is_file(), "{} is missing", path.display());
    }
    BUILT.get_or_init(|| folder);
    // Missing programs shall stop the run here, not pass for a skipped test.
    for (program, package) in [("ip", "iproute2"), ("tshark", "tshark")] {
        anyhow::ensure!(which(program).is_some(), "{program} is missing: apt-get install {package}");
    }
    bird()?;
    debian_keepalived().map(drop)
}

/// The folder with vipd's programs.
pub fn folder() -> &'static Path {
    BUILT.get().map_or(Path::new(""), PathBuf::as_path)
}

/// vipd under keepalived's name: what hosts run.
pub fn daemon() -> PathBuf {
    folder().join("keepalived")
}

/// The program that people talk to.
pub fn vipd() -> PathBuf {
    folder().join("vipd")
}

/// Debian's keepalived, installed or unpacked by `make test`.
pub fn debian_keepalived() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KEEPALIVED") {
        return Ok(std::path::absolute(path)?);
    }
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/keepalived/usr/sbin/keepalived");
    [PathBuf::from("/usr/sbin/keepalived"), unpacked]
        .into_iter()
        .find(|path| path.is_file())
        .context("Debian's keepalived is missing: run `make test`, or `scripts/need keepalived`")
}

/// Where the files of a Debian package are: installed, or unpacked by `make test`.
#[derive(Debug, Clone)]
pub struct Unpacked {
    root: PathBuf,
}

impl Unpacked {
    /// The package that has this file, which is also the folder's name below .cache.
    fn find(name: &str, file: &str) -> Result<Self> {
        let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache").join(name);
        [PathBuf::from("/"), unpacked]
            .into_iter()
            .find(|root| root.join(file).is_file())
            .map(|root| Self { root })
            .with_context(|| format!("Debian's {name} is missing: run `make test`, or `scripts/need {name}`"))
    }

    /// One of its programs, which finds the package's own libraries.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.root.join(program));
        command.env("LD_LIBRARY_PATH", self.root.join("usr/lib/x86_64-linux-gnu/frr"));
        command
    }
}

/// Debian's FRR.
pub fn frr() -> Result<Unpacked> {
    Unpacked::find("frr", "usr/lib/frr/vrrpd")
}

/// Debian's BIRD 2.
pub fn bird() -> Result<Unpacked> {
    Unpacked::find("bird", "usr/sbin/bird")
}

/// What `vipd status --json` says about a running daemon.
pub fn status(daemon: &Daemon) -> Result<Value> {
    let socket = daemon.pid_file().with_extension("sock");
    let output = Command::new(vipd()).args(["status", "--json", "--socket"]).arg(&socket).output()?;
    // The exit code tells whether all is well, which is not the question here.
    serde_json::from_slice(&output.stdout).with_context(|| {
        format!("vipd status on {}: {}", daemon.host().name(), String::from_utf8_lossy(&output.stderr).trim())
    })
}

/// One instance in what `vipd status --json` says.
pub fn instance(daemon: &Daemon, name: &str) -> Result<Value> {
    let status = status(daemon)?;
    let instances = status["instances"].as_array().cloned().unwrap_or_default();
    instances
        .into_iter()
        .find(|instance| instance["name"] == name)
        .with_context(|| format!("vipd status on {} knows no instance {name}", daemon.host().name()))
}

/// The state of an instance: MASTER, BACKUP, FAULT or STOPPED; empty while the daemon does not answer.
pub fn state(daemon: &Daemon, name: &str) -> String {
    instance(daemon, name)
        .ok()
        .and_then(|instance| Some(instance["state"].as_str()?.to_owned()))
        .unwrap_or_default()
}

/// Every advertisement that an instance refused, for whatever reason.
pub fn refused_in_all(instance: &Value) -> u64 {
    let counters = instance["counters"].as_object();
    let refused = counters.into_iter().flatten().filter(|(name, _)| name.contains("refused"));
    refused.filter_map(|(_, count)| count.as_u64()).sum()
}

/// Starts vipd on a host.
pub fn start_vipd(host: &Host, config: &str) -> Result<Daemon> {
    start(host, &daemon(), config)
}

/// Starts Debian's keepalived on a host.
pub fn start_keepalived(host: &Host, config: &str) -> Result<Daemon> {
    start(host, &debian_keepalived()?, config)
}

fn start(host: &Host, program: &Path, config: &str) -> Result<Daemon> {
    let mut daemon = Daemon::new(host, program, config)?;
    daemon.start()?;
    Ok(daemon)
}

fn build() -> Result<PathBuf> {
    // target/PROFILE/deps/network-HASH: the programs are two levels up.
    let own = std::env::current_exe()?;
    let folder = own.ancestors().nth(2).context("this test does not run from a target folder")?;
    let target = folder.parent().context("this test does not run from a target folder")?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "vipd", "--bins", "--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cannot run cargo")?;
    anyhow::ensure!(status.success(), "vipd does not build");
    Ok(folder.to_owned())
}

fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
