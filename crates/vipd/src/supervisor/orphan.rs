//! A router whose supervisor was killed goes on serving until somebody takes over. If that somebody is the next
//! daemon of this very host, the two would pull at the same addresses: the orphan has to go first.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use linux::process_tree::{Send, signal};

use crate::roles;

/// A killed process is gone after microseconds; more than this means that the kernel holds it.
const PATIENCE: u32 = 1000;

/// The router that a PID file names. To be read before the file is taken over.
pub(super) fn named_in(pid_file: &Path) -> Option<u32> {
    let pid = fs::read_to_string(pid_file).ok()?.trim().parse().ok()?;
    is_router(pid).then_some(pid)
}

/// Kills the orphan, whose supervisor is known to be dead. The addresses that it leaves are found by our own
/// router.
pub(super) fn end(pid: u32) {
    log::warn!("router process {pid} has outlived its supervisor: ending it");
    if let Err(e) = signal(pid, Send::Kill) {
        log::error!("cannot end process {pid}: {e}; it may remove our addresses");
    }
    for _ in 0..PATIENCE {
        if !is_router(pid) {
            return;
        }
        sleep(Duration::from_millis(1));
    }
    log::error!("process {pid} does not end; it may remove our addresses");
}

/// Whether this is one of our routers; a number alone may belong to anybody by now.
fn is_router(pid: u32) -> bool {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    arguments.split(|byte| *byte == 0).nth(1) == Some(roles::ROUTER.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_router_is_an_orphan() {
        let file = std::env::temp_dir().join(format!("vipd-orphan-{}.pid", std::process::id()));
        fs::write(&file, format!("{}\n", std::process::id())).unwrap();
        assert_eq!(named_in(&file), None, "this test is a process, but no router");
        fs::write(&file, "nonsense\n").unwrap();
        assert_eq!(named_in(&file), None);
        fs::remove_file(&file).unwrap();
        assert_eq!(named_in(&file), None);
    }
}
