//! `vrrp_instance` and the blocks inside it.

use types::Family;

use super::common::{
    self, MAX_U32, MAYBE_SCRIPT, SCRIPT, TRACK_ENTRY, TRACK_INTERFACE_ENTRY, WIDE_TRACK_ENTRY,
};
use super::routing::{ROUTE_ENTRY, RULE_ENTRY};
use super::{Arg, Args, Block, Form, Keyword, Shape};

/// keepalived counts delays in 32 bits of microseconds.
const MAX_DELAY: i64 = 4_294;
const MAX_SECONDS: i64 = 4_294_967_295;

/// The block.
pub static VRRP_INSTANCE: Block = Block {
    path: "vrrp_instance",
    shape: Shape::Keywords,
    groups: &[IDENTITY, BEHAVIOUR, ADDRESSES, OTHERS],
};

/// `vrrp_instance.authentication`
pub static AUTHENTICATION_BLOCK: Block = Block {
    path: "vrrp_instance.authentication",
    shape: Shape::Keywords,
    groups: &[&[&AUTH_TYPE, &AUTH_PASS]],
};

/// One line of `virtual_ipaddress` or `virtual_ipaddress_excluded`.
pub static ADDRESS_ENTRY: Block =
    Block { path: "virtual_ipaddress.entry", shape: Shape::Entries, groups: &[ADDRESS_OPTIONS] };

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
    .doc("The state to begin in. With priority 255, MASTER serves the addresses at once; below that, it only shortens the first wait. MASTER without a priority line means priority 255.");

/// `interface`
pub static INTERFACE: Keyword = Keyword::new("interface", Args::Word("INTERFACE"))
    .default("none: required")
    .since("0.5.3")
    .doc("Where advertisements are sent and heard, and where addresses live that name no other interface.");

/// `virtual_router_id`
pub static VIRTUAL_ROUTER_ID: Keyword = Keyword::int("virtual_router_id", 1, 255)
    .default("none: required")
    .since("0.5.3")
    .doc("The number of the virtual router, the same on all machines that back each other up and different from every other virtual router on the network.");

/// `priority`
pub static PRIORITY: Keyword = Keyword::int("priority", 1, 255)
    .default("100")
    .doc("The highest priority becomes Master. 255 is for the owner of the addresses and never changes. The default is 255 with `state MASTER`, otherwise 100.");

/// `version`
pub static VERSION: Keyword = Keyword::int("version", 2, 3)
    .default("vrrp_version; 3 for IPv6")
    .since("1.2.17")
    .doc("The protocol version; all machines must agree.");

/// `advert_int`
pub static ADVERT_INT: Keyword = Keyword::timer("advert_int", 10_000, 255_000_000)
    .default("1")
    .since("0.5.3")
    .doc("Time between two advertisements. Whole seconds in version 2; hundredths up to 40.95 in version 3.");

/// `authentication`
pub static AUTHENTICATION: Keyword = Keyword::block("authentication", "", &AUTHENTICATION_BLOCK)
    .since("0.5.3")
    .doc("Authentication of version 2. A password (PASS) protects against mistakes, not against attackers: everybody on the network can read it. For real protection use `auth_hmac`.");

/// `auth_type`
pub static AUTH_TYPE: Keyword = Keyword::new("auth_type", Args::Word("PASS|AH"))
    .default("none")
    .since("0.5.3")
    .doc("PASS: a password. AH, an IPsec header, is not supported yet.");

/// `auth_pass`
pub static AUTH_PASS: Keyword = Keyword::new("auth_pass", Args::Word("PASSWORD"))
    .default("none")
    .since("0.5.3")
    .doc("The password, at most eight bytes, the same on all machines.");

/// `native_ipv6`
pub static NATIVE_IPV6: Keyword = Keyword::flag("native_ipv6")
    .since("1.2.1")
    .doc("Makes this an IPv6 instance. Superfluous: the addresses tell.");

/// `mcast_src_ip`
pub static MCAST_SRC_IP: Keyword = Keyword::new("mcast_src_ip", Args::Address)
    .default("the first address of the interface")
    .since("0.6.1")
    .doc("The source address of advertisements.");

