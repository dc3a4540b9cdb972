//! Input and the lines that it stands for. The expected lines are those of keepalived.conf(5), or what
//! `keepalived --config-test` of 2.2.7 makes of the same text.

use super::*;
use crate::files::{FileError, Files};
use crate::lexer;

/// Files in memory. Paths that end in `~` exist and cannot be read.
#[derive(Debug)]
struct Memory(&'static [(&'static str, &'static str)]);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        if self.list(path).is_ok() {
            return Err(FileError::Directory);
        }
        let path = path.trim_start_matches("./");
        let found = self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| text.as_bytes().to_vec());
        found.filter(|_| !path.ends_with('~')).ok_or(FileError::Permission)
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, FileError> {
        let inside = |name: &&str| {
            let rest =
                if directory.is_empty() { name } else { name.strip_prefix(directory)?.strip_prefix('/')? };
            rest.split('/').next().map(str::to_owned)
        };
        let mut names: Vec<String> = self.0.iter().filter_map(|(name, _)| inside(name)).collect();
        names.dedup();
        if names.is_empty() { Err(FileError::NotFound) } else { Ok(names) }
    }

    fn exists(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./");
        self.0.iter().any(|(name, _)| *name == path) || self.list(path).is_ok()
    }

    fn absolute(&self, directory: &str) -> String {
        format!("/etc/{directory}")
    }
}

/// The lines that come out, a blank between their words, and the codes of the findings.
fn read(text: &str, options: &Options<'_>) -> (Vec<String>, Vec<&'static str>) {
    let (mut sources, mut found) = (Sources::default(), Vec::new());
    let file = sources.add("k.conf", text.as_bytes());
    let tokens = tokens(&mut sources, file, options, &mut found);
    origin::relocate(&sources, &mut found);
    let all: Vec<_> = tokens.spans().collect();
    let lines = all.split_inclusive(|(token, _)| token.ends_line());
    let words = |line: &[(lexer::Token, Span)]| {
        line.iter().map(|(_, span)| sources.slice(*span)).collect::<Vec<_>>().join(" ")
    };
    let lines = lines.map(words).collect();
    (lines, found.iter().map(|d| d.id.code).collect())
}

fn lines(text: &str) -> Vec<String> {
    let (lines, found) = read(text, &Options::of("main"));
    assert_eq!(found, [""; 0], "{text}");
    lines
}

fn findings(text: &str) -> Vec<&'static str> {
    read(text, &Options::of("main")).1
}

#[test]
fn conditional_lines_compare_the_whole_word() {
    assert_eq!(lines("@main a\n@backup b\n@mainx c\n @main d"), ["a", "d"]);
    assert_eq!(lines("@^main a\n@^backup b"), ["b"]);
    assert_eq!(lines("@^backup @^other a\n@^backup @main b\n@main @backup c"), ["a", "b"]);
    assert_eq!(lines("notify a@main"), ["notify a@main"]);
}

#[test]
fn line_ends_and_byte_order_mark() {
    assert_eq!(lines("\u{feff}a\r\nb\r\n$A=x\r\n$A y\r\n${A}\r\n"), ["a", "b", "x y", "x"]);
}

#[test]
fn values_are_late_as_in_the_manual() {
    let text = "$ADDRESS_BASE=10.2.${ADDRESS_BASE_SUB}\n$ADDRESS_BASE_SUB=0\n${ADDRESS_BASE}.100/32\n\
                $ADDRESS_BASE_SUB=10\n${ADDRESS_BASE}.100/32\n";
    assert_eq!(lines(text), ["10.2.0.100/32", "10.2.10.100/32"]);
    let text = "@main $PRIORITY=240\n@backup $PRIORITY=200\npriority $PRIORITY\n$IF_MAIN=@main\n\
                $IF_MAIN priority 240\n$IF_BACKUP=@backup\n$IF_BACKUP priority 200\n";
    assert_eq!(lines(text), ["priority 240", "priority 240"]);
}

