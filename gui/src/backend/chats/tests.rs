//! The window onto a conversation against a plain sorted list of all of it.

use std::collections::BTreeMap;

use node::store::PageEntry;
use proptest::prelude::*;
use protocol::identity::DeviceId;
use protocol::message::MessageId;
use protocol::time::{Hlc, Timestamp};

use super::*;
use crate::fixtures::{ADA, row};

/// Messages of a page, in these tests.
const PAGE: usize = 60;

fn position(number: u64) -> Position {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let message = MessageRef {
        author: DeviceId([2; 32]),
        id: MessageId(id),
    };
    (Hlc::from_wall(Timestamp::from_millis(number)), message)
}

fn said(number: u64, text: &str) -> MessageRow {
    let mut row = row(ADA, ADA, 0, text);
    row.place = position(number).0;
    row
}

/// The whole conversation, as the store holds it.
#[derive(Debug, Default)]
struct Store(BTreeMap<Position, MessageRow>);

impl Store {
    fn page(&self, wanted: impl Fn(Position) -> bool, newest: bool) -> Page {
        let found = self.0.iter().filter(|(position, _)| wanted(**position));
        let found: Vec<_> = found.collect();
        let more = found.len() > PAGE;
        let part = if newest {
            &found[found.len().saturating_sub(PAGE)..]
        } else {
            &found[..found.len().min(PAGE)]
        };
        let entry = |(position, row): &(&Position, &MessageRow)| PageEntry {
            position: **position,
            row: Some(Box::new((*row).clone())),
            attachment: None,
            marks: None,
        };
        Page {
            messages: part.iter().map(entry).collect(),
            more,
            lost: 0,
        }
    }
}

/// What may happen to a conversation that is on screen.
#[derive(Clone, Debug)]
enum Step {
    Comes(u64),
    Changes(prop::sample::Index, u8),
    More(bool),
    Latest,
    Jump(u64),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u64..5_000).prop_map(Step::Comes),
        2 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(which, text)| Step::Changes(which, text)),
        4 => any::<bool>().prop_map(Step::More),
        1 => Just(Step::Latest),
        1 => (0_u64..5_000).prop_map(Step::Jump),
    ]
}

/// Both sides do the same.
fn carry_out(step: &Step, store: &mut Store, chat: &mut Chat) {
    match step {
        Step::Comes(number) => {
            let row = said(*number, "new");
            store.0.insert(position(*number), row.clone());
            absorb(chat, position(*number).1, &row, None);
        }
        Step::Changes(which, text) => {
            let all: Vec<_> = store.0.keys().copied().collect();
            let at = all[which.index(all.len())];
            let row = said(at.0.wall().as_millis(), &text.to_string());
            store.0.insert(at, row.clone());
            absorb(chat, at.1, &row, None);
        }
        Step::More(true) if chat.more_before => {
            let first = chat.window[0].position;
            extend(chat, Edge::Before, store.page(|at| at < first, true));
        }
        Step::More(false) if chat.more_after => {
            let last = chat.window[chat.window.len() - 1].position;
            extend(chat, Edge::After, store.page(|at| at > last, false));
        }
        Step::More(_) => {}
        Step::Latest => latest(chat, store.page(|_| true, true)),
        Step::Jump(number) => {
            let place = position(*number);
            let (before, after) = (
                store.page(|at| at < place, true),
                store.page(|at| at >= place, false),
            );
            around(chat, place, before, after);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_window_is_always_an_unbroken_piece_of_the_conversation(
        old in prop::collection::btree_set(0_u64..5_000, 1..1_500),
        steps in prop::collection::vec(steps(), 1..60),
    ) {
        let rows = old.into_iter().map(|number| (position(number), said(number, "old")));
        let mut store = Store(rows.collect());
        let mut chat = Chat::default();
        latest(&mut chat, store.page(|_| true, true));
        for step in steps {
            carry_out(&step, &mut store, &mut chat);
            let window: Vec<_> = chat.window.iter().map(|line| line.position).collect();
            prop_assert!(window.len() <= WINDOW_MAX);
            let (Some(first), Some(last)) = (window.first(), window.last()) else {
                prop_assert!(false, "an empty window");
                unreachable!();
            };
            // Nothing is missing within it, and what it shows is what is stored.
            let within: Vec<_> = store.0.range(first..=last).collect();
            prop_assert_eq!(within.iter().map(|(at, _)| **at).collect::<Vec<_>>(), window.clone());
            for (line, (_, row)) in chat.window.iter().zip(within) {
                prop_assert_eq!(line.row.as_deref(), Some(row));
            }
            // It says rightly whether there is more; the newest is known.
            prop_assert_eq!(chat.more_before, store.0.range(..first).next().is_some());
            prop_assert_eq!(chat.more_after, store.0.range((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded)).next().is_some());
            let newest = store.0.keys().next_back().copied();
            prop_assert_eq!(chat.last.as_ref().map(|line| line.position), newest);
        }
    }
}

#[test]
fn a_chat_that_is_not_on_screen_keeps_only_its_newest_message() {
    let mut chat = Chat::default();
    assert!(absorb(&mut chat, position(5).1, &said(5, "x"), None));
    assert!(absorb(&mut chat, position(3).1, &said(3, "x"), None));
    assert!(chat.window.is_empty());
    assert_eq!(chat.last.map(|line| line.position), Some(position(5)));
}

#[test]
fn each_jump_lands_once_more() {
    let mut chat = Chat::default();
    around(&mut chat, position(5), Page::default(), Page::default());
    around(&mut chat, position(5), Page::default(), Page::default());
    assert_eq!(chat.landed, Some((2, position(5))));
}

#[test]
fn what_was_told_before_the_store_has_it_is_in_the_window_read_in_that_moment() {
    let mut store = Store::default();
    store.0.insert(position(1), said(1, "stored"));
    let mut chat = Chat::default();
    absorb(&mut chat, position(2).1, &said(2, "told"), None);
    absorb(
        &mut chat,
        position(2).1,
        &said(2, "told, then edited"),
        None,
    );
    latest(&mut chat, store.page(|_| true, true));
    let texts: Vec<_> = chat.window.iter().map(|line| line.position).collect();
    assert_eq!(texts, [position(1), position(2)]);
    let row = chat.window[1].row.as_deref().unwrap();
    assert_eq!(*row, said(2, "told, then edited"));
    assert_eq!(chat.last.as_ref().unwrap().position, position(2));
    // Far above, it is not shown: there is more in between.
    let page = store.page(|_| true, true);
    around(
        &mut chat,
        position(1),
        page,
        Page {
            messages: Vec::new(),
            more: true,
            lost: 0,
        },
    );
    assert_eq!(chat.window.len(), 1);
}
