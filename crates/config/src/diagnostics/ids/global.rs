//! V05xx: Global.

use super::{Id, Severity};

ids! {
ROUTE_UNUSABLE "V0431" Error "route or rule not usable"
    "The line does not say a route or rule that the kernel can have; it is left out."
    remedy "Correct the line; the message says what is wrong."
    example b"static_routes {
    198.51.100.0/24 metric 5
}
";
UNKNOWN_NAME "V0432" Error "unknown name of a table, protocol, scope or realm"
    "Names of routing tables and the like come from iproute2's files on the machine that runs vipd; a number needs no file."
    remedy "Write the number, or add the name to the file."
    example b"static_rules {
    from 198.51.100.0/24 table no_such_table preference 100
}
";
ROUTE_OPTION "V0433" Warning "option without effect on this route or rule"
    "The option does not apply to a route or rule of this kind; the rest of the line counts."
    remedy "Remove the option."
    example b"static_routes {
    198.51.100.0/24 dev eth0 pref high
}
";
ROUTE_PROTOCOL "V0434" Warning "protocol of a tracked route or rule"
    "A route or rule that is put back when somebody removes it carries the protocol 18 (keepalived), by which vipd and keepalived know their own."
    remedy "Remove the protocol, or add no_track."
    example b"static_routes {
    198.51.100.0/24 dev eth0 protocol static
}
";
RULE_PREFERENCE "V0435" Warning "rule without a preference"
    "Rules are tried in the order of their preferences. A rule without one gets the next free number below 16385, in the order of the file, which is rarely what is meant."
    remedy "Give each rule a preference."
    example b"static_rules {
    from 198.51.100.0/24 table 100
}
";
UNKNOWN_TRACK_GROUP "V0436" Error "unknown track group"
    "The entry names a track_group that does not exist, or that names no instance; its loss puts no instance into FAULT."
    remedy "Define the group, or correct its name."
    example b"static_routes {
    198.51.100.0/24 dev eth0 track_group NONE
}
";
MAIL_INCOMPLETE "V0501" Warning "no mail will be sent"
    "Mail needs both smtp_server and notification_email."
    remedy "Add the one that is missing, or remove the other."
    example b"global_defs {
    smtp_server 192.0.2.25
}
";
}
