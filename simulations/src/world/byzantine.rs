//! Members whose program is not ours. It is our core, and beside it what no core does: it signs twice for one place and shows each
//! half to other people, acts as if it had not seen what it has, keeps back what it should pass on, floods, plays recorded frames
//! again, alters what others said, claims it, and shares keys that are none.
//!
//! Whom they deceive is always half of the others, by number, so that the halves meet and find out. What they keep back they keep
//! back for ever; all else ends with the faults.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use protocol::community::CommunityCommand;
use protocol::content::{
    self, Audience, ChannelEvent, ContentMessage, EntryKey, EntryPlace, UnverifiedEntry,
};
use protocol::control::body::{Body, ChannelKind, LogId, Scope};
use protocol::control::{CommunityId, OpId, Place, UnverifiedOp};
use protocol::crypto::{Hash32, Label, Rng};
use protocol::group::{self, ChainId};
use protocol::link::{CommunityFrame, Frame};
use protocol::message::{CommunityMessage, Content, KeyMessage, MessageId};
use protocol::persist::{Batch, EntryRow, LogRow, OutboxRow, PeerRow, Row, RowKey};
use protocol::time::Hlc;
use protocol::turn::Command;
use protocol::wire::{Blob, Bounded};

use super::{Happening, Phase, World, quarrels};
use crate::members;
use crate::network::EndState;

/// What they do, by the names under which it is counted.
pub const LIES: [&str; 9] = [
    "forked_ops",
    "forked_entries",
    "backdated",
    "withheld",
    "spammed",
    "replayed",
    "altered",
    "claimed",
    "false_keys",
];

/// Frames that one of them remembers.
const REMEMBERED: usize = 200;
/// Frames that come again at a time.
const REPLAYED: usize = 6;
/// Words, and names, of one flood.
const FLOOD: (usize, usize) = (12, 4);
/// How long a device is away whose rows were changed by hand.
const AWAY_MS: u64 = 300;

/// Frames that went to devices whose program is not ours, the newest last.
#[derive(Debug, Default)]
pub(super) struct Overheard(BTreeMap<usize, VecDeque<Bytes>>);

impl World {
    /// One of them does something.
    pub(super) fn lies(&mut self, device: usize) {
        let there = self.phase == Phase::Safety && self.devices[device].is_up();
        let Some(id) = self.gathering.id.filter(|_id| there) else {
            return;
        };
        let told = match self.chance.between(0, 9) {
            0 | 1 => self.forks_ops(device, id),
            2 | 3 => self.forks_entries(device, id),
            4 => self.backdates(device, id),
            5 => self.spams(device, id),
            6 => self.replays(device),
            7 => self.alters(device, id),
            8 => self.claims(device, id),
            _ => self.shares_false_keys(device, id),
        };
        if told.is_none() {
            self.count("nothing_to_lie_about");
        }
    }

    /// Whether a frame does not leave: half of the others get nothing of what there is to know from one of them.
    pub(super) fn withholds(&mut self, from: usize, to: usize, bytes: &[u8]) -> bool {
        if !self.devices[from].lies || (from + to).is_multiple_of(2) {
            return false;
        }
        let kept = match Frame::decode(bytes) {
            // Whoever waits for keys would wait for ever; that is for the time of faults.
            Ok(Frame::Sealed { .. }) => self.phase == Phase::Safety,
            Ok(Frame::Community(frame)) => matches!(
                *frame,
                CommunityFrame::Heads { .. }
                    | CommunityFrame::Ops { .. }
                    | CommunityFrame::Logs { .. }
                    | CommunityFrame::Entries { .. }
                    | CommunityFrame::Beyond { .. }
            ),
            _ => false,
        };
        if kept {
            self.count("withheld");
        }
        kept
    }

    /// One of them remembers a frame.
    pub(super) fn overhears(&mut self, device: usize, bytes: &Bytes) {
        if !self.devices[device].lies {
            return;
        }
        let heard = self.overheard.0.entry(device).or_default();
        if heard.len() >= REMEMBERED {
            heard.pop_front();
        }
        heard.push_back(bytes.clone());
    }

