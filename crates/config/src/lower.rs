//! Document to [`Model`]: what the daemon acts on, of blocks that the document reads ([`Keyword::from_document`]). What is
//! wrong in them has been reported: a line that cannot be used is not in the document, a name that nothing defines is
//! found by [`crate::rules`]. Here it is left out.

mod dumps;
mod garp;
mod hmac;
mod identity;
mod process;
mod programs;
mod reloading;
mod roaming;
mod tracking;
mod unicast;
mod vmac;

use crate::Options;
use crate::diagnostics::Diagnostic;
use crate::document::{Document, Section, Settings, Value};
use crate::index::Index;
use crate::model::{Model, SyncGroup};

/// Completes the model.
pub(crate) fn complete(
    model: &mut Model,
    document: &Document,
    options: &Options<'_>,
    found: &mut Vec<Diagnostic>,
) {
    hmac::complete(model, document, options, found);
    unicast::complete(model, document, found);
    roaming::complete(model, document, found);
    unicast::drop_overlapping(model, document, found);
    vmac::complete(model, document, found);
    tracking::complete(model, document);
    programs::complete(model, document);
    dumps::complete(model, document);
    garp::complete(model, document);
    identity::complete(model, document);
    process::complete(model, document);
    reloading::complete(model, document);
}

/// Finds the section of each instance, or group, of the model. Those that are usable stand there in the order of the file,
/// as all do here.
struct Sections<'d>(std::slice::Iter<'d, Section>);

impl<'d> Sections<'d> {
    fn new(sections: &'d [Section]) -> Self {
        Self(sections.iter())
    }

    /// The next one of this name.
    fn next(&mut self, name: &str) -> Option<&'d Section> {
        let mut ahead = self.0.clone();
        let found = ahead.find(|section| section.name.value == name)?;
        self.0 = ahead;
        Some(found)
    }
}

/// Which sync group an instance is in, by its name: the place of the group among all.
fn groups_of_members(groups: &[SyncGroup]) -> Index<&str, usize> {
    let members = groups.iter().enumerate();
    members.flat_map(|(at, group)| group.members.iter().map(move |name| (name.as_str(), at))).collect()
}

/// The words of all lines of a block of entries with one list each: the members of a group, for instance.
fn words<'d>(settings: &'d Settings, block: &'d str, option: &'d str) -> impl Iterator<Item = &'d str> {
    lines(settings, block).filter_map(move |line| line.get(option)).flat_map(|setting| texts(&setting.value))
}

/// The lines of all blocks of this name.
fn lines<'d>(settings: &'d Settings, block: &'d str) -> impl Iterator<Item = &'d Settings> {
    settings.all(block).flat_map(|setting| setting.value.lines()).map(|line| &line.value)
}

/// Whether a flag is given, or a switch on.
fn is_on(settings: &Settings, name: &str) -> bool {
    switch(settings, name).unwrap_or(false)
}

/// A switch, if it is given.
fn switch(settings: &Settings, name: &str) -> Option<bool> {
    if let Value::Switch(on) = settings.get(name)?.value { Some(on) } else { None }
}

/// The values behind a keyword: those of its list, or its only one.
fn values<'d>(settings: &'d Settings, name: &str) -> &'d [Value] {
    settings.get(name).map_or(&[], |setting| setting.value.list())
}

/// The first text behind a keyword.
fn first_text<'d>(settings: &'d Settings, name: &str) -> Option<&'d str> {
    values(settings, name).iter().find_map(|value| texts(value).next())
}

/// Every text in a value.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .list()
        .iter()
        .filter_map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None })
}
