//! The programs that a configuration runs: whether the machine has them, and who else may write them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{HostFacts, Scene, is_on, last};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::source::Span;
use crate::tree::Node;
use crate::value::{form, quoted};
use crate::{Loaded, Severity};

/// A program as somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// As written: an absolute path, or a name that is looked for in PATH.
    pub program: String,
    /// `None`: keepalived_script if there is such a user, otherwise root.
    pub user: Option<String>,
    /// `None`: the user's own.
    pub group: Option<String>,
}

/// What a machine says about a program and whom it is to run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramFacts {
    /// There is no such user.
    NoUser,
    /// There is no such group.
    NoGroup,
    /// There is no such file.
    Missing,
    /// A directory, or something else that cannot be run.
    NotAFile,
    /// It is there, but the user may not run it.
    NotExecutable,
    /// It can be run.
    Runs {
        /// As root.
        as_root: bool,
        /// The part of the path that others than root may write, and so put something else there.
        writable: Option<String>,
    },
}

/// Everything that the configuration runs.
///
/// One of an empty name asks for the user of `script_user` alone.
pub fn programs(loaded: &Loaded) -> BTreeSet<Run> {
    let scene = Scene::new(loaded);
    let mut runs: BTreeSet<Run> = uses(&scene).into_iter().map(|used| used.run).collect();
    if let Some(node) = scene.global("script_user") {
        let mut words = node.args().map(|word| word.text().into_owned());
        runs.insert(Run { program: String::new(), user: words.next(), group: words.next() });
    }
    runs
}

/// A program where it is used.
struct Use {
    run: Run,
    /// What it is for: `vrrp_script chk`.
    what: String,
    /// Where it is named.
    span: Span,
    /// Whether the line names its own user.
    own_user: bool,
    /// Whether something is tracked by it.
    tracks: bool,
}

/// Keywords with `COMMAND [USER [GROUP]]`, outside load balancing.
const NOTIFIES: [&str; 12] = [
    "notify",
    "notify_master",
    "notify_backup",
    "notify_fault",
    "notify_stop",
    "notify_deleted",
    "notify_master_rx_lower_pri",
    "startup_script",
    "shutdown_script",
    "notify_fifo_script",
    "vrrp_notify_fifo_script",
    "lvs_notify_fifo_script",
];

fn uses(scene: &Scene<'_>) -> Vec<Use> {
    let default = scene.global("script_user");
    // With the guard on, root is not fallen back to.
    let fallback = guarded(scene).then_some("keepalived_script");
    let mut all = Vec::new();
    let mut add = |node: Node<'_>, what: String, user: Option<Node<'_>>, tracks: bool| {
        let program = one(node, what, user.or(default), tracks);
        all.extend(program.map(|mut program| {
            program.run.user = program.run.user.or(fallback.map(str::to_owned));
            program
        }));
    };
    for node in scene.tops("vrrp_script") {
        let (name, user) = (text(node), last(node.children(), "user"));
        if let Some(script) = last(node.children(), "script") {
            add(script, format!("vrrp_script {name}"), user, true);
        }
    }
    let owners = scene.globals.iter().copied().chain(scene.tops("vrrp_sync_group"));
    for owner in owners.chain(scene.subjects.iter().map(|subject| subject.node)) {
        let name = text(owner);
        for node in owner.children() {
            let Some(keyword) = node.keyword() else { continue };
            if NOTIFIES.contains(&keyword.name) {
                let of = if name.is_empty() { String::new() } else { format!(" of {name}") };
                add(node, format!("{}{of}", keyword.name), None, false);
            }
        }
    }
    for server in
        scene.loaded.tree.top(&scene.loaded.sources).filter(|node| super::is(node, "virtual_server"))
    {
        balancing(server, &mut add);
    }
    all
}

/// Those of a virtual server and its real servers.
fn balancing(server: Node<'_>, add: &mut impl FnMut(Node<'_>, String, Option<Node<'_>>, bool)) {
    for node in server.children() {
        match node.keyword().map(|keyword| keyword.name) {
            Some(name @ ("quorum_up" | "quorum_down")) => add(node, name.to_owned(), None, false),
            Some("real_server") => {
                for inner in node.children() {
                    match inner.keyword().map(|keyword| keyword.name) {
                        Some(name @ ("notify_up" | "notify_down")) => {
                            add(inner, name.to_owned(), None, false);
                        }
                        Some("MISC_CHECK") => {
                            let user = last(inner.children(), "user");
                            if let Some(path) = last(inner.children(), "misc_path") {
                                add(path, "MISC_CHECK".to_owned(), user, false);
                            }
                        }
                        Some(_) | None => {}
                    }
                }
            }
            Some(_) | None => {}
        }
    }
}

/// The first word behind the keyword.
fn text(node: Node<'_>) -> String {
    node.args().next().map(|word| word.text().into_owned()).unwrap_or_default()
}

