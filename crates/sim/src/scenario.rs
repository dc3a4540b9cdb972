//! What is simulated, drawn from the seed: the virtual routers and each host's configuration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use config::model::{
    Authentication, Garp, Instance, Model, Peer, Secret, SyncGroup, TrackInterface, Unicast, Vipd,
    VirtualAddress,
};
use types::{Cidr, Family, Interval, Priority, Version, Vrid};

use crate::rng::Rng;

/// How far an advertisement may be from its due time on a healthy host, and what a kernel or a network needs.
pub(crate) const SLACK: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) segments: usize,
    pub(crate) routers: Vec<Router>,
    pub(crate) handover: bool,
    /// `vip_lease`.
    pub(crate) lease: Option<Duration>,
    /// The sync group that there is, or that some configurations have.
    pub(crate) group: Option<SyncGroup>,
    /// The configuration that each host starts with.
    pub(crate) models: Vec<Model>,
}

/// One virtual router, as far as all hosts agree about it.
#[derive(Debug, Clone)]
pub(crate) struct Router {
    pub(crate) name: String,
    pub(crate) segment: usize,
    pub(crate) vrid: u8,
    pub(crate) family: Family,
    pub(crate) version: Version,
    /// Every address that it has in some configuration; the first is in all of them.
    pub(crate) addresses: Vec<Cidr>,
    /// The slowest advertiser.
    pub(crate) slowest: Duration,
    /// Hosts advertise at different intervals: one that has just started may be too quick for a slow Master.
    pub(crate) mixed: bool,
    /// Advertisements go to each host, not to a group.
    pub(crate) unicast: bool,
    /// Missed advertisements before a take-over.
    pub(crate) adverts: u8,
    /// The longest `preempt_delay`.
    pub(crate) patience: Duration,
}

impl Router {
    /// No Backup waits longer: as many intervals as may be missed, and a skew time of less than 1 s in version 2
    /// (RFC 3768 section 6.1), of less than an interval in version 3 (RFC 9568 section 6.1).
    pub(crate) fn longest_wait(&self) -> Duration {
        let skew = match self.version {
            Version::V2 => Duration::from_secs(1),
            Version::V3 => self.slowest,
        };
        self.slowest * u32::from(self.adverts) + skew
    }

    /// After the last disturbance, the election is over within this time. Where hosts are patient, the first
    /// one that becomes Active may be of a lower priority: the others leave it alone for `preempt_delay` from
    /// its next advertisement on, then stop listening to it for one wait.
    pub(crate) fn election(&self) -> Duration {
        let preemption =
            if self.patience.is_zero() { Duration::ZERO } else { self.patience + self.longest_wait() };
        self.longest_wait() + self.slowest + preemption + SLACK
    }

    /// And the addresses have left their old holder, who may wait for its successor as long as a Backup would.
    pub(crate) fn settling(&self) -> Duration {
        self.election() + self.longest_wait() + SLACK
    }
}

/// The name of a host's interface on a segment.
pub(crate) fn interface(segment: usize) -> String {
    format!("eth{segment}")
}

/// A host's own addresses on a segment: what its administrator configured.
pub(crate) fn own_addresses(host: usize, segment: usize) -> [Cidr; 2] {
    let (host, segment) = (host as u8, segment as u8);
    let v4 = Ipv4Addr::new(10, 0, segment, 10 + host);
    let v6 = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, u16::from(segment), 0x10 + u16::from(host));
    [Cidr { addr: IpAddr::V4(v4), prefix_len: 24 }, Cidr { addr: IpAddr::V6(v6), prefix_len: 64 }]
}

/// The source address of a host's advertisements.
pub(crate) fn source(host: usize, segment: usize, family: Family) -> IpAddr {
    let [v4, v6] = own_addresses(host, segment);
    match family {
        Family::V4 => v4.addr,
        Family::V6 => v6.addr,
    }
}

impl Scenario {
    pub(crate) fn draw(rng: &mut Rng, nodes: usize) -> Self {
        let segments = if rng.chance(200) { 2 } else { 1 };
        let handover = !rng.chance(250);
        let lease = rng.chance(150).then(|| Duration::from_secs(rng.between(3, 10)));
        let vipd = Vipd { handover, vip_lease: lease, ..Vipd::default() };
        let model = Model { vipd, ..Model::empty() };
        let models = vec![model; nodes];
        let mut scenario = Self { segments, routers: Vec::new(), handover, lease, group: None, models };
        for number in 0..=rng.below(3) {
            scenario.draw_router(rng, number as u8);
            scenario.draw_tracks(rng, usize::from(number as u8));
        }
        scenario.draw_group(rng);
        scenario
    }

