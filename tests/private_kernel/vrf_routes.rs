//! Routes and rules over dummy interfaces and in the table of a VRF, beside keepalived.

use libtest_mimic::Trial;
use vipd_tests::justified::{DUMPS_DIFFER, Justified};
use vipd_tests::parity::Step::{Dump, EachAlone, Ip, Look, Said, Shows, Start, Stop};
use vipd_tests::parity::{Step, Story, same};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("vrf_routes::as_keepalived_whatever_happens", || same(&STORY))]
}

const MASTER: Step<'_> = Said("INSTANCE \"VI_1\" MASTER 100");
const FAULT: Step<'_> = Said("INSTANCE \"VI_1\" FAULT 100");

const JUSTIFIED: &[Justified] = &[
    DUMPS_DIFFER[0],
    DUMPS_DIFFER[1],
    DUMPS_DIFFER[2],
    DUMPS_DIFFER[3],
    Justified {
        fact: ": route -4: {\"dst\":\"10.22.0.0/24\"",
        because: "keepalived puts a static route back, but not one of several hops",
    },
    Justified {
        fact: ": route -6: {\"dev\":\"dm0\",\"dst\":\"2001:db8:30::/48\"",
        because: "a route with no_track that went with its interface comes back with it",
    },
    Justified {
        fact: "dump of VI_2: data.vroutes ",
        because: "keepalived writes behind an IPv6 route that it is installed on the interface 0",
    },
];

const STORY: Story<'_> = Story {
    own: ["192.168.200.128/24", "192.168.200.129/24"],
    justified: JUSTIFIED,
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    dynamic_interfaces
}
static_routes {
    10.20.0.0/24 dev dm0
    10.21.0.0/24 dev dm1 table 10
    10.22.0.0/24 nexthop via 10.1.0.9 dev dm0 nexthop via 192.168.200.254 dev eth0 weight 2
    2001:db8:20::/48 dev dm0 table 100
}
static_rules {
    from 10.20.0.0/16 iif dm0 table 100 priority 400
    to 10.23.0.0/24 oif dm1 table 10 priority 401
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.5
    virtual_ipaddress {
        192.168.200.100
        10.1.0.100/24 dev dm0
        10.2.0.100/24 dev dm1
    }
    virtual_routes {
        10.30.0.0/24 dev dm0
        10.31.0.0/24 dev dm1 table 10
        10.32.0.0/24 via 10.1.0.9 dev dm0 table 100 metric 5
        10.33.0.0/24 nexthop via 10.1.0.9 dev dm0 weight 2 nexthop via 192.168.200.254 dev eth0
        10.34.0.0/24 via 10.2.0.9 dev dm1 table 10 src 10.2.0.100
        10.35.0.0/24 table 10 nexthop via 10.2.0.9 dev dm1 nexthop via 192.168.200.254 dev eth0
    }
    virtual_rules {
        l3mdev priority 500
        from 10.9.0.0/16 iif dm0 table 100 priority 501
        to 10.9.0.0/16 oif dm1 table 10 priority 502
        from 2001:db8:9::/48 iif blue table 100 priority 503
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.5
    virtual_ipaddress {
        192.168.200.101
    }
    virtual_routes {
        2001:db8:30::/48 dev dm0 no_track
        2001:db8:31::/48 dev dm1 table 10
    }
}
",
    steps: &[
        Ip("link add blue type vrf table 10"),
        Ip("link set blue up"),
        Ip("link add dm0 type dummy"),
        Ip("address add 10.1.0.1/24 dev dm0"),
        Ip("link set dm0 up"),
        Ip("link add dm1 type dummy"),
        Ip("link set dm1 master blue"),
        Ip("address add 10.2.0.1/24 dev dm1"),
        Ip("link set dm1 up"),
        EachAlone,
        Start,
        MASTER,
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Shows("\"priority\":503", &[]),
        Look("master"),
        Dump("master"),
        Ip("link del dm0"),
        FAULT,
        Shows("", &["192.168.200.100"]),
        Look("without dm0"),
        Ip("link add dm0 type dummy"),
        Ip("address add 10.1.0.1/24 dev dm0"),
        Ip("link set dm0 up"),
        MASTER,
        Shows("\"priority\":503", &[]),
        Look("dm0 again"),
        Ip("link set blue down"),
        FAULT,
        Shows("", &["192.168.200.100"]),
        Look("blue is down"),
        Ip("link set blue up"),
        MASTER,
        Shows("\"priority\":503", &[]),
        Look("blue is up"),
        Ip("link set dm1 down"),
        FAULT,
        Said("INSTANCE \"VI_2\" FAULT 100"),
        Shows("", &["192.168.200.100", "192.168.200.101"]),
        Look("dm1 is down"),
        Ip("link set dm1 up"),
        MASTER,
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Shows("\"priority\":503", &[]),
        Look("dm1 is up"),
        Dump("dm1 is up"),
        Stop,
        Look("stopped"),
    ],
};
