//! One word to a value, as its form says.

use std::net::IpAddr;
use std::time::Duration;

use types::{Cidr, Family};

use super::{int, micros};
use crate::document::Value;
use crate::keywords::Form;

/// What the word says, or why it says nothing, as the end of "`word` …".
pub(crate) fn read(form: Form, text: &str) -> Result<Value, String> {
    let wrong = || Err(format!("is not {}", what(form)));
    let one_of = |value: Option<Value>| value.map_or_else(wrong, Ok);
    match form {
        Form::Word(_) => Ok(Value::Text(text.to_owned())),
        Form::Name(_, max) if (1..=max).contains(&text.len()) => Ok(Value::Text(text.to_owned())),
        Form::Name(_, max) => Err(format!("has {} bytes, of which 1 to {max} are possible", text.len())),
        Form::Int { min, max } => one_of(int(text, min, max).ok().map(Value::Int)),
        Form::Unsigned { max } => one_of(unsigned(text, max).map(Value::Unsigned)),
        Form::NumberOr { max, .. } => one_of(number_or_name(text, max)),
        Form::NumberOrWord { words, max } => {
            let word = words.contains(&text).then(|| Value::Text(text.to_owned()));
            one_of(word.or_else(|| unsigned(text, max).map(Value::Unsigned)))
        }
        Form::Timer { min_us, max_us } => one_of(timer(text, min_us, max_us)),
        Form::Millis { min, max } => one_of(millis(text, min, max)),
        Form::Time => one_of(time(text)),
        Form::OneOf(words) => one_of(words.contains(&text).then(|| Value::Text(text.to_owned()))),
        Form::Bits(words) => one_of(bits(text, words).then(|| Value::Text(text.to_owned()))),
        Form::Address(family) => one_of(address(text, family).map(Value::Address)),
        Form::AddressOrWord(family, words) => {
            let word = words.contains(&text).then(|| Value::Text(text.to_owned()));
            one_of(word.or_else(|| address(text, Some(family)).map(Value::Address)))
        }
        Form::Group(family) => one_of(address(text, family).filter(IpAddr::is_multicast).map(Value::Address)),
        Form::Prefix(words) => {
            one_of((words.contains(&text) || prefix(text)).then(|| Value::Text(text.to_owned())))
        }
        Form::Pair { separator, max, single } => {
            one_of(pair(text, separator, max, single).then(|| Value::Text(text.to_owned())))
        }
        Form::Realms => one_of(realms(text).then(|| Value::Text(text.to_owned()))),
        Form::Labels => one_of(labels(text).then(|| Value::Text(text.to_owned()))),
        Form::Neighbor => one_of(neighbor(text).then(|| Value::Text(text.to_owned()))),
        Form::Mac => one_of(mac(text).then(|| Value::Text(text.to_owned()))),
        Form::FileName(_) => one_of(is_file_name(text).then(|| Value::Text(text.to_owned()))),
        Form::Path => one_of((text.starts_with('/')).then(|| Value::Text(text.to_owned()))),
        Form::Command => command(text).map(Value::Command),
        Form::Secret => secret(text).map(|()| Value::Text(text.to_owned())),
    }
}

/// Whether an optional word of this form is meant. Only words that cannot be mistaken for something else.
pub(crate) fn fits(form: Form, text: &str) -> bool {
    read(form, text).is_ok()
}

