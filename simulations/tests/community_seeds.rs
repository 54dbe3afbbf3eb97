//! Twenty seeds of a community (`./x test` runs 200 beside them), each with its own faults and quarrels: members agree, read what is meant for them, and
//! nobody else does.

use std::time::Instant;

use simulations::run::{self, Kind};

const SEEDS: u64 = 20;

#[test]
fn twenty_communities_hold() {
    let began = Instant::now();
    let reports = run::seeds_of(Kind::Communities, 0, SEEDS, &|report| println!("{report}"));
    let failed: Vec<_> = reports
        .iter()
        .filter(|report| report.violation.is_some())
        .collect();
    if let Some(first) = failed.first() {
        let seeds: Vec<_> = failed.iter().map(|report| report.seed).collect();
        panic!("seeds {seeds:?} failed; the first:\n{}", first.story());
    }
    let floor = run::Floor::of(Kind::Communities, &reports);
    assert!(floor.holds(), "too little was tried: {floor}");
    let all = |kind| reports.iter().map(|report| report.count(kind)).sum::<u64>();
    assert!(
        all("moderated") > 0 && all("forged") > 0,
        "nobody quarrelled"
    );
    println!("{floor} in {:.1} s", began.elapsed().as_secs_f64());
}
