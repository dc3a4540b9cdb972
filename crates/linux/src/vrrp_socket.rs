//! Raw sockets of protocol 112, and of 51 where somebody wants it: advertisements out and in.
//!
//! One raw socket per family, and one for IPv4's Authentication Header, sends and receives. A classic BPF program on it passes only the pairs of interface
//! and VRID that are subscribed, so that other people's virtual routers cost us nothing. Group memberships are
//! held by other sockets, as many as it takes: one socket may hold only 20 (`net.ipv4.igmp_max_memberships`). The
//! raw sockets hear those groups because `IP_MULTICAST_ALL` is on by default.
//!
//! Broken and forged packets for our own VRIDs do come through: the engine counts them by reason. Under a flood
//! the sockets are read once per millisecond in batches; see [`VrrpSockets::fds`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use engine::api::{Carrier, Received, Subscription, Transmit};
use rustix::io::Errno;
use rustix::net::sockopt as opt;
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, socket_with};
use types::{Family, IfIndex};
use wire::ah;
use wire::vrrp::{PROTOCOL, TTL};

use crate::filter::{self, Place, VridSet};
use crate::gate::Gate;
use crate::mmsg::{self, Control, Inbox, Incoming, Name, Outgoing};
use crate::sockopt;

/// Internetwork control (RFC 9568 is silent; keepalived and the routers of the trade use CS6).
const CLASS: u8 = 0xc0;
/// The longest advertisement, 255 IPv6 addresses, is 4088 bytes; the longest IPv4 header 60.
const SLOT_LEN: usize = 4352;
/// Room for about 5,000 small packets: 50 ms of a flood of 100,000 a second.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Room for a burst of some thousand advertisements.
const SEND_BUFFER: usize = 2 << 20;
/// How long a flood makes a packet wait at most.
const PAUSE: Duration = Duration::from_millis(1);

/// The sockets of both families.
#[derive(Debug)]
pub struct VrrpSockets {
    v4: Side,
    /// Missing where the kernel has no IPv6.
    v6: Option<Side>,
    /// Opened when the first instance wants it.
    ah: Option<Side>,
    gate: Gate,
    inbox: Inbox,
    stats: Stats,
}

/// What the sockets have seen since they were opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Datagrams handed over.
    pub received: u64,
    /// Datagrams without a whole IP header; never handed over.
    pub malformed: u64,
    /// Datagrams that the kernel threw away because we did not read fast enough.
    pub lost: u64,
    /// Whether a flood is on, so that the sockets are read only every millisecond.
    pub paused: bool,
}

impl VrrpSockets {
    /// Opens the sockets, deaf until [`subscribe`](Self::subscribe). Needs CAP_NET_RAW.
    pub fn open() -> io::Result<Self> {
        let gate = Gate::new(PAUSE)?;
        let v4 = Side::open(Place::V4)?;
        gate.add(v4.socket.as_fd())?;
        let v6 = match Side::open(Place::V6) {
            Ok(side) => Some(side),
            Err(e) if e.raw_os_error() == Some(libc::EAFNOSUPPORT) => None,
            Err(e) => return Err(e),
        };
        if let Some(side) = &v6 {
            gate.add(side.socket.as_fd())?;
        }
        Ok(Self { v4, v6, ah: None, gate, inbox: Inbox::new(SLOT_LEN), stats: Stats::default() })
    }

