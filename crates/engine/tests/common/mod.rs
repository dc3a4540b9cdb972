//! A host for engine tests: a clock that only moves when told, and a kernel that does what it is asked at once.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use config::model::VmacKind;
use config::model::{Authentication, Instance, Model, Scope, VirtualAddress};
use engine::api::{
    AddressOp, AddressSpec, Batch, Carrier, Claim, Input, Link, Observed, Output, PathFailure, PathOp,
    Received, Subscription, Transmit,
};
use engine::observe::{Event, EventKind, InstanceSnapshot};
use engine::vmac::api::{PacketFilter, Upper, UpperKind, VmacAnswer, VmacOp, VmacRequestId};
use engine::{Boot, Engine};
use types::{Cidr, Family, IfIndex, Instant, MacAddr, Priority, Version, Vrid};
use vrrp::State;
use wire::vrrp::AuthData;

pub(crate) const ETH0: IfIndex = IfIndex(2);
pub(crate) const OUR_MAC: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
pub(crate) const PEER_MAC: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);
pub(crate) const PEER: &str = "192.168.200.129";

pub(crate) fn ip(s: &str) -> IpAddr {
    s.parse().unwrap()
}

pub(crate) fn cidr(s: &str) -> Cidr {
    s.parse().unwrap()
}

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(crate) fn address(s: &str) -> VirtualAddress {
    VirtualAddress::new(cidr(s))
}

/// Version 3, VRID 51 on eth0, one second, one address.
pub(crate) fn instance(priority: u8) -> Instance {
    Instance {
        version: Version::V3,
        priority: Priority(priority),
        addresses: vec![address("192.168.200.100")],
        ..Instance::new("VI_1", "eth0", Vrid::new(51).unwrap(), Family::V4)
    }
}

pub(crate) fn model(instances: Vec<Instance>) -> Model {
    Model { instances, ..Model::empty() }
}

pub(crate) fn link(ifindex: IfIndex, name: &str, up: bool) -> Link {
    Link {
        ifindex,
        name: name.into(),
        mac: OUR_MAC,
        up,
        mtu: 1500,
        arp: true,
        master: None,
        vrf_table: None,
        upper: None,
    }
}

pub(crate) fn observed(ifindex: IfIndex, address: &str, ours: bool) -> Observed {
    Observed {
        ifindex,
        cidr: cidr(address),
        ours,
        secondary: false,
        tentative: false,
        dad_failed: false,
        scope: Scope::GLOBAL,
    }
}

/// What the engine did, without the bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Did {
    Sent(u8),
    Added(usize),
    Removed(usize),
    Frames(usize),
    /// `+` or `-`, and the route or rule.
    Path(String),
}

pub(crate) struct Host {
    pub(crate) engine: Engine,
    pub(crate) now: Instant,
    pub(crate) links: BTreeMap<IfIndex, Link>,
    /// Addresses in the kernel; true for those with our tag.
    pub(crate) addresses: BTreeMap<(IfIndex, Cidr), bool>,
    pub(crate) did: Vec<(Instant, Did)>,
    pub(crate) events: Vec<Event>,
    pub(crate) transmitted: Vec<Transmit>,
    pub(crate) frames: Vec<Vec<u8>>,
    pub(crate) bfd: Vec<engine::bfd::api::Transmit>,
    pub(crate) subscriptions: usize,
    /// What is listened on, and where claims are heard.
    pub(crate) subscribed: Vec<Subscription>,
    pub(crate) claims: BTreeSet<IfIndex>,
    pub(crate) left: bool,
    /// Routes and rules in the kernel.
    pub(crate) paths: BTreeSet<String>,
    /// Additions of routes and rules fail with this errno.
    pub(crate) refuse_paths: Option<i32>,
    pub(crate) watching_paths: bool,
    /// How often the engine asked for a list.
    pub(crate) path_lists: usize,
    /// What the kernel was asked for about virtual MAC addresses.
    pub(crate) vmac_ops: Vec<VmacOp>,
    /// Macvlans cannot be made: errno.
    pub(crate) refuse_vmac: Option<i32>,
    pub(crate) filter: Option<PacketFilter>,
    /// Packet filters are refused with this errno.
    pub(crate) refuse_filter: Option<i32>,
    /// Additions fail with this errno.
    pub(crate) refuse: Option<i32>,
    /// Removals fail with this errno.
    pub(crate) refuse_removal: Option<i32>,
    /// The kernel notifies before it answers; the two come through different sockets.
    pub(crate) notifies_first: bool,
    /// Batches of addresses wait for [`Host::work`].
    pub(crate) kernel_is_busy: bool,
    pub(crate) waiting: VecDeque<Batch<AddressOp>>,
    /// How addresses in the kernel look that were added here.
    pub(crate) looks: BTreeMap<(IfIndex, Cidr), AddressSpec>,
}

