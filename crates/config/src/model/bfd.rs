use std::net::IpAddr;
use std::num::NonZeroU8;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::Family;

/// One `bfd_instance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bfd {
    /// The name after `bfd_instance`.
    pub name: String,
    /// `neighbor_ip`.
    pub neighbor: IpAddr,
    /// The interface behind a link-local `neighbor_ip`; `None` for every other address.
    pub interface: Option<String>,
    /// `source_ip`; `None`: the kernel chooses.
    pub source: Option<IpAddr>,
    /// `multihop`: RFC 5883 instead of RFC 5881.
    pub multihop: bool,
    /// `min_tx` in microseconds, at least 1000.
    pub min_tx_us: u32,
    /// `min_rx` in microseconds, at least 1000.
    pub min_rx_us: u32,
    /// `idle_tx` in microseconds, at least 1000000.
    pub idle_tx_us: u32,
    /// `multiplier`.
    pub detect_mult: NonZeroU8,
    /// `passive`.
    pub passive: bool,
    /// TTL or hop limit of what is sent.
    pub ttl: u8,
    /// The least TTL or hop limit of what is accepted; 0: any.
    pub min_ttl: u8,
    /// `weight` for those who track it without one of their own.
    pub weight: i16,
    /// `weight … reverse`.
    pub reverse: bool,
    /// Whether virtual routers may track it: false with `checker` alone.
    pub for_vrrp: bool,
}

impl Bfd {
    /// A session for which nothing else is configured, with the language's defaults: single hop, 10 ms, five packets.
    pub fn new(name: &str, neighbor: IpAddr) -> Self {
        Self {
            name: name.to_owned(),
            neighbor,
            interface: None,
            source: None,
            multihop: false,
            min_tx_us: 10_000,
            min_rx_us: 10_000,
            idle_tx_us: 1_000_000,
            detect_mult: const { NonZeroU8::new(5).unwrap() },
            passive: false,
            ttl: 255,
            min_ttl: match Family::of(neighbor) {
                Family::V4 => 255,
                Family::V6 => 64,
            },
            weight: 0,
            reverse: false,
            for_vrrp: true,
        }
    }
}
