//! The control log that all members end with keeps its rules: one owner, strong removal, protection, cascade (§2.3.5); and
//! it is what the specification makes of those very ops.

use protocol::control::histories::History;
use protocol::control::invariants::violations;
use protocol::control::{Fate, Standing};

use crate::checkers::{Checker, End};

/// Holds the log against the invariants and the specification written down as plainly as possible.
#[derive(Debug)]
pub struct Rules;

impl Checker for Rules {
    fn name(&self) -> &'static str {
        "community_rules"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        let Some(gathered) = super::Gathered::of(end)? else {
            return Ok(());
        };
        let log = gathered.control.log();
        let people = log.now().people();
        let owners = people
            .values()
            .filter(|standing| **standing == Standing::Owner)
            .count();
        if owners != 1 {
            return Err(format!("{owners} owners"));
        }
        let mut history = History::of(log);
        let all = history.reference.all();
        let verdict = history.reference.resolve(&all);
        for fact in &history.facts {
            let fate = log.now().fate(&fact.id);
            if (fate == Some(Fate::Valid)) != verdict.valid.contains(&fact.id) {
                return Err(format!("{fact:?} is {fate:?}, against the specification"));
            }
        }
        let broken = violations(&mut history, log);
        match broken.into_iter().next() {
            Some(what) => Err(what),
            None => Ok(()),
        }
    }
}
