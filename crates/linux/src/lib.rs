//! See Cargo.toml: the description of this room.

pub mod capture;
mod message;
pub mod process_tree;
pub mod udp;
