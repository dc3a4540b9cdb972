//! `strict_mode`: what is taken back of an instance that is held to the letter of the RFCs (keepalived.conf(5),
//! vrrp_strict; the same as keepalived 2.2.7 does on such files).

use std::time::Duration;

use types::Version;

use super::instance::Draft;
use crate::diagnostics::{self as ids};
use crate::keywords::Keyword;
use crate::keywords::instance as k;
use crate::model::{Authentication, Instance};

/// RFC 9568 section 6.1 and RFC 3768 section 6.1: the Active router is down after three intervals.
const DOWN_TIMER_ADVERTS: u8 = 3;

impl Draft<'_, '_> {
    /// Holds an instance to the RFCs, and says what is different from what was asked for. `false`: it cannot be, and is not
    /// started.
    pub(super) fn hold_strictly(&mut self, instance: &mut Instance) -> bool {
        if instance.addresses.is_empty() {
            let message = "strict mode wants at least one virtual address";
            self.report(&ids::STRICT_WITHOUT_ADDRESS, None, message, "add `virtual_ipaddress { ADDRESS }`");
            return false;
        }
        let owner = instance.priority.is_owner();
        if owner != instance.start_as_master {
            let message = "strict mode begins as MASTER with priority 255, and only then";
            let help = if owner { "write `state MASTER`" } else { "write `state BACKUP`" };
            self.taken_back(&k::STATE, message, help);
            instance.start_as_master = owner;
        }
        if !matches!(instance.authentication, Authentication::None) {
            let message = "the RFCs have no authentication; in strict mode it is ignored";
            self.taken_back(&k::AUTHENTICATION, message, "remove `authentication`, or use auth_hmac");
            instance.authentication = Authentication::None;
        }
        if !instance.preempt_delay.is_zero() {
            let message = "preempt_delay has no effect in strict mode";
            self.taken_back(&k::PREEMPT_DELAY, message, "remove it");
            instance.preempt_delay = Duration::ZERO;
        }
        if instance.down_timer_adverts != DOWN_TIMER_ADVERTS {
            let message = "the RFCs wait for three advertisements, and so does strict mode";
            self.taken_back(&k::DOWN_TIMER_ADVERTS, message, "remove down_timer_adverts");
            instance.down_timer_adverts = DOWN_TIMER_ADVERTS;
        }
        self.hold_answers(instance);
        self.hold_acceptance(instance);
        true
    }

    /// RFC 9568 section 6.4.3: what an Active router hears is dropped, or makes it a Backup; it is not answered.
    fn hold_answers(&mut self, instance: &mut Instance) {
        let asked_for = |keyword, on| self.settings.switch(keyword) == Some(on);
        let answers = [
            (&k::LOWER_PRIO_NO_ADVERT, asked_for(&k::LOWER_PRIO_NO_ADVERT, false)),
            (&k::HIGHER_PRIO_SEND_ADVERT, asked_for(&k::HIGHER_PRIO_SEND_ADVERT, true)),
            (&k::OWNER_IGNORE_ADVERTS, asked_for(&k::OWNER_IGNORE_ADVERTS, false)),
            (
                &k::GARP_LOWER_PRIO_REPEAT,
                self.settings.int(&k::GARP_LOWER_PRIO_REPEAT).is_some_and(|n| n > 0),
            ),
            (&k::GARP_LOWER_PRIO_DELAY, self.settings.int(&k::GARP_LOWER_PRIO_DELAY).is_some_and(|n| n > 0)),
        ];
        for (keyword, _) in answers.into_iter().filter(|(_, asked_for)| *asked_for) {
            let message = format!("this {} has no effect in strict mode", keyword.name);
            self.taken_back(keyword, &message, "remove it");
        }
        instance.lower_prio_no_advert = true;
        instance.higher_prio_send_advert = false;
        instance.owner_ignore_adverts = true;
        instance.garp.lower_prio_repeat = 0;
        instance.garp.lower_prio_delay = Duration::ZERO;
    }

    /// RFC 9568 section 6.1, Accept_Mode: off unless asked for; version 2 does not know it (RFC 3768 section 6.4.3). The owner
    /// of the addresses accepts in any case.
    fn hold_acceptance(&mut self, instance: &mut Instance) {
        let wanted = self.settings.switch(&k::ACCEPT) == Some(true);
        let known = instance.version == Version::V3;
        if wanted && !known && !instance.priority.is_owner() {
            let message = "version 2 has no accept mode; in strict mode packets to the addresses are dropped";
            self.taken_back(&k::ACCEPT, message, "use version 3 on all machines, or remove `accept`");
        }
        let accepts = (wanted && known) || instance.priority.is_owner();
        instance.no_accept = !accepts;
    }

    fn taken_back(&mut self, keyword: &'static Keyword, message: &str, help: &str) {
        let span = self.settings.span(keyword);
        self.report(&ids::STRICT, span, message, help);
    }
}
