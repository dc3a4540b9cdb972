//! The loop: virtual time, the queue of what is going to happen, and the effects of what the engines ask for.
//!
//! Time is monotonic, as `CLOCK_MONOTONIC` is: a step of the wall clock is not an input of the engine, so there
//! is nothing to simulate about it.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use config::model::Verdict;
use engine::api::{AddressOp, AddressSpec, Batch, Claim, Input, Output, Subscription, Transmit};
use engine::observe::{Event, EventKind};
use engine::{Boot, Engine};
use types::{Cidr, Family, IfIndex, Instant};
use vrrp::State;

use crate::host::{Advert, Host, Message, Process};
use crate::judge::Judge;
use crate::kernel::Kernel;
use crate::network::Network;
use crate::rng::Rng;
use crate::rounds::{Round, Step};
use crate::scenario::{Scenario, source};
use crate::{Options, Outcome};

/// Wake-ups without any time passing before the engine is said to spin.
const SPIN_LIMIT: u32 = 10_000;
/// A process that leaves asks a reluctant kernel again at least this often.
const LAST_ATTEMPT: Duration = Duration::from_millis(600);
/// What a socket buffers for a process that does not read, in packets.
const SOCKET_BUFFER: usize = 300;

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) rng: Rng,
    pub(crate) scenario: Scenario,
    pub(crate) hosts: Vec<Host>,
    pub(crate) network: Network,
    pub(crate) judge: Judge,
    pub(crate) round: Round,
    pub(crate) outcome: Outcome,
    tracing: bool,
    end: Instant,
    queue: BinaryHeap<Entry>,
    sequence: u64,
    outputs: Vec<Output>,
}

/// What is going to happen.
#[derive(Debug)]
enum Happening {
    /// A process wakes up by its own wish.
    Wake { host: usize, life: u32 },
    /// A frame arrives at a host's interface.
    Frame { host: usize, segment: usize, frame: Frame },
    /// The kernel tells a process something.
    Told { host: usize, life: u32, input: Box<Input<'static>> },
    /// The kernel gets round to a batch.
    Execute { host: usize, boot: u32, life: u32, batch: Batch },
    /// The plan of faults goes on.
    Step(Step),
}

#[derive(Debug, Clone)]
enum Frame {
    Advert(Advert),
    Claim {
        claim: Claim,
    },
    /// "Who has this address?", asked by a host.
    Probe {
        from: usize,
        addr: IpAddr,
    },
}

#[derive(Debug)]
struct Entry {
    at: Instant,
    /// Makes the order total and the same in every run.
    sequence: u64,
    happening: Happening,
}

impl World {
    pub(crate) fn new(seed: u64, options: &Options) -> Self {
        let mut rng = Rng::new(seed);
        let nodes = options.nodes.clamp(1, crate::MAX_NODES);
        let scenario = Scenario::draw(&mut rng, nodes);
        let network = Network::draw(&mut rng, scenario.segments, nodes);
        let hosts = scenario.models.iter().enumerate();
        let hosts = hosts.map(|(h, model)| Host::new(Kernel::boot(h, scenario.segments), model.clone()));
        Self {
            now: Instant::ZERO,
            hosts: hosts.collect(),
            judge: Judge::new(&scenario, nodes),
            round: Round::default(),
            outcome: Outcome { seed, ..Outcome::default() },
            tracing: options.trace,
            end: Instant::ZERO + Duration::from_secs(options.seconds),
            queue: BinaryHeap::new(),
            sequence: 0,
            outputs: Vec::new(),
            network,
            scenario,
            rng,
        }
    }

    pub(crate) fn run(mut self) -> Outcome {
        self.trace(|w| format!("{:?}", w.scenario.routers));
        self.first_round();
        while !self.judge.is_fed_up() && self.advance() {}
        self.outcome.violations = self.judge.take_violations();
        self.outcome
    }

