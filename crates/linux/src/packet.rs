//! Ethernet frames: announcements out, other stations' claims to addresses in.
//!
//! ARP comes through a packet socket that taps nothing but ARP; a filter passes only answers and announcements
//! that were not sent by us. Neighbour advertisements come through a raw ICMPv6 socket instead, because tapping
//! all of IPv6 would cost the host something for each of its packets. Under a storm both are read once per
//! 5 ms, in batches; what does not fit into their buffers is lost.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv6Addr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use engine::api::Claim;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};
use types::IfIndex;

use crate::gate::Gate;
use crate::mmsg::{self, Control, Inbox, Incoming, Name, Outgoing};
use crate::{filter, sockopt};

/// How long a storm makes a claim wait at most.
const PAUSE: Duration = Duration::from_millis(5);
/// An ARP frame has 60 bytes, a neighbour advertisement 32.
const SLOT_LEN: usize = 512;
/// Room for the burst of a successor that announces thousands of addresses several times: each announcement that is
/// missed keeps an address here longer than needed.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Room for the announcements of some thousand addresses.
const SEND_BUFFER: usize = 4 << 20;
const ETHERNET_ARP: u16 = libc::ETH_P_ARP as u16;
const ICMPV6_FILTER: i32 = 1;
const NEIGHBOUR_ADVERTISEMENT: usize = 136;

/// Sends frames and hears claims.
#[derive(Debug)]
pub struct PacketSocket {
    arp: OwnedFd,
    /// Missing where the kernel has no IPv6.
    ndisc: Option<OwnedFd>,
    watched: BTreeSet<IfIndex>,
    gate: Gate,
    inbox: Inbox,
}

