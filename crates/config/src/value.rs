//! Words to values, as the keyword's record says.

pub(crate) mod form;
pub(crate) mod quoted;

use std::net::IpAddr;

use crate::diagnostics::{self as ids, Diagnostic};
use crate::keywords::{Args, Keyword, Seconds};
use crate::suggest;
use crate::tree::Word;

/// What a scalar keyword was set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A flag, or a switch that is on or off.
    Switch(bool),
    Int(i64),
    /// A time in microseconds.
    Micros(u64),
    Text(String),
    Address(IpAddr),
}

/// The words a `<BOOL>` may be.
pub(crate) const SWITCH_WORDS: [&str; 6] = ["on", "off", "true", "false", "yes", "no"];

/// Reads the value of `keyword` from the words behind it. `None` for keywords whose words are read elsewhere, and
/// when a diagnostic says why there is no value.
pub(crate) fn read<'a>(
    keyword: &Keyword,
    mut words: impl ExactSizeIterator<Item = Word<'a>>,
    found: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let takes = match keyword.args {
        Args::List(_) | Args::Options(_) | Args::Words(_) | Args::Unread(_) | Args::Block(..) => return None,
        Args::Flag => 0,
        Args::Switch
        | Args::Int { .. }
        | Args::Timer { .. }
        | Args::Word(_)
        | Args::OneOf(_)
        | Args::Address => 1,
    };
    let word = if takes == 1 { words.next() } else { None };
    let value = match word {
        None => Some(Value::Switch(true)),
        Some(word) => read_word(keyword, word, found),
    };
    surplus(keyword, words, found);
    value
}

/// Warns about words behind a complete value.
pub(crate) fn surplus<'a>(
    keyword: &Keyword,
    mut words: impl Iterator<Item = Word<'a>>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(first) = words.next() else { return };
    let span = words.last().map_or(first.span, |last| first.span.to(last.span));
    let message = format!("words behind the value of `{}` are ignored", keyword.name);
    found.push(
        Diagnostic::new(&ids::EXTRA_ARGUMENT, span, message)
            .help("a keyword begins on a line of its own; a value with blanks is quoted"),
    );
}

fn read_word(keyword: &Keyword, word: Word<'_>, found: &mut Vec<Diagnostic>) -> Option<Value> {
    let text = word.text();
    let name = keyword.name;
    let result = match keyword.args {
        Args::Switch => switch(&text).map(Value::Switch).ok_or_else(|| not_one_of(name, word, &SWITCH_WORDS)),
        Args::Int { min, max } => {
            int(&text, min, max).map(Value::Int).map_err(|why| why.report(keyword, word))
        }
        Args::Timer { min_us, max_us } => match micros(&text) {
            Ok(timer) if !(min_us..=max_us).contains(&timer.micros) => {
                Err(BadNumber::Range.report(keyword, word))
            }
            Ok(timer) => {
                if timer.cut {
                    found.push(surplus_decimals(keyword, word));
                }
                Ok(Value::Micros(timer.micros))
            }
            Err(why) => Err(why.report(keyword, word)),
        },
        Args::Address => text.parse().map(Value::Address).map_err(|_| {
            Diagnostic::new(&ids::BAD_ADDRESS, word.span, format!("`{text}` is not an IPv4 or IPv6 address"))
                .help(format!("`{name}` needs one"))
        }),
        Args::OneOf(words) if words.contains(&&*text) => Ok(Value::Text(text.into_owned())),
        Args::OneOf(words) => Err(not_one_of(name, word, words)),
        Args::Word(_)
        | Args::List(_)
        | Args::Options(_)
        | Args::Words(_)
        | Args::Unread(_)
        | Args::Block(..)
        | Args::Flag => Ok(Value::Text(text.into_owned())),
    };
    result.map_err(|diagnostic| found.push(diagnostic)).ok()
}

/// `<BOOL>`: lower case only.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match text {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// Why a text is not the number wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadNumber {
    NotANumber,
    Range,
}

impl BadNumber {
    fn report(self, keyword: &Keyword, word: Word<'_>) -> Diagnostic {
        let (name, text) = (keyword.name, word.text());
        let range = range(keyword.args);
        match self {
            Self::NotANumber => {
                Diagnostic::new(&ids::BAD_NUMBER, word.span, format!("`{text}` is not a number"))
                    .help(format!("`{name}` takes {range}; the line is ignored"))
            }
            Self::Range => Diagnostic::new(
                &ids::OUT_OF_RANGE,
                word.span,
                format!("`{name}` cannot be {text}: it takes {range}"),
            )
            .help("the line is ignored"),
        }
    }
}

