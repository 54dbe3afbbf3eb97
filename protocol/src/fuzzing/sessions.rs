//! Ciphertexts: of whatever a peer sends, only what was really sealed opens, once, and nothing panics.
//!
//! Input: base (0: the rest are raw bytes; else one of the real ciphertexts) ‖ what is done to it ‖ with what.
//!
//! | what, mod 4 | with |
//! |---|---|
//! | 0 | changes: offset u16 ‖ XOR u8, up to 16 of them (none: the genuine ciphertext) |
//! | 1 | the bytes of another SPQR header |
//! | 2 | field number ‖ other bytes of that field of the inner message |
//! | 3 | field number ‖ other bytes of that field of the outer message |

use std::sync::LazyLock;

use super::samples::{self, NOW_MS};
use super::{Reader, Target, Verdict, seeds};
use crate::crypto::Rng;
use crate::identity::device_uuid;
use crate::local::LocalDevice;
use crate::session::{
    self, ARCHIVED_SESSIONS_MAX, Ciphertext, Kind, KyberRow, OpenError, Opened, PrekeyOffer,
    PrekeyRows, RemoteIdentity, SessionFault, SessionRecord,
};

/// Session messages toward a device with an established session and prekeys out.
pub(super) const SESSION_MESSAGE: Target = Target {
    name: "session_message",
    run: |input| session_message(input, World::open),
    planted: |input| {
        session_message(input, |world, record, sealed| {
            let header = spqr_header(sealed);
            // What libsignal v0.85 does without the guard: it subtracts one from the epoch.
            assert!(
                !header.is_some_and(|header| header.starts_with(&[1, 0])),
                "epoch - 1 overflows"
            );
            world.open(record, sealed)
        })
    },
    bug: "an SPQR header of epoch 0 panics, as in libsignal without our check",
    seeds: seeds::session_messages,
};

/// Fields of wire.proto.
const PQ_RATCHET: u64 = 5;
const INNER: u64 = 4;
const MAC_BYTES: usize = 8;

/// Opens a ciphertext against a record.
type Opener = fn(&World, &SessionRecord, &Ciphertext) -> Result<Opened, OpenError>;

/// Bo's device as it waits for Ana's next message.
pub(super) struct World {
    bo: LocalDevice,
    ana: RemoteIdentity,
    record: SessionRecord,
    signed: Vec<u8>,
    one_time: Vec<u8>,
    kem: Vec<u8>,
    last_resort: Vec<u8>,
    /// Ana's ciphertexts.
    pub(super) sealed: Vec<Ciphertext>,
}

/// What Ana says; nothing else may ever come out.
const SAID: [&[u8]; 6] = [
    b"opened before",
    b"next",
    b"after next",
    b"last resort",
    b"live",
    b"to another",
];

/// The one world: the same in every process, because all of it comes from fixed seeds.
pub(super) static WORLD: LazyLock<World> = LazyLock::new(World::new);

const SIGNED: u32 = 1;
const ONE_TIME: u32 = 2;
const KEM: u32 = 3;
const LAST_RESORT: u32 = 4;

