//! The row is a function of the set of events: orders and repetitions do not matter, and a plain model agrees.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::apply;
use crate::identity::{AccountId, DeviceId};
use crate::message::{Body, DirectEvent, Emoji, MessageId, MessageRef};
use crate::persist::{MessageContent, MessageRow, Stamp, Version};
use crate::time::{Hlc, Timestamp};

const AUTHOR: AccountId = AccountId([1; 32]);
const OTHER: AccountId = AccountId([2; 32]);

fn reference(n: u8) -> MessageRef {
    MessageRef {
        author: DeviceId([n; 32]),
        id: MessageId([n; 16]),
    }
}

fn body(text: &str) -> Body {
    Body::try_from(text.to_owned()).unwrap()
}

fn message() -> MessageRow {
    let stamp = (Hlc::from_bits(1), reference(0));
    MessageRow {
        conversation: OTHER.into(),
        account: AUTHOR,
        hlc: stamp.0,
        place: stamp.0,
        arrived: Timestamp::default(),
        seen: vec![].try_into().unwrap(),
        content: MessageContent::Text {
            reply_to: None,
            versions: vec![Version {
                stamp,
                body: body("original"),
            }]
            .try_into()
            .unwrap(),
        },
        reactions: vec![].try_into().unwrap(),
        delivery: vec![].try_into().unwrap(),
    }
}

type Step = (bool, Stamp, DirectEvent);

fn step() -> impl Strategy<Value = Step> {
    let event = prop_oneof![
        6 => "[a-z]{1,8}".prop_map(|text| DirectEvent::Edit { target: reference(0), body: body(&text) }),
        6 => ("[a-d]", any::<bool>()).prop_map(|(emoji, on)| DirectEvent::React {
            target: reference(0),
            emoji: Emoji::try_from(emoji).unwrap(),
            on,
        }),
        1 => Just(DirectEvent::Delete { target: reference(0) }),
    ];
    (any::<bool>(), 2_u64..40, 1_u8..200, event)
        .prop_map(|(ours, hlc, id, event)| (ours, (Hlc::from_bits(hlc), reference(id)), event))
}

fn run(steps: &[Step]) -> MessageRow {
    let mut row = message();
    for (ours, stamp, event) in steps {
        let _changed = apply(&mut row, if *ours { AUTHOR } else { OTHER }, *stamp, event);
    }
    row
}

/// Stamps name events, so one stamp carries one event.
fn distinct(steps: Vec<Step>) -> Vec<Step> {
    let mut seen = std::collections::BTreeSet::new();
    steps
        .into_iter()
        .filter(|step| seen.insert(step.1))
        .collect()
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_gives_the_same_row(
        steps in proptest::collection::vec(step(), 0..40),
        order in any::<prop::sample::Index>(),
    ) {
        let steps = distinct(steps);
        let mut other = steps.clone();
        if !other.is_empty() {
            let at = order.index(other.len());
            other.rotate_left(at);
            other.reverse();
            other.extend(steps.iter().take(at).cloned());
        }
        prop_assert_eq!(run(&steps), run(&other));
    }

    #[test]
    fn it_agrees_with_a_plain_model(steps in proptest::collection::vec(step(), 0..15)) {
        let steps = distinct(steps);
        let row = run(&steps);
        let deleted = steps.iter().any(|(ours, _, event)| *ours && matches!(event, DirectEvent::Delete { .. }));
        if deleted {
            prop_assert_eq!(row.content, MessageContent::Deleted);
            prop_assert!(row.reactions.is_empty());
            return Ok(());
        }
        let newest = steps
            .iter()
            .filter_map(|(ours, stamp, event)| match event {
                DirectEvent::Edit { body, .. } if *ours => Some((*stamp, body.clone())),
                _ => None,
            })
            .max();
        let shown = match &row.content {
            MessageContent::Text { versions, .. } => versions.last().unwrap().body.clone(),
            _ => unreachable!(),
        };
        prop_assert_eq!(shown, newest.map_or_else(|| body("original"), |edit| edit.1));
        let mut model: BTreeMap<(bool, Emoji), (Stamp, bool)> = BTreeMap::new();
        for (ours, stamp, event) in &steps {
            if let DirectEvent::React { emoji, on, .. } = event {
                let entry = model.entry((*ours, emoji.clone())).or_insert((*stamp, *on));
                *entry = (*entry).max((*stamp, *on));
            }
        }
        let expected: Vec<_> = model
            .into_iter()
            .map(|((ours, emoji), (_, on))| (if ours { AUTHOR } else { OTHER }, emoji, on))
            .collect();
        let mut actual: Vec<_> =
            row.reactions.iter().map(|r| (r.account, r.emoji.clone(), r.on)).collect();
        actual.sort();
        let mut expected = expected;
        expected.sort();
        prop_assert_eq!(actual, expected);
    }
}

#[test]
fn nobody_edits_or_deletes_what_another_wrote() {
    let mut row = message();
    let stamp = (Hlc::from_bits(9), reference(9));
    let edit = DirectEvent::Edit {
        target: reference(0),
        body: body("forged"),
    };
    assert!(!apply(&mut row, OTHER, stamp, &edit));
    assert!(!apply(
        &mut row,
        OTHER,
        stamp,
        &DirectEvent::Delete {
            target: reference(0)
        }
    ));
    assert_eq!(row, message());
}
