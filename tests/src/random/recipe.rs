//! Random configurations: a recipe of seeds, one for each part, so that a reload can draw some parts again and keep the others.

use std::fmt::{self, Display};
use std::ops::Range;

use super::block::Block;
use super::dice::Dice;
use super::lines::{addresses, excluded, peers, routes, rules, statics};
use super::member::Member;

/// Names of the tracked script and file are the same in every configuration of a seed.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    globals: u64,
    trackers: u64,
    statics: u64,
    group: u64,
    members: Vec<Member>,
    what: Kind,
}

/// What may be in the configurations of a seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Whether keepalived can run programs here: it changes its groups for that, which needs real root.
    pub(crate) programs: bool,
    /// Nothing happens at which keepalived leaves and takes over again where vipd stays.
    pub(crate) steady: bool,
    /// There is another router.
    pub(crate) against: bool,
}

impl Recipe {
    pub(crate) fn draw(dice: &mut Dice, what: Kind) -> Self {
        let count = dice.one_of(&[1, 1, 2, 2, 3]);
        Self {
            globals: dice.seed(),
            trackers: dice.seed(),
            statics: dice.seed(),
            group: dice.seed(),
            members: (0..count).map(|_| Member::draw(dice)).collect(),
            what,
        }
    }

    /// The same with some parts drawn again, and perhaps an instance more or less.
    pub(crate) fn vary(&self, dice: &mut Dice) -> Self {
        let mut other = self.clone();
        let last = other.members.len() as u64 - 1;
        let changed = dice.between(0, last) as usize;
        match dice.between(0, 9) {
            0 if last > 0 => drop(other.members.pop()),
            1 => other.members.push(Member::draw(dice)),
            2 => other.statics = dice.seed(),
            3 => other.group = dice.seed(),
            // Two routers whose addresses differ are no pair.
            4 | 5 if !self.what.against => other.members[changed].draw_again(dice),
            _ => other.members[changed].vary(dice),
        }
        other
    }

    /// The same with other priorities.
    pub(crate) fn with_other_priorities(&self, dice: &mut Dice) -> Self {
        let mut other = self.clone();
        for member in &mut other.members {
            // Seldom the same as the other router's, also when weights count: in a tie it matters who was first.
            member.priority = Some(dice.one_of(&[4, 54, 104, 154, 204, 244]));
        }
        other
    }

    /// Seconds in which everything that was caused has happened.
    pub(crate) fn settles_after(&self) -> f64 {
        let alone = if self.version_3_everywhere() { 2.5 } else { 4.7 };
        if self.what.against { alone + 1.5 } else { alone }
    }

    /// Whether a script counts as failed until it has run: keepalived does not tell that FAULT.
    pub(crate) fn fails_at_first(&self) -> bool {
        self.what.programs && self.what.steady && Dice::new(self.trackers ^ 1).percent(40)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.members.iter().enumerate().map(|(n, member)| member.name(n)).collect()
    }

    /// Names of the instances with priority 255, and of the group if it has no others.
    pub(crate) fn owners(&self) -> Vec<String> {
        let owns = |n: &usize| self.instance(*n).items.iter().any(|item| item.begins_with("priority 255"));
        let mut names: Vec<_> =
            (0..self.members.len()).filter(owns).map(|n| self.members[n].name(n)).collect();
        if self.group_members().all(|n| owns(&n)) {
            names.push("G1".to_owned());
        }
        names
    }

    fn group_members(&self) -> Range<usize> {
        let all = Dice::new(self.group ^ 1).percent(30);
        0..if all { self.members.len() } else { self.members.len().min(2) }
    }

    fn version_3_everywhere(&self) -> bool {
        Dice::new(self.globals).percent(75)
    }

