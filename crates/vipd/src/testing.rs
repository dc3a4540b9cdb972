//! Models and snapshots for tests.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use config::model::{Authentication, Instance, Model, Secret, VirtualAddress};
use engine::observe::{
    AddressSnapshot, Counters, Event, EventKind, InstanceSnapshot, Snapshot, StaticSnapshot,
};
use types::{Cidr, Family, Instant, Priority, Version, Vrid};
use vrrp::{Cause, State, Transition};

use crate::cli::keepalived::{Asked, parse};
use crate::options::Options;
use crate::status::{Daemon, Reloads};

/// A directory of this test's own, gone when it ends.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    /// `name` must be unique among the tests.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vipd-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The daemon without options.
pub(crate) fn options() -> Options {
    match parse(Vec::new()) {
        Ok(Asked::Run { options, .. }) => *options,
        other => panic!("{other:?}"),
    }
}

/// Instances of these names on eth0, VRIDs from 51 upward, with mail.
pub(crate) fn model(names: &[&str]) -> Model {
    let instances = names.iter().zip(51..).map(|(name, vrid)| instance(name, vrid)).collect();
    Model { instances, ..Model::empty() }
}

fn instance(name: &str, vrid: u8) -> Instance {
    Instance {
        authentication: Authentication::Pass(Secret(*b"1111\0\0\0\0")),
        addresses: vec![VirtualAddress::new(Cidr::host([192, 168, 200, 100].into()))],
        smtp_alert: true,
        ..Instance::new(name, "eth0", Vrid::new(vrid).unwrap(), Family::V4)
    }
}

/// VI_1 changes its state.
pub(crate) fn transition(from: State, to: State) -> Event {
    let transition = Transition { from, to, cause: Cause::Startup };
    let kind = EventKind::Transition {
        transition,
        priority: Priority(100),
        faults: Vec::new(),
        late_by: Duration::ZERO,
    };
    Event { at: Instant::ZERO, seq: 0, instance: Some("VI_1".into()), kind }
}

/// 2026-11-22 15:01:04 UTC.
pub(crate) fn then() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_359_664)
}

/// A daemon that has been up for ten minutes at [`then`].
pub(crate) fn daemon() -> Daemon {
    Daemon {
        host: "server-a".into(),
        pid: 100,
        router_pid: Some(101),
        router_restarts: 0,
        config: "/etc/keepalived/keepalived.conf".into(),
        started: then() - Duration::from_mins(10),
        last_reload: None,
        reloads: Reloads::default(),
        mails_waiting: 0,
        messages_lost: 0,
        scripts: Vec::new(),
        retries: Vec::new(),
    }
}

/// VI_1 is Master, VI_2 is Backup with a lowered priority, both for five minutes at 1000 s.
pub(crate) fn snapshot() -> Snapshot {
    let silence = Cause::MasterDown {
        silent_for: Duration::from_micros(3_609_375),
        last_active: Some([192, 168, 200, 129].into()),
    };
    let mut first = instance_snapshot("VI_1", 51, State::Active, silence, 100);
    first.counters = Counters { adverts_sent: 300, became_master: 1, ..Counters::default() };
    first.counters.refused[7] = 4;
    let mut second = instance_snapshot("VI_2", 52, State::Backup, Cause::Startup, 200);
    second.priority = Priority(90);
    second.master = Some([192, 168, 200, 129].into());
    second.master_priority = Some(Priority(200));
    second.last_advert_age = Some(Duration::from_millis(400));
    Snapshot {
        at: Instant::ZERO + Duration::from_secs(1000),
        starts_at: None,
        instances: vec![first, second],
        groups: Vec::new(),
        bfd: Vec::new(),
        statics: StaticSnapshot::default(),
    }
}

fn instance_snapshot(name: &str, vrid: u8, state: State, cause: Cause, last: u8) -> InstanceSnapshot {
    InstanceSnapshot {
        name: name.into(),
        interface: Some("eth0".into()),
        vrf: None,
        vrid: Vrid::new(vrid).unwrap(),
        version: Version::V2,
        state,
        since: Instant::ZERO + Duration::from_secs(700),
        last_transition: Some(Transition { from: State::Backup, to: state, cause }),
        base_priority: Priority(100),
        priority: Priority(100),
        interval_centis: 100,
        active_interval_centis: 100,
        master_down: Duration::from_micros(3_609_375),
        master: None,
        master_priority: None,
        last_advert_age: None,
        source: Some([192, 168, 200, 128].into()),
        faults: Vec::new(),
        group: None,
        tracks: Vec::new(),
        waiting_for: Vec::new(),
        outlook: None,
        conflict: None,
        paths: Vec::new(),
        vmacs: Vec::new(),
        addresses: vec![AddressSnapshot {
            interface_missing: false,
            cidr: Cidr::host([192, 168, 200, last].into()),
            interface: "eth0".into(),
            desired: state == State::Active,
            detecting: false,
            observed: state == State::Active,
            errno: None,
        }],
        handing_over: false,
        counters: Counters::default(),
    }
}
