//! The router role: executes what the engine decides. It owns the sockets, keeps two capabilities, opens no
//! file (but `rp_filter` and `disable_ipv6` below /proc/sys/net, see [`linux::vmac`]) and starts no process.
//!
//! Every turn of its loop reads the clock once, hands in what was received (packets before timers, so that an
//! advertisement that waited in the socket is seen before a late timer declares its sender dead), then lets the
//! timers run, then does what the engine asks, in order. All reading is bounded, so that timers stay on time.

mod addresses;
mod executor;
mod importance;
mod limiter;

use std::io;
use std::time::Duration;

use engine::api::Input;
use engine::{Boot, Engine};
use linux::bfd_socket::BfdSockets;
use linux::netlink::{MonitorError, Netlink};
use linux::packet::PacketSocket;
use linux::poll::Poller;
use linux::vrrp_socket::VrrpSockets;
use linux::{clock, process};
use types::Instant;

use crate::exit::Exit;
use crate::ipc::{Channel, Delivery, Ending, FromRouter, Language, Start, ToRouter};
use crate::logging::buffered;
use crate::{describe, roles};
use addresses::AddressLog;
use executor::Executor;
use importance::Importance;
use limiter::Limiter;

const SUPERVISOR: u64 = 0;
const VRRP: u64 = 1;
const PACKET: u64 = 2;
const MONITOR: u64 = 3;
const BFD: u64 = 4;

/// Packets and notifications of each kind that one turn takes at most.
const TURN: usize = 256;
/// BFD packets that one turn takes at most. As many as a thousand fast sessions receive while this process is held up for
/// some 40 ms: those that wait must be heard before the timers of their sessions are looked at.
const BFD_TURN: usize = 4096;
/// After a failed dump of the kernel's state.
const DUMP_RETRY: Duration = Duration::from_millis(100);
/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The whole process.
pub(crate) fn main() -> Exit {
    buffered::start(false);
    // Signals stay blocked as the supervisor has blocked them: when to stop is its decision alone.
    let mut channel = match roles::inherited_socket().and_then(Channel::new) {
        Ok(channel) => channel,
        Err(e) => {
            eprintln!("router: standard input is no socket of a supervisor: {e}");
            return Exit::Internal;
        }
    };
    match begin(&mut channel) {
        Ok(Some(begun)) => Router::new(begun, channel).run(),
        Ok(None) => Exit::Ok,
        Err(failure) => {
            let fatal = FromRouter::Fatal { exit: failure.exit, text: failure.text };
            // The exit code says it too.
            let _ = channel.send(&fatal, Delivery::Sure).and_then(|()| channel.finish(LAST_WORDS));
            failure.exit
        }
    }
}

/// Everything until the loop can begin. `None`: the supervisor went away before it said what to run.
fn begin(channel: &mut Channel) -> Result<Option<Begun>, Failure> {
    let mut opened = Opened::open()?;
    // A broken connection is noticed by the next read.
    let _ = channel.send(&FromRouter::Opened, Delivery::Sure);
    match opened.first_message(channel)? {
        Some(start) => opened.prepare(start).map(Some),
        None => Ok(None),
    }
}

struct Failure {
    exit: Exit,
    text: String,
}

impl Failure {
    fn of(what: &str, error: &io::Error) -> Self {
        let denied = error.kind() == io::ErrorKind::PermissionDenied;
        let exit = if denied { Exit::Permission } else { Exit::Fatal };
        Self { exit, text: format!("cannot {what}: {error}") }
    }
}

/// What the loop runs on.
struct Begun {
    engine: Engine,
    executor: Executor,
    poller: Poller,
    address_log: Option<AddressLog>,
    importance: Importance,
}

fn log_addresses(log: &mut Option<AddressLog>, input: &Input<'_>) {
    for line in log.iter_mut().flat_map(|log| log.hear(input)) {
        log::info!("{line}");
    }
}

/// Everything that can be opened before the configuration is known.
struct Opened {
    sockets: VrrpSockets,
    packet: PacketSocket,
    netlink: Netlink,
    bfd: BfdSockets,
    poller: Poller,
}

