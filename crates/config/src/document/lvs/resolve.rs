//! What holds where nothing is written: defaults, and what real servers and checkers inherit (keepalived.conf(5)).

use std::net::IpAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use super::read::PERSISTENCE;
use super::{Forwarding, Protocol, RealServer, Scheduler, Service, Tunnel, VirtualServer};
use crate::document::checkers::{Checker, Kind, Time, Timing, Url, Web};

/// When a checker works, all of it known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// It counts as failed until it has succeeded.
    pub alpha: bool,
    /// Further attempts until a failure counts.
    pub retry: u32,
    /// The time between these.
    pub delay_before_retry: Duration,
    /// The first check waits for a random time up to this.
    pub warmup: Duration,
    /// The time between checks.
    pub delay_loop: Duration,
    /// When an attempt to connect has failed.
    pub connect_timeout: Duration,
}

/// The timing of a checker: its own, else that of its real server, else that of its virtual server, else the default
/// of its kind.
pub fn schedule(server: &VirtualServer, real: &RealServer, checker: &Checker) -> Schedule {
    let of_real = real.more.as_ref().map(|more| &more.timing);
    let levels = [Some(&checker.timing), of_real, Some(&server.timing)];
    let time = |field: fn(&Timing) -> Option<Time>| first(levels, field).map(Duration::from);
    let delay_loop = time(|timing| timing.delay_loop).unwrap_or(Duration::from_mins(1));
    let (retry, delay) = match checker.kind {
        Kind::HttpGet(_) | Kind::SslGet(_) => (1, Duration::from_secs(3)),
        Kind::DnsCheck(_) => (3, delay_loop),
        Kind::MiscCheck(_) => (0, Duration::from_secs(1)),
        Kind::TcpCheck
        | Kind::SmtpCheck(_)
        | Kind::BfdCheck(_)
        | Kind::PingCheck
        | Kind::UdpCheck(_)
        | Kind::FileCheck(_) => (1, Duration::from_secs(1)),
    };
    Schedule {
        alpha: first(levels, |timing| timing.alpha).unwrap_or(false),
        retry: first(levels, |timing| timing.retry).unwrap_or(retry),
        delay_before_retry: time(|timing| timing.delay_before_retry).unwrap_or(delay),
        warmup: time(|timing| timing.warmup).unwrap_or(delay_loop),
        delay_loop,
        connect_timeout: time(|timing| timing.connect_timeout).unwrap_or(Duration::from_secs(5)),
    }
}

fn first<T>(levels: [Option<&Timing>; 3], field: impl Fn(&Timing) -> Option<T>) -> Option<T> {
    levels.into_iter().flatten().find_map(field)
}

/// The host name that a page is asked for with.
pub fn virtualhost<'a>(
    server: &'a VirtualServer,
    real: &'a RealServer,
    web: &'a Web,
    url: &'a Url,
) -> Option<&'a str> {
    let of_real = real.more.as_ref().and_then(|more| more.virtualhost.as_deref());
    url.virtualhost.as_deref().or(web.virtualhost.as_deref()).or(of_real).or(server.virtualhost.as_deref())
}

/// Where a checker connects to.
pub fn target(server: &VirtualServer, real: &RealServer, checker: &Checker) -> (IpAddr, Option<NonZeroU16>) {
    let connection = checker.connection.as_deref();
    let address = connection.and_then(|connection| connection.connect_ip).unwrap_or(real.address);
    (address, connection.and_then(|connection| connection.connect_port).or(port(server, real)))
}

impl VirtualServer {
    /// The scheduler: wlc by default.
    pub fn scheduler(&self) -> Scheduler {
        self.scheduler.unwrap_or(Scheduler::Wlc)
    }

    /// The protocol: UDP by default. Without meaning for firewall marks.
    pub fn protocol(&self) -> Protocol {
        self.protocol.unwrap_or(Protocol::Udp)
    }

    /// How real servers are reached that say nothing of it: NAT by default.
    pub fn forwarding(&self) -> Forwarding {
        self.forwarding.unwrap_or(Forwarding::Nat)
    }

    /// How long clients stay with their real server; `None`: each connection is on its own.
    ///
    /// A granularity asks for persistence, and a service on all ports cannot do without. The ports of a group are not
    /// known here.
    pub fn persistence_timeout(&self) -> Option<NonZeroU32> {
        let all_ports = matches!(self.service, Service::Address { port: None, .. });
        let implied = all_ports || self.persistence_granularity.is_some();
        self.persistence_timeout.or(implied.then_some(PERSISTENCE))
    }

    /// The weight of all real servers.
    pub fn total_weight(&self) -> u64 {
        self.real_servers.iter().map(|real| u64::from(weight(self, real))).sum()
    }

    /// The weight that is enough: at most that of all.
    pub fn quorum(&self) -> u64 {
        self.quorum.map_or(1, |quorum| u64::from(quorum.get())).min(self.total_weight())
    }

    /// How far the weight must pass the quorum: less than the quorum.
    pub fn hysteresis(&self) -> u64 {
        u64::from(self.hysteresis.unwrap_or(0)).min(self.quorum().saturating_sub(1))
    }
}

/// The weight of a real server.
pub fn weight(server: &VirtualServer, real: &RealServer) -> u32 {
    real.weight.or(server.weight).unwrap_or(1)
}

/// How a real server is reached.
pub fn forwarding(server: &VirtualServer, real: &RealServer) -> Forwarding {
    real.forwarding.unwrap_or(server.forwarding())
}

/// Whether a real server that fails stays in the table with weight 0.
pub fn inhibit_on_failure(server: &VirtualServer, real: &RealServer) -> bool {
    real.inhibit_on_failure.unwrap_or(server.inhibit_on_failure)
}

/// The port of a real server. Packets that are not rewritten arrive at the port of the virtual server; those with a
/// firewall mark at the port they came for.
pub fn port(server: &VirtualServer, real: &RealServer) -> Option<NonZeroU16> {
    match (&server.service, forwarding(server, real)) {
        (Service::Address { port, .. }, Forwarding::Nat) => real.port.or(*port),
        (Service::Address { port, .. }, Forwarding::Direct | Forwarding::Tunnel(_)) => *port,
        (Service::Fwmark(_), _) => None,
        (Service::Group(_), _) => real.port,
    }
}

/// Whether packets go through a tunnel, whose ends may be of another family than they are.
pub fn is_tunnel(forwarding: Forwarding) -> bool {
    match forwarding {
        Forwarding::Tunnel(Tunnel::Ipip | Tunnel::Gre { .. } | Tunnel::Gue { .. }) => true,
        Forwarding::Nat | Forwarding::Direct => false,
    }
}
