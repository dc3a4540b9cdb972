//! What is played for a seed.

use std::fmt::{self, Display};
use std::time::Duration;

use super::dice::Dice;
use super::recipe::{Kind, Recipe};

#[derive(Debug)]
pub(crate) struct Plan {
    first: Recipe,
    /// What the other host runs, if it runs anything.
    neighbour: Option<Recipe>,
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
    /// All its processes at once, with SIGKILL.
    Kill,
    /// One after another; vipd gets them at once, keepalived each when it has come to rest after the one before.
    Rush(Vec<Event>),
    /// The same to the other host, where it is always keepalived.
    Neighbour(Box<Event>),
}

impl Event {
    /// keepalived may leave and take over again where vipd stays: the way is not compared, only where it ends.
    pub(crate) const fn may_bounce(&self) -> bool {
        matches!(
            self,
            Self::RemoveAddress(_) | Self::RemoveRoute(_) | Self::Reload(_) | Self::Kill | Self::Rush(_)
        )
    }
}

impl Plan {
    pub(crate) fn draw(seed: u64, programs: bool) -> Self {
        let mut dice = Dice::new(seed);
        let what = Kind { programs, steady: dice.percent(30), against: dice.percent(40) };
        let first = Recipe::draw(&mut dice, what);
        let neighbour = what.against.then(|| first.with_other_priorities(&mut dice));
        let mut events = vec![Event::Start];
        if neighbour.is_some() {
            let before = dice.percent(40);
            events.insert(usize::from(!before), Event::Neighbour(Box::new(Event::Start)));
        }
        let mut current = first.clone();
        for _ in 0..dice.between(1, 3) {
            if let Some(neighbour) = neighbour.as_ref().filter(|_| dice.percent(60)) {
                let them = of_the_neighbour(neighbour, &mut dice);
                events.extend(them.into_iter().map(|event| Event::Neighbour(Box::new(event))));
            } else {
                happen(&mut events, &mut current, what, &mut dice);
            }
        }
        events.push(Event::Stop);
        Self { first, neighbour, events }
    }

    pub(crate) const fn config(&self) -> &Recipe {
        &self.first
    }

    pub(crate) const fn neighbour(&self) -> Option<&Recipe> {
        self.neighbour.as_ref()
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    /// For so long nothing may change before all is done that an event has caused.
    pub(crate) fn rest(&self) -> Duration {
        Duration::from_secs_f64(self.first.settles_after())
    }
}

fn happen(events: &mut Vec<Event>, current: &mut Recipe, what: Kind, dice: &mut Dice) {
    // These do not disturb: the first of them, too.
    match dice.between(0, if what.steady { 6 } else { 17 }) {
        0 | 1 => {
            let interface = dice.one_of(&["eth0", "eth1"]);
            events.extend(["down", "up"].map(|to| Event::Ip(format!("link set {interface} {to}"))));
        }
        2 | 3 => events.extend([Event::Plug(false), Event::Plug(true)]),
        4 | 5 if what.programs => {
            events.push(Event::Write("verdict", dice.one_of(&["0", "1"]).to_owned()));
        }
        4..=6 => events.push(a_number(dice)),
        7 => events.push(Event::RemoveAddress(dice.between(0, 5))),
        8 => events.push(Event::RemoveRoute(dice.between(0, 5))),
        9 => events.extend([Event::Kill, Event::Start]),
        // Beside another router the outcome depends on how long an event lasts.
        10..=12 if !what.against => events.push(rush(current, dice)),
        _ => {
            *current = current.vary(dice);
            events.push(Event::Reload(current.clone()));
        }
    }
}

fn rush(current: &mut Recipe, dice: &mut Dice) -> Event {
    let mut events = Vec::new();
    for _ in 0..dice.between(2, 3) {
        match dice.between(0, 4) {
            0 => {
                let interface = dice.one_of(&["eth0", "eth1"]);
                events.extend(["down", "up"].map(|to| Event::Ip(format!("link set {interface} {to}"))));
            }
            1 => events.extend([Event::Plug(false), Event::Plug(true)]),
            2 => events.push(a_number(dice)),
            _ => {
                *current = current.vary(dice);
                events.push(Event::Reload(current.clone()));
            }
        }
    }
    Event::Rush(events)
}

/// Beyond what a priority can be, it is a FAULT: keepalived dumps the priority before it.
fn a_number(dice: &mut Dice) -> Event {
    Event::Write("number", dice.one_of(&["3", "-7", "30", "-90", "0", "110"]).to_owned())
}

fn of_the_neighbour(recipe: &Recipe, dice: &mut Dice) -> Vec<Event> {
    match dice.between(0, 6) {
        0 => vec![Event::Stop, Event::Start],
        1 => vec![Event::Kill, Event::Start],
        2 => {
            let interface = dice.one_of(&["eth0", "eth1"]);
            ["down", "up"].map(|to| Event::Ip(format!("link set {interface} {to}"))).to_vec()
        }
        3 => vec![Event::Plug(false), Event::Plug(true)],
        4 => vec![a_number(dice)],
        _ => vec![Event::Reload(recipe.with_other_priorities(dice))],
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
            Self::Kill => f.write_str("kill -9"),
            Self::Rush(events) => {
                f.write_str("at once:")?;
                events.iter().try_for_each(|event| write!(f, "\n   * {event}"))
            }
            Self::Neighbour(event) => write!(f, "the other host: {event}"),
        }
    }
}
