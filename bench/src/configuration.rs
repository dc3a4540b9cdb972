//! Checking large configurations: the text is made here, and both programs judge the same file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use crate::Subject;
use crate::table::Figure;

/// 10,000 virtual servers with 10 real servers each, 20,000 addresses, and the 65,024 instances of the manual.
pub(crate) fn check(subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("vipd-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let figures = figures(subject, runs, &folder);
    fs::remove_dir_all(&folder)?;
    figures
}

fn figures(subject: &Subject, runs: usize, folder: &Path) -> Result<Vec<Figure>> {
    let file = |name: &str, text: String| -> Result<(PathBuf, f64)> {
        let path = folder.join(name);
        let megabytes = text.len() as f64 / 1e6;
        fs::write(&path, text)?;
        Ok((path, megabytes))
    };
    let (large, megabytes) = file("large.conf", balancer(10_000, 10))?;
    let (half, _) = file("half.conf", addresses(10_000))?;
    let (many, _) = file("many.conf", addresses(20_000))?;
    let mut measured = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..runs {
        let whole = judge(subject, &large)?;
        measured[0].push(whole.cpu);
        measured[1].push(whole.mib);
        measured[2].push(megabytes / whole.cpu);
        measured[3].push(judge(subject, &many)?.cpu / judge(subject, &half)?.cpu);
    }
    let [cpu, mib, speed, growth] = measured;
    let what = format!("{megabytes:.1} MB, 10,000 virtual servers with 10 real servers");
    let mut figures = vec![
        Figure::new(format!("check of {what}: CPU, s"), cpu, "at most 1/3"),
        Figure::new(format!("check of {what}: memory, MiB"), mib, "at most 1.5 times"),
        Figure::new(format!("check of {what}: MB/s"), speed, "at least 50"),
        Figure::new("20,000 addresses on an instance: CPU by that of 10,000", growth, "2: linear"),
    ];
    if subject.name == "vipd" {
        let (manual, _) = file("manual.conf", MANUAL.to_owned())?;
        let times = (0..runs).map(|_| Ok(judge(subject, &manual)?.cpu)).collect::<Result<Vec<_>>>()?;
        figures.push(Figure::new("the manual's 65,024 generated instances: CPU, s", times, "at most 1"));
    }
    Ok(figures)
}

/// What a check took.
struct Taken {
    /// Seconds.
    cpu: f64,
    /// Resident memory at its highest.
    mib: f64,
}

/// Runs `vipd check FILE` or `keepalived -t -f FILE` to its end. What it finds does not matter.
fn judge(subject: &Subject, file: &Path) -> Result<Taken> {
    let mut command = if subject.name == "vipd" {
        let mut command = Command::new(subject.program.with_file_name("vipd"));
        command.args(["check", "--format", "json"]);
        command
    } else {
        let mut command = Command::new(&subject.program);
        command.args(["-t", "-f"]);
        command
    };
    let mut child = command.arg(file).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut taken = Taken { cpu: 0.0, mib: 0.0 };
    while child.try_wait()?.is_none() {
        taken = look(&child).unwrap_or(taken);
        std::thread::sleep(Duration::from_micros(500));
    }
    Ok(taken)
}

/// What the kernel counts while it runs: the last look counts.
fn look(child: &Child) -> Option<Taken> {
    let about = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", child.id())).ok();
    let nanos: f64 = about("schedstat")?.split_whitespace().next()?.parse().ok()?;
    let status = about("status")?;
    let highest = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = highest.split_whitespace().next()?.parse().ok()?;
    Some(Taken { cpu: nanos / 1e9, mib: kib / 1024.0 })
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
