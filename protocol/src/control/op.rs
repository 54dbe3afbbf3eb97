//! A control op as it travels: a header that its device signs, and a body that the header commits to.
//!
//! The header alone names the op and proves who made it, so two headers are enough to show that a device contradicted
//! itself, however large their bodies are.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::body::{Body, LogMark};
use super::fact::OpId;
use crate::crypto::{BadSignature, Hash32, Label, Signature, SigningKey, VerifyKey};
use crate::identity::{AccountId, DeviceId};
use crate::limits::{
    CONTROL_DEPS_MAX, CONTROL_OP_BYTES_MAX, CONTROL_OP_WITH_BUNDLE_BYTES_MAX, INCARNATIONS_SEEN_MAX,
};
use crate::time::Hlc;
use crate::wire::{self, Bounded, Malformed};

/// Name of a community: hash of the header of its founding op.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommunityId(pub Hash32);

impl CommunityId {
    /// What stands in the header of a founding op, whose hash is not known yet.
    pub const UNBORN: Self = Self(Hash32([0; 32]));

    /// The community that this op founds.
    #[must_use]
    pub const fn founded_by(op: OpId) -> Self {
        Self(op.0)
    }

    /// Its founding op, which is also the role of everyone.
    #[must_use]
    pub const fn founding(self) -> OpId {
        OpId(self.0)
    }
}

impl fmt::Debug for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = *self.0.as_bytes();
        write!(f, "CommunityId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// What a device signs. Postcard, in this order; at most 1,040 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The community; [`CommunityId::UNBORN`] in the op that founds it.
    pub community: CommunityId,
    /// Who did it.
    pub author: AccountId,
    /// With which device.
    pub device: DeviceId,
    /// Which op of this device in this community it is, from 0.
    pub seq: u64,
    /// The device's previous op first, if there is one; then the other heads that it knew, by id (A9).
    pub deps: Bounded<OpId, CONTROL_DEPS_MAX>,
    /// The newest content entry of each of its own logs: who shows to have written lately cannot pretend to have heard
    /// nothing since long ago (A10).
    pub seen: Bounded<LogMark, INCARNATIONS_SEEN_MAX>,
    /// When, on the device's clock.
    pub hlc: Hlc,
    /// Hash of the body.
    pub body: Hash32,
}

impl Header {
    /// The name of the op.
    #[must_use]
    pub fn id(&self) -> OpId {
        OpId(Hash32::of(Label::ControlOp, &wire::encode_v1(self)))
    }

    /// The community that the op belongs to.
    #[must_use]
    pub fn home(&self) -> CommunityId {
        if self.community == CommunityId::UNBORN {
            CommunityId::founded_by(self.id())
        } else {
            self.community
        }
    }
}

/// A header with its device's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHeader {
    /// What is signed.
    pub header: Header,
    /// By the device, over the header behind the version byte.
    pub sig: Signature,
}

impl SignedHeader {
    /// Checks the signature against the key of the device that the header names.
    ///
    /// # Errors
    /// [`BadSignature`], also if the key is not that device's.
    pub fn verify(&self, key: &VerifyKey) -> Result<(), BadSignature> {
        if DeviceId::of(key) != self.header.device {
            return Err(BadSignature);
        }
        key.verify(Label::ControlOp, &wire::encode_v1(&self.header), &self.sig)
    }
}

/// Why bytes are no control op, whatever else is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpBytesFault {
    /// Not a canonical encoding, or too many bytes.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The body is not the one that the header commits to.
    #[error("the body is not the one that was signed")]
    WrongBody,
}

/// A control op as received: version 1 ‖ header ‖ signature (64) ‖ body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnverifiedOp {
    /// Who, when, after what.
    pub head: SignedHeader,
    /// What.
    pub body: Body,
}

impl UnverifiedOp {
    /// Reads an op; nobody's signature is looked at yet.
    ///
    /// # Errors
    /// [`OpBytesFault`]: for ever the sender's fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, OpBytesFault> {
        let op: Self = wire::decode_v1(bytes, CONTROL_OP_WITH_BUNDLE_BYTES_MAX)?;
        let carries_bundle = matches!(op.body, Body::Found(_) | Body::Join(_));
        if !carries_bundle && bytes.len() > CONTROL_OP_BYTES_MAX {
            return Err(OpBytesFault::Malformed(Malformed::TooLong {
                len: bytes.len(),
                max: CONTROL_OP_BYTES_MAX,
            }));
        }
        if body_hash(&op.body) != op.head.header.body {
            return Err(OpBytesFault::WrongBody);
        }
        Ok(op)
    }

    /// The form that travels and rests.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::encode_v1(self)
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> OpId {
        self.head.header.id()
    }

    /// Signs a body as the next op of a device.
    #[must_use]
    pub fn sign(place: Place, body: Body, key: &SigningKey) -> Self {
        let header = Header {
            community: place.community,
            author: place.author,
            device: DeviceId::of(&key.verify_key()),
            seq: place.seq,
            deps: place.deps,
            seen: place.seen,
            hlc: place.hlc,
            body: body_hash(&body),
        };
        let sig = key.sign(Label::ControlOp, &wire::encode_v1(&header));
        Self {
            head: SignedHeader { header, sig },
            body,
        }
    }
}

/// Where an own op goes: all of a header but the device and the body.
#[derive(Clone, Debug)]
pub struct Place {
    /// See [`Header::community`].
    pub community: CommunityId,
    /// See [`Header::author`].
    pub author: AccountId,
    /// See [`Header::seq`].
    pub seq: u64,
    /// See [`Header::deps`].
    pub deps: Bounded<OpId, CONTROL_DEPS_MAX>,
    /// See [`Header::seen`].
    pub seen: Bounded<LogMark, INCARNATIONS_SEEN_MAX>,
    /// See [`Header::hlc`].
    pub hlc: Hlc,
}

/// What a header commits to.
fn body_hash(body: &Body) -> Hash32 {
    Hash32::of(Label::ControlBody, &wire::encode(body))
}
