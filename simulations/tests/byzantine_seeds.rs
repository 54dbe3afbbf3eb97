//! Six seeds of a community in which some programs are not ours (more: `./x sim seeds --world byzantine`): the honest agree, read
//! what is meant for them, and nobody else does, whatever the others sign, hide, flood, repeat or make up.

use simulations::run::{self, Kind};
use simulations::world::LIES;

const SEEDS: u64 = 6;

#[test]
fn six_communities_hold_among_liars() {
    let reports = run::seeds_of(Kind::Byzantine, 0, SEEDS, &|report| println!("{report}"));
    let failed: Vec<_> = reports
        .iter()
        .filter(|report| report.violation.is_some())
        .collect();
    if let Some(first) = failed.first() {
        let seeds: Vec<_> = failed.iter().map(|report| report.seed).collect();
        panic!("seeds {seeds:?} failed; the first:\n{}", first.story());
    }
    let floor = run::Floor::of(Kind::Byzantine, &reports);
    // Six are too few for the share of crashes that many must have.
    assert_eq!(floor.poor, 0, "too little was tried: {floor}");
    let told = |lie: &&str| reports.iter().any(|report| report.count(lie) > 0);
    assert!(LIES.iter().all(told), "{floor}");
}

#[test]
fn a_lie_that_nobody_tells_is_noticed() {
    let reports = run::seeds_of(Kind::Communities, 0, 1, &|_report| {});
    let floor = run::Floor::of(Kind::Byzantine, &reports);
    assert!(floor.untold == LIES && !floor.holds(), "{floor}");
}
