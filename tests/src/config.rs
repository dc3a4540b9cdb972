//! Configurations in keepalived's language.

use std::fmt::Write as _;

/// Wraps instances into a whole file.
pub fn file(version: u8, instances: &[Instance]) -> String {
    let mut text = format!("global_defs {{\n  router_id test\n  vrrp_version {version}\n}}\n");
    for instance in instances {
        text.push_str(&instance.text());
    }
    text
}

/// One `vrrp_instance` on eth0 with the defaults of most tests: VI_1, VRID 51, priority 100, one second,
/// 192.168.200.100.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Name.
    pub name: String,
    /// Interface; empty: none.
    pub interface: String,
    /// VRID.
    pub vrid: u8,
    /// Priority.
    pub priority: u8,
    /// `advert_int`, as written.
    pub advert_int: String,
    /// `auth_pass`, where there is one.
    pub password: Option<String>,
    /// `virtual_ipaddress`.
    pub addresses: Vec<String>,
    /// `virtual_ipaddress_excluded`.
    pub excluded: Vec<String>,
    /// Further lines.
    pub more: String,
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            name: "VI_1".into(),
            interface: "eth0".into(),
            vrid: 51,
            priority: 100,
            advert_int: "1".into(),
            password: None,
            addresses: vec!["192.168.200.100".into()],
            excluded: Vec::new(),
            more: String::new(),
        }
    }
}

impl Instance {
    /// The default with another priority.
    pub fn priority(priority: u8) -> Self {
        Self { priority, ..Self::default() }
    }

    /// Another `advert_int`.
    pub fn every(mut self, advert_int: &str) -> Self {
        advert_int.clone_into(&mut self.advert_int);
        self
    }

    /// Another interface.
    pub fn on(mut self, interface: &str) -> Self {
        interface.clone_into(&mut self.interface);
        self
    }

    /// Other addresses.
    pub fn with_addresses(mut self, addresses: &[&str]) -> Self {
        self.addresses = addresses.iter().map(ToString::to_string).collect();
        self
    }

    /// Further lines.
    pub fn and(mut self, lines: &str) -> Self {
        self.more.push_str(lines);
        self.more.push('\n');
        self
    }

    fn text(&self) -> String {
        // keepalived's address owner waits like everybody else unless it is told that it is the Master.
        let state = if self.priority == 255 { "MASTER" } else { "BACKUP" };
        let mut text = format!(
            "vrrp_instance {} {{\n  state {state}\n  virtual_router_id {}\n  priority {}\n  advert_int {}\n",
            self.name, self.vrid, self.priority, self.advert_int
        );
        if !self.interface.is_empty() {
            let _ = writeln!(text, "  interface {}", self.interface);
        }
        if let Some(password) = &self.password {
            let _ = write!(text, "  authentication {{\n    auth_type PASS\n    auth_pass {password}\n  }}\n");
        }
        text.push_str(&self.more);
        for (keyword, list) in
            [("virtual_ipaddress", &self.addresses), ("virtual_ipaddress_excluded", &self.excluded)]
        {
            if !list.is_empty() {
                let _ = write!(text, "  {keyword} {{\n    {}\n  }}\n", list.join("\n    "));
            }
        }
        text.push_str("}\n");
        text
    }
}
