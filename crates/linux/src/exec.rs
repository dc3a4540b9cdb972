//! Another program in this very process (execve(2)): it keeps the process number, the children, and the descriptors that
//! are left open for it.
#![allow(unsafe_code, reason = "execve, and descriptors known by their numbers")]

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr, OsString, c_char};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, IntoRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::MemfdFlags;
use rustix::io::FdFlags;

use crate::child::Child;
use crate::fifo;

/// What an ELF file begins with, up to its machine (elf(5)).
const HEADER: usize = 20;
const MAGIC: &[u8] = b"\x7fELF";
/// Class and byte order, and the machine.
const SAME: [std::ops::Range<usize>; 2] = [4..6, 18..20];

/// A program, opened once: what is asked and what is run later are the same, whoever replaces the file meanwhile.
#[derive(Debug)]
pub struct Binary {
    file: File,
}

impl Binary {
    /// Opens it, without waiting for what is no file. An error if it is no program for this machine.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::options().read(true).custom_flags(fifo::OPEN_FLAGS_FOLLOW).open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        if about.permissions().mode() & 0o111 == 0 {
            return Err(io::Error::other("nobody may execute it"));
        }
        let (theirs, ours) = (header(&mut file)?, header(&mut File::open("/proc/self/exe")?)?);
        let same = |at: &std::ops::Range<usize>| theirs.get(at.clone()) == ours.get(at.clone());
        if !theirs.starts_with(MAGIC) || !SAME.iter().all(same) {
            return Err(io::Error::other("it is no program for this machine"));
        }
        Ok(Self { file })
    }

    /// Runs it as a process of its own. What it prints, on standard output and error, goes to `answer`.
    pub fn ask(&self, name: &OsStr, arguments: &[OsString], input: File, answer: &File) -> io::Result<Child> {
        let mut command = Command::new(self.path());
        command.arg0(name).args(arguments).stdin(Stdio::from(input));
        command.stdout(answer.try_clone()?).stderr(answer.try_clone()?);
        // It is not the one that the service manager listens to.
        command.env_remove("NOTIFY_SOCKET").process_group(0);
        command.spawn().map(Child::from)
    }

    /// Makes it the program of this process, with this environment and signal mask. Of the descriptors it gets the first
    /// three and those of `keep`. Returns only if that fails; then everything is as before.
    pub fn replace(&self, name: &OsStr, arguments: &[OsString], keep: &[BorrowedFd<'_>]) -> io::Error {
        let prepared = self.prepare(name, arguments);
        let open = prepared.and_then(|prepared| set_flags(keep, FdFlags::empty()).map(|()| prepared));
        let error = open.map_or_else(|e| e, |prepared| prepared.run());
        // Fails only for what is no descriptor.
        let _ = set_flags(keep, FdFlags::CLOEXEC);
        error
    }

    fn prepare(&self, name: &OsStr, arguments: &[OsString]) -> io::Result<Prepared> {
        let text = |text: &OsStr| Ok(CString::new(text.as_bytes())?);
        let all = std::iter::once(name).chain(arguments.iter().map(OsString::as_os_str));
        let variables =
            std::env::vars_os().map(|(name, value)| [name, "=".into(), value].into_iter().collect());
        Ok(Prepared {
            path: CString::new(self.path())?,
            arguments: all.map(text).collect::<io::Result<_>>()?,
            environment: variables.map(|v: OsString| text(&v)).collect::<io::Result<_>>()?,
        })
    }

    fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.file.as_raw_fd())
    }
}

