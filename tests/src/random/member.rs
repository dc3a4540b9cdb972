//! What an instance is, and how a reload changes it a little.

use super::dice::Dice;

/// One instance: what is drawn, and what was changed since.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) seed: u64,
    place: u64,
    moved: bool,
    renamed: bool,
    other_vrid: bool,
    /// The order of its addresses.
    pub(crate) reversed: bool,
    pub(crate) priority: Option<u64>,
    pub(crate) state: Option<&'static str>,
    pub(crate) interval: Option<&'static str>,
}

impl Member {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        Self {
            seed: dice.seed(),
            place: dice.seed(),
            moved: false,
            renamed: false,
            other_vrid: false,
            reversed: false,
            priority: None,
            state: None,
            interval: None,
        }
    }

    /// Everything is new but its place. A virtual interface stays as it is or goes: keepalived would give another name to one
    /// for the other family, too.
    pub(crate) fn draw_again(&mut self, dice: &mut Dice) {
        let had_vmac = self.has_vmac();
        self.seed = dice.seed();
        while had_vmac && self.has_vmac() {
            self.seed = dice.seed();
        }
    }

    /// One thing is different.
    pub(crate) fn vary(&mut self, dice: &mut Dice) {
        match dice.between(0, 6) {
            // keepalived, which makes the new virtual interface before it removes the old one, would give it another name.
            0 if !self.has_vmac() => self.moved = !self.moved,
            1 => self.renamed = !self.renamed,
            2 => self.other_vrid = !self.other_vrid,
            3 => self.reversed = !self.reversed,
            4 => self.state = Some(dice.one_of(&["MASTER", "BACKUP"])),
            5 => self.interval = Some(dice.one_of(&["advert_int 0.25", "advert_int 0.4"])),
            _ => self.priority = Some(dice.one_of(&[20, 80, 120, 180, 240])),
        }
    }

    pub(crate) fn name(&self, n: usize) -> String {
        if self.renamed { format!("VJ_{n}") } else { format!("VI_{n}") }
    }

    pub(crate) const fn vrid(&self, n: usize) -> usize {
        if self.other_vrid { 60 + n } else { 50 + n }
    }

    pub(crate) fn interface(&self) -> &'static str {
        match (Dice::new(self.place).one_of(&["eth0", "eth0", "eth1"]), self.moved) {
            ("eth0", true) => "eth1",
            (_, true) => "eth0",
            (first, false) => first,
        }
    }

    pub(crate) fn has_vmac(&self) -> bool {
        Dice::new(self.seed ^ 1).percent(30)
    }
}
