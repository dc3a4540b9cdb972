//! The pace of announcements on groups of interfaces, and announcements that keep switches from forgetting.

use std::time::Duration;

use super::{Sections, lines, texts, values};
use crate::document::{Document, Section, Settings, Value};
use crate::model::{GarpGroup, Model};

pub(super) fn complete(model: &mut Model, document: &Document) {
    let mut sections = Sections::new(&document.instances);
    for instance in &mut model.instances {
        let own = sections.next(&instance.name).and_then(|own| extra(&own.settings, "garp_extra_if"));
        if let Some((every, all)) = own.or_else(|| extra(&document.global, "vrrp_garp_extra_if")) {
            (instance.garp.extra_every, instance.garp.extra_on_all) = (every, all);
        }
    }
    let global =
        [interval(&document.global, "vrrp_garp_interval"), interval(&document.global, "vrrp_gna_interval")];
    model.garp_groups = document.garp_groups.iter().filter_map(|section| group(section, global)).collect();
}

/// `[all] SECONDS`
fn extra(settings: &Settings, name: &str) -> Option<(Duration, bool)> {
    let words = values(settings, name);
    let secs = words
        .iter()
        .find_map(|word| if let Value::Int(secs) = word { u64::try_from(*secs).ok() } else { None })?;
    Some((Duration::from_secs(secs), words.iter().flat_map(texts).any(|word| word == "all")))
}

/// A group without an interval has no effect, and nor has one without interfaces.
fn group(section: &Section, global: [Option<Duration>; 2]) -> Option<GarpGroup> {
    let settings = &section.settings;
    let own = [interval(settings, "garp_interval"), interval(settings, "gna_interval")];
    let one = values(settings, "interface").iter().flat_map(texts);
    let several = lines(settings, "interfaces").flat_map(Settings::iter).flat_map(|word| texts(&word.value));
    let interfaces: Vec<String> = one.chain(several).map(str::to_owned).collect();
    if own == [None, None] || interfaces.is_empty() {
        return None;
    }
    let [arp_interval, na_interval] =
        [0, 1].map(|kind: usize| own[kind].or(global[kind]).unwrap_or_default());
    Some(GarpGroup { interfaces, arp_interval, na_interval })
}

fn interval(settings: &Settings, name: &str) -> Option<Duration> {
    if let Value::Time(time) = settings.get(name)?.value { Some(time) } else { None }
}
