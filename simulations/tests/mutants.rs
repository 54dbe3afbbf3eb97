//! Every broken promise is noticed (only in a build with deliberate faults).
#![cfg(feature = "mutants")]

use simulations::mutants;

#[test]
fn no_mutant_survives() {
    let survivors: Vec<_> = mutants::all()
        .inspect(|verdict| println!("{verdict}"))
        .filter(|verdict| !verdict.is_caught())
        .map(|verdict| verdict.name)
        .collect();
    assert!(survivors.is_empty(), "not noticed: {survivors:?}");
}
