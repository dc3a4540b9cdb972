//! Socket options that rustix does not know.
#![allow(unsafe_code, reason = "setsockopt and getsockopt take raw pointers")]

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};

use crate::mmsg::Name;

/// Sets an option whose value is an int, or anything that is nothing but ints.
pub(crate) fn set<const N: usize>(
    fd: BorrowedFd<'_>,
    level: i32,
    name: i32,
    value: [i32; N],
) -> io::Result<()> {
    // SAFETY: pointer and length describe `value`, which outlives the call.
    let result = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            name,
            value.as_ptr().cast(),
            size_of::<[i32; N]>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Gives the socket its own address.
pub(crate) fn bind(fd: BorrowedFd<'_>, name: &Name) -> io::Result<()> {
    let bytes = name.as_bytes();
    // SAFETY: pointer and length describe `bytes`; the kernel copies them.
    let result = unsafe { libc::bind(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len() as libc::socklen_t) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Replaces the socket's filter in one step.
pub(crate) fn attach_filter(fd: BorrowedFd<'_>, program: &[libc::sock_filter]) -> io::Result<()> {
    let len = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
    let program = libc::sock_fprog { len, filter: program.as_ptr().cast_mut() };
    // SAFETY: `program` points to `len` instructions that outlive the call; the kernel only reads them.
    let result = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            (&raw const program).cast(),
            size_of::<libc::sock_fprog>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Datagrams that the kernel threw away because the receive buffer was full.
pub(crate) fn drops(fd: BorrowedFd<'_>) -> u32 {
    // The ninth word of SO_MEMINFO (SK_MEMINFO_DROPS); kernels before 4.12 do not have it.
    const DROPS: usize = 8;
    let mut words = [0_u32; 9];
    let mut len = size_of::<[u32; 9]>() as libc::socklen_t;
    // SAFETY: pointer and length describe `words`; the kernel writes at most `len` bytes.
    let result = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            words.as_mut_ptr().cast(),
            &raw mut len,
        )
    };
    if result == 0 { words[DROPS] } else { 0 }
}

/// Asks for a receive buffer of `bytes`: beyond the system's limit where we may, else up to it.
pub(crate) fn receive_buffer(fd: BorrowedFd<'_>, bytes: usize) {
    if rustix::net::sockopt::set_socket_recv_buffer_size_force(fd, bytes).is_err() {
        // Not being allowed to have more than the default is no error.
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size(fd, bytes);
    }
}

/// Asks for a send buffer of `bytes`, as [`receive_buffer`].
pub(crate) fn send_buffer(fd: BorrowedFd<'_>, bytes: usize) {
    if rustix::net::sockopt::set_socket_send_buffer_size_force(fd, bytes).is_err() {
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(fd, bytes);
    }
}
