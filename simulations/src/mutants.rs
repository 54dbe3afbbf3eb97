//! Broken on purpose: each mutant breaks one promise, and the checker of that promise must notice within 20 seeds
//! (DECISIONS 31). A checker that never fails checks nothing.

use std::fmt;

use protocol::core::{Faults, Mutant};

use crate::report::Violation;
use crate::run;

/// Seeds that a mutant may survive.
pub const SEEDS_MAX: u64 = 20;

/// What became of a mutant.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its name.
    pub name: &'static str,
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
        match &self.caught {
            Some((seed, violation)) => {
                write!(
                    f,
                    "mutant {}: caught in seed {seed} by {violation}",
                    self.name
                )
            }
            None => write!(f, "mutant {}: SURVIVED {SEEDS_MAX} seeds", self.name),
        }
    }
}

/// Runs one mutant until it is caught.
#[must_use]
pub fn one(name: &'static str, mutant: Mutant) -> Verdict {
    let faults = Faults {
        mutant: Some(mutant),
    };
    let caught = (0..SEEDS_MAX).find_map(|seed| Some((seed, run::seed(seed, faults).violation?)));
    Verdict { name, caught }
}

/// Runs all of them that show between friends, one after the other; those of communities are `protocol`'s to catch
/// (`tests/community_mutants.rs`).
pub fn all() -> impl Iterator<Item = Verdict> {
    let friends = Mutant::ALL
        .iter()
        .filter(|(_, mutant)| !mutant.is_of_communities());
    friends.map(|(name, mutant)| one(name, *mutant))
}
