//! BFD control packets (RFC 5880 section 4.1) and the UDP ports they travel in (RFC 5881 section 4, RFC 5883
//! section 5).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                       My Discriminator                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                      Your Discriminator                       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Desired Min TX Interval                    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                   Required Min RX Interval                    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                 Required Min Echo RX Interval                 |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Authentication is not offered: a packet with the A bit is refused like any other that does not fit the session
//! (RFC 5880 section 6.8.6).

use std::num::{NonZeroU8, NonZeroU32};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zerocopy::byteorder::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, transmute};

#[cfg(test)]
mod tests;

/// Destination port of single-hop sessions (RFC 5881 section 4).
pub const PORT: u16 = 3784;
/// Destination port of multihop sessions (RFC 5883 section 5).
pub const MULTIHOP_PORT: u16 = 4784;
/// Smallest and largest source port (RFC 5881 section 4).
pub const SOURCE_PORTS: std::ops::RangeInclusive<u16> = 49_152..=65_535;
/// TTL or hop limit of single-hop packets (RFC 5881 section 5).
pub const TTL: u8 = 255;
/// Bytes of a packet without authentication.
pub const LEN: usize = 24;

const VERSION: u8 = 1;
const POLL: u8 = 0x20;
const FINAL: u8 = 0x10;
const CONTROL_PLANE_INDEPENDENT: u8 = 0x08;
const AUTHENTICATION: u8 = 0x04;
const DEMAND: u8 = 0x02;
const MULTIPOINT: u8 = 0x01;

/// State of a session, as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Held down by its administrator.
    AdminDown,
    /// The peer is not heard, or does not hear us.
    Down,
    /// The peer is heard; whether it hears us is not known.
    Init,
    /// Both hear each other.
    Up,
}

impl State {
    const fn from_bits(bits: u8) -> Self {
        match bits & 0b11 {
            0 => Self::AdminDown,
            1 => Self::Down,
            2 => Self::Init,
            _ => Self::Up,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::AdminDown => 0,
            Self::Down => 1,
            Self::Init => 2,
            Self::Up => 3,
        }
    }
}

/// Why a session left Up the last time (RFC 5880 section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Diagnostic {
    /// 0.
    None,
    /// 1: nothing was heard for the detection time.
    DetectionTimeExpired,
    /// 2.
    EchoFailed,
    /// 3.
    NeighborSignaledDown,
    /// 4.
    ForwardingPlaneReset,
    /// 5.
    PathDown,
    /// 6.
    ConcatenatedPathDown,
    /// 7.
    AdministrativelyDown,
    /// 8.
    ReverseConcatenatedPathDown,
    /// 9 to 31: reserved.
    Reserved(u8),
}

impl Diagnostic {
    /// The number on the wire; only the low five bits count.
    pub const fn from_number(number: u8) -> Self {
        match number & 0x1f {
            0 => Self::None,
            1 => Self::DetectionTimeExpired,
            2 => Self::EchoFailed,
            3 => Self::NeighborSignaledDown,
            4 => Self::ForwardingPlaneReset,
            5 => Self::PathDown,
            6 => Self::ConcatenatedPathDown,
            7 => Self::AdministrativelyDown,
            8 => Self::ReverseConcatenatedPathDown,
            other => Self::Reserved(other),
        }
    }

    /// The number on the wire, 0 to 31.
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::DetectionTimeExpired => 1,
            Self::EchoFailed => 2,
            Self::NeighborSignaledDown => 3,
            Self::ForwardingPlaneReset => 4,
            Self::PathDown => 5,
            Self::ConcatenatedPathDown => 6,
            Self::AdministrativelyDown => 7,
            Self::ReverseConcatenatedPathDown => 8,
            Self::Reserved(number) => number & 0x1f,
        }
    }
}

/// A valid control packet without authentication. Intervals are microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// Why the sender's session left Up.
    pub diagnostic: Diagnostic,
    /// The sender's state.
    pub state: State,
    /// P: the sender asks for an answer to its parameters.
    pub poll: bool,
    /// F: this answers a packet with P.
    pub final_: bool,
    /// C: the sender's BFD outlives its control plane.
    pub control_plane_independent: bool,
    /// D: the sender wants us to be silent while the session is Up.
    pub demand: bool,
    /// How many packets of the sender may be missed.
    pub detect_mult: NonZeroU8,
    /// The sender's name for the session.
    pub my_discriminator: NonZeroU32,
    /// Our name for it as the sender has heard it; `None` (0 on the wire) if it has not.
    pub your_discriminator: Option<NonZeroU32>,
    /// The sender would not like to send more often.
    pub desired_min_tx_us: u32,
    /// The sender cannot receive more often; 0: not at all.
    pub required_min_rx_us: u32,
    /// The same for echo packets; 0: no echo.
    pub required_min_echo_rx_us: u32,
}

