//! Folders whose files change (inotify(7)).

use std::collections::BTreeSet;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};

/// Watches folders; tells only that something has changed.
#[derive(Debug)]
pub struct Watcher {
    fd: OwnedFd,
    watched: BTreeSet<PathBuf>,
}

impl Watcher {
    /// Watches nothing yet.
    pub fn new() -> io::Result<Self> {
        let fd = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        Ok(Self { fd, watched: BTreeSet::new() })
    }

    /// Files of this folder from now on: written and closed, changed in size, moved in or out, removed.
    pub fn watch(&mut self, folder: &Path) -> io::Result<()> {
        if !self.watched.contains(folder) {
            let flags = WatchFlags::CLOSE_WRITE
                | WatchFlags::MODIFY
                | WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVE
                | WatchFlags::MOVE_SELF
                | WatchFlags::ONLYDIR;
            inotify::add_watch(&self.fd, folder, flags)?;
            self.watched.insert(folder.to_owned());
        }
        Ok(())
    }

    /// Readable when something has changed.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Takes what is waiting; whether there was anything.
    pub fn changed(&mut self) -> bool {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.fd, &mut buffer);
        let mut any = false;
        while let Ok(event) = reader.next() {
            any = true;
            // A folder is gone, or elsewhere: one that comes in its place has to be watched anew.
            if event.events().intersects(ReadFlags::IGNORED | ReadFlags::MOVE_SELF) {
                self.watched.clear();
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_folder_in_the_place_of_another_is_watched() {
        let root = std::env::temp_dir().join(format!("vipd-inotify-{}", std::process::id()));
        let folder = root.join("folder");
        fs::create_dir_all(&folder).unwrap();
        let mut watcher = Watcher::new().unwrap();
        watcher.watch(&folder).unwrap();
        assert!(!watcher.changed());
        for (n, make_way) in
            [fs::remove_dir_all, |folder: &Path| fs::rename(folder, folder.with_extension("old"))]
                .into_iter()
                .enumerate()
        {
            make_way(&folder).unwrap();
            assert!(watcher.changed(), "{n}: it is gone");
            fs::create_dir(&folder).unwrap();
            watcher.watch(&folder).unwrap();
            watcher.changed();
            fs::write(folder.join("x"), "x").unwrap();
            assert!(watcher.changed(), "{n}: another one");
        }
        fs::remove_dir_all(root).unwrap();
    }
}
