//! The stored form of all sessions with one device, and what libsignal is too generous with.
//!
//! libsignal keeps its record opaque, so this reads its protobuf (storage.proto of v0.85.3; the crate version
//! is pinned): `RecordStructure{1: current session, 2: archived sessions, newest first}`,
//! `SessionStructure{7: receiver chains, 9: pending prekey message, 13: base key}`,
//! `Chain{1: ratchet key, 3: chain key}`, `ChainKey{1: index}`.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{KEY_BYTES, guard};

/// Archived sessions kept behind the current one. Each message rewrites them all, each bad message is tried
/// on all, and a peer can make as many as it likes; libsignal would keep 40. What only an older one could
/// open is encrypted again after a reset (DECISIONS 17).
pub const ARCHIVED_SESSIONS_MAX: usize = 4;
/// Messages of one chain that may be missing before one that arrives: twice what may be in flight (256).
/// libsignal works through 25,000 before it checks the MAC, in quadratic time, in every session of the
/// record: 512 cost 6 ms a session in a development build, 1,024 cost 27 ms.
pub const SKIPPED_MESSAGES_MAX: u32 = 512;

const CURRENT: u64 = 1;
const ARCHIVED: u64 = 2;
const RECEIVER_CHAIN: u64 = 7;
const PENDING_PREKEY: u64 = 9;
const BASE_KEY: u64 = 13;
const CHAIN_RATCHET_KEY: u64 = 1;
const CHAIN_KEY: u64 = 3;
const CHAIN_KEY_INDEX: u64 = 1;

/// All sessions with one device, as libsignal serializes them. Secret; wiped on drop.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SessionRecord(Vec<u8>);

impl SessionRecord {
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

    /// Sessions in it: the current one and the archived ones.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.states().count()
    }

    /// Reads it; `None` if it does not decode.
    pub(super) fn load(&self) -> Option<libsignal_protocol::SessionRecord> {
        libsignal_protocol::SessionRecord::deserialize(&self.0).ok()
    }

    /// Writes it, without the oldest archived sessions above [`ARCHIVED_SESSIONS_MAX`].
    pub(super) fn store(record: &libsignal_protocol::SessionRecord) -> Option<Self> {
        let mut whole = Self(record.serialize().ok()?);
        let kept: usize = Fields(&whole.0)
            .scan(0_usize, |archived, field| {
                *archived = archived.saturating_add(usize::from(field.number == ARCHIVED));
                (*archived <= ARCHIVED_SESSIONS_MAX).then_some(field.length)
            })
            .sum();
        // Fields come in the order of their numbers, so what is left of the first too many is kept.
        if kept < whole.0.len() {
            let trimmed = whole.0.get(..kept).map(<[u8]>::to_vec);
            whole = Self(trimmed?);
        }
        Some(whole)
    }

    /// Whether a message with this ratchet key and counter skips more than [`SKIPPED_MESSAGES_MAX`].
    pub(super) fn skips_too_many(&self, ratchet_key: &[u8; KEY_BYTES], counter: u32) -> bool {
        let reached = self
            .states()
            .flat_map(Fields)
            .filter(|field| field.number == RECEIVER_CHAIN)
            .filter_map(|chain| chain_index(chain.bytes, ratchet_key))
            .max()
            .unwrap_or(0);
        u64::from(counter) > reached.saturating_add(u64::from(SKIPPED_MESSAGES_MAX))
    }

    /// Undoes the promotion of an archived session that merely opened a late message, if `before` had no current
    /// session or one of our own making that is not answered yet.
    ///
    /// Such a session was archived because the peer lost it. libsignal would send in it again, the peer would ask
    /// for another reset, and every late message would start that anew.
    pub(super) fn without_revival(self, before: &Self) -> Self {
        let replaced = before.field(CURRENT);
        let revived = self.field(CURRENT);
        let made_on_purpose = replaced.is_none_or(|state| find(state, PENDING_PREKEY).is_some());
        let same = replaced.and_then(|state| find(state, BASE_KEY))
            == revived.and_then(|state| find(state, BASE_KEY));
        let Some(revived) = revived.filter(|_| made_on_purpose && !same) else {
            return self;
        };
        // The newest archived session is the replaced one as libsignal archives it: not pending any more.
        let others = Fields(&self.0)
            .filter(|field| field.number == ARCHIVED)
            .map(|field| field.bytes)
            .skip(usize::from(replaced.is_some()));
        let mut bytes = Vec::with_capacity(before.0.len().max(self.0.len()));
        if let Some(state) = replaced {
            put(CURRENT, state, &mut bytes);
        }
        for state in std::iter::once(revived).chain(others) {
            put(ARCHIVED, state, &mut bytes);
        }
        Self(bytes)
    }

    fn field(&self, number: u64) -> Option<&[u8]> {
        find(&self.0, number)
    }

    fn states(&self) -> impl Iterator<Item = &[u8]> {
        Fields(&self.0)
            .filter(|field| matches!(field.number, CURRENT | ARCHIVED))
            .map(|field| field.bytes)
    }
}

/// The bytes of the first field of this number.
fn find(message: &[u8], number: u64) -> Option<&[u8]> {
    Fields(message)
        .find(|field| field.number == number)
        .map(|field| field.bytes)
}

/// Writes a length-delimited field.
fn put(number: u64, bytes: &[u8], out: &mut Vec<u8>) {
    // A slice is never longer than 64 bits can say.
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    for mut rest in [(number << 3) | 2, length] {
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            if rest == 0 {
                out.push(low & 0x7f);
                break;
            }
            out.push(low | 0x80);
        }
    }
    out.extend_from_slice(bytes);
}

/// The index that the chain of this ratchet key has reached; `None` for the chain of another key.
fn chain_index(chain: &[u8], ratchet_key: &[u8; KEY_BYTES]) -> Option<u64> {
    let mut fields = Fields(chain);
    fields.find(|field| field.number == CHAIN_RATCHET_KEY && field.bytes == ratchet_key)?;
    let chain_key = fields.find(|field| field.number == CHAIN_KEY)?;
    let index = Fields(chain_key.bytes).find(|field| field.number == CHAIN_KEY_INDEX);
    // Protobuf leaves zeros out.
    Some(index.map_or(0, |index| index.value))
}

impl fmt::Debug for SessionRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SessionRecord({} bytes)", self.0.len())
    }
}

impl Serialize for SessionRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = SessionRecord;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a session record")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<SessionRecord, E> {
                Ok(SessionRecord(bytes.to_vec()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// One field of a protobuf message.
struct Field<'a> {
    number: u64,
    /// Of a number.
    value: u64,
    /// Of a length-delimited field.
    bytes: &'a [u8],
    /// Bytes of the whole field, tag included.
    length: usize,
}

/// The fields of a protobuf message, up to the first that cannot be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let before = self.0.len();
        let (tag, rest) = guard::varint(self.0)?;
        let (value, bytes, rest) = match tag & 7 {
            0 => guard::varint(rest).map(|(value, rest)| (value, [].as_slice(), rest))?,
            1 => (0, rest.get(..8)?, rest.get(8..)?),
            2 => {
                let (length, rest) = guard::varint(rest)?;
                let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                (0, bytes, rest)
            }
            _ => return None,
        };
        self.0 = rest;
        Some(Field {
            number: tag >> 3,
            value,
            bytes,
            length: before.saturating_sub(rest.len()),
        })
    }
}
