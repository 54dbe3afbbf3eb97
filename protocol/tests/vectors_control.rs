//! Golden files of control ops: one of each kind, and some that must be refused.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::content::{Audience, EntryHeader, EntryId, SignedEntry};
use protocol::control::body::{
    Body, ChannelChange, ChannelKind, Founding, History, LogId, LogMark, NewChannel, NewEpoch,
    Overwrite, PolicyChange, RoleChange, Scope,
};
use protocol::control::icon::Icon;
use protocol::control::invite::JoinTerms;
use protocol::control::{
    Admit, Bits, CommunityId, Control, Fate, Offered, OpId, Place, Position, Rules, UnverifiedOp,
};
use protocol::crypto::{Hash32, Label, SigningKey};
use protocol::group::ChainId;
use protocol::identity::{DeviceRevoke, RevokeReason};
use protocol::wire::{self, Blob, Bounded, Fixed, Text};
use serde_json::{Value, json};

#[path = "vectors/community.rs"]
mod community;
#[path = "vectors/support.rs"]
mod support;
use community::Person;
use community::people::{self, at};
use support::{golden, hex, unhex};

fn name<const N: usize>(text: &str) -> Text<N> {
    text.try_into().unwrap()
}

fn list<T, const N: usize>(values: Vec<T>) -> Bounded<T, N> {
    values.try_into().unwrap()
}

/// One founder who does everything once, one joiner.
struct Script {
    ana: Person,
    control: Control,
    ops: Vec<UnverifiedOp>,
}

impl Script {
    fn does(&mut self, body: Body) -> OpId {
        let op = self.ana.sign(self.control.community(), &[], body);
        let id = op.id();
        assert_eq!(self.control.offer(&op.encode()), Ok(Offered::New(vec![id])));
        self.ops.push(op);
        id
    }
}

fn founding(ana: &Person) -> Body {
    Body::Found(Box::new(Founding {
        name: name("Les copains"),
        bundle: ana.bundle.to_unverified(),
        everyone: Bits::EVERYONE,
        admit: Admit::Everyone,
        history: History::Days(30),
        nonce: Fixed([7; 32]),
    }))
}

fn mark() -> LogMark {
    LogMark {
        log: LogId {
            device: people::device(&people::account(2), 2, 50).id(),
            incarnation: 77,
        },
        seq: 300,
        hash: Hash32([8; 32]),
    }
}

/// Every kind once, each where it is admitted.
fn script() -> Script {
    let mut ana = Person::new(1);
    let first = ana.sign(CommunityId::UNBORN, &[], founding(&ana));
    let mut control = Control::new(CommunityId::founded_by(first.id()), Rules::default());
    control.offer(&first.encode()).unwrap();
    let mut script = Script {
        ana,
        control,
        ops: vec![first],
    };
    people_come(&mut script);
    things_are_made(&mut script);
    people_go(&mut script);
    script
}

fn people_come(script: &mut Script) {
    let ben = Person::new(2);
    let secret = SigningKey::from_seed(&[9; 32]);
    let invite = script.does(Body::CreateInvite {
        key: secret.verify_key(),
        uses: 5,
        expires: Some(at(9_000)),
        roles: Bounded::default(),
        note: name("fête"),
    });
    let account = script.ana.account();
    let terms = JoinTerms::new(
        script.control.community(),
        Some(invite),
        &ben.bundle,
        account,
        [3; 16],
    );
    let consent = terms.consent(&ben.device.signing);
    let joining = terms.joining(
        &ben.bundle,
        ben.device.id(),
        consent,
        Some(terms.prove(&secret)),
    );
    script.does(Body::Join(Box::new(joining)));
    script.does(Body::Nickname {
        name: Some(name("Anouk")),
    });
    script.does(Body::Timeout {
        who: ben.account(),
        until: at(8_000),
        reason: name("assez"),
    });
    script.does(Body::Confirm {
        who: list(vec![ben.account()]),
    });
    let transfer = script.does(Body::Transfer { to: account });
    script.does(Body::RevokeInvite { invite });
    // Only whom it is offered to could accept: an offer to oneself has the right shape, and is void.
    script.does(Body::Accept { transfer });
    let more = people::device(&people::account(1), 4, 55);
    script.does(Body::AddDevice {
        cert: Box::new(*more.cert.as_unverified()),
    });
    let revoke = DeviceRevoke::issue(&ben.key, ben.device.id(), RevokeReason::LOST, at(500));
    script.does(Body::RevokeDevice {
        revoke: Box::new(*revoke.as_unverified()),
    });
}