    /// The next thing happens, unless the time is over.
    pub(crate) fn advance(&mut self) -> bool {
        let Some(entry) = self.queue.pop().filter(|entry| entry.at <= self.end) else { return false };
        self.now = entry.at;
        match entry.happening {
            Happening::Wake { host, life } => self.wake(host, life),
            Happening::Frame { host, segment, frame } => self.arrive(host, segment, frame),
            Happening::Told { host, life, input } => {
                if self.hosts[host].life == life {
                    self.deliver(host, Message::Other(*input));
                }
            }
            Happening::Execute { host, boot, life, batch } => self.execute(host, boot, life, &batch),
            Happening::Step(step) => self.step(step),
        }
        true
    }

    /// A line of the trace; rendered only when somebody wants to read it.
    pub(crate) fn trace(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.tracing {
            let line = format!("{} {}", crate::clock(self.now), line(self));
            self.outcome.trace.push(line);
        }
    }

    pub(crate) fn violation(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref();
        self.trace(|_| format!("BROKEN: {text}"));
        self.judge.violation(self.now, text);
    }

    pub(crate) fn plan(&mut self, delay: Duration, step: Step) {
        self.push(self.now + delay, Happening::Step(step));
    }

    /// The whole daemon starts: its trackers know nothing yet.
    pub(crate) fn start_daemon(&mut self, h: usize) {
        self.hosts[h].verdicts.values_mut().for_each(|verdict| *verdict = Verdict::Pending);
        self.start_process(h, Boot::default());
        self.start_trackers(h);
    }

    /// The supervisor starts a router process, which dumps the kernel's state first of all.
    pub(crate) fn start_process(&mut self, h: usize, boot: Boot) {
        let host = &mut self.hosts[h];
        host.life += 1;
        host.deaf = false;
        let dump = host.kernel.dump();
        host.process = Some(Process::new(Engine::new(self.now, host.model.clone(), boot)));
        self.judge.process_started(h);
        self.trace(|_| format!("host {h}: the router process starts"));
        self.deliver(h, Message::Other(dump));
    }

    /// The router process is gone, whatever it was doing.
    pub(crate) fn end_process(&mut self, h: usize) {
        let host = &mut self.hosts[h];
        host.process = None;
        host.masters.clear();
        host.life += 1;
    }

    /// The kernel notifies whoever listens now.
    pub(crate) fn notify(&mut self, h: usize, input: Input<'static>) {
        let delay = self.rng.micros(5, 200);
        let host = &mut self.hosts[h];
        host.notified = host.notified.max(self.now + delay);
        if host.process.is_some() && !(host.deaf && self.rng.chance(700)) {
            let (at, life) = (host.notified, host.life);
            self.push(at, Happening::Told { host: h, life, input: Box::new(input) });
        }
    }

    /// An input reaches the process, or waits for it.
    pub(crate) fn deliver(&mut self, h: usize, message: Message) {
        let now = self.now;
        let Some(process) = &mut self.hosts[h].process else { return };
        if process.paused {
            let full = process.inbox.len() >= SOCKET_BUFFER;
            if !(full && matches!(message, Message::Advert(_))) {
                process.inbox.push_back(message);
            }
            return;
        }
        process.handle(now, message);
        self.perform(h);
    }

    /// A process that was not scheduled goes on: first what has arrived, then its timers.
    pub(crate) fn resume(&mut self, h: usize) {
        let now = self.now;
        let Some(process) = &mut self.hosts[h].process else { return };
        process.paused = false;
        process.wake = None;
        while let Some(process) = &mut self.hosts[h].process
            && let Some(message) = process.inbox.pop_front()
        {
            process.handle(now, message);
            self.perform(h);
        }
        self.rearm(h);
    }

