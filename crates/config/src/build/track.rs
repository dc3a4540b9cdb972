//! Entries of `track_interface`: `IFNAME [weight NUMBER [reverse]]`.

use std::collections::BTreeMap;

use crate::diagnostics::{self as ids, Diagnostic};
use crate::model::TrackInterface;
use crate::source::Span;
use crate::tree::Node;
use crate::value;

pub(super) fn interfaces<'a>(
    blocks: impl Iterator<Item = Node<'a>>,
    own: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<TrackInterface> {
    let (mut tracked, mut known) = (Vec::new(), BTreeMap::<String, Span>::new());
    for entry in blocks.flat_map(|block| block.children()) {
        let Some(track) = entry_of(entry, found) else { continue };
        let name = &track.interface;
        if name == own {
            let message = format!("{own} is the instance's own interface, which is tracked anyway");
            found.push(
                Diagnostic::new(&ids::OWN_INTERFACE_TRACKED, entry.head(), message).help("remove the entry"),
            );
        } else if let Some(first) = known.get(name) {
            let message = format!("{name} is tracked twice; the first entry counts");
            let diagnostic = Diagnostic::new(&ids::DUPLICATE_TRACK, entry.head(), message);
            found.push(diagnostic.label(*first, "first given here"));
        } else {
            known.insert(name.clone(), entry.head());
            tracked.push(track);
        }
    }
    tracked
}

fn entry_of(entry: Node<'_>, found: &mut Vec<Diagnostic>) -> Option<TrackInterface> {
    let mut words = entry.words();
    let first = words.next()?;
    let interface = first.text().into_owned();
    if !super::address::check_name(first, "an interface", found) {
        return None;
    }
    let mut track = TrackInterface { interface, weight: 0, reverse: false };
    while let Some(word) = words.next() {
        match &*word.text() {
            "weight" => match words.next() {
                Some(number) => match value::int(&number.text(), -253, 253)
                    .ok()
                    .and_then(|w| i16::try_from(w).ok())
                {
                    Some(weight) => track.weight = weight,
                    None => found.push(
                        Diagnostic::new(
                            &ids::OUT_OF_RANGE,
                            number.span,
                            format!(
                                "the weight cannot be `{}`: it is a whole number from -253 to 253",
                                number.text()
                            ),
                        )
                        .help(
                            "the weight is taken as 0: when the interface is down, the instance is in FAULT",
                        ),
                    ),
                },
                None => found.push(Diagnostic::new(
                    &ids::MISSING_ARGUMENT,
                    word.span,
                    "`weight` needs a number behind it",
                )),
            },
            "reverse" => track.reverse = true,
            other => {
                let message =
                    format!("unknown option `{other}`: an entry is `INTERFACE [weight NUMBER [reverse]]`");
                found.push(Diagnostic::new(&ids::BAD_WORD, word.span, message).help("the option is ignored"));
            }
        }
    }
    Some(track)
}
