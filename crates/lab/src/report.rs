use std::fmt::Write as _;
use std::io::{IsTerminal as _, Stdout, Write as _, stdout};
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::plan::{Plan, Router};
use crate::story::{Bound, Fate, Step};

/// Tells the story as it goes: text for people, or one JSON object a line.
#[derive(Debug)]
pub(crate) struct Report {
    out: Stdout,
    json: bool,
    terminal: bool,
    turns: usize,
    rows: Vec<Row>,
}

/// A line of the closing summary.
#[derive(Debug)]
struct Row {
    step: usize,
    address: String,
    way: String,
    outage: String,
    bound: String,
    kept: bool,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        let out = stdout();
        let terminal = out.is_terminal() && !json;
        Self { out, json, terminal, turns: 0, rows: Vec::new() }
    }

    /// Who takes part.
    pub(crate) fn cast(&mut self, plan: &Plan) -> Result<()> {
        if self.json {
            return Ok(());
        }
        let mut text = String::new();
        writeln!(text, "{}", self.bold("The hosts"))?;
        for host in &plan.hosts {
            let own = host.addresses.iter().map(|text| text.split('/').next().unwrap_or(text));
            let own = own.collect::<Vec<_>>().join(" ");
            writeln!(text, "  {:10} {own}  runs {}", host.side.name, host.side.program.display())?;
        }
        let client = plan.client.first().and_then(|text| text.split('/').next()).unwrap_or_default();
        writeln!(text, "  {:10} {client}  asks every address once a millisecond: who are you?\n", "Client")?;
        writeln!(text, "{}", self.bold("The virtual routers"))?;
        for router in &plan.routers {
            writeln!(text, "  {}", describe(plan, router))?;
        }
        self.print(&text)
    }

    pub(crate) fn begin(&mut self, number: usize, title: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        let line = format!("\n{}\n", self.bold(&format!("{number}. {title}")));
        self.print(&line)
    }

    /// A sign of life, on terminals only.
    pub(crate) fn progress(&mut self, since: SystemTime) -> Result<()> {
        const TURN: [&str; 4] = ["|", "/", "-", "\\"];
        self.turns += 1;
        if self.terminal && self.turns.is_multiple_of(4) {
            let sign = TURN.get(self.turns / 4 % TURN.len()).unwrap_or(&"");
            let passed = since.elapsed().unwrap_or_default().as_secs_f64();
            self.print(&format!("\r   {sign} {passed:.1} s"))?;
        }
        Ok(())
    }

    pub(crate) fn step(&mut self, step: &Step) -> Result<()> {
        if self.json {
            let line = format!("{}\n", serde_json::to_string(step)?);
            return self.print(&line);
        }
        let mut text = String::new();
        if self.terminal {
            text.push_str("\r\x1b[K");
        }
        for fate in &step.addresses {
            writeln!(text, "   {:22}{}", fate.address.to_string(), self.fate(fate))?;
        }
        let pages: Vec<_> = step
            .pages
            .iter()
            .map(|page| format!("{} shows {}", page.address, page.title.as_deref().unwrap_or("nothing")))
            .collect();
        if let Some((first, rest)) = pages.split_first() {
            writeln!(text, "   {:22}{first}", self.dim("web pages           "))?;
            for page in rest {
                writeln!(text, "   {:20}  {page}", "")?;
            }
        }
        for (n, mail) in step.mails.iter().enumerate() {
            let label = if n == 0 { self.dim("mail                ") } else { " ".repeat(20) };
            writeln!(text, "   {label}  from {}: {}", mail.host, mail.subject)?;
        }
        for promise in &step.broken {
            writeln!(text, "   {}", self.red(&format!("broken: {promise}")))?;
        }
        self.print(&text)?;
        self.remember(step);
        Ok(())
    }

    /// The table at the end.
    pub(crate) fn summary(&mut self) -> Result<()> {
        if self.json {
            return Ok(());
        }
        let widths = |get: fn(&Row) -> &str, title: &str| {
            self.rows
                .iter()
                .map(|row| get(row).chars().count())
                .chain([title.len()])
                .max()
                .unwrap_or_default()
        };
        let address = widths(|row| &row.address, "address");
        let way = widths(|row| &row.way, "moved");
        let outage = widths(|row| &row.outage, "client waited");
        let bound = widths(|row| &row.bound, "the protocol allows");
        let mut text = format!("\n{}\n", self.bold("Summary"));
        writeln!(
            text,
            "  step  {:address$}  {:way$}  {:>outage$}  {:bound$}",
            "address", "moved", "client waited", "the protocol allows"
        )?;
        for row in &self.rows {
            let verdict = if row.kept { self.green("kept") } else { self.red("BROKEN") };
            writeln!(
                text,
                "  {:>4}  {:address$}  {:way$}  {:>outage$}  {:bound$}  {verdict}",
                row.step, row.address, row.way, row.outage, row.bound
            )?;
        }
        let broken = self.rows.iter().filter(|row| !row.kept).count();
        if broken == 0 {
            writeln!(text, "\n{}", self.green("Every promise was kept: one holder for each address, nobody waited longer than the protocol allows."))?;
        } else {
            writeln!(text, "\n{}", self.red("Some promises were broken; see above."))?;
        }
        self.print(&text)
    }

    fn fate(&self, fate: &Fate) -> String {
        let after = fate.after.as_deref().unwrap_or("nobody");
        if fate.bound == Bound::Untouched {
            return self.dim(&format!("stays on {after}"));
        }
        let before = fate.before.as_deref().unwrap_or("nobody");
        let moved =
            fate.moved_after_ms.map_or_else(|| "never".into(), |ms| format!("after {:.2} s", ms / 1000.0));
        let waited =
            fate.outage_ms.map_or_else(String::new, |ms| format!(", client waited {}", duration(ms)));
        format!(
            "{before} -> {} {moved}{waited} {}",
            self.bold(after),
            self.dim(&format!("({})", allowed(fate)))
        )
    }

    fn remember(&mut self, step: &Step) {
        let kept = step.broken.is_empty();
        let moved = step.addresses.iter().filter(|fate| fate.bound != Bound::Untouched);
        let before = self.rows.len();
        self.rows.extend(moved.map(|fate| Row {
            step: step.number,
            address: fate.address.to_string(),
            way: format!(
                "{} -> {}",
                fate.before.as_deref().unwrap_or("nobody"),
                fate.after.as_deref().unwrap_or("nobody")
            ),
            outage: fate.outage_ms.map_or_else(String::new, duration),
            bound: allowed(fate),
            kept,
        }));
        if self.rows.len() == before && !kept {
            self.rows.push(Row {
                step: step.number,
                address: String::new(),
                way: step.act.clone(),
                outage: String::new(),
                bound: String::new(),
                kept,
            });
        }
    }

    fn print(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.flush()?)
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn red(&self, text: &str) -> String {
        self.paint("31", text)
    }

    fn green(&self, text: &str) -> String {
        self.paint("32", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.terminal { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn describe(plan: &Plan, router: &Router) -> String {
    const SHOWN: usize = 4;
    let mut members: Vec<_> = router.members.iter().collect();
    members.sort_by_key(|member| std::cmp::Reverse((member.priority, member.host)));
    let order: Vec<_> = members
        .iter()
        .filter_map(|member| {
            Some(format!("{} ({})", plan.hosts.get(member.host)?.side.name, member.priority))
        })
        .collect();
    let mut addresses: Vec<_> = router.addresses.iter().take(SHOWN).map(ToString::to_string).collect();
    if router.addresses.len() > SHOWN {
        addresses.push(format!("and {} more", router.addresses.len() - SHOWN));
    }
    format!(
        "{:10} VRID {:3}  {}  {}  VRRPv{}, advertised every {}",
        router.name,
        router.vrid,
        addresses.join(" "),
        order.join(", then "),
        router.version,
        duration(router.interval.as_secs_f64() * 1e3)
    )
}

fn allowed(fate: &Fate) -> String {
    match fate.bound {
        Bound::FirstMaster => format!("{}: the first Master listens that long", duration(fate.bound_ms)),
        Bound::MasterDown => format!("{}: master-down interval", duration(fate.bound_ms)),
        Bound::SkewTime => format!("{}: skew time", duration(fate.bound_ms)),
        Bound::Planned => "nothing: planned".to_owned(),
        Bound::Untouched => "nothing".to_owned(),
    }
}

/// Milliseconds with the precision that people care about: `1 s`, `3.612 s`, `12 ms`, `1.3 ms`.
fn duration(ms: f64) -> String {
    let time = Duration::from_secs_f64(ms / 1e3);
    if time >= Duration::from_secs(1) && time.subsec_micros() == 0 {
        format!("{} s", time.as_secs())
    } else if time >= Duration::from_secs(1) {
        format!("{:.3} s", time.as_secs_f64())
    } else if time >= Duration::from_millis(10) {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(1000.0), "1 s");
        assert_eq!(duration(3612.25), "3.612 s");
        assert_eq!(duration(960.9), "961 ms");
        assert_eq!(duration(1.3), "1.3 ms");
    }
}
