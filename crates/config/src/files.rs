//! What this crate needs of a file system, to be handed in.

use std::fmt;

/// A file system for `include` and `${_PWD}`. Paths are relative to the same directory as the name of the main file.
pub trait Files: fmt::Debug {
    /// The content of a file.
    ///
    /// # Errors
    ///
    /// Anything that is not a regular file that can be read whole.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// The names in a directory, in any order, without `.` and `..`. `""` is the directory that paths are relative to.
    ///
    /// # Errors
    ///
    /// The directory does not exist or cannot be read.
    fn list(&self, directory: &str) -> Result<Vec<String>, FileError>;

    /// Whether there is something of this name, readable or not.
    fn exists(&self, path: &str) -> bool;

    /// The absolute path of a directory.
    fn absolute(&self, directory: &str) -> String;
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// There is nothing of this name.
    NotFound,
    /// This user may not read it.
    Permission,
    /// It is a directory.
    Directory,
    /// It is a character or block device.
    Device,
    /// It is a socket.
    Socket,
    /// It is a pipe.
    Pipe,
    /// It is larger than this many bytes.
    TooLarge(u64),
    /// Anything else, in the words of the operating system.
    Other(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::Permission => f.write_str("this user may not read it"),
            Self::Directory => f.write_str("it is a directory"),
            Self::Device => f.write_str("it is a device, not a file"),
            Self::Socket => f.write_str("it is a socket, not a file"),
            Self::Pipe => f.write_str("it is a pipe, not a file"),
            Self::TooLarge(limit) => write!(f, "it has more than {limit} bytes"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for FileError {}
