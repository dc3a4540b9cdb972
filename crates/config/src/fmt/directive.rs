//! Lines that stand for others, or are there only sometimes: told by how they begin.

/// What a line is, once leading blanks are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directive {
    /// `@ID`: the rest of the line counts on some machines only.
    Condition,
    /// `$NAME=`: the definition of a parameter; a backslash at the end continues it.
    Definition,
    /// `include` and its variants.
    Include,
    /// `~SEQ`, `~LST`: one line for each value.
    Generated,
}

/// The kind of a line that begins with `text`; `None`: a plain one.
pub(crate) fn directive(text: &str) -> Option<Directive> {
    match text.bytes().next()? {
        b'@' => Some(Directive::Condition),
        b'$' if is_definition(text) => Some(Directive::Definition),
        b'~' => Some(Directive::Generated),
        b'i' if is_include(text) => Some(Directive::Include),
        _ => None,
    }
}

fn is_definition(text: &str) -> bool {
    let name = text.strip_prefix('$').unwrap_or("");
    let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    rest.len() < name.len() && rest.starts_with('=')
}

fn is_include(text: &str) -> bool {
    let word = text.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or("");
    let variant = word.strip_prefix("include");
    variant.is_some_and(|variant| matches!(variant, "" | "r" | "m" | "w" | "b" | "a"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_by_the_beginning() {
        assert_eq!(directive("@main x"), Some(Directive::Condition));
        assert_eq!(directive("$A=1"), Some(Directive::Definition));
        assert_eq!(directive("$A_1= \\"), Some(Directive::Definition));
        assert_eq!(directive("$A b"), None);
        assert_eq!(directive("~SEQ(A, 1, 3) x"), Some(Directive::Generated));
        assert_eq!(directive("include x"), Some(Directive::Include));
        assert_eq!(directive("includer x"), Some(Directive::Include));
        assert_eq!(directive("include"), Some(Directive::Include));
        assert_eq!(directive("include_check on"), None);
        assert_eq!(directive("included x"), None);
        assert_eq!(directive("interface eth0"), None);
        assert_eq!(directive(""), None);
    }
}
