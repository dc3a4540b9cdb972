//! `vrrp_instance` and the blocks inside it.

mod address;
mod authentication;
mod notification;
mod own_link;

pub use address::ADDRESS_ENTRY;
pub(super) use address::ADDRESS_OPTIONS;
use authentication::AUTH_HMAC;
pub use authentication::{AUTH_PASS, AUTH_TYPE, AUTHENTICATION, AUTHENTICATION_BLOCK};

use super::common::{self, CARRIER, MAX_U32, TRACK_ENTRY, TRACK_INTERFACE_ENTRY, WIDE_TRACK_ENTRY};
use super::routing::{ROUTE_ENTRY, RULE_ENTRY};
use super::{Args, Block, Form, Keyword, Shape};

/// keepalived counts delays in 32 bits of microseconds.
const MAX_DELAY: i64 = 4_294;
const MAX_SECONDS: i64 = 4_294_967_295;

/// The block.
pub static VRRP_INSTANCE: Block = Block {
    path: "vrrp_instance",
    shape: Shape::Keywords,
    groups: &[IDENTITY, BEHAVIOUR, ADDRESSES, own_link::OWN_LINK, OTHERS, notification::NOTIFICATION],
};

static IDENTITY: &[&Keyword] = &[
    &STATE,
    &INTERFACE,
    &VIRTUAL_ROUTER_ID,
    &PRIORITY,
    &VERSION,
    &ADVERT_INT,
    &AUTHENTICATION,
    &NATIVE_IPV6,
    &MCAST_SRC_IP,
    &UNICAST_SRC_IP,
    &MCAST_DST_IP,
    &TRACK_SRC_IP,
    &V3_CHECKSUM_AS_V2,
    &DEBUG,
];

static BEHAVIOUR: &[&Keyword] = &[
    &NOPREEMPT,
    &PREEMPT,
    &PREEMPT_DELAY,
    &GARP_MASTER_DELAY,
    &GARP_MASTER_REPEAT,
    &GARP_MASTER_REFRESH,
    &GARP_MASTER_REFRESH_REPEAT,
    &GARP_LOWER_PRIO_DELAY,
    &GARP_LOWER_PRIO_REPEAT,
    &DOWN_TIMER_ADVERTS,
    &LOWER_PRIO_NO_ADVERT,
    &HIGHER_PRIO_SEND_ADVERT,
    &OWNER_IGNORE_ADVERTS,
    &SKIP_CHECK_ADV_ADDR,
    &STRICT_MODE,
    &DONT_TRACK_PRIMARY,
    &TRACK_INTERFACE,
    &SMTP_ALERT,
    &ACCEPT,
];

static ADDRESSES: &[&Keyword] = &[
    &VIRTUAL_IPADDRESS,
    &VIRTUAL_IPADDRESS_EXCLUDED,
    &NO_VIRTUAL_IPADDRESS,
    &PROMOTE_SECONDARIES,
    &VIRTUAL_ROUTES,
    &VIRTUAL_RULES,
];

/// `state`
pub static STATE: Keyword = Keyword::new("state", Args::Word("MASTER|BACKUP"))
    .default("BACKUP, or MASTER with priority 255")
    .since("0.5.3")
    .doc(
        "The state to begin in: MASTER or BACKUP. With priority 255, MASTER serves the \
          addresses at once; below that, the election decides in any case, and MASTER only \
          shortens the first wait of a member of a sync group. Write BACKUP on all machines if \
          `nopreempt` or `preempt_delay` shall count, which MASTER switches off. MASTER without \
          a `priority` line means priority 255.",
    );

/// `interface`
pub static INTERFACE: Keyword = Keyword::new("interface", Args::Word("INTERFACE")).doc(
    "Where advertisements are sent and heard, and where addresses live that name no other \
          interface. When it is down or missing, the instance is in FAULT. The loopback \
          interface is refused. Required, but an instance with `unicast_peer` and \
          `unicast_src_ip` may do without: its packets leave by whatever interface leads to the \
          peer, and are heard on every one. Then each address says with `dev` where it goes.",
);

/// `virtual_router_id`
pub static VIRTUAL_ROUTER_ID: Keyword = Keyword::int("virtual_router_id", 1, 255).since("0.5.3").doc(
    "The number of the virtual router (VRID), the same on all machines that back each other \
          up. On one network no other virtual router of the same family may have it, nor a \
          device with VRRP or CARP: two that share it drop each other's advertisements, or take \
          them for their own. Required.",
);

