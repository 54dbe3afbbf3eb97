//! One example of everything that has a frozen format, made from fixed seeds: the golden files and the seeds of the
//! fuzzers hold these very values.

mod communities;
mod rows;

pub use rows::rows;

use crate::control::{CommunityId, JoinLink, OpId};
use crate::crypto::{Hash32, Rng, SigningKey};
use crate::identity::{
    AccountBundle, AccountKey, ContactLink, DeviceCert, DeviceId, DeviceRevoke, Hints,
    RecoveryWords, RevokeReason, commit,
};
use crate::link::Frame;
use crate::link::frame::{Role, VERSION};
use crate::local::LocalDevice;
use crate::message::{
    ContactStep, Content, DirectEvent, DirectMessage, Envelope, MessageId, MessageRef, Name,
};
use crate::session::{self, Kind, KyberRow, PrekeyOffer};
use crate::time::{Hlc, Now, Timestamp};
use crate::wire::Text;

/// When the samples were made: a day in November 2026, in milliseconds since 1970.
pub const NOW_MS: u64 = 1_795_000_000_000;

/// A logical time, in seconds after [`NOW_MS`].
#[must_use]
pub const fn at(seconds: u64) -> Hlc {
    Hlc::from_wall(Timestamp::from_millis(NOW_MS + seconds * 1_000))
}

/// An account key from a seed.
#[must_use]
pub fn account(seed: u8) -> AccountKey {
    RecoveryWords::from_entropy(&[seed; 32]).account_key()
}

/// A device of an account, both from seeds.
#[must_use]
pub fn device(account_seed: u8, seed: u8, name: &str) -> LocalDevice {
    let now = Now {
        wall: Timestamp::from_millis(NOW_MS),
        ..Now::default()
    };
    let name = text(name);
    LocalDevice::certify(
        &account(account_seed),
        name,
        now,
        &mut Rng::from_seed([seed; 32]),
    )
}

/// Ana's device.
#[must_use]
pub fn ana() -> LocalDevice {
    device(1, 11, "Ana")
}

/// Bo's device.
#[must_use]
pub fn bo() -> LocalDevice {
    device(2, 21, "Bo")
}

/// The certificate of a device.
///
/// # Panics
/// If it was revoked.
#[must_use]
pub fn cert(local: &LocalDevice) -> DeviceCert {
    *local
        .bundle
        .device(&local.device)
        .expect("a sample's device is certified")
}

/// Bundles: a device alone, two devices, two and a revoked one, and another account's.
#[must_use]
pub fn bundles() -> Vec<(&'static str, AccountBundle)> {
    let (first, second) = (ana().bundle, device(1, 12, "Ana").bundle);
    let gone = device(1, 13, "Ana");
    let two = first.merge(&second).unwrap();
    let revoke = DeviceRevoke::issue(&account(1), gone.device, RevokeReason::LOST, at(60));
    let revoked = two
        .merge(&gone.bundle)
        .unwrap()
        .with_revoke(revoke)
        .unwrap();
    vec![
        ("one device", first),
        ("two devices", two),
        ("two devices and a revoked one", revoked),
        ("another account", bo().bundle),
    ]
}

/// Bo's prekey offers: with one-time keys, and of last resort.
#[must_use]
pub fn offers() -> [PrekeyOffer; 2] {
    let (bo, mut rng) = (bo().signal, Rng::from_seed([22; 32]));
    let signed = session::generate_signed(&bo, 1, NOW_MS, &mut rng).unwrap();
    let one_time = session::generate_one_time(2, &mut rng).unwrap();
    let kem = session::generate_kyber(&bo, 3, NOW_MS, &mut rng).unwrap();
    let last = session::generate_kyber(&bo, 4, NOW_MS, &mut rng).unwrap();
    let live = KyberRow {
        record: &kem,
        last_resort: false,
    };
    let last = KyberRow {
        record: &last,
        last_resort: true,
    };
    [
        PrekeyOffer::from_rows(&bo, &signed, live, Some(&one_time)).unwrap(),
        PrekeyOffer::from_rows(&bo, &signed, last, None).unwrap(),
    ]
}

/// Contact links with every form of hints.
#[must_use]
pub fn links() -> Vec<ContactLink> {
    hints()
        .map(|hints| ContactLink::new(ana().account, hints).unwrap())
        .into()
}

/// Invite links with every form of hints.
#[must_use]
pub fn join_links() -> Vec<JoinLink> {
    let community = CommunityId(Hash32([31; 32]));
    let (invite, key) = (OpId(Hash32([32; 32])), SigningKey::from_seed(&[33; 32]));
    hints()
        .map(|hints| JoinLink::new(community, invite, &key, hints).unwrap())
        .into()
}

/// Every form of hints.
fn hints() -> [Hints; 5] {
    let (v6, v4) = (
        "[2001:db8::1]:4001".parse().ok(),
        "192.0.2.7:4001".parse().ok(),
    );
    [
        Hints::None,
        Hints::Addresses { v6, v4: None },
        Hints::Addresses { v6: None, v4 },
        Hints::Addresses { v6, v4 },
        Hints::Bootstrap(text("b.example.org:4001")),
    ]
}

