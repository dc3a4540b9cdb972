//! What the router changed in the kernel that does not bear our mark, kept in a file beside the PID file: even when every
//! process is killed, the next daemon can undo it.
//!
//! The file has the form of sysctl.conf(5), so that an operator can apply it by hand; tables of the packet filter stand
//! in comments.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use engine::Unmarked;
use engine::observe::{Event, EventKind, UnmarkedChange};

use linux::link;

use crate::dump::place;

const HEADING: &str =
    "# Former values of what vipd has changed: it restores them when it stops, also after a crash.\n";
const BOOT: &str = "# boot: ";
const LOCAL_IGMP: &str = "net.ipv4.igmp_link_local_mcast_reports";
const TABLE: &str = "# nftables table: ";

/// The file, and what is in it.
#[derive(Debug)]
pub(super) struct Undo {
    path: PathBuf,
    /// The kernel's start: another kernel has nothing to be undone.
    boot: String,
    unmarked: Unmarked,
    dirty: bool,
}

impl Undo {
    /// Reads what an earlier daemon left, if this is still the kernel that it changed.
    pub(super) fn open(pid_file: &Path) -> Self {
        let boot =
            fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        let path = pid_file.with_extension("undo");
        let unmarked = match fs::read_to_string(&path) {
            Ok(text) => parse(&text, &boot),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Unmarked::default(),
            Err(e) => {
                log::warn!("cannot read {}: {e}; what a killed vipd changed stays changed", path.display());
                Unmarked::default()
            }
        };
        Self { path, boot, unmarked, dirty: false }
    }

    /// What a new router has to know.
    pub(super) fn unmarked(&self) -> &Unmarked {
        &self.unmarked
    }

    /// What an earlier program in this process knew.
    pub(super) fn know(&mut self, unmarked: Unmarked) {
        self.dirty |= self.unmarked != unmarked;
        self.unmarked = unmarked;
    }

    /// Follows the router.
    pub(super) fn hear(&mut self, event: &Event) {
        let Unmarked { sysctls, tables } = &mut self.unmarked;
        let EventKind::Unmarked(change) = &event.kind else { return };
        self.dirty |= match change {
            // The first value that was found is the one to go back to.
            UnmarkedChange::Sysctl { sysctl, was } if !sysctls.contains_key(sysctl) => {
                sysctls.insert(sysctl.clone(), *was).is_none()
            }
            UnmarkedChange::Sysctl { .. } => false,
            UnmarkedChange::SysctlRestored { sysctl } => sysctls.remove(sysctl).is_some(),
            UnmarkedChange::FilterMade { table } => tables.insert(table.clone()),
            UnmarkedChange::FilterRemoved { table } => tables.remove(table),
        };
    }

    /// Whether this machine reports its memberships in groups of the local network. `true`: as it was found.
    pub(super) fn set_local_igmp(&mut self, reports: bool) {
        let known = self.unmarked.sysctls.contains_key(LOCAL_IGMP);
        let result = match (reports, known) {
            (true, false) | (false, true) => return,
            (false, false) => link::sysctl(LOCAL_IGMP).and_then(|was| {
                self.unmarked.sysctls.insert(LOCAL_IGMP.to_owned(), was.parse().unwrap_or(1));
                self.dirty = true;
                // Before the change: we may be killed between the two.
                self.save();
                link::set_sysctl(LOCAL_IGMP, "0")
            }),
            (true, true) => {
                let was = self.unmarked.sysctls.remove(LOCAL_IGMP).unwrap_or(1);
                self.dirty = true;
                link::set_sysctl(LOCAL_IGMP, &was.to_string())
            }
        };
        if let Err(e) = result {
            log::warn!("disable_local_igmp: cannot set {LOCAL_IGMP}: {e}");
        }
        self.save();
    }

    /// Writes the file if something has changed; removes it when there is nothing to undo.
    pub(super) fn save(&mut self) {
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let result = if self.unmarked == Unmarked::default() {
            let result = fs::remove_file(&self.path);
            result.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
        } else {
            place::write(&self.path, &text(&self.unmarked, &self.boot), None)
        };
        if let Err(e) = result {
            let path = self.path.display();
            log::warn!("cannot write {path}: {e}; if everything is killed now, changed sysctls stay changed");
        }
    }
}

fn text(unmarked: &Unmarked, boot: &str) -> String {
    let mut text = format!("{HEADING}{BOOT}{boot}\n");
    text.extend(unmarked.tables.iter().map(|table| format!("{TABLE}{table}\n")));
    text.extend(unmarked.sysctls.iter().map(|(sysctl, was)| format!("{sysctl} = {was}\n")));
    text
}

/// Lines that make no sense are passed over: the worst that can come of them is a value that stays changed.
fn parse(text: &str, boot: &str) -> Unmarked {
    let mut unmarked = Unmarked::default();
    if !text.lines().any(|line| line.strip_prefix(BOOT) == Some(boot)) {
        return unmarked;
    }
    unmarked.tables = text.lines().filter_map(|line| line.strip_prefix(TABLE)).map(str::to_owned).collect();
    let sysctl = |line: &str| {
        let (sysctl, was) = line.split_once(" = ")?;
        Some((sysctl.to_owned(), was.parse().ok()?))
    };
    unmarked.sysctls = text.lines().filter_map(sysctl).collect();
    unmarked
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Former values of what vipd has changed: it restores them when it stops, also after a crash.\n\
        # boot: 3f\n\
        # nftables table: vipd\n\
        net.ipv4.conf.all.rp_filter = 2\n\
        net.ipv4.conf.eth0.arp_ignore = 0\n";

    fn example() -> Unmarked {
        Unmarked {
            sysctls: [
                ("net.ipv4.conf.all.rp_filter".to_owned(), 2),
                ("net.ipv4.conf.eth0.arp_ignore".to_owned(), 0),
            ]
            .into(),
            tables: ["vipd".to_owned()].into(),
        }
    }

    #[test]
    fn the_file() {
        assert_eq!(text(&example(), "3f"), FILE);
        assert_eq!(parse(FILE, "3f"), example());
    }

    #[test]
    fn what_could_not_be_written_before_an_upgrade_is_written_after_it() {
        let directory = crate::testing::TempDir::new("undo");
        let mut undo = Undo::open(&directory.path().join("vipd.pid"));
        undo.know(example());
        undo.save();
        assert_eq!(Undo::open(&directory.path().join("vipd.pid")).unmarked(), &example());
        undo.know(Unmarked::default());
        undo.save();
        assert!(!directory.path().join("vipd.undo").exists());
    }

    #[test]
    fn another_kernel_has_nothing_to_undo() {
        assert_eq!(parse(FILE, "40"), Unmarked::default());
        assert_eq!(parse("net.ipv4.conf.all.rp_filter = 2\n", "3f"), Unmarked::default());
    }

    #[test]
    fn nonsense_is_passed_over() {
        let damaged = format!("{FILE}net.ipv4.conf.eth1.arp_ignore = much\n= = =\n\u{0}\n");
        assert_eq!(parse(&damaged, "3f"), example());
    }
}