/// `unicast_src_ip`
pub static UNICAST_SRC_IP: Keyword = Keyword::new("unicast_src_ip", Args::Address)
    .default("the first address of the interface")
    .since("1.2.10")
    .doc("The source address of advertisements to single machines.");

/// `mcast_dst_ip`
pub static MCAST_DST_IP: Keyword = Keyword::new("mcast_dst_ip", Args::Address)
    .default("vrrp_mcast_group4 or vrrp_mcast_group6")
    .since("2.2.5")
    .doc("The multicast group of this instance; all its machines must agree.");

/// `track_src_ip`
pub static TRACK_SRC_IP: Keyword = Keyword::flag("track_src_ip")
    .since("2.0.0")
    .doc("FAULT while the address of mcast_src_ip is not on the interface.");

/// `v3_checksum_as_v2`
pub static V3_CHECKSUM_AS_V2: Keyword = Keyword::switch("v3_checksum_as_v2")
    .default("the global setting")
    .since("2.2.8")
    .doc("As the global keyword, for this instance.");

/// `debug`
pub static DEBUG: Keyword = Keyword::new("debug", Args::Int { min: 0, max: 4 })
    .default("0")
    .since("0.5.3")
    .no_effect("it never had one in keepalived either")
    .doc("A debug level.");

/// `nopreempt`
pub static NOPREEMPT: Keyword = Keyword::flag("nopreempt")
    .since("1.1.8")
    .doc("Leaves a working Master of lower priority alone. Needs a priority below 255 and an initial state other than MASTER.");

/// `preempt`
pub static PREEMPT: Keyword =
    Keyword::flag("preempt").default("on").since("0.5.3").doc("Takes over from a Master of lower priority.");

/// `preempt_delay`
pub static PREEMPT_DELAY: Keyword = Keyword::timer("preempt_delay", 0, 1_000_000_000)
    .default("0")
    .since("1.1.8")
    .doc("How long a lower priority must have been heard before it is preempted. Needs an initial state other than MASTER, and no nopreempt.");

/// `garp_master_delay`
pub static GARP_MASTER_DELAY: Keyword = Keyword::int("garp_master_delay", 0, MAX_DELAY)
    .default("vrrp_garp_master_delay")
    .since("0.7.1")
    .doc("Seconds until a new Master announces its addresses a second time; 0: only once.");

/// `garp_master_repeat`
pub static GARP_MASTER_REPEAT: Keyword = Keyword::int("garp_master_repeat", 0, MAX_SECONDS)
    .default("vrrp_garp_master_repeat")
    .since("1.2.14")
    .doc("How many announcements of each address one burst has. 0 is taken as 1.");

/// `garp_master_refresh`
pub static GARP_MASTER_REFRESH: Keyword = Keyword::int("garp_master_refresh", 0, MAX_SECONDS)
    .default("vrrp_garp_master_refresh")
    .since("1.2.10")
    .doc("Announces the addresses again every so many seconds; 0: never.");

/// `garp_master_refresh_repeat`
pub static GARP_MASTER_REFRESH_REPEAT: Keyword = Keyword::int("garp_master_refresh_repeat", 0, MAX_SECONDS)
    .default("vrrp_garp_master_refresh_repeat")
    .since("1.2.14")
    .doc("How many announcements of each address one refresh has. 0 is taken as 1.");

/// `garp_lower_prio_delay`
pub static GARP_LOWER_PRIO_DELAY: Keyword = Keyword::int("garp_lower_prio_delay", 0, MAX_DELAY)
    .default("vrrp_garp_lower_prio_delay")
    .since("1.2.20")
    .doc("Seconds until the second burst after a lower priority was heard; 0: no second one.");

/// `garp_lower_prio_repeat`
pub static GARP_LOWER_PRIO_REPEAT: Keyword = Keyword::int("garp_lower_prio_repeat", 0, 2_147_483_647)
    .default("vrrp_garp_lower_prio_repeat")
    .since("1.2.20")
    .doc("How many announcements of each address follow when a Master hears a lower priority; 0: none.");

