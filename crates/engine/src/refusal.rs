//! Advertisements that are refused: counted by reason, reported at a limited rate, and without any other effect.

use std::net::IpAddr;
use std::time::Duration;

use config::model::{Authentication, Instance as Config};
use types::{Family, Instant, UtcTime, Version};
use vrrp::Advert;
use wire::vrrp::{AuthData, ChecksumKind, DecodeError, Packet, TTL};

use crate::address_list::{AddressList, Common};
use crate::api::{Carrier, Received};
use crate::authentication::Proof;
use crate::observe::{Counters, EventKind, Refusal};

/// At most one report per instance and reason in this time.
pub(crate) const REPORT_EVERY: Duration = Duration::from_mins(1);

/// Why an advertisement was refused, with the details for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: Refusal,
    pub(crate) detail: String,
}

/// An advertisement that is believed, and what is remarkable about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) advert: Advert,
    /// What its list of addresses has in common with ours.
    pub(crate) addresses: Common,
    pub(crate) checksum: ChecksumKind,
    /// By how many seconds the sender's clock is ahead of ours, if that is worth a warning.
    pub(crate) skew_secs: Option<i64>,
}

/// Checks everything that can be wrong with an advertisement for this virtual router, in keepalived's order. Allocates
/// nothing for a good one.
pub(crate) fn check(
    config: &Config,
    address_list: &AddressList,
    proof: &mut Proof,
    packet: &Received<'_>,
    utc: UtcTime,
) -> Result<Accepted, Refused> {
    let payload = match (&config.authentication, packet.carrier) {
        (Authentication::Ah(key), _) => proof.open_ah(&key.0, packet)?,
        (_, Carrier::Ip) => packet.payload,
        (Authentication::None | Authentication::Pass(_) | Authentication::Hmac(_), Carrier::Ah { .. }) => {
            return Err(refused(Refusal::AuthType, &"has an authentication header, ours has none"));
        }
    };
    let view = Packet::new(payload, config.family).map_err(|e| refused(decode_reason(e), &e))?;
    check_ttl(config, packet)?;
    if view.version() != config.version {
        let detail = format_args!("version {}, ours is {}", view.version(), config.version);
        return Err(refused(Refusal::Version, &detail));
    }
    let skew_secs = match &config.authentication {
        Authentication::Hmac(hmac) => proof.check_trailer(hmac, &view, packet.src, utc)?,
        Authentication::None | Authentication::Pass(_) | Authentication::Ah(_) => None,
    };
    check_auth(config, &view)?;
    let interval = view.interval().ok_or_else(|| refused(Refusal::Interval, &"interval 0"))?;
    if config.version == Version::V2 && interval != config.interval {
        let secs = |i: types::Interval| i.as_centis() / 100;
        let detail = format_args!("interval {} s, ours is {} s", secs(interval), secs(config.interval));
        return Err(refused(Refusal::Interval, &detail));
    }
    let checksum = view.verify_checksum(packet.src, packet.dst).map_err(|e| refused(decode_reason(e), &e))?;
    check_addresses(config, packet)?;
    let addresses = address_list.compare(view.addresses());
    let advert = Advert { from: packet.src, priority: view.priority(), interval };
    Ok(Accepted { advert, addresses, checksum, skew_secs })
}

/// RFC 9568 section 5.1.1.3; a packet to a single machine may have crossed routers, within the bounds of its sender.
fn check_ttl(config: &Config, packet: &Received<'_>) -> Result<(), Refused> {
    let Some(unicast) = &config.unicast else {
        if packet.ttl == TTL {
            return Ok(());
        }
        return Err(refused(Refusal::Ttl, &format_args!("TTL {}, must be 255", packet.ttl)));
    };
    match unicast.peer(packet.src) {
        Some(peer) if !(peer.min_ttl..=peer.max_ttl).contains(&packet.ttl) => {
            let (ttl, min, max) = (packet.ttl, peer.min_ttl, peer.max_ttl);
            Err(if min == max {
                refused(Refusal::Ttl, &format_args!("TTL {ttl}, must be {min}"))
            } else {
                refused(Refusal::Ttl, &format_args!("TTL {ttl}, must be {min} to {max}"))
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether it comes from where it may come from, and was sent to where we listen.
fn check_addresses(config: &Config, packet: &Received<'_>) -> Result<(), Refused> {
    let Some(unicast) = &config.unicast else {
        if packet.dst == config.destination {
            return Ok(());
        }
        let detail = format_args!("sent to {}, we listen on {}", packet.dst, config.destination);
        return Err(refused(Refusal::Destination, &detail));
    };
    if packet.dst.is_multicast() {
        let detail = format_args!("sent to the group {}, we want unicast", packet.dst);
        return Err(refused(Refusal::Destination, &detail));
    }
    if unicast.check_source && unicast.peer(packet.src).is_none() {
        return Err(refused(Refusal::Source, &format_args!("{} is not in unicast_peer", packet.src)));
    }
    Ok(())
}

fn check_auth(config: &Config, view: &Packet<'_>) -> Result<(), Refused> {
    if config.version == Version::V3 || config.family == Family::V6 {
        return Ok(());
    }
    match (&config.authentication, view.auth()) {
        (Authentication::None | Authentication::Hmac(_), AuthData::None)
        | (Authentication::Ah(_), AuthData::Ah) => Ok(()),
        (Authentication::Pass(ours), AuthData::Pass(theirs)) if ours.0 == theirs => Ok(()),
        (Authentication::Pass(_), AuthData::Pass(_)) => Err(refused(Refusal::Auth, &"wrong password")),
        (_, AuthData::Pass(_)) => Err(refused(Refusal::AuthType, &"has a password, ours has none")),
        (Authentication::Pass(_), AuthData::None) => {
            Err(refused(Refusal::AuthType, &"has no password, ours has one"))
        }
        (_, AuthData::None) => Err(refused(Refusal::AuthType, &"authentication type 0, ours is 2")),
        (_, AuthData::Ah) => Err(refused(Refusal::AuthType, &"authentication type 2")),
        (_, AuthData::Other(kind)) => {
            Err(refused(Refusal::AuthType, &format_args!("authentication type {kind}")))
        }
    }
}

fn decode_reason(error: DecodeError) -> Refusal {
    match error {
        DecodeError::Truncated { .. } => Refusal::Length,
        DecodeError::Version(_) => Refusal::Version,
        DecodeError::Type(_) | DecodeError::Vrid => Refusal::Type,
        DecodeError::Checksum => Refusal::Checksum,
    }
}

pub(crate) fn refused(reason: Refusal, detail: &dyn std::fmt::Display) -> Refused {
    Refused { reason, detail: detail.to_string() }
}

/// Limits the reports of one instance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reporter {
    last: [Option<Instant>; Refusal::ALL.len()],
    unreported: [u64; Refusal::ALL.len()],
}

impl Reporter {
    /// Counts, and says whether this one is to be reported.
    pub(crate) fn note(
        &mut self,
        now: Instant,
        counters: &mut Counters,
        from: IpAddr,
        refused: Refused,
    ) -> Option<EventKind> {
        let at = refused.reason as usize;
        counters.refused[at] += 1;
        self.unreported[at] += 1;
        if self.last[at].is_some_and(|last| now < last + REPORT_EVERY) {
            return None;
        }
        self.last[at] = Some(now);
        let count = std::mem::take(&mut self.unreported[at]);
        Some(EventKind::AdvertRefused { reason: refused.reason, from, count, detail: refused.detail })
    }
}
