//! What a configuration says: every statement of it, typed as its keyword's record says, with its place. Beside it
//! stands [`Model`](crate::Model), which is what the daemon acts on.
//!
//! A [`Document`] leaves nothing out and adds nothing: no defaults, and no judgement about what a value means for
//! another one. What could not be understood is missing from it; a [`Diagnostic`] says so.

pub mod checkers;
pub mod lvs;
mod settings;

use serde::Serialize;

pub use self::lvs::Lvs;
pub use self::settings::{Setting, Settings, Value};
use crate::diagnostics::Diagnostic;
use crate::source::{Sources, Span};
use crate::tree::Tree;

/// Something, and where it is defined. Written out as the thing alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Where it is defined.
    #[serde(skip)]
    pub span: Span,
}

/// A block with a name: `vrrp_instance VI_1 { … }`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Its name, at the place of the definition. Empty for blocks without a name.
    pub name: Spanned<String>,
    /// Its statements.
    #[serde(flatten)]
    pub settings: Settings,
}

/// A whole configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Document {
    /// The statements that stand outside all blocks.
    #[serde(flatten)]
    pub process: Settings,
    /// `global_defs`, all blocks of it.
    pub global: Settings,
    /// The entries of `static_ipaddress`.
    pub static_addresses: Vec<Spanned<Settings>>,
    /// The entries of `static_routes`.
    pub static_routes: Vec<Spanned<Settings>>,
    /// The entries of `static_rules`.
    pub static_rules: Vec<Spanned<Settings>>,
    /// `track_group`
    pub track_groups: Vec<Section>,
    /// `vrrp_sync_group`
    pub sync_groups: Vec<Section>,
    /// `vrrp_instance`
    pub instances: Vec<Section>,
    /// `vrrp_script`
    pub scripts: Vec<Section>,
    /// `track_file`, and its old spelling `vrrp_track_file`.
    pub track_files: Vec<Section>,
    /// `vrrp_track_process`
    pub track_processes: Vec<Section>,
    /// `bfd_instance`
    pub bfd: Vec<Section>,
    /// `garp_group`
    pub garp_groups: Vec<Section>,
    /// The entries of `linkbeat_interfaces`.
    pub linkbeat: Vec<Spanned<Settings>>,
    /// The entries of `interface_up_down_delays`.
    pub interface_delays: Vec<Spanned<Settings>>,
    /// What vipd adds to the language.
    pub vipd: Settings,
    /// Load balancing.
    pub lvs: Lvs,
}

/// Reads the document.
pub(crate) fn read(sources: &Sources, tree: &Tree, found: &mut Vec<Diagnostic>) -> Document {
    Document { lvs: Lvs::read(sources, tree, found), ..Document::default() }
}
