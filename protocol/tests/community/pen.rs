//! A device whose content log is written on by a test: what no honest device signs.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails, and not every test needs all of them"
)]

use bytes::Bytes;
use protocol::content::{self, Audience, ChannelEvent, ContentMessage, EntryId, EntryPlace};
use protocol::control::body::LogId;
use protocol::control::{CommunityId, OpId};
use protocol::crypto::Rng;
use protocol::group::{self, ChainId, ChainRecord};
use protocol::link::{CommunityFrame, Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::message::MessageId;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::Input;
use protocol::wire::Bounded;

/// Somebody's log, written on by hand.
pub struct Pen {
    local: LocalDevice,
    community: CommunityId,
    channel: OpId,
    /// The heads that its entries name.
    pub heads: Vec<OpId>,
    /// The epoch that they are sent in.
    pub epoch: OpId,
    log: LogId,
    next: u64,
    head: EntryId,
    chain: ChainId,
    record: ChainRecord,
    /// Milliseconds of the last of them.
    pub at: u64,
}

impl Pen {
    /// Goes on where a device stands.
    pub fn of(table: &Table, seat: usize, community: CommunityId, channel: OpId) -> Self {
        let seat = &table.seats[seat];
        let local = LocalDevice::decode(&seat.identity).unwrap();
        let rows = seat.store.rows.iter();
        let (mut end, mut sending) = (None, None);
        for (key, row) in rows {
            match (key, row) {
                (RowKey::Log(_, log), Row::Log(row)) if log.device == local.device => {
                    end = Some((*log, *row));
                }
                (RowKey::Sending(_, Audience::Community), Row::Sending(row)) => {
                    sending = Some(row.clone());
                }
                _ => {}
            }
        }
        let (log, end) = end.unwrap();
        let sending = sending.unwrap();
        let bytes = seat
            .store
            .rows
            .iter()
            .find_map(|(key, row)| match (key, row) {
                (RowKey::Entry(_, of, seq), Row::Entry(row))
                    if *of == log && *seq + 1 == end.next =>
                {
                    Some(row.bytes.clone())
                }
                _ => None,
            });
        let last = content::UnverifiedEntry::decode(&bytes.unwrap()).unwrap();
        Self {
            local,
            community,
            channel,
            heads: last.entry().header.heads.to_vec(),
            epoch: last.entry().header.epoch,
            log,
            next: end.next,
            head: end.head,
            chain: sending.chain,
            record: sending.record,
            at: 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap(),
        }
    }

    /// Seals the next entry.
    pub fn write(&mut self, event: ChannelEvent, tint: u8) -> Vec<u8> {
        self.at += 1;
        let place = EntryPlace {
            community: self.community,
            log: self.log,
            seq: self.next,
            prev: Some(self.head),
            hlc: Hlc::from_wall(Timestamp::from_millis(self.at)),
            heads: self.heads.clone().try_into().unwrap(),
            audience: Audience::Community,
            epoch: self.epoch,
            lives: None,
        };
        let mut id = [tint; 16];
        id[..8].copy_from_slice(&self.next.to_le_bytes());
        let message = ContentMessage {
            id: MessageId(id),
            channel: self.channel,
            seen: Bounded::default(),
            event,
        };
        let at = group::position(self.chain, &self.record).unwrap();
        let mut rng = Rng::from_seed([tint; 32]);
        let sealed = content::seal(
            place,
            at,
            &self.record,
            &message,
            &self.local.signing,
            &mut rng,
        );
        let sealed = sealed.unwrap();
        (self.next, self.head) = (self.next + 1, sealed.entry.id());
        self.record = sealed.record;
        sealed.entry.encode()
    }
}

/// Hands entries to a seat, as if they came over this link.
pub fn show(table: &mut Table, seat: usize, link: LinkId, id: CommunityId, all: &[Vec<u8>]) {
    for page in all.chunks(40) {
        let page = page.iter().map(|one| one.clone().try_into().unwrap());
        let page: Vec<_> = page.collect();
        let frame = CommunityFrame::Entries {
            community: id,
            entries: page.try_into().unwrap(),
            more: false,
        };
        let bytes = Bytes::from(Frame::Community(Box::new(frame)).encode());
        table.input(seat, Input::Received { link, bytes });
        table.run();
    }
}