fn things_are_made(script: &mut Script) {
    let who = Person::new(2).account();
    let role = script.does(Body::CreateRole {
        name: name("modération"),
        colour: [1, 2, 255],
        position: Position(300),
        bits: Bits::KICK.with(Bits::VIEW),
    });
    let changes = vec![
        RoleChange::Name(name("mods")),
        RoleChange::Colour([0; 3]),
        RoleChange::Uses(Bits::USE),
    ];
    script.does(Body::UpdateRole {
        role,
        changes: list(changes),
    });
    script.does(Body::Assign { who, role });
    script.does(Body::Unassign { who, role });
    let overwrite = Overwrite {
        role,
        allow: Bits::VIEW,
        deny: Bits::SEND,
    };
    let channel = script.does(Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: name("général"),
        parent: None,
        place: 2,
        scope: Scope::Private,
        overwrites: list(vec![overwrite]),
    })));
    let changes = vec![
        ChannelChange::Name(name("salon")),
        ChannelChange::Topic(name("de tout")),
        ChannelChange::Parent(Some(channel)),
        ChannelChange::Place(3),
        ChannelChange::Scope(Scope::Public),
        ChannelChange::Overwrite(overwrite),
        ChannelChange::SlowMode(30),
    ];
    script.does(Body::UpdateChannel {
        channel,
        changes: list(changes),
    });
    script.does(Body::DeleteChannel { channel });
    script.does(Body::DeleteRole { role });
    let changes = vec![
        PolicyChange::Name(name("Copains")),
        PolicyChange::Topic(name("entre nous")),
        PolicyChange::Admit(Admit::Chosen),
        PolicyChange::History(History::Full),
    ];
    script.does(Body::Policy {
        changes: list(changes),
    });
}

fn people_go(script: &mut Script) {
    let who = Person::new(2).account();
    let cut = || list(vec![mark()]);
    script.does(Body::Kick {
        who,
        cut: cut(),
        invites: true,
        reason: name("spam"),
    });
    script.does(Body::Ban {
        who,
        until: None,
        cut: cut(),
        invites: false,
        reason: name(""),
    });
    script.does(Body::Unban { who });
    let covers = script.control.log().now().to_cover(&[]);
    script.does(Body::Rekey(Box::new(NewEpoch {
        n: 0,
        parents: Bounded::default(),
        commit: Hash32([6; 32]),
        wrapped: list(vec![Blob::try_from(vec![5; 48]).unwrap()]),
        covers: list(covers),
    })));
    script.does(Body::Merge);
    let (seq, last) = (script.ana.seq, script.ana.last);
    let other = |script: &mut Script, body| {
        (script.ana.seq, script.ana.last) = (seq, last);
        script.ana.sign(script.control.community(), &[], body).head
    };
    let mut heads = [other(script, Body::Merge), other(script, Body::Leave)];
    heads.sort_by_key(|head| head.header.id());
    let [one, second] = heads;
    (script.ana.seq, script.ana.last) = (seq, last);
    script.does(Body::Leave);
    script.does(Body::Fork {
        one: Box::new(one),
        other: Box::new(second),
    });
    let mut entries = [entry(script, 1), entry(script, 2)];
    entries.sort_by_key(SignedEntry::id);
    let [one, other] = entries.map(Box::new);
    script.does(Body::ForkedLog { one, other });
    let changes = vec![
        ChannelChange::History(Some(History::Days(7))),
        ChannelChange::History(None),
    ];
    let channel = script.ops[0].id();
    script.does(Body::UpdateChannel {
        channel,
        changes: list(changes),
    });
    let elsewhere = CommunityId(Hash32([9; 32]));
    let changes = list(vec![PolicyChange::ForkedFrom(elsewhere)]);
    script.does(Body::Policy { changes });
    let icon = Icon::new(b"\x89PNG\r\n\x1a\n and what follows".to_vec()).unwrap();
    let changes = vec![PolicyChange::Icon(Some(icon)), PolicyChange::Icon(None)];
    script.does(Body::Policy {
        changes: list(changes),
    });
}

