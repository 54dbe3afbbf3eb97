//! What the kernel says about a process: memory and processor time.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

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

/// Memory of the process with what it shares counted in parts, in bytes.
///
/// # Errors
/// When there is no such process, or the kernel does not say.
pub(super) fn proportional_bytes(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let rollup = fs::read_to_string(path).context("the kernel does not say")?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("/proc has no Pss")? * 1_024)
}

/// Time that all living threads of the process were on a processor so far, in user and kernel.
/// The kernel counts this in nanoseconds, where `utime` and `stime` are sampled.
///
/// # Errors
/// When there is no such process.
pub(super) fn processor_time(pid: u32) -> Result<Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).context("the node is gone")?;
    let mut sum = Duration::ZERO;
    for thread in threads {
        // A thread may end between the listing and the reading.
        let Ok(line) = fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let on = line
            .split_whitespace()
            .next()
            .and_then(|nanoseconds| nanoseconds.parse().ok());
        sum += Duration::from_nanos(on.context("schedstat has another shape")?);
    }
    Ok(sum)
}

/// Time that this thread was on a processor so far.
///
/// # Errors
/// When the kernel does not say.
pub(super) fn thread_time() -> Result<Duration> {
    let line = fs::read_to_string("/proc/thread-self/schedstat").context("no schedstat")?;
    let on = line.split_whitespace().next();
    let on = on.and_then(|nanoseconds| nanoseconds.parse().ok());
    Ok(Duration::from_nanos(
        on.context("schedstat has another shape")?,
    ))
}

/// Bytes that the process had written to disks so far.
///
/// # Errors
/// When there is no such process, or the kernel does not say.
pub(super) fn written_bytes(pid: u32) -> Result<u64> {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).context("the kernel does not say")?;
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes:"));
    let bytes = line.and_then(|line| line.trim().parse().ok());
    bytes.context("/proc has no write_bytes")
}
