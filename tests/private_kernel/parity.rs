//! Scripts that an instance depends on and programs that are told, beside keepalived, which needs real root to run them.

use libtest_mimic::Trial;
use vipd_tests::justified::Justified;
use vipd_tests::parity::Step::{Advertised, Calls, EachAlone, Plug, Said, Start, Stop, Write};
use vipd_tests::parity::{Story, same};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("parity::scripts_that_are_tracked", || same(&SCRIPTS)),
        test("parity::changes_of_priority", || same(&PRIORITIES)),
    ]
}

/// What is told must not depend on how soon scripts are started and end: no script that ends has a timeout, and each says
/// first what changes nothing. The one that hangs does so from the beginning, for longer than it takes to become Master.
const SCRIPTS: Story<'_> = Story {
    own: ["192.168.200.128/24", "192.168.200.129/24"],
    justified: &[Justified {
        fact: "pipe: INSTANCE \"VI_7\" FAULT",
        because: "vipd takes the script for failed before it has run, as the manual says; keepalived tells nothing of it",
    }],
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
    timeout 300
    rise 2
    fall 2
}
vrrp_script more {
    script \"/bin/sh DIR/check DIR/more\"
    interval 2
    timeout 300
    weight 20
}
vrrp_script less {
    script \"/bin/sh DIR/check DIR/less\"
    interval 2
    timeout 300
    weight -30
    rise 2
}
vrrp_script backwards {
    script \"/bin/sh DIR/check DIR/backwards\"
    interval 2
    timeout 300
    weight 7 reverse
}
vrrp_script hangs {
    script \"/bin/sh DIR/check DIR/hangs\"
    interval 2
    timeout 12
    weight -40
}
vrrp_script fails {
    script \"/bin/false\"
    interval 2
    timeout 300
}
vrrp_script succeeds {
    script \"/bin/true\"
    interval 2
    timeout 300
    init_fail
    rise 2
}
vrrp_script never {
    script \"DIR/not-there\"
    interval 2
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.5
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
    advert_int 0.5
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
    advert_int 0.5
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
    advert_int 0.5
    track_script {
        backwards
        less weight -9
    }
    virtual_ipaddress {
        192.168.200.103
    }
}
vrrp_instance VI_5 {
    interface eth0
    virtual_router_id 55
    priority 100
    advert_int 0.5
    track_script {
        hangs
    }
    virtual_ipaddress {
        192.168.200.104
    }
}
vrrp_instance VI_6 {
    interface eth0
    virtual_router_id 56
    priority 100
    advert_int 0.5
    track_script {
        fails
    }
    virtual_ipaddress {
        192.168.200.105
    }
}
vrrp_instance VI_7 {
    interface eth0
    virtual_router_id 57
    priority 100
    advert_int 0.5
    track_script {
        succeeds
    }
    virtual_ipaddress {
        192.168.200.106
    }
}
vrrp_instance VI_8 {
    interface eth0
    virtual_router_id 58
    priority 100
    advert_int 0.5
    track_script {
        never
    }
    virtual_ipaddress {
        192.168.200.107
    }
}
",
    steps: &[
        Write("check", "read word <$1; [ $word = hangs ] && exec sleep 600; exit $word\n"),
        Write("plain", "0\n"),
        Write("more", "1\n"),
        Write("less", "0\n"),
        Write("backwards", "1\n"),
        Write("hangs", "hangs\n"),
        EachAlone,
        Start,
        Said("INSTANCE \"VI_1\" MASTER 100"),
        Said("INSTANCE \"VI_6\" FAULT 100"),
        Said("INSTANCE \"VI_7\" MASTER 100"),
        Said("INSTANCE \"VI_8\" MASTER 100"),
        Advertised(51, 100),
        Advertised(52, 100),
        Advertised(53, 100),
        Advertised(54, 100),
        Advertised(55, 100),
        Advertised(57, 100),
        Advertised(58, 100),
        Write("plain", "1\n"),
        Write("more", "0\n"),
        Write("backwards", "0\n"),
        Said("INSTANCE \"VI_1\" FAULT 100"),
        Said("INSTANCE \"VI_2\" MASTER_PRIORITY 120"),
        Said("INSTANCE \"VI_4\" MASTER_PRIORITY 93"),
        Advertised(52, 120),
        Advertised(54, 93),
        Write("plain", "0\n"),
        Write("more", "1\n"),
        Write("less", "1\n"),
        Said("INSTANCE \"VI_1\" MASTER 100"),
        Said("INSTANCE \"VI_2\" MASTER_PRIORITY 100"),
        Said("INSTANCE \"VI_3\" MASTER_PRIORITY 70"),
        Said("INSTANCE \"VI_4\" MASTER_PRIORITY 84"),
        Said("INSTANCE \"VI_5\" MASTER_PRIORITY 60"),
        Advertised(53, 70),
        Advertised(54, 84),
        Advertised(55, 60),
        Write("less", "0\n"),
        Said("INSTANCE \"VI_3\" MASTER_PRIORITY 100"),
        Said("INSTANCE \"VI_4\" MASTER_PRIORITY 93"),
        Stop,
    ],
};

