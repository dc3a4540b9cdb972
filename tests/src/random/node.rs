//! A host with its daemon, to which things happen.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use lab::{Capture, Daemon, Host, World};
use serde_json::Value;

use super::plan::Event;
use super::recipe::Recipe;
use crate::observe::{Pipe, filled_in};
use crate::{PATIENCE, eventually};

/// Which of the two hosts: its own addresses over IPv4 and IPv6, those of the other one, and the MAC addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    name: &'static str,
    own: [&'static str; 2],
    other: [&'static str; 2],
    macs: [&'static str; 2],
    /// On the first Ethernet.
    other_mac: &'static str,
}

const MACS: [[&str; 2]; 2] =
    [["02:00:00:00:00:01", "02:00:00:00:00:02"], ["02:00:00:00:00:11", "02:00:00:00:00:12"]];
const A: [&str; 2] = ["192.168.200.128", "fe80::ff:fe00:1"];
const B: [&str; 2] = ["192.168.200.129", "fe80::ff:fe00:11"];

/// The router that is looked at.
pub(crate) const FIRST: Place =
    Place { name: "ServerA", own: A, other: B, macs: MACS[0], other_mac: MACS[1][0] };
/// The other one.
pub(crate) const SECOND: Place =
    Place { name: "ServerB", own: B, other: A, macs: MACS[1], other_mac: MACS[0][0] };

pub(crate) struct Node {
    place: Place,
    pub(crate) host: Host,
    dir: PathBuf,
    pub(crate) capture: Capture,
    pub(crate) daemon: Daemon,
    pipe: Pipe,
    pub(crate) runs: bool,
}

impl Node {
    /// The second Ethernet has 10.9.9.1/24.
    pub(crate) fn new(
        world: &mut World,
        place: Place,
        program: &Path,
        recipe: Option<&Recipe>,
    ) -> Result<Self> {
        let host = world.host(place.name, &[&format!("{}/24", place.own[0])])?;
        for (interface, mac) in ["eth0", "eth1"].into_iter().zip(place.macs) {
            // The link-local address comes from it: down and up again.
            for words in [["set", interface, "down"], ["set", interface, "up"]] {
                host.output("ip", &["link", "set", interface, "address", mac])?;
                host.output("ip", &[&["link"], words.as_slice()].concat())?;
            }
        }
        host.output("ip", &["address", "add", "10.9.9.1/24", "dev", "eth1"])?;
        eventually("both Ethernets are up, with their own addresses", PATIENCE, || {
            let up = host.output("ip", &["-6", "-br", "address", "show", "scope", "link", "up"])?;
            Ok(["eth0", "eth1"]
                .iter()
                .all(|name| up.lines().any(|line| line.starts_with(name) && line.contains(" UP "))))
        })?;
        // When the kernel gives up an address that nobody answers for is chance.
        for address in place.other {
            let words =
                ["neigh", "replace", address, "lladdr", place.other_mac, "nud", "permanent", "dev", "eth0"];
            host.output("ip", &words)?;
        }
        let dir = host.dir().join("files");
        fs::create_dir(&dir)?;
        executable(&dir.join("notify"), &format!("echo \"$@\" >>{}/calls", dir.display()))?;
        executable(&dir.join("check"), &format!("exit $(cat {}/verdict)", dir.display()))?;
        fs::write(dir.join("verdict"), "0")?;
        let capture = world.capture_from(&host)?;
        let daemon = Daemon::new(&host, program, "")?;
        let pipe = Pipe::new(dir.join("pipe"));
        let node = Self { place, host, dir, capture, daemon, pipe, runs: false };
        if let Some(recipe) = recipe {
            node.configure(recipe)?;
        }
        Ok(node)
    }

    fn configure(&self, recipe: &Recipe) -> Result<()> {
        let ([own, own6], [other, other6]) = (self.place.own, self.place.other);
        let mut text = filled_in(&recipe.to_string(), &self.dir);
        for (word, address) in [("SELF6", own6), ("PEER6", other6), ("SELF", own), ("PEER", other)] {
            text = text.replace(word, address);
        }
        self.daemon.configure(&text)
    }

    pub(crate) fn play(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Start => {
                self.runs = true;
                self.daemon.start()
            }
            Event::Ip(words) => self.ip(words),
            Event::Plug(plugged) => self.host.plug(*plugged),
            Event::RemoveAddress(rank) => {
                let virtual_ones = self.host.addresses()?.into_iter().filter(|held| {
                    let text = held.cidr.to_string();
                    let has_peer = text.contains(".12.9/");
                    !has_peer && ["10.0.", "10.1.", "10.2."].iter().any(|start| text.starts_with(start))
                });
                let words: Vec<_> = virtual_ones
                    .map(|held| format!("address del {} dev {}", held.cidr, held.interface))
                    .collect();
                self.one_of(words, *rank)
            }
            Event::RemoveRoute(rank) => {
                let text = self.host.output("ip", &["-j", "-4", "route", "show", "protocol", "18"])?;
                let routes: Value = serde_json::from_str(&text).unwrap_or_default();
                let routes = routes.as_array().into_iter().flatten();
                // Neither a static one nor one without an interface: those keepalived leaves alone.
                let routes = routes.filter(|route| route["dev"].is_string());
                let destinations =
                    routes.filter_map(|route| route["dst"].as_str().filter(|dst| dst.starts_with("10.1")));
                let words = destinations.map(|destination| format!("route del {destination}")).collect();
                self.one_of(words, *rank)
            }
            Event::Write(name, text) => Ok(fs::write(self.dir.join(name), text)?),
            Event::Reload(recipe) => {
                // keepalived makes the pipe anew: what nobody has read is lost.
                self.pipe.said();
                self.configure(recipe)?;
                self.daemon.reload()
            }
            Event::Stop => {
                self.pipe.said();
                self.runs = false;
                let status = self.daemon.stop(PATIENCE)?;
                anyhow::ensure!(status.success(), "the stop was not clean: {status}");
                Ok(())
            }
            Event::Kill => {
                self.pipe.said();
                self.runs = false;
                self.daemon.kill(|| ()).map(drop)
            }
            Event::Neighbour(_) | Event::Rush(_) => anyhow::bail!("not for a single node: {event}"),
        }
    }

    /// Nothing happens if there is none.
    fn one_of(&self, mut words: Vec<String>, rank: u64) -> Result<()> {
        words.sort();
        let index = usize::try_from(rank)?.checked_rem(words.len());
        index.and_then(|index| words.get(index)).map_or(Ok(()), |words| self.ip(words))
    }

    fn ip(&self, words: &str) -> Result<()> {
        self.host.output("ip", &words.split_whitespace().collect::<Vec<_>>()).map(drop)
    }

    /// The lines of the pipe and the calls of programs.
    pub(crate) fn told(&mut self) -> (String, String) {
        let calls = fs::read_to_string(self.dir.join("calls")).unwrap_or_default();
        (self.pipe.said().to_owned(), calls)
    }

    /// The same on every host, whatever its folder.
    pub(crate) fn without_folder(&self, fact: &str) -> String {
        fact.replace(&self.dir.display().to_string(), "DIR")
    }
}

fn executable(path: &Path, text: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{text}\n"))?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}
