//! Every kind of finding, once: stable id, severity, title, explanation.

use std::fmt;

use super::Severity;

/// A kind of finding. Ids are never reused for something else.
#[derive(Debug, PartialEq, Eq)]
pub struct Id {
    /// `V0101`.
    pub code: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// A few words.
    pub title: &'static str,
    /// What is wrong and why it matters.
    pub explanation: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// A configuration that has this finding; bytes, because some findings are about bytes that are not text.
    pub example: &'static [u8],
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// Every id, in the order of the codes.
pub fn ids() -> &'static [&'static Id] {
    ALL
}

/// The id with this code.
pub fn find_id(code: &str) -> Option<&'static Id> {
    ALL.iter().copied().find(|id| id.code.eq_ignore_ascii_case(code))
}

macro_rules! ids {
    ($($name:ident $code:literal $severity:ident $title:literal $explanation:literal
       $(remedy $remedy:literal)? $(example $example:literal)?;)*) => {
        $(pub(crate) static $name: Id = Id {
            code: $code,
            severity: Severity::$severity,
            title: $title,
            explanation: $explanation,
            remedy: concat!($($remedy)?),
            example: ids!(@example $($example)?),
        };)*

        static ALL: &[&Id] = &[$(&$name),*];
    };
    (@example) => { b"" };
    (@example $example:literal) => { $example };
}

ids! {
// V00xx: text
FILE_TOO_LARGE "V0001" Error "file too large"
    "A configuration file may have at most 4 GiB less two bytes; the rest is not read."
    remedy "Split the configuration, or name the right file.";
NUL_BYTE "V0002" Error "NUL byte"
    "A text file contains no NUL bytes. The file may be binary, damaged, or UTF-16. The line is ignored."
    remedy "Remove the bytes; if the file is UTF-16, save it as UTF-8."
    example b"global_defs {
    router_id a\0b
}
";
NOT_UTF8_TEXT "V0003" Error "not UTF-8"
    "Outside comments the file must be UTF-8 (or plain ASCII). Convert it, for example with iconv. The line is ignored."
    remedy "Convert the file, for example with `iconv -f latin1 -t utf8`."
    example b"global_defs {
    router_id caf\xe9
}
";
UNTERMINATED_QUOTE "V0004" Error "unterminated quote"
    "A quoted word ends on the line on which it begins. In ordinary lines a backslash does not escape a quote."
    remedy "Close the quote on the same line."
    example b"global_defs {
    router_id \"server one
}
";
COMMENT_IN_WORD "V0006" Hint "comment attached to a word"
    "`#` and `!` begin a comment anywhere, also in the middle of what was meant as one word, such as a password."
    remedy "Put a blank before a comment; write `\\#` or `\\!` for a sign that belongs to the word."
    example b"global_defs {
    router_id site#1
}
";
NOT_TEXT "V0007" Error "not a text file"
    "The file is a program, an archive or something else that nobody wrote as a configuration. Nothing of it is read."
    remedy "Name the configuration itself. If it is UTF-16, save it as UTF-8."
    example b"\x7fELF";
LINE_TOO_LONG "V0008" Error "line too long"
    "No line of a configuration has more than 64 KiB. The line is ignored."
    remedy "Break the line; if this is not a configuration file, name the right one.";
LONG_LINE "V0009" Warning "line longer than keepalived reads"
    "keepalived ignores lines of more than 1023 bytes. vipd reads them, so that the two would do different things."
    remedy "Write each word of a list on a line of its own.";
INCLUDE_MISSING "V0010" Warning "included file does not exist"
    "Nothing has the name that an include line gives. With `include_check`, or a variant of `include` that asks for it, this is an error."
    remedy "Create the file, correct its name, or remove the line.";
INCLUDE_UNREADABLE "V0011" Warning "included file cannot be read"
    "What an include line names is there and cannot be read as a file; it is skipped. With `include_check readable` or `includer` this is an error."
    remedy "Give the user that reads the configuration access, or name files only.";
INCLUDE_LOOP "V0012" Error "files include each other"
    "A file includes itself, perhaps by way of others, or files are nested without end. The line that closes the loop is ignored."
    remedy "Remove one of the lines that are shown.";
