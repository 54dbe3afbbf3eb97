//! A community of Ana's into which she lets Bo, and what she says there: real ops, entries, keys and tags, so that whoever
//! reads the golden files can check each by the others.

mod rows;

use std::sync::LazyLock;

pub(super) use rows::rows;

use super::{NOW_MS, ana, at, bo, message, text};
use crate::content::{
    self, Audience, ChannelEvent, ContentMessage, EntryId, EntryKey, EntryPlace, Mention, Sealed,
};
use crate::control::body::{
    Body, ChannelKind, Founding, History, Joining, LogId, NewChannel, NewEpoch, Scope,
};
use crate::control::invite::JoinTerms;
use crate::control::{
    Admit, Bits, CommunityId, Control, Offered, OpId, Place, Rules, UnverifiedOp,
};
use crate::crypto::{Hash32, Label, Rng, SigningKey, aead, kdf};
use crate::group::{self, ChainId, ChainRecord, Distribution};
use crate::link::auth::Ends;
use crate::link::frame::LogEnd;
use crate::link::{CommunityFrame, Frame};
use crate::local::LocalDevice;
use crate::message::{
    CommunityMessage, Content, Evidence, HandedChain, KeyMessage, MessageId, MessageRef, Report,
    Reported,
};
use crate::persist::{
    ChainRow, ChainSource, CommunityRow, CommunityState, EarlyRow, EntryRow, GapRow, LogRow,
    MarksRow, OpRow, PaceRow, PromiseRow, Refusal, ReportRow, ReportedRow, Row, SaidRow, SecretRow,
    SendingRow, ToldRow,
};
use crate::time::Timestamp;
use crate::wire::{self, Bounded, Fixed};

/// Seed of the invite's key.
const INVITE: [u8; 32] = [0x71; 32];
/// Secrets of the two epochs, each after the other.
const SECRETS: [[u8; 32]; 2] = [[0x72; 32], [0x73; 32]];

/// All of it. Ana's device does everything.
struct World {
    community: CommunityId,
    ops: Vec<UnverifiedOp>,
    invite: OpId,
    joining: Joining,
    epochs: [OpId; 2],
    /// A public channel and a private one.
    channels: [OpId; 2],
    chains: [Chain; 2],
    log: LogId,
    entries: Vec<Sealed>,
}

/// A sender chain of hers, as it was before its first message.
struct Chain {
    audience: Audience,
    chain: ChainId,
    record: ChainRecord,
    told: Distribution,
}

static WORLD: LazyLock<World> = LazyLock::new(world);

/// Her control log as it grows.
struct Script {
    ana: LocalDevice,
    control: Control,
    ops: Vec<UnverifiedOp>,
}

impl Script {
    fn does(&mut self, community: CommunityId, body: Body) -> OpId {
        let last = self.ops.last().map(UnverifiedOp::id);
        let seq = u64::try_from(self.ops.len()).unwrap();
        let place = Place {
            community,
            author: self.ana.account,
            seq,
            deps: last.into_iter().collect::<Vec<_>>().try_into().unwrap(),
            seen: Bounded::default(),
            hlc: at(60 + seq),
        };
        let op = UnverifiedOp::sign(place, body, &self.ana.signing);
        let id = op.id();
        if self.ops.is_empty() {
            self.control = Control::new(CommunityId::founded_by(id), Rules::default());
        }
        assert_eq!(self.control.offer(&op.encode()), Ok(Offered::New(vec![id])));
        self.ops.push(op);
        id
    }
}

fn world() -> World {
    let mut script = Script {
        ana: ana(),
        control: Control::new(CommunityId::UNBORN, Rules::default()),
        ops: Vec::new(),
    };
    let founding = Founding {
        name: text("Les copains"),
        bundle: script.ana.bundle.to_unverified(),
        everyone: Bits::EVERYONE,
        admit: Admit::Everyone,
        history: History::SinceJoin,
        nonce: Fixed([0x74; 32]),
    };
    let first = script.does(CommunityId::UNBORN, Body::Found(Box::new(founding)));
    let community = CommunityId::founded_by(first);
    let before = script.does(community, epoch(0, None));
    let channels = [("salon", Scope::Public), ("cuisine", Scope::Private)]
        .map(|(name, scope)| script.does(community, channel(name, scope)));
    let invite = Body::CreateInvite {
        key: SigningKey::from_seed(&INVITE).verify_key(),
        uses: 5,
        expires: None,
        roles: Bounded::default(),
        note: text("for the party"),
    };
    let invite = script.does(community, invite);
    let joining = joining(community, invite, &script.ana);
    script.does(community, Body::Join(Box::new(joining.clone())));
    let after = script.does(community, epoch(1, Some(before)));
    assert_eq!(script.control.log().now().epoch(), Some(after));
    let log = LogId {
        device: script.ana.device,
        incarnation: 77_000,
    };
    let audiences = [Audience::Community, Audience::Channel(channels[1])];
    let chains = [chain(0x75, audiences[0]), chain(0x76, audiences[1])];
    let (epochs, ops) = ([before, after], script.ops);
    let mut world = World {
        community,
        ops,
        invite,
        joining,
        epochs,
        channels,
        chains,
        log,
        entries: Vec::new(),
    };
    for number in [0, 1] {
        let entry = entry(&world, number);
        world.entries.push(entry);
    }
    world
}

