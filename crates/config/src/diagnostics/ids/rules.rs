//! V06xx: What a file comes to (`rules::file`).

use super::{Id, Severity};

ids! {
IMPLIED_OWNER "V0601" Warning "priority 255 by default"
    "With `state MASTER` and without a priority the instance has priority 255: it claims to own the addresses, preempts always and is never moved by tracking."
    remedy "Write a priority below 255."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    state MASTER
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
OWNER_AS_BACKUP "V0602" Warning "owner that begins as Backup"
    "Priority 255 is for the machine whose own addresses these are; it serves them from the start. With `state BACKUP` it waits first, and then takes over from anybody."
    remedy "Use a priority below 255 for addresses that move, otherwise remove `state BACKUP`."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    state BACKUP
    priority 255
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
WEIGHT_WITHOUT_EFFECT "V0603" Warning "weight without effect"
    "Tracking moves a priority between 1 and 254 only, and the owner's (255) not at all. The priority is at its limit without this weight."
    remedy "Choose a priority that leaves room, or leave the weight out: then a failure means FAULT."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 254
    track_interface {
        eth1 weight 10
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
NO_SECOND_ANNOUNCEMENT "V0604" Hint "announced once only"
    "When two Masters have met, neighbors may have learned the wrong one. With a delay of 0 the winner announces its addresses in one burst; who misses it keeps the wrong entry until it expires."
    remedy "Let some seconds pass before a second burst."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    garp_lower_prio_delay 0
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
NEVER_IN_FORCE "V0605" Warning "setting that never has an effect"
    "Another setting of the instance keeps the situation from arising in which this one counts."
    remedy "Remove one of the two, or correct the other."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    garp_master_refresh_repeat 3
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
LONG_STARTUP_DELAY "V0606" Warning "long startup delay"
    "No machine takes part in elections before the delay is over. After a power failure of all of them nobody serves the addresses for as long."
    remedy "Choose the time that switches and interfaces need until they carry packets."
    example b"global_defs {
    vrrp_startup_delay 120
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
ALERT_WITHOUT_MAIL "V0607" Warning "alert without mail"
    "`smtp_alert` asks for mail, and global_defs says neither how to send it nor to whom."
    remedy "Add smtp_server and notification_email to global_defs."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    smtp_alert
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
GROUP_NOT_LOCAL "V0608" Warning "multicast group is not link-local"
    "Advertisements are for one network. Routers may forward other groups, and switches that snoop IGMP or MLD hold them back where nobody has asked for them."
    remedy "Use 224.0.0.18 or ff02::12, or another group of 224.0.0.0/24 or ff02::/16."
    example b"global_defs {
    vrrp_mcast_group4 239.1.2.3
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
UNICAST_UNPROTECTED "V0609" Warning "unicast without protection"
    "A multicast advertisement must have TTL 255 and so comes from the same network. Unicast comes from everywhere: whoever can send a packet to this machine can become Master."
    remedy "Bound the TTL of each peer on the same network (`min_ttl 255`), or use `check_unicast_src` and a firewall."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_peer {
        192.0.2.12
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
ADVERT_TOO_LONG "V0610" Warning "advertisement longer than a frame"
    "All addresses stand in each advertisement. One that is longer than the MTU is fragmented, or not sent at all."
    remedy "Leave the first address in virtual_ipaddress and move the others to virtual_ipaddress_excluded.";
WEIGHT_IN_GROUP "V0611" Warning "weight in a sync group"
    "Members of a sync group change their state together; a priority that moves for one of them alone would tear the group apart. keepalived ignores the weight unless the group has `sync_group_tracking_weight`. In a group with a member of priority 255 no weight counts."
    remedy "Leave the weight out: then a failure means FAULT for the whole group."
    example b"vrrp_sync_group G {
    group {
        VI_1
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    track_interface {
        eth1 weight 10
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
SAME_ADDRESS "V0612" Error "address in two instances"
    "Two virtual routers move the same address on the same interface. When one leaves it, it removes the address under the other's feet, and two machines can have it at the same time."
    remedy "Leave the address in one of the instances."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
BAD_MAIL_SERVER "V0613" Warning "name that no server can have"
    "A host name consists of labels of letters, digits and hyphens, at most 63 each, and does not end in a number (RFC 1123 section 2.1). No mail will be sent."
    remedy "Correct the address or the name."
    example b"global_defs {
    smtp_server 192.0.2.300
    notification_email {
        admin@example.com
    }
}
";
SCRIPTS_UNGUARDED "V0614" Warning "scripts run as root unguarded"
    "Whoever may write a program that runs as root is root. With `enable_script_security` a program does not run as root if anybody else can write it or a directory above it. keepalived calls its absence a security violation, and its configuration test fails."
    remedy "Add `enable_script_security` to global_defs, and name a user that may do little with `script_user`."
    example b"vrrp_script chk {
    script \"/usr/bin/pgrep nginx\"
}
";
NAME_UNDEFINED "V0615" Error "not defined"
    "The name refers to a block that is not in the configuration. What depends on it does not happen: a tracker that is not there notices no failure."
    remedy "Define it, or correct the name."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_script {
        chk_ngnix
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
DEFINED_LATER "V0616" Warning "defined too late"
    "keepalived reads a file once, from the top: a tracker that is defined behind its use is not found, and ignored."
    remedy "Move the definition before the first use."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_file {
        drain
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
track_file drain {
    file /run/drain
}
";
DEFINITION_INCOMPLETE "V0617" Error "incomplete definition"
    "The block lacks what it cannot be without: a script its command, a file its path, a BFD session its neighbor."
    remedy "Add what the message names."
    example b"bfd_instance gw {
}
";
GROUP_TOO_SMALL "V0618" Warning "sync group without a second member"
    "A sync group keeps the states of several instances in step. With less than two there is nothing to keep."
    remedy "Add the other instances, or remove the group."
    example b"vrrp_sync_group G {
    group {
        VI_1
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
IN_TWO_GROUPS "V0619" Error "member of two sync groups"
    "The state of an instance follows one group; of two the first one counts."
    remedy "Leave it in one group, or make one group of both."
    example b"vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
}
vrrp_sync_group H {
    group {
        VI_2
        VI_1
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress {
        192.0.2.2/24
    }
}
";
GROUP_TWICE "V0620" Error "duplicate sync group"
    "Two sync groups have one name. The second one is ignored."
    remedy "Give each its own name."
    example b"vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
}
vrrp_sync_group G {
    group {
        VI_2
        VI_1
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress {
        192.0.2.2/24
    }
}
";
TRACKED_TWICE "V0621" Warning "tracked twice"
    "The same script, file, process or session stands twice in one block. The first entry counts."
    remedy "Remove one of the two."
    example b"bfd_instance gw {
    neighbor_ip 192.0.2.254
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_bfd {
        gw
        gw weight 5
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
RULE_WITHOUT_PRIORITY "V0622" Warning "rule without preference"
    "Rules are tried in the order of their preference. keepalived gives those that have none numbers from 16384 downwards; which one comes first is then an accident."
    remedy "Write `preference NUMBER` in each rule."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_rules {
        from 192.0.2.1 lookup 100
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
UNICAST_WITHOUT_PEERS "V0623" Warning "unicast without peers"
    "A keyword of unicast stands there, but no peers do: advertisements go to the multicast group."
    remedy "Name the other machines in `unicast_peer`, or remove the keyword."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    unicast_src_ip 192.0.2.11
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
EMPTY_BLOCK "V0624" Warning "block that does nothing"
    "The block lacks what it is for, and keepalived reports it."
    remedy "Fill it, or remove it."
    example b"global_defs {
    notification_email {
    }
}
";
HAMMERS "V0625" Warning "checks that hammer"
    "Each check costs the checked server a connection or this machine a process. Asking several times a second, or again at once after a failure, loads a server just when it is in trouble, and finds failures hardly sooner."
    remedy "Use intervals of a second or more, and a delay before retries."
    example b"vrrp_script chk {
    script \"/bin/true\"
    interval 0.1
}
global_defs {
    enable_script_security
}
";
SLOW_TIMEOUT "V0626" Warning "timeout longer than the interval"
    "While a run hangs no other one starts, so that a failure is noticed only after the timeout, as often as `fall` says."
    remedy "Leave `timeout` out: then it is the interval."
    example b"vrrp_script chk {
    script \"/bin/true\"
    interval 2
    timeout 30
}
global_defs {
    enable_script_security
}
";
ROUTE_UNTRACKED "V0627" Hint "route without an interface"
    "A route that names no interface is not watched by keepalived: when somebody removes it, it stays away."
    remedy "Add `dev INTERFACE`, or `no_track` if it shall not be watched."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
    virtual_routes {
        198.51.100.0/24 via 192.0.2.254
    }
}
";
DEFINED_TWICE "V0628" Warning "defined twice"
    "Two blocks define the same. One of them has no effect."
    remedy "Remove one of the two, or give it another name."
    example b"bfd_instance gw {
    neighbor_ip 192.0.2.254
}
bfd_instance gw2 {
    neighbor_ip 192.0.2.254
}
";
NOT_FOR_VRRP "V0629" Error "BFD session for checkers only"
    "With `checker` and without `vrrp` only real servers learn of the session: nothing would be tracked."
    remedy "Add `vrrp` to the session, or remove `checker`."
    example b"bfd_instance b {
    neighbor_ip 192.0.2.1
    checker
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    track_bfd {
        b
    }
    virtual_ipaddress {
        192.0.2.9/24
    }
}
";
}
