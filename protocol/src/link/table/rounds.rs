//! The authentication round on a link, both sides of it.
//!
//! Whoever sends a page of tags makes us compute one for each device of each contact, so that is done in steps, as a
//! job is ([`Links::look_on`]): one more page is one more job, not a longer turn.
//!
//! Every link goes hello → tags of the dialer's contacts → known, or stranger. A stranger's link runs another
//! round when one side introduced itself and the other wants to ask it something.

mod candidates;

use std::collections::VecDeque;

use candidates::{devices_of, known_devices, next_devices, shuffle};

use super::{Candidate, Links, Look, Looking, News, Proving, Verifying};
use crate::crypto::Label;
use crate::identity::AccountId;
use crate::limits;
use crate::link::auth::{AuthFault, tag};
use crate::link::frame::{TagPage, VERSION};
use crate::link::{Frame, LinkId};
use crate::turn::{Context, Timer, When};

/// Microseconds of a key agreement, and of a tag under a known key (release build).
const AGREED_US: u32 = 40;
const LOOKED_US: u32 = 1;

impl Links {
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
            Frame::Tags { last, tags } => self.on_tags(id, last, tags),
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
            let candidates = known_devices(cx);
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

    /// Somebody became a co-member: strangers in reach that are their devices are recognised from now on, if they know us
    /// as well; one of both begins. Where a round is under way, another follows it.
    pub fn seek_members(&mut self, cx: &mut Context<'_>, accounts: &[AccountId]) {
        let shared = accounts
            .iter()
            .filter_map(|account| cx.members.get(*account));
        let candidates: Vec<_> = shared.flat_map(|one| devices_of(&one.bundle)).collect();
        if candidates.is_empty() {
            return;
        }
        let mut strangers = Vec::new();
        for (id, link) in &mut self.links {
            if link.peer.is_none() {
                let free = link.stranger && link.proving.is_none();
                link.seeks = !free;
                strangers.extend(free.then_some(*id));
            }
        }
        for id in strangers {
            self.prove_now(cx, id, &candidates);
        }
    }

    fn prove_now(&mut self, cx: &mut Context<'_>, id: LinkId, candidates: &[Candidate]) {
        self.prove(cx, id, candidates);
        cx.timers
            .set_in(Timer::LinkAuth(id), cx.now.mono, limits::LINK_AUTH_TIMEOUT);
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
        self.prove_now(cx, id, &candidates);
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

    fn on_tags(&mut self, id: LinkId, last: bool, tags: TagPage) -> Result<News, AuthFault> {
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
        if link.looking.is_some() {
            return Err(AuthFault::OutOfOrder); // a page is sent when the one before was answered
        }
        link.looking = Some(Looking {
            page: tags,
            last,
            after: None,
        });
        self.looking.push_back(id);
        Ok(News::Nothing)
    }

    /// Whether a page waits to be looked through.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        !self.looking.is_empty()
    }

    /// Looks on for who sent a page, one step. `None`: no page waits.
    pub fn look_on(&mut self, cx: &mut Context<'_>) -> Option<Look> {
        let id = self.looking.pop_front()?;
        let look = |news, cost| Look {
            link: id,
            news,
            cost,
        };
        let state = self.links.get_mut(&id);
        let Some((link, mut looking)) =
            state.and_then(|link| link.looking.take().map(|looking| (link, looking)))
        else {
            return Some(look(News::Nothing, LOOKED_US));
        };
        if link.peer.is_some() {
            return Some(look(News::Nothing, LOOKED_US)); // the other side's round was faster
        }
        let introduced = link
            .introduced
            .iter()
            .filter(|_| looking.after.is_none())
            .flat_map(devices_of);
        let mut candidates: Vec<_> = introduced.collect();
        let more = next_devices(cx, looking.after, &mut candidates);
        let cost = self.cost(&candidates);
        if let Some((index, candidate, mac)) = self.recognise(cx, id, &looking.page, &candidates) {
            if let Some(link) = self.links.get_mut(&id) {
                link.verifying = Some(Verifying {
                    page: looking.page,
                    index,
                    candidate,
                });
            }
            cx.send(id, &Frame::Match { index, mac }, When::Now);
            // Without the proof the other end would think itself known where it is not.
            cx.timers
                .set_in(Timer::LinkAuth(id), cx.now.mono, limits::LINK_AUTH_TIMEOUT);
            return Some(look(News::Nothing, cost));
        }
        if more.is_some() {
            looking.after = more;
            if let Some(link) = self.links.get_mut(&id) {
                link.looking = Some(looking);
            }
            self.looking.push_back(id);
            return Some(look(News::Nothing, cost));
        }
        let padding = cx.rng.bytes();
        let [more] = cx.rng.bytes();
        cx.send(id, &Frame::NoMatch { padding, more }, When::Now);
        let news = if looking.last {
            self.now_stranger(cx, id)
        } else {
            News::Nothing
        };
        Some(look(news, cost))
    }

    /// What it costs to compare a page with the tags of these devices.
    fn cost(&self, candidates: &[Candidate]) -> u32 {
        let new = |candidate: &&Candidate| !self.keys.contains_key(&candidate.sik);
        let new = candidates.iter().filter(new).count();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let known = count(candidates.len()).saturating_mul(LOOKED_US);
        known.saturating_add(count(new).saturating_mul(AGREED_US))
    }

    fn recognise(
        &mut self,
        cx: &Context<'_>,
        id: LinkId,
        tags: &TagPage,
        candidates: &[Candidate],
    ) -> Option<(u8, Candidate, [u8; 32])> {
        let transcript = self.links.get(&id)?.ends(false)?.transcript();
        for candidate in candidates {
            let Some(key) = self.key(&cx.local.signal, &candidate.sik) else {
                continue;
            };
            let tag = tag(&transcript, &key);
            let Some(position) = tags.iter().position(|theirs| *theirs == tag) else {
                continue;
            };
            let index = u8::try_from(position).ok()?;
            let ends = self.links.get(&id)?.ends(false)?;
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
            self.changes = self.changes.saturating_add(1);
        }
        News::Known(candidate.account, candidate.device)
    }

    fn now_stranger(&mut self, cx: &mut Context<'_>, id: LinkId) -> News {
        cx.timers.stop(Timer::LinkAuth(id));
        let Some(link) = self.links.get_mut(&id).filter(|link| link.peer.is_none()) else {
            return News::Nothing;
        };
        let first = !std::mem::replace(&mut link.stranger, true);
        if link.proving.is_none() && std::mem::take(&mut link.seeks) {
            let candidates = known_devices(cx);
            self.prove_now(cx, id, &candidates);
        }
        if first { News::Stranger } else { News::Nothing }
    }
}
