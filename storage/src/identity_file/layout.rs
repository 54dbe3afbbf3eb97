//! The bytes of one copy of the identity.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | `LCidenty` |
//! | 8 | 2 | format version = 1, little-endian as every number here |
//! | 10 | 1 | protection: 1 unprotected, 2 passphrase; 3 keyring and 4 both are reserved |
//! | 11 | 1 | zero |
//! | 12 | 4 | Argon2id memory in KiB (0 if unprotected, as the next two) |
//! | 16 | 4 | Argon2id passes |
//! | 20 | 4 | Argon2id lanes |
//! | 24 | 16 | salt |
//! | 40 | 24 | nonce of the key check |
//! | 64 | 16 | key check: tag over nothing under the check key; additional data = bytes 0–39 |
//! | 80 | 24 | nonce of the wrapped data key |
//! | 104 | 48 | data key under the wrap key; additional data = bytes 0–39 |
//! | 152 | 1 | mark: 0 clean, 1 starting, 2 running |
//! | 153 | 7 | zero |
//! | 160 | 8 | revision: rises with every write of this file |
//! | 168 | 8 | generation: rises with every start of the profile |
//! | 176 | 8 | number of the newest commit of `history.redb` when this was written |
//! | 184 | 24 | nonce of the payload |
//! | 208 | 4 | n, bytes of the payload, at most 65,536 |
//! | 212 | n + 16 | payload under the identity key; additional data = bytes 0–211 |
//! | 228 + n | 32 | BLAKE3 of everything before |
//!
//! Magic, version and the final BLAKE3 keep their places in every later format. The BLAKE3 tells damage from a
//! wrong passphrase; against intent stand the seals before it.

use zeroize::Zeroizing;

use super::key::{self, KdfCost, Protection};
use crate::error::{CopyFault, StoreError};
use crate::random::{Randomness, fresh};
use crate::seal::{DataKey, NONCE, Purpose, TAG};

/// Newest format that this program reads.
pub(super) const VERSION: u16 = 1;
/// Bytes of payload: keys, certificates and a name take a few KiB.
pub const PAYLOAD_MAX: usize = 64 * 1024;
/// Bytes of a whole copy.
pub(super) const FILE_MAX: usize = HEADER + PAYLOAD_MAX + TAG + CHECKSUM;

const MAGIC: [u8; 8] = *b"LCidenty";
const PARAMS: usize = 40;
const FIXED: usize = 152;
const HEADER: usize = 212;
const CHECKSUM: usize = 32;
const UNPROTECTED: u8 = 1;
const PASSPHRASE: u8 = 2;

/// How the last user left the profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Closed in order.
    #[default]
    Clean,
    /// The generation rose here and perhaps not yet in the history.
    Starting,
    /// In use, or the user died.
    Running,
}

/// The part of a copy that changes only with the passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fixed(Vec<u8>);

/// The part that changes with every start and stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) mark: Mark,
    pub(super) revision: u64,
    pub(super) generation: u64,
    pub(super) history_commit: u64,
}

/// A whole copy whose bytes are as they were written.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) bytes: Vec<u8>,
    pub(super) fixed: Fixed,
    pub(super) standing: Standing,
}

/// Why bytes are not a copy.
#[derive(Debug)]
pub(super) enum Unparsed {
    Fault(CopyFault),
    /// Whole, and of this newer format.
    TooNew(u16),
}

impl Fixed {
    /// Locks a data key.
    pub(super) fn wrap(
        protection: &Protection,
        cost: KdfCost,
        data_key: &DataKey,
        random: &mut dyn Randomness,
    ) -> Result<Self, StoreError> {
        let (tag, cost) = match protection {
            Protection::Unprotected => (UNPROTECTED, KdfCost::NONE),
            Protection::Passphrase(_) => (PASSPHRASE, cost),
        };
        let salt = fresh::<16>(random)?;
        let kek = key::derive(protection, cost, &salt)?;
        let (check, wrap) = key::split(&kek);
        let mut params = Vec::with_capacity(FIXED);
        params.extend_from_slice(&MAGIC);
        params.extend_from_slice(&VERSION.to_le_bytes());
        params.extend_from_slice(&[tag, 0]);
        for number in [cost.memory_kib, cost.passes, cost.lanes] {
            params.extend_from_slice(&number.to_le_bytes());
        }
        params.extend_from_slice(&salt);
        let (check_nonce, wrap_nonce) = (fresh::<NONCE>(random)?, fresh::<NONCE>(random)?);
        let checked = check.seal(&check_nonce, &params, &[])?;
        let wrapped = wrap.seal(&wrap_nonce, &params, data_key.as_bytes())?;
        let mut fixed = params;
        for part in [check_nonce.as_slice(), &checked, &wrap_nonce, &wrapped] {
            fixed.extend_from_slice(part);
        }
        debug_assert_eq!(
            fixed.len(),
            FIXED,
            "the parts of the table: 40, 40 and 72 bytes"
        );
        Ok(Self(fixed))
    }

