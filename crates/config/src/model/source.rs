use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which keyword of the file says what the source address of advertisements is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
pub enum SourceKeyword {
    /// `mcast_src_ip`
    #[default]
    McastSrcIp,
    /// `unicast_src_ip`: another word for the same.
    UnicastSrcIp,
    /// `use_ipvlan` with an address.
    UseIpvlan,
}

impl SourceKeyword {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::McastSrcIp => "mcast_src_ip",
            Self::UnicastSrcIp => "unicast_src_ip",
            Self::UseIpvlan => "use_ipvlan",
        }
    }
}

impl fmt::Display for SourceKeyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
