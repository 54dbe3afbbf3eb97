//! A contact whose program is not ours: it holds the right keys and says, inside the session, what it likes.
//!
//! Arguments: form u8. 0: length u16 ‖ a content's bytes, whatever they are. Else, of the sample content of that number
//! (the first is 1): id u8 ‖ logical time u8 ‖ which message it is about u8 ‖ offset u16 ‖ XOR u8.

use crate::crypto::Rng;
use crate::fuzzing::{Reader, samples};
use crate::identity::{AccountId, device_uuid};
use crate::link::Frame;
use crate::local::LocalDevice;
use crate::message::{Content, DirectEvent, Envelope, MessageId, MessageRef};
use crate::persist::{Row, RowKey, SessionRow};
use crate::session::{self, RemoteIdentity};
use crate::testing::MemoryStore;
use crate::time::Hlc;
use crate::wire;

/// The frame in which the contact, whose keys and rows these are, says something to `to`. `None` without a session.
pub(super) fn says(
    reader: &mut Reader<'_>,
    (own, store): (&LocalDevice, &mut MemoryStore),
    to: &LocalDevice,
    about: &[MessageRef],
) -> Option<Vec<u8>> {
    let cert = samples::cert(to);
    let plain = plaintext(reader, own.binding(&cert), to.account, about);
    let Some(Row::Session(row)) = store.rows.get(&RowKey::Session(to.device)) else {
        return None;
    };
    let remote = RemoteIdentity {
        sik: cert.signal_identity(),
        address: device_uuid(&to.device),
    };
    let mut rng = Rng::from_seed([77; 32]);
    let sealed = session::encrypt(
        &own.signal,
        &remote,
        &row.record,
        &plain,
        samples::NOW_MS,
        &mut rng,
    );
    let (record, sealed) = sealed.ok()?;
    store.rows.insert(
        RowKey::Session(to.device),
        Row::Session(SessionRow { record }),
    );
    let hint = MessageId([reader.u8(); 16]);
    let bytes = sealed.bytes.try_into().ok()?;
    Some(
        Frame::Sealed {
            hint,
            kind: sealed.kind,
            bytes,
        }
        .encode(),
    )
}

fn plaintext(
    reader: &mut Reader<'_>,
    binding: crate::crypto::Hash32,
    to: AccountId,
    about: &[MessageRef],
) -> Vec<u8> {
    let contents = samples::envelopes();
    let Some(form) = reader.u8().checked_sub(1) else {
        let length = usize::from(reader.u16());
        let content = reader.take(length);
        return wire::pad([&[wire::VERSION_1], binding.as_bytes().as_slice(), content].concat());
    };
    let (_, sample) = &contents[usize::from(form) % contents.len()];
    let mut content = sample.content.clone();
    let (id, time) = (MessageId([reader.u8(); 16]), reader.u8());
    let target = about[reader.pick(about.len())];
    match &mut content {
        Content::Contact { id: name, .. } => *name = id,
        Content::Direct(message) => {
            (message.id, message.to) = (id, to);
            message.hlc = logical(time, message.hlc);
            aim(&mut message.event, target);
        }
        Content::Ack(ids) => *ids = vec![target.id, id].try_into().unwrap_or_default(),
        Content::Community(message) => message.id = id,
    }
    let mut bytes = wire::encode_v1(&Envelope { binding, content });
    reader.patch(&mut bytes);
    wire::pad(bytes)
}

/// The sample's time, or a power of two: zero, long ago, the end of time.
fn logical(choice: u8, sample: Hlc) -> Hlc {
    match choice {
        0 => sample,
        1 => Hlc::from_bits(u64::MAX),
        shift => Hlc::from_bits(1 << (shift % 64)),
    }
}

fn aim(event: &mut DirectEvent, message: MessageRef) {
    match event {
        DirectEvent::Text { .. } => {}
        DirectEvent::Reply { to, .. } => *to = message,
        DirectEvent::Edit { target, .. }
        | DirectEvent::Delete { target }
        | DirectEvent::React { target, .. }
        | DirectEvent::Chunk { target, .. } => *target = message,
        DirectEvent::Read { up_to } => *up_to = message,
    }
}
