//! Whom programs run as, whether they may run at all, and running them.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use config::model::{Model, Program, TimedProgram, TrackScript, TrackerId, TrackerKind};
use config::rules::{ProgramFacts, Run};
use linux::account::User;
use linux::child::Child;
use linux::program::{self, Becomes};

use crate::programs::{self, Unknown};

/// How often a program that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// Between asking it to end and killing it.
const GRACE: Duration = Duration::from_secs(2);

/// Programs that are told nothing beyond what we were.
pub(crate) const NO_VARIABLES: &[(&str, String)] = &[];

/// Leaves out scripts that cannot be run: as with keepalived, who tracks them tracks nothing.
pub(crate) fn disable_unrunnable(model: &mut Model) {
    let launcher = Launcher::new(model);
    let objection = |script: &TrackScript| Some((script.name.clone(), launcher.objection(&script.program)?));
    let unrunnable: BTreeMap<_, _> = model.scripts.iter().filter_map(objection).collect();
    for (name, why) in &unrunnable {
        log::error!("Disabling track script {name}: {why}; what tracks it goes on without");
    }
    model.scripts.retain(|script| !unrunnable.contains_key(&script.name));
    let tracker = |name| TrackerId { kind: TrackerKind::Script, name };
    model.forget_trackers(&unrunnable.into_keys().map(tracker).collect());
}

/// What `global_defs` says about programs in general.
#[derive(Debug, Clone, Default)]
pub(crate) struct Launcher {
    user: Option<(String, Option<String>)>,
    secure: bool,
    symlink_paths: bool,
    supplementary_groups: bool,
    umask: Option<u32>,
}

impl Launcher {
    pub(crate) fn new(model: &Model) -> Self {
        let programs = &model.programs;
        Self {
            user: programs.user.clone(),
            secure: programs.secure,
            symlink_paths: programs.symlink_paths,
            supplementary_groups: programs.supplementary_groups,
            umask: model.global.dumps.umask,
        }
    }

    /// Where the program is and whom it runs as, or why it is not run.
    fn find(&self, program: &Program) -> Result<(PathBuf, Becomes), String> {
        let run = self.run(program);
        let user = programs::user(&run);
        let path = self.path(&run, &user)?;
        let user = user.map_err(|unknown| objection_to(&unknown, &run))?;
        let groups = if self.supplementary_groups { programs::groups(&run, user) } else { vec![user.gid] };
        Ok((path, Becomes { user, groups }))
    }

    /// Where the program is, or why it is not run. That its user cannot be asked for now is no reason here.
    fn path(&self, run: &Run, user: &Result<User, Unknown>) -> Result<PathBuf, String> {
        let name = &run.program;
        let open =
            |part| format!("{name} would run as root, and others may write {part} (enable_script_security)");
        match programs::facts_for(name, user) {
            ProgramFacts::NoUser => Err(objection_to(&Unknown::NoUser, run)),
            ProgramFacts::NoGroup => Err(objection_to(&Unknown::NoGroup, run)),
            ProgramFacts::Missing => Err(format!("{name} not found")),
            ProgramFacts::NotAFile => Err(format!("{name} is no program")),
            ProgramFacts::NotExecutable => Err(format!("{name} may not be run by its user")),
            ProgramFacts::Runs { as_root: true, writable: Some(part) } if self.secure => {
                Err(open(part) + "; take that right away, or give it another user")
            }
            ProgramFacts::Runs { as_root, .. } => {
                let real = programs::find(name).ok_or_else(|| format!("{name} not found"))?;
                if !(self.symlink_paths && name.contains('/')) {
                    return Ok(real);
                }
                let path = PathBuf::from(name);
                // A link itself is never writable: who may replace it decides what runs.
                let part = path.parent().filter(|_| self.secure && as_root);
                match part.and_then(programs::writable_by_others) {
                    Some(part) => Err(open(part)),
                    None => Ok(path),
                }
            }
        }
    }

    fn run(&self, program: &Program) -> Run {
        let (user, group) = match (&program.user, &self.user) {
            (Some(user), _) => (Some(user.clone()), program.group.clone()),
            (None, Some((user, group))) => (Some(user.clone()), group.clone()),
            // With the guard on, root is not fallen back to.
            (None, None) => (self.secure.then(|| programs::DEFAULT_USER.to_owned()), None),
        };
        Run { program: program.command.first().cloned().unwrap_or_default(), user, group }
    }

    /// What is run, and whom it runs as; `None`: it cannot be run.
    pub(crate) fn runs(&self, program: &Program) -> Option<(PathBuf, User)> {
        self.find(program).ok().map(|(path, becomes)| (path, becomes.user))
    }

    /// Why the program cannot be run, if so.
    pub(crate) fn objection(&self, program: &Program) -> Option<String> {
        let run = self.run(program);
        self.path(&run, &programs::user(&run)).err()
    }

    /// Starts it, with further arguments and variables.
    pub(crate) fn start(
        &self,
        program: &Program,
        more: &[String],
        environment: &[(impl AsRef<str>, String)],
    ) -> Result<Child, String> {
        let (path, becomes) = self.find(program)?;
        let arguments: Vec<String> = program.command.iter().skip(1).chain(more).cloned().collect();
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| (name.as_ref(), value.clone())).collect();
        program::spawn(&path, &arguments, &becomes, self.umask, &environment)
            .map_err(|e| format!("cannot start {}: {e}", path.display()))
    }

    /// Runs it and waits for its end, at most for so long; says in the log what went wrong.
    pub(crate) fn run_and_wait(&self, what: &str, timed: &TimedProgram) {
        let outcome =
            self.start(&timed.program, &[], NO_VARIABLES).and_then(|child| wait(child, timed.timeout));
        match outcome {
            Ok(()) => log::info!("{what} has ended"),
            Err(why) => log::error!("{what}: {why}"),
        }
    }
}

fn objection_to(unknown: &Unknown, run: &Run) -> String {
    match unknown {
        Unknown::NoUser => format!("there is no user {}", run.user.as_deref().unwrap_or_default()),
        Unknown::NoGroup => format!("there is no group {}", run.group.as_deref().unwrap_or_default()),
        Unknown::Unanswered(why) => format!("{why}; it runs as nobody else"),
    }
}

fn wait(mut child: Child, patience: Duration) -> Result<(), String> {
    let mut end = Instant::now() + patience;
    let mut asked = false;
    loop {
        match child.try_wait() {
            Ok(Some(_)) if asked => {
                return Err(format!("it took longer than {} s and was ended", patience.as_secs()));
            }
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("it failed ({status})")),
            Ok(None) if Instant::now() < end => std::thread::sleep(LOOK),
            Ok(None) if !asked => {
                program::terminate(&child);
                asked = true;
                end += GRACE;
            }
            Ok(None) => {
                program::kill(&child);
                let _: io::Result<_> = child.wait();
                return Err(format!("it took longer than {} s and was ended", patience.as_secs()));
            }
            Err(e) => return Err(e.to_string()),
        }
    }
}
