//! Who is there and who writes: frames that live for seconds, are never stored, and wait for no commit
//! (DECISIONS 39).
//!
//! They go over links that proved both ends: that somebody is there to contacts and to who shares a community, that somebody
//! writes to contacts alone. What a peer said is forgotten when its time is
//! over or its last link is gone, so nobody stays online or writing because a frame was lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::error::{Misbehaved, Rejected};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::{Frame, LinkId, Links};
use crate::persist::{ContactState, Trust};
use crate::privacy::Presence;
use crate::time::Instant;
use crate::turn::{Context, Event, Reply, Timer, When};

/// What one device of a contact shows of its person.
#[derive(Clone, Copy, Debug)]
struct Shown {
    account: AccountId,
    presence: Option<Presence>,
    typing: bool,
    /// Frames since when: a peer that flickers is not worth an event each.
    frames: (u32, Instant),
}

/// What one device of a contact was told of us.
#[derive(Clone, Copy, Debug)]
struct Told {
    link: LinkId,
    presence: Presence,
    again: Instant,
}

/// What is shown for now. Bounded by the devices with a proved link. Lost at a crash, without harm.
#[derive(Debug, Default)]
pub struct Board {
    shown: BTreeMap<DeviceId, Shown>,
    /// What the events so far say of each account.
    said: BTreeMap<AccountId, Sum>,
    told: BTreeMap<DeviceId, Told>,
    /// When a contact last heard that the person writes.
    typed: BTreeMap<AccountId, Instant>,
}

/// What an account shows: of its devices, the one that is most there decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    presence: Option<Presence>,
    typing: bool,
}

impl Board {
    fn sum(&self, account: AccountId) -> Sum {
        let devices = || self.shown.values().filter(|shown| shown.account == account);
        Sum {
            presence: devices().filter_map(|shown| shown.presence).min(),
            typing: devices().any(|shown| shown.typing),
        }
    }

    /// Devices that something is known of for now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len().max(self.told.len())
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Tells what is new of an account. Of a stranger, nothing: what they say is kept as long as their link stands, for they may
/// have said yes a moment before we know it.
fn tell(cx: &mut Context<'_>, board: &mut Board, account: AccountId) {
    let said = board.sum(account);
    let after = match familiarity(cx, account) {
        Familiarity::Contact => said,
        Familiarity::Member => Sum {
            typing: false,
            ..said
        },
        Familiarity::None => Sum::default(),
    };
    let before = if after == Sum::default() {
        board.said.remove(&account)
    } else {
        board.said.insert(account, after)
    };
    let before = before.unwrap_or_default();
    if after.presence != before.presence {
        let presence = after.presence;
        cx.out
            .event(Event::Presence { account, presence }, When::Now);
    }
    if after.typing != before.typing {
        let active = after.typing;
        cx.out.event(Event::Typing { account, active }, When::Now);
    }
}

/// What an account is to this one, as far as who sees whom goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Familiarity {
    /// Both said yes.
    Contact,
    /// A community is shared with them.
    Member,
    /// Neither, or they are blocked.
    None,
}

fn familiarity(cx: &Context<'_>, account: AccountId) -> Familiarity {
    match cx.resident.contact(account).map(|row| &row.state) {
        Some(ContactState::Accepted { .. }) => Familiarity::Contact,
        Some(ContactState::Blocked) => Familiarity::None,
        _ if cx.members.is_fellow(account) => Familiarity::Member,
        _ => Familiarity::None,
    }
}

/// A device says that its person is there, or writes.
///
/// # Errors
/// When it says what does not exist.
pub fn on_frame(
    cx: &mut Context<'_>,
    board: &mut Board,
    (account, device): (AccountId, DeviceId),
    frame: &Frame,
) -> Result<(), Misbehaved> {
    let now = cx.now.mono;
    let frames = board.shown.get(&device).map(|shown| shown.frames);
    let frames = match frames.filter(|(_, since)| now.since(*since) <= limits::SIGNS_WINDOW) {
        Some((count, _)) if count >= limits::SIGNS_MAX => return Ok(()),
        Some((count, since)) => (count.saturating_add(1), since),
        None => (1, now),
    };
    let (mut presence, mut typing) = (None, None);
    match frame {
        Frame::Presence { state } => {
            let known = Presence::from_wire(*state);
            presence = Some(known.ok_or(Misbehaved::NotAllowed { frame: "presence" })?);
            cx.timers
                .set_in(Timer::Presence(device), now, limits::PRESENCE_TTL);
        }
        Frame::Typing { on } => {
            typing = Some(*on);
            cx.timers
                .set_in(Timer::Typing(device), now, limits::TYPING_TTL);
        }
        _ => return Ok(()),
    }
    let shown = board.shown.entry(device).or_insert(Shown {
        account,
        presence: None,
        typing: false,
        frames,
    });
    shown.frames = frames;
    shown.presence = presence.or(shown.presence);
    shown.typing = typing.unwrap_or(shown.typing);
    tell(cx, board, account);
    Ok(())
}

