//! A contact link: who somebody is, in a line that fits a chat, a card or a QR code.
//!
//! `lescopains:c/1/` ‖ base32 of: length of the rest (1) ‖ account id (32) ‖ checksum (4) ‖ hints (≤ 28).
//! At most 119 characters. A link is a name, not a secret: whoever holds it may ask. What it has in common with an invite
//! ([`crate::control::JoinLink`]) is in `link/text.rs`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

mod hints;
pub(crate) mod text;

pub(crate) use hints::normalized;
pub use hints::{HINTS_MAX, HOST_MAX, Hints};
pub use text::LinkKind;
use text::SCHEME;

use super::AccountId;

/// What every contact link starts with: scheme, kind, version.
pub const PREFIX: &str = LinkKind::Contact.prefix();
/// Characters of the longest link.
pub const LINK_CHARS_MAX: usize = text::chars(LinkKind::Contact, 32, HINTS_MAX);

/// Why a text is not the link that is wanted. The sentences are for people, and about contact links; those about invites
/// are [`crate::control::JoinLinkError`]'s.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// There is no text.
    #[error("there is no link here")]
    Empty,
    /// It begins as something else.
    #[error("this is not a LesCopains link: it does not begin with “{SCHEME}”")]
    ForeignScheme,
    /// It looks like the end of a link.
    #[error("the beginning of the link is missing: it has to start with “{PREFIX}”")]
    MissingStart,
    /// A link of ours to something that this program does not know.
    #[error("this is a LesCopains link, but not to a contact")]
    OtherKind,
    /// A good beginning of another kind of link.
    #[error("{}", found.instead())]
    Mistaken {
        /// What it is.
        found: LinkKind,
    },
    /// A link of a later generation.
    #[error("this link has version {found}; this program knows version 1: a newer one can read it")]
    UnknownVersion {
        /// The version found.
        found: String,
    },
    /// The end is missing.
    #[error("the link is cut off: {missing} more characters belong at its end, {lost} missing")]
    Truncated {
        /// How many characters are missing, at least as many where the length itself is missing.
        missing: usize,
        /// What they carry.
        lost: Lost,
    },
    /// Characters behind the end.
    #[error("{extra} characters too many stand at the end of the link")]
    TooLong {
        /// How many.
        extra: usize,
    },
    /// A character that no link has.
    #[error("“{character}” (character {position}) does not belong in a link")]
    BadCharacter {
        /// Which character of the link, counted from 1, spaces left out.
        position: usize,
        /// The character.
        character: char,
    },
    /// All characters are there, but one is not right.
    #[error("the link has a typing mistake: its check does not fit")]
    Checksum,
    /// The hints are not of a known form although the checksum fits.
    #[error("the link carries hints that this program cannot read")]
    BadHints,
}

/// What the missing end of a link carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Everything behind the first characters.
    Everything,
    /// A part of the identity, the check and any addresses.
    Identity,
    /// The check and any addresses.
    Checksum,
    /// Addresses only; the link is not used without its check over them.
    Hints,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everything => "the whole identity is",
            Self::Identity => "a part of the identity is",
            Self::Checksum => "its check is",
            Self::Hints => "the addresses are",
        })
    }
}

/// A person as a line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactLink {
    account: AccountId,
    hints: Hints,
}

impl ContactLink {
    /// A link to an account.
    ///
    /// # Errors
    /// [`LinkError::BadHints`] for an empty set of addresses or a host with other characters than allowed.
    pub fn new(account: AccountId, hints: Hints) -> Result<Self, LinkError> {
        let hints = normalized(hints)?;
        Ok(Self { account, hints })
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Where to look first.
    #[must_use]
    pub const fn hints(&self) -> &Hints {
        &self.hints
    }
}

impl fmt::Display for ContactLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(f, LinkKind::Contact, self.account.as_bytes(), &self.hints)
    }
}

impl FromStr for ContactLink {
    type Err = LinkError;

    /// Reads a link as people paste it: any case, spaces and line breaks anywhere.
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let (account, hints) = text::read(LinkKind::Contact, text)?;
        Ok(Self {
            account: AccountId(*account),
            hints,
        })
    }
}
