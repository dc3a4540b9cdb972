//! `use_vmac`, `use_vmac_addr`, `use_ipvlan` and what belongs to them: interfaces of an instance's own, their names, and
//! which virtual addresses go there.

use std::collections::BTreeMap;

use types::{Cidr, Family, MacAddr, Vrid};

use super::{Sections, first_text, is_on, values};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::{Document, Setting, Settings, Value};
use crate::index::Index;
use crate::model::{FilterSettings, Instance, IpvlanMode, Model, SourceKeyword, Vmac, VmacKind};

/// What a name begins with unless `vmac_prefix` says otherwise.
const PREFIX: &str = "vrrp";
/// The longest name of an interface (IFNAMSIZ less the final NUL).
const MAX_NAME: usize = 15;

pub(super) fn complete(model: &mut Model, document: &Document, found: &mut Vec<Diagnostic>) {
    let prefix = first_text(&document.global, "vmac_prefix").unwrap_or(PREFIX);
    let mut names = Names {
        prefix,
        address_prefix: first_text(&document.global, "vmac_addr_prefix").unwrap_or(prefix),
        taken: Index::default(),
        tried: BTreeMap::new(),
    };
    for instance in &model.instances {
        let of_addresses = instance.all_addresses().filter_map(|address| address.interface.as_ref());
        for name in instance.interface.iter().chain(of_addresses) {
            names.take(name);
        }
    }
    let mut by_base = BTreeMap::new();
    let mut sections = Sections::new(&document.instances);
    model.instances.retain_mut(|instance| {
        let Some(own) = sections.next(&instance.name) else { return true };
        instance.no_accept |= is_on(&own.settings, "no_accept");
        if let Some(setting) = own.settings.get("use_ipvlan") {
            let Some(ipvlan) = ipvlan(instance, setting, &mut names, &mut by_base, found) else {
                return false;
            };
            own_source(instance, ipvlan);
        }
        interfaces(instance, &own.settings, &mut names, found);
        true
    });
    model.filter = filter(&document.global);
}

fn filter(global: &Settings) -> FilterSettings {
    let default = FilterSettings::default();
    let priority =
        values(global, "nftables_priority").first().and_then(int).and_then(|n| i32::try_from(n).ok());
    FilterSettings {
        table: first_text(global, "nftables").map_or(default.table, str::to_owned),
        priority: priority.unwrap_or(default.priority),
        counters: is_on(global, "nftables_counters"),
    }
}

/// Names that are given to interfaces, in keepalived's order: PREFIX.VRID, for IPv6 PREFIX6.VRID, then PREFIX1.VRID
/// and so on, each once.
struct Names<'a> {
    prefix: &'a str,
    address_prefix: &'a str,
    taken: Index<String, ()>,
    /// How many names are known to be taken, by what they begin and end with, and family.
    tried: BTreeMap<(String, Vrid, Family), u32>,
}

impl Names<'_> {
    /// Whether the name was free; now it is not.
    fn take(&mut self, name: &str) -> bool {
        !self.taken.contains(name) && self.taken.insert(name.to_owned(), ()).is_none()
    }

    fn next(&mut self, prefix: &str, instance: &Instance, family: Family) -> String {
        let vrid = instance.vrid;
        let nth = |n: u32| match (n, family) {
            (0, _) => format!("{prefix}.{vrid}"),
            (1, Family::V6) => format!("{prefix}6.{vrid}"),
            (_, Family::V6) => format!("{prefix}{}.{vrid}", n - 1),
            (_, Family::V4) => format!("{prefix}{n}.{vrid}"),
        };
        // A name that is taken stays so.
        let tried = self.tried.entry((prefix.to_owned(), vrid, family)).or_default();
        let free = (*tried..u32::MAX).map(|n| (n, nth(n))).find(|(_, name)| !self.taken.contains(name));
        // There are more numbers than names.
        let (n, name) = free.unwrap_or_default();
        *tried = n + 1;
        self.take(&name);
        name
    }
}