BAD_INCLUDE "V0013" Error "include not usable"
    "`include` needs one file name, and its line is looked for before conditions and parameters: it can neither stand behind `@ID` nor come out of a parameter."
    remedy "Write `include FILE` on a line of its own."
    example b"$FILE=more.conf
include
";
BAD_GENERATOR "V0014" Error "~SEQ or ~LST not usable"
    "The parentheses do not have the form that the generator needs. The line is ignored."
    remedy "Write ~SEQ(NAME, START, STEP, END) LINE or ~LST(NAME, VALUE, VALUE) LINE."
    example b"~SEQ(N, 1, -1, 3) router_id ${N}
";
BAD_REFERENCE "V0015" Error "reference not usable"
    "A parameter has other words behind its name than it takes, or there is no such environment variable."
    remedy "Correct the words, or set the variable where the daemon is started."
    example b"global_defs {
    router_id lb-${_RANDOM 9 1}
}
";
ENDLESS "V0016" Error "definition without end"
    "Replacing parameters on this line would go on forever, because a definition refers to itself. The line is ignored."
    remedy "Take the reference out of the definition."
    example b"$NAME=lb-${NAME}
global_defs {
    router_id ${NAME}
}
";
TOO_MUCH "V0017" Error "too many generated lines"
    "Parameters and generators stand for more text than any configuration needs. What follows is not expanded."
    remedy "Let ~SEQ count less far, or nest fewer of them.";

// V01xx: structure
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

// V02xx: values
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

