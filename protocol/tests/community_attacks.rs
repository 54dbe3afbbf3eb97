//! What a member, or somebody who was one, can do to a community with frames that no honest device sends. Each was possible once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::content::{self, Audience, ChannelEvent, ContentMessage, EntryId, EntryPlace};
use protocol::control::body::{Body, LogId, Scope};
use protocol::control::{CommunityId, OpId};
use protocol::crypto::{Hash32, Rng};
use protocol::group::{self, ChainId, ChainRecord};
use protocol::link::{CommunityFrame, Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::message::MessageId;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::{Event, Input};
use protocol::wire::Bounded;
#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, community_of, found, invite, join, name, say, text, text_channel, texts, view,
};

fn last_heads(table: &Table, seat: usize, id: CommunityId) -> Vec<OpId> {
    table.seats[seat]
        .frames
        .iter()
        .rev()
        .find_map(|f| match Frame::decode(f) {
            Ok(Frame::Community(f)) => match *f {
                CommunityFrame::Heads {
                    community, heads, ..
                } if community == id => Some(heads.to_vec()),
                _ => None,
            },
            _ => None,
        })
        .unwrap()
}
fn kinds(table: &Table, seat: usize, from: usize) -> Vec<&'static str> {
    table.seats[seat].frames[from..]
        .iter()
        .map(|f| Frame::decode(f).unwrap().name())
        .collect()
}
/// Somebody who signs what no honest device signs.
struct Forger {
    at: u64,
    local: LocalDevice,
    community: CommunityId,
    heads: Vec<OpId>,
    epoch: OpId,
    audience: Audience,
    channel: OpId,
}
impl Forger {
    fn new(table: &Table, seat: usize, community: CommunityId, channel: OpId) -> Self {
        let at = 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap();
        Self {
            at,
            local: LocalDevice::decode(&table.seats[seat].identity).unwrap(),
            community,
            heads: last_heads(table, seat, community),
            epoch: view(table, seat, community).epoch.unwrap().0,
            audience: Audience::Community,
            channel,
        }
    }
    fn entry(
        &self,
        (chain, record): (ChainId, &ChainRecord),
        (inc, seq): (u64, u64),
        prev: Option<EntryId>,
        event: ChannelEvent,
        n: u32,
    ) -> (Vec<u8>, EntryId, ChainRecord) {
        let place = EntryPlace {
            community: self.community,
            log: LogId {
                device: self.local.device,
                incarnation: inc,
            },
            seq,
            prev,
            hlc: Hlc::from_wall(Timestamp::from_millis(self.at + u64::from(n))),
            heads: self.heads.clone().try_into().unwrap(),
            audience: self.audience,
            epoch: self.epoch,
            lives: None,
        };
        let mut id = [9; 16];
        id[..4].copy_from_slice(&n.to_le_bytes());
        let m = ContentMessage {
            id: MessageId(id),
            channel: self.channel,
            seen: Bounded::default(),
            event,
        };
        let at = group::position(chain, record).unwrap();
        let mut rng = Rng::from_seed([n.to_le_bytes()[0]; 32]);
        let s = content::seal(place, at, record, &m, &self.local.signing, &mut rng).unwrap();
        (s.entry.encode(), s.entry.id(), s.record)
    }
}
fn fresh(device: protocol::identity::DeviceId, n: u8) -> (ChainId, ChainRecord) {
    let mut rng = Rng::from_seed([n; 32]);
    let chain = ChainId::draw(&mut rng);
    (chain, group::create(device, chain, &mut rng).unwrap().0)
}
fn inject(table: &mut Table, seat: usize, link: LinkId, frame: CommunityFrame) {
    let bytes = Bytes::from(Frame::Community(Box::new(frame)).encode());
    table.input(seat, Input::Received { link, bytes });
}
fn entries(id: CommunityId, e: Vec<Vec<u8>>) -> CommunityFrame {
    let e: Vec<_> = e.into_iter().map(|e| e.try_into().unwrap()).collect();
    CommunityFrame::Entries {
        community: id,
        entries: e.try_into().unwrap(),
        more: false,
    }
}

/// Cleo may know what undoes her ban, so Ana asks her: by nothing but what she knows herself.
fn asks_by_nothing_new(table: &Table, id: CommunityId, from: usize) {
    let hers = table.seats[2].core.control(id).unwrap().log().dag();
    let mut asked = 0;
    for frame in &table.seats[0].frames[from..] {
        let Frame::Community(frame) = Frame::decode(frame).unwrap() else {
            continue;
        };
        let CommunityFrame::Heads {
            heads,
            contents,
            wants,
            ..
        } = *frame
        else {
            panic!("she is told {frame:?}")
        };
        assert!(heads.iter().all(|head| hers.contains(head)), "{heads:?}");
        assert!(wants && contents == Hash32([0; 32]), "a digest of more");
        asked += 1;
    }
    assert_eq!(asked, 1);
}

