//! Watching a link: VRRP, ARP and neighbour discovery as whole Ethernet frames with arrival times.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, SystemTime};

use types::IfIndex;

use crate::message;

/// A packet socket on one interface, promiscuous, open from the moment it is made.
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
        let socket = packet_socket()?;
        let fd = socket.as_fd();
        attach(&socket, &FILTER)?;
        // The forced size needs privileges in the initial user namespace; the ordinary one is better than nothing.
        if message::set_int(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, 64 << 20).is_err() {
            message::set_int(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, 64 << 20)?;
        }
        message::set_int(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
        rustix::net::sockopt::set_socket_timeout(fd, rustix::net::sockopt::Timeout::Recv, Some(patience))?;
        bind(&socket, ifindex)?;
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

/// Classic BPF: ARP, or IPv4 protocol 112, or IPv6 with next header 112 or a neighbour advertisement.
const FILTER: [libc::sock_filter; 13] = [
    insn(0x28, 0, 0, 12),          //  0 ldh [12]: EtherType
    insn(0x15, 9, 0, 0x0806),      //  1 ARP: take
    insn(0x15, 0, 2, 0x0800),      //  2 IPv4?
    insn(0x30, 0, 0, 23),          //  3 ldb [23]: protocol
    insn(0x15, 6, 7, 112),         //  4 VRRP: take, else drop
    insn(0x15, 0, 6, 0x86dd),      //  5 IPv6? else drop
    insn(0x30, 0, 0, 20),          //  6 ldb [20]: next header
    insn(0x15, 3, 0, 112),         //  7 VRRP: take
    insn(0x15, 0, 3, 58),          //  8 ICMPv6? else drop
    insn(0x30, 0, 0, 54),          //  9 ldb [54]: type
    insn(0x15, 0, 1, 136),         // 10 neighbour advertisement? else drop
    insn(0x06, 0, 0, 0x0004_0000), // 11 take
    insn(0x06, 0, 0, 0),           // 12 drop
];

const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

#[expect(unsafe_code, reason = "socket(AF_PACKET)")]
fn packet_socket() -> io::Result<OwnedFd> {
    // SAFETY: no pointers. Protocol 0 receives nothing before bind(), so the filter is in place first.
    let fd = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a fresh descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

#[expect(unsafe_code, reason = "setsockopt with a pointer inside its value")]
fn attach(socket: &OwnedFd, filter: &[libc::sock_filter]) -> io::Result<()> {
    let program =
        libc::sock_fprog { len: filter.len() as libc::c_ushort, filter: filter.as_ptr().cast_mut() };
    // SAFETY: the kernel copies `len` instructions from `filter`, which lives through the call, and writes nothing.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            (&raw const program).cast(),
            size_of::<libc::sock_fprog>() as libc::socklen_t,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[expect(unsafe_code, reason = "bind to a sockaddr_ll")]
fn bind(socket: &OwnedFd, ifindex: IfIndex) -> io::Result<()> {
    // SAFETY: all-zero is a valid sockaddr_ll.
    let mut addr: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    addr.sll_family = libc::AF_PACKET as libc::c_ushort;
    addr.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    addr.sll_ifindex = ifindex.0.cast_signed();
    // SAFETY: `addr` is a sockaddr_ll of the size given.
    let done = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const addr).cast(),
            size_of::<libc::sockaddr_ll>() as libc::socklen_t,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[expect(unsafe_code, reason = "setsockopt of a packet_mreq")]
fn promiscuous(socket: &OwnedFd, ifindex: IfIndex) -> io::Result<()> {
    let request = libc::packet_mreq {
        mr_ifindex: ifindex.0.cast_signed(),
        mr_type: libc::PACKET_MR_PROMISC as libc::c_ushort,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    // SAFETY: `request` is a packet_mreq of the size given, only read.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_ADD_MEMBERSHIP,
            (&raw const request).cast(),
            size_of::<libc::packet_mreq>() as libc::socklen_t,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
