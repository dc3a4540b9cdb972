//! Where a daemon lives: its network namespace, its files and its names, so that several can run on one machine.

use std::io;
use std::path::{Path, PathBuf};

use config::model::{Identity, Reloading};

use super::Failure;
use crate::control;
use crate::exit::Exit;
use crate::options::Options;
use crate::{logging, roles};

/// What follows from options and configuration, once for the life of the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    /// As in the configuration, with what the command line says in its place.
    pub identity: Identity,
    /// PID file of the supervisor.
    pub pid_file: PathBuf,
    /// PID file of the router.
    pub router_pid_file: PathBuf,
    /// Where to answer `vipd status`.
    pub control: PathBuf,
    /// Names of the processes: of the supervisor and of the router.
    pub process_names: (String, String),
    /// Names in syslog: of the supervisor and of the router.
    pub idents: (String, String),
    /// The directory that everybody else sees under another name, if there is a namespace.
    directory: &'static Path,
}

impl Home {
    pub(super) fn new(options: &Options, identity: &Identity) -> Self {
        let mut identity = identity.clone();
        if let Some(namespace) = &options.namespace {
            if let Some(other) = identity.net_namespace.as_ref().filter(|other| *other != namespace) {
                log::info!(
                    "Network namespace {namespace} of the command line instead of {other} of the configuration"
                );
            }
            identity.net_namespace = Some(namespace.clone());
        }
        let files = options.program.files();
        let label = identity.label();
        let alone = label.is_none() && !identity.own_directory;
        let directory = if alone { files.directory } else { files.own_directory };
        let suffix = identity.instance.as_ref().map(|instance| format!("_{instance}")).unwrap_or_default();
        let named = |name: &str| Path::new(directory).join(format!("{name}{suffix}.pid"));
        let pid_file = options.pid_file.clone().unwrap_or_else(|| named(files.supervisor));
        let router_pid_file = options.router_pid_file.clone().unwrap_or_else(|| named(files.router));
        let chosen = options.pid_file.as_ref().or(label.is_some().then_some(&pid_file));
        let control =
            options.control.clone().unwrap_or_else(|| control::path_for(chosen.map(PathBuf::as_path)));
        let ident =
            |ident: &str| label.as_ref().map_or_else(|| ident.to_owned(), |label| format!("{ident}_{label}"));
        let (supervisor, router) = options.program.idents();
        let name = |given: &Option<String>, name: &str| given.clone().unwrap_or_else(|| name.to_owned());
        Self {
            process_names: (
                name(&identity.process_name, options.program.supervisor()),
                name(&identity.router_process_name, options.program.router()),
            ),
            idents: (ident(supervisor), ident(router)),
            directory: Path::new(files.own_directory),
            pid_file,
            router_pid_file,
            control,
            identity,
        }
    }

    /// From here on log lines and the process bear their names.
    pub(super) fn name_everything(&self) {
        logging::rename((&self.idents.0, &self.idents.1));
        if let Err(e) = logging::open_files(self.identity.label().as_deref()) {
            log::error!("no log file {e}; name another one with -g");
        }
        roles::name_process(&self.process_names.0);
    }

    /// Where there is a file while the configuration is read, if somebody wants one.
    pub(super) fn marker(&self, reloading: &Reloading) -> Option<PathBuf> {
        let beside = || self.pid_file.with_file_name("keepalived.reload");
        reloading.marks.then(|| reloading.marker.as_ref().map_or_else(beside, PathBuf::from))
    }

    /// Goes there. To be called while there is one thread only.
    pub(super) fn move_in(&self) -> Result<(), Failure> {
        let Some(namespace) = &self.identity.net_namespace else { return Ok(()) };
        linux::namespace::enter_named(namespace, self.directory)
            .map_err(|error| no_namespace(namespace, &error))
    }

    /// What is between name and extension of dumps of the state: `.blue_foo`; empty if the names are everybody's.
    pub(super) fn dump_infix(&self) -> String {
        let label = self.identity.label().filter(|_| self.identity.in_dump_names);
        label.map(|label| format!(".{label}")).unwrap_or_default()
    }

    /// Says what a new configuration asks for in vain.
    pub(super) fn compare(&self, options: &Options, identity: &Identity) {
        let fixed = |what: &str, old: &Option<String>, new: &Option<String>| {
            if old != new {
                let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".to_owned());
                let (old, new) = (name(old), name(new));
                log::warn!("a reload cannot change the {what} from {old} to {new}: restart the daemon");
            }
        };
        if options.namespace.is_none() {
            fixed("network namespace", &self.identity.net_namespace, &identity.net_namespace);
        }
        fixed("instance", &self.identity.instance, &identity.instance);
    }
}

