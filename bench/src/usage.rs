use std::fs;

use lab::Daemon;

/// CPU time of all processes of a daemon so far, seconds: what the scheduler counted, to the nanosecond.
pub(crate) fn cpu_seconds(daemon: &mut Daemon) -> f64 {
    daemon.processes().into_iter().filter_map(cpu_of).sum()
}

/// Memory of all processes of a daemon, MiB, shared pages by share (PSS).
pub(crate) fn pss_mib(daemon: &mut Daemon) -> f64 {
    let kib: f64 = daemon.processes().into_iter().filter_map(pss_of).sum();
    kib / 1024.0
}

/// CPU time of a process so far, seconds. It may have ended, as long as nobody has waited for it.
pub(crate) fn cpu_of(pid: u32) -> Option<f64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
    let nanos = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    Some(nanos.sum::<f64>() / 1e9)
}

fn pss_of(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}
