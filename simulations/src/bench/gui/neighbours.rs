//! What others' windows take on the same screen: qTox, a messenger without servers, and Chromium with an empty page, which
//! stands for every messenger that is a browser. Only where they are installed.
//!
//! Each runs in a network of its own that has a loopback and nothing else, so that neither talks to anybody; and in process
//! numbers of its own, so that all of it ends.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::super::process::proportional_bytes;
use super::{Running, on};

/// When their memory is looked at: a browser starts many processes first.
const SETTLE: Duration = Duration::from_secs(10);

/// A program beside which ours is measured.
pub(super) struct Neighbour {
    /// What its figure is called.
    pub(super) metric: &'static str,
    program: &'static str,
    args: &'static [&'static str],
}

/// All of them.
pub(super) const ALL: [Neighbour; 2] = [
    Neighbour {
        metric: "pss_qtox_mb",
        program: "qtox",
        args: &[],
    },
    Neighbour {
        metric: "pss_chromium_mb",
        program: "chromium",
        // Its own sandbox cannot be made inside ours; without it, it takes rather less memory than more.
        args: &[
            "--no-sandbox",
            "--no-first-run",
            "--disable-gpu",
            "--window-size=1280,800",
            "about:blank",
        ],
    },
];

impl Neighbour {
    /// Megabytes that it and all its processes take, shared memory in parts. `None`: it is not installed, or does not stay.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub(super) fn memory(&self, display: &str, home: &Path) -> Result<Option<f64>> {
        let found = Command::new("which").arg(self.program).output();
        if !found.is_ok_and(|found| found.status.success()) {
            return Ok(None);
        }
        let alone = ["--user", "--map-root-user", "--net", "--pid", "--fork"];
        let mut command = on(display, home, Path::new("unshare"));
        command.args(alone).args(["--kill-child", "--mount-proc"]);
        command.args(["sh", "-c", "ip link set lo up; exec \"$@\"", "sh"]);
        command.arg(self.program).args(self.args);
        let running = Running(command.spawn().context("unshare could not be started")?);
        std::thread::sleep(SETTLE);
        let family = family(running.0.id())?;
        // The first is `unshare`.
        let mut bytes = 0;
        for pid in family.iter().skip(1) {
            bytes += proportional_bytes(*pid).unwrap_or(0);
        }
        #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
        let megabytes = bytes as f64 / 1e6;
        Ok((bytes > 0).then_some(megabytes))
    }
}

/// A process and all that descend from it.
fn family(first: u32) -> Result<Vec<u32>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("no /proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // It may have ended between the listing and the reading.
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
            continue;
        };
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        if let Some(parent) = parent.and_then(|parent| parent.trim().parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut family = vec![first];
    let mut next = 0;
    while let Some(pid) = family.get(next) {
        family.extend(children.remove(pid).unwrap_or_default());
        next += 1;
    }
    Ok(family)
}
