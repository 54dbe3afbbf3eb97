//! Making an own entry: the mirror of what `entry` checks.

use rand::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::entry::{ContentBytes, NONCE, content_hash, key_hash};
use super::{
    Audience, ContentMessage, Entry, EntryFault, EntryHeader, EntryId, EntryKey, VerifiedEntry,
};
use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::crypto::{Hash32, Label, SigningKey, aead};
use crate::group::{self, ChainRecord, GroupError, KeyPosition};
use crate::identity::DeviceId;
use crate::limits::{ENTRY_CONTENT_BYTES_MAX, ENTRY_HEADS_MAX};
use crate::time::Hlc;
use crate::wire::Bounded;

/// Where an own entry goes: all of a header but the chain and what follows from the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPlace {
    /// See [`EntryHeader::community`].
    pub community: CommunityId,
    /// See [`EntryHeader::log`].
    pub log: LogId,
    /// See [`EntryHeader::seq`].
    pub seq: u64,
    /// See [`EntryHeader::prev`].
    pub prev: Option<EntryId>,
    /// See [`EntryHeader::hlc`].
    pub hlc: Hlc,
    /// See [`EntryHeader::heads`].
    pub heads: Bounded<OpId, ENTRY_HEADS_MAX>,
    /// See [`EntryHeader::audience`].
    pub audience: Audience,
    /// See [`EntryHeader::epoch`].
    pub epoch: OpId,
    /// See [`EntryHeader::lives`].
    pub lives: Option<u32>,
}

/// An own entry. The record must be durable before the entry leaves.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The entry.
    pub entry: VerifiedEntry,
    /// The own chain from now on.
    pub record: ChainRecord,
    /// The entry's key: its author cannot take it out of the own chain again.
    pub key: EntryKey,
}

/// Why an own entry was not made. Nothing was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// Everybody would refuse it.
    #[error(transparent)]
    Entry(#[from] EntryFault),
    /// The log is another device's than the key.
    #[error("the log of another device")]
    OtherDevice,
    /// `seen` or the targets are not sorted, or the message is for another channel than the audience's.
    #[error("a message that everybody would refuse")]
    Message,
    /// More than an entry holds.
    #[error("a message over the size limit")]
    TooLong,
    /// The chain stands elsewhere than was said.
    #[error("the chain stands elsewhere")]
    Position,
    /// The chain is used up or does not decode.
    #[error(transparent)]
    Chain(#[from] GroupError),
}

/// Makes the entry that says `message` at `place`, with the message at `at` of an own chain.
///
/// # Errors
/// [`SealError`]; the record is as it was before.
pub fn seal(
    place: EntryPlace,
    at: KeyPosition,
    record: &ChainRecord,
    message: &ContentMessage,
    signer: &SigningKey,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealError> {
    if place.log.device != DeviceId::of(&signer.verify_key()) {
        return Err(SealError::OtherDevice);
    }
    let padded = plaintext(&place, message)?;
    let key = EntryKey::draw(rng);
    let mut header = header(place, at, &key);
    header.check()?;
    header.content_len = u32::try_from(padded.len().saturating_add(aead::TAG_LEN))
        .map_err(|_error| SealError::TooLong)?;
    let sealed_for = header.place();
    let content = aead::seal(key.as_bytes(), &NONCE, sealed_for.as_bytes(), &padded);
    header.content_hash = content_hash(&content);
    let (record, sealed) =
        group::seal(header.log.device, at.chain, record, &key.with(&header), rng)?;
    if sealed.position != at {
        return Err(SealError::Position);
    }
    let key_hash = key_hash(&sealed.bytes);
    let entry = Entry {
        sig: signer.sign(Label::Entry, &header.signed(&key_hash)),
        header,
        key_hash,
        key: sealed.bytes,
        content: ContentBytes::try_from(content).map_err(|_error| SealError::TooLong)?,
    };
    Ok(Sealed {
        entry: VerifiedEntry::own(entry),
        record,
        key,
    })
}

/// The padded bytes of a message that may stand there.
fn plaintext(
    place: &EntryPlace,
    message: &ContentMessage,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let elsewhere = match place.audience {
        Audience::Channel(channel) => channel != message.channel,
        Audience::Community => false,
    };
    if elsewhere || !message.sorted() {
        return Err(SealError::Message);
    }
    let padded = Zeroizing::new(message.encode());
    if padded.len() > ENTRY_CONTENT_BYTES_MAX.saturating_sub(aead::TAG_LEN) {
        return Err(SealError::TooLong);
    }
    Ok(padded)
}

/// A header whose ciphertext is not there yet.
fn header(place: EntryPlace, at: KeyPosition, key: &EntryKey) -> EntryHeader {
    EntryHeader {
        community: place.community,
        log: place.log,
        seq: place.seq,
        prev: place.prev,
        hlc: place.hlc,
        heads: place.heads,
        audience: place.audience,
        epoch: place.epoch,
        chain: at.chain,
        key_id: at.key_id,
        iteration: at.iteration,
        commit: key.commit(place.log, place.seq),
        content_hash: Hash32::MIN,
        content_len: 0,
        lives: place.lives,
    }
}
