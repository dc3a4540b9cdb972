//! What a virtual router must remember to prove its advertisements, and to believe those of others only once.

use std::net::IpAddr;
use std::time::Duration;

use config::model::{AntiReplay, Hmac};
use types::{Instant, UtcTime};
use wire::ah;
use wire::vrrp::Packet;
use wire::vrrp::trailer::{Stamp, Trailer, TrailerError};

use crate::api::{Carrier, Received};
use crate::observe::Refusal;
use crate::refusal::{Refused, refused};

/// Senders whose last stamp is remembered: more than a virtual router has members. Only who has a key gets a place.
const SENDERS: usize = 256;
/// A clock that is off is reported once in this time.
const SKEW_EVERY: Duration = Duration::from_mins(1);

/// Lives as long as the virtual router, whatever is reloaded.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// The greatest sequence number of an Authentication Header that was sent or believed: all members of a virtual router
    /// count together, as keepalived's do.
    sequence: u32,
    /// The last stamp sent.
    sent: Option<Stamp>,
    /// The last stamp of each sender, the one heard longest ago first.
    marks: Vec<(IpAddr, Stamp)>,
    skew_reported: Option<Instant>,
}

impl Proof {
    /// The sequence number of the next advertisement. It is never less than the seconds of the clock, so that the others
    /// believe a router that was restarted at once.
    pub(crate) fn next_sequence(&mut self, utc: UtcTime) -> u32 {
        let clock = u32::try_from(utc.since_epoch().as_secs()).unwrap_or(0);
        self.sequence = self.sequence.saturating_add(1).max(clock);
        self.sequence
    }

    /// The stamp of the next advertisement: the clock, or what follows the last one.
    pub(crate) fn next_stamp(&mut self, replay: AntiReplay, utc: UtcTime) -> Stamp {
        let clock = Stamp::at(utc);
        let last = self.sent.filter(|last| match replay {
            // The clock was set back: the others do not believe a future that is too far away.
            AntiReplay::Time { window } => last.ahead_of(utc) <= secs(window),
            AntiReplay::Monotonic => true,
        });
        let stamp = match last.map(Stamp::next) {
            Some(next) if !clock.is_after(next) => next,
            Some(_) | None => clock,
        };
        self.sent = Some(stamp);
        stamp
    }

    /// Takes an advertisement out of an Authentication Header.
    pub(crate) fn open_ah<'a>(&mut self, key: &[u8], packet: &Received<'a>) -> Result<&'a [u8], Refused> {
        let Carrier::Ah { ip } = packet.carrier else {
            return Err(refused(Refusal::AuthType, &"has no authentication header, ours has one"));
        };
        let (sequence, advert) =
            ah::open(key, ip, packet.payload).map_err(|error| refused(Refusal::Auth, &error))?;
        if sequence <= self.sequence {
            let detail = format_args!("sequence number {sequence}, seen already: {}", self.sequence);
            return Err(refused(Refusal::Auth, &detail));
        }
        self.sequence = sequence;
        Ok(advert)
    }

    /// Checks the trailer. Returns by how many seconds the sender's clock is ahead of ours, if that is worth a warning.
    pub(crate) fn check_trailer(
        &mut self,
        hmac: &Hmac,
        view: &Packet<'_>,
        from: IpAddr,
        utc: UtcTime,
    ) -> Result<Option<i64>, Refused> {
        let trailer = match Trailer::new(view.rest()) {
            Ok(trailer) => trailer,
            Err(TrailerError::Missing) if !hmac.mode.demands() => return Ok(None),
            Err(error @ TrailerError::Missing) => return Err(refused(Refusal::ExtMissing, &error)),
            Err(error @ (TrailerError::Length(_) | TrailerError::Scheme(_) | TrailerError::Reserved(_))) => {
                return Err(refused(Refusal::ExtMalformed, &error));
            }
        };
        let stamp = trailer.stamp();
        let ahead = stamp.ahead_of(utc);
        let window = match hmac.replay {
            AntiReplay::Time { window } => Some(window),
            AntiReplay::Monotonic => None,
        };
        if let Some(window) = window
            && !stamp.is_within(window, utc)
        {
            let detail =
                format_args!("stamped {ahead:+} s from our clock, at most {} s may be", secs(window));
            return Err(refused(Refusal::ExtStale, &detail));
        }
        let key = hmac.key(trailer.key_id()).ok_or_else(|| {
            refused(Refusal::ExtUnknownKey, &format_args!("signed with key {}", trailer.key_id()))
        })?;
        if !trailer.is_genuine(key, from, view.message()) {
            let detail = format_args!("wrong code for key {}", trailer.key_id());
            return Err(refused(Refusal::ExtInvalidHmac, &detail));
        }
        if !self.is_news(from, stamp, window, utc) {
            return Err(refused(Refusal::ExtReplay, &"its stamp is not later than the last one"));
        }
        Ok(window.filter(|window| ahead.abs() * 2 >= secs(*window)).map(|_| ahead))
    }

    /// Whether a genuine stamp is later than the sender's last, which it becomes. With a window, a last one outside of it
    /// does not count any more.
    fn is_news(&mut self, from: IpAddr, stamp: Stamp, window: Option<Duration>, utc: UtcTime) -> bool {
        let at = self.marks.iter().position(|(sender, _)| *sender == from);
        let last = at.and_then(|at| self.marks.get(at)).map(|(_, last)| *last);
        let counts = |last: &Stamp| window.is_none_or(|window| last.is_within(window, utc));
        if last.filter(counts).is_some_and(|last| !stamp.is_after(last)) {
            return false;
        }
        if let Some(at) = at {
            self.marks.remove(at);
        } else if self.marks.len() == SENDERS {
            self.marks.remove(0);
        }
        self.marks.push((from, stamp));
        true
    }

    /// Whether it is time to say that a clock is off.
    pub(crate) fn reports_skew(&mut self, now: Instant) -> bool {
        let due = self.skew_reported.is_none_or(|at| at + SKEW_EVERY <= now);
        if due {
            self.skew_reported = Some(now);
        }
        due
    }
}

fn secs(window: Duration) -> i64 {
    i64::try_from(window.as_secs()).unwrap_or(i64::MAX)
}
