//! Where dumps go, and how they get there: directories for temporary files are everybody's, so a dump is made under
//! another name, for its owner only, and then takes its place. A link that waits there is replaced, never followed.

use std::fs::{self, File, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use config::model::Dumps;

use super::Dump;

/// The umask that keepalived has by default.
pub(super) const KEEPALIVED_UMASK: u32 = 0o177;

/// The directory for temporary files: `TMPDIR` if it is the absolute path of a directory.
pub fn directory(tmpdir: Option<PathBuf>) -> PathBuf {
    tmpdir.filter(|path| path.is_absolute() && path.is_dir()).unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// Where a dump goes. `infix` is part of the names of dumps of the state.
pub fn path(dump: Dump, dumps: &Dumps, infix: &str, tmp: &Path) -> PathBuf {
    let (name, given) = match dump {
        Dump::Parent | Dump::Data => ("keepalived.data", &dumps.state_file),
        Dump::Stats => ("keepalived.stats", &dumps.stats_file),
        Dump::Json => ("keepalived.json", &dumps.json_file),
    };
    let given = given.as_deref().unwrap_or(name);
    // An absolute path replaces what it is joined to.
    let path = tmp.join(given);
    let path = if given.ends_with('/') { path.join(name) } else { path };
    match dump {
        Dump::Parent => with_suffix(&path, &format!("_parent{infix}")),
        Dump::Data => with_suffix(&path, infix),
        Dump::Stats | Dump::Json => path,
    }
}

/// Replaces the file at once: who reads it sees the old one or the new one, whole.
pub fn write(path: &Path, text: &str, umask: Option<u32>) -> io::Result<()> {
    let chance = RandomState::new().hash_one(path);
    let temporary = with_suffix(path, &format!(".{}-{chance:x}", std::process::id()));
    let result = fill(&temporary, text, umask).and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // Nothing shall stay behind; that it cannot be written is said anyway.
        let _ = fs::remove_file(&temporary);
    }
    result
}

fn fill(path: &Path, text: &str, umask: Option<u32>) -> io::Result<()> {
    // Does not follow links and does not open what is there.
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(Permissions::from_mode(0o666 & !umask.unwrap_or(KEEPALIVED_UMASK)))
}

/// `keepalived.data` with `_parent`: `keepalived_parent.data`.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn keepalived_s_places() {
        let place = |dump, given: Option<&str>| {
            let file = given.map(str::to_owned);
            let dumps = Dumps { state_file: file.clone(), json_file: file, ..Dumps::default() };
            path(dump, &dumps, "", Path::new("/tmp")).display().to_string()
        };
        assert_eq!(place(Dump::Parent, None), "/tmp/keepalived_parent.data");
        assert_eq!(place(Dump::Data, None), "/tmp/keepalived.data");
        assert_eq!(place(Dump::Stats, None), "/tmp/keepalived.stats");
        assert_eq!(place(Dump::Json, None), "/tmp/keepalived.json");
        assert_eq!(place(Dump::Json, Some("/run/k/")), "/run/k/keepalived.json");
        assert_eq!(place(Dump::Json, Some("k/state.json")), "/tmp/k/state.json");
        assert_eq!(place(Dump::Parent, Some("/run/state.txt")), "/run/state_parent.txt");
        let named =
            |dump| path(dump, &Dumps::default(), ".blue_foo", Path::new("/tmp")).display().to_string();
        assert_eq!(named(Dump::Parent), "/tmp/keepalived_parent.blue_foo.data");
        assert_eq!(named(Dump::Data), "/tmp/keepalived.blue_foo.data");
        assert_eq!(named(Dump::Json), "/tmp/keepalived.json");
        assert_eq!(directory(Some("relative".into())), Path::new("/tmp"));
        assert_eq!(directory(Some("/proc/version".into())), Path::new("/tmp"), "no directory");
        assert_eq!(directory(Some("/proc".into())), Path::new("/proc"));
    }

    /// CVE-2018-19044, CVE-2018-19045 and CVE-2018-19046: links were followed, and everybody could read and write.
    #[test]
    fn users_18_a_link_in_the_place_of_a_dump_is_replaced_and_nobody_else_reads_it() {
        let directory = TempDir::new("dumps");
        let (victim, place) = (directory.path().join("victim"), directory.path().join("keepalived.json"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &place).unwrap();
        write(&place, "[]", None).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        let about = fs::symlink_metadata(&place).unwrap();
        assert!(about.is_file());
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
        write(&place, "[1]", Some(0o022)).unwrap();
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "no temporary file stays");
        assert!(write(Path::new("/nonexistent/x.json"), "", None).is_err());
    }
}
