use std::str::FromStr;

/// A syslog facility (RFC 5424 section 6.2.1), of those that `--log-facility` can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facility(u8);

impl Facility {
    /// Keepalived's default.
    pub const DAEMON: Self = Self(3);

    /// The number in syslog's PRI.
    pub const fn code(self) -> u8 {
        self.0
    }
}

impl FromStr for Facility {
    type Err = FacilityError;

    /// `0` to `7` and `local0` to `local7`, `user`, `daemon`.
    fn from_str(text: &str) -> Result<Self, FacilityError> {
        match text {
            "user" => Ok(Self(1)),
            "daemon" => Ok(Self::DAEMON),
            _ => match text.strip_prefix("local").unwrap_or(text).parse() {
                Ok(n @ 0..=7) => Ok(Self(16 + n)),
                Ok(_) | Err(_) => Err(FacilityError),
            },
        }
    }
}

/// The text names no facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FacilityError;

impl std::fmt::Display for FacilityError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a syslog facility: use 0 to 7, local0 to local7, user or daemon")
    }
}

impl std::error::Error for FacilityError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_manual_page() {
        let code = |text: &str| text.parse::<Facility>().map(Facility::code);
        assert_eq!(code("daemon"), Ok(3));
        assert_eq!(code("user"), Ok(1));
        assert_eq!(code("0"), Ok(16));
        assert_eq!(code("local7"), Ok(23));
        for wrong in ["8", "local8", "mail", "", "-1"] {
            assert_eq!(code(wrong), Err(FacilityError), "{wrong}");
        }
    }
}