/// Why bytes are not a usable control packet. Always the peer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Shorter than the fixed part, or than its own length field says.
    #[error("truncated: {have} bytes, needs {need}")]
    Truncated {
        /// Bytes received.
        have: usize,
        /// Bytes needed.
        need: usize,
    },
    /// Not 1.
    #[error("version {0} is not BFD version 1")]
    Version(u8),
    /// The length field is below the minimum of 24, or of 26 with authentication.
    #[error("its length field says {0}")]
    Length(u8),
    /// Detect Mult is 0.
    #[error("detection multiplier 0")]
    DetectMult,
    /// The M bit, which is reserved.
    #[error("the multipoint bit is set")]
    Multipoint,
    /// My Discriminator is 0.
    #[error("My Discriminator is 0")]
    MyDiscriminator,
    /// Your Discriminator is 0 in a state that needs to have heard us.
    #[error("Your Discriminator is 0 in state {0:?}")]
    YourDiscriminator(State),
    /// The A bit: no session of ours uses authentication.
    #[error("authentication, which is not in use here")]
    Authentication,
}

/// A checked view of the UDP payload: all that RFC 5880 section 6.8.6 asks of a packet by itself holds.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    header: &'a Header,
    detect_mult: NonZeroU8,
    my_discriminator: NonZeroU32,
}

impl<'a> Packet<'a> {
    /// The checks of RFC 5880 section 6.8.6 in its order, those that need a session aside. Bytes behind the length
    /// that the packet states are ignored.
    pub fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let truncated = |need| DecodeError::Truncated { have: bytes.len(), need };
        let (header, _) = Header::ref_from_prefix(bytes).map_err(|_| truncated(LEN))?;
        let version = header.version_diagnostic >> 5;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let authenticated = header.has(AUTHENTICATION);
        let length = usize::from(header.length);
        if length < LEN + if authenticated { 2 } else { 0 } {
            return Err(DecodeError::Length(header.length));
        }
        if length > bytes.len() {
            return Err(truncated(length));
        }
        let detect_mult = NonZeroU8::new(header.detect_mult).ok_or(DecodeError::DetectMult)?;
        if header.has(MULTIPOINT) {
            return Err(DecodeError::Multipoint);
        }
        let my_discriminator =
            NonZeroU32::new(header.my_discriminator.get()).ok_or(DecodeError::MyDiscriminator)?;
        let state = State::from_bits(header.state_flags >> 6);
        if header.your_discriminator.get() == 0 && matches!(state, State::Init | State::Up) {
            return Err(DecodeError::YourDiscriminator(state));
        }
        if authenticated {
            return Err(DecodeError::Authentication);
        }
        Ok(Self { header, detect_mult, my_discriminator })
    }

    /// Which of our sessions it is for; `None`: the sender does not know our discriminator yet.
    pub fn your_discriminator(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.header.your_discriminator.get())
    }

    /// All of it.
    pub fn control(&self) -> Control {
        let header = self.header;
        Control {
            diagnostic: Diagnostic::from_number(header.version_diagnostic),
            state: State::from_bits(header.state_flags >> 6),
            poll: header.has(POLL),
            final_: header.has(FINAL),
            control_plane_independent: header.has(CONTROL_PLANE_INDEPENDENT),
            demand: header.has(DEMAND),
            detect_mult: self.detect_mult,
            my_discriminator: self.my_discriminator,
            your_discriminator: self.your_discriminator(),
            desired_min_tx_us: header.desired_min_tx.get(),
            required_min_rx_us: header.required_min_rx.get(),
            required_min_echo_rx_us: header.required_min_echo_rx.get(),
        }
    }
}

impl Control {
    /// The bytes on the wire.
    pub fn emit(&self) -> [u8; LEN] {
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        transmute!(Header {
            version_diagnostic: VERSION << 5 | self.diagnostic.number(),
            state_flags: self.state.bits() << 6
                | flag(self.poll, POLL)
                | flag(self.final_, FINAL)
                | flag(self.control_plane_independent, CONTROL_PLANE_INDEPENDENT)
                | flag(self.demand, DEMAND),
            detect_mult: self.detect_mult.get(),
            length: LEN as u8,
            my_discriminator: self.my_discriminator.get().into(),
            your_discriminator: self.your_discriminator.map_or(0, NonZeroU32::get).into(),
            desired_min_tx: self.desired_min_tx_us.into(),
            required_min_rx: self.required_min_rx_us.into(),
            required_min_echo_rx: self.required_min_echo_rx_us.into(),
        })
    }
}

/// The mandatory section.
#[derive(Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    version_diagnostic: u8,
    state_flags: u8,
    detect_mult: u8,
    length: u8,
    my_discriminator: U32,
    your_discriminator: U32,
    desired_min_tx: U32,
    required_min_rx: U32,
    required_min_echo_rx: U32,
}

impl Header {
    const fn has(&self, flag: u8) -> bool {
        self.state_flags & flag != 0
    }
}
