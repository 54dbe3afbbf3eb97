//! Random histories of a control log, many of them, each held against the specification and its invariants.

use protocol::control::histories::{Plan, draw};
use protocol::control::invariants::violations;
use protocol::control::{Admission, ControlLog, Fate, Rules};

use crate::run;

/// What so many histories came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Histories.
    pub seeds: u64,
    /// Ops in them.
    pub ops: usize,
    /// Ops that do not count.
    pub void: usize,
    /// What was wrong, by seed.
    pub wrong: Vec<(u64, String)>,
}

/// Looks at `count` histories from `first` on, on all processors.
#[must_use]
pub fn seeds(first: u64, count: u64) -> Tally {
    let mut all = Tally::default();
    for one in run::on_all_processors(first, count, &seed, &|_tally| {}) {
        all.seeds += one.seeds;
        all.ops += one.ops;
        all.void += one.void;
        all.wrong.extend(one.wrong);
    }
    all
}

/// One history: the log must agree with the specification on every op, and keep every invariant.
fn seed(number: u64) -> Tally {
    let mut history = draw(number, Plan::of(number));
    let mut tally = Tally {
        seeds: 1,
        ops: history.facts.len(),
        ..Tally::default()
    };
    let mut log = ControlLog::new(Rules::default());
    for fact in &history.facts {
        if log.admit(fact) != Admission::New {
            tally
                .wrong
                .push((number, format!("{fact:?} was not admitted")));
            return tally;
        }
    }
    let all = history.reference.all();
    let verdict = history.reference.resolve(&all);
    for fact in &history.facts {
        let fate = log.now().fate(&fact.id);
        tally.void += usize::from(fate == Some(Fate::Void));
        if (fate == Some(Fate::Valid)) != verdict.valid.contains(&fact.id) {
            let what = format!("{fact:?} is {fate:?}, against the specification");
            tally.wrong.push((number, what));
        }
    }
    let broken = violations(&mut history, &log);
    tally
        .wrong
        .extend(broken.into_iter().map(|what| (number, what)));
    tally
}
