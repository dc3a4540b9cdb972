//! Programs of the operator: notification, pipes, and what is tracked. All of it belongs to the supervisor; the router
//! never waits for any of it.

pub mod launcher;

mod fifo;
mod leaving;
mod lines;
mod notifier;
mod queue;
mod trackers;

pub(crate) use fifo::Fifos;
pub(crate) use launcher::Launcher;
use leaving::Leaving;
pub(crate) use notifier::{Handed as HandedNotifier, Notifier};
pub(crate) use trackers::{Handed as HandedTrackers, Trackers, beginning};
