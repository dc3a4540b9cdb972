//! Keywords that no other story has, one small file each: what comes of it with keepalived, and with vipd.

use lab::Daemon;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::forge::INFERIOR;
use vipd_tests::justified::{DUMPS_DIFFER, Justified};
use vipd_tests::observe::{Pipe, filled_in};
use vipd_tests::parity::Step::{
    Advertises, Dump, Look, Neighbour, NeighbourLeaves, Pause, Reload, Said, Stop,
};
use vipd_tests::parity::{Step, Story, same};
use vipd_tests::programs::{daemon, debian_keepalived, start_vipd};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const V4: [&str; 2] = ["192.168.200.128/24", "192.168.200.129/24"];
const V6: [&str; 2] = ["fe80::a/64", "fe80::b/64"];

/// What is particular about a file.
#[derive(Clone, Copy)]
struct Variant {
    name: &'static str,
    /// Lines of `global_defs`.
    globals: &'static str,
    /// Lines of the instance.
    lines: &'static str,
    /// Its virtual addresses.
    addresses: &'static str,
    /// Blocks of their own.
    blocks: &'static str,
    own: [&'static str; 2],
    steps: &'static [Step<'static>],
    /// What may differ, besides what differs in all dumps.
    justified: &'static [Justified],
}

const BACKUP: Step<'_> = Said("INSTANCE \"VI_1\" BACKUP 100");
const MASTER: Step<'_> = Said("INSTANCE \"VI_1\" MASTER 100");
const FAULT: Step<'_> = Said("INSTANCE \"VI_1\" FAULT 100");

/// There and back.
const ONCE: &[Step<'_>] =
    &[BACKUP, Look("backup"), MASTER, Advertises(3), Look("master"), Dump("master"), Stop, Look("stopped")];

const PLAIN: Variant = Variant {
    name: "",
    globals: "",
    lines: "",
    addresses: "192.168.200.100/24",
    blocks: "",
    own: V4,
    steps: ONCE,
    justified: &[],
};
const IPV6: Variant = Variant { addresses: "fe80::100/64\n2001:db8::100/64", own: V6, ..PLAIN };

/// A better router with none of our addresses.
const OTHER_LIST: &str = "
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 200
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.99/24
    }
}
";

/// One with ours, the other way round.
const OTHER_ORDER: &str = "
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 200
    version 3
    advert_int 0.3
    virtual_ipaddress {
        192.168.200.101/24
        192.168.200.100/24
    }
}
";

const BESIDE_ANOTHER: &[Step<'_>] = &[
    MASTER,
    Neighbour(OTHER_LIST),
    Pause(3000),
    Look("beside it"),
    NeighbourLeaves,
    Pause(2000),
    Look("again"),
    Dump("again"),
    Stop,
];

const BESIDE_A_BETTER: &[Step<'_>] = &[
    MASTER,
    Neighbour(OTHER_ORDER),
    BACKUP,
    Look("beside it"),
    NeighbourLeaves,
    MASTER,
    Look("again"),
    Stop,
];

