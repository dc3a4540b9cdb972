//! Interfaces of our own, macvlans in private mode and ipvlans, and the sysctls around them.
//!
//! IPv4 settings of an interface are read and written through rtnetlink (IFLA_INET_CONF), which works where /proc/sys
//! is read-only, as in containers. Only what rtnetlink does not know is done through files, and these are all that
//! the router ever opens: `rp_filter` of `all` and `default`, and an interface's `disable_ipv6`.

use std::fs;
use std::io;

use config::model::{IpvlanMode, VmacKind};
use engine::vmac::api::{Sysctl, SysctlOf, VmacAnswer, VmacOp};
use netlink_packet_core::NlasIterator;
use types::{Family, IfIndex};

use crate::attributes::Messages;
use crate::netlink::Route;

/// Stands at the beginning of the alias of our interfaces.
pub const MARK: &str = "vipd";

/// IFLA_MACVLAN_MODE and its value for private mode (linux/if_link.h).
pub(crate) const MACVLAN_MODE: u16 = 1;
pub(crate) const PRIVATE: u32 = 1;
/// IFLA_IPVLAN_MODE, IFLA_IPVLAN_FLAGS and the values of the latter; mode 0 is layer 2 (linux/if_link.h).
pub(crate) const IPVLAN_MODE: u16 = 1;
pub(crate) const IPVLAN_FLAGS: u16 = 2;
const IPVLAN_L2: u16 = 0;
const IPVLAN_MODES: [(IpvlanMode, u16); 3] =
    [(IpvlanMode::Bridge, 0), (IpvlanMode::Private, 1), (IpvlanMode::Vepa, 2)];
pub(crate) const INFO_KIND: u16 = 1;
pub(crate) const INFO_DATA: u16 = 2;

const INET_CONF: u16 = 1;
const INET6_ADDR_GEN_MODE: u16 = 8;
const ADDR_GEN_MODE_NONE: u8 = 1;
const AF_INET: u16 = libc::AF_INET as u16;
const AF_INET6: u16 = libc::AF_INET6 as u16;
const ACK: u16 = libc::NLM_F_ACK as u16;
const NEW: u16 = (libc::NLM_F_CREATE | libc::NLM_F_EXCL) as u16;

/// Places in IFLA_INET_CONF, counted from 1 (linux/ip.h, IPV4_DEVCONF_…).
const IPV4_CONF: [(&str, u16); 6] = [
    ("rp_filter", 8),
    ("arp_filter", 13),
    ("arp_announce", 18),
    ("arp_ignore", 19),
    ("promote_secondaries", 20),
    ("accept_local", 23),
];

/// Carries one request out.
pub(crate) fn carry_out(route: &mut Route, op: &VmacOp) -> VmacAnswer {
    let mut answer = VmacAnswer::default();
    let result = match op {
        VmacOp::Create { name, base, kind, group, vrf } => create(route, name, *base, *kind, *group, *vrf),
        VmacOp::Move { ifindex, vrf } => {
            change(route, *ifindex, libc::IFLA_MASTER, vrf.map_or(0, |vrf| vrf.0))
        }
        VmacOp::Up(ifindex) => {
            let up = libc::IFF_UP.cast_unsigned();
            one(route, libc::RTM_SETLINK, &link_header(*ifindex, up, up))
        }
        VmacOp::SetMtu { ifindex, mtu_bytes } => change(route, *ifindex, libc::IFLA_MTU, *mtu_bytes),
        VmacOp::Delete(ifindex) => one(route, libc::RTM_DELLINK, &link_header(*ifindex, 0, 0)),
        VmacOp::Set(settings) => {
            for (sysctl, value) in settings {
                set(route, sysctl, *value, &mut answer);
            }
            Ok(())
        }
        VmacOp::SpreadReversePathFilter => spread(route, &mut answer),
    };
    answer.errno = result.err().map(|e| errno(&e));
    answer
}

