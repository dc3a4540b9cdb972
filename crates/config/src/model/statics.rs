//! What is there in every state: `static_ipaddress`, `static_routes`, `static_rules`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Route, Rule, VirtualAddress};

/// Addresses, routes and rules that are there from the start to the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statics {
    /// `static_ipaddress`; each has an interface.
    pub addresses: Vec<Static<VirtualAddress>>,
    /// `static_routes`
    pub routes: Vec<Static<Route>>,
    /// `static_rules`
    pub rules: Vec<Static<Rule>>,
}

impl Statics {
    /// Whether nothing is there.
    pub const fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.routes.is_empty() && self.rules.is_empty()
    }
}

/// Something that is there in every state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Static<T> {
    /// The thing.
    pub item: T,
    /// `no_track`: removal of it by somebody else is not our business.
    pub no_track: bool,
    /// Names of the instances of its `track_group`, which are in FAULT while it is missing.
    pub tracked_by: Vec<String>,
}