    /// Unlocks the data key. `None`: the passphrase is right and the wrapped key was altered.
    pub(super) fn unwrap(&self, protection: &Protection) -> Result<Option<DataKey>, StoreError> {
        match (protection, self.is_unprotected()) {
            (Protection::Unprotected, false) => return Err(StoreError::PassphraseNeeded),
            (Protection::Passphrase(_), true) => return Err(StoreError::NotProtected),
            _ => {}
        }
        let mut reader = Reader(&self.0);
        let (Some(params), Some(check_nonce), Some(checked), Some(wrap_nonce), Some(wrapped)) = (
            reader.take::<PARAMS>(),
            reader.take::<NONCE>(),
            reader.take::<TAG>(),
            reader.take::<NONCE>(),
            reader.take::<{ 32 + TAG }>(),
        ) else {
            return Ok(None);
        };
        let Some((cost, salt)) = cost_and_salt(params) else {
            return Ok(None);
        };
        let kek = key::derive(protection, cost, salt)?;
        let (check, wrap) = key::split(&kek);
        if check.open(check_nonce, params, checked).is_none() {
            return Err(StoreError::WrongPassphrase);
        }
        let data_key = wrap.open(wrap_nonce, params, wrapped);
        Ok(data_key
            .and_then(|key| key.as_slice().try_into().ok())
            .map(DataKey::from_bytes))
    }

    pub(super) fn is_unprotected(&self) -> bool {
        self.0.get(10) == Some(&UNPROTECTED)
    }
}

/// The cost and salt of these parameters, if the cost is one that we would ever have written.
fn cost_and_salt(params: &[u8; PARAMS]) -> Option<(KdfCost, &[u8; 16])> {
    let mut reader = Reader(params);
    reader.take::<10>()?;
    let [protection, zero] = reader.take::<2>()?;
    let cost = KdfCost {
        memory_kib: reader.u32()?,
        passes: reader.u32()?,
        lanes: reader.u32()?,
    };
    let salt = reader.take::<16>()?;
    let known = match *protection {
        UNPROTECTED => cost == KdfCost::NONE,
        PASSPHRASE => cost.is_acceptable(),
        _ => false,
    };
    (known && *zero == 0).then_some((cost, salt))
}

impl Parsed {
    /// The payload under this data key, if it and the header are as they were sealed.
    pub(super) fn payload(&self, data_key: &DataKey) -> Option<Zeroizing<Vec<u8>>> {
        let (header, rest) = self.bytes.split_at_checked(HEADER)?;
        let nonce = header.get(184..)?.first_chunk::<NONCE>()?;
        let sealed = rest.get(..rest.len().checked_sub(CHECKSUM)?)?;
        data_key
            .derive(Purpose::Identity)
            .open(nonce, header, sealed)
    }
}

/// The bytes of a copy.
pub(super) fn encode(
    fixed: &Fixed,
    standing: &Standing,
    data_key: &DataKey,
    nonce: &[u8; NONCE],
    payload: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let too_large = StoreError::TooLarge {
        what: "the identity",
        bytes: payload.len(),
        max: PAYLOAD_MAX,
    };
    let length = match u32::try_from(payload.len()) {
        Ok(length) if payload.len() <= PAYLOAD_MAX => length,
        _ => return Err(too_large),
    };
    let mut bytes = fixed.0.to_vec();
    let mark = match standing.mark {
        Mark::Clean => 0,
        Mark::Starting => 1,
        Mark::Running => 2,
    };
    bytes.extend_from_slice(&[mark, 0, 0, 0, 0, 0, 0, 0]);
    for number in [
        standing.revision,
        standing.generation,
        standing.history_commit,
    ] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(nonce);
    bytes.extend_from_slice(&length.to_le_bytes());
    let sealed = data_key
        .derive(Purpose::Identity)
        .seal(nonce, &bytes, payload)?;
    bytes.extend_from_slice(&sealed);
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    Ok(bytes)
}

/// Reads a copy as far as no key is needed.
pub(super) fn parse(bytes: Vec<u8>) -> Result<Parsed, Unparsed> {
    if bytes.first_chunk() != Some(&MAGIC) {
        return Err(Unparsed::Fault(CopyFault::Foreign));
    }
    let body = bytes
        .len()
        .checked_sub(CHECKSUM)
        .and_then(|length| bytes.split_at_checked(length));
    let Some((body, checksum)) = body else {
        return Err(Unparsed::Fault(CopyFault::Length));
    };
    if blake3::hash(body).as_bytes() != checksum {
        return Err(Unparsed::Fault(CopyFault::Damaged));
    }
    let mut reader = Reader(body);
    let version = reader
        .take::<10>()
        .and_then(|start| start.last_chunk::<2>());
    let version = version.map_or(0, |bytes| u16::from_le_bytes(*bytes));
    if version > VERSION {
        return Err(Unparsed::TooNew(version));
    }
    match header(body) {
        Some((fixed, standing)) if version == VERSION => Ok(Parsed {
            fixed,
            standing,
            bytes,
        }),
        _ => Err(Unparsed::Fault(CopyFault::Altered)),
    }
}

/// The fixed part and the standing of a body whose lengths agree.
fn header(body: &[u8]) -> Option<(Fixed, Standing)> {
    let mut reader = Reader(body);
    let fixed = Fixed(reader.take::<FIXED>()?.to_vec());
    cost_and_salt(fixed.0.first_chunk()?)?;
    let mark = match reader.take::<8>()? {
        [0, 0, 0, 0, 0, 0, 0, 0] => Mark::Clean,
        [1, 0, 0, 0, 0, 0, 0, 0] => Mark::Starting,
        [2, 0, 0, 0, 0, 0, 0, 0] => Mark::Running,
        _ => return None,
    };
    let (revision, generation, history_commit) = (reader.u64()?, reader.u64()?, reader.u64()?);
    reader.take::<NONCE>()?;
    let length = usize::try_from(reader.u32()?).ok()?;
    let fits = length <= PAYLOAD_MAX && reader.0.len() == length + TAG;
    fits.then_some((
        fixed,
        Standing {
            mark,
            revision,
            generation,
            history_commit,
        },
    ))
}

/// Takes fields off the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(field)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(|bytes| u64::from_le_bytes(*bytes))
    }
}