/// The op of an epoch, as the protocol makes it.
fn epoch(number: u8, parent: Option<OpId>) -> Body {
    let secret = SECRETS[usize::from(number)];
    let control = |secret: [u8; 32]| kdf(Label::EpochControl, &[&secret]);
    let wrapped = parent.map(|parent| {
        let (key, under) = (control(secret), control(SECRETS[usize::from(number) - 1]));
        let sealed = aead::seal(&key, &[0; 24], parent.0.as_bytes(), &*under);
        sealed.try_into().unwrap()
    });
    Body::Rekey(Box::new(NewEpoch {
        n: number.into(),
        parents: list(parent.into_iter().collect()),
        commit: Hash32::of(Label::EpochSecret, &secret),
        wrapped: list(wrapped.into_iter().collect()),
        covers: Bounded::default(),
    }))
}

fn channel(name: &str, scope: Scope) -> Body {
    Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: text(name),
        parent: None,
        place: 0,
        scope,
        overwrites: Bounded::default(),
    }))
}

/// What Bo asks Ana with.
fn joining(community: CommunityId, invite: OpId, ana: &LocalDevice) -> Joining {
    let (bo, nonce) = (bo(), [0x77; 16]);
    let terms = JoinTerms::new(community, Some(invite), &bo.bundle, ana.account, nonce);
    let proof = terms.prove(&SigningKey::from_seed(&INVITE));
    terms.joining(
        &bo.bundle,
        bo.device,
        terms.consent(&bo.signing),
        Some(proof),
    )
}

fn chain(seed: u8, audience: Audience) -> Chain {
    let mut rng = Rng::from_seed([seed; 32]);
    let chain = ChainId::draw(&mut rng);
    let (record, told) = group::create(ana().device, chain, &mut rng).unwrap();
    Chain {
        audience,
        chain,
        record,
        told,
    }
}

/// Her next entry: the first in the public channel, the second in the private one.
fn entry(world: &World, number: u8) -> Sealed {
    let which = usize::from(number);
    let chain = &world.chains[which];
    let place = EntryPlace {
        community: world.community,
        log: world.log,
        seq: number.into(),
        prev: world.entries.last().map(|before| before.entry.id()),
        hlc: at(120 + u64::from(number)),
        heads: list(vec![world.head()]),
        audience: chain.audience,
        epoch: world.epochs[1],
        lives: None,
    };
    let said = ContentMessage {
        id: MessageId([0x78 + number; 16]),
        channel: world.channels[which],
        seen: Bounded::default(),
        event: ChannelEvent::Text {
            body: text(["Salut à tous", "Qui cuisine ?"][which]),
            mentions: Bounded::default(),
            thread: None,
        },
    };
    let at = group::position(chain.chain, &chain.record).unwrap();
    let mut rng = Rng::from_seed([0x7a + number; 32]);
    content::seal(place, at, &chain.record, &said, &ana().signing, &mut rng).unwrap()
}

impl World {
    fn head(&self) -> OpId {
        self.ops.last().unwrap().id()
    }

    /// How far the logs are known: hers, and one of Bo's.
    fn ends(&self) -> Vec<LogEnd> {
        let theirs = LogId {
            device: bo().device,
            incarnation: u64::MAX,
        };
        let newest = self.entries.last().unwrap().entry.id();
        let mut ends = vec![
            (self.log, 2, newest),
            (theirs, 300, EntryId(Hash32([0x7c; 32]))),
        ];
        ends.sort();
        ends
    }

    /// What she said in the public channel.
    fn said(&self) -> MessageRef {
        MessageRef {
            author: self.log.device,
            id: MessageId([0x78; 16]),
        }
    }

    fn key(&self, number: usize) -> (LogId, u64, EntryKey) {
        let seq = u64::try_from(number).unwrap();
        let key = EntryKey::from_bytes(*self.entries[number].key.as_bytes());
        (self.log, seq, key)
    }
}

/// The tag of an invite, on the link of the golden file of link authentication; whoever sends it proves.
fn tag(label: Label, of_ana: bool) -> [u8; 16] {
    let ends = [
        (&b"peer id of ana"[..], &[0x11; 32]),
        (&b"peer id of bo"[..], &[0x12; 32]),
    ];
    let [first, second] = if of_ana { [0, 1] } else { [1, 0] };
    let ((prover, prover_nonce), (verifier, verifier_nonce)) = (ends[first], ends[second]);
    let key = SigningKey::from_seed(&INVITE).verify_key();
    let ends = Ends {
        prover,
        verifier,
        prover_nonce,
        verifier_nonce,
    };
    ends.invited(&key, label)
}