/// What would be right.
pub(crate) fn what(form: Form) -> String {
    match form {
        Form::Int { min, max: i64::MAX } => format!("a whole number of at least {min}"),
        Form::Int { min, max } => format!("a whole number from {min} to {max}"),
        Form::Unsigned { max } => format!("a whole number from 0 to {max}"),
        Form::NumberOr { name, max } => {
            format!("the name of a {}, nor a number from 0 to {max}", name.to_lowercase())
        }
        Form::NumberOrWord { words, max } => {
            format!("one of {}, nor a number from 0 to {max}", words.join(", "))
        }
        Form::Timer { .. } => {
            form.to_string().replacen("SECONDS (", "a time in seconds from ", 1).replace(')', "")
        }
        Form::Millis { min, max } => format!("a time in milliseconds from {min} to {max}"),
        Form::Time => "a time, such as 200, 200ms or 2s".to_owned(),
        Form::OneOf([word]) => format!("`{word}`"),
        Form::OneOf(words) => format!("one of {}", words.join(", ")),
        Form::Bits(words) => {
            format!("an octal number, nor some of {} with `|` between them", words.join(", "))
        }
        Form::Address(None) => "an IPv4 or IPv6 address".to_owned(),
        Form::Address(Some(family)) => format!("an {family} address"),
        Form::AddressOrWord(family, words) => format!("an {family} address, nor `{}`", words.join("` or `")),
        Form::Group(None) => "a multicast address".to_owned(),
        Form::Group(Some(family)) => format!("an {family} multicast address"),
        Form::Prefix([]) => "an address with or without prefix length".to_owned(),
        Form::Prefix(words) => {
            format!("an address with or without prefix length, nor `{}`", words.join("`, `"))
        }
        Form::Pair { separator, max, single } => {
            let both = format!("two numbers up to {max} with `{separator}` between them");
            if single { format!("a number up to {max}, nor {both}") } else { both }
        }
        Form::Realms => "a realm, nor two with `/` between them (numbers up to 65535, or names)".to_owned(),
        Form::Labels => "a list of MPLS labels (numbers up to 1048575) with `/` between them".to_owned(),
        Form::Neighbor => "an IPv4 or IPv6 address, nor an address with `%INTERFACE` behind it".to_owned(),
        Form::Mac => "a MAC address of five or six octets, such as 02:00:5e:00:01".to_owned(),
        Form::FileName(_) => "a name that a file can have: no `/`, at most 200 bytes".to_owned(),
        Form::Path => "a path that begins with `/`".to_owned(),
        Form::Word(_) | Form::Name(..) | Form::Command | Form::Secret => form.to_string(),
    }
}

fn neighbor(text: &str) -> bool {
    let (address, interface) = text.split_once('%').unwrap_or((text, "-"));
    address.parse::<IpAddr>().is_ok() && (1..=15).contains(&interface.len())
}

/// As strtoul(3) with base 0.
fn unsigned(text: &str, max: u64) -> Option<u64> {
    let digits = |text: &str, radix| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| u64::from_str_radix(text, radix).ok()).flatten()
    };
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => digits(hex, 16),
        None if text.len() > 1 && text.starts_with('0') => digits(text, 8),
        None => digits(text, 10),
    };
    number.filter(|number| *number <= max)
}

fn number_or_name(text: &str, max: u64) -> Option<Value> {
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Some(Value::Text(text.to_owned()));
    }
    unsigned(text, max).map(Value::Unsigned)
}

fn timer(text: &str, min_us: u64, max_us: u64) -> Option<Value> {
    let timer = micros(text).ok().filter(|timer| (min_us..=max_us).contains(&timer.micros))?;
    Some(Value::Time(Duration::from_micros(timer.micros)))
}

fn millis(text: &str, min: u64, max: u64) -> Option<Value> {
    let nanos = micros(text).ok()?.micros;
    let range = min.saturating_mul(1_000_000)..=max.saturating_mul(1_000_000);
    range.contains(&nanos).then(|| Value::Time(Duration::from_nanos(nanos)))
}

/// Times of the routing options: a bare number is in the unit of the kernel.
fn time(text: &str) -> Option<Value> {
    let (number, divisor) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1_000),
        (None, Some(number)) => (number, 1),
        (None, None) => return unsigned(text, u32::MAX.into()).map(Value::Unsigned),
    };
    let micros = micros(number).ok()?.micros;
    Some(Value::Time(Duration::from_micros(micros / divisor)))
}

fn bits(text: &str, words: &[&str]) -> bool {
    let octal = u32::from_str_radix(text, 8).is_ok_and(|mask| mask <= 0o777);
    octal || text.split('|').all(|bit| bit.is_empty() || words.contains(&bit))
}

fn address(text: &str, family: Option<Family>) -> Option<IpAddr> {
    let address = text.parse().ok()?;
    (family.is_none() || family == Some(Family::of(address))).then_some(address)
}

fn prefix(text: &str) -> bool {
    text.parse::<Cidr>().is_ok()
}

fn pair(text: &str, separator: char, max: u64, single: bool) -> bool {
    match text.split_once(separator) {
        Some((first, second)) => unsigned(first, max).is_some() && unsigned(second, max).is_some(),
        None => single && unsigned(text, max).is_some(),
    }
}

