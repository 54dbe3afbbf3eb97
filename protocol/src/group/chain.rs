//! Making, telling, sealing with and opening sender chains: record bytes in, record bytes out.

use libsignal_protocol::{
    SenderKeyDistributionMessage, SenderKeyMessage, SignalProtocolError,
    create_sender_key_distribution_message, group_decrypt, group_encrypt,
    process_sender_key_distribution_message,
};
use rand::CryptoRng;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::slot::Slot;
use super::{
    ChainId, ChainRecord, Distribution, GroupError, GroupFault, GroupOpenError, KeyPosition,
    PLAINTEXT_BYTES, SealedKey,
};
use crate::crypto::Rng;
use crate::identity::DeviceId;
use crate::limits::{
    DISTRIBUTION_BYTES_MAX, SEALED_KEY_BYTES_MAX, SENDER_CHAIN_MESSAGES_MAX as MESSAGES_MAX,
};
use crate::session::{contained, nonzero, settle};
use crate::wire::Blob;

/// Makes an own chain and tells what opens all of it.
///
/// # Errors
/// [`GroupFault::Panicked`] alone: nothing of anybody's comes in.
pub fn create(
    owner: DeviceId,
    chain: ChainId,
    rng: &mut impl CryptoRng,
) -> Result<(ChainRecord, Distribution), GroupError> {
    let mut slot = Slot::new(owner, chain, None)?;
    let told = tell(&mut slot, rng)?;
    Ok((slot.stored()?, told.distribution()?))
}

/// What opens an own chain from its next message on.
///
/// # Errors
/// [`GroupError::Exhausted`] if it has no next message, [`GroupError::Corrupt`] if it does not decode.
pub fn distribution(
    owner: DeviceId,
    chain: ChainId,
    record: &ChainRecord,
) -> Result<Distribution, GroupError> {
    let told = known(&mut Slot::new(owner, chain, Some(record))?)?;
    if told.position.iteration >= MESSAGES_MAX {
        return Err(GroupError::Exhausted);
    }
    told.distribution()
}

/// Where the next message of a chain stands; at [`MESSAGES_MAX`], it is used up.
///
/// Of another device's chain: the place behind the greatest that was opened.
///
/// # Errors
/// [`GroupError::Corrupt`] if it does not decode.
pub fn position(chain: ChainId, record: &ChainRecord) -> Result<KeyPosition, GroupError> {
    let told = known(&mut Slot::new(DeviceId::MIN, chain, Some(record))?)?;
    Ok(told.position)
}

/// Seals a message with the next key of an own chain. The record must be durable before the message leaves.
///
/// # Errors
/// [`GroupError::Exhausted`] after the last message of the chain, [`GroupError::Corrupt`] if it does not decode or is
/// another device's.
pub fn seal(
    owner: DeviceId,
    chain: ChainId,
    record: &ChainRecord,
    plaintext: &[u8; PLAINTEXT_BYTES],
    rng: &mut impl CryptoRng,
) -> Result<(ChainRecord, SealedKey), GroupError> {
    let mut slot = Slot::new(owner, chain, Some(record))?;
    if known(&mut slot)?.position.iteration >= MESSAGES_MAX {
        return Err(GroupError::Exhausted);
    }
    let (address, id) = slot.names();
    let message = contained(|| settle(group_encrypt(&mut slot, &address, id, plaintext, rng)))
        .map_err(|_panicked| GroupFault::Panicked)?
        .map_err(|_error| GroupError::Corrupt)?;
    let sealed = SealedKey {
        position: position_of(&message),
        bytes: Blob::try_from(message.serialized()).map_err(|_error| GroupError::Corrupt)?,
    };
    Ok((slot.stored()?, sealed))
}

