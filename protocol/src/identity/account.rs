//! The account key: made from 24 words, opened for one operation, wiped.
//!
//! It signs device certificates and revocations only. It is never stored; what may rest, sealed, is the
//! entropy of the words, until the person has confirmed that the words are written down (DECISIONS 16).

use std::fmt;

use bip39::{Language, Mnemonic};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::AccountId;
use crate::crypto::aead::{self, NONCE_LEN, TAG_LEN};
use crate::crypto::{Label, NotAuthentic, Rng, Signature, SigningKey, VerifyKey, kdf};
use crate::wire::Fixed;

/// Words of a recovery phrase: 256 bits of entropy and 8 of checksum.
pub const WORD_COUNT: usize = 24;
const ENTROPY_LEN: usize = 32;

/// Why a typed phrase is not a recovery phrase. Never contains a word of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WordsError {
    /// Too few or too many words.
    #[error("a recovery phrase has {WORD_COUNT} words, this has {found}")]
    Count {
        /// Words found.
        found: usize,
    },
    /// A word that is not on the list.
    #[error("word {position} is not on the list: check its spelling")]
    UnknownWord {
        /// Which word, counted from 1.
        position: usize,
    },
    /// All words exist, but they do not belong together.
    #[error(
        "all words exist, but together they are no recovery phrase: one is wrong, or two are swapped"
    )]
    Checksum,
}

/// The entropy of a recovery phrase (BIP-39, English list), wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryWords(Zeroizing<[u8; ENTROPY_LEN]>);

impl RecoveryWords {
    /// A new phrase.
    #[must_use]
    pub fn generate(rng: &mut Rng) -> Self {
        Self(Zeroizing::new(rng.bytes()))
    }

    /// The phrase of an entropy.
    #[must_use]
    pub fn from_entropy(entropy: &[u8; ENTROPY_LEN]) -> Self {
        Self(Zeroizing::new(*entropy))
    }

    /// The entropy, for sealing.
    #[must_use]
    pub fn entropy(&self) -> &[u8; ENTROPY_LEN] {
        &self.0
    }

    /// Reads a typed phrase: any spacing, any case.
    ///
    /// # Errors
    /// [`WordsError`] says which word is wrong, or that all exist but do not belong together.
    pub fn parse(typed: &str) -> Result<Self, WordsError> {
        let typed = Zeroizing::new(typed.to_lowercase());
        let found = typed.split_whitespace().count();
        if found != WORD_COUNT {
            return Err(WordsError::Count { found });
        }
        let unknown = typed
            .split_whitespace()
            .position(|word| Language::English.find_word(word).is_none());
        if let Some(index) = unknown {
            return Err(WordsError::UnknownWord {
                position: index.saturating_add(1),
            });
        }
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &typed)
            .map_err(|_error| WordsError::Checksum)?;
        let entropy = Zeroizing::new(mnemonic.to_entropy());
        let mut words = Self(Zeroizing::new([0; ENTROPY_LEN]));
        words
            .0
            .iter_mut()
            .zip(entropy.iter())
            .for_each(|(to, from)| *to = *from);
        Ok(words)
    }

    /// The 24 words.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "BIP-39 has a phrase for every 32 bytes; the type holds exactly 32"
    )]
    pub fn words(&self) -> [&'static str; WORD_COUNT] {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, self.entropy())
            .expect("BIP-39 has a phrase for every 32 bytes");
        let mut words = [""; WORD_COUNT];
        words
            .iter_mut()
            .zip(mnemonic.words())
            .for_each(|(to, from)| *to = from);
        words
    }

    /// The 24 words with single spaces.
    #[must_use]
    pub fn phrase(&self) -> Zeroizing<String> {
        Zeroizing::new(self.words().join(" "))
    }

    /// The account key of this phrase. Drop it after the one operation it is needed for.
    #[must_use]
    pub fn account_key(&self) -> AccountKey {
        AccountKey(SigningKey::from_seed(&kdf(
            Label::AccountSeed,
            &[self.entropy()],
        )))
    }

    /// Seals the entropy under a key-encryption key, bound to the account.
    #[must_use]
    pub fn seal(&self, kek: &[u8; 32], rng: &mut Rng) -> SealedEntropy {
        let account = self.account_key().id();
        let nonce: [u8; NONCE_LEN] = rng.bytes();
        let sealed = aead::seal(kek, &nonce, &seal_aad(&account), self.entropy());
        let mut bytes = [0; SEALED_LEN];
        bytes
            .iter_mut()
            .zip(nonce.into_iter().chain(sealed))
            .for_each(|(to, from)| *to = from);
        SealedEntropy(Fixed(bytes))
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(secret)")
    }
}

const SEALED_LEN: usize = NONCE_LEN + ENTROPY_LEN + TAG_LEN;

/// The entropy of a recovery phrase at rest: nonce (24) ‖ ciphertext (32) ‖ tag (16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedEntropy(pub Fixed<SEALED_LEN>);

impl SealedEntropy {
    /// Opens it again.
    ///
    /// # Errors
    /// [`NotAuthentic`] under another key, for another account, or if altered.
    pub fn open(&self, kek: &[u8; 32], account: &AccountId) -> Result<RecoveryWords, NotAuthentic> {
        let (nonce, sealed) = self
            .0
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(NotAuthentic)?;
        let entropy = Zeroizing::new(aead::open(kek, nonce, &seal_aad(account), sealed)?);
        let entropy: &[u8; ENTROPY_LEN] = entropy
            .as_slice()
            .try_into()
            .map_err(|_error| NotAuthentic)?;
        Ok(RecoveryWords::from_entropy(entropy))
    }
}

fn seal_aad(account: &AccountId) -> Vec<u8> {
    [Label::AccountSeal.as_str().as_bytes(), account.as_bytes()].concat()
}

/// An opened account key. Signs certificates and revocations, wiped when dropped.
pub struct AccountKey(SigningKey);

impl AccountKey {
    /// The account that this key is.
    #[must_use]
    pub fn id(&self) -> AccountId {
        AccountId::of(&self.public())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> VerifyKey {
        self.0.verify_key()
    }

    /// Only certificates and revocations are signed by an account: no other module can ask.
    pub(super) fn sign(&self, label: Label, message: &[u8]) -> Signature {
        self.0.sign(label, message)
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountKey(of {:?})", self.id())
    }
}
