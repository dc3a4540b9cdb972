//! The tools for building networks, judged by iproute2.

use std::process::Command;

use linux::link;
use linux::namespace::NetNs;

use crate::Test;
use crate::net::{cidr, host, ip, wait_up};

pub(crate) const TESTS: &[Test] = &[
    ("a_bridge_with_ports", a_bridge_with_ports),
    ("addresses_of_a_link", addresses_of_a_link),
    ("commands_run_inside", commands_run_inside),
];

fn a_bridge_with_ports() {
    let (switch, station) = (host(), host());
    switch
        .run(|| {
            link::add_bridge("br0").unwrap();
            link::add_veth("port1", "eth0", &station).unwrap();
            link::set_master("port1", "br0").unwrap();
            link::set_up("port1", true).unwrap();
            link::set_up("br0", true).unwrap();
        })
        .unwrap();
    assert_eq!(ip(&switch, "link show br0")[0]["linkinfo"]["info_kind"], "bridge");
    assert_eq!(ip(&switch, "link show port1")[0]["master"], "br0");
    assert_eq!(ip(&switch, "link show port1")[0]["flags"][0], "NO-CARRIER");
    station
        .run(|| {
            link::rename("eth0", "wan").unwrap();
            link::set_up("wan", true).unwrap();
        })
        .unwrap();
    wait_up(&station, "wan");
    wait_up(&switch, "port1");
    assert_eq!(ip(&station, "link show wan")[0]["operstate"], "UP");
    station.run(|| link::delete("wan")).unwrap().unwrap();
    let gone = switch.run(|| link::index_of("port1")).unwrap().unwrap_err();
    assert_eq!(gone.raw_os_error(), Some(19), "ENODEV");
    assert!(switch.run(|| link::add_bridge("br0")).unwrap().is_err(), "there is one already");
}

fn addresses_of_a_link() {
    let ns = host();
    let (v4, v6) = (cidr("192.0.2.1/24"), cidr("2001:db8::1/64"));
    ns.run(|| {
        link::add_bridge("br0").unwrap();
        link::set_up("br0", true).unwrap();
        link::add_address("br0", v4).unwrap();
        link::add_address("br0", v6).unwrap();
        assert_eq!(link::list_addresses("br0").unwrap(), [v4, v6]);
        link::del_address("br0", v4).unwrap();
        assert_eq!(link::list_addresses("br0").unwrap(), [v6]);
        assert!(link::del_address("br0", v4).is_err());
        link::set_sysctl("net.ipv4.conf.br0.arp_ignore", "1").unwrap();
        assert_eq!(std::fs::read_to_string("/proc/sys/net/ipv4/conf/br0/arp_ignore").unwrap(), "1\n");
    })
    .unwrap();
    let shown = ip(&ns, "address show dev br0")[0]["addr_info"].clone();
    assert!(shown[0].get("protocol").is_none(), "an administrator's address has no tag: {shown}");
}

fn commands_run_inside() {
    let ns = NetNs::create().unwrap();
    ns.run(|| link::add_bridge("inside")).unwrap().unwrap();
    let mut command = Command::new("ip");
    command.args(["-o", "link"]);
    let output = ns.command(command).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("inside") && text.contains("LOOPBACK,UP"), "{text}");
    assert!(link::index_of("inside").is_err());
}