/// `down_timer_adverts`
pub static DOWN_TIMER_ADVERTS: Keyword = Keyword::int("down_timer_adverts", 1, 100)
    .default("vrrp_down_timer_adverts")
    .since("2.2.3")
    .doc("How many advertisements may be missing before a Backup takes over; all machines must agree.");

/// `lower_prio_no_advert`
pub static LOWER_PRIO_NO_ADVERT: Keyword = Keyword::switch("lower_prio_no_advert")
    .default("vrrp_lower_prio_no_advert")
    .since("1.2.20")
    .doc("A Master that hears a lower priority does not answer at once.");

/// `higher_prio_send_advert`
pub static HIGHER_PRIO_SEND_ADVERT: Keyword = Keyword::switch("higher_prio_send_advert")
    .default("vrrp_higher_prio_send_advert")
    .since("1.3.5")
    .doc("A Master that hears a higher priority sends one more advertisement before it yields.");

/// `owner_ignore_adverts`
pub static OWNER_IGNORE_ADVERTS: Keyword = Keyword::switch("owner_ignore_adverts")
    .default("vrrp_owner_ignore_adverts")
    .since("2.3.3")
    .doc("With priority 255, drops what it hears, as RFC 9568 section 6.4.3 says.");

/// `skip_check_adv_addr`
pub static SKIP_CHECK_ADV_ADDR: Keyword = Keyword::switch("skip_check_adv_addr")
    .default("vrrp_skip_check_adv_addr")
    .since("1.2.20")
    .doc("Does not compare the addresses in advertisements that come from the current Master.");

/// `strict_mode`
pub static STRICT_MODE: Keyword = Keyword::switch("strict_mode")
    .default("vrrp_strict")
    .since("1.2.20")
    .refused("strict mode changes what is sent and accepted")
    .doc("Holds the instance to the letter of the RFCs.");

/// `dont_track_primary`
pub static DONT_TRACK_PRIMARY: Keyword = Keyword::flag("dont_track_primary")
    .since("1.1.8")
    .doc("The instance's own interface being down is no fault.");

/// `track_interface`
pub static TRACK_INTERFACE: Keyword = Keyword::block("track_interface", "", &TRACK_INTERFACE_ENTRY)
    .repeats()
    .doc("More interfaces whose state counts. Without weight, an interface that is down means FAULT. A positive weight is added while the interface is up, a negative one while it is down; reverse exchanges up and down.");

/// `smtp_alert`
pub static SMTP_ALERT: Keyword = Keyword::switch("smtp_alert")
    .default("smtp_alert_vrrp, or smtp_alert of global_defs")
    .doc("Sends mail when the state changes.");

/// `accept`
pub static ACCEPT: Keyword = Keyword::flag("accept")
    .default("on")
    .since("1.2.17")
    .no_effect("packets to the virtual addresses are accepted anyway")
    .doc("Lets a Master that does not own the addresses accept packets to them.");

/// `virtual_ipaddress`
pub static VIRTUAL_IPADDRESS: Keyword = Keyword::block("virtual_ipaddress", "", &ADDRESS_ENTRY)
    .since("0.5.3")
    .repeats()
    .doc("The addresses that move, one a line, named in the advertisements. All of one family, at most 255.");

/// `virtual_ipaddress_excluded`
pub static VIRTUAL_IPADDRESS_EXCLUDED: Keyword = Keyword::block(
    "virtual_ipaddress_excluded",
    "",
    &ADDRESS_ENTRY,
)
.since("0.5.9")
.repeats()
.doc(
    "Addresses that move with the others without being named in the advertisements. Any number, any family.",
);

/// `no_virtual_ipaddress`
pub static NO_VIRTUAL_IPADDRESS: Keyword =
    Keyword::flag("no_virtual_ipaddress").since("2.2.8").doc("Says that having no address is meant.");

/// `virtual_routes`
pub static VIRTUAL_ROUTES: Keyword = Keyword::block("virtual_routes", "", &ROUTE_ENTRY)
    .since("1.0.1")
    .repeats()
    .doc("Routes that the Master has, one a line, as `ip route add` takes them. Put back when somebody removes them.");