fn header(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(HEADER as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn set_flags(descriptors: &[BorrowedFd<'_>], flags: FdFlags) -> io::Result<()> {
    descriptors.iter().try_for_each(|fd| Ok(rustix::io::fcntl_setfd(fd, flags)?))
}

struct Prepared {
    path: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
}

impl Prepared {
    fn run(&self) -> io::Error {
        let pointers = |texts: &[CString]| -> Vec<*const c_char> {
            texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
        };
        let (arguments, environment) = (pointers(&self.arguments), pointers(&self.environment));
        // SAFETY: all three are as execve(2) wants them, ended by null, and live until it returns.
        unsafe { libc::execve(self.path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
        io::Error::last_os_error()
    }
}

/// A file in memory only, with these bytes, to be read from its beginning.
pub fn memory_file(bytes: &[u8]) -> io::Result<File> {
    let mut file = File::from(rustix::fs::memfd_create("vipd", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// The descriptors that an earlier program in this process left open for this one.
#[derive(Debug, Default)]
pub struct Inherited {
    taken: BTreeSet<RawFd>,
}

impl Inherited {
    /// The one with this number, once; from now on no further program gets it. The caller has the number from that earlier
    /// program: a wrong one would be somebody else's. The first three are nobody's to take.
    pub fn take(&mut self, number: RawFd) -> io::Result<OwnedFd> {
        if number <= 2 || !self.taken.insert(number) {
            return Err(io::Error::other(format!("descriptor {number} has an owner")));
        }
        // SAFETY: the number is used for this call only; fcntl(2) refuses one that is not open.
        let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
        let flags = rustix::io::fcntl_getfd(borrowed)?;
        if flags.contains(FdFlags::CLOEXEC) {
            return Err(io::Error::other(format!("descriptor {number} was opened by this program")));
        }
        rustix::io::fcntl_setfd(borrowed, FdFlags::CLOEXEC)?;
        // SAFETY: it is open, it was not opened by this program (which opens with CLOEXEC), and nobody has taken it before.
        Ok(unsafe { OwnedFd::from_raw_fd(number) })
    }
}

/// The number of another descriptor of the same, as an earlier program in this process would have left it open.
pub fn duplicate(fd: &impl AsFd) -> io::Result<RawFd> {
    Ok(rustix::io::dup(fd)?.into_raw_fd())
}

/// Descriptors to be [left open](Binary::replace), and their numbers for the next program.
#[derive(Debug, Default)]
pub struct Kept<'a>(Vec<BorrowedFd<'a>>);

impl<'a> Kept<'a> {
    /// One more; its number.
    pub fn keep(&mut self, fd: &'a impl AsFd) -> RawFd {
        let fd = fd.as_fd();
        self.0.push(fd);
        fd.as_raw_fd()
    }

    /// All of them.
    pub fn descriptors(&self) -> &[BorrowedFd<'a>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_asked_and_answers() {
        let binary = Binary::open(Path::new("/bin/cat")).unwrap();
        let mut answer = memory_file(b"").unwrap();
        let mut child = binary.ask("cat".as_ref(), &[], memory_file(b"said").unwrap(), &answer).unwrap();
        assert!(child.wait().unwrap().success());
        answer.rewind().unwrap();
        assert_eq!(io::read_to_string(answer).unwrap(), "said");
    }

    #[test]
    fn what_is_no_program_for_this_machine() {
        let why = |path: &str| Binary::open(Path::new(path)).unwrap_err().to_string();
        assert_eq!(why("/proc"), "it is no file");
        assert_eq!(why("/etc/passwd"), "nobody may execute it");
        let script = std::env::temp_dir().join(format!("vipd-exec-{}", std::process::id()));
        fifo::create(&script, 0o700).unwrap();
        assert_eq!(why(script.to_str().unwrap()), "it is no file", "and nobody waits for a writer");
        std::fs::remove_file(&script).unwrap();
        std::fs::write(&script, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(why(script.to_str().unwrap()), "it is no program for this machine");
        std::fs::remove_file(&script).unwrap();
        assert!(Binary::open(&script).is_err());
    }

    #[test]
    fn only_what_was_left_open_is_taken_and_once() {
        let file = memory_file(b"x").unwrap();
        let mut inherited = Inherited::default();
        assert!(inherited.take(1).is_err() && inherited.take(12_345).is_err());
        assert!(inherited.take(file.as_raw_fd()).is_err(), "of this program");
        let taken = Inherited::default().take(duplicate(&file).unwrap()).unwrap();
        assert!(rustix::io::fcntl_getfd(&taken).unwrap().contains(FdFlags::CLOEXEC));
        assert!(inherited.take(taken.as_raw_fd()).is_err());
    }
}
