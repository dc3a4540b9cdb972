use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use types::Instant;
use wire::bfd::{Control, State};

/// What is known of the peer; all of it is forgotten after a detection time of silence, together with
/// `bfd.RemoteDiscr`, so that another peer in its place does not inherit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remote {
    /// `bfd.RemoteDiscr`.
    pub(crate) discriminator: NonZeroU32,
    /// `bfd.RemoteSessionState`.
    pub(crate) state: State,
    /// `bfd.RemoteDemandMode`.
    pub(crate) demand: bool,
    /// `bfd.RemoteMinRxInterval`.
    pub(crate) min_rx_us: u32,
    /// Its Desired Min TX Interval.
    pub(crate) desired_min_tx_us: u32,
    /// Its Detect Mult.
    pub(crate) detect_mult: NonZeroU8,
    /// When it was last heard.
    pub(crate) heard: Instant,
}

impl Remote {
    pub(crate) const fn new(packet: &Control, heard: Instant) -> Self {
        Self {
            discriminator: packet.my_discriminator,
            state: packet.state,
            demand: packet.demand,
            min_rx_us: packet.required_min_rx_us,
            desired_min_tx_us: packet.desired_min_tx_us,
            detect_mult: packet.detect_mult,
            heard,
        }
    }

    /// RFC 5880 section 6.8.4: the detection time, with what we can receive.
    pub(crate) fn detection_time(&self, min_rx_us: u32) -> Duration {
        let agreed_us = u64::from(min_rx_us.max(self.desired_min_tx_us));
        Duration::from_micros(u64::from(self.detect_mult.get()) * agreed_us)
    }
}
