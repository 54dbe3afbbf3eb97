//! A community with real signatures, as tests of control ops need it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::control::body::{Body, Founding, History, LogMark};
use protocol::control::invite::JoinTerms;
use protocol::control::{
    Admit, Bits, CommunityId, Control, Offered, OpId, Place, Rules, UnverifiedOp,
};
use protocol::crypto::SigningKey;
use protocol::identity::{AccountBundle, AccountId};
use protocol::wire::{Bounded, Fixed, Text};

#[path = "people.rs"]
pub mod people;
use people::at;

/// Somebody with one device, and where that device's line of ops stands.
pub struct Person {
    pub key: protocol::identity::AccountKey,
    pub device: people::Device,
    pub bundle: AccountBundle,
    pub last: Option<OpId>,
    pub seq: u64,
    pub seconds: u64,
}

impl Person {
    pub fn new(seed: u8) -> Self {
        let key = people::account(seed);
        let device = people::device(&key, seed, 50);
        let bundle = people::bundle(&device, 60);
        Self {
            key,
            device,
            bundle,
            last: None,
            seq: 0,
            seconds: 100,
        }
    }

    pub fn account(&self) -> AccountId {
        self.bundle.account()
    }

    /// Signs the next op of this device after these heads.
    pub fn sign(&mut self, community: CommunityId, heads: &[OpId], body: Body) -> UnverifiedOp {
        self.sign_seen(community, heads, Vec::new(), body)
    }

    /// The same, with what it shows of its own content logs.
    pub fn sign_seen(
        &mut self,
        community: CommunityId,
        heads: &[OpId],
        seen: Vec<LogMark>,
        body: Body,
    ) -> UnverifiedOp {
        let mut deps: Vec<OpId> = heads.to_vec();
        deps.retain(|dep| Some(*dep) != self.last);
        deps.sort();
        deps.splice(0..0, self.last);
        self.seconds += 1;
        let place = Place {
            community,
            author: self.account(),
            seq: self.seq,
            deps: deps.try_into().unwrap(),
            seen: seen.try_into().unwrap(),
            hlc: at(self.seconds),
        };
        let op = UnverifiedOp::sign(place, body, &self.device.signing);
        self.last = Some(op.id());
        self.seq += 1;
        op
    }
}

pub fn name<const N: usize>(text: &str) -> Text<N> {
    text.try_into().unwrap()
}

/// A community as its founder has it.
pub fn founded(founder: &mut Person) -> (Control, UnverifiedOp) {
    let founding = Founding {
        name: name("Les copains"),
        bundle: founder.bundle.to_unverified(),
        everyone: Bits::EVERYONE,
        admit: Admit::Everyone,
        history: History::SinceJoin,
        nonce: Fixed([7; 32]),
    };
    let op = founder.sign(CommunityId::UNBORN, &[], Body::Found(Box::new(founding)));
    let mut control = Control::new(CommunityId::founded_by(op.id()), Rules::default());
    assert_eq!(control.offer(&op.encode()), Ok(Offered::New(vec![op.id()])));
    (control, op)
}

/// Offers an op that must be new, with nothing that had waited for it.
pub fn admit(control: &mut Control, op: &UnverifiedOp) -> OpId {
    assert_eq!(control.offer(&op.encode()), Ok(Offered::New(vec![op.id()])));
    op.id()
}

pub fn invite(maker: &mut Person, control: &mut Control, secret: &SigningKey, uses: u16) -> OpId {
    let body = Body::CreateInvite {
        key: secret.verify_key(),
        uses,
        expires: None,
        roles: Bounded::default(),
        note: name("for the party"),
    };
    let heads = control.log().dag().heads();
    let op = maker.sign(control.community(), &heads, body);
    admit(control, &op)
}

/// The op by which `admitter` lets `joiner` in; the closure spoils what is signed.
pub fn joining(
    control: &Control,
    admitter: &mut Person,
    joiner: &Person,
    by: Option<(OpId, &SigningKey)>,
    spoil: impl FnOnce(&mut JoinTerms),
) -> UnverifiedOp {
    let account = admitter.account();
    let invite = by.map(|(invite, _)| invite);
    let terms = JoinTerms::new(
        control.community(),
        invite,
        &joiner.bundle,
        account,
        [3; 16],
    );
    let mut signed = terms;
    spoil(&mut signed);
    let consent = signed.consent(&joiner.device.signing);
    let proof = by.map(|(_, secret)| signed.prove(secret));
    let body = terms.joining(&joiner.bundle, joiner.device.id(), consent, proof);
    let heads = control.log().dag().heads();
    admitter.sign(control.community(), &heads, Body::Join(Box::new(body)))
}
