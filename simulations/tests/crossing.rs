//! Found by a seed, rare since, kept as a script: two people ask each other at once, and one of the two requests comes
//! after everything else.

use std::time::Duration;

use protocol::identity::{ContactLink, Hints};
use protocol::link::Frame;
use protocol::testing::Table;
use protocol::turn::{Command, ContactStanding, Event, Input, Reply, Whom};

/// A request is the largest thing that is said before people are contacts: it carries a bundle.
const REQUEST_BYTES: usize = 2_600;

fn is_request(bytes: &[u8]) -> bool {
    bytes.len() > REQUEST_BYTES && matches!(Frame::decode(bytes), Ok(Frame::Sealed { .. }))
}

#[test]
fn a_crossing_request_that_comes_late_asks_for_nothing() {
    let mut table = Table::new(&["Ana", "Bo"]);
    let link = table.link(0, 1);
    table.cut(link);
    let accounts = [table.account(0), table.account(1)];
    for (seat, other) in [(0, accounts[1]), (1, accounts[0])] {
        let whom = Whom::Link(ContactLink::new(other, Hints::None).expect("no hints fit"));
        assert_eq!(
            table.ask(seat, Command::Request(whom)),
            Some(Ok(Reply::Done))
        );
    }
    // The request of the larger account is the one that the other does not wait for.
    let late = usize::from(accounts[0] < accounts[1]);
    table.lossy = Some(match late {
        0 => |from, _, bytes| from != 0 || !is_request(bytes),
        _ => |from, _, bytes| from != 1 || !is_request(bytes),
    });
    let link = table.link(0, 1);
    table.pass(Duration::from_secs(2));
    let standing = |table: &Table, seat: usize| {
        table.seats[seat]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Contact(view) => Some((view.standing, view.words)),
                _ => None,
            })
    };
    let before = standing(&table, 1 - late);
    assert!(
        matches!(before, Some((ContactStanding::Accepted, Some(_)))),
        "{before:?}"
    );
    table.lossy = None;
    let requests = table.seats[late]
        .frames
        .iter()
        .filter(|frame| is_request(frame));
    let bytes = requests.last().cloned().expect("both asked");
    table.input(1 - late, Input::Received { link, bytes });
    table.pass(Duration::from_secs(200));
    assert_eq!(standing(&table, 1 - late), before);
    assert_eq!(standing(&table, late), before);
    for (from, to) in [(0, 1), (1, 0)] {
        table.send(from, to, "heard?");
        table.pass(Duration::from_secs(5));
        assert_eq!(table.texts(to, from).len(), table.texts(from, to).len());
    }
}
