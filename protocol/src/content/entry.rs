//! An entry as it travels and rests, and the steps by which its bytes come to be believed and opened.

use std::fmt;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Audience, ContentMessage, EntryFault, EntryHeader, EntryId};
use crate::control::body::LogId;
use crate::core::Faults;
use crate::crypto::{Hash32, Label, Signature, VerifyKey, aead, ct_eq};
use crate::group::{self, ChainRecord, PLAINTEXT_BYTES};
use crate::identity::DeviceId;
use crate::limits::{ENTRY_BYTES_MAX, ENTRY_CONTENT_BYTES_MAX, SEALED_KEY_BYTES_MAX};
use crate::wire::{self, Blob};

/// Each key of an entry encrypts once, so its nonce needs to be no other than zero.
pub(super) const NONCE: [u8; aead::NONCE_LEN] = [0; aead::NONCE_LEN];

/// A sealed key.
pub type SealedKeyBytes = Blob<SEALED_KEY_BYTES_MAX>;
/// A ciphertext: a padded message and the tag.
pub type ContentBytes = Blob<ENTRY_CONTENT_BYTES_MAX>;

/// The key of one entry: opens that entry and no other. Wiped on drop.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
pub struct EntryKey([u8; 32]);

impl EntryKey {
    /// Draws a key.
    pub(super) fn draw(rng: &mut impl CryptoRng) -> Self {
        let mut key = Self([0; 32]);
        rng.fill_bytes(&mut key.0);
        key
    }

    /// The key of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for storage and for whoever may read the entry.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the header of the entry at this place says of it.
    #[must_use]
    pub fn commit(&self, log: LogId, seq: u64) -> Hash32 {
        let place = Zeroizing::new(wire::encode(&(&self.0, log, seq)));
        Hash32::of(Label::EntryKey, &place)
    }

    /// What is sealed of an entry with this key and header.
    pub(super) fn with(&self, header: &EntryHeader) -> Zeroizing<[u8; PLAINTEXT_BYTES]> {
        let mut both = Zeroizing::new([0; PLAINTEXT_BYTES]);
        both.iter_mut()
            .zip(self.0.iter().chain(header.hash().as_bytes()))
            .for_each(|(to, from)| *to = *from);
        both
    }
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntryKey(secret)")
    }
}

/// An entry as it travels: version 1 ‖ header ‖ hash of the sealed key ‖ signature (64) ‖ sealed key ‖ ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who, where, when, for whom.
    pub header: EntryHeader,
    /// Hash of the sealed key. Stays when that is dropped.
    pub key_hash: Hash32,
    /// By the device, over the header behind the version byte ‖ the hash of the sealed key.
    pub sig: Signature,
    /// Its key and the hash of its header as a message of the author's sender chain; nothing once it was dropped.
    pub key: SealedKeyBytes,
    /// What it says, encrypted.
    pub content: ContentBytes,
}

impl Entry {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> EntryId {
        self.header.id(&self.key_hash)
    }

    /// The form that travels and rests.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::encode_v1(self)
    }

    /// What holds of every entry, whoever signed it.
    fn check(&self) -> Result<(), EntryFault> {
        self.header.check()?;
        if u32::try_from(self.content.len()) != Ok(self.header.content_len) {
            return Err(EntryFault::ContentLength);
        }
        if content_hash(&self.content) != self.header.content_hash {
            return Err(EntryFault::ContentHash);
        }
        if self.key.is_empty() {
            return Ok(());
        }
        if key_hash(&self.key) != self.key_hash {
            return Err(EntryFault::KeyHash);
        }
        if group::inspect(&self.key).map_err(EntryFault::SealedKey)? != self.header.position() {
            return Err(EntryFault::KeyPosition);
        }
        Ok(())
    }
}

/// What a device signed of an entry: enough to show to others that it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEntry {
    /// Who, where, when, for whom.
    pub header: EntryHeader,
    /// Hash of the sealed key.
    pub key_hash: Hash32,
    /// As that of the entry.
    pub sig: Signature,
}

impl SignedEntry {
    /// The name of the entry.
    #[must_use]
    pub fn id(&self) -> EntryId {
        self.header.id(&self.key_hash)
    }

    /// Checks the header, and the signature against the key of the device of its log.
    ///
    /// # Errors
    /// [`EntryFault::Signature`], also if the key is not that device's; or what is wrong with the header.
    pub fn verify(&self, key: &VerifyKey) -> Result<(), EntryFault> {
        self.header.check()?;
        if DeviceId::of(key) != self.header.log.device {
            return Err(EntryFault::Signature);
        }
        key.verify(Label::Entry, &self.header.signed(&self.key_hash), &self.sig)
            .map_err(|_error| EntryFault::Signature)
    }
}

/// What a header says of its ciphertext.
pub(super) fn content_hash(content: &[u8]) -> Hash32 {
    Hash32::of(Label::EntryContent, content)
}

/// What is signed of a sealed key.
pub(super) fn key_hash(key: &[u8]) -> Hash32 {
    Hash32::of(Label::EntrySealedKey, key)
}

/// An entry whose parts fit each other. Nobody's signature was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedEntry(Entry);

