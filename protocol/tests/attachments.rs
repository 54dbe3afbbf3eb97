//! Small files that come with messages: whole and right, or not there, whatever happens on the way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::core::Config;
use protocol::crypto::{Hash32, Label};
use protocol::error::Rejected;
use protocol::link::Frame;
use protocol::message::{Content, DirectEvent, Media, MessageRef};
use protocol::persist::{MessageContent, Row, RowKey};
use protocol::testing::Table;
use protocol::turn::{Attachment, AttachmentView, Command, Event, Reply};
use protocol::{limits, wire};

/// Bytes of which no two stretches are alike.
fn bytes(size: usize, seed: u8) -> Bytes {
    let word = |n: usize| Hash32::of(Label::Account, &[&n.to_le_bytes()[..], &[seed]].concat()).0;
    (0..size.div_ceil(32)).flat_map(word).take(size).collect()
}

fn media(text: &str) -> Media {
    Media::try_from(text.to_owned()).unwrap()
}

fn attach(table: &Table, bytes: &Bytes, key: Option<&[u8]>) -> Command {
    Command::Attach {
        to: table.account(1),
        body: "cat.png".to_owned().try_into().unwrap(),
        reply_to: None,
        attachment: Attachment {
            media: media("image/png"),
            bytes: bytes.clone(),
        },
        key: key.map(<[u8]>::to_vec),
    }
}

/// Sends from the first seat to the second.
fn send(table: &mut Table, bytes: &Bytes) -> MessageRef {
    let command = attach(table, bytes, None);
    match table.ask(0, command) {
        Some(Ok(Reply::Message(message))) => message,
        other => panic!("not sent: {other:?}"),
    }
}

/// What a seat's store has of an attachment, if it is whole.
fn stored(table: &Table, seat: usize, message: MessageRef) -> Option<Vec<u8>> {
    let rows = &table.seats[seat].store.rows;
    let Some(Row::Attachment(row)) = rows.get(&RowKey::Attachment(message)) else {
        return None;
    };
    let mut whole = Vec::new();
    for index in 0..row.count {
        match rows.get(&RowKey::Part(message, index)) {
            Some(Row::Part(part)) => whole.extend_from_slice(&part.bytes),
            _ => panic!("a whole attachment without its part {index}"),
        }
    }
    assert_eq!(whole.len(), usize::try_from(row.size).unwrap());
    Some(whole)
}

/// Parts, and attachments on their way, in a seat's store.
fn kept(table: &Table, seat: usize) -> (usize, usize) {
    let keys = || table.seats[seat].store.rows.keys();
    (
        keys().filter(|key| matches!(key, RowKey::Part(..))).count(),
        keys()
            .filter(|key| matches!(key, RowKey::Unfinished(..)))
            .count(),
    )
}

/// How a message's attachment was shown, one event after the other.
fn shown(table: &Table, seat: usize, message: MessageRef) -> Vec<Option<AttachmentView>> {
    let told = table.seats[seat].events.iter();
    told.filter_map(|event| match event {
        Event::Message {
            message: name,
            attachment,
            ..
        } if *name == message => Some(attachment.clone()),
        _ => None,
    })
    .collect()
}

#[test]
fn an_attachment_arrives_whole_with_its_message() {
    let mut table = Table::friends();
    let sent = bytes(70_000, 1);
    let message = send(&mut table, &sent);
    table.pass(Duration::from_secs(5));
    assert_eq!(table.texts(1, 0), ["cat.png"]);
    for seat in [0, 1] {
        assert!(stored(&table, seat, message).unwrap() == sent);
    }
    let steps = shown(&table, 1, message);
    let progress: Vec<_> = steps
        .iter()
        .map(|step| step.as_ref().map(|a| (a.have, a.parts, a.size, a.complete)))
        .collect();
    let size = Some(70_000);
    assert_eq!(
        progress,
        [
            None,
            Some((1, 3, None, false)),
            Some((2, 3, None, false)),
            Some((3, 3, size, true))
        ]
    );
    assert_eq!(steps[3].as_ref().unwrap().media, media("image/png"));
    // Its author sees it from the first moment, also when it is shown again as delivered.
    for step in shown(&table, 0, message) {
        assert!(step.unwrap().complete);
    }
}

