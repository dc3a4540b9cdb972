//! Blocks of a configuration.

use std::fmt;

use super::dice::Dice;

/// A keyword with its arguments, and what is in its braces.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) head: String,
    pub(crate) items: Vec<Item>,
}

#[derive(Debug)]
pub(crate) enum Item {
    Line(String),
    Block(Block),
}

impl Item {
    pub(crate) fn begins_with(&self, word: &str) -> bool {
        let (Self::Line(head) | Self::Block(Block { head, .. })) = self;
        head.starts_with(word)
    }
}

impl Block {
    pub(crate) fn new(head: impl Into<String>) -> Self {
        Self { head: head.into(), items: Vec::new() }
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) -> &mut Self {
        self.items.push(Item::Line(line.into()));
        self
    }

    pub(crate) fn perhaps(&mut self, dice: &mut Dice, chance: u64, line: &str) -> &mut Self {
        if dice.percent(chance) { self.line(line) } else { self }
    }

    pub(crate) fn block(&mut self, head: &str, lines: impl IntoIterator<Item = String>) -> &mut Self {
        let items = lines.into_iter().map(Item::Line).collect();
        self.items.push(Item::Block(Self { head: head.to_owned(), items }));
        self
    }

    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = depth * 4;
        writeln!(f, "{:indent$}{} {{", "", self.head)?;
        for item in &self.items {
            match item {
                Item::Line(line) => writeln!(f, "{:indent$}    {line}", "")?,
                Item::Block(block) => block.write(f, depth + 1)?,
            }
        }
        writeln!(f, "{:indent$}}}", "")
    }
}