impl World {
    fn new() -> Self {
        let (bo, ana, other) = (samples::bo(), samples::ana(), samples::device(3, 31, "Eve"));
        let mut rng = Rng::from_seed([23; 32]);
        let keys = &bo.signal;
        let mut world = Self {
            ana: remote(&ana),
            record: SessionRecord::from_bytes(Vec::new()),
            signed: session::generate_signed(keys, SIGNED, NOW_MS, &mut rng).unwrap(),
            one_time: session::generate_one_time(ONE_TIME, &mut rng).unwrap(),
            kem: session::generate_kyber(keys, KEM, NOW_MS, &mut rng).unwrap(),
            last_resort: session::generate_kyber(keys, LAST_RESORT, NOW_MS, &mut rng).unwrap(),
            sealed: Vec::new(),
            bo,
        };
        let to = remote(&world.bo);
        let begin = |offer: &PrekeyOffer, rng: &mut Rng| {
            session::establish(&ana.signal, &to, offer, None, NOW_MS, rng).unwrap()
        };
        let seal = |record: &SessionRecord, said: &[u8], rng: &mut Rng| {
            session::encrypt(&ana.signal, &to, record, said, NOW_MS, rng).unwrap()
        };
        // A session in which both have spoken.
        let hers = begin(&world.offer(true), &mut rng);
        let (hers, first) = seal(&hers, SAID[0], &mut rng);
        world.record = world.open_with(None, &first).unwrap().record;
        let (record, answer) = session::encrypt(
            &world.bo.signal,
            &world.ana,
            &world.record,
            b"yes",
            NOW_MS,
            &mut rng,
        )
        .unwrap();
        world.record = record;
        let none = PrekeyRows::default();
        let Ciphertext { kind, bytes } = answer;
        let hers =
            session::decrypt(&ana.signal, &to, Some(&hers), &none, kind, &bytes, &mut rng).unwrap();
        let (hers, opened) = seal(&hers.record, SAID[0], &mut rng);
        world.record = world
            .open_with(Some(&world.record), &opened)
            .unwrap()
            .record;
        let (hers, next) = seal(&hers, SAID[1], &mut rng);
        let (_, after) = seal(&hers, SAID[2], &mut rng);
        // New sessions that wait for Bo's prekeys.
        let last = seal(&begin(&world.offer(false), &mut rng), SAID[3], &mut rng).1;
        let live = seal(&begin(&world.offer(true), &mut rng), SAID[4], &mut rng).1;
        let eve = session::establish(
            &other.signal,
            &to,
            &world.offer(false),
            None,
            NOW_MS,
            &mut rng,
        );
        let eve = session::encrypt(&other.signal, &to, &eve.unwrap(), SAID[5], NOW_MS, &mut rng);
        world.sealed = vec![next, after, opened, last, live, first, eve.unwrap().1];
        world
    }

    fn offer(&self, live: bool) -> PrekeyOffer {
        let record = if live { &self.kem } else { &self.last_resort };
        let kyber = KyberRow {
            record,
            last_resort: !live,
        };
        let one_time = live.then_some(self.one_time.as_slice());
        PrekeyOffer::from_rows(&self.bo.signal, &self.signed, kyber, one_time).unwrap()
    }

    fn open(&self, record: &SessionRecord, sealed: &Ciphertext) -> Result<Opened, OpenError> {
        self.open_with(Some(record), sealed)
    }

    /// Opens as the core does: looks up the prekeys that the message asks for.
    fn open_with(
        &self,
        record: Option<&SessionRecord>,
        sealed: &Ciphertext,
    ) -> Result<Opened, OpenError> {
        let mut rows = PrekeyRows::default();
        if sealed.kind == Kind::PreKey {
            let needs = session::needs(&sealed.bytes)?;
            rows.one_time = needs
                .one_time
                .filter(|id| *id == ONE_TIME)
                .map(|_| &self.one_time[..]);
            rows.signed = (needs.signed == SIGNED).then_some(&self.signed);
            rows.kyber = match needs.kyber {
                KEM => Some(KyberRow {
                    record: &self.kem,
                    last_resort: false,
                }),
                LAST_RESORT => Some(KyberRow {
                    record: &self.last_resort,
                    last_resort: true,
                }),
                _ => None,
            };
        }
        let Ciphertext { kind, bytes } = sealed;
        let mut rng = Rng::from_seed([24; 32]);
        session::decrypt(
            &self.bo.signal,
            &self.ana,
            record,
            &rows,
            *kind,
            bytes,
            &mut rng,
        )
    }
}

fn session_message(input: &[u8], open: Opener) -> Verdict {
    let world = &*WORLD;
    let Some(sealed) = ciphertext(world, input) else {
        return Verdict::Refused;
    };
    match open(world, &world.record, &sealed) {
        Ok(opened) => {
            let said = opened.plaintext.as_slice();
            assert!(SAID.contains(&said), "a plaintext that nobody sealed");
            assert_ne!(said, SAID[0], "opened a second time");
            assert_ne!(said, SAID[5], "another device's message opened");
            assert!(
                opened.record.sessions() <= ARCHIVED_SESSIONS_MAX + 1,
                "a record that grows"
            );
            let again = open(world, &opened.record, &sealed);
            assert!(again.is_err(), "the same ciphertext opened twice");
            let late = world.open(&opened.record, &world.sealed[0]);
            assert!(
                said == SAID[1] || late.is_ok(),
                "opening one message lost another"
            );
            Verdict::Accepted
        }
        Err(OpenError::Misbehaved(SessionFault::Panicked)) => panic!("libsignal panicked"),
        Err(OpenError::Corrupt(what)) => panic!("a peer made our {what} look corrupt"),
        Err(_) => Verdict::Refused,
    }
}

