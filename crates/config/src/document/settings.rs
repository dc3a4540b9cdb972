//! The statements of one block, each with its typed value.

use std::net::IpAddr;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::keywords::Keyword;
use crate::source::Span;

/// The statements of a block, or the options of one line, in the order of the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(Vec<Setting>);

/// One statement.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The record of its keyword; of the modern one if it was written in an old spelling.
    pub keyword: &'static Keyword,
    /// What it is set to.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.keyword.is(other.keyword) && self.value == other.value && self.span == other.span
    }
}

/// What a keyword is set to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A flag, or a switch that is on or off.
    Switch(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that can be too large for the other kind.
    Unsigned(u64),
    /// A time; written out in seconds.
    Time(#[serde(serialize_with = "seconds")] Duration),
    /// A word without its quotes.
    Text(String),
    /// An address.
    Address(IpAddr),
    /// A command and its arguments.
    Command(Vec<String>),
    /// Several words, each of its own kind.
    List(Vec<Value>),
    /// Options on the same line, or the statements of a block.
    Block(Settings),
    /// The lines of a block of entries.
    Entries(Vec<super::Spanned<Settings>>),
}

impl Value {
    /// The lines of a block of entries; nothing for every other value.
    pub(crate) fn lines(&self) -> &[super::Spanned<Settings>] {
        if let Self::Entries(lines) = self { lines } else { &[] }
    }

    /// The values of a list; itself, if it is a single value.
    pub(crate) fn list(&self) -> &[Self] {
        if let Self::List(values) = self { values } else { std::slice::from_ref(self) }
    }
}

impl Settings {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(crate) fn extend(&mut self, settings: impl IntoIterator<Item = Setting>) {
        self.0.extend(settings);
    }

    pub(crate) fn push(&mut self, setting: Setting) {
        self.0.push(setting);
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All statements.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }

    /// The last statement of a keyword: with keepalived, the last one counts for most.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.iter().rev().find(|setting| setting.keyword.name == name)
    }

    /// All statements of a keyword.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Setting> {
        self.0.iter().filter(move |setting| setting.keyword.name == name)
    }
}

impl IntoIterator for Settings {
    type Item = Setting;
    type IntoIter = std::vec::IntoIter<Setting>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Settings {
    /// A map from keywords to values; what may be repeated is a list.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (index, Setting { keyword, value, .. }) in self.0.iter().enumerate() {
            let name = keyword.name.trim_matches(['(', ')']);
            let same = |other: &&Setting| other.keyword.is(keyword);
            if keyword.repeats {
                if !self.0.iter().take(index).any(|other| same(&other)) {
                    let values = self.0.iter().filter(same).map(|setting| &setting.value);
                    map.serialize_entry(name, &values.collect::<Vec<_>>())?;
                }
            } else if !self.0.iter().skip(index + 1).any(|other| same(&other)) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
