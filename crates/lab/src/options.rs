use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::plan::Side;

/// What `vipd lab` was asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// One configuration file for each host; none: the two servers of the scenario.
    pub files: Vec<PathBuf>,
    /// `HOST=PATH`, or `PATH` for all: the daemon to run instead of our own. The hosts are called ServerA,
    /// ServerB, … ; `A=PATH` means ServerA.
    pub daemons: Vec<String>,
    /// One JSON object for each step instead of text for people.
    pub json: bool,
}

/// The two servers of the scenario, both run by `program`.
pub fn scenario(program: &Path) -> Vec<Side> {
    [include_str!("../assets/server-a.conf"), include_str!("../assets/server-b.conf")]
        .into_iter()
        .enumerate()
        .map(|(n, config)| Side {
            name: host_name(n),
            config: config.to_owned(),
            program: program.to_owned(),
        })
        .collect()
}

impl Options {
    /// The hosts of the story: files read, daemons chosen.
    pub(crate) fn sides(&self) -> Result<Vec<Side>> {
        let own = own_daemon()?;
        let mut sides = if self.files.is_empty() {
            scenario(&own)
        } else {
            let read = |(n, path): (usize, &PathBuf)| {
                let config =
                    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                let config = String::from_utf8_lossy(&config).into_owned();
                Ok(Side { name: host_name(n), config, program: own.clone() })
            };
            self.files.iter().enumerate().map(read).collect::<Result<_>>()?
        };
        for choice in &self.daemons {
            choose(&mut sides, choice)?;
        }
        for side in &sides {
            anyhow::ensure!(
                side.program.is_file(),
                "{} shall run {}, but there is no such program",
                side.name,
                side.program.display()
            );
        }
        Ok(sides)
    }
}

fn choose(sides: &mut [Side], choice: &str) -> Result<()> {
    let (host, path) = choice.split_once('=').map_or((None, choice), |(host, path)| (Some(host), path));
    let path = std::path::absolute(path).with_context(|| format!("cannot resolve {path}"))?;
    let mut found = false;
    for side in sides.iter_mut() {
        let meant =
            host.is_none_or(|host| side.name == host || side.name.strip_prefix("Server") == Some(host));
        if meant {
            side.program.clone_from(&path);
            found = true;
        }
    }
    anyhow::ensure!(
        found,
        "there is no host {}; there are {}",
        host.unwrap_or_default(),
        sides.iter().map(|side| side.name.as_str()).collect::<Vec<_>>().join(", ")
    );
    Ok(())
}

/// ServerA, ServerB, … .
fn host_name(n: usize) -> String {
    match u8::try_from(n) {
        Ok(n) if n < 26 => format!("Server{}", char::from(b'A' + n)),
        Ok(_) | Err(_) => format!("Server{n}"),
    }
}

/// The `keepalived` beside this program, or this program when it is called that.
fn own_daemon() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out which program this is")?;
    Ok(own.with_file_name("keepalived"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_is_chosen_by_host_or_letter_or_for_all() {
        let programs = |choice: &str| {
            let mut sides = scenario(Path::new("/own"));
            choose(&mut sides, choice).unwrap();
            sides.into_iter().map(|side| side.program.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(programs("A=/ka"), ["/ka", "/own"]);
        assert_eq!(programs("ServerB=/ka"), ["/own", "/ka"]);
        assert_eq!(programs("/ka"), ["/ka", "/ka"]);
        let mut sides = scenario(Path::new("/own"));
        assert_eq!(
            choose(&mut sides, "Z=/ka").unwrap_err().to_string(),
            "there is no host Z; there are ServerA, ServerB"
        );
    }
}
