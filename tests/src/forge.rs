//! Advertisements made by hand, byte by byte, right and wrong.

/// An advertisement for VRID 51 with priority 255 from 192.168.200.66, and what is wrong with it.
#[derive(Debug)]
pub struct Forged {
    /// For people.
    pub what: &'static str,
    /// The counters that may count it.
    pub counted_as: &'static [&'static str],
    vrid: u8,
    ttl: u8,
    password: &'static [u8; 8],
    spoil_checksum: bool,
    length: usize,
}

/// Valid, and with the highest priority there is.
pub const GOOD: Forged = Forged {
    what: "a valid one",
    counted_as: &[],
    vrid: 51,
    ttl: 255,
    password: b"1111\0\0\0\0",
    spoil_checksum: false,
    length: 20,
};

/// Invalid each for one reason.
pub const FORGERIES: [Forged; 5] = [
    Forged { what: "wrong password", counted_as: &["auth"], password: b"2222\0\0\0\0", ..GOOD },
    Forged { what: "wrong TTL", counted_as: &["ttl"], ttl: 64, ..GOOD },
    Forged { what: "wrong checksum", counted_as: &["checksum"], spoil_checksum: true, ..GOOD },
    Forged { what: "truncated", counted_as: &["length"], length: 10, ..GOOD },
    Forged { what: "foreign VRID", counted_as: &[], vrid: 99, ..GOOD },
];

impl Forged {
    /// The whole Ethernet frame (RFC 3768 section 5.1, RFC 2338 section 5.3.6).
    pub fn frame(&self) -> Vec<u8> {
        let mut vrrp = vec![0x21, self.vrid, 255, 1, 1, 1, 0, 0, 192, 168, 200, 100];
        vrrp.extend(self.password);
        let sum = internet_checksum(&vrrp) ^ if self.spoil_checksum { 0x55 } else { 0 };
        vrrp[6..8].copy_from_slice(&sum.to_be_bytes());
        vrrp.truncate(self.length);
        let total = 20 + vrrp.len() as u16;
        let mut ip =
            vec![0x45, 0xc0, 0, 0, 0, 1, 0, 0, self.ttl, 112, 0, 0, 192, 168, 200, 66, 224, 0, 0, 18];
        ip[2..4].copy_from_slice(&total.to_be_bytes());
        let sum = internet_checksum(&ip);
        ip[10..12].copy_from_slice(&sum.to_be_bytes());
        [&[0x01, 0, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 0x66, 8, 0][..], &ip, &vrrp].concat()
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
