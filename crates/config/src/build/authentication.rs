//! The block `authentication`.

use types::{Family, Version};

use super::instance::Draft;
use crate::diagnostics::{self as ids, Diagnostic};
use crate::keywords::instance as k;
use crate::model::{Authentication, Secret};
use crate::settings::Settings;
use crate::source::Span;

/// Bytes of password in an advertisement (RFC 2338 section 5.3.10).
const PASSWORD_LEN: usize = 8;

/// What the block says.
pub(super) struct Written {
    kind: Kind,
    password: Option<(String, Span)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No `auth_type`.
    Missing,
    /// Neither of the two; has been reported.
    Unknown,
    Pass,
    Ah,
}

impl Written {
    pub(super) fn read(settings: &Settings<'_>, found: &mut Vec<Diagnostic>) -> Self {
        let mut inner = Settings::default();
        for block in settings.nodes(&k::AUTHENTICATION) {
            inner.read(block.children(), found);
        }
        let password = inner.text(&k::AUTH_PASS).map(str::to_owned).zip(inner.span(&k::AUTH_PASS));
        let kind = match (inner.text(&k::AUTH_TYPE), inner.span(&k::AUTH_TYPE)) {
            (Some("PASS"), _) => Kind::Pass,
            (Some("AH"), _) => Kind::Ah,
            (Some(other), Some(span)) => {
                let message = format!("`auth_type` cannot be `{other}`: it is PASS or AH");
                found.push(
                    Diagnostic::new(&ids::BAD_WORD, span, message).help("the authentication is ignored"),
                );
                Kind::Unknown
            }
            (Some(_) | None, _) => Kind::Missing,
        };
        Self { kind, password }
    }
}

impl Draft<'_, '_> {
    pub(super) fn authentication(
        &mut self,
        version: Version,
        family: Family,
        written: &Written,
    ) -> Authentication {
        let none = Authentication::None;
        let make = match written.kind {
            Kind::Pass => Authentication::Pass,
            Kind::Ah => Authentication::Ah,
            Kind::Missing | Kind::Unknown => {
                if let (Some((_, at)), Kind::Missing) = (&written.password, written.kind) {
                    let message = "there is no auth_type; advertisements are not authenticated";
                    self.report(&ids::AUTH_IGNORED, Some(*at), message, "add `auth_type PASS`");
                }
                return none;
            }
        };
        let Some((text, at)) = &written.password else {
            let message = "no password is given; advertisements are not authenticated";
            let span = self.settings.span(&k::AUTHENTICATION);
            self.report(&ids::AUTH_IGNORED, span, message, "add `auth_pass PASSWORD`");
            return none;
        };
        if version == Version::V3 || family == Family::V6 {
            let help = "remove `authentication`, or use version 2 on all machines";
            let message = "version 3 has no authentication; it is ignored";
            self.report(&ids::AUTH_IGNORED, Some(*at), message, help);
            return none;
        }
        let bytes = text.as_bytes();
        if bytes.len() > PASSWORD_LEN {
            let message = format!("auth_pass has {} bytes; the first {PASSWORD_LEN} are used", bytes.len());
            let help = "shorten it; the other machines do the same";
            self.report(&ids::PASSWORD_TRUNCATED, Some(*at), &message, help);
        }
        let mut password = [0; PASSWORD_LEN];
        password.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        make(Secret(password))
    }
}
