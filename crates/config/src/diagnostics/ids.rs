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
    "A configuration file may have at most 4 GiB less two bytes; the rest is not read.";
NUL_BYTE "V0002" Error "NUL byte"
    "A text file contains no NUL bytes. The file may be binary, damaged, or UTF-16. The line is ignored.";
NOT_UTF8_TEXT "V0003" Error "not UTF-8"
    "Outside comments the file must be UTF-8 (or plain ASCII). Convert it, for example with iconv. The line is ignored.";
UNTERMINATED_QUOTE "V0004" Error "unterminated quote"
    "A quoted word ends on the line on which it begins. In ordinary lines a backslash does not escape a quote.";
NOT_YET_LANGUAGE "V0005" Error "language feature not supported yet"
    "Includes, parameters and generated lines are recognised and not expanded yet; the line is ignored.";
COMMENT_IN_WORD "V0006" Hint "comment attached to a word"
    "`#` and `!` begin a comment anywhere, also in the middle of what was meant as one word, such as a password.";

// V01xx: structure
UNKNOWN_KEYWORD "V0101" Error "unknown keyword"
    "No keyword of this name exists in this block. The line is ignored, with its block if it has one.";
MISSING_CLOSE "V0102" Error "missing `}`"
    "A block is still open at the end of the file, or where something begins that cannot be inside it.";
EXTRA_CLOSE "V0103" Error "unexpected `}`"
    "There is no open block that this brace could close.";
MISSING_OPEN "V0104" Error "missing `{`"
    "This keyword begins a block; the brace belongs behind it, on the same line or on the next.";
UNEXPECTED_BLOCK "V0105" Error "unexpected block"
    "This keyword takes no block; the block is ignored.";
WRONG_PLACE "V0106" Error "keyword in the wrong block"
    "The keyword exists, but belongs into another block. The line is ignored.";
TOO_DEEP "V0107" Error "blocks nested too deeply"
    "No block of the language is nested more than a few levels deep; braces are probably missing.";

// V02xx: values
MISSING_ARGUMENT "V0201" Error "missing argument"
    "The keyword needs a value behind it. The line is ignored.";
EXTRA_ARGUMENT "V0202" Warning "surplus words"
    "Words behind the value have no meaning. A keyword begins on a line of its own.";
BAD_NUMBER "V0203" Error "not a number"
    "A number was expected. The line is ignored.";
OUT_OF_RANGE "V0204" Error "number out of range"
    "The number is outside what the keyword accepts. The line is ignored.";
BAD_WORD "V0205" Error "unexpected value"
    "The value is not one of those the keyword knows. The line is ignored.";
BAD_ADDRESS "V0206" Error "not an address"
    "An IPv4 or IPv6 address was expected.";
TOO_LONG "V0207" Error "name too long"
    "The kernel accepts at most 15 bytes for the name of an interface or the label of an address.";
GIVEN_TWICE "V0208" Warning "given twice"
    "The keyword stands twice in the block; one of the two has no effect.";
ADJUSTED "V0209" Warning "value adjusted"
    "The value is not usable as it is; the nearest usable value is taken, as keepalived does.";
EXTRA_DECIMALS "V0210" Warning "surplus decimals"
    "The timer is finer than its resolution; surplus decimals are cut off.";

// V03xx: support
NOT_YET "V0301" Warning "not supported yet"
    "vipd knows this keyword and does not act on it yet; the rest of the configuration is in force.";
REFUSED "V0302" Error "not supported yet, and not safe to ignore"
    "The instance would speak differently on the wire than its author intends; it is not started.";
DEPRECATED "V0303" Hint "deprecated"
    "An old spelling; it is accepted and means what its modern form means.";

// V04xx: instances
NO_VRID "V0401" Error "no virtual_router_id"
    "Each instance needs a virtual_router_id, the same on all machines that back each other up. It is not started.";
NO_INTERFACE "V0402" Error "no interface"
    "Each instance needs the interface on which it advertises. It is not started.";
DUPLICATE_NAME "V0403" Error "duplicate instance name"
    "Two instances have the same name. The second one is not started.";
DUPLICATE_VRID "V0404" Error "duplicate virtual_router_id"
    "On one interface and in one address family, each virtual_router_id belongs to one instance. The second one is not started.";
MIXED_FAMILIES "V0406" Error "mixed address families"
    "An advertisement carries addresses of one family. Put the others into virtual_ipaddress_excluded or another instance.";
FAMILY_MISMATCH "V0407" Error "address of the wrong family"
    "The address must be of the family of the instance.";
NO_ADDRESSES "V0408" Warning "no virtual address"
    "An instance without addresses moves nothing; keepalived calls it an error in version 3.";
FIRST_NOT_LINK_LOCAL "V0409" Warning "first IPv6 address is not link-local"
    "RFC 9568 section 5.2.9 wants the first address of an IPv6 virtual router to be link-local.";
DUPLICATE_ADDRESS "V0410" Warning "duplicate virtual address"
    "The address stands twice in the instance; the second entry is ignored.";
TOO_MANY_ADDRESSES "V0411" Error "too many virtual addresses"
    "An advertisement carries at most 255 addresses. The others are handled as in virtual_ipaddress_excluded.";
STATE_UNKNOWN "V0412" Error "unknown state"
    "The initial state is MASTER or BACKUP; BACKUP is assumed.";
NOPREEMPT_CLEARED "V0413" Warning "nopreempt has no effect"
    "nopreempt works only with initial state BACKUP and a priority below 255; the instance preempts.";
PREEMPT_DELAY_IGNORED "V0414" Warning "preempt_delay has no effect"
    "preempt_delay works only with initial state BACKUP and without nopreempt.";
INTERVAL_ROUNDED "V0415" Warning "advert_int rounded"
    "Version 2 carries whole seconds, version 3 hundredths of a second up to 40.95.";
PASSWORD_TRUNCATED "V0416" Warning "auth_pass truncated"
    "The packet has room for eight bytes of password; the rest is not used.";
AUTH_IGNORED "V0417" Warning "authentication ignored"
    "Only version 2 carries a password, and only when both auth_type and auth_pass are given.";
OWN_INTERFACE_TRACKED "V0418" Warning "own interface tracked"
    "The instance's own interface is tracked anyway; the entry is ignored.";
VERSION_FORCED "V0419" Warning "version 3 forced"
    "IPv6 exists only in version 3 of the protocol.";
DUPLICATE_TRACK "V0420" Warning "interface tracked twice"
    "The interface stands twice in track_interface; the second entry is ignored.";
BAD_ADDRESS_OPTION "V0421" Error "address option not usable"
    "The option is unknown, incomplete, or does not fit this address; the option is ignored, or the entry where it would be another address without it.";
LOOPBACK "V0422" Error "loopback interface"
    "The loopback interface has no neighbours to advertise to. The instance is not started.";
TRACK_SOURCE_WITHOUT_ADDRESS "V0423" Warning "track_src_ip has no effect"
    "track_src_ip watches the address of mcast_src_ip; there is none.";

// V05xx: global
MAIL_INCOMPLETE "V0501" Warning "no mail will be sent"
    "Mail needs both smtp_server and notification_email.";
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
}
