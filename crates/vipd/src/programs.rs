//! What this machine says about the programs that a configuration runs. Everything is only read.

use std::env;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use config::rules::{ProgramFacts, Run};
use linux::account::{self, User};

const ROOT: User = User { uid: 0, gid: 0 };
/// Who runs programs where nothing is said, if there is such a user (keepalived.conf(5), `script_user`).
pub(crate) const DEFAULT_USER: &str = "keepalived_script";

/// Answers for one program and its user.
pub(crate) fn facts(run: &Run) -> ProgramFacts {
    facts_for(&run.program, &user(run))
}

/// The same for the user who was found. What cannot be asked is not called missing.
pub(crate) fn facts_for(program: &str, user: &Result<User, Unknown>) -> ProgramFacts {
    let user = match user {
        Err(Unknown::NoUser) => return ProgramFacts::NoUser,
        Err(Unknown::NoGroup) => return ProgramFacts::NoGroup,
        Err(Unknown::Unanswered(_)) => None,
        Ok(user) => Some(*user),
    };
    let as_root = user.is_some_and(|user| user.uid == 0);
    if program.is_empty() {
        return ProgramFacts::Runs { as_root, writable: None };
    }
    match (find(program), user) {
        (Some(path), Some(user)) => judge(&path, user),
        (Some(_), None) => ProgramFacts::Runs { as_root, writable: None },
        (None, _) => ProgramFacts::Missing,
    }
}

/// Why nobody knows whom a program runs as.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// There is no such user.
    NoUser,
    /// There is no such group.
    NoGroup,
    /// This machine's users cannot be asked for, for instance because they are in a directory that does not answer.
    Unanswered(String),
}

/// Whom it runs as. Nobody becomes root because somebody else cannot be asked for.
pub(crate) fn user(run: &Run) -> Result<User, Unknown> {
    resolve(run, account::user, account::group)
}

fn resolve(
    run: &Run,
    user_of: impl Fn(&str) -> io::Result<Option<User>>,
    group_of: impl Fn(&str) -> io::Result<Option<u32>>,
) -> Result<User, Unknown> {
    let unanswered =
        |what, name: &str, e| Unknown::Unanswered(format!("cannot ask for the {what} {name}: {e}"));
    let name = run.user.as_deref().unwrap_or(DEFAULT_USER);
    let user = match user_of(name).map_err(|e| unanswered("user", name, e))? {
        Some(user) => user,
        None if run.user.is_none() => ROOT,
        None => return Err(Unknown::NoUser),
    };
    let Some(name) = &run.group else { return Ok(user) };
    let gid = group_of(name).map_err(|e| unanswered("group", name, e))?.ok_or(Unknown::NoGroup)?;
    Ok(User { gid, ..user })
}

/// Every group of that user.
pub(crate) fn groups(run: &Run, user: User) -> Vec<u32> {
    let name = run.user.as_deref().unwrap_or(if user == ROOT { "root" } else { DEFAULT_USER });
    account::groups(name, user.gid).unwrap_or_else(|e| {
        log::warn!("cannot find out the groups of {name}: {e}; a program runs with one group only");
        vec![user.gid]
    })
}

/// The file, without symbolic links.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return fs::canonicalize(program).ok();
    }
    let directories = env::var_os("PATH")?;
    let mut found =
        env::split_paths(&directories).filter_map(|directory| fs::canonicalize(directory.join(program)).ok());
    found.find(|path| path.is_file())
}

fn judge(path: &Path, user: User) -> ProgramFacts {
    let Ok(about) = fs::metadata(path) else { return ProgramFacts::Missing };
    if !about.is_file() {
        return ProgramFacts::NotAFile;
    }
    if !may_run(&about, user) {
        return ProgramFacts::NotExecutable;
    }
    ProgramFacts::Runs { as_root: user.uid == 0, writable: writable_by_others(path) }
}

/// The part of a path that others than root may write.
pub(crate) fn writable_by_others(path: &Path) -> Option<String> {
    let mut parts = path.ancestors();
    let open = parts.find(|part| fs::symlink_metadata(part).is_ok_and(|about| is_writable(&about)))?;
    Some(open.display().to_string())
}