    fn draw_router(&mut self, rng: &mut Rng, number: u8) {
        let version = if rng.chance(400) { Version::V2 } else { Version::V3 };
        let family = if version == Version::V3 && rng.chance(350) { Family::V6 } else { Family::V4 };
        let mut router = Router {
            name: format!("VI_{}", number + 1),
            segment: rng.below(self.segments),
            vrid: 51 + number,
            family,
            version,
            addresses: (0..4).map(|i| virtual_address(rng, family, number, i)).collect(),
            slowest: Duration::ZERO,
            mixed: version == Version::V3 && rng.chance(100),
            unicast: self.models.len() > 1 && rng.chance(200),
            adverts: *rng.pick(&[3, 3, 3, 2, 4]),
            patience: Duration::ZERO,
        };
        let interval = draw_interval(rng, version);
        let used = 1 + rng.below(3);
        let owner = rng.chance(100).then(|| rng.below(self.models.len()));
        let priorities = draw_priorities(rng, self.models.len());
        let nopreempt = rng.chance(250);
        let delayed = rng.chance(150);
        let higher_prio_send_advert = rng.chance(150);
        let garp = draw_garp(rng);
        let other = (router.segment + 1) % self.segments;
        let track = (other != router.segment && rng.chance(400)).then(|| TrackInterface {
            interface: interface(other),
            weight: *rng.pick(&[50, -50, 253, -253, 1]),
            reverse: rng.chance(200),
        });
        let track: Vec<TrackInterface> = track.into_iter().collect();
        let nodes = self.models.len();
        for (host, model) in self.models.iter_mut().enumerate() {
            let interval = if router.mixed { draw_interval(rng, version) } else { interval };
            let preempt_delay = if delayed { rng.millis(100, 3_000) } else { Duration::ZERO };
            router.slowest = router.slowest.max(interval.as_duration());
            router.patience = router.patience.max(preempt_delay);
            let mut instance = Instance {
                priority: if owner == Some(host) { Priority::OWNER } else { priorities[host] },
                interval,
                preempt: !nopreempt,
                preempt_delay,
                garp: garp.clone(),
                higher_prio_send_advert,
                track_interfaces: track.clone(),
                unicast: router.unicast.then(|| to_the_others(host, nodes, &router)),
                ..instance(&router)
            };
            configure(&mut instance, &router.addresses[..used]);
            model.instances.push(instance);
        }
        self.routers.push(router);
    }
}

/// Advertisements to each of the other hosts.
fn to_the_others(host: usize, nodes: usize, router: &Router) -> Unicast {
    let peer =
        |other| Peer { address: source(other, router.segment, router.family), min_ttl: 255, max_ttl: 255 };
    let peers = (0..nodes).filter(|other| *other != host).map(peer).collect();
    Unicast { peers, ttl: 255, check_source: true }
}

fn draw_interval(rng: &mut Rng, version: Version) -> Interval {
    let centis = match version {
        Version::V2 => *rng.pick(&[100, 100, 100, 200]),
        Version::V3 => *rng.pick(&[100, 100, 50, 30, 20, 10, 10, 5]),
    };
    Interval::from_centis(centis).unwrap_or(Interval::DEFAULT)
}

/// Mostly different ones, sometimes a tie.
fn draw_priorities(rng: &mut Rng, nodes: usize) -> Vec<Priority> {
    let mut priorities = Vec::with_capacity(nodes);
    for _ in 0..nodes {
        let mut priority = Priority(rng.between(1, 254) as u8);
        while priorities.contains(&priority) && !rng.chance(300) {
            priority = Priority(rng.between(1, 254) as u8);
        }
        priorities.push(if rng.chance(60) { *priorities.first().unwrap_or(&priority) } else { priority });
    }
    priorities
}

fn draw_garp(rng: &mut Rng) -> Garp {
    Garp {
        repeat: rng.between(1, 5) as u32,
        delay: Duration::from_secs(*rng.pick(&[0, 1, 5])),
        lower_prio_repeat: rng.between(1, 3) as u32,
        lower_prio_delay: Duration::from_secs(*rng.pick(&[0, 1, 5])),
        refresh: Duration::from_secs(*rng.pick(&[0, 0, 0, 2])),
        arp_interval: Duration::from_millis(*rng.pick(&[0, 0, 0, 3])),
        na_interval: Duration::from_millis(*rng.pick(&[0, 0, 0, 3])),
        ..Garp::default()
    }
}

fn virtual_address(rng: &mut Rng, family: Family, number: u8, index: u8) -> Cidr {
    match family {
        Family::V4 => {
            // Some are in the subnet of the interface, some stand alone.
            let prefix_len = *rng.pick(&[32, 32, 24]);
            Cidr { addr: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 100 + number * 10 + index)), prefix_len }
        }
        Family::V6 => {
            let last = 0x100 + u16::from(number) * 16 + u16::from(index);
            Cidr::host(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)))
        }
    }
}

/// Writes the addresses into a configuration; the last of three or more is not advertised.
pub(crate) fn configure(instance: &mut Instance, addresses: &[Cidr]) {
    let advertised = if addresses.len() > 2 { addresses.len() - 1 } else { addresses.len() };
    let (advertised, excluded) = addresses.split_at(advertised);
    instance.addresses = advertised.iter().map(|cidr| VirtualAddress::new(*cidr)).collect();
    instance.excluded = excluded.iter().map(|cidr| VirtualAddress::new(*cidr)).collect();
}

fn instance(router: &Router) -> Instance {
    let vrid = Vrid::new(router.vrid).unwrap_or_else(|| unreachable!("VRIDs count from 51"));
    Instance {
        version: router.version,
        down_timer_adverts: router.adverts,
        authentication: match router.version {
            Version::V2 => Authentication::Pass(Secret(*b"1111\0\0\0\0")),
            Version::V3 => Authentication::None,
        },
        ..Instance::new(&router.name, &interface(router.segment), vrid, router.family)
    }
}