/// Each line as keepalived 2.2.7 shows it in "Unknown keyword".
#[test]
fn references_as_keepalived_reads_them() {
    let cases = [
        ("L1_$A", "L1_one"),
        ("L2_$A x", "L2_one x"),
        ("L3_${A}_x", "L3_one_x"),
        ("L4_$E", "L4_"),
        ("L5${E}x", "L5x"),
        ("L6_$B", "L6_two words"),
        ("L8_$A$A x", "L8_$Aone x"),
        ("L9\\${A}", "L9\\one"),
        ("${I}A", "L10_one"),
        ("L11_${${N}}", "L11_one"),
        ("L12_$${N}", "L12_one"),
        ("L13 $1 ${UNKNOWN} $UNKNOWN", "L13 $1 ${UNKNOWN} $UNKNOWN"),
        ("L14_$M", "L14_m1_one|m2|m3"),
        ("$M L15", "$M L15"),
        ("$M # the comment", "m1_one|m2|m3"),
        ("$T L16", "spaced value L16"),
        ("L17_${_INSTANCE}", "L17_main"),
        ("L18 \"${A} ${_HASH} $A x\"", "L18 \"one # one x\""),
        ("L19_${_HASH}x_${_BANG}y", "L19_\\#x_\\!y"),
        ("L20 # ${A}", "L20"),
    ];
    let head = "$A=one\n$B=two words\n$E=\n$I=L10_$\n$N=A\n$T=   spaced value   \n$M= \\\n m1_${A} \\\n m2 \\\n\n m3\n";
    for (line, expected) in cases {
        assert_eq!(lines(&format!("{head}{line}\n")).join("|"), expected, "{line}");
    }
}

#[test]
fn definitions_of_several_lines() {
    let text = "$X=one \\\n @main two \\\n @other no \\\n # comment \\\n three # c \\\n $Y=five \\\n ${Y} \\\n \
                ~SEQ(Q,1,2) six${Q}\n$R= \\\n  a ${X} \\\n b\n$R\n";
    assert_eq!(lines(text), ["a one", "two", "three", "five", "six1", "six2", "b"]);
    let text = "$A= \\\n x { \\\n\n y \\\n }\nz\n$A";
    assert_eq!(lines(text), ["z", "x {", "y", "}"]);
    assert_eq!(lines("$A=1\nx\n$A=2 \\"), ["x"], "a definition may end with the file");
    assert_eq!(lines("@main $A= \\\n y \\\n z\n@other $B= \\\n$A"), ["y", "z"]);
}

/// The nested example of keepalived.conf(5), shortened to its skeleton.
#[test]
fn definitions_within_definitions() {
    let text = "$RS= \\\n real_server 192.168.${VS_NUM}.${RS_NUM} 80 { \\\n weight 1 \\\n }\n\n\
                $VS= \\\n virtual_server 10.0.${VS_NUM}.4 80 { \\\n $ALPHA \\\n $RS_NUM=1 \\\n $RS \\\n \
                $RS_NUM=2 \\\n $RS \\\n }\n\n$VS_NUM=0\n$ALPHA=alpha\n$VS\n\n$VS_NUM=1\n$ALPHA=\n$VS\n";
    let expected = "virtual_server 10.0.0.4 80 {|alpha|real_server 192.168.0.1 80 {|weight 1|}|\
                    real_server 192.168.0.2 80 {|weight 1|}|}|\
                    virtual_server 10.0.1.4 80 {|real_server 192.168.1.1 80 {|weight 1|}|\
                    real_server 192.168.1.2 80 {|weight 1|}|}";
    assert_eq!(lines(text).join("|"), expected);
}

#[test]
fn sequences_of_the_manual() {
    let addresses = ["ip_address fe80::20:90:1", "ip_address fe80::20:a0:1", "ip_address fe80::20:b0:1"];
    assert_eq!(lines("~SEQx(SUBNET, 144, 16, 176) ip_address fe80::20:${SUBNET}:1"), addresses);
    assert_eq!(lines("~SEQx(SUBNET, 0x90, 0x10, 0xb0) ip_address fe80::20:${SUBNET}:1"), addresses);
    assert_eq!(
        lines("~SEQ(SUBNET, 0, 1) ip_address 10.0.${SUBNET}.1"),
        ["ip_address 10.0.0.1", "ip_address 10.0.1.1"]
    );
    let text = "~SEQx(AD2, 0x90, 0x10, 0xa0) ~SEQx(AD1, 0x12, -1, 0x10) fe81::10:${AD2}:${AD1}";
    let expected =
        "fe81::10:90:12 fe81::10:90:11 fe81::10:90:10 fe81::10:a0:12 fe81::10:a0:11 fe81::10:a0:10";
    assert_eq!(lines(text).join(" "), expected);
}

