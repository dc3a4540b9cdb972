//! Namespaces: worlds of one's own to try things in.
#![allow(
    unsafe_code,
    reason = "unshare can separate threads of a process, and pre_exec runs between fork and exec"
)]

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};

use crate::link;

/// Where network namespaces have names.
const NAMED: &str = "/run/netns";

/// Moves the process into network and mount namespaces of its own, with an empty /run and the loopback interface
/// up. With `user`, into a user namespace as well, in which the caller is root: then no privilege is needed.
///
/// To be called while there is one thread only: the kernel refuses a user namespace to a process with several,
/// and the others would stay behind.
pub fn enter_private(user: bool) -> io::Result<()> {
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    let mut flags = UnshareFlags::NEWNET | UnshareFlags::NEWNS;
    flags.set(UnshareFlags::NEWUSER, user);
    // SAFETY: files and memory stay shared; only namespaces change, and there are no other threads.
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(|e| explain("make private namespaces", e))?;
    if user {
        // Groups cannot be mapped while they could still be changed (user_namespaces(7)).
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {} 1", uid.as_raw()))?;
        fs::write("/proc/self/gid_map", format!("0 {} 1", gid.as_raw()))?;
    }
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", private).map_err(|e| explain("make mounts private", e))?;
    rustix::mount::mount("tmpfs", "/run", "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, Some(c"mode=755"))
        .map_err(|e| explain("mount a private /run", e))?;
    link::set_up("lo", true)
}

/// Moves the process into the network namespace of that name (ip-netns(8)) and into a mount namespace of its own, in which
/// `directory` is what everybody else sees as its subdirectory of that name.
///
/// To be called while there is one thread only: the others would stay behind.
pub fn enter_named(name: &str, directory: &Path) -> io::Result<()> {
    let path = Path::new(NAMED).join(name);
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let namespace = rustix::fs::openat(CWD, &path, flags, Mode::empty())
        .map_err(|e| explain(&format!("open {}", path.display()), e))?;
    enter(namespace.as_fd()).map_err(|e| explain("enter it", e))?;
    // SAFETY: files and memory stay shared; only mounts change, and there are no other threads.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }
        .map_err(|e| explain("make a mount namespace", e))?;
    // What is mounted outside later shall be seen here, but not the other way round.
    let downstream = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", downstream).map_err(|e| explain("keep mounts to ourselves", e))?;
    let own = directory.join(name);
    fs::create_dir_all(&own)?;
    rustix::mount::mount_bind(&own, directory)
        .map_err(|e| explain(&format!("mount {} on {}", own.display(), directory.display()), e))
}

/// A network namespace, alive as long as this value or a process in it.
#[derive(Debug, Clone)]
pub struct NetNs {
    fd: Arc<OwnedFd>,
}

impl NetNs {
    /// A new one, with the loopback interface up. Needs CAP_SYS_ADMIN in the current user namespace.
    pub fn create() -> io::Result<Self> {
        let made = thread::spawn(|| {
            // SAFETY: this thread has nothing that depends on its network namespace.
            unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNET) }
                .map_err(|e| explain("make a network namespace", e))?;
            link::set_up("lo", true)?;
            Self::current()
        });
        made.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
    }

    /// The namespace of the calling thread.
    pub fn current() -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(CWD, "/proc/thread-self/ns/net", flags, Mode::empty())?;
        Ok(Self { fd: Arc::new(fd) })
    }

    /// Runs `f` inside, on a thread of its own. A panic in `f` goes on in the caller.
    pub fn run<R: Send>(&self, f: impl FnOnce() -> R + Send) -> io::Result<R> {
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                enter(self.fd.as_fd())?;
                Ok(f())
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Lets the command run inside.
    pub fn command(&self, mut command: Command) -> Command {
        let fd = Arc::clone(&self.fd);
        // SAFETY: setns is one system call; nothing is allocated or locked.
        unsafe { command.pre_exec(move || Ok(enter(fd.as_fd())?)) };
        command
    }
}

impl AsFd for NetNs {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn enter(namespace: BorrowedFd<'_>) -> Result<(), Errno> {
    rustix::thread::move_into_link_name_space(namespace, Some(LinkNameSpaceType::Network))
}

fn explain(what: &str, errno: Errno) -> io::Error {
    let error = io::Error::from(errno);
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
