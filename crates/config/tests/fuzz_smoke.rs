//! The bodies of the fuzz targets, on the committed seeds, on damaged copies of them, and on what is made to hurt.

#![allow(clippy::disallowed_methods, reason = "the seeds are files")]

#[path = "../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "the functions are those of a library")]
mod entry;

use std::fs;
use std::path::Path;

use config::{Options, load};
use proptest::prelude::*;

/// Its name and its body.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 4] =
    [("parse", entry::parse), ("expand", entry::expand), ("fmt", entry::lay_out), ("check", entry::check)];

/// The committed ones, by name.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let entries = fs::read_dir(folder).expect("the seeds are committed");
    let mut seeds: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let bytes = fs::read(&path).expect("a seed can be read");
            (path.display().to_string(), bytes)
        })
        .collect();
    seeds.sort();
    seeds
}

#[test]
fn every_seed_passes_every_target() {
    let seeds = seeds();
    assert!(seeds.len() >= 40, "{} seeds", seeds.len());
    for (name, bytes) in &seeds {
        for (target, run) in TARGETS {
            println!("{target}: {name}");
            run(bytes);
        }
    }
}

#[test]
fn every_target_is_built_by_cargo_fuzz() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for (target, _) in TARGETS {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}

/// One damage: bytes from elsewhere in another place, or a byte changed.
fn damaged(mut bytes: Vec<u8>, (from, len, to, byte): (usize, usize, usize, u8)) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    let (from, to) = (from % bytes.len(), to % bytes.len());
    let piece: Vec<u8> = bytes[from..(from + len).min(bytes.len())].to_vec();
    if byte % 2 == 0 {
        bytes[to] = byte;
    }
    bytes.splice(to..(to + len / 3).min(bytes.len()), piece);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn damaged_seeds_pass(
        seed in any::<prop::sample::Index>(),
        damages in prop::collection::vec((any::<usize>(), 0..60usize, any::<usize>(), any::<u8>()), 1..6),
    ) {
        let seeds = seeds();
        let bytes = damages.into_iter().fold(seed.get(&seeds).1.clone(), damaged);
        for (_, run) in TARGETS {
            run(&bytes);
        }
    }
}

/// The ids of the errors.
fn errors(bytes: &[u8]) -> Vec<&'static str> {
    let loaded = load("x.conf", bytes, &Options::default());
    loaded.diagnostics.iter().filter(|found| found.is_error()).map(|found| found.id.code).collect()
}

#[test]
fn a_line_of_many_megabytes_is_one_clear_error() {
    let text = format!("global_defs {{\nrouter_id {}\n}}\n", "x".repeat(64 << 20));
    assert_eq!(errors(text.as_bytes()), ["V0008"]);
    let loaded = load("x.conf", text.as_bytes(), &Options::default());
    assert!(loaded.diagnostics[0].one_line(&loaded.sources).len() < 300);
}

#[test]
fn bombs_end_with_one_clear_error() {
    // Each line is twice as long as the one before.
    let lines: Vec<String> = (1..40).map(|n| format!("$A{n}=${{A{m}}}${{A{m}}}\n", m = n - 1)).collect();
    let doubling =
        "$A0=xxxxxxxxxxxxxxxx\n".to_owned() + &lines.concat() + "global_defs {\nrouter_id ${A39}\n}\n";
    // Definitions of several lines that refer to themselves, and to each other.
    let endless = "$A=\\\n${A} \\\n${A}\nglobal_defs {\n${A}\n}\n";
    let mutual = "$A=\\\n$B \\\n$B\n$B=\\\n$A \\\n$A\nglobal_defs {\n$A\n}\n";
    for text in [&doubling, endless, mutual] {
        let found = errors(text.as_bytes());
        assert!(found == ["V0016"] || found == ["V0017"], "{found:?}: {text}");
    }
    // Two findings: too many lines, and what they are.
    let sequence = "~SEQ(A,1,2000000000) ~SEQ(B,1,2000000000) foo\n";
    let found = errors(sequence.as_bytes());
    assert!(found.contains(&"V0017") && found.len() <= 3, "{found:?}");
}

#[test]
fn a_large_text_of_nonsense_has_a_bounded_number_of_findings() {
    assert_eq!(errors("foo\n".repeat(150_000).as_bytes()).len(), 100_000);
}
