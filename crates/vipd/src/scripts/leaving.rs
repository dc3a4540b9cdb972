//! Programs that nobody waits for any more: asked to end, and killed if they do not.

use std::time::Duration;

use linux::child::Child;
use linux::program;
use types::Instant;

/// How long a program may take to end when it is asked to.
const TO_LEAVE: Duration = Duration::from_secs(1);

/// Who is still there when this is dropped is killed.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// With the time at which they are killed.
    programs: Vec<(Child, Instant)>,
}

impl Leaving {
    /// Asks the program, and what it has started, to end.
    pub(super) fn send_away(&mut self, now: Instant, child: Child) {
        program::terminate(&child);
        self.programs.push((child, now + TO_LEAVE));
    }

    /// Process numbers, with the times at which they are killed: for another program in this process.
    pub(super) fn hand_over(&self) -> Vec<(u32, Instant)> {
        self.programs.iter().map(|(child, kill_at)| (child.id(), *kill_at)).collect()
    }

    /// Those that an earlier program in this process sent away.
    pub(super) fn resume(handed: Vec<(u32, Instant)>) -> Self {
        let adopt = |(pid, kill_at)| Some((Child::adopt(pid)?, kill_at));
        Self { programs: handed.into_iter().filter_map(adopt).collect() }
    }

    /// When somebody is to be killed.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.programs.iter().map(|(_, kill_at)| *kill_at).min()
    }

    /// Kills those whose time is up.
    pub(super) fn timer(&mut self, now: Instant) {
        for (child, _) in self.programs.extract_if(.., |(_, kill_at)| *kill_at <= now) {
            end(child);
        }
    }

    /// A child may have ended.
    pub(super) fn reap(&mut self) {
        self.programs.retain_mut(|(child, _)| !matches!(child.try_wait(), Ok(Some(_))));
    }

    /// Whether all have left.
    pub(super) fn is_empty(&self) -> bool {
        self.programs.is_empty()
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.programs.drain(..).for_each(|(child, _)| end(child));
    }
}

fn end(mut child: Child) {
    program::kill(&child);
    // Killed: it does not keep us waiting.
    drop(child.wait());
}
