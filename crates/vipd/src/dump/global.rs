use config::model::Model;

use super::lines::Lines;
use super::place::KEEPALIVED_UMASK;
use super::program;

/// `global_defs`, in the words and the order of keepalived 2.2.7.
pub(super) fn definitions(lines: &mut Lines, model: &Model) {
    let (global, programs, process) = (&model.global, &model.programs, &model.global.process);
    lines.heading("Global definitions");
    let namespace = model.identity.net_namespace.as_deref().unwrap_or("(default)");
    lines.value(1, "Network namespace", namespace);
    if let Some(name) = &global.router_id {
        lines.value(1, "Router ID", name);
    }
    if let Some(mail) = &global.mail {
        lines.value(1, "Smtp server", &mail.server);
        lines.value(1, "Smtp server port", mail.port);
        if let Some(name) = &mail.helo_name {
            lines.value(1, "Smtp HELO name", name);
        }
        lines.value(1, "Smtp server connection timeout", mail.connect_timeout.as_secs());
        if let Some(from) = &mail.from {
            lines.value(1, "Email notification from", from);
        }
        lines.put(1, "Email notification to:");
        for to in &mail.to {
            lines.put(3, to);
        }
    }
    let no_local_igmp = if global.no_local_igmp { "yes" } else { "no" };
    lines.value(1, "Disable local IGMP", no_local_igmp);
    for fifo in &programs.fifos {
        lines.value(1, "VRRP notify fifo", &fifo.path);
        if let Some(reader) = &fifo.reader {
            lines.value(1, "VRRP notify fifo script", program(model, reader));
        }
    }
    lines.value(1, "FIFO write vrrp states on reload", programs.states_on_reload);
    if !global.startup_delay.is_zero() {
        lines.value(1, "VRRP startup delay", format!("{:.6}", global.startup_delay.as_secs_f64()));
    }
    lines.value(1, "nftables table name", &model.filter.table);
    lines.value(1, "nftables base chain priority", model.filter.priority);
    lines.put(1, if model.filter.counters { "nftables with counters" } else { "nftables without counters" });
    let auto = process.auto_priority;
    lines.value(1, "Max auto priority", auto.map_or(0, |auto| auto.max));
    if let Some(auto) = auto {
        lines.value(1, "Min auto priority delay", format!("{} usecs", auto.delay.as_micros()));
    }
    lines.value(1, "VRRP process priority", process.nice.unwrap_or(0));
    lines.value(1, "VRRP don't swap", process.no_swap);
    lines.value(1, "VRRP realtime priority", process.rt_priority.unwrap_or(0));
    lines.value(1, "VRRP realtime limit", process.rlimit_rttime_us);
    lines.put(1, if programs.secure { "Script security enabled" } else { "Script security disabled" });
    lines.value(1, "json_version", if global.dumps.json_object { 2 } else { 1 });
    lines.value(1, "umask", format!("0{:o}", global.dumps.umask.unwrap_or(KEEPALIVED_UMASK)));
}
