//! `bench idle`: what a node costs that nobody uses.
//!
//! Alone on a network of its own, mDNS on, protected by a passphrase: as it would lie on a
//! server. Opening the profile costs 64 MiB for a moment, which must be given back.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Options;
use super::figures::{Figures, Target};
use super::process::{processor_time, resident_bytes};
use crate::lab::netns::Lan;
use crate::lab::node::{Node, Place};
use crate::lab::sandbox;

/// Time after the start that is not measured: a start is not idling.
const SETTLE: Duration = Duration::from_secs(5);

/// Megabytes of resident memory that an idle node may take (issue 2).
const RSS_MB_MAX: f64 = 40.0;

/// Part of a core that an idle node may take, in percent (issue 2).
const CPU_PERCENT_MAX: f64 = 0.5;

/// Runs it, inside a sandbox.
///
/// # Errors
/// When the node does not run.
pub(super) fn run(options: &Options) -> Result<Figures> {
    let ground = options.ground()?;
    sandbox::end_with_parent(ground.path());
    Lan::raise(1)?;
    let mut build = options.build()?;
    let passphrase = ground.path().join("passphrase");
    std::fs::write(&passphrase, "what nobody uses still needs a key")?;
    build.passphrase = Some(passphrase);
    let mut node = Node::create(&build, Place::Member(0), "Idle Node", ground.path())?;
    node.start()?;
    std::thread::sleep(SETTLE);
    let pid = node.pid().context("the node is not up")?;
    let before = processor_time(pid)?;
    std::thread::sleep(Duration::from_secs(options.seconds.into()));
    let spent = processor_time(pid)?.saturating_sub(before);
    let resident = resident_bytes(pid)?;
    node.stop()?;
    let percent = spent.as_secs_f64() * 100.0 / f64::from(options.seconds);
    #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
    let megabytes = resident as f64 / 1e6;
    let params =
        json!({ "seconds": options.seconds, "mdns": true, "release": !cfg!(debug_assertions) });
    let mut figures = Figures::new("idle", params);
    figures.add(
        "rss_mb",
        megabytes,
        "MB",
        1,
        Some(Target::AtMost(RSS_MB_MAX)),
    );
    figures.add(
        "cpu_percent",
        percent,
        "%",
        1,
        Some(Target::AtMost(CPU_PERCENT_MAX)),
    );
    Ok(figures)
}
