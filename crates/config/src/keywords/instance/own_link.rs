//! Interfaces of an instance's own: with a virtual MAC address, or an ipvlan.

use crate::keywords::{Arg, Args, Block, Form, Keyword, Shape, common};

pub(super) static OWN_LINK: &[&Keyword] = &[
    &Keyword::lowered("use_vmac", Args::Options(&VMAC)).default("off; name vrrp.VRID").doc(
        "Puts the addresses on an interface of their own (macvlan, private) whose MAC address \
          is the virtual router's: 00:00:5e:00:01:VRID for IPv4, 00:00:5e:00:02:VRID for IPv6. \
          It moves with the addresses, so nobody's ARP or neighbor table has to change at a \
          takeover. Clouds and hypervisors often drop packets of MAC addresses they do not know; \
          there, leave it out.",
    ),
    &Keyword::lowered("use_vmac_addr", Args::Flag).default("off").since("2.2.0").doc(
        "Addresses on other interfaces than the instance's, and those of the other family, get \
          interfaces with a virtual MAC address, too. Without it they are put on the interface \
          itself.",
    ),
    &Keyword::lowered("vmac_xmit_base", Args::Flag).default("off; on with unicast_peer").since("1.2.10").doc(
        "Advertisements leave from the interface itself, with its own MAC address, although \
          `use_vmac` is set. Wanted where switches react badly to one MAC address at two ports. \
          Always so with `unicast_peer`.",
    ),
    &Keyword::lowered("use_ipvlan", Args::Options(&IPVLAN))
        .default("off; name vrrp.VRID; bridge")
        .since("2.0.17")
        .doc(
            "Advertisements leave from an interface of their own (ipvlan of layer 2) with an address \
          of its own, and arrive there. It has the MAC address of the one below: for networks that \
          allow one MAC address only. Virtual addresses stay on the interface itself, or where \
          `dev` says. An interface can have ipvlans or virtual MAC addresses, not both.",
        ),
];

const LINK_GROUP: &[Arg] = &[Form::NumberOr { name: "GROUP", max: 4_294_967_295 }.one()];

static VMAC: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(mac)", &[Form::Mac.optional()]).doc(
            "A MAC address instead of the one of the RFC, with six octets, or five and the VRID \
          becomes the sixth. Multicast addresses and the range of VRRP are refused. All machines \
          must use the same one.",
        ),
        &Keyword::list("(interface)", &[common::INTERFACE_NAME.optional()])
            .doc("The name of the interface, if the word `name` is not before it."),
        &Keyword::list("name", common::INTERFACE).doc(
            "The name of the interface that is made, at most 15 bytes. Without it: `vmac_prefix`, a \
          dot and the VRID, as in vrrp.51.",
        ),
        &Keyword::flag("netlink_notify_msg").no_effect("the kernel's notifications are heard anyway").doc(
            "keepalived then asks the kernel once more to tell of the new interface, for programs \
          that miss it otherwise.",
        ),
        &Keyword::list("group", LINK_GROUP).doc(
            "The number or name of the group of interfaces that it is put into, as `ip link set \
          group` does: for packet filters and tools.",
        ),
    ]],
};

static IPVLAN: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(address)", &[Form::Prefix(&[]).optional()])
            .default("over IPv6 its link-local address")
            .doc(
                "The address that advertisements leave from. It is on the interface in every state, with \
          the prefix length or as /32 or /128; nothing else may have it. An IPv4 instance needs one.",
            ),
        &Keyword::list("(interface)", &[common::INTERFACE_NAME.optional()])
            .doc("The name of the interface, if the word `name` does not stand before it."),
        &Keyword::list("name", common::INTERFACE)
            .doc("The name of the interface that is made, at most 15 bytes."),
        &Keyword::flag("bridge").doc(
            "Interfaces on the same base reach each other directly. One of three modes; this is the \
          default.",
        ),
        &Keyword::flag("private").doc("Interfaces on the same base do not reach each other at all."),
        &Keyword::flag("vepa").doc(
            "Interfaces on the same base reach each other through the switch, if that sends packets \
          back where they came from.",
        ),
        &Keyword::list("group", LINK_GROUP).doc(
            "The number or name of the group of interfaces that it is put into, as `ip link set \
          group` does.",
        ),
    ]],
};
