//! V09xx: Load balancing.

use super::{Id, Severity};

ids! {
LVS_INCOMPLETE "V0901" Error "incomplete block"
    "The block lacks what it cannot be without: a virtual server its real servers, a checker what it checks. keepalived leaves it out, too."
    remedy "Add what the message names."
    example b"virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n}\n";
LVS_FAMILY "V0902" Error "wrong address family"
    "The two addresses must be of one family: those of a virtual server and its real servers (except behind tunnels), those at both ends of a check."
    remedy "Correct the address."
    example b"virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    real_server 2001:db8::1 80 {\n    }\n}\n";
LVS_DUPLICATE "V0903" Warning "duplicate server"
    "The same service, real server or name stands there twice; the kernel has room for one."
    remedy "Remove one of the two."
    example b"virtual_server_group G {\n    192.0.2.1 80\n}\nvirtual_server_group G {\n    192.0.2.2 80\n}\n";
LVS_DEFAULT "V0904" Warning "setting left to its default"
    "keepalived wants a virtual server to name its scheduler, forwarding method and protocol, and reports their absence as an error of the configuration. The defaults are wlc, NAT and UDP."
    remedy "Write them out: UDP in particular is seldom what is meant."
    example b"virtual_server 192.0.2.1 80 {\n    real_server 192.0.2.9 80 {\n    }\n}\n";
LVS_NO_EFFECT "V0905" Warning "setting without effect"
    "The setting belongs to something that is not there."
    remedy "Remove it, or add what it is for."
    example b"virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    sorry_server_inhibit\n    real_server 192.0.2.9 80 {\n    }\n}\n";
LVS_UNDEFINED "V0906" Error "not defined"
    "The name refers to a block that is not in the configuration."
    remedy "Define it, or correct the name."
    example b"virtual_server group G {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    real_server 192.0.2.9 80 {\n    }\n}\n";
LVS_NEVER "V0907" Error "check that never succeeds"
    "No answer can satisfy the check, so that the real server would always count as down."
    remedy "Correct the bounds; max_reply_length is 255 by default."
    example b"virtual_server 192.0.2.1 53 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol UDP\n    real_server 192.0.2.9 53 {\n        UDP_CHECK {\n            min_reply_length 300\n        }\n    }\n}\n";
LVS_THRESHOLDS "V0908" Warning "thresholds that the kernel refuses"
    "IPVS takes no real server whose lower threshold of connections is above the upper one, and without uthreshold the upper one is 0."
    remedy "Set both, the lower one not above the upper."
    example b"virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    real_server 192.0.2.9 80 {\n        lthreshold 10\n    }\n}\n";
}
