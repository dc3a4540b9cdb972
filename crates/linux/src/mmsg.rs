//! Many datagrams in one system call.
#![allow(
    unsafe_code,
    reason = "sendmmsg and recvmmsg take arrays of pointers to buffers, names and control data"
)]

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Datagrams per system call when receiving.
pub(crate) const RECEIVE_BATCH: usize = 32;
/// Datagrams per system call when sending; the kernel takes at most 1024.
pub(crate) const SEND_BATCH: usize = 256;
/// Room for the largest socket address used here, `sockaddr_in6`.
const NAME_LEN: usize = 28;
/// Room for the control data of one datagram: packet information and hop limit of IPv6, with headers.
const CONTROL_LEN: usize = 80;
/// `struct cmsghdr`: length, level, type.
const CONTROL_HEADER: usize = size_of::<libc::cmsghdr>();

/// A datagram to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) payload: &'a [u8],
    pub(crate) name: Name,
    pub(crate) control: Control,
}

/// A socket address as bytes.
#[derive(Debug)]
pub(crate) struct Name {
    bytes: [u8; NAME_LEN],
    len: usize,
}

impl Name {
    /// A `sockaddr` from its bytes after the family.
    pub(crate) fn new<const N: usize>(family: i32, rest: [u8; N]) -> Self {
        const { assert!(N + 2 <= NAME_LEN) };
        let mut bytes = [0; NAME_LEN];
        bytes[..2].copy_from_slice(&(family.cast_unsigned() as u16).to_ne_bytes());
        bytes[2..2 + N].copy_from_slice(&rest);
        Self { bytes, len: 2 + N }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Control data of one outgoing datagram.
#[derive(Debug)]
pub(crate) struct Control {
    bytes: [u8; CONTROL_LEN],
    len: usize,
}

impl Control {
    /// None.
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; CONTROL_LEN], len: 0 }
    }

    /// Appends one item. The few items used here always fit ([`CONTROL_LEN`]).
    pub(crate) fn push(&mut self, level: i32, kind: i32, data: &[u8]) {
        let end = CONTROL_HEADER + data.len();
        if let Some(room) = self.bytes.get_mut(self.len..self.len + aligned(end)) {
            let word = size_of::<usize>();
            room[..word].copy_from_slice(&end.to_ne_bytes());
            room[word..word + 4].copy_from_slice(&level.to_ne_bytes());
            room[word + 4..word + 8].copy_from_slice(&kind.to_ne_bytes());
            room[CONTROL_HEADER..end].copy_from_slice(data);
            self.len += aligned(end);
        }
    }
}

/// Sends at most [`SEND_BATCH`] of `packets`; the number sent, at least one, or why the first one was refused.
pub(crate) fn send(fd: BorrowedFd<'_>, packets: &[Outgoing<'_>]) -> io::Result<usize> {
    let packets = &packets[..packets.len().min(SEND_BATCH)];
    let mut vectors: Vec<libc::iovec> = packets
        .iter()
        .map(|p| libc::iovec { iov_base: p.payload.as_ptr().cast_mut().cast(), iov_len: p.payload.len() })
        .collect();
    let mut headers: Vec<libc::mmsghdr> = packets
        .iter()
        .zip(&mut vectors)
        .map(|(packet, vector)| {
            // SAFETY: integers and pointers, for which all zero is a value.
            let mut header: libc::mmsghdr = unsafe { zeroed() };
            header.msg_hdr.msg_name = packet.name.bytes.as_ptr().cast_mut().cast();
            header.msg_hdr.msg_namelen = packet.name.len as libc::socklen_t;
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            if packet.control.len > 0 {
                header.msg_hdr.msg_control = packet.control.bytes.as_ptr().cast_mut().cast();
                header.msg_hdr.msg_controllen = packet.control.len as _;
            }
            header
        })
        .collect();
    // SAFETY: every pointer leads into `packets` or `vectors`, which outlive the call; the kernel reads them and
    // writes nothing but msg_len into `headers`.
    let sent = unsafe {
        libc::sendmmsg(
            fd.as_raw_fd(),
            headers.as_mut_ptr(),
            headers.len() as libc::c_uint,
            libc::MSG_DONTWAIT,
        )
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// Room for one batch of received datagrams. Pages that nothing was received into cost no memory.
#[derive(Debug)]
pub(crate) struct Inbox {
    data: Vec<u8>,
    slot_len: usize,
    names: Vec<[u8; NAME_LEN]>,
    controls: Vec<[u8; CONTROL_LEN]>,
    extents: [Extent; RECEIVE_BATCH],
}

#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    data: usize,
    control: usize,
    truncated: bool,
}

/// A received datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming<'a> {
    pub(crate) data: &'a [u8],
    /// The sender's socket address, zero padded.
    pub(crate) name: &'a [u8; NAME_LEN],
    control: &'a [u8],
    /// The datagram was longer than the slot.
    pub(crate) truncated: bool,
}

