//! The packet filter: our own table in the families ip and ip6, replaced as a whole in one transaction of nf_tables
//! (linux/netfilter/nf_tables.h). No program is started, and nothing of other tables is touched.
//!
//! In the words of nft(8), with `dup` so that a report of an interface with a virtual MAC address leaves from the one
//! below, where switches expect it:
//!
//! ```text
//! table ip vipd {
//!   map vmacs { type iface_index : iface_index; … }
//!   set vips { type ipv4_addr; … }
//!   chain out { type filter hook output priority -1;
//!     ip protocol igmp dup to ip daddr device oif map @vmacs drop
//!     ip saddr @vips drop }
//!   chain in { type filter hook input priority -1;
//!     ip daddr @vips drop }
//! }
//! ```

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use engine::vmac::api::PacketFilter;
use rustix::net::netlink::{NETFILTER, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
};
use types::{Family, IfIndex};

use crate::attributes::{Attributes, Messages};
use crate::netlink::messages;
use crate::sockopt;

const SUBSYSTEM: u16 = (libc::NFNL_SUBSYS_NFTABLES << 8) as u16;
const BATCH_BEGIN: u16 = libc::NFNL_MSG_BATCH_BEGIN as u16;
const BATCH_END: u16 = libc::NFNL_MSG_BATCH_END as u16;
const NEW_TABLE: u16 = SUBSYSTEM | libc::NFT_MSG_NEWTABLE as u16;
const DEL_TABLE: u16 = SUBSYSTEM | libc::NFT_MSG_DELTABLE as u16;
const NEW_CHAIN: u16 = SUBSYSTEM | libc::NFT_MSG_NEWCHAIN as u16;
const NEW_RULE: u16 = SUBSYSTEM | libc::NFT_MSG_NEWRULE as u16;
const NEW_SET: u16 = SUBSYSTEM | libc::NFT_MSG_NEWSET as u16;
const NEW_ELEMENTS: u16 = SUBSYSTEM | libc::NFT_MSG_NEWSETELEM as u16;
const CREATE: u16 = libc::NLM_F_CREATE as u16;
const APPEND: u16 = (libc::NLM_F_CREATE | libc::NLM_F_APPEND) as u16;

/// Where a chain hooks in (linux/netfilter.h).
const LOCAL_IN: u32 = 1;
const LOCAL_OUT: u32 = 3;
const ACCEPT: u32 = 1;
const DROP: u32 = 0;
/// Registers of 16 bytes each.
const VERDICT: u32 = 0;
const FIRST: u32 = 1;
const SECOND: u32 = 2;
/// The second word behind an IPv6 address in [`FIRST`], for keys of two parts.
const BEHIND_ADDRESS: u32 = 12;
/// Headers that a payload is counted from.
const NETWORK: u32 = 1;
const TRANSPORT: u32 = 2;
const META_IIF: u32 = 4;
const META_OIF: u32 = 5;
const META_L4PROTO: u32 = 16;
/// Data types of nft(8), for people who list the table.
const IPV4_ADDR: u32 = 7;
const IPV6_ADDR: u32 = 8;
const IFACE_INDEX: u32 = 20;
const IPV6_ADDR_AND_IFACE_INDEX: u32 = IPV6_ADDR << 6 | IFACE_INDEX;
const MAP: u32 = 8;
/// Elements per message: an attribute has less than 64 KiB.
const ELEMENTS: usize = 500;
/// For nft(8): keys and values of the set are in the host's byte order (libnftnl/udata.h).
const HOST_ORDER: [u8; 12] = host_order();
const SEND_BUFFER: usize = 4 << 20;

const IGMP: u8 = 2;
const ICMPV6: u8 = 58;
const MLD2_REPORT: u8 = 143;
const ROUTER_SOLICITATION: u8 = 133;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;

/// A socket to nf_tables, opened when it is first needed.
#[derive(Debug, Default)]
pub struct Nftables {
    socket: Option<OwnedFd>,
    sequence: u32,
}

