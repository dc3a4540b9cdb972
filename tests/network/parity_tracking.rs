//! What an instance depends on, beside keepalived: interfaces, addresses, files, processes, BFD sessions.

use libtest_mimic::Trial;
use vipd_tests::justified::{DUMPS_DIFFER, Justified};
use vipd_tests::parity::Step::{
    Advertises, Dump, EachAlone, Ip, Look, Neighbour, NeighbourLeaves, Pause, Plug, Said, Start, Stop, Write,
};
use vipd_tests::parity::{Step, Story, same};

use crate::test;

const V4: [&str; 2] = ["192.168.200.128/24", "192.168.200.129/24"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("parity_tracking::linkbeat", || same(&LINKBEAT)),
        test("parity_tracking::linkbeat_of_all", || same(&LINKBEAT_ALL)),
        test("parity_tracking::debounced", || same(&DEBOUNCED)),
        test("parity_tracking::interface_that_comes_late", || same(&LATE)),
        test("parity_tracking::interface_that_is_renamed", || same(&RENAMED)),
        test("parity_tracking::startup_delay", || same(&STARTUP)),
        test("parity_tracking::files", || same(&FILES)),
        test("parity_tracking::processes_that_nobody_runs", || same(&PROCESSES)),
        test("parity_tracking::bfd_session", || same(&BFD)),
        test("parity_tracking::bfd_session_of_weight", || same(&BFD_WEIGHT)),
    ]
}

const MASTER: Step<'_> = Said("INSTANCE \"VI_1\" MASTER 100");
const FAULT: Step<'_> = Said("INSTANCE \"VI_1\" FAULT 100");
/// vipd serves an address until a successor is heard, at the latest for a master-down interval.
const GONE: Step<'_> = Pause(1500);

const EARLIER: Justified = Justified {
    fact: "pipe: INSTANCE \"VI_1\" BACKUP",
    because: "keepalived looks for processes before its first line; vipd starts without waiting for that",
};

const LINKBEAT: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
}
linkbeat_interfaces {
    eth0
    eth1 ETHTOOL
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.3
    track_interface {
        eth1 weight 10
    }
    virtual_ipaddress {
        192.168.200.101
    }
}
",
    steps: &[
        Said("INSTANCE \"VI_2\" MASTER 110"),
        MASTER,
        Plug(false),
        FAULT,
        GONE,
        Look("unplugged"),
        Plug(true),
        MASTER,
        Ip("link set eth1 down"),
        Advertises(8),
        Ip("link set eth1 up"),
        Pause(1500),
        Advertises(4),
        Stop,
    ],
};

const LINKBEAT_ALL: Story<'_> = Story {
    config: "
linkbeat_use_polling
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[
        MASTER,
        Plug(false),
        FAULT,
        GONE,
        Plug(true),
        MASTER,
        Ip("link set eth0 down"),
        FAULT,
        GONE,
        Ip("link set eth0 up"),
        MASTER,
        Stop,
    ],
    ..LINKBEAT
};

/// Down for less than the delay is no FAULT; up for less is none either.
const DEBOUNCED: Story<'_> = Story {
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
}
interface_up_down_delays {
    eth0 1.5 2
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[
        MASTER,
        Plug(false),
        Pause(300),
        Plug(true),
        Pause(2500),
        Look("a short one"),
        Plug(false),
        FAULT,
        Pause(500),
        Plug(true),
        Pause(500),
        Plug(false),
        Pause(2500),
        Plug(true),
        MASTER,
        Look("back"),
        Stop,
    ],
    ..LINKBEAT
};

const LATE: Story<'_> = Story {
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    dynamic_interfaces
}
vrrp_instance VI_1 {
    interface late0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        10.1.1.1/24
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.3
    track_interface {
        late0
    }
    virtual_ipaddress {
        192.168.200.101
    }
}
vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.102
        10.1.1.3/24 dev late0
    }
}
",
    steps: &[
        FAULT,
        Said("INSTANCE \"VI_2\" FAULT 100"),
        Pause(1500),
        Look("missing"),
        Ip("link add late0 type veth peer name late1"),
        Pause(500),
        Look("down"),
        Ip("link set late1 up"),
        Ip("link set late0 up"),
        Ip("address add 10.1.1.9/24 dev late0"),
        MASTER,
        Pause(700),
        Look("there"),
        Ip("link del late0"),
        FAULT,
        GONE,
        Look("deleted"),
        Ip("link add late0 type veth peer name late1"),
        Ip("link set late1 up"),
        Ip("link set late0 up"),
        Ip("address add 10.1.1.9/24 dev late0"),
        MASTER,
        Pause(700),
        Look("again"),
        Stop,
    ],
    ..LINKBEAT
};

const RENAMED: Story<'_> = Story {
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    dynamic_interfaces allow_if_changes
}
vrrp_instance VI_1 {
    interface eth1
    virtual_router_id 51
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        10.9.9.100/24
    }
}
",
    steps: &[
        MASTER,
        Ip("link set eth1 down"),
        FAULT,
        GONE,
        Ip("link set eth1 name other"),
        Ip("link set other up"),
        Pause(1500),
        Look("renamed"),
        Ip("link set other down"),
        Ip("link set other name eth1"),
        Ip("link set eth1 up"),
        Ip("address replace 10.9.9.1/24 dev eth1"),
        MASTER,
        Look("back"),
        Stop,
    ],
    ..LINKBEAT
};

