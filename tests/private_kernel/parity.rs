//! Scripts that an instance depends on, beside keepalived, which needs real root to run them.

use libtest_mimic::Trial;
use vipd_tests::justified::Justified;
use vipd_tests::parity::Step::{Advertises, EachAlone, Pause, Said, Start, Stop, Write};
use vipd_tests::parity::{Story, same};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("parity::scripts_rise_fall_and_weights", || same(&SCRIPTS)),
        test("parity::scripts_at_the_start", || same(&AT_THE_START)),
    ]
}

const V4: [&str; 2] = ["192.168.200.128/24", "192.168.200.129/24"];

const SCRIPTS: Story<'_> = Story {
    own: V4,
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    script_user root
    vrrp_notify_priority_changes on
}
vrrp_script plain {
    script \"/bin/sh DIR/check DIR/plain\"
    interval 2
    timeout 30
    rise 2
    fall 2
}
vrrp_script more {
    script \"/bin/sh DIR/check DIR/more\"
    interval 2
    timeout 30
    weight 20
}
vrrp_script less {
    script \"/bin/sh DIR/check DIR/less\"
    interval 2
    timeout 30
    weight -30
    rise 2
}
vrrp_script backwards {
    script \"/bin/sh DIR/check DIR/backwards\"
    interval 2
    timeout 30
    weight 7 reverse
}
vrrp_script hangs {
    script \"/bin/sh DIR/check DIR/hangs\"
    interval 8
    timeout 6
    weight -40
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    track_script {
        plain
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
    track_script {
        more
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
    track_script {
        less
    }
    virtual_ipaddress {
        192.168.200.102
    }
}
vrrp_instance VI_4 {
    interface eth0
    virtual_router_id 54
    priority 100
    advert_int 0.3
    track_script {
        backwards
        more weight -9
    }
    virtual_ipaddress {
        192.168.200.103
    }
}
vrrp_instance VI_5 {
    interface eth0
    virtual_router_id 55
    priority 100
    advert_int 0.3
    track_script {
        hangs
    }
    virtual_ipaddress {
        192.168.200.104
    }
}
",
    steps: &[
        Write("check", "read word <$1; [ $word = hangs ] && exec sleep 30; exit $word\n"),
        Write("plain", "0\n"),
        Write("more", "0\n"),
        Write("less", "0\n"),
        Write("backwards", "0\n"),
        Write("hangs", "0\n"),
        EachAlone,
        Start,
        Said("INSTANCE \"VI_1\" MASTER 100"),
        Pause(4000),
        Advertises(10),
        Write("plain", "1\n"),
        Said("INSTANCE \"VI_1\" FAULT 100"),
        Write("more", "1\n"),
        Said("INSTANCE \"VI_2\" MASTER_PRIORITY 100"),
        Write("less", "1\n"),
        Said("INSTANCE \"VI_3\" MASTER_PRIORITY 70"),
        Write("backwards", "1\n"),
        Said("INSTANCE \"VI_4\" MASTER_PRIORITY 91"),
        Write("hangs", "hangs\n"),
        Said("INSTANCE \"VI_5\" MASTER_PRIORITY 60"),
        Advertises(10),
        Write("plain", "0\n"),
        Said("INSTANCE \"VI_1\" MASTER 100"),
        Write("more", "0\n"),
        Said("INSTANCE \"VI_2\" MASTER_PRIORITY 120"),
        Write("less", "0\n"),
        Said("INSTANCE \"VI_3\" MASTER_PRIORITY 100"),
        Advertises(10),
        Stop,
    ],
};

const AT_THE_START: Story<'_> = Story {
    justified: &[Justified {
        fact: "pipe: INSTANCE \"VI_2\" FAULT",
        because: "vipd takes the script for failed before it has run, as the manual says; keepalived tells nothing of it",
    }],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    script_user root
}
vrrp_script fails {
    script \"/bin/false\"
    interval 1
    timeout 30
}
vrrp_script succeeds {
    script \"/bin/true\"
    interval 1
    timeout 30
    init_fail
    rise 2
}
vrrp_script never {
    script \"DIR/not-there\"
    interval 1
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    track_script {
        fails
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
    track_script {
        succeeds
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
    track_script {
        never
    }
    virtual_ipaddress {
        192.168.200.102
    }
}
",
    steps: &[
        EachAlone,
        Said("INSTANCE \"VI_1\" FAULT 100"),
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Advertises(4),
        Stop,
    ],
    ..SCRIPTS
};
