//! Words of the field as types. No dependencies beyond serde and schemars, no I/O, nothing that can fail at run time
//! except the parsers, which say why.
//!
//! Time never comes from here: [`Instant`] is a number that somebody who owns a clock hands in.

mod address;
mod time;
mod utc;
mod vrrp;

pub use address::{Cidr, CidrError, Family, IfIndex, MacAddr};
pub use time::Instant;
pub use utc::UtcTime;
pub use vrrp::{Interval, Priority, Version, Vrid};
