//! An invite link: a way into a community, in a line that fits a chat or a QR code.
//!
//! `lescopains:j/1/` ‖ base32 of: length of the rest (1) ‖ community id (32) ‖ invite op id (32) ‖ seed of the invite's
//! key (32) ‖ checksum (4) ‖ hints (≤ 28). At most 222 characters. Unlike a contact link it is a secret: whoever holds it
//! may come in, as long as the invite says (T27). It names no member: whoever of them is met may admit.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use zeroize::Zeroizing;

use super::fact::OpId;
use super::op::CommunityId;
use crate::crypto::{Hash32, SigningKey};
use crate::identity::link::{HINTS_MAX, LinkKind, normalized, text};
use crate::identity::{Hints, LinkError, Lost};

/// What every invite link starts with: scheme, kind, version.
pub const PREFIX: &str = LinkKind::Invite.prefix();
/// Characters of the longest invite link.
pub const LINK_CHARS_MAX: usize = text::chars(LinkKind::Invite, BODY, HINTS_MAX);
/// Community, invite, secret.
const BODY: usize = 96;

/// Why a text is not an invite link, in sentences about invites.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct JoinLinkError(#[from] pub LinkError);

impl fmt::Display for JoinLinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            LinkError::MissingStart => write!(
                f,
                "the beginning of the link is missing: it has to start with “{PREFIX}”"
            ),
            LinkError::OtherKind => {
                f.write_str("this is a LesCopains link, but not an invite into a community")
            }
            LinkError::Truncated { missing, lost } => {
                let lost = match lost {
                    Lost::Everything => "the whole invite is",
                    Lost::Identity => "a part of the invite is",
                    Lost::Checksum => "its check is",
                    Lost::Hints => "the addresses are",
                };
                write!(
                    f,
                    "the link is cut off: {missing} more characters belong at its end, {lost} missing"
                )
            }
            other => other.fmt(f),
        }
    }
}

/// An invite as a line of text. Its `Debug` does not show the secret; its `Display` is the link, and does.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinLink {
    community: CommunityId,
    invite: OpId,
    secret: Zeroizing<[u8; 32]>,
    hints: Hints,
}

impl JoinLink {
    /// The link of an invite whose op holds the public half of this key.
    ///
    /// # Errors
    /// [`LinkError::BadHints`] for an empty set of addresses or a host with other characters than allowed.
    pub fn new(
        community: CommunityId,
        invite: OpId,
        key: &SigningKey,
        hints: Hints,
    ) -> Result<Self, JoinLinkError> {
        Ok(Self {
            community,
            invite,
            secret: key.seed(),
            hints: normalized(hints)?,
        })
    }

    /// The community that it leads to.
    #[must_use]
    pub const fn community(&self) -> CommunityId {
        self.community
    }

    /// The op that made the invite.
    #[must_use]
    pub const fn invite(&self) -> OpId {
        self.invite
    }

    /// The key of the invite, which signs [`super::invite::JoinTerms`].
    #[must_use]
    pub fn key(&self) -> SigningKey {
        SigningKey::from_seed(&self.secret)
    }

    /// Where to look for a member first.
    #[must_use]
    pub const fn hints(&self) -> &Hints {
        &self.hints
    }
}

impl fmt::Debug for JoinLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinLink")
            .field("community", &self.community)
            .field("invite", &self.invite)
            .field("hints", &self.hints)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for JoinLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = Zeroizing::new(
            [
                self.community.0.as_bytes().as_slice(),
                self.invite.0.as_bytes(),
                self.secret.as_slice(),
            ]
            .concat(),
        );
        text::write(f, LinkKind::Invite, &body, &self.hints)
    }
}

impl FromStr for JoinLink {
    type Err = JoinLinkError;

    /// Reads a link as people paste it: any case, spaces and line breaks anywhere.
    fn from_str(text: &str) -> Result<Self, JoinLinkError> {
        let (body, hints) = text::read::<BODY>(LinkKind::Invite, text)?;
        let [community, invite, secret] = parts(&body);
        Ok(Self {
            community: CommunityId(Hash32(*community)),
            invite: OpId(Hash32(*invite)),
            secret,
            hints,
        })
    }
}

/// The three values of a body.
fn parts(body: &[u8; BODY]) -> [Zeroizing<[u8; 32]>; 3] {
    let mut parts = [(); 3].map(|()| Zeroizing::new([0; 32]));
    for (part, bytes) in parts.iter_mut().zip(body.chunks_exact(32)) {
        part.copy_from_slice(bytes);
    }
    parts
}
