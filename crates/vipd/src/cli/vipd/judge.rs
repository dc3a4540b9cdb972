//! What `vipd check` finds beyond reading a file: traps, what does not fit this machine, and what does not fit
//! between machines.

use std::collections::BTreeSet;
use std::path::Path;

use config::nodes::{Comparison, Forecast};
use config::rules::{self, HostFacts};
use config::{Diagnostic, Loaded, nodes};
use serde::Serialize;

/// The findings of one file, in the order of the text; with facts also those about this machine.
pub(super) fn one(loaded: &mut Loaded, facts: Option<&HostFacts>) {
    let mut more: Vec<Diagnostic> = rules::file(loaded);
    more.extend(facts.iter().flat_map(|facts| rules::host(loaded, facts)));
    loaded.diagnostics.extend(more);
    loaded.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
}

/// Several files, each of which is for one machine. `None` if there is nothing to compare: fewer than two of them
/// have virtual routers.
pub(super) fn several(files: Vec<(&Path, Loaded)>) -> Option<Comparison> {
    let (paths, loaded): (Vec<&Path>, Vec<Loaded>) =
        files.into_iter().filter(|(_, loaded)| !loaded.document.instances.is_empty()).unzip();
    if loaded.len() < 2 {
        return None;
    }
    Some(nodes::compare(&names(&paths).into_iter().zip(loaded).collect::<Vec<_>>()))
}

/// Who becomes Master of what, as one line of JSON.
pub(super) fn json(forecast: &Forecast) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        forecast: &'a Forecast,
    }
    serde_json::to_string(&Line { forecast }).unwrap_or_default() + "\n"
}

/// What to call the machines: as their files, without directory and ending if that tells them apart.
fn names(paths: &[&Path]) -> Vec<String> {
    let stems: Vec<String> = paths
        .iter()
        .map(|path| path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned())
        .collect();
    if stems.iter().collect::<BTreeSet<_>>().len() == stems.len() {
        return stems;
    }
    paths.iter().map(|path| path.display().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(name: &str, text: &str) -> Loaded {
        config::load(name, text.as_bytes(), &config::Options::default())
    }

    fn instance(priority: u8) -> String {
        format!(
            "vrrp_instance V {{\n interface eth0\n virtual_router_id 7\n priority {priority}\n \
             virtual_ipaddress {{\n 192.0.2.9\n }}\n}}\n"
        )
    }

    #[test]
    fn machines_are_named_after_their_files() {
        assert_eq!(names(&[Path::new("x/a.conf"), Path::new("x/b.conf")]), ["a", "b"]);
        let same = [Path::new("a/keepalived.conf"), Path::new("b/keepalived.conf")];
        assert_eq!(names(&same), ["a/keepalived.conf", "b/keepalived.conf"]);
    }

    #[test]
    fn findings_of_all_kinds_stand_in_the_order_of_the_text() {
        let mut loaded = load("a.conf", &instance(100).replace("priority 100", "state MASTER\n auth_typo 1"));
        one(&mut loaded, Some(&HostFacts::default()));
        let ids: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.id.code).collect();
        // Privileges concern no line; then the interface (2), the state (4), the unknown keyword (5).
        assert_eq!(ids, ["V0807", "V0801", "V0601", "V0101"]);
    }

    #[test]
    fn the_forecast_for_programs() {
        let files = [("a.conf", instance(100)), ("b.conf", instance(50)), ("lvs.conf", String::new())];
        let files: Vec<_> = files.iter().map(|(name, text)| (Path::new(*name), load(name, text))).collect();
        let comparison = several(files).unwrap();
        assert!(comparison.diagnostics.is_empty());
        let expected = serde_json::json!({"forecast": {
            "nodes": ["a", "b"],
            "routers": [{
                "name": "V", "vrid": 7, "family": "V4", "addresses": ["192.0.2.9"],
                "members": [
                    {"node": "a", "instance": "V", "interface": "eth0", "priority": 100, "preempt": true},
                    {"node": "b", "instance": "V", "interface": "eth0", "priority": 50, "preempt": true},
                ],
                "master": {"node": "a"},
                "failures": [
                    {"node": "a", "successor": {"node": "b"}, "afterwards": {"node": "a"}},
                    {"node": "b", "successor": {"node": "a"}, "afterwards": {"node": "a"}},
                ],
            }],
            "left_out": [],
        }});
        let line = json(&comparison.forecast);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), expected);
    }

    #[test]
    fn one_machine_alone_is_not_compared() {
        assert!(several(vec![(Path::new("a.conf"), load("a.conf", &instance(1)))]).is_none());
    }
}
