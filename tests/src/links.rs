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

/// Addresses of an interface with what the kernel was told about them; those of its own making without the part that
/// differs from machine to machine.
pub fn addresses(host: &Host, interface: &str) -> Result<Vec<String>> {
    let list: Value = serde_json::from_str(&ip(host, &format!("-j address show dev {interface}"))?)?;
    let infos = list[0]["addr_info"].as_array().context("no addresses")?;
    let mut lines: Vec<String> = infos
        .iter()
        .map(|info| {
            let local = info["local"].as_str().unwrap_or_default();
            let made_by_kernel = local.starts_with("fe80::") && info["prefixlen"] == 64;
            let local = if made_by_kernel { "fe80::…" } else { local };
            let of = |name: &str| info[name].to_string();
            let lifetime = of("preferred_life_time");
            format!("{local}/{} {} {} {lifetime}", info["prefixlen"], of("scope"), of("deprecated"))
        })
        .collect();
    lines.sort();
    Ok(lines)
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