/// `virtual_rules`
pub static VIRTUAL_RULES: Keyword = Keyword::block("virtual_rules", "", &RULE_ENTRY)
    .since("1.2.20")
    .repeats()
    .doc("Rules that the Master has, one a line, as `ip rule add` takes them. Put back when somebody removes them.");

/// `promote_secondaries`
pub static PROMOTE_SECONDARIES: Keyword = Keyword::flag("promote_secondaries")
    .since("1.3.0")
    .not_yet("virtual and static addresses that the kernel removes with another one are put back within milliseconds; for addresses of others set the sysctl promote_secondaries")
    .doc("Sets the interface's promote_secondaries, so that removing one address of a subnet leaves the others.");

const SCOPES: &[&str] = &["global", "site", "link", "host", "nowhere"];

pub(super) static ADDRESS_OPTIONS: &[&Keyword] = &[
    &Keyword::list("(address)", &[Form::Prefix(&[]).one()])
        .default("/32 or /128")
        .doc("The address, first on the line."),
    &Keyword::list("dev", common::INTERFACE)
        .default("the instance's interface")
        .doc("The interface that gets the address."),
    &Keyword::list("scope", &[Form::NumberOrWord { words: SCOPES, max: 255 }.one()])
        .default("global")
        .doc("The scope of an IPv4 address."),
    &Keyword::list("label", &[Form::Name("LABEL", 15).one()])
        .default("none")
        .doc("The label of an IPv4 address, at most 15 bytes."),
    &Keyword::list("brd", &[Form::AddressOrWord(Family::V4, &["+", "-"]).one()])
        .default("none")
        .doc("The broadcast address of an IPv4 address; + and - set and clear the host bits."),
    &Keyword::list("broadcast", &[Form::AddressOrWord(Family::V4, &["+", "-"]).one()])
        .doc("The same as brd."),
    &Keyword::list("peer", &[Form::Prefix(&[]).one()])
        .default("none")
        .doc("The address of the other end; the prefix stands there."),
    &Keyword::flag("home").doc("Marks an IPv6 home address (RFC 6275)."),
    &Keyword::flag("-nodad")
        .doc("Lets the kernel look for duplicates of an IPv6 address first, which it does not do otherwise."),
    &Keyword::flag("mngtmpaddr").doc("Makes an IPv6 address the template for temporary ones."),
    &Keyword::flag("noprefixroute").doc("Adds no route for the prefix."),
    &Keyword::flag("autojoin").doc("Joins the multicast group that the address is."),
    &Keyword::flag("no_track").doc("Somebody else removing the address is nobody's concern."),
    &Keyword::list("preferred_lft", &[Form::NumberOrWord { words: &["forever"], max: 4_294_967_295 }.one()])
        .default("0 for an IPv6 /128, otherwise forever")
        .doc("How long an IPv6 address is preferred as a source address; 0: never."),
    &Keyword::flag("use_vmac")
        .doc("Puts the address on an interface with the virtual MAC address, made on top of dev."),
];

static PEER_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::new("(address)", Args::Address).doc("The other machine."),
        &Keyword::int("min_ttl", 0, 255).doc("The least TTL with which its packets arrive."),
        &Keyword::int("max_ttl", 0, 255).doc("The greatest TTL with which its packets arrive."),
    ]],
};

const LINK_GROUP: &[Arg] = &[Form::NumberOr { name: "GROUP", max: 4_294_967_295 }.one()];

static VMAC: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(mac)", &[Form::Mac.optional()]).doc("Its address, instead of the one of the RFC."),
        &Keyword::list("(interface)", &[common::INTERFACE_NAME.optional()]).doc("Its name."),
        &Keyword::list("name", common::INTERFACE).doc("Its name."),
        &Keyword::flag("netlink_notify_msg")
            .no_effect("the kernel's notifications are heard anyway")
            .doc("Asks the kernel to tell of its state."),
        &Keyword::list("group", LINK_GROUP).doc("Its group of interfaces."),
    ]],
};

static IPVLAN: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(address)", &[Form::Address(None).optional()]).doc("Its address."),
        &Keyword::list("(interface)", &[common::INTERFACE_NAME.optional()]).doc("Its name."),
        &Keyword::list("name", common::INTERFACE).doc("Its name."),
        &Keyword::flag("bridge").doc("Its siblings reach each other."),
        &Keyword::flag("private").doc("Its siblings do not reach each other."),
        &Keyword::flag("vepa").doc("Its siblings reach each other through the switch."),
        &Keyword::list("group", LINK_GROUP).doc("Its group of interfaces."),
    ]],
};