fn interfaces(
    instance: &mut Instance,
    settings: &Settings,
    names: &mut Names<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let from_base = xmit_base(instance, settings, found);
    let mut main = settings.get("use_vmac");
    if let (Some(setting), false) = (main, instance.vmacs.is_empty()) {
        let message = format!("{}: it has an ipvlan interface and no virtual MAC address", instance.name);
        found.push(
            Diagnostic::new(&ids::NEVER_IN_FORCE, setting.span, message)
                .help("remove `use_vmac` or `use_ipvlan`"),
        );
        main = None;
    }
    if let Some(setting) = main
        && let Some(vmac) = main_interface(instance, setting, names, found)
    {
        // The virtual interface has it anyway; the one below keeps what it has, as with keepalived.
        instance.promote_secondaries = false;
        let excluded_here = instance.excluded.iter_mut().filter(|a| a.cidr.family() == instance.family);
        for address in instance.addresses.iter_mut().chain(excluded_here) {
            // Keepalived takes `dev` with the instance's own interface as if it were not there.
            if address.interface.is_none() || address.interface.as_ref() == Some(&vmac.base) {
                address.interface = Some(vmac.name.clone());
            }
        }
        // Replies to single machines are addressed to the base (keepalived.conf(5), use_vmac).
        let from_base = from_base || instance.unicast.is_some();
        instance.advertise_on = (!from_base).then(|| vmac.name.clone());
        instance.vmacs = vec![vmac];
    }
    let all = is_on(settings, "use_vmac_addr");
    let (own, family) = (instance.interface.clone(), instance.family);
    let mut made = Vec::<Vmac>::new();
    let mut names_made = Index::<(String, MacAddr), String>::default();
    let mut addresses = std::mem::take(&mut instance.addresses);
    let mut excluded = std::mem::take(&mut instance.excluded);
    for address in addresses.iter_mut().chain(&mut excluded) {
        if instance.vmacs.iter().any(|vmac| address.interface.as_ref() == Some(&vmac.name)) {
            continue;
        }
        let Some(base) = address.interface.clone().or_else(|| own.clone()) else { continue };
        let of = address.cidr.family();
        if !(address.use_vmac || (all && (Some(&base) != own.as_ref() || of != family))) {
            continue;
        }
        let mac = Vmac::rfc_mac(of, instance.vrid);
        let name = names_made.entry((base.clone(), mac), || {
            let name = names.next(names.address_prefix, instance, of);
            let (ipv4, ipv6) = (of == Family::V4, of == Family::V6);
            let kind = VmacKind::Macvlan { mac };
            made.push(Vmac { name: name.clone(), base, kind, main: false, group: 0, ipv4, ipv6 });
            name
        });
        address.interface = Some(name.clone());
    }
    (instance.addresses, instance.excluded) = (addresses, excluded);
    instance.vmacs.extend(made);
}

/// `vmac_xmit_base`, which breaks RFC 9568 section 7.3: the source is the virtual MAC address.
fn xmit_base(instance: &Instance, settings: &Settings, found: &mut Vec<Diagnostic>) -> bool {
    let Some(setting) = settings.get("vmac_xmit_base").filter(|_| is_on(settings, "vmac_xmit_base")) else {
        return false;
    };
    if settings.get("use_vmac").is_none() {
        let message = format!("{}: vmac_xmit_base has no effect without use_vmac", instance.name);
        found.push(Diagnostic::new(&ids::NEVER_IN_FORCE, setting.span, message).help("remove it"));
        return false;
    }
    if instance.strict {
        let message = format!("{}: vmac_xmit_base has no effect in strict mode", instance.name);
        found.push(Diagnostic::new(&ids::STRICT, setting.span, message).help("remove it"));
    }
    !instance.strict
}

