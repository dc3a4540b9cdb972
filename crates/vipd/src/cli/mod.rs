//! The command lines.

pub mod keepalived;
pub mod vipd;

mod machine;
