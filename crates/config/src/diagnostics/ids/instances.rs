//! V04xx: Instances.

use super::{Id, Severity};

ids! {
NO_VRID "V0401" Error "no virtual_router_id"
    "Each instance needs a virtual_router_id, the same on all machines that back each other up. It is not started."
    remedy "Add `virtual_router_id` with a number from 1 to 255 that nobody else uses on that network."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
NO_INTERFACE "V0402" Error "no interface"
    "Each instance needs the interface on which it advertises; only with unicast_peer and unicast_src_ip it may do without. It is not started."
    remedy "Add `interface` with the name that `ip link` shows."
    example b"vrrp_instance VI_1 {
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
DUPLICATE_NAME "V0403" Error "duplicate instance name"
    "Two instances have the same name. The second one is not started."
    remedy "Give each instance a name of its own."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress {
        192.0.2.2/24
    }
}
";
DUPLICATE_VRID "V0404" Error "duplicate virtual_router_id"
    "On one interface and in one address family, each virtual_router_id belongs to one instance. The second one is not started."
    remedy "Give one of them another virtual_router_id, here and on its other machines."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.2/24
    }
}
";
MIXED_FAMILIES "V0406" Error "mixed address families"
    "An advertisement carries addresses of one family. Put the others into virtual_ipaddress_excluded or another instance."
    remedy "Move the addresses of one family to `virtual_ipaddress_excluded` or to an instance of their own."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
        2001:db8::1/64
    }
}
";
FAMILY_MISMATCH "V0407" Error "address of the wrong family"
    "The address must be of the family of the instance."
    remedy "Write an address of the instance's family."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    mcast_dst_ip ff02::12
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
NO_ADDRESSES "V0408" Warning "no virtual address"
    "An instance without addresses moves nothing; keepalived calls it an error in version 3."
    remedy "Add `virtual_ipaddress` with the addresses that are to move."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
}
";
FIRST_NOT_LINK_LOCAL "V0409" Warning "first IPv6 address is not link-local"
    "RFC 9568 section 5.2.9 wants the first address of an IPv6 virtual router to be link-local."
    remedy "Put a link-local address, such as fe80::1, in front."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        2001:db8::1/64
    }
}
";
DUPLICATE_ADDRESS "V0410" Warning "duplicate virtual address"
    "The address stands twice in the instance; the second entry is ignored."
    remedy "Remove one of the two lines."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.1/24
    }
}
";
TOO_MANY_ADDRESSES "V0411" Error "too many virtual addresses"
    "An advertisement carries at most 255 addresses. The others are handled as in virtual_ipaddress_excluded."
    remedy "Move the addresses to `virtual_ipaddress_excluded`, of which there may be any number.";
