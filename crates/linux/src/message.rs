//! Receiving with control messages: the one thing `std` and rustix leave out (arrival time, local address).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What came with the bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Bytes received (cut to the buffer).
    pub(crate) len: usize,
    /// The sender, for Internet sockets.
    pub(crate) peer: Option<SocketAddr>,
    /// The destination address, where IP_PKTINFO or IPV6_RECVPKTINFO is on.
    pub(crate) local: Option<IpAddr>,
    /// Arrival in the kernel where SO_TIMESTAMPNS is on, otherwise now.
    pub(crate) at: SystemTime,
}

/// `recvmsg`, control messages included.
#[expect(unsafe_code, reason = "recvmsg with control messages")]
pub(crate) fn receive(fd: BorrowedFd<'_>, buf: &mut [u8]) -> io::Result<Arrival> {
    let mut name = [0_u8; size_of::<libc::sockaddr_storage>()];
    let mut control = Control([0; 256]);
    let mut part = libc::iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: buf.len() };
    // SAFETY: all-zero is a valid msghdr (null pointers, zero lengths).
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = name.as_mut_ptr().cast();
    message.msg_namelen = name.len() as libc::socklen_t;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = control.0.len() as _;
    // SAFETY: every pointer in `message` refers to a live buffer of the length given beside it.
    let len = unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut message, 0) };
    let len = usize::try_from(len).map_err(|_| io::Error::last_os_error())?;
    let filled = control.0.get(..message.msg_controllen as usize).unwrap_or_default();
    let mut arrival = Arrival { len, peer: peer(&name), local: None, at: SystemTime::UNIX_EPOCH };
    let mut stamped = false;
    for (level, kind, data) in ControlMessages(filled) {
        match (level, kind) {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                if let Some(at) = timespec(data) {
                    (arrival.at, stamped) = (at, true);
                }
            }
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                arrival.local = data.get(8..12).and_then(|b| <[u8; 4]>::try_from(b).ok()).map(IpAddr::from);
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                arrival.local = data.get(..16).and_then(|b| <[u8; 16]>::try_from(b).ok()).map(IpAddr::from);
            }
            _ => {}
        }
    }
    if !stamped {
        arrival.at = SystemTime::now();
    }
    Ok(arrival)
}

/// Room for control messages, aligned as their headers need it.
#[repr(align(8))]
struct Control([u8; 256]);

/// The control messages in a filled buffer: level, type, data.
struct ControlMessages<'a>(&'a [u8]);

impl<'a> Iterator for ControlMessages<'a> {
    type Item = (i32, i32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        const WORD: usize = size_of::<usize>();
        const HEADER: usize = WORD + 8;
        let len = usize::from_ne_bytes(self.0.get(..WORD)?.try_into().ok()?);
        let level = i32::from_ne_bytes(self.0.get(WORD..WORD + 4)?.try_into().ok()?);
        let kind = i32::from_ne_bytes(self.0.get(WORD + 4..HEADER)?.try_into().ok()?);
        let data = self.0.get(HEADER..len)?;
        self.0 = self.0.get(len.next_multiple_of(WORD)..).unwrap_or_default();
        Some((level, kind, data))
    }
}

fn timespec(data: &[u8]) -> Option<SystemTime> {
    let secs = i64::from_ne_bytes(data.get(..8)?.try_into().ok()?);
    let nanos = i64::from_ne_bytes(data.get(8..16)?.try_into().ok()?);
    let since = Duration::new(u64::try_from(secs).ok()?, u32::try_from(nanos).ok()?);
    Some(UNIX_EPOCH + since)
}

/// Reads `sockaddr_in` or `sockaddr_in6`.
fn peer(name: &[u8]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes(name.get(..2)?.try_into().ok()?);
    let port = u16::from_be_bytes(name.get(2..4)?.try_into().ok()?);
    match i32::from(family) {
        libc::AF_INET => {
            let addr: [u8; 4] = name.get(4..8)?.try_into().ok()?;
            Some(SocketAddr::from((Ipv4Addr::from(addr), port)))
        }
        libc::AF_INET6 => {
            let addr: [u8; 16] = name.get(8..24)?.try_into().ok()?;
            let scope = u32::from_ne_bytes(name.get(24..28)?.try_into().ok()?);
            Some(std::net::SocketAddrV6::new(Ipv6Addr::from(addr), port, 0, scope).into())
        }
        _ => None,
    }
}
