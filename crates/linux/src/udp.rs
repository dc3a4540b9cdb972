//! UDP on all addresses that answers from the address it was asked at, with the kernel's arrival times.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, SystemTime};

use crate::{message, sockopt};

/// A datagram as it came in; the bytes are in the caller's buffer.
#[derive(Debug, Clone, Copy)]
pub struct Datagram {
    /// Bytes received.
    pub len: usize,
    /// The sender.
    pub peer: SocketAddr,
    /// The address it was sent to; IPv4 ones are mapped into IPv6.
    pub local: Option<IpAddr>,
    /// When the kernel took it from the wire.
    pub at: SystemTime,
}

/// A dual-stack UDP socket bound to a port on every address, present and future.
#[derive(Debug)]
pub struct AnyAddress {
    socket: UdpSocket,
}

impl AnyAddress {
    /// Binds the port; 0 lets the kernel choose. Receiving waits at most `patience`.
    pub fn bind(port: u16, patience: Duration) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port))?;
        socket.set_read_timeout(Some(patience))?;
        sockopt::set(socket.as_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, [1])?;
        sockopt::set(socket.as_fd(), libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, [1])?;
        Ok(Self { socket })
    }

    /// The next datagram; `WouldBlock` when none came within the patience.
    pub fn receive(&self, buf: &mut [u8]) -> io::Result<Datagram> {
        let got = message::receive(self.socket.as_fd(), buf)?;
        let peer = got.peer.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(Datagram { len: got.len, peer, local: got.local, at: got.at })
    }

    /// Sends from whatever address the kernel chooses.
    pub fn send(&self, data: &[u8], to: SocketAddr) -> io::Result<usize> {
        self.socket.send_to(data, mapped(to))
    }

    /// Sends from one of our addresses.
    #[expect(unsafe_code, reason = "sendmsg with IPV6_PKTINFO")]
    pub fn send_from(&self, data: &[u8], to: SocketAddr, from: IpAddr) -> io::Result<usize> {
        let SocketAddr::V6(to) = mapped(to) else { return Err(io::ErrorKind::InvalidInput.into()) };
        let from = match from {
            IpAddr::V4(addr) => addr.to_ipv6_mapped(),
            IpAddr::V6(addr) => addr,
        };
        // SAFETY: all-zero is a valid value of these plain C structures.
        let (mut name, mut message): (libc::sockaddr_in6, libc::msghdr) =
            unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        name.sin6_family = libc::AF_INET6 as libc::sa_family_t;
        name.sin6_port = to.port().to_be();
        name.sin6_addr.s6_addr = to.ip().octets();
        name.sin6_scope_id = to.scope_id();
        let mut part = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
        let mut control = source_message(from);
        message.msg_name = (&raw mut name).cast();
        message.msg_namelen = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = control.0.len() as _;
        // SAFETY: every pointer in `message` refers to a live value of the length given beside it; sendmsg
        // only reads them.
        let sent = unsafe { libc::sendmsg(self.socket.as_raw_fd(), &raw const message, 0) };
        usize::try_from(sent).map_err(|_| io::Error::last_os_error())
    }
}

/// Length of a control message header on this machine.
const HEADER: usize = size_of::<usize>() + 8;

/// Header and `in6_pktinfo` (address, interface index), padded to a word.
#[repr(align(8))]
struct SourceMessage([u8; (HEADER + 20).next_multiple_of(size_of::<usize>())]);

fn source_message(from: Ipv6Addr) -> SourceMessage {
    let mut bytes = Vec::with_capacity(HEADER + 24);
    bytes.extend((HEADER + 20).to_ne_bytes());
    bytes.extend(libc::IPPROTO_IPV6.to_ne_bytes());
    bytes.extend(libc::IPV6_PKTINFO.to_ne_bytes());
    bytes.extend(from.octets());
    let mut message = SourceMessage([0; _]);
    message.0[..bytes.len()].copy_from_slice(&bytes);
    message
}

fn mapped(addr: SocketAddr) -> SocketAddr {
    match addr.ip() {
        IpAddr::V4(ip) => SocketAddr::from((ip.to_ipv6_mapped(), addr.port())),
        IpAddr::V6(_) => addr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_from_the_address_it_was_asked_at() {
        let server = AnyAddress::bind(0, Duration::from_secs(5)).unwrap();
        let port = server.socket.local_addr().unwrap().port();
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client.send_to(b"ping", ("127.0.0.9", port)).unwrap();
        let mut buf = [0; 16];
        let asked = server.receive(&mut buf).unwrap();
        assert_eq!(&buf[..asked.len], b"ping");
        assert_eq!(asked.local, Some("::ffff:127.0.0.9".parse().unwrap()));
        assert!(SystemTime::now().duration_since(asked.at).unwrap() < Duration::from_secs(5));
        server.send_from(b"pong", asked.peer, asked.local.unwrap()).unwrap();
        let (len, from) = client.recv_from(&mut buf).unwrap();
        assert_eq!((&buf[..len], from.ip().to_string().as_str()), (&b"pong"[..], "127.0.0.9"));
    }
}
