//! The packet filter: computed anew from the instances whenever something that it depends on has changed.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use types::Instant;

use super::api::PacketFilter;
use crate::api::Output;
use crate::engine::{Engine, Phase};
use crate::instance::Holding;
use crate::observe::{EventKind, UnmarkedChange};

/// Until the kernel is asked again for a filter that it refused.
const RETRY: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Filtering {
    /// Something changed since the last look.
    pub(crate) stale: bool,
    /// What the kernel was asked for.
    asked: PacketFilter,
    /// The request under way.
    in_flight: Option<PacketFilter>,
    /// Tables that are in the kernel: at most one, except after a change of its name or after a process that was killed.
    tables: BTreeSet<String>,
    /// What it refused with, and when to ask again.
    failure: Option<(i32, Instant)>,
}

impl Filtering {
    /// `tables`: those of an earlier process.
    pub(crate) fn new(tables: BTreeSet<String>) -> Self {
        Self { stale: !tables.is_empty(), tables, ..Self::default() }
    }

    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.failure.map(|(_, at)| at)
    }

    pub(crate) fn is_settled(&self) -> bool {
        !self.stale && self.in_flight.is_none()
    }

    /// Removes a table that is there and not wanted.
    fn removal(&self) -> Option<PacketFilter> {
        let in_use = |table: &&String| !self.asked.is_empty() && self.asked.table == **table;
        let table = self.tables.iter().find(|table| !in_use(table))?;
        Some(PacketFilter { table: table.clone(), ..PacketFilter::default() })
    }
}

impl Engine {
    /// Asks for the filter as it shall be now, if that differs from what was asked for last; when it is there, for the
    /// end of those that are not wanted.
    pub(crate) fn advance_filter(&mut self) {
        let retry = self.filtering.retry_at().is_some_and(|at| at <= self.now);
        if self.phase == Phase::Blind
            || self.filtering.in_flight.is_some()
            || !(self.filtering.stale || retry)
        {
            return;
        }
        let wanted = self.packet_filter();
        let request = if !wanted.is_empty() && (retry || wanted != self.filtering.asked) {
            self.filtering.asked.clone_from(&wanted);
            Some(wanted)
        } else {
            if wanted.is_empty() {
                self.filtering.asked = PacketFilter::default();
            }
            self.filtering.removal()
        };
        match request {
            Some(request) => {
                self.filtering.in_flight = Some(request.clone());
                self.output(Output::PacketFilter(Box::new(request)));
            }
            None => {
                self.filtering.stale = false;
                // What was refused and is wanted is tried again, whatever else happens until then.
                if self.filtering.asked.is_empty() {
                    self.filtering.failure = None;
                }
            }
        }
    }

    /// The kernel's answer: a positive errno if it refused.
    pub(crate) fn filter_answered(&mut self, errno: Option<i32>) {
        let Some(request) = self.filtering.in_flight.take() else { return };
        let before = self.filtering.failure.take().map(|(errno, _)| errno);
        let table = request.table.clone();
        match errno {
            // A table that cannot be removed is not there, or the kernel has no packet filter.
            _ if request.is_empty() => {
                self.filtering.tables.remove(&table);
                self.event(None, EventKind::Unmarked(UnmarkedChange::FilterRemoved { table }));
            }
            None => {
                if self.filtering.tables.insert(table.clone()) {
                    self.event(None, EventKind::Unmarked(UnmarkedChange::FilterMade { table }));
                }
            }
            Some(errno) => {
                self.filtering.failure = Some((errno, self.now + RETRY));
                self.filtering.stale = false;
                if before != Some(errno) {
                    let unprotected = self.instances.values().any(|i| i.config.drops_packets());
                    self.event(None, EventKind::FilterFailed { table, errno, unprotected });
                }
                return;
            }
        }
        self.filtering.stale = true;
    }

    fn packet_filter(&self) -> PacketFilter {
        let settings = &self.model.filter;
        let mut filter = PacketFilter::default();
        for instance in self.instances.values() {
            let vmacs = instance.config.vmacs.iter().filter(|vmac| vmac.is_macvlan() && !self.dismantling);
            for vmac in vmacs {
                let base = self.kernel.link_named(&vmac.base).map(|base| base.ifindex);
                if let (Some(ifindex), Some(base)) = (self.vmacs.resolve(&self.kernel, &vmac.name), base) {
                    filter.igmp.extend(vmac.ipv4.then_some((ifindex, base)));
                    filter.mld.extend(vmac.ipv6.then_some((ifindex, base)));
                }
            }
            if !instance.config.drops_packets() || instance.holding == Holding::Nothing {
                continue;
            }
            for key in &instance.keys {
                match key.cidr.addr {
                    IpAddr::V4(addr) => drop(filter.drop_v4.insert(addr)),
                    IpAddr::V6(addr) if addr.is_unicast_link_local() => {
                        filter.drop_link_local.insert((addr, key.ifindex));
                    }
                    IpAddr::V6(addr) => drop(filter.drop_v6.insert(addr)),
                }
            }
        }
        if !filter.is_empty() {
            filter.table.clone_from(&settings.table);
            filter.priority = settings.priority;
            filter.counters = settings.counters;
        }
        filter
    }
}
