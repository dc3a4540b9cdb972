//! What the tests of several modules need.

use types::MacAddr;

/// The two stations of the captures: one Ethernet, 02:00:00:00:00:01 (192.0.2.1, 2001:db8::1) and
/// 02:00:00:00:00:02 (192.0.2.2, 2001:db8::2).
pub(crate) const STATION_1: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
pub(crate) const STATION_2: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);

/// Bytes from hexadecimal digits; blanks are for the reader.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        digits.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap() as u8).collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty(), "odd number of digits");
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}