fn range(args: Args) -> String {
    match args {
        Args::Int { min, max: i64::MAX } => format!("a whole number of at least {min}"),
        Args::Int { min, max } => format!("a whole number from {min} to {max}"),
        Args::Timer { min_us, max_us } => format!("seconds from {} to {}", Seconds(min_us), Seconds(max_us)),
        Args::Flag
        | Args::Switch
        | Args::Word(_)
        | Args::OneOf(_)
        | Args::Address
        | Args::List(_)
        | Args::Options(_)
        | Args::Words(_)
        | Args::Unread(_)
        | Args::Block(..) => args.to_string(),
    }
}

/// A decimal integer with optional sign, between `min` and `max`.
pub(crate) fn int(text: &str, min: i64, max: i64) -> Result<i64, BadNumber> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadNumber::NotANumber);
    }
    let number = text.parse().map_err(|_| BadNumber::Range)?;
    if (min..=max).contains(&number) { Ok(number) } else { Err(BadNumber::Range) }
}

/// A `<TIMER>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timer {
    pub(crate) micros: u64,
    /// There were more than six decimals, and not only zeros.
    pub(crate) cut: bool,
}

/// Seconds with at most six decimals that count; exact, no floating point.
pub(crate) fn micros(text: &str) -> Result<Timer, BadNumber> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (text, negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + decimals.len() == 0 || !digits(whole) || !digits(decimals) {
        return Err(BadNumber::NotANumber);
    }
    let kept = decimals.get(..6).unwrap_or(decimals);
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| BadNumber::Range)? };
    let fraction: u64 = format!("{kept:0<6}").parse().map_err(|_| BadNumber::NotANumber)?;
    let micros =
        whole.checked_mul(1_000_000).and_then(|us| us.checked_add(fraction)).ok_or(BadNumber::Range)?;
    if negative && micros > 0 {
        return Err(BadNumber::Range);
    }
    let cut = decimals.get(6..).is_some_and(|rest| rest.bytes().any(|byte| byte != b'0'));
    Ok(Timer { micros, cut })
}

pub(crate) fn surplus_decimals(keyword: &Keyword, word: Word<'_>) -> Diagnostic {
    let message =
        format!("`{}` has a resolution of one microsecond; the decimals behind are cut off", keyword.name);
    Diagnostic::new(&ids::EXTRA_DECIMALS, word.span, message)
}

pub(crate) fn not_one_of(name: &str, word: Word<'_>, words: &[&'static str]) -> Diagnostic {
    let text = word.text();
    let choice = words.join(", ");
    let diagnostic = Diagnostic::new(
        &ids::BAD_WORD,
        word.span,
        format!("`{name}` cannot be `{text}`: it is one of {choice}"),
    )
    .help("the line is ignored");
    let lower = text.to_ascii_lowercase();
    match words
        .iter()
        .find(|word| **word == lower)
        .copied()
        .or_else(|| suggest::nearest(&text, words.iter().copied()))
    {
        Some(near) => diagnostic.suggest(word.span, near),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_are_exact_microseconds() {
        let us = |text| micros(text).map(|timer| timer.micros);
        assert_eq!(us("1"), Ok(1_000_000));
        assert_eq!(us("0.01"), Ok(10_000));
        assert_eq!(us("2.71828"), Ok(2_718_280));
        assert_eq!(us(".5"), Ok(500_000));
        assert_eq!(us("3."), Ok(3_000_000));
        assert_eq!(us("-0"), Ok(0));
        assert_eq!(us("-1"), Err(BadNumber::Range));
        assert_eq!(us("99999999999999999999"), Err(BadNumber::Range));
        for bad in ["", ".", "1s", "1.2.3", "1e3", "--1", "0x10"] {
            assert_eq!(us(bad), Err(BadNumber::NotANumber), "{bad}");
        }
        assert_eq!(micros("0.1234567"), Ok(Timer { micros: 123_456, cut: true }));
        assert_eq!(micros("0.1234560"), Ok(Timer { micros: 123_456, cut: false }));
    }

    #[test]
    fn integers() {
        assert_eq!(int("255", 1, 255), Ok(255));
        assert_eq!(int("-20", -20, 19), Ok(-20));
        assert_eq!(int("256", 1, 255), Err(BadNumber::Range));
        assert_eq!(int("99999999999999999999", 0, i64::MAX), Err(BadNumber::Range));
        for bad in ["", "-", "1.5", "a", "1a"] {
            assert_eq!(int(bad, 0, 9), Err(BadNumber::NotANumber), "{bad}");
        }
    }
}
