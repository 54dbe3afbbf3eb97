//! What it takes to be let in: the terms that a joiner agrees to and the holder of an invite signs.
//!
//! An invite is a key pair. Its op holds the public half, its link the secret one; whoever has the link signs for
//! one person and one admitter, so a proof that somebody overhears lets nobody else in. Any member checks it offline.

use serde::{Deserialize, Serialize};

use super::body::{Joining, Via};
use super::fact::OpId;
use super::op::CommunityId;
use crate::crypto::{BadSignature, Hash32, Label, Signature, SigningKey, VerifyKey};
use crate::identity::{AccountBundle, AccountId, DeviceId};
use crate::wire::{self, Fixed};

/// What a joiner's device agrees to, and what the holder of an invite signs. Postcard, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinTerms {
    /// Which community.
    pub community: CommunityId,
    /// By which invite, if by one.
    pub invite: Option<OpId>,
    /// Who comes in.
    pub joiner: AccountId,
    /// Hash of the device list that they come with.
    pub bundle: Hash32,
    /// Who lets them in.
    pub admitter: AccountId,
    /// Drawn by the joiner.
    pub nonce: Fixed<16>,
}

impl JoinTerms {
    /// The terms of somebody who comes with this device list.
    #[must_use]
    pub fn new(
        community: CommunityId,
        invite: Option<OpId>,
        bundle: &AccountBundle,
        admitter: AccountId,
        nonce: [u8; 16],
    ) -> Self {
        Self {
            community,
            invite,
            joiner: bundle.account(),
            bundle: Hash32::of(Label::JoinBundle, &wire::encode(&bundle.to_unverified())),
            admitter,
            nonce: Fixed(nonce),
        }
    }

    /// Signed by a device of the joiner.
    #[must_use]
    pub fn consent(&self, device: &SigningKey) -> Signature {
        device.sign(Label::JoinConsent, &wire::encode(self))
    }

    /// Signed with the secret of the invite.
    #[must_use]
    pub fn prove(&self, invite: &SigningKey) -> Signature {
        invite.sign(Label::JoinProof, &wire::encode(self))
    }

    /// The body of the op that lets the joiner in. `proof` belongs to the invite of the terms.
    #[must_use]
    pub fn joining(
        &self,
        bundle: &AccountBundle,
        device: DeviceId,
        consent: Signature,
        proof: Option<Signature>,
    ) -> Joining {
        let via = match (self.invite, proof) {
            (Some(invite), Some(proof)) => Via::Invite { invite, proof },
            _ => Via::Direct,
        };
        Joining {
            bundle: bundle.to_unverified(),
            via,
            device,
            consent,
            nonce: self.nonce,
        }
    }

    /// Checks the joiner's consent.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn check_consent(&self, key: &VerifyKey, consent: &Signature) -> Result<(), BadSignature> {
        key.verify(Label::JoinConsent, &wire::encode(self), consent)
    }

    /// Checks the proof of the invite's holder.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn check_proof(&self, key: &VerifyKey, proof: &Signature) -> Result<(), BadSignature> {
        key.verify(Label::JoinProof, &wire::encode(self), proof)
    }
}
