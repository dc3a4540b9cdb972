//! The words of one line to typed values, as the records say.

use std::borrow::Cow;
use std::iter::Peekable;

use super::{Setting, Settings, Spanned, Value};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::keywords::{Arg, Args, Block, Count, Form, Keyword};
use crate::lexer::is_command;
use crate::source::Span;
use crate::suggest;
use crate::tree::{Node, Word};
use crate::value::{self, form, quoted};

/// The value of a statement that is not a block.
pub(crate) fn statement(
    keyword: &'static Keyword,
    node: Node<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let mut line = Line { words: node.args().peekable(), whole: true, last: node.head(), found };
    let value = line.value(keyword)?;
    line.end(keyword.name);
    Some(value)
}

/// A line of a block of entries.
pub(super) fn entry(
    block: &'static Block,
    node: Node<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Spanned<Settings>> {
    let mut line = Line { words: node.words().peekable(), whole: true, last: node.head(), found };
    line.options(block).map(|value| Spanned { value, span: node.span() })
}

/// As many options are made room for: of thousands of lines most have no more words.
const FEW: usize = 4;

/// The words that are left of a line.
struct Line<'f, I: Iterator> {
    words: Peekable<I>,
    /// The value that is read must take all of them.
    whole: bool,
    /// The word read last.
    last: Span,
    found: &'f mut Vec<Diagnostic>,
}

impl<'a, I: ExactSizeIterator<Item = Word<'a>>> Line<'_, I> {
    /// The value of a keyword that has just been read. `None` after a diagnostic.
    fn value(&mut self, keyword: &'static Keyword) -> Option<Value> {
        let name = keyword.name;
        match keyword.args {
            Args::Flag => Some(Value::Switch(true)),
            Args::Switch => self.switch(name),
            Args::Int { min, max } => self.one(name, Form::Int { min, max }),
            Args::Timer { min_us, max_us } => self.one(name, Form::Timer { min_us, max_us }),
            Args::Word(what) => self.one(name, Form::Word(what)),
            Args::OneOf(words) => self.one(name, Form::OneOf(words)),
            Args::Address => self.one(name, Form::Address(None)),
            Args::List(args) => self.list(name, args),
            Args::Options(block) => {
                let options = self.options(block)?;
                if options.is_empty() && keyword.needs_argument() {
                    return self.missing(name, &keyword.args.to_string());
                }
                Some(Value::Block(options))
            }
            Args::Words(what) | Args::Unread(what) => {
                self.list(name, &[Arg { form: Form::Word(what), count: Count::Any }])
            }
            Args::Block(..) => None,
        }
    }

    fn switch(&mut self, name: &str) -> Option<Value> {
        let Some(word) = self.next() else { return Some(Value::Switch(true)) };
        match value::switch(&word.text()) {
            Some(on) => Some(Value::Switch(on)),
            None => {
                self.found.push(value::not_one_of(name, word, &value::SWITCH_WORDS));
                None
            }
        }
    }

    fn list(&mut self, name: &str, args: &[Arg]) -> Option<Value> {
        if let [Arg { form, count: Count::One }] = args {
            return self.one(name, *form);
        }
        // Most lists are as long as their syntax.
        let mut values = Vec::with_capacity(args.len().min(self.words.len()));
        for (index, arg) in args.iter().enumerate() {
            let last = index + 1 == args.len();
            match arg.count {
                Count::One => values.push(self.one(name, arg.form)?),
                Count::Optional => {
                    if self.takes(name, arg.form, (self.whole || name.starts_with('(')) && last) {
                        values.push(self.one(name, arg.form)?);
                    }
                }
                Count::Many | Count::Any => {
                    if arg.count == Count::Many {
                        values.push(self.one(name, arg.form)?);
                    }
                    while self.takes(name, arg.form, self.whole && last) {
                        values.push(self.one(name, arg.form)?);
                    }
                }
            }
        }
        Some(Value::List(values))
    }

    /// Whether the next word is of this form, or must be.
    fn takes(&mut self, name: &str, wanted: Form, must: bool) -> bool {
        self.words
            .peek()
            .is_some_and(|word| must || text(name, *word).is_ok_and(|text| form::fits(wanted, &text)))
    }

    fn one(&mut self, name: &str, wanted: Form) -> Option<Value> {
        let Some(word) = self.next() else { return self.missing(name, &wanted.to_string()) };
        let value = text(name, word).and_then(|text| form::read(wanted, &text));
        match value {
            Ok(value) => Some(value),
            Err(why) => {
                self.found.push(bad(name, wanted, word, &why));
                None
            }
        }
    }

    fn missing(&mut self, name: &str, syntax: &str) -> Option<Value> {
        let message = format!("`{name}` needs a value behind it");
        let syntax = format!("write `{name} {syntax}`");
        self.found.push(Diagnostic::new(&ids::MISSING_ARGUMENT, self.last, message).help(syntax));
        None
    }

    /// Positions that must be there, then options and other positions in any order. Ends at a word that is neither;
    /// at the end of a line there is none.
    fn options(&mut self, block: &'static Block) -> Option<Settings> {
        let whole = std::mem::replace(&mut self.whole, false);
        let mut settings = Settings::with_capacity(self.words.len().min(FEW));
        let (needed, mut open): (Vec<_>, Vec<_>) = block
            .keywords()
            .filter(|keyword| keyword.is_position())
            .partition(|position| position.needs_argument());
        for position in needed {
            settings.push(self.setting(position)?);
        }
        let only_positions = block.keywords().all(Keyword::is_position);
        while let Some(word) = self.words.peek().copied() {
            let text = word.text();
            let option = block.find(&text).filter(|option| !option.is_position());
            if let Some(option) = option {
                self.next();
                settings.push(self.setting(option)?);
                continue;
            }
            let fitting = open.iter().position(|position| only_positions || accepts(position, &text));
            let Some(fitting) = fitting else {
                if whole {
                    self.unknown(block, word);
                    return None;
                }
                break;
            };
            settings.push(self.setting(open.remove(fitting))?);
        }
        self.whole = whole;
        Some(settings)
    }

    fn setting(&mut self, written: &'static Keyword) -> Option<Setting> {
        let first = match self.words.peek() {
            Some(word) if written.is_position() => word.span,
            Some(_) | None => self.last,
        };
        let value = self.value(written)?;
        let keyword = written.alias_of.unwrap_or(written);
        if !keyword.is(written) {
            self.found.push(crate::settings::deprecated(written, keyword, first));
        }
        Some(Setting { keyword, value, span: first.to(self.last) })
    }

    fn unknown(&mut self, block: &Block, word: Word<'_>) {
        let text = word.text();
        let options = || block.keywords().map(|option| option.name).filter(|name| !name.starts_with('('));
        let message = match options().next() {
            Some(_) => format!("`{text}` is not an option that can stand here"),
            None => format!("`{text}` is too much on this line"),
        };
        let mut diagnostic = Diagnostic::new(&ids::BAD_WORD, word.span, message).help("the line is ignored");
        if let Some(near) = suggest::nearest(&text, options()) {
            diagnostic = diagnostic.suggest(word.span, near);
        }
        self.found.push(diagnostic);
    }

    fn next(&mut self) -> Option<Word<'a>> {
        let word = self.words.next()?;
        self.last = word.span;
        Some(word)
    }

    /// Reports the words that are left.
    fn end(&mut self, name: &str) {
        let Some(first) = self.words.next() else { return };
        let span = self.words.by_ref().last().map_or(first.span, |last| first.span.to(last.span));
        let message = format!("words behind the value of `{name}` are ignored");
        self.found.push(
            Diagnostic::new(&ids::EXTRA_ARGUMENT, span, message)
                .help("a keyword begins on a line of its own; a value with blanks is quoted"),
        );
    }
}

