//! `auth_hmac`: keys from the file or from files of their own.

use std::time::Duration;

use super::{Sections, values};
use crate::diagnostics::{self as ids, Diagnostic, Id};
use crate::document::{Document, Settings, Value};
use crate::model::{AntiReplay, Authentication, Hmac, HmacKey, HmacMode, Instance, Model, Secret};
use crate::source::Span;
use crate::{FileError, Options};

/// Bytes of a key.
const KEY_LEN: std::ops::RangeInclusive<usize> = 32..=64;
/// `time_window` of an instance that names none: three advertisements, within these bounds.
const WINDOW_SECS: (u64, u64) = (5, 300);

/// An instance whose keys cannot be used is left out: it would send what the other machines refuse, or believe everybody.
pub(super) fn complete(
    model: &mut Model,
    document: &Document,
    options: &Options<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut sections = Sections::new(&document.instances);
    model.instances.retain_mut(|instance| {
        let Some(own) = sections.next(&instance.name) else { return true };
        let Some(block) = own.settings.get("auth_hmac") else { return true };
        let Value::Block(settings) = &block.value else { return true };
        let mut reading = Reading { name: &instance.name, block: block.span, options, found };
        let Some(hmac) = reading.hmac(settings, instance) else { return false };
        if instance.authentication != Authentication::None {
            let place = own.settings.get("authentication").map(|setting| setting.span);
            let message = "auth_hmac takes the place of `authentication`, which is ignored";
            reading.report(&ids::AUTH_IGNORED, place, message, "remove `authentication`");
        }
        instance.authentication = Authentication::Hmac(hmac);
        true
    });
}

struct Reading<'r> {
    name: &'r str,
    block: Span,
    options: &'r Options<'r>,
    found: &'r mut Vec<Diagnostic>,
}

impl Reading<'_> {
    fn report(&mut self, id: &'static Id, span: Option<Span>, message: &str, help: &str) {
        let message = format!("{}: {message}", self.name);
        self.found.push(Diagnostic::new(id, span.unwrap_or(self.block), message).help(help));
    }

    fn unusable(&mut self, span: Option<Span>, message: &str, help: &str) {
        self.report(&ids::HMAC_UNUSABLE, span, message, help);
    }

    fn hmac(&mut self, settings: &Settings, instance: &Instance) -> Option<Hmac> {
        let keys = self.keys(settings)?;
        let active_key = self.active_key(settings, &keys)?;
        let mode = match word(settings, "mode").filter(|_| !instance.strict) {
            Some("permissive") => HmacMode::Permissive,
            Some("receive-only") => HmacMode::ReceiveOnly,
            Some(_) | None => HmacMode::Enforce,
        };
        let replay = match word(settings, "anti_replay") {
            Some("monotonic") => AntiReplay::Monotonic,
            Some(_) | None => AntiReplay::Time { window: window(settings, instance) },
        };
        if let Some(mode) =
            settings.get("mode").filter(|_| instance.strict && word(settings, "mode") != Some("enforce"))
        {
            self.report(
                &ids::STRICT,
                Some(mode.span),
                "strict mode enforces auth_hmac",
                "write `mode enforce`",
            );
        }
        Some(Hmac { keys, active_key, mode, replay })
    }

    fn keys(&mut self, settings: &Settings) -> Option<Vec<HmacKey>> {
        let mut keys = Vec::<HmacKey>::new();
        for line in settings.all("key") {
            let [Value::Int(id), Value::Text(text)] = line.value.list() else { continue };
            let Ok(id) = u8::try_from(*id) else { continue };
            if keys.iter().any(|key| key.id == id) {
                self.unusable(Some(line.span), &format!("key {id} is given twice"), "remove one of the two");
                return None;
            }
            match key(text, self.options) {
                Ok(secret) => keys.push(HmacKey { id, secret: Secret(secret) }),
                Err(why) => {
                    let help = "the instance is not started without its key";
                    self.unusable(Some(line.span), &format!("key {id} cannot be used: {why}"), help);
                    return None;
                }
            }
        }
        if keys.is_empty() {
            let help = "add `key NUMBER VALUE`; the instance is not started without";
            self.unusable(None, "auth_hmac has no usable key", help);
            return None;
        }
        Some(keys)
    }

    fn active_key(&mut self, settings: &Settings, keys: &[HmacKey]) -> Option<u8> {
        let Some(setting) = settings.get("active_key") else {
            if let [only] = keys {
                return Some(only.id);
            }
            let help = "add `active_key NUMBER`: it signs, the others are only believed";
            self.unusable(None, "there are several keys and no active_key", help);
            return None;
        };
        let named = if let Value::Int(id) = setting.value { u8::try_from(id).ok() } else { None };
        let known = named.filter(|id| keys.iter().any(|key| key.id == *id));
        if known.is_none() {
            let message = format!("active_key {} is not one of the keys", named.unwrap_or_default());
            self.unusable(Some(setting.span), &message, "name the number of a `key` of this block");
        }
        known
    }
}

/// Text as it is, `hex:DIGITS`, or the bytes of a file, of which a last line break is not a part.
fn key(text: &str, options: &Options<'_>) -> Result<Vec<u8>, String> {
    if let Some(digits) = text.strip_prefix("hex:") {
        let (pairs, _) = digits.as_bytes().as_chunks::<2>();
        let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
        return Ok(pairs.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect());
    }
    let Some(path) = text.strip_prefix("file:") else { return Ok(text.as_bytes().to_vec()) };
    let read = options.files.map_or(Err(FileError::NotFound), |files| files.read(path));
    let mut bytes = read.map_err(|why| format!("{path}: {why}"))?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
    }
    if KEY_LEN.contains(&bytes.len()) {
        Ok(bytes)
    } else {
        Err(format!("{path}: {} bytes; a key has {} to {}", bytes.len(), KEY_LEN.start(), KEY_LEN.end()))
    }
}

fn window(settings: &Settings, instance: &Instance) -> Duration {
    let (least, most) = WINDOW_SECS;
    let given = settings.get("time_window").map(|setting| &setting.value);
    let secs = match given {
        Some(Value::Int(secs)) => u64::try_from(*secs).unwrap_or(most),
        Some(_) | None => (instance.interval.as_duration() * 3)
            .as_millis()
            .div_ceil(1000)
            .try_into()
            .unwrap_or(most)
            .max(least),
    };
    Duration::from_secs(secs.min(most))
}

fn word<'d>(settings: &'d Settings, name: &str) -> Option<&'d str> {
    match values(settings, name).first() {
        Some(Value::Text(word)) => Some(word),
        Some(_) | None => None,
    }
}
