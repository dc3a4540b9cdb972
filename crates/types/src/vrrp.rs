use std::fmt;
use std::num::NonZeroU8;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Virtual Router Identifier, 1 to 255 (RFC 9568 section 5.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Vrid(NonZeroU8);

impl Vrid {
    /// `None` for 0, which no virtual router may use.
    pub const fn new(id: u8) -> Option<Self> {
        match NonZeroU8::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The number on the wire.
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

impl fmt::Display for Vrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Priority as advertised, 0 to 255 (RFC 9568 section 5.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Priority(pub u8);

impl Priority {
    /// "I stop taking part": sent by an Active router that leaves.
    pub const STOP: Self = Self(0);
    /// The default of RFC 9568 section 6.1.
    pub const DEFAULT: Self = Self(100);
    /// The router owns the addresses on its interface.
    pub const OWNER: Self = Self(255);

    /// Whether this is the address owner's priority.
    pub const fn is_owner(self) -> bool {
        self.0 == Self::OWNER.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Protocol version spoken by a virtual router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Version {
    /// RFC 3768: IPv4 only, whole seconds.
    V2,
    /// RFC 9568 (and RFC 5798): IPv4 and IPv6, centiseconds.
    V3,
}

impl Version {
    /// The number in the packet's first nibble.
    pub const fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

/// An advertisement interval in the protocol's finest unit, centiseconds, 1 to 25500.
///
/// Version 3 carries 1 to 4095 centiseconds; version 2 carries 1 to 255 whole seconds. Which of the values
/// a version can express is the configuration's business; arithmetic is the same for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Interval(#[schemars(range(min = 1, max = 25_500))] u16);

impl Interval {
    /// One second, the default of both RFCs.
    pub const DEFAULT: Self = Self(100);
    /// The longest interval of version 3: 40.95 s.
    pub const MAX_V3: Self = Self(4095);
    /// The longest interval of version 2: 255 s.
    pub const MAX_V2: Self = Self(25_500);

    /// `None` unless 1 to 25500.
    pub const fn from_centis(centis: u16) -> Option<Self> {
        if centis == 0 || centis > Self::MAX_V2.0 { None } else { Some(Self(centis)) }
    }

    /// Centiseconds, 1 to 25500.
    pub const fn as_centis(self) -> u16 {
        self.0
    }

    /// The same length as a duration.
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.0 as u64 * 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vrid_zero_does_not_exist() {
        assert_eq!(Vrid::new(0), None);
        assert_eq!(Vrid::new(255).map(Vrid::get), Some(255));
    }

    #[test]
    fn interval_is_centiseconds() {
        assert_eq!(Interval::DEFAULT.as_duration(), Duration::from_secs(1));
        assert_eq!(Interval::from_centis(1).map(Interval::as_duration), Some(Duration::from_millis(10)));
        assert_eq!(Interval::from_centis(0), None);
        assert_eq!(Interval::from_centis(25_501), None);
    }
}
