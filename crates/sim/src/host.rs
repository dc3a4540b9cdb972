//! One host: a kernel, a supervisor's memory, and the router process with the daemon's loop around the engine.

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use config::model::{Model, Verdict, Verdicts};
use engine::Engine;
use engine::api::{Carrier, Input, Received, Subscription};
use types::{IfIndex, Instant};

use crate::kernel::Kernel;

#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) kernel: Kernel,
    /// The configuration file as it is now.
    pub(crate) model: Model,
    /// What trackers said last, as the supervisor knows.
    pub(crate) verdicts: Verdicts,
    pub(crate) process: Option<Process>,
    /// What the supervisor remembers: the instances that are Master.
    pub(crate) masters: BTreeSet<String>,
    /// Counts processes; what was meant for an earlier one does not reach a later one.
    pub(crate) life: u32,
    /// Counts boots of the machine; kernel work of an earlier one is void.
    pub(crate) boot: u32,
    pub(crate) powered: bool,
    /// Netlink notifications get lost: the socket's buffer is full.
    pub(crate) deaf: bool,
    /// Sockets cannot be opened.
    pub(crate) sockets_fail: bool,
    /// When every process was killed last.
    pub(crate) killed: Instant,
    /// When the kernel refused operations last.
    pub(crate) refused: Instant,
    /// When somebody removed an address of ours last.
    pub(crate) robbed: Instant,
    /// Netlink notifications arrive in order: not before this.
    pub(crate) notified: Instant,
}

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) engine: Engine,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Not scheduled: inputs wait in `inbox`.
    pub(crate) paused: bool,
    pub(crate) inbox: VecDeque<Message>,
    /// The wake-up that is under way.
    pub(crate) wake: Option<Instant>,
    /// Wake-ups in a row without any time passing.
    pub(crate) spins: u32,
    pub(crate) stopping: bool,
}

/// An input on its way.
#[derive(Debug)]
pub(crate) enum Message {
    Advert(Advert),
    Other(Input<'static>),
}

/// A packet of protocol 112.
#[derive(Debug, Clone)]
pub(crate) struct Advert {
    pub(crate) ifindex: IfIndex,
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) ttl: u8,
    pub(crate) payload: Arc<[u8]>,
}

impl Host {
    pub(crate) fn new(kernel: Kernel, model: Model) -> Self {
        let tracks = model.instances.iter().flat_map(|instance| &instance.tracks);
        Self {
            kernel,
            verdicts: tracks.map(|track| (track.tracker.clone(), Verdict::Pending)).collect(),
            model,
            process: None,
            masters: BTreeSet::new(),
            life: 0,
            boot: 0,
            powered: true,
            deaf: false,
            sockets_fail: false,
            killed: Instant::ZERO,
            refused: Instant::ZERO,
            robbed: Instant::ZERO,
            notified: Instant::ZERO,
        }
    }

    /// Whether frames pass between this host and a segment.
    pub(crate) fn is_connected(&self, segment: usize) -> bool {
        self.powered && self.kernel.is_connected(segment)
    }

    /// Whether nothing keeps this host from serving on a segment.
    pub(crate) fn is_able(&self, segment: usize) -> bool {
        self.is_connected(segment) && self.kernel.is_in_order(segment) && self.is_running()
    }

    /// Whether a process is there that can react.
    pub(crate) fn is_running(&self) -> bool {
        self.process.as_ref().is_some_and(|p| !p.paused && !p.stopping)
    }
}

impl Process {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,

            subscriptions: Vec::new(),
            paused: false,
            inbox: VecDeque::new(),
            wake: None,
            spins: 0,
            stopping: false,
        }
    }

    /// Hands an input to the engine.
    pub(crate) fn handle(&mut self, now: Instant, message: Message) {
        match message {
            Message::Advert(Advert { ifindex, src, dst, ttl, payload }) => {
                let packet = Received { ifindex, src, dst, ttl, payload: &payload, carrier: Carrier::Ip };
                self.engine.handle(now, Input::Advert(packet));
            }
            Message::Other(input) => self.engine.handle(now, input),
        }
    }

    /// Whether the sockets take this packet. The group of a subscription to unicast is the address "any".
    pub(crate) fn listens(&self, advert: &Advert) -> bool {
        let takes =
            |group: IpAddr, dst: IpAddr| group == dst || (group.is_unspecified() && !dst.is_multicast());
        let vrid = advert.payload.get(1).copied().unwrap_or_default();
        self.subscriptions
            .iter()
            .any(|s| s.ifindex == advert.ifindex && takes(s.group, advert.dst) && s.vrids.contains(&vrid))
    }
}
