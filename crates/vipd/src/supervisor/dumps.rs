use std::collections::BTreeSet;
use std::time::SystemTime;

use config::model::{Model, Verdicts};
use engine::observe::Snapshot;
use serde::{Deserialize, Serialize};
use types::Instant;

use crate::dump::{self, Dump, Scene};
use crate::signal;

/// Dumps that signals have asked for and that wait for the router's answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Pending {
    wanted: BTreeSet<Dump>,
    clear: bool,
    asked: bool,
    /// Part of the names of dumps of the state.
    infix: String,
}

impl Pending {
    pub(super) fn new(infix: String) -> Self {
        Self { infix, ..Self::default() }
    }

    /// A signal came.
    pub(super) fn signal(&mut self, number: i32) {
        match number {
            signal::USR1 => self.wanted.extend([Dump::Parent, Dump::Data]),
            signal::USR2 | signal::STATS_CLEAR => {
                self.wanted.insert(Dump::Stats);
            }
            signal::JSON => {
                self.wanted.insert(Dump::Json);
            }
            _ => {}
        }
        self.clear |= number == signal::STATS_CLEAR;
    }

    /// Whether the router has to be asked now, and whether it shall count anew then.
    pub(super) fn ask(&mut self) -> Option<bool> {
        if self.wanted.is_empty() || self.asked {
            return None;
        }
        self.asked = true;
        Some(std::mem::take(&mut self.clear))
    }

    /// The router that was asked is gone; its successor will be.
    pub(super) fn router_gone(&mut self) {
        self.asked = false;
    }

    /// Writes everything that is wanted.
    pub(super) fn answer(&mut self, now: Instant, model: &Model, snapshot: &Snapshot, verdicts: &Verdicts) {
        if !std::mem::take(&mut self.asked) {
            return;
        }
        let scene = Scene { model, snapshot, verdicts, now: (now, SystemTime::now()) };
        let tmp = dump::directory(std::env::var_os("TMPDIR").map(Into::into));
        for dump in std::mem::take(&mut self.wanted) {
            let path = dump::path(dump, &model.global.dumps, &self.infix, &tmp);
            let Some(text) = dump.text(&scene) else {
                log::info!("no instance runs: nothing to write to {}", path.display());
                continue;
            };
            match dump::write(&path, &text, model.global.dumps.umask) {
                Ok(()) => log::info!("Written on signal: {}", path.display()),
                Err(e) => log::error!("cannot write {}: {e}", path.display()),
            }
        }
    }
}
