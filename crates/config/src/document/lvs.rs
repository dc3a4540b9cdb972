//! Load balancing: `virtual_server`, `virtual_server_group` and `SSL`.

use serde::Serialize;

use crate::diagnostics::Diagnostic;
use crate::source::Sources;
use crate::tree::Tree;

/// Everything about load balancing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Lvs {}

impl Lvs {
    /// Reads what the top level says about load balancing.
    pub(crate) fn read(_sources: &Sources, _tree: &Tree, _found: &mut Vec<Diagnostic>) -> Self {
        Self::default()
    }
}