    fn wake(&mut self, h: usize, life: u32) {
        let now = self.now;
        let host = &mut self.hosts[h];
        let Some(process) = host.process.as_mut().filter(|p| host.life == life && p.wake == Some(now)) else {
            return;
        };
        process.wake = None;
        if process.paused {
            return;
        }
        if process.engine.poll_timeout().is_some_and(|(at, _)| at <= now) {
            process.engine.handle_timeout(now);
            process.spins += 1;
            if process.spins > SPIN_LIMIT {
                let why = process.engine.poll_timeout();
                self.violation(format!("host {h}: the engine spins, waiting for {why:?}"));
                self.end_process(h);
                return;
            }
            self.perform(h);
        } else {
            self.rearm(h);
        }
    }

    /// Sleeps until the engine's deadline, plus what the scheduler needs. A wake-up that comes too early after
    /// the deadline has moved is cheaper than one that must be found and removed.
    fn rearm(&mut self, h: usize) {
        let now = self.now;
        let host = &mut self.hosts[h];
        let Some(process) = host.process.as_mut().filter(|p| !p.paused) else { return };
        let Some((deadline, _)) = process.engine.poll_timeout() else { return };
        if process.wake.is_some_and(|at| at <= deadline.max(now)) {
            return;
        }
        let mut at = deadline.max(now);
        if at > now {
            at = at + self.rng.micros(0, 100);
            process.spins = 0;
        }
        process.wake = Some(at);
        let life = host.life;
        self.push(at, Happening::Wake { host: h, life });
    }

    /// Does what the engine asks for, in order.
    fn perform(&mut self, h: usize) {
        let mut outputs = std::mem::take(&mut self.outputs);
        if let Some(process) = &mut self.hosts[h].process {
            outputs.extend(std::iter::from_fn(|| process.engine.poll_output()));
        }
        for output in outputs.drain(..) {
            match output {
                Output::Subscribe(subscriptions) => self.subscribe(h, subscriptions),
                Output::Transmit(transmit) => self.transmit(h, transmit),
                Output::Frames { ifindex, frames } => self.send_frames(h, ifindex, &frames),
                Output::Kernel(batch) => self.start_batch(h, batch),
                // No scenario has BFD sessions (crates/bfd/tests/pair.rs has a bad network of its own), routes, rules,
                // virtual MAC addresses or packet filters.
                Output::BfdOpen(_)
                | Output::BfdTransmit(_)
                | Output::Paths(_)
                | Output::WatchPaths(_)
                | Output::ListPaths
                | Output::Vmac { .. }
                | Output::WatchClaims(_)
                | Output::PacketFilter(_) => {}
                Output::Event(event) => self.happened(h, &event),
                Output::Left => self.left(h),
            }
        }
        self.outputs = outputs;
        self.check_groups(h);
        self.rearm(h);
    }

    fn transmit(&mut self, h: usize, transmit: Transmit) {
        let Transmit { ifindex, src, dst, ttl, payload, whole: _ } = transmit;
        let Some(segment) = self.hosts[h].kernel.segment(ifindex) else { return };
        if !self.hosts[h].is_connected(segment) {
            return;
        }
        self.outcome.adverts += 1;
        self.trace(|_| {
            let [_, vrid, priority, ..] = *payload else { return format!("host {h}: sends {payload:?}") };
            format!("host {h}: advertises VRID {vrid} with priority {priority}")
        });
        self.judge.advert(self.now, h, segment, src, &payload);
        for to in 0..self.hosts.len() {
            let for_it = dst.is_multicast() || dst == source(to, segment, Family::of(dst));
            if to != h && for_it && self.hosts[to].process.is_some() {
                // The receiver's interface number is filled in on arrival.
                let advert = Advert { ifindex, src, dst, ttl, payload: payload.clone() };
                self.send(segment, h, to, &Frame::Advert(advert));
            }
        }
    }