/// Every kind of frame.
#[must_use]
pub fn frames() -> Vec<Frame> {
    let bundle = ana().bundle.to_unverified();
    let tags: Vec<_> = (0..64).map(|n| [n; 8]).collect();
    let [live, last_resort] = offers();
    let mut frames = vec![
        Frame::Hello {
            version: VERSION,
            role: Role::Member,
            nonce: [0x11; 32],
        },
        Frame::Tags {
            last: true,
            tags: tags.try_into().unwrap(),
        },
        Frame::Match {
            index: 63,
            mac: [0x22; 32],
        },
        Frame::NoMatch {
            padding: [0x33; 32],
            more: 0x34,
        },
        Frame::Proof { mac: [0x44; 32] },
        Frame::Card {
            name: text("Ana"),
            bundle: bundle.clone(),
        },
        Frame::Seek { tag: [0x55; 16] },
        Frame::Introduce {
            bundle: bundle.clone(),
        },
        Frame::PrekeyFetch,
        Frame::Prekeys {
            offer: Box::new(live),
        },
        Frame::Prekeys {
            offer: Box::new(last_resort),
        },
        sealed(Kind::PreKey, 0x66),
        sealed(Kind::Whisper, 0x77),
        Frame::SessionReset {
            hash: Hash32([0x88; 32]),
            mac: [0x89; 32],
        },
        Frame::Bundle { bundle },
        Frame::Presence { state: 1 },
        Frame::Typing { on: true },
    ];
    frames.extend(communities::frames());
    frames
}

fn sealed(kind: Kind, byte: u8) -> Frame {
    Frame::Sealed {
        hint: MessageId([byte; 16]),
        kind,
        bytes: vec![byte; 5].try_into().unwrap(),
    }
}

/// Every kind of event in a private conversation.
#[must_use]
pub fn events() -> Vec<(&'static str, DirectEvent)> {
    let (target, body) = (message(7), text("salut, ça va ?"));
    vec![
        (
            "text",
            DirectEvent::Text {
                body: text("salut"),
            },
        ),
        (
            "reply",
            DirectEvent::Reply {
                to: target,
                body: text("et toi ?"),
            },
        ),
        ("edit", DirectEvent::Edit { target, body }),
        ("delete", DirectEvent::Delete { target }),
        (
            "react",
            DirectEvent::React {
                target,
                emoji: text("👍🏽"),
                on: true,
            },
        ),
        (
            "react off",
            DirectEvent::React {
                target,
                emoji: text("👍🏽"),
                on: false,
            },
        ),
        ("read", DirectEvent::Read { up_to: target }),
        (
            "chunk",
            DirectEvent::Chunk {
                target,
                index: 2,
                count: 300,
                whole: Hash32([0x5c; 32]),
                media: text("image/png"),
                bytes: vec![0x89, 0x50, 0x4e, 0x47].try_into().unwrap(),
            },
        ),
    ]
}

/// Every kind of content, from Ana's device to Bo's.
#[must_use]
pub fn envelopes() -> Vec<(&'static str, Envelope)> {
    let (ana, bo) = (ana(), bo());
    let binding = ana.binding(&cert(&bo));
    let commitment = commit(&[0xa1; 32], &ana.account);
    let step = |name, step| {
        (
            name,
            Content::Contact {
                id: MessageId([0x01; 16]),
                step,
            },
        )
    };
    let mut contents = vec![
        step(
            "contact request",
            ContactStep::request(&ana.bundle, text("Ana"), commitment),
        ),
        step("contact nonce", ContactStep::Nonce { nonce: [0xb1; 32] }),
        step("contact reveal", ContactStep::Reveal { nonce: [0xa1; 32] }),
        step("contact accept", ContactStep::Accept { name: text("Bo") }),
    ];
    contents.extend(events().into_iter().map(|(name, event)| {
        let seen = if name == "text" {
            vec![]
        } else {
            vec![message(5), message(6)]
        };
        let seen = seen.try_into().unwrap();
        let id = MessageId([0x02; 16]);
        (
            name,
            Content::Direct(DirectMessage {
                id,
                to: bo.account,
                hlc: at(1),
                seen,
                event,
            }),
        )
    }));
    let ids = vec![MessageId([0x03; 16]), MessageId([0x04; 16])];
    contents.push(("ack", Content::Ack(ids.try_into().unwrap())));
    contents.extend(communities::contents());
    contents
        .into_iter()
        .map(|(name, content)| (name, Envelope { binding, content }))
        .collect()
}

/// A message of device `n`, with id `n`.
#[must_use]
pub const fn message(n: u8) -> MessageRef {
    MessageRef {
        author: DeviceId([n; 32]),
        id: MessageId([n; 16]),
    }
}

fn text<const N: usize>(text: &str) -> Text<N> {
    Text::try_from(text).unwrap()
}

/// A display name.
///
/// # Panics
/// If it is over its limit.
#[must_use]
pub fn name(name: &str) -> Name {
    text(name)
}
