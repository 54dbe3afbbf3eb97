//! `bench gui`: what a frame of the window costs, and its memory beside that of an empty window of the same toolkit.
//!
//! Frames are measured by `gui/examples/bench_gui.rs`, which needs no display; memory by running the real program and
//! `gui/examples/empty_window.rs` in turns on an X server of their own (Xvfb), and others' programs after them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

mod neighbours;

use super::Options;
use super::figures::{Figures, Target};
use super::process::proportional_bytes;
use crate::lab::node::{Node, Place};

/// When a window's memory is looked at: it has drawn and settled by then (gui.md §2).
const SETTLE: Duration = Duration::from_secs(3);

/// Turns of both windows.
const TURNS: usize = 3;

/// Megabytes that our window may take over an empty one (issue 3).
const OVER_EMPTY_MB_MAX: f64 = 40.0;

/// A program that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if self
            .0
            .kill()
            .and_then(|()| self.0.wait().map(drop))
            .is_err()
        {
            eprintln!("a program of the bench had gone already");
        }
    }
}

/// Runs it.
///
/// # Errors
/// When a program is missing or breaks off.
pub(super) fn run(options: &Options) -> Result<Figures> {
    let me = std::env::current_exe().context("this program does not find its own file")?;
    let folder = me.parent().context("this program lies nowhere")?;
    let params = json!({ "messages": 100_000, "release": !cfg!(debug_assertions) });
    let mut figures = Figures::new("gui", params);
    frames(&mut figures, &program(folder, "examples/bench_gui")?)?;
    let Some((_server, display)) = display()? else {
        eprintln!(
            "skipped pss_mb: Xvfb is not here (apt-get install xvfb libxcursor1 libxi6 libxkbcommon-x11-0)"
        );
        return Ok(figures);
    };
    let ground = options.ground()?;
    let node = Node::create(
        &options.build()?,
        Place::Loopback {
            api: 0,
            listen: String::new(),
        },
        "Window",
        ground.path(),
    )?;
    let (window, empty) = (
        program(folder, "lescopains")?,
        program(folder, "examples/empty_window")?,
    );
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let mut command = on(&display, ground.path(), &empty);
        bare.push(memory_of(&mut command)?);
        let mut command = on(&display, ground.path(), &window);
        command.arg("--profile").arg(node.profile()).args([
            "--no-mdns",
            "--listen",
            "/ip4/127.0.0.1/udp/0/quic-v1",
        ]);
        ours.push(memory_of(&mut command)?);
    }
    let (ours, bare) = (median(ours), median(bare));
    figures.add("pss_empty_mb", bare, "MB", TURNS, None);
    let most = Target::AtMost(bare + OVER_EMPTY_MB_MAX);
    figures.add("pss_mb", ours, "MB", TURNS, Some(most));
    for neighbour in &neighbours::ALL {
        match neighbour.memory(&display, ground.path())? {
            Some(megabytes) => figures.add(neighbour.metric, megabytes, "MB", 1, None),
            None => eprintln!("skipped {}: it is not installed here", neighbour.metric),
        }
    }
    Ok(figures)
}

fn program(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    if !path.is_file() {
        bail!("{} is not there: ./x bench gui builds it", path.display());
    }
    Ok(path)
}

/// Runs the bench of frames; of several speeds the worst counts.
fn frames(figures: &mut Figures, program: &Path) -> Result<()> {
    let done = Command::new(program)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("the bench of frames could not be started")?;
    if !done.status.success() {
        bail!("the bench of frames broke off: {}", done.status);
    }
    let mut worst: BTreeMap<String, (f64, usize)> = BTreeMap::new();
    for line in done.stdout.lines() {
        let line: Value = serde_json::from_str(&line?).context("a figure is no JSON")?;
        let metric = line["metric"].as_str().context("a figure without a name")?;
        let value = line["value"].as_f64().context("a figure without a value")?;
        let n = usize::try_from(line["n"].as_u64().unwrap_or(1))?;
        let entry = worst.entry(metric.to_owned()).or_insert((value, n));
        if value > entry.0 {
            *entry = (value, n);
        }
    }
    for (metric, unit, most) in [
        ("frame_scroll_p50_ms", "ms", 3.0),
        ("frame_scroll_p99_ms", "ms", 8.0),
        // None at all; a target of zero has no "twice as much".
        ("frame_idle_per_s", "1/s", 0.001),
        ("first_frame_ms", "ms", 500.0),
    ] {
        let (value, n) = worst
            .get(metric)
            .with_context(|| format!("the bench of frames does not say {metric}"))?;
        figures.add(metric, *value, unit, *n, Some(Target::AtMost(most)));
    }
    Ok(())
}

/// An X server of our own. `None`: there is no Xvfb here.
fn display() -> Result<Option<(Running, String)>> {
    let started = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x800x24",
            "-nolisten",
            "tcp",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else {
        return Ok(None);
    };
    let out = child.stdout.take().context("Xvfb says nothing")?;
    let server = Running(child);
    let mut number = String::new();
    BufReader::new(out).read_line(&mut number)?;
    if number.trim().is_empty() {
        bail!("Xvfb ended at its start");
    }
    Ok(Some((server, format!(":{}", number.trim()))))
}

/// A program with nothing of the session around it but this display.
fn on(display: &str, home: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("DISPLAY", display)
        .env("HOME", home)
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn memory_of(command: &mut Command) -> Result<f64> {
    let mut running = Running(command.spawn().context("a window could not be started")?);
    std::thread::sleep(SETTLE);
    if let Some(status) = running.0.try_wait()? {
        bail!("a window ended at its start: {status}");
    }
    let bytes = proportional_bytes(running.0.id())?;
    #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
    let megabytes = bytes as f64 / 1e6;
    Ok(megabytes)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
