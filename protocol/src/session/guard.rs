//! What a peer's bytes must pass before libsignal works on them.
//!
//! libsignal v0.85.3 parses the SPQR header before it checks the MAC, and panics on some (platform.md §2
//! trap 1); it accepts keys of low order, whose agreements are zero (trap 2); and it works through up to
//! 25,000 skipped keys, in quadratic time, before it checks the MAC. Nobody needs a session to try these.

use std::panic::{AssertUnwindSafe, catch_unwind};

use libsignal_protocol::{
    CiphertextMessage, PreKeySignalMessage, PrivateKey, PublicKey, SignalMessage,
};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{KEY_BYTES, Kind, SessionFault, local};
use crate::limits;

/// The version of messages with PQXDH.
const PQXDH_VERSION: u8 = 4;
/// The version byte of SPQR V1. V0 is the empty header: a downgrade.
const SPQR_VERSION: u8 = 1;
/// Bytes of one erasure-coded chunk in an SPQR header.
const SPQR_CHUNK_BYTES: usize = 32;
/// Every encoding of a key of low order, its unused highest bit apart, as its lower and upper half: 0, 1, the two of
/// order 8, −1, and 0 and 1 once more, not reduced.
const LOW_ORDER: [(u128, u128); 7] = [
    (
        0x00000000000000000000000000000000,
        0x00000000000000000000000000000000,
    ),
    (
        0x00000000000000000000000000000001,
        0x00000000000000000000000000000000,
    ),
    (
        0x6ac49ff1fae35616aeb8413b7c7aebe0,
        0x00b8495f16056286fdb1329ceb8d09da,
    ),
    (
        0x5bef839c55b1d0b1248c50a3bc959c5f,
        0x57119fd0dd4e22d8868e1c58c45c4404,
    ),
    (
        0xffffffffffffffffffffffffffffffec,
        0x7fffffffffffffffffffffffffffffff,
    ),
    (
        0xffffffffffffffffffffffffffffffed,
        0x7fffffffffffffffffffffffffffffff,
    ),
    (
        0xffffffffffffffffffffffffffffffee,
        0x7fffffffffffffffffffffffffffffff,
    ),
];

/// Runs a step of libsignal. The caller throws away whatever the step could have touched if it panics.
pub(crate) fn contained<T>(step: impl FnOnce() -> T) -> Result<T, SessionFault> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_error| SessionFault::Panicked)
}

/// Reads a peer's key and refuses those of low order.
pub(super) fn key(bytes: &[u8; KEY_BYTES]) -> Result<PublicKey, SessionFault> {
    let key = local::parse(bytes)?;
    nonzero(&key)?;
    Ok(key)
}

/// The agreement of a secret and a peer's key, never all zero.
pub(super) fn agreement(
    secret: &PrivateKey,
    theirs: &PublicKey,
) -> Result<Zeroizing<[u8; 32]>, SessionFault> {
    let computed = secret
        .calculate_agreement(theirs)
        .map_err(|_error| SessionFault::Malformed)?;
    let mut shared = Zeroizing::new([0; 32]);
    for (to, from) in shared.iter_mut().zip(Zeroizing::new(computed).iter()) {
        *to = *from;
    }
    if bool::from(shared.ct_eq(&[0; 32])) {
        return Err(SessionFault::ZeroAgreement);
    }
    Ok(shared)
}

/// Refuses keys of low order, whose agreement with every secret is zero. Keys of peers are public, and this is asked of
/// each message, so it looks them up instead of multiplying.
pub(crate) fn nonzero(key: &PublicKey) -> Result<(), SessionFault> {
    let bytes = local::key_bytes(key);
    let (_, coordinate) = bytes.split_first().ok_or(SessionFault::Malformed)?;
    let (halves, _) = coordinate.as_chunks();
    let &[low, high] = halves else {
        return Err(SessionFault::Malformed);
    };
    let (low, high) = (u128::from_le_bytes(low), u128::from_le_bytes(high));
    if LOW_ORDER.contains(&(low, high & (u128::MAX >> 1))) {
        return Err(SessionFault::ZeroAgreement);
    }
    Ok(())
}

