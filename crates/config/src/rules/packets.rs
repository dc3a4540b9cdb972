//! What advertisements look like, and who can send them.

use std::net::IpAddr;

use types::{Family, Version};

use super::{Scene, Subject, is_on};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::model::{Authentication, Instance};

/// Of Ethernet, and of nearly every interface.
pub(super) const USUAL_MTU: u32 = 1500;

pub(super) fn instance(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    instance: &Instance,
    found: &mut Vec<Diagnostic>,
) {
    group(scene, subject, instance, found);
    let len = advertisement_len(instance);
    if len > USUAL_MTU {
        let name = &instance.name;
        let count = instance.addresses.len();
        let message = format!(
            "{name}: advertisements with {count} addresses have {len} bytes, more than an Ethernet frame carries"
        );
        found.push(
            Diagnostic::new(&ids::ADVERT_TOO_LONG, subject.place("virtual_ipaddress"), message).help(
                "leave the first in virtual_ipaddress and move the others to virtual_ipaddress_excluded",
            ),
        );
    }
}

/// RFC 9568 sections 5.1 and 5.2: IP header, 8 bytes, the addresses; RFC 2338: 8 bytes of authentication in version 2; what
/// is in front of it or behind.
pub(super) fn advertisement_len(instance: &Instance) -> u32 {
    let (header, each) = match instance.family {
        Family::V4 => (20, 4),
        Family::V6 => (40, 16),
    };
    let authentication = match instance.version {
        Version::V2 => 8,
        Version::V3 => 0,
    };
    let around = match instance.authentication {
        Authentication::None | Authentication::Pass(_) => 0,
        Authentication::Ah(_) => 24,
        Authentication::Hmac(_) => 28,
    };
    header
        + 8
        + authentication
        + around
        + each * u32::try_from(instance.addresses.len()).unwrap_or(u32::MAX / 16 - 1)
}

fn group(scene: &Scene<'_>, subject: &Subject<'_>, instance: &Instance, found: &mut Vec<Diagnostic>) {
    let local = match instance.destination {
        IpAddr::V4(group) => group.octets()[..3] == [224, 0, 0],
        IpAddr::V6(group) => group.segments()[0] & 0x000f <= 2,
    };
    let global = match instance.family {
        Family::V4 => "vrrp_mcast_group4",
        Family::V6 => "vrrp_mcast_group6",
    };
    let Some(node) = subject.last("mcast_dst_ip").or_else(|| scene.global(global)) else { return };
    if local {
        return;
    }
    let local = match instance.family {
        Family::V4 => "224.0.0.0/24",
        Family::V6 => "ff02::/16",
    };
    let message = format!(
        "the group {} is not link-local: routers may forward it, and switches that snoop IGMP or MLD may hold it back",
        instance.destination
    );
    let help = format!(
        "use {} or another group of {local}, the same on all machines",
        Instance::default_group(instance.family)
    );
    found.push(Diagnostic::new(&ids::GROUP_NOT_LOCAL, node.span(), message).help(help));
}

/// Unicast comes through routers: neither the TTL nor the network keeps strangers out.
pub(super) fn unicast(scene: &Scene<'_>, subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(peers) = subject.last("unicast_peer") else { return };
    let bounded = |line: super::Node<'_>| {
        line.words().skip(1).any(|word| matches!(&*word.text(), "min_ttl" | "max_ttl"))
    };
    let mut lines = peers.children().filter(|line| line.words().len() > 0).peekable();
    let protected = subject.last("authentication").is_some()
        || subject.last("auth_hmac").is_some()
        || subject.last("check_unicast_src").is_some()
        || scene.global("vrrp_check_unicast_src").is_some_and(|node| is_on(&node))
        || (lines.peek().is_some() && lines.all(bounded));
    if protected {
        return;
    }
    let message =
        format!("{}: everybody who can send packets to this host can become Master", subject.name());
    found.push(Diagnostic::new(&ids::UNICAST_UNPROTECTED, peers.span(), message).help(
        "write `min_ttl 255` behind each peer on the same network, or use `check_unicast_src` and a firewall",
    ));
}
