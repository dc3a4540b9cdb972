//! Reloads, dumps, and where files are.

use crate::keywords::{Args, Form, Keyword};

pub(super) static FILES: &[&Keyword] = &[
    &Keyword::lowered("reload_check_config", Args::List(&[Form::Word("LOG-FILE").optional()]))
        .default("off")
        .since("2.2.0")
        .doc(
            "keepalived then checks a changed file in a process of its own before a reload, and \
          keeps the old one if it is wrong; a file for the messages may be named. vipd does so \
          at every reload, and writes the findings to its log and to that file.",
        ),
    &Keyword::lowered("reload_time_file", Args::List(&[Form::Path.one()])).since("2.1.0").doc(
        "A file with a time, `HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, with Z for UTC, at which the \
          configuration is read again: two machines change together. The path must be absolute; \
          the file is removed afterwards unless `reload_repeat` is set.",
    ),
    &Keyword::lowered("reload_repeat", Args::Flag).default("off").since("2.1.0").doc(
        "Leaves the file of `reload_time_file` in place after the reload, so that a time \
          without a date reloads every day. Without it, one time is one reload.",
    ),
    &Keyword::lowered("reload_file", Args::List(&[Form::Path.optional()]))
        .default("keepalived.reload in the pid directory")
        .since("2.2.0")
        .doc(
            "A file that exists while the configuration is being read and is removed afterwards, so \
          that programs can wait for the end of a reload. The path must be absolute.",
        ),
    &Keyword::lowered("include_check", Args::List(&[Form::OneOf(INCLUDE_CHECKS).any()]))
        .default("no checks")
        .since("2.2.0")
        .doc(
            "Which mistakes in `include` lines are errors: files that cannot be read (`read`), \
          names without wildcards that match nothing (`match`), wildcards that match nothing \
          (`wildcard_match`), alternatives in braces that match nothing (`brace_match`). A + or \
          - before a word adds or removes it, no word means all. keepalived documents `readable` \
          and takes `read`; vipd takes both.",
        ),
    &Keyword::lowered("config_save_dir", Args::List(&[Form::Path.one()])).since("2.2.3").doc(
        "A directory that gets a copy of the configuration each time it is read, to find out \
          later what was in force: keepalived.conf.PID.N, included files behind the main one. It \
          is made if its parent exists, for its owner only. keepalived also saves its data dump \
          around a reload; ask vipd with SIGUSR1.",
    ),
    &Keyword::new("tmp_config_directory", Args::Word("DIRECTORY"))
        .default("memory")
        .since("2.2.0")
        .no_effect("one process reads the configuration, and tells the others what it comes to")
        .doc(
            "Where keepalived keeps the copy of the whole configuration that its processes share; \
          by default in memory. Only wanted on systems without memfd_create(2).",
        ),
    &Keyword::lowered("data_use_instance", Args::Switch).default("off").since("2.2.3").doc(
        "On: the names of the dumps of the state (SIGUSR1) contain the names of the network \
          namespace and of the `instance`, as in keepalived.blue_foo.data, so that several daemons \
          do not overwrite each other's. Off: the names are the same for all.",
    ),
    &Keyword::lowered("json_version", Args::OneOf(&["1", "2"])).default("1").since("2.2.8").doc(
        "The form of the JSON that the signal SIGRTMIN+2 asks for: 1 is a list of instances, 2 \
          an object that has this list as `vrrp`. keepalived adds tracked processes to 2, which \
          vipd does not. `vipd status --json` says more, without a signal and without a file.",
    ),
    &IPROUTE_USR_DIR,
    &IPROUTE_ETC_DIR,
    &Keyword::lowered("state_dump_file", Args::Word("PATH"))
        .default("keepalived.data in TMPDIR or /tmp")
        .since("2.3.3")
        .doc(
            "Where SIGUSR1 writes the state of everything; the supervisor's part gets `_parent` \
          added to the name. A / at the end makes it a directory, a path without / at its \
          beginning is below the directory for temporary files. keepalived documents it as \
          `state_file_location`, which it does not take.",
        ),
    &Keyword::lowered("stats_dump_file", Args::Word("PATH"))
        .default("keepalived.stats in TMPDIR or /tmp")
        .since("2.3.3")
        .doc(
            "Where SIGUSR2 and SIGRTMAX-1 write the counters, the latter then begins to count at 0. \
          Paths as for `state_dump_file`. keepalived documents it as `stats_file_location`, \
          which it does not take.",
        ),
    &Keyword::lowered("json_dump_file", Args::Word("PATH"))
        .default("keepalived.json in TMPDIR or /tmp")
        .since("2.3.3")
        .doc(
            "Where SIGRTMIN+2 writes the state as JSON, for exporters made for keepalived. Paths as \
          for `state_dump_file`. keepalived documents it as `json_file_location`, which it does \
          not take.",
        ),
];

const INCLUDE_CHECKS: &[&str] = &[
    "read",
    "readable",
    "match",
    "wildcard_match",
    "brace_match",
    "+read",
    "+readable",
    "+match",
    "+wildcard_match",
    "+brace_match",
    "-read",
    "-readable",
    "-match",
    "-wildcard_match",
    "-brace_match",
];

/// `iproute_usr_dir`
pub static IPROUTE_USR_DIR: Keyword = Keyword::new("iproute_usr_dir", Args::Word("PATH"))
    .default("/usr/share/iproute2 and /usr/lib/iproute2")
    .since("2.3.2")
    .doc(
        "The directory with the tables of names that iproute2 ships: rt_tables, rt_protos, \
          rt_scopes, rt_realms, rt_dsfield and group. Set it on systems that keep them \
          elsewhere. Names that are not found there or in `iproute_etc_dir` are errors; numbers \
          always work.",
    );

/// `iproute_etc_dir`
pub static IPROUTE_ETC_DIR: Keyword =
    Keyword::new("iproute_etc_dir", Args::Word("PATH")).default("/etc/iproute2").since("2.3.2").doc(
        "The directory with the administrator's own tables of names, which have precedence over \
          those in `iproute_usr_dir`. A routing table that only has a name here can be used in \
          routes and rules.",
    );