impl Host {
    /// eth0 up with 192.168.200.128/24.
    pub(crate) fn new(model: Model) -> Self {
        Self::with(model, Boot::default(), &[link(ETH0, "eth0", true)], &[])
    }

    pub(crate) fn with(model: Model, boot: Boot, links: &[Link], leftovers: &[&str]) -> Self {
        let mut host = Self::unstarted_with(model, boot, links);
        if let Some(first) = links.first() {
            host.addresses.insert((first.ifindex, cidr("192.168.200.128/24")), false);
            for leftover in leftovers {
                host.addresses.insert((first.ifindex, cidr(leftover)), true);
            }
        }
        host.resync();
        host
    }

    /// It knows nothing of the kernel yet.
    pub(crate) fn unstarted(model: Model, links: &[Link]) -> Self {
        Self::unstarted_with(model, Boot::default(), links)
    }

    fn unstarted_with(model: Model, boot: Boot, links: &[Link]) -> Self {
        let now = Instant::from_nanos(1_000_000_000);
        Self {
            engine: Engine::new(now, model, boot),
            now,
            links: links.iter().map(|l| (l.ifindex, l.clone())).collect(),
            addresses: BTreeMap::new(),
            did: Vec::new(),
            events: Vec::new(),
            transmitted: Vec::new(),
            frames: Vec::new(),
            bfd: Vec::new(),
            subscriptions: 0,
            subscribed: Vec::new(),
            claims: BTreeSet::new(),
            left: false,
            paths: BTreeSet::new(),
            refuse_paths: None,
            watching_paths: false,
            path_lists: 0,
            vmac_ops: Vec::new(),
            refuse_vmac: None,
            filter: None,
            refuse_filter: None,
            refuse: None,
            refuse_removal: None,
            notifies_first: false,
            kernel_is_busy: false,
            waiting: VecDeque::new(),
            looks: BTreeMap::new(),
        }
    }

    pub(crate) fn resync(&mut self) {
        let addresses = self
            .addresses
            .iter()
            .map(|((ifindex, cidr), ours)| observed(*ifindex, &cidr.to_string(), *ours))
            .collect();
        self.input(Input::Resync { links: self.links.values().cloned().collect(), addresses });
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.engine.handle(self.now, input);
        self.drain();
    }

