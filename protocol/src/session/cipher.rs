//! Making sessions, sealing and opening messages: record bytes in, record bytes out.

use std::fmt;
use std::time::{Duration, SystemTime};

use libsignal_protocol::{
    CiphertextMessage, SessionUsabilityRequirements, SignalProtocolError, message_decrypt,
    message_encrypt, process_prekey_bundle,
};
use rand::CryptoRng;

use super::overlay::{Overlay, settle};
use super::{
    Ciphertext, KEY_BYTES, Kind, KyberRow, LocalIdentity, OpenError, PrekeyOffer, RemoteIdentity,
    SessionError, SessionFault, SessionRecord, guard, local,
};
use crate::limits;

/// Bytes that a ciphertext may add to its plaintext: the first message of a session carries a Kyber
/// ciphertext (1,569), three curve keys, ids, an SPQR chunk, a MAC and a block of padding.
const OVERHEAD_MAX: usize = 2_048;

const CORRUPT_RECORD: &str = "session record";

/// What a first message asks for, before anything of it is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrekeyNeeds {
    /// Id of the one-time curve prekey, if it used one.
    pub one_time: Option<u32>,
    /// Id of the signed curve prekey.
    pub signed: u32,
    /// Id of the Kyber prekey.
    pub kyber: u32,
    /// Key of this session; with `kyber` and `signed` the key of the replay set. Canonical.
    pub base_key: [u8; KEY_BYTES],
    /// The identity that it claims.
    pub identity: [u8; KEY_BYTES],
    /// The registration id that it claims.
    pub registration_id: u32,
}

/// The own prekeys that a first message asks for, as far as they are still there. For a
/// [`Kind::Whisper`], all empty.
#[derive(Clone, Copy, Default)]
pub struct PrekeyRows<'a> {
    /// Row of [`PrekeyNeeds::one_time`].
    pub one_time: Option<&'a [u8]>,
    /// Row of [`PrekeyNeeds::signed`].
    pub signed: Option<&'a [u8]>,
    /// Row of [`PrekeyNeeds::kyber`].
    pub kyber: Option<KyberRow<'a>>,
    /// Whether the replay set holds [`PrekeyNeeds`]' (kyber, signed, base key).
    pub kyber_seen: bool,
}

impl fmt::Debug for PrekeyRows<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PrekeyRows")
            .field("one_time", &self.one_time.is_some())
            .field("signed", &self.signed.is_some())
            .field("kyber", &self.kyber)
            .field("kyber_seen", &self.kyber_seen)
            .finish()
    }
}

/// The prekeys that made a session. To be stored together with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedPrekeys {
    /// Delete this one-time curve prekey.
    pub one_time: Option<u32>,
    /// Delete this one-time Kyber prekey.
    pub kyber: Option<u32>,
    /// Add this to the replay set: (last-resort Kyber id, signed prekey id, base key).
    pub last_resort_seen: Option<(u32, u32, [u8; KEY_BYTES])>,
}