    /// What to wait for: readable means that [`recv`](Self::recv) should be called. The one descriptor stays the
    /// same as long as the sockets live. Under a flood it becomes readable only once per millisecond.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        vec![self.gate.fd()]
    }

    /// Counters and the state of the flood protection.
    pub fn stats(&self) -> Stats {
        let lost = self.sides().map(|side| u64::from(sockopt::drops(side.socket.as_fd()))).sum();
        Stats { lost, paused: self.gate.is_paused(), ..self.stats }
    }

    /// Listens on exactly these from now on; returns what did not work and why. What is listened on already stays
    /// untouched; what failed is tried again by the next call. Memberships survive the link going down. To be
    /// called in the network namespace of [`open`](Self::open).
    pub fn subscribe(&mut self, wanted: &[Subscription]) -> Vec<(IfIndex, Family, String)> {
        let mut failed = self.v4.subscribe(wanted);
        match &mut self.v6 {
            Some(side) => failed.extend(side.subscribe(wanted)),
            None => failed.extend(
                of_family(wanted, Family::V6)
                    .map(|s| (s.ifindex, Family::V6, "the kernel of this host has no IPv6".to_owned())),
            ),
        }
        failed.extend(self.subscribe_ah(wanted));
        failed
    }

    /// The groups are joined for protocol 112; here only the filter is new. It passes every number, so that who has an
    /// Authentication Header and should not have one is found, too.
    fn subscribe_ah(&mut self, wanted: &[Subscription]) -> Vec<(IfIndex, Family, String)> {
        if self.ah.is_none() && wanted.iter().any(|subscription| subscription.ah) {
            let opened = Side::open(Place::Ah).and_then(|side| {
                self.gate.add(side.socket.as_fd())?;
                Ok(side)
            });
            match opened {
                Ok(side) => self.ah = Some(side),
                Err(e) => {
                    let users = wanted.iter().filter(|subscription| subscription.ah);
                    return users.map(|s| (s.ifindex, Family::V4, e.to_string())).collect();
                }
            }
        }
        self.ah.as_mut().map(|side| side.filter(&vrids(wanted, Family::V4))).unwrap_or_default()
    }

    /// Sends all of the batch, one system call per 256 advertisements of a family; returns which did not go out,
    /// and why. EINVAL: the source is no address of this host. ENODEV, ENETDOWN: the interface is gone or down.
    pub fn send(&mut self, batch: &[&Transmit]) -> Vec<(usize, io::Error)> {
        let mut failed = self.v4.send(batch);
        match &self.v6 {
            Some(side) => failed.extend(side.send(batch)),
            None => failed.extend(
                (0..)
                    .zip(batch)
                    .filter(|(_, t)| t.dst.is_ipv6())
                    .map(|(i, _)| (i, Errno::AFNOSUPPORT.into())),
            ),
        }
        if let Some(side) = &self.ah {
            failed.extend(side.send(batch));
        }
        failed
    }

    /// Hands over what has been received, at most about `max` packets; how many. What remains makes
    /// [`fds`](Self::fds) readable again at once.
    pub fn recv(&mut self, max: usize, f: &mut dyn FnMut(Received<'_>)) -> io::Result<usize> {
        let mut total = 0;
        let mut more = false;
        for side in std::iter::once(&self.v4).chain(&self.v6).chain(&self.ah) {
            let mut room = max;
            while room > 0 {
                let asked = room.min(mmsg::RECEIVE_BATCH);
                let got = self.inbox.receive(side.socket.as_fd(), asked)?;
                for message in self.inbox.iter(got) {
                    match side.read(&message) {
                        Some(packet) => f(packet),
                        None => self.stats.malformed += 1,
                    }
                }
                total += got;
                room -= got;
                if got < asked {
                    break;
                }
            }
            more |= room == 0;
        }
        self.stats.received += total as u64;
        let mut sockets = [self.v4.socket.as_fd(); 3];
        let mut count = 1;
        for side in self.v6.iter().chain(&self.ah) {
            sockets[count] = side.socket.as_fd();
            count += 1;
        }
        self.gate.after_read(total, more, &sockets[..count])?;
        Ok(total)
    }

    fn sides(&self) -> impl Iterator<Item = &Side> {
        std::iter::once(&self.v4).chain(&self.v6).chain(&self.ah)
    }
}

/// One family, or the Authentication Header.
#[derive(Debug)]
struct Side {
    place: Place,
    family: Family,
    socket: OwnedFd,
    filter: BTreeMap<IfIndex, VridSet>,
    holders: Vec<Holder>,
}

/// A socket that does nothing but hold memberships.
#[derive(Debug)]
struct Holder {
    socket: OwnedFd,
    groups: BTreeSet<(IfIndex, IpAddr)>,
}

