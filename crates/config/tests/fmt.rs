//! The canonical layout: what it looks like, that it changes nothing else, and that it is final.

use config::fmt::{Refusal, format};
use config::{Loaded, Options, load, show};
use proptest::prelude::*;

const NODE: Options<'_> = Options::of("node");

fn formatted(text: &str) -> String {
    let bytes = format("k.conf", text.as_bytes(), &NODE).unwrap_or_else(|e| panic!("{text}\n{e:?}"));
    String::from_utf8(bytes).expect("text stays text")
}

#[test]
fn braces_indentation_blanks_and_blank_lines() {
    let text = "

global_defs
{

  router_id\t a   # trailing
      # own line

}


vrrp_instance VI_1{ interface eth0
virtual_router_id   51
    track_interface { eth1 weight -5
      eth2
    } priority 10


    authentication {}
    virtual_ipaddress {192.0.2.1/24   dev  eth0}   ! both
}
";
    let expected = "global_defs {
    router_id a # trailing
    # own line
}

vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_interface {
        eth1 weight -5
        eth2
    }
    priority 10

    authentication {
    }
    virtual_ipaddress {
        192.0.2.1/24 dev eth0
    } ! both
}
";
    assert_eq!(formatted(text), expected);
    assert_eq!(formatted(expected), expected);
}

#[test]
fn words_quotes_and_escapes_stay_as_they_are() {
    let text = "global_defs {\n\trouter_id  \"a   b # c\"\n\tsmtp_helo_name a\\#b\n  enable_traps  x\"y z\"\"w\" v\n}\n";
    let expected = "global_defs {\n    router_id \"a   b # c\"\n    smtp_helo_name a\\#b\n    enable_traps x\"y z\"\"w\" v\n}\n";
    assert_eq!(formatted(text), expected);
}

#[test]
fn a_comment_attached_to_a_word_stays_attached_so_that_it_is_still_noticed() {
    assert_eq!(
        formatted("global_defs {\nrouter_id pass!word\n}"),
        "global_defs {\n    router_id pass!word\n}\n"
    );
}

#[test]
fn a_brace_does_not_move_behind_a_comment_that_is_attached_to_a_word() {
    assert_eq!(formatted("global_defs#c\n{ }"), "global_defs#c\n{\n}\n");
}

#[test]
fn comments_between_a_keyword_and_its_brace_go_into_the_block() {
    let text = "global_defs # one\n# two\n{ # three\nrouter_id a\n}";
    let expected = "global_defs { # one\n    # two\n    # three\n    router_id a\n}\n";
    assert_eq!(formatted(text), expected);
}

