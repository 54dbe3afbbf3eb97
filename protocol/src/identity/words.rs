//! Six words that two people read to each other to be sure that nobody stands between them.
//!
//! Commit, then reveal: the requester commits to a nonce, the accepter answers with its own, the requester
//! reveals. Neither side, nor somebody between them, can search for a nonce that gives chosen words: each
//! guess is one attempt in 2^66, and an attempt is a request that a person sees.

use bip39::Language;
use zeroize::Zeroize as _;

use super::AccountId;
use crate::crypto::{Hash32, Label, ct_eq};

/// Words that are compared. Each carries 11 bits.
pub const COMPARED_WORDS: usize = 6;
const BITS_PER_WORD: usize = 11;

/// The words of a request and its answer, from the English BIP-39 list in every interface language.
///
/// H("six words", requester ‖ accepter ‖ `nonce_r` ‖ `nonce_a`), its first 66 bits, most significant first.
#[must_use]
pub fn six_words(
    requester: &AccountId,
    accepter: &AccountId,
    nonce_r: &[u8; 32],
    nonce_a: &[u8; 32],
) -> [&'static str; COMPARED_WORDS] {
    let input = [
        requester.as_bytes().as_slice(),
        accepter.as_bytes(),
        nonce_r,
        nonce_a,
    ]
    .concat();
    words_of(&Hash32::of(Label::SixWords, &input))
}

/// The requester's commitment to its nonce: H("six words commit", nonce ‖ requester).
#[must_use]
pub fn commit(nonce: &[u8; 32], account: &AccountId) -> Hash32 {
    let mut input = [nonce.as_slice(), account.as_bytes()].concat();
    let commitment = Hash32::of(Label::SixWordsCommit, &input);
    input.zeroize();
    commitment
}

/// Whether a revealed nonce is the one committed to.
#[must_use]
pub fn opens(commitment: &Hash32, nonce: &[u8; 32], account: &AccountId) -> bool {
    ct_eq(commitment.as_bytes(), commit(nonce, account).as_bytes())
}

fn words_of(hash: &Hash32) -> [&'static str; COMPARED_WORDS] {
    let list = Language::English.word_list();
    let mut bits = hash
        .0
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let mut words = [""; COMPARED_WORDS];
    for word in &mut words {
        let index = bits
            .by_ref()
            .take(BITS_PER_WORD)
            .fold(0_usize, |index, bit| index << 1 | usize::from(bit));
        // Eleven bits count to 2,047, the last place of the list.
        *word = list.get(index).copied().unwrap_or_default();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eleven_bits_choose_each_word_most_significant_first() {
        let mut hash = [0; 32];
        // Words 0, 1, 2047, 1024, 0, 3 of the list as 11-bit numbers, one behind the other.
        hash[..9].copy_from_slice(&[0x00, 0x00, 0x07, 0xff, 0xc0, 0x00, 0x00, 0x00, 0xc0]);
        let list = Language::English.word_list();
        assert_eq!(
            words_of(&Hash32(hash)),
            [0, 1, 2047, 1024, 0, 3].map(|place| list[place])
        );
        hash[8] |= 0x3f;
        assert_eq!(
            words_of(&Hash32(hash))[5],
            list[3],
            "bits behind the 66th do not count"
        );
    }
}
