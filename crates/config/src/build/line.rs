//! One line of routes or rules: its options by name, and what is wrong with them.

use std::net::IpAddr;

use types::Cidr;

use super::names::{Kind, Names};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::{Settings, Value};
use crate::model::PROTOCOL;
use crate::source::Span;

/// The line cannot be used, and a diagnostic says so.
#[derive(Debug)]
pub(super) struct Said;

/// Something of a line, unless it cannot be used.
pub(super) type Read<T> = Result<T, Said>;

/// The options of a line whose words are all right each by itself.
pub(super) struct Line<'a> {
    /// `route` or `rule`.
    pub(super) what: &'static str,
    pub(super) settings: &'a Settings,
    pub(super) span: Span,
    pub(super) names: &'a Names<'a>,
    pub(super) found: &'a mut Vec<Diagnostic>,
}

impl<'a> Line<'a> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.settings.get(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.settings.get(name).map(|setting| &setting.value)
    }

    /// The first word of an option's value.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.value(name).and_then(first_text)
    }

    /// All words of an option's value.
    pub(super) fn words(&self, name: &str) -> Option<Vec<&'a str>> {
        let value = self.value(name)?;
        if let Value::List(values) = value {
            return Some(values.iter().filter_map(first_text).collect());
        }
        first_text(value).map(|word| vec![word])
    }

    pub(super) fn word(&self, name: &str) -> Option<&'a str> {
        self.text(name)
    }

    pub(super) fn unsigned(&self, name: &str) -> Option<u64> {
        self.value(name).and_then(number)
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.unsigned(name).and_then(|number| u32::try_from(number).ok())
    }

    /// A number, or a time in so many parts of a millisecond, and whether `lock` stands before it.
    pub(super) fn lockable(&self, name: &str, per_ms: u64) -> Option<(u32, bool)> {
        let value = self.value(name)?;
        let lock = matches!(value, Value::List(values) if matches!(values.first(), Some(Value::Text(_))));
        let number = match time(value) {
            Some(micros) => micros.saturating_mul(per_ms) / 1000,
            None => number(value)?,
        };
        Some((u32::try_from(number).unwrap_or(u32::MAX), lock))
    }

    pub(super) fn address(&self, name: &str) -> Option<IpAddr> {
        self.value(name).and_then(address)
    }

    /// Of all statements of an option.
    pub(super) fn addresses(&self, name: &str) -> Vec<IpAddr> {
        self.settings.all(name).filter_map(|setting| address(&setting.value)).collect()
    }

    /// A prefix; none for `default`, `all` and `any`.
    pub(super) fn prefix(&self, name: &str) -> Option<Cidr> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// An option of the line, or of a `nexthop` in it.
    pub(super) fn within<'b>(&self, inner: Option<&'b Settings>, name: &str) -> Option<&'b Value>
    where
        'a: 'b,
    {
        inner.unwrap_or(self.settings).get(name).map(|setting| &setting.value)
    }

    pub(super) fn text_within<'b>(&self, inner: Option<&'b Settings>, name: &str) -> Option<&'b str>
    where
        'a: 'b,
    {
        self.within(inner, name).and_then(first_text)
    }

    pub(super) fn gateway(&self, inner: Option<&Settings>) -> Option<IpAddr> {
        ["via", "gw"].iter().find_map(|name| self.within(inner, name).and_then(address))
    }

    pub(super) fn blocks(&self, name: &str) -> Vec<Settings> {
        let inner = |value: &Value| if let Value::Block(inner) = value { Some(inner.clone()) } else { None };
        self.settings.all(name).filter_map(|setting| inner(&setting.value)).collect()
    }

    /// The first of these options that is given, a number or a name.
    pub(super) fn named(&mut self, options: &[&str], kind: Kind) -> Read<Option<u32>> {
        let Some(name) = options.iter().find(|name| self.has(name)) else { return Ok(None) };
        if let Some(number) = self.number(name) {
            return Ok(Some(number));
        }
        let text = self.text(name).unwrap_or_default();
        self.resolve(kind, text).map(Some)
    }

    pub(super) fn named_byte(&mut self, options: &[&str], kind: Kind) -> Read<Option<u8>> {
        let number = self.named(options, kind)?;
        match number.map(u8::try_from) {
            None => Ok(None),
            Some(Ok(byte)) => Ok(Some(byte)),
            Some(Err(_)) => {
                let option = options.iter().copied().find(|name| self.has(name)).unwrap_or_default();
                self.unusable(option, "its number is greater than 255")
            }
        }
    }

    /// `protocol`. What is tracked must be known as ours.
    pub(super) fn protocol(&mut self) -> Read<u8> {
        let given = self.named_byte(&["protocol"], Kind::Protocol)?;
        match given {
            None => Ok(PROTOCOL),
            Some(other) if other != PROTOCOL && !self.has("no_track") => {
                let message =
                    format!("the {} is kept as it is, so its protocol is {PROTOCOL}, not {other}", self.what);
                let span = self.place("protocol");
                self.found.push(
                    Diagnostic::new(&ids::ROUTE_PROTOCOL, span, message)
                        .help("remove `protocol`, or add `no_track` and give up that it is put back"),
                );
                Ok(PROTOCOL)
            }
            Some(given) => Ok(given),
        }
    }

    /// `REALM` or `SOURCE/DESTINATION` as the kernel has them: the source in the upper half.
    pub(super) fn realms(&mut self, text: &str) -> Read<u32> {
        let mut realm = |text: &str| match unsigned(text).and_then(|number| u16::try_from(number).ok()) {
            Some(number) => Ok(u32::from(number)),
            None => self.resolve(Kind::Realm, text),
        };
        match text.split_once('/') {
            Some((source, destination)) => Ok(realm(source)? << 16 | realm(destination)? & 0xffff),
            None => realm(text),
        }
    }

    fn resolve(&mut self, kind: Kind, name: &str) -> Read<u32> {
        if let Some(number) = self.names.find(kind, name) {
            return Ok(number);
        }
        let message = format!("there is no {} named `{name}` on this machine", kind.word());
        let help =
            format!("use its number, or add the name to {}; the line is ignored", self.names.place(kind));
        self.found.push(Diagnostic::new(&ids::UNKNOWN_NAME, self.span, message).help(help));
        Err(Said)
    }

    /// The line cannot be used.
    pub(super) fn unusable<T>(&mut self, option: &str, why: &str) -> Read<T> {
        let subject = if option.is_empty() || option.starts_with('(') {
            format!("this {}: ", self.what)
        } else {
            format!("`{option}`: ")
        };
        let (span, message) = (self.place(option), format!("{subject}{why}"));
        self.found.push(Diagnostic::new(&ids::ROUTE_UNUSABLE, span, message).help("the line is ignored"));
        Err(Said)
    }

    /// An option has no effect.
    pub(super) fn ignored(&mut self, option: &str, why: &str) {
        let (span, message) = (self.place(option), format!("`{option}` {why}"));
        self.found.push(Diagnostic::new(&ids::ROUTE_OPTION, span, message).help("remove it"));
    }

    pub(super) fn adjusted(&mut self, message: &str) {
        self.found.push(Diagnostic::new(&ids::ADJUSTED, self.span, message.to_owned()));
    }

    pub(super) fn no_preference(&mut self, given: u32) {
        let message = format!("the rule has no preference; it gets {given}");
        self.found.push(
            Diagnostic::new(&ids::RULE_PREFERENCE, self.span, message)
                .help("add `preference NUMBER`: its place among the other rules decides what it does"),
        );
    }

    fn place(&self, option: &str) -> Span {
        self.settings.get(option).map_or(self.span, |setting| setting.span)
    }
}

