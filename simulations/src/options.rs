//! What happens in a run: drawn from its seed, or read from a file. Swarm testing (Groce et al., 2012): each fault is
//! off in some seeds, so that the others are not drowned by it.

mod communities;

pub use communities::CommunityOptions;
use protocol::limits;
use serde::{Deserialize, Serialize};

use crate::chance::Chance;

/// Milliseconds from and to.
pub type Range = (u64, u64);

/// What happens in a run. Shares are of a thousand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// People, 2 to 6, with one device each.
    pub accounts: usize,
    /// Whether the first person links a second device on the way.
    pub second_device: bool,
    /// Pairs of people that become contacts, beside the ring that always does.
    pub extra_pairs: usize,
    /// Share of pairs that ask each other at the same moment.
    pub mutual: u32,
    /// Share of people who hide from "people nearby" and are asked by their contact link.
    pub hidden: u32,
    /// Things that people say and do.
    pub acts: usize,
    /// Share of acts that come in a burst.
    pub bursts: u32,
    /// Length of the phase with faults.
    pub safety_ms: u64,
    /// What the network does.
    pub network: NetworkOptions,
    /// What disks do.
    pub disk: DiskOptions,
    /// What clocks do.
    pub clocks: ClockOptions,
    /// Crashes, all devices together.
    pub crashes: usize,
    /// Time for which a crashed device stays down.
    pub down_ms: Range,
    /// Share of inputs that are handled without draining the core in between.
    pub lazy_drain: u32,
    /// Rows that a core may cache: few, so that it has to let go of them and read them again.
    pub cached_rows: usize,
    /// The world is about a community, and this happens there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub communities: Option<CommunityOptions>,
}

/// What the network does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkOptions {
    /// Time that a frame takes.
    pub latency_ms: Range,
    /// Share of frames that take ten times as long.
    pub slow: u32,
    /// Share of frames that are lost though their link lives.
    pub loss: u32,
    /// Share of frames that come twice.
    pub duplicate: u32,
    /// Share of frames that overtake others.
    pub reorder: u32,
    /// Links cut without a word.
    pub cuts: usize,
    /// Times during which every link lives for a second only.
    pub flapping: usize,
    /// Partitions.
    pub partitions: usize,
    /// Share of partitions that stop one direction only.
    pub asymmetric: u32,
    /// Length of a partition.
    pub partition_ms: Range,
    /// Share of links that lead through a stranger who passes frames on, or lies.
    pub relayed: u32,
}

/// What disks do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiskOptions {
    /// Time that a commit takes.
    pub commit_ms: Range,
    /// Time that a read takes.
    pub read_ms: Range,
    /// Share of reads whose answer comes a second late, and so after others.
    pub late_reads: u32,
    /// Share of commits that take the next batch with them.
    pub merged: u32,
    /// Times at which a disk is full.
    pub full: usize,
    /// For how long.
    pub full_ms: Range,
    /// Share of restarts that find another generation than they left (an `identity` put back from a copy): sessions
    /// and prekeys are dropped before anything else happens.
    pub incarnations: u32,
}

/// What clocks do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockOptions {
    /// Most that a wall clock is off at first, either way.
    pub skew_ms: u64,
    /// Most that a wall clock runs fast or slow.
    pub drift_ppm: u64,
    /// Times at which a wall clock is set.
    pub jumps: usize,
    /// Most that it is set by.
    pub jump_ms: u64,
}

const MINUTE_MS: u64 = 60_000;
const YEAR_MS: u64 = 365 * 24 * 60 * MINUTE_MS;

impl Options {
    /// A world in which nothing goes wrong, for scripts.
    #[must_use]
    pub const fn calm(accounts: usize) -> Self {
        Self {
            accounts,
            second_device: false,
            extra_pairs: 0,
            mutual: 0,
            hidden: 0,
            acts: 0,
            bursts: 0,
            safety_ms: 0,
            network: NetworkOptions {
                latency_ms: (1, 1),
                slow: 0,
                loss: 0,
                duplicate: 0,
                reorder: 0,
                cuts: 0,
                flapping: 0,
                partitions: 0,
                asymmetric: 0,
                partition_ms: (0, 0),
                relayed: 0,
            },
            disk: DiskOptions {
                commit_ms: (1, 1),
                read_ms: (1, 1),
                late_reads: 0,
                merged: 0,
                full: 0,
                full_ms: (0, 0),
                incarnations: 0,
            },
            clocks: ClockOptions {
                skew_ms: 0,
                drift_ppm: 0,
                jumps: 0,
                jump_ms: 0,
            },
            crashes: 0,
            down_ms: (500, 500),
            lazy_drain: 0,
            cached_rows: limits::RESIDENT_ROWS_MAX,
            communities: None,
        }
    }