/// `priority`
pub static PRIORITY: Keyword = Keyword::int("priority", 1, 255).default("100").doc(
    "Who is heard with the highest priority becomes Master; give each machine another one. \
          255 is for the owner of the addresses, who has them on the interface anyway: trackers \
          do not change it and `nopreempt` does not hold. Trackers move the others between 1 and \
          254. The default is 255 with `state MASTER`, otherwise 100.",
);

/// `version`
pub static VERSION: Keyword =
    Keyword::int("version", 2, 3).default("vrrp_version; 3 for IPv6").since("1.2.17").doc(
        "The protocol version. All machines must use the same one, as a router drops what it \
          hears in another. Version 3 has intervals of hundredths of a second and no passwords; \
          IPv6 always uses it.",
    );

/// `advert_int`
pub static ADVERT_INT: Keyword =
    Keyword::timer("advert_int", 10_000, 255_000_000).default("1").since("0.5.3").doc(
        "The time between two advertisements of the Master. A failure is noticed after three of \
          them and the skew time, somewhat more than three seconds at 1. Version 2 sends whole \
          seconds, and machines that differ drop each other's advertisements; version 3 sends \
          hundredths up to 40.95, and a Backup follows the Master's.",
    );

/// `native_ipv6`
pub static NATIVE_IPV6: Keyword = Keyword::flag("native_ipv6").since("1.2.1").doc(
    "Makes this an IPv6 instance. Not needed any more, as the addresses tell the family; \
          remove the line.",
);

/// `mcast_src_ip`
pub static MCAST_SRC_IP: Keyword = Keyword::new("mcast_src_ip", Args::Address)
    .default("the first address of the interface")
    .since("0.6.1")
    .doc(
        "The source address of advertisements, which must be on the interface. Wanted if the \
          interface has several addresses: of equal priorities the higher source address wins, \
          and a packet filter may know only one.",
    );

/// `unicast_src_ip`
pub static UNICAST_SRC_IP: Keyword = Keyword::new("unicast_src_ip", Args::Address)
    .default("the first address of the interface")
    .since("1.2.10")
    .doc(
        "The source address of advertisements to `unicast_peer`, which must be on the \
          interface; the peers list it. Set it when the machine has more than one address, \
          otherwise the first one is used, which may change.",
    );

/// `mcast_dst_ip`
pub static MCAST_DST_IP: Keyword = Keyword::new("mcast_dst_ip", Args::Address)
    .default("vrrp_mcast_group4 or vrrp_mcast_group6")
    .since("2.2.5")
    .doc(
        "The multicast group of this instance. All its machines must use the same one; for IPv6 \
          it is a link-local group. Ignored with `unicast_peer`.",
    );

/// `track_src_ip`
pub static TRACK_SRC_IP: Keyword = Keyword::flag("track_src_ip").since("2.0.0").doc(
    "FAULT while the address of `mcast_src_ip` or `unicast_src_ip` is not on the interface. \
          Without it the instance goes on and sends with that address all the same; with unicast \
          it hears no answer then, and both machines become Master.",
);

/// `v3_checksum_as_v2`
pub static V3_CHECKSUM_AS_V2: Keyword =
    Keyword::switch("v3_checksum_as_v2").default("v3_checksum_as_v2 of global_defs").since("2.2.8").doc(
        "On: the checksum of version 3 over IPv4 is sent without the pseudo-header of \
          addresses, for peers that want it so. Off: as RFC 9568 section 5.2.8 says. Both are \
          accepted from others.",
    );

/// `debug`
pub static DEBUG: Keyword = Keyword::new("debug", Args::Int { min: 0, max: 4 })
    .default("0")
    .since("0.5.3")
    .no_effect("it never had one in keepalived either")
    .doc(
        "A debug level from 0 to 4. Remove the line; `vipd run --log-detail` or `keepalived -D` \
          logs more.",
    );

/// `nopreempt`
pub static NOPREEMPT: Keyword = Keyword::flag("nopreempt").since("1.1.8").doc(
    "A Backup leaves a Master of lower priority alone, so that a machine that comes back \
          does not move the addresses a second time. It must stand on the machine with the \
          higher priority, with `state BACKUP` and a priority below 255; with `state MASTER` it \
          is ignored.",
);