#[test]
fn that_it_is_whole_is_told_when_the_store_has_it_and_not_before() {
    let mut table = Table::friends();
    table.seats[1].stalled = true;
    let message = send(&mut table, &bytes(70_000, 1));
    table.pass(Duration::from_secs(5));
    let steps = shown(&table, 1, message);
    assert!(!steps.is_empty(), "its message is shown at once");
    let whole = |step: &Option<AttachmentView>| step.as_ref().is_some_and(|view| view.complete);
    assert!(!steps.iter().any(whole), "{steps:?}");
    assert_eq!(stored(&table, 1, message), None);
}

#[test]
fn the_largest_one_and_sizes_around_a_part_arrive() {
    let mut table = Table::friends();
    let part = limits::CHUNK_BYTES_MAX;
    for size in [1, part - 1, part, part + 1, limits::ATTACHMENT_BYTES_MAX] {
        let sent = bytes(size, 2);
        let message = send(&mut table, &sent);
        table.pass(Duration::from_secs(20));
        assert!(stored(&table, 1, message).unwrap() == sent, "{size} bytes");
    }
    let most = limits::ATTACHMENT_BYTES_MAX.div_ceil(part);
    assert_eq!(most, usize::from(limits::CHUNKS_MAX));
}

#[test]
fn what_waits_in_the_outbox_names_its_bytes_instead_of_holding_them() {
    let mut table = Table::friends();
    table.crash(1);
    for _ in 0..5 {
        send(&mut table, &bytes(limits::ATTACHMENT_BYTES_MAX, 3));
    }
    let rows = table.seats[0].store.rows.values();
    let outbox = rows.filter_map(|row| match row {
        Row::Outbox(row) => Some(row.content.len()),
        _ => None,
    });
    let outbox: Vec<_> = outbox.collect();
    assert_eq!(outbox.len(), 5 * 35);
    assert!(outbox.iter().all(|size| *size < 512), "{outbox:?}");
    // Its core does not hold the parts either, once they are stored.
    assert!(table.seats[0].core.sizes().cached < 40);
}

#[test]
fn it_arrives_where_next_to_nothing_is_kept_in_memory() {
    let config = Config {
        cached_rows_max: 2,
        ..Config::default()
    };
    let mut table = Table::new(&[]);
    table.sit("Ana", config);
    table.sit("Bo", config);
    table.link(0, 1);
    table.befriend(0, 1);
    let sent = bytes(limits::ATTACHMENT_BYTES_MAX, 4);
    let message = send(&mut table, &sent);
    table.pass(Duration::from_secs(20));
    assert!(stored(&table, 1, message).unwrap() == sent);
}

#[test]
fn it_arrives_after_crashes_of_both_sides_in_the_middle() {
    let mut table = Table::friends();
    let sent = bytes(limits::ATTACHMENT_BYTES_MAX, 5);
    let message = send(&mut table, &sent);
    for round in 0..6 {
        table.pass(Duration::from_millis(100));
        assert!(round > 0 || stored(&table, 1, message).is_none());
        table.crash(round % 2);
        table.link(0, 1);
    }
    table.pass(Duration::from_secs(20));
    assert!(stored(&table, 1, message).unwrap() == sent);
    assert_eq!(kept(&table, 1), (34, 0));
}

#[test]
fn it_arrives_in_a_new_session() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(2));
    let sent = bytes(400_000, 6);
    let message = send(&mut table, &sent);
    table.seats[1]
        .store
        .rows
        .retain(|key, _| !matches!(key, RowKey::Session(_)));
    table.crash(1);
    table.link(0, 1);
    table.pass(Duration::from_secs(120));
    assert!(stored(&table, 1, message).unwrap() == sent);
}

/// Keeps messages and acknowledgements back, and lets parts through.
fn only_parts(from: usize, _to: usize, frame: &[u8]) -> bool {
    let sealed = matches!(Frame::decode(frame), Ok(Frame::Sealed { .. }));
    from == 1 || !sealed || frame.len() > 16 * 1024
}

#[test]
fn parts_before_their_message_wait_for_it() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    table.lossy = Some(only_parts);
    let sent = bytes(2 * limits::CHUNK_BYTES_MAX, 7);
    let message = send(&mut table, &sent);
    table.pass(Duration::from_secs(1));
    assert_eq!(kept(&table, 1), (2, 1));
    assert!(stored(&table, 1, message).is_none());
    table.crash(1);
    table.lossy = None;
    table.link(0, 1);
    table.pass(Duration::from_secs(20));
    assert!(stored(&table, 1, message).unwrap() == sent);
    assert_eq!(kept(&table, 1), (2, 0));
}

