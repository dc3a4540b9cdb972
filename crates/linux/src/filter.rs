//! Classic BPF programs (Documentation/networking/filter.rst): what they refuse costs no wake-up and no copy.
//!
//! A program may have 4096 instructions; conditional jumps reach 255 instructions forward.

use std::collections::BTreeMap;

use libc::sock_filter;
use types::IfIndex;
use wire::ah;
use wire::vrrp::VRID_OFFSET;

/// VRIDs of interest: bit `vrid % 32` of word `vrid / 32`.
pub(crate) type VridSet = [u32; 8];

/// The whole datagram.
const ACCEPT: u32 = 0x0004_0000;
/// Offset of the kernel's own facts about a packet (SKF_AD_OFF).
const FACTS: u32 = (-0x1000_i32).cast_unsigned();
const PACKET_TYPE: u32 = FACTS + 4;
const IFINDEX: u32 = FACTS + 8;
/// Packet type of what we sent ourselves (PACKET_OUTGOING).
const OUTGOING: u32 = 4;

// Instruction codes: class | size | mode, class | operation | source.
const LOAD_WORD: u16 = 0x20;
const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE: u16 = 0x30;
const LOAD_BYTE_AT_X: u16 = 0x50;
const LOAD_HALF_AT_X: u16 = 0x48;
const LOAD_IMMEDIATE: u16 = 0x00;
const LOAD_MEMORY: u16 = 0x60;
/// X = 4 * (byte & 15): the length of an IPv4 header.
const LOAD_X_HEADER_LEN: u16 = 0xb1;
const LOAD_X_MEMORY: u16 = 0x61;
const STORE: u16 = 0x02;
const AND: u16 = 0x54;
const SHIFT_RIGHT: u16 = 0x74;
const SHIFT_RIGHT_BY_X: u16 = 0x7c;
const COPY_TO_X: u16 = 0x07;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_EQUAL_X: u16 = 0x1d;
const JUMP: u16 = 0x05;
const JUMP_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

/// Scratch cells.
const VRID: u32 = 0;
const VRID_WORD: u32 = 1;

/// Where the VRID is in what a raw socket shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Behind the IPv4 header.
    V4,
    /// In the payload, which is all that an IPv6 socket shows.
    V6,
    /// Behind the IPv4 header and an Authentication Header.
    Ah,
}

/// Passes an advertisement on a raw socket if its VRID is one of its interface's, or one of [`IfIndex::ANY`]'s. Exact
/// unless that takes too many instructions (hundreds of interfaces with many VRIDs each): then every interface
/// passes the VRIDs of all.
///
/// The VRID is found behind the IPv4 header with its options; an IPv6 socket shows the payload alone. A packet
/// too short to have a VRID is refused.
pub(crate) fn vrrp(place: Place, wanted: &BTreeMap<IfIndex, VridSet>) -> Vec<sock_filter> {
    let mut program = vrid_prologue(place);
    program.push(op(LOAD_WORD, IFINDEX));
    let anywhere = wanted.get(&IfIndex::ANY).copied().unwrap_or_default();
    for (ifindex, vrids) in wanted.iter().filter(|(ifindex, _)| **ifindex != IfIndex::ANY) {
        let block = vrid_block(&union([vrids, &anywhere]));
        // A block is at most 33 long.
        program.push(jump(JUMP_EQUAL, ifindex.0, 0, block.len() as u8));
        program.extend(block);
    }
    program.extend(vrid_block(&anywhere));
    if program.len() <= libc::BPF_MAXINSNS as usize { program } else { vrrp_any_interface(place, wanted) }
}

/// As [`vrrp`], always on every interface the VRIDs of all: small enough for any kernel's limits.
pub(crate) fn vrrp_any_interface(place: Place, wanted: &BTreeMap<IfIndex, VridSet>) -> Vec<sock_filter> {
    let mut program = vrid_prologue(place);
    program.extend(vrid_block(&union(wanted.values())));
    program
}

/// Passes ARP packets of other stations on these interfaces that answer (operation 2) or announce (sender and
/// target protocol address equal), on a packet socket.
pub(crate) fn arp_claims(interfaces: impl ExactSizeIterator<Item = IfIndex>) -> Vec<sock_filter> {
    const OPERATION: u32 = 14 + 6;
    const SENDER: u32 = 14 + 14;
    const TARGET: u32 = 14 + 24;
    let mut program = vec![
        op(LOAD_WORD, PACKET_TYPE),
        jump(JUMP_EQUAL, OUTGOING, 0, 1),
        op(RETURN, 0),
        op(LOAD_HALF, OPERATION),
        jump(JUMP_EQUAL, 2, 5, 0),
        op(LOAD_WORD, SENDER),
        op(COPY_TO_X, 0),
        op(LOAD_WORD, TARGET),
        jump(JUMP_EQUAL_X, 0, 1, 0),
        op(RETURN, 0),
    ];
    program.extend(only_on(interfaces));
    program
}