fn main_interface(
    instance: &Instance,
    setting: &Setting,
    names: &mut Names<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Vmac> {
    let Some(base) = instance.interface.clone() else {
        let message = format!("{}: without an interface there is nothing to make one on", instance.name);
        found.push(
            Diagnostic::new(&ids::NEVER_IN_FORCE, setting.span, message)
                .help("remove it, or write `use_vmac` behind the addresses that shall have one"),
        );
        return None;
    };
    let empty = Settings::default();
    let options = if let Value::Block(options) = &setting.value { options } else { &empty };
    let mut adjusted = |what: &str, help: &str| {
        let message = format!("{}: {what}", instance.name);
        found.push(Diagnostic::new(&ids::ADJUSTED, setting.span, message).help(help));
    };
    let name = name(instance, options, names, &mut adjusted);
    let rfc = Vmac::rfc_mac(instance.family, instance.vrid);
    let mac = match first_text(options, "(mac)").and_then(|text| mac(text, instance.vrid.get())) {
        Some(mac) if instance.strict && mac != rfc => {
            let message =
                format!("{}: strict mode has the MAC address of the RFC: {rfc} is used", instance.name);
            found.push(Diagnostic::new(&ids::STRICT, setting.span, message).help("leave it out"));
            rfc
        }
        Some(mac) if mac.0[0] & 1 == 1 => {
            adjusted(
                &format!("{mac} is a group address: {rfc} is used"),
                "the first octet of a MAC address is even",
            );
            rfc
        }
        Some(mac) if mac.0[..4] == [0x00, 0x00, 0x5e, 0x00] && matches!(mac.0[4], 1 | 2) => {
            adjusted(
                &format!("{mac} belongs to another virtual router by RFC 9568 section 7.3: {rfc} is used"),
                "leave the MAC address out, or choose one that is locally administered, such as 02:00:5e:00:01",
            );
            rfc
        }
        Some(mac) => mac,
        None => rfc,
    };
    Some(vmac(instance, name, base, VmacKind::Macvlan { mac }, options))
}

fn vmac(instance: &Instance, name: String, base: String, kind: VmacKind, options: &Settings) -> Vmac {
    let group = values(options, "group").first().and_then(int).and_then(|number| u32::try_from(number).ok());
    let ipv4 = instance.family == Family::V4;
    let ipv6 = !ipv4 || instance.all_addresses().any(|address| address.cidr.family() == Family::V6);
    Vmac { name, base, kind, main: true, group: group.unwrap_or(0), ipv4, ipv6 }
}

/// What the kernel takes for the name of an interface; a colon belongs to labels of addresses.
fn is_interface_name(name: &str) -> bool {
    name.len() <= MAX_NAME && !name.contains(['/', ':', ' ', '\t']) && !matches!(name, "." | "..")
}

/// The name that is wished for, if nothing else has it; otherwise the next one.
fn name(
    instance: &Instance,
    options: &Settings,
    names: &mut Names<'_>,
    adjusted: &mut impl FnMut(&str, &str),
) -> String {
    let wish = first_text(options, "name").or_else(|| first_text(options, "(interface)"));
    match wish {
        Some(name) if is_interface_name(name) && names.take(name) => name.to_owned(),
        Some(wish) if !is_interface_name(wish) => {
            let name = names.next(names.prefix, instance, instance.family);
            adjusted(
                &format!("no interface can be called `{wish}`: {name} is used"),
                "a name has at most 15 bytes, and neither blanks nor `/` nor `:`",
            );
            name
        }
        wish => {
            let name = names.next(names.prefix, instance, instance.family);
            if let Some(wish) = wish {
                adjusted(
                    &format!("`{wish}` is another interface already: {name} is used"),
                    "give each virtual interface a name of its own",
                );
            }
            name
        }
    }
}

/// The ipvlan of an instance; `None` after a diagnostic, when it cannot have one. `modes`: those of other instances, by base.
fn ipvlan(
    instance: &Instance,
    setting: &Setting,
    names: &mut Names<'_>,
    modes: &mut BTreeMap<String, IpvlanMode>,
    found: &mut Vec<Diagnostic>,
) -> Option<Vmac> {
    let mut unusable = |what: &str, help: &str| {
        let message = format!("{}: {what}", instance.name);
        found.push(Diagnostic::new(&ids::IPVLAN_UNUSABLE, setting.span, message).help(help));
        None
    };
    let Some(base) = instance.interface.clone() else {
        let help = "add `interface`, or remove the line";
        return unusable("without an interface there is nothing to make one on", help);
    };
    let empty = Settings::default();
    let options = if let Value::Block(options) = &setting.value { options } else { &empty };
    let address = first_text(options, "(address)").and_then(|text| text.parse::<Cidr>().ok());
    if address.is_some_and(|address| address.family() != instance.family) {
        let help = "the address is of the family of the virtual addresses";
        return unusable("advertisements cannot leave from an address of the other family", help);
    }
    if address.is_none() && instance.family == Family::V4 {
        return unusable(
            "over IPv4 an ipvlan interface needs an address that advertisements leave from",
            "write `use_ipvlan ADDRESS`, with an address that nothing else on the network has",
        );
    }
    let mut adjusted = |what: &str, help: &str| {
        let message = format!("{}: {what}", instance.name);
        found.push(Diagnostic::new(&ids::ADJUSTED, setting.span, message).help(help));
    };
    let name = name(instance, options, names, &mut adjusted);
    let wish = if is_on(options, "private") {
        IpvlanMode::Private
    } else if is_on(options, "vepa") {
        IpvlanMode::Vepa
    } else {
        IpvlanMode::Bridge
    };
    let mode = *modes.entry(base.clone()).or_insert(wish);
    if mode != wish {
        adjusted(
            "the kernel has one mode for all ipvlans on an interface: the first one in the file counts",
            "write the same word, bridge, private or vepa, everywhere",
        );
    }
    Some(vmac(instance, name, base, VmacKind::Ipvlan { mode, address }, options))
}

/// Advertisements leave from the ipvlan and its address; those to single machines from the base, where replies go.
fn own_source(instance: &mut Instance, ipvlan: Vmac) {
    if let (VmacKind::Ipvlan { address, .. }, None) = (ipvlan.kind, &instance.unicast) {
        if let (None, Some(address)) = (instance.source, address) {
            (instance.source, instance.source_keyword) = (Some(address.addr), SourceKeyword::UseIpvlan);
        }
        instance.advertise_on = Some(ipvlan.name.clone());
    }
    instance.vmacs.push(ipvlan);
}

/// Six octets, or five and the VRID.
fn mac(text: &str, vrid: u8) -> Option<MacAddr> {
    let octets: Option<Vec<u8>> = text.split(':').map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
    let mut octets = octets?;
    if octets.len() == 5 {
        octets.push(vrid);
    }
    Some(MacAddr(octets.try_into().ok()?))
}

/// A number; a name of a group that only iproute2's files know is not one.
fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Unsigned(number) => i64::try_from(*number).ok(),
        Value::Text(text) => text.parse().ok(),
        Value::Switch(_)
        | Value::Time(_)
        | Value::Address(_)
        | Value::Command(_)
        | Value::List(_)
        | Value::Block(_)
        | Value::Entries(_) => None,
    }
}