/// What a device signs of the fifth entry of its log.
fn entry(script: &Script, tint: u8) -> SignedEntry {
    let first = script.ops[0].id();
    let header = EntryHeader {
        community: script.control.community(),
        log: LogId {
            device: script.ana.device.id(),
            incarnation: 77,
        },
        seq: 4,
        prev: Some(EntryId(Hash32([4; 32]))),
        hlc: at(500),
        heads: list(vec![first]),
        audience: Audience::Community,
        epoch: first,
        chain: ChainId([5; 16]),
        key_id: 6,
        iteration: 7,
        commit: Hash32([tint; 32]),
        content_hash: Hash32([tint; 32]),
        content_len: 272,
        lives: None,
    };
    let key_hash = Hash32([tint; 32]);
    let signing = &script.ana.device.signing;
    SignedEntry {
        sig: signing.sign(Label::Entry, &header.signed(&key_hash)),
        header,
        key_hash,
    }
}

/// What a reader must find in an op.
fn told(op: &UnverifiedOp, log: &Control) -> Value {
    let header = &op.head.header;
    let body = wire::encode(&op.body);
    json!({
        "id": hex(op.id().0.as_bytes()),
        "kind": body[0],
        "community": hex(header.community.0.as_bytes()),
        "author": hex(header.author.as_bytes()),
        "device": hex(header.device.as_bytes()),
        "seq": header.seq,
        "deps": header.deps.iter().map(|dep| hex(dep.0.as_bytes())).collect::<Vec<_>>(),
        "hlc": header.hlc.as_bits(),
        "body_hash": hex(header.body.as_bytes()),
        "body": hex(&body),
        "sig": hex(op.head.sig.as_bytes()),
        "counts": log.log().now().fate(&op.id()) == Some(Fate::Valid),
        "bytes": hex(&op.encode()),
    })
}

#[test]
fn control_ops_are_frozen() {
    let script = script();
    let ops: Vec<Value> = script
        .ops
        .iter()
        .map(|op| told(op, &script.control))
        .collect();
    let kinds: std::collections::BTreeSet<u64> =
        ops.iter().filter_map(|op| op["kind"].as_u64()).collect();
    assert_eq!(kinds.len(), 28, "a kind has no vector");
    let file = golden("control_ops", &json!({ "ops": ops }));
    for entry in file["ops"].as_array().unwrap() {
        let bytes = unhex(&entry["bytes"]);
        let op = UnverifiedOp::decode(&bytes).unwrap();
        assert_eq!(op.encode(), bytes);
    }
}

#[test]
fn refused_control_ops_are_frozen() {
    let mut ana = Person::new(1);
    let good = ana.sign(CommunityId::UNBORN, &[], founding(&ana));
    let bytes = good.encode();
    let mut version = bytes.clone();
    version[0] = 2;
    let mut other_body = good;
    other_body.body = Body::Merge;
    let place = Place {
        community: CommunityId::UNBORN,
        author: ana.account(),
        seq: 1,
        deps: Bounded::default(),
        seen: Bounded::default(),
        hlc: at(1),
    };
    let kind = UnverifiedOp::sign(place, Body::Merge, &ana.device.signing).encode();
    let gif = Blob::<64>::try_from(&b"GIF89a"[..]).unwrap();
    let changes = [&wire::encode(&1_u8)[..], &[5, 1], &wire::encode(&gif)].concat();
    let picture = [&kind[..kind.len() - 1], &[22], &changes].concat();
    let unknown = [&kind[..kind.len() - 1], &[28]].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a version that is not known", version),
        ("cut off", bytes[..bytes.len() - 1].to_vec()),
        ("a byte behind its end", [bytes.as_slice(), &[0]].concat()),
        ("another body than was signed", other_body.encode()),
        ("a kind that is not known", unknown),
        ("an icon that is no picture", picture),
        ("nothing", Vec::new()),
    ];
    let said: Vec<Value> = cases
        .iter()
        .map(|(why, bytes)| json!({ "why": why, "bytes": hex(bytes) }))
        .collect();
    let file = golden("control_ops_refused", &json!({ "refused": said }));
    for entry in file["refused"].as_array().unwrap() {
        assert!(
            UnverifiedOp::decode(&unhex(&entry["bytes"])).is_err(),
            "{}",
            entry["why"]
        );
    }
}
