//! What the judges know: what was on the wire, what the kernels did. Never what an engine thinks of itself,
//! except where its snapshot is compared with the facts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use engine::api::Claim;
use engine::observe::{Event, EventKind};
use types::{Cidr, Family, Instant};
use vrrp::State;

use crate::scenario::Scenario;

/// After this many broken invariants the rest of a run says nothing new.
const ENOUGH: usize = 5;

#[derive(Debug)]
pub(crate) struct Judge {
    violations: Vec<String>,
    /// Segment, VRID and family of each virtual router.
    identities: Vec<(usize, u8, Family)>,
    /// Segment and family of those that use unicast: their hosts announce where their own addresses are after a fault.
    unicast: BTreeSet<(usize, Family)>,
    addresses: Vec<Vec<Cidr>>,
    /// By virtual router and host.
    on_air: Vec<Vec<OnAir>>,
    /// By virtual router, address and host.
    traces: Vec<Vec<Vec<Trace>>>,
    /// By virtual router and address.
    coverage: Vec<Vec<Coverage>>,
    hosts: Vec<Diary>,
    /// Kernel batches of each host since the network should be quiet.
    quiet_work: Vec<usize>,
}

/// What a host advertised for a virtual router.
#[derive(Debug, Clone, Default)]
pub(crate) struct OnAir {
    pub(crate) last: Option<Instant>,
    /// Since the election should be over.
    pub(crate) speaks: bool,
    /// The longest silence between two advertisements since the network should be quiet.
    pub(crate) gap: Duration,
}

/// When, in the order of everything, a host took an address and announced it; 0: never.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trace {
    pub(crate) installed: u64,
    pub(crate) announced: u64,
    pub(crate) announced_at: Instant,
    /// The announcement that others may have to be told against.
    pub(crate) last_word: Instant,
}

/// Whether any host held an address.
#[derive(Debug, Clone, Copy, Default)]
struct Coverage {
    nobody_since: Option<Instant>,
    /// The longest time without a holder in this round.
    gap: Duration,
}

/// What a host's engine told.
#[derive(Debug, Clone, Default)]
struct Diary {
    sequence: u64,
    states: BTreeMap<String, State>,
    /// Changes of state in this round.
    transitions: u64,
    quiet_transitions: u64,
}

impl Judge {
    pub(crate) fn new(scenario: &Scenario, hosts: usize) -> Self {
        let routers = &scenario.routers;
        let per_address = |r: &crate::scenario::Router| r.addresses.len();
        Self {
            violations: Vec::new(),
            identities: routers.iter().map(|r| (r.segment, r.vrid, r.family)).collect(),
            unicast: routers.iter().filter(|r| r.unicast).map(|r| (r.segment, r.family)).collect(),
            addresses: routers.iter().map(|r| r.addresses.clone()).collect(),
            on_air: vec![vec![OnAir::default(); hosts]; routers.len()],
            traces: routers.iter().map(|r| vec![vec![Trace::default(); hosts]; per_address(r)]).collect(),
            coverage: routers.iter().map(|r| vec![Coverage::default(); per_address(r)]).collect(),
            hosts: vec![Diary::default(); hosts],
            quiet_work: vec![0; hosts],
        }
    }

    pub(crate) fn violation(&mut self, now: Instant, text: &str) {
        self.violations.push(format!("{} {text}", crate::clock(now)));
    }

    pub(crate) fn is_fed_up(&self) -> bool {
        self.violations.len() >= ENOUGH
    }

    pub(crate) fn take_violations(&mut self) -> Vec<String> {
        std::mem::take(&mut self.violations)
    }

    /// An advertisement went out. VRID and priority are where RFC 9568 section 5.1 puts them.
    pub(crate) fn advert(&mut self, now: Instant, host: usize, segment: usize, src: IpAddr, payload: &[u8]) {
        let [_, vrid, priority, ..] = *payload else {
            self.violation(now, &format!("host {host} sent a truncated advertisement: {payload:02x?}"));
            return;
        };
        let identity = (segment, vrid, Family::of(src));
        let Some(router) = self.identities.iter().position(|known| *known == identity) else {
            self.violation(
                now,
                &format!("host {host} advertises VRID {vrid} from {src}, where nobody asked"),
            );
            return;
        };
        let source = crate::scenario::source(host, segment, Family::of(src));
        if src != source {
            self.violation(now, &format!("host {host} advertises from {src}, its address is {source}"));
        }
        let on_air = &mut self.on_air[router][host];
        if priority == 0 {
            on_air.last = None;
            return;
        }
        if let Some(last) = on_air.last.replace(now) {
            on_air.gap = on_air.gap.max(now.since(last));
        }
        on_air.speaks = true;
    }

    pub(crate) fn announced(
        &mut self,
        now: Instant,
        host: usize,
        segment: usize,
        claim: Claim,
        sequence: u64,
    ) {
        match self.place(segment, claim.addr) {
            Some((router, address)) => {
                let trace = &mut self.traces[router][address][host];
                (trace.announced, trace.announced_at, trace.last_word) = (sequence, now, now);
            }
            None if self.is_source_of_unicast(host, segment, claim.addr) => {}
            None => self.violation(now, &format!("host {host} announces {}, which nobody asked", claim.addr)),
        }
    }

