//! The only room with system calls and `unsafe`: sockets, netlink, processes, namespaces, the clock.
//!
//! Nothing here decides anything. Each module wraps one thing the kernel offers, in the words of
//! [`engine::api`], and reports what the kernel said.
//!
//! `unsafe` is allowed module by module, with the reason at its head.

pub mod account;
pub mod alarm;
pub mod bfd_socket;
pub mod capture;
pub mod child;
pub mod civil;
pub mod clock;
pub mod exec;
pub mod fifo;
pub mod inotify;
pub mod link;
pub mod namespace;
pub mod netlink;
pub mod nftables;
pub mod packet;
pub mod pidfile;
pub mod poll;
pub mod proc_events;
pub mod process;
pub mod process_tree;
pub mod processes;
pub mod program;
pub mod scheduling;
pub mod signals;
pub mod udp;
pub mod vmac;
pub mod vrrp_socket;

mod attributes;
mod filter;
mod gate;
mod message;
mod mmsg;
mod sockopt;
