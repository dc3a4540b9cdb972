//! Configuration files as the commands read and write them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use config::FileError;
use linux::fifo::OPEN_FLAGS_FOLLOW;
use linux::poll::Poller;

use crate::files;

/// The content of a file, or of standard input for `-`. Fails with the whole message.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    if is_standard_input(path) {
        return files::read_bounded(&mut io::stdin(), 0)
            .map_err(|e| format!("cannot read standard input: {e}"));
    }
    let read = match files::read_main(path) {
        Err(FileError::Pipe) => pipe(path),
        other => other,
    };
    let shown = path.display();
    read.map_err(|error| match error {
        FileError::NotFound => format!("{shown} does not exist: is the name right?"),
        FileError::Permission => format!("{shown} may not be read by this user"),
        FileError::Directory => format!("{shown} is a directory: name the files in it"),
        FileError::Device => format!("{shown} is a device, not a file; standard input is `-`"),
        FileError::Socket => format!("{shown} is a socket, not a file"),
        FileError::Pipe => {
            format!("{shown} is a pipe into which nobody writes: start first what is to write there")
        }
        FileError::TooLarge(_) => format!("{shown} is no configuration: {error}"),
        FileError::Other(why) => format!("cannot read {shown}: {why}"),
    })
}

/// What comes out of a pipe, such as that of `<(COMMAND)` in a shell. Not waited for is somebody who might write into it.
fn pipe(path: &Path) -> Result<Vec<u8>, FileError> {
    let because = |e: io::Error| files::because(&e);
    let opened = File::options().read(true).custom_flags(OPEN_FLAGS_FOLLOW).open(path).map_err(because)?;
    let mut poller = Poller::new().map_err(because)?;
    poller.add(opened.as_fd(), 0).map_err(because)?;
    let bytes = files::read_bounded(&mut Patient { pipe: &opened, poller: &mut poller }, 0)?;
    if bytes.is_empty() { Err(FileError::Pipe) } else { Ok(bytes) }
}

/// A pipe that is waited for as long as somebody may write into it.
struct Patient<'a> {
    pipe: &'a File,
    poller: &'a mut Poller,
}

impl Read for Patient<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.pipe.read(into) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.poller.wait(None, &mut Vec::new())?,
                other => return other,
            }
        }
    }
}

pub(super) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// Puts other content into a file, all or nothing: whoever reads it meanwhile sees the old or the new content. Owner
/// and permissions stay; a symbolic link goes on pointing to the file. Fails with the whole message.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let target = fs::canonicalize(path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    let beside = beside(&target);
    let written = write_beside(&target, &beside, bytes).and_then(|()| fs::rename(&beside, &target));
    written.map_err(|e| {
        // It may not have come into being.
        let _ = fs::remove_file(&beside);
        format!("cannot write {}: {e}; it is as it was", path.display())
    })
}

fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.new", std::process::id()))
}

fn write_beside(target: &Path, beside: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = fs::metadata(target)?;
    // Passwords: nobody else may read it before it has its permissions.
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(beside)?;
    let new = file.metadata()?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    #[test]
    fn what_is_no_file_says_what_it_is() {
        let dir = TempDir::new("input");
        let socket = dir.path().join("s");
        let _listener = UnixListener::bind(&socket).unwrap();
        let said = |path: &Path| read(path).unwrap_err();
        assert!(said(dir.path()).contains("is a directory"));
        assert!(said(Path::new("/dev/zero")).contains("is a device"));
        assert!(said(&socket).contains("is a socket"));
        assert!(said(&dir.path().join("x")).contains("does not exist"));
        let large = dir.path().join("large");
        File::create(&large).unwrap().set_len(4 << 40).unwrap();
        assert!(said(&large).contains("is no configuration"), "{}", said(&large));
    }

    #[test]
    fn a_pipe_is_read_to_its_end_and_nobody_is_waited_for() {
        let dir = TempDir::new("pipe");
        let path = dir.path().join("p");
        linux::fifo::create(&path, 0o600).unwrap();
        assert!(read(&path).unwrap_err().contains("nobody writes"));
        // Whoever opens it for both does not wait either.
        let mut writer = File::options().read(true).write(true).open(&path).unwrap();
        writer.write_all(b"first\n").unwrap();
        let reader = std::thread::spawn({
            let path = path.clone();
            move || read(&path)
        });
        writer.write_all(&vec![b'#'; 1 << 20]).unwrap();
        drop(writer);
        assert_eq!(reader.join().unwrap().unwrap().len(), 6 + (1 << 20));
    }

    #[test]
    fn replacing_keeps_permissions_and_links_and_leaves_nothing_behind() {
        let dir = TempDir::new("replace");
        let (file, link) = (dir.path().join("a.conf"), dir.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
