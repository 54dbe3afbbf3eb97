//! The transcript of link authentication, and the MACs over it.
//!
//! ```text
//! K          = KDF("link key", X25519(SIK_a, SIK_b), sorted public keys)
//! transcript = H("link transcript", version, prover peer, verifier peer, prover nonce, verifier nonce)
//! tag        = MAC(K, "link tag",   transcript)[..8]
//! match      = MAC(K, "link match", transcript, page, index)        verifier → prover
//! proof      = MAC(K, "link proof", transcript, page, index)        prover → verifier
//! ```
//! Peer ids are those that the transport proved; a relay in between has others toward each end.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::crypto::{Hash32, Label, VerifyKey, ct_eq, kdf, mac, mac16};
use crate::identity::AccountId;
use crate::link::frame::{TagPage, VERSION};
use crate::session::{LocalIdentity, SessionFault};

/// What was wrong with a step of link authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthFault {
    /// Another version than ours.
    #[error("speaks version {0}")]
    Version(u8),
    /// A step that does not follow from the one before.
    #[error("a step out of order")]
    OutOfOrder,
    /// A page that is not full.
    #[error("a page of {0} tags")]
    ShortPage(usize),
    /// More pages than anybody has contacts.
    #[error("too many pages of tags")]
    TooManyPages,
    /// A match of a tag that belongs to nobody.
    #[error("matched a tag that was random")]
    NoSuchTag,
    /// A MAC that does not verify: a relay in between, or a lie.
    #[error("a MAC that does not verify")]
    BadMac,
    /// Our own nonce came back.
    #[error("our own nonce reflected")]
    Reflected,
}

/// The key that two devices share without ever having met. Wiped when dropped.
pub type LinkKey = Zeroizing<[u8; 32]>;

/// Computes the key toward a device.
///
/// # Errors
/// When the public key is one that no honest device has.
pub fn link_key(local: &LocalIdentity, theirs: &[u8; 33]) -> Result<LinkKey, SessionFault> {
    let shared = local.agree(theirs)?;
    let ours = local.public();
    let (first, second) = if ours <= *theirs {
        (&ours, theirs)
    } else {
        (theirs, &ours)
    };
    Ok(kdf(Label::LinkKey, &[shared.as_slice(), first, second]))
}

/// Both ends of a link as one side of an authentication round sees them.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// Peer id of the side that sends tags.
    pub prover: &'a [u8],
    /// Peer id of the side that recognises one.
    pub verifier: &'a [u8],
    /// Nonce of the side that sends tags.
    pub prover_nonce: &'a [u8; 32],
    /// Nonce of the side that recognises one.
    pub verifier_nonce: &'a [u8; 32],
}

impl Ends<'_> {
    /// Everything both sides must agree on.
    #[must_use]
    pub fn transcript(&self) -> [u8; 32] {
        *kdf(
            Label::LinkTranscript,
            &[
                &[VERSION],
                self.prover,
                self.verifier,
                self.prover_nonce,
                self.verifier_nonce,
            ],
        )
    }

    /// The tag of a device.
    #[must_use]
    pub fn tag(&self, key: &LinkKey) -> [u8; 8] {
        tag(&self.transcript(), key)
    }

    /// The verifier's or the prover's MAC over the whole round.
    #[must_use]
    pub fn round_mac(&self, key: &LinkKey, label: Label, page: &TagPage, index: u8) -> [u8; 32] {
        let page = page_hash(page);
        mac(key, label, &[&self.transcript(), page.as_bytes(), &[index]])
    }

    /// Whether such a MAC is right.
    #[must_use]
    pub fn check(
        &self,
        key: &LinkKey,
        label: Label,
        page: &TagPage,
        index: u8,
        claimed: &[u8; 32],
    ) -> bool {
        ct_eq(&self.round_mac(key, label, page, index), claimed)
    }

    /// The tag by which those who know an invite recognise each other.
    #[must_use]
    pub fn invited(&self, invite: &VerifyKey, label: Label) -> [u8; 16] {
        mac16(invite.as_bytes(), label, &[&self.transcript()])
    }

    /// The tag by which only `account` recognises that it is sought. The prover seeks.
    #[must_use]
    pub fn seek(&self, account: AccountId) -> [u8; 16] {
        mac16(
            account.as_bytes(),
            Label::LinkTag,
            &[b"seek", &self.transcript()],
        )
    }
}

/// The tag of a device on a link with this transcript.
#[must_use]
pub fn tag(transcript: &[u8; 32], key: &LinkKey) -> [u8; 8] {
    let mut tag = [0; 8];
    let full = mac(key, Label::LinkTag, &[transcript]);
    tag.iter_mut().zip(full).for_each(|(to, from)| *to = from);
    tag
}

fn page_hash(page: &TagPage) -> Hash32 {
    let bytes: Vec<u8> = page.iter().flatten().copied().collect();
    Hash32::of(Label::LinkTranscript, &bytes)
}
