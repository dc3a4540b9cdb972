use std::path::PathBuf;
use std::process::ExitCode;

/// Watch servers fail and recover, in network namespaces of this machine
///
/// Builds one host for each configuration file, joins them by a bridge, runs a daemon and a web page on each and a
/// client that asks every millisecond, and plays a story: start, stop, cable cut, crash, recovery. No root needed;
/// nothing of this machine is touched.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// One configuration file for each host [default: two servers that share two addresses]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Let another daemon with keepalived's command line play a host (ServerA, ServerB … or A, B …)
    #[arg(long = "daemon", value_name = "HOST=PATH")]
    daemons: Vec<String>,
    /// One JSON object for each step
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  vipd lab                                           two servers, two addresses
  vipd lab --daemon B=/usr/sbin/keepalived           the same with keepalived as the second server
  vipd lab a.conf b.conf c.conf                      your own configuration, before it meets your users

Exit codes:
  0 every promise was kept, 1 one was broken, 2 the laboratory could not be built";

pub(super) fn main(args: Args) -> ExitCode {
    let Args { files, daemons, json } = args;
    // Root may be without namespaces of users, and needs none.
    let user = !linux::process::has_net_admin();
    let played = lab::enter(user).and_then(|()| lab::run(&lab::Options { files, daemons, json }));
    match played {
        Ok(lab::Outcome::Kept) => ExitCode::SUCCESS,
        Ok(lab::Outcome::Broken) => ExitCode::from(1),
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::from(2)
        }
    }
}