/// `preempt`
pub static PREEMPT: Keyword = Keyword::flag("preempt").default("on").since("0.5.3").doc(
    "Takes over from a Master of lower priority, which is the default. The later of \
          `preempt` and `nopreempt` counts.",
);

/// `preempt_delay`
pub static PREEMPT_DELAY: Keyword =
    Keyword::timer("preempt_delay", 0, 1_000_000_000).default("0").since("1.1.8").doc(
        "How long a Master of lower priority must have been heard before it is preempted, so \
          that a machine that has just booted can warm up. If no Master is heard, the addresses \
          are taken without this delay. Ignored with `state MASTER` and with `nopreempt`.",
    );

/// `garp_master_delay`
pub static GARP_MASTER_DELAY: Keyword = Keyword::int("garp_master_delay", 0, MAX_DELAY)
    .default("vrrp_garp_master_delay")
    .since("0.7.1")
    .unit("seconds")
    .doc(
        "When a new Master announces its addresses a second time, after the burst at once; 0 \
          means no second time. Raise it where the switch port needs longer until it forwards.",
    );

/// `garp_master_repeat`
pub static GARP_MASTER_REPEAT: Keyword = Keyword::int("garp_master_repeat", 0, MAX_SECONDS)
    .default("vrrp_garp_master_repeat")
    .since("1.2.14")
    .unit("announcements")
    .doc(
        "How many announcements of each address a burst has when the instance becomes Master, \
          and again after `garp_master_delay`. 0 is taken as 1.",
    );

/// `garp_master_refresh`
pub static GARP_MASTER_REFRESH: Keyword = Keyword::int("garp_master_refresh", 0, MAX_SECONDS)
    .default("vrrp_garp_master_refresh")
    .since("1.2.10")
    .unit("seconds")
    .doc(
        "The Master repeats its announcements at this interval; 0 means never. For networks in \
          which neighbors lose entries or get wrong ones.",
    );

/// `garp_master_refresh_repeat`
pub static GARP_MASTER_REFRESH_REPEAT: Keyword = Keyword::int("garp_master_refresh_repeat", 0, MAX_SECONDS)
    .default("vrrp_garp_master_refresh_repeat")
    .since("1.2.14")
    .unit("announcements")
    .doc(
        "How many announcements of each address one refresh has; 0 is taken as 1. Without \
          effect while `garp_master_refresh` is 0.",
    );

/// `garp_lower_prio_delay`
pub static GARP_LOWER_PRIO_DELAY: Keyword = Keyword::int("garp_lower_prio_delay", 0, MAX_DELAY)
    .default("vrrp_garp_lower_prio_delay")
    .since("1.2.20")
    .unit("seconds")
    .doc(
        "When the second burst follows after a Master has heard another of lower priority; 0 \
          means no second one.",
    );

/// `garp_lower_prio_repeat`
pub static GARP_LOWER_PRIO_REPEAT: Keyword = Keyword::int("garp_lower_prio_repeat", 0, 2_147_483_647)
    .default("vrrp_garp_lower_prio_repeat")
    .since("1.2.20")
    .unit("announcements")
    .doc(
        "How many announcements of each address the Master sends when it hears another of lower \
          priority, to lead traffic back to itself; 0 means none. The other members of the sync \
          group announce theirs, too.",
    );

/// `down_timer_adverts`
pub static DOWN_TIMER_ADVERTS: Keyword = Keyword::int("down_timer_adverts", 1, 100)
    .default("vrrp_down_timer_adverts")
    .since("2.2.3")
    .unit("advertisements")
    .doc(
        "How many advertisements in a row must be missing, plus the skew time, before a Backup \
          takes over. All machines must agree. More tolerates a lossy network, and a failure is \
          noticed that much later.",
    );

/// `lower_prio_no_advert`
pub static LOWER_PRIO_NO_ADVERT: Keyword =
    Keyword::switch("lower_prio_no_advert").default("vrrp_lower_prio_no_advert").since("1.2.20").doc(
        "On: the Master keeps quiet until its next advertisement is due when it hears a lower \
          priority. Off: it answers at once, so that the other one steps back sooner.",
    );

