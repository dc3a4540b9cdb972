//! `~SEQ`, `~SEQx`, `~LST` and parameters against a model that knows nothing but loops and replacement of text.

use std::collections::BTreeMap;

use config::{Options, show};
use proptest::prelude::*;

/// Where a sequence ends.
#[derive(Debug, Clone)]
enum End {
    At(i64),
    /// At the value of the generator before, which is at least 1.
    Before,
}

#[derive(Debug, Clone)]
enum Generator {
    Sequence {
        hex: bool,
        start: i64,
        step: i64,
        end: End,
    },
    /// Tuples of as many values as there are names.
    List {
        names: usize,
        tuples: Vec<Vec<String>>,
    },
}

/// A piece of the line behind the generators.
#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    /// The value of a name, by its number among all; with braces or without.
    Value {
        name: usize,
        braces: bool,
    },
}

fn sequence() -> impl Strategy<Value = Generator> {
    (any::<bool>(), 1..40i64, 1..7i64, 0..30i64, any::<bool>()).prop_map(|(hex, start, step, len, down)| {
        let step = if down { -step } else { step };
        // Not below 0, which ~SEQx does not write.
        let end = if down { (start - len).max(0) } else { start + len };
        Generator::Sequence { hex, start, step, end: End::At(end) }
    })
}

fn list() -> impl Strategy<Value = Generator> {
    (1..3usize).prop_flat_map(|names| {
        let value = "[a-z0-9]{1,3}";
        let tuple = prop::collection::vec(value, names);
        let tuples = prop::collection::vec(tuple, 1..4);
        tuples.prop_map(move |tuples| Generator::List { names, tuples })
    })
}

/// One to three generators: a sequence behind another one may end at its value.
fn generators() -> impl Strategy<Value = Vec<Generator>> {
    let one = prop_oneof![sequence(), list()];
    (prop::collection::vec(one, 1..4), any::<bool>()).prop_map(|(mut generators, late)| {
        for at in 1..generators.len() {
            let before = matches!(&generators[at - 1], Generator::Sequence { hex: false, end: End::At(end), .. } if *end >= 1);
            if let (true, true, Generator::Sequence { start, step, end, .. }) = (late, before, &mut generators[at]) {
                (*start, *step, *end) = (1, 1, End::Before);
            }
        }
        generators
    })
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let value = (any::<usize>(), any::<bool>()).prop_map(|(name, braces)| Piece::Value { name, braces });
    let piece = prop_oneof!["[a-z]{1,4}".prop_map(Piece::Text), value];
    prop::collection::vec(piece, 1..6)
}

/// `A`, `B`, … in the order of the generators.
fn name(index: usize) -> String {
    char::from(b'A' + index as u8).to_string()
}

fn count(generators: &[Generator]) -> usize {
    let names = |generator: &Generator| match generator {
        Generator::Sequence { .. } => 1,
        Generator::List { names, .. } => *names,
    };
    generators.iter().map(names).sum()
}

/// As somebody writes it.
fn written(generators: &[Generator], pieces: &[Piece]) -> String {
    let mut text = String::new();
    let mut first = 0;
    for generator in generators {
        match generator {
            Generator::Sequence { hex, start, step, end } => {
                let kind = if *hex { "~SEQx" } else { "~SEQ" };
                let end = match end {
                    End::At(end) => end.to_string(),
                    End::Before => format!("${}", name(first - 1)),
                };
                text += &[
                    kind,
                    "(",
                    &name(first),
                    ", ",
                    &start.to_string(),
                    ",",
                    &step.to_string(),
                    ",",
                    &end,
                    ") ",
                ]
                .concat();
                first += 1;
            }
            Generator::List { names, tuples } => {
                let group = |words: &[String]| format!("{{{}}}", words.join(","));
                let all: Vec<String> = (first..first + names).map(name).collect();
                let tuples: Vec<String> = tuples.iter().map(|tuple| group(tuple)).collect();
                text += &["~LST(", &group(&all), ", ", &tuples.join(", "), ") "].concat();
                first += names;
            }
        }
    }
    text += "x";
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(word) => text += &[".", word].concat(),
            // Without braces a reference ends at a blank only (observed with 2.2.7).
            Piece::Value { name: index, braces } => {
                let name = name(index % first);
                let open = if *braces || at + 1 < pieces.len() { ["{", "}"] } else { ["", ""] };
                text += &[".$", open[0], &name, open[1]].concat();
            }
        }
    }
    text
}

