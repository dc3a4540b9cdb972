//! UDP sockets of BFD sessions (RFC 5881 section 4, RFC 5883 section 5).
//!
//! Everything arrives at the well-known ports, one socket for each family, kind of session and VRF that is in use. Each
//! session sends from a socket of its own, bound to a source port that nobody else on the host has; nothing is received
//! there. What arrives faster than the loop turns is read in batches; see [`BfdSockets::fd`].

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use engine::bfd::api::{Endpoint, Received, SessionId, Transmit, Trouble};
use rustix::io::Errno;
use rustix::net::sockopt as opt;
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, socket_with};
use types::{Family, IfIndex};
use wire::bfd::{MULTIHOP_PORT, PORT, SOURCE_PORTS};

use crate::filter;
use crate::gate::Gate;
use crate::mmsg::{self, Inbox, Incoming};
use crate::sockopt;

/// Internetwork control, as for advertisements.
const CLASS: u8 = 0xc0;
/// The longest packet that anybody sends has authentication (RFC 5880 section 4.4: 52 bytes); what is longer is cut.
const SLOT_LEN: usize = 128;
/// Room for some ten thousand packets.
const RECEIVE_BUFFER: usize = 4 << 20;
/// How long a flood makes a packet wait at most.
const PAUSE: Duration = Duration::from_millis(1);
/// Ports that are tried for a session before it gives up until the next time.
const PORTS_TRIED: u16 = 64;

/// All sockets for BFD.
#[derive(Debug)]
pub struct BfdSockets {
    receivers: BTreeMap<Kind, OwnedFd>,
    senders: BTreeMap<SessionId, Sender>,
    gate: Gate,
    inbox: Inbox,
}

/// What one receiving socket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    family: Family,
    multihop: bool,
    /// A socket without one hears what comes in outside of all VRFs.
    vrf: Option<IfIndex>,
}

#[derive(Debug)]
struct Sender {
    endpoint: Endpoint,
    socket: OwnedFd,
    to: SocketAddr,
}

impl BfdSockets {
    /// No socket yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            receivers: BTreeMap::new(),
            senders: BTreeMap::new(),
            gate: Gate::new(PAUSE)?,
            inbox: Inbox::new(SLOT_LEN),
        })
    }

    /// What to wait for: readable means that [`recv`](Self::recv) should be called. The same as long as the sockets
    /// live; under a flood it becomes readable only once per millisecond.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.gate.fd()
    }

    /// Has exactly these endpoints from now on; returns what did not work. What is open already and unchanged is not
    /// touched; what failed is tried again by the next call. Sockets are of the network namespace of the caller.
    pub fn open(&mut self, wanted: &[Endpoint]) -> Vec<Trouble> {
        let kinds: BTreeSet<Kind> = wanted.iter().map(Kind::of).collect();
        self.receivers.retain(|kind, _| kinds.contains(kind));
        let mut failed = BTreeMap::new();
        for kind in kinds {
            if !self.receivers.contains_key(&kind)
                && let Err(e) = self.add_receiver(kind)
            {
                failed.insert(kind, e.to_string());
            }
        }
        let by_session: BTreeMap<SessionId, &Endpoint> = wanted.iter().map(|e| (e.session, e)).collect();
        self.senders.retain(|session, sender| by_session.get(session) == Some(&&sender.endpoint));
        let mut troubles = Vec::new();
        for endpoint in wanted {
            let session = endpoint.session;
            if let Some(what) = failed.get(&Kind::of(endpoint)) {
                troubles.push(Trouble { session, what: what.clone() });
            }
            if let Entry::Vacant(place) = self.senders.entry(session) {
                match Sender::open(endpoint) {
                    Ok(sender) => drop(place.insert(sender)),
                    Err(e) => troubles.push(Trouble { session, what: format!("cannot open a socket: {e}") }),
                }
            }
        }
        troubles
    }

    /// Sends one packet. Nothing happens without an open socket: [`open`](Self::open) has complained.
    pub fn send(&self, packet: &Transmit) -> Result<(), Trouble> {
        let Some(sender) = self.senders.get(&packet.session) else { return Ok(()) };
        match rustix::net::sendto(&sender.socket, &packet.payload, SendFlags::DONTWAIT, &sender.to) {
            Ok(_) => Ok(()),
            Err(e) => {
                let Endpoint { neighbor, source, .. } = sender.endpoint;
                let from = source.map(|source| format!(" from {source}")).unwrap_or_default();
                let what = format!("cannot send{from} to {neighbor}: {}", words(e));
                Err(Trouble { session: packet.session, what })
            }
        }
    }

    /// Hands over what has been received, at most about `max` packets; how many. What remains makes [`fd`](Self::fd)
    /// readable again at once.
    pub fn recv(&mut self, max: usize, f: &mut dyn FnMut(Received<'_>)) -> io::Result<usize> {
        let (mut total, mut more) = (0, false);
        for (kind, socket) in &self.receivers {
            let mut room = max;
            while room > 0 {
                let asked = room.min(mmsg::RECEIVE_BATCH);
                let got = self.inbox.receive(socket.as_fd(), asked)?;
                for message in self.inbox.iter(got) {
                    if let Some(packet) = read(*kind, &message) {
                        f(packet);
                    }
                }
                (total, room) = (total + got, room - got);
                if got < asked {
                    break;
                }
            }
            more |= room == 0;
        }
        let sockets: Vec<BorrowedFd<'_>> = self.receivers.values().map(AsFd::as_fd).collect();
        self.gate.after_read(total, more, &sockets)?;
        Ok(total)
    }

    fn add_receiver(&mut self, kind: Kind) -> io::Result<()> {
        // Our own sockets of other VRFs have the port, too, which the kernel permits to those that all say so. Only for a
        // moment: another daemon's is not to be shared.
        let others: Vec<_> = self
            .receivers
            .iter()
            .filter(|(other, _)| other.is_beside(kind))
            .map(|(_, s)| s.as_fd())
            .collect();
        others.iter().try_for_each(|other| share_port(*other, true))?;
        let socket = receiver(kind, !others.is_empty());
        others.iter().try_for_each(|other| share_port(*other, false))?;
        let socket = socket.map_err(|e| {
            let hint = if e == Errno::ADDRINUSE { " (another BFD daemon has it)" } else { "" };
            io::Error::other(format!("cannot listen on UDP port {}: {}{hint}", kind.port(), words(e)))
        })?;
        self.gate.add(socket.as_fd())?;
        self.receivers.insert(kind, socket);
        Ok(())
    }
}

