//! The wire: one path from every host to every other, each with its own faults.

use std::time::Duration;

use types::Instant;

use crate::rng::Rng;

#[derive(Debug)]
pub(crate) struct Network {
    hosts: usize,
    paths: Vec<Path>,
}

/// From one host to another, in one direction.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) latency: Duration,
    pub(crate) jitter: Duration,
    /// Faults in force, in permille of the packets.
    pub(crate) faults: Faults,
    /// Nothing passes, in this direction.
    pub(crate) cut: bool,
    /// The two hosts are in different parts of a divided network.
    pub(crate) divided: bool,
    /// Packets do not overtake each other, unless told to.
    last: Instant,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) loss: u64,
    pub(crate) duplication: u64,
    pub(crate) reordering: u64,
    /// Added to the latency of every packet.
    pub(crate) delay: Duration,
}

impl Network {
    pub(crate) fn draw(rng: &mut Rng, segments: usize, hosts: usize) -> Self {
        let paths = (0..segments * hosts * hosts)
            .map(|_| Path {
                latency: rng.micros(20, 500),
                jitter: rng.micros(0, 100),
                faults: Faults::default(),
                cut: false,
                divided: false,
                last: Instant::ZERO,
            })
            .collect();
        Self { hosts, paths }
    }

    pub(crate) fn path(&self, segment: usize, from: usize, to: usize) -> &Path {
        &self.paths[(segment * self.hosts + from) * self.hosts + to]
    }

    pub(crate) fn path_mut(&mut self, segment: usize, from: usize, to: usize) -> &mut Path {
        &mut self.paths[(segment * self.hosts + from) * self.hosts + to]
    }

    /// All paths of a segment.
    pub(crate) fn segment_mut(&mut self, segment: usize) -> &mut [Path] {
        let size = self.hosts * self.hosts;
        &mut self.paths[segment * size..(segment + 1) * size]
    }

    /// When a packet sent now arrives; twice if it is duplicated, never if it is lost.
    pub(crate) fn carry(
        &mut self,
        rng: &mut Rng,
        now: Instant,
        (segment, from, to): (usize, usize, usize),
    ) -> [Option<Instant>; 2] {
        let path = self.path_mut(segment, from, to);
        let Faults { loss, duplication, reordering, delay } = path.faults;
        if path.cut || path.divided || rng.chance(loss) {
            return [None, None];
        }
        let jitter = path.jitter.as_nanos() as u64;
        let mut at = now + path.latency + delay + Duration::from_nanos(rng.between(0, jitter));
        if rng.chance(reordering) {
            at = at + rng.millis(0, 5);
        } else {
            at = at.max(path.last);
            path.last = at;
        }
        let again = rng.chance(duplication).then(|| at + rng.micros(1, 3_000));
        [Some(at), again]
    }

    /// The hosts of a segment, by what they can reach: each host's part, numbered by its first member. A host
    /// that is not connected is a part of its own.
    pub(crate) fn parts(&self, segment: usize, connected: &[bool]) -> Vec<usize> {
        let mut parts: Vec<usize> = (0..self.hosts).collect();
        for host in 0..self.hosts {
            let reaches = |other: usize| {
                connected[host] && connected[other] && !self.path(segment, other, host).divided
            };
            if let Some(first) = (0..host).find(|other| reaches(*other)) {
                parts[host] = parts[first];
            }
        }
        parts
    }
}
