//! V02xx: Values.

use super::{Id, Severity};

ids! {
MISSING_ARGUMENT "V0201" Error "missing argument"
    "The keyword needs a value behind it. The line is ignored."
    remedy "Write the value behind the keyword."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
EXTRA_ARGUMENT "V0202" Warning "surplus words"
    "Words behind the value have no meaning. A keyword begins on a line of its own."
    remedy "Remove the words, or move the second keyword to a line of its own."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100 nopreempt
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
BAD_NUMBER "V0203" Error "not a number"
    "A number was expected. The line is ignored."
    remedy "Write a decimal number."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority high
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
OUT_OF_RANGE "V0204" Error "number out of range"
    "The number is outside what the keyword accepts. The line is ignored."
    remedy "Choose a number between the bounds that the message names."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 300
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
BAD_WORD "V0205" Error "unexpected value"
    "The value is not one of those the keyword knows. The line is ignored."
    remedy "Write one of the words that the message names."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    authentication {
        auth_type MD5
        auth_pass 1111
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
BAD_ADDRESS "V0206" Error "not an address"
    "An IPv4 or IPv6 address was expected."
    remedy "Write the address in numbers; names are not looked up."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    mcast_src_ip router-a
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
TOO_LONG "V0207" Error "name too long"
    "The kernel accepts at most 15 bytes for the name of an interface or the label of an address."
    remedy "Use the name that `ip link` shows, or a shorter label."
    example b"vrrp_instance VI_1 {
    interface interface-of-the-lan
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
GIVEN_TWICE "V0208" Warning "given twice"
    "The keyword stands twice in the block; one of the two has no effect."
    remedy "Remove one of the two."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
ADJUSTED "V0209" Warning "value adjusted"
    "The value is not usable as it is; the nearest usable value is taken, as keepalived does."
    remedy "Write the value that is meant."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    garp_master_repeat 0
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
EXTRA_DECIMALS "V0210" Warning "surplus decimals"
    "The timer is finer than its resolution; surplus decimals are cut off."
    remedy "Leave the surplus decimals out."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    advert_int 1.0000001
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
}
