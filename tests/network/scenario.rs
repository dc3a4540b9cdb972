//! The reason this project exists: two servers keep two addresses alive.

use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use lab::{Host, Prober, Services, SmtpSink, fetch_title};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::programs::{debian_keepalived, start_vipd, vipd};
use vipd_tests::watch::{await_holder, ip_address};
use vipd_tests::{PATIENCE, always};

use crate::{Pair, test};

const VIP_1: &str = "192.168.200.100";
const VIP_2: &str = "192.168.200.200";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("scenario::two_servers_keep_two_addresses_alive", two_servers_keep_two_addresses_alive),
        test("scenario::vipd_lab_plays_it", vipd_lab_plays_it),
        test("scenario::vipd_lab_plays_it_with_keepalived_on_one_side", vipd_lab_with_keepalived),
    ]
}

fn two_servers_keep_two_addresses_alive() -> Result<()> {
    let pair = Pair::new()?;
    let [server_a, server_b] = [
        include_str!("../../crates/lab/assets/server-a.conf"),
        include_str!("../../crates/lab/assets/server-b.conf"),
    ];
    let _services = [Services::start(&pair.a)?, Services::start(&pair.b)?];
    let [mail_a, mail_b] = [SmtpSink::start(&pair.a)?, SmtpSink::start(&pair.b)?];
    let prober = Prober::start(&pair.client, &[VIP_1.parse()?, VIP_2.parse()?], Duration::from_millis(2))?;

    // Started alone, ServerA holds both.
    let began = SystemTime::now();
    let _a = start_vipd(&pair.a, server_a)?;
    for vip in [VIP_1, VIP_2] {
        await_holder(&pair.servers(), vip, &pair.a)?;
        let shown = ip_address(&pair.a, "eth0", vip)?.context("ip address does not show it")?;
        anyhow::ensure!(shown["prefixlen"] == 32 && shown["scope"] == "global", "{vip} is shown as {shown}");
        mail(&mail_a, if vip == VIP_1 { "VI_1" } else { "VI_2" }, "MASTER", began)?;
    }
    pages(&pair.client, &pair.a, &pair.a)?;

    // ServerB takes its own.
    let began = SystemTime::now();
    let _b = start_vipd(&pair.b, server_b)?;
    await_holder(&pair.servers(), VIP_2, &pair.b)?;
    await_holder(&pair.servers(), VIP_1, &pair.a)?;
    pages(&pair.client, &pair.a, &pair.b)?;
    mail(&mail_b, "VI_2", "MASTER", began)?;
    mail(&mail_a, "VI_2", "BACKUP", began)?;

    // Its cable is pulled: ServerA takes it back.
    let began = SystemTime::now();
    pair.b.plug(false)?;
    prober
        .wait(VIP_2.parse()?, "ServerA", began, PATIENCE)
        .context("ServerA does not answer for ServerB's address")?;
    await_holder(&pair.servers(), VIP_2, &pair.a)?;
    pages(&pair.client, &pair.a, &pair.a)?;
    mail(&mail_a, "VI_2", "MASTER", began)?;

    // And plugged again: it returns, and stays.
    pair.b.plug(true)?;
    await_holder(&pair.servers(), VIP_2, &pair.b)?;
    await_holder(&pair.servers(), VIP_1, &pair.a)?;
    pages(&pair.client, &pair.a, &pair.b)?;
    always("one address on each server", Duration::from_secs(3), || {
        Ok(pair.a.holds(VIP_1.parse()?)? && !pair.a.holds(VIP_2.parse()?)? && pair.b.holds(VIP_2.parse()?)?)
    })
}

/// Subject and body are the ones keepalived's users know; `lvs_id` names the router.
fn mail(sink: &SmtpSink, instance: &str, state: &str, since: SystemTime) -> Result<()> {
    let subject = format!("[LVS_DEVEL_1] VRRP Instance {instance} - Entering {state} state");
    let mail = sink.wait(&subject, since, PATIENCE).with_context(|| {
        let came: Vec<_> = sink.mails().into_iter().map(|mail| mail.subject).collect();
        format!("no mail {subject:?}; there came {came:?}")
    })?;
    let body = match state {
        "MASTER" => "=> VRRP Instance is now owning VRRP VIPs <=",
        _ => "=> VRRP Instance is no longer owning VRRP VIPs <=",
    };
    anyhow::ensure!(mail.text.contains(body), "the mail does not say {body:?}: {}", mail.text);
    anyhow::ensure!(mail.from == "me@example.net" && mail.to == ["me@example.net"], "{mail:?}");
    Ok(())
}

/// Each server's page is different and reachable through the addresses it holds.
fn pages(client: &Host, first: &Host, second: &Host) -> Result<()> {
    for (vip, holder) in [(VIP_1, first), (VIP_2, second)] {
        let title = fetch_title(client, vip.parse()?)?;
        anyhow::ensure!(title == holder.name(), "{vip} shows the page of {title}, not of {}", holder.name());
    }
    Ok(())
}

fn vipd_lab_plays_it() -> Result<()> {
    lab_story(&[])
}

fn vipd_lab_with_keepalived() -> Result<()> {
    lab_story(&["--daemon", &format!("A={}", debian_keepalived()?.display())])
}

/// Every step of `vipd lab --json` is an object without broken promises, and the exit code says so, too.
fn lab_story(options: &[&str]) -> Result<()> {
    let output = Command::new(vipd()).args(["lab", "--json"]).args(options).output()?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let steps = out.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>();
    let steps = steps.with_context(|| format!("not one JSON object a line: {out}{err}"))?;
    for step in &steps {
        anyhow::ensure!(step["broken"] == Value::Array(Vec::new()), "{step}");
    }
    anyhow::ensure!(steps.len() == 8, "{} steps instead of 8: {out}{err}", steps.len());
    anyhow::ensure!(output.status.success(), "{}: {err}", output.status);
    Ok(())
}
