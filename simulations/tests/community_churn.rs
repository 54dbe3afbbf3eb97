//! Members that come and go, each for a minute or so: a smaller size of what `lescopains-sim churn` runs in full (50 members
//! for an hour).
#![allow(clippy::print_stdout, reason = "a test that says how much it tried")]

use protocol::core::Faults;
use simulations::churn::Churn;

/// F14: half are up at a time. Every two that were up together for a minute have by then what either had at its beginning;
/// and when all are back, all have everything.
#[test]
fn churn() {
    let churn = Churn {
        seed: 14,
        members: 12,
        half_life_s: 60,
        minutes: 25,
    };
    let tally = churn.run(Faults::default());
    println!("{tally}");
    assert!(tally.report.violation.is_none(), "{}", tally.report.story());
    assert!(tally.behind.is_empty(), "{:#?}", tally.behind);
    assert!(tally.overlaps > 200 && tally.restarts > 60, "{tally}");
}
