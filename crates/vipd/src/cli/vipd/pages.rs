//! Manual pages of the commands, from what `--help` shows.

use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::{Arg, Command};

use crate::cli::keepalived::{self, OptionText};

/// vipd(8).
pub(super) fn vipd(mut command: Command) -> String {
    // clap adds `--help` and the like, and knows who has which.
    command.build();
    let mut page = head("VIPD", "vipd \\- keeps services reachable, in the language of keepalived.conf");
    page.push_str(".SH SYNOPSIS\n.B vipd\n.I COMMAND\n.RI [ OPTION ...]\n.RI [ FILE ...]\n.SH DESCRIPTION\n");
    paragraph(&mut page, command.get_long_about());
    page.push_str(".SH COMMANDS\n");
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(page, ".SS vipd {}", escape(command.get_name()));
        paragraph(&mut page, command.get_long_about().or(command.get_about()));
        for arg in command.get_arguments().filter(|arg| !is_common(arg)) {
            option(&mut page, arg);
        }
        literal(&mut page, command.get_after_help());
    }
    page.push_str(".SH OPTIONS\n");
    for arg in command.get_arguments() {
        option(&mut page, arg);
    }
    literal(&mut page, command.get_after_help());
    page.push_str(FILES);
    page.push_str(".SH SEE ALSO\n.BR vipd.conf (5),\n.BR keepalived (8)\n");
    page
}

/// keepalived(8), as far as vipd is keepalived.
pub(super) fn keepalived() -> String {
    let mut page = head("KEEPALIVED", "keepalived \\- vipd with the command line of keepalived");
    page.push_str(KEEPALIVED);
    page.push_str(".SH OPTIONS\n");
    for OptionText { flags, help } in keepalived::options() {
        let _ = writeln!(page, ".TP\n.B {}\n{}", escape(flags.trim()), text(&help));
    }
    page.push_str(AFTER_KEEPALIVED);
    page
}

fn head(title: &str, name: &str) -> String {
    format!(
        ".\\\" Written by `make docs` from what --help shows.\n.TH {title} 8 \"\" vipd \"System administration\"\n\
         .ad l\n.nh\n.SH NAME\n{name}\n"
    )
}

const FILES: &str = "\
.SH SIGNALS
To the process that
.B vipd run
is; with the name
.B keepalived
to the parent.
.TP
.B HUP
Read the configuration again. What cannot be used, or contradicts itself, changes nothing.
.TP
.BR TERM \", \" INT
Stop: say so to the others, take the addresses away, and end.
.TP
.BR USR1 \", \" USR2 \", \" RTMIN+2
Write keepalived's dumps: data, statistics, JSON.
.B keepalived \\-\\-signum
prints the numbers.
.SH FILES
.TP
.I /etc/keepalived/keepalived.conf
The configuration; see
.BR vipd.conf (5).
.TP
.IR /run/vipd/vipd.pid \", \" /run/vipd/vipd.sock
The PID file, and the socket that
.B vipd status
and
.B vipd upgrade
ask.
";

const KEEPALIVED: &str = "\
.SH SYNOPSIS
.B keepalived
.RI [ OPTION ...]
.SH DESCRIPTION
The program of
.BR vipd (8)
under the name of the one that it takes the place of: the same options, signals, files and exit codes, so that units,
scripts and jobs need no change.
Options that have nothing to do here are accepted.
What vipd cannot do yet is said in the log, and refused where running without it would not be what was asked for.
";

const AFTER_KEEPALIVED: &str = "\
.SH SIGNALS
.TP
.B HUP
Read the configuration again; one that cannot be used changes nothing.
.TP
.BR TERM \", \" INT
Stop.
.TP
.B USR1
Write keepalived.data and keepalived_parent.data.
.TP
.B USR2
Write keepalived.stats.
.TP
.B RTMAX\\-1
The same, and begin to count anew.
.TP
.B RTMIN+2
Write keepalived.json.
.SH FILES
.TP
.I /etc/keepalived/keepalived.conf
The configuration; see
.BR vipd.conf (5).
.TP
.IR /run/keepalived.pid \", \" /run/vrrp.pid
PID files of the parent and of the VRRP process.
.TP
.IR /tmp/keepalived.data \", \" /tmp/keepalived.stats \", \" /tmp/keepalived.json
Dumps, where TMPDIR does not name another directory nor the configuration another file.
.SH EXIT STATUS
Of
.BR \\-\\-config\\-test :
0 nothing found, 2 an argument is missing, 4 the file cannot be read, 5 anything else, 6 programs run as root without
enable_script_security.
.PP
Of the daemon: 0 stopped, 1 cannot work, 2 the configuration contradicts itself, 4 missing permission, 6 no configuration
file, 70 a fault of vipd.
.SH EXAMPLES
.nf
keepalived \\-t \\-f new.conf
keepalived \\-nlD
kill \\-$(keepalived \\-\\-signum=RELOAD) $(cat /run/keepalived.pid)
.fi
.SH SEE ALSO
.BR vipd (8),
.BR vipd.conf (5)
";

/// Those that every command has are told once.
fn is_common(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn option(page: &mut String, arg: &Arg) {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let flags: Vec<_> = short.into_iter().chain(long).collect();
    let takes = arg.get_action().takes_values();
    let names = arg.get_value_names().unwrap_or_default();
    let value = names.first().filter(|_| takes).map(ToString::to_string).unwrap_or_default();
    let flags = format!("{} {value}", flags.join(", "));
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, ".TP\n.B {}\n{}", escape(flags.trim()), text(help.trim()));
}

fn paragraph(page: &mut String, said: Option<&StyledStr>) {
    if let Some(said) = said {
        let lines: Vec<_> = said.to_string().split("\n\n").map(text).collect();
        let _ = writeln!(page, "{}", lines.join("\n.PP\n"));
    }
}

/// Laid out as it is.
fn literal(page: &mut String, said: Option<&StyledStr>) {
    if let Some(said) = said {
        let said = said.to_string();
        let lines: Vec<_> = said.lines().map(|line| format!("\\&{}", escape(line))).collect();
        let _ = writeln!(page, ".PP\n.nf\n{}\n.fi", lines.join("\n"));
    }
}

/// A line may not begin with what troff takes for a request.
fn text(said: &str) -> String {
    let lines: Vec<_> = said.lines().map(|line| format!("\\&{}", escape(line.trim()))).collect();
    lines.join("\n")
}

fn escape(said: &str) -> String {
    said.replace('\\', "\\e").replace('-', "\\-")
}