impl Kind {
    fn of(endpoint: &Endpoint) -> Self {
        Self { family: Family::of(endpoint.neighbor), multihop: endpoint.multihop, vrf: endpoint.vrf }
    }

    /// The same port elsewhere.
    fn is_beside(self, other: Self) -> bool {
        self != other && Self { vrf: other.vrf, ..self } == other
    }

    const fn port(self) -> u16 {
        if self.multihop { MULTIHOP_PORT } else { PORT }
    }
}

impl Sender {
    fn open(endpoint: &Endpoint) -> io::Result<Self> {
        let kind = Kind::of(endpoint);
        let socket = datagrams(kind)?;
        // Nothing is received here.
        sockopt::attach_filter(socket.as_fd(), &filter::nothing())?;
        // The address may come later than we do; until then the kernel refuses to send.
        match kind.family {
            Family::V4 => {
                opt::set_ip_ttl(&socket, u32::from(endpoint.ttl))?;
                opt::set_ip_tos(&socket, CLASS)?;
                sockopt::set(socket.as_fd(), libc::IPPROTO_IP, libc::IP_FREEBIND, [1])?;
            }
            Family::V6 => {
                opt::set_ipv6_unicast_hops(&socket, Some(endpoint.ttl))?;
                opt::set_ipv6_tclass(&socket, u32::from(CLASS))?;
                sockopt::set(socket.as_fd(), libc::IPPROTO_IPV6, libc::IPV6_FREEBIND, [1])?;
            }
        }
        // The queue of the network card that matters when it is full. After IP_TOS, which sets it too.
        sockopt::set(socket.as_fd(), libc::SOL_SOCKET, libc::SO_PRIORITY, [6])?;
        let source = endpoint.source.unwrap_or(unspecified(kind.family));
        let (first, count) = (*SOURCE_PORTS.start(), *SOURCE_PORTS.end() - *SOURCE_PORTS.start() + 1);
        let offset = endpoint.source_port.saturating_sub(first);
        let mut result = Err(Errno::ADDRINUSE);
        for n in 0..PORTS_TRIED {
            let port = first + (offset + n) % count;
            result = rustix::net::bind(&socket, &address(source, port, endpoint.ifindex));
            if result != Err(Errno::ADDRINUSE) {
                break;
            }
        }
        result?;
        let to = address(endpoint.neighbor, kind.port(), endpoint.ifindex);
        Ok(Self { endpoint: endpoint.clone(), socket, to })
    }
}

