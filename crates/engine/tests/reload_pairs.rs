//! Reloading from one configuration to another and back comes to the same as a cold start on the last one, for random pairs.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a wrong literal shall stop the test"
)]

mod common;

use std::collections::BTreeMap;

use common::*;
use config::model::{
    Instance, Model, Notify, SyncGroup, Track, TrackInterface, TrackerId, TrackerKind, Verdict, Vipd,
    VirtualAddress,
};
use engine::api::Input;
use proptest::collection::vec;
use proptest::prelude::*;
use types::{Cidr, IfIndex, Interval, Priority, Version, Vrid};

const ETH1: IfIndex = IfIndex(3);
/// Longer than any election and any handover of these configurations.
const SETTLED_MS: u64 = 60_000;

/// One virtual router of a configuration; which one it is depends on its place.
#[derive(Debug, Clone)]
struct Draft {
    present: bool,
    name: u8,
    on_eth1: bool,
    v2: bool,
    priority: u8,
    centis: u16,
    tracks: Vec<(usize, i16, bool)>,
    watches: Option<(i16, bool)>,
    source_missing: bool,
    group: usize,
}

#[derive(Debug, Clone)]
struct Drafts {
    routers: Vec<Draft>,
    /// For each address, the virtual router that has it.
    owners: Vec<usize>,
    handover: bool,
    lease: bool,
}

fn draft() -> impl Strategy<Value = Draft> {
    let tracks = vec((0_usize..4, prop_oneof![Just(0_i16), Just(20), Just(-30)], any::<bool>()), 0..3);
    let watches = prop::option::of((prop_oneof![Just(0_i16), Just(40), Just(-40)], any::<bool>()));
    let what = (prop::bool::weighted(0.8), 0_u8..4, prop::bool::weighted(0.3), any::<bool>());
    let timing =
        (prop_oneof![Just(1_u8), 50_u8..200, Just(254), Just(255)], prop_oneof![Just(100_u16), Just(50)]);
    (what, timing, tracks, watches, prop::bool::weighted(0.1), 0_usize..4).prop_map(
        |((present, name, on_eth1, v2), (priority, centis), tracks, watches, source_missing, group)| Draft {
            present,
            name,
            on_eth1,
            v2,
            priority,
            centis,
            tracks,
            watches,
            source_missing,
            group,
        },
    )
}

fn drafts() -> impl Strategy<Value = Drafts> {
    (vec(draft(), 4), vec(0_usize..5, 6), any::<bool>(), prop::bool::weighted(0.2))
        .prop_map(|(routers, owners, handover, lease)| Drafts { routers, owners, handover, lease })
}

fn tracker(number: usize) -> TrackerId {
    let kind = if number == 3 { TrackerKind::File } else { TrackerKind::Script };
    TrackerId { kind, name: format!("t{number}") }
}

impl Drafts {
    fn model(&self) -> Model {
        let present = || self.routers.iter().enumerate().filter(|(_, router)| router.present);
        let instances: Vec<Instance> =
            present().map(|(place, router)| self.instance(place, router)).collect();
        let groups = (0..2).filter_map(|group| {
            let members: Vec<String> = present()
                .filter(|(_, router)| router.group == group)
                .map(|(place, router)| name(place, router))
                .collect();
            let group = SyncGroup {
                name: format!("G{group}"),
                members,
                smtp_alert: false,
                notify: Notify::default(),
            };
            (!group.members.is_empty()).then_some(group)
        });
        let vipd =
            Vipd { handover: self.handover, vip_lease: self.lease.then_some(ms(6000)), ..Vipd::default() };
        Model { sync_groups: groups.collect(), vipd, ..model(instances) }
    }

