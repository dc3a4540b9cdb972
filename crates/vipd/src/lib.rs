//! The daemon and its command lines.
//!
//! One program in two names (`vipd`, `keepalived`) and several roles: the supervisor is what the operator
//! starts; it starts the router and, when there is mail, the mailer by executing itself again with a hidden
//! first argument ([`roles`]). The roles talk over [`ipc`].

pub mod cli;
pub mod control;
pub mod describe;
pub mod dump;
pub mod exit;
pub mod files;
pub mod ipc;
pub mod logging;
pub mod lsp;
pub mod mail;
pub mod options;
pub mod roles;
pub mod scripts;
pub mod signal;
pub mod status;
pub mod supervisor;

mod mailer;
mod programs;
mod router;

#[cfg(test)]
mod testing;
