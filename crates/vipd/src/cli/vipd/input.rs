//! Configuration files as the commands read and write them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

/// The content of a file, or of standard input for `-`. Fails with the whole message.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    if is_standard_input(path) {
        let mut bytes = Vec::new();
        return match io::stdin().read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(e) => Err(format!("cannot read standard input: {e}")),
        };
    }
    let shown = path.display();
    let because = |e: io::Error| {
        if e.kind() == io::ErrorKind::NotFound {
            format!("{shown} does not exist: is the name right?")
        } else if e.kind() == io::ErrorKind::PermissionDenied {
            format!("{shown} may not be read by this user: {e}")
        } else {
            format!("cannot read {shown}: {e}")
        }
    };
    // Asked before it is opened: opening some devices does something.
    let kind = fs::metadata(path).map_err(because)?.file_type();
    if kind.is_dir() {
        return Err(format!("{shown} is a directory: name the files in it"));
    }
    if kind.is_char_device() || kind.is_block_device() {
        return Err(format!("{shown} is a device, not a file; standard input is `-`"));
    }
    if kind.is_socket() {
        return Err(format!("{shown} is a socket, not a file"));
    }
    fs::read(path).map_err(because)
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
