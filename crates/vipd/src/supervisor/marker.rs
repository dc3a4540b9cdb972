use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The file of `reload_file`: there while the configuration is being read, so that others do not change it meanwhile.
#[derive(Debug)]
pub(super) struct Marker(PathBuf);

impl Marker {
    /// Makes the file, or empties what is there.
    pub(super) fn set(path: PathBuf) -> Option<Self> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            // A link could lead to anything.
            options.write(true).create(true).truncate(true).mode(0o644).custom_flags(linux::fifo::OPEN_FLAGS);
            options.open(path)
        };
        match open(&path) {
            Ok(_) => Some(Self(path)),
            Err(e) => {
                log::warn!("no reload_file {}: {e}", path.display());
                None
            }
        }
    }

    /// Removes what somebody set who waits for the configuration to be read.
    pub(super) fn clear(path: &Path) {
        match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                log::warn!("cannot remove reload_file {}: {e}; who waits for it waits on", path.display());
            }
            Ok(()) | Err(_) => {}
        }
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        Self::clear(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn it_is_there_while_somebody_holds_it() {
        let directory = TempDir::new("marker");
        let path = directory.path().join("reload");
        fs::write(&path, "waiting").unwrap();
        let marker = Marker::set(path.clone()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "", "keepalived.conf(5): emptied when reading begins");
        drop(marker);
        assert!(!path.exists());
        assert!(Marker::set("/nonexistent/reload".into()).is_none());
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let directory = TempDir::new("marker-link");
        let (victim, path) = (directory.path().join("victim"), directory.path().join("reload"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(Marker::set(path).is_none());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }
}