/// `higher_prio_send_advert`
pub static HIGHER_PRIO_SEND_ADVERT: Keyword =
    Keyword::switch("higher_prio_send_advert").default("vrrp_higher_prio_send_advert").since("1.3.5").doc(
        "On: the Master sends one more advertisement when it hears a higher priority, before it \
          becomes Backup; the new Master then announces its addresses again. Off: it yields \
          silently.",
    );

/// `owner_ignore_adverts`
pub static OWNER_IGNORE_ADVERTS: Keyword =
    Keyword::switch("owner_ignore_adverts").default("vrrp_owner_ignore_adverts").since("2.3.3").doc(
        "On: with priority 255 it drops what it hears, as RFC 9568 section 6.4.3 says. Off: \
          when two machines claim to be the owner, the one with the lower source address becomes \
          Backup.",
    );

/// `skip_check_adv_addr`
pub static SKIP_CHECK_ADV_ADDR: Keyword =
    Keyword::switch("skip_check_adv_addr").default("vrrp_skip_check_adv_addr").since("1.2.20").doc(
        "On: the addresses in advertisements that come from the current Master are not compared \
          with our own. Off: a difference is counted and logged, and an advertisement with none of \
          our addresses is ignored. keepalived 2.4.3 takes `off` for on.",
    );

/// `strict_mode`
pub static STRICT_MODE: Keyword = Keyword::switch("strict_mode").default("vrrp_strict").since("1.2.20").doc(
    "On: the instance keeps to the letter of the RFCs, as `vrrp_strict` describes. Off: it \
          does not, even if that is on.",
);

/// `dont_track_primary`
pub static DONT_TRACK_PRIMARY: Keyword = Keyword::flag("dont_track_primary").since("1.1.8").doc(
    "The instance does not enter FAULT when its own `interface` is down, for example a \
          cable straight to the other machine. Without carrier both machines then become Master; \
          use it only where something else decides. Routes and rules through the interface need \
          it all the same, unless they say `no_track`.",
);

/// `track_interface`
pub static TRACK_INTERFACE: Keyword =
    Keyword::block("track_interface", "", &TRACK_INTERFACE_ENTRY).repeats().doc(
        "More interfaces whose state counts, one a line. Without weight, one that is down means \
          FAULT. A positive weight is added to the priority while it is up, a negative one while \
          it is down; `reverse` exchanges up and down. The instance's own interface is tracked \
          anyway and need not be here.",
    );

/// `smtp_alert`
pub static SMTP_ALERT: Keyword =
    Keyword::switch("smtp_alert").default("smtp_alert_vrrp, or smtp_alert of global_defs").doc(
        "On: a mail at each transition; needs `smtp_server` and `notification_email` in \
          global_defs. Off: none.",
    );

/// `accept`
pub static ACCEPT: Keyword = Keyword::flag("accept").default("on; off in strict mode").since("1.2.17").doc(
    "The Master takes packets to the virtual addresses although it does not own them, which \
          is the default. `strict_mode` changes that, and needs version 3 for this line to count; \
          the opposite is `no_accept`.",
);

/// `virtual_ipaddress`
pub static VIRTUAL_IPADDRESS: Keyword =
    Keyword::block("virtual_ipaddress", "", &ADDRESS_ENTRY).since("0.5.3").repeats().doc(
        "The addresses that move, one a line, named in the advertisements. All of one family, \
          and the same list on all machines. At most 255, and what fits into one packet (90 of \
          IPv6 at an MTU of 1500); put more into `virtual_ipaddress_excluded`. The first of IPv6 \
          should be link-local (fe80::…).",
    );

/// `virtual_ipaddress_excluded`
pub static VIRTUAL_IPADDRESS_EXCLUDED: Keyword =
    Keyword::block("virtual_ipaddress_excluded", "", &ADDRESS_ENTRY).since("0.5.9").repeats().doc(
        "Addresses that move with the others without being named in the advertisements: any \
          number, and of either family. The place for many addresses, and for IPv6 addresses in \
          an IPv4 instance.",
    );

/// `no_virtual_ipaddress`
pub static NO_VIRTUAL_IPADDRESS: Keyword = Keyword::flag("no_virtual_ipaddress").since("2.2.8").doc(
    "Says that an instance without `virtual_ipaddress` is meant, so that nobody warns: its \
          state drives programs or routes only.",
);

