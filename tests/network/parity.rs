//! The same file and the same events for vipd and for Debian's keepalived: addresses, routes and rules as `ip` shows them,
//! the lines of the pipe, and the bytes of every advertisement are the same.

use libtest_mimic::Trial;
use vipd_tests::justified::{DUMPS_DIFFER, Justified};
use vipd_tests::parity::Step::{
    Advertises, Dump, Ip, Look, Neighbour, NeighbourLeaves, Pause, Plug, Reload, Said, Start, Stop, Write,
};
use vipd_tests::parity::{Step, Story, same};

use crate::test;

const V4: [&str; 2] = ["192.168.200.128/24", "192.168.200.129/24"];
const V6: [&str; 2] = ["fe80::a/64", "fe80::b/64"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("parity::addresses_with_all_their_options", || same(&ADDRESSES)),
        test("parity::excluded_addresses_of_both_families", || same(&EXCLUDED)),
        test("parity::ipv6", || same(&IPV6)),
        test("parity::a_better_neighbour_comes_and_goes", || same(&NEIGHBOUR)),
        test("parity::tracked_interfaces", || same(&TRACKED)),
        test("parity::interfaces_that_something_goes_to", || same(&NEEDED)),
        test("parity::sync_group", || same(&GROUP)),
        test("parity::reload_there_and_back", || same(&RELOAD)),
        test("parity::unicast", || same(&UNICAST)),
        test("parity::routes_and_rules", || same(&ROUTES)),
        test("parity::virtual_mac_address", || same(&VMAC)),
        test("parity::virtual_mac_address_ipv6", || same(&VMAC6)),
        test("parity::authentication_header", || same(&AH)),
        test("parity::tracked_file", || same(&TRACKED_FILE)),
        test("parity::preempt_delay", || same(&PREEMPT_DELAY)),
    ]
}

const BACKUP: Step<'_> = Said("INSTANCE \"VI_1\" BACKUP 100");
const MASTER: Step<'_> = Said("INSTANCE \"VI_1\" MASTER 100");

const ADDRESSES: Story<'_> = Story {
    own: V4,
    justified: &[Justified {
        fact: " local \"10.1.1.3\" ",
        because: "keepalived leaves the peer out behind a prefix length; vipd takes it as `ip address add` does",
    }],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        192.168.200.100
        192.168.200.101/24 brd + label eth0:vip
        10.1.1.1/24 dev eth1 scope link
        10.1.1.2/24 dev eth1 scope site brd 10.1.1.255
        10.1.1.3/32 peer 10.2.2.2/32 dev eth1
        10.1.1.4/24 dev eth1 noprefixroute
        10.1.1.5/24 dev eth1 preferred_lft 0
    }
}
",
    steps: &[BACKUP, Look("backup"), MASTER, Look("master"), Stop, Look("stopped")],
};

const EXCLUDED: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
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
        192.168.200.100/24
    }
    virtual_ipaddress_excluded {
        192.168.200.200
        2001:db8::100/64
        2001:db8::200
        2001:db8:1::1/64 dev eth1 preferred_lft 0
    }
}
",
    steps: &[BACKUP, MASTER, Look("master"), Stop, Look("stopped")],
};

const IPV6: Story<'_> = Story {
    own: V6,
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    virtual_ipaddress {
        fe80::100/64
        2001:db8::100/64
        2001:db8::101/128
    }
}
",
    steps: &[BACKUP, MASTER, Look("master"), Stop, Look("stopped")],
};

const NEIGHBOUR: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: FAST,
    steps: &[
        MASTER,
        Neighbour(
            "
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 200
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
    }
}
",
        ),
        BACKUP,
        Pause(600),
        Look("yielded"),
        NeighbourLeaves,
        MASTER,
        Look("back"),
        Stop,
    ],
};

const FAST: &str = "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
    }
}
";