/// One system call, so that there is never one of ours without the mark.
fn create(
    route: &mut Route,
    name: &str,
    base: IfIndex,
    kind: VmacKind,
    group: u32,
    vrf: Option<IfIndex>,
) -> io::Result<()> {
    let first = route.sequence(2);
    let mut messages = Messages::new(first);
    messages.add(libc::RTM_NEWLINK, NEW, &link_header(IfIndex(0), 0, 0), |link| {
        link.text(libc::IFLA_IFNAME, name);
        link.word(libc::IFLA_LINK, base.0);
        if group != 0 {
            link.word(libc::IFLA_GROUP, group);
        }
        if let Some(vrf) = vrf {
            link.word(libc::IFLA_MASTER, vrf.0);
        }
        if let VmacKind::Macvlan { mac } = kind {
            link.bytes(libc::IFLA_ADDRESS, &mac.0);
        }
        link.nest(libc::IFLA_LINKINFO, |info| match kind {
            VmacKind::Macvlan { .. } => {
                info.text(INFO_KIND, "macvlan");
                info.nest(INFO_DATA, |data| data.word(MACVLAN_MODE, PRIVATE));
            }
            VmacKind::Ipvlan { mode, .. } => {
                info.text(INFO_KIND, "ipvlan");
                info.nest(INFO_DATA, |data| {
                    data.bytes(IPVLAN_MODE, &IPVLAN_L2.to_ne_bytes());
                    data.bytes(IPVLAN_FLAGS, &ipvlan_flags(mode).to_ne_bytes());
                });
            }
        });
    });
    messages.add(libc::RTM_SETLINK, ACK, &link_header(IfIndex(0), 0, 0), |link| {
        link.text(libc::IFLA_IFNAME, name);
        link.text(libc::IFLA_IFALIAS, MARK);
        // An ipvlan may have to send from its link-local address.
        if matches!(kind, VmacKind::Macvlan { .. }) {
            link.nest(libc::IFLA_AF_SPEC, |families| {
                families.nest(AF_INET6, |ipv6| ipv6.bytes(INET6_ADDR_GEN_MODE, &[ADDR_GEN_MODE_NONE]));
            });
        }
    });
    let mut refused = [0; 2];
    route.transact(messages.bytes(), first, 2, &mut |place, errno, _| refused[place] = errno)?;
    match refused {
        [0, 0] => Ok(()),
        // A kernel without IPv6 has nothing to say about its addresses; the mark is what matters.
        [0, libc::EAFNOSUPPORT] => {
            let mut again = Messages::new(route.sequence(1));
            again.add(libc::RTM_SETLINK, ACK, &link_header(IfIndex(0), 0, 0), |link| {
                link.text(libc::IFLA_IFNAME, name);
                link.text(libc::IFLA_IFALIAS, MARK);
            });
            send(route, &again)
        }
        [0, second] => Err(io::Error::from_raw_os_error(second)),
        [first, _] => Err(io::Error::from_raw_os_error(first)),
    }
}

fn ipvlan_flags(mode: IpvlanMode) -> u16 {
    IPVLAN_MODES.iter().find(|(known, _)| *known == mode).map_or(0, |(_, flags)| *flags)
}

/// What the two numbers of an ipvlan mean, if it is of layer 2. Old kernels have no flags.
pub(crate) fn ipvlan_mode(mode: Option<u16>, flags: Option<u16>) -> Option<IpvlanMode> {
    let known = || IPVLAN_MODES.iter().find(|(_, known)| *known == flags.unwrap_or(0));
    (mode == Some(IPVLAN_L2)).then(known)?.map(|(mode, _)| *mode)
}

fn change(route: &mut Route, ifindex: IfIndex, attribute: u16, value: u32) -> io::Result<()> {
    let mut messages = Messages::new(route.sequence(1));
    messages.add(libc::RTM_SETLINK, ACK, &link_header(ifindex, 0, 0), |link| link.word(attribute, value));
    send(route, &messages)
}

fn one(route: &mut Route, kind: u16, header: &[u8]) -> io::Result<()> {
    let mut messages = Messages::new(route.sequence(1));
    messages.add(kind, ACK, header, |_| {});
    send(route, &messages)
}

/// A single message.
fn send(route: &mut Route, messages: &Messages) -> io::Result<()> {
    let mut refused = 0;
    route.transact(messages.bytes(), messages.last(), 1, &mut |_, errno, _| refused = errno)?;
    if refused == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(refused)) }
}

/// `struct ifinfomsg`.
fn link_header(ifindex: IfIndex, flags: u32, change: u32) -> [u8; 16] {
    let mut header = [0; 16];
    header[4..8].copy_from_slice(&ifindex.0.to_ne_bytes());
    header[8..12].copy_from_slice(&flags.to_ne_bytes());
    header[12..16].copy_from_slice(&change.to_ne_bytes());
    header
}