/// `virtual_routes`
pub static VIRTUAL_ROUTES: Keyword =
    Keyword::block("virtual_routes", "", &ROUTE_ENTRY).since("1.0.1").repeats().doc(
        "Routes that the Master has, one a line, as `ip route add` takes them. They are added \
          after the addresses and removed before them; one that somebody removes is put back, \
          unless `no_track` is set.",
    );

/// `virtual_rules`
pub static VIRTUAL_RULES: Keyword =
    Keyword::block("virtual_rules", "", &RULE_ENTRY).since("1.2.20").repeats().doc(
        "Rules of policy routing that the Master has, one a line, as `ip rule add` takes them. \
          One that somebody removes is put back, unless `no_track` is set. Give each a \
          `preference`; otherwise its place depends on the order of the file.",
    );

/// `promote_secondaries`
pub static PROMOTE_SECONDARIES: Keyword = Keyword::flag("promote_secondaries").since("1.3.0").doc(
    "Sets the sysctl promote_secondaries of the instance's interface, so that the kernel does not \
          remove all addresses of a subnet together with the first one; in the end it gets its \
          former value back. Interfaces of `use_vmac` always have it, and the one below is left \
          alone. Without it, virtual and \
          static addresses that went that way are put back within milliseconds.",
);

static PEER_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::new("(address)", Args::Address)
            .doc("The address of the other machine, from which its advertisements come."),
        &Keyword::int("min_ttl", 0, 255).doc(
            "Its packets must arrive with at least this TTL or hop limit: 255 on the same network, \
          less one for each router on the way. Keeps out what comes from further away.",
        ),
        &Keyword::int("max_ttl", 0, 255).doc(
            "Its packets must arrive with at most this TTL or hop limit. Seldom wanted: the \
          sender's is 255 unless `unicast_ttl` says otherwise.",
        ),
    ]],
};

/// `garp_extra_if`
static GARP_EXTRA_IF: Keyword = Keyword::lowered(
    "garp_extra_if",
    Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 0, max: 86_400 }.one()]),
)
.default("vrrp_garp_extra_if")
.since("2.2.3")
.unit("seconds")
.doc(
    "The Master announces its addresses at this interval on the interfaces of its addresses \
          that are not the instance's own; 0 switches it off. Only interfaces with a virtual MAC \
          address, or with `all` every one. Keeps switches from forgetting where a MAC address \
          is that sends nothing by itself.",
);

/// `timer_expired_backup`
static TIMER_EXPIRED_BACKUP: Keyword =
    Keyword::planned("timer_expired_backup", Args::List(&[Form::Int { min: 1, max: 254 }.optional()]))
        .default("254 when given")
        .since("2.2.8")
        .no_effect("vipd always does so")
        .doc(
            "A Master that does not preempt and was not scheduled for so long that another machine \
          of at least this priority has taken over leaves it alone. vipd does not guess from a \
          priority: it listens for an interval and hears whether there is a new Master.",
        );