#[test]
fn parts_of_a_message_that_never_comes_are_bounded_and_the_oldest_go() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    let size = 2 * limits::CHUNK_BYTES_MAX;
    let mut messages = Vec::new();
    for n in 0..20 {
        table.crash(1);
        messages.push(send(&mut table, &bytes(size, n)));
        // Its second part is lost for ever.
        table.seats[0].store.rows.retain(|_, row| match row {
            Row::Outbox(row) => !names_part(&row.content, 1),
            _ => true,
        });
        table.crash(0);
        table.link(0, 1);
        table.pass(Duration::from_secs(3));
    }
    assert_eq!(kept(&table, 1), (16, 16));
    let account = table.account(0);
    let left = |message: &&MessageRef| {
        let key = RowKey::Unfinished(account, **message);
        table.seats[1].store.rows.contains_key(&key)
    };
    assert_eq!(messages.iter().filter(left).count(), 16);
    assert_eq!(messages.iter().skip(4).filter(left).count(), 16);
}

/// Whether a content of the outbox is the part with this number.
fn names_part(content: &[u8], number: u16) -> bool {
    match wire::decode(content, limits::FRAME_MAX) {
        Ok(Content::Direct(message)) => {
            matches!(message.event, DirectEvent::Chunk { index, .. } if index == number)
        }
        _ => false,
    }
}

#[test]
fn what_is_not_what_was_promised_is_not_kept() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    table.crash(0);
    let sent = bytes(2 * limits::CHUNK_BYTES_MAX, 8);
    let message = send(&mut table, &sent);
    let part = table.seats[0].store.rows.get_mut(&RowKey::Part(message, 1));
    let Some(Row::Part(part)) = part else {
        panic!("no part");
    };
    part.bytes = vec![0; limits::CHUNK_BYTES_MAX].try_into().unwrap();
    table.crash(0);
    table.link(0, 1);
    table.pass(Duration::from_secs(5));
    assert!(stored(&table, 1, message).is_none());
    assert_eq!(kept(&table, 1), (0, 0));
    assert_eq!(table.texts(1, 0), ["cat.png"]);
    assert_eq!(shown(&table, 1, message).last(), Some(&None));
    // The conversation goes on.
    table.send(0, 1, "still here");
    table.pass(Duration::from_secs(5));
    assert_eq!(table.texts(1, 0), ["cat.png", "still here"]);
}

fn delete(table: &mut Table, target: MessageRef) {
    let to = table.account(1);
    let delete = Command::Delete {
        to,
        target,
        key: None,
    };
    assert!(matches!(table.ask(0, delete), Some(Ok(_))));
}

#[test]
fn a_message_taken_back_takes_its_attachment_with_it() {
    let mut table = Table::friends();
    let message = send(&mut table, &bytes(100_000, 9));
    table.pass(Duration::from_secs(5));
    delete(&mut table, message);
    table.pass(Duration::from_secs(5));
    for seat in [0, 1] {
        assert_eq!(kept(&table, seat), (0, 0), "seat {seat}");
        assert!(stored(&table, seat, message).is_none());
        assert_eq!(shown(&table, seat, message).last(), Some(&None));
    }
}

#[test]
fn a_message_taken_back_on_its_way_leaves_nothing_and_stops_nothing() {
    for millis in [0, 150, 400, 900] {
        let mut table = Table::friends();
        table.pass(Duration::from_secs(5));
        let message = send(&mut table, &bytes(limits::ATTACHMENT_BYTES_MAX, 10));
        table.pass(Duration::from_millis(millis));
        delete(&mut table, message);
        table.send(0, 1, "after");
        table.pass(Duration::from_secs(30));
        assert_eq!(table.texts(1, 0), ["(deleted)", "after"]);
        for seat in [0, 1] {
            assert_eq!(kept(&table, seat), (0, 0), "seat {seat} after {millis} ms");
            assert_eq!(table.seats[seat].core.sizes().outbox, 0);
            assert_eq!(table.seats[seat].core.sizes().in_flight, 0);
        }
    }
}

#[test]
fn what_is_taken_back_before_it_left_is_never_sent() {
    let mut table = Table::friends();
    table.crash(1);
    let message = send(&mut table, &bytes(limits::ATTACHMENT_BYTES_MAX, 11));
    delete(&mut table, message);
    let before: usize = table.seats[0].frames.iter().map(Bytes::len).sum();
    table.link(0, 1);
    table.pass(Duration::from_secs(10));
    let after: usize = table.seats[0].frames.iter().map(Bytes::len).sum();
    assert!(after - before < 64 * 1024, "{} bytes", after - before);
    assert_eq!(table.texts(1, 0), ["(deleted)"]);
    assert_eq!(table.seats[0].core.sizes().outbox, 0);
}

