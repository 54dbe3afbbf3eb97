//! What a bad peer gets: counted, charged, dropped where due; never a panic, never more than its share.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::crypto::{Hash32, Rng};
use protocol::error::{HangupReason, Misbehaved};
use protocol::identity::device_uuid;
use protocol::limits;
use protocol::link::frame::Role;
use protocol::link::{AuthFault, Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::message::{Content, Envelope, MessageId};
use protocol::persist::{Row, RowKey};
use protocol::session::{self, Kind, RemoteIdentity};
use protocol::testing::Table;
use protocol::turn::{Command, ContactStanding, Event, Input, Whom};

const LINK: LinkId = LinkId(1_000);

/// A table with one honest device, and a link to somebody whose frames the test writes.
fn with_attacker() -> Table {
    let mut table = Table::new(&["Ana"]);
    let (local, remote) = (Bytes::from_static(b"ana"), Bytes::from_static(b"mallory"));
    table.input(
        0,
        Input::LinkUp {
            link: LINK,
            local,
            remote,
            dialer: false,
        },
    );
    table.run();
    table
}

fn receive(table: &mut Table, bytes: Vec<u8>) {
    table.input(
        0,
        Input::Received {
            link: LINK,
            bytes: Bytes::from(bytes),
        },
    );
    table.run();
}

fn faults(table: &Table) -> Vec<Misbehaved> {
    let events = table.seats[0].events.iter();
    events
        .filter_map(|event| match event {
            Event::Misbehaved { fault, .. } => Some(fault.clone()),
            _ => None,
        })
        .collect()
}

fn hello(version: u8) -> Frame {
    Frame::Hello {
        version,
        role: Role::Member,
        nonce: [7; 32],
    }
}

fn tags(n: usize) -> Frame {
    Frame::Tags {
        last: true,
        tags: vec![[1; 8]; n].try_into().unwrap(),
    }
}

#[test]
fn malformed_frames_are_counted_and_the_eighth_ends_the_link() {
    let mut table = with_attacker();
    for n in 0..limits::FAULTS_PER_LINK_MAX {
        assert!(table.seats[0].hangups.is_empty(), "after {n}");
        receive(&mut table, vec![1, 0xff, 0xff, 0xff]);
    }
    assert_eq!(table.seats[0].hangups.len(), 1);
    assert!(
        faults(&table)
            .iter()
            .all(|fault| matches!(fault, Misbehaved::Malformed(_)))
    );
}

#[test]
fn another_version_ends_the_link_at_once() {
    let mut table = with_attacker();
    receive(&mut table, hello(2).encode());
    let reason = HangupReason::Misbehaved(AuthFault::Version(2).into());
    assert_eq!(table.seats[0].hangups, [reason]);
}

#[test]
fn a_page_that_is_not_full_ends_the_link() {
    let mut table = with_attacker();
    receive(&mut table, hello(1).encode());
    receive(&mut table, tags(63).encode());
    let reason = HangupReason::Misbehaved(AuthFault::ShortPage(63).into());
    assert_eq!(table.seats[0].hangups, [reason]);
}

#[test]
fn our_own_nonce_reflected_ends_the_link() {
    let mut table = with_attacker();
    let ours = table.seats[0].frames.last().unwrap().to_vec();
    receive(&mut table, ours);
    let reason = HangupReason::Misbehaved(AuthFault::Reflected.into());
    assert_eq!(table.seats[0].hangups, [reason]);
}

#[test]
fn who_says_nothing_is_cut_off() {
    let mut table = with_attacker();
    table.pass(limits::LINK_AUTH_TIMEOUT + Duration::from_millis(1));
    assert_eq!(
        table.seats[0].hangups,
        [HangupReason::Misbehaved(Misbehaved::TooSlow)]
    );
}

#[test]
fn a_stranger_gets_neither_prekeys_nor_a_session() {
    let mut table = with_attacker();
    receive(&mut table, hello(1).encode());
    receive(&mut table, tags(64).encode());
    let before = table.seats[0].frames.len();
    receive(&mut table, Frame::PrekeyFetch.encode());
    let bytes = vec![0x44; 200].try_into().unwrap();
    let sealed = Frame::Sealed {
        hint: MessageId([1; 16]),
        kind: Kind::PreKey,
        bytes,
    };
    receive(&mut table, sealed.encode());
    let reset = Frame::SessionReset {
        hash: Hash32([1; 32]),
        mac: [2; 32],
    };
    receive(&mut table, reset.encode());
    assert_eq!(table.seats[0].frames.len(), before);
    let refused: Vec<_> = faults(&table)
        .into_iter()
        .map(|fault| match fault {
            Misbehaved::NotAllowed { frame } => frame,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(refused, ["prekey-fetch", "sealed", "session-reset"]);
}

#[test]
fn a_stranger_that_floods_is_dropped_within_its_budget() {
    let mut table = with_attacker();
    let page = tags(64).encode();
    receive(&mut table, hello(1).encode());
    let mut sent = 0;
    while table.seats[0].hangups.is_empty() && sent < 10_000 {
        receive(&mut table, page.clone());
        sent += 1;
    }
    let bytes = u64::try_from(sent * page.len()).unwrap();
    assert!(
        bytes <= limits::STRANGER_BYTES_BURST + limits::FRAME_MAX as u64,
        "{bytes} bytes"
    );
}

#[test]
fn a_reset_with_a_forged_mac_is_refused_and_the_session_stays() {
    let mut table = Table::friends();
    table.send(0, 1, "kept");
    table.pass(Duration::from_secs(2));
    let device = table.device(1);
    let before = table.seats[0]
        .store
        .rows
        .get(&RowKey::Session(device))
        .cloned();
    let reset = Frame::SessionReset {
        hash: Hash32([1; 32]),
        mac: [2; 32],
    };
    table.input(
        0,
        Input::Received {
            link: LinkId(0),
            bytes: Bytes::from(reset.encode()),
        },
    );
    table.run();
    assert_eq!(
        faults(&table),
        [Misbehaved::NotAllowed {
            frame: "session-reset"
        }]
    );
    assert_eq!(
        table.seats[0]
            .store
            .rows
            .get(&RowKey::Session(device))
            .cloned(),
        before
    );
}

#[test]
fn a_replayed_ciphertext_changes_nothing() {
    let mut table = Table::friends();
    table.send(0, 1, "once");
    table.pass(Duration::from_secs(2));
    let frames = table.seats[0].frames.clone();
    for bytes in frames {
        table.input(
            1,
            Input::Received {
                link: LinkId(0),
                bytes,
            },
        );
        table.run();
    }
    table.pass(Duration::from_secs(2));
    assert_eq!(table.texts(1, 0), ["once"]);
}

#[test]
fn more_than_twenty_requests_do_not_pile_up() {
    let names: Vec<_> = (0..25).map(|n| format!("stranger {n}")).collect();
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    names.insert(0, "Ana");
    let mut table = Table::new(&names);
    let ana = table.account(0);
    for stranger in 1..=25 {
        table.link(stranger, 0);
        table.ask(stranger, Command::Request(Whom::Account(ana)));
        table.pass(Duration::from_millis(100));
    }
    let mut asking = std::collections::BTreeSet::new();
    for event in &table.seats[0].events {
        if let Event::Contact(view) = event
            && view.standing == ContactStanding::Asks
        {
            asking.insert(view.account);
        }
    }
    assert_eq!(asking.len(), limits::REQUESTS_PENDING_MAX);
}

#[test]
fn a_tag_without_its_proof_is_nobody() {
    let mut table = Table::friends();
    table.cut(LinkId(0));
    // Bo's proof is lost, and somebody on the path writes another.
    table.lossy = Some(|_, _, bytes| !matches!(Frame::decode(bytes), Ok(Frame::Proof { .. })));
    let link = table.link(1, 0);
    let forged = Frame::Proof { mac: [9; 32] };
    table.input(
        0,
        Input::Received {
            link,
            bytes: Bytes::from(forged.encode()),
        },
    );
    table.run();
    let reason = HangupReason::Misbehaved(AuthFault::BadMac.into());
    assert_eq!(table.seats[0].hangups, [reason]);
}

#[test]
fn a_plaintext_bound_to_other_identities_is_refused() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    let (ana, bo) = (
        table.device(0),
        LocalDevice::decode(&table.seats[1].identity).unwrap(),
    );
    let Some(Row::Session(session)) = table.seats[1].store.rows.get(&RowKey::Session(ana)) else {
        panic!("no session");
    };
    let remote = RemoteIdentity {
        sik: table.seats[0].core.local().signal.public(),
        address: device_uuid(&ana),
    };
    let message = Envelope {
        binding: Hash32([1; 32]),
        content: Content::Ack(vec![].try_into().unwrap()),
    };
    let mut rng = Rng::from_seed([3; 32]);
    let (_, sealed) = session::encrypt(
        &bo.signal,
        &remote,
        &session.record,
        &message.encode(),
        1_700_000_010_000,
        &mut rng,
    )
    .unwrap();
    let frame = Frame::Sealed {
        hint: MessageId([0; 16]),
        kind: sealed.kind,
        bytes: sealed.bytes.try_into().unwrap(),
    };
    table.input(
        0,
        Input::Received {
            link: LinkId(0),
            bytes: Bytes::from(frame.encode()),
        },
    );
    table.run();
    assert_eq!(faults(&table), [Misbehaved::WrongBinding]);
}
