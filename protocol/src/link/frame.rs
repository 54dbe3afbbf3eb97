//! Frames: all that two devices say to each other on a link, outside and around sessions.
//!
//! Layout: version byte 1, then the canonical encoding of [`Frame`]; at most
//! [`limits::FRAME_MAX`] bytes. The transport encrypts every frame; nothing here is encrypted twice but
//! what sessions seal.

mod community;

pub use community::{CommunityFrame, EntryBytes, LogEnd, OpBytes};
use serde::{Deserialize, Serialize};

use crate::crypto::Hash32;
use crate::identity::UnverifiedBundle;
use crate::limits;
use crate::message::{MessageId, Name};
use crate::session::{Kind, PrekeyOffer};
use crate::wire::{self, Blob, Bounded, Malformed};

/// The version of this protocol.
pub const VERSION: u8 = 1;

/// What the other end is. One for now; bootstraps and super-nodes come with their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// A person's device.
    Member,
}

/// A page of tags. Always full.
pub type TagPage = Bounded<[u8; 8], { limits::TAGS_PER_PAGE }>;

/// What is said on a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// First frame in both directions.
    Hello {
        /// Version spoken, 1.
        version: u8,
        /// What this end is.
        role: Role,
        /// 32 fresh random bytes.
        nonce: [u8; 32],
    },
    /// "One of these may be you": a page of 64 tags, real ones among random ones.
    Tags {
        /// Whether no page follows in this round.
        last: bool,
        /// The tags.
        tags: TagPage,
    },
    /// "This one is me."
    Match {
        /// Which tag of the page.
        index: u8,
        /// MAC over the transcript.
        mac: [u8; 32],
    },
    /// "None of them." Padded to the size of [`Frame::Match`].
    NoMatch {
        /// Random bytes.
        padding: [u8; 32],
        /// A random byte.
        more: u8,
    },
    /// "And I am who the tag says."
    Proof {
        /// MAC over the transcript.
        mac: [u8; 32],
    },
    /// A stranger shows itself: name and devices.
    Card {
        /// The name it goes by.
        name: Name,
        /// Its account and devices.
        bundle: UnverifiedBundle,
    },
    /// "Are you the account I have a link of?" Says nothing to anybody else.
    Seek {
        /// MAC under the account id over both peer ids and nonces.
        tag: [u8; 16],
    },
    /// "This is who I am", to one who asked or is asked.
    Introduce {
        /// Its account and devices.
        bundle: UnverifiedBundle,
    },
    /// "Give me keys to begin a session with you."
    PrekeyFetch,
    /// Keys to begin a session.
    Prekeys {
        /// The offer.
        offer: Box<PrekeyOffer>,
    },
    /// A session message.
    Sealed {
        /// The message's id, or zeros for what is never acknowledged: a repetition that the session no longer
        /// opens is acknowledged again by it. Inside the link only.
        hint: MessageId,
        /// First or later message of a session.
        kind: Kind,
        /// libsignal's bytes.
        bytes: Blob<{ limits::FRAME_MAX }>,
    },
    /// "I cannot open the ciphertext with this hash."
    SessionReset {
        /// Its hash.
        hash: Hash32,
        /// MAC under the link key of the two devices.
        mac: [u8; 32],
    },
    /// The sender's account and devices as they are now, to contacts.
    Bundle {
        /// Certificates and revocations.
        bundle: UnverifiedBundle,
    },
    /// Online, away. Lives 60 s, never stored.
    Presence {
        /// 0 away, 1 online.
        state: u8,
    },
    /// Writing, or no longer. Lives 6 s, never stored.
    Typing {
        /// Whether the person writes.
        on: bool,
    },
    /// Something about a community.
    Community(Box<CommunityFrame>),
}

impl Frame {
    /// Its bytes on the link.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::encode_v1(self)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] for anything else, byte for byte.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        wire::decode_v1(bytes, limits::FRAME_MAX)
    }

    /// Its name, for logs and faults.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Tags { .. } => "tags",
            Self::Match { .. } => "match",
            Self::NoMatch { .. } => "no-match",
            Self::Proof { .. } => "proof",
            Self::Card { .. } => "card",
            Self::Seek { .. } => "seek",
            Self::Introduce { .. } => "introduce",
            Self::PrekeyFetch => "prekey-fetch",
            Self::Prekeys { .. } => "prekeys",
            Self::Sealed { .. } => "sealed",
            Self::SessionReset { .. } => "session-reset",
            Self::Bundle { .. } => "bundle",
            Self::Presence { .. } => "presence",
            Self::Typing { .. } => "typing",
            Self::Community(frame) => frame.name(),
        }
    }
}
