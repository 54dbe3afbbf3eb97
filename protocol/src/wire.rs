//! The one way in which values become bytes: postcard, canonical, with a cap before any work.
//!
//! A value has exactly one encoding. Whatever decodes but would encode differently is refused, so that
//! signatures, hashes and deduplication mean the value and not one of its spellings.

pub mod bounded;
pub mod padding;

pub use bounded::{Blob, Bounded, Fixed, Text, TooLarge};
pub use padding::{pad, unpad};
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// The leading byte of every versioned encoding of the first generation.
pub const VERSION_1: u8 = 1;

/// Why bytes are not an encoding. Always the sender's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// More bytes than this kind of value may have; nothing was read.
    #[error("{len} bytes where at most {max} are allowed")]
    TooLong {
        /// Bytes given.
        len: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The bytes end inside the value.
    #[error("the bytes end too early")]
    Truncated,
    /// Another spelling of a value: trailing bytes, overlong integers, wrong padding.
    #[error("not the canonical encoding")]
    NotCanonical,
    /// Not a value of this type, or one that exceeds a limit inside it.
    #[error("not a valid value")]
    Invalid,
    /// A format version that this program does not know.
    #[error("format version {found} is not known")]
    UnknownVersion {
        /// The version byte found.
        found: u8,
    },
}

/// Encodes a value canonically.
///
/// Total for the types of this crate: their sequences know their lengths, and the output grows in memory.
#[must_use]
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    encode_onto(Vec::with_capacity(ENCODED_MOSTLY), value)
}

/// Bytes that most encodings fit: they grow byte by byte, and each doubling of a small buffer is another allocation.
const ENCODED_MOSTLY: usize = 256;

/// Encodes a value behind the version byte 1.
#[must_use]
pub fn encode_v1<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut start = Vec::with_capacity(ENCODED_MOSTLY);
    start.push(VERSION_1);
    encode_onto(start, value)
}

/// Decodes a canonical encoding of at most `max` bytes.
///
/// # Errors
/// [`Malformed`] if the bytes are too many, too few, not canonical or not a `T`.
pub fn decode<T: DeserializeOwned + Serialize>(bytes: &[u8], max: usize) -> Result<T, Malformed> {
    if bytes.len() > max {
        return Err(Malformed::TooLong {
            len: bytes.len(),
            max,
        });
    }
    let (value, _) = postcard::take_from_bytes::<T>(bytes).map_err(|error| match error {
        postcard::Error::DeserializeUnexpectedEnd => Malformed::Truncated,
        _ => Malformed::Invalid,
    })?;
    // Trailing bytes differ from the encoding as much as overlong integers do.
    postcard::serialize_with_flavor(&value, Comparison { expected: bytes })
        .map_err(|_error| Malformed::NotCanonical)?;
    Ok(value)
}

/// Decodes a canonical encoding behind the version byte 1; `max` counts the version byte too.
///
/// # Errors
/// As [`decode`], and [`Malformed::UnknownVersion`].
pub fn decode_v1<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    max: usize,
) -> Result<T, Malformed> {
    if bytes.len() > max {
        return Err(Malformed::TooLong {
            len: bytes.len(),
            max,
        });
    }
    match bytes.split_first() {
        Some((&VERSION_1, body)) => decode(body, max),
        Some((&found, _)) => Err(Malformed::UnknownVersion { found }),
        None => Err(Malformed::Truncated),
    }
}

#[expect(
    clippy::expect_used,
    reason = "serialization fails for unknown lengths and full outputs: no type here has one, a Vec grows"
)]
fn encode_onto<T: Serialize + ?Sized>(start: Vec<u8>, value: &T) -> Vec<u8> {
    postcard::to_extend(value, start)
        .expect("types of this crate serialize without failing: known lengths, growing output")
}

/// A sink that accepts exactly the bytes expected: re-encodes without allocating, stops at the first difference.
struct Comparison<'a> {
    expected: &'a [u8],
}

impl Flavor for Comparison<'_> {
    type Output = ();

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.try_extend(&[data])
    }

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.expected = self
            .expected
            .strip_prefix(data)
            .ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        if self.expected.is_empty() {
            Ok(())
        } else {
            Err(postcard::Error::SerializeBufferFull)
        }
    }
}
