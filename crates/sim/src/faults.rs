//! How each disturbance is done to hosts, kernels and network.

use std::time::Duration;

use engine::api::Input;
use types::{Cidr, Family, Priority};

use crate::host::Message;
use crate::kernel::Kernel;
use crate::network::{Faults, Path};
use crate::rounds::Step;
use crate::scenario::{self, own_addresses};
use crate::strikes::{Broken, Strike};
use crate::tracking::FIRST_RUN;
use crate::world::World;

/// What a kernel refuses with: EPERM, ENOMEM, ENOBUFS.
const ERRNOS: [i32; 3] = [1, 12, 105];
/// The engine tries a refused operation again after at most this time.
const KERNEL_RETRY: Duration = Duration::from_secs(5);
/// So long after sockets could not be opened it tries them again.
const SOCKET_RETRY: Duration = Duration::from_secs(6);
/// An address that somebody removed must be back by then.
pub(crate) const RESTORED_WITHIN: Duration = Duration::from_millis(100);
/// What an earlier process left behind must be gone by then.
const SWEPT_WITHIN: Duration = Duration::from_millis(50);

impl World {
    /// Does it, and says how long it lasts.
    pub(crate) fn disturb(&mut self, strike: Strike) -> Duration {
        match strike {
            Strike::Break(broken) => {
                self.round.broken.push(broken);
                self.damage(broken);
                Duration::ZERO
            }
            Strike::Mend(broken) => {
                self.round.broken.retain(|b| *b != broken);
                self.mend(broken)
            }
            Strike::Flap { host, segment } => self.flap(host, segment),
            Strike::Noise { segment } => self.noise(segment),
            Strike::OneWay { segment, from, to } => {
                self.network.path_mut(segment, from, to).cut = true;
                let lasts = self.rng.millis(100, 8_000);
                self.plan(lasts, Step::Silence { segment });
                lasts
            }
            Strike::Pause { host } => self.pause(host),
            Strike::Crash { host } => self.crash(host),
            Strike::SocketsFail { host } => {
                self.hosts[host].sockets_fail = true;
                let lasts = self.rng.millis(20, 3_000);
                self.plan(lasts, Step::SocketsWork { host });
                self.crash(host);
                lasts + SOCKET_RETRY
            }
            Strike::RemoveAddress { host } => {
                self.remove_address(host);
                Duration::ZERO
            }
            Strike::KernelRefuses { host } => {
                self.hosts[host].kernel.failing = Some(*self.rng.pick(&ERRNOS));
                let lasts = self.rng.millis(50, 4_000);
                self.plan(lasts, Step::KernelWorks { host });
                lasts + KERNEL_RETRY
            }
            Strike::LoseNotifications { host } => {
                self.hosts[host].deaf = true;
                let life = self.hosts[host].life;
                let lasts = self.rng.millis(1, 1_000);
                self.plan(lasts, Step::Hear { host, life });
                lasts
            }
            Strike::Resync { host } => {
                let dump = self.hosts[host].kernel.dump();
                self.deliver(host, Message::Other(dump));
                Duration::ZERO
            }
            Strike::ReloadSame { host } => {
                self.reload(host);
                Duration::ZERO
            }
            Strike::ReloadPriority { host, router } => {
                let priority = Priority(self.rng.between(1, 254) as u8);
                for member in self.scenario.circle(router) {
                    self.hosts[host].model.instances[member].priority = priority;
                }
                self.reload(host);
                Duration::ZERO
            }
            Strike::ReloadAddresses { router } => self.change_addresses(router),
            Strike::Tracked { host, router } => self.track_changes(host, router),
            Strike::ReloadGroup => {
                self.change_group();
                Duration::ZERO
            }
        }
    }