/// Takes what opens a chain of `owner`, which must have come inside the session of that very device.
///
/// A chain that is known stays where it is, whatever place a distribution with its keys is from.
///
/// # Errors
/// [`GroupError::Fault`] if the distribution is not of `expected`, has other keys than `existing`, or is none;
/// [`GroupError::Corrupt`] if `existing` does not decode.
pub fn accept(
    owner: DeviceId,
    existing: Option<&ChainRecord>,
    expected: ChainId,
    bytes: &[u8],
) -> Result<ChainRecord, GroupError> {
    let told = Told::read(bytes)?;
    if told.position.chain != expected {
        return Err(GroupFault::OtherChain.into());
    }
    let mut slot = Slot::new(owner, expected, existing)?;
    if existing.is_some() {
        let known = known(&mut slot)?;
        let same = known.position.key_id == told.position.key_id
            && known.signature_key() == told.signature_key();
        if !same {
            return Err(GroupFault::OtherKeys.into());
        }
    }
    let (address, _) = slot.names();
    contained(|| {
        settle(process_sender_key_distribution_message(
            &address,
            &told.message,
            &mut slot,
        ))
    })
    .map_err(|_panicked| GroupFault::Panicked)?
    .map_err(|_error| GroupFault::Malformed)?;
    slot.stored()
}

/// Where a message says that it stands. Nothing of it is believed yet.
///
/// # Errors
/// [`GroupFault::TooLarge`], [`GroupFault::Malformed`], [`GroupFault::Panicked`].
pub fn inspect(bytes: &[u8]) -> Result<KeyPosition, GroupFault> {
    if bytes.len() > SEALED_KEY_BYTES_MAX {
        return Err(GroupFault::TooLarge);
    }
    let message = contained(|| SenderKeyMessage::try_from(bytes))
        .map_err(|_panicked| GroupFault::Panicked)?
        .map_err(|_error| GroupFault::Malformed)?;
    Ok(position_of(&message))
}

/// Opens a message of a chain of `owner`. On an error nothing changed: drop the input, keep the record.
///
/// # Errors
/// [`GroupOpenError`], by what the caller does next.
pub fn open(
    owner: DeviceId,
    chain: ChainId,
    record: &ChainRecord,
    bytes: &[u8],
) -> Result<(ChainRecord, Zeroizing<[u8; PLAINTEXT_BYTES]>), GroupOpenError> {
    let position = inspect(bytes)?;
    if position.chain != chain {
        return Err(GroupFault::OtherChain.into());
    }
    // Before libsignal works through the keys up to it.
    if position.iteration >= MESSAGES_MAX {
        return Err(GroupFault::TooFar.into());
    }
    let corrupt = |_error| GroupOpenError::Corrupt;
    let mut slot = Slot::new(owner, chain, Some(record)).map_err(corrupt)?;
    let (address, _) = slot.names();
    let plaintext = contained(|| settle(group_decrypt(bytes, &mut slot, &address)))
        .map_err(|_panicked| GroupFault::Panicked)?
        .map_err(|error| unopened(&error))?;
    let plaintext = Zeroizing::new(plaintext);
    let opened = plaintext
        .as_slice()
        .try_into()
        .map_err(|_error| GroupFault::Malformed)?;
    Ok((slot.stored().map_err(corrupt)?, Zeroizing::new(opened)))
}

/// A distribution, read.
struct Told {
    position: KeyPosition,
    message: SenderKeyDistributionMessage,
}

impl Told {
    /// Reads what a peer sent, and refuses what libsignal must not believe.
    fn read(bytes: &[u8]) -> Result<Self, GroupFault> {
        if bytes.len() > DISTRIBUTION_BYTES_MAX {
            return Err(GroupFault::TooLarge);
        }
        let told = contained(|| SenderKeyDistributionMessage::try_from(bytes).and_then(Self::of))
            .map_err(|_panicked| GroupFault::Panicked)?
            .map_err(|_error| GroupFault::Malformed)?;
        if told.again().as_deref() != Some(bytes) {
            return Err(GroupFault::Malformed);
        }
        if told.position.iteration >= MESSAGES_MAX {
            return Err(GroupFault::TooFar);
        }
        let key = told
            .message
            .signing_key()
            .map_err(|_error| GroupFault::Malformed)?;
        nonzero(key).map_err(|_error| GroupFault::LowOrder)?;
        // Another spelling of a key, or a key with a part of low order, verifies what the key itself verifies.
        if !key.is_canonical() {
            return Err(GroupFault::Malformed);
        }
        Ok(told)
    }

