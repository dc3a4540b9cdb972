//! vipd beside keepalived: the same laboratory, the same configurations, the same hour. Prints a Markdown table.
//!
//! Times are only as good as the machine is quiet: compare columns, not days. `make bench` gives all processes
//! real-time priority where it may.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts and shares, all far below 2^52"
)]

mod configuration;
mod failover;
mod load;
mod many;
mod start;
mod table;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::table::{Figure, Table};

/// Measure vipd beside keepalived
#[derive(Debug, Parser)]
struct Args {
    /// What to measure
    #[arg(value_enum)]
    only: Vec<Case>,
    /// How often to repeat each failover
    #[arg(long, default_value_t = 10)]
    runs: usize,
    /// Our daemon [default: the keepalived beside this program]
    #[arg(long)]
    vipd: Option<PathBuf>,
    /// The daemon to compare with [default: Debian's keepalived]
    #[arg(long)]
    keepalived: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Case {
    /// Crash of the Master with its cable cut
    Crash,
    /// Graceful stop of the Master
    Stop,
    /// 2,000 addresses move
    Addresses,
    /// 2,000 addresses, three hosts
    ThreeHosts,
    /// 1,000 instances advertise
    Instances,
    /// Start and memory
    Start,
    /// Invalid advertisements from a neighbour
    Flood,
    /// Checks of large configurations
    Configuration,
    /// 10,000 simulated stories of three hosts and a minute (vipd alone)
    Simulations,
}

impl Case {
    const ALL: [Self; 9] = [
        Self::Crash,
        Self::Stop,
        Self::Addresses,
        Self::ThreeHosts,
        Self::Instances,
        Self::Start,
        Self::Flood,
        Self::Configuration,
        Self::Simulations,
    ];
}

/// A daemon to be measured.
#[derive(Debug, Clone)]
struct Subject {
    name: &'static str,
    program: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let own = std::env::current_exe()?.with_file_name("keepalived");
    let theirs = args.keepalived.clone().map_or_else(vipd_tests::programs::debian_keepalived, Ok)?;
    let subjects = [
        Subject { name: "vipd", program: args.vipd.clone().unwrap_or(own) },
        Subject { name: "keepalived", program: theirs },
    ];
    for subject in &subjects {
        anyhow::ensure!(subject.program.is_file(), "there is no {}", subject.program.display());
    }
    lab::enter(!linux::process::has_net_admin())?;
    let cases = if args.only.is_empty() { Case::ALL.to_vec() } else { args.only.clone() };
    let mut table = Table::default();
    for case in cases {
        for subject in &subjects {
            eprintln!("{case:?}: {} …", subject.name);
            for figure in measure(case, subject, args.runs)? {
                table.add(subject.name, figure);
            }
        }
    }
    print!("{table}");
    Ok(())
}

fn measure(case: Case, subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    match case {
        Case::Crash => failover::crash(subject, runs),
        Case::Stop => failover::stop(subject, runs),
        Case::Addresses => many::two_thousand(subject, runs.div_ceil(3)),
        Case::ThreeHosts => many::three_hosts(subject, runs.div_ceil(3)),
        Case::Instances => load::thousand_instances(subject),
        Case::Start => start::start(subject, runs),
        Case::Flood => load::flood(subject),
        Case::Configuration => configuration::check(subject, runs),
        Case::Simulations => start::simulations(subject),
    }
}
