//! Processes: starting our own roles, scheduling, giving up privileges.
#![allow(unsafe_code, reason = "sched_setscheduler has no safe wrapper in rustix or std")]

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use config::model::Process;
use rustix::io::Errno;
use rustix::mm::MlockAllFlags;
use rustix::process::{Gid, Resource, Rlimit, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets, CpuSet};

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
    command.stdin(Stdio::from(ipc)).spawn()
}

/// Sets nice value, real-time priority and its CPU limit, CPU affinity and memory locking as configured, for
/// the calling thread. What it starts inherits nice value and affinity, but is not real-time. Returns what did
/// not work, for people; it is not fatal.
pub fn set_scheduling(wanted: &Process) -> Vec<String> {
    let mut problems = Vec::new();
    let mut check = |what: String, result: io::Result<()>| {
        if let Err(e) = result {
            problems.push(format!("cannot {what}: {e}{}", hint(&e)));
        }
    };
    if !wanted.cpu_affinity.is_empty() {
        check(format!("run on CPU {:?} only", wanted.cpu_affinity), set_affinity(&wanted.cpu_affinity));
    }
    if let Some(nice) = wanted.nice {
        let result = rustix::process::setpriority_process(None, nice.into());
        check(format!("set nice value {nice}"), result.map_err(Into::into));
    }
    if wanted.no_swap {
        let result = rustix::mm::mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE);
        check("lock memory".to_owned(), result.map_err(Into::into));
    }
    if let Some(micros) = wanted.rlimit_rttime_us {
        let limit = Rlimit { current: Some(micros), maximum: Some(micros) };
        let result = rustix::process::setrlimit(Resource::Rttime, limit);
        check(format!("limit real-time CPU time to {micros} µs"), result.map_err(Into::into));
    }
    if let Some(priority) = wanted.rt_priority {
        check(format!("set real-time priority {priority}"), set_round_robin(priority));
    }
    problems
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

fn set_affinity(cpus: &[u32]) -> io::Result<()> {
    let mut set = CpuSet::new();
    for &cpu in cpus {
        let cpu = usize::try_from(cpu)
            .ok()
            .filter(|&cpu| cpu < CpuSet::MAX_CPU)
            .ok_or(io::ErrorKind::InvalidInput)?;
        set.set(cpu);
    }
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

fn set_round_robin(priority: u8) -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: priority.into() };
    // Children do not inherit it: mails and scripts are nothing urgent.
    let policy = libc::SCHED_RR | libc::SCHED_RESET_ON_FORK;
    // SAFETY: `parameters` is initialised and outlives the call; 0 is the calling thread.
    let result = unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn hint(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::PermissionDenied {
        " (needs CAP_SYS_NICE, or CAP_SYS_RESOURCE and CAP_IPC_LOCK; run as root)"
    } else {
        ""
    }
}

fn explain(what: &str, errno: Errno) -> io::Error {
    let error = io::Error::from(errno);
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
