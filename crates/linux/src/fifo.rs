//! Named pipes (fifo(7)).

use std::io;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode};

/// For opening one without waiting, and only if nobody has put a symbolic link there.
pub const OPEN_FLAGS: i32 = libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC;
/// The same for what may be a symbolic link.
pub const OPEN_FLAGS_FOLLOW: i32 = libc::O_NONBLOCK | libc::O_CLOEXEC;

/// Makes one, with these permissions less the umask.
pub fn create(path: &Path, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::from_bits_truncate(mode), 0)?)
}
