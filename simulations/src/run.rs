//! Runs seeds, several at a time: each world is one thread's own.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fmt, thread};

use protocol::core::Faults;

use crate::options::Options;
use crate::report::{Recipe, Report};
use crate::world::{LIES, World};

/// Messages that every seed must carry to count.
pub const MESSAGES_MIN: u64 = 50;
/// The same about communities: people who are outside, or silenced, say nothing.
pub const COMMUNITY_MESSAGES_MIN: u64 = 20;
/// Share of seeds that must have a crash and a partition, of a hundred.
pub const FAULTY_MIN_PERCENT: usize = 80;

/// What a world is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// People who become contacts and write to each other.
    Contacts,
    /// People who found a community, come, talk, quarrel and go.
    Communities,
    /// The same, of whom many have power and take it from each other while they cannot meet.
    Quarrels,
    /// The same as communities, of whom some have a program that is not ours.
    Byzantine,
}

impl Kind {
    /// The options that follow from a seed.
    #[must_use]
    pub fn draw(self, seed: u64) -> Options {
        match self {
            Self::Contacts => Options::draw(seed),
            Self::Communities => Options::draw_community(seed),
            Self::Quarrels => Options::draw_quarrels(seed),
            Self::Byzantine => Options::draw_byzantine(seed),
        }
    }
}

/// Runs one seed with the options that follow from it.
#[must_use]
pub fn seed(seed: u64, faults: Faults) -> Report {
    seed_of(Kind::Contacts, seed, faults)
}

/// The same, of a world of this kind.
#[must_use]
pub fn seed_of(kind: Kind, seed: u64, faults: Faults) -> Report {
    World::new(seed, kind.draw(seed), faults, false).run()
}

/// The same, in a world in which so many links in a thousand, at the least, go through a stranger.
#[must_use]
pub fn seed_among_strangers(kind: Kind, seed: u64, faults: Faults, relayed: u32) -> Report {
    let mut options = kind.draw(seed);
    options.network.relayed = options.network.relayed.max(relayed);
    World::new(seed, options, faults, false).run()
}

/// Runs a recipe.
#[must_use]
pub fn recipe(recipe: &Recipe, loud: bool) -> Report {
    let options = recipe
        .options
        .clone()
        .unwrap_or_else(|| Options::draw(recipe.seed));
    World::new(recipe.seed, options, Faults::default(), loud).run()
}

/// Runs `count` seeds from `first` on all processors and hands each report to `each` as it comes. Gives them in order.
pub fn seeds(
    first: u64,
    count: u64,
    faults: Faults,
    each: &(dyn Fn(&Report) + Sync),
) -> Vec<Report> {
    on_all_processors(first, count, &|number| seed(number, faults), each)
}

/// The same, of worlds of this kind.
pub fn seeds_of(
    kind: Kind,
    first: u64,
    count: u64,
    each: &(dyn Fn(&Report) + Sync),
) -> Vec<Report> {
    let one = |number| seed_of(kind, number, Faults::default());
    on_all_processors(first, count, &one, each)
}

/// Does `one` for `count` numbers from `first` on all processors and hands each answer to `each` as it comes, never two at
/// once. Gives them in order.
pub fn on_all_processors<T: Send>(
    first: u64,
    count: u64,
    one: &(dyn Fn(u64) -> T + Sync),
    each: &(dyn Fn(&T) + Sync),
) -> Vec<T> {
    let next = AtomicU64::new(first);
    let answers = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= first.saturating_add(count) {
                        return;
                    }
                    let answer = one(number);
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    each(&answer);
                    answers.push((number, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// What a set of seeds must have seen to prove anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// Seeds run.
    pub seeds: usize,
    /// Fewest messages in one of them.
    pub fewest_messages: u64,
    /// Seeds with a crash and a partition.
    pub faulty: usize,
    /// Seeds with fewer messages than each must have.
    pub poor: usize,
    /// Lies that none of these worlds has heard, where they are told.
    pub untold: Vec<&'static str>,
    /// How many of a hundred may be so: of communities, one in which everybody left, or lost their power and their voice.
    pub poor_max_percent: usize,
}

impl Floor {
    /// What these seeds have seen.
    #[must_use]
    pub fn of(kind: Kind, reports: &[Report]) -> Self {
        let (least, poor_max_percent) = match kind {
            Kind::Contacts => (MESSAGES_MIN, 0),
            Kind::Communities | Kind::Quarrels | Kind::Byzantine => (COMMUNITY_MESSAGES_MIN, 1),
        };
        let faulty = |report: &&Report| report.count("crash") > 0 && report.count("partition") > 0;
        let lies: &[_] = match kind {
            Kind::Byzantine => &LIES,
            _ => &[],
        };
        let told = |lie: &&&str| reports.iter().any(|report| report.count(lie) > 0);
        let untold = lies.iter().filter(|lie| !told(lie));
        Self {
            seeds: reports.len(),
            fewest_messages: reports
                .iter()
                .map(|report| report.messages)
                .min()
                .unwrap_or(0),
            faulty: reports.iter().filter(faulty).count(),
            poor: reports.iter().filter(|one| one.messages < least).count(),
            poor_max_percent,
            untold: untold.copied().collect(),
        }
    }

    /// Whether that is enough.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.untold.is_empty()
            && self.poor * 100 <= self.seeds * self.poor_max_percent
            && self.faulty * 100 >= self.seeds * FAULTY_MIN_PERCENT
    }
}

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seeds,
            fewest_messages,
            faulty,
            poor,
            untold,
            ..
        } = self;
        write!(
            f,
            "{seeds} seeds: at least {fewest_messages} messages in each, {faulty} with a crash and a partition, {poor} with too few messages"
        )?;
        match untold.is_empty() {
            true => Ok(()),
            false => write!(f, ", and nobody ever told these lies: {untold:?}"),
        }
    }
}