    fn send_frames(&mut self, h: usize, ifindex: IfIndex, frames: &[Vec<u8>]) {
        let Some(segment) = self.hosts[h].kernel.segment(ifindex) else { return };
        if !self.hosts[h].is_connected(segment) {
            return;
        }
        for bytes in frames {
            let frame = match (claim(ifindex, bytes), probe(bytes)) {
                (Some(claim), _) => {
                    self.trace(|_| format!("host {h}: announces {}", claim.addr));
                    self.sequence += 1;
                    self.judge.announced(self.now, h, segment, claim, self.sequence);
                    Frame::Claim { claim }
                }
                (None, Some(addr)) => Frame::Probe { from: h, addr: IpAddr::V4(addr) },
                (None, None) => {
                    self.violation(format!("host {h} sent a frame that is neither ARP nor ND: {bytes:02x?}"));
                    return;
                }
            };
            for to in 0..self.hosts.len() {
                if to != h {
                    self.send(segment, h, to, &frame);
                }
            }
        }
    }

    fn send(&mut self, segment: usize, from: usize, to: usize, frame: &Frame) {
        for at in self.network.carry(&mut self.rng, self.now, (segment, from, to)).into_iter().flatten() {
            self.push(at, Happening::Frame { host: to, segment, frame: frame.clone() });
        }
    }

    fn arrive(&mut self, h: usize, segment: usize, frame: Frame) {
        let host = &self.hosts[h];
        let Some(ifindex) = host.kernel.ifindex(segment).filter(|_| host.is_connected(segment)) else {
            return;
        };
        match frame {
            Frame::Advert(advert) => {
                let advert = Advert { ifindex, ..advert };
                if host.process.as_ref().is_some_and(|p| p.listens(&advert)) {
                    self.deliver(h, Message::Advert(advert));
                }
            }
            Frame::Claim { claim } => {
                let claim = Claim { ifindex, ..claim };
                self.deliver(h, Message::Other(Input::Claim(claim)));
            }
            // The kernel answers for its addresses.
            Frame::Probe { from, addr } => {
                if host.kernel.holds(segment, addr) {
                    let mac = host.kernel.mac(segment);
                    let claim = Claim { ifindex, mac, addr, gratuitous: false };
                    self.send(segment, h, from, &Frame::Claim { claim });
                }
            }
        }
    }

    fn start_batch(&mut self, h: usize, batch: Batch) {
        self.trace(|_| format!("host {h}: asks the kernel for {}", describe(&batch)));
        // A lease is renewed all the time.
        if self.scenario.lease.is_none() {
            self.judge.kernel_work(h);
        }
        let work = u64::try_from(batch.ops.len()).unwrap_or(u64::MAX);
        let delay = self.rng.micros(20, 200) + Duration::from_micros(10) * work as u32;
        let Host { boot, life, .. } = self.hosts[h];
        self.push(self.now + delay, Happening::Execute { host: h, boot, life, batch });
    }

    fn execute(&mut self, h: usize, boot: u32, life: u32, batch: &Batch) {
        if self.hosts[h].boot != boot {
            return;
        }
        let mut failed = Vec::new();
        for (index, op) in batch.ops.iter().enumerate() {
            let (AddressOp::Add(AddressSpec { ifindex, cidr, .. }) | AddressOp::Remove { ifindex, cidr }) =
                op;
            if !self.judge.is_virtual(*cidr) {
                self.violation(format!("host {h} touches an address that is not virtual: {op:?}"));
            }
            let had = self.hosts[h].kernel.tagged().any(|held| held == (*ifindex, *cidr));
            match self.hosts[h].kernel.execute(self.now, op) {
                Ok(notice) => {
                    self.sequence += 1;
                    if !had {
                        self.judge.installed(h, *cidr, self.sequence);
                    }
                    self.plan_expiry(h, *ifindex, *cidr);
                    self.notify(h, notice);
                }
                Err(errno) => failed.push((index, errno)),
            }
        }
        self.recount();
        let input = Box::new(Input::Done { batch: batch.id, failed });
        let delay = self.rng.micros(5, 200);
        self.push(self.now + delay, Happening::Told { host: h, life, input });
    }

