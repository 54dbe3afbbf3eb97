//! Signal sessions between two devices, behind one pure and synchronous door.
//!
//! Functions over the bytes of records: no state is kept, time and randomness are arguments, and libsignal
//! is not named outside this module. libsignal v0.85.3 has known traps (a remote panic before the MAC is
//! checked, all-zero agreements, ambient randomness); what stands between a peer's bytes and those traps is
//! in `guard`, and every call runs on an overlay that is thrown away if it fails, so that a record changes
//! as a whole or not at all.
//!
//! libsignal logs addresses, keys and MACs through `log`: whoever installs a logger silences its targets
//! `libsignal_protocol_syft`, `libsignal_core_syft`, `signal_crypto_syft` and `spqr_syft`. A panic that `guard`
//! catches still reaches the panic hook. A stored record stays on its processor architecture (libcrux#1275).
//!
//! Every message is PQXDH and the triple ratchet or it is refused: there is no older client to please.

mod cipher;
mod fixed;
mod guard;
mod local;
mod overlay;
mod prekeys;
mod record;

pub use cipher::{
    Opened, PrekeyNeeds, PrekeyRows, UsedPrekeys, archive, decrypt, encrypt, establish, needs,
    ratchet_position, usable,
};
pub(crate) use guard::{contained, nonzero};
pub use local::LocalIdentity;
pub(crate) use overlay::{Answer, answer, settle};
pub use prekeys::{
    KYBER_PUBLIC_BYTES, KyberRow, OneTimeOffer, PrekeyOffer, generate_kyber, generate_one_time,
    generate_signed,
};
pub use record::{ARCHIVED_SESSIONS_MAX, SKIPPED_MESSAGES_MAX, SessionRecord};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Bytes of a serialized curve key: the type byte 5, then 32 bytes of X25519.
pub const KEY_BYTES: usize = 33;
/// Bytes of an XEdDSA signature.
pub const SIGNATURE_BYTES: usize = 64;
/// Largest registration id: 14 bits, as everywhere in Signal.
pub const REGISTRATION_ID_MAX: u32 = 0x3fff;

/// The device at the other end, as its certificate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteIdentity {
    /// Its Signal identity key. Any other is a different device and is refused.
    pub sik: [u8; KEY_BYTES],
    /// Its address inside libsignal, derived from its device id.
    pub address: Uuid,
}

/// Which of the two forms a ciphertext has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Carries what the receiver needs to make the session; until the first answer.
    PreKey,
    /// All later messages.
    Whisper,
}

/// A sealed message. A retry within the same session sends these very bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphertext {
    /// Its form.
    pub kind: Kind,
    /// libsignal's serialization, at most [`crate::limits::FRAME_MAX`].
    pub bytes: Vec<u8>,
}

/// What a peer did wrong to a session. Its record is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SessionFault {
    /// Not the bytes of such a message, key or offer.
    #[error("malformed session bytes")]
    Malformed,
    /// Longer than any honest message.
    #[error("ciphertext over the size limit")]
    TooLarge,
    /// From before PQXDH.
    #[error("session version without post-quantum keys")]
    OldVersion,
    /// No post-quantum ratchet header: an attempt to downgrade the session.
    #[error("no post-quantum ratchet header")]
    NoSpqr,
    /// A post-quantum ratchet header that no encoder writes; three such headers panic libsignal.
    #[error("bad post-quantum ratchet header")]
    BadSpqrHeader,
    /// A key whose agreement with any other is zero.
    #[error("a key with an all-zero agreement")]
    ZeroAgreement,
    /// A base key in an encoding other than its only canonical one (it would slip past the replay set).
    #[error("a base key that is not canonical")]
    NotCanonical,
    /// Signed or sent by another identity than the certificate's.
    #[error("another identity than certified")]
    IdentityMismatch,
    /// The identity is our own.
    #[error("our own identity")]
    Oneself,
    /// A prekey signature that does not verify.
    #[error("a prekey signature does not verify")]
    BadSignature,
    /// A first message on a last-resort key, seen before.
    #[error("a replayed first message")]
    ReplayedLastResort,
    /// libsignal panicked on these bytes. The overlay was thrown away.
    #[error("libsignal panicked")]
    Panicked,
}

/// Why a session was not made, or nothing encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SessionError {
    /// The offer is at fault.
    #[error(transparent)]
    Fault(#[from] SessionFault),
    /// No session, an unanswered one of over 30 days, or one without PQXDH and SPQR: make a new one.
    #[error("no session that may send")]
    Unusable,
    /// More plaintext than a frame holds.
    #[error("plaintext over the size limit")]
    TooLong,
    /// A row of our own store does not decode.
    #[error("a stored {0} does not decode")]
    Corrupt(&'static str),
}

/// Why a ciphertext was not opened. The record is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Its key is used up or was dropped. libsignal says so **before** it checks the MAC: forged bytes with an
    /// old counter get the same answer, and so does a message that stayed behind more than 2,000 others.
    /// Only a caller that knows these bytes may acknowledge them again.
    #[error("its message key is gone")]
    Duplicate,
    /// No session opens it, or it skips more than [`SKIPPED_MESSAGES_MAX`]: answer with a reset.
    #[error("no session opens it")]
    Unopened,
    /// It wants a prekey that is not there (any more): answer with a reset.
    #[error("its prekey is gone")]
    MissingPrekey,
    /// The peer is at fault.
    #[error(transparent)]
    Misbehaved(#[from] SessionFault),
    /// A row of our own store does not decode.
    #[error("a stored {0} does not decode")]
    Corrupt(&'static str),
}
