//! What a message may do to others, and how much of what it says is read.

use super::*;

#[test]
fn a_reaction_reaches_into_no_other_conversation() {
    let mut table = Table::new(&["Ana", "Bo", "Mallory"]);
    table.link(0, 1);
    table.befriend(0, 1);
    table.link(0, 2);
    table.befriend(0, 2);
    let target = MessageRef {
        author: table.device(1),
        id: MessageId([7; 16]),
    };
    let emoji = Emoji::try_from("👎".to_owned()).unwrap();
    let react = direct(
        &table,
        0,
        8,
        DirectEvent::React {
            target,
            emoji,
            on: true,
        },
    );
    say(&mut table, 2, 0, vec![react]);
    table.link(2, 0);
    table.pass(SOON);
    let said = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("private"),
        },
    );
    say(&mut table, 1, 0, vec![said]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["private"]);
    assert!(table.history(0, 1)[0].1.reactions.is_empty());
}

#[test]
fn an_edit_to_nothing_is_refused() {
    let mut table = Table::friends();
    let target = MessageRef {
        author: table.device(1),
        id: MessageId([7; 16]),
    };
    let said = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("something"),
        },
    );
    table.pass(Duration::from_secs(1));
    let edit = direct(
        &table,
        0,
        8,
        DirectEvent::Edit {
            target,
            body: Body::default(),
        },
    );
    say(&mut table, 1, 0, vec![said, edit]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["something"]);
}

#[test]
fn a_device_that_uses_an_id_twice_rewrites_nothing() {
    let mut table = Table::friends();
    let first = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("first"),
        },
    );
    table.pass(SOON);
    let second = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("second"),
        },
    );
    say(&mut table, 1, 0, vec![first, second]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["first"]);
}

#[test]
fn a_text_over_four_thousand_characters_is_not_read() {
    let mut table = Table::friends();
    let most = "é".repeat(limits::TEXT_CHARS_MAX);
    let more = format!("{most}.");
    let said = |id, body: &str| {
        let body = text(body);
        direct(&table, 0, id, DirectEvent::Text { body })
    };
    let target = MessageRef {
        author: table.device(1),
        id: MessageId([2; 16]),
    };
    let edit = DirectEvent::Edit {
        target,
        body: text(&more),
    };
    let contents = vec![said(1, &more), said(2, &most), direct(&table, 0, 3, edit)];
    say(&mut table, 1, 0, contents);
    table.link(1, 0);
    table.pass(Duration::from_secs(2));
    assert_eq!(table.texts(0, 1), [most]);
    let characters = limits::TEXT_CHARS_MAX + 1;
    let faults = table.seats[0].events.iter().filter(|event| {
        let fault = Misbehaved::LongText { characters };
        matches!(event, Event::Misbehaved { fault: told, .. } if *told == fault)
    });
    assert_eq!(faults.count(), 2, "the text and the edit");
}

#[test]
fn one_contact_does_not_take_the_room_of_effects_that_wait() {
    let mut table = Table::new(&["Ana", "Bo", "Mallory"]);
    for other in [1, 2] {
        table.link(0, other);
        table.befriend(0, other);
    }
    let react = |author: usize, target: [u8; 16], id: [u8; 16]| {
        let emoji = Emoji::try_from("👍".to_owned()).unwrap();
        let target = MessageRef {
            author: table.device(author),
            id: MessageId(target),
        };
        let event = DirectEvent::React {
            target,
            emoji,
            on: true,
        };
        let (_, content) = direct(&table, 0, 0, event);
        let Content::Direct(message) = content else {
            unreachable!("direct");
        };
        let id = MessageId(id);
        (id, Content::Direct(DirectMessage { id, ..message }))
    };
    // Every one of them to another message that never was.
    let id = |kind: u64, n: usize| {
        let words = [kind.to_be_bytes(), u64::try_from(n).unwrap().to_be_bytes()];
        <[u8; 16]>::try_from(words.concat()).unwrap()
    };
    let flood = (0..limits::PENDING_EFFECTS_MAX).map(|n| react(2, id(1, n), id(2, n)));
    let flood = flood.collect();
    let early = react(1, [7; 16], [8; 16]);
    say(&mut table, 2, 0, flood);
    table.link(2, 0);
    table.pass(Duration::from_secs(60));
    let waiting = |table: &Table| {
        let rows = table.seats[0].store.rows.keys();
        rows.filter(|key| matches!(key, RowKey::Pending(..)))
            .count()
    };
    assert_eq!(waiting(&table), limits::PENDING_PER_CONTACT_MAX);

    let body = text("at last");
    let said = direct(&table, 0, 7, DirectEvent::Text { body });
    say(&mut table, 1, 0, vec![early, said]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["at last"]);
    assert_eq!(table.history(0, 1)[0].1.reactions.len(), 1);
}
