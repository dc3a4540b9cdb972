use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use types::{Cidr, Family, Version, Vrid};

/// A configuration file and what shall run it.
#[derive(Debug, Clone)]
pub struct Side {
    /// The host's name in the story.
    pub name: String,
    /// The configuration, as it is in the file.
    pub config: String,
    /// The daemon.
    pub program: PathBuf,
}

/// What a set of configuration files promises together.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) hosts: Vec<HostPlan>,
    pub(crate) routers: Vec<Router>,
    /// The client's own addresses.
    pub(crate) client: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct HostPlan {
    pub(crate) side: Side,
    /// Its own addresses on eth0.
    pub(crate) addresses: Vec<String>,
    /// Mail goes to a server that the laboratory can play: 127.0.0.1 port 25.
    pub(crate) mails: bool,
}

/// A virtual router and everybody who takes part in it.
#[derive(Debug)]
pub(crate) struct Router {
    pub(crate) name: String,
    pub(crate) vrid: Vrid,
    pub(crate) version: Version,
    pub(crate) interval: Duration,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) members: Vec<Member>,
}

/// One host's part in a virtual router.
#[derive(Debug)]
pub(crate) struct Member {
    /// The name of the instance in this host's file.
    pub(crate) name: String,
    pub(crate) host: usize,
    pub(crate) priority: u8,
    pub(crate) preempts: bool,
    pub(crate) preempt_delay: Duration,
    /// Silence after which it takes over.
    pub(crate) master_down: Duration,
    /// Wait after the Master says that it stops.
    pub(crate) skew: Duration,
    pub(crate) smtp_alert: bool,
}

impl Plan {
    /// Reads all files; an error of any says which and where.
    pub(crate) fn new(sides: Vec<Side>) -> Result<Self> {
        anyhow::ensure!(
            sides.len() >= 2,
            "a story needs at least two configuration files, one for each host"
        );
        let mut models = Vec::new();
        for side in &sides {
            models.push(read(side)?);
        }
        let subnet = Subnet::around(&models).context("no configuration has a virtual address")?;
        let mut routers: BTreeMap<(Vrid, Family), Router> = BTreeMap::new();
        for (host, model) in models.iter().enumerate() {
            for instance in &model.instances {
                let router = routers.entry((instance.vrid, instance.family)).or_insert_with(|| Router {
                    name: instance.name.clone(),
                    vrid: instance.vrid,
                    version: instance.version,
                    interval: instance.interval.as_duration(),
                    addresses: instance.all_addresses().map(|address| address.cidr.addr).collect(),
                    members: Vec::new(),
                });
                router.members.push(Member::new(host, instance));
            }
        }
        let has_v6 = routers.values().flat_map(|router| &router.addresses).any(IpAddr::is_ipv6);
        let own = |number: u8| subnet.own(number, has_v6);
        let hosts = sides
            .into_iter()
            .zip(&models)
            .enumerate()
            .map(|(n, (side, model))| HostPlan { side, addresses: own(n as u8), mails: mails_locally(model) })
            .collect();
        Ok(Self { hosts, routers: routers.into_values().collect(), client: own(CLIENT) })
    }

    /// Every virtual address, in the order of the routers.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.routers.iter().flat_map(|router| router.addresses.iter().copied()).collect()
    }
}

impl Router {
    /// Who must be Master when exactly the hosts in `alive` can serve and `before` was Master until now:
    /// the highest priority, then the highest address (hosts are numbered upwards); without preemption
    /// whoever is Master stays.
    pub(crate) fn expected(&self, alive: &[bool], before: Option<usize>) -> Option<usize> {
        let can = |member: &&Member| alive.get(member.host).copied().unwrap_or_default();
        let best = self.members.iter().filter(can).max_by_key(|member| (member.priority, member.host))?;
        match before.and_then(|host| self.members.iter().filter(can).find(|member| member.host == host)) {
            Some(current) if !best.preempts || current.priority == best.priority => Some(current.host),
            Some(_) | None => Some(best.host),
        }
    }

    pub(crate) fn member(&self, host: usize) -> Option<&Member> {
        self.members.iter().find(|member| member.host == host)
    }
}

impl Member {
    fn new(host: usize, instance: &config::model::Instance) -> Self {
        let (version, priority, interval) = (instance.version, instance.priority, instance.interval);
        Self {
            name: instance.name.clone(),
            host,
            priority: priority.0,
            preempts: instance.preempt || priority.is_owner(),
            preempt_delay: instance.preempt_delay,
            master_down: vrrp::master_down_interval(version, priority, interval, instance.down_timer_adverts),
            skew: vrrp::skew_time(version, priority, interval),
            smtp_alert: instance.smtp_alert,
        }
    }
}

/// The client's number beside the hosts' 0, 1, … .
const CLIENT: u8 = 100;

