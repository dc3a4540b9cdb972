//! Models and snapshots for tests.

use std::time::Duration;

use config::model::{
    AddressFlags, Garp, Global, Instance, Model, PreferredLft, Process, Scope, Vipd, VirtualAddress,
};
use types::{Cidr, Family, Interval, Priority, Version, Vrid};

/// Instances of these names on eth0, VRIDs from 51 upward, with mail.
pub(crate) fn model(names: &[&str]) -> Model {
    Model {
        global: Global {
            router_id: None,
            mail: None,
            no_email_faults: false,
            startup_delay: Duration::ZERO,
            log_unknown_vrids: false,
            process: Process::default(),
        },
        vipd: Vipd::default(),
        instances: names.iter().zip(51..).map(|(name, vrid)| instance(name, vrid)).collect(),
    }
}

fn instance(name: &str, vrid: u8) -> Instance {
    Instance {
        name: name.to_owned(),
        interface: "eth0".into(),
        vrid: Vrid::new(vrid).unwrap(),
        family: Family::V4,
        version: Version::V2,
        priority: Priority(100),
        start_as_master: false,
        interval: Interval::DEFAULT,
        down_timer_adverts: 3,
        preempt: true,
        preempt_delay: Duration::ZERO,
        password: Some(*b"1111\0\0\0\0"),
        source: None,
        track_source: false,
        destination: Instance::default_group(Family::V4),
        checksum_as_v2: false,
        lower_prio_no_advert: false,
        higher_prio_send_advert: false,
        owner_ignore_adverts: false,
        skip_check_adv_addr: false,
        dont_track_primary: false,
        track_interfaces: Vec::new(),
        garp: Garp::default(),
        addresses: vec![VirtualAddress {
            cidr: Cidr::host([192, 168, 200, 100].into()),
            interface: None,
            scope: Scope::GLOBAL,
            label: None,
            broadcast: None,
            peer: None,
            flags: AddressFlags::default(),
            preferred_lft: PreferredLft::Default,
            no_track: false,
        }],
        excluded: Vec::new(),
        promote_secondaries: false,
        smtp_alert: true,
    }
}
