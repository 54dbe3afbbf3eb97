//! How far the channels were read, between real cores: kept by the device of whoever read, and told to nobody.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::CommunityCommand;
use protocol::control::body::Scope;
use protocol::control::{CommunityId, OpId};
use protocol::error::Rejected;
use protocol::message::{MessageId, MessageRef};
use protocol::testing::Table;
use protocol::turn::{Command, Event, Reply};

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, ask, community_of, say, text, text_channel};

fn mark(
    table: &mut Table,
    seat: usize,
    (community, channel): (CommunityId, OpId),
    up_to: MessageRef,
) -> Result<Reply, Rejected> {
    let command = CommunityCommand::MarkRead {
        community,
        channel,
        up_to,
    };
    ask(table, seat, command)
}

/// Marks that a seat showed, in order.
fn shown(table: &Table, seat: usize) -> Vec<(OpId, MessageRef)> {
    let told = table.seats[seat].events.iter();
    told.filter_map(|event| match event {
        Event::ChannelRead { channel, up_to, .. } => Some((*channel, up_to.1)),
        _ => None,
    })
    .collect()
}

/// Ana's community, a channel of it, and two messages of hers that Bo has.
fn two_messages() -> (Table, (CommunityId, OpId), [MessageRef; 2]) {
    let (mut table, id, _) = community_of(&["Ana", "Bo"]);
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    table.pass(SOON);
    let place = (id, channel);
    let first = say(&mut table, 0, place, text("one")).unwrap();
    let second = say(&mut table, 0, place, text("two")).unwrap();
    table.pass(SOON);
    (table, place, [first, second])
}

#[test]
fn a_mark_of_a_channel_moves_forward_only_and_outlives_a_crash() {
    let (mut table, place, [first, second]) = two_messages();
    for message in [first, second, first, second] {
        assert_eq!(mark(&mut table, 1, place, message), Ok(Reply::Done));
    }
    let channel = place.1;
    assert_eq!(shown(&table, 1), [(channel, first), (channel, second)]);
    table.seats[1].events.clear();
    table.crash(1);
    assert_eq!(shown(&table, 1), [(channel, second)]);
}

#[test]
fn a_mark_that_is_not_durable_is_not_shown() {
    let (mut table, (community, channel), [first, _]) = two_messages();
    table.seats[1].stalled = true;
    let command = CommunityCommand::MarkRead {
        community,
        channel,
        up_to: first,
    };
    assert_eq!(table.ask(1, Command::Community(command)), None);
    assert_eq!(shown(&table, 1), []);
    table.crash(1);
    assert_eq!(shown(&table, 1), []);
}

#[test]
fn only_a_message_of_the_channel_can_be_marked() {
    let (mut table, (id, channel), [first, _]) = two_messages();
    let other = act(&mut table, 0, id, text_channel("autre", Scope::Public));
    table.pass(SOON);
    let unknown = MessageRef {
        id: MessageId([9; 16]),
        ..first
    };
    let cases = [
        ((id, other), first, Rejected::UnknownMessage),
        ((id, channel), unknown, Rejected::UnknownMessage),
        ((id, OpId(id.0)), first, Rejected::UnknownChannel),
        (
            (CommunityId(channel.0), channel),
            first,
            Rejected::UnknownCommunity,
        ),
    ];
    for (place, up_to, refused) in cases {
        assert_eq!(mark(&mut table, 1, place, up_to), Err(refused));
    }
    assert_eq!(shown(&table, 1), []);
}

#[test]
fn who_has_read_what_of_a_channel_is_told_to_nobody() {
    let (mut table, place, [_, second]) = two_messages();
    // Even for whoever lets contacts see what they have read.
    let privacy = protocol::privacy::Privacy {
        send_read_marks: true,
        ..protocol::privacy::Privacy::default()
    };
    let done = table.ask(1, Command::SetPrivacy(privacy));
    assert_eq!(done, Some(Ok(Reply::Done)));
    table.pass(Duration::from_secs(60));
    let frames = table.seats[1].frames.len();
    assert_eq!(mark(&mut table, 1, place, second), Ok(Reply::Done));
    table.pass(Duration::from_secs(1));
    assert_eq!(table.seats[1].frames.len(), frames);
    assert_eq!(shown(&table, 0), []);
}
