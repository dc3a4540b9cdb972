//! Judges from outside: iproute2 for the kernel's state, tshark for what is on the wire.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::IpAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use lab::{Advert, Capture, Host, World};
use serde_json::Value;

/// `ip monitor address` on a host: every address that comes or goes from now on.
#[derive(Debug)]
pub struct AddressMonitor {
    child: Child,
    file: std::path::PathBuf,
}

impl AddressMonitor {
    /// Starts watching; it does so when this returns.
    pub fn start(host: &Host) -> Result<Self> {
        let file = host
            .dir()
            .join(format!("monitor-{:?}", SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?));
        let out = File::create(&file)?;
        let mut command = Command::new("ip");
        command.args(["-o", "monitor", "address"]).stdin(Stdio::null()).stdout(out);
        let monitor = Self { child: host.spawn(command)?, file };
        // It is ready once it shows an address that comes and goes on lo.
        crate::eventually("ip monitor works", crate::PATIENCE, || {
            host.output("ip", &["address", "add", "127.9.9.9/32", "dev", "lo"])?;
            host.output("ip", &["address", "del", "127.9.9.9/32", "dev", "lo"])?;
            std::thread::sleep(Duration::from_millis(20));
            Ok(std::fs::read_to_string(&monitor.file)?.contains("127.9.9.9"))
        })?;
        Ok(monitor)
    }

    /// The lines so far.
    pub fn lines(&self) -> Result<Vec<String>> {
        // What happened just now shall be in the file, too.
        std::thread::sleep(Duration::from_millis(50));
        let text = std::fs::read_to_string(&self.file)?;
        Ok(text.lines().filter(|line| !line.contains("127.9.9.9")).map(str::to_owned).collect())
    }
}

impl Drop for AddressMonitor {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One address of a host as `ip -j address` shows it.
pub fn ip_address(host: &Host, interface: &str, address: &str) -> Result<Option<Value>> {
    let text = host.output("ip", &["-j", "address", "show", "dev", interface])?;
    let links: Value = serde_json::from_str(&text).context("ip -j printed no JSON")?;
    let addresses = links[0]["addr_info"].as_array().cloned().unwrap_or_default();
    Ok(addresses.into_iter().find(|entry| entry["local"] == address))
}

/// Whether an interface of a host has the address.
pub fn has_address(host: &Host, interface: &str, address: &str) -> Result<bool> {
    let address: IpAddr = address.parse()?;
    Ok(host.addresses()?.iter().any(|held| held.interface == interface && held.cidr.addr == address))
}

/// The groups of VRRP that a host has joined, as `joined 224.0.0.18 on eth0`.
pub fn memberships(host: &Host) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut interface = String::new();
    let [v4, v6] = host.run(|| {
        ["igmp", "igmp6"].map(|name| std::fs::read_to_string(format!("/proc/thread-self/net/{name}")))
    })?;
    for line in v4?.lines() {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            // The address as the kernel has it in memory.
            [group, ..] if *group == format!("{:08X}", u32::from_ne_bytes([224, 0, 0, 18])) => {
                found.insert(format!("joined 224.0.0.18 on {interface}"));
            }
            [_, name, ..] if !line.starts_with(char::is_whitespace) => (*name).clone_into(&mut interface),
            _ => {}
        }
    }
    for line in v6?.lines() {
        if let [_, interface, "ff020000000000000000000000000012", ..] =
            line.split_whitespace().collect::<Vec<_>>().as_slice()
        {
            found.insert(format!("joined ff02::12 on {interface}"));
        }
    }
    Ok(found)
}

/// Which of the hosts have the address.
pub fn holders(hosts: &[&Host], address: &str) -> Result<Vec<String>> {
    let address = address.parse()?;
    let mut names = Vec::new();
    for host in hosts {
        if host.holds(address)? {
            names.push(host.name().to_owned());
        }
    }
    Ok(names)
}

/// Waits until exactly this host has the address.
pub fn await_holder(hosts: &[&Host], address: &str, wanted: &Host) -> Result<()> {
    crate::eventually(&format!("{address} is on {} alone", wanted.name()), crate::PATIENCE, || {
        Ok(holders(hosts, address)? == [wanted.name()])
    })
}

/// The longest time between two advertisements of one sender.
pub fn longest_gap(adverts: &[Advert]) -> Duration {
    let gaps = adverts.windows(2).filter_map(|pair| match pair {
        [a, b] => b.at.duration_since(a.at).ok(),
        _ => None,
    });
    gaps.max().unwrap_or_default()
}

/// An advertisement as tshark dissects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissected {
    /// Source address of the Ethernet frame.
    pub mac: String,
    /// Where it is sent to.
    pub to: String,
    /// TTL or hop limit.
    pub hops: String,
    /// Version of VRRP.
    pub version: String,
    /// Authentication type of version 2: 0 none, 1 a password, 2 an authentication header.
    pub auth_type: String,
    /// Whether there is an authentication header.
    pub ah: bool,
}

/// Has tshark read everything captured: no packet malformed, every checksum good, at least `least` advertisements,
/// which are returned.
pub fn tshark_agrees(world: &World, capture: &Capture, least: usize) -> Result<Vec<Dissected>> {
    let file = world.dir().join("capture.pcap");
    capture.write_pcap(&file)?;
    let mut seen = Vec::new();
    for line in tshark(&file)? {
        let mut fields = line.split('\t').map(str::to_owned);
        let mut field = || fields.next().unwrap_or_default();
        let (protocols, mac, to4, to6, ttl4, ttl6) = (field(), field(), field(), field(), field(), field());
        let (ip_sum, sum, version, auth_type) = (field(), field(), field(), field());
        anyhow::ensure!(
            !protocols.contains("malformed") && (ip_sum == "1" || to4.is_empty()),
            "tshark complains: {line}"
        );
        if protocols.contains("vrrp") {
            anyhow::ensure!(sum == "1", "tshark finds a wrong checksum: {line}");
            let (to, hops, ah) = (to4 + &to6, ttl4 + &ttl6, protocols.contains(":ah:"));
            seen.push(Dissected { mac, to, hops, version, auth_type, ah });
        }
    }
    anyhow::ensure!(
        seen.len() >= least,
        "tshark sees {} advertisements, at least {least} were sent",
        seen.len()
    );
    Ok(seen)
}

fn tshark(file: &std::path::Path) -> Result<Vec<String>> {
    const FIELDS: [&str; 10] = [
        "frame.protocols",
        "eth.src",
        "ip.dst",
        "ipv6.dst",
        "ip.ttl",
        "ipv6.hlim",
        "ip.checksum.status",
        "vrrp.checksum.status",
        "vrrp.version",
        "vrrp.auth_type",
    ];
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-r"]).arg(file);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    let output = command
        .env("HOME", file.parent().context("no folder")?)
        .output()
        .context("cannot run tshark: apt-get install tshark")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "tshark fails: {errors}");
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
