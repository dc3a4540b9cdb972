//! Random configurations: a recipe of seeds, one for each part, so that a reload can draw some parts again and keep the others.

use std::fmt::{self, Display, Write as _};

use super::dice::Dice;

/// Names of the tracked script, file and of the group's members are the same in every configuration of a seed.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    globals: u64,
    trackers: u64,
    statics: u64,
    group: u64,
    /// Where the instances are. A reload leaves them there: keepalived, which makes the new virtual interface before it removes
    /// the old one, would give it another name.
    places: u64,
    instances: Vec<u64>,
    /// Whether keepalived can run programs here: it changes its groups for that, which needs real root.
    programs: bool,
}

/// A keyword with its arguments, and what is in its braces.
#[derive(Debug)]
struct Block {
    head: String,
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Line(String),
    Block(Block),
}

impl Recipe {
    pub(crate) fn draw(dice: &mut Dice, programs: bool) -> Self {
        let count = dice.one_of(&[1, 1, 2, 2, 3]);
        Self {
            globals: dice.seed(),
            trackers: dice.seed(),
            statics: dice.seed(),
            group: dice.seed(),
            places: dice.seed(),
            instances: (0..count).map(|_| dice.seed()).collect(),
            programs,
        }
    }

    /// The same with some parts drawn again, and perhaps an instance more or less.
    pub(crate) fn vary(&self, dice: &mut Dice) -> Self {
        let mut other = self.clone();
        match dice.between(0, 5) {
            0 if other.instances.len() > 1 => drop(other.instances.pop()),
            1 => other.instances.push(dice.seed()),
            2 => other.statics = dice.seed(),
            3 => other.group = dice.seed(),
            _ => {
                let changed = dice.between(0, other.instances.len() as u64 - 1) as usize;
                other.instances[changed] = dice.seed();
            }
        }
        other
    }

    /// Seconds in which everything that was caused has happened.
    pub(crate) fn settles_after(&self) -> f64 {
        if self.version_3_everywhere() { 2.5 } else { 4.7 }
    }

