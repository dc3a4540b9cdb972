//! Machines that have no time for us.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_vipd, status};
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, test};

const INSTANCES: u8 = 200;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("starved::hundreds_of_instances_beside_programs_that_take_every_processor", beside_hogs)]
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
    let pair = Pair::new()?;
    let config = |priority| {
        let instance = |n: u8| Instance {
            name: format!("VI_{n}"),
            vrid: n,
            ..Instance::priority(priority).every("0.5").with_addresses(&[&format!("10.8.0.{n}")])
        };
        file(3, &(1..=INSTANCES).map(instance).collect::<Vec<_>>())
    };
    let mut master = start_vipd(&pair.a, &config(150))?;
    eventually("every instance is Master", PATIENCE, || {
        Ok(all(&status(&master).unwrap_or_default(), "MASTER"))
    })?;
    let mut backup = start_vipd(&pair.b, &config(50))?;
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
    instances(status).count() == usize::from(INSTANCES) && instances(status).all(|i| i["state"] == state)
}

/// How often instances became and ceased to be Master.
fn transitions(status: &Value) -> u64 {
    let count = |i: &Value, name: &str| i["counters"][name].as_u64().unwrap_or_default();
    instances(status).map(|i| count(i, "became_master") + count(i, "released_master")).sum()
}
