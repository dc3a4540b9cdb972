//! Checks that ask too often, too late, or in vain.

use std::time::Duration;

use super::{Scene, last};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::lvs::resolve::{Schedule, schedule};
use crate::tree::Node;

/// More often than this, a program is started for nothing but starting it.
const FASTEST_SCRIPT: Duration = Duration::from_millis(500);
/// More often than this, servers notice.
const FASTEST_CHECK: Duration = Duration::from_secs(1);

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for script in scene.tops("vrrp_script") {
        self::script(script, found);
    }
    idle_timeouts(scene, found);
    checkers(scene, found);
}

fn script(node: Node<'_>, found: &mut Vec<Diagnostic>) {
    let name = node.args().next().map(|word| word.text()).unwrap_or_default();
    let interval = time(node, "interval").unwrap_or(Duration::from_secs(1));
    if let Some(line) = last(node.children(), "interval")
        && interval < FASTEST_SCRIPT
        && !interval.is_zero()
    {
        let message = format!("{name}: a program is started every {} ms", interval.as_millis());
        found.push(
            Diagnostic::new(&ids::HAMMERS, line.span(), message)
                .help("check every second or two, and let `fall` decide how many failures count"),
        );
    }
    let (Some(timeout), Some(line)) = (time(node, "timeout"), last(node.children(), "timeout")) else {
        return;
    };
    let fall = last(node.children(), "fall")
        .and_then(|fall| fall.args().next()?.text().parse().ok())
        .unwrap_or(1u32);
    if timeout > interval {
        let message = format!(
            "{name}: a run that hangs is noticed only after {} s, although it is started every {} s",
            timeout.saturating_mul(fall).as_secs_f64(),
            interval.as_secs_f64()
        );
        found.push(
            Diagnostic::new(&ids::SLOW_TIMEOUT, line.span(), message)
                .help("leave `timeout` out, or make it shorter than `interval`"),
        );
    }
}

/// Times that nothing is waited for with.
fn idle_timeouts(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let pairs = [
        ("startup_script_timeout", "startup_script"),
        ("shutdown_script_timeout", "shutdown_script"),
        ("smtp_connect_timeout", "smtp_server"),
    ];
    for (timeout, what) in pairs {
        let Some(line) = scene.global(timeout) else { continue };
        if scene.global(what).is_none() {
            let message = format!("{timeout} never has an effect: there is no {what}");
            found.push(
                Diagnostic::new(&ids::NEVER_IN_FORCE, line.span(), message)
                    .help(format!("add `{what}`, or remove the timeout")),
            );
        }
    }
}

fn checkers(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for server in &scene.loaded.document.lvs.servers {
        let all = server
            .real_servers
            .iter()
            .flat_map(|real| real.checkers.iter().map(move |checker| (real, checker)));
        for (real, checker) in all {
            let Schedule { retry, delay_before_retry, delay_loop, .. } = schedule(server, real, checker);
            let message = if delay_loop < FASTEST_CHECK {
                format!("{} is asked every {} ms", real.address, delay_loop.as_millis())
            } else if retry > 0 && delay_before_retry.is_zero() {
                format!(
                    "{} is asked {} times in a row as soon as it fails once",
                    real.address,
                    u64::from(retry) + 1
                )
            } else {
                continue;
            };
            found.push(
                Diagnostic::new(&ids::HAMMERS, checker.span, message)
                    .help("use a `delay_loop` of a second or more, and a `delay_before_retry`"),
            );
            // All checkers of a server inherit its times: once is enough.
            break;
        }
    }
}

fn time(node: Node<'_>, keyword: &str) -> Option<Duration> {
    let seconds: f64 = last(node.children(), keyword)?.args().next()?.text().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