impl Opened {
    fn open() -> Result<Self, Failure> {
        let sockets = VrrpSockets::open().map_err(|e| Failure::of("open sockets for VRRP", &e))?;
        let packet = PacketSocket::open().map_err(|e| Failure::of("open sockets for ARP and ND", &e))?;
        let netlink = Netlink::open().map_err(|e| Failure::of("open netlink sockets", &e))?;
        let bfd = BfdSockets::new().map_err(|e| Failure::of("prepare sockets for BFD", &e))?;
        let poller = Poller::new().map_err(|e| Failure::of("make an epoll set", &e))?;
        Ok(Self { sockets, packet, netlink, bfd, poller })
    }

    /// Waits for what to run.
    fn first_message(&mut self, channel: &mut Channel) -> Result<Option<Start>, Failure> {
        let broken =
            |e: io::Error| Failure { exit: Exit::Internal, text: format!("supervisor's socket: {e}") };
        self.poller.add(channel.fd(), SUPERVISOR).map_err(broken)?;
        let mut ready = Vec::new();
        loop {
            let open = channel.fill().map_err(broken)?;
            match channel.next_message().map_err(|e| broken(io::Error::other(e)))? {
                Some(ToRouter::Start(start)) => return Ok(Some(*start)),
                Some(
                    ToRouter::Reload(_)
                    | ToRouter::Tracked(..)
                    | ToRouter::Snapshot
                    | ToRouter::SnapshotAndClear
                    | ToRouter::Ping
                    | ToRouter::Switch(_)
                    | ToRouter::Stop(_),
                ) => {}
                None if !open => return Ok(None),
                None => self.poller.wait(None, &mut ready).map_err(broken)?,
            }
        }
    }

    /// Gives up what is not needed any more and shows the engine what the kernel has.
    fn prepare(mut self, mut start: Start) -> Result<Begun, Failure> {
        log::set_max_level(crate::logging::max_level(start.detail));
        let importance = Importance::start(&start.model.global.process);
        process::drop_privileges_to_net().map_err(|e| Failure::of("give up privileges", &e))?;
        process::raise_file_limit();
        let others = [(self.packet.fd(), PACKET), (self.netlink.monitor_fd(), MONITOR), (self.bfd.fd(), BFD)];
        for (fd, token) in self.sockets.fds().into_iter().map(|fd| (fd, VRRP)).chain(others) {
            self.poller.add(fd, token).map_err(|e| Failure::of("watch a socket", &e))?;
        }
        let resync = self
            .netlink
            .dump()
            .map_err(|e| Failure::of("read interfaces and addresses from the kernel", &e))?;
        let now = clock::now();
        let routes = start.model.has_routing();
        // This clock counts from the start of the machine.
        let up = Duration::from_nanos(now.as_nanos());
        let delay = if start.replaces { Duration::ZERO } else { start.model.global.wait_at_start(up) };
        start.model.global.startup_delay = delay;
        let boot = Boot {
            adopt: start.adopt,
            silent_for: start.silent_for,
            replaces: start.replaces,
            verdicts: start.verdicts,
            unmarked: start.unmarked,
            seed: process::random_bits(),
        };
        let mut engine = Engine::new(now, start.model, boot);
        engine.handle(now, Input::Utc(clock::utc()));
        let mut address_log = start.address_monitoring.then(AddressLog::default);
        log_addresses(&mut address_log, &resync);
        engine.handle(now, resync);
        if routes {
            let found = self
                .netlink
                .own_paths()
                .map_err(|e| Failure::of("read routes and rules from the kernel", &e))?;
            engine.handle(now, found);
        }
        if start.resign {
            engine.handle(now, Input::Stop { abrupt: true });
        }
        let executor = Executor::new(self.sockets, self.packet, self.netlink, self.bfd);
        Ok(Begun { engine, executor, poller: self.poller, address_log, importance })
    }
}

struct Router {
    engine: Engine,
    executor: Executor,
    poller: Poller,
    address_log: Option<AddressLog>,
    importance: Importance,
    /// `None` once the supervisor is gone.
    channel: Option<Channel>,
    awaits_output: bool,
    /// When to dump the kernel's state again, after an overrun or a failed dump.
    dump_at: Option<Instant>,
    left: bool,
    limiter: Limiter,
    /// Messages lost and not yet reported.
    lost: u64,
}

impl Router {
    fn new(begun: Begun, channel: Channel) -> Self {
        let Begun { engine, executor, poller, address_log, importance } = begun;
        Self {
            address_log,
            importance,
            engine,
            executor,
            poller,
            channel: Some(channel),
            awaits_output: false,
            dump_at: None,
            left: false,
            limiter: Limiter::default(),
            lost: 0,
        }
    }