fn no_namespace(namespace: &str, error: &io::Error) -> Failure {
    let (exit, advice) = if error.kind() == io::ErrorKind::NotFound {
        (Exit::Fatal, format!("make it first: ip netns add {namespace}"))
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        (Exit::Permission, "run as root, or with CAP_SYS_ADMIN (systemd: AmbientCapabilities=)".to_owned())
    } else {
        (Exit::Fatal, format!("look at it with: ip netns exec {namespace} ip link"))
    };
    Failure { exit, text: format!("cannot run in the network namespace {namespace}: {error}; {advice}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Program;
    use crate::testing::options;

    fn identity(namespace: Option<&str>, instance: Option<&str>) -> Identity {
        Identity {
            net_namespace: namespace.map(str::to_owned),
            instance: instance.map(str::to_owned),
            ..Identity::default()
        }
    }

    fn files(home: &Home) -> [String; 3] {
        [&home.pid_file, &home.router_pid_file, &home.control].map(|path| path.display().to_string())
    }

    /// Observed with keepalived 2.2.7, but for the control socket.
    #[test]
    fn keepalived_s_names() {
        let home = |identity: &Identity| Home::new(&options(), identity);
        let plain = home(&Identity::default());
        assert_eq!(files(&plain), ["/run/keepalived.pid", "/run/vrrp.pid", "/run/vipd/vipd.sock"]);
        assert_eq!(plain.idents, ("Keepalived".into(), "Keepalived_vrrp".into()));
        let own = home(&Identity { own_directory: true, ..Identity::default() });
        let expected = ["/run/keepalived/keepalived.pid", "/run/keepalived/vrrp.pid", "/run/vipd/vipd.sock"];
        assert_eq!(files(&own), expected);
        let both = home(&identity(Some("blue"), Some("foo")));
        let [pid, router, control] = files(&both);
        assert_eq!([pid, router], ["/run/keepalived/keepalived_foo.pid", "/run/keepalived/vrrp_foo.pid"]);
        assert_eq!(control, "/run/keepalived/keepalived_foo.sock");
        assert_eq!(both.idents, ("Keepalived_blue_foo".into(), "Keepalived_vrrp_blue_foo".into()));
        assert_eq!(both.marker(&Reloading::default()), None);
        let marks = Reloading { marks: true, ..Reloading::default() };
        assert_eq!(both.marker(&marks), Some("/run/keepalived/keepalived.reload".into()));
        let named = Reloading { marker: Some("/m".into()), ..marks };
        assert_eq!(both.marker(&named), Some("/m".into()));
        assert_eq!(both.dump_infix(), "");
        let named = Identity { in_dump_names: true, ..identity(Some("blue"), Some("foo")) };
        assert_eq!(home(&named).dump_infix(), ".blue_foo");
    }

    #[test]
    fn the_command_line_wins() {
        let chosen =
            Options { pid_file: Some("/a/main.pid".into()), namespace: Some("red".into()), ..options() };
        let home = Home::new(&chosen, &identity(Some("blue"), Some("foo")));
        assert_eq!(files(&home), ["/a/main.pid", "/run/keepalived/vrrp_foo.pid", "/a/main.sock"]);
        assert_eq!(home.idents.0, "Keepalived_red_foo");
    }

    #[test]
    fn vipd_s_own_names() {
        let own = Options { program: Program::Vipd, ..options() };
        let plain = Home::new(&own, &Identity::default());
        assert_eq!(files(&plain), ["/run/vipd/vipd.pid", "/run/vipd/router.pid", "/run/vipd/vipd.sock"]);
        let foo = Home::new(&own, &identity(None, Some("foo")));
        assert_eq!(
            files(&foo),
            ["/run/vipd/vipd_foo.pid", "/run/vipd/router_foo.pid", "/run/vipd/vipd_foo.sock"]
        );
        assert_eq!(foo.process_names, ("vipd".into(), "vipd_router".into()));
    }

    #[test]
    fn why_there_is_no_namespace() {
        let missing = no_namespace("blue", &io::ErrorKind::NotFound.into());
        assert!(
            missing.exit == Exit::Fatal && missing.text.contains("ip netns add blue"),
            "{}",
            missing.text
        );
        assert_eq!(no_namespace("blue", &io::ErrorKind::PermissionDenied.into()).exit, Exit::Permission);
    }
}
