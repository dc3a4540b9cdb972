//! See Cargo.toml: the description of this room.
