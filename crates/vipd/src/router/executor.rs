use std::collections::VecDeque;
use std::time::Duration;

use engine::Engine;
use engine::api::{Batch, Input, Output, PathFailure, PathOp, Subscription, Transmit};
use engine::observe::Event;
use linux::bfd_socket::BfdSockets;
use linux::clock;
use linux::netlink::Netlink;
use linux::nftables::Nftables;
use linux::packet::PacketSocket;
use linux::vrrp_socket::VrrpSockets;
use types::{IfIndex, Instant};

use super::limiter::Limiter;

/// Frames that wait for room in the device's queue; more are dropped, oldest first.
const MAX_WAITING: usize = 100_000;
/// When to try them again.
const FRAME_RETRY: Duration = Duration::from_millis(1);

/// The sockets, and what is to be sent on them.
pub(super) struct Executor {
    pub(super) sockets: VrrpSockets,
    pub(super) packet: PacketSocket,
    pub(super) netlink: Netlink,
    pub(super) bfd: BfdSockets,
    nftables: Nftables,
    waiting: VecDeque<(IfIndex, Vec<Vec<u8>>)>,
    retry_at: Option<Instant>,
}

impl Executor {
    pub(super) fn new(sockets: VrrpSockets, packet: PacketSocket, netlink: Netlink, bfd: BfdSockets) -> Self {
        Self {
            sockets,
            packet,
            netlink,
            bfd,
            nftables: Nftables::default(),
            waiting: VecDeque::new(),
            retry_at: None,
        }
    }

    /// When [`drain`](Self::drain) has something to do of its own.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Does everything the engine wants, in its order; advertisements that follow one another leave in one
    /// system call. `true`: the engine has left.
    pub(super) fn drain(
        &mut self,
        engine: &mut Engine,
        mut now: Instant,
        limiter: &mut Limiter,
        tell: &mut dyn FnMut(Event),
    ) -> bool {
        self.resend(now, limiter);
        let mut adverts = Vec::new();
        let mut left = false;
        loop {
            let output = engine.poll_output();
            if let Some(Output::Transmit(advert)) = output {
                adverts.push(advert);
                continue;
            }
            self.transmit(now, &mut adverts, limiter);
            match output {
                None => return left,
                Some(Output::Transmit(_)) => {}
                Some(Output::Kernel(batch)) => {
                    self.apply(engine, &batch, limiter, now);
                    // That may have taken long, and timers must not learn of it late.
                    now = clock::now();
                }
                Some(Output::Paths(batch)) => {
                    self.apply_paths(engine, &batch, limiter, now);
                    now = clock::now();
                }
                Some(Output::ListPaths) => match self.netlink.own_paths() {
                    Ok(listed) => engine.handle(clock::now(), listed),
                    Err(e) => limiter.report(now, "read routes and rules from the kernel", Err(e)),
                },
                Some(Output::WatchPaths(on)) => {
                    limiter.report(
                        now,
                        "listen for changes of routes and rules",
                        self.netlink.watch_paths(on),
                    );
                }
                Some(Output::Frames { ifindex, frames }) => self.announce(now, ifindex, frames, limiter),
                Some(Output::Subscribe(wanted)) => self.subscribe(engine, now, &wanted),
                Some(Output::WatchClaims(interfaces)) => {
                    limiter.report(now, "listen for ARP and ND", self.packet.watch(&interfaces));
                }
                Some(Output::BfdOpen(endpoints)) => {
                    for trouble in self.bfd.open(&endpoints) {
                        engine.handle(now, Input::BfdTrouble(trouble));
                    }
                }
                Some(Output::BfdTransmit(packet)) => {
                    if let Err(trouble) = self.bfd.send(&packet) {
                        engine.handle(now, Input::BfdTrouble(trouble));
                    }
                }
                Some(Output::Vmac { id, op }) => {
                    let answer = self.netlink.vmac(&op);
                    now = clock::now();
                    engine.handle(now, Input::VmacAnswered { id, answer });
                }
                Some(Output::PacketFilter(filter)) => {
                    let refused = self.nftables.apply(&filter).err();
                    let errno = refused.map(|e| e.raw_os_error().unwrap_or(0));
                    now = clock::now();
                    engine.handle(now, Input::FilterAnswered(errno));
                }
                Some(Output::Event(event)) => tell(event),
                Some(Output::Left) => left = true,
            }
        }
    }

