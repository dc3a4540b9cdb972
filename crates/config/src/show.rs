//! A configuration as plain text: one statement a line, without comments, after everything that makes lines out of
//! others.

use crate::fmt::directive;
use crate::tree::{Node, Tree};
use crate::{Options, Sources, Text};

/// Columns for each level of blocks.
pub(crate) const INDENT: usize = 4;

/// What is left of a configuration when conditions are decided and everything is written out, as text that reads
/// back to the same [`crate::Model`]. What cannot be understood is shown as far as it can be told apart.
pub fn show(name: &str, bytes: &[u8], options: &Options<'_>) -> String {
    let Text { sources, tree, .. } = crate::read(name, bytes, options);
    print(&sources, &tree)
}

/// The statements of a tree. Two texts with the same statements print the same.
pub(crate) fn print(sources: &Sources, tree: &Tree) -> String {
    let mut out = String::new();
    for (index, node) in tree.top(sources).enumerate() {
        if index > 0 && node.has_block() {
            out.push('\n');
        }
        statement(&node, 0, &mut out);
    }
    out
}

/// Recurses as deep as blocks nest, which the parser bounds.
fn statement(node: &Node<'_>, depth: usize, out: &mut String) {
    indent(depth, out);
    for (index, word) in node.words().enumerate() {
        if index == 0 {
            first(word.raw(), out);
        } else {
            out.push(' ');
            out.push_str(word.raw());
        }
    }
    if node.has_block() {
        out.push_str(if node.words().len() == 0 { "{\n" } else { " {\n" });
        for child in node.children() {
            statement(&child, depth + 1, out);
        }
        indent(depth, out);
        out.push('}');
    }
    out.push('\n');
}

/// The first word of a line. In the middle of a line some words mean less than at its beginning: quotes keep that.
fn first(raw: &str, out: &mut String) {
    let quote = if directive(raw).is_some() { "\"" } else { "" };
    for part in [quote, raw, quote] {
        out.push_str(part);
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
}
