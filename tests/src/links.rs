//! Interfaces and their settings as this host shows them.

use anyhow::{Context as _, Result};
use lab::Host;
use serde_json::Value;

/// Runs `ip` with the words of a line.
pub fn ip(host: &Host, line: &str) -> Result<String> {
    host.output("ip", &line.split_whitespace().collect::<Vec<_>>())
}

/// What `ip -d -j link` says of an interface, without what differs from machine to machine.
pub fn link(host: &Host, interface: &str) -> Result<Value> {
    let text = ip(host, &format!("-d -j link show dev {interface}"))?;
    let links: Value = serde_json::from_str(&text)?;
    let link = links[0].as_object().context("no such link")?;
    let kept = [
        "ifname",
        "link",
        "master",
        "flags",
        "mtu",
        "address",
        "linkinfo",
        "inet6_addr_gen_mode",
        "group",
        "operstate",
    ];
    Ok(link
        .iter()
        .filter(|(key, _)| kept.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect())
}

/// Every setting of these interfaces, as `family/interface/name value`.
pub fn settings(host: &Host, interfaces: &[&str]) -> Result<Vec<String>> {
    host.run(|| {
        let mut lines = Vec::new();
        for family in ["ipv4", "ipv6"] {
            for interface in interfaces {
                let folder = format!("/proc/sys/net/{family}/conf/{interface}");
                let Ok(entries) = std::fs::read_dir(&folder) else { continue };
                for entry in entries.flatten() {
                    let value = std::fs::read_to_string(entry.path()).unwrap_or_default();
                    let name = entry.file_name();
                    lines.push(format!("{family}/{interface}/{} {}", name.to_string_lossy(), value.trim()));
                }
            }
        }
        lines.sort();
        lines
    })
}
