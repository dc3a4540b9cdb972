//! `auth_hmac`, which Debian's keepalived does not have yet, among ourselves. PASS and AH are in the matrix of interop.rs.

use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, refused_in_all, start_vipd, state};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("auth::hmac_keys_change_one_machine_after_the_other", rotation),
        test("auth::hmac_keeps_strangers_out", strangers),
    ]
}

const KEYS: [&str; 2] = [
    "key 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "key 2 an-ascii-passphrase-of-forty-characters",
];

/// `auth_hmac` with these lines.
fn hmac(priority: u8, lines: &[&str]) -> String {
    let block = format!("  auth_hmac {{\n    {}\n  }}", lines.join("\n    "));
    file(3, &[Instance::priority(priority).every("0.1").and(&block)])
}

/// From no key to one, and from one to another, without a moment in which the two do not believe each other.
fn rotation() -> Result<()> {
    let pair = Pair::new()?;
    let plain = |priority| file(3, &[Instance::priority(priority).every("0.1")]);
    let mut a = start_vipd(&pair.a, &plain(150))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let mut b = start_vipd(&pair.b, &plain(100))?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    let [first, second] = KEYS;
    for lines in [
        [first, "mode receive-only"].as_slice(),
        &[first, "mode permissive"],
        &[first],
        &[first, second, "active_key 1"],
        &[first, second, "active_key 2"],
        &[second],
    ] {
        for (daemon, priority) in [(&mut b, 100), (&mut a, 150)] {
            daemon.configure(&hmac(priority, lines))?;
            daemon.reload()?;
            always("nothing moves", Duration::from_millis(600), || {
                Ok(pair.a.holds(VIP.parse()?)? && !pair.b.holds(VIP.parse()?)?)
            })?;
        }
    }
    let seen = instance(&b, "VI_1")?;
    anyhow::ensure!(refused_in_all(&seen) == 0, "refused: {}", seen["counters"]);
    Ok(())
}

/// A better priority is nothing without the key.
fn strangers() -> Result<()> {
    let pair = Pair::new()?;
    let a = start_vipd(&pair.a, &hmac(100, &KEYS[..1]))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let unsigned = Instance::priority(210).every("0.1").with_addresses(&["192.168.200.101"]);
    let _b = start_vipd(&pair.b, &file(3, &[unsigned]))?;
    let other = hmac(200, &["key 1 another-passphrase-of-at-least-32-bytes"]).replace(VIP, "192.168.200.102");
    let _c = start_vipd(&pair.client, &other)?;
    eventually("both are refused and counted", PATIENCE, || {
        let seen = instance(&a, "VI_1")?;
        let count = |name: &str| seen["counters"][name].as_u64().unwrap_or_default();
        Ok(count("refused_auth_ext_missing") > 3 && count("refused_auth_ext_invalid_hmac") > 3)
    })?;
    anyhow::ensure!(state(&a, "VI_1") == "MASTER" && pair.a.holds(VIP.parse()?)?, "ServerA gave way");
    Ok(())
}
