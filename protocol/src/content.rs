//! Content logs of a community: who wrote what, sealed for an audience, signed for everybody.
//!
//! A device appends entries to its log. The text of each is encrypted under a key of its own, to which the signed header
//! commits; that key travels in a message of the author's sender chain. So what is archived stays as it is, history is shared
//! by sharing keys of entries, and whoever shares them can neither alter nor make up anything.
//!
//! Bytes become an [`UnverifiedEntry`], whose structure holds, then a [`VerifiedEntry`], whose device signed it. Only that
//! opens. Whether its author may write there, and whether its control heads and its predecessor are known, is not asked here.

pub mod entry;
pub mod header;
pub mod message;
pub mod seal;

pub use entry::{Entry, EntryKey, SignedEntry, UnverifiedEntry, VerifiedEntry};
pub use header::{Audience, EntryHeader, EntryId};
pub use message::{ChannelEvent, ContentMessage, Mention};
pub use seal::{EntryPlace, SealError, Sealed, seal};
use thiserror::Error;

use crate::group::{GroupFault, GroupOpenError};
use crate::wire::Malformed;

/// Why an entry is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EntryFault {
    /// Not a canonical encoding, or too many bytes.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No control heads, or not ascending, each once.
    #[error("control heads that are missing or not sorted")]
    Heads,
    /// A first entry with a predecessor, or a later one without.
    #[error("a predecessor where none belongs, or none where one does")]
    Previous,
    /// Its logical time is none.
    #[error("no time")]
    NoTime,
    /// Beyond the most messages that a sender chain may have.
    #[error("beyond the end of its sender chain")]
    ChainEnd,
    /// Its ciphertext has another length than was signed.
    #[error("the ciphertext has another length than was signed")]
    ContentLength,
    /// Its ciphertext is not the one that was signed.
    #[error("the ciphertext is not the one that was signed")]
    ContentHash,
    /// Its sealed key is not the one that was signed.
    #[error("the sealed key is not the one that was signed")]
    KeyHash,
    /// Its sealed key is no message of a sender chain.
    #[error("the sealed key: {0}")]
    SealedKey(GroupFault),
    /// Its sealed key stands at another place of a sender chain than the header says.
    #[error("the sealed key stands elsewhere than the header says")]
    KeyPosition,
    /// Not signed by the device whose log it says to be in.
    #[error("not signed by the device of its log")]
    Signature,
    /// It came without its sealed key: only a shared key opens it.
    #[error("it has no sealed key")]
    NoKey,
    /// Its sealed key does not open.
    #[error("the sealed key: {0}")]
    Chain(#[from] GroupOpenError),
    /// Its key was sealed for another header.
    #[error("the key was sealed for another header")]
    OtherHeader,
    /// The key is not the one that the header commits to.
    #[error("not the key that the header commits to")]
    Commitment,
    /// The ciphertext is not of this key and header.
    #[error("the ciphertext is not of this key and header")]
    NotAuthentic,
    /// What is inside is not a message.
    #[error("not a message inside: {0}")]
    Message(Malformed),
    /// A message for another channel than the one whose keys it is under.
    #[error("a message for another channel than its audience's")]
    OtherChannel,
}
