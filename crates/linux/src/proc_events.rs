//! Processes that come and go, as the kernel's process connector tells it (linux/cn_proc.h).

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// CN_IDX_PROC and CN_VAL_PROC.
const PROC: u32 = 1;
/// PROC_CN_MCAST_LISTEN.
const LISTEN: u32 = 1;
/// `struct nlmsghdr` and `struct cn_msg`.
const HEADERS: usize = 16 + 20;
/// PROC_EVENT_EXEC, PROC_EVENT_COMM and PROC_EVENT_EXIT: a process has another name or is gone. A fork alone is no news:
/// what it will be is told by its exec.
const NEWS: [u32; 3] = [0x2, 0x200, 0x8000_0000];

/// The connector.
#[derive(Debug)]
pub struct ProcEvents {
    fd: OwnedFd,
}

impl ProcEvents {
    /// Needs CAP_NET_ADMIN, and the first namespaces of users, processes and networks.
    pub fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            flags,
            Some(rustix::net::netlink::CONNECTOR),
        )?;
        rustix::net::bind(&fd, &SocketAddrNetlink::new(0, PROC))?;
        rustix::net::send(&fd, &listen(), SendFlags::empty())?;
        Ok(Self { fd })
    }

    /// Readable when something has happened.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Takes what is waiting; whether a process may have come or gone. An overrun means yes.
    pub fn news(&mut self) -> bool {
        let mut buffer = [0_u8; 1024];
        let mut any = false;
        // Bounded, for a machine that starts programs without end.
        for _ in 0..10_000 {
            match rustix::net::recv(&self.fd, &mut buffer, RecvFlags::empty()) {
                Ok((_, len)) => any |= is_news(buffer.get(..len).unwrap_or(&buffer)),
                Err(Errno::NOBUFS) => any = true,
                Err(_) => break,
            }
        }
        any
    }
}

fn is_news(message: &[u8]) -> bool {
    let what = message.get(HEADERS..).and_then(|event| event.first_chunk()).copied().map(u32::from_ne_bytes);
    what.is_some_and(|what| NEWS.contains(&what))
}

fn listen() -> Vec<u8> {
    let total = (HEADERS + 4) as u32;
    let mut message = Vec::new();
    // nlmsghdr: length, type NLMSG_DONE, flags, sequence number, port.
    message.extend(total.to_ne_bytes());
    message.extend(3_u16.to_ne_bytes());
    message.extend(0_u16.to_ne_bytes());
    message.extend([0; 8]);
    // cn_msg: index, value, sequence number, acknowledgement, length, flags.
    message.extend(PROC.to_ne_bytes());
    message.extend(PROC.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(4_u16.to_ne_bytes());
    message.extend(0_u16.to_ne_bytes());
    message.extend(LISTEN.to_ne_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_has_the_lengths_that_it_names() {
        let message = listen();
        assert_eq!(message.len(), 40);
        assert_eq!(message[..4], 40_u32.to_ne_bytes());
        assert_eq!(message[32..34], 4_u16.to_ne_bytes());
    }

    #[test]
    fn only_other_names_and_ends_are_news() {
        let event = |what: u32| [&[0; HEADERS][..], &what.to_ne_bytes()].concat();
        assert!(is_news(&event(2)) && is_news(&event(0x8000_0000)) && !is_news(&event(1)) && !is_news(&[]));
    }
}
