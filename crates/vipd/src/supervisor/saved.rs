use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::configuration::Read;
use crate::dump;

/// The copies of the configuration that `config_save_dir` asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Saved {
    /// How many there are.
    count: u64,
}

impl Saved {
    /// Saves what was read, whether or not it can be used. The daemon does its work without a copy.
    pub(super) fn save(&mut self, read: &Read) {
        let Some((directory, text)) = read.copy() else { return };
        let path =
            Path::new(directory).join(format!("keepalived.conf.{}.{}", std::process::id(), self.count));
        self.count += 1;
        let made = match DirBuilder::new().mode(0o700).create(directory) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            Ok(()) | Err(_) => Ok(()),
        };
        if let Err(e) = made.and_then(|()| dump::write(&path, text, read.model.global.dumps.umask)) {
            log::error!("config_save_dir: no copy of the configuration at {}: {e}", path.display());
        }
    }
}
