//! The engine itself: where inputs go, timers, and the order of outputs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use config::model::{Model, Verdicts};
use serde::{Deserialize, Serialize};
use types::{Family, IfIndex, Instant, UtcTime};

use crate::announce::Announcer;
use crate::api::{AddressSpec, Deadline, Input, Output, Reason, Subscription};
use crate::bfd::Sessions;
use crate::groups::Group;
use crate::instance::{Instance, InstanceId};
use crate::kernel::Kernel;
use crate::observe::{Event, EventKind};
use crate::paths::Paths;
use crate::reconcile::{Key, Table};
use crate::statics::Statics;
use crate::tracking::Debounce;
use crate::vmac::{Filtering, Vmacs};

/// Advertisements that may go out in the same moment.
const TOGETHER: usize = 32;
/// How often a router that leaves asks a reluctant kernel once more to remove the last addresses.
const LAST_ATTEMPTS: u32 = 4;
/// The pause between two of these attempts.
const LAST_ATTEMPT_EVERY: Duration = Duration::from_millis(500);

/// How this start differs from a cold one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Boot {
    /// Names of instances that were Master in the process that this one replaces a moment later (the
    /// supervisor remembers): they go on as Master.
    pub adopt: Vec<String>,
    /// How long that process had been silent. Instances whose Backups must all have taken over by now do not go on, but listen
    /// first.
    pub silent_for: Duration,
    /// Whether there was such a process. Who was not Master in it has no reason to become it sooner than otherwise.
    pub replaces: bool,
    /// What trackers said last, as far as the supervisor knows: nobody waits for these.
    pub verdicts: Verdicts,
    /// What earlier processes changed in the kernel and could not undo.
    pub unmarked: Unmarked,
    /// Where chance comes from: another one at every start, so that a peer does not mistake this process for the last.
    pub seed: u64,
}

/// What we change in the kernel that cannot bear our mark, so that after a crash only somebody's memory can undo it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmarked {
    /// Sysctls by their names, such as `net.ipv4.conf.eth0.arp_ignore`, with the values that we found.
    pub sysctls: BTreeMap<String, u32>,
    /// Our tables of the packet filter.
    pub tables: BTreeSet<String>,
}

/// All virtual routers of this host.
#[derive(Debug)]
pub struct Engine {
    pub(crate) model: Model,
    pub(crate) boot: Boot,
    pub(crate) phase: Phase,
    /// The last time anybody told us.
    pub(crate) now: Instant,
    /// What time of day it was when.
    clock: (Instant, UtcTime),
    pub(crate) kernel: Kernel,
    pub(crate) table: Table<AddressSpec>,
    /// Routes and rules.
    pub(crate) paths: Paths,
    pub(crate) statics: Statics,
    pub(crate) announcer: Announcer,
    pub(crate) instances: BTreeMap<InstanceId, Instance>,
    /// In the order of the configuration; retiring instances are not in it.
    pub(crate) order: Vec<InstanceId>,
    /// In the order of the configuration.
    pub(crate) groups: Vec<Group>,
    pub(crate) verdicts: Verdicts,
    pub(crate) debounce: Debounce,
    /// Whose an advertisement is.
    pub(crate) by_vrid: BTreeMap<(IfIndex, u8, Family), Vec<InstanceId>>,
    /// Who has the number of another virtual router on the same link, and whose it is.
    pub(crate) clashes: BTreeMap<InstanceId, InstanceId>,
    /// Who cares about an interface.
    pub(crate) by_ifindex: BTreeMap<IfIndex, BTreeSet<InstanceId>>,
    timers: BTreeSet<(Instant, InstanceId)>,
    armed: BTreeMap<InstanceId, Instant>,
    pub(crate) listening: Listening,
    pub(crate) vmacs: Vmacs,
    pub(crate) filtering: Filtering,
    /// Everything is given up; what we made in the kernel goes, too.
    pub(crate) dismantling: bool,
    pub(crate) bfd: Sessions,
    next_id: u32,
    next_seq: u64,
    /// How late the timer was that is being handled.
    pub(crate) late_by: Duration,
    /// Virtual addresses that were there without our mark, and whose they are; told of once it is known what becomes of them.
    pub(crate) strangers: Vec<(InstanceId, Key)>,
    /// When lateness without consequence was told of last.
    pub(crate) late_told: Option<Instant>,
    outputs: VecDeque<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The kernel's state is not known yet.
    Blind,
    /// Instances listen and act from this time on (`vrrp_startup_delay`).
    Waiting {
        until: Instant,
    },
    Running,
    /// Giving everything up, until then at the latest; after that come the last attempts.
    Leaving {
        until: Instant,
        attempts: u32,
    },
    Left,
}

/// What was subscribed to, and what did not work.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    pub(crate) subscribed: Vec<Subscription>,
    /// Where claims are heard.
    pub(crate) claims: BTreeSet<IfIndex>,
    pub(crate) failures: BTreeMap<(IfIndex, Family), String>,
    /// Failures that the attempt under way has not repeated.
    pub(crate) unconfirmed: BTreeSet<(IfIndex, Family)>,
    pub(crate) retry_at: Option<Instant>,
    pub(crate) verdict_at: Option<Instant>,
}

