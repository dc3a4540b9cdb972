//! What the kernel of this machine may lack (VLANs, dummy interfaces, netem, VRFs, ipvlan): the whole suite runs inside a
//! kernel of its own, which `scripts/private-kernel` boots in two seconds.

mod base;
mod bfd;
mod bfd_vrf;
mod clock;
mod frr;
mod ipvlan;
mod kinds;
mod links;
mod lossy;
mod parity;
mod process;
mod processes;
mod scripts;
mod vrf;
mod vrf_routes;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use libtest_mimic::{Arguments, Failed, Trial};
use vipd_tests::programs;

/// Set inside by `scripts/private-kernel`.
const INSIDE: &str = "PRIVATE_KERNEL";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    if !arguments.list {
        if std::env::var_os(INSIDE).is_none() {
            return again_inside();
        }
        // There is one processor, but most of a test's time is waiting for protocol timers.
        arguments.test_threads.get_or_insert(6);
        if let Err(error) = programs::prepare().and_then(|()| lab::enter(false)) {
            eprintln!("the tests in a kernel of their own cannot run: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    let tests = [
        links::tests(),
        parity::tests(),
        ipvlan::tests(),
        bfd_vrf::tests(),
        base::tests(),
        kinds::tests(),
        lossy::tests(),
        frr::tests(),
        bfd::tests(),
        clock::tests(),
        process::tests(),
        processes::tests(),
        scripts::tests(),
        vrf::tests(),
        vrf_routes::tests(),
    ];
    libtest_mimic::run(&arguments, tests.into_iter().flatten().collect()).exit_code()
}

/// Runs this program with the same arguments in the private kernel.
fn again_inside() -> ExitCode {
    match boot() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("the tests in a kernel of their own cannot run: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn boot() -> Result<ExitCode> {
    // Inside there is no writing to the target folder.
    programs::prepare()?;
    let own = std::env::current_exe()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/private-kernel");
    let status = Command::new(&script)
        .arg(own)
        .args(std::env::args_os().skip(1))
        .env("VIPD_PROGRAMS", programs::folder())
        .env("KEEPALIVED", programs::debian_keepalived()?)
        // On a busy machine the whole suite takes longer than the script grants a command.
        .env("PRIVATE_KERNEL_TIMEOUT", "1800")
        .status()
        .with_context(|| format!("cannot run {}", script.display()))?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// A test of this name; when it fails, the daemons' logs tell why.
fn test(name: &'static str, run: fn() -> Result<()>) -> Trial {
    Trial::test(name, move || {
        let result = run();
        let logs = vipd_tests::last_words();
        result.map_err(|error| Failed::from(format!("{error:#}\n{logs}")))
    })
}
