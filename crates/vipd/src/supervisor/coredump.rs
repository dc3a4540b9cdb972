use std::fs;

use crate::options::Options;

/// How the kernel names core dumps, of all programs.
const PATTERN: &str = "/proc/sys/kernel/core_pattern";

/// Puts the kernel's pattern back at the end.
#[derive(Debug)]
pub(super) struct CorePattern(String);

impl CorePattern {
    /// What was found before an earlier program in this process changed it.
    pub(super) fn of(was: String) -> Self {
        Self(was)
    }

    /// What is put back.
    pub(super) fn was(&self) -> &str {
        &self.0
    }
}

/// As `--core-dump` and `--core-dump-pattern` want it, for this process and those that it starts.
pub(super) fn allow(options: &Options) -> Option<CorePattern> {
    if options.core_dumps
        && let Err(e) = linux::process::allow_core_dumps()
    {
        log::warn!("cannot allow core dumps: {e}");
    }
    let pattern = options.core_pattern.as_ref()?;
    match fs::read_to_string(PATTERN).and_then(|old| fs::write(PATTERN, pattern).map(|()| old)) {
        Ok(old) => Some(CorePattern(old)),
        Err(e) => {
            log::warn!("cannot change {PATTERN}: {e}; core dumps are called as before");
            None
        }
    }
}

impl Drop for CorePattern {
    fn drop(&mut self) {
        if let Err(e) = fs::write(PATTERN, &self.0) {
            log::warn!("cannot change {PATTERN} back to {}: {e}", self.0.trim());
        }
    }
}
