//! The kernel as judge: every test in network namespaces of its own, as root or as an ordinary user alike.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod addresses;
mod adverts;
mod bfd;
mod claims;
mod links;
mod net;
mod processes;
mod waiting;

use libtest_mimic::{Arguments, Trial};

fn main() {
    // A test starts this program again, as a role would be.
    if let Some(role) = std::env::args().next().filter(|name| name.starts_with("role:")) {
        return processes::role(&role);
    }
    let arguments = Arguments::from_args();
    // Before any thread: a process with several cannot enter a user namespace.
    if !arguments.list {
        let root = linux::process::has_net_admin() && linux::process::has_net_raw();
        linux::namespace::enter_private(!root).unwrap();
    }
    let trials = addresses::TESTS
        .iter()
        .chain(adverts::TESTS)
        .chain(bfd::TESTS)
        .chain(claims::TESTS)
        .chain(links::TESTS)
        .chain(processes::TESTS)
        .chain(waiting::TESTS)
        .map(|&(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// Name and body.
type Test = (&'static str, fn());
