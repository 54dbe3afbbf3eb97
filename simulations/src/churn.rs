//! People who come and go all the time: nobody is ever there together, and yet everything gets around.
//!
//! Each device is up, then down, each for times with a given half-life; down means killed. Whoever was up together with somebody
//! for a minute has by then everything that the other had when that minute began: content logs and control log (F14).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use protocol::control::OpId;
use protocol::control::body::LogId;
use protocol::core::Faults;
use protocol::persist::{Row, RowKey};

use crate::chance::Chance;
use crate::clock::Micros;
use crate::people::Kind;
use crate::report::Report;
use crate::world::World;

const SECOND: Micros = 1_000_000;
/// Time together after which two have the same.
const TOGETHER: Micros = 60 * SECOND;
/// A device that is up says something this often, on average.
const SPEAKS_EVERY_S: u64 = 20;

/// How many come and go, how fast, for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Churn {
    /// Seed of all that happens.
    pub seed: u64,
    /// Members, one device each.
    pub members: usize,
    /// Time after which half of those who are up are down, and the other way round.
    pub half_life_s: u64,
    /// Time that it goes on.
    pub minutes: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Tally {
    /// Minutes that two spent together, each looked at.
    pub overlaps: u64,
    /// Devices that went down.
    pub restarts: u64,
    /// What somebody lacked after a minute together.
    pub behind: Vec<String>,
    /// What the checkers found.
    pub report: Report,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            overlaps,
            restarts,
            behind,
            report,
        } = self;
        let (late, messages, links) = (behind.len(), report.messages, report.count("link"));
        write!(
            f,
            "{overlaps} minutes together, {late} too short; {restarts} restarts, {links} links, {messages} messages"
        )
    }
}

/// What a device has.
#[derive(Clone, Debug, Default)]
struct Has {
    logs: BTreeMap<LogId, u64>,
    heads: Vec<OpId>,
}

/// Two who are up together.
#[derive(Clone, Debug)]
struct Meeting {
    since: Micros,
    had: [Has; 2],
}

impl Churn {
    /// Lets it happen.
    #[must_use]
    pub fn run(self, faults: Faults) -> Tally {
        let mut world = World::of_members(self.seed, self.members, faults);
        let mut chance = Chance::new(self.seed, 5);
        let mut tally = Watch::default();
        let end = world.now + self.minutes * 60 * SECOND;
        while world.now < end && world.violation().is_none() {
            tally.restarts += self.come_and_go(&mut world, &mut chance);
            for device in 0..self.members {
                if world.devices[device].is_up() && chance.between(1, SPEAKS_EVERY_S) == 1 {
                    let _op = world.speaks(device, Kind::Text);
                }
            }
            tally.look(&world);
            world.run_until(world.now + SECOND);
        }
        for device in 0..self.members {
            world.switch_on(device);
        }
        world.calm();
        world.settle_within("everybody is back", 2 * TOGETHER);
        world.finish();
        let Watch {
            overlaps,
            restarts,
            behind,
            ..
        } = tally;
        Tally {
            overlaps,
            restarts,
            behind,
            report: world.report(),
        }
    }

    /// A second of coming and going. Gives how many went.
    fn come_and_go(self, world: &mut World, chance: &mut Chance) -> u64 {
        // The half-life over ln 2 is the mean time; rounded, a fraction of a second does not matter.
        let mean_s = (self.half_life_s * 1_443 / 1_000).max(1);
        let mut went = 0;
        for device in 0..self.members {
            if chance.between(1, mean_s) != 1 {
                continue;
            }
            if world.devices[device].is_up() {
                world.switch_off(device);
                went += 1;
            } else {
                world.switch_on(device);
            }
        }
        went
    }
}

#[derive(Debug, Default)]
struct Watch {
    logs: Vec<LogId>,
    meetings: BTreeMap<(usize, usize), Meeting>,
    overlaps: u64,
    restarts: u64,
    behind: Vec<String>,
}

impl Watch {
    fn look(&mut self, world: &World) {
        if self.logs.len() < world.devices.len() {
            self.logs = logs(world);
        }
        let logs = self.logs.clone();
        let mut known: BTreeMap<usize, Has> = BTreeMap::new();
        let mut has = |device: usize| {
            let entry = known.entry(device);
            entry
                .or_insert_with(|| Has::of(world, device, &logs))
                .clone()
        };
        for b in 0..world.devices.len() {
            for a in 0..b {
                let both = world.devices[a].is_up() && world.devices[b].is_up();
                if !both {
                    self.meetings.remove(&(a, b));
                    continue;
                }
                let begins = || Meeting {
                    since: world.now,
                    had: [has(a), has(b)],
                };
                let meeting = self.meetings.entry((a, b)).or_insert_with(begins).clone();
                if world.now.saturating_sub(meeting.since) < TOGETHER {
                    continue;
                }
                self.meetings.remove(&(a, b));
                self.overlaps += 1;
                for (device, other) in [(a, 1), (b, 0)] {
                    if let Some(what) = meeting.had[other].lacks_at(world, device, &has(device)) {
                        self.behind
                            .push(format!("{} s: {what}", world.now / SECOND));
                    }
                }
            }
        }
    }
}

/// All content logs: each device writes one here, under a name that it has drawn.
fn logs(world: &World) -> Vec<LogId> {
    let snapshots = world
        .devices
        .iter()
        .map(|device| device.disk.medium.snapshot());
    let rows = snapshots
        .flatten()
        .flat_map(|snapshot| snapshot.rows.into_keys());
    let logs: BTreeSet<LogId> = rows
        .filter_map(|key| match key {
            RowKey::Log(_, log) => Some(log),
            _ => None,
        })
        .collect();
    logs.into_iter().collect()
}

impl Has {
    fn of(world: &World, device: usize, logs: &[LogId]) -> Self {
        let Some(id) = world.community() else {
            return Self::default();
        };
        let keys: Vec<RowKey> = logs.iter().map(|log| RowKey::Log(id, *log)).collect();
        let rows = world.devices[device].disk.medium.load(&keys);
        let rows = rows.unwrap_or_default().into_iter().zip(logs);
        let next = |(row, log): (Option<Row>, &LogId)| match row {
            Some(Row::Log(end)) => Some((*log, end.next)),
            _ => None,
        };
        let core = world.devices[device].core.as_ref();
        let control = core.and_then(|core| core.control(id));
        Self {
            logs: rows.filter_map(next).collect(),
            heads: control.map_or_else(Vec::new, |control| control.log().dag().heads()),
        }
    }

    /// What of this a device lacks.
    fn lacks_at(&self, world: &World, device: usize, has: &Self) -> Option<String> {
        let core = world.devices[device].core.as_ref()?;
        let dag = core.control(world.community()?)?.log().dag();
        if let Some(head) = self.heads.iter().find(|head| !dag.contains(head)) {
            return Some(format!("d{device} lacks op {head:?}"));
        }
        self.logs.iter().find_map(|(log, next)| {
            let own = has.logs.get(log).copied().unwrap_or(0);
            (own < *next).then(|| format!("d{device} has {own} of {next} entries of {log:?}"))
        })
    }
}