#[test]
fn lists_of_the_manual() {
    let text = "~LST({IP, IP1}, {10,1},{20,4}) ~SEQ(IP2,168,2,172) 192.${IP2}.${IP}.${IP1}";
    let expected = "192.168.10.1 192.170.10.1 192.172.10.1 192.168.20.4 192.170.20.4 192.172.20.4";
    assert_eq!(lines(text).join(" "), expected);
    let text = "~LST(IP, 1, 2) ~LST(IP1, 5,6,7) 192.169.${IP}.${IP1}";
    let expected = "192.169.1.5 192.169.1.6 192.169.1.7 192.169.2.5 192.169.2.6 192.169.2.7";
    assert_eq!(lines(text).join(" "), expected);
}

/// As observed with 2.2.7, unless the comment says otherwise.
#[test]
fn generators_elsewhere() {
    assert_eq!(lines("$N=3\n~SEQ(V, 2, ${N}) x_${V}"), ["x_2", "x_3"]);
    assert_eq!(lines("$M= \\\n m1 \\\n m2\n~SEQ(V, 1, 2) $M"), ["m1", "m2", "m1", "m2"]);
    assert_eq!(lines("@main ~SEQ(V, 1, 2) a$V\n@other ~SEQ(V, 1, 2) b$V"), ["a1", "a2"]);
    assert_eq!(lines("$L=~SEQ(V,1,2) a$V\n$L"), ["a1", "a2"]);
    assert_eq!(lines("$R= \\\n r${V} \\\n s\n$S=~SEQ(V,1,2)\n$S $R"), ["r1", "s", "r2", "s"]);
    assert_eq!(lines("~SEQ(V,1,2)a$V\n~SEQ(V,5,5) b$V\nc$V"), ["a1", "a2", "b5", "c5"]);
    assert_eq!(lines("x ~SEQ(V,1,2) y"), ["x ~SEQ(V,1,2) y"]);
    // 2.2.7 cannot read these two.
    assert_eq!(lines("~SEQ(V,1,2) ~LST(W,a${V},b) ${W}"), ["a1", "b", "a2", "b"]);
    assert_eq!(lines("$L=p,q\n~LST(W,${L}) ${W}"), ["p", "q"]);
}

#[test]
fn what_cannot_be_used_is_said() {
    assert_eq!(read("~SEQ(A) x\ny", &Options::of("")), (vec!["y".to_owned()], vec!["V0014"]));
    assert_eq!(findings("~LST(W,b c,d) x"), ["V0014"]);
    assert_eq!(findings("~SEQ(V,1,3) ~SEQ(W,5,1,3) x"), ["V0014"], "once for all rounds");
    assert_eq!(findings("$A=1\nx ${A b}"), ["V0015"]);
    assert_eq!(findings("x ${_RANDOM 7 5}\ny ${_ENV}\nz ${_ENV NONE}\n${_PWD x}"), ["V0015"; 4]);
    assert_eq!(findings("@main include x"), ["V0013"]);
    assert_eq!(findings("$A=include x\n$A"), ["V0013"]);
    assert_eq!(findings("include"), ["V0013"]);
    assert_eq!(findings("include x"), ["V0013"], "there are no files here");
}

#[test]
fn predefined_parameters_come_from_the_options() {
    let environment = [("SITE".to_owned(), "north".to_owned()), ("TWO".to_owned(), "a\nb".to_owned())];
    let options = Options {
        files: Some(&Memory(&[("sub/a.conf", "a ${_PWD}")])),
        environment: &environment,
        ..Options::of("node7")
    };
    let (lines, found) =
        read("x ${_ENV SITE}-${_INSTANCE}\ninclude sub/a.conf\nb ${_PWD}\nc ${_ENV TWO}", &options);
    assert_eq!(lines, ["x north-node7", "a /etc/sub", "b /etc/", "c"]);
    assert_eq!(found, ["V0015"]);
}

