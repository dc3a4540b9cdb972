//! Where in the text a cursor is. Works on the text alone, for a file that somebody is in the middle of writing.

use std::ops::Range;

use crate::keywords::{Block, Keyword, TOP};
use crate::lexer::{Kind, Line, Token, tokenize};
use crate::source::FileId;

/// The surroundings of an offset.
pub(super) struct Cursor<'a> {
    /// The block around it; `None`: one that nothing is known about.
    pub(super) block: Option<&'static Block>,
    /// The keyword that the block belongs to; `None` at the top level.
    pub(super) owner: Option<&'static Keyword>,
    /// The words of the statement before the cursor's, without conditions.
    pub(super) before: Vec<&'a str>,
    /// The word that the cursor is in or at; empty between words.
    pub(super) word: Range<usize>,
}

/// A pair of braces around the cursor.
struct Around {
    owner: Option<&'static Keyword>,
    block: Option<&'static Block>,
}

impl<'a> Cursor<'a> {
    /// `None` within a comment, between quotes that are still open, and outside the text.
    pub(super) fn at(text: &'a str, offset: usize) -> Option<Self> {
        let before = text.get(..offset)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let mut around = vec![Around { owner: None, block: Some(&TOP) }];
        let (mut words, mut last_line): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        let (mut behind, mut word) = (line_start, offset..offset);
        for token in tokens(text, offset) {
            let (kind, range) = (token.kind(), token.range());
            if kind == Kind::Word && (range.start..=range.end).contains(&offset) {
                behind = offset;
                word = range;
                break;
            }
            if range.start >= offset {
                break;
            }
            let end = range.end;
            behind = behind.max(end);
            match kind {
                Kind::Word => words.push(text.get(range).unwrap_or("")),
                Kind::Open => {
                    // The brace may stand on the line below its keyword.
                    let head = if words.is_empty() { &last_line } else { &words };
                    let block = around.last().and_then(|around| around.block);
                    let owner = statement(head).first().and_then(|name| block?.find(name));
                    around.push(Around { owner, block: owner.and_then(Keyword::inner) });
                    words.clear();
                }
                Kind::Close => {
                    if around.len() > 1 {
                        around.pop();
                    }
                    words.clear();
                }
            }
            if token.ends_line() && end < line_start {
                last_line = std::mem::take(&mut words);
            }
        }
        let gap = text.get(behind.min(offset)..offset).unwrap_or("");
        if gap.contains(['#', '!', '"']) {
            return None;
        }
        let Around { owner, block } = around.pop()?;
        Some(Self { block, owner, before: statement(&words).to_vec(), word })
    }
}

/// Without the conditions (`@ID`) before it.
fn statement<'w, 'a>(words: &'w [&'a str]) -> &'w [&'a str] {
    let conditions = words.iter().take_while(|word| word.starts_with('@')).count();
    words.get(conditions..).unwrap_or(&[])
}

/// The tokens of the lines up to the one around `offset`.
fn tokens(text: &str, offset: usize) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        if start > offset {
            break;
        }
        let end = start + line.len();
        // What is wrong with a line is said elsewhere.
        tokenize(Line { file: FileId::MAIN, text, start, end }, &mut tokens, &mut Vec::new());
        start = end + 1;
    }
    tokens
}