STATE_UNKNOWN "V0412" Error "unknown state"
    "The initial state is MASTER or BACKUP; BACKUP is assumed."
    remedy "Write `state MASTER` or `state BACKUP`; `state` only says how the instance begins."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    state PRIMARY
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
NOPREEMPT_CLEARED "V0413" Warning "nopreempt has no effect"
    "nopreempt works only with initial state BACKUP and a priority below 255; the instance preempts."
    remedy "Write `state BACKUP` on all machines, and a priority below 255."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    state MASTER
    priority 150
    nopreempt
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
PREEMPT_DELAY_IGNORED "V0414" Warning "preempt_delay has no effect"
    "preempt_delay works only with initial state BACKUP and without nopreempt."
    remedy "Write `state BACKUP`, and remove nopreempt."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    state MASTER
    priority 150
    preempt_delay 10
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
INTERVAL_ROUNDED "V0415" Warning "advert_int rounded"
    "Version 2 carries whole seconds, version 3 hundredths of a second up to 40.95."
    remedy "Write a value that can be sent: whole seconds, or `vrrp_version 3`."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    advert_int 1.5
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
PASSWORD_TRUNCATED "V0416" Warning "auth_pass truncated"
    "The packet has room for eight bytes of password; the rest is not used."
    remedy "Use a password of at most eight bytes."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    authentication {
        auth_type PASS
        auth_pass correcthorse
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
AUTH_IGNORED "V0417" Warning "authentication ignored"
    "Only version 2 has a password or an authentication header, and only when both auth_type and auth_pass are given; auth_hmac takes their place."
    remedy "Remove the block, or use version 2 with auth_type and auth_pass; version 3 has auth_hmac."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
OWN_INTERFACE_TRACKED "V0418" Warning "own interface tracked"
    "The instance's own interface is tracked anyway; the entry is ignored."
    remedy "Remove the entry."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_interface {
        eth0
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
VERSION_FORCED "V0419" Warning "version 3 forced"
    "IPv6 exists only in version 3 of the protocol."
    remedy "Write `version 3`, or leave the line out."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 2
    virtual_ipaddress {
        fe80::1/64
        2001:db8::1/64
    }
}
";
DUPLICATE_TRACK "V0420" Warning "interface tracked twice"
    "The interface stands twice in track_interface; the second entry is ignored."
    remedy "Remove one of the two."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_interface {
        eth1
        eth1
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
BAD_ADDRESS_OPTION "V0421" Error "address option not usable"
    "The option is unknown, incomplete, or does not fit this address; the option is ignored, or the entry where it would be another address without it. A scope or label of an IPv6 address, and a computed broadcast address in a subnet without one, are left out with a warning, and what only IPv6 has with a hint."
    remedy "Correct or remove the option."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24 scoop link
    }
}
";
LOOPBACK "V0422" Error "loopback interface"
    "The loopback interface has no neighbors to advertise to. The instance is not started."
    remedy "Name the interface of the network on which the machines meet; addresses on lo can be given with `dev lo`."
    example b"vrrp_instance VI_1 {
    interface lo
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
TRACK_SOURCE_WITHOUT_ADDRESS "V0423" Warning "track_src_ip has no effect"
    "track_src_ip watches the address of mcast_src_ip; there is none."
    remedy "Add `mcast_src_ip`, or remove `track_src_ip`."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_src_ip
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
HMAC_UNUSABLE "V0424" Error "auth_hmac not usable"
    "Without its keys the instance would send what the other machines refuse, or believe everybody; it is not started."
    remedy "Give at least one key of 32 to 64 bytes, each under a number of its own, and name the one that signs with active_key."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    auth_hmac {
        key 1 0123456789abcdef0123456789abcdef
        active_key 2
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
STRICT "V0425" Warning "against strict mode"
    "strict_mode (or vrrp_strict) holds an instance to the letter of the RFCs, and this does not go with it."
    remedy "Remove the line, or write `strict_mode off` in the instance, on all its machines."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    strict_mode
    preempt_delay 10
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
STRICT_WITHOUT_ADDRESS "V0426" Error "strict mode without an address"
    "With strict_mode an advertisement names at least one address. The instance is not started."
    remedy "Add virtual_ipaddress, or write `strict_mode off`."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    strict_mode
    no_virtual_ipaddress
}
";
ROAMING_UNUSABLE "V0427" Error "instance without interface not usable"
    "An instance with unicast_peer may do without an interface if it says which address it sends from, and if neither this one nor a peer is link-local. It is not started."
    remedy "Add `unicast_src_ip` with an address of this machine, or `interface`."
    example b"vrrp_instance VI_1 {
    virtual_router_id 51
    unicast_peer {
        192.0.2.2
    }
    virtual_ipaddress {
        192.0.2.1/24 dev eth0
    }
}
";
ADDRESS_WITHOUT_INTERFACE "V0428" Warning "address without an interface"
    "In an instance without an interface each virtual address should say where it goes. It goes to default_interface, which is eth0 unless it is set."
    remedy "Write `dev NAME` behind the address."
    example b"vrrp_instance VI_1 {
    virtual_router_id 51
    unicast_src_ip 198.51.100.1
    unicast_peer {
        198.51.100.2
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
MASTER_WITH_AH "V0429" Warning "initial state MASTER with AH"
    "An authentication header carries a sequence number that grows. A machine that has just started must hear the others' before it sends its own, or they take its advertisements for repeated ones: it begins as Backup, whatever `state` says."
    remedy "Write `state BACKUP`."
    example b"vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    authentication {
        auth_type AH
        auth_pass 1111
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
IPVLAN_UNUSABLE "V0430" Error "use_ipvlan not usable"
    "Advertisements leave from the ipvlan interface, and over IPv4 it has no address but the one in the file. The instance is not started."
    remedy "Write an address of the same family as the virtual addresses that nothing else on the network has."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    use_ipvlan vrrp.51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
}
