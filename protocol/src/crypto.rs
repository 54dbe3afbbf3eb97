//! Primitives behind names that cannot be confused: every hash, key and signature has a purpose.
//!
//! Two uses never share an input space: each goes through a [`Label`], which becomes the BLAKE3 context.
//! Nothing here is our own cryptography; it is BLAKE3, Ed25519 and XChaCha20-Poly1305 with fewer ways to
//! be called. Pairwise sessions are libsignal's and live behind `session`.

pub mod aead;
pub mod hash;
pub mod kdf;
pub mod random;
pub mod sign;

pub use aead::NotAuthentic;
pub use hash::Hash32;
pub use kdf::{ct_eq, kdf, mac, mac16};
pub use random::Rng;
pub use sign::{BadSignature, Signature, SigningKey, VerifyKey};

macro_rules! labels {
    ($($(#[$doc:meta])+ $name:ident = $text:literal,)+) => {
        /// What a hash, a derived key, a MAC or a signature is for. The strings are part of the wire format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Label {
            $($(#[$doc])+ $name,)+
        }

        impl Label {
            /// Every label, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The domain-separation string.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("lescopains v1 ", $text),)+
                }
            }
        }
    };
}

labels! {
    /// Account id: hash of the account's public key.
    Account = "account",
    /// Device id: hash of the device's public signing key.
    Device = "device",
    /// Seed of the account key, from the entropy of the recovery words.
    AccountSeed = "account seed",
    /// Sealing of the recovery entropy under a key-encryption key.
    AccountSeal = "account seal",
    /// Signature of the account key over a device certificate.
    DeviceCert = "device cert",
    /// Proof that the certified device holds its signing key.
    DevicePossession = "device possession",
    /// Proof that the certified device holds its Signal identity key.
    SignalPossession = "signal possession",
    /// Signature of the account key over a revocation.
    DeviceRevoke = "device revoke",
    /// Signature of a device that its account's device list is alive.
    Fresh = "fresh",
    /// Six words compared by two people.
    SixWords = "six words",
    /// Commitment to a nonce of the six words.
    SixWordsCommit = "six words commit",
    /// Name of a step of a contact request that answers another.
    ContactStep = "contact step",
    /// Checksum of a contact link.
    ContactLink = "contact link",
    /// Pairwise link key of two devices.
    LinkKey = "link key",
    /// Tag by which two contacts recognise each other on an anonymous link.
    LinkTag = "link tag",
    /// Transcript of link authentication.
    LinkTranscript = "link transcript",
    /// The listener's proof in link authentication.
    LinkMatch = "link match",
    /// The dialer's proof in link authentication.
    LinkProof = "link proof",
    /// Identifier of a ciphertext.
    Ciphertext = "ciphertext",
    /// MAC of a session reset.
    SessionReset = "session reset",
    /// Signature of a device over its prekeys.
    Prekeys = "prekeys",
    /// Binding of an envelope to the identities of its session.
    Envelope = "envelope",
    /// Id of what an idempotent command creates.
    IdempotentId = "idempotent id",
    /// The whole of an inline attachment.
    Attachment = "attachment",
    /// Id of a control op, and its device's signature.
    ControlOp = "control op",
    /// Body of a control op.
    ControlBody = "control body",
    /// Device list with which somebody joins a community.
    JoinBundle = "join bundle",
    /// A joiner's signature.
    JoinConsent = "join consent",
    /// Signature with the secret of an invite.
    JoinProof = "join proof",
    /// Tag by which a member recognises the holder of an invite.
    InviteKnock = "invite knock",
    /// Tag by which a member answers.
    InviteAnswer = "invite answer",
    /// Hash of an epoch's secret, as its op names it.
    EpochSecret = "epoch secret",
    /// Key of an epoch for control ops.
    EpochControl = "epoch control",
    /// How a community stands, for comparison.
    CommunityState = "community state",
    /// How far a community's content logs are known, for comparison.
    CommunityContents = "community contents",
    /// Id of a content entry, and its device's signature.
    Entry = "entry",
    /// Header of a content entry, as its sealed key repeats it.
    EntryHeader = "entry header",
    /// Header of a content entry before its ciphertext is known: what that is sealed for.
    EntryPlace = "entry place",
    /// Commitment to the key of a content entry.
    EntryKey = "entry key",
    /// Sealed key of a content entry.
    EntrySealedKey = "entry sealed key",
    /// Ciphertext of a content entry.
    EntryContent = "entry content",
    /// Checksum of an invite link.
    JoinLink = "join link",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_purposes_share_a_label() {
        let texts: BTreeSet<_> = Label::ALL.iter().map(|label| label.as_str()).collect();
        assert_eq!(texts.len(), Label::ALL.len());
        assert!(texts.iter().all(|text| text.starts_with("lescopains v1 ")));
    }
}
