//! What a daemon dumps on signals.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use lab::Daemon;
use serde_json::Value;

use crate::{PATIENCE, eventually};

/// What is dumped on SIGRTMIN+2. Each daemon has a folder of its own for it.
pub fn json(node: &mut Daemon) -> Result<Value> {
    let file = folder(node).join("keepalived.json");
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    let (mut dump, mut looked) = (Value::Null, 0);
    eventually("a JSON dump", PATIENCE, || {
        // A signal is lost while keepalived is not ready for it.
        if looked % 50 == 0 {
            signal(node, "36")?;
        }
        looked += 1;
        // keepalived writes in place: what is half written is no JSON yet.
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        dump = serde_json::from_str(&text).unwrap_or_default();
        Ok(!dump.is_null())
    })?;
    Ok(dump)
}

/// The folder that a daemon's dumps go to.
pub fn folder(node: &Daemon) -> PathBuf {
    node.config_file().parent().map(Path::to_owned).unwrap_or_default()
}

/// Sends a signal by its number or name.
pub fn signal(node: &mut Daemon, signal: &str) -> Result<()> {
    let pid = node.pid().context("it does not run")?;
    let status = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).status()?;
    anyhow::ensure!(status.success(), "kill fails");
    Ok(())
}