/// Passes everything that came in on these interfaces.
pub(crate) fn only_on(interfaces: impl ExactSizeIterator<Item = IfIndex>) -> Vec<sock_filter> {
    // Two instructions each, and at most 12 around them; beyond that the caller sorts out the rest.
    if interfaces.len() * 2 + 12 > libc::BPF_MAXINSNS as usize {
        return vec![op(RETURN, ACCEPT)];
    }
    let mut program = vec![op(LOAD_WORD, IFINDEX)];
    for ifindex in interfaces {
        program.extend([jump(JUMP_EQUAL, ifindex.0, 0, 1), op(RETURN, ACCEPT)]);
    }
    program.push(op(RETURN, 0));
    program
}

/// Passes the kernel's notifications about links and addresses, but for addresses that were added on request of the
/// netlink socket `port`. About routes and rules passes only what somebody else did and what may concern ours: that a
/// route of this `protocol` is gone, that any route was replaced, and that any rule is gone. On a router with the
/// table of the whole Internet hardly anything is left of that.
pub(crate) fn news_for(port: u32, protocol: u8) -> Vec<sock_filter> {
    // struct nlmsghdr is in host order, and the loads are big-endian.
    const TYPE: u32 = 4;
    const FLAGS: u32 = 6;
    const PORT: u32 = 12;
    /// `rtm_protocol`.
    const PROTOCOL: u32 = 16 + 5;
    let is = |kind: u16| u32::from(kind.to_be());
    vec![
        op(LOAD_HALF, TYPE),
        jump(JUMP_EQUAL, is(libc::RTM_NEWADDR), 9, 0),
        jump(JUMP_EQUAL, is(libc::RTM_DELRULE), 8, 0),
        jump(JUMP_EQUAL, is(libc::RTM_NEWRULE), 9, 0),
        jump(JUMP_EQUAL, is(libc::RTM_DELROUTE), 2, 0),
        jump(JUMP_EQUAL, is(libc::RTM_NEWROUTE), 3, 0),
        op(RETURN, ACCEPT),
        op(LOAD_BYTE, PROTOCOL),
        jump(JUMP_EQUAL, protocol.into(), 2, 4),
        op(LOAD_HALF, FLAGS),
        jump(JUMP_ANY_BIT, is(libc::NLM_F_REPLACE as u16), 0, 2),
        op(LOAD_WORD, PORT),
        jump(JUMP_EQUAL, port.to_be(), 0, 1),
        op(RETURN, 0),
        op(RETURN, ACCEPT),
    ]
}

/// Refuses everything.
pub(crate) fn nothing() -> Vec<sock_filter> {
    vec![op(RETURN, 0)]
}

fn union<'a>(sets: impl IntoIterator<Item = &'a VridSet>) -> VridSet {
    let mut all = VridSet::default();
    for (word, vrids) in sets.into_iter().flat_map(|vrids| vrids.iter().enumerate()) {
        all[word] |= vrids;
    }
    all
}

/// Leaves the VRID, and the word of a [`VridSet`] that it belongs to, in scratch cells.
fn vrid_prologue(place: Place) -> Vec<sock_filter> {
    let mut program = match place {
        Place::V4 => vec![op(LOAD_X_HEADER_LEN, 0), op(LOAD_BYTE_AT_X, VRID_OFFSET as u32)],
        Place::V6 => vec![op(LOAD_BYTE, VRID_OFFSET as u32)],
        Place::Ah => vec![
            op(LOAD_X_HEADER_LEN, 0),
            op(LOAD_HALF_AT_X, 0),
            jump(JUMP_EQUAL, u32::from(u16::from_be_bytes(ah::MARK)), 1, 0),
            op(RETURN, 0),
            op(LOAD_BYTE_AT_X, ah::VRID_OFFSET as u32),
        ],
    };
    program.extend([op(STORE, VRID), op(SHIFT_RIGHT, 5), op(STORE, VRID_WORD)]);
    program
}

/// Ends with passing the packet if its VRID is in the set, else with refusing it.
fn vrid_block(vrids: &VridSet) -> Vec<sock_filter> {
    let words: Vec<(usize, u32)> = vrids.iter().copied().enumerate().filter(|&(_, bits)| bits != 0).collect();
    let mut block = vec![op(LOAD_MEMORY, VRID), op(AND, 31), op(STORE, 2), op(LOAD_MEMORY, VRID_WORD)];
    // After each word's test and load: rsh, jset, pass, refuse.
    for (place, &(word, bits)) in words.iter().enumerate() {
        let words_behind = (words.len() - place - 1) as u32;
        block.extend([jump(JUMP_EQUAL, word as u32, 0, 2), op(LOAD_IMMEDIATE, bits)]);
        // Over the following words' three instructions and the refusal.
        block.push(op(JUMP, words_behind * 3 + 1));
    }
    block.push(op(RETURN, 0));
    block.extend([
        op(LOAD_X_MEMORY, 2),
        op(SHIFT_RIGHT_BY_X, 0),
        jump(JUMP_ANY_BIT, 1, 0, 1),
        op(RETURN, ACCEPT),
        op(RETURN, 0),
    ]);
    block
}

const fn op(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}
