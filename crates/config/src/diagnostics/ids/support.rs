//! V03xx: Support.

use super::{Id, Severity};

ids! {
NOT_YET "V0301" Warning "not supported yet"
    "vipd knows this keyword and does not act on it yet; the rest of the configuration is in force."
    remedy "Nothing, if you can do without it; otherwise stay with keepalived for now."
    example b"virtual_server 192.0.2.9 80 {
    real_server 192.0.2.10 80 {
    }
}
";
DEPRECATED "V0303" Hint "deprecated"
    "An old spelling; it is accepted and means what its modern form means."
    remedy "Use the modern spelling; `vipd check --fix` writes it."
    example b"global_defs {
    lvs_id a
}
";
}