    fn run(mut self) -> Exit {
        let mut ready = Vec::new();
        self.execute(clock::now());
        self.say(&FromRouter::Ready, Delivery::Sure);
        // What was read together with the start message is in our hands: no descriptor will tell of it.
        let now = clock::now();
        if let Some(last_word) = self.obey(now, &[SUPERVISOR]) {
            return self.end(&last_word);
        }
        self.execute(now);
        while !self.left {
            self.report();
            let deadline = self.deadline();
            if deadline.is_none_or(|at| at > clock::now()) {
                self.importance.caught_up();
            }
            if let Err(e) = self.poller.wait(deadline, &mut ready) {
                return self.end(&FromRouter::Fatal { exit: Exit::Internal, text: format!("epoll: {e}") });
            }
            let now = clock::now();
            self.importance.woken(deadline, now);
            self.engine.handle(now, Input::Utc(clock::utc()));
            self.receive(now, &ready);
            if let Some(last_word) = self.obey(now, &ready) {
                return self.end(&last_word);
            }
            self.engine.handle_timeout(now);
            self.execute(now);
        }
        self.end(&FromRouter::Left)
    }

    fn deadline(&self) -> Option<Instant> {
        let engine = self.engine.poll_timeout().map(|(at, _)| at);
        [engine, self.dump_at, self.executor.deadline()].into_iter().flatten().min()
    }

    /// Hands the engine what the sockets have.
    fn receive(&mut self, now: Instant, ready: &[u64]) {
        let Self { engine, executor, limiter, address_log, .. } = self;
        if ready.contains(&VRRP) {
            let result = executor.sockets.recv(TURN, &mut |packet| engine.handle(now, Input::Advert(packet)));
            limiter.report(now, "receive advertisements", result.map(drop));
        }
        if ready.contains(&BFD) {
            let result =
                executor.bfd.recv(BFD_TURN, &mut |datagram| engine.handle(now, Input::Bfd(datagram)));
            limiter.report(now, "receive BFD", result.map(drop));
        }
        if ready.contains(&PACKET) {
            let result = executor.packet.recv(TURN, &mut |claim| engine.handle(now, Input::Claim(claim)));
            limiter.report(now, "receive ARP and ND", result.map(drop));
        }
        if ready.contains(&MONITOR) {
            match executor.netlink.read_events(TURN, &mut |input| {
                log_addresses(address_log, &input);
                engine.handle(now, input);
            }) {
                Ok(()) => {}
                Err(MonitorError::Overrun) => self.dump_at = Some(now),
                Err(MonitorError::Io(e)) => {
                    limiter.report(now, "read notifications of the kernel", Err(e));
                    self.dump_at = Some(now + DUMP_RETRY);
                }
            }
        }
        if self.dump_at.is_some_and(|at| at <= now) {
            self.resync(now);
        }
    }

    /// Looks at the whole of the kernel's state anew.
    fn resync(&mut self, now: Instant) {
        match self.executor.netlink.dump() {
            Ok(resync) => {
                log::info!("the kernel had more news than it could deliver; read its state anew");
                log_addresses(&mut self.address_log, &resync);
                self.engine.handle(now, resync);
                self.dump_at = None;
            }
            Err(e) => {
                self.limiter.report(now, "read interfaces and addresses from the kernel", Err(e));
                self.dump_at = Some(now + DUMP_RETRY);
            }
        }
    }

