//! Whether two machines believe each other.

use crate::model::{Authentication, Hmac};

/// Whether each believes what the other sends.
pub(super) fn fits(a: &Authentication, b: &Authentication) -> bool {
    match (a, b) {
        (Authentication::Hmac(a), Authentication::Hmac(b)) => believes(a, b) && believes(b, a),
        // What does not sign and demands no signature is like one without.
        (Authentication::Hmac(hmac), Authentication::None)
        | (Authentication::None, Authentication::Hmac(hmac)) => !hmac.mode.signs() && !hmac.mode.demands(),
        (
            Authentication::None | Authentication::Pass(_) | Authentication::Ah(_) | Authentication::Hmac(_),
            _,
        ) => a == b,
    }
}

/// What the one makes of the other's packets.
fn believes(one: &Hmac, other: &Hmac) -> bool {
    if other.mode.signs() {
        one.key(other.active_key).is_some_and(|key| other.key(other.active_key) == Some(key))
    } else {
        !one.mode.demands()
    }
}

/// What they use, without telling it.
pub(super) fn described(pair: [&Authentication; 2]) -> [String; 2] {
    let name = |authentication: &Authentication| match authentication {
        Authentication::None => "no authentication".to_owned(),
        Authentication::Pass(_) => "a password".to_owned(),
        Authentication::Ah(_) => "an authentication header".to_owned(),
        Authentication::Hmac(hmac) => format!("auth_hmac with key {}", hmac.active_key),
    };
    let [one, mut two] = pair.map(name);
    if one == two {
        two = match pair[1] {
            Authentication::Pass(_) => "another password".to_owned(),
            Authentication::Ah(_) => "another key of the authentication header".to_owned(),
            Authentication::None | Authentication::Hmac(_) => format!("another {two}"),
        };
    }
    [one, two]
}
