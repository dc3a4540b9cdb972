use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use linux::link;
use linux::namespace::NetNs;
use types::Cidr;

use crate::capture::Capture;

/// One Ethernet (or several) and the hosts on it. Everything is gone when the last handle is dropped.
#[derive(Debug)]
pub struct World {
    switch: Arc<NetNs>,
    links: usize,
    hosts: usize,
    dir: PathBuf,
}

/// A machine in the world: a network namespace whose `eth0` hangs on the switch. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Host(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    number: usize,
    addresses: Vec<Cidr>,
    netns: Arc<NetNs>,
    switch: Arc<NetNs>,
    dir: PathBuf,
}

/// An address that a host has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Name of the interface.
    pub interface: String,
    /// Address and prefix length.
    pub cidr: Cidr,
}

impl World {
    /// A switch with one Ethernet. Call [`enter`](crate::enter) once before.
    pub fn new() -> Result<Self> {
        Self::with_links(1)
    }

    /// A switch with `links` separate Ethernets: every host has eth0, eth1, … , one on each.
    pub fn with_links(links: usize) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let dir = PathBuf::from(format!("/run/vipd-lab/{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let switch = Arc::new(NetNs::create().context("cannot create the switch's network namespace")?);
        switch
            .run(move || {
                for n in 0..links {
                    link::add_bridge(&bridge(n))?;
                    link::set_up(&bridge(n), true)?;
                }
                std::io::Result::Ok(())
            })?
            .context("cannot create the switch")?;
        Ok(Self { switch, links, hosts: 0, dir })
    }

    /// Adds a host with its own addresses on eth0, cable plugged.
    pub fn host(&mut self, name: &str, addresses: &[&str]) -> Result<Host> {
        let addresses = addresses
            .iter()
            .map(|text| text.parse::<Cidr>().map_err(|error| anyhow::anyhow!("{text}: {error}")))
            .collect::<Result<Vec<_>>>()?;
        let number = self.hosts;
        self.hosts += 1;
        let dir = self.dir.join(name);
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let netns = Arc::new(
            NetNs::create().with_context(|| format!("cannot create the network namespace of {name}"))?,
        );
        let host = Host(Arc::new(Inner {
            name: name.to_owned(),
            number,
            addresses,
            netns,
            switch: Arc::clone(&self.switch),
            dir,
        }));
        host.wake_up().with_context(|| format!("cannot set {name} up"))?;
        for n in 0..self.links {
            host.connect(n).with_context(|| format!("cannot connect {name} to the switch"))?;
        }
        host.address_eth0().with_context(|| format!("cannot give {name} its addresses"))?;
        Ok(host)
    }

    /// Watches the first Ethernet: advertisements and announcements with their times.
    pub fn capture(&self) -> Result<Capture> {
        self.capture_link(0)
    }

    /// Watches one of the Ethernets.
    pub fn capture_link(&self, link: usize) -> Result<Capture> {
        Capture::start(&self.switch, &bridge(link))
    }

    /// Watches what one host sends on the first Ethernet, and nothing else.
    pub fn capture_from(&self, host: &Host) -> Result<Capture> {
        self.capture_link_from(host, 0)
    }

    /// Watches what one host sends on one of the Ethernets, and nothing else.
    pub fn capture_link_from(&self, host: &Host, link: usize) -> Result<Capture> {
        Capture::start(&self.switch, &port(link, host.0.number))
    }

    /// A folder for files of this world; private to the laboratory and gone with its processes.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Host {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its own first address.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.addresses.first().map(|cidr| cidr.addr)
    }

    /// A folder for its files.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Runs a closure on a thread inside the host's network.
    pub fn run<T: Send>(&self, inside: impl FnOnce() -> T + Send) -> Result<T> {
        self.0.netns.run(inside).with_context(|| format!("cannot enter the network of {}", self.0.name))
    }

    /// Starts a program on the host.
    pub fn spawn(&self, command: Command) -> Result<Child> {
        let name = command.get_program().to_string_lossy().into_owned();
        self.0
            .netns
            .command(command)
            .spawn()
            .with_context(|| format!("cannot start {name} on {}", self.0.name))
    }