impl UnverifiedEntry {
    /// Reads an entry.
    ///
    /// # Errors
    /// [`EntryFault`]: for ever the sender's fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryFault> {
        let entry: Entry = wire::decode_v1(bytes, ENTRY_BYTES_MAX)?;
        entry.check()?;
        Ok(Self(entry))
    }

    /// What it says.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.0
    }

    /// The device whose key must have signed it.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.0.header.log.device
    }

    /// Believes it, if the device of its log signed it.
    ///
    /// # Errors
    /// [`EntryFault::Signature`], also if the key is not that device's.
    pub fn verify(self, key: &VerifyKey) -> Result<VerifiedEntry, EntryFault> {
        if DeviceId::of(key) != self.device() {
            return Err(EntryFault::Signature);
        }
        // What names it is the hash of what is signed.
        let id = self.0.id();
        key.verify_hash(&id.0, &self.0.sig)
            .map_err(|_error| EntryFault::Signature)?;
        Ok(VerifiedEntry { entry: self.0, id })
    }
}

/// An entry that the device of its log signed, as it is. There is no other way to one than to verify or to sign, or to have kept
/// one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedEntry {
    entry: Entry,
    id: EntryId,
}

impl VerifiedEntry {
    /// An entry that was just signed.
    pub(super) fn own(entry: Entry) -> Self {
        let id = entry.id();
        Self { entry, id }
    }

    /// An entry out of this device's own rows: it was verified before it was kept, and rows are authentic (DECISIONS 13).
    ///
    /// # Errors
    /// When its parts do not fit each other: the row is not one of ours.
    pub(crate) fn kept(bytes: &[u8]) -> Result<Self, EntryFault> {
        Ok(Self::own(UnverifiedEntry::decode(bytes)?.0))
    }

    /// What it says.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The same entry, as if nobody had looked at its signature.
    #[must_use]
    pub(crate) fn unverified(&self) -> UnverifiedEntry {
        UnverifiedEntry(self.entry.clone())
    }

    /// What it says in the clear.
    #[must_use]
    pub const fn header(&self) -> &EntryHeader {
        &self.entry.header
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// The form that travels and rests.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.entry.encode()
    }

    /// What its device signed of it.
    #[must_use]
    pub fn signed(&self) -> SignedEntry {
        SignedEntry {
            header: self.entry.header.clone(),
            key_hash: self.entry.key_hash,
            sig: self.entry.sig,
        }
    }

    /// The same entry without its sealed key, as it rests once that is used: its name and its signature stay.
    #[must_use]
    pub fn without_key(mut self) -> Self {
        self.entry.key = SealedKeyBytes::default();
        self
    }

    /// Takes its key out of the author's chain. The record is to be stored together with what the key opened.
    ///
    /// # Errors
    /// [`EntryFault::NoKey`]; [`EntryFault::Chain`] if the chain does not open it; [`EntryFault::OtherHeader`] and
    /// [`EntryFault::Commitment`] if the author, or whoever wrapped another's key, sealed something else.
    pub fn open_key(&self, record: &ChainRecord) -> Result<(EntryKey, ChainRecord), EntryFault> {
        self.open_key_with(record, Faults::default())
    }

    /// The same, with the fault of a core, if it has any.
    ///
    /// # Errors
    /// As [`Self::open_key`].
    pub(crate) fn open_key_with(
        &self,
        record: &ChainRecord,
        faults: Faults,
    ) -> Result<(EntryKey, ChainRecord), EntryFault> {
        let (header, sealed) = (&self.entry.header, &self.entry.key);
        if sealed.is_empty() {
            return Err(EntryFault::NoKey);
        }
        let (record, opened) = group::open(header.log.device, header.chain, record, sealed)?;
        let (key, of_header) = opened.split_first_chunk().ok_or(EntryFault::OtherHeader)?;
        if !ct_eq(of_header, header.hash().as_bytes()) && !faults.ignores_headers() {
            return Err(EntryFault::OtherHeader);
        }
        let key = EntryKey::from_bytes(*key);
        self.committed(&key)?;
        Ok((key, record))
    }

    /// Reads what it says, with its key from the author's chain or from whoever shares it.
    ///
    /// # Errors
    /// [`EntryFault::Commitment`] for any other key; [`EntryFault::NotAuthentic`], [`EntryFault::Message`] and
    /// [`EntryFault::OtherChannel`] are the author's fault.
    pub fn open(&self, key: &EntryKey) -> Result<ContentMessage, EntryFault> {
        self.committed(key)?;
        let header = &self.entry.header;
        let padded = aead::open(
            &key.0,
            &NONCE,
            header.place().as_bytes(),
            &self.entry.content,
        )
        .map_err(|_error| EntryFault::NotAuthentic)?;
        let message =
            ContentMessage::decode(&Zeroizing::new(padded)).map_err(EntryFault::Message)?;
        match header.audience {
            Audience::Channel(channel) if channel != message.channel => {
                Err(EntryFault::OtherChannel)
            }
            Audience::Channel(_) | Audience::Community => Ok(message),
        }
    }

    /// Whether this is its key.
    ///
    /// # Errors
    /// [`EntryFault::Commitment`] for any other.
    pub fn check_key(&self, key: &EntryKey) -> Result<(), EntryFault> {
        self.committed(key)
    }

    /// The cipher alone would open one ciphertext to different texts under different keys.
    fn committed(&self, key: &EntryKey) -> Result<(), EntryFault> {
        let header = &self.entry.header;
        if key.commit(header.log, header.seq) == header.commit {
            Ok(())
        } else {
            Err(EntryFault::Commitment)
        }
    }
}
