//! Thousands of seeds, and not one broken invariant.

use sim::{Options, run, run_many};

/// Fails with the first violations, each with the command that replays it.
fn all_hold(first_seed: u64, count: u64, nodes: usize) {
    let options = Options { nodes, ..Options::default() };
    let summary = run_many(first_seed, count, &options, |_| {});
    let broken: Vec<&str> =
        summary.failed.iter().flat_map(|outcome| &outcome.violations).map(String::as_str).take(20).collect();
    assert!(broken.is_empty(), "{} of {count} seeds failed:\n{}", summary.failed.len(), broken.join("\n"));
    assert_eq!(summary.seeds, count);
    // A simulation in which nothing happens would not break anything.
    assert!(summary.adverts > 50 * count && summary.transitions > 5 * count, "{summary:?}");
}

#[test]
fn three_hosts() {
    all_hold(1, 3_000, 3);
}

#[test]
fn two_hosts() {
    all_hold(1, 1_000, 2);
}

#[test]
fn four_hosts() {
    all_hold(1, 500, 4);
}

#[test]
fn one_host_alone() {
    all_hold(1, 100, 1);
}

#[test]
fn a_seed_always_tells_the_same_story() {
    let options = Options { trace: true, ..Options::default() };
    let first = run(7, &options);
    assert!(first.trace.len() > 100);
    assert_eq!(first, run(7, &options));
    // The trace is only a record: without it the same things happen.
    let silent = run(7, &Options::default());
    assert_eq!((silent.adverts, silent.transitions), (first.adverts, first.transitions));
    assert_eq!(silent.trace, Vec::<String>::new());
    assert_ne!(first.trace, run(8, &options).trace);
}