#[test]
fn random_numbers_are_in_range_and_can_be_repeated() {
    let number = |text: &str, seed| {
        let options = Options { random_seed: seed, ..Options::of("") };
        let (lines, _) = read(text, &options);
        lines.last().unwrap().parse::<u32>().unwrap()
    };
    let all: Vec<u32> = (0..200).map(|seed| number("${_RANDOM 5 7}", seed)).collect();
    assert!((5..=7).all(|wanted| all.contains(&wanted)) && all.iter().all(|n| (5..=7).contains(n)));
    assert!((0..200).all(|seed| number("${_RANDOM}", seed) <= 32767));
    assert_eq!(number("random_seed 9\n${_RANDOM}", 1), number("random_seed 9\n${_RANDOM}", 2));
    assert_ne!(number("${_RANDOM 0 4294967295}", 1), number("${_RANDOM 0 4294967295}", 2));
}

const TREE: Memory = Memory(&[
    ("inc/i1.conf", "IN1\ninclude sub/s.conf\nafter"),
    ("inc/sub/s.conf", "SUB"),
    ("inc/t.conf", "T"),
    ("inc/u~", "U"),
    ("inc/.hidden.conf", "H"),
]);

fn included(text: &str) -> (String, Vec<&'static str>) {
    let (lines, found) = read(text, &Options { files: Some(&TREE), ..Options::of("main") });
    (lines.join(" "), found)
}

#[test]
fn includes_are_read_where_they_stand() {
    assert_eq!(included("a\ninclude inc/i1.conf\nb"), ("a IN1 SUB after b".to_owned(), vec![]));
    assert_eq!(included("include inc/*.conf # all").0, "IN1 SUB after T");
    assert_eq!(included("include inc/{t,i1}.conf").0, "T IN1 SUB after");
    assert_eq!(included("include inc/[st].conf\ninclude /none*\ninclude inc/.*.conf").0, "T H");
    assert_eq!(included("x {\ninclude inc/t.conf\n}").0, "x { T }");
    assert_eq!(included("included inc/t.conf\ninclude_check").0, "included inc/t.conf include_check");
}

#[test]
fn checks_decide_what_is_an_error() {
    let severities = |text: &str| {
        let (mut sources, mut found) = (Sources::default(), Vec::new());
        let file = sources.add("k.conf", text.as_bytes());
        tokens(&mut sources, file, &Options { files: Some(&TREE), ..Options::of("") }, &mut found);
        let severity =
            |d: &Diagnostic| format!("{} {}", d.id.code, if d.is_error() { "error" } else { "warning" });
        found.iter().map(severity).collect::<Vec<_>>().join(", ")
    };
    for (line, expected) in [
        ("include none.conf", "V0010 warning"),
        ("include none*.conf", ""),
        ("includer none.conf", "V0010 warning"),
        ("includem none.conf", "V0010 error"),
        ("includem none*.conf", ""),
        ("includew none*.conf", "V0010 error"),
        ("include inc/{t,none}.conf", "V0010 warning"),
        ("includeb inc/{t,none}.conf", "V0010 error"),
        ("includea inc/t.conf", ""),
        ("include inc/u~", "V0011 warning"),
        ("includer inc/u~", "V0011 error"),
        ("includem inc/u~", "V0011 error"),
        ("include inc/sub", "V0011 warning"),
        ("include_check\ninclude none*", "V0010 error"),
        ("include_check match\ninclude none*\ninclude none", "V0010 error"),
        ("include_check match -match\ninclude none", "V0010 warning"),
        ("include_check +wildcard_match\ninclude none*", "V0010 error"),
    ] {
        assert_eq!(severities(line), expected, "{line}");
    }
}

#[test]
fn a_check_is_forgotten_at_the_end_of_its_file() {
    let files = Memory(&[("a", "include_check\ninclude none*"), ("b", "x")]);
    let (_, found) = read("include a\ninclude none*", &Options { files: Some(&files), ..Options::of("") });
    assert_eq!(found, ["V0010"]);
}

#[test]
fn loops_of_files_end_and_show_their_chain() {
    let files = Memory(&[("a", "include ./b"), ("b", "B\ninclude a\ninclude k.conf"), ("k.conf", "")]);
    let (mut sources, mut found) = (Sources::default(), Vec::new());
    let file = sources.add("k.conf", b"include a");
    tokens(&mut sources, file, &Options { files: Some(&files), ..Options::of("") }, &mut found);
    let messages: Vec<_> = found.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(
        messages,
        ["./a includes itself: a -> ./b -> ./a", "./k.conf includes itself: k.conf -> a -> ./b -> ./k.conf"]
    );
    let places =
        found[1].labels.iter().map(|l| format!("{}:{}", sources.name(l.span.file), sources.position(l.span)));
    assert_eq!(places.collect::<Vec<_>>(), ["k.conf:1:9", "a:1:9"]);
}

