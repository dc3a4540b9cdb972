//! What checkers compare answers with.

use std::fmt;

use serde::{Serialize, Serializer};

/// The status codes that are a success; none: 200 to 299 when nothing else is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StatusCodes(
    /// The first and the last of each range.
    pub Box<[(u16, u16)]>,
);

impl StatusCodes {
    /// `CODE` or `CODE-CODE`, 100 to 599.
    pub(super) fn range(text: &str) -> Option<(u16, u16)> {
        let code = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|code| digits && (100..=599).contains(code))
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (code(first)?, code(last)?);
        (first <= last).then_some((first, last))
    }
}

/// The MD5 digest of a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(
    /// Its bytes.
    pub [u8; 16],
);

impl Digest {
    /// 32 hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digest = u128::from_str_radix(text, 16).ok().filter(|_| digits && text.len() == 32)?;
        Some(Self(digest.to_be_bytes()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Bytes, some halves of which may be anything.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pattern(
    /// Each byte, and a mask of the bits of it that count.
    pub Box<[(u8, u8)]>,
);

impl Pattern {
    /// Hexadecimal digits in pairs; a digit that is alone before a blank is a byte, and `X` is any digit
    /// (keepalived.conf(5), UDP_CHECK).
    pub(super) fn parse(words: &str) -> Option<Self> {
        let half = |digit: u8| match digit {
            b'x' | b'X' => Some((0, 0)),
            _ => Some((u8::try_from(char::from(digit).to_digit(16)?).ok()?, 0xf)),
        };
        let mut bytes = Vec::new();
        for word in words.split_ascii_whitespace() {
            for pair in word.as_bytes().chunks(2) {
                bytes.push(match *pair {
                    [high, low] => {
                        let ((high, high_mask), (low, low_mask)) = (half(high)?, half(low)?);
                        (high << 4 | low, high_mask << 4 | low_mask)
                    }
                    [low] => half(low).map(|(low, mask)| (low, 0xf0 | mask))?,
                    _ => return None,
                });
            }
        }
        Some(Self(bytes.into()))
    }

    /// Whether every bit counts.
    pub fn is_exact(&self) -> bool {
        self.0.iter().all(|(_, mask)| *mask == 0xff)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut half =
            |digit: u8, counts: bool| if counts { write!(f, "{digit:X}") } else { f.write_str("X") };
        for (byte, mask) in &self.0 {
            half(byte >> 4, mask & 0xf0 != 0)?;
            half(byte & 0xf, mask & 0xf != 0)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of keepalived.conf(5).
    #[test]
    fn hexadecimal_in_free_format() {
        let shown = |text| Pattern::parse(text).map(|pattern| pattern.to_string());
        assert_eq!(shown("Ab12f 3 456 546443123").as_deref(), Some("AB120F0345065464431203"));
        assert_eq!(shown("aX x1 X").as_deref(), Some("AXX10X"));
        assert_eq!(shown("").as_deref(), Some(""));
        for bad in ["zz", "0x1g", "-1", "ü"] {
            assert_eq!(shown(bad), None, "{bad}");
        }
        assert_eq!(Pattern::parse("1X").map(|pattern| pattern.0), Some([(0x10, 0xf0)].into()));
        assert_eq!(Pattern::parse("12").map(|pattern| pattern.is_exact()), Some(true));
        assert_eq!(Pattern::parse("1X").map(|pattern| pattern.is_exact()), Some(false));
    }

    #[test]
    fn digests_have_32_digits() {
        let text = "9b3a0c85a887a256d6939da88aabd8cd";
        assert_eq!(Digest::parse(text).map(|digest| digest.to_string()).as_deref(), Some(text));
        assert_eq!(Digest::parse(text).map(|digest| digest.0[0]), Some(0x9b));
        for bad in ["9b3", "+b3a0c85a887a256d6939da88aabd8cd", "zb3a0c85a887a256d6939da88aabd8cd", ""] {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn status_codes() {
        assert_eq!(StatusCodes::range("200"), Some((200, 200)));
        assert_eq!(StatusCodes::range("100-599"), Some((100, 599)));
        for bad in ["99", "600", "299-200", "200-", "-200", "x", "+200", "200-299-300"] {
            assert_eq!(StatusCodes::range(bad), None, "{bad}");
        }
    }
}
