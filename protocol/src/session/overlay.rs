//! libsignal's stores over at most one record and the prekeys that one message needs.
//!
//! Everything lies in memory, so no future ever waits and [`settle`] may poll once. What a failed or
//! panicking step wrote here is never read: the caller drops the overlay.
//!
//! The methods are written as `async_trait` would expand them: the trait demands its exact lifetimes, and
//! one dependency less is worth the noise.

use std::future::ready;
use std::pin::Pin;

use futures_util::FutureExt as _;
use libsignal_protocol::{
    DeviceId, Direction, GenericSignedPreKey as _, IdentityChange, IdentityKey, IdentityKeyPair,
    IdentityKeyStore, KyberPreKeyId, KyberPreKeyRecord, KyberPreKeyStore, PreKeyId, PreKeyRecord,
    PreKeyStore, ProtocolAddress, PublicKey, SessionRecord, SessionStore, SignalProtocolError,
    SignedPreKeyId, SignedPreKeyRecord, SignedPreKeyStore,
};

use super::{
    KEY_BYTES, LocalIdentity, PrekeyRows, RemoteIdentity, SessionFault, UsedPrekeys, guard, local,
};

/// What a method of a store gives back, as `async_trait` expands it.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SignalProtocolError>> + 'a>>;

/// An answer that is there at once.
pub(crate) fn answer<'a, T: 'a>(result: Result<T, SignalProtocolError>) -> Answer<'a, T> {
    Box::pin(ready(result))
}

/// Runs a future of libsignal over these stores to its end.
pub(crate) fn settle<T>(
    future: impl Future<Output = Result<T, SignalProtocolError>>,
) -> Result<T, SignalProtocolError> {
    future.now_or_never().unwrap_or_else(|| {
        Err(SignalProtocolError::InvalidState(
            "overlay",
            "a store waited".to_owned(),
        ))
    })
}

/// The stores, apart, because libsignal borrows each of them.
pub(super) struct Overlay<'a> {
    pub address: ProtocolAddress,
    pub identities: Identities,
    pub session: SessionSlot,
    pub one_time: OneTimeSlot<'a>,
    pub signed: SignedSlot<'a>,
    pub kyber: KyberSlot<'a>,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(
        local: &LocalIdentity,
        remote: &RemoteIdentity,
        record: Option<SessionRecord>,
        rows: &PrekeyRows<'a>,
    ) -> Result<Self, SessionFault> {
        // libsignal lifts its bound on skipped messages for sessions with oneself.
        if remote.sik == local.public() {
            return Err(SessionFault::Oneself);
        }
        let one_device = DeviceId::new(1).map_err(|_error| SessionFault::Malformed)?;
        Ok(Self {
            address: ProtocolAddress::new(remote.address.hyphenated().to_string(), one_device),
            identities: Identities {
                own: local.pair()?,
                registration_id: local.registration_id(),
                remote: IdentityKey::new(guard::key(&remote.sik)?),
            },
            session: SessionSlot { record },
            one_time: OneTimeSlot {
                row: rows.one_time,
                used: None,
            },
            signed: SignedSlot { row: rows.signed },
            kyber: KyberSlot {
                row: rows.kyber.map(|kyber| kyber.record),
                last_resort: rows.kyber.is_some_and(|kyber| kyber.last_resort),
                seen: rows.kyber_seen,
                used: None,
            },
        })
    }

    /// The prekeys that made a session, if this step made one.
    pub(super) fn used(&self) -> Option<UsedPrekeys> {
        let (kyber, signed, base_key) = self.kyber.used?;
        let last_resort = self.kyber.last_resort;
        Some(UsedPrekeys {
            one_time: self.one_time.used,
            kyber: (!last_resort).then_some(kyber),
            last_resort_seen: last_resort.then_some((kyber, signed, base_key)),
        })
    }
}

/// Both identities. Trust is equality with the certified key; nothing is learnt on first use.
pub(super) struct Identities {
    own: IdentityKeyPair,
    registration_id: u32,
    remote: IdentityKey,
}

impl IdentityKeyStore for Identities {
    fn get_identity_key_pair<'s, 'f>(&'s self) -> Answer<'f, IdentityKeyPair>
    where
        's: 'f,
        Self: 'f,
    {
        answer(Ok(self.own))
    }

    fn get_local_registration_id<'s, 'f>(&'s self) -> Answer<'f, u32>
    where
        's: 'f,
        Self: 'f,
    {
        answer(Ok(self.registration_id))
    }

    fn save_identity<'s, 'a, 'i, 'f>(
        &'s mut self,
        _address: &'a ProtocolAddress,
        _identity: &'i IdentityKey,
    ) -> Answer<'f, IdentityChange>
    where
        's: 'f,
        'a: 'f,
        'i: 'f,
        Self: 'f,
    {
        answer(Ok(IdentityChange::NewOrUnchanged))
    }

    fn is_trusted_identity<'s, 'a, 'i, 'f>(
        &'s self,
        _address: &'a ProtocolAddress,
        identity: &'i IdentityKey,
        _direction: Direction,
    ) -> Answer<'f, bool>
    where
        's: 'f,
        'a: 'f,
        'i: 'f,
        Self: 'f,
    {
        answer(Ok(*identity == self.remote))
    }

    fn get_identity<'s, 'a, 'f>(
        &'s self,
        _address: &'a ProtocolAddress,
    ) -> Answer<'f, Option<IdentityKey>>
    where
        's: 'f,
        'a: 'f,
        Self: 'f,
    {
        answer(Ok(Some(self.remote)))
    }
}

/// The one session record.
pub(super) struct SessionSlot {
    pub record: Option<SessionRecord>,
}

impl SessionStore for SessionSlot {
    fn load_session<'s, 'a, 'f>(
        &'s self,
        _address: &'a ProtocolAddress,
    ) -> Answer<'f, Option<SessionRecord>>
    where
        's: 'f,
        'a: 'f,
        Self: 'f,
    {
        answer(Ok(self.record.clone()))
    }

