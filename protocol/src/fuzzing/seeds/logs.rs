//! Seeds of what lies in the logs of a community: control ops and content entries.

use super::{Seeds, named};
use crate::content::{self, Audience, ChannelEvent, ContentMessage, EntryId, EntryPlace};
use crate::control::body::{Body, ChannelChange, Founding, History, LogId, Overwrite, Scope};
use crate::control::{Admit, Bits, CommunityId, Place, UnverifiedOp};
use crate::crypto::{Hash32, Rng, SigningKey};
use crate::fuzzing::samples;
use crate::group::{self, ChainId};
use crate::identity::DeviceId;
use crate::message::{MessageId, MessageRef};
use crate::wire::{Bounded, Fixed};

/// Control ops with every shape of field: lists, options, nested values, a device list.
pub(in super::super) fn control_ops() -> Seeds {
    let who = samples::ana().account;
    let role = CommunityId::UNBORN.founding();
    let overwrite = Overwrite {
        role,
        allow: Bits::VIEW,
        deny: Bits::SEND,
    };
    let key = SigningKey::from_seed(&[1; 32]);
    let signed = |body: Body| {
        let place = Place {
            community: CommunityId::UNBORN,
            author: who,
            seq: 300,
            deps: vec![role].try_into().unwrap(),
            seen: Bounded::default(),
            hlc: samples::at(60),
        };
        UnverifiedOp::sign(place, body, &key).encode()
    };
    let founding = Body::Found(Box::new(Founding {
        name: "Les copains".try_into().unwrap(),
        bundle: samples::ana().bundle.to_unverified(),
        everyone: Bits::EVERYONE,
        admit: Admit::Everyone,
        history: History::Days(30),
        nonce: Fixed([7; 32]),
    }));
    let ban = Body::Ban {
        who,
        until: Some(samples::at(600)),
        cut: Bounded::default(),
        invites: true,
        reason: "spam".try_into().unwrap(),
    };
    let changes = vec![
        ChannelChange::Name("salon".try_into().unwrap()),
        ChannelChange::Parent(Some(role)),
        ChannelChange::Scope(Scope::Private),
        ChannelChange::Overwrite(overwrite),
        ChannelChange::SlowMode(300),
    ];
    let changed = Body::UpdateChannel {
        channel: role,
        changes: changes.try_into().unwrap(),
    };
    let history = vec![ChannelChange::History(Some(History::Full))];
    let past = Body::UpdateChannel {
        channel: role,
        changes: history.try_into().unwrap(),
    };
    named([
        ("founding", signed(founding)),
        ("ban", signed(ban)),
        ("channel changed", signed(changed)),
        ("merge", signed(Body::Merge)),
        ("past opened", signed(past)),
    ])
}

/// Entries of content logs: the first of a log, a later one in a private channel, one without its sealed key.
pub(in super::super) fn content_entries() -> Seeds {
    let mut rng = Rng::from_seed([5; 32]);
    let signer = SigningKey::from_seed(&[1; 32]);
    let device = DeviceId::of(&signer.verify_key());
    let channel = CommunityId::UNBORN.founding();
    let chain = ChainId::draw(&mut rng);
    let (mut record, _) = group::create(device, chain, &mut rng).unwrap();
    let mut sealed = |seq: u64, audience: Audience, event: ChannelEvent| {
        let place = EntryPlace {
            community: CommunityId::UNBORN,
            log: LogId {
                device,
                incarnation: 300,
            },
            seq,
            prev: (seq > 0).then_some(EntryId(Hash32([6; 32]))),
            hlc: samples::at(60),
            heads: vec![channel].try_into().unwrap(),
            audience,
            epoch: channel,
            lives: None,
        };
        let message = ContentMessage {
            id: MessageId([7; 16]),
            channel,
            seen: Bounded::default(),
            event,
        };
        let at = group::position(chain, &record).unwrap();
        let sealed = content::seal(place, at, &record, &message, &signer, &mut rng).unwrap();
        record = sealed.record;
        sealed.entry
    };
    let target = MessageRef {
        author: device,
        id: MessageId([7; 16]),
    };
    let text = ChannelEvent::Text {
        body: "bonjour".try_into().unwrap(),
        mentions: Bounded::default(),
        thread: None,
    };
    let first = sealed(0, Audience::Community, text);
    let pin = ChannelEvent::Pin { target, on: true };
    let later = sealed(300, Audience::Channel(channel), pin);
    named([
        ("first", first.encode()),
        ("later in a private channel", later.encode()),
        ("without its sealed key", later.without_key().encode()),
    ])
}
