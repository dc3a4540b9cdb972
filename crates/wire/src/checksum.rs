//! The Internet checksum (RFC 1071) and its pseudo-headers.

use std::net::IpAddr;

/// A running ones' complement sum of 16-bit words.
///
/// The sender writes [`finish`](Self::finish) of a message whose checksum field is zero; the receiver sums the
/// message as it came, checksum field included, and asks [`is_intact`](Self::is_intact).
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum(u64);

impl Sum {
    /// The pseudo-header of IPv4 (RFC 793 section 3.1) or IPv6 (RFC 8200 section 8.1): `len` is the length in
    /// bytes of the message it stands before. Both add up to the same words, so one function serves both.
    pub fn pseudo_header(src: IpAddr, dst: IpAddr, protocol: u8, len: u16) -> Self {
        let sum = Self(u64::from(protocol) + u64::from(len));
        sum.add_address(src).add_address(dst)
    }

    /// Adds bytes; an odd last byte is padded with zero, so only the last call may bring an odd number.
    #[must_use]
    pub fn add_bytes(self, bytes: &[u8]) -> Self {
        let (words, odd) = bytes.as_chunks::<2>();
        let words: u64 = words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum();
        let odd = odd.first().map_or(0, |byte| u64::from(*byte) << 8);
        // A slice is too short to bring the sum near 2^64: that takes 2^48 words.
        Self(u64::from(fold(self.0)) + words + odd)
    }

    /// The checksum: the complement of the sum.
    pub fn finish(self) -> u16 {
        !fold(self.0)
    }

    /// Whether a message summed with its checksum field is as it was sent.
    pub fn is_intact(self) -> bool {
        self.finish() == 0
    }

    fn add_address(self, addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(addr) => self.add_bytes(&addr.octets()),
            IpAddr::V6(addr) => self.add_bytes(&addr.octets()),
        }
    }
}

/// Adds the carries back in until 16 bits are left.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::hex;

    #[test]
    fn example_of_rfc_1071_section_3() {
        let words = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(Sum::default().add_bytes(&words).finish(), !0xddf2);
    }

    #[test]
    fn odd_last_byte_is_padded_with_zero() {
        assert_eq!(Sum::default().add_bytes(&[0x12, 0x34, 0x56]).finish(), !(0x1234 + 0x5600));
    }

    /// The IPv4 headers of adverts captured from keepalived 2.2.7; the kernel made their checksums.
    #[test]
    fn headers_made_by_the_kernel() {
        for header in ["45c0002800010000ff701891c0000201e0000012", "45c0002000010000ff7036a9c0000201c0000202"]
        {
            assert!(Sum::default().add_bytes(&hex(header)).is_intact(), "{header}");
        }
    }

    /// An ICMPv6 neighbour solicitation captured from Linux 6.18: pseudo-header over two different addresses.
    #[test]
    fn pseudo_header_of_ipv6() {
        let icmp = hex("87001c270000000020010db80000000000000000000000020101020000000001");
        let sum =
            Sum::pseudo_header("2001:db8::1".parse().unwrap(), "ff02::1:ff00:2".parse().unwrap(), 58, 32);
        assert!(sum.add_bytes(&icmp).is_intact());
    }

    proptest! {
        /// RFC 1071 section 1 read literally: add one word at a time and bring each carry around at once.
        #[test]
        fn equals_word_by_word_addition(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut naive = 0u16;
            for word in bytes.chunks(2) {
                let word = u16::from(word[0]) * 256 + word.get(1).map_or(0, |low| u16::from(*low));
                let (sum, carry) = naive.overflowing_add(word);
                naive = sum + u16::from(carry);
            }
            prop_assert_eq!(Sum::default().add_bytes(&bytes).finish(), !naive);
        }

        #[test]
        fn may_be_added_in_parts(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..100) {
            let (head, tail) = bytes.split_at((at * 2).min(bytes.len() / 2 * 2));
            prop_assert_eq!(Sum::default().add_bytes(head).add_bytes(tail).finish(), Sum::default().add_bytes(&bytes).finish());
        }
    }
}
