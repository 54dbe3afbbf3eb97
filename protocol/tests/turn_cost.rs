//! What a peer makes us compute goes on behind live input, however many contacts there are (DECISIONS 10).

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests: a panic is how a test fails"
)]

use bytes::Bytes;
use protocol::core::{Config, Core};
use protocol::crypto::Rng;
use protocol::fuzzing::samples;
use protocol::identity::RecoveryWords;
use protocol::limits;
use protocol::link::frame::{Role, VERSION};
use protocol::link::{Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::persist::{ContactRow, ContactState, Row, RowKey, Snapshot, Trust};
use protocol::time::{Instant, Now, Timestamp};
use protocol::turn::{Command, CommandId, Event, Input, Output};

const LINK: LinkId = LinkId(1);
const CONTACTS: u64 = 300;

fn now() -> Now {
    Now {
        wall: Timestamp::from_millis(samples::NOW_MS),
        mono: Instant::from_micros(1),
    }
}

/// Contacts with a device each.
fn contacts() -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut rng = Rng::from_seed([9; 32]);
    for n in 0..CONTACTS {
        let entropy = [n.to_le_bytes(), [7; 8], [7; 8], [7; 8]].concat();
        let account = RecoveryWords::from_entropy(&entropy.try_into().unwrap()).account_key();
        let bundle = LocalDevice::certify(&account, samples::name("X"), now(), &mut rng).bundle;
        let state = ContactState::Accepted {
            we_asked: true,
            requester: [1; 32],
            accepter: [2; 32],
        };
        let row = ContactRow {
            state,
            trust: Trust::Verified,
            name: samples::name("X"),
            since: now().wall,
            bundle: Some(bundle.clone()),
        };
        let key = RowKey::Contact(bundle.account());
        snapshot.rows.insert(key, Row::Contact(row));
    }
    snapshot
}

/// Frames sent, events told, and whether the core wants to go on at once.
fn drain(core: &mut Core) -> (Vec<Frame>, Vec<Event>, bool) {
    let (mut frames, mut events) = (Vec::new(), Vec::new());
    loop {
        match core.poll_output() {
            Output::Send { bytes, .. } => frames.push(Frame::decode(&bytes).unwrap()),
            Output::Event { event, .. } => events.push(event),
            Output::Wait(until) => {
                return (
                    frames,
                    events,
                    until.is_some_and(|until| until <= now().mono),
                );
            }
            _ => {}
        }
    }
}

fn tags(first: u8) -> Input {
    let tags: Vec<_> = (0..64).map(|n| [first, n, 0, 0, 0, 0, 0, 0]).collect();
    let frame = Frame::Tags {
        last: false,
        tags: tags.try_into().unwrap(),
    };
    received(&frame)
}

fn received(frame: &Frame) -> Input {
    Input::Received {
        link: LINK,
        bytes: Frame::encode(frame).into(),
    }
}

#[test]
fn a_page_of_tags_is_compared_with_many_contacts_in_more_than_one_turn() {
    let mut core = Core::restore(Config::default(), samples::ana(), contacts(), [3; 32]);
    let up = Input::LinkUp {
        link: LINK,
        local: Bytes::from_static(b"ours"),
        remote: Bytes::from_static(b"theirs"),
        dialer: false,
    };
    let hello = Frame::Hello {
        version: VERSION,
        role: Role::Member,
        nonce: [7; 32],
    };
    for input in [Input::Wake, up, received(&hello)] {
        core.handle(now(), input);
        drain(&mut core);
    }
    let no_match = |frames: &[Frame]| frames.iter().any(|f| matches!(f, Frame::NoMatch { .. }));

    // Nobody's key is known yet: 300 agreements of 40 µs are six turns of 2 ms.
    core.handle(now(), tags(1));
    let (frames, _, goes_on) = drain(&mut core);
    assert!(!no_match(&frames) && goes_on);
    // What the person wants meanwhile is not kept waiting.
    let nobody = Command::Remove(samples::bo().account);
    core.handle(now(), Input::Command(CommandId(1), nobody));
    let (frames, events, _) = drain(&mut core);
    let done = |event: &Event| matches!(event, Event::Done { .. });
    assert!(events.iter().any(done) && !no_match(&frames));
    let mut turns = 2;
    loop {
        core.handle(now(), Input::Wake);
        turns += 1;
        let (frames, _, goes_on) = drain(&mut core);
        if no_match(&frames) {
            assert!(!goes_on);
            break;
        }
        assert!(goes_on, "forgotten after {turns} turns");
    }
    let cost = u32::try_from(CONTACTS).unwrap() * 41;
    assert!(turns >= cost / (2 * limits::TURN_COST_MAX_US), "{turns}");

    // Known keys cost a MAC each.
    core.handle(now(), tags(2));
    let (frames, _, goes_on) = drain(&mut core);
    assert!(no_match(&frames) && !goes_on);
}

#[test]
fn a_page_before_the_one_before_it_was_answered_ends_the_link() {
    let mut core = Core::restore(Config::default(), samples::ana(), contacts(), [3; 32]);
    let up = Input::LinkUp {
        link: LINK,
        local: Bytes::from_static(b"ours"),
        remote: Bytes::from_static(b"theirs"),
        dialer: false,
    };
    let hello = Frame::Hello {
        version: VERSION,
        role: Role::Member,
        nonce: [7; 32],
    };
    for input in [up, received(&hello), tags(1), tags(2)] {
        core.handle(now(), input);
    }
    let (_, events, _) = drain(&mut core);
    let misbehaved = |event: &Event| matches!(event, Event::Misbehaved { .. });
    assert!(events.iter().any(misbehaved));
}
