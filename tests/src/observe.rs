//! What can be seen from outside of a host and its daemon, as facts to compare: one line each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use lab::{Advert, Capture, Daemon, Host};
use serde_json::Value;

use crate::dumps::json;
use crate::watch::memberships;

/// O_NONBLOCK.
const WITHOUT_WAITING: i32 = 0o4000;

/// A named pipe that a daemon writes its lines to.
#[derive(Debug)]
pub struct Pipe {
    path: PathBuf,
    said: String,
}

impl Pipe {
    /// The pipe of this path, which the daemon makes.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, said: String::new() }
    }

    /// What has come out of it so far.
    pub fn said(&mut self) -> &str {
        self.read();
        &self.said
    }

    /// Without waiting, and without keeping it open: who reads must not change what is observed.
    fn read(&mut self) {
        let open = OpenOptions::new().read(true).custom_flags(WITHOUT_WAITING).open(&self.path);
        let Ok(mut pipe) = open else { return };
        let mut chunk = [0; 4096];
        while let Ok(len) = pipe.read(&mut chunk) {
            if len == 0 {
                break;
            }
            self.said.push_str(&String::from_utf8_lossy(chunk.get(..len).unwrap_or_default()));
        }
    }
}

/// Addresses, routes, rules, virtual interfaces and memberships of a host.
pub fn network(host: &Host) -> Result<BTreeSet<String>> {
    let links = host.output("ip", &["-j", "-d", "address", "show"])?;
    let links: Vec<Value> = serde_json::from_str(&links)?;
    let mut facts = addresses(&links);
    for more in [macvlans(&links), routes_and_rules(host)?, memberships(host)?] {
        facts.extend(more);
    }
    Ok(facts)
}

/// The switches of the kernel that keepalived changes, interface by interface.
pub fn switches(host: &Host) -> Result<BTreeSet<String>> {
    const NAMES: [&str; 7] = [
        "rp_filter",
        "arp_ignore",
        "arp_announce",
        "arp_filter",
        "accept_local",
        "promote_secondaries",
        "disable_ipv6",
    ];
    host.run(|| {
        let mut facts = BTreeSet::new();
        for folder in ["/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv6/conf"] {
            for interface in fs::read_dir(folder)? {
                let interface = interface?.path();
                for name in NAMES {
                    let path = interface.join(name);
                    // Not every family has each of them, and an interface may just be going.
                    if let Ok(value) = fs::read_to_string(&path) {
                        facts.insert(format!("switch: {}:{}", path.display(), value.trim()));
                    }
                }
            }
        }
        Ok(facts)
    })?
}

/// One fact for each field of each instance in the dump as JSON.
pub fn dump(daemon: &mut Daemon) -> Result<Vec<String>> {
    let mut facts = Vec::new();
    for instance in json(daemon)?.as_array().into_iter().flatten() {
        let iname = instance["data"]["iname"].as_str().unwrap_or_default();
        for part in ["data", "stats"] {
            for (field, value) in instance[part].as_object().into_iter().flatten() {
                facts.push(format!("dump of {iname}: {part}.{field} = {value}"));
            }
        }
    }
    Ok(facts)
}

/// A configuration with the paths of this world in the places of `PIPE` and `DIR`.
pub fn filled_in(config: &str, dir: &Path) -> String {
    let config = config.replace("PIPE", &dir.join("pipe").display().to_string());
    config.replace("DIR", &dir.display().to_string())
}

/// Every address with what `ip` says of it, sorted. Not: who made it, how long it still lasts.
fn addresses(links: &[Value]) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for link in links {
        let interface = link["ifname"].as_str().unwrap_or_default();
        for entry in link["addr_info"].as_array().into_iter().flatten() {
            if interface == "lo" || is_made_by_kernel(entry) {
                continue;
            }
            let mut fact = format!("address on {interface}:");
            for (key, value) in entry.as_object().into_iter().flatten() {
                if !matches!(key.as_str(), "protocol" | "valid_life_time") {
                    let _ = write!(fact, " {key} {value}");
                }
            }
            facts.insert(fact);
        }
    }
    facts
}

fn is_made_by_kernel(entry: &Value) -> bool {
    entry["scope"] == "link"
        && entry["local"].as_str().is_some_and(|local| local.starts_with("fe80::") && local.contains("ff:fe"))
}

/// Every route but the kernel's own, and every rule but those of every machine.
fn routes_and_rules(host: &Host) -> Result<BTreeSet<String>> {
    // Starting a program is what costs most in the private kernel.
    let batch = host.dir().join("routes-and-rules");
    fs::write(&batch, "route show table all\nrule show\n")?;
    let batch = batch.display().to_string();
    let mut facts = BTreeSet::new();
    for family in ["-4", "-6"] {
        let text = host.output("ip", &[family, "-j", "-d", "-batch", &batch])?;
        for list in serde_json::Deserializer::from_str(&text).into_iter::<Vec<Value>>() {
            for entry in list? {
                // Routes have none, but a metric.
                match entry["priority"].as_u64() {
                    None if entry["protocol"] != "kernel" => {
                        facts.insert(format!("route {family}: {entry}"));
                    }
                    None | Some(0 | 32766 | 32767) => {}
                    Some(_) => {
                        facts.insert(format!("rule {family}: {entry}"));
                    }
                }
            }
        }
    }
    Ok(facts)
}

/// Every interface that the daemon makes, without what depends on when and where it was made.
fn macvlans(links: &[Value]) -> BTreeSet<String> {
    const KEPT: [&str; 9] = [
        "ifname",
        "link",
        "flags",
        "mtu",
        "operstate",
        "address",
        "linkinfo",
        "inet6_addr_gen_mode",
        "group",
    ];
    let mut facts = BTreeSet::new();
    for link in links.iter().filter(|link| link["linkinfo"]["info_kind"] == "macvlan") {
        let fields = link.as_object().into_iter().flatten().filter(|(key, _)| KEPT.contains(&key.as_str()));
        let mut fact = "link:".to_owned();
        for (key, value) in fields {
            let _ = write!(fact, " {key} {value}");
        }
        facts.insert(fact);
    }
    facts
}

/// What was advertised, each different packet of a virtual router once, sorted.
pub fn adverts(capture: &Capture) -> Vec<String> {
    let facts: BTreeSet<_> = capture.all_adverts().iter().map(advert_fact).collect();
    facts.into_iter().collect()
}

/// An advertisement with all its bytes.
pub fn advert_fact(advert: &Advert) -> String {
    let Advert { vrid, from, to, hops, tos, .. } = advert;
    format!("advertisement of {vrid} from {from} to {to}, TTL {hops}, class {tos}: {}", hex(&advert.payload))
}

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
