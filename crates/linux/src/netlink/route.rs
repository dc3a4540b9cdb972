//! A routing socket: requests, answers, dumps.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use netlink_packet_core::{Emitable, NLM_F_DUMP, NLM_F_REQUEST, NetlinkBuffer, NlasIterator};
use netlink_packet_route::link::LinkMessage;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};

use crate::sockopt;

const HEADER_LEN: usize = 16;
/// Protocol 0.
const NETLINK_ROUTE: Option<Protocol> = None;
const ERROR: u16 = libc::NLMSG_ERROR as u16;
const DONE: u16 = libc::NLMSG_DONE as u16;
const DUMP_INTERRUPTED: u16 = libc::NLM_F_DUMP_INTR as u16;
/// Missing in libc for some targets.
const NETLINK_GET_STRICT_CHK: libc::c_int = 12;
/// The kernel fills at most 32 KiB per part of a dump.
const PART_LEN: usize = 32 << 10;
/// Room for the answers to one chunk of requests, whatever the default.
const ANSWER_BUFFER: usize = 1 << 20;
/// A dump during which something changed is repeated this often. The last one is taken as it is: what changed
/// is told by the monitor as well.
const DUMP_ATTEMPTS: u32 = 8;

/// A socket for requests. The kernel answers while it takes the request, so that nothing here waits long.
#[derive(Debug)]
pub(crate) struct Route {
    socket: OwnedFd,
    next_sequence: u32,
    buffer: Vec<u8>,
}

impl Route {
    pub(crate) fn open() -> io::Result<Self> {
        let socket = open(SocketFlags::CLOEXEC, 0)?;
        // Errors come without a copy of the request.
        sockopt::set(socket.as_fd(), libc::SOL_NETLINK, libc::NETLINK_CAP_ACK, [1])?;
        // And in words, where the kernel has some (since 4.12).
        let _ = sockopt::set(socket.as_fd(), libc::SOL_NETLINK, libc::NETLINK_EXT_ACK, [1]);
        set_socket_timeout(&socket, Timeout::Recv, Some(Duration::from_secs(1)))?;
        sockopt::receive_buffer(socket.as_fd(), ANSWER_BUFFER);
        Ok(Self { socket, next_sequence: 1, buffer: vec![0; PART_LEN] })
    }

    /// Our address on the netlink bus; notifications of what we asked for carry it (`nlmsg_pid`).
    pub(crate) fn port(&self) -> io::Result<u32> {
        let address = rustix::net::getsockname(&self.socket)?;
        Ok(SocketAddrNetlink::try_from(address)?.pid())
    }

    /// The first of `count` sequence numbers.
    pub(crate) fn sequence(&mut self, count: u32) -> u32 {
        let first = self.next_sequence;
        self.next_sequence = first.wrapping_add(count);
        first
    }

    /// Sends `count` requests numbered from `first`, the last one asking for an answer, and reads the answers.
    /// Each refused request is given with its place, its errno, and the kernel's words for it.
    pub(crate) fn transact(
        &mut self,
        requests: &[u8],
        first: u32,
        count: u32,
        refused: &mut dyn FnMut(usize, i32, &str),
    ) -> io::Result<()> {
        rustix::net::send(&self.socket, requests, SendFlags::empty())?;
        loop {
            let len = self.receive()?;
            for message in messages(&self.buffer[..len]) {
                let place = message.sequence_number().wrapping_sub(first);
                if place >= count || message.message_type() != ERROR {
                    continue;
                }
                let errno = code(message.payload());
                if errno != 0 {
                    refused(place as usize, errno, &words(&message));
                }
                if place + 1 == count {
                    return Ok(());
                }
            }
        }
    }

    /// Sends one request that is answered with a message, and hands its payload over.
    pub(crate) fn ask(&mut self, request: &[u8], sequence: u32, f: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        rustix::net::send(&self.socket, request, SendFlags::empty())?;
        loop {
            let len = self.receive()?;
            for message in messages(&self.buffer[..len]) {
                if message.sequence_number() != sequence {
                    continue;
                }
                if message.message_type() == ERROR {
                    return Err(io::Error::from_raw_os_error(code(message.payload())));
                }
                f(message.payload());
                return Ok(());
            }
        }
    }

    /// Asks for everything of a kind and hands over type and payload of each message. When the kernel says that
    /// the dump is inconsistent it is repeated, announced by type 0 and no payload.
    pub(crate) fn dump(&mut self, kind: u16, f: &mut dyn FnMut(u16, &[u8])) -> io::Result<()> {
        // All zero asks for everything; links and addresses take it for their own, as ifinfomsg is the longer one.
        self.dump_with(kind, &LinkMessage::default(), f)
    }

