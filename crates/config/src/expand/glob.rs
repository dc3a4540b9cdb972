//! File name patterns: csh's braces, then `*`, `?` and `[…]` as glob(3) has them.

use crate::files::Files;

/// More files than any configuration has.
const MAX_MATCHES: usize = 10_000;

/// One alternative of a pattern after its braces are expanded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Alternative {
    /// The alternative itself.
    pub(super) pattern: String,
    /// Whether it has wildcards.
    pub(super) wild: bool,
    /// The paths it stands for, sorted. Without wildcards: itself, if there is such a thing.
    pub(super) matches: Vec<String>,
}

/// Everything a pattern stands for; `None` if its braces have more than ten thousand alternatives.
pub(super) fn find(files: &dyn Files, pattern: &str) -> Option<Vec<Alternative>> {
    let alternatives = braces(pattern)?;
    Some(alternatives.into_iter().map(|pattern| alternative(files, pattern)).collect())
}

fn alternative(files: &dyn Files, pattern: String) -> Alternative {
    let wild = is_wild(&pattern);
    let mut matches = if wild { walk(files, &pattern) } else { Vec::new() };
    if !wild && files.exists(&pattern) {
        matches.push(pattern.clone());
    }
    Alternative { pattern, wild, matches }
}

fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// Expands `{a,b}`, nested ones included. `{}` and braces without a partner are ordinary characters.
fn braces(pattern: &str) -> Option<Vec<String>> {
    let mut todo = vec![pattern.to_owned()];
    let mut done = Vec::new();
    while let Some(next) = todo.pop() {
        match first_group(&next) {
            None => done.push(next),
            Some((open, close, commas)) => {
                let cuts: Vec<usize> = std::iter::once(open).chain(commas).chain([close]).collect();
                let (head, tail) = (next.get(..open)?, next.get(close + 1..)?);
                let middles = cuts.windows(2).filter_map(|cut| next.get(cut[0] + 1..cut[1]));
                // The last one is taken from the stack first.
                todo.extend(middles.rev().map(|middle| format!("{head}{middle}{tail}")));
            }
        }
        if todo.len() + done.len() > MAX_MATCHES {
            return None;
        }
    }
    Some(done)
}

/// The first outermost group of braces: where it opens and closes, and its commas.
fn first_group(pattern: &str) -> Option<(usize, usize, Vec<usize>)> {
    let mut from = 0;
    while let Some(open) = pattern.get(from..)?.find('{').map(|at| from + at) {
        let (mut depth, mut commas) = (0_usize, Vec::new());
        for (at, byte) in pattern.bytes().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 1 && at == open + 1 => break,
                b'}' if depth == 1 => return Some((open, at, commas)),
                b'}' => depth -= 1,
                b',' if depth == 1 => commas.push(at),
                _ => {}
            }
        }
        from = open + 1;
    }
    None
}

/// Follows a pattern down the directories.
fn walk(files: &dyn Files, pattern: &str) -> Vec<String> {
    let (root, relative) = match pattern.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", pattern),
    };
    let mut found = vec![root.to_owned()];
    for part in relative.split('/') {
        if part.is_empty() {
            continue;
        }
        if !is_wild(part) {
            for path in &mut found {
                *path = join(path, part);
            }
            continue;
        }
        let mut next = Vec::new();
        for directory in &found {
            let mut names = files.list(directory).unwrap_or_default();
            names.retain(|name| is_match(part, name));
            names.sort_unstable();
            next.extend(names.iter().map(|name| join(directory, name)));
            next.truncate(MAX_MATCHES);
        }
        found = next;
    }
    found.retain(|path| files.exists(path));
    found
}

/// A name in a directory.
pub(super) fn join(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        _ if directory.ends_with('/') => format!("{directory}{name}"),
        _ => format!("{directory}/{name}"),
    }
}

/// Whether a name fits one part of a pattern. A leading dot must be written.
fn is_match(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star was, and how much of the name it has swallowed: going back no further keeps this quadratic.
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = name.get(n).copied() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
        } else if let Some(next) = one(&pattern, p, c) {
            (p, n) = (next, n + 1);
        } else if let Some((at, swallowed)) = star {
            star = Some((at, swallowed + 1));
            (p, n) = (at + 1, swallowed + 1);
        } else {
            return false;
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// The index behind what matches one character at `p`, if it does.
fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => match set(pattern, p, c) {
            Some((true, next)) => Some(next),
            Some((false, _)) => None,
            None => (c == '[').then_some(p + 1),
        },
        '\\' => (pattern.get(p + 1) == Some(&c)).then_some(p + 2),
        other => (*other == c).then_some(p + 1),
    }
}

/// `[abc]`, `[a-z]`, `[!a]`: whether the character is in it, and the index behind it; `None` if it is not closed.
fn set(pattern: &[char], open: usize, c: char) -> Option<(bool, usize)> {
    let negated = matches!(pattern.get(open + 1), Some('!' | '^'));
    let first = open + 1 + usize::from(negated);
    let mut at = first;
    let mut inside = false;
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && at > first {
            return Some((inside != negated, at + 1));
        }
        let high = pattern.get(at + 2).filter(|high| pattern.get(at + 1) == Some(&'-') && **high != ']');
        inside |= (low..=*high.unwrap_or(&low)).contains(&c);
        at += if high.is_some() { 3 } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_like_the_c_shell() {
        // The manual's own example.
        assert_eq!(braces("{foo/{,cat,dog},bar}").unwrap(), ["foo/", "foo/cat", "foo/dog", "bar"]);
        assert_eq!(braces("a{1,2}b{x,y}").unwrap(), ["a1bx", "a1by", "a2bx", "a2by"]);
        assert_eq!(braces("a{}b{c").unwrap(), ["a{}b{c"]);
        assert_eq!(braces(&"{a,b}".repeat(20)), None, "a million names");
    }

    #[test]
    fn wildcards_match_like_glob() {
        let yes = [("*.conf", "a.conf"), ("?", "a"), ("[a-c]x", "bx"), ("[!a]", "b"), ("a*b*c", "aXbYbc")];
        for (pattern, name) in yes {
            assert!(is_match(pattern, name), "{pattern} {name}");
        }
        let no = [("*.conf", ".a.conf"), ("?", ""), ("[a-c]x", "dx"), ("[!a]", "a"), ("a*b", "abc")];
        for (pattern, name) in no {
            assert!(!is_match(pattern, name), "{pattern} {name}");
        }
        assert!(is_match(".*", ".a") && is_match("[]a]", "]") && is_match("[", "[") && is_match("\\*", "*"));
        assert!(!is_match(&"*a".repeat(50), &"a".repeat(40)), "and it comes to an end");
    }
}
