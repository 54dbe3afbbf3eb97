//! A device that writes entries of a content log, as tests of entries need it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::content::{
    self, Audience, ChannelEvent, ContentMessage, Entry, EntryFault, EntryId, EntryKey, EntryPlace,
    Sealed, UnverifiedEntry, VerifiedEntry,
};
use protocol::control::body::LogId;
use protocol::control::{CommunityId, OpId};
use protocol::crypto::{Hash32, Label, Rng, SigningKey};
use protocol::group::{self, ChainId, ChainRecord, Distribution, KeyPosition};
use protocol::identity::DeviceId;
use protocol::message::{MessageId, MessageRef};
use protocol::time::{Hlc, Timestamp};
use protocol::wire::{Bounded, Text};

pub const COMMUNITY: CommunityId = CommunityId(Hash32([0xc0; 32]));
pub const CHANNEL: OpId = OpId(Hash32([0xc1; 32]));
pub const EPOCH: OpId = OpId(Hash32([0xe0; 32]));

/// One device with one log and one chain.
pub struct Author {
    pub signing: SigningKey,
    pub log: LogId,
    pub chain: ChainId,
    pub record: ChainRecord,
    pub told: Distribution,
    pub seq: u64,
    pub last: Option<EntryId>,
    pub rng: Rng,
}

impl Author {
    pub fn new(seed: u8) -> Self {
        let mut rng = Rng::from_seed([seed; 32]);
        let signing = SigningKey::generate(&mut rng);
        let log = LogId {
            device: DeviceId::of(&signing.verify_key()),
            incarnation: u64::from(seed) * 1_000,
        };
        let chain = ChainId::draw(&mut rng);
        let (record, told) = group::create(log.device, chain, &mut rng).unwrap();
        Self {
            signing,
            log,
            chain,
            record,
            told,
            seq: 0,
            last: None,
            rng,
        }
    }

    /// Where the next entry goes.
    pub fn place(&self, audience: Audience) -> EntryPlace {
        let seconds = 100 + self.seq;
        EntryPlace {
            community: COMMUNITY,
            log: self.log,
            seq: self.seq,
            prev: self.last,
            hlc: Hlc::from_wall(Timestamp::from_millis(seconds * 1_000)),
            heads: list(vec![OpId(Hash32([1; 32])), OpId(Hash32([2; 32]))]),
            audience,
            epoch: EPOCH,
            lives: None,
        }
    }

    /// Where the next sealed key stands.
    pub fn at(&self) -> KeyPosition {
        group::position(self.chain, &self.record).unwrap()
    }

    /// What an event is inside.
    pub fn message(&mut self, event: ChannelEvent) -> ContentMessage {
        ContentMessage {
            id: MessageId(self.rng.bytes()),
            channel: CHANNEL,
            seen: list(vec![reference(3), reference(4)]),
            event,
        }
    }

    pub fn try_says(
        &mut self,
        place: EntryPlace,
        message: &ContentMessage,
    ) -> Result<Sealed, content::SealError> {
        let at = self.at();
        let sealed = content::seal(
            place,
            at,
            &self.record,
            message,
            &self.signing,
            &mut self.rng,
        )?;
        self.record = sealed.record.clone();
        self.seq += 1;
        self.last = Some(sealed.entry.id());
        Ok(sealed)
    }

    /// The next entry, with this event.
    pub fn does(&mut self, audience: Audience, event: ChannelEvent) -> Sealed {
        let message = self.message(event);
        self.try_says(self.place(audience), &message).unwrap()
    }

    pub fn says(&mut self, text: &str) -> Sealed {
        self.does(Audience::Community, said(text))
    }

    /// What everybody whom the chain was told to has of it.
    pub fn known(&self) -> ChainRecord {
        group::accept(self.log.device, None, self.chain, &self.told.bytes).unwrap()
    }

    /// Signs an entry that was changed, hashes and all.
    pub fn signs(&self, mut entry: Entry) -> Vec<u8> {
        entry.header.content_hash = Hash32::of(Label::EntryContent, &entry.content);
        entry.header.content_len = u32::try_from(entry.content.len()).unwrap();
        if !entry.key.is_empty() {
            entry.key_hash = Hash32::of(Label::EntrySealedKey, &entry.key);
        }
        let signed = entry.header.signed(&entry.key_hash);
        entry.sig = self.signing.sign(Label::Entry, &signed);
        entry.encode()
    }

    /// Believes bytes, if this device signed them.
    pub fn verified(&self, bytes: &[u8]) -> Result<VerifiedEntry, EntryFault> {
        UnverifiedEntry::decode(bytes)?.verify(&self.signing.verify_key())
    }

    /// All that a reader does with bytes of this device.
    pub fn read(
        &self,
        bytes: &[u8],
        record: &ChainRecord,
    ) -> Result<(ContentMessage, ChainRecord), EntryFault> {
        let entry = self.verified(bytes)?;
        let (key, record) = entry.open_key(record)?;
        Ok((entry.open(&key)?, record))
    }

    /// All that somebody does who was given the key.
    pub fn read_with(&self, bytes: &[u8], key: &EntryKey) -> Result<ContentMessage, EntryFault> {
        self.verified(bytes)?.open(key)
    }
}

pub fn said(text: &str) -> ChannelEvent {
    ChannelEvent::Text {
        body: name(text),
        mentions: Bounded::default(),
        thread: None,
    }
}

/// A message that somebody wrote.
pub fn reference(number: u8) -> MessageRef {
    MessageRef {
        author: DeviceId([number; 32]),
        id: MessageId([number; 16]),
    }
}

pub fn list<T, const N: usize>(values: Vec<T>) -> Bounded<T, N> {
    values.try_into().unwrap()
}

pub fn name<const N: usize>(text: &str) -> Text<N> {
    text.try_into().unwrap()
}
