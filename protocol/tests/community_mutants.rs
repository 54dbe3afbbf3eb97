//! Deliberate faults of communities, each of which must show (DECISIONS 31). In a build without them there is nothing to see.

#![cfg(feature = "mutants")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use bytes::Bytes;
use protocol::content::{self, Audience, ContentMessage, EntryPlace};
use protocol::control::body::{Body, LogId, Scope};
use protocol::control::{CommunityId, OpId, Standing};
use protocol::core::{Config, Faults, Mutant};
use protocol::crypto::Rng;
use protocol::group::{self, ChainId};
use protocol::link::{CommunityFrame, Frame};
use protocol::local::LocalDevice;
use protocol::message::MessageId;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::Input;
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, community_with, name, say, text, text_channel};

/// Ana, Ben and Cleo with a channel, all with this fault.
fn with_channel(mutant: Option<Mutant>) -> (Table, CommunityId, OpId, protocol::link::LinkId) {
    let config = Config {
        faults: Faults { mutant },
        ..Config::default()
    };
    let (mut table, id, links) = community_with(&["Ana", "Ben", "Cleo"], config);
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    table.pass(SOON);
    (table, id, channel, links[0])
}

fn kick(table: &Table, whom: usize) -> Body {
    Body::Kick {
        who: table.account(whom),
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    }
}

/// Whether Cleo, removed, can open what Ana says after it.
fn removed_reads_on(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, _) = with_channel(mutant);
    say(&mut table, 0, (id, channel), text("before")).unwrap();
    table.pass(SOON);
    let removal = kick(&table, 2);
    act(&mut table, 0, id, removal);
    say(&mut table, 0, (id, channel), text("after")).unwrap();
    table.pass(SOON);
    let control = table.seats[0].core.control(id).unwrap();
    let removed = table.account(2);
    let kept = &table.seats[2].store.rows;
    table.seats[0].store.rows.iter().any(|(key, row)| {
        let (RowKey::Entry(..), Row::Entry(row)) = (key, row) else {
            return false;
        };
        let entry = content::UnverifiedEntry::decode(&row.bytes).unwrap();
        let header = entry.entry().header.clone();
        let moment = control.log().at(&header.heads).unwrap();
        let after = moment.standing(&removed) < Standing::Member;
        let chain = RowKey::Chain(id, header.log.device, header.chain);
        let verified = entry
            .verify(control.key(&header.log.device).unwrap())
            .unwrap();
        after
            && kept.get(&chain).is_some_and(
                |row| matches!(row, Row::Chain(row) if verified.open_key(&row.record).is_ok()),
            )
    })
}

/// Whether Ana takes an entry of Ben's that names an epoch which a removal has ended.
fn old_epoch_is_taken(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, link) = with_channel(mutant);
    let control = |table: &Table| table.seats[0].core.control(id).unwrap().clone();
    let old = control(&table).log().now().epoch().unwrap();
    let removal = kick(&table, 2);
    act(&mut table, 0, id, removal);
    table.pass(SOON);
    let ben = LocalDevice::decode(&table.seats[1].identity).unwrap();
    let mut rng = Rng::from_seed([7; 32]);
    let chain = ChainId::draw(&mut rng);
    let (record, _) = group::create(ben.device, chain, &mut rng).unwrap();
    let millis = 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap();
    let log = LogId {
        device: ben.device,
        incarnation: 5,
    };
    let place = EntryPlace {
        community: id,
        log,
        seq: 0,
        prev: None,
        hlc: Hlc::from_wall(Timestamp::from_millis(millis)),
        heads: control(&table).log().dag().heads().try_into().unwrap(),
        audience: Audience::Community,
        epoch: old,
        lives: None,
    };
    let message = ContentMessage {
        id: MessageId([5; 16]),
        channel,
        seen: Bounded::default(),
        event: text("under the old epoch"),
    };
    let at = group::position(chain, &record).unwrap();
    let sealed = content::seal(place, at, &record, &message, &ben.signing, &mut rng).unwrap();
    let entries = vec![sealed.entry.encode().try_into().unwrap()];
    let frame = CommunityFrame::Entries {
        community: id,
        entries: entries.try_into().unwrap(),
        more: false,
    };
    let bytes = Bytes::from(Frame::Community(Box::new(frame)).encode());
    table.input(0, Input::Received { link, bytes });
    table.pass(SOON);
    let entry = RowKey::Entry(id, log, 0);
    table.seats[0].store.rows.contains_key(&entry)
}

#[test]
fn a_chain_that_is_kept_for_the_removed_shows() {
    assert!(!removed_reads_on(None));
    assert!(removed_reads_on(Some(Mutant::KeyToRemoved)));
}

#[test]
fn an_old_epoch_that_is_accepted_shows() {
    assert!(!old_epoch_is_taken(None));
    assert!(old_epoch_is_taken(Some(Mutant::OldEpochAccepted)));
}