impl Engine {
    /// An engine that knows nothing of the kernel yet: its first input must be [`Input::Resync`].
    pub fn new(now: Instant, model: Model, boot: Boot) -> Self {
        let mut engine = Self {
            bfd: Sessions::new(boot.seed),
            verdicts: boot.verdicts.clone(),
            vmacs: Vmacs::new(boot.unmarked.sysctls.clone()),
            filtering: Filtering::new(boot.unmarked.tables.clone()),
            boot,
            phase: Phase::Blind,
            now,
            clock: (now, UtcTime::default()),
            kernel: Kernel::default(),
            table: Table::default(),
            paths: Paths::default(),
            statics: Statics::default(),
            announcer: Announcer::default(),
            instances: BTreeMap::new(),
            order: Vec::new(),
            groups: Vec::new(),
            debounce: Debounce::default(),
            by_vrid: BTreeMap::new(),
            clashes: BTreeMap::new(),
            by_ifindex: BTreeMap::new(),
            timers: BTreeSet::new(),
            armed: BTreeMap::new(),
            listening: Listening::default(),
            dismantling: false,
            next_id: 0,
            next_seq: 0,
            late_by: Duration::ZERO,
            strangers: Vec::new(),
            late_told: None,
            outputs: VecDeque::new(),
            model,
        };
        for config in engine.model.instances.clone() {
            let id = engine.add_instance(config);
            engine.order.push(id);
        }
        engine.rebuild_groups();
        engine.spread_advertisements();
        engine
    }

