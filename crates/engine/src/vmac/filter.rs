//! The packet filter: computed anew from the instances whenever something that it depends on has changed.

use std::net::IpAddr;
use std::time::Duration;

use types::{Family, Instant};

use super::api::PacketFilter;
use crate::api::Output;
use crate::engine::Engine;
use crate::instance::Holding;
use crate::observe::EventKind;

/// Until the kernel is asked again for a filter that it refused.
const RETRY: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Filtering {
    /// Something changed since the last look.
    pub(crate) stale: bool,
    /// What the kernel was asked for.
    asked: PacketFilter,
    in_flight: bool,
    /// What it refused with, and when to ask again.
    failure: Option<(i32, Instant)>,
}

impl Filtering {
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.failure.map(|(_, at)| at)
    }

    pub(crate) fn is_settled(&self) -> bool {
        !self.stale && !self.in_flight
    }
}

impl Engine {
    /// Asks for the filter as it shall be now, if that differs from what was asked for last.
    pub(crate) fn advance_filter(&mut self) {
        let retry = self.filtering.retry_at().is_some_and(|at| at <= self.now);
        if self.filtering.in_flight || !(self.filtering.stale || retry) {
            return;
        }
        self.filtering.stale = false;
        let wanted = self.packet_filter();
        if retry || wanted != self.filtering.asked {
            self.filtering.asked.clone_from(&wanted);
            self.filtering.in_flight = true;
            self.output(Output::PacketFilter(Box::new(wanted)));
        }
    }

    /// The kernel's answer: a positive errno if it refused.
    pub(crate) fn filter_answered(&mut self, errno: Option<i32>) {
        self.filtering.in_flight = false;
        let before = self.filtering.failure.take().map(|(errno, _)| errno);
        let Some(errno) = errno else { return };
        // When nothing shall be filtered it does not matter.
        if [Family::V4, Family::V6].into_iter().all(|family| self.filtering.asked.is_empty(family)) {
            return;
        }
        self.filtering.failure = Some((errno, self.now + RETRY));
        if before != Some(errno) {
            let table = self.model.filter.table.clone();
            let unprotected = self.instances.values().any(|i| i.config.no_accept);
            self.event(None, EventKind::FilterFailed { table, errno, unprotected });
        }
    }

    fn packet_filter(&self) -> PacketFilter {
        let settings = &self.model.filter;
        let mut filter = PacketFilter::default();
        for instance in self.instances.values() {
            for vmac in instance.config.vmacs.iter().filter(|_| !self.dismantling) {
                let base = self.kernel.link_named(&vmac.base).map(|base| base.ifindex);
                if let (Some(ifindex), Some(base)) = (self.vmacs.resolve(&self.kernel, &vmac.name), base) {
                    filter.igmp.extend(vmac.ipv4.then_some((ifindex, base)));
                    filter.mld.extend(vmac.ipv6.then_some((ifindex, base)));
                }
            }
            if !instance.config.no_accept || instance.holding == Holding::Nothing {
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
        if filter != PacketFilter::default() || self.filtering.asked != PacketFilter::default() {
            filter.table.clone_from(&settings.table);
            filter.priority = settings.priority;
            filter.counters = settings.counters;
        }
        filter
    }
}