    /// The same with so many people: one number of these for each seed.
    #[must_use]
    pub fn among(self, people: (usize, usize), seed: u64) -> Self {
        let (fewest, most) = people;
        let span = Chance::new(seed, 7).index(most.saturating_sub(fewest) + 1);
        Self {
            accounts: fewest + span,
            ..self
        }
    }

    /// The options of a seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(seed, 1);
        let c = &mut chance;
        Self {
            accounts: usize_between(c, 2, 6),
            second_device: c.permille(300),
            extra_pairs: usize_between(c, 0, 2),
            mutual: maybe(c, 500, 100, 1_000),
            hidden: maybe(c, 300, 200, 1_000),
            acts: usize_between(c, 90, 125),
            bursts: maybe(c, 600, 100, 700),
            safety_ms: c.between(45_000, 90_000),
            network: NetworkOptions::draw(c),
            disk: DiskOptions::draw(c),
            clocks: ClockOptions::draw(c),
            crashes: if c.permille(960) {
                usize_between(c, 1, 8)
            } else {
                0
            },
            down_ms: (200, c.between(1_000, 15_000)),
            lazy_drain: maybe(c, 500, 50, 500),
            cached_rows: match c.permille(500) {
                true => usize_between(c, 16, 96),
                false => limits::RESIDENT_ROWS_MAX,
            },
            communities: None,
        }
    }
}

impl NetworkOptions {
    fn draw(c: &mut Chance) -> Self {
        let latency = c.between(1, 80);
        let longest = c.between(6_000, 20_000);
        Self {
            latency_ms: (latency / 2, latency * 2),
            slow: maybe(c, 400, 10, 200),
            loss: maybe(c, 500, 5, 100),
            duplicate: maybe(c, 400, 5, 100),
            reorder: maybe(c, 400, 5, 100),
            cuts: if c.permille(700) {
                usize_between(c, 1, 20)
            } else {
                0
            },
            flapping: if c.permille(250) {
                usize_between(c, 1, 2)
            } else {
                0
            },
            partitions: if c.permille(960) {
                usize_between(c, 1, 3)
            } else {
                0
            },
            asymmetric: maybe(c, 500, 200, 800),
            partition_ms: (2_000, longest),
            relayed: maybe(c, 500, 100, 500),
        }
    }
}

impl DiskOptions {
    fn draw(c: &mut Chance) -> Self {
        // From a fast SSD to a tired SD card.
        let slowest = [3, 10, 50, 300].get(c.index(4)).copied().unwrap_or(3);
        let reading = c.between(1, 30);
        Self {
            commit_ms: (1, slowest),
            read_ms: (1, reading),
            late_reads: maybe(c, 500, 50, 600),
            merged: maybe(c, 500, 100, 900),
            full: if c.permille(400) {
                usize_between(c, 1, 3)
            } else {
                0
            },
            full_ms: (500, 6_000),
            incarnations: maybe(c, 300, 200, 1_000),
        }
    }
}

impl ClockOptions {
    fn draw(c: &mut Chance) -> Self {
        let jumps = if c.permille(500) {
            usize_between(c, 1, 4)
        } else {
            0
        };
        let years = c.permille(200);
        Self {
            skew_ms: maybe(c, 700, 1_000, 600_000).into(),
            drift_ppm: maybe(c, 500, 10, 2_000).into(),
            jumps,
            jump_ms: if years { 3 * YEAR_MS } else { 10 * MINUTE_MS },
        }
    }
}

/// A strength from `low` to `high` in `share` of a thousand seeds, otherwise 0.
fn maybe(c: &mut Chance, share: u32, low: u32, high: u32) -> u32 {
    let strength = c.between(low.into(), high.into());
    if c.permille(share) {
        u32::try_from(strength).unwrap_or(high)
    } else {
        0
    }
}

fn usize_between(c: &mut Chance, low: u64, high: u64) -> usize {
    usize::try_from(c.between(low, high)).unwrap_or(0)
}
