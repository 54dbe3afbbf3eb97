//! Rows about this device, its person, and those that they know: contacts, their devices and sessions, own prekeys, notes.

use serde::{Deserialize, Serialize};

use crate::crypto::Hash32;
use crate::identity::{AccountBundle, AccountId, DeviceId};
use crate::limits;
use crate::message::Name;
use crate::privacy::Privacy;
use crate::session::SessionRecord;
use crate::time::{Hlc, Timestamp};
use crate::wire::{Bounded, Text};

/// This device's clock and prekey counters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Newest own logical time: own times never fall back.
    pub clock: Hlc,
    /// Next unused prekey id, of all kinds.
    pub next_prekey: u32,
    /// Current signed prekey, 0 for none yet.
    pub signed: u32,
    /// Current last-resort ML-KEM prekey, 0 for none yet.
    pub last_resort: u32,
    /// When these two were made.
    pub signed_at: Timestamp,
}

/// The own name and certified devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRow {
    /// The name this account goes by.
    pub name: Name,
    /// Own certificates and revocations, as merged so far.
    pub bundle: AccountBundle,
}

/// How far two people have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactState {
    /// We asked. `theirs` is their nonce once it came.
    Outgoing {
        /// Our nonce, committed to in the request.
        ours: [u8; 32],
        /// Their nonce, once known; then ours was revealed.
        theirs: Option<[u8; 32]>,
        /// The device that the request went to, once a device answered.
        device: Option<DeviceId>,
        /// Addresses out of a contact link, to try until a device answers.
        hints: Bounded<Text<64>, 2>,
    },
    /// They asked.
    Incoming {
        /// Their commitment.
        commitment: Hash32,
        /// Our nonce.
        ours: [u8; 32],
        /// Their nonce, once revealed and checked.
        theirs: Option<[u8; 32]>,
        /// The device that asked.
        device: DeviceId,
        /// We had asked them at the same moment: the answer is yes as soon as the words are there.
        wanted: bool,
    },
    /// Both said yes.
    Accepted {
        /// Whether we were the one who asked.
        we_asked: bool,
        /// The requester's nonce of the six words.
        requester: [u8; 32],
        /// The accepter's nonce of the six words.
        accepter: [u8; 32],
    },
    /// Nothing of theirs is read.
    Blocked,
}

/// What the person knows about a contact's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// Seen, not compared.
    Unverified,
    /// Six words or safety number were compared.
    Verified,
    /// A known device showed other keys after verification: sending waits until verified again.
    Changed,
}

/// A contact, a request, or a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    /// How far it has come.
    pub state: ContactState,
    /// Whether keys were compared.
    pub trust: Trust,
    /// The name they give themselves; empty while unknown.
    pub name: Name,
    /// Their certified devices; none before the first device answered.
    pub bundle: Option<AccountBundle>,
    /// When this row began.
    pub since: Timestamp,
}

/// What is known of one device of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerRow {
    /// Whose device it is.
    pub account: AccountId,
    /// Next place in the outbox toward it.
    pub next_order: u64,
    /// Rises with every session made: an outbox row names the session that it was encrypted in.
    pub session_number: u32,
}

/// The Signal session with a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// libsignal's record, archived states included.
    pub record: SessionRecord,
}

/// An own prekey pair.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeyRow {
    /// libsignal's record.
    pub record: Vec<u8>,
    /// When it was made, for expiry.
    pub created: Timestamp,
}

impl std::fmt::Debug for PrekeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrekeyRow")
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

/// When a last-resort key was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRow {
    /// For expiry together with its key.
    pub at: Timestamp,
}

/// What the person lets others know, behind the version of its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrivacyRow {
    /// The first form.
    V1(Privacy),
}

/// What a note says.
pub type NoteText = Text<{ limits::NOTE_BYTES_MAX }>;

/// What the person wrote for themselves alone. An empty note is no row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRow {
    /// What it says.
    pub text: NoteText,
}
