//! V07xx: Between machines (`nodes::compare`).

use super::{Id, Severity};

ids! {
EQUAL_PRIORITIES "V0701" Warning "equal priorities"
    "Of two machines with the same priority the one with the higher primary address becomes Master, which nobody sees in the configuration. After a failure the address stays where it is."
    remedy "Give each machine a priority of its own.";
TWO_OWNERS "V0702" Error "two owners"
    "Priority 255 means that the addresses are the machine's own; there cannot be two such machines."
    remedy "Use priorities below 255 for addresses that move.";
VERSIONS_DIFFER "V0703" Error "versions differ"
    "Machines of one virtual router that speak different versions do not hear each other: both are Master."
    remedy "Use one version on all machines.";
GROUPS_DIFFER "V0704" Error "multicast groups differ"
    "Machines that send to different groups do not hear each other: both are Master."
    remedy "Use one group on all machines.";
PASSWORDS_DIFFER "V0705" Error "authentication differs"
    "An advertisement with another password, or without one, is dropped: both are Master."
    remedy "Use one password on all machines.";
INTERVALS_DIFFER "V0706" Error "intervals differ"
    "In version 2 an advertisement with another interval is dropped (RFC 3768 section 7.1): both are Master."
    remedy "Use one advert_int on all machines.";
CHECKSUMS_DIFFER "V0707" Error "checksums differ"
    "keepalived with `v3_checksum_as_v2` calculates checksums of version 3 without the IP header; machines without the setting may drop its advertisements."
    remedy "Use one setting on all machines.";
ADDRESSES_DIFFER "V0708" Error "addresses differ"
    "A machine that lacks an address does not serve it when it is Master: the address disappears with the machines that have it, and each advertisement counts as a mismatch."
    remedy "Name the same addresses on all machines.";
ORDER_DIFFERS "V0709" Hint "order of addresses differs"
    "The addresses are the same in another order. It does no harm by itself, and is counted as a mismatch for each advertisement."
    remedy "Use one order on all machines.";
PREFIXES_DIFFER "V0710" Warning "prefix lengths differ"
    "The address belongs to networks of different sizes, depending on which machine is Master."
    remedy "Use one prefix length on all machines.";
TIMERS_DIFFER "V0711" Warning "timers differ"
    "The machines disagree about how long to wait before a take-over. It depends on who fails then."
    remedy "Use one value on all machines.";
NO_BACKUP "V0712" Warning "no other machine"
    "The virtual router exists on one of the compared machines only; nobody takes over when it fails."
    remedy "Add it to another machine, or compare with the files of all machines.";
ADDRESS_UNDER_TWO_NUMBERS "V0713" Error "address under two numbers"
    "Two virtual routers move the same address. Each has a Master, and both have the address at the same time."
    remedy "Use one virtual_router_id for it on all machines.";
WEIGHT_NEVER_DECIDES "V0714" Warning "weight never decides"
    "Whatever fails, the order of the machines stays as it is: the weight is smaller than the distance to every other priority."
    remedy "Choose a weight larger than the difference of the priorities.";
SAME_ROUTER_ID "V0715" Hint "same router_id"
    "Mails name the machine by its router_id; these look alike."
    remedy "Name each machine differently, or leave router_id out.";
PEERS_DIFFER "V0716" Error "not each other's peers"
    "With unicast each machine must name all others as its peers, by the address that they send from; whoever is left out hears nothing, and becomes Master, too."
    remedy "Name each machine in the `unicast_peer` of all others.";
SOURCE_UNKNOWN "V0717" Hint "source address not known"
    "Without `unicast_src_ip` a machine sends from the first address of its interface, which its file does not tell. Peers that check the source drop what comes from another one."
    remedy "Write `unicast_src_ip` on each machine.";
MODES_DIFFER "V0718" Error "unicast and multicast"
    "One machine sends to its peers, the other to the multicast group. Neither hears the other, and both are Master."
    remedy "Use `unicast_peer` on all machines, or on none.";
GROUP_DIVIDED "V0719" Warning "sync group with divided priorities"
    "The instances of a sync group become Master together, when all of them may. If another machine has a higher priority for one of them and a lower one for another, neither of the two machines ever takes over from the other: whoever is first stays Master of everything, whatever the priorities say."
    remedy "Let one machine have the higher priority for all members of the group.";
ADDRESS_OF_A_MACHINE "V0720" Error "address of a machine among those that move"
    "A machine sends its advertisements from an address of its own. One that moves is on the Master alone: all others have nothing to send from, and the machine that it belongs to is not reached by it any more."
    remedy "Move an address that no machine has for itself, or let the machine that has it be its owner, with priority 255.";
}