    /// Everybody linked with a device whose number the closure takes gets a frame.
    fn tells(&mut self, device: usize, frame: &Frame, whom: impl Fn(usize) -> bool) -> Option<()> {
        let bytes = Bytes::from(frame.encode());
        let links: Vec<_> = self.devices[device].links.values().copied().collect();
        let mut told = None;
        for (wire, side) in links {
            let far = self.network.wires.get(&wire);
            let far = far.map(|wire| (wire.ends[1 - side].device, wire.ends[1 - side].state));
            if let Some((other, EndState::Up(_))) = far
                && whom(other)
            {
                self.transmit(wire, 1 - side, bytes.clone());
                told = Some(());
            }
        }
        told
    }

    /// Signs two ops for one place and shows each to half of the others.
    fn forks_ops(&mut self, device: usize, id: CommunityId) -> Option<()> {
        let one = self.strikes_somebody(device);
        let other = nickname(self.chance.between(0, 99));
        let [one, other] = [one, other].map(|body| self.signs_op(device, id, (false, body)));
        let (one, other) = (one?, other?);
        let first = self.tells(device, &one, |far| far % 2 == 0);
        let second = self.tells(device, &other, |far| far % 2 == 1);
        first.or(second)?;
        self.count("forked_ops");
        Some(())
    }

    /// Acts as if it knew nothing but what it did last.
    fn backdates(&mut self, device: usize, id: CommunityId) -> Option<()> {
        let body = self.strikes_somebody(device);
        let op = self.signs_op(device, id, (true, body))?;
        self.tells(device, &op, |_far| true)?;
        self.count("backdated");
        Some(())
    }

    /// Throws somebody out whom it may throw out, or does what everybody may.
    fn strikes_somebody(&mut self, device: usize) -> Body {
        match self.subject(device) {
            Some(subject) => quarrels::shut_out(self.devices[subject].account),
            None => nickname(self.chance.between(100, 199)),
        }
    }

    /// The op that comes next after the last that others know of this device.
    fn signs_op(
        &self,
        device: usize,
        id: CommunityId,
        (backdated, body): (bool, Body),
    ) -> Option<Frame> {
        let this = &self.devices[device];
        let control = this.core.as_ref()?.control(id)?;
        let dag = control.log().dag();
        let newest = dag.newest_of(&this.id);
        let last = newest.and_then(|(_, last)| control.op(&last));
        let last = last.map(|op| &op.head.header);
        let mut heads: Vec<OpId> = dag.heads();
        if backdated {
            let all: Vec<OpId> = control.log().in_order().collect();
            let early =
                newest.map_or_else(|| all.get(all.len() / 2).copied(), |(_, last)| Some(last));
            if heads == Vec::from_iter(early) {
                return None;
            }
            heads = Vec::from_iter(early);
        }
        heads.sort();
        let own = newest.map(|(_, last)| last);
        heads.retain(|head| Some(*head) != own);
        heads.splice(0..0, own);
        let wall = Hlc::from_wall(this.clock.now(self.now).wall);
        let place = Place {
            community: id,
            author: this.account,
            seq: newest.map_or(0, |(seq, _)| seq + 1),
            deps: heads.try_into().ok()?,
            seen: last.map_or_else(Bounded::default, |last| last.seen.clone()),
            hlc: last.map_or(wall, |last| wall.max(last.hlc.next())),
        };
        let op = UnverifiedOp::sign(place, body, &this.local().signing);
        let ops = vec![Blob::try_from(op.encode()).ok()?];
        Some(Frame::Community(Box::new(CommunityFrame::Ops {
            community: id,
            ops: Bounded::try_from(ops).ok()?,
            more: false,
        })))
    }

    /// Says two things in one place of its log, under one key of its chain, and shows each to half of the others.
    fn forks_entries(&mut self, device: usize, id: CommunityId) -> Option<()> {
        let seeds = [self.chance.bytes32(), self.chance.bytes32()];
        let [one, other] = seeds.map(|seed| self.says_next(device, id, seed));
        let (one, other) = (entries(id, one?)?, entries(id, other?)?);
        let first = self.tells(device, &one, |far| far % 2 == 0);
        let second = self.tells(device, &other, |far| far % 2 == 1);
        first.or(second)?;
        self.count("forked_entries");
        Some(())
    }

