//! Where a community's control ops come in: bytes of peers become facts, or are refused with a reason.
//!
//! An op is read, its signatures are checked, and only then does the [`ControlLog`] see it. What comes before its past
//! waits, bounded; the oldest of those is forgotten first, for sync brings it again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

mod forks;

pub use forks::LogEnding;
use thiserror::Error;

use super::body::{Body, Joining, LogId, LogMark, Via};
use super::dag::{Admission, OpFault};
use super::fact::{Fact, OpId};
use super::invite::JoinTerms;
use super::log::ControlLog;
use super::op::{CommunityId, Header, OpBytesFault, UnverifiedOp};
use super::registers::Registers;
use super::rules::Rules;
use crate::crypto::{Hash32, VerifyKey};
use crate::identity::revocation::RevokeFault;
use crate::identity::{
    AccountBundle, AccountId, BundleFault, CertFault, DeviceCert, DeviceId, DeviceRevoke,
};
use crate::limits::{CONTROL_PARKED_BYTES_MAX, CONTROL_PARKED_MAX, INCARNATIONS_SEEN_MAX};
use crate::time::Hlc;

/// Why a control op is refused for ever. Its author's fault; whoever passed it on could have known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ControlFault {
    /// Not an op.
    #[error("control op: {0}")]
    Bytes(#[from] OpBytesFault),
    /// Of another community.
    #[error("the op is of another community")]
    OtherCommunity,
    /// Its device did not sign it.
    #[error("the op is not signed by its device")]
    BadSignature,
    /// The device list in it does not hold.
    #[error("device list in the op: {0}")]
    Bundle(#[from] BundleFault),
    /// The certificate in it does not hold.
    #[error("certificate in the op: {0}")]
    Cert(#[from] CertFault),
    /// The revocation in it does not hold.
    #[error("revocation in the op: {0}")]
    Revoke(#[from] RevokeFault),
    /// A device list or certificate of somebody else than it must be of.
    #[error("the devices in the op are not of the account that it is about")]
    OtherAccount,
    /// The joiner did not agree.
    #[error("whoever is let in did not agree to it")]
    NoConsent,
    /// The holder of the invite did not sign.
    #[error("the invite was not used by its holder")]
    NoProof,
    /// Two headers that do not contradict each other.
    #[error("what it shows does not contradict itself")]
    NoContradiction,
    /// A list in it is not sorted, or repeats something.
    #[error("a list in the op is not in order")]
    ListOrder,
    /// Its device claims to have written less than it said in its previous op (A10).
    #[error("its device says that it has written less than it said before")]
    SeenLess,
    /// It does not fit where it stands.
    #[error("control op: {0}")]
    Place(#[from] OpFault),
}

/// What became of an op that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// These are new: the op, and those that had waited for it, in the order in which they came in.
    New(Vec<OpId>),
    /// It was here.
    Known,
    /// It waits for these.
    Waits(Vec<OpId>),
}

/// The control log of a community with the bytes that it came from.
#[derive(Clone, Debug)]
pub struct Control {
    community: CommunityId,
    log: ControlLog,
    ops: BTreeMap<OpId, Arc<UnverifiedOp>>,
    keys: BTreeMap<DeviceId, VerifyKey>,
    bundles: BTreeMap<AccountId, AccountBundle>,
    bundle_changes: u64,
    owners: BTreeMap<DeviceId, AccountId>,
    registers: Registers,
    parked: Parked,
    ended_logs: BTreeMap<LogId, LogEnding>,
    refused_later: u64,
    /// By the time that their authors give: an order that is the same everywhere.
    dated: BTreeSet<(Hlc, OpId)>,
}

/// Ops whose past is not here yet.
#[derive(Clone, Debug, Default)]
struct Parked {
    ops: VecDeque<(UnverifiedOp, usize)>,
    bytes: usize,
}

impl Parked {
    fn push(&mut self, op: UnverifiedOp, len: usize) {
        let id = op.id();
        if self.ops.iter().any(|(parked, _)| parked.id() == id) {
            return;
        }
        self.ops.push_back((op, len));
        self.bytes = self.bytes.saturating_add(len);
        while self.ops.len() > CONTROL_PARKED_MAX || self.bytes > CONTROL_PARKED_BYTES_MAX {
            let Some((_, len)) = self.ops.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(len);
        }
    }

    /// Takes out what waited for nothing but what is known now.
    fn take_ready(&mut self, known: impl Fn(&OpId) -> bool) -> Option<UnverifiedOp> {
        let ready = |(op, _): &(UnverifiedOp, usize)| op.head.header.deps.iter().all(&known);
        let index = self.ops.iter().position(ready)?;
        let (op, len) = self.ops.remove(index)?;
        self.bytes = self.bytes.saturating_sub(len);
        Some(op)
    }
}

/// What an op tells of somebody's devices, verified.
enum News {
    Bundle(AccountBundle),
    Cert(DeviceCert),
    Revoke(DeviceRevoke),
}

/// What the checks of a body found out.
#[derive(Default)]
struct Checked {
    /// The account that a bundle in it is of.
    subject: Option<AccountId>,
    /// The device that it is about, and from which op on.
    device: Option<(DeviceId, u64)>,
    /// Keys of devices that it certifies.
    certified: Vec<(DeviceId, VerifyKey)>,
    /// What it tells of somebody's devices.
    news: Option<News>,
}

impl Control {
    /// The empty log of a community.
    #[must_use]
    pub fn new(community: CommunityId, rules: Rules) -> Self {
        Self {
            community,
            log: ControlLog::new(rules),
            ops: BTreeMap::new(),
            keys: BTreeMap::new(),
            bundles: BTreeMap::new(),
            bundle_changes: 0,
            owners: BTreeMap::new(),
            registers: Registers::default(),
            parked: Parked::default(),
            ended_logs: BTreeMap::new(),
            refused_later: 0,
            dated: BTreeSet::new(),
        }
    }

    /// Which community.
    #[must_use]
    pub const fn community(&self) -> CommunityId {
        self.community
    }

    /// Who may do what.
    #[must_use]
    pub const fn log(&self) -> &ControlLog {
        &self.log
    }

    /// An admitted op.
    #[must_use]
    pub fn op(&self, id: &OpId) -> Option<&UnverifiedOp> {
        self.ops.get(id).map(Arc::as_ref)
    }

    /// The same for whoever keeps it: an op may carry a whole device list, and never changes.
    #[must_use]
    pub fn shared_op(&self, id: &OpId) -> Option<Arc<UnverifiedOp>> {
        self.ops.get(id).cloned()
    }

    /// The signing key of a device that some admitted op certifies.
    #[must_use]
    pub fn key(&self, device: &DeviceId) -> Option<&VerifyKey> {
        self.keys.get(device)
    }

    /// Whose device this is, by the ops that certify it.
    #[must_use]
    pub fn owner_of(&self, device: &DeviceId) -> Option<AccountId> {
        self.owners.get(device).copied()
    }

    /// The devices of somebody, as all ops together certify and revoke them.
    #[must_use]
    pub fn bundle(&self, account: &AccountId) -> Option<&AccountBundle> {
        self.bundles.get(account)
    }

    /// How often what [`Self::bundle`] says changed.
    #[must_use]
    pub const fn bundle_changes(&self) -> u64 {
        self.bundle_changes
    }

    /// Takes in what an admitted op tells of somebody's devices. What does not fit any more is left out: whoever has
    /// certified that many devices speaks with the first of them.
    fn learn(&mut self, news: News) {
        let account = match &news {
            News::Bundle(bundle) => bundle.account(),
            News::Cert(cert) => cert.account(),
            News::Revoke(revoke) => revoke.account(),
        };
        let known = self.bundles.get(&account);
        let merged = match (known, news) {
            (None, News::Bundle(bundle)) => Some(bundle),
            (None, _) => None,
            (Some(known), News::Bundle(bundle)) => known.merge(&bundle).ok(),
            (Some(known), News::Cert(cert)) => known.with_cert(cert).ok(),
            (Some(known), News::Revoke(revoke)) => known.with_revoke(revoke).ok(),
        };
        if let Some(merged) = merged {
            self.bundles.insert(account, merged);
            self.bundle_changes = self.bundle_changes.saturating_add(1);
        }
    }

    /// Whether what an op says of a channel is a writing at all: by what its author knew, they could read it. It follows from its
    /// past, so all agree on it whatever else comes.
    fn saw_what_it_changes(&self, op: &UnverifiedOp) -> bool {
        let (Body::UpdateChannel { channel, .. } | Body::DeleteChannel { channel }) = &op.body
        else {
            return true;
        };
        let header = &op.head.header;
        let then = self.at(&header.deps);
        then.is_some_and(|then| then.may_change(&header.author, channel))
    }

    pub(super) const fn registers(&self) -> &Registers {
        &self.registers
    }

    /// How many ops wait for their past.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.parked.ops.len()
    }

    /// Ops by the times that their authors give, the latest first: all of them, or those before one. Of what is not here, none.
    pub fn latest_first(&self, before: Option<&OpId>) -> impl Iterator<Item = OpId> {
        let least = (Hlc::ZERO, OpId(Hash32::MIN));
        let until = match before {
            Some(before) => {
                let found = self.ops.get(before);
                found.map_or(least, |op| (op.head.header.hlc, *before))
            }
            None => (Hlc::from_bits(u64::MAX), OpId(Hash32([u8::MAX; 32]))),
        };
        self.dated.range(..until).rev().map(|(_, id)| *id)
    }

    /// How many ops waited for their past, and were refused with it.
    #[must_use]
    pub const fn refused_later(&self) -> u64 {
        self.refused_later
    }

    /// Offers an op as received.
    ///
    /// # Errors
    /// [`ControlFault`]: it is refused for ever. An op that waits is checked when its past is here.
    pub fn offer(&mut self, bytes: &[u8]) -> Result<Offered, ControlFault> {
        let op = UnverifiedOp::decode(bytes)?;
        if op.head.header.home() != self.community {
            return Err(ControlFault::OtherCommunity);
        }
        let id = op.id();
        if self.log.dag().contains(&id) {
            return Ok(Offered::Known);
        }
        let missing = self.missing(&op);
        if !missing.is_empty() {
            self.parked.push(op, bytes.len());
            return Ok(Offered::Waits(missing));
        }
        self.admit(op)?;
        let mut new = vec![id];
        while let Some(op) = self.parked.take_ready(|id| self.log.dag().contains(id)) {
            let id = op.id();
            // Whoever sent it is not at hand any more; the op is as refused as if it had come now.
            if self.admit(op).is_ok() {
                new.push(id);
            } else {
                self.refused_later = self.refused_later.saturating_add(1);
            }
        }
        Ok(Offered::New(new))
    }

    fn missing(&self, op: &UnverifiedOp) -> Vec<OpId> {
        let deps = op.head.header.deps.iter().copied();
        deps.filter(|id| !self.log.dag().contains(id)).collect()
    }

    /// Checks and admits an op whose past is here.
    fn admit(&mut self, op: UnverifiedOp) -> Result<(), ControlFault> {
        let header = &op.head.header;
        let checked = self.check_body(&op)?;
        let own = checked
            .certified
            .iter()
            .find(|(id, _)| *id == header.device);
        let founding = matches!(op.body, Body::Found(_));
        let key = match own {
            Some((_, key)) if founding => key,
            _ => self.keys.get(&header.device).ok_or(OpFault::Device)?,
        };
        op.head
            .verify(key)
            .map_err(|_error| ControlFault::BadSignature)?;
        let header_author = header.author;
        self.check_seen(header)?;
        let act = op.body.act(checked.subject, checked.device);
        let fact = Fact {
            id: op.id(),
            author: header.author,
            device: header.device,
            seq: header.seq,
            deps: header.deps.to_vec(),
            hlc: header.hlc,
            certifies: checked.certified.iter().map(|(id, _)| *id).collect(),
            act: act.ok_or(ControlFault::OtherAccount)?,
        };
        match self.log.admit(&fact) {
            Admission::Refused(fault) => Err(fault.into()),
            Admission::Missing(_) | Admission::Known => Ok(()),
            Admission::New => {
                let owner = checked.subject.unwrap_or(header_author);
                let devices = checked.certified.iter().map(|(id, _)| (*id, owner));
                self.owners.extend(devices);
                self.keys.extend(checked.certified);
                if let Some(news) = checked.news {
                    self.learn(news);
                }
                let op = Arc::new(op);
                if let Some(at) = self.log.dag().op(&fact.id)
                    && self.saw_what_it_changes(&op)
                {
                    self.registers.note(at, fact.id, &op);
                }
                if let Body::ForkedLog { one, other } = &op.body {
                    let [one_end, other_end] =
                        [one, other].map(|entry| LogEnding::before(&entry.header));
                    let ending = one_end.min(other_end);
                    let ended = self.ended_logs.entry(one.header.log).or_insert(ending);
                    *ended = ending.min(*ended);
                }
                self.dated.insert((fact.hlc, fact.id));
                self.ops.insert(fact.id, op);
                Ok(())
            }
        }
    }

    /// What a device shows of its own logs only grows: whoever wrote lately cannot sign as if they had not (A10).
    fn check_seen(&self, header: &Header) -> Result<(), ControlFault> {
        let own = header.deps.first().filter(|_own| header.seq > 0);
        let Some(previous) = own.and_then(|own| self.ops.get(own)) else {
            return Ok(());
        };
        let goes_on =
            |before: &LogMark| match header.seen.iter().find(|mark| mark.log == before.log) {
                Some(mark) => mark == before || mark.seq > before.seq,
                // The oldest of many incarnations make room.
                None => header.seen.len() == INCARNATIONS_SEEN_MAX,
            };
        if previous.head.header.seen.iter().all(goes_on) {
            Ok(())
        } else {
            Err(ControlFault::SeenLess)
        }
    }

    fn check_body(&self, op: &UnverifiedOp) -> Result<Checked, ControlFault> {
        let author = op.head.header.author;
        match &op.body {
            Body::Found(founding) => {
                let bundle = founding.bundle.clone().verify(Some(author))?;
                Ok(certified(&bundle))
            }
            Body::Join(joining) => self.check_joining(author, joining),
            Body::AddDevice { cert } => {
                let cert = cert.verify()?;
                if cert.account() != author {
                    return Err(ControlFault::OtherAccount);
                }
                Ok(Checked {
                    certified: vec![(cert.device(), cert.signing_key())],
                    news: Some(News::Cert(cert)),
                    ..Checked::default()
                })
            }
            Body::RevokeDevice { revoke } => {
                let revoke = revoke.verify()?;
                Ok(Checked {
                    device: Some((revoke.device(), 0)),
                    news: Some(News::Revoke(revoke)),
                    ..Checked::default()
                })
            }
            Body::Fork { one, other } => self.check_fork(one, other),
            Body::ForkedLog { one, other } => self.check_forked_log(one, other),
            Body::Confirm { who } => in_order(who).map(|()| Checked::default()),
            Body::Rekey(epoch) => in_order(&epoch.covers)
                .and_then(|()| in_order(&epoch.parents))
                .map(|()| Checked::default()),
            Body::CreateInvite { roles, .. } => in_order(roles).map(|()| Checked::default()),
            _ => Ok(Checked::default()),
        }
    }

    /// Whoever comes in wants to, and holds the invite that they come by.
    fn check_joining(&self, author: AccountId, joining: &Joining) -> Result<Checked, ControlFault> {
        let bundle = joining.bundle.clone().verify(None)?;
        let (invite, proof) = match joining.via {
            Via::Direct => (None, None),
            Via::Invite { invite, proof } => (Some(invite), Some(proof)),
        };
        let nonce = *joining.nonce.as_bytes();
        let terms = JoinTerms::new(self.community, invite, &bundle, author, nonce);
        let device = bundle
            .device(&joining.device)
            .ok_or(ControlFault::NoConsent)?;
        terms
            .check_consent(&device.signing_key(), &joining.consent)
            .map_err(|_error| ControlFault::NoConsent)?;
        if let (Some(invite), Some(proof)) = (invite, proof) {
            let Some(Body::CreateInvite { key, .. }) = self.ops.get(&invite).map(|op| &op.body)
            else {
                return Err(OpFault::Reference.into());
            };
            terms
                .check_proof(key, &proof)
                .map_err(|_error| ControlFault::NoProof)?;
        }
        Ok(certified(&bundle))
    }
}

fn certified(bundle: &AccountBundle) -> Checked {
    Checked {
        subject: Some(bundle.account()),
        certified: bundle
            .active_devices()
            .map(|cert| (cert.device(), cert.signing_key()))
            .collect(),
        news: Some(News::Bundle(bundle.clone())),
        ..Checked::default()
    }
}

/// Sorted, and nothing twice: one meaning, one spelling.
fn in_order<T: Ord>(list: &[T]) -> Result<(), ControlFault> {
    let sorted = list.windows(2).all(|pair| pair.first() < pair.last());
    if sorted {
        Ok(())
    } else {
        Err(ControlFault::ListOrder)
    }
}