fn set(route: &mut Route, sysctl: &Sysctl, value: u32, answer: &mut VmacAnswer) {
    let result = read(route, sysctl).and_then(|was| {
        if was != value {
            write(route, sysctl, value)?;
            answer.changed.push((sysctl.clone(), was));
        }
        Ok(())
    });
    if let Err(e) = result {
        answer.refused.push((sysctl.clone(), errno(&e)));
    }
}

/// The effective value is the greater one of `all` and the interface's: with all of them raised to `all`, that can be 0.
fn spread(route: &mut Route, answer: &mut VmacAnswer) -> io::Result<()> {
    let of = |of| Sysctl { family: Family::V4, of, name: "rp_filter" };
    let all = of(SysctlOf::All);
    let wanted = read(route, &all)?;
    if wanted == 0 {
        return Ok(());
    }
    let mut raised = vec![of(SysctlOf::Default)];
    route.dump(libc::RTM_GETLINK, &mut |kind, payload| match kind {
        0 => raised.truncate(1),
        _ => raised.extend(
            crate::netlink::link_name(payload)
                .map(|(ifindex, name)| of(SysctlOf::Interface { ifindex, name })),
        ),
    })?;
    for sysctl in raised {
        if read(route, &sysctl).is_ok_and(|value| value < wanted) {
            set(route, &sysctl, wanted, answer);
        }
    }
    set(route, &all, 0, answer);
    Ok(())
}

fn read(route: &mut Route, sysctl: &Sysctl) -> io::Result<u32> {
    match through_netlink(sysctl) {
        Some((ifindex, place)) => {
            let mut messages = Messages::new(route.sequence(1));
            messages.add(libc::RTM_GETLINK, 0, &link_header(ifindex, 0, 0), |_| {});
            let mut value = None;
            route.ask(messages.bytes(), messages.last(), &mut |payload| value = ipv4_conf(payload, place))?;
            value.ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
        }
        None => {
            let text = fs::read_to_string(path(sysctl))?;
            text.trim().parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
        }
    }
}

fn write(route: &mut Route, sysctl: &Sysctl, value: u32) -> io::Result<()> {
    match through_netlink(sysctl) {
        Some((ifindex, place)) => {
            let mut messages = Messages::new(route.sequence(1));
            messages.add(libc::RTM_SETLINK, ACK, &link_header(ifindex, 0, 0), |link| {
                link.nest(libc::IFLA_AF_SPEC, |families| {
                    families.nest(AF_INET, |ipv4| ipv4.nest(INET_CONF, |conf| conf.word(place, value)));
                });
            });
            send(route, &messages)
        }
        None => fs::write(path(sysctl), value.to_string()),
    }
}

/// The interface and the place of a setting that rtnetlink knows.
fn through_netlink(sysctl: &Sysctl) -> Option<(IfIndex, u16)> {
    let SysctlOf::Interface { ifindex, .. } = &sysctl.of else { return None };
    let (_, place) =
        IPV4_CONF.iter().find(|(name, _)| sysctl.family == Family::V4 && *name == sysctl.name)?;
    Some((*ifindex, *place))
}

/// An interface's name cannot hold a slash.
fn path(sysctl: &Sysctl) -> String {
    let family = match sysctl.family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    };
    let of = match &sysctl.of {
        SysctlOf::All => "all",
        SysctlOf::Default => "default",
        SysctlOf::Interface { name, .. } => name,
    };
    format!("/proc/sys/net/{family}/conf/{of}/{}", sysctl.name)
}

/// One value of IFLA_AF_SPEC / AF_INET / IFLA_INET_CONF, an array that begins with place 1.
fn ipv4_conf(payload: &[u8], place: u16) -> Option<u32> {
    let spec = attribute(payload.get(16..)?, libc::IFLA_AF_SPEC)?;
    let conf = attribute(attribute(spec, AF_INET)?, INET_CONF)?;
    let at = usize::from(place.checked_sub(1)?) * 4;
    conf.get(at..at + 4)?.first_chunk().copied().map(u32::from_ne_bytes)
}

/// The value of an attribute.
pub(crate) fn attribute(attributes: &[u8], kind: u16) -> Option<&[u8]> {
    let mut found = NlasIterator::new(attributes).map_while(Result::ok).filter(|nla| nla.kind() == kind);
    // The iterator's values borrow from itself.
    let value = found.next()?;
    let at = value.value().as_ptr() as usize - attributes.as_ptr() as usize;
    attributes.get(at..at + value.value().len())
}

fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
