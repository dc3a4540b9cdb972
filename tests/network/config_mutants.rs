//! `keepalived -t` beside Debian's, with slips of the pen: files that are right, each changed once or twice.

use std::fs;

use anyhow::Result;
use libtest_mimic::Trial;
use vipd_tests::programs::{daemon, debian_keepalived};

use crate::config_test::{code, files, machine};
use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("config_mutants::slips_are_found_as_keepalived_finds_them", slips)]
}

/// Mutants judged. More, or others: `VIPD_SEED=NUMBER`.
const MUTANTS: usize = 250;

fn slips() -> Result<()> {
    let (world, host) = machine()?;
    let file = world.dir().join("mutant.conf");
    let seed = std::env::var("VIPD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let (mut chance, files) = (Chance(seed), files());
    let mut wrong = Vec::new();
    for _ in 0..MUTANTS {
        let mut text = chance.pick(&files).clone();
        for _ in 0..=chance.below(2) {
            text = mutate(&text, &mut chance);
        }
        fs::write(&file, &text)?;
        let (ours, theirs) = (code(&host, &daemon(), &file)?, code(&host, &debian_keepalived()?, &file)?);
        // What one accepts the other accepts; how bad the rest is, both may see differently.
        if (ours == 0) != (theirs == 0) {
            wrong.push(format!("{ours} instead of {theirs}:\n{text}"));
        }
    }
    anyhow::ensure!(wrong.is_empty(), "seed {seed}, {} of {MUTANTS}:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// Numbers that repeat (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const NUMBERS: [&str; 12] =
    ["0", "1", "-1", "255", "256", "65535", "65536", "1.5", "99999999999999999999", "0x10", "007", "3s"];
const WORDS: [&str; 8] = ["foo", "7", "\"x y\"", "10.0.0.1", "eth0", "2001:db8::1", "nowhere0", "yes"];

/// One slip in one line.
fn mutate(text: &str, chance: &mut Chance) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let at = chance.below(lines.len());
    let words: Vec<String> = lines[at].split_whitespace().map(str::to_owned).collect();
    match chance.below(11) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines[at] = lines[at].replacen('{', "", 1),
        3 => lines[at] = lines[at].replacen('}', "", 1),
        4 => lines.insert(at, (*chance.pick(&["{", "}"])).to_owned()),
        5 => lines[at] = with_number(&words, chance),
        6 => {
            let chars = lines[at].chars().count();
            let gone = chance.below(chars);
            lines[at] =
                lines[at].chars().enumerate().filter(|(index, _)| *index != gone).map(|(_, c)| c).collect();
        }
        7 => {
            let line = lines.remove(at);
            lines.insert(chance.below(lines.len() + 1), line);
        }
        8 => lines[at] = lines[at].replace(' ', "\t"),
        9 => lines[at] = words.split_last().map(|(_, rest)| rest.join(" ")).unwrap_or_default(),
        _ => lines[at] = format!("{} {}", lines[at], chance.pick(&WORDS)),
    }
    lines.join("\n") + "\n"
}

/// With another number for one that stands alone.
fn with_number(words: &[String], chance: &mut Chance) -> String {
    let mut words = words.to_vec();
    let numbers: Vec<usize> = (0..words.len()).filter(|&at| words[at].parse::<u32>().is_ok()).collect();
    if !numbers.is_empty() {
        let at = *chance.pick(&numbers);
        (*chance.pick(&NUMBERS)).clone_into(&mut words[at]);
    }
    words.join(" ")
}