#[test]
fn whoever_is_kept_out_learns_nothing_by_naming_what_nobody_knows() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let f = Forger::new(&table, 2, id, channel);
    let who = table.account(2);
    act(
        &mut table,
        0,
        id,
        Body::Ban {
            who,
            until: None,
            cut: Bounded::default(),
            invites: true,
            reason: name(""),
        },
    );
    table.pass(SOON);
    let _later = act(&mut table, 0, id, text_channel("after", Scope::Public));
    say(&mut table, 0, (id, channel), text("secret talk")).unwrap();
    table.pass(SOON);
    let link = links[1]; // Cleo - Ana
    let from = table.seats[0].frames.len();
    inject(
        &mut table,
        0,
        link,
        CommunityFrame::Heads {
            community: id,
            heads: vec![OpId(Hash32([1; 32]))].try_into().unwrap(),
            contents: Hash32([0; 32]),
            wants: false,
        },
    );
    table.run();
    asks_by_nothing_new(&table, id, from);
    let from = table.seats[0].frames.len();
    let (c, r) = fresh(f.local.device, 1);
    let (bytes, _, _) = f.entry(
        (c, &r),
        (5, 7),
        Some(EntryId(Hash32([3; 32]))),
        text("x"),
        1,
    );
    inject(&mut table, 0, link, entries(id, vec![bytes]));
    table.run();
    let told = kinds(&table, 0, from);
    assert!(
        !told.contains(&"heads") && !told.contains(&"logs"),
        "{told:?}"
    );
}

#[test]
fn whoever_is_kept_out_does_not_write_on_by_naming_old_heads() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    say(&mut table, 2, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    let f = Forger::new(&table, 2, id, channel);
    let sending = table.seats[2]
        .store
        .rows
        .iter()
        .find_map(|(k, r)| match (k, r) {
            (RowKey::Sending(c, Audience::Community), Row::Sending(r)) if *c == id => {
                Some(r.clone())
            }
            _ => None,
        })
        .unwrap();
    let (log, end) = table.seats[2]
        .store
        .rows
        .iter()
        .find_map(|(k, r)| match (k, r) {
            (RowKey::Log(c, l), Row::Log(r)) if *c == id && l.device == f.local.device => {
                Some((*l, *r))
            }
            _ => None,
        })
        .unwrap();
    let who = table.account(2);
    act(
        &mut table,
        0,
        id,
        Body::Ban {
            who,
            until: None,
            cut: Bounded::default(),
            invites: true,
            reason: name(""),
        },
    );
    table.pass(Duration::from_secs(60));
    let (bytes, _, _) = f.entry(
        (sending.chain, &sending.record),
        (log.incarnation, end.next),
        Some(end.head),
        text("banned a minute ago"),
        2,
    );
    inject(&mut table, 0, links[1], entries(id, vec![bytes]));
    table.pass(SOON);
    for seat in 0..2 {
        assert_eq!(texts(&table, seat, channel), ["hello"], "{seat}");
    }
}

#[test]
fn a_device_that_writes_two_entries_at_one_place_sets_nobody_against_another() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Mallory"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let f = Forger::new(&table, 2, id, channel);
    let (c, r) = fresh(f.local.device, 1);
    let (one, one_id, next) = f.entry((c, &r), (5, 0), None, text("one"), 1);
    let (other, _, _) = f.entry((c, &r), (5, 0), None, text("other"), 2);
    let (second, _, _) = f.entry((c, &next), (5, 1), Some(one_id), text("second"), 3);
    inject(&mut table, 0, links[1], entries(id, vec![one]));
    inject(&mut table, 1, links[2], entries(id, vec![other]));
    table.run();
    inject(&mut table, 0, links[1], entries(id, vec![second]));
    table.pass(Duration::from_secs(240));
    for seat in 0..2 {
        let blames = table.seats[seat].events.iter();
        let blames = blames.filter(|event| matches!(event, Event::Misbehaved { .. }));
        assert_eq!(blames.count(), 0, "{seat} blames somebody");
        assert_eq!(table.seats[seat].hangups, [], "{seat}");
    }
}