/// `garp_extra_if`
static GARP_EXTRA_IF: Keyword = Keyword::planned(
    "garp_extra_if",
    Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 0, max: 86_400 }.one()]),
)
.default("global")
.since("2.2.3")
.doc("0 disables.");

/// `timer_expired_backup`
static TIMER_EXPIRED_BACKUP: Keyword =
    Keyword::planned("timer_expired_backup", Args::List(&[Form::Int { min: 1, max: 254 }.optional()]))
        .default("254 when given")
        .since("2.2.8")
        .no_effect("vipd always does so")
        .doc("A Master that does not preempt and was not scheduled for so long that another machine has taken over leaves it alone. vipd does not guess from a priority: it listens for an interval and hears whether there is a new Master.");

static OTHERS: &[&Keyword] = &[
&Keyword::planned("vrf", Args::List(common::INTERFACE)).doc("Only without interface, with unicast."),
&Keyword::lowered("use_vmac", Args::Options(&VMAC)).default("off; name vrrp.VRID").doc("Puts the addresses on an interface of their own (macvlan, private) whose MAC address is the virtual router's: 00:00:5e:00:01:VRID for IPv4, 00:00:5e:00:02:VRID for IPv6. It moves with the addresses, so that nobody's ARP or neighbour table has to change. A MAC address of five octets gets the VRID as the sixth."),
&Keyword::lowered("use_vmac_addr", Args::Flag).default("off").since("2.2.0").doc("The same for addresses on other interfaces than the instance's, and for those of the other family."),
&Keyword::lowered("vmac_xmit_base", Args::Flag).default("off; on with unicast_peer").since("1.2.10").doc("Advertisements leave from the interface itself, with its own MAC address."),
&Keyword::planned("use_ipvlan", Args::Options(&IPVLAN)).default("off; bridge").since("2.0.17").doc("IPv4 instances need an address.").refused("ipvlan interfaces are not supported yet"),
&Keyword::lowered_block("track_script", "", &TRACK_ENTRY).default("script weight").doc("Scripts whose result counts. keepalived wants them defined further up in the file."),
&Keyword::lowered_block("track_file", "", &WIDE_TRACK_ENTRY).default("file weight").doc("Files whose numbers are added to the priority."),
&Keyword::lowered_block("track_process", "", &WIDE_TRACK_ENTRY).default("process weight").doc("Processes whose number counts."),
&Keyword::lowered_block("track_bfd", "", &TRACK_ENTRY).default("bfd weight").doc("BFD sessions whose state counts."),
&Keyword::lowered("check_unicast_src", Args::Flag).default("off").since("2.1.0").doc("Drops what does not come from one of unicast_peer."),
&Keyword::lowered_block("unicast_peer", "", &PEER_ENTRY).since("1.2.8").doc("The other machines, one a line: advertisements go to each of them instead of a group. A min_ttl or max_ttl also drops what does not come from one of them."),
&Keyword::lowered("unicast_fault_no_peer", Args::Flag).default("off").since("2.2.5").doc("With unicast_src_ip and no peers: FAULT, instead of advertisements to the group."),
&Keyword::lowered("unicast_ttl", Args::Int { min: 0, max: 255 }).default("255").since("2.1.0").doc("The TTL or hop limit of advertisements to single machines."),
&Keyword::planned("old_unicast_checksum", Args::List(&[Form::OneOf(&["never"]).optional()])).default("auto detect").since("1.3.7").doc("How very old keepalived machines compute checksums of unicast advertisements in version 3.").no_effect("keepalived before 1.3.7 is not spoken to"),
&GARP_EXTRA_IF,
&Keyword::planned("vmac_garp_intvl", Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 0, max: 86_400 }.one()])).since("2.2.0").doc("Deprecated synonym of garp_extra_if.").alias_of(&GARP_EXTRA_IF),
&TIMER_EXPIRED_BACKUP,
&Keyword::planned("thread_timer_expired", Args::List(&[Form::Int { min: 1, max: 254 }.optional()])).since("2.3.2").doc("Synonym of timer_expired_backup, reports an error asking to rename.").alias_of(&TIMER_EXPIRED_BACKUP),
&Keyword::lowered_block("auth_hmac", "", &AUTH_HMAC).since("2.4.0").doc("A trailer signed with HMAC-SHA256 behind every advertisement, in every version and family; takes the place of `authentication`. A keepalived older than 2.4.2 drops such advertisements."),
&Keyword::lowered("no_accept", Args::Flag).default("off").since("1.3.0").doc("The Master drops packets to and from its addresses, except neighbour discovery, unless its priority is 255: it routes and nothing else. Done with nftables."),
&Keyword::lowered("notify_master", Args::List(SCRIPT)).doc("First definition wins for all notify keywords."),
&Keyword::lowered("notify_backup", Args::List(SCRIPT)).doc("Runs on becoming Backup."),
&Keyword::lowered("notify_fault", Args::List(SCRIPT)).doc("Runs on entering FAULT."),
&Keyword::lowered("notify_stop", Args::List(SCRIPT)).doc("Runs when the daemon ends."),
&Keyword::lowered("notify_deleted", Args::List(MAYBE_SCRIPT)).default("FAULT is sent").since("2.1.0").doc("Send DELETED rather than FAULT on removal; keepalived documents it for vrrp_sync_group, and takes it here only."),
&Keyword::lowered("notify", Args::List(SCRIPT)).doc("4 arguments appended."),
&Keyword::lowered("notify_master_rx_lower_pri", Args::List(SCRIPT)).since("2.0.6").doc("Runs when a Master hears a lower priority."),
&Keyword::lowered("notify_priority_changes", Args::Switch).default("group, then global").doc("Tells changes of the priority to the pipes."),
&Keyword::planned("lvs_sync_daemon_interface", Args::List(common::INTERFACE)).since("0.5.5").doc("Deprecated; sets global lvs_sync_daemon for this instance."),
&Keyword::planned("kernel_rx_buf_size", Args::Int { min: 0, max: MAX_U32 }).default("system").since("2.0.3").doc("The receive buffer of the socket, in bytes."),
&Keyword::flag("linkbeat_use_polling").no_effect("the kernel reports the carrier, and vipd believes it; an interface whose driver reports none counts as up").doc("Deprecated, use linkbeat_interfaces."),
];