    fn transmit(&mut self, now: Instant, adverts: &mut Vec<Transmit>, limiter: &mut Limiter) {
        if adverts.is_empty() {
            return;
        }
        let batch: Vec<_> = adverts.iter().collect();
        if let Some((_, error)) = self.sockets.send(&batch).into_iter().next() {
            limiter.report(now, "send an advertisement", Err(error));
        }
        adverts.clear();
    }

    fn apply(&mut self, engine: &mut Engine, batch: &Batch, limiter: &mut Limiter, now: Instant) {
        let failed = match self.netlink.apply(&batch.ops) {
            Ok(failed) => failed,
            Err(e) => {
                let errno = e.raw_os_error().unwrap_or(0);
                limiter.report(now, "change addresses", Err(e));
                (0..batch.ops.len()).map(|index| (index, errno)).collect()
            }
        };
        engine.handle(clock::now(), Input::Done { batch: batch.id, failed });
    }

    fn apply_paths(
        &mut self,
        engine: &mut Engine,
        batch: &Batch<PathOp>,
        limiter: &mut Limiter,
        now: Instant,
    ) {
        let failed = match self.netlink.apply_paths(&batch.ops) {
            Ok(failed) => failed,
            Err(e) => {
                let errno = e.raw_os_error().unwrap_or(0);
                limiter.report(now, "change routes and rules", Err(e));
                let all = 0..batch.ops.len();
                all.map(|index| PathFailure { index, errno, message: String::new() }).collect()
            }
        };
        engine.handle(clock::now(), Input::PathsDone { batch: batch.id, failed });
    }

    fn subscribe(&mut self, engine: &mut Engine, now: Instant, wanted: &[Subscription]) {
        for (ifindex, family, reason) in self.sockets.subscribe(wanted) {
            engine.handle(now, Input::SubscribeFailed { ifindex, family, reason });
        }
    }

    fn announce(&mut self, now: Instant, ifindex: IfIndex, mut frames: Vec<Vec<u8>>, limiter: &mut Limiter) {
        // What waits already goes first.
        let sent = if self.waiting.is_empty() { self.send_frames(now, ifindex, &frames, limiter) } else { 0 };
        if sent >= frames.len() {
            return;
        }
        self.waiting.push_back((ifindex, frames.split_off(sent)));
        self.retry_at = Some(now + FRAME_RETRY);
        while self.waiting.iter().map(|(_, frames)| frames.len()).sum::<usize>() > MAX_WAITING {
            self.waiting.pop_front();
        }
    }

    fn resend(&mut self, now: Instant, limiter: &mut Limiter) {
        if self.retry_at.is_none_or(|at| now < at) {
            return;
        }
        self.retry_at = None;
        while let Some((ifindex, mut frames)) = self.waiting.pop_front() {
            let sent = self.send_frames(now, ifindex, &frames, limiter);
            if sent < frames.len() {
                self.waiting.push_front((ifindex, frames.split_off(sent)));
                self.retry_at = Some(now + FRAME_RETRY);
                return;
            }
        }
    }

    /// How many frames are out of our hands: sent, or refused for good.
    fn send_frames(
        &mut self,
        now: Instant,
        ifindex: IfIndex,
        frames: &[Vec<u8>],
        limiter: &mut Limiter,
    ) -> usize {
        match self.packet.send(ifindex, frames) {
            Ok(sent) => sent,
            Err(e) => {
                limiter.report(now, "announce addresses", Err(e));
                frames.len()
            }
        }
    }
}
