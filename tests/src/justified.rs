//! Every difference from Debian's keepalived that is meant, with its reason; docs/compatibility.md says the same to users.

/// Facts that may differ.
#[derive(Debug, Clone, Copy)]
pub struct Justified {
    /// They contain this.
    pub fact: &'static str,
    /// For people.
    pub because: &'static str,
}

/// What may differ in dumps.
pub const DUMPS_DIFFER: &[Justified] = &[
    Justified { fact: ": stats.auth_ext_", because: "auth_hmac came after 2.2.7" },
    Justified { fact: ": data.last_transition ", because: "a time" },
    Justified { fact: ": stats.advert_sent ", because: "depends on the moment of the dump" },
    Justified { fact: ": stats.advert_rcvd ", because: "depends on the moment of the dump" },
    Justified {
        fact: ": data.auth_data ",
        because: "keepalived 2.4 and vipd mask the password; 2.2.7 shows it",
    },
];

/// What may differ whatever the configuration and the events.
const ANYWHERE: &[Justified] = &[
    Justified { fact: "/arp_announce:", because: "no packet may have the address of another interface" },
    Justified {
        fact: ": data.track_script ",
        because: "vipd shows what the group of an instance tracks, too",
    },
    Justified { fact: ": data.track_ifp ", because: "vipd shows what the group of an instance tracks, too" },
    Justified {
        fact: ": data.wantstate ",
        because: "what keepalived keeps there in FAULT depends on how it came",
    },
    Justified { fact: ": stats.pri_zero_sent ", because: "keepalived bounces where vipd stays Master" },
];

/// Parts in brackets of these facts may differ.
const BRACKETS: &[Justified] = &[Justified {
    fact: ": data.vroutes ",
    because: "keepalived takes a route that went with its interface for installed, and notes a virtual interface when it \
              finds the subnet there",
}];

/// Whether an address with `no_track` is set may differ in these facts.
const UNTRACKED: &[Justified] = &[Justified {
    fact: ": data.vips ",
    because: "keepalived takes one that somebody removed, or that went with its interface, for set",
}];

/// The fact as it is compared; nothing if it may differ.
pub fn comparable(fact: String) -> Option<String> {
    if is_one_of(DUMPS_DIFFER, &fact) || is_one_of(ANYWHERE, &fact) {
        return None;
    }
    Some(if is_one_of(BRACKETS, &fact) {
        without_brackets(&fact)
    } else if is_one_of(UNTRACKED, &fact) {
        without_set(&fact)
    } else {
        fact
    })
}

fn without_set(fact: &str) -> String {
    let of_an_address = |text: &str| {
        if text.contains(" no_track") {
            text.replace(" nftable_set", "").replace(" set", "")
        } else {
            text.to_owned()
        }
    };
    fact.split(',').map(of_an_address).collect::<Vec<_>>().join(",")
}

fn without_brackets(fact: &str) -> String {
    let mut parts = fact.split(" [");
    // The list itself is in brackets.
    let lead: Vec<_> = parts.by_ref().take(2).collect();
    let rest: String = parts.filter_map(|part| part.split_once(']')).map(|(_, rest)| rest).collect();
    lead.join(" [") + &rest
}

/// Facts of the dump that may differ after an event at which keepalived may leave and take over again.
pub const AFTER_A_BOUNCE: &[Justified] = &[
    Justified {
        fact: ": stats.become_master ",
        because: "vipd puts back an address that somebody removes, and stays",
    },
    Justified {
        fact: ": stats.release_master ",
        because: "vipd is Master without a gap while a reload changes the instance",
    },
];

/// Facts that may differ after a stop or a reload.
pub const LEFT_BEHIND: &[Justified] = &[
    Justified {
        fact: "/arp_filter:",
        because: "keepalived leaves it changed below a virtual interface that is gone",
    },
    Justified {
        fact: "/arp_ignore:",
        because: "keepalived leaves it changed below a virtual interface that is gone",
    },
    Justified {
        fact: "/promote_secondaries:",
        because: "keepalived leaves it changed after a reload without it",
    },
];

/// Whether the fact is one of these.
pub fn is_one_of(these: &[Justified], fact: &str) -> bool {
    these.iter().any(|justified| fact.contains(justified.fact))
}