static OTHERS: &[&Keyword] = &[
    &Keyword::lowered("vrf", Args::List(common::INTERFACE)).default("none: outside of all VRFs").doc(
        "The VRF in which an instance without `interface` sends its advertisements to \
          `unicast_peer` and hears theirs. One that has an interface is in its VRF without \
          being told.",
    ),
    &Keyword::lowered_block("track_script", "", &TRACK_ENTRY).default("the script's weight").doc(
        "Scripts of `vrrp_script` whose result counts, one a line. Without weight, here and \
          there, a failing script means FAULT. keepalived wants them defined further up in the \
          file.",
    ),
    &Keyword::lowered_block("track_file", "", &WIDE_TRACK_ENTRY).default("the file's weight").doc(
        "Files of `track_file` at the top level, one a line, whose number times the weight is \
          added to the priority.",
    ),
    &Keyword::lowered_block("track_process", "", &WIDE_TRACK_ENTRY).default("the process's weight").doc(
        "Processes of `vrrp_track_process`, one a line. Without weight, here and there, a \
          process that does not run means FAULT.",
    ),
    &Keyword::lowered_block("track_bfd", "", &TRACK_ENTRY).default("the session's weight").doc(
        "Sessions of `bfd_instance`, one a line. Without weight, here and there, a session that \
          is not up means FAULT: the way to the next router is watched within milliseconds.",
    ),
    &Keyword::lowered("check_unicast_src", Args::Flag).default("off").since("2.1.0").doc(
        "Drops advertisements that do not come from one of `unicast_peer`. Recommended: without \
          it any machine that can reach this one can speak as a Master. A `min_ttl` or `max_ttl` \
          of a peer switches it on.",
    ),
    &Keyword::lowered_block("unicast_peer", "", &PEER_ENTRY).since("1.2.8").doc(
        "The other machines, one a line: advertisements go to each of them and not to a \
          multicast group, for clouds and networks that do not carry multicast. Each machine \
          lists all others and not itself. `min_ttl` 255 on the same network keeps strangers \
          out, and `vipd check a.conf b.conf` compares the lists.",
    ),
    &Keyword::lowered("unicast_fault_no_peer", Args::Flag).default("off").since("2.2.5").doc(
        "With `unicast_src_ip` and an empty `unicast_peer`: FAULT. Without it such an instance \
          sends to the multicast group, which may be a surprise when the list comes from a \
          template.",
    ),
    &Keyword::lowered("unicast_ttl", Args::Int { min: 0, max: 255 }).default("255").since("2.1.0").doc(
        "The TTL or hop limit of advertisements to `unicast_peer`. Lower it only if the peers \
          do not check it; 255 lets them see that no router was on the way. 0 is taken as 255.",
    ),
    &Keyword::planned("old_unicast_checksum", Args::List(&[Form::OneOf(&["never"]).optional()]))
        .default("auto detect")
        .since("1.3.7")
        .doc(
            "Whether unicast advertisements of version 3 have the checksum that keepalived before \
          1.3.7 computed wrongly; `never` says that no such machine is there.",
        )
        .no_effect("keepalived before 1.3.7 is not spoken to"),
    &GARP_EXTRA_IF,
    &Keyword::lowered(
        "vmac_garp_intvl",
        Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 0, max: 86_400 }.one()]),
    )
    .since("2.2.0")
    .unit("seconds")
    .doc("The name of `garp_extra_if` before keepalived 2.2.3. Write `garp_extra_if`.")
    .alias_of(&GARP_EXTRA_IF),
    &TIMER_EXPIRED_BACKUP,
    &Keyword::planned("thread_timer_expired", Args::List(&[Form::Int { min: 1, max: 254 }.optional()]))
        .since("2.3.2")
        .doc(
            "The name of `timer_expired_backup` before it was renamed. Write \
          `timer_expired_backup`.",
        )
        .alias_of(&TIMER_EXPIRED_BACKUP),
    &Keyword::lowered_block("auth_hmac", "", &AUTH_HMAC).since("2.4.0").doc(
        "A trailer signed with HMAC-SHA256 behind every advertisement, in every version and \
          family; takes the place of `authentication`. A keepalived older than 2.4.2 drops such \
          advertisements, so change the machines in the order that `mode` describes. The \
          machines' clocks must agree, see `time_window`.",
    ),
    &Keyword::lowered("no_accept", Args::Flag).default("off").since("1.3.0").doc(
        "The Master drops packets to and from its addresses, except neighbor discovery, unless \
          its priority is 255: it routes for others and offers nothing itself. Done with \
          nftables. Without it, packets to the addresses are accepted.",
    ),
    &Keyword::planned("lvs_sync_daemon_interface", Args::List(common::INTERFACE)).since("0.5.5").doc(
        "The interface over which IPVS tells its connections for this instance. Write \
          `lvs_sync_daemon` in global_defs, with the name of the instance.",
    ),
    &Keyword::new("kernel_rx_buf_size", Args::Int { min: 0, max: MAX_U32 })
        .no_effect(super::global::ROOM_FOR_ADVERTS)
        .default("the system's")
        .since("2.0.3")
        .unit("bytes")
        .doc(
            "The size of keepalived's receive buffer for this instance's advertisements. vipd's \
          have 4 MiB, whatever is said.",
        ),
    &Keyword::flag("linkbeat_use_polling").no_effect(CARRIER).doc(
        "Asks the driver for the link in place of waiting for the kernel to tell, for old \
          drivers without carrier detection. The modern form is a line in `linkbeat_interfaces`.",
    ),
];
