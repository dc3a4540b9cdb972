//! What a single word behind a keyword may be.

use std::fmt;

use types::Family;

use super::Seconds;

/// One word of several behind a keyword, or several of the same kind.
#[derive(Debug, Clone, Copy)]
pub struct Arg {
    /// What it is.
    pub form: Form,
    /// How often it stands there.
    pub count: Count,
}

/// How often a word stands behind a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly once.
    One,
    /// Once or not at all.
    Optional,
    /// Once or several times.
    Many,
    /// Any number of times.
    Any,
}

/// What a word may be.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Anything; the text names it.
    Word(&'static str),
    /// Anything of at most so many bytes.
    Name(&'static str, usize),
    /// A decimal number.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A number, decimal or as in C (0x10, 010).
    Unsigned {
        /// Largest.
        max: u64,
    },
    /// Such a number, or a name that begins with a letter.
    NumberOr {
        /// What the name is.
        name: &'static str,
        /// Largest number.
        max: u64,
    },
    /// Such a number, or one of these words.
    NumberOrWord {
        /// The words.
        words: &'static [&'static str],
        /// Largest number.
        max: u64,
    },
    /// Seconds with decimals; bounds in microseconds.
    Timer {
        /// Smallest, in microseconds.
        min_us: u64,
        /// Largest, in microseconds.
        max_us: u64,
    },
    /// Milliseconds with up to three decimals; bounds in milliseconds.
    Millis {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// A number in the kernel's unit, or a time with `ms` or `s` behind it (ip-route(8)).
    Time,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Some of these words with `|` between them, or a number in octal.
    Bits(&'static [&'static str]),
    /// An address, of one family if it says so.
    Address(Option<Family>),
    /// An address of this family, or one of these words.
    AddressOrWord(Family, &'static [&'static str]),
    /// An address of a multicast group, of one family if it says so.
    Group(Option<Family>),
    /// `ADDRESS[/PREFIX]`, or one of these words.
    Prefix(&'static [&'static str]),
    /// `NUMBER-NUMBER` or `NUMBER/NUMBER`.
    Pair {
        /// What stands between.
        separator: char,
        /// Largest number.
        max: u64,
        /// Whether the second number may be missing.
        single: bool,
    },
    /// `REALM[/REALM]`: numbers up to 65535 or names.
    Realms,
    /// MPLS labels with slashes between them.
    Labels,
    /// An address, with `%` and the name of an interface behind it if wanted.
    Neighbor,
    /// The MAC address of a virtual router: five or six octets with colons; the sixth is the VRID.
    Mac,
    /// A path from the root of the file system.
    Path,
    /// What becomes part of the name of a file; the text names it.
    FileName(&'static str),
    /// A program, quoted together with its arguments if it has any.
    Command,
    /// A key of 32 to 64 bytes: text, `hex:DIGITS`, or `file:PATH`.
    Secret,
}

impl Form {
    /// Exactly once.
    pub(super) const fn one(self) -> Arg {
        Arg { form: self, count: Count::One }
    }

    /// Once or not at all.
    pub(super) const fn optional(self) -> Arg {
        Arg { form: self, count: Count::Optional }
    }

    /// Once or several times.
    pub(super) const fn many(self) -> Arg {
        Arg { form: self, count: Count::Many }
    }

    /// Any number of times.
    pub(super) const fn any(self) -> Arg {
        Arg { form: self, count: Count::Any }
    }
}

impl fmt::Display for Arg {
    /// As the manual writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.form;
        match self.count {
            Count::One => write!(f, "{form}"),
            Count::Optional => write!(f, "[{form}]"),
            Count::Many => write!(f, "{form} …"),
            Count::Any => write!(f, "[{form} …]"),
        }
    }
}

impl fmt::Display for Form {
    /// As the manual writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(what) | Self::Name(what, _) | Self::FileName(what) => f.write_str(what),
            Self::Int { min, max: i64::MAX } => write!(f, "NUMBER (at least {min})"),
            Self::Int { min, max } => write!(f, "NUMBER ({min} to {max})"),
            Self::Unsigned { max } => write!(f, "NUMBER (0 to {max})"),
            Self::NumberOr { name, max } => write!(f, "{name}|NUMBER (0 to {max})"),
            Self::NumberOrWord { words, max } => write!(f, "{}|NUMBER (0 to {max})", words.join("|")),
            Self::Timer { min_us, max_us } => {
                write!(f, "SECONDS ({} to {})", Seconds(*min_us), Seconds(*max_us))
            }
            Self::Millis { min, max } => write!(f, "MILLISECONDS ({min} to {max})"),
            Self::Time => f.write_str("TIME[ms|s]"),
            Self::OneOf(words) => f.write_str(&words.join("|")),
            Self::Bits(words) => write!(f, "OCTAL-NUMBER or some of {} with | between", words.join(", ")),
            Self::Address(None) => f.write_str("ADDRESS"),
            Self::Address(Some(family)) => write!(f, "{family}-ADDRESS"),
            Self::AddressOrWord(family, words) => write!(f, "{family}-ADDRESS|{}", words.join("|")),
            Self::Group(None) => f.write_str("MULTICAST-ADDRESS"),
            Self::Group(Some(family)) => write!(f, "{family}-MULTICAST-ADDRESS"),
            Self::Prefix(words) => {
                f.write_str("ADDRESS[/PREFIX]")?;
                words.iter().try_for_each(|word| write!(f, "|{word}"))
            }
            Self::Pair { separator, single: true, .. } => write!(f, "NUMBER[{separator}NUMBER]"),
            Self::Pair { separator, single: false, .. } => write!(f, "NUMBER{separator}NUMBER"),
            Self::Realms => f.write_str("REALM[/REALM]"),
            Self::Labels => f.write_str("LABEL[/LABEL …]"),
            Self::Neighbor => f.write_str("ADDRESS[%INTERFACE]"),
            Self::Mac => f.write_str("MAC-ADDRESS"),
            Self::Path => f.write_str("PATH"),
            Self::Command => f.write_str("COMMAND"),
            Self::Secret => f.write_str("TEXT|hex:DIGITS|file:PATH"),
        }
    }
}
