//! All links, and what is known of the other end of each. How it becomes known is in `rounds`.

mod rounds;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use crate::control::CommunityId;
use crate::crypto::{Label, VerifyKey};
use crate::error::Misbehaved;
use crate::identity::{AccountBundle, AccountId, DeviceId};
use crate::limits;
use crate::link::auth::{Ends, LinkKey, link_key};
use crate::link::budget::Budget;
use crate::link::frame::{Role, TagPage, VERSION};
use crate::link::{Frame, LinkId};
use crate::session::LocalIdentity;
use crate::time::Instant;
use crate::turn::{Context, Timer, When};

/// What an authentication frame led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It goes on.
    Nothing,
    /// No contact is at the other end.
    Stranger,
    /// This device is, proved.
    Known(AccountId, DeviceId),
}

/// A candidate for the other end: a device and its Signal identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    account: AccountId,
    device: DeviceId,
    sik: [u8; 33],
}

/// We sent tags and wait for the answer.
#[derive(Debug)]
struct Proving {
    ahead: VecDeque<Vec<Candidate>>,
    page: TagPage,
    owners: Vec<Option<Candidate>>,
}

/// We recognised a tag and wait for the proof.
#[derive(Debug)]
struct Verifying {
    page: TagPage,
    index: u8,
    candidate: Candidate,
}

/// We look for who sent a page: a step at a time, for everybody with whom we talk may be it.
#[derive(Debug)]
struct Looking {
    page: TagPage,
    last: bool,
    /// The account that was looked at last; none before the first step.
    after: Option<AccountId>,
}

/// What a step of looking led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// On which link.
    pub link: LinkId,
    /// What is known now.
    pub news: News,
    /// Estimated cost in microseconds.
    pub cost: u32,
}

/// One path and what is known of its other end.
#[derive(Debug)]
pub struct Link {
    local: Bytes,
    remote: Bytes,
    dialer: bool,
    nonce: [u8; 32],
    theirs: Option<[u8; 32]>,
    proving: Option<Proving>,
    verifying: Option<Verifying>,
    looking: Option<Looking>,
    pages: usize,
    /// The device at the other end, once proved.
    pub peer: Option<(AccountId, DeviceId)>,
    /// Whether the first round ended without a match.
    pub stranger: bool,
    /// Somebody became a co-member while a round was under way: another follows.
    seeks: bool,
    /// What the stranger says it is; its certificates are verified, that it is this device is not.
    pub introduced: Option<AccountBundle>,
    /// Whether we told this stranger who we are.
    pub introduced_ourselves: bool,
    /// Prekey offers with one-time keys served on this link.
    pub offers: u32,
    /// When the last prekey offer was served on this link.
    pub offered: Option<Instant>,
    /// Communities whose invite we hold and the other end knows.
    pub answers: BTreeSet<CommunityId>,
    /// Communities whose invite the other end holds, as we told it.
    pub recognised: BTreeSet<CommunityId>,
    /// How often the other end has knocked, and since when.
    knocks: (u32, Instant),
    /// Bytes and faults.
    pub budget: Budget,
}

impl Link {
    /// Both ends, with us as the prover or the verifier.
    fn ends(&self, we_prove: bool) -> Option<Ends<'_>> {
        let theirs = self.theirs.as_ref()?;
        Some(if we_prove {
            Ends {
                prover: &self.local,
                verifier: &self.remote,
                prover_nonce: &self.nonce,
                verifier_nonce: theirs,
            }
        } else {
            Ends {
                prover: &self.remote,
                verifier: &self.local,
                prover_nonce: theirs,
                verifier_nonce: &self.nonce,
            }
        })
    }

    /// The tag by which those who know an invite recognise each other over this link.
    #[must_use]
    pub fn invited(&self, invite: &VerifyKey, label: Label, we_begin: bool) -> Option<[u8; 16]> {
        self.ends(we_begin).map(|ends| ends.invited(invite, label))
    }

    /// Whether the other end may knock once more.
    #[must_use]
    pub fn may_knock(&mut self, now: Instant) -> bool {
        if now.since(self.knocks.1) > limits::KNOCKS_WINDOW {
            self.knocks = (0, now);
        }
        self.knocks.0 = self.knocks.0.saturating_add(1);
        self.knocks.0 <= limits::KNOCKS_PER_LINK_MAX
    }

    /// The tag that seeks an account over this link.
    #[must_use]
    pub fn seek(&self, account: AccountId, we_seek: bool) -> Option<[u8; 16]> {
        self.ends(we_seek).map(|ends| ends.seek(account))
    }
}

