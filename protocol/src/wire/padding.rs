//! Hides the length of what is encrypted: everything is padded to one of nine sizes.
//!
//! ISO/IEC 7816-4: one byte 0x80, then zeros up to the size. The buckets double, so that padding costs
//! at most half of a frame and an observer learns at most about three bits of the length.

use super::Malformed;

/// The sizes that padded plaintexts have, in bytes. The largest leaves room for an envelope in a frame.
pub const BUCKETS: [usize; 9] = [
    256,
    512,
    1_024,
    2_048,
    4_096,
    8_192,
    16_384,
    32_768,
    LARGEST_BUCKET,
];
const LARGEST_BUCKET: usize = 60 * 1_024;

const MARK: u8 = 0x80;

/// Pads to the smallest bucket that holds the bytes and the mark. Beyond the largest bucket, which no
/// frame of the protocol reaches, to the next multiple of it.
#[must_use]
pub fn pad(mut bytes: Vec<u8>) -> Vec<u8> {
    let size = padded_len(bytes.len());
    bytes.reserve_exact(size.saturating_sub(bytes.len()));
    bytes.push(MARK);
    bytes.resize(size, 0);
    bytes
}

/// Length in bytes that `len` bytes have once padded.
#[must_use]
pub fn padded_len(len: usize) -> usize {
    let needed = len.saturating_add(1);
    BUCKETS
        .into_iter()
        .find(|bucket| *bucket >= needed)
        .unwrap_or_else(|| {
            needed
                .div_ceil(LARGEST_BUCKET)
                .saturating_mul(LARGEST_BUCKET)
        })
}

/// Takes the padding off.
///
/// # Errors
/// [`Malformed::NotCanonical`] if [`pad`] would not have given these bytes: no mark, something else than
/// zeros behind it, or a larger bucket than needed.
pub fn unpad(padded: &[u8]) -> Result<&[u8], Malformed> {
    let mark = padded
        .iter()
        .rposition(|byte| *byte != 0)
        .ok_or(Malformed::NotCanonical)?;
    let Some((bytes, [MARK, ..])) = padded.split_at_checked(mark) else {
        return Err(Malformed::NotCanonical);
    };
    if padded_len(bytes.len()) != padded.len() {
        return Err(Malformed::NotCanonical);
    }
    Ok(bytes)
}
