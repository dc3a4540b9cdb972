//! V01xx: Structure.

use super::{Id, Severity};

ids! {
UNKNOWN_KEYWORD "V0101" Error "unknown keyword"
    "No keyword of this name exists in this block. The line is ignored, with its block if it has one."
    remedy "Correct the word; a new keyword may need a newer vipd."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    prioritty 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
MISSING_CLOSE "V0102" Error "missing `}`"
    "A block is still open at the end of the file, or where something begins that cannot be inside it."
    remedy "Close the block where it ends."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
";
EXTRA_CLOSE "V0103" Error "unexpected `}`"
    "There is no open block that this brace could close."
    remedy "Remove the brace, or find the block that is closed too early."
    example b"global_defs {
    router_id a
}
}
";
MISSING_OPEN "V0104" Error "missing `{`"
    "This keyword begins a block; the brace belongs behind it, on the same line or on the next."
    remedy "Put `{` at the end of the line."
    example b"vrrp_instance VI_1
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
UNEXPECTED_BLOCK "V0105" Error "unexpected block"
    "This keyword takes no block; the block is ignored."
    remedy "Remove the braces and what is between them."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100 {
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";
WRONG_PLACE "V0106" Error "keyword in the wrong block"
    "The keyword exists, but belongs into another block. The line is ignored."
    remedy "Move the line into the block that the message names."
    example b"global_defs {
    nopreempt
}
";
TOO_DEEP "V0107" Error "blocks nested too deeply"
    "No block of the language is nested more than a few levels deep; braces are probably missing."
    remedy "Close each block where it ends.";
}
