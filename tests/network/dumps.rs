//! Dumps on signals: each field of the JSON and each line of the state that keepalived writes is the same from vipd, but for
//! those that are listed here with the reason.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use lab::Daemon;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::dumps::{folder, signal};
use vipd_tests::justified::{DUMPS_DIFFER, Justified};
use vipd_tests::parity::Step::{
    Advertises, Dump, Look, Neighbour, NeighbourLeaves, Pause, Plug, Reload, Said, Start, Stop,
};
use vipd_tests::parity::{Step, Story, same};
use vipd_tests::programs::{daemon, debian_keepalived};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("dumps::the_same_as_keepalived_s_v3_link_reload_stop", version_3),
        test("dumps::the_same_as_keepalived_s_of_a_backup", backup),
        test("dumps::the_same_as_keepalived_s_v2_password", version_2),
        test("dumps::the_same_as_keepalived_s_in_strict_mode", strict),
        test("dumps::on_every_signal", dumps),
        test("dumps::the_state_in_keepalived_s_lines", state_lines),
    ]
}

const OWN: [&str; 2] = ["192.168.200.128/24", "192.168.200.129/24"];

/// In a file of this test; for the pipe.
const FIRST_LINE: &str = "router_id test";

/// Plays it with a pipe in its first file.
fn same_with_pipe(config: &str, steps: &[Step<'_>], justified: &[Justified]) -> Result<()> {
    let piped = |config: &str| config.replace(FIRST_LINE, &format!("{FIRST_LINE}\n vrrp_notify_fifo PIPE"));
    let config = piped(config);
    let reloads: Vec<_> =
        steps.iter().map(|step| if let Reload(file) = step { piped(file) } else { String::new() }).collect();
    let steps: Vec<_> = steps
        .iter()
        .zip(&reloads)
        .map(|(step, file)| if let Reload(_) = step { Reload(file) } else { *step })
        .collect();
    let justified = [DUMPS_DIFFER, justified].concat();
    same(&Story { config: &config, steps: &steps, own: OWN, justified: &justified })
}

/// All the options of addresses that are shown, tracking, and two instances.
fn node(priority: u8, vips: &[&str]) -> String {
    let first = Instance::priority(priority)
        .every("0.25")
        .with_addresses(vips)
        .and("  garp_master_delay 2\n  skip_check_adv_addr\n  higher_prio_send_advert");
    let first = Instance { excluded: vec!["192.168.201.1/24".into(), "2001:db8::1/64".into()], ..first };
    let second = Instance { name: "VI_2".into(), vrid: 52, ..Instance::priority(priority) };
    let second = second.every("0.25").with_addresses(&["192.168.203.1/24 brd + scope link"]);
    file(3, &[first, second])
}

fn version_3() -> Result<()> {
    let vips = ["192.168.200.100", "192.168.200.102/24 label eth0:1"];
    let other = node(150, &["192.168.200.100", "192.168.200.103"]);
    let steps = [
        Said("INSTANCE \"VI_1\" MASTER 150"),
        Neighbour(&node(50, &vips)),
        Advertises(8),
        Dump("start"),
        Look("start"),
        Plug(false),
        Said("INSTANCE \"VI_1\" FAULT 150"),
        Pause(1500),
        Dump("without cable"),
        Look("without cable"),
        Plug(true),
        Said("INSTANCE \"VI_1\" MASTER 150"),
        Advertises(8),
        Dump("plugged"),
        Look("plugged"),
        Reload(&other),
        Pause(500),
        Advertises(8),
        Dump("reloaded"),
        Look("reloaded"),
        Stop,
        Look("stopped"),
    ];
    let crossing = Justified {
        fact: "MASTER_RX_LOWER_PRI",
        because: "whether the last advertisement of the Backup-to-be comes after the first one of the Master is chance",
    };
    same_with_pipe(&node(150, &vips), &steps, &[crossing])
}

/// A Master that is heard, and that leaves.
fn backup() -> Result<()> {
    let vips = ["192.168.200.100", "192.168.200.102/24 label eth0:1"];
    let gone = Justified {
        fact: "Master now: dump of VI_1: data.master_priority",
        because: "keepalived keeps the priority of a Master that is gone; vipd shows 0",
    };
    let steps = [
        Neighbour(&node(150, &vips)),
        Pause(2500),
        Start,
        Said("INSTANCE \"VI_1\" BACKUP 50"),
        Pause(1500),
        Dump("Backup"),
        NeighbourLeaves,
        Said("INSTANCE \"VI_1\" MASTER 50"),
        Advertises(8),
        Dump("Master now"),
        Look("Master now"),
        Stop,
    ];
    same_with_pipe(
        &node(50, &vips),
        &steps,
        &[gone, Justified { fact: "Master now: dump of VI_2: data.master_priority", ..gone }],
    )
}

fn version_2() -> Result<()> {
    let node = |priority| {
        let instance = Instance { password: Some("1111".into()), ..Instance::priority(priority) };
        file(2, &[instance.with_addresses(&["192.168.200.100/24", "192.168.202.7 dev lo"])])
    };
    let steps = [
        Said("INSTANCE \"VI_1\" MASTER 200"),
        Neighbour(&node(50)),
        Advertises(3),
        Dump("Master"),
        Look("Master"),
        Stop,
        Look("stopped"),
    ];
    same_with_pipe(&node(200), &steps, &[])
}

/// Everything that strict mode takes back is asked for, on the instance or for all.
fn strict() -> Result<()> {
    let node = |priority, version, accept: &str| {
        let taken_back = "preempt_delay 7\nlower_prio_no_advert off\nhigher_prio_send_advert on\n\
            garp_lower_prio_repeat 3\ngarp_lower_prio_delay 4\ndown_timer_adverts 5\n";
        let instance = Instance { password: Some("1111".into()), ..Instance::priority(priority) };
        file(version, &[instance.and(taken_back).and(accept)])
            .replace("router_id test", "router_id test\n vrrp_strict\n vrrp_garp_lower_prio_repeat 3")
    };
    for (version, accept) in [(2, "accept"), (3, ""), (3, "accept")] {
        let steps = [
            Said("INSTANCE \"VI_1\" MASTER 150"),
            Neighbour(&node(50, version, accept)),
            Advertises(3),
            Dump("Master"),
            Look("Master"),
            Plug(false),
            Said("INSTANCE \"VI_1\" FAULT 150"),
            Pause(1500),
            Dump("FAULT"),
            Look("FAULT"),
            Stop,
        ];
        same_with_pipe(&node(150, version, accept), &steps, &[])
            .with_context(|| format!("version {version}, {accept}"))?;
    }
    Ok(())
}

/// Every signal writes its file, for its owner only; SIGRTMAX-1 starts counting anew.
fn dumps() -> Result<()> {
    let pair = Pair::new()?;
    let mut node = Daemon::new(&pair.a, &daemon(), &file(3, &[Instance::priority(255).every("0.1")]))?;
    node.start()?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let folder = folder(&node);
    for (number, names) in [
        ("USR1", &["keepalived.data", "keepalived_parent.data"][..]),
        ("36", &["keepalived.json"]),
        ("63", &["keepalived.stats"]),
    ] {
        signal(&mut node, number)?;
        for name in names {
            let path = folder.join(name);
            eventually(&format!("{name} is there"), PATIENCE, || Ok(path.exists()))?;
            let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
            anyhow::ensure!(mode == 0o600, "{name} has mode {mode:o}");
        }
    }
    let became = |text: &str| text.lines().find(|line| line.contains("Became master")).map(str::to_owned);
    let stats = folder.join("keepalived.stats");
    let first = fs::read_to_string(&stats)?;
    anyhow::ensure!(became(&first).as_deref() == Some("  Became master: 1"), "{first}");
    fs::remove_file(&stats)?;
    signal(&mut node, "USR2")?;
    eventually("keepalived.stats is written again", PATIENCE, || Ok(stats.exists()))?;
    let second = fs::read_to_string(&stats).context("keepalived.stats")?;
    anyhow::ensure!(became(&second).as_deref() == Some("  Became master: 0"), "{second}");
    Ok(())
}

/// Lines of keepalived's dump of the state that ours lacks, by their beginnings, and why.
const ONLY_THEIRS: &[(&str, &str)] = &[
    ("Network namespace ipvs", "no balancer yet"),
    ("LVS ", "no balancer yet"),
    ("lvs_netlink", "no balancer yet"),
    ("Checker", "no balancer yet"),
    ("Default smtp_alert", "what it comes to is shown for each instance"),
    ("rs_init_notifies", "no balancer yet"),
    ("no_checker_emails", "no balancer yet"),
    ("SNMP ", "no agents yet"),
    ("DBus ", "no agents yet"),
    ("BFD process", "BFD runs in the router process"),
    ("BFD don't", "BFD runs in the router process"),
    ("BFD realtime", "BFD runs in the router process"),
    ("No test config", "every reload is checked"),
    ("Dynamic interfaces", "interfaces may always come and go"),
    ("Default interface", "an interface belongs to an address"),
    ("Min auto priority", "shown where there is an automatic priority"),
    ("VRRP notify priority changes", "defaults of instances: shown for each of them"),
    ("VRRP IPv", "defaults of instances"),
    ("Gratuitous ARP for each", "defaults of instances"),
    ("Gratuitous ARP interval", "defaults of instances"),
    ("Gratuitous ARP refresh timer", "defaults of instances"),
    ("Gratuitous NA interval", "defaults of instances"),
    ("Num adverts before down", "defaults of instances"),
    ("VRRP default protocol", "defaults of instances"),
    ("VRRP check unicast", "defaults of instances"),
    ("VRRP skip check", "defaults of instances"),
    ("VRRP strict mode", "defaults of instances"),
    ("nftables don't force", "the index is always matched"),
    ("libnftnl", "is not used"),
    ("Default script uid", "shown for each program"),
    ("vrrp_netlink_", "have no effect here"),
    ("process_monitor_", "have no effect here"),
    ("rx_bufs_multiples", "have no effect here"),
    ("Rx buf size", "have no effect here"),
    ("GARP next time", "a time"),
    ("GNA next time", "a time"),
    ("Read timeout", "a time"),
    ("fd_in", "there is one socket for all"),
    ("Flags", "shown by other lines"),
    ("Using unicast", "shown by other lines"),
    ("Number of config faults", "an instance with one is not started"),
    ("Unicast checksum", "never done"),
    ("Result", "internal to keepalived"),
    ("Insecure", "such a script is not run"),
    ("VRRP instances :", "an empty list"),
    ("Tracking VRRP instances :", "an empty list"),
    ("State = idle", "depends on the moment"),
    ("State = running", "depends on the moment"),
];

/// Lines that both have, with other values.
const OTHER_VALUES: &[(&str, &str)] = &[
    ("Last transition", "a time"),
    ("nftables table name", "each has a table of its own"),
    ("Password", "masked"),
    ("Using src_ip", "an address of the interface"),
    ("Multicast address ff02::12", "with the index of an interface"),
    ("Timeout", "keepalived writes 0 for none"),
    ("Weight", "that of the definition; what it comes to is shown for each instance"),
    ("VRRP notify fifo", "with its owner"),
    ("json_version", "newer than 2.2.7"),
];

/// The lines of both that can be compared, from the first section to the last before that of interfaces, about which `ip`
/// says more.
fn comparable(text: &str) -> Vec<String> {
    let differs = |line: &str| {
        ONLY_THEIRS.iter().chain(OTHER_VALUES).any(|(beginning, _)| line.trim_start().starts_with(beginning))
    };
    let until = text.find("------< Interfaces").unwrap_or(text.len());
    let mut lines = Vec::new();
    // Defaults of instances, and groups of static entries, whose members are shown with the entries by `vipd status`.
    let (mut defaults, mut static_groups) = (false, false);
    for line in text.get(..until).unwrap_or_default().lines() {
        defaults |= line.starts_with(" VRRP IPv4 mcast group");
        defaults &= !line.starts_with(" nftables");
        static_groups =
            if line.starts_with("------<") { line.contains("Static Track") } else { static_groups };
        if !differs(line) && !defaults && !static_groups {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// A configuration with something in every section, for both: the same lines in the same order.
fn state_lines() -> Result<()> {
    let ours = comparable(&dumped_state(&daemon())?);
    let theirs = comparable(&dumped_state(&debian_keepalived()?)?);
    let differing = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
    anyhow::ensure!(
        ours == theirs,
        "first difference {differing:?}; vipd\n{}\nkeepalived\n{}",
        ours.join("\n"),
        theirs.join("\n")
    );
    anyhow::ensure!(ours.len() > 100, "little is compared: {ours:#?}");
    Ok(())
}

fn dumped_state(program: &Path) -> Result<String> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.1/24"])?;
    for arguments in [
        "link add v1 type veth peer name v2",
        "link set v1 up",
        "link set v2 up",
        "address add 192.168.202.1/24 dev v1",
    ] {
        host.output("ip", &arguments.split(' ').collect::<Vec<_>>())?;
    }
    let number = host.dir().join("number");
    fs::write(&number, "3\n")?;
    let config = include_str!("state.conf").replace("NUMBER", &number.display().to_string());
    let mut node = Daemon::new(&host, program, &config)?;
    node.start()?;
    // A signal that comes before a daemon expects it ends it.
    eventually("it has begun", PATIENCE, || Ok(node.log().contains("Entering BACKUP STATE")))?;
    let file = folder(&node).join("keepalived.data");
    let (mut text, mut looked) = (String::new(), 0);
    eventually("all are Master in a whole dump", PATIENCE, || {
        if looked % 50 == 0 {
            signal(&mut node, "USR1")?;
        }
        looked += 1;
        text = fs::read_to_string(&file).unwrap_or_default();
        let whole = text.contains("VRRP Track BFD = ") && text.contains("Status = GOOD");
        Ok(whole && text.matches("   State = MASTER").count() == 3)
    })?;
    Ok(text.replace(&number.display().to_string(), "NUMBER"))
}