fn ciphertext(world: &World, input: &[u8]) -> Option<Ciphertext> {
    let mut reader = Reader(input);
    let (base, what) = (reader.u8(), reader.u8());
    let Some(base) = base.checked_sub(1) else {
        let kind = if what & 1 == 0 {
            Kind::Whisper
        } else {
            Kind::PreKey
        };
        return Some(Ciphertext {
            kind,
            bytes: reader.0.to_vec(),
        });
    };
    let mut sealed = world.sealed[usize::from(base) % world.sealed.len()].clone();
    match what % 4 {
        0 => {
            for _ in 0..16 {
                if !reader.is_empty() {
                    reader.patch(&mut sealed.bytes);
                }
            }
        }
        1 => sealed.bytes = with_inner(&sealed, PQ_RATCHET, reader.0)?,
        2 => sealed.bytes = with_inner(&sealed, u64::from(reader.u8()), reader.0)?,
        _ => sealed.bytes = with_field(&sealed.bytes, u64::from(reader.u8()), reader.0, 0)?,
    }
    Some(sealed)
}

/// The ciphertext with a field of its `SignalMessage` replaced.
fn with_inner(sealed: &Ciphertext, field: u64, value: &[u8]) -> Option<Vec<u8>> {
    match sealed.kind {
        Kind::Whisper => with_field(&sealed.bytes, field, value, MAC_BYTES),
        Kind::PreKey => {
            let inner = field_of(&sealed.bytes, INNER, 0)?;
            let inner = with_field(&inner, field, value, MAC_BYTES)?;
            with_field(&sealed.bytes, INNER, &inner, 0)
        }
    }
}

fn spqr_header(sealed: &Ciphertext) -> Option<Vec<u8>> {
    match sealed.kind {
        Kind::Whisper => field_of(&sealed.bytes, PQ_RATCHET, MAC_BYTES),
        Kind::PreKey => field_of(&field_of(&sealed.bytes, INNER, 0)?, PQ_RATCHET, MAC_BYTES),
    }
}

/// The bytes of a field of version byte ‖ protobuf ‖ `tail` bytes.
fn field_of(message: &[u8], field: u64, tail: usize) -> Option<Vec<u8>> {
    let body = message.get(1..message.len().checked_sub(tail)?)?;
    let fields = fields(body);
    let found = fields
        .iter()
        .find(|one| one.number == field && one.value.is_some());
    found.and_then(|one| one.value).map(<[u8]>::to_vec)
}

/// The message with a length-delimited field replaced, in its place or at the end.
fn with_field(message: &[u8], field: u64, value: &[u8], tail: usize) -> Option<Vec<u8>> {
    let end = message.len().checked_sub(tail)?;
    let (body, tail) = (message.get(1..end)?, message.get(end..)?);
    let mut written = message.get(..1)?.to_vec();
    let mut replacement = Vec::new();
    put_varint(field << 3 | 2, &mut replacement);
    put_varint(u64::try_from(value.len()).ok()?, &mut replacement);
    replacement.extend_from_slice(value);
    let fields = fields(body);
    for one in &fields {
        written.extend_from_slice(if one.number == field {
            &replacement
        } else {
            one.whole
        });
    }
    if fields.iter().all(|one| one.number != field) {
        written.extend_from_slice(&replacement);
    }
    written.extend_from_slice(tail);
    Some(written)
}

struct Field<'a> {
    number: u64,
    value: Option<&'a [u8]>,
    whole: &'a [u8],
}

/// The fields of a protobuf message, up to the first that cannot be read.
fn fields(bytes: &[u8]) -> Vec<Field<'_>> {
    let (mut found, mut rest) = (Vec::new(), bytes);
    while let Some((field, next)) = field(rest) {
        found.push(field);
        rest = next;
    }
    found
}

fn field(bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let (tag, rest) = varint(bytes)?;
    let (value, rest) = match tag & 7 {
        0 => (None, varint(rest)?.1),
        2 => {
            let (length, rest) = varint(rest)?;
            let (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            (Some(value), rest)
        }
        _ => return None,
    };
    let whole = &bytes[..bytes.len() - rest.len()];
    Some((
        Field {
            number: tag >> 3,
            value,
            whole,
        },
        rest,
    ))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
    let (digits, rest) = bytes.split_at(length);
    let value = digits
        .iter()
        .rev()
        .fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, rest))
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn remote(local: &LocalDevice) -> RemoteIdentity {
    RemoteIdentity {
        sik: local.signal.public(),
        address: device_uuid(&local.device),
    }
}
