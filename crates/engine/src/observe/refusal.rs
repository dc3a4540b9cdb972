//! Why an advertisement is refused.

use serde::{Deserialize, Serialize};

/// Why an advertisement was refused. The names are those of keepalived's statistics where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// Truncated or of an impossible length.
    Length,
    /// TTL or hop limit not 255.
    Ttl,
    /// Not the configured version.
    Version,
    /// Not an advertisement.
    Type,
    /// Wrong checksum.
    Checksum,
    /// Another interval than ours (version 2).
    Interval,
    /// Another authentication type than ours.
    AuthType,
    /// Wrong password.
    Auth,
    /// Sent to another group, to us alone instead of the group, or to the group instead of us alone.
    Destination,
    /// Not from one of `unicast_peer`.
    Source,
    /// `auth_hmac`: no trailer.
    ExtMissing,
    /// `auth_hmac`: no trailer of the known form.
    ExtMalformed,
    /// `auth_hmac`: signed with a key that we do not have.
    ExtUnknownKey,
    /// `auth_hmac`: the code is wrong: another key, or changed on its way.
    ExtInvalidHmac,
    /// `auth_hmac`: its time is too far from ours.
    ExtStale,
    /// `auth_hmac`: not later than what the sender sent before.
    ExtReplay,
}

impl Refusal {
    /// All of them, in the order of the counters.
    pub const ALL: [Self; 16] = [
        Self::Length,
        Self::Ttl,
        Self::Version,
        Self::Type,
        Self::Checksum,
        Self::Interval,
        Self::AuthType,
        Self::Auth,
        Self::Destination,
        Self::Source,
        Self::ExtMissing,
        Self::ExtMalformed,
        Self::ExtUnknownKey,
        Self::ExtInvalidHmac,
        Self::ExtStale,
        Self::ExtReplay,
    ];
}