const STARTUP: Story<'_> = Story {
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    vrrp_startup_delay 3
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[Pause(2000), Look("waits"), MASTER, Look("over"), Stop],
    ..LINKBEAT
};

const FILES: Story<'_> = Story {
    justified: &[DUMPS_DIFFER[0], DUMPS_DIFFER[1], DUMPS_DIFFER[2], DUMPS_DIFFER[3]],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    vrrp_notify_priority_changes on
}
track_file made {
    file DIR/made
    weight 1
    init_file 7
}
track_file kept {
    file DIR/kept
    weight 2
    init_file 9
}
track_file overwritten {
    file DIR/overwritten
    weight 1
    init_file 4 overwrite
}
track_file switch {
    file DIR/switch
    weight 0
    init_file 0
}
track_file backwards {
    file DIR/backwards
    weight 3 reverse
    init_file 1 overwrite
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    track_file {
        made
        kept weight 4
        overwritten
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.3
    track_file {
        switch
        backwards
    }
    virtual_ipaddress {
        192.168.200.101
    }
}
",
    steps: &[
        Write("kept", "5\n"),
        Write("overwritten", "100\n"),
        EachAlone,
        Start,
        Said("INSTANCE \"VI_1\" MASTER 131"),
        Said("INSTANCE \"VI_2\" MASTER 97"),
        Dump("files"),
        Write("made", "-3"),
        Said("INSTANCE \"VI_1\" MASTER_PRIORITY 121"),
        Write("switch", "1"),
        Said("INSTANCE \"VI_2\" FAULT 97"),
        GONE,
        Write("switch", "0\n"),
        Said("INSTANCE \"VI_2\" MASTER 97"),
        Write("backwards", "-5"),
        Said("INSTANCE \"VI_2\" MASTER_PRIORITY 115"),
        Write("kept", ""),
        Said("INSTANCE \"VI_1\" MASTER_PRIORITY 101"),
        Advertises(6),
        Stop,
    ],
    ..LINKBEAT
};

const PROCESSES: Story<'_> = Story {
    justified: &[DUMPS_DIFFER[0], DUMPS_DIFFER[1], DUMPS_DIFFER[2], DUMPS_DIFFER[3], EARLIER],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
}
vrrp_track_process nobody {
    process vipd-nobody-has-this-name
    weight -20
}
vrrp_track_process nobody_is_well {
    process vipd-nobody-has-this-name
    weight 7 reverse
}
vrrp_track_process somebody {
    process sh
    weight 0
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    track_process {
        nobody
        nobody_is_well
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[Pause(3000), Dump("processes"), Advertises(4), Stop],
    ..LINKBEAT
};

const SESSION: &str = "
bfd_instance bfd_b {
    source_ip 192.168.200.129
    neighbor_ip 192.168.200.128
    min_rx 400
    min_tx 400
    multiplier 5
}
";

const BFD: Story<'_> = Story {
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
}
bfd_instance bfd_a {
    source_ip 192.168.200.128
    neighbor_ip 192.168.200.129
    min_rx 400
    min_tx 400
    multiplier 5
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    track_bfd {
        bfd_a
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[
        FAULT,
        Neighbour(SESSION),
        MASTER,
        Look("up"),
        NeighbourLeaves,
        FAULT,
        GONE,
        Look("down"),
        Neighbour(SESSION),
        MASTER,
        Stop,
    ],
    ..LINKBEAT
};

const NEW_SESSION: &str = "vipd gives a new session three seconds before it counts as down";

const BFD_WEIGHT: Story<'_> = Story {
    justified: &[
        Justified { fact: "pipe: INSTANCE \"VI_2\" BACKUP", because: NEW_SESSION },
        Justified { fact: "pipe: INSTANCE \"VI_2\" MASTER ", because: NEW_SESSION },
        Justified { fact: "pipe: INSTANCE \"VI_2\" MASTER_PRIORITY 70", because: NEW_SESSION },
    ],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    vrrp_notify_priority_changes on
}
bfd_instance bfd_a {
    source_ip 192.168.200.128
    neighbor_ip 192.168.200.129
    min_rx 400
    min_tx 400
    multiplier 5
    weight 20
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    track_bfd {
        bfd_a
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.3
    track_bfd {
        bfd_a weight -30
    }
    virtual_ipaddress {
        192.168.200.101
    }
}
vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    priority 100
    advert_int 0.3
    track_bfd {
        bfd_a weight 15 reverse
    }
    virtual_ipaddress {
        192.168.200.102
    }
}
",
    steps: &[
        Pause(2500),
        Advertises(6),
        Neighbour(SESSION),
        Said("INSTANCE \"VI_1\" MASTER_PRIORITY 120"),
        Advertises(6),
        NeighbourLeaves,
        Said("INSTANCE \"VI_1\" MASTER_PRIORITY 100"),
        Advertises(6),
        Stop,
    ],
    ..LINKBEAT
};