static AUTH_HMAC: Block =
    Block { path: "vrrp_instance.auth_hmac", shape: Shape::Keywords, groups: &[AUTH_HMAC_KEYWORDS] };

static AUTH_HMAC_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("key", Args::List(&[Form::Int { min: 1, max: 255 }.one(), Form::Secret.one()]))
        .repeats()
        .since("2.4.0")
        .doc("A key and its number: the key as text, as `hex:DIGITS`, or as `file:PATH` (read at start and reload; `${_ENV CREDENTIALS_DIRECTORY}` in the path for systemd's credentials). 32 to 64 bytes. Several keys are for changing them one machine after the other: all are believed, the active one signs."),
    &Keyword::lowered("active_key", Args::Int { min: 1, max: 255 })
        .default("the only key")
        .since("2.4.0")
        .doc("The number of the key that signs."),
    &Keyword::lowered("time_window", Args::Int { min: 1, max: 300 })
        .default("max(3 x advert_int, 5)")
        .since("2.4.0")
        .doc("How many seconds the clocks of two machines may differ, with `anti_replay time`."),
    &Keyword::lowered("anti_replay", Args::OneOf(&["time", "monotonic"]))
        .default("time")
        .since("2.4.0")
        .doc("What tells a new packet from an old one: time stamps near our own clock that grow, or only that they grow."),
    &Keyword::lowered("mode", Args::OneOf(&["enforce", "permissive", "receive-only"]))
        .default("enforce")
        .since("2.4.0")
        .doc("enforce signs, and believes only what is signed. permissive signs, and believes what has no trailer, too. receive-only does not sign. Introduce it in the order receive-only, permissive, enforce. With `strict_mode` always enforce."),
];