/// `shared`: with others that permit it.
fn receiver(kind: Kind, shared: bool) -> Result<OwnedFd, Errno> {
    let socket = datagrams(kind)?;
    let on = |level, name| sockopt::set(socket.as_fd(), level, name, [1]).map_err(|e| errno(&e));
    share_port(socket.as_fd(), shared).map_err(|e| errno(&e))?;
    match kind.family {
        Family::V4 => {
            on(libc::IPPROTO_IP, libc::IP_PKTINFO)?;
            on(libc::IPPROTO_IP, libc::IP_RECVTTL)?;
        }
        Family::V6 => {
            opt::set_ipv6_v6only(&socket, true)?;
            on(libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)?;
            on(libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT)?;
        }
    }
    sockopt::receive_buffer(socket.as_fd(), RECEIVE_BUFFER);
    rustix::net::bind(&socket, &address(unspecified(kind.family), kind.port(), None))?;
    share_port(socket.as_fd(), false).map_err(|e| errno(&e))?;
    Ok(socket)
}

/// Within the VRF, if there is one.
fn datagrams(kind: Kind) -> Result<OwnedFd, Errno> {
    let family = match kind.family {
        Family::V4 => AddressFamily::INET,
        Family::V6 => AddressFamily::INET6,
    };
    let socket = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if let Some(IfIndex(vrf)) = kind.vrf {
        let vrf = i32::try_from(vrf).map_err(|_| Errno::NODEV)?;
        sockopt::set(socket.as_fd(), libc::SOL_SOCKET, libc::SO_BINDTOIFINDEX, [vrf])
            .map_err(|e| errno(&e))?;
    }
    Ok(socket)
}

/// Whether others may bind the port, too, that say so themselves.
fn share_port(socket: BorrowedFd<'_>, shared: bool) -> io::Result<()> {
    sockopt::set(socket, libc::SOL_SOCKET, libc::SO_REUSEADDR, [i32::from(shared)])
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::INVAL)
}

const fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

fn address(addr: IpAddr, port: u16, ifindex: Option<IfIndex>) -> SocketAddr {
    match addr {
        IpAddr::V4(addr) => (addr, port).into(),
        IpAddr::V6(addr) => {
            let scope = ifindex.filter(|_| addr.is_unicast_link_local()).map_or(0, |ifindex| ifindex.0);
            SocketAddrV6::new(addr, port, 0, scope).into()
        }
    }
}

fn read<'a>(kind: Kind, message: &Incoming<'a>) -> Option<Received<'a>> {
    let (ifindex, src, dst, ttl): (_, IpAddr, IpAddr, _) = match kind.family {
        Family::V4 => {
            // struct in_pktinfo: interface, local address, destination address.
            let info = message.control(libc::IPPROTO_IP, libc::IP_PKTINFO)?;
            let ttl = message.control(libc::IPPROTO_IP, libc::IP_TTL)?;
            let (src, dst) = (octets::<4>(message.name, 4)?, octets::<4>(info, 8)?);
            (octets(info, 0)?, src.into(), dst.into(), ttl)
        }
        Family::V6 => {
            // struct in6_pktinfo: destination address, interface.
            let info = message.control(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO)?;
            let hops = message.control(libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT)?;
            let (src, dst) = (octets::<16>(message.name, 8)?, octets::<16>(info, 0)?);
            (octets(info, 16)?, src.into(), dst.into(), hops)
        }
    };
    Some(Received {
        ifindex: IfIndex(u32::from_ne_bytes(ifindex)),
        src,
        dst,
        ttl: u8::try_from(i32::from_ne_bytes(*ttl.first_chunk()?)).ok()?,
        multihop: kind.multihop,
        payload: message.data,
    })
}

fn octets<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// What an errno says, without its number.
fn words(errno: Errno) -> String {
    let text = io::Error::from(errno).to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
}
