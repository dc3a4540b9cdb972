//! From what is observed of scripts, files and processes to verdicts. Whoever runs and reads them (not the router) asks
//! these machines what to do and when.

mod file;
mod process;
mod script;

pub use file::read_value;
pub use process::{ProcessMonitor, matches};
pub use script::{Do, ScriptMonitor};