/// As the kernel decides it: one class counts, and root needs any of the bits.
fn may_run(about: &Metadata, user: User) -> bool {
    let mode = about.permissions().mode();
    let bits = match user {
        User { uid: 0, .. } => 0o111,
        User { uid, .. } if uid == about.uid() => 0o100,
        User { gid, .. } if gid == about.gid() => 0o010,
        User { .. } => 0o001,
    };
    mode & bits != 0
}

/// Whether somebody else than root may put something else here. In a directory with the sticky bit nobody replaces
/// what belongs to others.
fn is_writable(about: &Metadata) -> bool {
    let mode = about.permissions().mode();
    let sticky = about.is_dir() && mode & 0o1000 != 0;
    let by_group = mode & 0o020 != 0 && about.gid() != 0;
    about.uid() != 0 || (!sticky && (by_group || mode & 0o002 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    fn run(program: &str, user: Option<&str>) -> Run {
        Run { program: program.to_string(), user: user.map(str::to_owned), group: None }
    }

    #[test]
    fn what_runs_and_what_does_not() {
        let dir = TempDir::new("programs");
        let path = |name: &str| dir.path().join(name).display().to_string();
        let write = |name: &str, mode: u32| {
            fs::write(path(name), "#!/bin/sh\n").unwrap();
            fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        write("good", 0o755);
        write("text", 0o644);
        write("mine", 0o700);
        assert!(matches!(facts(&run(&path("good"), None)), ProgramFacts::Runs { .. }));
        assert_eq!(facts(&run(&path("text"), Some("root"))), ProgramFacts::NotExecutable);
        assert_eq!(facts(&run(&path("none"), None)), ProgramFacts::Missing);
        assert_eq!(facts(&run(&path(""), None)), ProgramFacts::NotAFile);
        assert_eq!(facts(&run(&path("good"), Some("no such user"))), ProgramFacts::NoUser);
        let group = Run { group: Some("no such group".to_owned()), ..run(&path("good"), Some("root")) };
        assert_eq!(facts(&group), ProgramFacts::NoGroup);
        let about = fs::metadata(path("mine")).unwrap();
        let stranger = User { uid: about.uid() + 1, gid: about.gid() + 1 };
        assert!(may_run(&about, User { uid: about.uid(), gid: 1 }) && !may_run(&about, stranger));
        assert!(
            matches!(facts(&run("sh", Some("root"))), ProgramFacts::Runs { as_root: true, .. }),
            "found in PATH"
        );
        assert_eq!(facts(&run("no-such-program-anywhere", None)), ProgramFacts::Missing);
    }

    /// A directory service that does not answer.
    #[test]
    fn nobody_becomes_root_because_somebody_cannot_be_asked_for() {
        let away = |_: &str| Err(io::ErrorKind::TimedOut.into());
        let there = |_: &str| Ok(Some(User { uid: 7, gid: 8 }));
        let unanswered = |user| matches!(user, Err(Unknown::Unanswered(_)));
        for name in [Some("nagios"), None] {
            assert!(unanswered(resolve(&run("x", name), away, |_| Ok(None))), "{name:?}");
        }
        let group = Run { group: Some("nagios".to_owned()), ..run("x", Some("nagios")) };
        assert!(unanswered(resolve(&group, there, |_| Err(io::ErrorKind::TimedOut.into()))));
        assert_eq!(resolve(&group, there, |_| Ok(Some(9))), Ok(User { uid: 7, gid: 9 }));
        assert_eq!(resolve(&run("x", None), |_| Ok(None), |_| Ok(None)), Ok(ROOT), "as with keepalived");
    }

    #[test]
    fn who_else_may_write_it() {
        let dir = TempDir::new("programs-open");
        let path = dir.path().join("d");
        fs::create_dir(&path).unwrap();
        let writable = |mode: u32| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            is_writable(&fs::metadata(&path).unwrap())
        };
        let mine = fs::metadata(&path).unwrap().uid() != 0;
        assert_eq!(writable(0o755), mine, "root's own directory");
        assert!(writable(0o757));
        assert_eq!(writable(0o1777), mine, "as /tmp");
        let (file, open) = (path.join("x"), 0o757);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let ProgramFacts::Runs { writable: Some(part), .. } = judge(&file, ROOT) else { panic!() };
        assert!(file.starts_with(&part), "{part}");
    }
}