impl Nftables {
    /// Replaces our table by this one; with nothing to filter it goes. Needs CAP_NET_ADMIN.
    ///
    /// # Errors
    /// What the kernel said; nothing has changed then. EOPNOTSUPP: it has no nf_tables. ENOENT: it lacks a part of it.
    pub fn apply(&mut self, filter: &PacketFilter) -> io::Result<()> {
        let batch = transaction(filter, self.sequence.wrapping_add(1));
        self.sequence = batch.last();
        let socket = match &self.socket {
            Some(socket) => socket,
            None => self.socket.insert(open()?),
        };
        send(socket, batch.bytes(), SendFlags::empty())?;
        // The end of the batch is not answered; what comes before it is.
        let last = batch.last().wrapping_sub(1);
        let mut buffer = vec![0; 32 << 10];
        loop {
            let (len, _) = recv(socket, &mut buffer[..], RecvFlags::empty())?;
            for message in messages(&buffer[..len]) {
                let age = last.wrapping_sub(message.sequence_number());
                if message.message_type() != libc::NLMSG_ERROR as u16 || age >= batch.count {
                    continue;
                }
                match message.payload().first_chunk().map_or(0, |code| i32::from_ne_bytes(*code)) {
                    0 if age == 0 => return Ok(()),
                    0 => {}
                    errno => return Err(io::Error::from_raw_os_error(errno.saturating_neg())),
                }
            }
        }
    }
}

fn open() -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(NETFILTER))?;
    bind(&socket, &SocketAddrNetlink::new(0, 0))?;
    sockopt::set(socket.as_fd(), libc::SOL_NETLINK, libc::NETLINK_CAP_ACK, [1])?;
    sockopt::send_buffer(socket.as_fd(), SEND_BUFFER);
    set_socket_timeout(&socket, Timeout::Recv, Some(Duration::from_secs(1)))?;
    Ok(socket)
}

/// All messages of one change, numbered from `first`.
fn transaction(filter: &PacketFilter, first: u32) -> Messages {
    let mut batch = Messages::new(first);
    // struct nfgenmsg: family, version, and here the subsystem in network order.
    let [high, low] = (libc::NFNL_SUBSYS_NFTABLES as u16).to_be_bytes();
    batch.add(BATCH_BEGIN, 0, &[0, 0, high, low], |_| {});
    for family in [Family::V4, Family::V6] {
        let mut table = Table { batch: &mut batch, filter, family: number(family) };
        // Deleting wants that there is one.
        table.add(NEW_TABLE, CREATE, |table| table.text(1, &filter.table));
        table.add(DEL_TABLE, 0, |table| table.text(1, &filter.table));
        if !filter.is_empty_in(family) {
            table.add(NEW_TABLE, CREATE, |table| table.text(1, &filter.table));
            match family {
                Family::V4 => table.ipv4(),
                Family::V6 => table.ipv6(),
            }
        }
    }
    batch.want_answer();
    batch.add(BATCH_END, 0, &[0, 0, high, low], |_| {});
    batch
}

/// Two entries of type, length and value: byte order of keys (0) and of values (1); 1 is the host's.
const fn host_order() -> [u8; 12] {
    let [a, b, c, d] = 1_u32.to_ne_bytes();
    [0, 4, a, b, c, d, 1, 4, a, b, c, d]
}

const fn number(family: Family) -> u8 {
    match family {
        Family::V4 => libc::NFPROTO_IPV4 as u8,
        Family::V6 => libc::NFPROTO_IPV6 as u8,
    }
}

/// One family's table, while it is written.
struct Table<'a> {
    batch: &'a mut Messages,
    filter: &'a PacketFilter,
    family: u8,
}

