use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Lines that come before the names of the files are known.
const MAX_PENDING: usize = 1000;

/// `--log-file`: one file for the supervisor and one for the router, each line written at once.
#[derive(Debug)]
pub(super) struct LogFiles {
    path: PathBuf,
    files: Option<[File; 2]>,
    pending: Vec<(bool, String)>,
}

impl LogFiles {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, files: None, pending: Vec::new() }
    }

    /// Opens the files; `label` is part of their names. Later calls change nothing.
    pub(super) fn open(&mut self, label: Option<&str>) -> io::Result<()> {
        if self.files.is_some() {
            return Ok(());
        }
        let label = label.map(|label| format!("_{label}")).unwrap_or_default();
        self.files =
            Some([open(&named(&self.path, &label))?, open(&named(&self.path, &format!("_vrrp{label}")))?]);
        for (from_router, line) in std::mem::take(&mut self.pending) {
            self.write(from_router, &line);
        }
        Ok(())
    }

    pub(super) fn write(&mut self, from_router: bool, line: &str) {
        match &mut self.files {
            Some([_, file]) if from_router => drop(file.write_all(line.as_bytes())),
            // A full disk is no reason to stop.
            Some([file, _]) => drop(file.write_all(line.as_bytes())),
            None if self.pending.len() < MAX_PENDING => self.pending.push((from_router, line.to_owned())),
            None => {}
        }
    }
}

/// Before the last dot of the name.
fn named(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (stem, extension) =
        name.rsplit_once('.').map_or((&*name, String::new()), |(stem, e)| (stem, format!(".{e}")));
    path.with_file_name(format!("{stem}{suffix}{extension}"))
}

/// The folder may be everybody's: what somebody else put there is not written to.
fn open(path: &Path) -> io::Result<File> {
    let explain = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o644).custom_flags(linux::fifo::OPEN_FLAGS);
    let file = options.open(path).map_err(explain)?;
    let about = file.metadata().map_err(explain)?;
    if !about.is_file() || about.nlink() != 1 || about.uid() != linux::process::user_id() {
        return Err(explain(io::Error::other("it is no file of our own")));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::TempDir;

    /// keepalived(8): `_vrrp` before the last dot.
    #[test]
    fn one_file_for_each_process() {
        let directory = TempDir::new("log-files");
        let path = directory.path().join("ka.log.txt");
        let mut files = LogFiles::new(path.clone());
        files.write(false, "early\n");
        files.open(Some("foo")).unwrap();
        files.write(false, "late\n");
        files.write(true, "router\n");
        files.open(None).unwrap();
        let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
        assert_eq!(read("ka.log_foo.txt"), "early\nlate\n");
        assert_eq!(read("ka.log_vrrp_foo.txt"), "router\n");
        assert!(!path.exists());
        assert_eq!(named(Path::new("/x/nodot"), "_vrrp"), Path::new("/x/nodot_vrrp"));
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let directory = TempDir::new("log-link");
        let (victim, path) = (directory.path().join("victim"), directory.path().join("k.log"));
        fs::write(&victim, "").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(LogFiles::new(path).open(None).is_err());
    }
}