/// Each instance has something else on eth1; those with `no_track` and with several ways do not depend on it.
const NEEDED: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
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
        10.1.1.1/24 dev eth1
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.101
    }
    virtual_routes {
        10.3.0.0/16 dev eth1 scope link
    }
}
vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.102
    }
    virtual_rules {
        iif eth1 to 10.4.0.0/16 table 100 priority 1000
    }
}
vrrp_instance VI_4 {
    interface eth0
    virtual_router_id 54
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.103
        10.1.2.1/24 dev eth1 no_track
    }
}
",
    steps: &[
        MASTER,
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Said("INSTANCE \"VI_3\" MASTER 100"),
        Said("INSTANCE \"VI_4\" MASTER 100"),
        Pause(400),
        Look("master"),
        Ip("link set eth1 down"),
        Said("INSTANCE \"VI_1\" FAULT 100"),
        Said("INSTANCE \"VI_2\" FAULT 100"),
        Said("INSTANCE \"VI_3\" FAULT 100"),
        Ip("link set eth1 up"),
        MASTER,
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Said("INSTANCE \"VI_3\" MASTER 100"),
        Stop,
        Look("stopped"),
    ],
};

const TRACKED: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_notify_priority_changes on
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    track_interface {
        eth1 weight 20
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    version 3
    advert_int 0.3
    track_interface {
        eth1
    }
    virtual_ipaddress {
        192.168.200.200
    }
}
",
    steps: &[
        Said("INSTANCE \"VI_1\" MASTER 120"),
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Pause(400),
        Ip("link set eth1 down"),
        Said("INSTANCE \"VI_2\" FAULT 100"),
        Pause(700),
        Look("eth1 is down"),
        Ip("link set eth1 up"),
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Pause(700),
        Stop,
    ],
};

const GROUP: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_sync_group G1 {
    group {
        VI_1
        VI_2
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.2
    virtual_ipaddress {
        192.168.200.100
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    priority 90
    version 3
    advert_int 0.3
    virtual_ipaddress {
        10.9.9.100
    }
}
",
    steps: &[
        Said("GROUP \"G1\" BACKUP 0"),
        Said("GROUP \"G1\" MASTER 0"),
        Look("master"),
        Plug(false),
        Said("GROUP \"G1\" FAULT 0"),
        // vipd serves the other member's address until a successor is heard, at the latest for a master-down interval.
        Pause(1500),
        Look("one link is down"),
        Plug(true),
        Said("GROUP \"G1\" MASTER 0"),
        Look("back"),
        Stop,
    ],
};

const RELOAD: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: FAST,
    steps: &[
        MASTER,
        Reload(
            "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
        192.168.200.102/24 label eth0:2
    }
    virtual_ipaddress_excluded {
        10.1.1.1/24 dev eth1
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.200
    }
}
",
        ),
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Look("there"),
        Reload(FAST),
        Pause(1500),
        Look("back"),
        Stop,
        Look("stopped"),
    ],
};

const UNICAST: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    unicast_src_ip 192.168.200.128
    unicast_peer {
        192.168.200.129
        192.168.200.130
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[BACKUP, MASTER, Look("master"), Stop],
};

const ROUTES: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
static_ipaddress {
    10.7.7.7/24 dev eth1
}
static_routes {
    198.51.100.0/24 via 10.9.9.254 dev eth1
    blackhole 203.0.113.0/24
}
static_rules {
    from 10.7.7.0/24 table 77 priority 700
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 1
    virtual_ipaddress {
        192.168.200.100/24
    }
    virtual_routes {
        198.18.0.0/24 via 192.168.200.1 dev eth0
        198.18.1.0/24 via 192.168.200.1 dev eth0 metric 20 src 192.168.200.100
        default via 192.168.200.254 dev eth0 table 100
        unreachable 198.18.2.0/24
        198.18.3.0/24 dev eth1 scope link table 101
        198.18.4.0/24 nexthop via 192.168.200.2 dev eth0 weight 2 nexthop via 192.168.200.3 dev eth0 weight 1
    }
    virtual_rules {
        from 192.168.200.100 table 100 priority 1000
        to 198.18.0.0/16 table 101 priority 1001
        fwmark 5 table 102 priority 1002
    }
}
",
    steps: &[BACKUP, Look("backup"), MASTER, Look("master"), Stop, Look("stopped")],
};