    fn version_3_everywhere(&self) -> bool {
        Dice::new(self.globals).percent(75)
    }

    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![self.globals()];
        blocks.extend(self.trackers());
        blocks.extend(statics(&mut Dice::new(self.statics)));
        blocks.extend(
            self.instances.iter().enumerate().map(|(n, seed)| self.instance(n, &mut Dice::new(*seed))),
        );
        blocks.extend(self.group());
        blocks
    }

    fn globals(&self) -> Block {
        let mut dice = Dice::new(self.globals);
        let version = if dice.percent(75) { 3 } else { 2 };
        let mut block = Block::new("global_defs");
        block.line("router_id R1").line("script_user root").line("vrrp_notify_fifo PIPE");
        block.line(format!("vrrp_version {version}"));
        for (chance, text) in [
            (30, "enable_script_security"),
            (20, "dynamic_interfaces"),
            (25, "vrrp_notify_priority_changes on"),
            (20, "vrrp_garp_master_repeat 2"),
            (20, "vrrp_garp_master_delay 1"),
            (15, "vrrp_garp_lower_prio_repeat 1"),
            (15, "vrrp_higher_prio_send_advert on"),
        ] {
            block.perhaps(&mut dice, chance, text);
        }
        block
    }

    fn trackers(&self) -> Vec<Block> {
        let mut dice = Dice::new(self.trackers);
        let mut blocks = Vec::new();
        if self.programs {
            let mut block = Block::new("vrrp_script check");
            block.line("script DIR/check").line("interval 1");
            if dice.percent(60) {
                let weight = dice.one_of(&["-30", "-10", "10", "20"]);
                block.line(format!("weight {weight}"));
            }
            for (chance, text) in [(30, "rise 2"), (30, "fall 2"), (10, "timeout 2")] {
                block.perhaps(&mut dice, chance, text);
            }
            blocks.push(block);
        }
        let mut block = Block::new("track_file number");
        block.line("file DIR/number");
        block.line(format!("weight {}", dice.one_of(&["1", "-1", "2", "1 reverse"])));
        block.line(format!("init_file {} overwrite", dice.one_of(&[0, 5, -5, 20])));
        blocks.push(block);
        if dice.percent(50) {
            let mut block = Block::new("vrrp_track_process nobody");
            block.line("process vipd-nobody-has-this-name");
            let weight = dice.one_of(&["-20", "15"]);
            block.line(format!("weight {weight}"));
            blocks.push(block);
        }
        blocks
    }

    fn has_process(&self) -> bool {
        self.trackers().iter().any(|block| block.head.starts_with("vrrp_track_process"))
    }

    fn instance(&self, n: usize, dice: &mut Dice) -> Block {
        let v6 = dice.percent(30);
        let interface = Dice::new(self.places ^ n as u64).one_of(&["eth0", "eth0", "eth1"]);
        let priority = dice.one_of(&[1, 50, 100, 150, 200, 254]);
        let mut block = Block::new(format!("vrrp_instance VI_{n}"));
        block.line(format!("interface {interface}")).line(format!("virtual_router_id {}", 50 + n));
        block.line(format!("priority {priority}"));
        block.line(format!("state {}", dice.one_of(&["MASTER", "BACKUP", "BACKUP"])));
        let version_3 = self.version_3_everywhere() || v6;
        if v6 {
            block.line("version 3");
        }
        block.line(if version_3 {
            dice.one_of(&["advert_int 0.3", "advert_int 0.2"])
        } else {
            "advert_int 1"
        });
        let vmac = dice.percent(30);
        if vmac {
            block.line(if dice.percent(40) { format!("use_vmac vm{n}") } else { "use_vmac".to_owned() });
            block.perhaps(dice, 40, "vmac_xmit_base");
        } else if !v6 && dice.percent(20) {
            block.perhaps(dice, 50, "unicast_src_ip SELF").block("unicast_peer", ["PEER".to_owned()]);
        }
        block.perhaps(dice, 20, "nopreempt");
        let (pass, header) = ("auth_type PASS", "auth_type AH");
        if !version_3 && dice.percent(40) {
            let kind = if dice.percent(70) { pass } else { header };
            block.block("authentication", [kind.to_owned(), "auth_pass secret".to_owned()]);
        }
        for (chance, text) in [
            (15, "accept"),
            (15, "no_accept"),
            (10, "garp_master_refresh 1"),
            (10, "garp_master_refresh_repeat 2"),
            (10, "garp_lower_prio_delay 2"),
            // The link-local address goes before the interface does: keepalived tells BACKUP between MASTER and FAULT.
            (if v6 { 0 } else { 10 }, "dont_track_primary"),
            (10, "skip_check_adv_addr"),
            (10, "promote_secondaries"),
            (10, "notify_priority_changes on"),
        ] {
            block.perhaps(dice, chance, text);
        }
        block.block("virtual_ipaddress", addresses(n, v6, dice));
        if dice.percent(35) {
            let excluded = [format!("10.{n}.9.5/24"), format!("2001:db8:9:{n}::7/64")];
            let which = dice.between(0, 1) as usize;
            block.block("virtual_ipaddress_excluded", [excluded[which].clone()]);
        }
        if dice.percent(35) {
            block.block("virtual_routes", routes(n, dice));
        }
        if dice.percent(35) {
            block.block("virtual_rules", [rule(n, dice)]);
        }
        self.tracked(&mut block, dice);
        if self.programs {
            block.line("notify DIR/notify");
        }
        block
    }

    fn tracked(&self, block: &mut Block, dice: &mut Dice) {
        if self.programs && dice.percent(35) {
            let weight = dice.one_of(&["", "", " weight -20", " weight 20"]);
            // keepalived counts it twice after a reload if the group does so, too.
            if !self.group_weighs_script() {
                block.block("track_script", [format!("check{weight}")]);
            }
        }
        if dice.percent(35) {
            let weight = dice.one_of(&["", "", " weight 1", " weight -2"]);
            block.block("track_file", [format!("number{weight}")]);
        }
        if self.has_process() && dice.percent(30) {
            block.block("track_process", ["nobody".to_owned()]);
        }
        if dice.percent(35) {
            let interface = dice.one_of(&["eth0", "eth1"]);
            let weight = dice.one_of(&["", "", " weight -20", " weight 20"]);
            block.block("track_interface", [format!("{interface}{weight}")]);
        }
    }

    fn group_weighs_script(&self) -> bool {
        self.group().is_some_and(|group| {
            let has = |head: &str| group.items.iter().any(|item| item.begins_with(head));
            has("track_script") && has("sync_group_tracking_weight")
        })
    }

    fn group(&self) -> Option<Block> {
        let mut dice = Dice::new(self.group);
        let group = self.instances.len() > 1 && dice.percent(50);
        group.then(|| {
            let mut block = Block::new("vrrp_sync_group G1");
            block.block("group", ["VI_0".to_owned(), "VI_1".to_owned()]);
            if self.programs {
                block.line("notify DIR/notify");
                if dice.percent(25) {
                    block.block("track_script", ["check".to_owned()]);
                }
            }
            if dice.percent(25) {
                block.block("track_interface", ["eth1".to_owned()]);
            }
            if dice.percent(20) {
                block.block("track_file", ["number".to_owned()]);
            }
            block.perhaps(&mut dice, 15, "global_tracking");
            block.perhaps(&mut dice, 15, "sync_group_tracking_weight");
            block
        })
    }
}

