//! How advertisements are known to be from a friend.

use crate::keywords::{Args, Block, Form, Keyword, Shape};

/// `vrrp_instance.authentication`
pub static AUTHENTICATION_BLOCK: Block = Block {
    path: "vrrp_instance.authentication",
    shape: Shape::Keywords,
    groups: &[&[&AUTH_TYPE, &AUTH_PASS]],
};

/// `authentication`
pub static AUTHENTICATION: Keyword =
    Keyword::block("authentication", "", &AUTHENTICATION_BLOCK).since("0.5.3").doc(
        "Authentication of version 2, ignored in version 3. A password (PASS) protects against \
          mistakes, not against attackers: everybody on the network can read it. For real \
          protection use `auth_hmac`.",
    );

/// `auth_type`
pub static AUTH_TYPE: Keyword =
    Keyword::new("auth_type", Args::Word("PASS|AH")).default("none").since("0.5.3").doc(
        "PASS: a password in each advertisement. AH: the IP Authentication Header of IPsec with \
          a key, for IPv4; such an instance begins as Backup. All machines must use the same \
          one: advertisements of another type are dropped, and every machine becomes Master.",
    );

/// `auth_pass`
pub static AUTH_PASS: Keyword =
    Keyword::new("auth_pass", Args::Word("PASSWORD")).default("none").since("0.5.3").doc(
        "The password or key, the same on all machines. Only the first eight bytes count, and \
          `vipd check` says so if there are more. Quote it if it has blanks, # or !.",
    );

pub(super) static AUTH_HMAC: Block =
    Block { path: "vrrp_instance.auth_hmac", shape: Shape::Keywords, groups: &[AUTH_HMAC_KEYWORDS] };

static AUTH_HMAC_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("key", Args::List(&[Form::Int { min: 1, max: 255 }.one(), Form::Secret.one()]))
        .repeats()
        .since("2.4.0")
        .doc(
            "A key and its number: the key as text, as `hex:DIGITS`, or as `file:PATH` (read at \
          start and reload; `${_ENV CREDENTIALS_DIRECTORY}` in the path for systemd's \
          credentials). 32 to 64 bytes. Several keys are for changing them one machine after the \
          other: all are believed, the active one signs.",
        ),
    &Keyword::lowered("active_key", Args::Int { min: 1, max: 255 })
        .default("the only key")
        .since("2.4.0")
        .doc(
            "The number of the key that signs. Needed as soon as there are several; to change it, \
          first give all machines the new key, then all the new number, and then remove the old \
          one.",
        ),
    &Keyword::lowered("time_window", Args::Int { min: 1, max: 300 })
        .default("three times advert_int, at least 5 seconds")
        .since("2.4.0")
        .unit("seconds")
        .doc(
            "How far the clocks of two machines may be apart with `anti_replay time`, in seconds: \
          what is older or newer is dropped as a replay. Synchronize the clocks, or use \
          `anti_replay monotonic`.",
        ),
    &Keyword::lowered("anti_replay", Args::OneOf(&["time", "monotonic"])).default("time").since("2.4.0").doc(
        "What tells a new packet from a recorded one. `time`: its time stamp is near our own \
          clock and grows; `monotonic`: it only grows, for machines without a common clock, \
          which believe a recording after they have been restarted.",
    ),
    &Keyword::lowered("mode", Args::OneOf(&["enforce", "permissive", "receive-only"]))
        .default("enforce")
        .since("2.4.0")
        .doc(
            "`enforce` signs, and believes only what is signed. `permissive` signs, and believes \
          what has no trailer, too. `receive-only` does not sign. Introduce it on all machines \
          in the order receive-only, permissive, enforce; with `strict_mode` it is always \
          enforce.",
        ),
];
