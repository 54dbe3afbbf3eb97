//! Two devices with their stores in memory, and a protobuf knife to forge messages with. Not a test itself:
//! the session tests of this crate and in `tests/` include it, with `protocol::session` as `session` beside it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of it"
)]
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "names say it; nobody prints these"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a fixture may fail loudly"
)]

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

use super::session::{
    self, Ciphertext, Kind, KyberRow, LocalIdentity, OpenError, PrekeyOffer, PrekeyRows,
    RemoteIdentity, SessionError, SessionRecord,
};

/// A day in November 2026.
pub const NOW_MS: u64 = 1_795_000_000_000;
pub const DAY_MS: u64 = 24 * 3600 * 1000;

pub struct Device {
    pub identity: LocalIdentity,
    pub rng: ChaCha20Rng,
    pub record: Option<SessionRecord>,
    pub one_time: BTreeMap<u32, Vec<u8>>,
    pub signed: BTreeMap<u32, Vec<u8>>,
    pub kyber: BTreeMap<u32, (Vec<u8>, bool)>,
    pub seen: BTreeSet<(u32, u32, [u8; 33])>,
    next_id: u32,
}

impl Device {
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let identity = LocalIdentity::generate(Uuid::from_u128(u128::from(seed) << 64), &mut rng);
        let (one_time, signed) = (BTreeMap::new(), BTreeMap::new());
        let (kyber, seen) = (BTreeMap::new(), BTreeSet::new());
        Self {
            identity,
            rng,
            record: None,
            one_time,
            signed,
            kyber,
            seen,
            next_id: 1,
        }
    }

    pub fn remote(&self) -> RemoteIdentity {
        RemoteIdentity {
            sik: self.identity.public(),
            address: self.identity.address(),
        }
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    /// An offer of fresh keys: one-time ones, or only last-resort.
    pub fn offer(&mut self, one_time: bool) -> PrekeyOffer {
        let (signed, kyber) = (self.id(), self.id());
        let row = session::generate_signed(&self.identity, signed, NOW_MS, &mut self.rng).unwrap();
        self.signed.insert(signed, row);
        let row = session::generate_kyber(&self.identity, kyber, NOW_MS, &mut self.rng).unwrap();
        self.kyber.insert(kyber, (row, !one_time));
        let curve = one_time.then(|| {
            let id = self.id();
            let row = session::generate_one_time(id, &mut self.rng).unwrap();
            self.one_time.insert(id, row);
            id
        });
        let (record, last_resort) = &self.kyber[&kyber];
        PrekeyOffer::from_rows(
            &self.identity,
            &self.signed[&signed],
            KyberRow {
                record,
                last_resort: *last_resort,
            },
            curve.map(|id| self.one_time[&id].as_slice()),
        )
        .unwrap()
    }

    pub fn start(&mut self, to: &RemoteIdentity, offer: &PrekeyOffer) -> Result<(), SessionError> {
        let record = self.record.as_ref();
        let made = session::establish(&self.identity, to, offer, record, NOW_MS, &mut self.rng)?;
        self.record = Some(made);
        Ok(())
    }

    pub fn try_send(
        &mut self,
        to: &RemoteIdentity,
        plaintext: &[u8],
        now_ms: u64,
    ) -> Result<Ciphertext, SessionError> {
        let record = self.record.as_ref().expect("a session was started");
        let (record, sealed) =
            session::encrypt(&self.identity, to, record, plaintext, now_ms, &mut self.rng)?;
        self.record = Some(record);
        Ok(sealed)
    }

    pub fn send(&mut self, to: &RemoteIdentity, plaintext: &[u8]) -> Ciphertext {
        self.try_send(to, plaintext, NOW_MS).unwrap()
    }

    /// Opens a message as the core will: looks up what it needs, commits what it used.
    pub fn receive(
        &mut self,
        from: &RemoteIdentity,
        sealed: &Ciphertext,
    ) -> Result<Vec<u8>, OpenError> {
        let mut rows = PrekeyRows::default();
        if sealed.kind == Kind::PreKey {
            let needs = session::needs(&sealed.bytes)?;
            rows.one_time = needs
                .one_time
                .and_then(|id| self.one_time.get(&id))
                .map(Vec::as_slice);
            rows.signed = self.signed.get(&needs.signed).map(Vec::as_slice);
            rows.kyber = self
                .kyber
                .get(&needs.kyber)
                .map(|(record, last_resort)| KyberRow {
                    record,
                    last_resort: *last_resort,
                });
            rows.kyber_seen = self
                .seen
                .contains(&(needs.kyber, needs.signed, needs.base_key));
        }
        let opened = session::decrypt(
            &self.identity,
            from,
            self.record.as_ref(),
            &rows,
            sealed.kind,
            &sealed.bytes,
            &mut self.rng,
        )?;
        self.record = Some(opened.record);
        if let Some(used) = opened.used {
            used.one_time.map(|id| self.one_time.remove(&id));
            used.kyber.map(|id| self.kyber.remove(&id));
            self.seen.extend(used.last_resort_seen);
        }
        Ok(opened.plaintext)
    }
}

