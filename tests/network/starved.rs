//! Machines that have no time for us.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_vipd, status};
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

const LINKS: usize = 4;
const PER_LINK: u8 = 250;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("starved::a_thousand_instances_beside_programs_that_take_every_processor", beside_hogs)]
}

/// A program that computes without end.
struct Hog(Child);

impl Hog {
    fn start() -> Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]).stdin(Stdio::null());
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// users.md 3: no false takeover, on either side, also while both read their files again.
fn beside_hogs() -> Result<()> {
    let mut world = vipd_tests::world_with_links(LINKS)?;
    let hosts = [world.host("ServerA", &["10.9.0.1/24"])?, world.host("ServerB", &["10.9.0.2/24"])?];
    for (host, own) in hosts.iter().zip(1..) {
        for link in 1..LINKS {
            let (address, interface) = (format!("10.9.{link}.{own}/24"), format!("eth{link}"));
            host.output("ip", &["address", "add", &address, "dev", &interface])?;
        }
    }
    let [a, b] = &hosts;
    let config = |priority| {
        let instance = |link: usize, n: u8| Instance {
            name: format!("VI_{link}_{n}"),
            vrid: n,
            ..Instance::priority(priority)
                .every("0.5")
                .on(&format!("eth{link}"))
                .with_addresses(&[&format!("10.8.{link}.{n}")])
        };
        let all = (0..LINKS).flat_map(|link| (1..=PER_LINK).map(move |n| instance(link, n)));
        file(3, &all.collect::<Vec<_>>())
    };
    let mut master = start_vipd(a, &config(150))?;
    eventually("every instance is Master", PATIENCE, || {
        Ok(all(&status(&master).unwrap_or_default(), "MASTER"))
    })?;
    let mut backup = start_vipd(b, &config(50))?;
    eventually("the other machine listens", PATIENCE, || {
        Ok(all(&status(&backup).unwrap_or_default(), "BACKUP"))
    })?;
    let hogs = [Hog::start()?, Hog::start()?, Hog::start()?, Hog::start()?];
    master.reload()?;
    backup.reload()?;
    let moves = || Ok::<_, anyhow::Error>([transitions(&status(&master)?), transitions(&status(&backup)?)]);
    let before = moves()?;
    always("nothing moves", Duration::from_secs(5), || Ok(moves()? == before))?;
    drop(hogs);
    anyhow::ensure!(
        all(&status(&master)?, "MASTER") && all(&status(&backup)?, "BACKUP"),
        "something has moved"
    );
    anyhow::ensure!(!backup.log().contains("Entering MASTER"), "the other machine took over for a moment");
    Ok(())
}

fn instances(status: &Value) -> impl Iterator<Item = &Value> {
    status["instances"].as_array().into_iter().flatten()
}

fn all(status: &Value, state: &str) -> bool {
    instances(status).count() == LINKS * usize::from(PER_LINK)
        && instances(status).all(|i| i["state"] == state)
}

/// How often instances became and ceased to be Master.
fn transitions(status: &Value) -> u64 {
    let count = |i: &Value, name: &str| i["counters"][name].as_u64().unwrap_or_default();
    instances(status).map(|i| count(i, "became_master") + count(i, "released_master")).sum()
}
