//! What comes again when libsignal has dropped the keys that would open it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]
use std::time::Duration;

use protocol::persist::Delivery;
use protocol::testing::Table;
use protocol::turn::Event;

/// A message whose acknowledgement was lost, and whose keys are dropped when it comes again, is acknowledged again:
/// it is stored. No session dies for it.
#[test]
fn what_is_stored_is_acknowledged_even_when_its_keys_are_gone() {
    let mut table = Table::friends();
    table.lossy = Some(|from, _, _| from != 1);
    let sent = table.send(0, 1, "came, and nobody heard that it did");
    table.lossy = None;
    // Each message with its acknowledgement begins a receiving chain; libsignal keeps five.
    for round in 0..7 {
        let _text = table.send(1, 0, &format!("round {round}"));
        table.pass(Duration::from_millis(260));
    }
    table.pass(Duration::from_secs(3)); // it comes again
    let unopened = table.seats[1]
        .events
        .iter()
        .filter(|event| matches!(event, Event::Unopened { .. }));
    assert_eq!(unopened.count(), 0, "no session was given up");
    let history = table.history(0, 1);
    let (_, row) = history
        .iter()
        .find(|(message, _)| *message == sent)
        .unwrap();
    assert!(
        row.delivery
            .iter()
            .all(|(_, delivery)| *delivery == Delivery::Reached),
        "{:?}",
        row.delivery
    );
}