    fn damage(&mut self, broken: Broken) {
        match broken {
            Broken::Deleted { host, .. }
            | Broken::Renamed { host, .. }
            | Broken::Stopped { host, .. }
            | Broken::Killed { host }
            | Broken::Off { host } => self.forget_host(host),
            Broken::Divided { .. } | Broken::Unplugged { .. } => {}
        }
        match broken {
            Broken::Unplugged { host, segment } => self.plug(host, segment, false),
            Broken::Deleted { host, segment } => {
                let notices = self.hosts[host].kernel.delete(segment);
                self.notify_all(host, notices);
            }
            Broken::Renamed { host, segment } => {
                let notice = self.hosts[host].kernel.rename(segment, format!("away{segment}"));
                self.notify_all(host, notice);
            }
            Broken::Divided { segment } => self.divide(segment),
            Broken::Stopped { host, abrupt } => {
                if let Some(process) = &mut self.hosts[host].process {
                    process.stopping = true;
                }
                self.deliver(host, Message::Other(Input::Stop { abrupt }));
            }
            Broken::Killed { host } => {
                self.end_process(host);
                self.hosts[host].killed = self.now;
            }
            Broken::Off { host } => {
                self.end_process(host);
                self.hosts[host].powered = false;
            }
        }
    }

    fn mend(&mut self, broken: Broken) -> Duration {
        match broken {
            Broken::Unplugged { host, segment } => self.plug(host, segment, true),
            Broken::Deleted { host, segment } => return self.recreate(host, segment),
            Broken::Renamed { host, segment } => {
                let notice = self.hosts[host].kernel.rename(segment, scenario::interface(segment));
                self.notify_all(host, notice);
            }
            Broken::Divided { segment } => {
                for path in self.network.segment_mut(segment) {
                    path.divided = false;
                }
                self.forget_lone_announcements(segment);
            }
            Broken::Stopped { host, .. } => self.start_daemon(host),
            Broken::Killed { host } => {
                self.start_daemon(host);
                let life = self.hosts[host].life;
                self.plan(SWEPT_WITHIN, Step::CheckSwept { host, life });
            }
            Broken::Off { host } => {
                // A stopped or killed process starts with the machine.
                self.round.broken.retain(|b| match *b {
                    Broken::Stopped { host: h, .. } | Broken::Killed { host: h } => h != host,
                    Broken::Unplugged { .. }
                    | Broken::Deleted { .. }
                    | Broken::Renamed { .. }
                    | Broken::Divided { .. }
                    | Broken::Off { .. } => true,
                });
                self.hosts[host].kernel = Kernel::boot(host, self.scenario.segments);
                self.hosts[host].powered = true;
                self.hosts[host].boot += 1;
                let delay = self.rng.millis(0, 1_000);
                self.plan(delay, Step::Start { host });
                return delay + FIRST_RUN;
            }
        }
        Duration::ZERO
    }

    /// Who does not serve any more when the network is whole again has no way to make the one who does announce its
    /// addresses where the other word was heard last.
    pub(crate) fn forget_lone_announcements(&mut self, segment: usize) {
        for router in 0..self.scenario.routers.len() {
            if self.scenario.routers[router].segment != segment {
                continue;
            }
            let name = &self.scenario.routers[router].name;
            for (host, _) in self.hosts.iter().enumerate().filter(|(_, host)| !host.masters.contains(name)) {
                self.judge.forget_announcements(router, host);
            }
        }
    }

    /// The same for one who goes in the middle of yielding.
    fn forget_host(&mut self, host: usize) {
        for router in 0..self.scenario.routers.len() {
            self.judge.forget_announcements(router, host);
        }
    }

    pub(crate) fn plug(&mut self, host: usize, segment: usize, plugged: bool) {
        if !plugged {
            self.forget_host(host);
        }
        let notice = self.hosts[host].kernel.plug(segment, plugged);
        self.notify_all(host, notice);
        self.recount();
    }

    /// An interface comes back with another number; its carrier and its addresses follow, in any order.
    fn recreate(&mut self, host: usize, segment: usize) -> Duration {
        let notice = self.hosts[host].kernel.create(segment);
        self.notify_all(host, notice);
        let mut over = self.rng.millis(0, 1_000);
        self.plan(over, Step::Plug { host, segment, plugged: true });
        for cidr in own_addresses(host, segment) {
            let mut at = self.rng.millis(0, 1_000);
            if cidr.family() == Family::V6 {
                self.plan(at, Step::OwnAddress { host, segment, cidr, tentative: true });
                at += self.rng.millis(300, 1_000);
            }
            self.plan(at, Step::OwnAddress { host, segment, cidr, tentative: false });
            over = over.max(at);
        }
        over
    }