    /// What comes next in the log of a device, which its core knows nothing of.
    fn says_next(&self, device: usize, id: CommunityId, seed: [u8; 32]) -> Option<Vec<u8>> {
        let this = &self.devices[device];
        let control = this.core.as_ref()?.control(id)?;
        let view = self.community_view(device)?;
        let mut channels = view.channels.iter();
        let channel = channels
            .find(|channel| channel.scope == Scope::Public && channel.kind == ChannelKind::Text)?;
        let mut rng = Rng::from_seed(seed);
        let own = self.logs_of(device, id).into_iter();
        let own = own.filter(|(log, _)| log.device == this.id).last();
        let (log, end) = own?;
        let sending = RowKey::Sending(id, Audience::Community);
        let rows = this.disk.medium.load(&[sending]).ok()?;
        let (chain, record) = match rows.into_iter().flatten().next() {
            Some(Row::Sending(row)) => (row.chain, row.record),
            _ => {
                let chain = ChainId::draw(&mut rng);
                (chain, group::create(this.id, chain, &mut rng).ok()?.0)
            }
        };
        let wall = Hlc::from_wall(this.clock.now(self.now).wall);
        let place = EntryPlace {
            community: id,
            log,
            seq: end.next,
            prev: (end.next > 0).then_some(end.head),
            hlc: wall.max(end.hlc.next()),
            heads: Bounded::try_from(control.log().dag().heads()).ok()?,
            audience: Audience::Community,
            epoch: control.log().now().epoch()?,
            lives: None,
        };
        let message = ContentMessage {
            id: MessageId(rng.bytes()),
            channel: channel.id,
            seen: Bounded::default(),
            event: words("one of two"),
        };
        let at = group::position(chain, &record).ok()?;
        let signing = this.local().signing;
        let sealed = content::seal(place, at, &record, &message, &signing, &mut rng).ok()?;
        Some(sealed.entry.encode())
    }

    /// The content logs that a device keeps.
    fn logs_of(&self, device: usize, id: CommunityId) -> Vec<(LogId, LogRow)> {
        let snapshot = self.devices[device].disk.medium.snapshot();
        let rows = snapshot.map(|snapshot| snapshot.rows).unwrap_or_default();
        rows.into_iter()
            .filter_map(|(key, row)| match (key, row) {
                (RowKey::Log(of, log), Row::Log(end)) if of == id => Some((log, end)),
                _ => None,
            })
            .collect()
    }

    /// Talks and renames itself without end, each of it valid.
    fn spams(&mut self, device: usize, id: CommunityId) -> Option<()> {
        let view = self.community_view(device)?;
        let channel = view.channels.first()?.id;
        for number in 0..FLOOD.0 {
            let command = CommunityCommand::Say {
                community: id,
                channel,
                event: Box::new(words(&format!("buy {number}"))),
                key: None,
            };
            self.order(device, Command::Community(command));
            self.count("spammed");
        }
        for _ in 0..FLOOD.1 {
            let body = Box::new(nickname(self.chance.between(200, 299)));
            let command = CommunityCommand::Act {
                community: id,
                body,
            };
            self.order(device, Command::Community(command));
            self.count("spammed");
        }
        Some(())
    }

    /// Plays frames again that it got, toward anybody.
    fn replays(&mut self, device: usize) -> Option<()> {
        let heard: Vec<Bytes> = self.overheard.0.get(&device)?.iter().cloned().collect();
        let links: Vec<_> = self.devices[device].links.values().copied().collect();
        for _ in 0..REPLAYED {
            let bytes = self.chance.pick(&heard)?.clone();
            let (wire, side) = self.chance.pick(&links).copied()?;
            self.transmit(wire, 1 - side, bytes);
            self.count("replayed");
        }
        Some(())
    }