/// Reads a ciphertext and refuses what libsignal must not see.
pub(super) fn message(kind: Kind, bytes: &[u8]) -> Result<CiphertextMessage, SessionFault> {
    let message = parse(kind, bytes)?;
    match &message {
        CiphertextMessage::PreKeySignalMessage(first) => {
            if first.message_version() != PQXDH_VERSION {
                return Err(SessionFault::OldVersion);
            }
            nonzero(first.identity_key().public_key())?;
            nonzero(first.base_key())?;
            if !first.base_key().is_canonical() {
                return Err(SessionFault::NotCanonical);
            }
            inner(first.message())?;
        }
        CiphertextMessage::SignalMessage(later) => inner(later)?,
        CiphertextMessage::SenderKeyMessage(_) | CiphertextMessage::PlaintextContent(_) => {
            return Err(SessionFault::Malformed);
        }
    }
    Ok(message)
}

/// Reads a ciphertext, checking only its size.
pub(super) fn parse(kind: Kind, bytes: &[u8]) -> Result<CiphertextMessage, SessionFault> {
    if bytes.len() > limits::FRAME_MAX {
        return Err(SessionFault::TooLarge);
    }
    let parsed = contained(|| match kind {
        Kind::PreKey => {
            PreKeySignalMessage::try_from(bytes).map(CiphertextMessage::PreKeySignalMessage)
        }
        Kind::Whisper => SignalMessage::try_from(bytes).map(CiphertextMessage::SignalMessage),
    })?;
    parsed.map_err(|_error| SessionFault::Malformed)
}

fn inner(message: &SignalMessage) -> Result<(), SessionFault> {
    if message.message_version() != PQXDH_VERSION {
        return Err(SessionFault::OldVersion);
    }
    spqr_header(message.pq_ratchet())?;
    nonzero(message.sender_ratchet_key())
}

/// Accepts exactly what SPQR v1.2 encodes: version 1, epoch (varint, not 0), index (varint, 32 bits),
/// type 0 to 6, and for types 1, 2, 3, 5 and 6 a chunk: number (varint, 16 bits) and 32 bytes.
fn spqr_header(header: &[u8]) -> Result<(), SessionFault> {
    if header.is_empty() {
        return Err(SessionFault::NoSpqr);
    }
    spqr_fields(header).ok_or(SessionFault::BadSpqrHeader)
}

fn spqr_fields(header: &[u8]) -> Option<()> {
    let (version, rest) = header.split_first()?;
    let (epoch, rest) = varint(rest)?;
    let (index, rest) = varint(rest)?;
    let (message_type, rest) = rest.split_first()?;
    let fields_hold = *version == SPQR_VERSION && epoch != 0 && u32::try_from(index).is_ok();
    let rest_holds = match message_type {
        0 | 4 => rest.is_empty(),
        1..=3 | 5 | 6 => {
            let (number, chunk) = varint(rest)?;
            u16::try_from(number).is_ok() && chunk.len() == SPQR_CHUNK_BYTES
        }
        _ => false,
    };
    (fields_hold && rest_holds).then_some(())
}

