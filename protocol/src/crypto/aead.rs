//! Authenticated encryption: XChaCha20-Poly1305, whose 24-byte nonces may be drawn at random.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use thiserror::Error;

/// Bytes of a nonce.
pub const NONCE_LEN: usize = 24;
/// Bytes that sealing adds.
pub const TAG_LEN: usize = 16;

/// Wrong key, wrong nonce, wrong associated data or altered ciphertext; no more is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not authentic: wrong key, or altered")]
pub struct NotAuthentic;

/// Encrypts and authenticates `plaintext`, authenticates `aad`. The same key and nonce never serve twice.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "the cipher fails only beyond 256 GiB; every plaintext here has a named limit far below"
)]
pub fn seal(key: &[u8; 32], nonce: &[u8; NONCE_LEN], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    XChaCha20Poly1305::new(key.into())
        .encrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: plaintext,
                aad,
            },
        )
        .expect("plaintexts in memory are shorter than the 256 GiB that one nonce can encrypt")
}

/// Opens what [`seal`] made with the same key, nonce and associated data.
///
/// # Errors
/// [`NotAuthentic`], without saying which part is wrong.
pub fn open(
    key: &[u8; 32],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, NotAuthentic> {
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad })
        .map_err(|_error| NotAuthentic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_nonce_and_data_open() {
        let sealed = seal(&[1; 32], &[2; 24], b"row 7", b"text");
        assert_eq!(sealed.len(), 4 + TAG_LEN);
        assert_eq!(
            open(&[1; 32], &[2; 24], b"row 7", &sealed).unwrap(),
            b"text"
        );
        assert_eq!(
            open(&[3; 32], &[2; 24], b"row 7", &sealed),
            Err(NotAuthentic)
        );
        assert_eq!(
            open(&[1; 32], &[3; 24], b"row 7", &sealed),
            Err(NotAuthentic)
        );
        assert_eq!(
            open(&[1; 32], &[2; 24], b"row 8", &sealed),
            Err(NotAuthentic)
        );
        for byte in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[byte] ^= 1;
            assert_eq!(
                open(&[1; 32], &[2; 24], b"row 7", &altered),
                Err(NotAuthentic)
            );
        }
        assert_eq!(
            open(&[1; 32], &[2; 24], b"row 7", &sealed[..TAG_LEN - 1]),
            Err(NotAuthentic)
        );
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_cipher_is_xchacha20_poly1305() {
        let key: [u8; 32] = std::array::from_fn(|i| 0x80 + u8::try_from(i).unwrap());
        let nonce: [u8; 24] = std::array::from_fn(|i| 0x40 + u8::try_from(i).unwrap());
        let aad = [
            0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
        ];
        let text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip \
            for the future, sunscreen would be it.";
        let sealed = seal(&key, &nonce, &aad, text);
        let tag = data_encoding::HEXLOWER.encode(&sealed[text.len()..]);
        assert_eq!(tag, "c0875924c1c7987947deafd8780acf49");
    }
}
