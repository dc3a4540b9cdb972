//! Options of addresses, beside keepalived.

use libtest_mimic::Trial;
use vipd_tests::justified::Justified;
use vipd_tests::parity::Step::{Look, Said, Stop};
use vipd_tests::parity::{Story, same};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("parity_addresses::options", || same(&OPTIONS)),
        test("parity_addresses::options_on_virtual_interfaces", || same(&VMAC)),
    ]
}

const BECAUSE: &str =
    "keepalived sets no peer of an address without the same prefix length, and leaves such an address behind";

const fn peer(fact: &'static str) -> Justified {
    Justified { fact, because: BECAUSE }
}

const PEERS: &[Justified] = &[
    peer("local \"10.7.8.1\""),
    peer("local \"10.7.7.1\""),
    peer("local \"10.7.7.3\""),
    peer("stopped: address on eth0: address \"10.7.7.6\""),
    peer("local \"10.7.7.9\""),
    peer("local \"2001:db8:a::1\""),
];

const OPTIONS: Story<'_> = Story {
    own: ["192.168.200.128/24", "192.168.200.129/24"],
    justified: PEERS,
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
}
static_ipaddress {
    10.7.8.1 peer 10.7.8.2/32 dev eth1
    10.7.9.1/24 brd - dev eth1 scope host
    2001:db8:9::1/64 dev eth1 home
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.100
        10.7.7.1 peer 10.7.7.2/32
        10.7.7.3/32 peer 10.7.7.4/32
        10.7.7.5 peer 10.7.7.6
        10.7.7.7/24 peer 10.7.7.8/24
        10.7.7.9 peer 10.7.6.0/24 dev eth1
        10.7.1.1/24 brd +
        10.7.2.1/24 brd -
        10.7.3.1/24 brd 10.7.3.99 dev eth1
        10.7.4.1/24 scope nowhere
        10.7.5.1/24 scope host
        10.7.10.1/24 scope 17
        10.7.11.1/24 label eth0:long-name
        10.7.12.1/24 preferred_lft 300
        10.7.13.1/24 preferred_lft forever noprefixroute
        10.7.14.1/24 autojoin
        10.7.15.1/31 brd +
        10.7.16.1/24 no_track scope link label eth1:x dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8:1::1/64 home
        2001:db8:2::1/64 -nodad
        2001:db8:3::1/64 mngtmpaddr
        2001:db8:4::1/64 noprefixroute
        2001:db8:5::1/64 autojoin
        2001:db8:6::1/64 preferred_lft 0
        2001:db8:7::1/64 preferred_lft 400
        2001:db8:8::1/128 preferred_lft forever
        2001:db8:9::1/128
        2001:db8:a::1 peer 2001:db8:a::2/128
        2001:db8:b::1/64 peer 2001:db8:b::2/64 dev eth1
        2001:db8:c::1/64 scope site
        2001:db8:d::1/64 home mngtmpaddr noprefixroute autojoin
    }
}
",
    steps: &[
        Said("INSTANCE \"VI_1\" BACKUP 100"),
        Look("backup"),
        Said("INSTANCE \"VI_1\" MASTER 100"),
        Look("master"),
        Stop,
        Look("stopped"),
    ],
};

const VMAC: Story<'_> = Story {
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
        192.168.200.100/24 use_vmac
        10.9.9.100/24 dev eth1 use_vmac
        10.7.7.1 peer 10.7.7.2/32 dev eth1 use_vmac
        10.7.1.1/24 brd + label vrrp.51:a use_vmac
    }
}
",
    ..OPTIONS
};
