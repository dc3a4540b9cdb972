//! A neighbour that sends nonsense, or worse, on our VRID: counted, logged now and then, and without effect.

use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_vipd, state};
use vipd_tests::watch::{AddressMonitor, await_holder, longest_gap};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("hostile::invalid_advertisements_change_nothing_at_the_master", at_the_master),
        test("hostile::invalid_advertisements_do_not_keep_a_backup_quiet", at_the_backup),
    ]
}

/// An advertisement for VRID 51 with priority 255 from 192.168.200.66, and what is wrong with it.
struct Forged {
    what: &'static str,
    /// The counters that may count it.
    counted_as: &'static [&'static str],
    vrid: u8,
    ttl: u8,
    password: &'static [u8; 8],
    spoil_checksum: bool,
    length: usize,
}

const GOOD: Forged = Forged {
    what: "a valid one",
    counted_as: &[],
    vrid: 51,
    ttl: 255,
    password: b"1111\0\0\0\0",
    spoil_checksum: false,
    length: 20,
};

const FORGERIES: [Forged; 5] = [
    Forged { what: "wrong password", counted_as: &["auth"], password: b"2222\0\0\0\0", ..GOOD },
    Forged { what: "wrong TTL", counted_as: &["ttl"], ttl: 64, ..GOOD },
    Forged { what: "wrong checksum", counted_as: &["checksum"], spoil_checksum: true, ..GOOD },
    Forged { what: "truncated", counted_as: &["length"], length: 10, ..GOOD },
    Forged { what: "foreign VRID", counted_as: &[], vrid: 99, ..GOOD },
];

impl Forged {
    /// The whole Ethernet frame (RFC 3768 section 5.1, RFC 2338 section 5.3.6).
    fn frame(&self) -> Vec<u8> {
        let mut vrrp = vec![0x21, self.vrid, 255, 1, 1, 1, 0, 0, 192, 168, 200, 100];
        vrrp.extend(self.password);
        let sum = internet_checksum(&vrrp) ^ if self.spoil_checksum { 0x55 } else { 0 };
        vrrp[6..8].copy_from_slice(&sum.to_be_bytes());
        vrrp.truncate(self.length);
        let total = 20 + vrrp.len() as u16;
        let mut ip =
            vec![0x45, 0xc0, 0, 0, 0, 1, 0, 0, self.ttl, 112, 0, 0, 192, 168, 200, 66, 224, 0, 0, 18];
        ip[2..4].copy_from_slice(&total.to_be_bytes());
        let sum = internet_checksum(&ip);
        ip[10..12].copy_from_slice(&sum.to_be_bytes());
        [&[0x01, 0, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 0x66, 8, 0][..], &ip, &vrrp].concat()
    }
}

/// RFC 1071.
fn internet_checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// All counters of an instance that count refused advertisements.
pub(crate) fn refused_in_all(instance: &Value) -> u64 {
    let counters = instance["counters"].as_object();
    let refused = counters.into_iter().flatten().filter(|(name, _)| name.contains("refused"));
    refused.filter_map(|(_, count)| count.as_u64()).sum()
}

fn refused(instance: &Value, forged: &Forged) -> u64 {
    let counters = instance["counters"].as_object();
    let matching = counters.into_iter().flatten().filter(|(name, _)| {
        name.contains("refused") && forged.counted_as.iter().any(|word| name.contains(word))
    });
    matching.filter_map(|(_, count)| count.as_u64()).sum()
}

fn config() -> String {
    file(2, &[Instance { password: Some("1111".into()), ..Instance::priority(100) }])
}

/// Ten a second of each kind: state, addresses and the rhythm of the advertisements stay.
fn at_the_master() -> Result<()> {
    let pair = Pair::new()?;
    let daemon = start_vipd(&pair.a, &config())?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let monitor = AddressMonitor::start(&pair.a)?;
    for forged in &FORGERIES {
        let before = refused(&instance(&daemon, "VI_1")?, forged);
        let capture = pair.world.capture()?;
        for _ in 0..40 {
            pair.client.send_frames(&[forged.frame()])?;
            std::thread::sleep(Duration::from_millis(100));
        }
        let own: Vec<_> =
            capture.adverts(51).into_iter().filter(|advert| Some(advert.from) == pair.a.address()).collect();
        let gap = longest_gap(&own);
        anyhow::ensure!(own.len() >= 3, "{}: only {} advertisements in 4 s", forged.what, own.len());
        anyhow::ensure!(
            gap < Duration::from_millis(1500),
            "{}: {gap:?} without an advertisement",
            forged.what
        );
        let seen = instance(&daemon, "VI_1")?;
        anyhow::ensure!(seen["state"] == "MASTER", "{}: it is {} now", forged.what, seen["state"]);
        if !forged.counted_as.is_empty() {
            let counted = refused(&seen, forged) - before;
            anyhow::ensure!(
                counted == 40,
                "{}: {counted} of 40 are counted: {}",
                forged.what,
                seen["counters"]
            );
        }
    }
    let lines = monitor.lines()?;
    anyhow::ensure!(lines.is_empty(), "addresses changed: {lines:?}");
    let log = daemon.log();
    anyhow::ensure!(log.contains("192.168.200.66"), "the log does not name the sender");
    anyhow::ensure!(log.lines().count() < 80, "200 packets made {} log lines", log.lines().count());
    // The frame itself is right: without its flaw it does have an effect.
    pair.client.send_frames(&[GOOD.frame()])?;
    eventually("a valid advertisement with a higher priority is believed", PATIENCE, || {
        Ok(state(&daemon, "VI_1") == "BACKUP")
    })
}

/// Nonsense does not pass for signs of life: the Backup takes over in time.
fn at_the_backup() -> Result<()> {
    let pair = Pair::new()?;
    let mut a = start_vipd(
        &pair.a,
        &file(2, &[Instance { password: Some("1111".into()), ..Instance::priority(150) }]),
    )?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let b = start_vipd(&pair.b, &config())?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    a.kill(|| ())?;
    pair.a.plug(false)?;
    let invalid: Vec<_> = FORGERIES.iter().map(Forged::frame).collect();
    eventually("ServerB takes over although nonsense keeps coming", Duration::from_secs(8), || {
        pair.client.send_frames(&invalid)?;
        std::thread::sleep(Duration::from_millis(100));
        pair.b.holds(VIP.parse()?)
    })
}