impl Table<'_> {
    fn ipv4(&mut self) {
        const SOURCE: u32 = 12;
        const DESTINATION: u32 = 16;
        const PROTOCOL: u32 = 9;
        let filter = self.filter;
        self.chain("out", LOCAL_OUT);
        if !filter.igmp.is_empty() {
            self.map("vmacs", &filter.igmp);
            self.rule("out", |rule| {
                rule.payload(NETWORK, PROTOCOL, 1, FIRST);
                rule.equal(&[IGMP]);
                rule.payload(NETWORK, DESTINATION, 4, FIRST);
                rule.leave_from("vmacs");
            });
        }
        if !filter.drop_v4.is_empty() {
            let elements = filter.drop_v4.iter().map(|addr| addr.octets().to_vec());
            self.set("vips", IPV4_ADDR, 4, elements);
            self.chain("in", LOCAL_IN);
            for (chain, place) in [("out", SOURCE), ("in", DESTINATION)] {
                self.rule(chain, |rule| {
                    rule.payload(NETWORK, place, 4, FIRST);
                    rule.lookup("vips", FIRST, None);
                    rule.verdict(DROP);
                });
            }
        }
    }

    fn ipv6(&mut self) {
        const SOURCE: u32 = 8;
        const DESTINATION: u32 = 24;
        let filter = self.filter;
        self.chain("out", LOCAL_OUT);
        if !filter.mld.is_empty() {
            self.map("vmacs", &filter.mld);
            self.rule("out", |rule| {
                rule.icmpv6(MLD2_REPORT);
                rule.payload(NETWORK, DESTINATION, 16, FIRST);
                rule.leave_from("vmacs");
            });
            self.rule("out", |rule| {
                rule.icmpv6(ROUTER_SOLICITATION);
                rule.meta(META_OIF, SECOND);
                rule.lookup("vmacs", SECOND, Some(SECOND));
                rule.verdict(DROP);
            });
        }
        if filter.drop_v6.is_empty() && filter.drop_link_local.is_empty() {
            return;
        }
        self.chain("in", LOCAL_IN);
        self.set("vips", IPV6_ADDR, 16, filter.drop_v6.iter().map(|addr| addr.octets().to_vec()));
        let link_local = filter.drop_link_local.iter().map(|(addr, ifindex)| {
            let mut key = addr.octets().to_vec();
            key.extend(ifindex.0.to_ne_bytes());
            key
        });
        self.set("vips_link_local", IPV6_ADDR_AND_IFACE_INDEX, 20, link_local);
        for (chain, place, interface) in [("out", SOURCE, META_OIF), ("in", DESTINATION, META_IIF)] {
            for kind in [NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT] {
                self.rule(chain, |rule| {
                    rule.icmpv6(kind);
                    rule.verdict(ACCEPT);
                });
            }
            self.rule(chain, |rule| {
                rule.payload(NETWORK, place, 16, FIRST);
                rule.lookup("vips", FIRST, None);
                rule.verdict(DROP);
            });
            self.rule(chain, |rule| {
                rule.payload(NETWORK, place, 16, FIRST);
                rule.meta(interface, BEHIND_ADDRESS);
                rule.lookup("vips_link_local", FIRST, None);
                rule.verdict(DROP);
            });
        }
    }

    fn add(&mut self, kind: u16, flags: u16, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.batch.add(kind, flags, &[self.family, 0, 0, 0], fill);
    }

    fn chain(&mut self, name: &str, hook: u32) {
        let (table, priority) = (&self.filter.table, self.filter.priority);
        self.add(NEW_CHAIN, CREATE, |chain| {
            chain.text(1, table);
            chain.text(3, name);
            chain.nest(4, |at| {
                at.big_word(1, hook);
                at.big_word(2, priority.cast_unsigned());
            });
            chain.big_word(5, ACCEPT);
            chain.text(7, "filter");
        });
    }

    fn rule(&mut self, chain: &str, fill: impl FnOnce(&mut Rule<'_, '_>)) {
        let (table, counters) = (&self.filter.table, self.filter.counters);
        self.add(NEW_RULE, APPEND, |rule| {
            rule.text(1, table);
            rule.text(2, chain);
            rule.nest(4, |expressions| fill(&mut Rule { expressions, counters }));
        });
    }

    /// From an interface to another one.
    fn map(&mut self, name: &str, pairs: &BTreeMap<IfIndex, IfIndex>) {
        let table = &self.filter.table;
        let number = self.batch.count;
        self.add(NEW_SET, CREATE, |set| {
            set.text(1, table);
            set.text(2, name);
            set.big_word(3, MAP);
            set.big_word(4, IFACE_INDEX);
            set.big_word(5, 4);
            set.big_word(6, IFACE_INDEX);
            set.big_word(7, 4);
            set.big_word(10, number);
            set.bytes(13, &HOST_ORDER);
        });
        let elements =
            pairs.iter().map(|(from, to)| (from.0.to_ne_bytes().to_vec(), Some(to.0.to_ne_bytes())));
        self.elements(name, elements);
    }

    fn set(&mut self, name: &str, kind: u32, len: u32, elements: impl Iterator<Item = Vec<u8>>) {
        let table = &self.filter.table;
        let number = self.batch.count;
        self.add(NEW_SET, CREATE, |set| {
            set.text(1, table);
            set.text(2, name);
            set.big_word(4, kind);
            set.big_word(5, len);
            set.big_word(10, number);
        });
        self.elements(name, elements.map(|key| (key, None)));
    }

    fn elements(&mut self, set: &str, elements: impl Iterator<Item = (Vec<u8>, Option<[u8; 4]>)>) {
        let table = &self.filter.table;
        let elements: Vec<_> = elements.collect();
        for chunk in elements.chunks(ELEMENTS) {
            self.add(NEW_ELEMENTS, CREATE, |message| {
                message.text(1, table);
                message.text(2, set);
                message.nest(3, |list| {
                    for (key, value) in chunk {
                        list.nest(1, |element| {
                            element.nest(1, |data| data.bytes(1, key));
                            if let Some(value) = value {
                                element.nest(2, |data| data.bytes(1, value));
                            }
                        });
                    }
                });
            });
        }
    }
}

