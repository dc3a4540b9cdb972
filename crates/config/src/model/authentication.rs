//! How advertisements prove where they come from.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `authentication` or `auth_hmac`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Authentication {
    /// Not at all.
    None,
    /// `auth_type PASS`: the password, zero padded, in every advertisement. Version 2 only.
    Pass(Secret<[u8; 8]>),
    /// `auth_type AH`: the password, zero padded, is the key of an IP Authentication Header. Version 2 only.
    Ah(Secret<[u8; 8]>),
    /// `auth_hmac`: a signed trailer. Every version and family.
    Hmac(Hmac),
}

/// `auth_hmac`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hmac {
    /// `key`: at least one, no number twice.
    pub keys: Vec<HmacKey>,
    /// `active_key`: what signs; one of `keys`.
    pub active_key: u8,
    /// `mode`.
    pub mode: HmacMode,
    /// `anti_replay`.
    pub replay: AntiReplay,
}

impl Hmac {
    /// The key with this number.
    pub fn key(&self, id: u8) -> Option<&[u8]> {
        self.keys.iter().find(|key| key.id == id).map(|key| key.secret.0.as_slice())
    }
}

/// One `key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HmacKey {
    /// Its number, 1 to 255.
    pub id: u8,
    /// 32 to 64 bytes.
    pub secret: Secret<Vec<u8>>,
}

/// `mode`: what is signed and what is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HmacMode {
    /// Signs, and believes what is signed.
    Enforce,
    /// Signs, and believes what is signed and what has no trailer.
    Permissive,
    /// Does not sign, and believes what is signed and what has no trailer.
    ReceiveOnly,
}

impl HmacMode {
    /// Whether advertisements are sent with a trailer.
    pub const fn signs(self) -> bool {
        match self {
            Self::Enforce | Self::Permissive => true,
            Self::ReceiveOnly => false,
        }
    }

    /// Whether an advertisement must have a trailer.
    pub const fn demands(self) -> bool {
        match self {
            Self::Enforce => true,
            Self::Permissive | Self::ReceiveOnly => false,
        }
    }
}

/// `anti_replay`: how an old packet is told from a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AntiReplay {
    /// Its time stamp must be near our clock, and later than the sender's last.
    Time {
        /// `time_window`: how near, 1 to 300 seconds.
        window: Duration,
    },
    /// Its time stamp must be later than the sender's last, whatever our clock says.
    Monotonic,
}

/// Something that must not be shown: people and JSON get asterisks, other processes of ours the real thing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<T>(pub T);

const MASK: &str = "********";

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T: Serialize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(MASK)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T> JsonSchema for Secret<T> {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "Something that must not be shown: asterisks." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let password = Authentication::Pass(Secret(*b"hunter2\0"));
        let key = HmacKey { id: 7, secret: Secret(b"hunter2".to_vec()) };
        let shown = format!("{password:?} {key:?} {}", serde_json::json!([password, key]));
        assert!(!shown.contains("hunter2") && !shown.contains("104"), "{shown}");
        assert_eq!(shown.matches(MASK).count(), 4, "{shown}");
    }
}
