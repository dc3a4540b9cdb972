//! Interfaces, addresses, routes and rules: what the kernel has, what changes, and changing it (rtnetlink(7)).
//!
//! One socket asks and commands, another only listens. The listening socket reports an overrun instead of
//! hiding it (NETLINK_NO_ENOBUFS stays off); [`Netlink::dump`] then tells the whole picture anew.
//!
//! Our own addresses carry the tag `IFA_PROTO` 18 (`RTPROT_KEEPALIVED`; `proto keepalived` to `ip address`).
//! Kernels before 5.18 ignore it: there `Observed::ours` is always false, and leftovers of an earlier process
//! can only be told by being in the configuration.

mod decode;
mod encode;
mod path;
mod route;
mod seen;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use engine::api::{AddressOp, Input, Leftover, Link, Observed, PathFailure, PathOp, Seen};
use engine::vmac::api::{VmacAnswer, VmacOp};
use netlink_packet_core::{Emitable, NetlinkBuffer};
use thiserror::Error;
use types::{Cidr, Family, IfIndex};

use crate::mmsg::Inbox;
use crate::{filter, sockopt};
pub(crate) use route::{Route, append, messages};

/// RTPROT_KEEPALIVED.
pub const TAG: u8 = 18;

/// Operations per system call. The answers of more might not fit into a default receive buffer.
const CHUNK: usize = 100;
/// Room for some 10,000 notifications.
const MONITOR_BUFFER: usize = 16 << 20;
/// A notification about a link is about 1.5 KiB, with many attributes a few more.
const SLOT_LEN: usize = 8192;

const NEW_LINK: u16 = libc::RTM_NEWLINK;
const DEL_LINK: u16 = libc::RTM_DELLINK;
const NEW_ADDRESS: u16 = libc::RTM_NEWADDR;
const DEL_ADDRESS: u16 = libc::RTM_DELADDR;

/// The command socket and the monitor socket.
#[derive(Debug)]
pub struct Netlink {
    command: Route,
    monitor: OwnedFd,
    inbox: Inbox,
    request: Vec<u8>,
    peers: Peers,
}

/// Peers of our or others' point-to-point addresses: the kernel wants to hear them when it removes an address.
type Peers = BTreeMap<(IfIndex, IpAddr), Cidr>;

/// Why notifications could not be read.
#[derive(Debug, Error)]
pub enum MonitorError {
    /// Notifications were lost: [`Netlink::dump`] is due.
    #[error("the kernel dropped notifications because we did not read them in time")]
    Overrun,
    /// Anything else.
    #[error("cannot read notifications of the kernel: {0}")]
    Io(#[from] io::Error),
}

impl Netlink {
    /// Opens both sockets in the network namespace of the calling thread. From now on no change goes unnoticed.
    /// Listening needs no privilege, [`apply`](Self::apply) needs CAP_NET_ADMIN.
    pub fn open() -> io::Result<Self> {
        Self::with_monitor_buffer(MONITOR_BUFFER)
    }

    /// As [`open`](Self::open) with another size of the monitor's receive buffer, in bytes. It is halved to the
    /// system's limit (`net.core.rmem_max`) where we may not exceed it.
    pub fn with_monitor_buffer(bytes: usize) -> io::Result<Self> {
        let command = Route::open()?;
        let monitor = route::monitor(bytes)?;
        // The kernel has answered for each of our additions already: thousands of them need not be read again.
        // Removals stay: with a primary address the kernel removes others that nobody named.
        sockopt::attach_filter(monitor.as_fd(), &filter::news_for(command.port()?, TAG))?;
        Ok(Self { command, monitor, inbox: Inbox::new(SLOT_LEN), request: Vec::new(), peers: Peers::new() })
    }

    /// Readable while notifications are waiting.
    pub fn monitor_fd(&self) -> BorrowedFd<'_> {
        self.monitor.as_fd()
    }

