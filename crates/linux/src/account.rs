//! Users and groups by name, from wherever this machine keeps them.
#![allow(unsafe_code, reason = "getpwnam_r and getgrnam_r have no safe wrapper in rustix or std")]

use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// A user's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// The user.
    pub uid: u32,
    /// The user's own group.
    pub gid: u32,
}

/// Enough for any entry but groups of thousands; grown as asked for.
const BUFFER: usize = 4096;
/// Most users are in fewer groups.
const GROUPS: usize = 64;
/// Nobody's group is this large.
const LARGEST_BUFFER: usize = 1 << 24;

/// The user of this name; `None`: there is none.
pub fn user(name: &str) -> io::Result<Option<User>> {
    let Ok(name) = CString::new(name) else { return Ok(None) };
    with_buffer(|buffer| {
        let mut entry = MaybeUninit::<libc::passwd>::uninit();
        let mut found = ptr::null_mut();
        // SAFETY: the name ends in NUL, the buffer has the length that is named, and both results are ours. The entry
        // is read only where the call says that it was written, and no pointer in it outlives the buffer.
        unsafe {
            let code = libc::getpwnam_r(
                name.as_ptr(),
                entry.as_mut_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut found,
            );
            (code, found.as_ref().map(|entry| User { uid: entry.pw_uid, gid: entry.pw_gid }))
        }
    })
}

/// The number of the group of this name; `None`: there is none.
pub fn group(name: &str) -> io::Result<Option<u32>> {
    let Ok(name) = CString::new(name) else { return Ok(None) };
    with_buffer(|buffer| {
        let mut entry = MaybeUninit::<libc::group>::uninit();
        let mut found = ptr::null_mut();
        // SAFETY: as above.
        unsafe {
            let code = libc::getgrnam_r(
                name.as_ptr(),
                entry.as_mut_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut found,
            );
            (code, found.as_ref().map(|entry| entry.gr_gid))
        }
    })
}

/// Every group of the user of this name, with `own` among them, sorted (getgrouplist(3)).
pub fn groups(name: &str, own: u32) -> io::Result<Vec<u32>> {
    let name = CString::new(name).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut groups = vec![0; GROUPS];
    loop {
        let Ok(mut count) = libc::c_int::try_from(groups.len()) else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        // SAFETY: the name ends in NUL, and `groups` has room for `count` numbers, of which the call writes no more.
        let result = unsafe { libc::getgrouplist(name.as_ptr(), own, groups.as_mut_ptr(), &raw mut count) };
        let needed = usize::try_from(count).unwrap_or(0);
        if result >= 0 {
            groups.truncate(needed);
            groups.sort_unstable();
            return Ok(groups);
        }
        if needed <= groups.len() || needed > LARGEST_BUFFER {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        groups.resize(needed, 0);
    }
}

/// Asks with buffers that grow until the answer fits.
fn with_buffer<T>(mut ask: impl FnMut(&mut [u8]) -> (i32, Option<T>)) -> io::Result<Option<T>> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match ask(&mut buffer) {
            // A missing name is no error, but some sources of names report it as one (getpwnam(3)).
            (0 | libc::ENOENT | libc::ESRCH, answer) => return Ok(answer),
            (libc::ERANGE, _) if buffer.len() < LARGEST_BUFFER => buffer.resize(buffer.len() * 2, 0),
            (libc::EINTR, _) => {}
            (code, _) => return Err(io::Error::from_raw_os_error(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_everywhere_and_nonsense_nowhere() {
        assert_eq!(user("root").unwrap(), Some(User { uid: 0, gid: 0 }));
        assert_eq!(group("root").unwrap(), Some(0));
        for name in ["no such user", "", "a\0b"] {
            assert_eq!(user(name).unwrap(), None, "{name}");
            assert_eq!(group(name).unwrap(), None, "{name}");
        }
        assert!(groups("root", 7).unwrap().contains(&7));
        assert_eq!(groups("no such user", 7).unwrap(), [7]);
    }
}