    /// Takes one input.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.now = now;
        match input {
            Input::Utc(utc) => self.clock = (now, utc),
            Input::Advert(packet) => self.advert_received(&packet),
            Input::Claim(claim) => self.claim_heard(claim),
            Input::Link(link) => {
                let link = self.believed(link);
                self.link_changed(link);
            }
            Input::LinkGone(ifindex) => self.link_gone(ifindex),
            Input::Address(observed) => self.address_seen(observed),
            Input::AddressGone { ifindex, cidr } => self.address_gone(ifindex, cidr),
            Input::Resync { links, addresses } => self.resync(links, addresses),
            Input::Done { batch, failed } => self.batch_done(batch, &failed),
            Input::PathsDone { batch, failed } => self.paths_done(batch, &failed),
            Input::PathNews(news) => self.path_news(&news),
            Input::PathsListed(listed) => self.paths_listed(listed),
            Input::SubscribeFailed { ifindex, family, reason } => {
                self.subscribe_failed(ifindex, family, reason);
            }
            Input::Tracked { tracker, verdict } => self.tracked(&tracker, verdict),
            Input::Bfd(datagram) => self.bfd_received(&datagram),
            Input::BfdTrouble(trouble) => self.bfd_trouble(trouble),
            Input::VmacAnswered { id, answer } => self.vmac_answered(id, answer),
            Input::FilterAnswered(errno) => self.filter_answered(errno),
            Input::Reload(model) => self.reload(*model),
            Input::Stop { abrupt } => self.stop(abrupt),
        }
        self.advance_vmacs();
        self.advance_filter();
        self.start_kernel_work();
        self.check_left();
    }

    /// To be called at or after [`poll_timeout`](Self::poll_timeout); early calls do nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        while let Some(&(at, id)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            self.armed.remove(&id);
            self.instance_timer(id);
        }
        self.bfd_timer();
        self.phase_timer();
        self.listening_timer();
        self.debounce_timer();
        self.send_announcements();
        self.paths_timer();
        if let Some(batch) = self.paths.table.next_batch(now) {
            self.outputs.push_back(Output::Paths(batch));
        }
        self.advance_vmacs();
        self.advance_filter();
        if let Some(batch) = self.table.next_batch(now) {
            self.outputs.push_back(Output::Kernel(batch));
        }
        self.check_left();
    }

    /// The next thing to do; call until `None` after every input and timeout, and do the outputs in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let router = self.timers.first().map(|&(at, id)| {
            let reason =
                self.instances.get(&id).and_then(Instance::deadline).map_or(Reason::Retry, |(_, why)| why);
            (at, reason)
        });
        let reconcile =
            (self.table.is_ready() || self.paths.table.is_ready()).then_some((self.now, Reason::Reconcile));
        let phase = match self.phase {
            Phase::Waiting { until } => Some((until, Reason::Retry)),
            Phase::Leaving { until, .. } => Some((until, Reason::Handover)),
            Phase::Blind | Phase::Running | Phase::Left => None,
        };
        let listening = [self.listening.retry_at, self.listening.verdict_at].into_iter().flatten().min();
        [
            router,
            reconcile,
            phase,
            self.announcer.due(self.now).map(|at| (at, Reason::Announce)),
            self.table.retry_at().map(|at| (at, Reason::Retry)),
            self.paths.deadline().map(|at| (at, Reason::Retry)),
            listening.map(|at| (at, Reason::Retry)),
            self.vmacs.retry_at().map(|at| (at, Reason::Retry)),
            self.filtering.retry_at().map(|at| (at, Reason::Retry)),
            self.debounce.deadline().map(|at| (at, Reason::Debounce)),
            self.bfd.deadline().map(|(at, why)| (at, Reason::Bfd(why))),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(crate) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn event(&mut self, instance: Option<InstanceId>, kind: EventKind) {
        let instance = instance.and_then(|id| self.instances.get(&id)).map(|i| i.config.name.clone());
        self.event_of(instance, kind);
    }

    /// Something happened to what has this name.
    pub(crate) fn event_of(&mut self, instance: Option<String>, kind: EventKind) {
        self.next_seq += 1;
        self.output(Output::Event(Event { at: self.now, seq: self.next_seq, instance, kind }));
    }

    pub(crate) fn add_instance(&mut self, config: config::model::Instance) -> InstanceId {
        let id = InstanceId(self.next_id);
        self.next_id += 1;
        self.instances.insert(id, Instance::new(self.now, config));
        id
    }

    /// The time of day.
    pub(crate) fn utc(&self) -> UtcTime {
        let (at, utc) = self.clock;
        UtcTime::from_epoch(utc.since_epoch() + self.now.since(at))
    }

    /// Hundreds of routers that become Active in the same moment shall not advertise in the same moment ever after: a
    /// burst of a thousand packets makes the last one late and the neighbours' queues long.
    pub(crate) fn spread_advertisements(&mut self) {
        let slots = u32::try_from(self.order.len().div_ceil(TOGETHER)).unwrap_or(u32::MAX).max(1);
        for (slot, id) in (0..slots).cycle().zip(&self.order) {
            if let Some(instance) = self.instances.get_mut(id) {
                let half = instance.config.interval.as_duration() / 2;
                instance.router.set_head_start(half * slot / slots);
            }
        }
    }

    pub(crate) fn remove_instance(&mut self, id: InstanceId) {
        self.announcer.cancel(id);
        self.disarm(id);
        if let Some(instance) = self.instances.remove(&id) {
            let paths = if instance.paths_wanted { instance.paths } else { Vec::new() };
            self.replace_paths(id, &paths, &[]);
            for key in instance.keys {
                self.table.unconfigure(&key, id);
            }
        }
        self.order.retain(|o| *o != id);
        self.index_instances();
        self.want_vmacs();
    }

    /// The instance's deadline may have changed.
    pub(crate) fn rearm(&mut self, id: InstanceId) {
        let deadline = self.instances.get(&id).and_then(Instance::deadline).map(|(at, _)| at);
        if self.armed.get(&id).copied() == deadline {
            return;
        }
        self.disarm(id);
        if let Some(at) = deadline {
            self.timers.insert((at, id));
            self.armed.insert(id, at);
        }
    }

    fn disarm(&mut self, id: InstanceId) {
        if let Some(at) = self.armed.remove(&id) {
            self.timers.remove(&(at, id));
        }
    }

    /// Work for the kernel that just became known starts at once; what follows it waits for the loop, so that
    /// advertisements are never held up by more than one batch.
    ///
    /// Routes and rules go before addresses: at leaving that is the order, and at becoming Master they are not wanted
    /// before the addresses are in place.
    fn start_kernel_work(&mut self) {
        if self.paths.table.is_fresh()
            && let Some(batch) = self.paths.table.next_batch(self.now)
        {
            self.outputs.push_back(Output::Paths(batch));
        }
        if self.table.is_fresh()
            && let Some(batch) = self.table.next_batch(self.now)
        {
            self.outputs.push_back(Output::Kernel(batch));
        }
    }

    fn phase_timer(&mut self) {
        match self.phase {
            Phase::Waiting { until } if until <= self.now => self.start_instances(),
            // The kernel refuses to take addresses back: say so (it did) and go.
            Phase::Leaving { until, attempts: LAST_ATTEMPTS } if until <= self.now => self.left(),
            Phase::Leaving { until, attempts } if until <= self.now => {
                self.release_everything();
                self.release_statics();
                self.table.retry_now();
                self.paths.table.retry_now();
                let until = self.now + LAST_ATTEMPT_EVERY;
                self.phase = Phase::Leaving { until, attempts: attempts + 1 };
            }
            Phase::Blind | Phase::Waiting { .. } | Phase::Running | Phase::Leaving { .. } | Phase::Left => {}
        }
    }

    pub(crate) fn left(&mut self) {
        self.phase = Phase::Left;
        self.output(Output::Left);
    }

    pub(crate) fn startup_finished(&mut self, until: Instant) {
        self.phase = if until <= self.now { Phase::Running } else { Phase::Waiting { until } };
        self.configure_bfd();
        if self.phase == Phase::Running {
            self.start_instances();
        }
    }

    pub(crate) fn start_instances(&mut self) {
        self.phase = Phase::Running;
        let adopt = std::mem::take(&mut self.boot.adopt);
        for id in self.order.clone() {
            let adopted = self.instances.get(&id).is_some_and(|i| {
                adopt.contains(&i.config.name) && self.boot.silent_for < i.router.longest_patience()
            });
            self.start_instance(id, adopted);
        }
    }
}