    fn of(message: SenderKeyDistributionMessage) -> Result<Self, SignalProtocolError> {
        let position = KeyPosition {
            chain: ChainId(message.distribution_id()?.into_bytes()),
            key_id: message.chain_id()?,
            iteration: message.iteration()?,
        };
        Ok(Self { position, message })
    }

    /// The only encoding of what was read: protobuf has others.
    fn again(&self) -> Option<Vec<u8>> {
        let message = &self.message;
        let again = SenderKeyDistributionMessage::new(
            message.message_version(),
            Uuid::from_bytes(self.position.chain.0),
            self.position.key_id,
            self.position.iteration,
            message.chain_key().ok()?.to_vec(),
            *message.signing_key().ok()?,
        );
        Some(again.ok()?.serialized().to_vec())
    }

    fn signature_key(&self) -> Option<Box<[u8]>> {
        let key = self.message.signing_key().ok()?;
        Some(key.serialize())
    }

    fn distribution(&self) -> Result<Distribution, GroupError> {
        Ok(Distribution {
            position: self.position,
            bytes: Blob::try_from(self.message.serialized())
                .map_err(|_error| GroupError::Corrupt)?,
        })
    }
}

/// Asks libsignal for a distribution. It makes a chain if there is none.
fn tell(slot: &mut Slot, rng: &mut impl CryptoRng) -> Result<Told, GroupError> {
    let (address, id) = slot.names();
    contained(|| {
        settle(create_sender_key_distribution_message(
            &address, id, slot, rng,
        ))
        .and_then(Told::of)
    })
    .map_err(|_panicked| GroupFault::Panicked)?
    .map_err(|_error| GroupError::Corrupt)
}

/// The distribution of a chain that is there, so that nothing is drawn.
fn known(slot: &mut Slot) -> Result<Told, GroupError> {
    tell(slot, &mut Rng::from_seed([0; 32]))
}

fn position_of(message: &SenderKeyMessage) -> KeyPosition {
    KeyPosition {
        chain: ChainId(message.distribution_id().into_bytes()),
        key_id: message.chain_id(),
        iteration: message.iteration(),
    }
}

fn unopened(error: &SignalProtocolError) -> GroupOpenError {
    use SignalProtocolError as Signal;
    match error {
        Signal::DuplicatedMessage(..) => GroupOpenError::Duplicate,
        Signal::NoSenderKeyState { .. } => GroupOpenError::UnknownChain,
        Signal::SignatureValidationFailed => GroupFault::BadSignature.into(),
        // The message was read before, so what does not decode here is the record.
        Signal::InvalidSenderKeySession { .. }
        | Signal::InvalidProtobufEncoding
        | Signal::InvalidState(..) => GroupOpenError::Corrupt,
        _ => GroupFault::Malformed.into(),
    }
}

#[cfg(test)]
mod tests {
    //! What only a sender without our bounds can make.

    use super::*;

    const OWNER: DeviceId = DeviceId([1; 32]);
    const CHAIN: ChainId = ChainId([2; 16]);

    /// A chain whose owner does not stop, and its message at a place.
    fn endless(place: u32) -> (Slot, Distribution, Vec<u8>) {
        let mut rng = Rng::from_seed([3; 32]);
        let mut slot = Slot::new(OWNER, CHAIN, None).unwrap();
        let first = tell(&mut slot, &mut rng).unwrap().distribution().unwrap();
        let (address, id) = slot.names();
        let mut message = Vec::new();
        for _ in 0..=place {
            let sealed = group_encrypt(&mut slot, &address, id, &[4; 64], &mut rng);
            message = settle(sealed).unwrap().serialized().to_vec();
        }
        (slot, first, message)
    }

