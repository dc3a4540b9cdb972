//! Hosts as network namespaces on a bridge, inside a fresh user namespace: no root needed, nothing of the
//! machine is touched.
//!
//! The parts serve the tests as well as the product: a [`World`] of [`Host`]s with cables to pull, [`Daemon`]s
//! with keepalived's command line on them, a [`Prober`] that plays the client, [`Services`] that say who answers,
//! a [`SmtpSink`] for the mails and a [`Capture`] of the wire. [`run`] plays the story that `vipd lab` shows.

pub use capture::{Advert, Announcement, Capture};
pub use daemon::Daemon;
pub use linux::process_tree::{Send as Signal, family, signal};
pub use options::{Options, scenario};
pub use plan::Side;
pub use probe::{Answer, Outage, Prober};
pub use services::{Mail, Services, SmtpSink, fetch_title};
pub use story::{Outcome, run};
pub use world::{Held, Host, World};

mod capture;
mod daemon;
mod options;
mod plan;
mod probe;
mod report;
mod services;
mod story;
mod world;

use anyhow::{Context as _, Result};

/// Enters namespaces of our own: network, mounts with a `/run` of its own, and (with `user`) a user namespace in
/// which we are root. Call it once, before any thread exists. Without `user` the caller must be root.
pub fn enter(user: bool) -> Result<()> {
    linux::namespace::enter_private(user).with_context(|| {
        if user {
            "this system does not let users make namespaces of their own. As root, allow it with one of\n  \
             sysctl -w user.max_user_namespaces=15000\n  \
             sysctl -w kernel.unprivileged_userns_clone=1                (older Debian)\n  \
             sysctl -w kernel.apparmor_restrict_unprivileged_userns=0    (Ubuntu 23.10 and newer)\n\
             or run the laboratory as root"
        } else {
            "cannot make namespaces: this needs root (CAP_SYS_ADMIN)"
        }
    })
}
