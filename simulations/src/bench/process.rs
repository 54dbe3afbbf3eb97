//! What the kernel says about a process: memory and processor time.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Length of a tick in `/proc`: the kernel promises programs a hundred a second.
const TICK_MS: u64 = 10;

/// Memory of the process that is resident, in bytes.
///
/// # Errors
/// When there is no such process.
pub(super) fn resident_bytes(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the node is gone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("/proc has no VmRSS")? * 1_024)
}

/// Processor time of all threads so far, in user and kernel, to a hundredth of a second.
///
/// # Errors
/// When there is no such process.
pub(super) fn processor_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the node is gone")?;
    // The name in parentheses may hold anything; what follows it does not.
    let (_, fields) = stat.rsplit_once(')').context("/proc has another shape")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<u64>().ok())
    };
    // utime and stime are the fields 14 and 15; the first two stand before the parenthesis.
    let ticks = ticks(11).zip(ticks(12)).map(|(user, kernel)| user + kernel);
    let ticks = ticks.context("/proc has no processor times")?;
    Ok(Duration::from_millis(ticks * TICK_MS))
}
