//! "Did you mean": the nearest of some names.

/// The candidate nearest to `word`, if it is near enough to be meant: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody misspells a keyword into this many bytes; the distance is quadratic.
    if word.len() > 64 {
        return None;
    }
    let limit = (word.len() / 3).max(1);
    let scored = candidates.map(|candidate| (distance(word.as_bytes(), candidate.as_bytes()), candidate));
    scored
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
/// neighbours. `-` and `_` count as the same, as does the case of letters.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    let same = |i: usize, j: usize| fold(a[i]) == fold(b[j]);
    let mut rows: [Vec<usize>; 3] = [vec![0; b.len() + 1], vec![0; b.len() + 1], (0..=b.len()).collect()];
    for i in 0..a.len() {
        rows.rotate_left(1);
        rows[2][0] = i + 1;
        for j in 0..b.len() {
            let substituted = rows[1][j] + usize::from(!same(i, j));
            let mut best = substituted.min(rows[1][j + 1] + 1).min(rows[2][j] + 1);
            if i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j) {
                best = best.min(rows[0][j - 1] + 1);
            }
            rows[2][j + 1] = best;
        }
    }
    rows[2][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let cases = [
            ("", "", 0),
            ("abc", "abc", 0),
            ("prioritty", "priority", 1),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
        ];
        for (a, b, expected) in cases {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(distance(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
        assert_eq!(distance(b"vrrp-Instance", b"vrrp_instance"), 0);
    }

    #[test]
    fn far_names_are_not_suggested() {
        let names = ["priority", "interface"];
        assert_eq!(nearest("prio", names.into_iter()), None);
        assert_eq!(nearest("prioirty", names.into_iter()), Some("priority"));
        assert_eq!(nearest(&"x".repeat(1000), names.into_iter()), None);
    }
}