    /// Runs a program on the host to its end; its output if it succeeded.
    pub fn output(&self, program: &str, args: &[&str]) -> Result<String> {
        let mut command = Command::new(program);
        command.args(args);
        let output = self
            .0
            .netns
            .command(command)
            .output()
            .with_context(|| format!("cannot start {program} on {}", self.0.name))?;
        anyhow::ensure!(
            output.status.success(),
            "{program} {} on {}: {}",
            args.join(" "),
            self.0.name,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Plugs or pulls the cable of eth0: the switch's end goes up or down, the host sees its carrier change.
    pub fn plug(&self, plugged: bool) -> Result<()> {
        let port = port(0, self.0.number);
        self.0.switch.run(move || link::set_up(&port, plugged))?.with_context(|| {
            format!("cannot {} the cable of {}", if plugged { "plug" } else { "pull" }, self.0.name)
        })
    }

    /// Every address the host has now, loopback left out.
    pub fn addresses(&self) -> Result<Vec<Held>> {
        let all = self
            .run(link::all_addresses)?
            .with_context(|| format!("cannot list the addresses of {}", self.name()))?;
        let held = all.into_iter().map(|(interface, cidr)| Held { interface, cidr });
        Ok(held.filter(|held| held.interface != "lo").collect())
    }

    /// Whether the host has the address now.
    pub fn holds(&self, addr: IpAddr) -> Result<bool> {
        Ok(self.addresses()?.iter().any(|held| held.cidr.addr == addr))
    }

    /// Removes every address but its own, as a loss of power does.
    pub fn forget_foreign_addresses(&self) -> Result<()> {
        for held in self.addresses()? {
            // From the MAC address, of which it shows (RFC 4291 appendix A).
            let kernel_made = matches!(held.cidr.addr, IpAddr::V6(addr)
                if addr.is_unicast_link_local() && addr.octets()[11..13] == [0xff, 0xfe]);
            if !kernel_made && !self.0.addresses.contains(&held.cidr) {
                self.run(|| link::del_address(&held.interface, held.cidr))?
                    .with_context(|| format!("cannot remove {} from {}", held.cidr, self.name()))?;
            }
        }
        Ok(())
    }

    /// A route to an address beyond the host's own subnets, straight out of eth0.
    pub fn route_to(&self, addr: IpAddr) -> Result<()> {
        let family = if addr.is_ipv6() { "-6" } else { "-4" };
        self.output("ip", &[family, "route", "replace", &addr.to_string(), "dev", "eth0"]).map(drop)
    }

    /// Sends whole Ethernet frames out of eth0.
    pub fn send_frames(&self, frames: &[Vec<u8>]) -> Result<()> {
        self.run(|| {
            let ifindex = link::index_of("eth0")?;
            linux::packet::PacketSocket::open()?.send(ifindex, frames).map(drop)
        })?
        .with_context(|| format!("cannot send frames from {}", self.name()))
    }

    fn wake_up(&self) -> Result<()> {
        self.run(|| {
            // Duplicate address detection would make every start wait; without IPv6 there is nothing to set.
            for scope in ["all", "default"] {
                drop(link::set_sysctl(&format!("net.ipv6.conf.{scope}.accept_dad"), "0"));
            }
            // One membership per instance and interface; the default of 20 is for desktops.
            link::set_sysctl("net.ipv4.igmp_max_memberships", "2000")?;
            link::set_up("lo", true)
        })?
        .context("cannot set lo up")
    }

    fn connect(&self, n: usize) -> Result<()> {
        let (name, bridge, port) = (format!("eth{n}"), bridge(n), port(n, self.0.number));
        self.0.switch.run(|| {
            link::add_veth(&port, &name, &self.0.netns)?;
            link::set_master(&port, &bridge)?;
            link::set_up(&port, true)
        })??;
        Ok(self.run(|| link::set_up(&name, true))??)
    }

    fn address_eth0(&self) -> Result<()> {
        for cidr in &self.0.addresses {
            self.run(|| link::add_address("eth0", *cidr))?.with_context(|| format!("cannot add {cidr}"))?;
        }
        Ok(())
    }
}

fn bridge(link: usize) -> String {
    format!("br{link}")
}

/// The switch's end of a cable.
fn port(link: usize, host: usize) -> String {
    format!("p{host}-{link}")
}