/// The IPv4 /24 in which the hosts live.
struct Subnet([u8; 3]);

impl Subnet {
    /// Around the first IPv4 address; the documentation network when there is none.
    fn around(models: &[config::Model]) -> Option<Self> {
        let mut addresses = models
            .iter()
            .flat_map(|m| &m.instances)
            .flat_map(config::model::Instance::all_addresses)
            .peekable();
        addresses.peek()?;
        let first = addresses.find_map(|address| match address.cidr.addr {
            IpAddr::V4(addr) => Some(addr),
            IpAddr::V6(_) => None,
        });
        let [a, b, c, _] = first.unwrap_or(Ipv4Addr::new(192, 0, 2, 0)).octets();
        Some(Self([a, b, c]))
    }

    /// ServerA is .128, ServerB .129 and so on, as in the scenario.
    fn own(&self, number: u8, v6: bool) -> Vec<String> {
        let [a, b, c] = self.0;
        let mut own = vec![format!("{}/24", Ipv4Addr::new(a, b, c, 128 + number))];
        if v6 {
            own.push(format!("{}/64", Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x128 + u16::from(number))));
        }
        own
    }
}

fn read(side: &Side) -> Result<config::Model> {
    let loaded = config::load(&side.name, side.config.as_bytes(), &config::Options::default());
    let errors: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| diagnostic.one_line(&loaded.sources))
        .collect();
    anyhow::ensure!(
        errors.is_empty(),
        "the configuration of {} is not valid:\n  {}",
        side.name,
        errors.join("\n  ")
    );
    for instance in &loaded.model.instances {
        anyhow::ensure!(
            instance.interface.as_deref() == Some("eth0"),
            "{}: {} is on {}; the hosts of the laboratory have eth0 only",
            side.name,
            instance.name,
            instance.place()
        );
    }
    Ok(loaded.model)
}

fn mails_locally(model: &config::Model) -> bool {
    model.global.mail.as_ref().is_some_and(|mail| {
        mail.port == 25 && mail.server.parse::<IpAddr>().is_ok_and(|addr| addr == Ipv4Addr::LOCALHOST)
    })
}

/// Whether an address lies in the subnet of one of the host's own; the others need a route at the client.
pub(crate) fn on_link(own: &[String], addr: IpAddr) -> bool {
    own.iter().filter_map(|text| text.parse::<Cidr>().ok()).any(|cidr| match (cidr.addr, addr) {
        (IpAddr::V4(net), IpAddr::V4(addr)) => {
            let shift = 32 - u32::from(cidr.prefix_len.clamp(1, 32));
            u32::from(net) >> shift == u32::from(addr) >> shift
        }
        (IpAddr::V6(net), IpAddr::V6(addr)) => {
            let shift = 128 - u32::from(cidr.prefix_len.clamp(1, 128));
            u128::from(net) >> shift == u128::from(addr) >> shift
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> Plan {
        Plan::new(crate::scenario(&PathBuf::from("vipd"))).unwrap()
    }

    #[test]
    fn the_two_servers_of_the_scenario() {
        let plan = scenario();
        assert_eq!(plan.hosts[0].addresses, ["192.168.200.128/24"]);
        assert_eq!(plan.hosts[1].addresses, ["192.168.200.129/24"]);
        assert!(plan.hosts.iter().all(|host| host.mails));
        let addresses: Vec<_> = plan.addresses().iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["192.168.200.100", "192.168.200.200"]);
        // RFC 3768 section 6.1: 3 s and (256 - 10) / 256 s.
        let backup = plan.routers[0].member(1).unwrap();
        assert_eq!(backup.master_down, Duration::from_nanos(3_960_937_500));
        assert_eq!(backup.skew, Duration::from_nanos(960_937_500));
    }

    #[test]
    fn who_must_be_master() {
        let plan = scenario();
        let holders = |alive: [bool; 2]| [0, 1].map(|n| plan.routers[n].expected(&alive, None));
        assert_eq!(holders([true, true]), [Some(0), Some(1)]);
        assert_eq!(holders([true, false]), [Some(0), Some(0)]);
        assert_eq!(holders([false, true]), [Some(1), Some(1)]);
        assert_eq!(holders([false, false]), [None, None]);
    }

    #[test]
    fn without_preemption_the_master_stays() {
        let mut plan = scenario();
        plan.routers[0].members[0].preempts = false;
        assert_eq!(plan.routers[0].expected(&[true, true], Some(1)), Some(1));
        assert_eq!(plan.routers[0].expected(&[true, true], None), Some(0));
    }

    #[test]
    fn one_file_is_no_story() {
        let alone = crate::scenario(&PathBuf::from("vipd")).into_iter().take(1).collect();
        assert!(Plan::new(alone).unwrap_err().to_string().contains("at least two"));
    }
}
