//! Files that say which process runs, and keep a second one from starting.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A locked PID file; removed when dropped. The kernel gives the lock up when the process dies, so that a file
/// left behind is in nobody's way.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    file: File,
}

/// Why there is no PID file.
#[derive(Debug, Error)]
pub enum PidFileError {
    /// Another process holds the lock, or is a keepalived that the file names.
    #[error("already running: process {pid}, according to its PID file")]
    AlreadyRunning {
        /// Its PID; 0 if the file does not say.
        pid: u32,
    },
    /// The file could not be made.
    #[error("cannot write the PID file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl PidFile {
    /// Makes and locks the file, mode 0644 less umask, with `pid` in it. A missing directory below /run is made.
    pub fn create(path: impl AsRef<Path>, pid: u32) -> Result<Self, PidFileError> {
        let path = path.as_ref();
        let io_error = |source| PidFileError::Io { path: path.to_owned(), source };
        make_directory(path).map_err(io_error)?;
        let mut file = loop {
            let mut file = open(path).map_err(io_error)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(PidFileError::AlreadyRunning { pid: read_pid(&mut file) });
                }
                Err(TryLockError::Error(e)) => return Err(io_error(e)),
            }
            // Its last owner may have removed it between our opening and our locking it.
            if is_at(&file, path) {
                break file;
            }
        };
        let found = read_pid(&mut file);
        if found != pid && is_keepalived(found) {
            return Err(PidFileError::AlreadyRunning { pid: found });
        }
        let mut this = Self { path: path.to_owned(), file };
        this.set_pid(pid)?;
        Ok(this)
    }

    /// The one that an earlier program in this process [made](Self::create); its lock was never let go of.
    pub fn inherit(path: impl AsRef<Path>, fd: OwnedFd) -> Self {
        Self { path: path.as_ref().to_owned(), file: fd.into() }
    }

    /// Replaces the PID, for instance that of a child that had to be restarted.
    pub fn set_pid(&mut self, pid: u32) -> Result<(), PidFileError> {
        let write = |file: &mut File| {
            file.rewind()?;
            file.set_len(0)?;
            writeln!(file, "{pid}")
        };
        write(&mut self.file).map_err(|source| PidFileError::Io { path: self.path.clone(), source })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsFd for PidFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if is_at(&self.file, &self.path) {
            // Nobody is left to be told; a file without a lock does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o644).open(path)
}

/// Directories below /run vanish with each boot.
fn make_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if parent.starts_with("/run") || parent.starts_with("/var/run") => {
            fs::create_dir_all(parent)
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether the path still leads to the open file.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
    }
}

/// The number in the file; 0 if there is none.
fn read_pid(file: &mut File) -> u32 {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(32).read_to_string(&mut text));
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}

/// keepalived does not lock its PID file. Our own processes do, so a process of our own program is none.
fn is_keepalived(pid: u32) -> bool {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let program = |pid: &str| fs::read_link(format!("/proc/{pid}/exe")).ok();
    name.trim() == "keepalived" && program(&pid.to_string()) != program("self")
}
