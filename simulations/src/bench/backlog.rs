//! `bench backlog`: somebody is away while ten thousand messages are written and the keys change twelve times, and comes back.
//!
//! Real nodes on loopback. The time is from the start of the process until its API shows the last of them, opening the
//! profile included.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::json;

use super::figures::{Figures, Target};
use super::floor::Primitives;
use super::process::{resident_bytes, written_bytes};
use super::town::Town;

/// Who writes (issue 4).
const SENDERS: usize = 10;

/// Messages, unless told otherwise (issue 4).
const MESSAGES: usize = 10_000;

/// Rotations of the keys meanwhile (issue 4).
const ROTATIONS: usize = 12;

/// Bytes of a message.
const BYTES: usize = 200;

/// Seconds to catch up (issue 4).
const CAUGHT_UP_MAX_S: f64 = 10.0;

/// Bytes written for each byte received (issue 4).
const WRITTEN_MAX: f64 = 20.0;

/// More memory than before, in MB: 200 MiB (issue 4).
const MEMORY_MAX_MB: f64 = 209.7;

/// How long the bench waits for what should take seconds.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs it.
///
/// # Errors
/// When something breaks; a missed target is no error.
pub(super) fn run(options: &super::Options) -> Result<Figures> {
    let messages = options.messages.unwrap_or(MESSAGES);
    let ground = options.ground()?;
    let (mut town, guests) = assemble(options, ground.path())?;
    let reader = SENDERS;
    let others = u64::try_from(SENDERS)?;
    let pid = town.citizens[reader].node.pid().context("not up")?;
    let before = resident_bytes(pid)?;
    let read_before = town.read(reader)?;
    town.citizens[reader].node.stop()?;

    let began = Instant::now();
    let share = messages.div_ceil(ROTATIONS * SENDERS);
    for guest in &guests {
        town.post(0, &format!("members/{guest}/kick"), json!({ "reason": "" }))?;
        std::thread::sleep(Duration::from_millis(500));
        write(&town, share)?;
    }
    let written = share * ROTATIONS * SENDERS;
    for sender in 0..SENDERS {
        town.in_sync(sender, others - 1, PATIENCE)?;
    }
    let writing = began.elapsed().as_secs_f64();
    let back = come_back(&mut town, reader, read_before + written)?;
    town.close()?;

    let entry = Primitives::entry_bytes()?;
    let received = (written * entry) as f64;
    let params = json!({
        "messages": written, "senders": SENDERS, "rotations": ROTATIONS, "bytes": BYTES, "nodes": "real, loopback",
        "received": "messages x bytes of an entry, at the least", "entry_bytes": entry,
        "release": !cfg!(debug_assertions),
    });
    let whole = messages >= MESSAGES;
    let target = |target| whole.then_some(target);
    let mut figures = Figures::new("backlog", params);
    let most = target(Target::AtMost(CAUGHT_UP_MAX_S));
    figures.add("caught_up_s", back.took.as_secs_f64(), "s", 1, most);
    let decrypted = (back.read - read_before) as f64 / written as f64;
    let least = Some(Target::AtLeast(1.0));
    figures.add("decrypted_share", decrypted, "", written, least);
    let ratio = back.written as f64 / received;
    let most = target(Target::AtMost(WRITTEN_MAX));
    figures.add("written_per_received", ratio, "", 1, most);
    let more = (back.peak as f64 - before as f64) / 1e6;
    let most = target(Target::AtMost(MEMORY_MAX_MB));
    figures.add("more_memory_mb", more, "MB", 1, most);
    figures.add("cpu_s", back.cpu.as_secs_f64(), "s", 1, None);
    figures.add("writing_s", writing, "s", written, None);
    Ok(figures)
}

/// Ten who write, one who reads, all linked with each other, and somebody to remove for each rotation.
fn assemble(options: &super::Options, folder: &Path) -> Result<(Town, Vec<String>)> {
    let mut town = Town::found(options.build()?, folder)?;
    for _ in 1..=SENDERS {
        town.arrive()?;
    }
    let mut guests = Vec::new();
    for _ in 0..ROTATIONS {
        let guest = town.arrive()?;
        guests.push(town.citizens[guest].account.clone());
        town.citizens[guest].node.stop()?;
    }
    for one in 1..=SENDERS {
        for other in 1..one {
            town.dial(one, other)?;
        }
    }
    for sender in 0..SENDERS {
        town.say(sender, "hello")?; // and so hands its chain out
    }
    town.in_sync(SENDERS, u64::try_from(SENDERS)?, PATIENCE)?;
    Ok((town, guests))
}

/// Everybody writes so many messages, all at once.
fn write(town: &Town, share: usize) -> Result<()> {
    std::thread::scope(|scope| {
        let lane = |sender: usize| {
            (0..share).try_for_each(|number| {
                let mut body = format!("message {number} of {sender} ");
                while body.len() < BYTES {
                    body.push('.');
                }
                town.say(sender, &body)
            })
        };
        let lanes: Vec<_> = (0..SENDERS)
            .map(|sender| scope.spawn(move || lane(sender)))
            .collect();
        lanes.into_iter().try_for_each(|lane| {
            let ended = lane.join();
            ended.map_err(|_panic| anyhow!("a lane broke off"))?
        })
    })
}

/// What coming back took.
struct Back {
    took: Duration,
    read: usize,
    written: u64,
    peak: u64,
    cpu: Duration,
}

fn come_back(town: &mut Town, reader: usize, expected: usize) -> Result<Back> {
    let began = Instant::now();
    town.restart(reader)?;
    let pid = town.citizens[reader].node.pid().context("not up")?;
    for sender in 0..SENDERS {
        town.dial(reader, sender)?;
    }
    let (mut peak, mut read) = (0, 0);
    loop {
        peak = peak.max(resident_bytes(pid)?);
        let view = town.view(reader)?;
        let in_sync = view["sync"]["in_sync"].as_u64().unwrap_or(0);
        let late = began.elapsed() > PATIENCE;
        if in_sync >= 1 || late {
            read = town.read(reader)?;
        }
        if read >= expected || late {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    ensure!(read > 0, "nothing was read");
    Ok(Back {
        took: began.elapsed(),
        read,
        written: written_bytes(pid)?,
        peak,
        cpu: super::process::processor_time(pid)?,
    })
}