/// A little-endian base-128 number in its shortest form, at most 64 bits, and what follows it.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut rest = bytes;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        rest = tail;
        let bits = u64::from(byte & 0x7f);
        let part = bits.checked_shl(shift)?;
        if part.checked_shr(shift)? != bits {
            return None;
        }
        value |= part;
        if byte & 0x80 == 0 {
            let shortest = *byte != 0 || shift == 0;
            return shortest.then_some((value, rest));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use libsignal_protocol::PrivateKey;

    use super::{LOW_ORDER, SPQR_CHUNK_BYTES, agreement, key, local, spqr_header, varint};
    use crate::session::SessionFault;

    const CHUNK: [u8; SPQR_CHUNK_BYTES] = [0xff; SPQR_CHUNK_BYTES];

    /// Any clamped secret shows whether a key has low order: all of them are multiples of the cofactor.
    #[test]
    fn the_keys_of_low_order_are_those_whose_agreement_is_zero() {
        let probe = PrivateKey::deserialize(&[0x40; 32]).unwrap();
        let encode = |low: u128, high: u128| {
            let mut encoded = [5; 33];
            encoded[1..17].copy_from_slice(&low.to_le_bytes());
            encoded[17..].copy_from_slice(&high.to_le_bytes());
            encoded
        };
        for (low, high) in LOW_ORDER {
            for encoded in [encode(low, high), encode(low, high | 1 << 127)] {
                let parsed = local::parse(&encoded).unwrap();
                assert_eq!(
                    agreement(&probe, &parsed).err(),
                    Some(SessionFault::ZeroAgreement)
                );
                assert_eq!(key(&encoded).err(), Some(SessionFault::ZeroAgreement));
            }
        }
        // All that can be written in two ways, their neighbours, and others.
        let ends = [(0, 0), (u128::MAX, u128::MAX >> 1)];
        let near = |(low, high): (u128, u128)| {
            (0..64).map(move |step| (if high == 0 { low + step } else { low - step }, high))
        };
        let others = (1..64).map(|n| (n << 64, n << 100));
        for (low, high) in ends.into_iter().flat_map(near).chain(others) {
            let encoded = encode(low, high);
            let parsed = local::parse(&encoded).unwrap();
            assert_eq!(
                key(&encoded).is_ok(),
                agreement(&probe, &parsed).is_ok(),
                "{encoded:?}"
            );
        }
    }

    #[test]
    fn every_header_that_spqr_writes_is_accepted() {
        let numbers: [(&[u8], &[u8]); 3] = [
            (&[1], &[0]),
            (&[0x80, 1], &[0xff, 0xff, 0xff, 0xff, 0x0f]),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
                &[1],
            ),
        ];
        for (epoch, index) in numbers {
            for plain in [0, 4] {
                assert_eq!(
                    spqr_header(&[&[1], epoch, index, &[plain]].concat()),
                    Ok(())
                );
            }
            for chunked in [1, 2, 3, 5, 6] {
                for number in [[0].as_slice(), &[0xff, 0xff, 3]] {
                    let header = [&[1], epoch, index, &[chunked], number, &CHUNK].concat();
                    assert_eq!(spqr_header(&header), Ok(()));
                }
            }
        }
    }

    #[test]
    fn every_other_header_is_refused() {
        let chunk_at_65536 = [&[1, 1, 1, 1, 0x80, 0x80, 4], CHUNK.as_slice()].concat();
        let long_chunk = [&[1, 1, 1, 1, 0], CHUNK.as_slice(), &[0]].concat();
        let refused: [&[u8]; 11] = [
            &[1],
            &[1, 1],
            &[1, 1, 0],
            &[1, 0, 0, 0],
            &[2, 1, 1, 0],
            &[1, 1, 1, 7],
            &[1, 1, 1, 0, 0],
            &[1, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 0],
            &[1, 1, 1, 1, 0],
            &chunk_at_65536,
            &long_chunk,
        ];
        for header in refused {
            assert_eq!(
                spqr_header(header),
                Err(SessionFault::BadSpqrHeader),
                "{header:?}"
            );
        }
    }

    #[test]
    fn a_number_has_one_encoding_of_at_most_64_bits() {
        assert_eq!(varint(&[0xac, 2, 9]), Some((300, [9].as_slice())));
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(varint(&most), Some((u64::MAX, [].as_slice())));
        let mut over = most;
        over[9] = 3;
        let refused: [&[u8]; 5] = [&[], &[0x80], &[0x81, 0], &over, &[0x80; 12]];
        for bytes in refused {
            assert_eq!(varint(bytes), None, "{bytes:?}");
        }
    }
}
