//! Every kind of finding, once: stable id, severity, title, explanation.

macro_rules! ids {
    ($($name:ident $code:literal $severity:ident $title:literal $explanation:literal
       $(remedy $remedy:literal)? $(example $example:literal)?;)*) => {
        $(pub(crate) static $name: Id = Id {
            code: $code,
            severity: Severity::$severity,
            title: $title,
            explanation: $explanation,
            remedy: concat!($($remedy)?),
            example: ids!(@example $($example)?),
        };)*

        /// In the order of the codes.
        pub(super) static ALL: &[&Id] = &[$(&$name),*];
    };
    (@example) => { b"" };
    (@example $example:literal) => { $example };
}

mod balancing;
mod bfd;
mod global;
mod host;
mod instances;
mod nodes;
mod rules;
mod structure;
mod support;
mod text;
mod values;

use std::fmt;

use super::Severity;
pub(crate) use balancing::*;
pub(crate) use bfd::*;
pub(crate) use global::*;
pub(crate) use host::*;
pub(crate) use instances::*;
pub(crate) use nodes::*;
pub(crate) use rules::*;
pub(crate) use structure::*;
pub(crate) use support::*;
pub(crate) use text::*;
pub(crate) use values::*;

/// A kind of finding. Ids are never reused for something else.
#[derive(Debug, PartialEq, Eq)]
pub struct Id {
    /// `V0101`.
    pub code: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// A few words.
    pub title: &'static str,
    /// What is wrong and why it matters.
    pub explanation: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// A configuration that has this finding; bytes, because some findings are about bytes that are not text.
    pub example: &'static [u8],
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// Every id, in the order of the codes.
pub fn ids() -> impl Iterator<Item = &'static Id> {
    FAMILIES.iter().copied().flatten().copied()
}

/// The id with this code.
pub fn find_id(code: &str) -> Option<&'static Id> {
    ids().find(|id| id.code.eq_ignore_ascii_case(code))
}

/// The families, in the order of their numbers.
static FAMILIES: [&[&Id]; 11] = [
    text::ALL,
    structure::ALL,
    values::ALL,
    support::ALL,
    instances::ALL,
    global::ALL,
    rules::ALL,
    nodes::ALL,
    host::ALL,
    balancing::ALL,
    bfd::ALL,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_well_formed() {
        for (id, next) in ids().zip(ids().skip(1)) {
            assert!(id.code < next.code, "{id} before {next}");
        }
        for id in ids() {
            assert!(id.code.len() == 5 && id.code.starts_with('V'), "{id}");
            assert!(!id.title.is_empty() && id.explanation.ends_with('.'), "{id}");
        }
    }

    #[test]
    fn an_id_is_found_by_its_code() {
        assert_eq!(find_id("v0101").map(|id| id.title), Some("unknown keyword"));
        assert_eq!(find_id("V9999"), None);
    }

    /// What no single small file can show: it takes gigabytes or long lines, several files, or a machine.
    fn takes_more_than_a_file(id: &Id) -> bool {
        let size = ["V0001", "V0007", "V0008", "V0009", "V0017", "V0107", "V0411", "V0610"];
        let files = ["V0010", "V0011", "V0012"];
        size.contains(&id.code) || files.contains(&id.code) || id.code >= "V0700"
    }

    #[test]
    fn every_id_says_what_to_do() {
        for id in ids() {
            assert!(id.remedy.ends_with('.'), "{id}");
        }
    }

    #[test]
    fn every_example_has_the_finding_that_it_is_an_example_of() {
        for id in ids() {
            if id.example.is_empty() {
                assert!(takes_more_than_a_file(id), "{id} has no example");
                continue;
            }
            let loaded = crate::load("example.conf", id.example, &crate::Options::default());
            let advice = crate::rules::file(&loaded);
            let found: Vec<_> = loaded.diagnostics.iter().chain(&advice).map(|d| d.id.code).collect();
            assert!(found.contains(&id.code), "{id}: {found:?}");
        }
    }
}
