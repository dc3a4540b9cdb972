//! Checking large configurations: the text is made here, and both programs judge the same file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::Subject;
use crate::table::Figure;
use crate::usage::cpu_of;

/// A check that takes longer is given up.
const PATIENCE: Duration = Duration::from_mins(1);
/// Addresses on one instance: each time twice as many.
const ADDRESSES: [u32; 4] = [5_000, 10_000, 20_000, 40_000];

/// 10,000 virtual servers with 10 real servers each, many addresses on an instance, and the 65,024 instances of the
/// manual.
pub(crate) fn check(subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("vipd-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let bench = Bench { subject, runs, folder: &folder };
    let figures = bench.balancer().and_then(|mut figures| {
        figures.extend(bench.addresses()?);
        // keepalived takes minutes for them.
        if subject.name == "vipd" {
            figures.extend(bench.manual()?);
        }
        Ok(figures)
    });
    fs::remove_dir_all(&folder)?;
    figures
}

struct Bench<'a> {
    subject: &'a Subject,
    runs: usize,
    folder: &'a Path,
}

impl Bench<'_> {
    fn balancer(&self) -> Result<Vec<Figure>> {
        let text = balancer(10_000, 10);
        let megabytes = text.len() as f64 / 1e6;
        let what = format!("{megabytes:.1} MB, 10,000 virtual servers with 10 real servers");
        let [cpu, mib] = self.taken(&self.file("large.conf", &text)?)?;
        let mut figures = vec![
            Figure::new(format!("check of {what}: CPU, s"), cpu, "at most 1/3"),
            Figure::new(format!("check of {what}: memory, MiB"), mib, "at most 1.5 times"),
        ];
        if self.subject.name == "vipd" {
            let speeds =
                (0..self.runs).map(|_| Some(megabytes / parsing(&text)?)).collect::<Option<Vec<_>>>();
            let what = "the same text to words, lines and statements alone: MB/s of CPU time";
            figures.push(Figure::new(what, speeds.unwrap_or_default(), "at least 50"));
        }
        Ok(figures)
    }

    /// CPU time of the fewest, and how many times as much each next one takes.
    fn addresses(&self) -> Result<Vec<Figure>> {
        let mut figures = Vec::new();
        let mut before: Option<(u32, Vec<f64>)> = None;
        for count in ADDRESSES {
            let [cpu, _] = self.taken(&self.file("addresses.conf", &addresses(count))?)?;
            let figure = match &before {
                None => {
                    let ms = cpu.iter().map(|seconds| seconds * 1e3).collect();
                    Figure::new(format!("{count} addresses on an instance: CPU, ms"), ms, "-")
                }
                Some((half, times)) => {
                    let growth = cpu.iter().zip(times).map(|(cpu, before)| cpu / before).collect();
                    Figure::new(format!("{count} addresses: CPU by that of {half}"), growth, "2: linear")
                }
            };
            figures.push(figure);
            before = Some((count, cpu));
        }
        Ok(figures)
    }

    fn manual(&self) -> Result<Vec<Figure>> {
        let [cpu, mib] = self.taken(&self.file("manual.conf", MANUAL)?)?;
        Ok(vec![
            Figure::new("the manual's 65,024 generated instances: CPU, s", cpu, "at most 1"),
            Figure::new("the manual's 65,024 generated instances: memory, MiB", mib, "-"),
        ])
    }

    fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    /// CPU seconds and MiB of every run; none if one takes too long.
    fn taken(&self, file: &Path) -> Result<[Vec<f64>; 2]> {
        let (mut cpu, mut mib) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            let Some(taken) = judge(self.subject, file)? else { return Ok([Vec::new(), Vec::new()]) };
            cpu.push(taken.cpu);
            mib.push(taken.mib);
        }
        Ok([cpu, mib])
    }
}

/// Seconds of CPU time.
fn parsing(text: &str) -> Option<f64> {
    /// The kernel counts in steps of some milliseconds.
    const ROUNDS: u32 = 5;
    let own = std::process::id();
    let before = cpu_of(own)?;
    for _ in 0..ROUNDS {
        config::count_statements("large.conf", text.as_bytes(), &config::Options::default());
    }
    Some((cpu_of(own)? - before) / f64::from(ROUNDS))
}

/// What a check took.
struct Taken {
    /// Seconds.
    cpu: f64,
    /// Resident memory at its highest.
    mib: f64,
}

/// Runs `vipd check FILE` or `keepalived -t -f FILE` to its end. What it finds does not matter. `None`: it takes too long.
fn judge(subject: &Subject, file: &Path) -> Result<Option<Taken>> {
    let mut command = if subject.name == "vipd" {
        let mut command = Command::new(subject.program.with_file_name("vipd"));
        command.args(["check", "--format", "json"]);
        command
    } else {
        let mut command = Command::new(&subject.program);
        command.args(["-t", "-f"]);
        command
    };
    let started = Instant::now();
    let mut child = command.arg(file).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut mib = 0.0;
    // At its end it gives its memory back, and is there until it is waited for.
    while let Some(now) = highest_mib(&child) {
        mib = now;
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let cpu = cpu_of(child.id());
    child.wait()?;
    Ok(cpu.map(|cpu| Taken { cpu, mib }))
}

fn highest_mib(child: &Child) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let highest = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = highest.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Virtual servers with real servers, each with a TCP check.
fn balancer(servers: u32, reals: u32) -> String {
    let mut text = String::new();
    for server in 0..servers {
        let (high, low) = (server / 250, server % 250 + 1);
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "virtual_server 10.{high}.{low}.1 80 {{\n  delay_loop 10\n  lvs_sched wrr\n  lvs_method DR\n  protocol TCP\n"
        );
        for real in 1..=reals {
            let _ = write!(
                text,
                "  real_server 172.{}.{low}.{real} 80 {{\n    weight {real}\n    TCP_CHECK {{\n      connect_timeout 3\n    }}\n  }}\n",
                16 + high % 16
            );
        }
        text.push_str("}\n");
    }
    text
}

fn addresses(count: u32) -> String {
    let line = |n: u32| format!("        10.{}.{}.{}\n", n / 62_500, n / 250 % 250, n % 250 + 1);
    let lines = (0..count).map(line).collect::<Vec<_>>().concat();
    format!(
        "vrrp_instance VI_1 {{\n    interface lo1\n    virtual_router_id 51\n    virtual_ipaddress {{\n        10.255.0.1\n    }}\n    \
         virtual_ipaddress_excluded {{\n{lines}    }}\n}}\n"
    )
}

/// After keepalived.conf(5), "Sequence blocks".
const MANUAL: &str = r#"$VI4= \
track_file offset_instance_4.${IF}.${NUM}.${ID} { \
    file "${_PWD}/679/track_files/4.${IF}.${NUM}.${ID}" \
    weight -100 \
} \
vrrp_instance vrrp4.${IF}.${NUM}.${ID} { \
    interface bond${IF}.${NUM} \
    use_vmac vrrp4.${IF}.${NUM}.${ID} \
    virtual_router_id ${ID} \
    priority 130 \
    virtual_ipaddress { \
        10.${IF}.${NUM}.${ID}/24 \
    } \
    track_file { \
        offset_instance_4.${IF}.${NUM}.${ID} \
    } \
}

~SEQ(IF,0,7) ~SEQ(NUM,0,31) ~SEQ(ID,1,254) $VI4
"#;