    fn plan_expiry(&mut self, h: usize, ifindex: IfIndex, cidr: Cidr) {
        let Host { boot, kernel, .. } = &self.hosts[h];
        if let Some(at) = kernel.expiry(ifindex, cidr) {
            let step = Step::Expire { host: h, boot: *boot, ifindex, cidr };
            self.plan(at.since(self.now), step);
        }
    }

    /// The process wants these sockets.
    fn subscribe(&mut self, h: usize, subscriptions: Vec<Subscription>) {
        let host = &mut self.hosts[h];
        let (life, fails) = (host.life, host.sockets_fail);
        if fails {
            for Subscription { ifindex, group, .. } in subscriptions {
                let input = Input::SubscribeFailed {
                    ifindex,
                    family: Family::of(group),
                    reason: "no socket".to_owned(),
                };
                self.push(self.now, Happening::Told { host: h, life, input: Box::new(input) });
            }
        } else if let Some(process) = &mut host.process {
            process.subscriptions = subscriptions;
        }
    }

    fn happened(&mut self, h: usize, event: &Event) {
        self.trace(|_| {
            let name = event.instance.as_deref().unwrap_or("-");
            format!("host {h}: {name}: {:?}", event.kind)
        });
        if let Some(text) = self.judge.event(h, event) {
            self.violation(text);
        }
        if let (Some(name), EventKind::Transition { transition, .. }) = (&event.instance, &event.kind) {
            self.outcome.transitions += 1;
            if transition.to == State::Active {
                self.hosts[h].masters.insert(name.clone());
            } else {
                self.hosts[h].masters.remove(name);
            }
        }
    }

    fn left(&mut self, h: usize) {
        self.trace(|_| format!("host {h}: the router process has left"));
        let host = &self.hosts[h];
        let kept: Vec<String> = host.kernel.tagged().map(|(_, cidr)| cidr.to_string()).collect();
        let refusing = host.kernel.failing.is_some() || self.now < host.refused + LAST_ATTEMPT;
        if !kept.is_empty() && !refusing {
            self.violation(format!("host {h} left, but {} stayed behind", kept.join(", ")));
        }
        self.end_process(h);
    }

    fn push(&mut self, at: Instant, happening: Happening) {
        self.sequence += 1;
        self.queue.push(Entry { at, sequence: self.sequence, happening });
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest, because `BinaryHeap` gives the greatest first.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

/// What an Ethernet frame claims, read as another host would read it.
fn claim(ifindex: IfIndex, frame: &[u8]) -> Option<Claim> {
    if let Some(arp) = wire::arp::parse(frame) {
        let wire::arp::Claim { mac, addr, gratuitous } = arp;
        return Some(Claim { ifindex, mac, addr: IpAddr::V4(addr), gratuitous });
    }
    let wire::ndisc::Claim { mac, addr, unsolicited } = wire::ndisc::parse(frame)?;
    Some(Claim { ifindex, mac, addr: IpAddr::V6(addr), gratuitous: unsolicited })
}

/// The address that an ARP request asks for (RFC 826: operation 1, target protocol address).
fn probe(frame: &[u8]) -> Option<Ipv4Addr> {
    let is_request = frame.get(12..14)? == [0x08, 0x06] && frame.get(20..22)? == [0, 1];
    let target: [u8; 4] = frame.get(38..42)?.try_into().ok()?;
    is_request.then(|| Ipv4Addr::from(target))
}

fn describe(batch: &Batch) -> String {
    let ops = batch.ops.iter().map(|op| match op {
        AddressOp::Add(spec) => format!("+{}", spec.cidr),
        AddressOp::Remove { cidr, .. } => format!("-{cidr}"),
    });
    ops.collect::<Vec<_>>().join(" ")
}
