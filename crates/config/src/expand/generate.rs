//! `~SEQ`, `~SEQx` and `~LST` (keepalived.conf(5), "Sequence blocks" and "List blocks").

use crate::lexer::is_blank;

/// A generator at the beginning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Generator {
    /// Numbers.
    Sequence {
        /// The parameter that takes the values.
        name: String,
        /// The first value.
        start: i64,
        /// What is added.
        step: i64,
        /// No value goes beyond it.
        end: i64,
        /// Written in hexadecimal.
        hex: bool,
    },
    /// Tuples of words, one for each parameter.
    List {
        /// The parameters that take the values.
        names: Vec<String>,
        /// As long as `names`, each.
        values: Vec<Vec<String>>,
    },
}

/// The parts of a line that begins with a generator.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split<'a> {
    /// `SEQ`, `SEQx` or `LST`.
    pub(super) kind: &'a str,
    /// What is between the parentheses.
    pub(super) inside: &'a str,
    /// Offset of what is behind them.
    pub(super) rest: usize,
}

/// Takes a line apart that begins with a generator; `None` if it does not begin with one.
pub(super) fn split(line: &str) -> Option<Result<Split<'_>, &'static str>> {
    let name = line.strip_prefix('~')?;
    let kind = ["SEQx", "SEQ", "LST"].into_iter().find(|kind| name.starts_with(kind))?;
    let behind = line.get(1 + kind.len()..)?.trim_start_matches(|c: char| c.is_ascii() && is_blank(c as u8));
    let open = line.len() - behind.len();
    if !behind.starts_with('(') {
        return Some(Err("`(` is missing behind the name"));
    }
    let Some(close) = line.get(open..).and_then(|text| text.find(')')).map(|at| open + at) else {
        return Some(Err("`)` is missing"));
    };
    let inside = line.get(open + 1..close).unwrap_or("");
    Some(Ok(Split { kind, inside, rest: close + 1 }))
}

/// Understands what is between the parentheses.
pub(super) fn parse(kind: &str, inside: &str) -> Result<Generator, String> {
    match kind {
        "LST" => list(inside),
        _ => sequence(inside, kind == "SEQx"),
    }
}

fn sequence(inside: &str, hex: bool) -> Result<Generator, String> {
    let mut words = inside.split(',').map(str::trim);
    let name = name(words.next().unwrap_or(""))?;
    let numbers: Vec<i64> = words.map(number).collect::<Result<_, _>>()?;
    let (start, step, end) = match numbers[..] {
        [end] => (if end < 0 { -1 } else { 1 }, None, end),
        [start, end] => (start, None, end),
        [start, step, end] => (start, Some(step), end),
        _ => return Err("one to three numbers belong behind the name: [[START,] [STEP,]] END".to_owned()),
    };
    let step = step.unwrap_or(if end < start { -1 } else { 1 });
    if step == 0 || (end - start).signum() == -step.signum() {
        return Err(format!("{start} never reaches {end} in steps of {step}"));
    }
    if hex && (start < 0 || end < 0) {
        return Err("~SEQx writes no negative numbers".to_owned());
    }
    Ok(Generator::Sequence { name, start, step, end, hex })
}

fn name(word: &str) -> Result<String, String> {
    match super::name_at(word) {
        Some(name) if name.len() == word.len() => Ok(name.to_owned()),
        _ => Err(format!("`{word}` is not the name of a parameter")),
    }
}

/// Decimal, or hexadecimal with `0x`; of 32 bits, so that sums cannot overflow.
fn number(word: &str) -> Result<i64, String> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, word),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    match value {
        Ok(value) if !digits.starts_with('+') => Ok(sign * i64::from(value)),
        _ => Err(format!("`{word}` is not a number (0 to 4294967295, perhaps with a minus)")),
    }
}