impl Side {
    fn open(place: Place) -> io::Result<Self> {
        let (family, number) = match place {
            Place::V4 => (Family::V4, PROTOCOL),
            Place::V6 => (Family::V6, PROTOCOL),
            Place::Ah => (Family::V4, ah::PROTOCOL),
        };
        let protocol = std::num::NonZeroU32::new(u32::from(number)).map(Protocol::from_raw);
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(address_family(family), SocketType::RAW, flags, protocol).map_err(|e| {
            let hint = if e == Errno::PERM || e == Errno::ACCESS {
                ": CAP_NET_RAW is missing (run as root)"
            } else {
                ""
            };
            explain(e, &format!("cannot open a raw {family} socket for VRRP{hint}"))
        })?;
        // Deaf before anything else, for packets arrive from the first moment.
        sockopt::attach_filter(socket.as_fd(), &filter::nothing())?;
        sockopt::receive_buffer(socket.as_fd(), RECEIVE_BUFFER);
        sockopt::send_buffer(socket.as_fd(), SEND_BUFFER);
        match family {
            Family::V4 => set_up_v4(socket.as_fd())?,
            Family::V6 => set_up_v6(socket.as_fd())?,
        }
        if place == Place::Ah {
            sockopt::set(socket.as_fd(), libc::IPPROTO_IP, libc::IP_HDRINCL, [1])?;
        }
        // The queue of the network card that matters when it is full. After IP_TOS, which sets it too.
        sockopt::set(socket.as_fd(), libc::SOL_SOCKET, libc::SO_PRIORITY, [6])?;
        let mut side = Self { place, family, socket, filter: BTreeMap::new(), holders: Vec::new() };
        side.drain();
        Ok(side)
    }

    /// Throws away what came in before the filter.
    fn drain(&mut self) {
        while rustix::net::recv(&self.socket, &mut [0_u8; 1], rustix::net::RecvFlags::DONTWAIT).is_ok() {}
    }

    fn subscribe(&mut self, wanted: &[Subscription]) -> Vec<(IfIndex, Family, String)> {
        let groups: BTreeSet<_> = of_family(wanted, self.family)
            .filter(|subscription| subscription.group.is_multicast())
            .map(|subscription| (subscription.ifindex, subscription.group))
            .collect();
        let mut failed = Vec::new();
        self.leave_all_but(&groups);
        for (ifindex, group) in groups {
            if let Err(e) = self.join(ifindex, group) {
                failed.push((ifindex, self.family, format!("cannot join the group {group}: {e}")));
            }
        }
        failed.extend(self.filter(&vrids(wanted, self.family)));
        failed
    }

    /// Passes these from now on.
    fn filter(&mut self, vrids: &BTreeMap<IfIndex, VridSet>) -> Vec<(IfIndex, Family, String)> {
        if *vrids == self.filter {
            return Vec::new();
        }
        match self.attach(vrids) {
            Ok(()) => {
                self.filter.clone_from(vrids);
                Vec::new()
            }
            Err(e) => {
                let failed = |&i| (i, self.family, format!("cannot attach the packet filter: {e}"));
                vrids.keys().map(failed).collect()
            }
        }
    }

    fn attach(&self, vrids: &BTreeMap<IfIndex, VridSet>) -> io::Result<()> {
        let exact = filter::vrrp(self.place, vrids);
        sockopt::attach_filter(self.socket.as_fd(), &exact)
            // The memory for filters is limited as well (net.core.optmem_max).
            .or_else(|_| {
                sockopt::attach_filter(self.socket.as_fd(), &filter::vrrp_any_interface(self.place, vrids))
            })
    }

    fn leave_all_but(&mut self, wanted: &BTreeSet<(IfIndex, IpAddr)>) {
        for holder in &mut self.holders {
            let socket = &holder.socket;
            holder.groups.retain(|&(ifindex, group)| {
                let keep = wanted.contains(&(ifindex, group));
                if !keep {
                    // Fails when the interface is gone, and the membership with it.
                    let _ = match group {
                        IpAddr::V4(g) => opt::set_ip_drop_membership_with_ifindex(
                            socket,
                            &g,
                            &Ipv4Addr::UNSPECIFIED,
                            ifindex.0,
                        ),
                        IpAddr::V6(g) => opt::set_ipv6_drop_membership(socket, &g, ifindex.0),
                    };
                }
                keep
            });
        }
        self.holders.retain(|holder| !holder.groups.is_empty());
    }

