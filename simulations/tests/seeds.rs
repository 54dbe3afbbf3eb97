//! Two hundred seeds, each with its own faults: nothing bad happens, and everything arrives.

use std::time::Instant;

use protocol::core::Faults;
use simulations::run;

const SEEDS: u64 = 200;

#[test]
fn two_hundred_seeds_hold() {
    let began = Instant::now();
    let reports = run::seeds(0, SEEDS, Faults::default(), &|report| println!("{report}"));
    let failed: Vec<_> = reports
        .iter()
        .filter(|report| report.violation.is_some())
        .collect();
    if let Some(first) = failed.first() {
        let seeds: Vec<_> = failed.iter().map(|report| report.seed).collect();
        panic!("seeds {seeds:?} failed; the first:\n{}", first.story());
    }
    let floor = run::Floor::of(run::Kind::Contacts, &reports);
    assert!(floor.holds(), "too little was tried: {floor}");
    println!("{floor} in {:.1} s", began.elapsed().as_secs_f64());
}