const VMAC: Story<'_> = Story {
    own: V4,
    justified: DUMPS_DIFFER,
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 1
    use_vmac
    virtual_ipaddress {
        192.168.200.100/24
        10.9.9.100/24 dev eth1
    }
    virtual_ipaddress_excluded {
        192.168.200.101/24
        2001:db8::100/64
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    priority 100
    version 3
    advert_int 1
    use_vmac named
    vmac_xmit_base
    virtual_ipaddress {
        10.9.9.101/24
    }
}
",
    steps: &[
        Said("INSTANCE \"VI_1\" BACKUP 100"),
        Look("backup"),
        Said("INSTANCE \"VI_1\" MASTER 100"),
        Pause(500),
        Look("master"),
        Dump("master"),
        Stop,
        Look("stopped"),
    ],
};

const VMAC6: Story<'_> = Story {
    own: V6,
    justified: &[Justified {
        fact: "address on vrrp.51: deprecated true family \"inet6\" local \"fe80::a\"",
        because: "keepalived lends it the address below, to send from; vipd sends from that address without",
    }],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 1
    use_vmac
    virtual_ipaddress {
        fe80::100/64
        2001:db8::100/64
    }
}
",
    steps: &[BACKUP, Look("backup"), MASTER, Look("master"), Stop, Look("stopped")],
};

const AH: Story<'_> = Story {
    own: V4,
    justified: DUMPS_DIFFER,
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 2
    advert_int 1
    authentication {
        auth_type AH
        auth_pass secret
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[BACKUP, MASTER, Look("master"), Dump("master"), Stop],
};

const TRACKED_FILE: Story<'_> = Story {
    own: V4,
    justified: &[Justified {
        fact: "pipe: INSTANCE \"VI_1\" BACKUP",
        because: "keepalived reads the file before its first line; vipd starts without waiting for any file, and tells the \
                      priority in FAULT, too",
    }],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_notify_priority_changes on
}
track_file number {
    file DIR/number
    weight 2
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    track_file {
        number
    }
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[
        Write("number", "5\n"),
        Start,
        Said("INSTANCE \"VI_1\" MASTER 110"),
        Advertises(2),
        Write("number", "-20"),
        Said("INSTANCE \"VI_1\" MASTER_PRIORITY 60"),
        Advertises(2),
        Write("number", "200"),
        Said("INSTANCE \"VI_1\" MASTER_PRIORITY 254"),
        Advertises(2),
        Write("number", "-127"),
        Said("INSTANCE \"VI_1\" FAULT 254"),
        // vipd serves the address until a successor is heard, at the latest for a master-down interval.
        Pause(1500),
        Look("fault"),
        Write("number", "3"),
        Said("INSTANCE \"VI_1\" MASTER 106"),
        Advertises(2),
        Stop,
    ],
};

/// Of eight seconds most are over before it is looked at.
const PREEMPT_DELAY: Story<'_> = Story {
    own: V4,
    justified: DUMPS_DIFFER,
    config: "
global_defs {
    vrrp_notify_fifo PIPE
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.3
    preempt_delay 8
    virtual_ipaddress {
        192.168.200.100
    }
}
",
    steps: &[
        Neighbour(INFERIOR),
        Pause(2500),
        Start,
        BACKUP,
        Pause(3000),
        Look("it waits"),
        Dump("it waits"),
        MASTER,
        Advertises(2),
        Look("master"),
        Stop,
    ],
};

const INFERIOR: &str = "
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 50
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
    }
}
";