/// What a device said of its person's presence is too old.
pub fn presence_over(cx: &mut Context<'_>, board: &mut Board, device: DeviceId) {
    if let Some(shown) = board.shown.get_mut(&device) {
        shown.presence = None;
        let account = shown.account;
        tell(cx, board, account);
    }
}

/// A device's person writes no longer: the time is over, or what was written is here.
pub fn typing_over(cx: &mut Context<'_>, board: &mut Board, device: DeviceId) {
    cx.timers.stop(Timer::Typing(device));
    if let Some(shown) = board.shown.get_mut(&device) {
        shown.typing = false;
        let account = shown.account;
        tell(cx, board, account);
    }
}

/// The last link to a device is gone, and what it showed with it.
pub fn gone(cx: &mut Context<'_>, board: &mut Board, device: DeviceId) {
    board.told.remove(&device);
    cx.timers.stop(Timer::Presence(device));
    cx.timers.stop(Timer::Typing(device));
    if let Some(shown) = board.shown.remove(&device) {
        tell(cx, board, shown.account);
    }
}

/// Devices in reach of those who may see us, each with its best link.
fn reach(cx: &Context<'_>, links: &Links) -> Vec<(AccountId, DeviceId, LinkId)> {
    let proved = links
        .iter()
        .filter_map(|(id, link)| link.peer.map(|(account, device)| (account, device, id)));
    proved
        .filter(|(_, device, id)| links.best(*device) == Some(*id))
        .filter(|(account, ..)| {
            familiarity(cx, *account) != Familiarity::None && !keys_changed(cx, *account)
        })
        .collect()
}

/// Whether the person has yet to look at this contact's new keys: until then they are told nothing.
fn keys_changed(cx: &Context<'_>, account: AccountId) -> bool {
    cx.resident
        .contact(account)
        .is_some_and(|row| row.trust == Trust::Changed)
}

/// Somebody may have become a contact or a member, be none any more, or have come into reach.
pub fn announce_soon(cx: &mut Context<'_>) {
    cx.timers.set_sooner(Timer::Announce, cx.now.mono);
}

/// Shows what contacts and members have said of themselves, and tells the own presence to every device that does not know it, or would forget it soon.
pub fn announce(cx: &mut Context<'_>, links: &Links, board: &mut Board) {
    let accounts: BTreeSet<_> = board.shown.values().map(|shown| shown.account).collect();
    for account in accounts {
        tell(cx, board, account);
    }
    let presence = cx.resident.privacy().presence;
    let Some(state) = presence.to_wire() else {
        board.told.clear();
        return;
    };
    let now = cx.now.mono;
    let mut next: Option<Instant> = None;
    for (_, device, link) in reach(cx, links) {
        let told = board.told.get(&device).filter(|told| {
            // Over a new link there may be a new start of that device, which knows nothing yet.
            told.link == link && told.presence == presence && told.again > now
        });
        let again = match told {
            Some(told) => told.again,
            None => {
                cx.send(link, &Frame::Presence { state }, When::Now);
                let again = now.after(limits::PRESENCE_REFRESH).after(jitter(cx));
                board.told.insert(
                    device,
                    Told {
                        link,
                        presence,
                        again,
                    },
                );
                again
            }
        };
        next = Some(next.map_or(again, |next| next.min(again)));
    }
    if let Some(at) = next {
        cx.timers.set(Timer::Announce, at);
    }
}

/// So that the refreshes of many devices, and of one device to many, do not come together.
fn jitter(cx: &mut Context<'_>) -> Duration {
    let draw = u64::from(u32::from_le_bytes(cx.rng.bytes()));
    let most = u64::try_from(limits::PRESENCE_JITTER.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(most.saturating_mul(draw) >> 32)
}

/// The person writes to a contact. Said at most once in [`limits::TYPING_INTERVAL`], and only if it may be.
///
/// # Errors
/// When there is no such contact, or it is none to write to.
pub fn typing(
    cx: &mut Context<'_>,
    links: &Links,
    board: &mut Board,
    to: AccountId,
) -> Result<Reply, Rejected> {
    let contact = cx.resident.contact(to).ok_or(Rejected::UnknownContact)?;
    match contact.state {
        ContactState::Accepted { .. } => {}
        ContactState::Blocked => return Err(Rejected::Blocked),
        _ => return Err(Rejected::NotAccepted),
    }
    let (privacy, now) = (cx.resident.privacy(), cx.now.mono);
    board
        .typed
        .retain(|_, last| last.after(limits::TYPING_INTERVAL) > now);
    let silent = !privacy.send_typing || privacy.presence == Presence::Invisible;
    if silent || board.typed.contains_key(&to) {
        return Ok(Reply::Done);
    }
    for (_, _, link) in reach(cx, links).into_iter().filter(|other| other.0 == to) {
        board.typed.insert(to, now);
        cx.send(link, &Frame::Typing { on: true }, When::Now);
    }
    Ok(Reply::Done)
}