    /// Lets time pass up to `now + by`, waking at every deadline.
    pub(crate) fn pass(&mut self, by: Duration) {
        let end = self.now + by;
        for turn in 0.. {
            assert!(turn < 1_000_000, "the engine never sleeps: {:?}", self.engine.poll_timeout());
            match self.engine.poll_timeout() {
                Some((at, _)) if at <= end => {
                    self.now = self.now.max(at);
                    self.engine.handle_timeout(self.now);
                    self.drain();
                }
                Some(_) | None => break,
            }
        }
        self.now = end;
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(t) => {
                    self.did.push((self.now, Did::Sent(t.payload[2])));
                    self.transmitted.push(t);
                }
                Output::Frames { frames, .. } => {
                    self.did.push((self.now, Did::Frames(frames.len())));
                    self.frames.extend(frames);
                }
                Output::Kernel(batch) if self.kernel_is_busy => self.waiting.push_back(batch),
                Output::Kernel(batch) => {
                    for input in self.carry_out(&batch) {
                        self.engine.handle(self.now, input);
                    }
                }
                Output::Event(event) => self.events.push(event),
                Output::Paths(batch) => {
                    let failed = self.execute_paths(&batch.ops);
                    self.engine.handle(self.now, Input::PathsDone { batch: batch.id, failed });
                }
                Output::ListPaths => self.path_lists += 1,
                Output::WatchPaths(on) => self.watching_paths = on,
                Output::Subscribe(wanted) => {
                    self.subscriptions += 1;
                    self.subscribed = wanted;
                }
                Output::WatchClaims(interfaces) => self.claims = interfaces,
                Output::BfdOpen(_) => {}
                Output::Vmac { id, op } => self.vmac(id, op),
                Output::PacketFilter(filter) => {
                    if self.refuse_filter.is_none() {
                        self.filter = Some(*filter);
                    }
                    self.engine.handle(self.now, Input::FilterAnswered(self.refuse_filter));
                }
                Output::BfdTransmit(packet) => self.bfd.push(packet),
                Output::Left => self.left = true,
            }
        }
    }

    /// What the kernel says to a batch, in order.
    pub(crate) fn carry_out(&mut self, batch: &Batch<AddressOp>) -> Vec<Input<'static>> {
        let (failed, mut said) = self.execute(&batch.ops);
        let done = Input::Done { batch: batch.id, failed };
        said.insert(if self.notifies_first { said.len() } else { 0 }, done);
        said
    }

    fn execute_paths(&mut self, ops: &[PathOp]) -> Vec<PathFailure> {
        let mut failed = Vec::new();
        for (index, op) in ops.iter().enumerate() {
            let errno = match op {
                PathOp::Add(_) if self.refuse_paths.is_some() => self.refuse_paths,
                PathOp::Add(path) => (!self.paths.insert(path.to_string())).then_some(17),
                PathOp::Remove(path) => (!self.paths.remove(&path.to_string())).then_some(3),
            };
            let word = if matches!(op, PathOp::Add(_)) { "+" } else { "-" };
            let path = match op {
                PathOp::Add(path) | PathOp::Remove(path) => path,
            };
            match errno {
                None => self.did.push((self.now, Did::Path(format!("{word} {path}")))),
                Some(errno) => failed.push(PathFailure { index, errno, message: String::new() }),
            }
        }
        failed
    }

    /// A kernel with macvlans and ipvlans, whose sysctls were all 0 before.
    fn vmac(&mut self, id: VmacRequestId, op: VmacOp) {
        let mut answer = VmacAnswer::default();
        let mut news = Vec::new();
        match &op {
            VmacOp::Create { .. } if self.refuse_vmac.is_some() => answer.errno = self.refuse_vmac,
            VmacOp::Create { name, base, kind, vrf, .. } => {
                let ifindex = IfIndex(100 + self.vmac_ops.len() as u32);
                let (mac, kind) = match kind {
                    VmacKind::Macvlan { mac } => (*mac, UpperKind::Macvlan { private: true }),
                    VmacKind::Ipvlan { mode, .. } => {
                        (self.links[base].mac, UpperKind::Ipvlan { mode: Some(*mode) })
                    }
                };
                let upper = Upper { base: *base, kind, admin_up: false, ours: true };
                let made = Link { mac, upper: Some(upper), master: *vrf, ..link(ifindex, name, false) };
                self.links.insert(ifindex, made.clone());
                news.push(Input::Link(made));
            }
            VmacOp::Up(ifindex) => {
                let link = self.links.get_mut(ifindex).unwrap();
                link.up = true;
                link.upper.as_mut().unwrap().admin_up = true;
                news.push(Input::Link(link.clone()));
            }
            VmacOp::Move { ifindex, vrf } => {
                let link = self.links.get_mut(ifindex).unwrap();
                link.master = *vrf;
                news.push(Input::Link(link.clone()));
            }
            VmacOp::SetMtu { ifindex, mtu_bytes } => {
                let link = self.links.get_mut(ifindex).unwrap();
                link.mtu = *mtu_bytes;
                news.push(Input::Link(link.clone()));
            }
            VmacOp::Delete(ifindex) => {
                self.links.remove(ifindex);
                news.push(Input::LinkGone(*ifindex));
            }
            VmacOp::Set(settings) => answer.changed = settings.iter().map(|(s, _)| (s.clone(), 0)).collect(),
            VmacOp::SpreadReversePathFilter => {}
        }
        self.vmac_ops.push(op);
        self.engine.handle(self.now, Input::VmacAnswered { id, answer });
        for input in news {
            self.engine.handle(self.now, input);
        }
    }

    fn execute(&mut self, ops: &[AddressOp]) -> (Vec<(usize, i32)>, Vec<Input<'static>>) {
        let mut failed = Vec::new();
        let (mut added, mut removed) = (0, 0);
        let mut news = Vec::new();
        for (at, op) in ops.iter().enumerate() {
            match op {
                AddressOp::Add(spec) => match self.refuse {
                    Some(errno) => failed.push((at, errno)),
                    None => {
                        added += 1;
                        self.addresses.insert((spec.ifindex, spec.cidr), true);
                        self.look(spec);
                        // How detection of duplicates goes on is for the test to say.
                        let tentative = spec.cidr.family() == Family::V6 && !spec.flags.nodad;
                        let seen = observed(spec.ifindex, &spec.cidr.to_string(), true);
                        news.push(Input::Address(Observed { tentative, ..seen }));
                    }
                },
                AddressOp::Remove { ifindex, cidr } => {
                    if let Some(errno) = self.refuse_removal {
                        failed.push((at, errno));
                    } else if self.addresses.remove(&(*ifindex, *cidr)).is_none() {
                        failed.push((at, 99));
                    } else {
                        removed += 1;
                        self.looks.remove(&(*ifindex, *cidr));
                        news.push(Input::AddressGone { ifindex: *ifindex, cidr: *cidr });
                    }
                }
            }
        }
        self.did.extend((added > 0).then_some((self.now, Did::Added(added))));
        self.did.extend((removed > 0).then_some((self.now, Did::Removed(removed))));
        (failed, news)
    }

    /// Of an IPv4 address that is there Linux changes the lifetimes only, whatever else it was asked for.
    fn look(&mut self, spec: &AddressSpec) {
        let there = self.looks.entry((spec.ifindex, spec.cidr)).or_insert_with(|| spec.clone());
        if spec.cidr.family() == Family::V6 {
            *there = spec.clone();
        } else {
            there.valid_lft_secs = spec.valid_lft_secs;
            there.preferred_lft_secs = spec.preferred_lft_secs;
        }
    }

    /// An advertisement of the peer, as its bytes.
    pub(crate) fn hear(&mut self, config: &Instance, priority: u8) {
        let bytes = advert(config, priority, PEER);
        self.hear_bytes(&bytes, PEER, 255);
    }

    pub(crate) fn hear_bytes(&mut self, payload: &[u8], src: &str, ttl: u8) {
        let dst = Instance::default_group(Family::V4);
        self.input(Input::Advert(Received {
            ifindex: ETH0,
            src: ip(src),
            dst,
            ttl,
            payload,
            carrier: Carrier::Ip,
        }));
    }

    /// The peer announces an address.
    pub(crate) fn claim(&mut self, addr: &str) {
        let claim = Claim { ifindex: ETH0, mac: PEER_MAC, addr: ip(addr), gratuitous: true };
        self.input(Input::Claim(claim));
    }

    /// Somebody else removes an address.
    pub(crate) fn steal(&mut self, address: &str) {
        let cidr = cidr(address);
        assert!(self.addresses.remove(&(ETH0, cidr)).is_some(), "{address} is not there");
        self.input(Input::AddressGone { ifindex: ETH0, cidr });
    }

    pub(crate) fn set_link(&mut self, new: Link) {
        self.links.insert(new.ifindex, new.clone());
        self.input(Input::Link(new));
    }

    pub(crate) fn remove_link(&mut self, ifindex: IfIndex) {
        self.links.remove(&ifindex);
        self.addresses.retain(|(i, _), _| *i != ifindex);
        self.input(Input::LinkGone(ifindex));
    }

    pub(crate) fn holds(&self, address: &str) -> bool {
        self.addresses.keys().any(|(_, c)| *c == cidr(address))
    }

    pub(crate) fn snapshot(&self) -> InstanceSnapshot {
        self.engine.snapshot(self.now).instances.remove(0)
    }

    pub(crate) fn state(&self) -> State {
        self.snapshot().state
    }

    /// What was done since the last call.
    pub(crate) fn take(&mut self) -> Vec<Did> {
        std::mem::take(&mut self.did).into_iter().map(|(_, d)| d).collect()
    }

    pub(crate) fn kinds(&self) -> Vec<&EventKind> {
        self.events.iter().map(|e| &e.kind).collect()
    }
}

/// A valid advertisement for this instance's configuration.
pub(crate) fn advert(config: &Instance, priority: u8, src: &str) -> Vec<u8> {
    let addresses: Vec<IpAddr> = config.addresses.iter().map(|a| a.cidr.addr).collect();
    wire::vrrp::Advert {
        version: config.version,
        vrid: config.vrid,
        priority: Priority(priority),
        interval: config.interval,
        auth: match &config.authentication {
            Authentication::None | Authentication::Hmac(_) => AuthData::None,
            Authentication::Pass(password) => AuthData::Pass(password.0),
            Authentication::Ah(_) => AuthData::Ah,
        },
        addresses: &addresses,
        checksum_as_v2: config.checksum_as_v2,
    }
    .emit(ip(src), config.destination)
}