    fn join(&mut self, ifindex: IfIndex, group: IpAddr) -> io::Result<()> {
        if self.holders.iter().any(|holder| holder.groups.contains(&(ifindex, group))) {
            return Ok(());
        }
        for holder in &mut self.holders {
            match holder.join(ifindex, group) {
                // This one is full.
                Err(Errno::NOBUFS | Errno::NOMEM) => {}
                result => return Ok(result?),
            }
        }
        let mut holder = Holder::open(self.family)?;
        holder.join(ifindex, group)?;
        self.holders.push(holder);
        Ok(())
    }

    fn send(&self, batch: &[&Transmit]) -> Vec<(usize, io::Error)> {
        let (places, packets): (Vec<usize>, Vec<Outgoing<'_>>) = (0..)
            .zip(batch)
            .filter(|(_, t)| Family::of(t.dst) == self.family && t.whole == (self.place == Place::Ah))
            .map(|(i, t)| (i, outgoing(t)))
            .unzip();
        let mut failed = Vec::new();
        let mut done = 0;
        while done < packets.len() {
            match mmsg::send(self.socket.as_fd(), &packets[done..]) {
                Ok(sent) => done += sent,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    failed.push((places[done], e));
                    done += 1;
                }
            }
        }
        failed
    }

    fn read<'a>(&self, message: &Incoming<'a>) -> Option<Received<'a>> {
        match self.place {
            Place::V4 => read_v4(message).map(|(_, packet)| packet),
            Place::V6 => read_v6(message),
            Place::Ah => {
                read_v4(message).map(|(ip, packet)| Received { carrier: Carrier::Ah { ip }, ..packet })
            }
        }
    }
}

impl Holder {
    /// A datagram socket without a port: it never receives anything.
    fn open(family: Family) -> io::Result<Self> {
        let socket = socket_with(address_family(family), SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        Ok(Self { socket, groups: BTreeSet::new() })
    }

    fn join(&mut self, ifindex: IfIndex, group: IpAddr) -> Result<(), Errno> {
        match group {
            IpAddr::V4(g) => {
                opt::set_ip_add_membership_with_ifindex(&self.socket, &g, &Ipv4Addr::UNSPECIFIED, ifindex.0)
            }
            IpAddr::V6(g) => opt::set_ipv6_add_membership(&self.socket, &g, ifindex.0),
        }?;
        self.groups.insert((ifindex, group));
        Ok(())
    }
}

fn set_up_v4(socket: BorrowedFd<'_>) -> io::Result<()> {
    opt::set_ip_ttl(socket, u32::from(TTL))?;
    opt::set_ip_multicast_ttl(socket, u32::from(TTL))?;
    opt::set_ip_multicast_loop(socket, false)?;
    opt::set_ip_tos(socket, CLASS)?;
    opt::set_ip_mtu_discover(socket, opt::Ipv4PathMtuDiscovery::DONT)?;
    sockopt::set(socket, libc::IPPROTO_IP, libc::IP_PKTINFO, [1])?;
    // A configured source need not be an address of this host (`mcast_src_ip`), where we may.
    let _ = sockopt::set(socket, libc::IPPROTO_IP, libc::IP_TRANSPARENT, [1]);
    Ok(())
}

fn set_up_v6(socket: BorrowedFd<'_>) -> io::Result<()> {
    opt::set_ipv6_unicast_hops(socket, Some(TTL))?;
    opt::set_ipv6_multicast_hops(socket, u32::from(TTL))?;
    opt::set_ipv6_multicast_loop(socket, false)?;
    opt::set_ipv6_tclass(socket, u32::from(CLASS))?;
    sockopt::set(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, [1])?;
    sockopt::set(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, [1])?;
    let _ = sockopt::set(socket, libc::IPPROTO_IPV6, libc::IPV6_TRANSPARENT, [1]);
    Ok(())
}

fn outgoing(packet: &Transmit) -> Outgoing<'_> {
    let ifindex = packet.ifindex.0.to_ne_bytes();
    let ttl = i32::from(packet.ttl).to_ne_bytes();
    let mut control = Control::new();
    let name = match packet.dst {
        IpAddr::V4(dst) => {
            // struct in_pktinfo: interface, source, unused.
            let mut info = [0; 12];
            info[..4].copy_from_slice(&ifindex);
            if let IpAddr::V4(src) = packet.src {
                info[4..8].copy_from_slice(&src.octets());
            }
            control.push(libc::IPPROTO_IP, libc::IP_PKTINFO, &info);
            if packet.ttl != TTL {
                control.push(libc::IPPROTO_IP, libc::IP_TTL, &ttl);
            }
            // struct sockaddr_in: port, address, padding.
            let mut rest = [0; 14];
            rest[2..6].copy_from_slice(&dst.octets());
            Name::new(libc::AF_INET, rest)
        }
        IpAddr::V6(dst) => {
            // struct in6_pktinfo: source, interface.
            let mut info = [0; 20];
            if let IpAddr::V6(src) = packet.src {
                info[..16].copy_from_slice(&src.octets());
            }
            info[16..].copy_from_slice(&ifindex);
            control.push(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &info);
            if packet.ttl != TTL {
                control.push(libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT, &ttl);
            }
            // struct sockaddr_in6: port, flow, address, scope.
            let mut rest = [0; 26];
            rest[6..22].copy_from_slice(&dst.octets());
            rest[22..].copy_from_slice(&ifindex);
            Name::new(libc::AF_INET6, rest)
        }
    };
    Outgoing { payload: &packet.payload, name, control }
}

