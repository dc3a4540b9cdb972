//! The engine composes the machines: it owns timers, reconciles addresses, announces them, hands over, reloads,
//! and tells what happened. It is pure: `now` is an argument, effects are values.

pub mod api;
pub mod observe;

pub use engine::{Boot, Engine};

mod engine;
