use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Bytes of the length field.
const HEADER: usize = 4;
/// No message is that long; a longer one means that the two ends do not speak the same language.
const MAX_FRAME: usize = 256 * 1024 * 1024;

/// How a message becomes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// postcard: for two ends of one version.
    #[default]
    Compact,
    /// JSON: for two ends of which one may be newer than the other, so that what is added does not confuse them.
    Plain,
}

/// Appends one framed message, for an end of the same version.
pub fn encode<M: Serialize>(message: &M, output: &mut Vec<u8>) -> Result<(), FrameError> {
    encode_in(Language::Compact, message, output)
}

/// Appends one framed message. After an error nothing has been appended.
pub(super) fn encode_in<M: Serialize>(
    language: Language,
    message: &M,
    output: &mut Vec<u8>,
) -> Result<(), FrameError> {
    let start = output.len();
    let result = append(language, message, output);
    if result.is_err() {
        output.truncate(start);
    }
    result
}

fn append<M: Serialize>(language: Language, message: &M, output: &mut Vec<u8>) -> Result<(), FrameError> {
    let start = output.len();
    output.extend_from_slice(&[0; HEADER]);
    match language {
        Language::Compact => postcard::to_io(message, &mut *output).map(drop).map_err(FrameError::Message)?,
        Language::Plain => serde_json::to_writer(&mut *output, message).map_err(FrameError::Text)?,
    }
    let length = output.len() - start - HEADER;
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    output[start..start + HEADER].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(())
}

/// Puts frames together from whatever pieces arrive.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Bytes at the front of `buffer` that are used up.
    used: usize,
    language: Language,
}

impl Decoder {
    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        // Under a flood there is always the beginning of one more message.
        if self.used > self.buffer.len() / 2 {
            self.buffer.drain(..self.used);
            self.used = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// What the next message is in.
    pub fn set_language(&mut self, language: Language) {
        self.language = language;
    }

    /// What no message has been made of yet.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.used..]
    }

    /// The next message, if it is complete. One that is malformed is passed over by the next call.
    pub fn next_message<M: DeserializeOwned>(&mut self) -> Result<Option<M>, FrameError> {
        let waiting = &self.buffer[self.used..];
        let Some((header, rest)) = waiting.split_first_chunk::<HEADER>() else { return Ok(None) };
        let length = u32::from_le_bytes(*header) as usize;
        if length > MAX_FRAME {
            return Err(FrameError::TooLong(length));
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let message = match self.language {
            Language::Compact => postcard::from_bytes(body).map_err(FrameError::Message),
            Language::Plain => serde_json::from_slice(body).map_err(FrameError::Text),
        };
        self.used += HEADER + length;
        if self.used == self.buffer.len() {
            self.buffer = Vec::new();
            self.used = 0;
        }
        message.map(Some)
    }
}

/// Why a frame cannot be made or read: always our own fault, since both ends are our program.
#[derive(Debug)]
pub enum FrameError {
    /// The message does not encode or decode.
    Message(postcard::Error),
    /// The same, in plain language.
    Text(serde_json::Error),
    /// The length field says more than any message has.
    TooLong(usize),
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(e) => write!(f, "message between vipd's processes is malformed: {e}"),
            Self::Text(e) => write!(f, "message between vipd's processes is not understood: {e}"),
            Self::TooLong(n) => write!(f, "message between vipd's processes is {n} bytes long"),
        }
    }
}

impl std::error::Error for FrameError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Message(e) => Some(e),
            Self::Text(e) => Some(e),
            Self::TooLong(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn the_bytes_of_a_frame() {
        let mut bytes = Vec::new();
        encode(&"abc", &mut bytes).unwrap();
        encode(&7u8, &mut bytes).unwrap();
        assert_eq!(bytes, [4, 0, 0, 0, 3, b'a', b'b', b'c', 1, 0, 0, 0, 7]);
    }

    #[test]
    fn byte_by_byte() {
        let mut bytes = Vec::new();
        encode(&(1u16, "first"), &mut bytes).unwrap();
        encode(&(300u16, "second"), &mut bytes).unwrap();
        let mut decoder = Decoder::default();
        let mut got = Vec::new();
        for byte in bytes {
            decoder.push(&[byte]);
            while let Some((n, text)) = decoder.next_message::<(u16, String)>().unwrap() {
                got.push((n, text));
            }
        }
        assert_eq!(got, [(1, "first".to_owned()), (300, "second".to_owned())]);
    }

    #[test]
    fn plain_language_forgives_what_a_later_version_adds() {
        #[derive(Serialize)]
        struct Later {
            n: u8,
            added: &'static str,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Earlier {
            n: u8,
        }
        let mut bytes = Vec::new();
        encode(&1_u8, &mut bytes).unwrap();
        encode_in(Language::Plain, &Later { n: 7, added: "x" }, &mut bytes).unwrap();
        encode_in(Language::Plain, &"no number", &mut bytes).unwrap();
        encode_in(Language::Plain, &8_u8, &mut bytes).unwrap();
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        assert_eq!(decoder.next_message::<u8>().unwrap(), Some(1));
        decoder.set_language(Language::Plain);
        assert_eq!(decoder.next_message().unwrap(), Some(Earlier { n: 7 }));
        assert!(matches!(decoder.next_message::<u8>(), Err(FrameError::Text(_))));
        assert_eq!(decoder.rest(), b"\x01\0\0\x008", "what was not understood is passed over");
        assert_eq!(decoder.next_message::<u8>().unwrap(), Some(8));
    }

    #[test]
    fn what_cannot_be_encoded_leaves_what_waits_as_it_was() {
        let impossible = std::collections::BTreeMap::from([((1, 2), SystemTime::UNIX_EPOCH - DAY)]);
        for language in [Language::Compact, Language::Plain] {
            let mut bytes = Vec::new();
            encode_in(language, &7_u8, &mut bytes).unwrap();
            let before = bytes.clone();
            assert!(encode_in(language, &impossible, &mut bytes).is_err(), "{language:?}");
            assert_eq!(bytes, before, "{language:?}");
        }
    }

    /// Whoever reads in pieces that end amid a message never sees the buffer empty.
    #[test]
    fn a_flood_does_not_pile_up() {
        let mut frame = Vec::new();
        encode(&[0_u8; 996].as_slice(), &mut frame).unwrap();
        let flood = frame.repeat(1000);
        let mut decoder = Decoder::default();
        for piece in flood.chunks(10 * frame.len() + 1) {
            decoder.push(piece);
            while decoder.next_message::<Vec<u8>>().unwrap().is_some() {}
            assert!(decoder.buffer.capacity() < 100_000, "{}", decoder.buffer.capacity());
        }
    }

    #[test]
    fn an_absurd_length_is_an_error_not_an_allocation() {
        let mut decoder = Decoder::default();
        decoder.push(&[0xff; 8]);
        assert!(matches!(decoder.next_message::<u8>(), Err(FrameError::TooLong(0xffff_ffff))));
    }

    #[test]
    fn a_body_that_is_no_message_is_an_error() {
        let mut decoder = Decoder::default();
        decoder.push(&[1, 0, 0, 0, 9]);
        assert!(matches!(decoder.next_message::<Option<u8>>(), Err(FrameError::Message(_))));
    }
}