    /// Does what the supervisor says. `Some`: the process ends here, with this last word.
    fn obey(&mut self, now: Instant, ready: &[u64]) -> Option<FromRouter> {
        if !ready.contains(&SUPERVISOR) {
            return None;
        }
        let channel = self.channel.as_mut()?;
        let mut open = channel.fill().unwrap_or(false) && channel.flush().is_ok();
        while let Some(channel) = &mut self.channel {
            match channel.next_message() {
                Ok(Some(ToRouter::Start(_))) => log::warn!("the supervisor said start twice"),
                Ok(Some(ToRouter::Reload(model))) => {
                    self.importance.configure(&model.global.process);
                    self.engine.handle(now, Input::Reload(model));
                }
                Ok(Some(ToRouter::Tracked(tracker, verdict))) => {
                    self.engine.handle(now, Input::Tracked { tracker, verdict });
                }
                Ok(Some(ToRouter::Snapshot)) => {
                    let snapshot = Box::new(self.engine.snapshot(now));
                    self.say(&FromRouter::Snapshot(snapshot), Delivery::Lossy);
                }
                Ok(Some(ToRouter::SnapshotAndClear)) => {
                    let snapshot = Box::new(self.engine.snapshot(now));
                    self.engine.clear_counters();
                    self.say(&FromRouter::Snapshot(snapshot), Delivery::Sure);
                }
                Ok(Some(ToRouter::Ping)) => self.say(&FromRouter::Alive, Delivery::Sure),
                Ok(Some(ToRouter::Stop(Ending::Graceful))) => {
                    self.engine.handle(now, Input::Stop { abrupt: false });
                }
                Ok(Some(ToRouter::Stop(Ending::Abrupt))) => {
                    self.engine.handle(now, Input::Stop { abrupt: true });
                }
                Ok(Some(ToRouter::Stop(Ending::LeaveAddresses))) => return Some(FromRouter::Left),
                Ok(Some(ToRouter::Switch(language))) => self.switch(language),
                Ok(None) => break,
                Err(e) => {
                    log::error!("{e}");
                    open = false;
                    break;
                }
            }
        }
        if !open {
            self.orphaned(now);
        }
        None
    }

    fn switch(&mut self, language: Language) {
        self.say(&FromRouter::Switching(language), Delivery::Sure);
        if let Some(channel) = &mut self.channel {
            channel.speak(language);
            channel.listen(language);
        }
    }

    /// Nobody would restart us or tell us to stop: give the addresses to somebody who is better looked after.
    fn orphaned(&mut self, now: Instant) {
        if let Some(channel) = self.channel.take() {
            // The descriptor is closed in the next moment anyway.
            let _ = self.poller.remove(channel.fd());
            self.engine.handle(now, Input::Stop { abrupt: false });
        }
    }

    /// Carries out what the engine wants, until it wants nothing.
    fn execute(&mut self, now: Instant) {
        let Self { engine, executor, limiter, channel, left, .. } = self;
        let mut tell = |event: engine::observe::Event| match channel {
            // A broken connection is noticed by the next read.
            Some(channel) => drop(channel.send(&FromRouter::Event(Box::new(event)), Delivery::Sure)),
            None => eprintln!("{}", describe::describe(&event).1),
        };
        *left |= executor.drain(engine, now, limiter, &mut tell);
    }

    /// Sends log lines of this process and of the libraries in it.
    fn report(&mut self) {
        let (lines, lost) = buffered::take();
        for line in lines {
            self.say(&FromRouter::Log(line), Delivery::Lossy);
        }
        let Some(channel) = &mut self.channel else { return };
        self.lost += lost + channel.take_lost();
        // While something still waits, more will be lost.
        if self.lost > 0 && !channel.wants_write() {
            let lost = std::mem::take(&mut self.lost);
            self.say(&FromRouter::Lost(lost), Delivery::Sure);
        }
        let Some(channel) = &mut self.channel else { return };
        if channel.wants_write() != self.awaits_output {
            self.awaits_output = channel.wants_write();
            if let Err(e) = self.poller.watch_output(channel.fd(), SUPERVISOR, self.awaits_output) {
                log::warn!("epoll: {e}");
            }
        }
    }

    fn say(&mut self, message: &FromRouter, delivery: Delivery) {
        if let Some(channel) = &mut self.channel {
            // A broken connection is noticed by the next read.
            let _ = channel.send(message, delivery);
        }
    }

    fn end(mut self, last_word: &FromRouter) -> Exit {
        self.report();
        self.say(last_word, Delivery::Sure);
        if let Some(channel) = self.channel.take() {
            // The supervisor sees our exit code in any case.
            let _ = channel.finish(LAST_WORDS);
        }
        match last_word {
            FromRouter::Fatal { exit, .. } => *exit,
            FromRouter::Opened
            | FromRouter::Ready
            | FromRouter::Switching(_)
            | FromRouter::Event(_)
            | FromRouter::Log(_)
            | FromRouter::Alive
            | FromRouter::Snapshot(_)
            | FromRouter::Lost(_)
            | FromRouter::Left => Exit::Ok,
        }
    }
}