    fn store_session<'s, 'a, 'r, 'f>(
        &'s mut self,
        _address: &'a ProtocolAddress,
        record: &'r SessionRecord,
    ) -> Answer<'f, ()>
    where
        's: 'f,
        'a: 'f,
        'r: 'f,
        Self: 'f,
    {
        self.record = Some(record.clone());
        answer(Ok(()))
    }
}

/// The one-time curve prekey that the message names.
pub(super) struct OneTimeSlot<'a> {
    row: Option<&'a [u8]>,
    used: Option<u32>,
}

impl PreKeyStore for OneTimeSlot<'_> {
    fn get_pre_key<'s, 'f>(&'s self, id: PreKeyId) -> Answer<'f, PreKeyRecord>
    where
        's: 'f,
        Self: 'f,
    {
        answer(
            self.row
                .map_or(Err(SignalProtocolError::InvalidPreKeyId), |row| {
                    let record = PreKeyRecord::deserialize(row)?;
                    if record.id()? == id {
                        Ok(record)
                    } else {
                        Err(SignalProtocolError::InvalidPreKeyId)
                    }
                }),
        )
    }

    fn save_pre_key<'s, 'r, 'f>(
        &'s mut self,
        _id: PreKeyId,
        _record: &'r PreKeyRecord,
    ) -> Answer<'f, ()>
    where
        's: 'f,
        'r: 'f,
        Self: 'f,
    {
        answer(Err(read_only()))
    }

    fn remove_pre_key<'s, 'f>(&'s mut self, id: PreKeyId) -> Answer<'f, ()>
    where
        's: 'f,
        Self: 'f,
    {
        self.used = Some(id.into());
        answer(Ok(()))
    }
}

/// The signed curve prekey that the message names.
pub(super) struct SignedSlot<'a> {
    row: Option<&'a [u8]>,
}

impl SignedPreKeyStore for SignedSlot<'_> {
    fn get_signed_pre_key<'s, 'f>(&'s self, id: SignedPreKeyId) -> Answer<'f, SignedPreKeyRecord>
    where
        's: 'f,
        Self: 'f,
    {
        answer(
            self.row
                .map_or(Err(SignalProtocolError::InvalidSignedPreKeyId), |row| {
                    let record = SignedPreKeyRecord::deserialize(row)?;
                    if record.id()? == id {
                        Ok(record)
                    } else {
                        Err(SignalProtocolError::InvalidSignedPreKeyId)
                    }
                }),
        )
    }

    fn save_signed_pre_key<'s, 'r, 'f>(
        &'s mut self,
        _id: SignedPreKeyId,
        _record: &'r SignedPreKeyRecord,
    ) -> Answer<'f, ()>
    where
        's: 'f,
        'r: 'f,
        Self: 'f,
    {
        answer(Err(read_only()))
    }
}

/// The ML-KEM prekey that the message names, and whether this very first message was seen on it.
pub(super) struct KyberSlot<'a> {
    row: Option<&'a [u8]>,
    last_resort: bool,
    seen: bool,
    used: Option<(u32, u32, [u8; KEY_BYTES])>,
}

impl KyberSlot<'_> {
    /// Whether the step failed because its first message is a replay.
    pub(super) fn refused_replay(&self) -> bool {
        self.last_resort && self.seen && self.used.is_some()
    }
}

impl KyberPreKeyStore for KyberSlot<'_> {
    fn get_kyber_pre_key<'s, 'f>(&'s self, id: KyberPreKeyId) -> Answer<'f, KyberPreKeyRecord>
    where
        's: 'f,
        Self: 'f,
    {
        answer(
            self.row
                .map_or(Err(SignalProtocolError::InvalidKyberPreKeyId), |row| {
                    let record = KyberPreKeyRecord::deserialize(row)?;
                    if record.id()? == id {
                        Ok(record)
                    } else {
                        Err(SignalProtocolError::InvalidKyberPreKeyId)
                    }
                }),
        )
    }

    fn save_kyber_pre_key<'s, 'r, 'f>(
        &'s mut self,
        _id: KyberPreKeyId,
        _record: &'r KyberPreKeyRecord,
    ) -> Answer<'f, ()>
    where
        's: 'f,
        'r: 'f,
        Self: 'f,
    {
        answer(Err(read_only()))
    }

    fn mark_kyber_pre_key_used<'s, 'b, 'f>(
        &'s mut self,
        kyber: KyberPreKeyId,
        signed: SignedPreKeyId,
        base_key: &'b PublicKey,
    ) -> Answer<'f, ()>
    where
        's: 'f,
        'b: 'f,
        Self: 'f,
    {
        self.used = Some((kyber.into(), signed.into(), local::key_bytes(base_key)));
        answer(if self.refused_replay() {
            Err(SignalProtocolError::InvalidState(
                "overlay",
                "replayed first message".to_owned(),
            ))
        } else {
            Ok(())
        })
    }
}

fn read_only() -> SignalProtocolError {
    SignalProtocolError::InvalidState("overlay", "prekeys are made by prekeys.rs alone".to_owned())
}
