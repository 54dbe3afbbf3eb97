//! `bench core`: inputs a second through real cores on one thread, with real cryptography.
//!
//! A small community, everybody linked with everybody, everybody talks. No disk and no network: what is left is what every
//! node spends whatever carries it.

use std::time::Duration;

use anyhow::{Result, ensure};
use protocol::turn::Command;
use serde_json::json;

use super::crowd::{Crowd, SECOND, Tally};
use super::figures::{Figures, Samples};
use super::founding::said;
use super::process::processor_time;

/// Members, unless told otherwise: as many as an author tells directly, and the author.
const MEMBERS: usize = 16;

/// Messages, unless told otherwise.
const MESSAGES: usize = 3_200;

/// Messages a second, of all together.
const RATE: u64 = 16;

/// Runs it.
///
/// # Errors
/// When something that was said does not arrive.
pub(super) fn run(options: &super::Options) -> Result<Figures> {
    let members = options.members.unwrap_or(MEMBERS).max(2);
    let messages = options.messages.unwrap_or(MESSAGES);
    let mut crowd = Crowd::new(1);
    for _ in 0..members {
        crowd.arrive()?;
    }
    let (community, channel) = crowd.found()?;
    for one in 0..members {
        for other in 0..one {
            crowd.link(one, other);
        }
    }
    crowd.run_until(crowd.now + 30 * SECOND)?;
    for device in 0..members {
        let command = said(community, channel, device);
        crowd.ask(device, Command::Community(command))?; // everybody's chain is handed to everybody
        crowd.run_until(crowd.now + SECOND)?;
    }
    crowd.run_until(crowd.now + 30 * SECOND)?;

    crowd.tally = Tally::default();
    crowd.turns = Some(Vec::new());
    let before = processor_time(std::process::id())?;
    for number in 0..messages {
        let command = said(community, channel, members + number);
        crowd.ask(number % members, Command::Community(command))?;
        crowd.run_until(crowd.now + SECOND / RATE)?;
    }
    crowd.run_until(crowd.now + 5 * SECOND)?;
    let spent = processor_time(std::process::id())?.saturating_sub(before);
    for (number, device) in crowd.devices.iter().enumerate() {
        let history = device.disk.medium.history(channel.into());
        let history = history.map_or(0, |history| history.len());
        let least = messages; // who came in late has not all of the greetings
        ensure!(history >= least, "device {number} has {history} messages");
    }
    Ok(figures(&mut crowd, spent, (members, messages)))
}

fn figures(crowd: &mut Crowd, spent: Duration, (members, messages): (usize, usize)) -> Figures {
    let tally = crowd.tally;
    let mut turns = Samples::default();
    for turn in crowd.turns.take().unwrap_or_default() {
        turns.push(turn);
    }
    let params = json!({
        "members": members, "messages": messages, "rate": RATE, "bytes": 200, "links": "full mesh",
        "threads": 1, "cryptography": "real", "release": !cfg!(debug_assertions),
    });
    let n = usize::try_from(tally.inputs).unwrap_or(usize::MAX);
    let deliveries = messages * (members - 1);
    let seconds = spent.as_secs_f64();
    let mut figures = Figures::new("core", params);
    figures.add("inputs", tally.inputs as f64, "", 1, None);
    let per_second = tally.inputs as f64 / seconds; // of processor time: others may be on the machine
    figures.add("inputs_per_s", per_second, "1/s", n, None);
    figures.add("cpu_s", seconds, "s", n, None);
    let core = tally.busy.as_secs_f64() * 1e6 / deliveries as f64;
    figures.add("core_us_per_delivery", core, "us", deliveries, None);
    let each = seconds * 1e6 / deliveries as f64;
    figures.add("cpu_us_per_delivery", each, "us", deliveries, None);
    let wire = tally.bytes as f64 / deliveries as f64;
    figures.add("bytes_per_delivery", wire, "B", deliveries, None);
    let inputs = tally.inputs as f64 / deliveries as f64;
    figures.add("inputs_per_delivery", inputs, "", deliveries, None);
    figures.add("turn_p50_us", turns.percentile_us(50), "us", n, None);
    figures.add("turn_p99_us", turns.percentile_us(99), "us", n, None);
    figures.add("turn_max_us", turns.percentile_us(100), "us", n, None);
    figures
}
