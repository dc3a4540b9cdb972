//! Advertisements made by hand, byte by byte, right and wrong.

/// An advertisement of version 2 for VRID 51 with priority 255 from 192.168.200.66, and what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub struct Forged {
    /// For people.
    pub what: &'static str,
    /// The counter that counts it.
    pub counted_as: Option<&'static str>,
    version_and_type: u8,
    vrid: u8,
    priority: u8,
    auth_type: u8,
    interval_secs: u8,
    vip: [u8; 4],
    /// The last octet of its source address, 192.168.200.x.
    source: u8,
    ttl: u8,
    password: &'static [u8; 8],
    spoil_checksum: bool,
    /// Only so many bytes of it.
    cut: Option<usize>,
}

/// Valid, and with the highest priority there is.
pub const GOOD: Forged = Forged {
    what: "a valid one",
    counted_as: None,
    version_and_type: 0x21,
    vrid: 51,
    priority: 255,
    auth_type: 1,
    interval_secs: 1,
    vip: [192, 168, 200, 100],
    source: 66,
    ttl: 255,
    password: b"1111\0\0\0\0",
    spoil_checksum: false,
    cut: None,
};

/// Refused each for one reason by a virtual router 51 with the password 1111 and one second.
pub const FORGERIES: [Forged; 11] = [
    Forged { what: "wrong password", counted_as: Some("refused_auth"), password: b"2222\0\0\0\0", ..GOOD },
    Forged {
        what: "no password",
        counted_as: Some("refused_auth_type"),
        auth_type: 0,
        password: &[0; 8],
        ..GOOD
    },
    Forged { what: "unknown authentication", counted_as: Some("refused_auth_type"), auth_type: 7, ..GOOD },
    Forged { what: "wrong TTL", counted_as: Some("refused_ttl"), ttl: 64, ..GOOD },
    Forged { what: "wrong checksum", counted_as: Some("refused_checksum"), spoil_checksum: true, ..GOOD },
    Forged { what: "truncated", counted_as: Some("refused_length"), cut: Some(10), ..GOOD },
    Forged { what: "version 3", counted_as: Some("refused_version"), version_and_type: 0x31, ..GOOD },
    Forged { what: "version 4", counted_as: Some("refused_version"), version_and_type: 0x41, ..GOOD },
    Forged { what: "no advertisement", counted_as: Some("refused_type"), version_and_type: 0x22, ..GOOD },
    Forged { what: "another interval", counted_as: Some("refused_interval"), interval_secs: 3, ..GOOD },
    Forged { what: "foreign VRID", vrid: 99, ..GOOD },
];

/// Without effect on whoever has a higher priority.
pub const INFERIOR: [Forged; 2] = [
    Forged { what: "lower priority", priority: 1, ..GOOD },
    Forged {
        what: "lower priority, other addresses",
        counted_as: Some("address_list_mismatch"),
        priority: 2,
        vip: [203, 0, 113, 1],
        ..GOOD
    },
];

/// Believed by a virtual router without authentication.
pub const PLAIN: Forged = Forged { what: "one without a password", auth_type: 0, password: &[0; 8], ..GOOD };

impl Forged {
    /// The same of another virtual router, with another priority, and seconds between two of them.
    pub const fn of(self, vrid: u8, priority: u8, interval_secs: u8) -> Self {
        Self { vrid, priority, interval_secs, ..self }
    }

    /// The same from another station.
    pub const fn from(self, source: u8) -> Self {
        Self { source, ..self }
    }

    /// The whole Ethernet frame (RFC 3768 section 5.1, RFC 2338 section 5.3.6).
    pub fn frame(&self) -> Vec<u8> {
        self.frame_of(&[self.vip])
    }

    /// The same with these virtual addresses.
    pub fn frame_of(&self, vips: &[[u8; 4]]) -> Vec<u8> {
        let mut vrrp = vec![
            self.version_and_type,
            self.vrid,
            self.priority,
            vips.len() as u8,
            self.auth_type,
            self.interval_secs,
            0,
            0,
        ];
        vrrp.extend(vips.concat());
        vrrp.extend(self.password);
        let sum = internet_checksum(&vrrp) ^ if self.spoil_checksum { 0x55 } else { 0 };
        vrrp[6..8].copy_from_slice(&sum.to_be_bytes());
        vrrp.truncate(self.cut.unwrap_or(vrrp.len()));
        let total = 20 + vrrp.len() as u16;
        let mut ip = vec![0x45, 0xc0, 0, 0, 0, 1, 0, 0, self.ttl, 112, 0, 0];
        ip.extend([192, 168, 200, self.source, 224, 0, 0, 18]);
        ip[2..4].copy_from_slice(&total.to_be_bytes());
        let sum = internet_checksum(&ip);
        ip[10..12].copy_from_slice(&sum.to_be_bytes());
        [&[0x01, 0, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, self.source, 8, 0][..], &ip, &vrrp].concat()
    }
}

/// RFC 1071.
fn internet_checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
