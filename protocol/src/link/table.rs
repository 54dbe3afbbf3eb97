//! All links, and the authentication round on each.
//!
//! Every link goes hello → tags of the dialer's contacts → known, or stranger. A stranger's link runs another
//! round when one side introduced itself and the other wants to ask it something.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::crypto::Label;
use crate::error::Misbehaved;
use crate::identity::{AccountBundle, AccountId, DeviceId};
use crate::limits;
use crate::link::auth::{AuthFault, Ends, LinkKey, link_key};
use crate::link::budget::Budget;
use crate::link::frame::{Role, TagPage, VERSION};
use crate::link::{Frame, LinkId};
use crate::persist::ContactState;
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
    pages: usize,
    /// The device at the other end, once proved.
    pub peer: Option<(AccountId, DeviceId)>,
    /// Whether the first round ended without a match.
    pub stranger: bool,
    /// What the stranger says it is; its certificates are verified, that it is this device is not.
    pub introduced: Option<AccountBundle>,
    /// Whether we told this stranger who we are.
    pub introduced_ourselves: bool,
    /// Prekey offers with one-time keys served on this link.
    pub offers: u32,
    /// When the last prekey offer was served on this link.
    pub offered: Option<Instant>,
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
    keys: BTreeMap<[u8; 33], Option<LinkKey>>,
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
            pages: 0,
            peer: None,
            stranger: false,
            introduced: None,
            introduced_ourselves: false,
            offers: 0,
            offered: None,
            budget: Budget::new(cx.now.mono),
        };
        self.links.insert(id, link);
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
        self.best(device).is_none().then_some((account, device))
    }

    /// A frame of an authentication round.
    ///
    /// # Errors
    /// What the peer did wrong.
    pub fn authenticate(
        &mut self,
        cx: &mut Context<'_>,
        id: LinkId,
        frame: Frame,
    ) -> Result<News, AuthFault> {
        match frame {
            Frame::Hello { version, nonce, .. } => self.on_hello(cx, id, version, nonce),
            Frame::Tags { last, tags } => self.on_tags(cx, id, last, tags),
            Frame::Match { index, mac } => self.on_match(cx, id, index, &mac),
            Frame::NoMatch { .. } => self.on_no_match(cx, id),
            Frame::Proof { mac } => self.on_proof(cx, id, &mac),
            _ => Err(AuthFault::OutOfOrder),
        }
    }

    fn on_hello(
        &mut self,
        cx: &mut Context<'_>,
        id: LinkId,
        version: u8,
        nonce: [u8; 32],
    ) -> Result<News, AuthFault> {
        let link = self.links.get_mut(&id).ok_or(AuthFault::OutOfOrder)?;
        if version != VERSION {
            return Err(AuthFault::Version(version));
        }
        if nonce == link.nonce {
            return Err(AuthFault::Reflected);
        }
        if link.theirs.is_some() {
            return if link.theirs == Some(nonce) {
                Ok(News::Nothing)
            } else {
                Err(AuthFault::OutOfOrder)
            };
        }
        link.theirs = Some(nonce);
        if link.dialer {
            let candidates = contact_devices(cx);
            self.prove(cx, id, &candidates);
        }
        Ok(News::Nothing)
    }

    /// Starts a round: sends the first page of tags of these devices.
    fn prove(&mut self, cx: &mut Context<'_>, id: LinkId, candidates: &[Candidate]) {
        let mut ahead: VecDeque<_> = candidates
            .chunks(limits::TAGS_PER_PAGE)
            .map(<[Candidate]>::to_vec)
            .collect();
        let first = ahead.pop_front().unwrap_or_default();
        self.send_page(cx, id, first, ahead);
    }

    /// Starts a round toward the devices of a stranger that introduced itself.
    pub fn prove_to_introduced(&mut self, cx: &mut Context<'_>, id: LinkId) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        if link.peer.is_some() || link.proving.is_some() {
            return;
        }
        let candidates: Vec<_> = link.introduced.iter().flat_map(devices_of).collect();
        self.prove(cx, id, &candidates);
        cx.timers
            .set_in(Timer::LinkAuth(id), cx.now.mono, limits::LINK_AUTH_TIMEOUT);
    }

    fn send_page(
        &mut self,
        cx: &mut Context<'_>,
        id: LinkId,
        candidates: Vec<Candidate>,
        ahead: VecDeque<Vec<Candidate>>,
    ) {
        let keyed: Vec<_> = candidates
            .into_iter()
            .filter_map(|c| self.key(&cx.local.signal, &c.sik).map(|key| (c, key)))
            .collect();
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let mut slots: Vec<(Option<Candidate>, [u8; 8])> = match link.ends(true) {
            Some(ends) => keyed
                .iter()
                .map(|(c, key)| (Some(*c), ends.tag(key)))
                .collect(),
            None => Vec::new(),
        };
        while slots.len() < limits::TAGS_PER_PAGE {
            slots.push((None, cx.rng.bytes()));
        }
        shuffle(cx, &mut slots);
        let (owners, tags): (Vec<_>, Vec<_>) = slots.into_iter().unzip();
        let Ok(page) = TagPage::try_from(tags) else {
            return;
        };
        let last = ahead.is_empty();
        link.proving = Some(Proving {
            ahead,
            page: page.clone(),
            owners,
        });
        cx.send(id, &Frame::Tags { last, tags: page }, When::Now);
    }

    fn on_tags(
        &mut self,
        cx: &mut Context<'_>,
        id: LinkId,
        last: bool,
        tags: TagPage,
    ) -> Result<News, AuthFault> {
        if tags.len() != limits::TAGS_PER_PAGE {
            return Err(AuthFault::ShortPage(tags.len()));
        }
        let link = self.links.get_mut(&id).ok_or(AuthFault::OutOfOrder)?;
        link.pages = link.pages.saturating_add(1);
        if link.pages > limits::TAG_PAGES_MAX {
            return Err(AuthFault::TooManyPages);
        }
        if link.theirs.is_none() {
            return Err(AuthFault::OutOfOrder);
        }
        if link.peer.is_some() {
            return Ok(News::Nothing); // both sides may have started a round; one was enough
        }
        let mut candidates: Vec<_> = link.introduced.iter().flat_map(devices_of).collect();
        candidates.extend(contact_devices(cx));
        match self.recognise(cx, id, &tags, &candidates) {
            Some((index, candidate, mac)) => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.verifying = Some(Verifying {
                        page: tags,
                        index,
                        candidate,
                    });
                }
                cx.send(id, &Frame::Match { index, mac }, When::Now);
                // Without the proof the other end would think itself known where it is not.
                cx.timers
                    .set_in(Timer::LinkAuth(id), cx.now.mono, limits::LINK_AUTH_TIMEOUT);
                Ok(News::Nothing)
            }
            None => {
                let padding = cx.rng.bytes();
                let [more] = cx.rng.bytes();
                cx.send(id, &Frame::NoMatch { padding, more }, When::Now);
                Ok(if last {
                    self.now_stranger(cx, id)
                } else {
                    News::Nothing
                })
            }
        }
    }

    fn recognise(
        &mut self,
        cx: &Context<'_>,
        id: LinkId,
        tags: &TagPage,
        candidates: &[Candidate],
    ) -> Option<(u8, Candidate, [u8; 32])> {
        for candidate in candidates {
            let Some(key) = self.key(&cx.local.signal, &candidate.sik) else {
                continue;
            };
            let ends = self.links.get(&id)?.ends(false)?;
            let tag = ends.tag(&key);
            let Some(position) = tags.iter().position(|theirs| *theirs == tag) else {
                continue;
            };
            let index = u8::try_from(position).ok()?;
            let mac = ends.round_mac(&key, Label::LinkMatch, tags, index);
            return Some((index, *candidate, mac));
        }
        None
    }

    fn on_match(
        &mut self,
        cx: &mut Context<'_>,
        id: LinkId,
        index: u8,
        mac: &[u8; 32],
    ) -> Result<News, AuthFault> {
        let link = self.links.get_mut(&id).ok_or(AuthFault::OutOfOrder)?;
        if link.peer.is_some() {
            return Ok(News::Nothing);
        }
        let proving = link.proving.take().ok_or(AuthFault::OutOfOrder)?;
        let owner = proving.owners.get(usize::from(index)).copied().flatten();
        let candidate = owner.ok_or(AuthFault::NoSuchTag)?;
        let key = self
            .key(&cx.local.signal, &candidate.sik)
            .ok_or(AuthFault::NoSuchTag)?;
        let ends = self.links.get(&id).and_then(|link| link.ends(true));
        let ends = ends.ok_or(AuthFault::OutOfOrder)?;
        let valid = ends.check(&key, Label::LinkMatch, &proving.page, index, mac);
        if !valid && !cx.faults.skips_verification() {
            return Err(AuthFault::BadMac);
        }
        let mac = ends.round_mac(&key, Label::LinkProof, &proving.page, index);
        cx.send(id, &Frame::Proof { mac }, When::Now);
        Ok(self.now_known(cx, id, candidate))
    }

    fn on_no_match(&mut self, cx: &mut Context<'_>, id: LinkId) -> Result<News, AuthFault> {
        let link = self.links.get_mut(&id).ok_or(AuthFault::OutOfOrder)?;
        if link.peer.is_some() {
            return Ok(News::Nothing);
        }
        let mut proving = link.proving.take().ok_or(AuthFault::OutOfOrder)?;
        match proving.ahead.pop_front() {
            Some(page) => {
                self.send_page(cx, id, page, proving.ahead);
                Ok(News::Nothing)
            }
            None => Ok(self.now_stranger(cx, id)),
        }
    }

    fn on_proof(
        &mut self,
        cx: &mut Context<'_>,
        id: LinkId,
        mac: &[u8; 32],
    ) -> Result<News, AuthFault> {
        let link = self.links.get_mut(&id).ok_or(AuthFault::OutOfOrder)?;
        if link.peer.is_some() {
            return Ok(News::Nothing);
        }
        let Verifying {
            page,
            index,
            candidate,
        } = link.verifying.take().ok_or(AuthFault::OutOfOrder)?;
        let key = self
            .key(&cx.local.signal, &candidate.sik)
            .ok_or(AuthFault::NoSuchTag)?;
        let ends = self.links.get(&id).and_then(|link| link.ends(false));
        let ends = ends.ok_or(AuthFault::OutOfOrder)?;
        let valid = ends.check(&key, Label::LinkProof, &page, index, mac);
        if !valid && !cx.faults.skips_verification() {
            return Err(AuthFault::BadMac);
        }
        Ok(self.now_known(cx, id, candidate))
    }

    fn now_known(&mut self, cx: &mut Context<'_>, id: LinkId, candidate: Candidate) -> News {
        cx.timers.stop(Timer::LinkAuth(id));
        if let Some(link) = self.links.get_mut(&id) {
            link.peer = Some((candidate.account, candidate.device));
            link.stranger = false;
            link.budget.promote();
        }
        News::Known(candidate.account, candidate.device)
    }

    fn now_stranger(&mut self, cx: &mut Context<'_>, id: LinkId) -> News {
        cx.timers.stop(Timer::LinkAuth(id));
        match self.links.get_mut(&id) {
            Some(link) if link.peer.is_none() && !link.stranger => {
                link.stranger = true;
                News::Stranger
            }
            _ => News::Nothing,
        }
    }
}

/// Active devices of everybody whom this account talks to. A blocked account sees a stranger.
fn contact_devices(cx: &Context<'_>) -> Vec<Candidate> {
    let contacts = cx
        .resident
        .contacts()
        .filter(|(_, row)| row.state != ContactState::Blocked);
    contacts
        .filter_map(|(_, row)| row.bundle.as_ref())
        .flat_map(devices_of)
        .collect()
}

fn devices_of(bundle: &AccountBundle) -> Vec<Candidate> {
    bundle
        .active_devices()
        .map(|cert| Candidate {
            account: cert.account(),
            device: cert.device(),
            sik: cert.signal_identity(),
        })
        .collect()
}

/// Fisher–Yates, so that a tag's position says nothing about when a contact was made.
fn shuffle<T>(cx: &mut Context<'_>, items: &mut [T]) {
    for upper in (1..items.len()).rev() {
        let [low, high] = cx.rng.bytes();
        let draw = usize::from(u16::from_le_bytes([low, high]));
        items.swap(
            upper,
            draw.checked_rem(upper.saturating_add(1)).unwrap_or(0),
        );
    }
}