impl PacketSocket {
    /// Opens the sockets, deaf until [`watch`](Self::watch). Needs CAP_NET_RAW.
    pub fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // Without a protocol it receives nothing until it is bound, so that the filter comes first.
        let arp = socket_with(AddressFamily::PACKET, SocketType::RAW, flags, None)?;
        sockopt::attach_filter(arp.as_fd(), &filter::nothing())?;
        sockopt::receive_buffer(arp.as_fd(), RECEIVE_BUFFER);
        sockopt::send_buffer(arp.as_fd(), SEND_BUFFER);
        sockopt::bind(arp.as_fd(), &link_layer_name(ETHERNET_ARP, IfIndex(0)))?;
        let ndisc = match socket_with(AddressFamily::INET6, SocketType::RAW, flags, Some(ipproto::ICMPV6)) {
            Ok(socket) => {
                set_up_ndisc(socket.as_fd())?;
                Some(socket)
            }
            Err(rustix::io::Errno::AFNOSUPPORT) => None,
            Err(e) => return Err(e.into()),
        };
        let gate = Gate::new(PAUSE)?;
        gate.add(arp.as_fd())?;
        if let Some(socket) = &ndisc {
            gate.add(socket.as_fd())?;
        }
        Ok(Self { arp, ndisc, watched: BTreeSet::new(), gate, inbox: Inbox::new(SLOT_LEN) })
    }

    /// Readable means that [`recv`](Self::recv) should be called; under a storm only every 5 ms.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.gate.fd()
    }

    /// Hears claims on exactly these interfaces from now on.
    pub fn watch(&mut self, interfaces: &BTreeSet<IfIndex>) -> io::Result<()> {
        if self.watched == *interfaces {
            return Ok(());
        }
        sockopt::attach_filter(self.arp.as_fd(), &filter::arp_claims(interfaces.iter().copied()))?;
        if let Some(socket) = &self.ndisc {
            sockopt::attach_filter(socket.as_fd(), &filter::only_on(interfaces.iter().copied()))?;
        }
        self.watched.clone_from(interfaces);
        Ok(())
    }

    /// Sends whole Ethernet frames, one system call per 256; how many were taken, in order. Fewer than given: the
    /// queue is full, the rest should be sent later.
    ///
    /// # Errors
    /// The first frame was refused: ENXIO or ENODEV, the interface is gone; ENETDOWN, it is down.
    pub fn send(&mut self, ifindex: IfIndex, frames: &[Vec<u8>]) -> io::Result<usize> {
        let packets: Vec<Outgoing<'_>> = frames.iter().map(|frame| outgoing(ifindex, frame)).collect();
        let mut done = 0;
        while done < packets.len() {
            match mmsg::send(self.arp.as_fd(), &packets[done..]) {
                Ok(sent) => done += sent,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if done > 0 || is_full(&e) => break,
                Err(e) => return Err(e),
            }
        }
        Ok(done)
    }

    /// Hands over claims of other stations on the watched interfaces, reading at most about `max` packets; how
    /// many packets were read.
    pub fn recv(&mut self, max: usize, f: &mut dyn FnMut(Claim)) -> io::Result<usize> {
        let mut total = 0;
        let arp = (&self.arp, read_arp as fn(&Incoming<'_>) -> Option<Claim>);
        let ndisc =
            self.ndisc.iter().map(|socket| (socket, read_ndisc as fn(&Incoming<'_>) -> Option<Claim>));
        for (socket, read) in std::iter::once(arp).chain(ndisc) {
            let got = self.inbox.receive(socket.as_fd(), max)?;
            let claims = self.inbox.iter(got).filter_map(|message| read(&message));
            // What was queued under an older filter, or passed by one that cannot name all interfaces.
            claims.filter(|claim| self.watched.contains(&claim.ifindex)).for_each(&mut *f);
            total += got;
        }
        // Whatever waits, the pause is kept: this is what bounds the cost of a storm.
        match &self.ndisc {
            Some(ndisc) => self.gate.after_read(total, false, &[self.arp.as_fd(), ndisc.as_fd()])?,
            None => self.gate.after_read(total, false, &[self.arp.as_fd()])?,
        }
        Ok(total)
    }
}

fn set_up_ndisc(socket: BorrowedFd<'_>) -> io::Result<()> {
    sockopt::attach_filter(socket, &filter::nothing())?;
    // A set bit blocks a type.
    let mut types = [-1_i32; 8];
    types[NEIGHBOUR_ADVERTISEMENT / 32] &= !(1 << (NEIGHBOUR_ADVERTISEMENT % 32));
    sockopt::set(socket, libc::IPPROTO_ICMPV6, ICMPV6_FILTER, types)?;
    sockopt::set(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, [1])?;
    sockopt::set(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, [1])?;
    sockopt::receive_buffer(socket, RECEIVE_BUFFER);
    Ok(())
}

fn outgoing(ifindex: IfIndex, frame: &[u8]) -> Outgoing<'_> {
    let ethertype = frame.get(12..14).and_then(|t| t.try_into().ok()).map_or(0, u16::from_be_bytes);
    Outgoing { payload: frame, name: link_layer_name(ethertype, ifindex), control: Control::new() }
}

/// `struct sockaddr_ll`; interface 0 is all of them.
pub(crate) fn link_layer_name(protocol: u16, ifindex: IfIndex) -> Name {
    let mut rest = [0; 18];
    rest[..2].copy_from_slice(&protocol.to_be_bytes());
    rest[2..6].copy_from_slice(&ifindex.0.to_ne_bytes());
    Name::new(libc::AF_PACKET, rest)
}

/// The socket's or the interface's queue is full.
fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::ENOBUFS)
}

fn read_arp(message: &Incoming<'_>) -> Option<Claim> {
    let ifindex = message.name.get(4..8)?.try_into().ok().map(u32::from_ne_bytes)?;
    let claim = wire::arp::parse(message.data)?;
    Some(Claim {
        ifindex: IfIndex(ifindex),
        mac: claim.mac,
        addr: claim.addr.into(),
        gratuitous: claim.gratuitous,
    })
}

/// The socket shows ICMPv6 alone; the reader of frames wants the headers as well.
fn read_ndisc(message: &Incoming<'_>) -> Option<Claim> {
    let info = message.control(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO)?;
    let hops = message.control(libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT)?;
    let (destination, ifindex) = info.split_first_chunk::<16>()?;
    let source: [u8; 16] = message.name.get(8..24)?.try_into().ok()?;
    let hops = u8::try_from(i32::from_ne_bytes(*hops.first_chunk()?)).ok()?;
    let claim = wire::ndisc::parse(&frame(source, *destination, hops, message.data))?;
    Some(Claim {
        ifindex: IfIndex(u32::from_ne_bytes(*ifindex.first_chunk()?)),
        mac: claim.mac,
        addr: claim.addr.into(),
        gratuitous: claim.unsolicited,
    })
}

/// Ethernet and IPv6 headers before an ICMPv6 packet.
fn frame(source: [u8; 16], destination: [u8; 16], hop_limit: u8, packet: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(54 + packet.len());
    frame.extend([0; 12]);
    frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
    frame.extend((packet.len() as u16).to_be_bytes());
    frame.extend([58, hop_limit]);
    frame.extend(Ipv6Addr::from(source).octets());
    frame.extend(destination);
    frame.extend(packet);
    frame
}
