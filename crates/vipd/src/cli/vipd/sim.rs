use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::cli::say;

/// Torture the protocol engine on a simulated network, and check what must always hold
///
/// Each seed is another story of losses, delays, partitions, link flaps, pauses, crashes and reloads in virtual
/// time. The same seed is always the same story.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1000, conflicts_with = "seed", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Play this seed alone
    #[arg(long)]
    seed: Option<u64>,
    /// Hosts on the network
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=8))]
    nodes: u8,
    /// Virtual seconds of each story
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(10..))]
    seconds: u64,
    /// Tell the story line by line
    #[arg(long, requires = "seed")]
    trace: bool,
}

const EXAMPLES: &str = "\
Examples:
  vipd sim                              1000 stories of a minute among three hosts
  vipd sim --seed 4711 --trace          one of them, told line by line

Exit codes:
  0 everything held, 1 something did not (the command that replays it is printed)";

pub(super) fn main(args: &Args) -> ExitCode {
    let options = sim::Options { nodes: args.nodes.into(), seconds: args.seconds, trace: args.trace };
    let (first, count) = args.seed.map_or((0, args.seeds), |seed| (seed, 1));
    let progress_wanted = count > 1 && io::stderr().is_terminal();
    let mut done = 0;
    let summary = sim::run_many(first, count, &options, |outcome| {
        done += 1;
        for line in &outcome.trace {
            say(format_args!("{line}\n"));
        }
        for violation in &outcome.violations {
            say(format_args!("seed {}: {violation}\n", outcome.seed));
        }
        if progress_wanted && (done % 16 == 0 || done == count) {
            // Decoration: it may fail.
            let _ = write!(io::stderr(), "\r{done} of {count} seeds").and_then(|()| io::stderr().flush());
        }
    });
    if progress_wanted {
        eprintln!();
    }
    let (seeds, adverts, transitions) = (summary.seeds, summary.adverts, summary.transitions);
    say(format_args!(
        "{seeds} seeds, {} hosts, {} virtual seconds each: {adverts} advertisements, {transitions} changes of state, {} \
         seeds with violations\n",
        args.nodes,
        args.seconds,
        summary.failed.len()
    ));
    if summary.failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    for outcome in summary.failed.iter().take(10) {
        say(format_args!(
            "replay: vipd sim --seed {} --nodes {} --seconds {} --trace\n",
            outcome.seed, args.nodes, args.seconds
        ));
    }
    ExitCode::from(1)
}
