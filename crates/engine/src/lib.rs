//! The engine composes the machines: it owns timers, reconciles addresses, announces them, hands over, reloads,
//! and tells what happened. It is pure: `now` is an argument, effects are values.

pub mod api;
pub mod bfd;
pub mod monitor;
pub mod observe;
pub mod vmac;

mod address_list;
mod announce;
mod authentication;
mod effects;
mod engine;
mod groups;
mod instance;
mod kernel;
mod lifecycle;
mod links;
mod path;
mod paths;
mod receive;
mod reconcile;
mod refusal;
mod reload;
mod snapshot;
mod statics;
mod tracking;
mod urgency;

pub use engine::{Boot, Engine, Unmarked};
pub use urgency::Urgency;
