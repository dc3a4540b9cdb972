//! The `keepalived` command.

fn main() {}
