use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub const fn of(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// Bits in an address: 32 or 128.
    pub const fn max_prefix_len(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// The kernel's number for a network interface, from 1; a re-created interface gets a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct IfIndex(pub u32);

impl IfIndex {
    /// No interface in particular: the kernel numbers them from 1.
    pub const ANY: Self = Self(0);
}

impl fmt::Display for IfIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An Ethernet address.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    /// ff:ff:ff:ff:ff:ff.
    pub const BROADCAST: Self = Self([0xff; 6]);
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if i == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

/// An address with its prefix length, as in `192.0.2.10/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Cidr {
    /// The address itself, host bits included.
    pub addr: IpAddr,
    /// 0 to 32 for IPv4, 0 to 128 for IPv6.
    pub prefix_len: u8,
}

impl Cidr {
    /// Checks that the prefix length fits the family.
    pub const fn new(addr: IpAddr, prefix_len: u8) -> Result<Self, CidrError> {
        if prefix_len > Family::of(addr).max_prefix_len() {
            return Err(CidrError::PrefixTooLong);
        }
        Ok(Self { addr, prefix_len })
    }

    /// The address alone: /32 or /128.
    pub const fn host(addr: IpAddr) -> Self {
        Self { addr, prefix_len: Family::of(addr).max_prefix_len() }
    }

    /// The family of the address.
    pub const fn family(self) -> Family {
        Family::of(self.addr)
    }

    /// Whether an address lies in its network.
    pub fn contains(self, addr: IpAddr) -> bool {
        let shift = |bits: u8| u32::from(bits.saturating_sub(self.prefix_len));
        match (self.addr, addr) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                (a.to_bits() ^ b.to_bits()).checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                (a.to_bits() ^ b.to_bits()).checked_shr(shift(128)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.prefix_len)
    }
}

/// Why a text is not an address with prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CidrError {
    /// The part before the slash is no IPv4 or IPv6 address.
    Address,
    /// The part after the slash is no number.
    PrefixNotANumber,
    /// The prefix is longer than the address.
    PrefixTooLong,
}

impl fmt::Display for CidrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "not an IPv4 or IPv6 address",
            Self::PrefixNotANumber => "the prefix length is not a number",
            Self::PrefixTooLong => "the prefix is longer than the address",
        })
    }
}

impl std::error::Error for CidrError {}

impl FromStr for Cidr {
    type Err = CidrError;

    /// `ADDRESS` or `ADDRESS/LENGTH`; without a length the address stands alone (/32, /128).
    fn from_str(s: &str) -> Result<Self, CidrError> {
        let (addr, len) = match s.split_once('/') {
            Some((addr, len)) => (addr, Some(len)),
            None => (s, None),
        };
        let addr: IpAddr = addr.parse().map_err(|_| CidrError::Address)?;
        match len {
            None => Ok(Self::host(addr)),
            Some(len) => Self::new(addr, len.parse().map_err(|_| CidrError::PrefixNotANumber)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cidr_texts() {
        assert_eq!("192.0.2.1".parse::<Cidr>().map(|c| c.to_string()), Ok("192.0.2.1/32".into()));
        assert_eq!("2001:db8::1/64".parse::<Cidr>().map(|c| c.to_string()), Ok("2001:db8::1/64".into()));
        assert_eq!("192.0.2.1/33".parse::<Cidr>(), Err(CidrError::PrefixTooLong));
        assert_eq!("192.0.2.1/x".parse::<Cidr>(), Err(CidrError::PrefixNotANumber));
        assert_eq!("192.0.2".parse::<Cidr>(), Err(CidrError::Address));
    }

    #[test]
    fn mac_text() {
        assert_eq!(MacAddr([0, 0, 0x5e, 0, 1, 51]).to_string(), "00:00:5e:00:01:33");
    }
}
