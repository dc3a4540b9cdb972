//! ARP over Ethernet (RFC 826): gratuitous announcements (RFC 5227 section 3), probes, and reading what others
//! announce.

use std::net::Ipv4Addr;

use types::MacAddr;
use zerocopy::byteorder::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, transmute};

use crate::ethernet;

/// Length of an Ethernet frame with an ARP packet, without padding.
pub const FRAME_LEN: usize = 42;

/// A gratuitous ARP: broadcast request, sender and target address both `addr`.
///
/// The target hardware address, which nobody reads in a request, is the broadcast address, as keepalived sends it.
pub fn announcement(mac: MacAddr, addr: Ipv4Addr) -> [u8; FRAME_LEN] {
    request(mac, addr, MacAddr::BROADCAST, addr)
}

/// An ARP probe (RFC 5227 section 2.1.1): broadcast request for `addr` with the all-zero sender
/// address. Whoever has the address answers.
pub fn probe(mac: MacAddr, addr: Ipv4Addr) -> [u8; FRAME_LEN] {
    request(mac, Ipv4Addr::UNSPECIFIED, MacAddr::default(), addr)
}

/// What an ARP frame of another station says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The station that claims the address (sender hardware address).
    pub mac: MacAddr,
    /// The claimed address (sender protocol address).
    pub addr: Ipv4Addr,
    /// Whether it is an announcement (sender equals target) rather than an answer or a request.
    pub gratuitous: bool,
}

/// Reads an Ethernet frame; `None` if it is not a well-formed ARP packet for IPv4 over Ethernet, or claims nothing
/// (a probe).
///
/// Requests and replies both claim the sender's address, because every receiver may learn it from either (RFC 826,
/// Packet Reception). Padding behind the packet is ignored.
pub fn parse(frame: &[u8]) -> Option<Claim> {
    let (frame, _padding) = Frame::ref_from_prefix(frame).ok()?;
    let well_formed = frame.ethernet.ethertype == ethernet::TYPE_ARP
        && frame.hardware_type == HARDWARE_ETHERNET
        && frame.protocol_type == ethernet::TYPE_IPV4
        && frame.hardware_len == 6
        && frame.protocol_len == 4
        && (frame.operation == REQUEST || frame.operation == REPLY);
    let addr = Ipv4Addr::from(frame.sender_addr);
    if !well_formed || addr.is_unspecified() {
        return None;
    }
    Some(Claim { mac: MacAddr(frame.sender_mac), addr, gratuitous: frame.sender_addr == frame.target_addr })
}

const HARDWARE_ETHERNET: u16 = 1;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// The Ethernet header and the fields of RFC 826 ("Packet format"), sized for IPv4 over Ethernet.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Frame {
    ethernet: ethernet::Header,
    hardware_type: U16,
    protocol_type: U16,
    hardware_len: u8,
    protocol_len: u8,
    operation: U16,
    sender_mac: [u8; 6],
    sender_addr: [u8; 4],
    target_mac: [u8; 6],
    target_addr: [u8; 4],
}

fn request(mac: MacAddr, sender: Ipv4Addr, target_mac: MacAddr, target: Ipv4Addr) -> [u8; FRAME_LEN] {
    transmute!(Frame {
        ethernet: ethernet::Header {
            destination: MacAddr::BROADCAST.0,
            source: mac.0,
            ethertype: ethernet::TYPE_ARP.into(),
        },
        hardware_type: HARDWARE_ETHERNET.into(),
        protocol_type: ethernet::TYPE_IPV4.into(),
        hardware_len: 6,
        protocol_len: 4,
        operation: REQUEST.into(),
        sender_mac: mac.0,
        sender_addr: sender.octets(),
        target_mac: target_mac.0,
        target_addr: target.octets(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{STATION_1, STATION_2, hex};

    const VIP: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 100);

    /// keepalived 2.2.7 announcing 10.77.0.100.
    const KEEPALIVED: &str = "ffffffffffff 020000000001 0806 0001 0800 06 04 0001
        020000000001 0a4d0064 ffffffffffff 0a4d0064";
    /// Linux 6.18 asking for 192.0.2.2.
    const LINUX_REQUEST: &str = "ffffffffffff 020000000001 0806 0001 0800 06 04 0001
        020000000001 c0000201 000000000000 c0000202";
    /// Linux 6.18 answering it.
    const LINUX_REPLY: &str = "020000000001 020000000002 0806 0001 0800 06 04 0002
        020000000002 c0000202 020000000001 c0000201";

    #[test]
    fn announces_like_keepalived() {
        assert_eq!(announcement(STATION_1, VIP).as_slice(), hex(KEEPALIVED));
    }

    /// RFC 5227 section 2.1.1: sender address zero, target hardware address zero.
    #[test]
    fn probe_has_no_sender_address_and_claims_nothing() {
        let expected = hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001
            020000000001 00000000 000000000000 0a4d0064");
        assert_eq!(probe(STATION_1, VIP).as_slice(), expected);
        assert_eq!(parse(&expected), None);
    }

    #[test]
    fn announcement_request_and_reply_claim_the_sender_address() {
        let claim = |mac, addr, gratuitous| Some(Claim { mac, addr, gratuitous });
        assert_eq!(parse(&hex(KEEPALIVED)), claim(STATION_1, VIP, true));
        assert_eq!(parse(&hex(LINUX_REQUEST)), claim(STATION_1, Ipv4Addr::new(192, 0, 2, 1), false));
        assert_eq!(parse(&hex(LINUX_REPLY)), claim(STATION_2, Ipv4Addr::new(192, 0, 2, 2), false));
    }

    #[test]
    fn padding_to_the_ethernet_minimum_is_ignored() {
        let mut frame = hex(KEEPALIVED);
        frame.resize(60, 0xee);
        assert_eq!(parse(&frame), parse(&hex(KEEPALIVED)));
        assert!(parse(&frame).is_some());
    }

    #[test]
    fn every_fixed_field_is_checked() {
        // The high or low byte of: Ethernet type, hardware type, protocol type, both lengths, operation.
        for (offset, value) in [(13, 0x00), (15, 6), (16, 0x86), (18, 8), (19, 16), (21, 0), (21, 3), (20, 1)]
        {
            let mut frame = hex(KEEPALIVED);
            frame[offset] = value;
            assert_eq!(parse(&frame), None, "byte {offset} = {value}");
        }
    }

    #[test]
    fn truncated_frames_claim_nothing() {
        let frame = hex(KEEPALIVED);
        for len in 0..FRAME_LEN {
            assert_eq!(parse(&frame[..len]), None, "{len} bytes");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn announcement_is_read_back(mac: [u8; 6], addr in 1u32..) {
            let (mac, addr) = (MacAddr(mac), Ipv4Addr::from(addr));
            prop_assert_eq!(parse(&announcement(mac, addr)), Some(Claim { mac, addr, gratuitous: true }));
        }
    }
}
