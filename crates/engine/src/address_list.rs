//! The virtual addresses that a virtual router advertises, compared with those that another one does.

use std::net::IpAddr;

use config::model::VirtualAddress;

/// Ours, in the order that makes them easy to find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AddressList(Box<[IpAddr]>);

/// What two lists have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Common {
    /// The same addresses, in whatever order.
    All,
    /// At least one address, or one of the lists is empty.
    Some,
    /// Not a single address: it is another virtual router, which has our number by mistake.
    Nothing,
}

impl AddressList {
    pub(crate) fn new(addresses: &[VirtualAddress]) -> Self {
        let mut list: Vec<_> = addresses.iter().map(|address| address.cidr.addr).collect();
        list.sort_unstable();
        list.dedup();
        Self(list.into())
    }

    /// Anybody may send any list at any rate: the cost of each address in it grows with the logarithm of our own.
    pub(crate) fn compare(&self, theirs: impl Iterator<Item = IpAddr>) -> Common {
        let (mut count, mut shared) = (0, 0);
        for address in theirs {
            count += 1;
            shared += usize::from(self.0.binary_search(&address).is_ok());
        }
        match shared {
            _ if shared == count && shared == self.0.len() => Common::All,
            0 if count > 0 && !self.0.is_empty() => Common::Nothing,
            _ => Common::Some,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_lists_have_in_common() {
        let list =
            |text: &str| -> Vec<IpAddr> { text.split_whitespace().map(|a| a.parse().unwrap()).collect() };
        for (ours, theirs, common) in [
            ("10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2", Common::All),
            ("10.0.0.1 10.0.0.2", "10.0.0.2 10.0.0.1", Common::All),
            ("10.0.0.1 10.0.0.2", "10.0.0.2", Common::Some),
            ("10.0.0.1", "10.0.0.2 10.0.0.1", Common::Some),
            ("10.0.0.1", "10.0.0.2", Common::Nothing),
            ("10.0.0.1", "10.0.0.2 10.0.0.3", Common::Nothing),
            ("2001:db8::1 fe80::1", "fe80::1 2001:db8::1", Common::All),
            ("", "10.0.0.1", Common::Some),
            ("10.0.0.1", "", Common::Some),
            ("", "", Common::All),
        ] {
            let mut sorted = list(ours);
            sorted.sort_unstable();
            let seen = AddressList(sorted.into()).compare(list(theirs).into_iter());
            assert_eq!(seen, common, "ours {ours:?}, theirs {theirs:?}");
        }
    }
}
