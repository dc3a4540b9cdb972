//! How urgent the router process is.

use std::time::Duration;

use super::{is_on, values};
use crate::document::{Document, Settings, Value};
use crate::model::{AutoPriority, Model, Process};

/// The highest real-time priority (sched_get_priority_max(2)).
const HIGHEST: i64 = 99;
const DEFAULT_DELAY_US: i64 = 1_000_000;

/// BFD runs in the same process, if there is any: the more urgent of both settings counts.
pub(super) fn complete(model: &mut Model, document: &Document) {
    let global = &document.global;
    let roles: &[&str] = if model.bfd.is_empty() { &["vrrp"] } else { &["vrrp", "bfd"] };
    let numbers = |name: &str| {
        roles.iter().filter_map(|role| int(global, &format!("{role}_{name}"))).collect::<Vec<_>>()
    };
    let affinity = roles.iter().map(|role| values(global, &format!("{role}_cpu_affinity")));
    model.global.no_local_igmp = is_on(global, "disable_local_igmp");
    let default = Process::default();
    model.global.process = Process {
        nice: numbers("priority").into_iter().min().and_then(|nice| i8::try_from(nice).ok()),
        rt_priority: numbers("rt_priority")
            .into_iter()
            .max()
            .and_then(|priority| u8::try_from(priority).ok()),
        auto_priority: auto_priority(global),
        rlimit_rttime_us: numbers("rlimit_rttime")
            .into_iter()
            .max()
            .and_then(|micros| u64::try_from(micros).ok())
            .unwrap_or(default.rlimit_rttime_us),
        cpu_affinity: affinity
            .map(|cpus| cpus.iter().filter_map(number).filter_map(|cpu| u32::try_from(cpu).ok()).collect())
            .find(|cpus: &Vec<u32>| !cpus.is_empty())
            .unwrap_or_default(),
        no_swap: roles.iter().any(|role| is_on(global, &format!("{role}_no_swap"))),
    };
}

/// keepalived.conf(5): no number is the highest one; 0 and -1 are none.
fn auto_priority(global: &Settings) -> Option<AutoPriority> {
    global.get("max_auto_priority")?;
    let max = values(global, "max_auto_priority").iter().find_map(number).unwrap_or(HIGHEST);
    let max = u8::try_from(max).ok().filter(|max| *max > 0)?;
    let delay = int(global, "min_auto_priority_delay").unwrap_or(DEFAULT_DELAY_US);
    Some(AutoPriority { max, delay: Duration::from_micros(u64::try_from(delay).ok()?) })
}

fn int(settings: &Settings, name: &str) -> Option<i64> {
    values(settings, name).iter().find_map(number)
}

fn number(value: &Value) -> Option<i64> {
    if let Value::Int(number) = value { Some(*number) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, load};

    fn read(lines: &str, more: &str) -> Process {
        let text = format!("global_defs {{\n{lines}\n}}\n{more}");
        let loaded = load("k.conf", text.as_bytes(), &Options::default());
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        loaded.model.global.process
    }

    #[test]
    fn the_more_urgent_of_both_roles_counts() {
        let lines = "vrrp_priority -3\nbfd_priority -5\nvrrp_rt_priority 10\nbfd_rt_priority 20\nbfd_no_swap\n\
                     bfd_cpu_affinity 2 3\nvrrp_rlimit_rttime 20000\nbfd_rlimit_rttime 15000";
        let own = read(lines, "");
        assert_eq!(
            (own.nice, own.rt_priority, own.no_swap, own.cpu_affinity),
            (Some(-3), Some(10), false, vec![])
        );
        let both = read(lines, "bfd_instance B {\n neighbor_ip 192.0.2.1\n source_ip 192.0.2.2\n}\n");
        let expected = Process {
            nice: Some(-5),
            rt_priority: Some(20),
            auto_priority: None,
            rlimit_rttime_us: 20_000,
            cpu_affinity: vec![2, 3],
            no_swap: true,
        };
        assert_eq!(both, expected);
    }

    #[test]
    fn automatic_priority() {
        let auto = |lines: &str| read(lines, "").auto_priority.map(|auto| (auto.max, auto.delay.as_micros()));
        assert_eq!(auto(""), None);
        assert_eq!(auto("max_auto_priority 0"), None);
        assert_eq!(auto("max_auto_priority -1"), None);
        assert_eq!(auto("max_auto_priority"), Some((99, 1_000_000)));
        assert_eq!(auto("max_auto_priority 3\nmin_auto_priority_delay 200000"), Some((3, 200_000)));
    }
}
