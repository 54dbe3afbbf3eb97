//! One seed is one run: the same inputs and outputs, byte for byte.

use protocol::core::Faults;
use simulations::run;

#[test]
fn the_same_seed_gives_the_same_trace_hash() {
    for seed in [1, 7, 42] {
        let (first, second) = (
            run::seed(seed, Faults::default()),
            run::seed(seed, Faults::default()),
        );
        assert_eq!(first.hash, second.hash, "seed {seed}");
        assert_eq!(first.inputs, second.inputs);
        assert_eq!(first.counts, second.counts);
    }
}

#[test]
fn so_does_the_same_seed_of_a_community() {
    for seed in [1, 7] {
        let run = || run::seed_of(run::Kind::Communities, seed, Faults::default());
        let (first, second) = (run(), run());
        assert_eq!(first.hash, second.hash, "seed {seed}");
        assert_eq!(first.counts, second.counts);
    }
}

#[test]
fn another_seed_gives_another_hash() {
    assert_ne!(
        run::seed(1, Faults::default()).hash,
        run::seed(2, Faults::default()).hash
    );
}

#[test]
fn a_recipe_read_back_runs_the_same() {
    let report = run::seed(3, Faults::default());
    let text = serde_json::to_string(&report.recipe()).unwrap();
    let again = run::recipe(&serde_json::from_str(&text).unwrap(), false);
    assert_eq!(again.hash, report.hash);
}