/// Changes of the priority go to the pipe alone, where they are wanted, in every state; no program runs for them.
const PRIORITIES: Story<'_> = Story {
    justified: &[],
    config: "
global_defs {
    vrrp_notify_fifo PIPE
    vrrp_version 3
    script_user root
    vrrp_notify_priority_changes on
}
track_file number {
    file DIR/number
    weight 1
    init_file 0 overwrite
}
vrrp_sync_group G1 {
    group {
        VI_1
        VI_2
    }
    sync_group_tracking_weight
    notify_priority_changes off
    notify_master \"/bin/sh DIR/own G1 master\"
    notify_backup \"/bin/sh DIR/own G1 backup\"
    notify_fault \"/bin/sh DIR/own G1 fault\"
    notify \"/bin/sh DIR/any grp\"
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.5
    track_file {
        number
    }
    notify \"/bin/sh DIR/any 'two words'\"
    virtual_ipaddress {
        192.168.200.100
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.5
    track_file {
        number
    }
    notify_priority_changes on
    notify \"/bin/sh DIR/any 'two words'\"
    virtual_ipaddress {
        192.168.200.101
    }
}
vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    priority 100
    advert_int 0.5
    track_file {
        number
    }
    notify_master \"/bin/sh DIR/own VI_3 master\"
    notify_backup \"/bin/sh DIR/own VI_3 backup\"
    notify_fault \"/bin/sh DIR/own VI_3 fault\"
    notify \"/bin/sh DIR/any 'two words'\"
    virtual_ipaddress {
        192.168.200.102
    }
}
vrrp_instance VI_4 {
    interface eth0
    virtual_router_id 54
    priority 100
    advert_int 0.5
    track_file {
        number
    }
    notify_priority_changes off
    notify \"/bin/sh DIR/any 'two words'\"
    virtual_ipaddress {
        192.168.200.103
    }
}
vrrp_instance VI_5 {
    interface eth0
    virtual_router_id 55
    priority 100
    advert_int 40
    track_file {
        number
    }
    notify \"/bin/sh DIR/any 'two words'\"
    virtual_ipaddress {
        192.168.200.104
    }
}
",
    steps: &[
        Write("any", "echo any $# \"$@\" >>${0%any}calls\n"),
        Write("own", "echo own $# \"$@\" >>${0%own}calls\n"),
        EachAlone,
        Start,
        Said("INSTANCE \"VI_1\" MASTER 100"),
        Said("INSTANCE \"VI_2\" MASTER 100"),
        Said("INSTANCE \"VI_3\" MASTER 100"),
        Said("INSTANCE \"VI_4\" MASTER 100"),
        Said("INSTANCE \"VI_5\" BACKUP 100"),
        Said("GROUP \"G1\" MASTER 0"),
        Calls(15),
        Write("number", "10\n"),
        Said("INSTANCE \"VI_3\" MASTER_PRIORITY 110"),
        Said("INSTANCE \"VI_5\" BACKUP_PRIORITY 110"),
        Advertised(51, 110),
        Advertised(52, 110),
        Advertised(53, 110),
        Advertised(54, 110),
        Write("number", "-20\n"),
        Said("INSTANCE \"VI_3\" MASTER_PRIORITY 80"),
        Said("INSTANCE \"VI_5\" BACKUP_PRIORITY 80"),
        Advertised(51, 80),
        Advertised(52, 80),
        Advertised(53, 80),
        Advertised(54, 80),
        Plug(false),
        Said("INSTANCE \"VI_1\" FAULT 80"),
        Said("INSTANCE \"VI_2\" FAULT 80"),
        Said("INSTANCE \"VI_3\" FAULT 80"),
        Said("INSTANCE \"VI_4\" FAULT 80"),
        Said("INSTANCE \"VI_5\" FAULT 80"),
        Calls(23),
        Write("number", "3\n"),
        Said("INSTANCE \"VI_5\" BACKUP_PRIORITY 103"),
        Plug(true),
        Said("INSTANCE \"VI_1\" MASTER 103"),
        Said("INSTANCE \"VI_2\" MASTER 103"),
        Said("INSTANCE \"VI_3\" MASTER 103"),
        Said("INSTANCE \"VI_4\" MASTER 103"),
        Calls(38),
        Stop,
    ],
    ..SCRIPTS
};
