//! What a configuration says: every statement of it, typed as its keyword's record says, with its place. Beside it
//! stands [`Model`](crate::Model), which is what the daemon acts on.
//!
//! A [`Document`] leaves nothing out and adds nothing: no defaults, and no judgement about what a value means for
//! another one. What could not be understood is missing from it; a [`Diagnostic`] says so.

pub mod checkers;
pub mod lvs;
mod routes;
mod settings;
pub(crate) mod words;

use serde::Serialize;

pub use self::lvs::Lvs;
pub use self::settings::{Setting, Settings, Value};
use crate::diagnostics::Diagnostic;
use crate::keywords::{Args, Block, Keyword, Shape, Status};
use crate::source::{Sources, Span};
use crate::tree::{Node, Statements, Tree};

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

/// Reads the document. What the builder of the model reads, too, it has reported already.
pub(crate) fn read(sources: &Sources, tree: &Tree, found: &mut Vec<Diagnostic>) -> Document {
    let mut document = Document { lvs: Lvs::read(sources, tree, found), ..Document::default() };
    for node in tree.top(sources) {
        if let Some(written) = node.keyword() {
            document.take(written, node, found);
        }
    }
    document
}

impl Document {
    /// Takes a statement of the top level in.
    fn take(&mut self, written: &'static Keyword, node: Node<'_>, found: &mut Vec<Diagnostic>) {
        let keyword = modern(written, &node, found);
        let Some(block) = keyword.inner() else {
            self.process.extend(statement(keyword, node, false, found));
            return;
        };
        // Load balancing is read by its own module.
        if matches!(keyword.name, "virtual_server" | "virtual_server_group") {
            return;
        }
        let by_model = keyword.status == Status::Effective && !keyword.from_document;
        let name = name(keyword, &node, by_model && keyword.needs_argument(), found);
        let mut reported = Vec::new();
        let heard = if by_model { &mut reported } else { &mut *found };
        let sections = match keyword.name {
            "global_defs" => return self.global.extend(statements(node.children(), by_model, found)),
            "vipd" => return self.vipd.extend(statements(node.children(), by_model, found)),
            "static_ipaddress" => return self.static_addresses.extend(entries(block, node, heard)),
            "static_routes" => return self.static_routes.extend(entries(block, node, heard)),
            "static_rules" => return self.static_rules.extend(entries(block, node, heard)),
            "linkbeat_interfaces" => return self.linkbeat.extend(entries(block, node, found)),
            "interface_up_down_delays" => return self.interface_delays.extend(entries(block, node, found)),
            "track_group" => &mut self.track_groups,
            "vrrp_sync_group" => &mut self.sync_groups,
            "vrrp_instance" => &mut self.instances,
            "vrrp_script" => &mut self.scripts,
            "track_file" => &mut self.track_files,
            "vrrp_track_process" => &mut self.track_processes,
            "bfd_instance" => &mut self.bfd,
            "garp_group" => &mut self.garp_groups,
            _ => return,
        };
        let settings = statements(node.children(), by_model, found);
        sections.push(Section { name, settings });
        if keyword.from_document {
            not_yet(node.children(), found);
        }
    }
}

/// Says what is not supported yet in a block that is.
fn not_yet(nodes: Statements<'_>, found: &mut Vec<Diagnostic>) {
    for node in nodes {
        if let Some(Keyword { status: Status::NotYet(why), .. }) = node.keyword()
            && let Some(keyword) = node.keyword()
        {
            found.push(crate::settings::not_yet(keyword, why, &node));
        }
    }
}

/// The record that an old spelling stands for.
fn modern(written: &'static Keyword, node: &Node<'_>, found: &mut Vec<Diagnostic>) -> &'static Keyword {
    let Some(modern) = written.alias_of else { return written };
    found.push(crate::settings::deprecated(written, modern, node.head()));
    modern
}

/// The name of a block; reports what is too much behind it, unless somebody else does.
fn name(keyword: &Keyword, node: &Node<'_>, reported: bool, found: &mut Vec<Diagnostic>) -> Spanned<String> {
    let mut words = node.args();
    let named = keyword.needs_argument();
    let name = if named { words.next() } else { None };
    if !reported {
        crate::value::surplus(keyword, words, found);
    }
    Spanned {
        value: name.map(|word| word.text().into_owned()).unwrap_or_default(),
        span: name.map_or_else(|| node.head(), |word| word.span),
    }
}

/// The statements of a block; `by_model` if the builder of the model reads it, too.
pub(crate) fn statements(nodes: Statements<'_>, by_model: bool, found: &mut Vec<Diagnostic>) -> Settings {
    let mut settings = Settings::with_capacity(nodes.clone().count());
    for node in nodes {
        let Some(written) = node.keyword() else { continue };
        let modern_spelling = written.alias_of.unwrap_or(written);
        let told = by_model && !modern_spelling.from_document;
        let keyword = if told { modern_spelling } else { modern(written, &node, found) };
        settings.extend(statement(keyword, node, by_model, found));
    }
    settings
}

fn statement(
    keyword: &'static Keyword,
    node: Node<'_>,
    by_model: bool,
    found: &mut Vec<Diagnostic>,
) -> Option<Setting> {
    let by_model = by_model && keyword.is_read_by_model();
    if keyword.inner().is_some() {
        // Nobody else looks at the words before the brace.
        name(keyword, &node, false, found);
    }
    let mut reported = Vec::new();
    let heard = if by_model { &mut reported } else { found };
    let value = if let Args::Block(_, block) = keyword.args {
        match block.shape {
            Shape::Keywords => Value::Block(statements(node.children(), by_model, heard)),
            Shape::Entries => {
                let mut lines = Vec::with_capacity(node.children().count());
                lines.extend(entries(block, node, heard));
                Value::Entries(lines)
            }
        }
    } else {
        words::statement(keyword, node, heard)?
    };
    Some(Setting { keyword, value, span: node.span() })
}

/// The lines of a block of entries.
pub(crate) fn entries(
    block: &'static Block,
    node: Node<'_>,
    found: &mut Vec<Diagnostic>,
) -> impl Iterator<Item = Spanned<Settings>> {
    node.children().filter_map(move |line| {
        let entry = words::entry(block, line, found)?;
        match block.path {
            "virtual_routes.entry" | "static_routes.entry" => routes::check_route(&entry, found),
            "virtual_rules.entry" | "static_rules.entry" => routes::check_rule(&entry, found),
            _ => {}
        }
        Some(entry)
    })
}