/// An IPv4 raw socket shows the IP header.
fn read_v4<'a>(message: &Incoming<'a>) -> Option<(&'a [u8], Received<'a>)> {
    let header = message.data.first_chunk::<20>()?;
    let info = message.control(libc::IPPROTO_IP, libc::IP_PKTINFO)?;
    let (ip, payload) = message.data.split_at_checked(usize::from(header[0] & 0x0f) * 4)?;
    let packet = Received {
        ifindex: IfIndex(u32::from_ne_bytes(*info.first_chunk()?)),
        src: octets::<4>(header, 12)?.into(),
        dst: octets::<4>(header, 16)?.into(),
        ttl: header[8],
        payload,
        carrier: Carrier::Ip,
    };
    Some((ip, packet))
}

/// An IPv6 raw socket shows the payload; the rest is in the address and the control data.
fn read_v6<'a>(message: &Incoming<'a>) -> Option<Received<'a>> {
    let info = message.control(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO)?;
    let hops = message.control(libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT)?;
    Some(Received {
        ifindex: IfIndex(u32::from_ne_bytes(octets(info, 16)?)),
        src: Ipv6Addr::from(octets::<16>(message.name, 8)?).into(),
        dst: Ipv6Addr::from(octets::<16>(info, 0)?).into(),
        ttl: u8::try_from(i32::from_ne_bytes(*hops.first_chunk()?)).ok()?,
        payload: message.data,
        carrier: Carrier::Ip,
    })
}

fn octets<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The numbers of interest on each interface, and on the VRF that a filter takes it for.
fn vrids(wanted: &[Subscription], family: Family) -> BTreeMap<IfIndex, VridSet> {
    let mut vrids: BTreeMap<IfIndex, VridSet> = BTreeMap::new();
    for subscription in of_family(wanted, family) {
        for ifindex in std::iter::once(subscription.ifindex).chain(subscription.vrf) {
            let set = vrids.entry(ifindex).or_default();
            for &vrid in &subscription.vrids {
                set[usize::from(vrid / 32)] |= 1 << (vrid % 32);
            }
        }
    }
    vrids
}

fn of_family(wanted: &[Subscription], family: Family) -> impl Iterator<Item = &Subscription> {
    wanted.iter().filter(move |s| Family::of(s.group) == family)
}

const fn address_family(family: Family) -> AddressFamily {
    match family {
        Family::V4 => AddressFamily::INET,
        Family::V6 => AddressFamily::INET6,
    }
}

/// Keeps the errno's kind and says what was tried.
fn explain(errno: Errno, what: &str) -> io::Error {
    let error = io::Error::from(errno);
    io::Error::new(error.kind(), format!("{what}: {error}"))
}