/// Two devices; the first has a session toward the second and sent nothing yet.
pub fn pair(seed: u64, one_time: bool) -> (Device, Device) {
    let (mut alice, mut bob) = (Device::new(seed * 2 + 1), Device::new(seed * 2 + 2));
    let offer = bob.offer(one_time);
    alice.start(&bob.remote(), &offer).unwrap();
    (alice, bob)
}

/// Two devices that have each heard from the other.
pub fn acquainted(seed: u64) -> (Device, Device) {
    let (mut alice, mut bob) = pair(seed, true);
    let hello = alice.send(&bob.remote(), b"hello");
    assert_eq!(bob.receive(&alice.remote(), &hello).unwrap(), b"hello");
    let answer = bob.send(&alice.remote(), b"answer");
    assert_eq!(alice.receive(&bob.remote(), &answer).unwrap(), b"answer");
    (alice, bob)
}

/// The key 5 ‖ 0…0, whose agreement with every key is zero.
pub const ZERO_KEY: [u8; 33] = {
    let mut key = [0; 33];
    key[0] = 5;
    key
};

/// A protobuf message as (field number, value), to read, change and write.
pub struct Proto(pub Vec<(u64, Value)>);

#[derive(Clone)]
pub enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Proto {
    pub fn read(mut bytes: &[u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let tag = number(&mut bytes);
            let value = match tag & 7 {
                0 => Value::Number(number(&mut bytes)),
                2 => {
                    let length = usize::try_from(number(&mut bytes)).unwrap();
                    let (value, rest) = bytes.split_at(length);
                    bytes = rest;
                    Value::Bytes(value.to_vec())
                }
                other => panic!("wire type {other}"),
            };
            fields.push((tag >> 3, value));
        }
        Self(fields)
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (field, value) in &self.0 {
            match value {
                Value::Number(value) => {
                    put_number(field << 3, &mut out);
                    put_number(*value, &mut out);
                }
                Value::Bytes(value) => {
                    put_number(field << 3 | 2, &mut out);
                    put_number(value.len() as u64, &mut out);
                    out.extend_from_slice(value);
                }
            }
        }
        out
    }

    pub fn bytes(&self, field: u64) -> &[u8] {
        let found = self.0.iter().find_map(|(number, value)| match value {
            Value::Bytes(bytes) if *number == field => Some(bytes),
            _ => None,
        });
        found.expect("the field is there")
    }

    pub fn set(mut self, field: u64, bytes: &[u8]) -> Self {
        self.0.retain(|(number, _)| *number != field);
        self.0.push((field, Value::Bytes(bytes.to_vec())));
        self.0.sort_by_key(|(number, _)| *number);
        self
    }
}

fn number(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first().expect("a whole varint");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

fn put_number(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Fields of wire.proto's `SignalMessage` and `PreKeySignalMessage`.
pub mod field {
    pub const RATCHET_KEY: u64 = 1;
    pub const PQ_RATCHET: u64 = 5;
    pub const BASE_KEY: u64 = 2;
    pub const IDENTITY_KEY: u64 = 3;
    pub const INNER: u64 = 4;
}

/// The message with a field of its `SignalMessage` replaced; the MAC is no longer right.
pub fn forge(sealed: &Ciphertext, field: u64, value: &[u8]) -> Ciphertext {
    let bytes = match sealed.kind {
        Kind::Whisper => forge_inner(&sealed.bytes, field, value),
        Kind::PreKey => {
            let outer = Proto::read(&sealed.bytes[1..]);
            let inner = forge_inner(outer.bytes(field::INNER), field, value);
            versioned(sealed.bytes[0], &outer.set(field::INNER, &inner), &[])
        }
    };
    Ciphertext {
        kind: sealed.kind,
        bytes,
    }
}

/// A first message with a field of its `PreKeySignalMessage` replaced. No MAC covers it.
pub fn forge_outer(sealed: &Ciphertext, field: u64, value: &[u8]) -> Ciphertext {
    assert_eq!(sealed.kind, Kind::PreKey);
    let outer = Proto::read(&sealed.bytes[1..]).set(field, value);
    Ciphertext {
        kind: Kind::PreKey,
        bytes: versioned(sealed.bytes[0], &outer, &[]),
    }
}

fn forge_inner(bytes: &[u8], field: u64, value: &[u8]) -> Vec<u8> {
    let (message, mac) = bytes.split_at(bytes.len() - 8);
    versioned(
        message[0],
        &Proto::read(&message[1..]).set(field, value),
        mac,
    )
}

fn versioned(version: u8, message: &Proto, mac: &[u8]) -> Vec<u8> {
    [&[version], message.write().as_slice(), mac].concat()
}

/// Headers that panic SPQR v1.2 (platform.md §2 trap 1).
pub const SPQR_INDEX_OUT_OF_BOUNDS: &[u8] = &[1, 1, 0];
pub const SPQR_EPOCH_ZERO: &[u8] = &[1, 0, 0, 0];
pub const SPQR_LONG_VARINT: &[u8] = &[
    1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0, 0,
];
