//! Advertisements from the wire to the state machines.

use std::net::IpAddr;

use types::{IfIndex, Instant, Priority};
use wire::vrrp::ChecksumKind;

use crate::address_list::Common;
use crate::api::{Carrier, Received};
use crate::engine::Engine;
use crate::instance::{Instance, InstanceId};
use crate::observe::EventKind;
use crate::refusal::{self, Accepted, REPORT_EVERY};

impl Engine {
    /// Whose number it bears; of several, who expects such a packet, or else the last. One that is being replaced comes
    /// before its successor.
    fn recipient(&self, packet: &Received<'_>, vrid: u8, family: types::Family) -> Option<InstanceId> {
        let with_number = |ifindex| self.by_vrid.get(&(ifindex, vrid, family)).map_or(&[][..], Vec::as_slice);
        // Those without an interface hear what arrives on any one of their VRF, or outside of all VRFs.
        let place = self.kernel.vrf_of(packet.ifindex).unwrap_or(IfIndex::ANY);
        let roaming = with_number(place)
            .iter()
            .filter(|id| self.instances.get(id).is_some_and(|i| i.is_at(packet.dst)));
        let own = if place == packet.ifindex { &[] } else { with_number(packet.ifindex) };
        let ids: Vec<InstanceId> = roaming.chain(own).copied().collect();
        let fits = |id: &&InstanceId| self.instances.get(id).is_some_and(|i| i.fits(packet.src, packet.dst));
        ids.iter().rev().find(fits).or(ids.last()).copied()
    }

    /// A packet of protocol 112, or 51. One that is refused is counted and changes nothing else.
    pub(crate) fn advert_received(&mut self, packet: &Received<'_>) {
        let advert = match packet.carrier {
            Carrier::Ip => Some(packet.payload),
            Carrier::Ah { .. } => wire::ah::peek(packet.payload),
        };
        let Some(vrid) = advert.and_then(wire::vrrp::Packet::peek_vrid) else { return };
        let family = types::Family::of(packet.src);
        let Some(id) = self.recipient(packet, vrid.get(), family) else { return };
        let (now, utc) = (self.now, self.utc());
        let Some(instance) = self.instances.get_mut(&id) else { return };
        match refusal::check(&instance.config, &instance.address_list, &mut instance.proof, packet, utc) {
            Err(refused) => {
                let report = instance.reporter.note(now, &mut instance.counters, packet.src, refused);
                if let Some(kind) = report {
                    self.event(Some(id), kind);
                }
            }
            Ok(accepted) => self.advert_accepted(id, accepted),
        }
    }

    fn advert_accepted(&mut self, id: InstanceId, accepted: Accepted) {
        let now = self.now;
        let Accepted { advert, addresses, .. } = accepted;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let known_master = instance.router.last_advert().is_some_and(|(_, a)| a.from == advert.from);
        let excused = instance.config.skip_check_adv_addr && known_master;
        let common = if excused { Common::All } else { addresses };
        let collision = note_addresses(now, instance, advert.from, common);
        if common == Common::Nothing {
            if let Some(remark) = collision {
                self.event(Some(id), remark);
            }
            return;
        }
        instance.counters.adverts_received += 1;
        instance.counters.priority_zero_received += u64::from(advert.priority == Priority::STOP);
        let own = instance.source == Some(advert.from);
        instance.router.handle_advert(now, advert);
        for remark in self.remarks(id, &accepted).into_iter().chain([collision]).flatten() {
            self.event(Some(id), remark);
        }
        self.drain_actions(id);
        if advert.priority != Priority::STOP && !own {
            self.successor_heard(id, advert.from);
        }
    }

    /// What is to be said about a good advertisement.
    fn remarks(&mut self, id: InstanceId, accepted: &Accepted) -> [Option<EventKind>; 2] {
        let (now, from) = (self.now, accepted.advert.from);
        let Some(instance) = self.instances.get_mut(&id) else { return [None, None] };
        let plain = match accepted.checksum {
            ChecksumKind::Standard => false,
            // Ours are like that, too, if the operator says so.
            ChecksumKind::WithoutPseudoHeader => {
                !instance.config.checksum_as_v2 && !std::mem::replace(&mut instance.checksum_reported, true)
            }
        };
        let skew = accepted.skew_secs.filter(|_| instance.proof.reports_skew(now));
        [
            plain.then_some(EventKind::PlainChecksum { from }),
            skew.map(|ahead_secs| EventKind::ClockSkew { from, ahead_secs }),
        ]
    }
}

/// An advertisement that is good but for its list of addresses: two machines are configured differently, or two virtual
/// routers on one network have the same number.
///
/// Who shares an address with us is our peer, whatever else it has: if both served, an address would be on two machines (RFC 9568
/// section 7.1 wants a report only). Who shares none is another virtual router (RFC 3768 section 7.1 drops it): to yield to it would
/// leave our addresses to nobody.
fn note_addresses(now: Instant, instance: &mut Instance, from: IpAddr, common: Common) -> Option<EventKind> {
    if common == Common::All {
        return None;
    }
    instance.counters.address_list_mismatch += 1;
    let (last, count) = &mut instance.other_addresses;
    *count += 1;
    if last.is_some_and(|last| now < last + REPORT_EVERY) {
        return None;
    }
    *last = Some(now);
    let count = std::mem::take(count);
    Some(EventKind::OtherAddresses {
        from,
        vrid: instance.config.vrid,
        count,
        ignored: common == Common::Nothing,
    })
}