    /// The same for what this message asks for.
    pub(crate) fn dump_with(
        &mut self,
        kind: u16,
        message: &impl Emitable,
        f: &mut dyn FnMut(u16, &[u8]),
    ) -> io::Result<()> {
        for _ in 1..DUMP_ATTEMPTS {
            if self.dump_once(kind, message, f)? {
                return Ok(());
            }
            f(0, &[]);
        }
        self.dump_once(kind, message, f).map(drop)
    }

    /// From now on the kernel takes the fields of a request for a dump as conditions, if it can.
    pub(crate) fn filter_dumps(&self) {
        let _ = sockopt::set(self.socket.as_fd(), libc::SOL_NETLINK, NETLINK_GET_STRICT_CHK, [1]);
    }

    /// Whether the dump is consistent.
    fn dump_once(
        &mut self,
        kind: u16,
        message: &impl Emitable,
        f: &mut dyn FnMut(u16, &[u8]),
    ) -> io::Result<bool> {
        let sequence = self.sequence(1);
        let mut request = Vec::new();
        append(&mut request, kind, NLM_F_REQUEST | NLM_F_DUMP, sequence, message);
        rustix::net::send(&self.socket, &request, SendFlags::empty())?;
        let mut consistent = true;
        loop {
            let len = self.receive()?;
            for message in messages(&self.buffer[..len]) {
                if message.sequence_number() != sequence {
                    continue;
                }
                consistent &= message.flags() & DUMP_INTERRUPTED == 0;
                match message.message_type() {
                    kind @ (ERROR | DONE) => match code(message.payload()) {
                        0 if kind == DONE => return Ok(consistent),
                        0 => {}
                        errno => return Err(io::Error::from_raw_os_error(errno)),
                    },
                    kind => f(kind, message.payload()),
                }
            }
        }
    }

    fn receive(&mut self) -> io::Result<usize> {
        loop {
            match rustix::net::recv(&self.socket, &mut self.buffer[..], RecvFlags::empty()) {
                Ok((len, _)) => return Ok(len),
                Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// A socket that listens for changes of links and addresses.
pub(crate) fn monitor(buffer: usize) -> io::Result<OwnedFd> {
    let groups = libc::RTMGRP_LINK | libc::RTMGRP_IPV4_IFADDR | libc::RTMGRP_IPV6_IFADDR;
    let socket = open(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, groups.cast_unsigned())?;
    sockopt::receive_buffer(socket.as_fd(), buffer);
    Ok(socket)
}

/// The messages of a datagram; ends at the first that is not whole.
pub(crate) fn messages(datagram: &[u8]) -> impl Iterator<Item = NetlinkBuffer<&[u8]>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let message = NetlinkBuffer::new_checked(rest).ok()?;
        let len = (message.length() as usize).next_multiple_of(4).min(rest.len());
        let (this, after) = rest.split_at(len);
        rest = after;
        NetlinkBuffer::new_checked(this).ok()
    })
}

/// Appends a message. Messages behind one another are aligned to four bytes.
pub(crate) fn append(out: &mut Vec<u8>, kind: u16, flags: u16, sequence: u32, message: &impl Emitable) {
    let start = out.len();
    let len = (HEADER_LEN + message.buffer_len()).next_multiple_of(4);
    out.resize(start + len, 0);
    message.emit(&mut out[start + HEADER_LEN..]);
    let mut header = NetlinkBuffer::new(&mut out[start..]);
    header.set_length(len as u32);
    header.set_message_type(kind);
    header.set_flags(flags);
    header.set_sequence_number(sequence);
}

fn open(flags: SocketFlags, groups: u32) -> io::Result<OwnedFd> {
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, NETLINK_ROUTE)?;
    rustix::net::bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

/// What an error message says in words (NLMSGERR_ATTR_MSG); empty if nothing.
fn words(message: &NetlinkBuffer<&[u8]>) -> String {
    const CAPPED: u16 = 0x100;
    const WITH_ATTRIBUTES: u16 = 0x200;
    const MESSAGE: u16 = 1;
    let payload = message.payload();
    // Behind the errno stands the header of the request, and all of it unless the kernel says that it was cut.
    let request =
        payload.get(4..8).and_then(|len| len.try_into().ok()).map_or(0, u32::from_ne_bytes) as usize;
    let behind = 4 + if message.flags() & CAPPED == 0 { request.next_multiple_of(4) } else { HEADER_LEN };
    if message.flags() & WITH_ATTRIBUTES == 0 {
        return String::new();
    }
    let attributes = NlasIterator::new(payload.get(behind..).unwrap_or_default()).map_while(Result::ok);
    let texts = attributes.filter(|attribute| attribute.kind() == MESSAGE);
    let text =
        texts.map(|attribute| String::from_utf8_lossy(attribute.value()).trim_end_matches('\0').to_owned());
    text.last().unwrap_or_default()
}

/// The errno of an error or done message: positive, zero for success.
fn code(payload: &[u8]) -> i32 {
    payload.first_chunk().map_or(0, |code| i32::from_ne_bytes(*code).saturating_neg())
}
