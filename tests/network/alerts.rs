//! Mails about instances and groups, beside keepalived: the same ones, in the same words, in the same order.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use lab::{Daemon, SmtpSink};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{daemon, debian_keepalived};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("alerts::of_a_group_and_some_members_as_from_keepalived", || {
            same(
                ["", "", "smtp_alert", "smtp_alert", "smtp_alert"],
                &["Group G1", "Instance VI_2", "Instance VI_3"],
            )
        }),
        test("alerts::of_all_routers_but_one_as_from_keepalived", || {
            same(
                ["smtp_alert_vrrp", "smtp_alert off", "", "", ""],
                &["Group G1", "Instance VI_2", "Instance VI_3"],
            )
        }),
        test("alerts::of_all_but_the_group_and_no_faults_as_from_keepalived", || {
            same(
                ["smtp_alert\n no_email_faults", "", "", "", "smtp_alert false"],
                &["Instance VI_1", "Instance VI_2", "Instance VI_3"],
            )
        }),
    ]
}

/// Of each instance and group its mails in their order: the rest of the subject, and the body.
type Mails = BTreeMap<String, Vec<String>>;

/// Lines of `global_defs`, of three instances, and of the group of the first two. Who has mails is what keepalived.conf(5)
/// says of `smtp_alert`.
fn same(lines: [&str; 5], who: &[&str]) -> Result<()> {
    let theirs = mails(&debian_keepalived()?, lines, who).context("keepalived")?;
    let mut ours = mails(&daemon(), lines, who).context("vipd")?;
    // docs/compatibility.md: keepalived ends before this mail is sent.
    for mails in ours.values_mut() {
        let last = mails.pop().unwrap_or_default();
        anyhow::ensure!(last.starts_with("Stopping: => "), "the last mail was {last:?}");
    }
    anyhow::ensure!(ours == theirs, "vipd:\n{ours:#?}\nkeepalived:\n{theirs:#?}");
    Ok(())
}

fn mails(program: &Path, lines: [&str; 5], who: &[&str]) -> Result<Mails> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    let sink = SmtpSink::start(&host)?;
    let mut daemon = Daemon::new(&host, program, &config(lines))?;
    daemon.start()?;
    // keepalived sends mails side by side: each event has its own before the next one is made.
    let arrive = |each: usize| {
        let arrived = eventually(&format!("{each} mails of each of {who:?}"), PATIENCE, || {
            let mails = sorted(&sink);
            Ok(who.iter().all(|who| mails.get(*who).map_or(0, Vec::len) == each))
        });
        arrived.with_context(|| format!("{:#?}", sorted(&sink)))
    };
    let of_fault = usize::from(!lines[0].contains("no_email_faults"));
    arrive(2)?;
    host.plug(false)?;
    eventually("FAULT", PATIENCE, || Ok(daemon.log().matches("Entering FAULT STATE").count() == 3))?;
    arrive(2 + of_fault)?;
    host.plug(true)?;
    arrive(4 + of_fault)?;
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    Ok(sorted(&sink))
}

fn config([global, first, second, third, group]: [&str; 5]) -> String {
    let instance = |n: u8, lines: &str| {
        let instance =
            Instance { name: format!("VI_{n}"), vrid: 50 + n, ..Instance::priority(100).every("0.3") };
        instance.with_addresses(&[&format!("192.168.200.{}", 100 + n)]).and(lines)
    };
    let instances = file(3, &[instance(1, first), instance(2, second), instance(3, third)]);
    let mail = " notification_email {\n  admin@example.com\n }\n notification_email_from ka@example.com\n \
                smtp_server 127.0.0.1";
    instances.replacen("global_defs {", &format!("global_defs {{\n{mail}\n {global}"), 1)
        + &format!("vrrp_sync_group G1 {{\n group {{\n  VI_1\n  VI_2\n }}\n {group}\n}}\n")
}

fn sorted(sink: &SmtpSink) -> Mails {
    let mut mails = Mails::new();
    for mail in sink.mails() {
        let (head, body) = mail.text.split_once("\n\n").unwrap_or((&mail.text, ""));
        let head: Vec<_> =
            head.lines().filter(|line| !line.starts_with("Subject:")).map(without_time).collect();
        let (who, what) = mail.subject.split_once(" - ").unwrap_or((&mail.subject, ""));
        let who = who.strip_prefix("[test] VRRP ").unwrap_or(who);
        mails.entry(who.to_owned()).or_default().push(format!(
            "{what}: {}\n{}",
            body.trim(),
            head.join("\n")
        ));
    }
    mails
}

/// The form of the date (RFC 5322 section 3.3), without its numbers.
fn without_time(line: &str) -> String {
    let is_date = line.starts_with("Date:");
    line.chars().map(|c| if is_date && c.is_ascii_digit() { '0' } else { c }).collect()
}