/// The expressions of a rule, while they are written.
struct Rule<'e, 'a> {
    expressions: &'e mut Attributes<'a>,
    counters: bool,
}

impl Rule<'_, '_> {
    fn expression(&mut self, name: &str, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.expressions.nest(1, |expression| {
            expression.text(1, name);
            expression.nest(2, fill);
        });
    }

    fn payload(&mut self, header: u32, offset: u32, len: u32, to: u32) {
        self.expression("payload", |payload| {
            payload.big_word(1, to);
            payload.big_word(2, header);
            payload.big_word(3, offset);
            payload.big_word(4, len);
        });
    }

    /// Goes on if the first register begins with this.
    fn equal(&mut self, value: &[u8]) {
        self.expression("cmp", |cmp| {
            cmp.big_word(1, FIRST);
            cmp.big_word(2, 0);
            cmp.nest(3, |data| data.bytes(1, value));
        });
    }

    fn meta(&mut self, key: u32, to: u32) {
        self.expression("meta", |meta| {
            meta.big_word(1, to);
            meta.big_word(2, key);
        });
    }

    /// Goes on for this type of ICMPv6.
    fn icmpv6(&mut self, kind: u8) {
        self.meta(META_L4PROTO, FIRST);
        self.equal(&[ICMPV6]);
        self.payload(TRANSPORT, 0, 1, FIRST);
        self.equal(&[kind]);
    }

    /// Goes on if the key is in the set; of a map, `to` gets the value.
    fn lookup(&mut self, set: &str, key: u32, to: Option<u32>) {
        self.expression("lookup", |lookup| {
            lookup.text(1, set);
            lookup.big_word(2, key);
            if let Some(to) = to {
                lookup.big_word(3, to);
            }
        });
    }

    /// For a packet that leaves through an interface of the map: a copy to the destination in the first register leaves
    /// through the other one instead.
    fn leave_from(&mut self, map: &str) {
        self.meta(META_OIF, SECOND);
        self.lookup(map, SECOND, Some(SECOND));
        self.expression("dup", |dup| {
            dup.big_word(1, FIRST);
            dup.big_word(2, SECOND);
        });
        self.verdict(DROP);
    }

    fn verdict(&mut self, verdict: u32) {
        if self.counters {
            self.expression("counter", |_| {});
        }
        self.expression("immediate", |immediate| {
            immediate.big_word(1, VERDICT);
            immediate.nest(2, |data| data.nest(2, |code| code.big_word(1, verdict)));
        });
    }
}