    fn is_strict(&self) -> bool {
        Dice::new(self.globals ^ 1).percent(12)
    }

    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![self.globals()];
        blocks.extend(self.trackers());
        blocks.extend(statics(&mut Dice::new(self.statics)));
        blocks.extend((0..self.members.len()).map(|n| self.instance(n)));
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
            (10, "vrrp_garp_interval 0.001"),
            (10, "vrrp_gna_interval 0.001"),
            (10, "vrrp_garp_master_refresh 2"),
            (10, "vrrp_lower_prio_no_advert on"),
            (10, "vrrp_skip_check_adv_addr"),
            (10, "vrrp_check_unicast_src"),
            (10, "nftables other_table"),
            (10, "disable_local_igmp"),
            (10, "vrrp_mcast_group4 224.0.0.30"),
            (10, "vrrp_down_timer_adverts 2"),
        ] {
            block.perhaps(&mut dice, chance, text);
        }
        if self.is_strict() {
            block.line("vrrp_strict");
        }
        block
    }

    fn trackers(&self) -> Vec<Block> {
        let mut dice = Dice::new(self.trackers);
        let mut blocks = Vec::new();
        if self.what.programs {
            let mut block = Block::new("vrrp_script check");
            block.line("script DIR/check").line("interval 1");
            if dice.percent(60) {
                let weight = dice.one_of(&["-30", "-10", "10", "20", "-20 reverse", "10 reverse"]);
                block.line(format!("weight {}", self.steadily(weight)));
            }
            for (chance, text) in [(30, "rise 2"), (30, "fall 2"), (10, "timeout 2")] {
                block.perhaps(&mut dice, chance, text);
            }
            if self.fails_at_first() {
                block.line("init_fail");
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

    /// After a reload keepalived counts a script with `reverse` as one without.
    fn steadily<'a>(&self, weight: &'a str) -> &'a str {
        if self.what.steady { weight } else { weight.trim_end_matches(" reverse") }
    }

    fn has_process(&self) -> bool {
        self.trackers().iter().any(|block| block.head.starts_with("vrrp_track_process"))
    }

    fn instance(&self, n: usize) -> Block {
        let member = &self.members[n];
        let dice = &mut Dice::new(member.seed);
        let v6 = dice.percent(30);
        let version_3 = self.version_3_everywhere() || v6;
        let mut block = Block::new(format!("vrrp_instance {}", member.name(n)));
        block.line(format!("interface {}", member.interface()));
        block.line(format!("virtual_router_id {}", member.vrid(n)));
        let priority = dice.one_of(&[1, 50, 100, 150, 200, 250, 254, 255]);
        let priority = member.priority.unwrap_or(priority);
        block.line(format!("priority {priority}"));
        let state = dice.one_of(&["MASTER", "BACKUP", "BACKUP"]);
        let state = match (priority, member.state) {
            // With BACKUP keepalived waits for a master-down interval.
            (255, _) => "MASTER",
            (_, other) => other.unwrap_or(state),
        };
        block.line(format!("state {state}"));
        if v6 {
            block.line("version 3");
        }
        let interval = dice.one_of(&["advert_int 0.3", "advert_int 0.2"]);
        block.line(if version_3 { member.interval.unwrap_or(interval) } else { "advert_int 1" });
        self.way(&mut block, n, v6, dice);
        self.preemption(&mut block, state, dice);
        if !version_3 && !self.is_strict() && dice.percent(40) {
            let kind = if dice.percent(70) { "auth_type PASS" } else { "auth_type AH" };
            block.block("authentication", [kind.to_owned(), "auth_pass secret".to_owned()]);
        }
        options(&mut block, v6, self.is_strict(), dice);
        let mut lines = addresses(n, v6, dice);
        if member.reversed {
            lines.reverse();
        }
        block.block("virtual_ipaddress", lines);
        for (chance, head, lines) in [
            (35, "virtual_ipaddress_excluded", excluded(n, dice)),
            (35, "virtual_routes", routes(n, dice)),
            (35, "virtual_rules", rules(n, dice)),
        ] {
            if dice.percent(chance) {
                block.block(head, lines);
            }
        }
        self.tracked(&mut block, dice);
        if self.what.programs {
            programs(&mut block, dice);
        }
        block
    }

    /// How advertisements go.
    fn way(&self, block: &mut Block, n: usize, v6: bool, dice: &mut Dice) {
        let member = &self.members[n];
        if member.has_vmac() {
            block.line(if dice.percent(40) { format!("use_vmac vm{n}") } else { "use_vmac".to_owned() });
            block.perhaps(dice, 40, "vmac_xmit_base");
        } else if !self.is_strict() && dice.percent(20) {
            peers(block, v6, member.interface(), dice);
        } else if !v6 && dice.percent(20) {
            // An address of another interface, which keepalived takes as it is.
            block.line("mcast_src_ip SELF");
        }
    }

    fn preemption(&self, block: &mut Block, state: &str, dice: &mut Dice) {
        let stays = self.what.steady || !self.what.against;
        let (never, late) = (dice.percent(20), dice.percent(15));
        if state == "BACKUP" && stays && never {
            block.line("nopreempt");
        } else if state == "BACKUP" && late {
            block.line("preempt_delay 1");
        }
    }

    fn tracked(&self, block: &mut Block, dice: &mut Dice) {
        if self.what.programs && dice.percent(35) {
            let weight = dice.one_of(&["", "", " weight -20", " weight 20", " weight 10 reverse"]);
            // If the group does so, too, keepalived stays in FAULT, or counts it twice after a reload.
            if !self.group_tracks_script() {
                block.block("track_script", [format!("check{}", self.steadily(weight))]);
            }
        }
        if dice.percent(35) {
            let weight = dice.one_of(&["", "", " weight 1", " weight -2", " weight 1 reverse"]);
            block.block("track_file", [format!("number{weight}")]);
        }
        if self.has_process() && dice.percent(30) {
            let weight = dice.one_of(&["", "", " weight 10", " weight -10 reverse"]);
            block.block("track_process", [format!("nobody{weight}")]);
        }
        if dice.percent(35) {
            let interface = dice.one_of(&["eth0", "eth1"]);
            let weight = dice.one_of(&["", "", " weight -20", " weight 20", " weight 10 reverse"]);
            block.block("track_interface", [format!("{interface}{weight}")]);
        }
    }

    fn group_tracks_script(&self) -> bool {
        self.group().is_some_and(|group| group.items.iter().any(|item| item.begins_with("track_script")))
    }

    fn group(&self) -> Option<Block> {
        let mut dice = Dice::new(self.group);
        let group = self.members.len() > 1 && dice.percent(50);
        group.then(|| {
            let mut block = Block::new("vrrp_sync_group G1");
            block.block("group", self.group_members().map(|n| self.members[n].name(n)));
            if self.what.programs {
                programs(&mut block, &mut dice);
                if dice.percent(25) {
                    block.block("track_script", ["check".to_owned()]);
                }
            }
            if dice.percent(25) {
                let interface = dice.one_of(&["eth0", "eth1", "eth1 weight 10"]);
                block.block("track_interface", [interface.to_owned()]);
            }
            if dice.percent(20) {
                let weight = dice.one_of(&["", " weight 1", " weight -1"]);
                block.block("track_file", [format!("number{weight}")]);
            }
            if self.has_process() && dice.percent(20) {
                block.block("track_process", ["nobody".to_owned()]);
            }
            block.perhaps(&mut dice, 15, "global_tracking");
            block.perhaps(&mut dice, 25, "sync_group_tracking_weight");
            block
        })
    }
}

