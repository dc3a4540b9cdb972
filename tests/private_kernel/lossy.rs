//! Networks that delay and lose packets (netem).

use std::time::Duration;

use anyhow::Result;
use lab::Host;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_keepalived, start_vipd, state};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("lossy::delay_and_jitter_move_nothing", delay_and_jitter),
        test("lossy::a_total_loss_moves_the_address_and_its_end_moves_it_back", total_loss),
    ]
}

fn netem(host: &Host, what: &str) -> Result<()> {
    let line = format!("qdisc replace dev eth0 root netem {what}");
    host.output("tc", &line.split_whitespace().collect::<Vec<_>>()).map(drop)
}

fn config(priority: u8) -> String {
    file(3, &[Instance::priority(priority).every("1")])
}

/// The delay is longer than an interval, its jitter half an interval: the Backup hears as often as before.
fn delay_and_jitter() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &["192.168.200.128/24"])?;
    let b = world.host("ServerB", &["192.168.200.129/24"])?;
    netem(&a, "delay 1300ms 500ms")?;
    let _master = start_keepalived(&a, &config(150))?;
    await_holder(&[&a, &b], VIP, &a)?;
    let backup = start_vipd(&b, &config(50))?;
    eventually("the Backup hears the Master", PATIENCE, || {
        let heard = |i: serde_json::Value| i["counters"]["adverts_received"].as_u64() > Some(3);
        Ok(instance(&backup, "VI_1").is_ok_and(heard))
    })?;
    always("nothing moves", Duration::from_secs(10), || {
        Ok(state(&backup, "VI_1") == "BACKUP" && !b.holds(VIP.parse()?)?)
    })
}

/// The Master's packets are lost, others' are not: no cable tells it. Once they pass again, there is one Master.
fn total_loss() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &["192.168.200.128/24"])?;
    let b = world.host("ServerB", &["192.168.200.129/24"])?;
    let master = start_vipd(&a, &config(150))?;
    await_holder(&[&a, &b], VIP, &a)?;
    let _backup = start_keepalived(&b, &config(50))?;
    netem(&a, "loss 100%")?;
    eventually("ServerB takes the address", PATIENCE, || b.holds(VIP.parse()?))?;
    netem(&a, "loss 0%")?;
    await_holder(&[&a, &b], VIP, &a)?;
    eventually("ServerA is Master", PATIENCE, || Ok(state(&master, "VI_1") == "MASTER"))
}
