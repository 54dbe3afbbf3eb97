//! The stored form of a sender chain: libsignal's record, opaque.

use std::fmt;

use libsignal_protocol::SenderKeyRecord;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// One sender chain, as libsignal serializes it: own, or of another device. Secret; wiped on drop.
///
/// With all 999 keys that may be skipped it has 39 kB.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ChainRecord(Vec<u8>);

impl ChainRecord {
    /// The record in these bytes of our own store. They are decoded when used.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads it; `None` if it does not decode.
    pub(super) fn load(&self) -> Option<SenderKeyRecord> {
        SenderKeyRecord::deserialize(&self.0).ok()
    }

    /// Writes it.
    pub(super) fn store(record: &SenderKeyRecord) -> Option<Self> {
        record.serialize().ok().map(Self)
    }
}

impl fmt::Debug for ChainRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ChainRecord({} bytes)", self.0.len())
    }
}

impl Serialize for ChainRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChainRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = ChainRecord;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a sender chain")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<ChainRecord, E> {
                Ok(ChainRecord(bytes.to_vec()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}