/// What it stands for.
fn model(generators: &[Generator], pieces: &[Piece]) -> Vec<String> {
    let names = count(generators);
    let mut rows = vec![BTreeMap::<usize, String>::new()];
    for generator in generators {
        let mut longer = Vec::new();
        for row in &rows {
            let first = row.len();
            match generator {
                Generator::Sequence { hex, start, step, end } => {
                    let end = match end {
                        End::At(end) => *end,
                        End::Before => row[&(first - 1)].parse().expect("a number"),
                    };
                    let mut value = *start;
                    while (*step > 0 && value <= end) || (*step < 0 && value >= end) {
                        let text = if *hex { format!("{value:x}") } else { value.to_string() };
                        let mut row = row.clone();
                        row.insert(first, text);
                        longer.push(row);
                        value += step;
                    }
                }
                Generator::List { tuples, .. } => {
                    for tuple in tuples {
                        let mut row = row.clone();
                        for value in tuple {
                            row.insert(row.len(), value.clone());
                        }
                        longer.push(row);
                    }
                }
            }
        }
        rows = longer;
    }
    let line = |row: &BTreeMap<usize, String>| {
        let words = pieces.iter().map(|piece| match piece {
            Piece::Text(word) => word.clone(),
            Piece::Value { name, .. } => row[&(name % names)].clone(),
        });
        format!("x.{}", words.collect::<Vec<_>>().join("."))
    };
    rows.iter().map(line).collect()
}

fn expanded(line: &str) -> Vec<String> {
    let text = format!("vrrp_instance V {{\nvirtual_ipaddress {{\n{line}\n}}\n}}\n");
    let shown = show("k.conf", text.as_bytes(), &Options::default());
    shown.lines().map(str::trim).filter(|line| line.starts_with('x')).map(str::to_owned).collect()
}

proptest! {
    #[test]
    fn generators_are_loops(generators in generators(), pieces in pieces()) {
        let line = written(&generators, &pieces);
        prop_assert_eq!(expanded(&line), model(&generators, &pieces), "{}", line);
    }

    /// The value that counts is the one at the time of use, however far away the definition is.
    #[test]
    fn parameters_are_replaced_when_they_are_used(values in prop::collection::vec("[a-z0-9]{1,5}", 1..6)) {
        let link = |n: usize| format!("$P{n}=${{P{}}}{}\n", n - 1, values[n]);
        let chain = (1..values.len()).map(link).collect::<Vec<_>>().concat();
        let used = values.len() - 1;
        let text = |first: &str| format!("$P0={first}\nx.${{P{used}}}\n");
        let line = chain + &text(&values[0]) + &text("other");
        let rest = values[1..].concat();
        prop_assert_eq!(expanded(&line), [format!("x.{}{rest}", values[0]), format!("x.other{rest}")], "{}", line);
    }
}

#[test]
fn the_model_agrees_with_the_manual() {
    // keepalived.conf(5), "Sequence blocks".
    let generators = [Generator::Sequence { hex: true, start: 0x90, step: 0x10, end: End::At(0xc0) }];
    let pieces = [Piece::Text("20".to_owned()), Piece::Value { name: 0, braces: true }];
    let expected = ["x.20.90", "x.20.a0", "x.20.b0", "x.20.c0"];
    assert_eq!(model(&generators, &pieces), expected);
    assert_eq!(expanded("~SEQx(SUBNET, 144, 16, 192) x.20.${SUBNET}"), expected);
}