#[test]
fn an_edit_leaves_the_attachment_where_it_is() {
    let mut table = Table::friends();
    let sent = bytes(50_000, 12);
    let message = send(&mut table, &sent);
    table.pass(Duration::from_secs(5));
    let edit = Command::Edit {
        to: table.account(1),
        target: message,
        body: "a cat".to_owned().try_into().unwrap(),
        key: None,
    };
    assert!(matches!(table.ask(0, edit), Some(Ok(_))));
    table.pass(Duration::from_secs(5));
    assert_eq!(table.texts(1, 0), ["a cat"]);
    assert!(stored(&table, 1, message).unwrap() == sent);
    assert!(
        shown(&table, 1, message)
            .last()
            .unwrap()
            .as_ref()
            .unwrap()
            .complete
    );
}

#[test]
fn a_key_names_one_message_with_one_attachment() {
    let mut table = Table::friends();
    let (cat, dog) = (bytes(40_000, 13), bytes(40_000, 14));
    let first = table.ask(0, attach(&table, &cat, Some(b"once")));
    table.crash(0);
    assert_eq!(table.ask(0, attach(&table, &cat, Some(b"once"))), first);
    let reused = Some(Err(Rejected::KeyReused));
    assert_eq!(table.ask(0, attach(&table, &dog, Some(b"once"))), reused);
    let text = Command::Send {
        to: table.account(1),
        body: "cat.png".to_owned().try_into().unwrap(),
        reply_to: None,
        key: Some(b"once".to_vec()),
    };
    assert_eq!(table.ask(0, text), reused);
    table.link(0, 1);
    table.pass(Duration::from_secs(10));
    assert_eq!(table.texts(1, 0), ["cat.png"]);
}

#[test]
fn what_cannot_be_attached_is_refused_and_leaves_nothing() {
    let mut table = Table::friends();
    for size in [0, limits::ATTACHMENT_BYTES_MAX + 1] {
        let refused = table.ask(0, attach(&table, &bytes(size, 15), None));
        let field = "attachment";
        assert!(
            matches!(refused, Some(Err(Rejected::OutOfRange { field: f, actual, .. })) if f == field && actual == size),
            "{refused:?}"
        );
    }
    let Command::Attach {
        to, body, reply_to, ..
    } = attach(&table, &bytes(1, 16), None)
    else {
        panic!("another command");
    };
    let script = Command::Attach {
        to,
        body,
        reply_to,
        attachment: Attachment {
            media: media("text/html"),
            bytes: bytes(1, 16),
        },
        key: None,
    };
    assert_eq!(table.ask(0, script), Some(Err(Rejected::MediaType)));
    assert_eq!(kept(&table, 0), (0, 0));
    assert!(table.texts(0, 1).is_empty());
}

#[test]
fn more_than_thirty_two_attachments_do_not_wait() {
    let mut table = Table::friends();
    table.crash(1);
    let small = bytes(10, 17);
    for _ in 0..limits::ATTACHMENTS_WAITING_MAX {
        send(&mut table, &small);
    }
    let what = "attachments";
    let full = Some(Err(Rejected::Full { what }));
    assert_eq!(table.ask(0, attach(&table, &small, None)), full);
    table.send(0, 1, "texts still do");
    table.link(0, 1);
    table.pass(Duration::from_secs(10));
    send(&mut table, &small);
}

#[test]
fn nothing_of_an_attachment_is_sent_before_it_is_durable() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    let before = table.seats[0].frames.len();
    table.seats[0].stalled = true;
    let asked = table.ask(0, attach(&table, &bytes(40_000, 18), None));
    assert_eq!(asked, None);
    assert_eq!(table.seats[0].frames.len(), before);
    table.crash(0);
    assert_eq!(kept(&table, 0), (0, 0));
}

#[test]
fn a_message_taken_back_has_no_late_parts() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    table.crash(1);
    let message = send(&mut table, &bytes(100_000, 19));
    // Sealed once, the parts go even after their message was taken back.
    table.lossy = Some(|_, _, frame| frame.len() < 16 * 1024);
    table.link(0, 1);
    table.pass(Duration::from_secs(1));
    delete(&mut table, message);
    table.lossy = None;
    table.pass(Duration::from_secs(60));
    let row = table.history(1, 0)[0].1.clone();
    assert_eq!(row.content, MessageContent::Deleted);
    assert_eq!(kept(&table, 1), (0, 0));
    assert_eq!(table.seats[0].core.sizes().outbox, 0);
}
