//! Random configurations and events for vipd and Debian's keepalived side by side. `PARITY=SEED` plays one seed again,
//! `PARITY=FIRST..LAST` many.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use libtest_mimic::{Arguments, Failed, Trial};
use vipd_tests::{last_words, programs, random};

/// A few for every day.
const SEEDS: [u64; 6] = [1, 2, 3, 4, 7, 8];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Nearly all of a test's time is waiting for protocol timers.
    arguments.test_threads.get_or_insert(6);
    // keepalived changes its groups before it runs a program, which only real root may do.
    let root = may_make_namespaces_as_root();
    if !arguments.list {
        if !root {
            println!("not as root: the configurations have no programs");
        }
        if let Err(error) = programs::prepare().and_then(|()| lab::enter(!root)) {
            eprintln!("the random tests cannot run: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    match seeds() {
        Ok(seeds) => {
            let tests = seeds.into_iter().map(|seed| test(seed, root)).collect();
            libtest_mimic::run(&arguments, tests).exit_code()
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn seeds() -> Result<Vec<u64>> {
    let Ok(wanted) = std::env::var("PARITY") else { return Ok(SEEDS.to_vec()) };
    let (first, last) = wanted.split_once("..").unwrap_or((&wanted, &wanted));
    let number = |text: &str| {
        text.parse::<u64>().with_context(|| format!("PARITY={wanted}: not a seed, nor FIRST..LAST"))
    };
    Ok((number(first)?..=number(last)?).collect())
}

fn test(seed: u64, root: bool) -> Trial {
    Trial::test(format!("random::seed_{seed}"), move || {
        let result = random::same(seed, root);
        let logs = last_words();
        result.map_err(|error| Failed::from(format!("{error:#}\n{logs}\nPARITY={seed} plays it again")))
    })
}

fn may_make_namespaces_as_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    let namespaces = Command::new("unshare").args(["--net", "--mount", "true"]).output();
    id.is_ok_and(|id| id.stdout == b"0\n") && namespaces.is_ok_and(|output| output.status.success())
}