fn list(inside: &str) -> Result<Generator, String> {
    let mut items = items(inside)?.into_iter();
    let names = items.next().unwrap_or_default();
    let names: Vec<String> = names.iter().map(|word| name(word)).collect::<Result<_, _>>()?;
    let mut values: Vec<Vec<String>> = items.collect();
    if values.is_empty() {
        return Err("there is no value behind the name".to_owned());
    }
    for tuple in &mut values {
        if tuple.len() > names.len() {
            return Err(format!("`{}` has more values than there are names", tuple.join(",")));
        }
        if let Some(word) = tuple.iter().find(|word| word.bytes().any(is_blank)) {
            return Err(format!("the value `{word}` has a blank in it"));
        }
        // As keepalived: what is not given is empty.
        tuple.resize(names.len(), String::new());
    }
    Ok(Generator::List { names, values })
}

/// Words and groups of words in braces, separated by commas.
fn items(inside: &str) -> Result<Vec<Vec<String>>, String> {
    let mut items = Vec::new();
    let mut rest = inside.trim_start();
    loop {
        let (item, behind) = match rest.strip_prefix('{') {
            Some(group) => {
                let (words, behind) = group.split_once('}').ok_or("`}` is missing")?;
                (words.split(',').map(|word| word.trim().to_owned()).collect(), behind.trim_start())
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                (vec![word.trim().to_owned()], behind)
            }
        };
        items.push(item);
        rest = match behind.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if behind.is_empty() => return Ok(items),
            None => return Err(format!("a comma is missing before `{behind}`")),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence_of(inside: &str) -> Result<(i64, i64, i64), String> {
        match parse("SEQ", inside)? {
            Generator::Sequence { start, step, end, .. } => Ok((start, step, end)),
            Generator::List { .. } => Err("a list".to_owned()),
        }
    }

    #[test]
    fn sequences_have_the_defaults_of_the_manual() {
        assert_eq!(sequence_of("A, 0, 3"), Ok((0, 1, 3)));
        assert_eq!(sequence_of("A,0x90, 0x10 ,0xc0"), Ok((144, 16, 192)));
        assert_eq!(sequence_of("A,3"), Ok((1, 1, 3)));
        assert_eq!(sequence_of("A,-2"), Ok((-1, -1, -2)));
        // Observed with 2.2.7: 1, then 0.
        assert_eq!(sequence_of("A,0"), Ok((1, -1, 0)));
        assert_eq!(sequence_of("A,0x12,-1,0x0c"), Ok((18, -1, 12)));
        for wrong in ["A", "A,1,2,3,4", "A,1,0,3", "A,5,1,3", "A,a,3", "8,1,3", "A,+1", "A,99999999999", ""] {
            assert!(sequence_of(wrong).is_err(), "{wrong}");
        }
        assert!(parse("SEQx", "A,-1,1").is_err());
    }

    #[test]
    fn lists_of_words_and_of_groups() {
        let of = |inside: &str| match parse("LST", inside) {
            Ok(Generator::List { names, values }) => Some((names.join(" "), values)),
            Ok(Generator::Sequence { .. }) | Err(_) => None,
        };
        let (names, values) = of("{IP,   IP1},  {10,1},{20,4}, {5}").unwrap();
        assert_eq!((names.as_str(), values.len(), values[1].join(" ")), ("IP IP1", 3, "20 4".to_owned()));
        assert_eq!(values[2], ["5", ""], "as observed with 2.2.7");
        assert_eq!(of("W, a ,,d").unwrap().1.concat(), ["a", "", "d"]);
        for wrong in ["W", "W,b c", "{A,B},{1,2},{3,4,5}", "{A,B", "{A},{1} 2", ""] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_parts_of_a_line() {
        let parts = |line| split(line).and_then(Result::ok).map(|s| (s.kind, s.inside, s.rest));
        assert_eq!(parts("~SEQ(A, 1) x"), Some(("SEQ", "A, 1", 10)));
        assert_eq!(parts("~SEQx (A)x"), Some(("SEQx", "A", 9)));
        assert_eq!(split("~SEQ x"), Some(Err("`(` is missing behind the name")));
        assert_eq!(split("~FOO(A)"), None);
    }
}