/// Every kind of frame about a community, every reason to refuse, and each list with nothing in it.
pub(super) fn frames() -> Vec<Frame> {
    use Refusal::{Banned, Elsewhere, Expired, Full, NotByMe, NotNow, Revoked, Unknown, UsedUp};
    let community = WORLD.community;
    let why = [
        Unknown, Expired, Revoked, UsedUp, NotByMe, Banned, Full, NotNow, Elsewhere,
    ];
    let mut frames = vec![
        CommunityFrame::Knock {
            tag: tag(Label::InviteKnock, false),
        },
        CommunityFrame::Answer {
            tag: tag(Label::InviteAnswer, true),
        },
        CommunityFrame::Ask {
            community,
            joining: Box::new(WORLD.joining.clone()),
        },
    ];
    frames.extend(why.map(|why| CommunityFrame::Refused { community, why }));
    for full in [true, false] {
        frames.extend(lists(full));
    }
    frames.push(CommunityFrame::SecretWanted {
        community,
        epoch: WORLD.epochs[1],
    });
    frames.push(CommunityFrame::Beyond {
        community,
        log: WORLD.log,
        from: 1,
    });
    let boxed = |frame| Frame::Community(Box::new(frame));
    frames.into_iter().map(boxed).collect()
}

/// Frames with lists, full or empty.
fn lists(full: bool) -> [CommunityFrame; 5] {
    let community = WORLD.community;
    let ends = kept(WORLD.ends(), full);
    let ops = WORLD.ops.iter().map(|op| op.encode().try_into().unwrap());
    let entries = WORLD.entries.iter();
    let entries = entries.map(|sealed| sealed.entry.encode().try_into().unwrap());
    let wanted = vec![(WORLD.log, 0), (WORLD.log, 1)];
    [
        CommunityFrame::Heads {
            community,
            heads: list(kept(vec![WORLD.head()], full)),
            contents: Hash32::of(Label::CommunityContents, &wire::encode(&ends)),
            wants: full,
        },
        CommunityFrame::Ops {
            community,
            ops: list(kept(ops.collect(), full)),
            more: false,
        },
        CommunityFrame::Logs {
            community,
            logs: list(ends),
            wants: !full,
        },
        CommunityFrame::Entries {
            community,
            entries: list(kept(entries.collect(), full)),
            more: full,
        },
        CommunityFrame::KeysWanted {
            community,
            entries: list(kept(wanted, full)),
        },
    ]
}

/// Every kind of key, from Ana's device to Bo's.
pub(super) fn contents() -> Vec<(&'static str, Content)> {
    let secret = |number: usize| KeyMessage::Secret {
        epoch: WORLD.epochs[number],
        secret: SECRETS[number],
    };
    let chain = |number: usize| {
        let chain = &WORLD.chains[number];
        KeyMessage::Chain {
            audience: chain.audience,
            chain: chain.chain,
            distribution: chain.told.bytes.clone(),
        }
    };
    let handed = |number: usize| {
        let chain = &WORLD.chains[number];
        HandedChain {
            device: WORLD.log.device,
            audience: chain.audience,
            chain: chain.chain,
            distribution: chain.told.bytes.clone(),
        }
    };
    let entries = |keys, chains| KeyMessage::Entries {
        keys: list(keys),
        chains: list(chains),
    };
    let all = [
        ("key secret", secret(1)),
        ("key secret of before", secret(0)),
        ("key chain", chain(0)),
        ("key chain of a channel", chain(1)),
        (
            "key entries",
            entries(vec![WORLD.key(0), WORLD.key(1)], vec![]),
        ),
        ("key entries none", entries(vec![], vec![])),
        (
            "key entries and chains",
            entries(vec![WORLD.key(0)], vec![handed(0), handed(1)]),
        ),
        ("key report", report(true)),
        ("key report of nothing shown", report(false)),
    ];
    let message = |key| {
        Content::Community(CommunityMessage {
            id: MessageId([0x06; 16]),
            community: WORLD.community,
            key,
        })
    };
    all.map(|(name, key)| (name, message(key))).into()
}

/// What she said in the public channel, reported: shown, and named.
fn report(full: bool) -> KeyMessage {
    let (log, seq, key) = WORLD.key(0);
    let shown = WORLD.entries[0].entry.clone().without_key().encode();
    let shown = Evidence::Whole {
        entry: shown.try_into().unwrap(),
        key: key.clone(),
    };
    let evidence = vec![shown, Evidence::Named { log, seq, key }];
    KeyMessage::Report(Box::new(Report {
        heads: list(vec![WORLD.head()]),
        channel: WORLD.channels[0],
        reason: text("insulte"),
        messages: list(vec![Reported {
            message: WORLD.said(),
            evidence: list(kept(evidence, full)),
        }]),
    }))
}

/// The values, or none of them.
fn kept<T>(values: Vec<T>, full: bool) -> Vec<T> {
    if full { values } else { Vec::new() }
}

fn list<T: std::fmt::Debug, const N: usize>(values: Vec<T>) -> Bounded<T, N> {
    values.try_into().unwrap()
}
