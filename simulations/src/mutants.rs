//! Broken on purpose: each mutant breaks one promise, and the checker of that promise must notice within 20 seeds
//! (DECISIONS 31). A checker that never fails checks nothing.

use std::fmt;

use protocol::core::{Faults, Mutant};

use crate::report::Violation;
use crate::run::{self, Kind};

/// Seeds that a mutant may survive.
pub const SEEDS_MAX: u64 = 20;

/// What became of a mutant.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its name.
    pub name: &'static str,
    /// What the worlds were about.
    pub kind: Kind,
    /// The seed that caught it, and what the checker said.
    pub caught: Option<(u64, Violation)>,
}

impl Verdict {
    /// Whether a checker noticed.
    #[must_use]
    pub const fn is_caught(&self) -> bool {
        self.caught.is_some()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, kind) = (self.name, self.kind);
        match &self.caught {
            Some((seed, violation)) => {
                write!(
                    f,
                    "mutant {name}: caught in seed {seed} of {kind:?} by {violation}"
                )
            }
            None => write!(f, "mutant {name}: SURVIVED {SEEDS_MAX} seeds of {kind:?}"),
        }
    }
}

/// Worlds that must notice a mutant: what is about communities alone shows only there, and what a rule decides only where
/// people quarrel. Of such worlds `cascade` is noticed in a third, `protection` in half, `strong-removal` in nearly all.
const fn worlds(mutant: Mutant) -> &'static [Kind] {
    match mutant {
        Mutant::OldEpochAccepted | Mutant::KeyToRemoved => &[Kind::Communities],
        Mutant::StrongRemoval | Mutant::Protection | Mutant::Cascade => &[Kind::Quarrels],
        Mutant::VerificationSkipped | Mutant::SendBeforePersist => {
            &[Kind::Contacts, Kind::Communities]
        }
        // `protocol` looks at these between a few cores (`tests/community_mutants.rs`).
        Mutant::CommitmentIgnored
        | Mutant::HeaderIgnored
        | Mutant::AnybodyHeard
        | Mutant::GapsSkipped
        | Mutant::RestoredBlindly
        | Mutant::AskedEndlessly
        | Mutant::RivalUnsigned => &[],
        // Keys of communities that are lost on their way are asked for again, and their names make them the same.
        Mutant::OutboxDropped | Mutant::AcknowledgeBeforeDurable | Mutant::DedupeOff => {
            &[Kind::Contacts]
        }
    }
}

/// Links in a thousand that go through a stranger at the least. Who does not look at MACs is found out where a stranger guesses a
/// tag: in one of sixteen communities as they are drawn.
const fn strangers(mutant: Mutant) -> u32 {
    match mutant {
        Mutant::VerificationSkipped => 500,
        _ => 0,
    }
}

/// Runs one mutant in worlds of one kind until it is caught.
#[must_use]
pub fn one(name: &'static str, mutant: Mutant, kind: Kind) -> Verdict {
    let faults = Faults {
        mutant: Some(mutant),
    };
    let relayed = strangers(mutant);
    let caught = (0..SEEDS_MAX).find_map(|seed| {
        let report = run::seed_among_strangers(kind, seed, faults, relayed);
        Some((seed, report.violation?))
    });
    Verdict { name, kind, caught }
}

/// Runs all of them that show between friends, one after the other; those of communities are `protocol`'s to catch
/// (`tests/community_mutants.rs`).
pub fn all() -> impl Iterator<Item = Verdict> {
    Mutant::ALL.iter().flat_map(|(name, mutant)| {
        let worlds = worlds(*mutant).iter();
        worlds.map(|kind| one(name, *mutant, *kind))
    })
}
