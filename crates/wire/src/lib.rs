//! Packets: bytes to checked views to valid values, and back. No I/O, no clock, and no panic on any input:
//! every parser returns an error that says what was wrong, for counters and logs.

pub mod ah;
pub mod arp;
pub mod bfd;
pub mod checksum;
mod ethernet;
pub mod ndisc;
#[cfg(test)]
mod testing;
pub mod vrrp;
