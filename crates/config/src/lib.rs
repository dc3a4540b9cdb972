//! keepalived.conf: text to tokens to tree with spans to typed [`model`] to [`Diagnostic`]s. Nothing below this
//! crate sees text.
//!
//! [`load`] does all of it for one file:
//!
//! ```
//! let text = b"vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n prioritty 100\n}\n";
//! let loaded = config::load("keepalived.conf", text, &config::Options::default());
//! assert_eq!(loaded.errors(), 1);
//! let lines: Vec<_> = loaded.diagnostics.iter().map(|d| d.one_line(&loaded.sources)).collect();
//! assert_eq!(lines[1], "keepalived.conf:4:2: error[V0101]: unknown keyword `prioritty`: did you mean `priority`?");
//! assert_eq!(loaded.model.instances[0].name, "VI_1");
//! ```
//!
//! The layers, each of which knows only the one before: [`Sources`] (bytes and places), `lexer` (a line to tokens),
//! `expand` (which lines there are), `tree` (statements and blocks, with recovery), [`keywords`] (one record per
//! keyword), `settings` (the values of a block), `build` (the model and its rules), [`document`] (everything that is said),
//! `lower` (what the model takes from the document).

pub mod assist;
mod build;
pub mod diagnostics;
pub mod document;
mod expand;
pub mod files;
pub mod fmt;
mod index;
pub mod keywords;
mod lexer;
mod lower;
pub mod manual;
pub mod model;
pub mod nodes;
pub mod rules;
mod settings;
mod show;
mod source;
mod suggest;
mod tree;
mod value;

pub use diagnostics::{Diagnostic, Severity};
pub use document::Document;
pub use files::{FileError, Files};
pub use model::Model;
pub use show::show;
pub use source::{FileId, Position, Sources, Span};

/// What a configuration is read for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The word that `@ID` lines are compared with: keepalived's `-i`, by default the host name up to its first dot.
    pub config_id: &'a str,
    /// Where `include` finds its files; `None`: an `include` is an error.
    pub files: Option<&'a dyn Files>,
    /// Names and values for `${_ENV NAME}`.
    pub environment: &'a [(String, String)],
    /// From what `${_RANDOM}` makes its numbers, unless the configuration has a `random_seed`.
    pub random_seed: u64,
    /// Whether every file that an `include` names must exist and be readable: keepalived's `-e`.
    pub all_includes: bool,
}

impl<'a> Options<'a> {
    /// For this configuration id, and nothing else from outside.
    pub const fn of(config_id: &'a str) -> Self {
        Self { config_id, files: None, environment: &[], random_seed: 0, all_includes: false }
    }
}

/// A configuration that has been read, however badly.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The text, for showing diagnostics.
    pub sources: Sources,
    /// Everything usable: instances with an error that concerns their meaning are left out.
    pub model: Model,
    /// Everything that it says, whether or not the daemon acts on it.
    pub document: Document,
    /// All findings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The statements, for findings that need more than the model.
    tree: tree::Tree,
}

impl Loaded {
    /// How many of the findings are errors.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count()
    }

    /// Whether a reload may apply it: no error at all. At start the daemon runs with [`Loaded::model`] in any case,
    /// so that one broken instance does not take the healthy ones down.
    pub fn is_usable(&self) -> bool {
        self.errors() == 0
    }
}

/// Reads a configuration. `name` is for messages, and the files that it includes are looked for from its directory;
/// reading the main file is the caller's work. Never fails: what cannot be understood is in [`Loaded::diagnostics`].
pub fn load(name: &str, bytes: &[u8], options: &Options<'_>) -> Loaded {
    let Text { sources, tree, mut found } = read(name, bytes, options);
    let mut model = build::model(&sources, &tree, options.files, &mut found);
    let document = document::read(&sources, &tree, &mut found);
    lower::complete(&mut model, &document, options, &mut found);
    expand::origin::relocate(&sources, &mut found);
    found.sort_by_key(|diagnostic| diagnostic.span);
    Loaded { sources, model, document, diagnostics: found, tree }
}

/// How many statements a configuration has. Nothing is made of them: reading a text as far as this is what the language
/// itself costs.
pub fn count_statements(name: &str, bytes: &[u8], options: &Options<'_>) -> usize {
    read(name, bytes, options).tree.len()
}

/// A configuration as statements, before anything is made of them.
struct Text {
    sources: Sources,
    tree: tree::Tree,
    found: Vec<Diagnostic>,
}

fn read(name: &str, bytes: &[u8], options: &Options<'_>) -> Text {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let file = sources.add(name, bytes);
    if bytes.len() > Sources::MAX_LEN {
        let message =
            format!("the file has {} bytes; only the first {} are read", bytes.len(), Sources::MAX_LEN);
        found.push(Diagnostic::new(&diagnostics::FILE_TOO_LARGE, Span::new(file, 0, 0), message));
    }
    let tokens = expand::tokens(&mut sources, file, options, &mut found);
    let tree = tree::parse(&sources, tokens, &mut found);
    Text { sources, tree, found }
}