/// The first word in a value.
pub(super) fn first_text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { within_list(value, first_text) }
}

/// What the first fitting value of a list says.
fn within_list<'v, T>(value: &'v Value, find: impl Fn(&'v Value) -> Option<T>) -> Option<T> {
    if let Value::List(values) = value { values.iter().find_map(find) } else { None }
}

/// As strtoul(3) with base 0.
pub(super) fn unsigned(text: &str) -> Option<u64> {
    match crate::value::form::read(crate::keywords::Form::Unsigned { max: u64::MAX }, text) {
        Ok(Value::Unsigned(number)) => Some(number),
        Ok(_) | Err(_) => None,
    }
}

/// Two numbers with something between.
pub(super) fn pair(text: &str, separator: char) -> Option<(u32, u32)> {
    let (first, second) = text.split_once(separator)?;
    let number = |text| unsigned(text).and_then(|number| u32::try_from(number).ok());
    Some((number(first)?, number(second)?))
}

pub(super) fn number(value: &Value) -> Option<u64> {
    if let Value::Unsigned(number) = value {
        return Some(*number);
    }
    if let Value::Int(number) = value {
        return u64::try_from(*number).ok();
    }
    within_list(value, number)
}

/// Microseconds.
fn time(value: &Value) -> Option<u64> {
    if let Value::Time(time) = value {
        return u64::try_from(time.as_micros()).ok();
    }
    within_list(value, time)
}

pub(super) fn address(value: &Value) -> Option<IpAddr> {
    if let Value::Address(address) = value { Some(*address) } else { within_list(value, address) }
}
