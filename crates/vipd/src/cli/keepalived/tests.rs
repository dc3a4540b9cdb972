use std::path::Path;

use super::*;

fn asked(line: &str) -> Result<Asked, String> {
    parse(line.split_whitespace().map(OsString::from).collect())
}

fn run(line: &str) -> Options {
    match asked(line) {
        Ok(Asked::Run { options, .. }) => *options,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn without_options_the_daemon_of_old() {
    let Ok(Asked::Run { options, foreground }) = asked("") else { panic!() };
    assert!(!foreground);
    assert_eq!(options.config, Path::new("/etc/keepalived/keepalived.conf"));
    assert_eq!((&options.pid_file, &options.router_pid_file, &options.control), (&None, &None, &None));
    assert_eq!(options.log.syslog.map(Facility::code), Some(3));
    assert!(!options.log.console && !options.log.detail);
}

/// The command line of the measurements, short and long.
#[test]
fn one_meaning_in_short_and_long() {
    let short = asked(
        "-n -l -D -G -R -V -d -fx.conf -p /a/main.pid -r /a/vrrp.pid -c /a/check.pid -i node1 -S local3",
    );
    let long = asked(
        "--dont-fork --log-console --log-detail --no-syslog --dont-respawn --dont-release-vrrp --dump-conf \
         --use-file=x.conf --pid /a/main.pid --vrrp_pid=/a/vrrp.pid --checkers_pid /a/check.pid \
         --config-id node1 --log-facility=local3",
    );
    assert_eq!(short, long);
    let Ok(Asked::Run { options, foreground: true }) = short else { panic!("{short:?}") };
    assert_eq!(options.config, Path::new("x.conf"));
    assert_eq!(options.pid_file.as_deref(), Some(Path::new("/a/main.pid")));
    assert_eq!(options.router_pid_file.as_deref(), Some(Path::new("/a/vrrp.pid")));
    assert_eq!(options.config_id.as_deref(), Some("node1"));
    assert_eq!(options.log.syslog, None);
    assert!(options.log.console && options.log.detail && options.dont_respawn);
    assert!(options.leave_addresses && options.dump);
}

#[test]
fn letters_may_stand_together() {
    let options = run("-nlDP");
    assert!(options.log.console && options.log.detail);
}

#[test]
fn names_may_be_shortened_while_they_are_unambiguous() {
    assert!(run("--log-con").log.console);
    assert_eq!(asked("--log-f"), Err("Unknown option --log-f".into()), "--log-facility and --log-file");
    assert_eq!(run("--pid=/x.pid").pid_file.as_deref(), Some(Path::new("/x.pid")));
}

/// Observed with keepalived 2.2.7: text on standard error, exit code 1.
#[test]
fn what_it_says_to_nonsense() {
    assert_eq!(asked("--xyz"), Err("Unknown option --xyz".into()));
    assert_eq!(asked("-Z"), Err("Unknown option -Z".into()));
    assert_eq!(asked("-u"), Err("Missing parameter for option -u".into()));
    assert_eq!(asked("--signum=FOO"), Err("Unknown sigfunc FOO".into()));
    assert_eq!(asked("--signum=TDUMP"), Err("Unknown sigfunc TDUMP".into()));
    assert!(asked("-S mail").is_err());
    assert_eq!(run("-u 022").umask, Some(0o22));
    assert_eq!(run("-u 0x12").umask, Some(0o22));
    assert_eq!(run("-u 18").umask, Some(0o22));
    assert!(asked("-u 099").is_err());
}

/// Observed with keepalived 2.2.7 on x86-64.
#[test]
fn numbers_of_signals() {
    for (word, number) in
        [("STOP", 15), ("RELOAD", 1), ("DATA", 10), ("STATS", 12), ("STATS_CLEAR", 63), ("JSON", 36)]
    {
        assert_eq!(asked(&format!("--signum={word}")), Ok(Asked::Signum(number)));
        assert_eq!(asked(&format!("--signum {word}")), Ok(Asked::Signum(number)));
    }
}

#[test]
fn the_report_of_a_test_must_be_attached() {
    let report = |line| match asked(line) {
        Ok(Asked::Test { report, options }) => (report, options.config),
        other => panic!("{other:?}"),
    };
    assert_eq!(report("-t -f a"), (None, "a".into()));
    assert_eq!(report("-t/tmp/log"), (Some("/tmp/log".into()), DEFAULT_CONFIG.into()));
    assert_eq!(report("--config-test=/tmp/log"), (Some("/tmp/log".into()), DEFAULT_CONFIG.into()));
    assert_eq!(asked("-t /tmp/log"), Err("Unexpected argument /tmp/log".into()));
}

#[test]
fn what_is_not_there_yet_is_said() {
    assert_eq!(run("-n -x").notices, ["option -x is not supported yet, it does nothing"]);
    assert_eq!(run("-n --perf=run").notices.len(), 1);
    assert!(run("-n -X -I -B -P -b /b.pid -c /c.pid").notices.is_empty());
    assert_eq!(run("-s blue").namespace.as_deref(), Some("blue"));
    assert!(asked("-s /run/netns/blue").is_err_and(|e| e.contains("not the name")));
    assert!(asked("-C").is_err_and(|e| e.contains("nothing to run")));
    assert!(asked("-C -P").is_ok());
}

#[test]
fn files_and_dumps() {
    assert_eq!(run("-g/x/k.log").log.file.as_deref(), Some(Path::new("/x/k.log")));
    assert!(run("--log-file").log.file.is_some_and(|path| path.ends_with("keepalived.log")));
    let dumps = |line| (run(line).core_dumps, run(line).core_pattern);
    assert_eq!(dumps("-m"), (true, None));
    assert_eq!(dumps("-M"), (true, Some("core".into())));
    assert_eq!(dumps("--core-dump-pattern=core.%p"), (true, Some("core.%p".into())));
    assert!(run("-a -e").address_monitoring && run("-a -e").all_includes);
    assert!(run("--all --flush-log-file").notices.is_empty());
}

/// Every option of spec and manual page with its shape.
#[test]
fn every_option_of_the_manual_page_is_known() {
    let flags = "P C B l D G X V I R n d T a x m e t L v h";
    let with_argument = "f S u p r c b A s i";
    for letter in flags.split(' ').flat_map(str::chars) {
        assert!(!matches!(table::by_short(letter).unwrap().argument, Argument::Required(_)), "-{letter}");
    }
    for letter in with_argument.split(' ').flat_map(str::chars) {
        assert!(matches!(table::by_short(letter).unwrap().argument, Argument::Required(_)), "-{letter}");
    }
    for long in [
        "all",
        "flush-log-file",
        "signum",
        "config-fd",
        "ignore-sigint",
        "perf",
        "debug",
        "no-mem-check",
        "openssl-mem-check",
        "log-file",
        "core-dump-pattern",
        "mem-check-log",
        "genhash",
    ] {
        assert!(table::OPTIONS.iter().any(|o| o.long == long), "--{long}");
    }
}

#[test]
fn the_usage_text_shows_each_option_once() {
    let usage = table::usage("keepalived");
    assert!(usage.contains("  -f, --use-file=FILE "));
    assert!(usage.contains("  -t, --config-test[=LOG_FILE] "));
    assert!(usage.contains("      --signum=WORD "));
    assert_eq!(usage.lines().count(), table::OPTIONS.len() + 1);
}
