//! The `vipd` command.

fn main() {}
