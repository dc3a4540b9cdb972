//! Routes, rules and everything static in the report.

use engine::observe::{PathSnapshot, StaticSnapshot};
use serde::{Deserialize, Serialize};

use super::AddressReport;
use crate::describe;

/// One route or rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathReport {
    /// In the words of `ip`, behind `route` or `rule`.
    pub path: String,
    /// Whether it should be in the kernel.
    pub desired: bool,
    /// Whether it is.
    pub observed: bool,
    /// Why the two differ.
    pub problem: Option<String>,
}

/// What is there in every state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticReport {
    /// `static_ipaddress`
    pub addresses: Vec<AddressReport>,
    /// `static_routes`, then `static_rules`.
    pub paths: Vec<PathReport>,
    /// Addresses put back after somebody removed them.
    pub addresses_restored: u64,
    /// Routes and rules put back.
    pub paths_restored: u64,
}

impl StaticReport {
    /// Whether there is nothing static.
    pub(super) const fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.paths.is_empty()
    }

    /// Everything that is not as it should be.
    pub(super) fn problems(&self) -> impl Iterator<Item = &String> {
        let of_addresses = self.addresses.iter().filter_map(|address| address.problem.as_ref());
        of_addresses.chain(self.paths.iter().filter_map(|path| path.problem.as_ref()))
    }
}

pub(super) fn path(snapshot: &PathSnapshot) -> PathReport {
    let PathSnapshot { path, desired, observed, errno, message } = snapshot;
    let words = || match errno {
        Some(errno) => format!("the kernel says \"{}\"", describe::kernel_words(*errno, message)),
        None if message.is_empty() => "not yet there".to_owned(),
        None => message.clone(),
    };
    let problem = match (desired, observed) {
        (true, true) | (false, false) => None,
        (true, false) => Some(format!("{path} is missing: {}", words())),
        (false, true) => Some(format!("{path} is still there: {}", words())),
    };
    PathReport { path: path.clone(), desired: *desired, observed: *observed, problem }
}

pub(super) fn statics(snapshot: &StaticSnapshot) -> StaticReport {
    let StaticSnapshot { addresses, paths, addresses_restored, paths_restored } = snapshot;
    StaticReport {
        addresses: addresses.iter().map(super::instance::address).collect(),
        paths: paths.iter().map(path).collect(),
        addresses_restored: *addresses_restored,
        paths_restored: *paths_restored,
    }
}