impl Inbox {
    /// Room for [`RECEIVE_BATCH`] datagrams of at most `slot_len` bytes each.
    pub(crate) fn new(slot_len: usize) -> Self {
        Self {
            data: vec![0; slot_len * RECEIVE_BATCH],
            slot_len,
            names: vec![[0; NAME_LEN]; RECEIVE_BATCH],
            controls: vec![[0; CONTROL_LEN]; RECEIVE_BATCH],
            extents: [Extent::default(); RECEIVE_BATCH],
        }
    }

    /// Receives what is there, at most `max` and at most [`RECEIVE_BATCH`] datagrams, without waiting; how many.
    pub(crate) fn receive(&mut self, fd: BorrowedFd<'_>, max: usize) -> io::Result<usize> {
        let count = max.min(RECEIVE_BATCH);
        // SAFETY: integers and pointers, for which all zero is a value.
        let mut vectors: [libc::iovec; RECEIVE_BATCH] = unsafe { zeroed() };
        // SAFETY: as above.
        let mut headers: [libc::mmsghdr; RECEIVE_BATCH] = unsafe { zeroed() };
        let buffers = self.data.chunks_exact_mut(self.slot_len).zip(&mut self.names).zip(&mut self.controls);
        for (((data, name), control), (vector, header)) in
            buffers.zip(vectors.iter_mut().zip(&mut headers)).take(count)
        {
            vector.iov_base = data.as_mut_ptr().cast();
            vector.iov_len = data.len();
            header.msg_hdr.msg_name = name.as_mut_ptr().cast();
            header.msg_hdr.msg_namelen = NAME_LEN as libc::socklen_t;
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = control.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = CONTROL_LEN as _;
        }
        // SAFETY: the first `count` headers point to distinct buffers of the stated lengths, which outlive the
        // call and are borrowed by nobody else; no timeout is given.
        let received = unsafe {
            libc::recvmmsg(
                fd.as_raw_fd(),
                headers.as_mut_ptr(),
                count as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let Ok(received) = usize::try_from(received) else {
            let error = io::Error::last_os_error();
            let nothing = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted);
            return if nothing { Ok(0) } else { Err(error) };
        };
        for (extent, header) in self.extents.iter_mut().zip(&headers).take(received) {
            *extent = Extent {
                data: (header.msg_len as usize).min(self.slot_len),
                control: header.msg_hdr.msg_controllen.min(CONTROL_LEN),
                truncated: header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0,
            };
        }
        Ok(received)
    }

    /// The datagrams of the last [`receive`](Self::receive), which returned `count`.
    pub(crate) fn iter(&self, count: usize) -> impl Iterator<Item = Incoming<'_>> {
        let slots = self.data.chunks_exact(self.slot_len).zip(&self.names).zip(&self.controls);
        slots.zip(&self.extents).take(count).map(|(((data, name), control), extent)| Incoming {
            data: &data[..extent.data],
            name,
            control: &control[..extent.control],
            truncated: extent.truncated,
        })
    }
}

impl<'a> Incoming<'a> {
    /// The first item of control data of this level and type.
    pub(crate) fn control(&self, level: i32, kind: i32) -> Option<&'a [u8]> {
        let mut rest = self.control;
        loop {
            let (len, after) = rest.split_first_chunk::<{ size_of::<usize>() }>()?;
            let (found_level, after) = after.split_first_chunk::<4>()?;
            let (found_kind, _) = after.split_first_chunk::<4>()?;
            let len = usize::from_ne_bytes(*len);
            let data = rest.get(CONTROL_HEADER..len)?;
            if i32::from_ne_bytes(*found_level) == level && i32::from_ne_bytes(*found_kind) == kind {
                return Some(data);
            }
            rest = rest.get(aligned(len)..)?;
        }
    }
}

/// Control data is aligned to machine words.
const fn aligned(len: usize) -> usize {
    len.next_multiple_of(size_of::<usize>())
}
