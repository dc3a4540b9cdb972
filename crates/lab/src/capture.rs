use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use linux::capture::Frame;
use linux::link;
use linux::namespace::NetNs;
use types::{Family, MacAddr};

/// Everything of interest that passes on one Ethernet, from the moment it is made.
#[derive(Debug)]
pub struct Capture {
    frames: Arc<Mutex<Vec<Frame>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// An advertisement as it passed on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advert {
    /// When.
    pub at: SystemTime,
    /// Source MAC address.
    pub mac: MacAddr,
    /// Source address.
    pub from: IpAddr,
    /// Destination MAC address.
    pub to_mac: MacAddr,
    /// Destination address.
    pub to: IpAddr,
    /// TTL or hop limit.
    pub hops: u8,
    /// Type of service or traffic class.
    pub tos: u8,
    /// VRID.
    pub vrid: u8,
    /// Priority; 0: the sender stops.
    pub priority: u8,
    /// 2 or 3.
    pub version: u8,
    /// Everything after the IP header, and after the authentication header where there is one.
    pub payload: Vec<u8>,
}

/// A gratuitous ARP or an unsolicited neighbour advertisement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// When.
    pub at: SystemTime,
    /// What is announced.
    pub addr: IpAddr,
    /// Where it lives now.
    pub mac: MacAddr,
    /// The whole frame.
    pub frame: Vec<u8>,
}

impl Capture {
    pub(crate) fn start(switch: &NetNs, interface: &str) -> Result<Self> {
        let capture = switch
            .run(|| linux::capture::Capture::open(link::index_of(interface)?, Duration::from_millis(50)))?
            .with_context(|| format!("cannot watch {interface}"))?;
        let (frames, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (into, until) = (Arc::clone(&frames), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                match capture.next() {
                    Ok(Some(frame)) => into.lock().unwrap_or_else(PoisonError::into_inner).push(frame),
                    Ok(None) => {}
                    Err(_) => return,
                }
            }
        });
        Ok(Self { frames, stop, thread: Some(thread) })
    }

    /// Every advertisement so far, of one VRID, in order.
    pub fn adverts(&self, vrid: u8) -> Vec<Advert> {
        self.all_adverts().into_iter().filter(|advert| advert.vrid == vrid).collect()
    }

    /// Every advertisement so far, in order.
    pub fn all_adverts(&self) -> Vec<Advert> {
        self.frames().iter().filter_map(advert).collect()
    }

    /// Every announcement so far of one address, in order.
    pub fn announcements(&self, addr: IpAddr) -> Vec<Announcement> {
        self.all_announcements().into_iter().filter(|seen| seen.addr == addr).collect()
    }

    /// Every announcement so far, in order.
    pub fn all_announcements(&self) -> Vec<Announcement> {
        self.frames().iter().filter_map(announcement).collect()
    }

    /// Writes everything so far as a pcap file that tshark and tcpdump read.
    pub fn write_pcap(&self, path: &Path) -> Result<()> {
        let mut file =
            BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?);
        // Magic for nanoseconds, version 2.4, no zone, snap length, Ethernet.
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            file.write_all(&word.to_ne_bytes())?;
        }
        for frame in self.frames() {
            let at = frame.at.duration_since(UNIX_EPOCH).unwrap_or_default();
            let len = frame.bytes.len() as u32;
            for word in [at.as_secs() as u32, at.subsec_nanos(), len, len] {
                file.write_all(&word.to_ne_bytes())?;
            }
            file.write_all(&frame.bytes)?;
        }
        Ok(file.flush()?)
    }

    fn frames(&self) -> Vec<Frame> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn advert(frame: &Frame) -> Option<Advert> {
    let bytes = &frame.bytes;
    let (from, to, hops, tos, payload, family) = match bytes.get(12..14)? {
        [0x08, 0x00] => {
            let ip = usize::from(bytes.get(14)? & 15) * 4;
            let header = match *bytes.get(23)? {
                wire::vrrp::PROTOCOL => ip,
                wire::ah::PROTOCOL => ip + wire::ah::LEN,
                _ => return None,
            };
            let address = |at| Some(IpAddr::V4(Ipv4Addr::from(*bytes.get(at..)?.first_chunk::<4>()?)));
            let (hops, tos) = (*bytes.get(22)?, *bytes.get(15)?);
            (address(26)?, address(30)?, hops, tos, bytes.get(14 + header..)?, Family::V4)
        }
        [0x86, 0xdd] if bytes.get(20) == Some(&wire::vrrp::PROTOCOL) => {
            let address = |at| Some(IpAddr::V6(Ipv6Addr::from(*bytes.get(at..)?.first_chunk::<16>()?)));
            let tos = (bytes.get(14)? << 4) | (bytes.get(15)? >> 4);
            (address(22)?, address(38)?, *bytes.get(21)?, tos, bytes.get(54..)?, Family::V6)
        }
        _ => return None,
    };
    let packet = wire::vrrp::Packet::new(payload, family).ok()?;
    Some(Advert {
        at: frame.at,
        mac: MacAddr(*bytes.get(6..)?.first_chunk()?),
        from,
        to_mac: MacAddr(*bytes.first_chunk()?),
        to,
        hops,
        tos,
        vrid: packet.vrid().get(),
        priority: packet.priority().0,
        version: packet.version().number(),
        payload: payload.to_vec(),
    })
}

fn announcement(frame: &Frame) -> Option<Announcement> {
    let (addr, mac) = if let Some(claim) = wire::arp::parse(&frame.bytes) {
        claim.gratuitous.then_some((claim.addr.into(), claim.mac))
    } else {
        let claim = wire::ndisc::parse(&frame.bytes)?;
        claim.unsolicited.then_some((claim.addr.into(), claim.mac))
    }?;
    Some(Announcement { at: frame.at, addr, mac, frame: frame.bytes.clone() })
}
