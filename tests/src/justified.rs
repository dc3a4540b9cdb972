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

/// What of an address may differ after a reload.
const KEPT_AT_A_RELOAD: Justified = Justified {
    fact: "address on ",
    because: "keepalived does not write lifetime and flags again of an address that stays",
};

/// The fact as it is compared after a reload.
pub fn after_a_reload(fact: String) -> String {
    if !fact.starts_with(KEPT_AT_A_RELOAD.fact) {
        return fact;
    }
    let mut words = fact.split(' ');
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        // Each is followed by its value.
        if matches!(word, "preferred_life_time" | "deprecated" | "noprefixroute") {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// The hop limit of these may be 64.
const UNICAST: Justified = Justified {
    fact: " to fe80:",
    because: "vipd sends all advertisements with 255 (RFC 9568 section 5.1.2.3)",
};

/// The protocol of these may be missing.
const UNTAGGED: Justified = Justified {
    fact: "rule -",
    because: "keepalived does not tag a rule with `no_track`, and could not find it after a crash",
};

/// The fact as it is compared; nothing if it may differ.
pub fn comparable(fact: String) -> Option<String> {
    if is_one_of(DUMPS_DIFFER, &fact) || is_one_of(ANYWHERE, &fact) {
        return None;
    }
    Some(if fact.contains("advertisement of ") && fact.contains(UNICAST.fact) {
        fact.replace(", TTL 64,", ", TTL 255,")
    } else if fact.contains(UNTAGGED.fact) {
        fact.replace("\"protocol\":\"unspec\"", "\"protocol\":\"keepalived\"")
    } else if is_one_of(BRACKETS, &fact) {
        // A `scope global` that is in the file, and one that is not, are the same route.
        without_brackets(&fact).replace(" scope 0", "")
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

/// Facts of the dump that may differ where there is another router.
pub const WITH_A_NEIGHBOUR: &[Justified] = &[
    Justified {
        fact: ": stats.pri_zero_rcvd ",
        because: "a router that bounces makes the other one do so, too",
    },
    Justified { fact: ": data.master_priority ", because: "keepalived keeps that of a Master that is gone" },
];

/// What keepalived tells and runs programs for, and vipd does not, of an owner of the addresses. Of a group that has no
/// other members keepalived tells nothing at the start.
pub const OWNERS: Justified = Justified {
    fact: "BACKUP",
    because: "after a FAULT keepalived is Backup for a moment before it is Master",
};

/// What keepalived may have left where vipd has nothing.
pub const THEIRS_ALONE: &[Justified] = &[Justified {
    fact: " address \"",
    because: "keepalived does not get an address with `peer` out of the kernel again",
}];

/// The same after all its processes were killed and it was started again.
pub const THEIRS_ALONE_AFTER_A_KILL: &[Justified] = &[
    Justified { fact: "route -", because: "keepalived finds its addresses of before, not its routes" },
    Justified { fact: "rule -", because: "keepalived finds its addresses of before, not its rules" },
];

/// What vipd may have where keepalived has nothing, after an event at which keepalived may leave and take over again.
pub const OURS_ALONE_AFTER_A_BOUNCE: &[Justified] = &[Justified {
    fact: "route -6",
    because: "keepalived may be Master without a route that it removed a moment before",
}];

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