#[test]
fn a_device_with_hundreds_of_logs_does_not_keep_others_busy() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Mallory"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let f = Forger::new(&table, 2, id, channel);
    let (c, mut r) = fresh(f.local.device, 1);
    for page in 0..14u64 {
        let mut all = Vec::new();
        for n in 0..50u64 {
            let (bytes, _, next) = f.entry(
                (c, &r),
                (1000 + page * 50 + n, 0),
                None,
                text("x"),
                (page * 50 + n) as u32,
            );
            r = next;
            all.push(bytes);
        }
        inject(&mut table, 0, links[1], entries(id, all));
    }
    // Mallory's link is cut, so Ana and Ben alone go on.
    let before = table.seats[0].frames.len();
    table.pass(Duration::from_secs(30));
    let frames = table.seats[0].frames.len() - before;
    assert!(frames < 200, "{frames} frames in half a minute");
    assert_eq!(table.seats[1].hangups, []);
}

#[test]
fn a_moderator_elsewhere_takes_away_nothing_here() {
    let (mut table, x, links) = community_of(&["Ana", "Mallory", "Cleo"]);
    let channel = act(&mut table, 0, x, text_channel("general", Scope::Public));
    table.pass(SOON);
    // Mallory's own community, with all.
    let y = found(&mut table, 1);
    let made = invite(&mut table, 1, y, 100);
    for seat in [0, 2] {
        join(&mut table, seat, 1, y, made);
        table.pass(Duration::from_secs(15));
    }
    let theirs = act(&mut table, 1, y, text_channel("mine", Scope::Public));
    table.pass(SOON);
    say(&mut table, 1, (y, theirs), text("hi")).unwrap();
    table.pass(SOON);
    // Cleo does not hear Ana for now.
    table.cut(links[1]);
    table.cut(links[2]);
    table.pass(SOON);
    let said = say(&mut table, 0, (x, channel), text("vote no")).unwrap();
    table.pass(SOON);
    let f = Forger::new(&table, 1, y, theirs);
    let sending = table.seats[1]
        .store
        .rows
        .iter()
        .find_map(|(k, r)| match (k, r) {
            (RowKey::Sending(c, Audience::Community), Row::Sending(r)) if *c == y => {
                Some(r.clone())
            }
            _ => None,
        })
        .unwrap();
    let (log, end) = table.seats[1]
        .store
        .rows
        .iter()
        .find_map(|(k, r)| match (k, r) {
            (RowKey::Log(c, l), Row::Log(r)) if *c == y && l.device == f.local.device => {
                Some((*l, *r))
            }
            _ => None,
        })
        .unwrap();
    let event = ChannelEvent::Redact {
        targets: vec![said].try_into().unwrap(),
        reason: name(""),
    };
    let (bytes, _, _) = f.entry(
        (sending.chain, &sending.record),
        (log.incarnation, end.next),
        Some(end.head),
        event,
        2,
    );
    let link = table.link(1, 2);
    // In one instant, before the honest sync.
    table.input(2, Input::Wake);
    table.pass(Duration::from_millis(50));
    assert_eq!(texts(&table, 2, channel).len(), 0);
    inject(&mut table, 2, link, entries(y, vec![bytes]));
    table.pass(Duration::from_secs(40));
    table.link(0, 2);
    table.pass(Duration::from_secs(60));
    for seat in 0..3 {
        assert_eq!(texts(&table, seat, channel), ["vote no"], "{seat}");
    }
}
#[test]
fn a_key_under_the_name_of_a_message_leaves_the_message() {
    use protocol::message::{CommunityMessage, Content, KeyMessage};
    use protocol::persist::{OutboxRow, PeerRow};
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let said = say(&mut table, 1, (id, channel), text("I owe you 100")).unwrap();
    table.pass(SOON);
    let ana = table.device(0);
    let content = Content::Community(CommunityMessage {
        id: said.id,
        community: id,
        key: KeyMessage::Entries {
            keys: Bounded::default(),
            chains: Bounded::default(),
        },
    });
    let rows = &mut table.seats[1].store.rows;
    let Some(Row::Peer(peer)) = rows.get(&RowKey::Peer(ana)).cloned() else {
        panic!()
    };
    rows.insert(
        RowKey::Outbox(ana, peer.next_order),
        Row::Outbox(OutboxRow {
            id: said.id,
            conversation: None,
            content: protocol::wire::encode(&content).try_into().unwrap(),
            sealed: None,
        }),
    );
    rows.insert(
        RowKey::Peer(ana),
        Row::Peer(PeerRow {
            next_order: peer.next_order + 1,
            ..peer
        }),
    );
    table.crash(1);
    table.link(1, 0);
    table.pass(Duration::from_secs(30));
    assert_eq!(texts(&table, 0, channel), ["I owe you 100"]);
}