fn realms(text: &str) -> bool {
    let realm = |text: &str| number_or_name(text, 65_535).is_some();
    match text.split_once('/') {
        Some((source, destination)) => realm(source) && realm(destination),
        None => realm(text),
    }
}

fn labels(text: &str) -> bool {
    text.split('/').all(|label| unsigned(label, 0xf_ffff).is_some())
}

fn mac(text: &str) -> bool {
    let octet = |octet: &str| (1..=2).contains(&octet.len()) && u8::from_str_radix(octet, 16).is_ok();
    matches!(text.split(':').count(), 5 | 6) && text.split(':').all(octet)
}

/// The words of a command: separated by blanks, with quotes of both kinds and backslashes to keep blanks.
pub(crate) fn command(text: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (blank, None) if blank.is_whitespace() => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', _) => match letters.next() {
                Some(escaped) => word.get_or_insert_default().push(escaped),
                // As keepalived: nothing follows that it could protect.
                None => word.get_or_insert_default().push('\\'),
            },
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    if let Some(open) = quote {
        return Err(format!("has a quote {open} that is not closed"));
    }
    words.extend(word);
    if words.is_empty() { Err("names no command".to_owned()) } else { Ok(words) }
}

/// Key material of 32 to 64 bytes.
fn secret(text: &str) -> Result<(), String> {
    if let Some(path) = text.strip_prefix("file:") {
        return if path.starts_with('/') { Ok(()) } else { Err("names no file with a full path".to_owned()) };
    }
    let len = match text.strip_prefix("hex:") {
        Some(digits) if digits.len() % 2 == 0 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            digits.len() / 2
        }
        Some(_) => return Err("has something else than pairs of hexadecimal digits behind `hex:`".to_owned()),
        None => text.len(),
    };
    if (32..=64).contains(&len) {
        Ok(())
    } else {
        Err(format!("is a key of {len} bytes; it must have 32 to 64"))
    }
}

/// File names have at most 255 bytes, and something stands beside this one.
fn is_file_name(text: &str) -> bool {
    (1..=200).contains(&text.len()) && !text.contains('/') && !matches!(text, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_keep_quoted_blanks() {
        let words = |text| command(text).unwrap_or_default();
        assert_eq!(words("/bin/x"), ["/bin/x"]);
        assert_eq!(words("/bin/x 'a b'  c"), ["/bin/x", "a b", "c"]);
        assert_eq!(words(r#"/bin/a\ b "" 'c"d'"#), ["/bin/a b", "", "c\"d"]);
        assert!(command("/bin/x 'a").is_err() && command("  ").is_err());
    }

    #[test]
    fn times_of_routes_are_numbers_of_the_kernel_unless_they_say_so() {
        let millis = |text| match time(text) {
            Some(Value::Time(time)) => Some(time.as_millis()),
            _ => None,
        };
        assert_eq!([millis("200ms"), millis("2s"), millis("0.5s")], [Some(200), Some(2000), Some(500)]);
        assert_eq!(time("200"), Some(Value::Unsigned(200)));
        assert_eq!(millis("2h"), None);
    }

    #[test]
    fn numbers_may_be_written_as_in_c() {
        assert_eq!(
            [unsigned("0x10", 99), unsigned("010", 99), unsigned("10", 99)],
            [Some(16), Some(8), Some(10)]
        );
        for bad in ["", "0x", "-1", "+1", "08", "100", "1 "] {
            assert_eq!(unsigned(bad, 99), None, "{bad}");
        }
    }

    #[test]
    fn pairs_realms_macs_and_keys() {
        assert!(pair("80-90", '-', 65_535, true) && pair("80", '-', 65_535, true));
        assert!(!pair("80", '-', 65_535, false) && !pair("80-70000", '-', 65_535, true));
        assert!(realms("PQA/0x14") && realms("12") && !realms("70000") && !realms("1/"));
        assert!(
            mac("02:00:5e:00:01")
                && mac("02:00:5e:00:01:7f")
                && !mac("02:00:5e:00")
                && !mac("02:00:5e:00:1ff")
        );
        assert!(secret(&"k".repeat(32)).is_ok() && secret(&"k".repeat(31)).is_err());
        assert!(secret(&format!("hex:{}", "0f".repeat(64))).is_ok() && secret("hex:0g").is_err());
        assert!(secret("file:/etc/key").is_ok() && secret("file:key").is_err());
    }
}
