//! vipd on real interfaces: every host is a network namespace, every test has a world of its own. No root needed.

mod addresses;
mod alerts;
mod announce;
mod announcements;
mod auth;
mod bfd;
mod config_mutants;
mod config_test;
mod crash;
mod detection;
mod dumps;
mod hostile;
mod interop;
mod keywords;
mod late;
mod links;
mod memberships;
mod notify;
mod parity;
mod parity_addresses;
mod parity_tracking;
mod process;
mod reload;
mod roaming;
mod routes;
mod scenario;
mod scripts;
mod soak;
mod starved;
mod unicast;
mod upgrade;
mod vmac;

use std::process::ExitCode;

use anyhow::Result;
use lab::{Host, World};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    if let Some(code) = upgrade::stand_in() {
        return code;
    }
    let mut arguments = Arguments::from_args();
    // Most of a test's time is waiting for protocol timers.
    arguments.test_threads.get_or_insert(10);
    if !arguments.list {
        let prepared = vipd_tests::programs::prepare().and_then(|()| lab::enter(true));
        if let Err(error) = prepared {
            eprintln!("the network tests cannot run: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    let tests = [
        scenario::tests(),
        config_mutants::tests(),
        config_test::tests(),
        interop::tests(),
        keywords::tests(),
        notify::tests(),
        reload::tests(),
        roaming::tests(),
        routes::tests(),
        addresses::tests(),
        alerts::tests(),
        announce::tests(),
        announcements::tests(),
        crash::tests(),
        detection::tests(),
        dumps::tests(),
        links::tests(),
        late::tests(),
        memberships::tests(),
        hostile::tests(),
        unicast::tests(),
        upgrade::tests(),
        vmac::tests(),
        auth::tests(),
        bfd::tests(),
        scripts::tests(),
        soak::tests(),
        starved::tests(),
        parity::tests(),
        parity_addresses::tests(),
        parity_tracking::tests(),
        process::tests(),
    ];
    let conclusion = libtest_mimic::run(&arguments, tests.into_iter().flatten().collect());
    if !arguments.list && arguments.filter.as_ref().is_none_or(|filter| filter.contains("interop")) {
        println!("{}", interop::summary());
    }
    conclusion.exit_code()
}

/// A test of this name; when it fails, the daemons' logs tell why.
fn test(name: impl Into<String>, run: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let result = run();
        let logs = vipd_tests::last_words();
        result.map_err(|error| Failed::from(format!("{error:#}\n{logs}")))
    })
}

/// The same for one that judges how punctual a daemon is.
fn punctual(name: impl Into<String>, run: fn() -> Result<()>) -> Trial {
    test(name, move || vipd_tests::undisturbed(run))
}

/// ServerA (.128), ServerB (.129) and a client (.10) on one Ethernet.
struct Pair {
    world: World,
    a: Host,
    b: Host,
    client: Host,
}

impl Pair {
    fn new() -> Result<Self> {
        let mut world = vipd_tests::world()?;
        Ok(Self {
            a: world.host("ServerA", &["192.168.200.128/24"])?,
            b: world.host("ServerB", &["192.168.200.129/24"])?,
            client: world.host("Client", &["192.168.200.10/24"])?,
            world,
        })
    }

    fn servers(&self) -> [&Host; 2] {
        [&self.a, &self.b]
    }
}