#[test]
fn lines_that_depend_on_the_machine_stay_whole() {
    let text = "
@node   vrrp_instance A {
@^node vrrp_instance B {
interface eth0
  @node   track_interface{eth1}  # one
@other  @^node priority   5
}
";
    let expected = "@node vrrp_instance A {
@^node vrrp_instance B {
    interface eth0
    @node track_interface { eth1 } # one
    @other @^node priority 5
}
";
    assert_eq!(formatted(text), expected);
}

#[test]
fn a_file_that_makes_sense_on_some_machine_is_laid_out() {
    let text = "@a vrrp_instance A {\n@b vrrp_instance B {\ninterface eth0\n}\n";
    let expected = "@a vrrp_instance A {\n@b vrrp_instance B {\n    interface eth0\n}\n";
    assert_eq!(formatted(text), expected);
}

#[test]
fn lines_that_stand_for_others_stay_as_they_are() {
    let text = "  $A=1   2
$B=  \\
   x {  \\
\\
     y  \\
 }
vrrp_instance V {
include   sub/*.conf   # all
~SEQ(N, 1,  3)   ip  $N
}
";
    let expected = "$A=1   2
$B=  \\
   x {  \\
\\
     y  \\
 }
vrrp_instance V {
    include   sub/*.conf   # all
    ~SEQ(N, 1,  3)   ip  $N
}
";
    assert_eq!(formatted(text), expected);
}

#[test]
fn words_that_mean_more_at_the_beginning_of_a_line_do_not_get_there() {
    let text = "vrrp_instance V { include x }\nvirtual_server_group G { @node 1 }\n";
    assert_eq!(formatted(text), text);
}

#[test]
fn other_kinds_of_files() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n \n"), "");
    assert_eq!(formatted("# only this"), "# only this\n");
    assert_eq!(formatted("\u{feff}global_defs {\r\n}\r\n"), "global_defs {\n}\n");
    let latin = format("x", b"# caf\xe9 \r\nglobal_defs{}", &NODE).expect("bytes in comments do not matter");
    assert_eq!(latin, b"# caf\xe9\nglobal_defs {\n}\n");
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    let cases: [(&[u8], &str); 8] = [
        (b"global_defs {\n", "V0102"),
        (b"global_defs {\n}\n}\n", "V0103"),
        (b"vrrp_instance A\n interface eth0\n}\n", "V0104"),
        (b"global_defs {\nrouter_id \"a\n}\n", "V0004"),
        (b"global_defs {\nrouter_id \xff\n}\n", "V0003"),
        (b"global_defs {\n\0\n}\n", "V0002"),
        (b"# \0\nglobal_defs {\n}\n", "V0002"),
        (b"@nod! @\0oht\0\0\0\0\0\0\0\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\ryyyyyyyyyyyyyyyyyyyy\n", "V0002"),
    ];
    for (bytes, code) in cases {
        match format("x", bytes, &NODE) {
            Err(Refusal::Unreadable { diagnostics, .. }) => assert_eq!(diagnostics[0].id.code, code),
            other => panic!("{code}: {other:?}"),
        }
    }
}

/// What must not change: everything but the places.
fn meaning(loaded: &Loaded) -> (&config::Model, Vec<(&str, &str)>) {
    (&loaded.model, loaded.diagnostics.iter().map(|d| (d.id.code, &*d.message)).collect())
}

/// Checks all promises for a text that can be laid out.
fn keeps_its_promises(text: &str) {
    let Ok(once) = format("k.conf", text.as_bytes(), &NODE) else { return };
    let shown = String::from_utf8_lossy(&once).into_owned();
    let twice = format("k.conf", &once, &NODE).unwrap_or_else(|e| panic!("{text}\n{shown}\n{e:?}"));
    assert_eq!(shown, String::from_utf8_lossy(&twice), "final: {text}");
    for config_id in ["node", "other"] {
        let options = Options::of(config_id);
        let (before, after) = (load("k", text.as_bytes(), &options), load("k", &once, &options));
        assert_eq!(meaning(&before), meaning(&after), "{text}\n{shown}");
        assert_eq!(show("k", text.as_bytes(), &options), show("k", &once, &options), "{text}\n{shown}");
    }
}

/// Pieces of configurations, with the layouts that people use.
fn configuration() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec![" ", "\t", "   ", " \t "]);
    let end = || prop::sample::select(vec!["\n", "\n\n\n", "  # c\n", "\r\n", "\n # c\n\n", " ! # c\n"]);
    let word = prop::sample::select(vec![
        "interface eth0",
        "virtual_router_id 51",
        "priority 100",
        "state BACKUP",
        "nopreempt",
        "prioritty 5",
        "advert_int 1.5",
        "garp_master_delay \"5\"",
        "virtual_router_id 52",
        "debug",
        "lvs_sync x",
        "pass!# c",
        "notify \"a b # c\" \"d\"\"e\"",
        "mcast_src_ip 192.0.2.9",
    ]);
    let condition = prop::sample::select(vec!["", "", "", "", "@node ", "@^node   ", "@other "]);
    let line =
        (space(), condition, word, end()).prop_map(|(s, c, w, e)| format!("{s}{c}{}{e}", w.replace(' ', s)));
    let open = prop::sample::select(vec!["{", " {", "\n{", " # c\n {", "\n\n# c\n{"]);
    let inner = prop::sample::select(vec![
        "virtual_ipaddress",
        "track_interface",
        "authentication",
        "virtual_ipaddress_excluded",
        "unknown_block x",
    ]);
    let entry = prop::sample::select(vec![
        "192.0.2.1/24 dev  eth0",
        "eth1   weight -5",
        "192.0.2.2",
        "auth_type PASS",
    ]);
    let block =
        (inner, open.clone(), prop::collection::vec((space(), entry, end()), 0..3), end(), prop::bool::ANY)
            .prop_map(|(name, open, entries, e, flat)| {
                let first = if flat { " " } else { "\n" };
                let entries = entries.into_iter().map(|(s, t, e)| [s, t, e].concat()).collect::<String>();
                format!("{name}{open}{first}{entries}}}{e}")
            });
    let item = prop_oneof![3 => line, 2 => block];
    let instance = (
        open,
        end(),
        prop::collection::vec(item, 0..7),
        end(),
        prop::sample::select(vec!["A", "B", "\"C\""]),
    )
        .prop_map(|(open, begin, items, e, name)| {
            format!("vrrp_instance  {name}{open}{begin}{}}}{e}", items.concat())
        });
    let other = prop::sample::select(vec![
        "# c\n",
        "global_defs{ router_id x }\n",
        "$X=1\n",
        "$Y= \\\n a { \\\n }\n",
        "include  x.conf\n",
        "~SEQ(A,1,3)  x $A\n",
        "@node global_defs { lvs_id x }\n",
        "\n\n",
        "! # c",
    ])
    .prop_map(|text| format!("{text}\n"));
    prop::collection::vec(prop_oneof![2 => instance, 1 => other], 0..4).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn generated_configurations(text in configuration()) {
        prop_assert!(format("k.conf", text.as_bytes(), &NODE).is_ok(), "{}", text);
        keeps_its_promises(&text);
        let comments = |text: &str| text.matches("# c").count();
        prop_assert_eq!(comments(&text), comments(&formatted(&text)), "no comment is lost: {}", text);
    }

    #[test]
    fn shown_text_reads_back_the_same(text in configuration()) {
        let shown = show("k", text.as_bytes(), &NODE);
        let (before, after) = (load("k", text.as_bytes(), &NODE), load("k", shown.as_bytes(), &NODE));
        prop_assert_eq!(&before.model, &after.model, "{}\n{}", text, shown);
        prop_assert_eq!(show("k", shown.as_bytes(), &NODE), shown);
    }

    #[test]
    fn any_characters(text in "[a-c@ \t\n\"#{}$=~\\\\!\r]{0,60}") {
        keeps_its_promises(&text);
        let _ = show("k", text.as_bytes(), &NODE);
    }
}
