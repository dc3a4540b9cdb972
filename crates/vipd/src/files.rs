//! What a configuration may ask of the machine that reads it: included files, the environment, random numbers.

use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use config::{FileError, Files};

/// The largest file that is read: more than any configuration has.
pub(crate) const MAX_LEN: u64 = 256 << 20;

/// Everything from outside that reading a configuration needs.
#[derive(Debug)]
pub struct Outside {
    environment: Vec<(String, String)>,
    seed: u64,
}

impl Outside {
    /// This process's own.
    pub fn of_this_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let environment = std::env::vars_os().filter_map(text).collect();
        Self { environment, seed: RandomState::new().build_hasher().finish() }
    }

    /// How to read a configuration for this configuration id.
    pub fn options<'a>(&'a self, config_id: &'a str) -> config::Options<'a> {
        config::Options {
            files: Some(&Disk),
            environment: &self.environment,
            random_seed: self.seed,
            ..config::Options::of(config_id)
        }
    }
}

/// The file system. Relative paths start at the working directory, as that of the main file does.
#[derive(Debug)]
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        // Asked before it is opened: opening a device does something, opening a pipe waits.
        let about = fs::metadata(path).map_err(|e| because(&e))?;
        let kind = about.file_type();
        if kind.is_dir() {
            return Err(FileError::Directory);
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Err(FileError::Device);
        }
        if kind.is_socket() {
            return Err(FileError::Socket);
        }
        if kind.is_fifo() {
            return Err(FileError::Pipe);
        }
        if about.len() > MAX_LEN {
            return Err(FileError::TooLarge(MAX_LEN));
        }
        read_bounded(&mut File::open(path).map_err(|e| because(&e))?, about.len())
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, FileError> {
        let entries = fs::read_dir(here(directory)).map_err(|e| because(&e))?;
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
    }

    fn exists(&self, path: &str) -> bool {
        // Without following it: a link that leads nowhere is worth a message.
        fs::symlink_metadata(path).is_ok()
    }

    fn absolute(&self, directory: &str) -> String {
        let absolute = fs::canonicalize(here(directory));
        absolute.map_or_else(|_| directory.to_owned(), |path| path.to_string_lossy().into_owned())
    }
}

/// Everything up to the end, unless that is too much; probably so many bytes.
pub(crate) fn read_bounded(from: &mut impl Read, expected: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    // One byte more than allowed tells a file that is too large, also one that grows.
    from.take(MAX_LEN + 1).read_to_end(&mut bytes).map_err(|e| because(&e))?;
    if bytes.len() as u64 > MAX_LEN { Err(FileError::TooLarge(MAX_LEN)) } else { Ok(bytes) }
}

/// The main file, under the same conditions as those that it includes: whatever is no regular file is refused, because
/// reading it may have no end.
pub(crate) fn read_main(path: &Path) -> Result<Vec<u8>, FileError> {
    Disk.read(&path.to_string_lossy())
}

fn here(directory: &str) -> &Path {
    Path::new(if directory.is_empty() { "." } else { directory })
}

pub(crate) fn because(error: &io::Error) -> FileError {
    if error.kind() == io::ErrorKind::NotFound {
        return FileError::NotFound;
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return FileError::Permission;
    }
    FileError::Other(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn each_thing_that_is_no_file_has_its_own_message() {
        let directory = TempDir::new("files");
        let path = |name: &str| directory.path().join(name).display().to_string();
        let _socket = UnixListener::bind(path("socket")).unwrap();
        fs::write(path("file"), b"x").unwrap();
        std::os::unix::fs::symlink("nowhere", path("link")).unwrap();
        assert_eq!(Disk.read(&path("file")), Ok(b"x".to_vec()));
        assert_eq!(Disk.read(&path("socket")), Err(FileError::Socket));
        assert_eq!(Disk.read(&path("")), Err(FileError::Directory));
        assert_eq!(Disk.read(&path("none")), Err(FileError::NotFound));
        // It has no content and takes no room on the disk.
        File::create(path("large")).unwrap().set_len(4 << 40).unwrap();
        assert_eq!(Disk.read(&path("large")), Err(FileError::TooLarge(MAX_LEN)));
        fs::remove_file(path("large")).unwrap();
        assert_eq!(
            read_bounded(&mut io::repeat(b'#').take(MAX_LEN + 9), 0),
            Err(FileError::TooLarge(MAX_LEN))
        );
        assert_eq!(Disk.read("/dev/zero"), Err(FileError::Device));
        assert_eq!(read_main(Path::new("/dev/zero")), Err(FileError::Device));
        assert!(Disk.exists(&path("link")), "it is there");
        assert_eq!(Disk.read(&path("link")), Err(FileError::NotFound), "and leads nowhere");
        let mut names = Disk.list(&path("")).unwrap();
        names.sort();
        assert_eq!(names, ["file", "link", "socket"]);
    }

    #[test]
    fn a_configuration_in_several_files() {
        let directory = TempDir::new("files-several");
        let path = |name: &str| directory.path().join(name).display().to_string();
        fs::create_dir(path("conf.d")).unwrap();
        fs::write(path("conf.d/b.conf"), "global_defs {\n router_id ${_PWD}\n}\n").unwrap();
        let outside = Outside::of_this_process();
        let loaded = config::load(&path("k.conf"), b"include conf.d/*.conf\n", &outside.options("node"));
        let inner = fs::canonicalize(path("conf.d")).unwrap().display().to_string();
        assert_eq!(loaded.model.global.router_id, Some(inner), "{:?}", loaded.diagnostics);
    }
}
