//! Gratuitous ARPs and unsolicited neighbour advertisements beside keepalived, setting by setting and frame by frame.

use libtest_mimic::Trial;
use vipd_tests::announced::Step::{Hear, Pause};
use vipd_tests::announced::{QUIET_SECS, ROW, Row, Table, same};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("announcements::settings_of_instances", || same(&INSTANCES)),
        test("announcements::settings_of_all_instances", || same(&GLOBALS)),
        test("announcements::one_and_no_more", || same(&MINIMUM)),
        test("announcements::again_and_again", || same(&AGAIN)),
    ]
}

/// Only those advertisements are seen that answer.
const QUIET: Table<'_> =
    Table { globals: "", priority: 255, interval_secs: QUIET_SECS, rows: &[], steps: &[] };

const INSTANCES: Table<'_> = Table {
    rows: &[
        Row { addresses: &["10.1.0.1", "10.1.0.2/24", "10.1.1.1/24 dev eth1"], ..ROW },
        Row {
            addresses: &["10.2.0.1"],
            excluded: &["10.2.0.2", "2001:db8:2::1/64", "2001:db8:2::2/64 dev eth1"],
            ..ROW
        },
        Row { lines: "garp_master_delay 0", addresses: &["10.3.0.1"], ..ROW },
        Row {
            lines: "garp_master_delay 2\ngarp_master_repeat 2",
            addresses: &["10.4.0.1", "10.4.0.2"],
            ..ROW
        },
        Row { lines: "garp_master_delay 2\ngarp_master_repeat 0", addresses: &["10.5.0.1"], ..ROW },
        Row {
            lines: "garp_lower_prio_delay 2\ngarp_lower_prio_repeat 3",
            addresses: &["10.6.0.1", "10.6.0.2"],
            ..ROW
        },
        Row { lines: "garp_lower_prio_delay 0\ngarp_lower_prio_repeat 0", addresses: &["10.7.0.1"], ..ROW },
        Row { lines: "lower_prio_no_advert", addresses: &["10.8.0.1"], ..ROW },
        Row { lines: "garp_master_delay 2\ngarp_lower_prio_repeat 2", addresses: &["10.9.0.1"], ..ROW },
        Row {
            lines: "version 3\ngarp_master_delay 2\ngarp_master_repeat 2",
            addresses: &["fe80::a:1", "2001:db8:a::1/64", "2001:db8:a::2/64 dev eth1"],
            ..ROW
        },
    ],
    steps: &[Pause(7000), Hear(100), Pause(6500), Hear(0), Pause(1000)],
    ..QUIET
};

const GLOBALS: Table<'_> = Table {
    globals: "vrrp_garp_master_delay 2\nvrrp_garp_master_repeat 3\nvrrp_garp_lower_prio_delay 3\n\
        vrrp_garp_lower_prio_repeat 2\nvrrp_lower_prio_no_advert",
    rows: &[
        Row { addresses: &["10.1.0.1"], ..ROW },
        Row { lines: "garp_master_delay 3\ngarp_master_repeat 1", addresses: &["10.2.0.1"], ..ROW },
        Row {
            lines: "garp_lower_prio_delay 2\ngarp_lower_prio_repeat 4\nlower_prio_no_advert off",
            addresses: &["10.3.0.1"],
            ..ROW
        },
    ],
    steps: &[Pause(5000), Hear(100), Pause(4500)],
    ..QUIET
};

const MINIMUM: Table<'_> = Table {
    globals: "vrrp_min_garp",
    rows: &[
        Row { addresses: &["10.1.0.1"], ..ROW },
        Row { lines: "garp_master_delay 2\ngarp_master_repeat 2", addresses: &["10.2.0.1"], ..ROW },
        Row { lines: "garp_lower_prio_delay 2", addresses: &["10.3.0.1"], ..ROW },
        Row { lines: "garp_lower_prio_repeat 2", addresses: &["10.4.0.1"], ..ROW },
    ],
    steps: &[Pause(6000), Hear(100), Pause(6000)],
    ..QUIET
};

/// keepalived looks for what is due when it advertises: every second.
const AGAIN: Table<'_> = Table {
    globals: "vrrp_garp_master_delay 0\nvrrp_garp_master_repeat 1\nvrrp_garp_master_refresh 4\n\
        vrrp_garp_master_refresh_repeat 2\nvrrp_garp_extra_if all 5",
    interval_secs: 1,
    rows: &[
        Row { addresses: &["10.1.0.1", "10.1.1.1/24 dev eth1"], ..ROW },
        Row { lines: "garp_master_delay 2\ngarp_master_refresh 3", addresses: &["10.2.0.1"], ..ROW },
        Row {
            lines: "garp_master_refresh 2\ngarp_master_refresh_repeat 3",
            addresses: &["10.3.0.1", "10.3.0.2"],
            ..ROW
        },
        Row {
            lines: "garp_master_delay 5\ngarp_master_repeat 2\ngarp_master_refresh 3\ngarp_master_refresh_repeat 1",
            addresses: &["10.4.0.1"],
            ..ROW
        },
        Row {
            lines: "garp_master_refresh 0\ngarp_extra_if 3",
            addresses: &["10.5.0.1", "10.5.1.1/24 dev eth1"],
            ..ROW
        },
        Row {
            lines: "garp_master_refresh 0\ngarp_extra_if all 3",
            addresses: &["10.6.0.1", "10.6.1.1/24 dev eth1"],
            excluded: &["2001:db8:6::1/64 dev eth1"],
        },
    ],
    steps: &[Pause(10_500)],
    ..QUIET
};