    fn instance(&self, place: usize, draft: &Draft) -> Instance {
        let owned = self.owners.iter().enumerate().filter(|(_, owner)| **owner == place);
        let addresses = owned.map(|(number, _)| VirtualAddress::new(vip(number))).collect();
        let interface = if draft.on_eth1 { "eth1" } else { "eth0" };
        let weighted = draft.tracks.iter().enumerate();
        let first = |at: usize, number: usize| draft.tracks.iter().position(|t| t.0 == number) == Some(at);
        Instance {
            name: name(place, draft),
            interface: Some(interface.into()),
            vrid: Vrid::new(51 + u8::try_from(place).unwrap()).unwrap(),
            version: if draft.v2 { Version::V2 } else { Version::V3 },
            priority: Priority(draft.priority),
            interval: Interval::from_centis(if draft.v2 { 100 } else { draft.centis }).unwrap(),
            tracks: weighted
                .filter(|(at, track)| first(*at, track.0))
                .map(|(_, (number, weight, reverse))| Track {
                    tracker: tracker(*number),
                    weight: *weight,
                    reverse: *reverse,
                })
                .collect(),
            track_interfaces: draft
                .watches
                .iter()
                .map(|(weight, reverse)| TrackInterface {
                    interface: "eth2".into(),
                    weight: *weight,
                    reverse: *reverse,
                })
                .collect(),
            source: draft.source_missing.then(|| ip("192.168.200.99")),
            track_source: draft.source_missing,
            addresses,
            ..instance(100)
        }
    }
}

fn name(place: usize, draft: &Draft) -> String {
    // Names move between virtual routers, but are never given twice.
    format!("VI_{}", place * 4 + usize::from(draft.name))
}

fn vip(number: usize) -> Cidr {
    cidr(&format!("192.168.200.{}", 100 + number))
}

/// eth0 and eth1 with addresses, and eth2.
fn host(model: Model, eth2: bool) -> Host {
    let links = [link(ETH0, "eth0", true), link(ETH1, "eth1", true), link(IfIndex(4), "eth2", eth2)];
    let mut host = Host::with(model, engine::Boot::default(), &links, &[]);
    host.addresses.insert((ETH1, cidr("10.9.9.1/24")), false);
    host.input(Input::Address(observed(ETH1, "10.9.9.1/24", false)));
    host
}

/// What the supervisor does after a start and after every reload.
fn tell(host: &mut Host) {
    for (number, verdict) in
        [Verdict::Up, Verdict::Down, Verdict::Up, Verdict::Value(7)].into_iter().enumerate()
    {
        host.input(Input::Tracked { tracker: tracker(number), verdict });
    }
}

fn reload(host: &mut Host, model: Model) {
    host.input(Input::Reload(Box::new(model)));
    tell(host);
}

/// Everything that is visible from outside, without history: the kernel, the wire, and what status says.
fn facts(host: &mut Host) -> impl PartialEq + std::fmt::Debug + use<> {
    host.transmitted.clear();
    host.pass(ms(3000));
    let sent: BTreeMap<_, _> = host
        .transmitted
        .drain(..)
        .map(|t| ((t.ifindex, t.payload[1]), (t.src, t.payload.to_vec())))
        .collect();
    let snapshot = host.engine.snapshot(host.now);
    let instances: Vec<_> = snapshot
        .instances
        .into_iter()
        .map(|i| {
            let shown = (i.name, i.state, i.priority, i.base_priority, i.interval_centis, i.handing_over);
            (shown, i.faults, i.source, i.addresses, i.group, i.tracks, i.waiting_for)
        })
        .collect();
    (host.addresses.clone(), sent, instances, snapshot.groups)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn there_and_back_is_a_cold_start(a in drafts(), b in drafts(), waits in [0_u64..9000, 0..9000, 0..9000], eth2: bool) {
        let (a, b) = (a.model(), b.model());
        let mut cold = host(a.clone(), eth2);
        tell(&mut cold);
        cold.pass(ms(SETTLED_MS));
        let mut warm = host(a.clone(), eth2);
        tell(&mut warm);
        warm.pass(ms(waits[0]));
        reload(&mut warm, b);
        warm.pass(ms(waits[1]));
        reload(&mut warm, a.clone());
        warm.pass(ms(waits[2]));
        // A second time, in the middle of whatever is under way.
        reload(&mut warm, a.clone());
        warm.pass(ms(SETTLED_MS));
        prop_assert_eq!(facts(&mut warm), facts(&mut cold));
        // And once more nothing happens at all.
        let deadline = warm.engine.poll_timeout();
        warm.take();
        reload(&mut warm, a);
        prop_assert_eq!((warm.take(), warm.engine.poll_timeout()), (vec![], deadline));
    }
}
