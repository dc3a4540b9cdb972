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

/// PROC_EVENT_NONE: the answer to a request.
const ANSWER: u32 = 0;
/// In a message: `seq` of `struct cn_msg`, `what` and `event_data.ack.err` of `struct proc_event`.
const SEQUENCE: usize = 16 + 8;
const WHAT: usize = HEADERS;
const ERROR: usize = HEADERS + 16;

/// The connector.
#[derive(Debug)]
pub struct ProcEvents {
    fd: OwnedFd,
    /// Of the request.
    sequence: u32,
    granted: bool,
}

impl ProcEvents {
    /// Needs CAP_NET_ADMIN, and the first namespaces of users, processes and networks. The kernel does not refuse without the
    /// first two or without such events: it does not answer.
    pub fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            flags,
            Some(rustix::net::netlink::CONNECTOR),
        )?;
        rustix::net::bind(&fd, &SocketAddrNetlink::new(0, PROC))?;
        let sequence = std::process::id();
        rustix::net::send(&fd, &listen(sequence), SendFlags::empty())?;
        Ok(Self { fd, sequence, granted: false })
    }

    /// Whether the kernel has said that it will tell.
    pub const fn are_told(&self) -> bool {
        self.granted
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
                Ok((_, len)) => {
                    let message = buffer.get(..len).unwrap_or(&buffer);
                    any |= is_news(message);
                    self.granted |= grants(message, self.sequence);
                }
                Err(Errno::NOBUFS) => any = true,
                Err(_) => break,
            }
        }
        any
    }
}

fn word(message: &[u8], at: usize) -> Option<u32> {
    message.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_ne_bytes)
}

fn is_news(message: &[u8]) -> bool {
    word(message, WHAT).is_some_and(|what| NEWS.contains(&what))
}

/// Everybody hears the answers to everybody's requests.
fn grants(message: &[u8], sequence: u32) -> bool {
    [(SEQUENCE, sequence), (WHAT, ANSWER), (ERROR, 0)]
        .iter()
        .all(|&(at, value)| word(message, at) == Some(value))
}

fn listen(sequence: u32) -> Vec<u8> {
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
    message.extend(sequence.to_ne_bytes());
    message.extend([0; 4]);
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
        let message = listen(7);
        assert_eq!(message.len(), 40);
        assert_eq!(message[..4], 40_u32.to_ne_bytes());
        assert_eq!(message[32..34], 4_u16.to_ne_bytes());
    }

    #[test]
    fn only_other_names_and_ends_are_news() {
        let event = |what: u32| [&[0; HEADERS][..], &what.to_ne_bytes()].concat();
        assert!(is_news(&event(2)) && is_news(&event(0x8000_0000)) && !is_news(&event(1)) && !is_news(&[]));
    }

    #[test]
    fn only_the_answer_to_our_own_request_counts_and_no_refusal() {
        let answer = |sequence: u32, what: u32, error: u32| {
            let mut message = vec![0; HEADERS + 40];
            for (at, value) in [(SEQUENCE, sequence), (WHAT, what), (ERROR, error)] {
                message[at..at + 4].copy_from_slice(&value.to_ne_bytes());
            }
            message
        };
        assert_eq!(listen(7)[SEQUENCE..SEQUENCE + 4], 7_u32.to_ne_bytes());
        assert!(grants(&answer(7, 0, 0), 7));
        assert!(!grants(&answer(8, 0, 0), 7));
        assert!(!grants(&answer(7, 2, 0), 7));
        assert!(!grants(&answer(7, 0, 1), 7));
        assert!(!grants(&[], 7));
    }
}