/// What is told to programs: everything to one, or a state to each.
fn programs(block: &mut Block, dice: &mut Dice) {
    if dice.percent(70) {
        block.line("notify DIR/notify");
    }
    let name = block.head.replace("vrrp_instance", "INSTANCE").replace("vrrp_sync_group", "GROUP");
    for state in ["MASTER", "BACKUP", "FAULT", "STOP"] {
        let keyword = format!("notify_{}", state.to_lowercase());
        block.perhaps(dice, 25, &format!("{keyword} \"DIR/notify {name} {state}\""));
    }
}

fn options(block: &mut Block, v6: bool, strict: bool, dice: &mut Dice) {
    for (chance, text) in [
        (if strict { 0 } else { 15 }, "accept"),
        (15, "no_accept"),
        (10, "garp_master_refresh 1"),
        (10, "garp_master_refresh_repeat 2"),
        (10, "garp_master_delay 1"),
        (10, "garp_master_repeat 3"),
        (10, "garp_lower_prio_delay 2"),
        (10, "garp_lower_prio_repeat 2"),
        (10, "lower_prio_no_advert on"),
        (10, "higher_prio_send_advert on"),
        // The link-local address goes before the interface does: keepalived tells BACKUP between MASTER and FAULT.
        (if v6 { 0 } else { 10 }, "dont_track_primary"),
        (10, "skip_check_adv_addr"),
        (10, "promote_secondaries"),
        (10, "notify_priority_changes on"),
    ] {
        block.perhaps(dice, chance, text);
    }
}

impl Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.blocks().iter().try_for_each(|block| block.write(f, 0))
    }
}
