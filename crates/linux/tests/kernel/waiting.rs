//! The clock, the poller, and signals.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use linux::clock;
use linux::poll::Poller;
use types::Instant;

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    ("deadlines_are_kept", deadlines_are_kept),
    ("readiness_comes_before_the_deadline", readiness_comes_before_the_deadline),
    ("a_passed_deadline_polls", a_passed_deadline_polls),
];

fn deadlines_are_kept() {
    let mut poller = Poller::new().unwrap();
    let mut ready = Vec::new();
    let mut late = Vec::new();
    for micros in [100, 1_000, 7_300, 20_000, 1_000, 20_000, 300] {
        let deadline = clock::now() + Duration::from_micros(micros);
        while clock::now() < deadline {
            poller.wait(Some(deadline), &mut ready).unwrap();
            assert!(ready.is_empty());
        }
        late.push(clock::now().since(deadline));
    }
    late.sort_unstable();
    assert!(late[0] < Duration::from_millis(2), "{late:?}");
}

fn readiness_comes_before_the_deadline() {
    let (mut one, other) = UnixStream::pair().unwrap();
    let (_idle, idle) = UnixStream::pair().unwrap();
    let mut poller = Poller::new().unwrap();
    poller.add(other.as_fd(), 7).unwrap();
    poller.add(idle.as_fd(), 8).unwrap();
    let mut ready = vec![99];
    std::io::Write::write_all(&mut one, b"x").unwrap();
    for deadline in [None, Some(Instant::from_nanos(u64::MAX)), Some(Instant::ZERO)] {
        poller.wait(deadline, &mut ready).unwrap();
        assert_eq!(ready, [7]);
    }
    poller.remove(other.as_fd()).unwrap();
    poller.wait(Some(clock::now()), &mut ready).unwrap();
    assert!(ready.is_empty());
}

fn a_passed_deadline_polls() {
    let mut poller = Poller::new().unwrap();
    let mut ready = Vec::new();
    let start = clock::now();
    // The same one again and again, and a new one in the past.
    for deadline in [start, start, Instant::ZERO, Instant::ZERO, start] {
        poller.wait(Some(deadline), &mut ready).unwrap();
        assert!(ready.is_empty());
    }
    assert!(clock::now().since(start) < Duration::from_secs(5));
}
