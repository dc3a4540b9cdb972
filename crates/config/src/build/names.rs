//! Names of routing tables, protocols, scopes and the like, as iproute2 keeps them in files. A number always works.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::files::Files;

/// Where iproute2 has its files, unless `global_defs` says otherwise.
const USR_DIRS: [&str; 2] = ["/usr/share/iproute2", "/usr/lib/iproute2"];
const ETC_DIR: &str = "/etc/iproute2";

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Table,
    Protocol,
    Scope,
    Realm,
    Tos,
    Group,
    /// A protocol above IP.
    IpProtocol,
}

impl Kind {
    /// The name of its file, without the directory.
    const fn file(self) -> &'static str {
        match self {
            Self::Table => "rt_tables",
            Self::Protocol => "rt_protos",
            Self::Scope => "rt_scopes",
            Self::Realm => "rt_realms",
            Self::Tos => "rt_dsfield",
            Self::Group => "group",
            Self::IpProtocol => "protocols",
        }
    }

    /// What people call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Table => "routing table",
            Self::Protocol => "routing protocol",
            Self::Scope => "scope",
            Self::Realm => "realm",
            Self::Tos => "type of service",
            Self::Group => "group of interfaces",
            Self::IpProtocol => "protocol",
        }
    }

    /// Names that the kernel's headers give, whatever the files say.
    const fn known(self) -> &'static [(&'static str, u32)] {
        match self {
            Self::Table => &[("default", 253), ("main", 254), ("local", 255), ("unspec", 0)],
            Self::Protocol => &[
                ("unspec", 0),
                ("redirect", 1),
                ("kernel", 2),
                ("boot", 3),
                ("static", 4),
                ("gated", 8),
                ("ra", 9),
                ("mrt", 10),
                ("zebra", 11),
                ("bird", 12),
                ("dnrouted", 13),
                ("xorp", 14),
                ("ntk", 15),
                ("dhcp", 16),
                ("keepalived", 18),
                ("babel", 42),
                ("ovn", 84),
                ("openr", 99),
                ("bgp", 186),
                ("isis", 187),
                ("ospf", 188),
                ("rip", 189),
                ("eigrp", 192),
            ],
            Self::Scope => &[("global", 0), ("site", 200), ("link", 253), ("host", 254), ("nowhere", 255)],
            Self::Realm => &[("cosmos", 0)],
            Self::Tos | Self::Group => &[("default", 0)],
            Self::IpProtocol => &[
                ("icmp", 1),
                ("igmp", 2),
                ("ipip", 4),
                ("tcp", 6),
                ("udp", 17),
                ("dccp", 33),
                ("ipv6", 41),
                ("gre", 47),
                ("esp", 50),
                ("ah", 51),
                ("icmpv6", 58),
                ("ipv6-icmp", 58),
                ("ospf", 89),
                ("vrrp", 112),
                ("sctp", 132),
                ("udplite", 136),
            ],
        }
    }
}

/// The names, read when they are first asked for.
#[derive(Debug)]
pub(super) struct Names<'a> {
    files: Option<&'a dyn Files>,
    usr: Vec<String>,
    etc: String,
    read: RefCell<BTreeMap<Kind, BTreeMap<String, u32>>>,
}

impl<'a> Names<'a> {
    /// `usr` and `etc` are `iproute_usr_dir` and `iproute_etc_dir`.
    pub(super) fn new(files: Option<&'a dyn Files>, usr: Option<&str>, etc: Option<&str>) -> Self {
        let usr = usr.map_or_else(|| USR_DIRS.map(str::to_owned).to_vec(), |usr| vec![usr.to_owned()]);
        Self { files, usr, etc: etc.unwrap_or(ETC_DIR).to_owned(), read: RefCell::default() }
    }

    /// The number of a name.
    pub(super) fn find(&self, kind: Kind, name: &str) -> Option<u32> {
        // The names of protocols above IP are known in capital letters as well.
        let lower = name.to_ascii_lowercase();
        let name = if kind == Kind::IpProtocol { lower.as_str() } else { name };
        if let Some((_, number)) = kind.known().iter().find(|(known, _)| *known == name) {
            return Some(*number);
        }
        let mut read = self.read.borrow_mut();
        read.entry(kind).or_insert_with(|| self.load(kind)).get(name).copied()
    }