    /// Whether an address belongs to a virtual router.
    pub(crate) fn is_virtual(&self, cidr: Cidr) -> bool {
        self.addresses.iter().flatten().any(|known| *known == cidr)
    }

    /// A kernel has a virtual address that it did not have.
    pub(crate) fn installed(&mut self, host: usize, cidr: Cidr, sequence: u64) {
        for (addresses, traces) in self.addresses.iter().zip(&mut self.traces) {
            if let Some(address) = addresses.iter().position(|known| *known == cidr) {
                traces[address][host].installed = sequence;
            }
        }
    }

    /// What a host announced where others did not hear it cannot be known to them: only a holder can be told that
    /// its word is not the last one.
    pub(crate) fn forget_announcements(&mut self, router: usize, host: usize) {
        for traces in &mut self.traces[router] {
            traces[host].last_word = Instant::ZERO;
        }
    }

    pub(crate) fn kernel_work(&mut self, host: usize) {
        self.quiet_work[host] += 1;
    }

    /// Every engine counts its events, and a state follows from the one before.
    pub(crate) fn event(&mut self, host: usize, event: &Event) -> Option<String> {
        let diary = &mut self.hosts[host];
        let follows = event.seq == diary.sequence + 1;
        diary.sequence = event.seq;
        if !follows {
            return Some(format!("host {host}: event {} is out of order", event.seq));
        }
        let (Some(name), EventKind::Transition { transition, .. }) = (&event.instance, &event.kind) else {
            return None;
        };
        diary.transitions += 1;
        diary.quiet_transitions += 1;
        let before = diary.states.insert(name.clone(), transition.to).unwrap_or(State::Initialize);
        (before != transition.from || before == transition.to)
            .then(|| format!("host {host}: {name} was {before:?}, and now tells {transition:?}"))
    }

    /// The state that an engine told last of an instance.
    pub(crate) fn told_state(&self, host: usize, name: &str) -> State {
        self.hosts[host].states.get(name).copied().unwrap_or(State::Initialize)
    }

    pub(crate) fn process_started(&mut self, host: usize) {
        let diary = &mut self.hosts[host];
        diary.sequence = 0;
        diary.states.clear();
    }

    /// A round of faults begins.
    pub(crate) fn round_begins(&mut self) {
        for diary in &mut self.hosts {
            diary.transitions = 0;
        }
        for coverage in self.coverage.iter_mut().flatten() {
            coverage.gap = Duration::ZERO;
        }
    }

    /// The election of a virtual router should be over: from now on only one speaks.
    pub(crate) fn watch(&mut self, router: usize) {
        for on_air in &mut self.on_air[router] {
            on_air.speaks = false;
        }
    }

    /// Everything should be settled: from now on nothing changes.
    pub(crate) fn quiet_begins(&mut self) {
        self.quiet_work.fill(0);
        for diary in &mut self.hosts {
            diary.quiet_transitions = 0;
        }
        for on_air in self.on_air.iter_mut().flatten() {
            on_air.gap = Duration::ZERO;
        }
    }

    pub(crate) fn on_air(&self, router: usize, host: usize) -> &OnAir {
        &self.on_air[router][host]
    }

    pub(crate) fn trace_of(&self, router: usize, address: usize, host: usize) -> Trace {
        self.traces[router][address][host]
    }

    pub(crate) fn transitions(&self, host: usize) -> u64 {
        self.hosts[host].transitions
    }

    pub(crate) fn quiet_transitions(&self, host: usize) -> u64 {
        self.hosts[host].quiet_transitions
    }

    pub(crate) fn quiet_work(&self, host: usize) -> usize {
        self.quiet_work[host]
    }

    /// Somebody holds an address, or nobody does.
    pub(crate) fn covered(&mut self, now: Instant, router: usize, address: usize, held: bool) {
        let coverage = &mut self.coverage[router][address];
        match (held, coverage.nobody_since) {
            (true, Some(since)) => {
                coverage.gap = coverage.gap.max(now.since(since));
                coverage.nobody_since = None;
            }
            (false, None) => coverage.nobody_since = Some(now),
            (true, None) | (false, Some(_)) => {}
        }
    }

    /// The longest time of this round in which nobody held an address; zero if it is not over yet.
    pub(crate) fn coverage_gap(&self, router: usize, address: usize) -> Duration {
        self.coverage[router][address].gap
    }

    fn is_source_of_unicast(&self, host: usize, segment: usize, addr: IpAddr) -> bool {
        let family = Family::of(addr);
        self.unicast.contains(&(segment, family)) && addr == crate::scenario::source(host, segment, family)
    }

    fn place(&self, segment: usize, addr: IpAddr) -> Option<(usize, usize)> {
        self.addresses.iter().zip(&self.identities).enumerate().find_map(|(router, (addresses, identity))| {
            let address = addresses.iter().position(|cidr| cidr.addr == addr)?;
            (identity.0 == segment).then_some((router, address))
        })
    }
}
