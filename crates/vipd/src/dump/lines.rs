use std::fmt::{Display, Write as _};

/// A dump that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// The dump.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// `------< Title >------`
    pub(super) fn heading(&mut self, title: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "------< {title} >------");
    }

    /// A line behind so many blanks.
    pub(super) fn put(&mut self, depth: usize, text: impl Display) {
        let _ = writeln!(self.0, "{:depth$}{text}", "");
    }

    /// `name = value`
    pub(super) fn value(&mut self, depth: usize, name: &str, value: impl Display) {
        let _ = writeln!(self.0, "{:depth$}{name} = {value}", "");
    }

    /// A heading with a colon and the lines below it, if there are any.
    pub(super) fn list(
        &mut self,
        depth: usize,
        heading: &str,
        lines: impl IntoIterator<Item = impl Display>,
    ) {
        for (at, line) in lines.into_iter().enumerate() {
            if at == 0 {
                self.put(depth, format_args!("{heading} :"));
            }
            self.put(depth + 2, line);
        }
    }
}