    /// The hosts of a segment fall into two parts.
    fn divide(&mut self, segment: usize) {
        let side: Vec<bool> = (0..self.hosts.len()).map(|_| self.rng.chance(500)).collect();
        for from in 0..self.hosts.len() {
            for to in 0..self.hosts.len() {
                self.network.path_mut(segment, from, to).divided = side[from] != side[to];
            }
        }
    }

    fn flap(&mut self, host: usize, segment: usize) -> Duration {
        let mut at = Duration::ZERO;
        for _ in 0..=self.rng.below(4) {
            self.plan(at, Step::Plug { host, segment, plugged: false });
            at += self.rng.millis(1, 1_500);
            self.plan(at, Step::Plug { host, segment, plugged: true });
            at += self.rng.millis(1, 1_500);
        }
        at
    }

    /// Packets get lost, doubled, late or out of order, on every path differently.
    fn noise(&mut self, segment: usize) -> Duration {
        let draw = |rng: &mut crate::rng::Rng, path: &mut Path| {
            path.faults = Faults {
                loss: *rng.pick(&[0, 0, 50, 300, 700]),
                duplication: *rng.pick(&[0, 0, 100, 500]),
                reordering: *rng.pick(&[0, 0, 100, 500]),
                delay: rng.millis(0, 20),
            };
        };
        for path in self.network.segment_mut(segment) {
            draw(&mut self.rng, path);
        }
        let lasts = self.rng.millis(500, 8_000);
        self.plan(lasts, Step::Silence { segment });
        lasts
    }

    fn pause(&mut self, host: usize) -> Duration {
        let longest = *self.rng.pick(&[20, 500, 6_000]);
        let lasts = self.rng.millis(1, longest);
        let life = self.hosts[host].life;
        if let Some(process) = &mut self.hosts[host].process {
            process.paused = true;
        }
        self.plan(lasts, Step::Resume { host, life });
        lasts
    }

    fn crash(&mut self, host: usize) -> Duration {
        let masters = self.hosts[host].masters.iter().cloned().collect();
        for segment in 0..self.scenario.segments {
            self.forget_lone_announcements(segment);
        }
        self.end_process(host);
        let life = self.hosts[host].life;
        let delay = self.rng.millis(2, 10);
        self.plan(delay, Step::Restart { host, life, masters });
        delay
    }

    /// Somebody else on the host removes a virtual address.
    fn remove_address(&mut self, host: usize) {
        let held: Vec<_> = self.hosts[host].kernel.tagged().collect();
        if held.is_empty() {
            return;
        }
        let (ifindex, cidr) = *self.rng.pick(&held);
        let Some(segment) = self.hosts[host].kernel.segment(ifindex) else { return };
        self.hosts[host].robbed = self.now;
        let notice = self.hosts[host].kernel.remove(ifindex, cidr);
        self.notify_all(host, notice);
        let life = self.hosts[host].life;
        self.plan(RESTORED_WITHIN, Step::CheckRestored { host, life, segment, cidr });
    }

    fn track_changes(&mut self, host: usize, router: usize) -> Duration {
        let track = self.hosts[host].model.instances[router].tracks.first().cloned();
        track.map_or(Duration::ZERO, |track| self.flap_tracker(host, &track.tracker))
    }

    /// A new address list, rolled out to all hosts.
    fn change_addresses(&mut self, router: usize) -> Duration {
        let all = self.scenario.routers[router].addresses.clone();
        let chosen: Vec<Cidr> = all
            .iter()
            .enumerate()
            .filter(|(i, _)| *i == 0 || self.rng.chance(500))
            .map(|(_, c)| *c)
            .collect();
        for host in 0..self.hosts.len() {
            scenario::configure(&mut self.hosts[host].model.instances[router], &chosen);
            self.reload(host);
        }
        Duration::ZERO
    }

    pub(crate) fn notify_all(&mut self, host: usize, notices: impl IntoIterator<Item = Input<'static>>) {
        for notice in notices {
            self.notify(host, notice);
        }
    }
}
