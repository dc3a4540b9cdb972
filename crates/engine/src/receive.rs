//! Advertisements from the wire to the state machines.

use types::Priority;

use crate::api::Received;
use crate::engine::Engine;
use crate::instance::InstanceId;
use crate::refusal;

impl Engine {
    /// Whose number it bears; of several, who expects such a packet, or else the last. One that is being replaced comes
    /// before its successor.
    fn recipient(&self, packet: &Received<'_>, vrid: u8, family: types::Family) -> Option<InstanceId> {
        let ids = self.by_vrid.get(&(packet.ifindex, vrid, family))?;
        let fits = |id: &&InstanceId| self.instances.get(id).is_some_and(|i| i.fits(packet.src, packet.dst));
        ids.iter().rev().find(fits).or(ids.last()).copied()
    }

    /// A packet of protocol 112. One that is refused is counted and changes nothing else.
    pub(crate) fn advert_received(&mut self, packet: &Received<'_>) {
        let Some(vrid) = wire::vrrp::Packet::peek_vrid(packet.payload) else { return };
        let family = types::Family::of(packet.src);
        let Some(id) = self.recipient(packet, vrid.get(), family) else { return };
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        match refusal::check(&instance.config, packet) {
            Err(refused) => {
                let report = instance.reporter.note(now, &mut instance.counters, packet.src, refused);
                if let Some(kind) = report {
                    self.event(Some(id), kind);
                }
            }
            Ok((advert, same_addresses)) => {
                instance.counters.adverts_received += 1;
                instance.counters.priority_zero_received += u64::from(advert.priority == Priority::STOP);
                let known_master = instance.router.last_advert().is_some_and(|(_, a)| a.from == advert.from);
                let excused = instance.config.skip_check_adv_addr && known_master;
                if !same_addresses && !excused {
                    instance.counters.address_list_mismatch += 1;
                }
                let own = instance.source == Some(advert.from);
                instance.router.handle_advert(now, advert);
                self.drain_actions(id);
                if advert.priority != Priority::STOP && !own {
                    self.successor_heard(id, advert.from);
                }
            }
        }
    }
}