/// An opened message.
pub struct Opened {
    /// The record from now on.
    pub record: SessionRecord,
    /// What was said.
    pub plaintext: Vec<u8>,
    /// The prekeys that it used up, if it made a session.
    pub used: Option<UsedPrekeys>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Opened")
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

/// Makes a session from an offer and archives the existing one behind it.
///
/// # Errors
/// [`SessionError::Fault`] if the offer does not verify, [`SessionError::Corrupt`] if `existing` does not
/// decode.
pub fn establish(
    local: &LocalIdentity,
    remote: &RemoteIdentity,
    offer: &PrekeyOffer,
    existing: Option<&SessionRecord>,
    now_ms: u64,
    rng: &mut impl CryptoRng,
) -> Result<SessionRecord, SessionError> {
    let bundle = offer.bundle(&remote.sik)?;
    let existing = existing.map(load).transpose()?;
    let mut overlay = Overlay::new(local, remote, existing, &PrekeyRows::default())?;
    guard::contained(|| {
        settle(process_prekey_bundle(
            &overlay.address,
            &mut overlay.session,
            &mut overlay.identities,
            &bundle,
            time(now_ms),
            rng,
        ))
    })?
    .map_err(|error| refused_offer(&error))?;
    store(overlay.session.record.as_ref())
}

/// Whether a message may be encrypted in this session: made with PQXDH, with SPQR, and answered or younger
/// than 30 days.
#[must_use]
pub fn usable(record: &SessionRecord, now_ms: u64) -> bool {
    record
        .load()
        .is_some_and(|record| may_send(&record, now_ms))
}

/// Seals a message. The record must be durable before the ciphertext leaves.
///
/// # Errors
/// [`SessionError::Unusable`] if the session may not send ([`usable`]), [`SessionError::TooLong`],
/// [`SessionFault::IdentityMismatch`] if the session is with another identity than `remote`'s,
/// [`SessionError::Corrupt`] if the record does not decode.
pub fn encrypt(
    local: &LocalIdentity,
    remote: &RemoteIdentity,
    record: &SessionRecord,
    plaintext: &[u8],
    now_ms: u64,
    rng: &mut impl CryptoRng,
) -> Result<(SessionRecord, Ciphertext), SessionError> {
    if plaintext.len() > limits::FRAME_MAX.saturating_sub(OVERHEAD_MAX) {
        return Err(SessionError::TooLong);
    }
    let record = load(record)?;
    if !may_send(&record, now_ms) {
        return Err(SessionError::Unusable);
    }
    let mut overlay = Overlay::new(local, remote, Some(record), &PrekeyRows::default())?;
    let sealed = guard::contained(|| {
        settle(message_encrypt(
            plaintext,
            &overlay.address,
            &mut overlay.session,
            &mut overlay.identities,
            time(now_ms),
            rng,
        ))
    })?
    .map_err(|error| match error {
        SignalProtocolError::UntrustedIdentity(_) => SessionFault::IdentityMismatch.into(),
        _ => SessionError::Corrupt(CORRUPT_RECORD),
    })?;
    let kind = match sealed {
        CiphertextMessage::PreKeySignalMessage(_) => Kind::PreKey,
        _ => Kind::Whisper,
    };
    let bytes = sealed.serialize().to_vec();
    Ok((
        store(overlay.session.record.as_ref())?,
        Ciphertext { kind, bytes },
    ))
}

/// Reads which prekeys a [`Kind::PreKey`] message asks for.
///
/// # Errors
/// What [`decrypt`] would answer: [`SessionFault::Malformed`], [`SessionFault::ZeroAgreement`], …
pub fn needs(bytes: &[u8]) -> Result<PrekeyNeeds, SessionFault> {
    let CiphertextMessage::PreKeySignalMessage(first) = guard::message(Kind::PreKey, bytes)? else {
        return Err(SessionFault::Malformed);
    };
    Ok(PrekeyNeeds {
        one_time: first.pre_key_id().map(Into::into),
        signed: first.signed_pre_key_id().into(),
        kyber: first
            .kyber_pre_key_id()
            .ok_or(SessionFault::OldVersion)?
            .into(),
        base_key: local::key_bytes(first.base_key()),
        identity: local::key_bytes(first.identity_key().public_key()),
        registration_id: first.registration_id(),
    })
}

/// Opens a message, making the session first if it is a first message. On an error nothing changed: drop
/// the input, keep the record.
///
/// # Errors
/// [`OpenError`], by what the caller does next.
#[expect(
    clippy::too_many_arguments,
    reason = "who, what is stored, what arrived: three pairs and the rng"
)]
pub fn decrypt(
    local: &LocalIdentity,
    remote: &RemoteIdentity,
    record: Option<&SessionRecord>,
    prekeys: &PrekeyRows<'_>,
    kind: Kind,
    bytes: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Opened, OpenError> {
    let message = guard::message(kind, bytes)?;
    if let Some((ratchet_key, counter)) = position(&message) {
        let none_yet = SessionRecord::from_bytes(Vec::new());
        if record
            .unwrap_or(&none_yet)
            .skips_too_many(&ratchet_key, counter)
        {
            return Err(OpenError::Unopened);
        }
    }
    open(local, remote, record, prekeys, &message, rng)
}

/// Opens a message that passed the guard.
fn open(
    local: &LocalIdentity,
    remote: &RemoteIdentity,
    record: Option<&SessionRecord>,
    prekeys: &PrekeyRows<'_>,
    message: &CiphertextMessage,
    rng: &mut impl CryptoRng,
) -> Result<Opened, OpenError> {
    let corrupt = OpenError::Corrupt(CORRUPT_RECORD);
    let loaded = record
        .map(|record| record.load().ok_or(corrupt))
        .transpose()?;
    let mut overlay = Overlay::new(local, remote, loaded, prekeys)?;
    let result = guard::contained(|| {
        settle(message_decrypt(
            message,
            &overlay.address,
            &mut overlay.session,
            &mut overlay.identities,
            &mut overlay.one_time,
            &overlay.signed,
            &mut overlay.kyber,
            rng,
        ))
    })?;
    match result {
        Ok(plaintext) => {
            let stored = overlay
                .session
                .record
                .as_ref()
                .and_then(SessionRecord::store);
            let (after, used) = (stored.ok_or(corrupt)?, overlay.used());
            let record = match record {
                Some(before) if used.is_none() => after.without_revival(before),
                _ => after,
            };
            Ok(Opened {
                record,
                plaintext,
                used,
            })
        }
        Err(_) if overlay.kyber.refused_replay() => Err(SessionFault::ReplayedLastResort.into()),
        Err(error) => Err(unopened(&error)),
    }
}

/// Retires the current session, after an authenticated reset: it opens late messages and never sends again.
///
/// # Errors
/// [`SessionError::Corrupt`] if the record does not decode.
pub fn archive(record: &SessionRecord) -> Result<SessionRecord, SessionError> {
    let mut record = load(record)?;
    record
        .archive_current_state()
        .map_err(|_error| SessionError::Corrupt(CORRUPT_RECORD))?;
    store(Some(&record))
}

/// Where a ciphertext stands in its sender's ratchet: (ratchet key, counter). Two different ciphertexts at
/// one position mean that a message key was used twice. `None` for what is no ciphertext.
#[must_use]
pub fn ratchet_position(kind: Kind, bytes: &[u8]) -> Option<([u8; KEY_BYTES], u32)> {
    position(&guard::parse(kind, bytes).ok()?)
}

fn position(message: &CiphertextMessage) -> Option<([u8; KEY_BYTES], u32)> {
    let inner = match message {
        CiphertextMessage::PreKeySignalMessage(first) => first.message(),
        CiphertextMessage::SignalMessage(later) => later,
        CiphertextMessage::SenderKeyMessage(_) | CiphertextMessage::PlaintextContent(_) => {
            return None;
        }
    };
    Some((
        local::key_bytes(inner.sender_ratchet_key()),
        inner.counter(),
    ))
}

fn load(record: &SessionRecord) -> Result<libsignal_protocol::SessionRecord, SessionError> {
    record.load().ok_or(SessionError::Corrupt(CORRUPT_RECORD))
}

fn store(
    record: Option<&libsignal_protocol::SessionRecord>,
) -> Result<SessionRecord, SessionError> {
    record
        .and_then(SessionRecord::store)
        .ok_or(SessionError::Corrupt(CORRUPT_RECORD))
}

fn may_send(record: &libsignal_protocol::SessionRecord, now_ms: u64) -> bool {
    record
        .has_usable_sender_chain(time(now_ms), SessionUsabilityRequirements::all())
        .unwrap_or(false)
}

/// libsignal's form of a time, at most the year 9999: a system's time may reach less far than 64 bits.
fn time(now_ms: u64) -> SystemTime {
    const YEAR_9999_MS: u64 = 253_402_300_799_999;
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(now_ms.min(YEAR_9999_MS)))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

fn refused_offer(error: &SignalProtocolError) -> SessionError {
    match error {
        SignalProtocolError::SignatureValidationFailed => SessionFault::BadSignature.into(),
        SignalProtocolError::UntrustedIdentity(_) => SessionFault::IdentityMismatch.into(),
        SignalProtocolError::InvalidSessionStructure(_) | SignalProtocolError::InvalidState(..) => {
            SessionError::Corrupt(CORRUPT_RECORD)
        }
        _ => SessionFault::Malformed.into(),
    }
}

fn unopened(error: &SignalProtocolError) -> OpenError {
    use SignalProtocolError as Signal;
    match error {
        Signal::DuplicatedMessage(..) => OpenError::Duplicate,
        Signal::InvalidPreKeyId | Signal::InvalidSignedPreKeyId | Signal::InvalidKyberPreKeyId => {
            OpenError::MissingPrekey
        }
        Signal::SessionNotFound(_) | Signal::InvalidMessage(..) => OpenError::Unopened,
        Signal::UntrustedIdentity(_) => SessionFault::IdentityMismatch.into(),
        Signal::InvalidSessionStructure(_) | Signal::InvalidState(..) => {
            OpenError::Corrupt(CORRUPT_RECORD)
        }
        Signal::InvalidProtobufEncoding => OpenError::Corrupt("prekey"),
        _ => SessionFault::Malformed.into(),
    }
}

// The fixture names the module under test `super::session`.
#[cfg(test)]
use crate::session;
#[cfg(test)]
#[path = "fixture.rs"]
mod support;

#[cfg(test)]
mod tests {
    //! With the guard out of the way: the second line still holds.

    use super::support::{
        SPQR_EPOCH_ZERO, SPQR_INDEX_OUT_OF_BOUNDS, SPQR_LONG_VARINT, acquainted, field, forge,
    };
    use super::{OpenError, PrekeyRows, SessionFault, guard, open};

    #[test]
    fn a_panic_in_libsignal_is_an_error_and_changes_nothing() {
        let (mut alice, mut bob) = acquainted(71);
        let sealed = alice.send(&bob.remote(), b"real");
        for header in [SPQR_INDEX_OUT_OF_BOUNDS, SPQR_EPOCH_ZERO, SPQR_LONG_VARINT] {
            let forged = forge(&sealed, field::PQ_RATCHET, header);
            let unguarded = guard::parse(forged.kind, &forged.bytes).unwrap();
            let opened = open(
                &bob.identity,
                &alice.remote(),
                bob.record.as_ref(),
                &PrekeyRows::default(),
                &unguarded,
                &mut bob.rng,
            );
            let error = opened.map(|opened| opened.plaintext).unwrap_err();
            assert_eq!(
                error,
                OpenError::Misbehaved(SessionFault::Panicked),
                "{header:?}"
            );
        }
        assert_eq!(bob.receive(&alice.remote(), &sealed).unwrap(), b"real");
    }
}