/// The same file without the instance, but with another one.
const DELETED: &str = "
global_defs {
    vrrp_notify_fifo PIPE
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
";

const REMOVED: &[Step<'_>] =
    &[MASTER, Reload(DELETED), Said("INSTANCE \"VI_2\" MASTER 100"), Look("without"), Stop];

const OTHER_NUMBER: &[Justified] =
    &[Justified { fact: ": stats.addr_list_err ", because: "depends on the moment of the dump" }];

const WITHOUT_PEERS: &[Justified] = &[
    Justified {
        fact: ": joined 224.0.0.18 ",
        because: "who has no peers listens to nobody, also not to a group",
    },
    Justified {
        fact: ": data.wantstate ",
        because: "what keepalived keeps there in FAULT depends on how it came",
    },
];

const VARIANTS: &[Variant] = &[
    Variant { name: "mcast_src_ip", lines: "mcast_src_ip 10.9.9.1", ..PLAIN },
    Variant { name: "mcast_src_ip_of_nobody", lines: "mcast_src_ip 192.168.200.77", ..PLAIN },
    Variant { name: "mcast_dst_ip", lines: "mcast_dst_ip 224.0.0.77", ..PLAIN },
    Variant {
        name: "mcast_dst_ip_before_the_group",
        globals: "vrrp_mcast_group4 224.0.0.55",
        lines: "mcast_dst_ip 224.0.0.77",
        ..PLAIN
    },
    Variant { name: "vrrp_mcast_group4", globals: "vrrp_mcast_group4 224.0.0.55", ..PLAIN },
    Variant { name: "vrrp_mcast_group6", globals: "vrrp_mcast_group6 ff02::55", ..IPV6 },
    Variant { name: "native_ipv6", lines: "native_ipv6", ..IPV6 },
    Variant { name: "strict_mode", lines: "strict_mode on", ..PLAIN },
    Variant { name: "strict_mode_off", globals: "vrrp_strict", lines: "strict_mode off", ..PLAIN },
    Variant {
        name: "unicast_ttl",
        lines: "unicast_ttl 5\nunicast_peer {\n192.168.200.129\n192.168.200.130\n}",
        ..PLAIN
    },
    Variant {
        name: "unicast_fault_no_peer",
        lines: "unicast_fault_no_peer\nunicast_src_ip 192.168.200.128\nunicast_peer {\n}",
        steps: &[FAULT, Look("fault"), Dump("fault"), Stop],
        justified: WITHOUT_PEERS,
        ..PLAIN
    },
    Variant {
        name: "kernel_rx_buf_size",
        globals: "vrrp_rx_bufs_policy ADVERT\nvrrp_rx_bufs_multiplier 5",
        lines: "kernel_rx_buf_size 100000",
        ..PLAIN
    },
    Variant {
        name: "vmac_prefix",
        globals: "vmac_prefix vm\nvmac_addr_prefix va",
        lines: "use_vmac\nuse_vmac_addr",
        addresses: "192.168.200.100/24\n10.9.9.100/24 dev eth1",
        ..PLAIN
    },
    Variant {
        name: "use_vmac_addr",
        lines: "use_vmac_addr",
        addresses: "192.168.200.100/24\n10.9.9.100/24 dev eth1",
        ..PLAIN
    },
    Variant {
        name: "use_vmac_with_an_address",
        lines: "use_vmac 02:00:5e:01:02:03\nvmac_garp_intvl all 1",
        ..PLAIN
    },
    Variant { name: "use_vmac_with_five_octets", lines: "use_vmac named 02:00:5e:01:02", ..PLAIN },
    Variant {
        name: "default_interface",
        globals: "default_interface eth1",
        blocks: "static_ipaddress {\n10.9.8.7/24\n}",
        ..PLAIN
    },
    Variant { name: "vrrp_down_timer_adverts", globals: "vrrp_down_timer_adverts 5", ..PLAIN },
    Variant { name: "another_list_of_addresses", steps: BESIDE_ANOTHER, justified: OTHER_NUMBER, ..PLAIN },
    Variant {
        name: "vrrp_skip_check_adv_addr",
        globals: "vrrp_skip_check_adv_addr",
        steps: BESIDE_ANOTHER,
        justified: OTHER_NUMBER,
        ..PLAIN
    },
    Variant {
        name: "another_list_for_a_strict_router",
        globals: "vrrp_strict",
        steps: BESIDE_ANOTHER,
        justified: OTHER_NUMBER,
        ..PLAIN
    },
    Variant {
        name: "another_order_of_addresses",
        addresses: "192.168.200.100/24\n192.168.200.101/24",
        steps: BESIDE_A_BETTER,
        ..PLAIN
    },
    Variant { name: "removed", steps: REMOVED, ..PLAIN },
    Variant { name: "notify_deleted", lines: "notify_deleted", steps: REMOVED, ..PLAIN },
];

pub(crate) fn tests() -> Vec<Trial> {
    let all = VARIANTS.iter().map(|variant| test(format!("keywords::{}", variant.name), || play(variant)));
    all.chain([
        test("keywords::fifo_write_vrrp_states_on_reload", told_again),
        test("keywords::notify_master_rx_lower_pri", lower_priority),
    ])
    .collect()
}

/// keepalived 2.2.7 writes nothing; its manual page says that it does.
fn told_again() -> anyhow::Result<()> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &[V4[0]])?;
    let mut pipe = Pipe::new(world.dir().join("pipe"));
    for (keyword, times) in [("", 1), ("fifo_write_vrrp_states_on_reload", 2)] {
        let text = config(&Variant { globals: keyword, ..PLAIN });
        let mut daemon = start_vipd(&host, &filled_in(&text, world.dir()))?;
        let before = pipe.said().len();
        let mut said = |times| {
            let new = pipe.said().get(before..).unwrap_or_default();
            Ok(new.matches("INSTANCE \"VI_1\" MASTER 100\n").count() == times)
        };
        eventually("it is Master", PATIENCE, || said(1))?;
        daemon.reload()?;
        eventually("it has reloaded", PATIENCE, || Ok(daemon.log().contains("Reloaded")))?;
        eventually(&format!("{times} times Master, with {keyword:?}"), PATIENCE, || said(times))?;
        daemon.stop(PATIENCE)?;
        anyhow::ensure!(said(times)?, "not {times} times Master, with {keyword:?}");
    }
    Ok(())
}

