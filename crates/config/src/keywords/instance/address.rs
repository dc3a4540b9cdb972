//! Lines of `virtual_ipaddress`.

use types::Family;

use crate::keywords::common;
use crate::keywords::{Block, Form, Keyword, Shape};

/// One line of `virtual_ipaddress` or `virtual_ipaddress_excluded`.
pub static ADDRESS_ENTRY: Block =
    Block { path: "virtual_ipaddress.entry", shape: Shape::Entries, groups: &[ADDRESS_OPTIONS] };

const SCOPES: &[&str] = &["global", "site", "link", "host", "nowhere"];

pub(in crate::keywords) static ADDRESS_OPTIONS: &[&Keyword] = &[
    &Keyword::list("(address)", &[Form::Prefix(&[]).one()]).default("/32 or /128").doc(
        "The address with its prefix length, first on the line. Without a length it stands \
          alone (/32 or /128), which suits most virtual addresses: the network's own route stays \
          with the fixed address.",
    ),
    &Keyword::list("dev", common::INTERFACE).default("the instance's interface").doc(
        "The interface that gets the address, if it is not the instance's. Its state does not \
          count unless it is tracked.",
    ),
    &Keyword::list("scope", &[Form::NumberOrWord { words: SCOPES, max: 255 }.one()]).default("global").doc(
        "The scope of an IPv4 address: how far it may be used as a source. A name or a number \
          of 0 to 255; IPv6 addresses have their own.",
    ),
    &Keyword::list("label", &[Form::Name("LABEL", 15).one()]).default("none").doc(
        "The label of an IPv4 address, at most 15 bytes, as old tools show it (eth0:1). It must \
          begin with the name of the interface for them to see it.",
    ),
    &Keyword::list("brd", &[Form::AddressOrWord(Family::V4, &["+", "-"]).one()]).default("none").doc(
        "The broadcast address of an IPv4 address: an address, + for all host bits set, - for \
          all clear. Not together with `peer`.",
    ),
    &Keyword::list("broadcast", &[Form::AddressOrWord(Family::V4, &["+", "-"]).one()])
        .doc("The long form of `brd`; both mean the same."),
    &Keyword::list("peer", &[Form::Prefix(&[]).one()]).default("none").doc(
        "The address of the other end of a point-to-point link; the prefix length stands there \
          and not at the address. Both are of one family.",
    ),
    &Keyword::flag("home").doc("Marks an IPv6 home address of Mobile IPv6 (RFC 6275)."),
    &Keyword::flag("-nodad").doc(
        "Lets the kernel look for duplicates of an IPv6 address before it uses it, which takes \
          about a second. Without this word the address is usable at once: at a takeover the \
          former Master may still have it, and that is no conflict.",
    ),
    &Keyword::flag("mngtmpaddr").doc(
        "Makes an IPv6 address the template from which the kernel derives temporary ones (RFC \
          8981); its prefix length is 64.",
    ),
    &Keyword::flag("noprefixroute").doc(
        "The kernel adds no route for the prefix of the address. Wanted when another interface \
          has the same network, or the routes are yours.",
    ),
    &Keyword::flag("autojoin").doc(
        "Joins the multicast group that the address is, so that switches send its packets here \
          (for addresses of groups only).",
    ),
    &Keyword::flag("no_track").doc(
        "If somebody removes the address, it is not put back and the instance stays as it is. \
          Without this word it is put back at once.",
    ),
    &Keyword::list("preferred_lft", &[Form::NumberOrWord { words: &["forever"], max: 4_294_967_295 }.one()])
        .default("0 for an IPv6 /128, otherwise forever")
        .unit("seconds")
        .doc(
            "How long an IPv6 address is preferred as the source of new connections: 0 never, so \
          that the machine's own traffic keeps its fixed address; `forever` always. The other \
          end sees the virtual address otherwise, and connections break with a failover.",
        ),
    &Keyword::flag("use_vmac").doc(
        "Puts this address on an interface with the virtual MAC address, made on top of `dev`, \
          even if the instance itself has no `use_vmac`. Not for static addresses.",
    ),
];