#[test]
fn bombs_are_refused() {
    assert_eq!(findings("$A=${A}\nx ${A}"), ["V0016"]);
    assert_eq!(findings("$A=${A}x\ny ${A}"), ["V0016"]);
    assert_eq!(findings("$A=${B}\n$B=${A}\n~SEQ(I,1,1000000) x ${A}"), ["V0016"]);
    assert_eq!(findings("$A= \\\n a \\\n $A\n$A"), ["V0016"]);
    assert_eq!(findings("$A= \\\n $A \\\n $A\n$A"), ["V0016"]);
    let doubling: Vec<String> =
        (1..40).map(|n| format!("$A{n}= \\\n $A{} \\\n $A{}\n", n - 1, n - 1)).collect();
    for text in [
        format!("$A0=\n{}$A39", doubling.concat()),
        "~SEQ(A,1,4294967295) ~SEQ(B,1,4294967295) @none x".to_owned(),
        "~SEQ(A,1,4294967295) x".to_owned(),
    ] {
        let (mut sources, mut found) = (Sources::default(), Vec::new());
        let file = sources.add("k.conf", text.as_bytes());
        tokens_within(&mut sources, file, &Options::of(""), &mut found, Budget::new(64 << 20, 1 << 16));
        assert_eq!(found.iter().map(|d| d.id.code).collect::<Vec<_>>(), ["V0017"], "{text}");
        assert!(sources.text(FileId::EXPANDED).len() <= 1 << 16);
    }
    let growing: Vec<String> = (1..40).map(|n| format!("$A{n}=${{A{}}}${{A{}}}\n", n - 1, n - 1)).collect();
    assert_eq!(findings(&format!("$A0=xx\n{}y $A39", growing.concat())), ["V0016"]);
}

#[test]
fn lines_without_end_and_files_that_are_no_text() {
    assert_eq!(findings(&"a".repeat(70_000)), ["V0008"]);
    assert_eq!(findings(&format!("a {}", "b".repeat(2000))), ["V0009"]);
    assert_eq!(findings(&format!("# {}", "b".repeat(2000))), [""; 0]);
    assert_eq!(findings("\x7fELF\x02\x01\x01\0\0\0"), ["V0007"]);
    assert_eq!(findings(&"\0".repeat(1000)), ["V0007"]);
    let utf16: String = "vrrp_instance VI_1 {\n".chars().flat_map(|c| [c, '\0']).collect();
    assert_eq!(findings(&utf16), ["V0007"]);
}

#[test]
fn places_survive_expansion() {
    let text =
        "$PRIO=300\n$INST= \\\n vrrp_instance V${N} { \\\n  priority ${PRIO} \\\n }\n~SEQ(N,1,3) $INST\n";
    let (mut sources, mut found) = (Sources::default(), Vec::new());
    let file = sources.add("k.conf", text.as_bytes());
    let tokens = tokens(&mut sources, file, &Options::of(""), &mut found);
    for (_, span) in tokens.spans().filter(|(_, span)| sources.slice(*span) == "300") {
        found.push(Diagnostic::new(&ids::OUT_OF_RANGE, span, "too large"));
    }
    assert_eq!(found.len(), 3);
    origin::relocate(&sources, &mut found);
    let [diagnostic] = found.as_slice() else { panic!("{found:?}") };
    let span = diagnostic.span.unwrap();
    assert_eq!((sources.slice(span), sources.position(span).line), ("${PRIO}", 4));
    assert_eq!(diagnostic.caret, "here: `priority 300`");
    let labels: Vec<_> = diagnostic.labels.iter().map(|l| (sources.slice(l.span), l.text.as_str())).collect();
    assert_eq!(labels, [("$PRIO=300", "`PRIO` is defined here"), ("$INST", "used here")]);
    assert_eq!(
        diagnostic.help.as_deref(),
        Some("2 more of the lines that come out of this one have the same")
    );
}