/// `user`: the line that names the user, unless the program's own line does.
fn one(node: Node<'_>, what: String, user: Option<Node<'_>>, tracks: bool) -> Option<Use> {
    let mut words = node.args();
    let command = words.next()?;
    let program = form::command(&quoted::decode(command.raw()).ok()?).ok()?.into_iter().next()?;
    let name = |word: crate::tree::Word<'_>| word.text().trim_start_matches(':').to_owned();
    // Behind the command of a vrrp_script and of a MISC_CHECK stand its arguments.
    let own = !tracks && node.keyword().is_some_and(|keyword| keyword.name != "misc_path");
    let (mut user_name, mut group) = (None, None);
    if own {
        (user_name, group) = (words.next().map(name), words.next().map(name));
    }
    let own_user = user_name.is_some();
    if let (None, Some(line)) = (&user_name, user) {
        let mut words = line.args();
        (user_name, group) = (words.next().map(name), words.next().map(name));
    }
    Some(Use { run: Run { program, user: user_name, group }, what, span: node.span(), own_user, tracks })
}

/// Whether keepalived's guard against programs that others may write is on.
fn guarded(scene: &Scene<'_>) -> bool {
    scene.global("enable_script_security").is_some_and(|node| is_on(&node))
}

fn is_root(used: &Use) -> bool {
    used.run.user.as_deref().is_none_or(|user| user == "root")
}

/// What the file alone tells.
pub(super) fn security(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    if guarded(scene) {
        return;
    }
    let Some(first) = uses(scene).into_iter().find(is_root) else { return };
    let message = format!("{}: programs are run as root without enable_script_security", first.what);
    found.push(Diagnostic::new(&ids::SCRIPTS_UNGUARDED, first.span, message).help(
        "add `enable_script_security` to global_defs, and `script_user` with a user that may do little",
    ));
}

/// What the machine tells.
pub(super) fn host(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let guarded = guarded(scene);
    for used in uses(scene) {
        let Some(answer) = facts.programs.get(&used.run) else { continue };
        found.extend(judge(&used, answer, guarded));
    }
}

/// The part of it that keepalived's configuration test complains about: trackers that it disables, and users.
pub(super) fn complaints(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let guarded = guarded(scene);
    for used in uses(scene) {
        let Some(answer) = facts.programs.get(&used.run) else { continue };
        let counts = match answer {
            ProgramFacts::NoUser | ProgramFacts::NoGroup => !used.own_user,
            ProgramFacts::Missing | ProgramFacts::NotAFile => used.tracks,
            ProgramFacts::Runs { as_root: true, writable: Some(_) } => used.tracks && guarded,
            ProgramFacts::NotExecutable | ProgramFacts::Runs { .. } => false,
        };
        if counts {
            found.extend(judge(&used, answer, guarded));
        }
    }
}

/// Whether keepalived would run something as root without its guard.
pub fn runs_unguarded(loaded: &Loaded, facts: &HostFacts) -> bool {
    let scene = Scene::new(loaded);
    if guarded(&scene) || (scene.subjects.is_empty() && loaded.document.lvs.servers.is_empty()) {
        return false;
    }
    uses(&scene).iter().any(|used| match facts.programs.get(&used.run) {
        Some(ProgramFacts::Runs { as_root, .. }) => *as_root,
        Some(ProgramFacts::NotAFile | ProgramFacts::NotExecutable) => is_root(used),
        Some(ProgramFacts::NoUser | ProgramFacts::NoGroup | ProgramFacts::Missing) | None => false,
    })
}

fn judge(subject: &Use, answer: &ProgramFacts, guarded: bool) -> Option<Diagnostic> {
    let Use { run: Run { program, user, group }, what, span, tracks, .. } = subject;
    let whom: Cow<'_, str> =
        user.as_deref().map_or("the default user".into(), |user| format!("user {user}").into());
    let consequence = if *tracks { "what tracks it tracks nothing" } else { "it will not run" };
    let (id, message, help) = match answer {
        ProgramFacts::NoUser => {
            let help = "create the user, or name one that exists (`script_user`)";
            (&ids::NO_SUCH_USER, format!("this machine has no {whom}: {consequence}"), help.to_owned())
        }
        ProgramFacts::NoGroup => {
            let group = group.as_deref().unwrap_or_default();
            let help = "create the group, or leave it out";
            (&ids::NO_SUCH_USER, format!("this machine has no group {group}: {consequence}"), help.to_owned())
        }
        ProgramFacts::Missing => {
            let place = if program.contains('/') { "on this machine" } else { "in PATH" };
            let help = "install it, or correct the path; the first word is the program, the others are its arguments";
            (&ids::PROGRAM_MISSING, format!("there is no {program} {place}: {consequence}"), help.to_owned())
        }
        ProgramFacts::NotAFile => {
            let help = "name a program";
            (
                &ids::PROGRAM_NOT_EXECUTABLE,
                format!("{program} is not a file that can be run"),
                help.to_owned(),
            )
        }
        ProgramFacts::NotExecutable => {
            let help = format!("`chmod +x {program}`, or run it as another user");
            (&ids::PROGRAM_NOT_EXECUTABLE, format!("{whom} may not run {program}: {consequence}"), help)
        }
        ProgramFacts::Runs { as_root: true, writable: Some(part) } => {
            let effect =
                if guarded { "enable_script_security forbids it to run as root" } else { "it runs as root" };
            let help = format!("`chown root {part}` and `chmod go-w {part}`, or run it as another user");
            (&ids::PROGRAM_WRITABLE, format!("others than root may write {part}, and {effect}"), help)
        }
        ProgramFacts::Runs { .. } => return None,
    };
    let mut diagnostic = Diagnostic::new(id, *span, format!("{what}: {message}")).help(help);
    if guarded && matches!(answer, ProgramFacts::Runs { .. }) {
        diagnostic.severity = Severity::Error;
    }
    Some(diagnostic)
}