// V03xx: support
NOT_YET "V0301" Warning "not supported yet"
    "vipd knows this keyword and does not act on it yet; the rest of the configuration is in force."
    remedy "Nothing, if you can do without it; otherwise stay with keepalived for now."
    example b"virtual_server 192.0.2.9 80 {
    real_server 192.0.2.10 80 {
    }
}
";
REFUSED "V0302" Error "not supported yet, and not safe to ignore"
    "The instance would speak differently on the wire than its author intends; it is not started."
    remedy "Remove the line if you can do without it; otherwise stay with keepalived for this instance for now."
    example b"vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    use_ipvlan 192.0.2.2
    virtual_ipaddress {
        192.0.2.1/24
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

// V04xx: instances
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
    "Each instance needs the interface on which it advertises. It is not started."
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
    "The option is unknown, incomplete, or does not fit this address; the option is ignored, or the entry where it would be another address without it."
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

// V05xx: global
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

// V06xx: what a file comes to (`rules::file`)
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
    "Members of a sync group change their state together; a priority that moves for one of them alone would tear the group apart. keepalived ignores the weight unless the group has `sync_group_tracking_weight`."
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

// V07xx: between machines (`nodes::compare`)
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

// V08xx: this machine (`rules::host`)
NO_SUCH_INTERFACE "V0801" Error "no such interface"
    "The machine has no interface of this name now. The instance is in FAULT until there is one."
    remedy "Correct the name, or create the interface.";
INTERFACE_DOWN "V0802" Warning "interface down"
    "The interface is switched off or has no carrier; the instance is in FAULT meanwhile."
    remedy "Switch it on, or look at the cable.";
SOURCE_MISSING "V0803" Warning "no address to advertise from"
    "Advertisements are sent from an address of the interface's own, of the family of the instance, and a BFD session from its source_ip."
    remedy "Give the interface one, or correct mcast_src_ip or source_ip.";
OUTSIDE_NETWORKS "V0804" Warning "address in no network of the interface"
    "Neighbors ask for addresses of their own networks only; for others they ask a router."
    remedy "Correct the address, write its prefix length, or make sure that routers send it here.";
OWNER_OF_NOTHING "V0805" Warning "owner of nothing"
    "Priority 255 says that the addresses are the machine's own, and the interface does not have this one."
    remedy "Use a priority below 255.";
ADDRESS_IS_PERMANENT "V0806" Warning "address is there already"
    "The interface has the address by other means than VRRP, Master or not. Two machines answer for it as soon as another one is Master."
    remedy "Remove it from the system's network configuration, or from virtual_ipaddress.";
NO_PRIVILEGE "V0807" Warning "missing privilege"
    "The daemon sets addresses and opens raw sockets; the user who checks may not."
    remedy "Run the daemon as root, or give it CAP_NET_ADMIN and CAP_NET_RAW.";
NO_IPV6 "V0808" Error "IPv6 is switched off"
    "The interface cannot have IPv6 addresses (disable_ipv6), or the kernel has no IPv6."
    remedy "Set net.ipv6.conf.INTERFACE.disable_ipv6 to 0.";
ADVERT_LONGER_THAN_MTU "V0809" Warning "advertisement longer than the MTU"
    "All addresses stand in each advertisement, and the interface carries shorter packets only."
    remedy "Leave the first address in virtual_ipaddress and move the others to virtual_ipaddress_excluded.";
PROGRAM_MISSING "V0810" Error "no such program"
    "The program is not on this machine. What it is for does not happen; a tracker whose script cannot run is disabled."
    remedy "Install it, or correct the path.";
PROGRAM_NOT_EXECUTABLE "V0811" Error "program that cannot be run"
    "The file is there, but it is no file or the user that it is to run as may not run it."
    remedy "Make it executable for that user.";
PROGRAM_WRITABLE "V0812" Warning "program that others can replace"
    "The program runs as root, and somebody else may write it, or a directory on the way to it: whoever that is can become root. With `enable_script_security` it is not run."
    remedy "Give the file and all directories above it to root, and let nobody else write there.";
NO_SUCH_USER "V0813" Error "no such user or group"
    "The user or group that a program is to run as does not exist on this machine, so that it is not run."
    remedy "Create it, or name one that exists.";
KERNEL_LACKS "V0814" Warning "kernel without this feature"
    "The configuration needs something that the kernel of this machine was built without, or whose module is not installed."
    remedy "Install the module, or another kernel.";

// V09xx: load balancing
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

// V10xx: BFD
SLOW_DETECTION "V1003" Warning "BFD that is slow to notice"
    "The neighbor is missed after its multiplier times the larger one of the two intervals; BFD is for parts of a second."
    remedy "Intervals are in milliseconds, and 3 to 5 of them are usual."
    example b"bfd_instance b {
    neighbor_ip 192.0.2.1
    min_rx 20000
}
";
NO_HOPLIMIT "V1004" Hint "BFD over IPv6 without hoplimit"
    "RFC 5881 sends with hop limit 255 and accepts nothing else, so that nobody beyond the link can speak for the neighbor. keepalived sends 64 unless it is told otherwise. Therefore vipd sends 255 and accepts 64 and more."
    remedy "Write `hoplimit 255` on both ends."
    example b"bfd_instance b {
    neighbor_ip 2001:db8::1
}
";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_well_formed() {
        for pair in ALL.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} before {}", pair[0], pair[1]);
        }
        for id in ALL {
            assert!(id.code.len() == 5 && id.code.starts_with('V'), "{id}");
            assert!(!id.title.is_empty() && id.explanation.ends_with('.'), "{id}");
        }
    }

    #[test]
    fn an_id_is_found_by_its_code() {
        assert_eq!(find_id("v0101").map(|id| id.title), Some("unknown keyword"));
        assert_eq!(find_id("V9999"), None);
    }

    /// What no single small file can show: it takes gigabytes or long lines, several files, or a machine.
    fn takes_more_than_a_file(id: &Id) -> bool {
        let size = ["V0001", "V0007", "V0008", "V0009", "V0017", "V0107", "V0411", "V0610"];
        let files = ["V0010", "V0011", "V0012"];
        size.contains(&id.code) || files.contains(&id.code) || id.code >= "V0700"
    }

    #[test]
    fn every_id_says_what_to_do() {
        for id in ALL {
            assert!(id.remedy.ends_with('.'), "{id}");
        }
    }

    #[test]
    fn every_example_has_the_finding_that_it_is_an_example_of() {
        for id in ALL {
            if id.example.is_empty() {
                assert!(takes_more_than_a_file(id), "{id} has no example");
                continue;
            }
            let loaded = crate::load("example.conf", id.example, &crate::Options::default());
            let advice = crate::rules::file(&loaded);
            let found: Vec<_> = loaded.diagnostics.iter().chain(&advice).map(|d| d.id.code).collect();
            assert!(found.contains(&id.code), "{id}: {found:?}");
        }
    }
}