    #[test]
    fn a_chain_ends_for_its_readers() {
        let (mut slot, first, beyond) = endless(MESSAGES_MAX);
        assert_eq!(inspect(&beyond).unwrap().iteration, MESSAGES_MAX);
        let record = accept(OWNER, None, CHAIN, &first.bytes).unwrap();
        let refused = open(OWNER, CHAIN, &record, &beyond).map(|(_, plaintext)| plaintext);
        assert_eq!(refused, Err(GroupFault::TooFar.into()));
        // The one before it is the last.
        let (_, _, last) = endless(MESSAGES_MAX - 1);
        assert!(open(OWNER, CHAIN, &record, &last).is_ok());
        let later = known(&mut slot).unwrap().distribution().unwrap();
        assert_eq!(later.position.iteration, MESSAGES_MAX + 1);
        let refused = accept(OWNER, None, CHAIN, &later.bytes);
        assert_eq!(refused, Err(GroupFault::TooFar.into()));
    }

    #[test]
    fn a_message_of_another_length_is_refused_and_its_key_stays() {
        let mut rng = Rng::from_seed([3; 32]);
        let mut slot = Slot::new(OWNER, CHAIN, None).unwrap();
        let first = tell(&mut slot, &mut rng).unwrap().distribution().unwrap();
        let (address, id) = slot.names();
        let record = accept(OWNER, None, CHAIN, &first.bytes).unwrap();
        for length in [0, 63, 65] {
            let plaintext = vec![4; length];
            let sealed = group_encrypt(&mut slot, &address, id, &plaintext, &mut rng);
            let bytes = settle(sealed).unwrap().serialized().to_vec();
            let refused = open(OWNER, CHAIN, &record, &bytes).map(|(_, plaintext)| plaintext);
            assert_eq!(refused, Err(GroupFault::Malformed.into()), "{length}");
        }
    }

    #[test]
    fn a_signature_key_of_low_order_or_in_another_spelling_is_refused() {
        let (_, first, message) = endless(0);
        let with = |change: fn(&mut [u8])| {
            let mut bytes = first.bytes.to_vec();
            let start = bytes.len() - 32;
            change(&mut bytes[start..]);
            accept(OWNER, None, CHAIN, &bytes)
        };
        assert_eq!(with(|key| key.fill(0)), Err(GroupFault::LowOrder.into()));
        // libsignal takes the highest bit for nothing.
        assert_eq!(
            with(|key| key[31] ^= 0x80),
            Err(GroupFault::Malformed.into())
        );
        let record = with(|_key| ()).unwrap();
        assert!(open(OWNER, CHAIN, &record, &message).is_ok());
    }

    #[test]
    fn records_of_no_chain_are_corrupt_and_nothing_worse() {
        let (_, first, message) = endless(0);
        for bytes in [
            Vec::new(),
            vec![0xff; 40],
            vec![10, 0],
            first.bytes.to_vec(),
        ] {
            let record = ChainRecord::from_bytes(bytes);
            let opened = open(OWNER, CHAIN, &record, &message).map(|(_, plaintext)| plaintext);
            assert!(
                matches!(
                    opened,
                    Err(GroupOpenError::Corrupt | GroupOpenError::UnknownChain)
                ),
                "{opened:?}"
            );
            assert_eq!(position(CHAIN, &record), Err(GroupError::Corrupt));
            let mut rng = Rng::from_seed([5; 32]);
            assert_eq!(
                seal(OWNER, CHAIN, &record, &[0; 64], &mut rng).err(),
                Some(GroupError::Corrupt)
            );
        }
    }
}
