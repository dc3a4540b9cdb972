//! What is played for a seed.

use std::fmt::{self, Display};
use std::time::Duration;

use super::dice::Dice;
use super::recipe::Recipe;

impl Event {
    /// keepalived may leave and take over again where vipd stays: the way is not compared, only where it ends.
    pub(crate) const fn may_bounce(&self) -> bool {
        matches!(self, Self::RemoveAddress(_) | Self::RemoveRoute(_) | Self::Reload(_))
    }
}

#[derive(Debug)]
pub(crate) struct Plan {
    first: Recipe,
    events: Vec<Event>,
}

/// What happens to a host.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Start,
    /// `ip` with these words.
    Ip(String),
    /// The cable of the first Ethernet.
    Plug(bool),
    /// A foreign hand removes the virtual address of this rank, or the route.
    RemoveAddress(u64),
    RemoveRoute(u64),
    /// A file gets this content.
    Write(&'static str, String),
    Reload(Recipe),
    Stop,
}

impl Plan {
    pub(crate) fn draw(seed: u64, programs: bool) -> Self {
        let mut dice = Dice::new(seed);
        let first = Recipe::draw(&mut dice, programs);
        let mut events = vec![Event::Start];
        let mut current = first.clone();
        for _ in 0..dice.between(1, 3) {
            match dice.between(0, 9) {
                0 | 1 => {
                    let interface = dice.one_of(&["eth0", "eth1"]);
                    events.extend(["down", "up"].map(|to| Event::Ip(format!("link set {interface} {to}"))));
                }
                2 => events.extend([Event::Plug(false), Event::Plug(true)]),
                3 => events.push(Event::RemoveAddress(dice.between(0, 5))),
                4 => events.push(Event::RemoveRoute(dice.between(0, 5))),
                5 => {
                    // Beyond what a priority can be, it is a FAULT: keepalived dumps the priority before it.
                    let number = dice.one_of(&["3", "-7", "30", "-90", "0", "110"]);
                    events.push(Event::Write("number", number.to_owned()));
                }
                6 if programs => events.push(Event::Write("verdict", dice.one_of(&["0", "1"]).to_owned())),
                _ => {
                    current = current.vary(&mut dice);
                    events.push(Event::Reload(current.clone()));
                }
            }
        }
        events.push(Event::Stop);
        Self { first, events }
    }

    pub(crate) const fn config(&self) -> &Recipe {
        &self.first
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    /// For so long nothing may change before all is done that an event has caused.
    pub(crate) fn rest(&self) -> Duration {
        Duration::from_secs_f64(self.first.settles_after())
    }
}

impl Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Ip(words) => write!(f, "ip {words}"),
            Self::Plug(plugged) => {
                write!(f, "the cable of eth0 is {}", if *plugged { "plugged" } else { "pulled" })
            }
            Self::RemoveAddress(rank) => write!(f, "virtual address {rank} is removed"),
            Self::RemoveRoute(rank) => write!(f, "route {rank} is removed"),
            Self::Write(name, text) => write!(f, "{name} contains {text}"),
            Self::Reload(recipe) => write!(f, "reload:\n{recipe}"),
            Self::Stop => f.write_str("stop"),
        }
    }
}
