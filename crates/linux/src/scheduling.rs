//! How the kernel treats this process: nice value, real-time priority and its guard, processors, locked memory.
#![allow(unsafe_code, reason = "sched_setscheduler and sigaction have no safe wrapper in rustix or std")]

use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

use config::model::Process;
use rustix::mm::MlockAllFlags;
use rustix::process::{Resource, Rlimit};
use rustix::thread::CpuSet;

/// Set by the kernel's warning that this process has computed for long without waiting.
static OVERRUN: AtomicBool = AtomicBool::new(false);

/// How this process, of one thread, is treated, and how it was when it was started. What it starts inherits nice value and
/// processors, but is not real-time.
#[derive(Debug)]
pub struct Scheduling {
    as_started: Option<(i32, CpuSet)>,
    applied: Process,
    real_time: Option<u8>,
}

impl Scheduling {
    /// To be called before privileges are given up.
    pub fn start() -> Self {
        // So that memory can be locked at a reload, too. Who may not has the usual limit, and is told when it is too low.
        let unlimited = Rlimit { current: None, maximum: None };
        let _ = rustix::process::setrlimit(Resource::Memlock, unlimited);
        // Who cannot find out how it was stays as it is.
        let nice = rustix::process::getpriority_process(None);
        let as_started = nice.and_then(|nice| Ok((nice, rustix::thread::sched_getaffinity(None)?)));
        Self { as_started: as_started.ok(), applied: Process::default(), real_time: None }
    }

    /// Does what is configured, and takes back what is not any more. What did not work, for people; it is not fatal.
    pub fn apply(&mut self, wanted: &Process) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |what: String, result: io::Result<()>| {
            if let Err(e) = result {
                problems.push(format!("cannot {what}: {e}{}", hint(&e)));
            }
        };
        let before = std::mem::replace(&mut self.applied, wanted.clone());
        if wanted.cpu_affinity != before.cpu_affinity {
            let cpus = &wanted.cpu_affinity;
            check(format!("run on CPU {cpus:?} only"), self.set_affinity(cpus));
        }
        if wanted.nice != before.nice
            && let Some(nice) = wanted.nice.map(i32::from).or(self.as_started.map(|(nice, _)| nice))
        {
            let result = rustix::process::setpriority_process(None, nice);
            check(format!("set nice value {nice}"), result.map_err(Into::into));
        }
        if wanted.no_swap != before.no_swap {
            let result = if wanted.no_swap {
                rustix::mm::mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE)
            } else {
                rustix::mm::munlockall()
            };
            check("lock memory".to_owned(), result.map_err(Into::into));
        }
        let real_time = wanted.rt_priority;
        check(format!("set real-time priority {}", real_time.unwrap_or(0)), self.set_real_time(real_time));
        problems
    }

    /// SCHED_RR with this priority, 1 to 99, or none. The kernel's warning about too much computing is prepared with it: its
    /// handler makes this process an ordinary one, see [`overran`](Self::overran).
    pub fn set_real_time(&mut self, priority: Option<u8>) -> io::Result<()> {
        if (self.real_time, priority) == (None, None) {
            return Ok(());
        }
        if priority.is_some() {
            on_overrun_become_ordinary()?;
        }
        // No hard limit: it would end a process that has much to do, and where the kernel's ticks are further apart than the
        // limits it would do so without a warning. The kernel raises the soft one with each warning.
        let current = priority.map(|_| (self.applied.rlimit_rttime_us / 2).max(1));
        rustix::process::setrlimit(Resource::Rttime, Rlimit { current, maximum: None })?;
        set_scheduler(priority)?;
        self.real_time = priority;
        Ok(())
    }

    /// Whether this process has lost its real-time priority, because it computed for longer than it may without waiting.
    pub fn overran(&self) -> bool {
        OVERRUN.load(Ordering::Relaxed)
    }

    /// Gives back what was lost. To be called when everything is done and the process is about to wait: that sets the
    /// kernel's count back.
    pub fn recover(&mut self) -> io::Result<()> {
        OVERRUN.store(false, Ordering::Relaxed);
        self.set_real_time(self.real_time)
    }

    fn set_affinity(&self, cpus: &[u32]) -> io::Result<()> {
        let mut set = CpuSet::new();
        match self.as_started {
            Some((_, all)) if cpus.is_empty() => set = all,
            Some(_) | None => {}
        }
        for &cpu in cpus {
            let cpu = usize::try_from(cpu)
                .ok()
                .filter(|&cpu| cpu < CpuSet::MAX_CPU)
                .ok_or(io::ErrorKind::InvalidInput)?;
            set.set(cpu);
        }
        Ok(rustix::thread::sched_setaffinity(None, &set)?)
    }
}

fn set_scheduler(priority: Option<u8>) -> io::Result<()> {
    let policy = if priority.is_some() { libc::SCHED_RR } else { libc::SCHED_OTHER };
    let parameters = libc::sched_param { sched_priority: priority.unwrap_or(0).into() };
    // Children do not inherit it: mails and scripts are nothing urgent.
    let policy = policy | libc::SCHED_RESET_ON_FORK;
    // SAFETY: `parameters` is initialised and outlives the call; 0 is the calling thread.
    let result = unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn overrun(_signal: libc::c_int) {
    // Taking back one's own priority is permitted to everybody, so that errno stays as it is.
    let _: io::Result<()> = set_scheduler(None);
    OVERRUN.store(true, Ordering::Relaxed);
}

fn on_overrun_become_ordinary() -> io::Result<()> {
    // SAFETY: all zeros are a valid sigaction, an empty mask among them.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = overrun as extern "C" fn(libc::c_int) as libc::sighandler_t;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the handler makes one system call and stores one flag, both of which may be done at any moment.
    let result = unsafe { libc::sigaction(libc::SIGXCPU, &raw const action, std::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn hint(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::PermissionDenied {
        " (needs CAP_SYS_NICE, or CAP_SYS_RESOURCE and CAP_IPC_LOCK; run as root)"
    } else {
        ""
    }
}