fn statics(dice: &mut Dice) -> Vec<Block> {
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

fn addresses(n: usize, v6: bool, dice: &mut Dice) -> Vec<String> {
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

fn routes(n: usize, dice: &mut Dice) -> Vec<String> {
    let gateway = dice.between(2, 9);
    let option = dice.one_of(&[
        "",
        "",
        " metric 30",
        " table 60",
        " mtu 1400",
        " onlink",
        " src 192.168.200.128",
        " initcwnd 20",
        " no_track",
        " protocol static",
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
        ];
        lines.push(kinds[dice.between(0, kinds.len() as u64 - 1) as usize].clone());
    }
    lines
}

fn rule(n: usize, dice: &mut Dice) -> String {
    let kinds = [
        format!("from 10.{n}.0.0/16 table 60 priority {}", 100 + n),
        format!("to 10.{n}.0.0/16 lookup 61"),
        format!("fwmark {} table 62 priority {}", n + 1, 200 + n),
        format!("iif eth0 from 10.{n}.1.0/24 table 63 priority {}", 300 + n),
        format!("not from 10.{n}.0.0/16 table 64 priority {}", 400 + n),
        format!("from 2001:db8:{n}::/64 table 65 priority {}", 500 + n),
        format!("to 10.{n}.3.0/24 blackhole priority {}", 600 + n),
    ];
    kinds[dice.between(0, kinds.len() as u64 - 1) as usize].clone()
}

impl Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.blocks().iter().try_for_each(|block| block.write(f, 0))
    }
}

impl Item {
    fn begins_with(&self, word: &str) -> bool {
        let (Self::Line(head) | Self::Block(Block { head, .. })) = self;
        head.starts_with(word)
    }
}

impl Block {
    fn new(head: impl Into<String>) -> Self {
        Self { head: head.into(), items: Vec::new() }
    }

    fn line(&mut self, line: impl Into<String>) -> &mut Self {
        self.items.push(Item::Line(line.into()));
        self
    }

    fn perhaps(&mut self, dice: &mut Dice, chance: u64, line: &str) -> &mut Self {
        if dice.percent(chance) { self.line(line) } else { self }
    }

    fn block(&mut self, head: &str, lines: impl IntoIterator<Item = String>) -> &mut Self {
        let items = lines.into_iter().map(Item::Line).collect();
        self.items.push(Item::Block(Self { head: head.to_owned(), items }));
        self
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = depth * 4;
        writeln!(f, "{:indent$}{} {{", "", self.head)?;
        for item in &self.items {
            match item {
                Item::Line(line) => writeln!(f, "{:indent$}    {line}", "")?,
                Item::Block(block) => block.write(f, depth + 1)?,
            }
        }
        writeln!(f, "{:indent$}}}", "")
    }
}
