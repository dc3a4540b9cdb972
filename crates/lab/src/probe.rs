use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use linux::udp::AnyAddress;

use crate::services::ECHO_PORT;
use crate::world::Host;

/// A client that asks every address who it is, over and over.
#[derive(Debug)]
pub struct Prober {
    heard: Arc<Mutex<Heard>>,
    targets: Vec<IpAddr>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// When the client's kernel received it.
    pub at: SystemTime,
    /// Name of the host that answered.
    pub host: String,
}

/// A time without answers from an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The last answer before it; `None` when nobody had answered yet.
    pub before: Option<Answer>,
    /// The first answer after it; `None` while it lasts.
    pub after: Option<Answer>,
    /// How long nobody answered.
    pub length: Duration,
}

#[derive(Debug, Default)]
struct Heard {
    hosts: Vec<String>,
    answers: BTreeMap<usize, Vec<(SystemTime, u16)>>,
}

impl Prober {
    /// Starts asking all `targets` each `every`. The answers are kept until the prober is dropped.
    pub fn start(client: &Host, targets: &[IpAddr], every: Duration) -> Result<Self> {
        let socket = client
            .run(|| AnyAddress::bind(0, Duration::from_millis(100)))?
            .with_context(|| format!("cannot open a socket on {}", client.name()))?;
        let (socket, stop) = (Arc::new(socket), Arc::new(AtomicBool::new(false)));
        let heard = Arc::new(Mutex::new(Heard::default()));
        let threads = vec![
            {
                let (socket, stop, targets) = (Arc::clone(&socket), Arc::clone(&stop), targets.to_vec());
                std::thread::spawn(move || ask(&socket, &targets, every, &stop))
            },
            {
                let (stop, heard, known) = (Arc::clone(&stop), Arc::clone(&heard), targets.len());
                std::thread::spawn(move || listen(&socket, known, &heard, &stop))
            },
        ];
        Ok(Self { heard, targets: targets.to_vec(), stop, threads })
    }

    /// The latest answer from an address.
    pub fn last(&self, target: IpAddr) -> Option<Answer> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.answers.get(&self.index(target)?)?.last().map(|answer| heard.answer(*answer))
    }

    /// Waits until `host` answers for an address after `since`; the time of that answer.
    pub fn wait(
        &self,
        target: IpAddr,
        host: &str,
        since: SystemTime,
        patience: Duration,
    ) -> Option<SystemTime> {
        let end = Instant::now() + patience;
        loop {
            if let Some(at) = self.first(target, host, since) {
                return Some(at);
            }
            if Instant::now() >= end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The first answer of `host` for an address after `since`, if it has come.
    pub fn first(&self, target: IpAddr, host: &str, since: SystemTime) -> Option<SystemTime> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let host = heard.hosts.iter().position(|known| known == host)?;
        let answers = heard.answers.get(&self.index(target)?)?;
        let from = answers.partition_point(|(at, _)| *at < since);
        answers.get(from..)?.iter().find(|(_, who)| usize::from(*who) == host).map(|(at, _)| *at)
    }

    /// The longest time without an answer that touches the span from `since` until now.
    pub fn outage(&self, target: IpAddr, since: SystemTime) -> Outage {
        let now = SystemTime::now();
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = self.index(target).and_then(|index| heard.answers.get(&index));
        let answers = answers.map(Vec::as_slice).unwrap_or_default();
        let first_after = answers.partition_point(|(at, _)| *at < since);
        let mut worst = Outage { before: None, after: None, length: Duration::ZERO };
        let mut before = first_after.checked_sub(1).and_then(|index| answers.get(index)).copied();
        let rest = answers.get(first_after..).unwrap_or_default();
        for after in rest.iter().copied().map(Some).chain([None]) {
            let from = before.map_or(since, |(at, _)| at);
            let to = after.map_or(now, |(at, _)| at);
            let length = to.duration_since(from).unwrap_or_default();
            if length > worst.length {
                worst = Outage {
                    before: before.map(|answer| heard.answer(answer)),
                    after: after.map(|answer| heard.answer(answer)),
                    length,
                };
            }
            before = after;
        }
        worst
    }

    /// Every host that answered for an address after `since`, in order of first appearance.
    pub fn who(&self, target: IpAddr, since: SystemTime) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = Vec::new();
        for (_, who) in self
            .index(target)
            .and_then(|index| heard.answers.get(&index))
            .into_iter()
            .flatten()
            .filter(|(at, _)| *at >= since)
        {
            if !seen.contains(who) {
                seen.push(*who);
            }
        }
        seen.into_iter().map(|who| heard.name(who)).collect()
    }

    fn index(&self, target: IpAddr) -> Option<usize> {
        self.targets.iter().position(|known| *known == target)
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

impl Heard {
    fn name(&self, who: u16) -> String {
        self.hosts.get(usize::from(who)).cloned().unwrap_or_default()
    }

    fn answer(&self, (at, who): (SystemTime, u16)) -> Answer {
        Answer { at, host: self.name(who) }
    }

    fn add(&mut self, target: usize, at: SystemTime, host: &str) {
        let known = self.hosts.iter().position(|known| known == host).unwrap_or_else(|| {
            self.hosts.push(host.to_owned());
            self.hosts.len() - 1
        });
        self.answers.entry(target).or_default().push((at, known as u16));
    }
}

/// A question is the number of its target; the answer is the question and the name of the host.
fn ask(socket: &AnyAddress, targets: &[IpAddr], every: Duration, stop: &AtomicBool) {
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        for (index, target) in targets.iter().enumerate() {
            // While nobody has the address the kernel may refuse: that is what an outage looks like.
            drop(socket.send(&(index as u32).to_be_bytes(), SocketAddr::new(*target, ECHO_PORT)));
        }
        due += every;
        let now = Instant::now();
        match due.checked_duration_since(now) {
            Some(wait) => std::thread::sleep(wait),
            // Never a burst to catch up.
            None => due = now,
        }
    }
}

fn listen(socket: &AnyAddress, known: usize, heard: &Mutex<Heard>, stop: &AtomicBool) {
    let mut buf = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        let got = match socket.receive(&mut buf) {
            Ok(got) => got,
            Err(error) if error.kind() == ErrorKind::InvalidData => return,
            // Nothing came, or the network told us that nobody is there.
            Err(_) => continue,
        };
        let Some((question, host)) = buf.get(..got.len).and_then(<[u8]>::split_first_chunk::<4>) else {
            continue;
        };
        let target = u32::from_be_bytes(*question) as usize;
        if let (true, Ok(host)) = (target < known, std::str::from_utf8(host)) {
            heard.lock().unwrap_or_else(PoisonError::into_inner).add(target, got.at, host);
        }
    }
}