/// What a word behind this keyword means.
fn text<'a>(keyword: &str, word: Word<'a>) -> Result<Cow<'a, str>, String> {
    if is_command(keyword) { quoted::decode(word.raw()) } else { Ok(word.text()) }
}

/// Whether an optional position may begin with this word.
fn accepts(position: &Keyword, text: &str) -> bool {
    let Args::List(args) = position.args else { return false };
    args.first().is_some_and(|arg| form::fits(arg.form, text))
}

fn bad(name: &str, wanted: Form, word: Word<'_>, why: &str) -> Diagnostic {
    let text = word.text();
    let number = || text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.'));
    let id = match wanted {
        Form::Int { .. }
        | Form::Unsigned { .. }
        | Form::NumberOr { .. }
        | Form::NumberOrWord { .. }
        | Form::Timer { .. }
        | Form::Millis { .. } => {
            if number() {
                &ids::OUT_OF_RANGE
            } else {
                &ids::BAD_NUMBER
            }
        }
        Form::Address(_) | Form::AddressOrWord(..) | Form::Group(_) | Form::Prefix(_) | Form::Neighbor => {
            &ids::BAD_ADDRESS
        }
        Form::Name(..) => &ids::TOO_LONG,
        Form::Word(_)
        | Form::Time
        | Form::OneOf(_)
        | Form::Bits(_)
        | Form::Pair { .. }
        | Form::Realms
        | Form::Labels
        | Form::Mac
        | Form::FileName(_)
        | Form::Path
        | Form::Command
        | Form::Secret => &ids::BAD_WORD,
    };
    let subject = if name.starts_with('(') { String::new() } else { format!("`{name}`: ") };
    let diagnostic =
        Diagnostic::new(id, word.span, format!("{subject}`{text}` {why}")).help("the line is ignored");
    let near =
        if let Form::OneOf(words) = wanted { suggest::nearest(&text, words.iter().copied()) } else { None };
    match near {
        Some(near) => diagnostic.suggest(word.span, near),
        None => diagnostic,
    }
}
