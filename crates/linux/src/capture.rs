//! Watching a link: VRRP, ARP and neighbour discovery as whole Ethernet frames with arrival times.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, SystemTime};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use types::IfIndex;

use crate::{message, packet, sockopt};

/// A packet socket on one interface, promiscuous, open from the moment it is made; sees what comes in.
#[derive(Debug)]
pub struct Capture {
    socket: OwnedFd,
}

/// One frame as it passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// When the kernel saw it.
    pub at: SystemTime,
    /// From the Ethernet header on, cut to 2,048 bytes.
    pub bytes: Vec<u8>,
}

impl Capture {
    /// Starts watching. Needs CAP_NET_RAW in the network namespace of the calling thread. Reading waits at
    /// most `patience`.
    pub fn open(ifindex: IfIndex, patience: Duration) -> io::Result<Self> {
        // Without a protocol it receives nothing before it is bound, so the filter is in place first.
        let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
        let fd = socket.as_fd();
        sockopt::attach_filter(fd, &FILTER)?;
        sockopt::receive_buffer(fd, 64 << 20);
        sockopt::set(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, [1])?;
        // On the port of a switch: what comes from the station behind it, not what is sent to it.
        sockopt::set(fd, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, [1])?;
        rustix::net::sockopt::set_socket_timeout(fd, rustix::net::sockopt::Timeout::Recv, Some(patience))?;
        sockopt::bind(fd, &packet::link_layer_name(libc::ETH_P_ALL as u16, ifindex))?;
        promiscuous(&socket, ifindex)?;
        Ok(Self { socket })
    }

    /// The next frame; `None` when none came within the patience.
    pub fn next(&self) -> io::Result<Option<Frame>> {
        let mut buf = [0; 2048];
        match message::receive(self.socket.as_fd(), &mut buf) {
            Ok(got) => Ok(Some(Frame { at: got.at, bytes: buf[..got.len].to_vec() })),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                Ok(None)
            }
            // The interface was down for a moment.
            Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Classic BPF: ARP, or IPv4 protocol 112 or 51, or IPv6 with next header 112 or a neighbour advertisement.
const FILTER: [libc::sock_filter; 14] = [
    insn(0x28, 0, 0, 12),          //  0 ldh [12]: EtherType
    insn(0x15, 10, 0, 0x0806),     //  1 ARP: take
    insn(0x15, 0, 3, 0x0800),      //  2 IPv4?
    insn(0x30, 0, 0, 23),          //  3 ldb [23]: protocol
    insn(0x15, 7, 0, 112),         //  4 VRRP: take
    insn(0x15, 6, 7, 51),          //  5 an authentication header: take, else drop
    insn(0x15, 0, 6, 0x86dd),      //  6 IPv6? else drop
    insn(0x30, 0, 0, 20),          //  7 ldb [20]: next header
    insn(0x15, 3, 0, 112),         //  8 VRRP: take
    insn(0x15, 0, 3, 58),          //  9 ICMPv6? else drop
    insn(0x30, 0, 0, 54),          // 10 ldb [54]: type
    insn(0x15, 0, 1, 136),         // 11 neighbour advertisement? else drop
    insn(0x06, 0, 0, 0x0004_0000), // 12 take
    insn(0x06, 0, 0, 0),           // 13 drop
];

const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

fn promiscuous(socket: &OwnedFd, ifindex: IfIndex) -> io::Result<()> {
    // struct packet_mreq: interface, type and length of the address (two bytes each), address.
    let [t0, t1] = (libc::PACKET_MR_PROMISC as u16).to_ne_bytes();
    let request = [ifindex.0.cast_signed(), i32::from_ne_bytes([t0, t1, 0, 0]), 0, 0];
    sockopt::set(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, request)
}