    /// Where people would add a name.
    pub(super) fn place(&self, kind: Kind) -> String {
        match kind {
            Kind::IpProtocol => "/etc/protocols".to_owned(),
            Kind::Table | Kind::Protocol | Kind::Scope | Kind::Realm | Kind::Tos | Kind::Group => {
                format!("{}/{}", self.etc, kind.file())
            }
        }
    }

    /// The administrator's files come last: what they say counts.
    fn load(&self, kind: Kind) -> BTreeMap<String, u32> {
        let mut names = BTreeMap::new();
        let Some(files) = self.files else { return names };
        if kind == Kind::IpProtocol {
            read(files, "/etc/protocols", name_first, &mut names);
            return names;
        }
        for directory in self.usr.iter().chain([&self.etc]) {
            let main = format!("{directory}/{}", kind.file());
            read(files, &main, number_first, &mut names);
            let more = format!("{main}.d");
            let mut parts = files.list(&more).unwrap_or_default();
            parts.retain(|part| part.strip_suffix(".conf").is_some());
            parts.sort();
            for part in parts {
                read(files, &format!("{more}/{part}"), number_first, &mut names);
            }
        }
        names
    }
}

/// The name and the number of a line's first two words.
type NameOf = fn(&str, &str) -> Option<(String, u32)>;

fn name_first(name: &str, text: &str) -> Option<(String, u32)> {
    Some((name.to_owned(), number(text)?))
}

fn number_first(text: &str, name: &str) -> Option<(String, u32)> {
    Some((name.to_owned(), number(text)?))
}

/// Adds the names of one file, if there is such a file. Lines that are not understood say nothing, as with iproute2.
fn read(files: &dyn Files, path: &str, name_of: NameOf, names: &mut BTreeMap<String, u32>) {
    let Ok(bytes) = files.read(path) else { return };
    let text = String::from_utf8_lossy(&bytes);
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        if let (Some(first), Some(second)) = (words.next(), words.next()) {
            names.extend(name_of(first, second));
        }
    }
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FileError;

    #[derive(Debug)]
    struct Tree;

    impl Files for Tree {
        fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
            Ok(match path {
                "/usr/share/iproute2/rt_tables" => b"100 vendor\n200 small\n".to_vec(),
                "/etc/iproute2/rt_tables" => b"#\n# comment\n 1 small # mine\n0x1b00 large\nx bad\n".to_vec(),
                "/etc/iproute2/rt_tables.d/a.conf" => b"77\tdropin\n".to_vec(),
                "/etc/iproute2/rt_tables.d/a.rpmsave" => b"78 dropin\n".to_vec(),
                "/etc/protocols" => b"ip 0 IP\nl2tp\t115\tL2TP # tunnel\n".to_vec(),
                _ => return Err(FileError::NotFound),
            })
        }

        fn list(&self, directory: &str) -> Result<Vec<String>, FileError> {
            if directory == "/etc/iproute2/rt_tables.d" {
                return Ok(vec!["a.rpmsave".to_owned(), "a.conf".to_owned()]);
            }
            Err(FileError::NotFound)
        }

        fn exists(&self, _: &str) -> bool {
            false
        }

        fn absolute(&self, directory: &str) -> String {
            directory.to_owned()
        }
    }

    #[test]
    fn the_administrators_file_wins_and_drop_ins_count() {
        let names = Names::new(Some(&Tree), None, None);
        let table = |name| names.find(Kind::Table, name);
        assert_eq!([table("vendor"), table("small"), table("large")], [Some(100), Some(1), Some(0x1b00)]);
        assert_eq!([table("dropin"), table("main"), table("bad")], [Some(77), Some(254), None]);
        assert_eq!(names.find(Kind::IpProtocol, "l2tp"), Some(115));
    }

    #[test]
    fn without_files_the_kernels_own_names_are_known() {
        let names = Names::new(None, None, None);
        assert_eq!(names.find(Kind::Protocol, "keepalived"), Some(18));
        assert_eq!(names.find(Kind::Scope, "link"), Some(253));
        assert_eq!(names.find(Kind::IpProtocol, "udp"), Some(17));
        assert_eq!(names.find(Kind::Table, "small"), None);
    }
}