    /// An entry that it keeps of somebody else.
    fn somebodys(&mut self, device: usize, id: CommunityId) -> Option<((LogId, u64), EntryRow)> {
        let own = self.devices[device].id;
        let mut logs = self.logs_of(device, id);
        logs.retain(|(log, end)| log.device != own && end.next > 0);
        let (log, end) = self.chance.pick(&logs).copied()?;
        let seq = self.chance.between(0, end.next - 1);
        let key = RowKey::Entry(id, log, seq);
        let rows = self.devices[device].disk.medium.load(&[key]).ok()?;
        match rows.into_iter().flatten().next() {
            Some(Row::Entry(row)) => Some(((log, seq), row)),
            _ => None,
        }
    }

    /// Passes on what somebody said with one bit of it turned.
    fn alters(&mut self, device: usize, id: CommunityId) -> Option<()> {
        let (_, row) = self.somebodys(device, id)?;
        let mut bytes = row.bytes.to_vec();
        let at = self.chance.index(bytes.len());
        *bytes.get_mut(at)? ^= 1 << self.chance.between(0, 7);
        let frame = entries(id, bytes)?;
        self.tells(device, &frame, |_far| true)?;
        self.count("altered");
        Some(())
    }

    /// Signs what somebody said: in its own log, or in theirs.
    fn claims(&mut self, device: usize, id: CommunityId) -> Option<()> {
        let (_, row) = self.somebodys(device, id)?;
        let mut entry = UnverifiedEntry::decode(&row.bytes).ok()?.entry().clone();
        if self.chance.permille(700) {
            entry.header.log.device = self.devices[device].id;
            (entry.header.seq, entry.header.prev) = (0, None);
        }
        entry.key_hash = Hash32::of(Label::EntrySealedKey, &entry.key);
        let signed = entry.header.signed(&entry.key_hash);
        let signing = self.devices[device].local().signing;
        entry.sig = signing.sign(Label::Entry, &signed);
        let frame = entries(id, entry.encode())?;
        self.tells(device, &frame, |_far| true)?;
        self.count("claimed");
        Some(())
    }

    /// Tells somebody, in the session with them, that something else opens what others said.
    fn shares_false_keys(&mut self, device: usize, id: CommunityId) -> Option<()> {
        let ((log, seq), _) = self.somebodys(device, id)?;
        let honest: Vec<_> = self.devices.iter().filter(|one| !one.lies).collect();
        let to = self.chance.pick(&honest)?.id;
        let medium = &self.devices[device].disk.medium;
        let peer = medium.load(&[RowKey::Peer(to)]).ok()?;
        let Some(Row::Peer(peer)) = peer.into_iter().flatten().next() else {
            return None;
        };
        let key = EntryKey::from_bytes(self.chance.bytes32());
        let mut rng = Rng::from_seed(self.chance.bytes32());
        let message = MessageId(rng.bytes());
        let content = Content::Community(CommunityMessage {
            id: message,
            community: id,
            key: KeyMessage::Entries {
                keys: Bounded::try_from(vec![(log, seq, key)]).ok()?,
                chains: Bounded::default(),
            },
        });
        let waits = OutboxRow {
            id: message,
            conversation: None,
            content: Blob::try_from(protocol::wire::encode(&content)).ok()?,
            sealed: None,
        };
        let mut batch = Batch::default();
        batch.put(RowKey::Outbox(to, peer.next_order), Row::Outbox(waits));
        let next_order = peer.next_order + 1;
        batch.put(RowKey::Peer(to), Row::Peer(PeerRow { next_order, ..peer }));
        self.lose_core(device);
        self.after_ms(AWAY_MS, Happening::Boot { device });
        self.devices[device].disk.medium.commit(vec![batch]).ok()?;
        self.count("false_keys");
        Some(())
    }
}

fn nickname(number: u64) -> Body {
    Body::Nickname {
        name: Some(members::text(&format!("liar {number}"))),
    }
}

fn words(body: &str) -> ChannelEvent {
    ChannelEvent::Text {
        body: members::text(body),
        mentions: Bounded::default(),
        thread: None,
    }
}

fn entries(community: CommunityId, entry: Vec<u8>) -> Option<Frame> {
    let entries = vec![Blob::try_from(entry).ok()?];
    Some(Frame::Community(Box::new(CommunityFrame::Entries {
        community,
        entries: Bounded::try_from(entries).ok()?,
        more: false,
    })))
}
