//! Processes: starting our own roles, giving up privileges.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::process::{Gid, Resource, Rlimit, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};

use crate::child::Child;

/// The user and group without any rights, the same number everywhere.
const NOBODY: u32 = 65_534;

/// Starts this same program again as another role: `args[0]` is the name it shows, the others are its arguments,
/// `ipc` becomes its standard input. Standard output and error are shared.
///
/// It starts without a copy of our page tables (`posix_spawn`), and with our signal mask: a signal that comes
/// before the role has asked for it waits instead of killing the role. Each role sets its own mask then
/// ([`crate::signals::Signals::new`], or [`crate::signals::unblock_all`]).
pub fn spawn_role(args: &[&str], ipc: OwnedFd) -> io::Result<Child> {
    // The path of the running program, even if the file was replaced by an upgrade meanwhile.
    let mut command = Command::new("/proc/self/exe");
    if let Some((name, rest)) = args.split_first() {
        command.arg0(name).args(rest);
    }
    command.stdin(Stdio::from(ipc)).spawn().map(Child::from)
}

/// Lets this process open as many files as the system allows it at most: the usual limit is for programs that know no
/// better.
pub fn raise_file_limit() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    // Fewer sockets will do for most configurations; who needs more hears of it from them.
    let _ = rustix::process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Lets this process, and those that it starts, leave core dumps of any size.
pub fn allow_core_dumps() -> io::Result<()> {
    let unlimited = Rlimit { current: None, maximum: None };
    Ok(rustix::process::setrlimit(Resource::Core, unlimited)?)
}

/// 64 unpredictable bits; never waits.
pub fn random_bits() -> u64 {
    let mut bytes = [0; 8];
    // Early at boot the kernel may have gathered little chance: what it has is enough here, where nothing is secret.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::INSECURE);
    u64::from_ne_bytes(bytes)
}

/// Keeps CAP_NET_ADMIN and CAP_NET_RAW (and CAP_SYS_NICE) of the capabilities we have, gives up all others for
/// good, also for programs that this process might start. To be called while there is one thread only.
///
/// The user stays the same, so that files of root stay within reach of their owner; the router opens none.
pub fn drop_privileges_to_net() -> io::Result<()> {
    let keep = CapabilitySet::NET_ADMIN | CapabilitySet::NET_RAW | CapabilitySet::SYS_NICE;
    rustix::thread::set_no_new_privs(true).map_err(|e| explain("forbid new privileges", e))?;
    let permitted = rustix::thread::capabilities(None)?.permitted & keep;
    set_capabilities(permitted)
}

/// Becomes a process without any privilege: user and group nobody, no capability, none to be gained. To be called
/// while there is one thread only.
///
/// In a user namespace that does not know nobody the user stays; without capabilities it is an ordinary one.
pub fn become_nobody() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true).map_err(|e| explain("forbid new privileges", e))?;
    if rustix::process::geteuid().is_root() {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        let changed = rustix::thread::set_thread_groups(&[])
            .and_then(|()| rustix::thread::set_thread_res_gid(group, group, group))
            .and_then(|()| rustix::thread::set_thread_res_uid(user, user, user));
        match changed {
            // No such user here, or no right to change: what counts is done below.
            Ok(()) | Err(Errno::INVAL | Errno::PERM) => {}
            Err(e) => return Err(explain("become nobody", e)),
        }
    }
    set_capabilities(CapabilitySet::empty())
}

/// Whether addresses may be changed here (CAP_NET_ADMIN).
pub fn has_net_admin() -> bool {
    has(CapabilitySet::NET_ADMIN)
}

/// Whether raw sockets may be opened here (CAP_NET_RAW).
pub fn has_net_raw() -> bool {
    has(CapabilitySet::NET_RAW)
}

/// Checks that the process may do a router's work; the error says what is missing and what to do.
pub fn audit() -> Result<(), String> {
    let missing: Vec<&str> = [
        (has_net_admin(), "CAP_NET_ADMIN (to set addresses)"),
        (has_net_raw(), "CAP_NET_RAW (to send and hear advertisements)"),
    ]
    .into_iter()
    .filter_map(|(has, name)| (!has).then_some(name))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "missing privilege: {}; run as root, or give the program these capabilities \
         (systemd: AmbientCapabilities=, container: --cap-add)",
        missing.join(" and ")
    ))
}

/// Leaves the terminal behind: a session of our own (setsid(2)). An error means that we have one already.
pub fn new_session() -> io::Result<()> {
    rustix::process::setsid()?;
    Ok(())
}

/// Sets the umask of this process, permission bits only.
pub fn set_umask(mask: u32) {
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(mask));
}

/// The effective user of this process.
pub fn user_id() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether the process at the other end of a Unix socket belongs to root or to our own user.
pub fn peer_is_trusted(socket: impl AsFd) -> bool {
    rustix::net::sockopt::socket_peercred(socket)
        .is_ok_and(|peer| peer.uid.is_root() || peer.uid == rustix::process::geteuid())
}

/// The name of this host, as `uname -n` shows it.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn has(capability: CapabilitySet) -> bool {
    rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(capability))
}

fn set_capabilities(keep: CapabilitySet) -> io::Result<()> {
    // Nothing is ambient afterwards: an ambient capability must be inheritable.
    let sets = CapabilitySets { effective: keep, permitted: keep, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets).map_err(|e| explain("give up capabilities", e))
}

fn explain(what: &str, errno: Errno) -> io::Error {
    let error = io::Error::from(errno);
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
