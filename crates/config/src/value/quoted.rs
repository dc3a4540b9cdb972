//! Words with quotes and escapes, as they are in commands (keepalived.conf(5), "Quoted strings"; keepalived 2.2.7 beside).

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

/// What a word of a command line means: quotes of both kinds are gone, escapes are what they stand for. Quotes and
/// backslashes that are left separate the arguments ([`super::form`]). Fails with what is wrong with the word.
pub(crate) fn decode(raw: &str) -> Result<Cow<'_, str>, String> {
    let plain = |text: &str| !text.contains(['"', '\'', '\\']);
    let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
    if plain(inner) {
        return Ok(Cow::Borrowed(inner));
    }
    let (mut bytes, mut quote) = (Vec::with_capacity(raw.len()), None);
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => escape(&mut letters, &mut bytes),
            _ if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            _ => push(letter, &mut bytes),
        }
    }
    if bytes.contains(&0) {
        return Err("has an escape that stands for a NUL byte".to_owned());
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| "has escapes that do not come to UTF-8".to_owned())
}

/// What is behind a backslash.
fn escape(letters: &mut Peekable<Chars<'_>>, bytes: &mut Vec<u8>) {
    let Some(letter) = letters.next() else { return bytes.push(b'\\') };
    match letter {
        'a' => bytes.push(0x07),
        'b' => bytes.push(0x08),
        'E' => bytes.push(0x1b),
        'f' => bytes.push(0x0c),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(0x0b),
        'c' => {
            if let Some(control) = letters.next_if(char::is_ascii) {
                bytes.push(control as u8 & 0x1f);
            }
        }
        // The last two digits count, as with keepalived.
        'x' => bytes.push(digits(letters, 16, usize::MAX, 0)),
        '0'..='7' => bytes.push(digits(letters, 8, 2, letter.to_digit(8).unwrap_or(0) as u8)),
        other => push(other, bytes),
    }
}

/// The number in at most so many digits more; only its last eight bits.
fn digits(letters: &mut Peekable<Chars<'_>>, radix: u32, most: usize, first: u8) -> u8 {
    let mut number = first;
    for _ in 0..most {
        let Some(digit) = letters.next_if(|letter| letter.is_digit(radix)) else { break };
        number = number.wrapping_mul(radix as u8).wrapping_add(digit.to_digit(radix).unwrap_or(0) as u8);
    }
    number
}

fn push(letter: char, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arguments that keepalived 2.2.7 gave to a program, by experiment.
    #[test]
    fn commands_come_to_the_arguments_of_keepalived() {
        for (raw, arguments) in [
            (r#""/x \x41 \101 '\x42 c' \cA d\ e \e \q""#, "x|A|A|B c|\u{1}|d|e|e|q"),
            (r#""/x \"a b\" c""#, "x|a b|c"),
            ("'/x a b'", "x|a|b"),
            (r#""/x 'x \x41y' \\ \# z""#, "x|x Ay| #|z"),
            (r#""/x"" a""#, "x|a"),
            (r#"/x" a""#, "x|a"),
            (r#"/x' s "a b"'"#, "x|s|a b"),
            (r#""/x \"x # y\" z""#, "x|x # y|z"),
            (r#""/x \x4142 \x4g""#, "x|B|\u{4}g"),
            (r#""/x é \n.""#, "x|é|."),
        ] {
            let decoded = decode(raw).unwrap();
            let words = super::super::form::command(&decoded).unwrap();
            assert_eq!(words.join("|").trim_start_matches('/'), arguments, "{raw}");
        }
        for wrong in [r#""/x \0""#, r#""/x \400""#, r#""/x \xe9""#] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
        assert_eq!(decode(r"\a\b\E\f\n\r\t\v\0617\c").unwrap(), "\x07\x08\x1b\x0c\n\r\t\x0b17");
    }
}