/// A Master hears somebody of a lower priority: a line of the pipe, as with keepalived, and a program of its own.
fn lower_priority() -> anyhow::Result<()> {
    let mut told = Vec::new();
    for program in [daemon(), debian_keepalived()?] {
        let pair = Pair::new()?;
        let (mut pipe, heard) = (Pipe::new(pair.world.dir().join("pipe")), pair.a.dir().join("heard"));
        let lines = format!("notify_master_rx_lower_pri \"/usr/bin/touch {}\" root", heard.display());
        let text = format!(
            "global_defs {{\nvrrp_notify_fifo PIPE\n}}\n{}",
            file(2, &[Instance { password: Some("1111".into()), ..Instance::default() }.and(&lines)])
        );
        let mut node = Daemon::new(&pair.a, &program, &filled_in(&text, pair.world.dir()))?;
        node.start()?;
        eventually("it is Master", PATIENCE, || Ok(pipe.said().contains("MASTER 100\n")))?;
        pair.client.send_frames(&[INFERIOR[0].frame()])?;
        eventually("it is told", PATIENCE, || Ok(pipe.said().contains("LOWER_PRI")))?;
        // In a user namespace keepalived runs no program: it insists on setgroups(2).
        if program == daemon() {
            eventually("the program runs", PATIENCE, || Ok(heard.exists()))?;
        }
        told.push(pipe.said().to_owned());
    }
    anyhow::ensure!(told[0] == told[1], "vipd and keepalived: {told:#?}");
    Ok(())
}

fn play(variant: &Variant) -> anyhow::Result<()> {
    let Variant { own, steps, justified, .. } = variant;
    let justified = [DUMPS_DIFFER, justified].concat();
    same(&Story { config: &config(variant), steps, own: *own, justified: &justified })
}

fn config(variant: &Variant) -> String {
    let Variant { globals, lines, addresses, blocks, .. } = variant;
    format!(
        "global_defs {{\nvrrp_notify_fifo PIPE\n{globals}\n}}\n{blocks}\nvrrp_instance VI_1 {{\ninterface eth0\nvirtual_router_id 51\n\
         priority 100\nversion 3\nadvert_int 0.3\n{lines}\nvirtual_ipaddress {{\n{addresses}\n}}\n}}\n"
    )
}