/// All links.
#[derive(Debug, Default)]
pub struct Links {
    links: BTreeMap<LinkId, Link>,
    /// How often it changed who is at the other ends.
    changes: u64,
    keys: BTreeMap<[u8; 33], Option<LinkKey>>,
    /// Links with a page to look through, taking turns. One that went away meanwhile is passed over.
    looking: VecDeque<LinkId>,
}

impl Links {
    /// A link, if it is up.
    #[must_use]
    pub fn get(&self, id: LinkId) -> Option<&Link> {
        self.links.get(&id)
    }

    /// A link, to change.
    pub fn get_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&id)
    }

    /// All links.
    pub fn iter(&self) -> impl Iterator<Item = (LinkId, &Link)> {
        self.links.iter().map(|(id, link)| (*id, link))
    }

    /// How often it changed which devices are known to be at the other ends.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// How many links are up.
    #[must_use]
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether no link is up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The newest proved link to a device.
    #[must_use]
    pub fn best(&self, device: DeviceId) -> Option<LinkId> {
        self.links
            .iter()
            .rev()
            .find(|(_, link)| link.peer.is_some_and(|p| p.1 == device))
            .map(|l| *l.0)
    }

    /// Proved links to devices of an account.
    #[must_use]
    pub fn devices_of(&self, account: AccountId) -> Vec<(LinkId, DeviceId)> {
        let links = self.links.iter();
        links
            .filter_map(|(id, link)| Some((*id, link.peer?)))
            .filter(|(_, peer)| peer.0 == account)
            .map(|(id, peer)| (id, peer.1))
            .collect()
    }

    /// All proved links to a device, oldest first.
    #[must_use]
    pub fn of(&self, device: DeviceId) -> Vec<LinkId> {
        let known = |link: &Link| link.peer.is_some_and(|peer| peer.1 == device);
        self.links
            .iter()
            .filter(|(_, link)| known(link))
            .map(|(id, _)| *id)
            .collect()
    }

    /// The key toward a device with this Signal identity. Computed once: an X25519 agreement is 35 µs.
    pub fn key(&mut self, local: &LocalIdentity, sik: &[u8; 33]) -> Option<LinkKey> {
        if !self.keys.contains_key(sik) {
            let devices_max = limits::CONTACTS_MAX.saturating_mul(limits::DEVICES_PER_ACCOUNT_MAX);
            if self.keys.len() >= devices_max {
                self.keys.pop_first();
            }
            self.keys.insert(*sik, link_key(local, sik).ok());
        }
        self.keys.get(sik).cloned().flatten()
    }

    /// A path is there: say hello.
    pub fn up(
        &mut self,
        cx: &mut Context<'_>,
        id: LinkId,
        local: Bytes,
        remote: Bytes,
        dialer: bool,
    ) {
        if self.links.len() >= limits::LINKS_MAX {
            cx.hangup(id, Misbehaved::TooManyLinks);
            return;
        }
        let nonce = cx.rng.bytes();
        let link = Link {
            local,
            remote,
            dialer,
            nonce,
            theirs: None,
            proving: None,
            verifying: None,
            looking: None,
            pages: 0,
            peer: None,
            stranger: false,
            seeks: false,
            introduced: None,
            introduced_ourselves: false,
            offers: 0,
            offered: None,
            answers: BTreeSet::new(),
            recognised: BTreeSet::new(),
            knocks: (0, cx.now.mono),
            budget: Budget::new(cx.now.mono),
        };
        if self.links.insert(id, link).is_some() {
            self.changes = self.changes.saturating_add(1); // whoever was proved at its other end is not any more
        }
        cx.send(
            id,
            &Frame::Hello {
                version: VERSION,
                role: Role::Member,
                nonce,
            },
            When::Now,
        );
        cx.timers
            .set_in(Timer::LinkAuth(id), cx.now.mono, limits::LINK_AUTH_TIMEOUT);
    }

    /// A path is gone. Gives its peer, if it was the last proved path to it.
    pub fn down(&mut self, cx: &mut Context<'_>, id: LinkId) -> Option<(AccountId, DeviceId)> {
        cx.timers.stop(Timer::LinkAuth(id));
        let (account, device) = self.links.remove(&id)?.peer?;
        self.changes = self.changes.saturating_add(1);
        self.best(device).is_none().then_some((account, device))
    }
}
