//! Random addresses, routes and rules.

use std::fmt::Write as _;

use super::block::Block;
use super::dice::Dice;

pub(crate) fn statics(dice: &mut Dice) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (keyword, lines) in [
        ("static_ipaddress", ["10.77.0.1/24 dev eth1", "10.77.1.1/24 dev eth0"]),
        (
            "static_routes",
            ["10.78.0.0/16 via 10.9.9.9 dev eth1", "10.79.0.0/16 dev eth0 scope link metric 5"],
        ),
        ("static_rules", ["from 10.80.0.0/16 table 50", "to 10.81.0.0/16 table 51 priority 900"]),
    ] {
        if dice.percent(25) {
            let mut block = Block::new(keyword);
            block.line(lines[0]).perhaps(dice, 50, lines[1]);
            blocks.push(block);
        }
    }
    blocks
}

pub(crate) fn addresses(n: usize, v6: bool, dice: &mut Dice) -> Vec<String> {
    let link_local = dice.percent(60);
    let count = dice.between(1, 3);
    let address = |k: u64| {
        let length = dice.one_of(&[32, 24, 28]);
        let mut line = match (v6, k) {
            (true, 0) if link_local => format!("fe80::{n}:1/64"),
            (true, _) => format!("2001:db8:{n}::{}/64", k + 1),
            (false, _) => format!("10.{n}.{k}.5/{length}"),
        };
        if dice.percent(30) {
            line += dice.one_of(&[" dev eth0", " dev eth1"]);
        }
        if dice.percent(20) {
            line += dice.one_of(&[" scope global", " scope link", " scope site"]);
        }
        if !v6 && dice.percent(20) {
            let _ = write!(line, " label eth0:{n}{k}");
        }
        if !v6 && length < 31 && dice.percent(20) {
            let broadcast = if dice.percent(50) { "+".to_owned() } else { format!("10.{n}.{k}.255") };
            let _ = write!(line, " brd {broadcast}");
        }
        for (chance, text) in [(10, " no_track"), (10, " noprefixroute"), (8, " preferred_lft 0")] {
            if dice.percent(chance) {
                line += text;
            }
        }
        line
    };
    (0..count).map(address).collect()
}

/// Addresses that are not advertised.
pub(crate) fn excluded(n: usize, dice: &mut Dice) -> Vec<String> {
    let kinds = [
        format!("10.{n}.9.5/24"),
        format!("2001:db8:9:{n}::7/64"),
        format!("2001:db8:9:{n}::8/128"),
        format!("2001:db8:9:{n}::9/64 preferred_lft 0"),
        format!("10.{n}.9.6/24 label eth0:x{n}"),
        format!("10.{n}.10.7/32 dev eth1 scope link"),
        format!("10.{n}.11.8/24 brd - noprefixroute"),
        format!("10.{n}.12.9/32 peer 10.{n}.13.9"),
    ];
    several(&kinds, 3, dice)
}

/// Up to so many of these, each once.
fn several(of: &[String], max: u64, dice: &mut Dice) -> Vec<String> {
    let mut left = of.to_vec();
    let count = dice.between(1, max);
    (0..count).map(|_| left.swap_remove(dice.between(0, left.len() as u64 - 1) as usize)).collect()
}

/// `unicast_peer` and what goes with it.
pub(crate) fn peers(block: &mut Block, v6: bool, interface: &str, dice: &mut Dice) {
    let (own, peer, nobody) =
        if v6 { ("SELF6", "PEER6", "fe80::ff:fe00:99") } else { ("SELF", "PEER", "192.168.200.77") };
    let mut more = Block::new("");
    more.perhaps(dice, 50, &format!("unicast_src_ip {own}")).perhaps(dice, 30, "unicast_ttl 200");
    let mut lines = vec![peer.to_owned()];
    lines.extend(dice.percent(30).then(|| nobody.to_owned()));
    more.block("unicast_peer", lines);
    // Only on the first Ethernet they reach one another from these.
    if interface == "eth0" {
        block.items.append(&mut more.items);
    }
}

pub(crate) fn routes(n: usize, dice: &mut Dice) -> Vec<String> {
    let gateway = dice.between(2, 9);
    let option = dice.one_of(&[
        "",
        "",
        " metric 30",
        " table 60",
        " mtu 1400",
        " onlink",
        " src SELF",
        " initcwnd 20",
        " no_track",
        " protocol static",
        " advmss 1300",
        " hoplimit 77",
        " window 1000",
        " quickack 1",
        " initrwnd 12",
        " congctl reno",
        " tos 0x10",
        " reordering 5",
        " rto_min 300ms",
        " mtu lock 1300",
        " scope global metric 3 table 62",
    ]);
    let mut lines = vec![format!("10.{}.0.0/16 via 192.168.200.{gateway} dev eth0{option}", 100 + n)];
    if dice.percent(50) {
        let other = 110 + n;
        let kinds = [
            format!("blackhole 10.{other}.0.0/16"),
            format!("unreachable 10.{other}.0.0/16 metric 7"),
            format!("prohibit 10.{other}.0.0/16 table 61"),
            format!(
                "10.{other}.0.0/16 nexthop via 192.168.200.2 dev eth0 weight 3 nexthop via 192.168.200.3 dev eth0 weight 2"
            ),
            format!("10.{other}.1.0/24 dev eth1 scope link"),
            format!("2001:db8:a{n}::/48 via fe80::9 dev eth0 metric 50"),
            format!("2001:db8:b{n}::/48 dev eth1"),
            format!("2001:db8:c{n}::/48 dev eth1 pref high mtu 1300"),
            format!("2001:db8:d{n}::/48 via fe80::9 dev eth0 table 66 protocol 77"),
            format!("blackhole 2001:db8:e{n}::/48 metric 9"),
            format!("throw 10.{other}.2.0/24 table 63"),
            format!("10.{other}.3.0/24 via 192.168.200.4 dev eth0 onlink metric 9 advmss 1200 initcwnd 3"),
        ];
        lines.push(kinds[dice.between(0, kinds.len() as u64 - 1) as usize].clone());
    }
    lines
}

pub(crate) fn rules(n: usize, dice: &mut Dice) -> Vec<String> {
    let kinds = [
        format!("from 10.{n}.0.0/16 table 60 priority {}", 100 + n),
        format!("to 10.{n}.0.0/16 lookup 61"),
        format!("fwmark {} table 62 priority {}", n + 1, 200 + n),
        format!("iif eth0 from 10.{n}.1.0/24 table 63 priority {}", 300 + n),
        format!("not from 10.{n}.0.0/16 table 64 priority {}", 400 + n),
        format!("from 2001:db8:{n}::/64 table 65 priority {}", 500 + n),
        format!("to 10.{n}.3.0/24 blackhole priority {}", 600 + n),
        format!("fwmark {}/255 oif eth1 table 62 priority {}", n + 9, 700 + n),
        format!("from 10.{n}.4.0/24 tos 0x10 table 62 priority {}", 710 + n),
        format!("ipproto tcp dport 80-90 from 10.{n}.5.0/24 table 63 priority {}", 720 + n),
        format!("uidrange 5-9 to 10.{n}.6.0/24 table 64 priority {}", 730 + n),
        format!("from 10.{n}.7.0/24 table 65 suppress_prefixlength 8 priority {}", 740 + n),
        format!("to 10.{n}.8.0/24 prohibit priority {}", 750 + n),
        format!("from 10.{n}.9.0/24 table 66 priority {} no_track", 760 + n),
        format!("to 2001:db8:{n}::/64 unreachable priority {}", 770 + n),
    ];
    several(&kinds, 2, dice)
}