    /// All links and addresses, as [`Input::Resync`]. Notifications that were waiting are thrown away: the dump
    /// is newer. Those that arrive during the dump stay, so that nothing is missed.
    pub fn dump(&mut self) -> io::Result<Input<'static>> {
        self.drain()?;
        let (links, addresses) = self.links_and_addresses()?;
        Ok(Input::Resync { links, addresses })
    }

    /// All links and addresses, as the kernel lists them.
    pub(crate) fn links_and_addresses(&mut self) -> io::Result<(Vec<Link>, Vec<Observed>)> {
        self.peers.clear();
        let mut links = Vec::new();
        self.command.dump(libc::RTM_GETLINK, &mut |kind, payload| match kind {
            // A dump that was interrupted begins again, told by a message of type 0.
            0 => links.clear(),
            _ => links.extend(decode::link(payload)),
        })?;
        let mut addresses = Vec::new();
        let peers = &mut self.peers;
        self.command.dump(libc::RTM_GETADDR, &mut |kind, payload| match kind {
            0 => addresses.clear(),
            _ => addresses.extend(decode::address(payload).map(|(address, peer)| {
                remember(peers, address.ifindex, address.cidr, peer);
                address
            })),
        })?;
        Ok((links, addresses))
    }

    /// Hands over what has changed, at most about `max` notifications; what remains keeps the monitor readable.
    /// Our own removals come back this way as well; our own additions do not, [`apply`](Self::apply) tells of them.
    ///
    /// # Errors
    /// [`MonitorError::Overrun`] when the buffer overflowed; what was read before has been handed over.
    pub fn read_events(&mut self, max: usize, f: &mut dyn FnMut(Input<'static>)) -> Result<(), MonitorError> {
        let mut room = max;
        while room > 0 {
            let got = self.inbox.receive(self.monitor.as_fd(), room).map_err(monitor_error)?;
            if got == 0 {
                break;
            }
            room -= got;
            // Only the kernel can send to a routing socket: it lets nobody else (no NL_CFG_F_NONROOT_SEND).
            for datagram in self.inbox.iter(got) {
                if datagram.truncated {
                    return Err(MonitorError::Overrun);
                }
                for message in messages(datagram.data) {
                    if let Some(input) = event(&message, &mut self.peers) {
                        f(input);
                    }
                }
            }
        }
        Ok(())
    }

    /// Carries the operations out in order, up to 100 per system call; returns the index and the positive errno
    /// of each that failed. The others are done.
    ///
    /// Adding what is there changes it; EEXIST counts as done. Removing what is not there fails with EADDRNOTAVAIL
    /// (no such address) or ENODEV (no such interface): nothing was removed, and nothing will be notified.
    ///
    /// # Errors
    /// The socket itself failed; how much was done is unknown: [`dump`](Self::dump) tells.
    pub fn apply(&mut self, ops: &[AddressOp]) -> io::Result<Vec<(usize, i32)>> {
        let mut failed = Vec::new();
        for (chunk, start) in ops.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
            self.request.clear();
            let first = self.command.sequence(chunk.len() as u32);
            for (op, place) in chunk.iter().zip(0..) {
                if let AddressOp::Add(spec) = op {
                    remember(&mut self.peers, spec.ifindex, spec.cidr, spec.peer);
                }
                // A refused message is always answered; one answer more marks the end.
                let last = place + 1 == chunk.len() as u32;
                encode::operation(&mut self.request, op, &self.peers, first.wrapping_add(place), last);
            }
            self.command.transact(&self.request, first, chunk.len() as u32, &mut |place, errno, _| {
                if let Some(op) = chunk.get(place).filter(|op| !is_done(op, errno)) {
                    forget(&mut self.peers, op);
                    failed.push((start + place, errno));
                }
            })?;
        }
        Ok(failed)
    }

    /// Begins or ends to tell of routes and rules that somebody else removes or replaces.
    pub fn watch_paths(&mut self, on: bool) -> io::Result<()> {
        let option = if on { libc::NETLINK_ADD_MEMBERSHIP } else { libc::NETLINK_DROP_MEMBERSHIP };
        let groups = [
            libc::RTNLGRP_IPV4_ROUTE,
            libc::RTNLGRP_IPV6_ROUTE,
            libc::RTNLGRP_IPV4_RULE,
            libc::RTNLGRP_IPV6_RULE,
        ];
        for group in groups {
            sockopt::set(self.monitor.as_fd(), libc::SOL_NETLINK, option, [group.cast_signed()])?;
        }
        Ok(())
    }

    /// Carries operations on routes and rules out in order, as [`apply`](Self::apply); returns those that failed, with
    /// the words of the kernel where it has some.
    ///
    /// # Errors
    /// The socket itself failed; how much was done is unknown.
    pub fn apply_paths(&mut self, ops: &[PathOp]) -> io::Result<Vec<PathFailure>> {
        let mut failed = Vec::new();
        for (chunk, start) in ops.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
            self.request.clear();
            let first = self.command.sequence(chunk.len() as u32);
            for (op, place) in chunk.iter().zip(0..) {
                let last = place + 1 == chunk.len() as u32;
                path::operation(&mut self.request, op, first.wrapping_add(place), last);
            }
            self.command.transact(
                &self.request,
                first,
                chunk.len() as u32,
                &mut |place, errno, message| {
                    failed.push(PathFailure { index: start + place, errno, message: message.to_owned() });
                },
            )?;
        }
        Ok(failed)
    }

    /// All routes and rules with our mark, as [`Input::PathsListed`]. The kernel sorts the others out (since 4.20), so
    /// that a full table of the Internet is walked but not copied.
    pub fn own_paths(&mut self) -> io::Result<Input<'static>> {
        let mut socket = Route::open()?;
        socket.filter_dumps();
        let mut found = Vec::new();
        for family in [Family::V4, Family::V6] {
            let request = path::routes_by(family, TAG);
            collect(&mut socket, libc::RTM_GETROUTE, &request, &mut found, &|payload| {
                // Older kernels list all.
                (seen::protocol(payload) == Some(TAG))
                    .then(|| seen::route(payload))
                    .flatten()
                    .map(|(seen, _)| seen)
            })?;
            let request = path::rules_of(family);
            collect(&mut socket, libc::RTM_GETRULE, &request, &mut found, &|payload| {
                let rule = seen::rule(payload).filter(|rule| rule.protocol == TAG)?;
                Some(Seen::Rule(Box::new(rule)))
            })?;
        }
        Ok(Input::PathsListed(found))
    }

    /// Carries a request about an interface with a virtual MAC address out. See [`crate::vmac`].
    pub fn vmac(&mut self, op: &VmacOp) -> VmacAnswer {
        crate::vmac::carry_out(&mut self.command, op)
    }

    /// Throws away what waits. Bounded, for a host whose addresses change without end.
    fn drain(&mut self) -> io::Result<()> {
        for _ in 0..10_000 {
            match self.inbox.receive(self.monitor.as_fd(), usize::MAX).map_err(monitor_error) {
                Ok(0) => break,
                Ok(_) | Err(MonitorError::Overrun) => {}
                Err(MonitorError::Io(e)) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Adds what a dump lists, as far as it is of interest.
fn collect(
    socket: &mut Route,
    kind: u16,
    request: &impl Emitable,
    found: &mut Vec<Leftover>,
    see: &dyn Fn(&[u8]) -> Option<Seen>,
) -> io::Result<()> {
    let start = found.len();
    socket.dump_with(kind, request, &mut |kind, payload| match kind {
        0 => found.truncate(start),
        _ => found.extend(see(payload).map(|seen| Leftover { seen, raw: payload.to_vec() })),
    })
}

fn event(message: &NetlinkBuffer<&[u8]>, peers: &mut Peers) -> Option<Input<'static>> {
    let payload = message.payload();
    match message.message_type() {
        NEW_LINK => decode::link(payload).map(Input::Link),
        DEL_LINK => decode::link(payload).map(|link| Input::LinkGone(link.ifindex)),
        NEW_ADDRESS => decode::address(payload).map(|(address, peer)| {
            remember(peers, address.ifindex, address.cidr, peer);
            Input::Address(address)
        }),
        DEL_ADDRESS => decode::address(payload).map(|(address, peer)| {
            let key = (address.ifindex, address.cidr.addr);
            // Not the peer of what has been added in its place meanwhile.
            if peer.is_some() && peers.get(&key) == peer.as_ref() {
                peers.remove(&key);
            }
            Input::AddressGone { ifindex: address.ifindex, cidr: address.cidr }
        }),
        libc::RTM_NEWROUTE | libc::RTM_DELROUTE => seen::route_news(payload).map(Input::PathNews),
        libc::RTM_DELRULE => seen::rule_news(payload).map(Input::PathNews),
        _ => None,
    }
}

/// Index and name in a message about a link.
pub(crate) fn link_name(payload: &[u8]) -> Option<(IfIndex, String)> {
    decode::link(payload).map(|link| (link.ifindex, link.name))
}

fn remember(peers: &mut Peers, ifindex: IfIndex, cidr: Cidr, peer: Option<Cidr>) {
    if let Some(peer) = peer {
        peers.insert((ifindex, cidr.addr), peer);
    }
}

fn forget(peers: &mut Peers, op: &AddressOp) {
    if let AddressOp::Add(spec) = op {
        peers.remove(&(spec.ifindex, spec.cidr.addr));
    }
}

fn is_done(op: &AddressOp, errno: i32) -> bool {
    match op {
        AddressOp::Add(_) => errno == libc::EEXIST,
        AddressOp::Remove { .. } => false,
    }
}

fn monitor_error(error: io::Error) -> MonitorError {
    if error.raw_os_error() == Some(libc::ENOBUFS) { MonitorError::Overrun } else { MonitorError::Io(error) }
}
