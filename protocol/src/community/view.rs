//! A community as shown: what the person, and programs for the person, see of it.

mod here;
mod state;

use std::sync::Arc;

use crate::community::hall::Hall;
use crate::community::invites::invite_fate;
use crate::community::reports::ReportView;
use crate::control::body::{Body, ChannelKind, History, Overwrite, Scope};
use crate::control::icon::Icon;
use crate::control::{
    Admit, Authority, Bits, Channel, Community, CommunityId, Fate, OpId, Position, Standing,
    UnverifiedOp, Why,
};
use crate::courier::Desks;
use crate::crypto::Hash32;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::persist::{CommunityState, Refusal};
use crate::time::{Hlc, Timestamp};
use crate::turn::{Context, Event, Timer};

/// How this account stands to a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandingHere {
    /// It asks to be let in.
    Joining {
        /// Links that it knocks on with the invite.
        knocked: usize,
        /// Members in reach that know the invite.
        answered: usize,
        /// How many of them were asked since the last round.
        tried: usize,
        /// Whether one is being asked now.
        asking: bool,
        /// Why the last one refused.
        refused: Option<Refusal>,
    },
    /// It is a member.
    In,
    /// It is a member whose admission was undone, until somebody confirms it.
    Suspended,
    /// It was removed.
    Removed,
    /// It was removed and is kept out.
    Banned,
    /// It left.
    Left,
}

/// A channel as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelView {
    /// The op that made it.
    pub id: OpId,
    /// What for.
    pub kind: ChannelKind,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// The category that it stands under.
    pub parent: Option<OpId>,
    /// Its place among its siblings.
    pub place: u16,
    /// Whose keys open it.
    pub scope: Scope,
    /// For whom it differs, by role.
    pub overwrites: Vec<Overwrite>,
    /// Seconds between two messages of one person; 0 for none.
    pub slow_mode: u32,
    /// What new members may read of it, if that differs from the community's rule.
    pub history: Option<History>,
    /// What this account may do there.
    pub uses: Bits,
    /// Who can read it: the very accounts that its keys go to.
    pub readers: Arc<Vec<AccountId>>,
}

/// A role as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleView {
    /// The op that made it.
    pub id: OpId,
    /// Its name.
    pub name: String,
    /// Its colour, as red, green, blue.
    pub colour: [u8; 3],
    /// Where it stands.
    pub position: Position,
    /// What it allows.
    pub bits: Bits,
}

/// Somebody who is or was a member, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Who.
    pub account: AccountId,
    /// How they stand.
    pub standing: Standing,
    /// What they want to be called here.
    pub nickname: Option<String>,
    /// Their roles.
    pub roles: Vec<OpId>,
    /// Their devices that speak for them.
    pub devices: Vec<DeviceId>,
    /// Until when they are silenced.
    pub silenced_until: Option<Hlc>,
    /// Until when they are kept out, if they are and not for ever.
    pub banned_until: Option<Hlc>,
}

/// An invite as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteView {
    /// The op that made it.
    pub id: OpId,
    /// Who made it.
    pub author: AccountId,
    /// How many may come by it.
    pub uses: u16,
    /// How many came.
    pub used: usize,
    /// Until when.
    pub expires: Option<Timestamp>,
    /// Roles that come with it.
    pub roles: Vec<OpId>,
    /// What its maker wants to remember.
    pub note: String,
    /// Why nobody can come by it any more, if so.
    pub over: Option<Refusal>,
    /// The secret of its link, if this device made it.
    pub secret: Option<[u8; 32]>,
}

/// Something that somebody said and that nobody in reach has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapView {
    /// Who said it.
    pub account: Option<AccountId>,
    /// With which device.
    pub device: DeviceId,
    /// How many entries of theirs are missing; `None` while what comes after them is waited for.
    pub missing: Option<u64>,
    /// Since when.
    pub noticed: Timestamp,
    /// It lies after this.
    pub after: Hlc,
    /// And before this, once something is here that does.
    pub before: Option<Hlc>,
}

/// One op as the audit shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its name.
    pub id: OpId,
    /// Who did it, when by their clock, and what.
    pub op: Arc<UnverifiedOp>,
    /// Whether it counts.
    pub fate: Fate,
    /// Why not, if not.
    pub why: Option<Why>,
}

/// A community as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityView {
    /// Which.
    pub id: CommunityId,
    /// How this account stands to it.
    pub standing: StandingHere,
    /// Its name; empty before its log is here.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// Who may let people in with an invite.
    pub admit: Option<Admit>,
    /// What new members may read.
    pub history: Option<History>,
    /// Its picture.
    pub icon: Option<Arc<Icon>>,
    /// The community that its founder says it was forked from.
    pub forked_from: Option<CommunityId>,
    /// Whose it is.
    pub owner: Option<AccountId>,
    /// The offer of its owner that may be taken, and to whom it is made.
    pub offer: Option<(OpId, AccountId)>,
    /// What this account may do beside what channels say.
    pub uses: Bits,
    /// The power that it has.
    pub power: Bits,
    /// Channels, in the order in which people see them.
    pub channels: Arc<Vec<ChannelView>>,
    /// Roles, the highest first.
    pub roles: Arc<Vec<RoleView>>,
    /// What everyone may do.
    pub everyone: Bits,
    /// Who is or was a member.
    pub members: Arc<Vec<MemberView>>,
    /// Invites that were made and count.
    pub invites: Vec<InviteView>,
    /// What is missing of what was said.
    pub gaps: Vec<GapView>,
    /// What members reported to this account, the newest first; nothing while it is no moderator.
    pub reports: Arc<Vec<ReportView>>,
    /// Reports since the start for which there was no room.
    pub reports_dropped: u64,
    /// The newest ops, newest first.
    pub audit: Arc<Vec<AuditEntry>>,
    /// How many ops there are.
    pub ops: usize,
    /// Hash of how everything stands: equal on all that know the same.
    pub state: Hash32,
    /// The epoch under which to send, and whether its secret is here.
    pub epoch: Option<(OpId, bool)>,
    /// Devices of members in reach, and how many of them know what this one knows.
    pub in_reach: Vec<DeviceId>,
    /// See `in_reach`.
    pub in_sync: usize,
    /// While it asks to be let in: the addresses that the invite names and that were dialled.
    pub dialled: Vec<String>,
    /// Whether this device has to compare with a member before it may author anything.
    pub compares: bool,
}

impl CommunityView {
    /// Whether it has no furniture: one channel for messages, no roles. People know that as a group of friends.
    #[must_use]
    pub fn is_group(&self) -> bool {
        let only = |one: &ChannelView| one.kind == ChannelKind::Text;
        matches!(self.channels.as_slice(), [one] if only(one)) && self.roles.is_empty()
    }
}

/// Shows a community before long: what happens in between is shown with it.
pub(super) fn soon(cx: &mut Context<'_>, id: CommunityId) {
    let at = cx.now.mono.after(limits::SHOW_DELAY);
    cx.timers.set_sooner(Timer::Show(id), at);
}

/// The same, of how far others are.
pub(super) fn later(cx: &mut Context<'_>, id: CommunityId) {
    let at = cx.now.mono.after(limits::SHOW_SYNC_DELAY);
    cx.timers.set_sooner(Timer::Show(id), at);
}

/// Shows a community as it is now.
pub(super) fn tell(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    cx.timers.stop(Timer::Show(id));
    if let Some(view) = view(cx, desks, id) {
        remember(desks, id, &view);
        cx.event(Event::Community(Box::new(view)));
    }
}

/// Shows a community if it looks otherwise than it was shown last.
pub(super) fn tell_news(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(view) = view(cx, desks, id) else {
        return;
    };
    let shown = desks.halls.get(id).and_then(|hall| hall.shown.as_deref());
    if shown != Some(&view) {
        remember(desks, id, &view);
        cx.event(Event::Community(Box::new(view)));
    }
}

fn remember(desks: &mut Desks<'_>, id: CommunityId, view: &CommunityView) {
    if let Some(hall) = desks.halls.halls.get_mut(&id) {
        hall.shown = Some(Box::new(view.clone()));
    }
}

/// How it looks now. What follows from the ops alone is made again only when there are more of them.
fn view(cx: &Context<'_>, desks: &Desks<'_>, id: CommunityId) -> Option<CommunityView> {
    let row = cx.resident.community(id)?;
    let hall = desks.halls.get(id)?;
    let ops = hall.control().log().dag().len();
    let shown = hall.shown.as_deref().filter(|shown| shown.ops == ops);
    let mut view = shown.map_or_else(|| of_ops(cx, hall), CommunityView::clone);
    let own_knowledge = hall.own_knowledge();
    view.standing = here::standing(cx, desks.links, hall, &row.state);
    view.in_reach = super::reach::linked(cx, desks, id)
        .into_iter()
        .map(|(_, _, device)| device)
        .collect();
    let in_sync = view.in_reach.iter();
    let in_sync = in_sync.filter(|device| hall.knows.get(device) == Some(&own_knowledge));
    view.in_sync = in_sync.count();
    if let Some((epoch, held)) = &mut view.epoch {
        *held = cx.resident.secret(id, *epoch).is_some();
    }
    for invite in &mut view.invites {
        let secret = cx.resident.secret(id, invite.id);
        invite.secret = secret.map(|row| row.secret);
        if invite.expires.is_some() {
            invite.over = invite_fate(hall, invite.id, cx.now.wall).err();
        }
    }
    view.gaps = gaps(hall);
    let moderates = view.power.contains(Bits::MANAGE_MESSAGES) && view.standing == StandingHere::In;
    view.reports = if moderates {
        Arc::clone(&hall.reports)
    } else {
        Arc::default()
    };
    view.reports_dropped = hall.reports_dropped;
    view.dialled = match &row.state {
        CommunityState::Joining { hints, .. } => {
            hints.iter().map(|one| one.as_str().to_owned()).collect()
        }
        _ => Vec::new(),
    };
    view.compares = row.state == (CommunityState::In { compares: true });
    Some(view)
}

/// What of it follows from the ops.
fn of_ops(cx: &Context<'_>, hall: &Hall) -> CommunityView {
    let control = hall.control();
    let community = control.now();
    let now = community.moment();
    let policy = community.policy();
    let own = &cx.local.account;
    let power = Bits::NAMED
        .iter()
        .filter(|(_, bit)| !bit.power().is_empty() && now.power(own, *bit) > Authority::Void)
        .fold(Bits::NONE, |all, (_, bit)| all.with(*bit));
    let (name, topic) = policy
        .as_ref()
        .map(|policy| (policy.name.clone(), policy.topic.clone()))
        .unwrap_or_default();
    let mut view = CommunityView {
        id: control.community(),
        standing: StandingHere::Left,
        name,
        topic,
        admit: policy.as_ref().map(|policy| policy.admit),
        history: policy.as_ref().map(|policy| policy.history),
        icon: policy.and_then(|policy| policy.icon),
        forked_from: community.forked_from(),
        owner: now.owner(),
        offer: now.offer(),
        uses: now.uses(own),
        power,
        channels: Arc::new(channels(&community, own)),
        roles: Arc::new(roles(&community)),
        everyone: now.everyone(),
        members: members_as_shown(hall, &community),
        invites: shown_invites(cx, hall),
        gaps: Vec::new(),
        reports: Arc::default(),
        reports_dropped: 0,
        audit: Arc::new(audit(hall, None)),
        ops: control.log().dag().len(),
        state: Hash32([0; 32]),
        epoch: now.epoch().map(|epoch| (epoch, false)),
        in_reach: Vec::new(),
        in_sync: 0,
        dialled: Vec::new(),
        compares: false,
    };
    view.state = state::hash(&view);
    view
}

/// Members, looked at anew only when something changed about anybody: most ops of a large community are about something else.
fn members_as_shown(hall: &Hall, community: &Community<'_>) -> Arc<Vec<MemberView>> {
    let state = community.moment().people_state();
    let mut kept = hall.members.borrow_mut();
    match &*kept {
        Some((then, members)) if *then == state => Arc::clone(members),
        _ => {
            let members = Arc::new(members(community));
            *kept = Some((state, Arc::clone(&members)));
            members
        }
    }
}

fn members(community: &Community<'_>) -> Vec<MemberView> {
    let now = community.moment();
    let people = community.people().iter();
    people
        .map(|(account, standing)| {
            let (nickname, silenced_until) = community.person(account);
            MemberView {
                account: *account,
                standing: *standing,
                nickname,
                roles: now.roles(account),
                devices: now.devices(account),
                silenced_until,
                banned_until: now
                    .barred_until(account)
                    .filter(|_end| *standing == Standing::Banned),
            }
        })
        .collect()
}

fn channels(community: &Community<'_>, own: &AccountId) -> Vec<ChannelView> {
    let channels = community.channels().into_iter();
    // All public ones have the same.
    let mut public: Option<Arc<Vec<AccountId>>> = None;
    let mut readers = |channel: &Channel| {
        let audience = || Arc::new(community.audience(channel).into_iter().collect());
        match channel.scope {
            Scope::Public => Arc::clone(public.get_or_insert_with(audience)),
            Scope::Private => audience(),
        }
    };
    channels
        .map(|channel| ChannelView {
            uses: community.uses_in(own, &channel),
            readers: readers(&channel),
            id: channel.id,
            kind: channel.kind,
            name: channel.name,
            topic: channel.topic,
            parent: channel.parent,
            place: channel.place,
            scope: channel.scope,
            overwrites: channel.overwrites,
            slow_mode: channel.slow_mode,
            history: channel.history,
        })
        .collect()
}

fn roles(community: &Community<'_>) -> Vec<RoleView> {
    let roles = community.roles().into_iter();
    roles
        .map(|role| RoleView {
            id: role.id,
            name: role.name,
            colour: role.colour,
            position: role.position,
            bits: role.bits,
        })
        .collect()
}

/// Gaps that people see: those that are missed.
fn gaps(hall: &Hall) -> Vec<GapView> {
    let missed = hall.gaps.iter();
    missed
        .filter_map(|((log, from), gap)| {
            Some(GapView {
                account: hall.control().owner_of(&log.device),
                device: log.device,
                missing: gap.to.map(|to| to.saturating_sub(*from)),
                noticed: gap.noticed?,
                after: gap.after,
                before: gap.to.map(|_to| gap.before),
            })
        })
        .collect()
}

fn shown_invites(cx: &Context<'_>, hall: &Hall) -> Vec<InviteView> {
    let id = hall.control().community();
    let made = hall.control().now().invites();
    made.into_iter()
        .filter_map(|invite| {
            let op = hall.control().op(&invite)?;
            let Body::CreateInvite {
                uses,
                expires,
                roles,
                note,
                ..
            } = &op.body
            else {
                return None;
            };
            Some(InviteView {
                id: invite,
                author: op.head.header.author,
                uses: *uses,
                used: hall.control().log().now().came_by(&invite),
                expires: expires.map(Hlc::wall),
                roles: roles.to_vec(),
                note: note.to_string(),
                over: invite_fate(hall, invite, cx.now.wall).err(),
                secret: cx.resident.secret(id, invite).map(|row| row.secret),
            })
        })
        .collect()
}

/// The newest ops, or the newest of those before one, the newest first: as they are dated, so that all are shown the same.
pub(super) fn audit(hall: &Hall, before: Option<OpId>) -> Vec<AuditEntry> {
    let control = hall.control();
    let now = control.log().now();
    let ids = control.latest_first(before.as_ref());
    let entries = ids.take(limits::AUDIT_SHOWN_MAX).filter_map(|id| {
        Some(AuditEntry {
            id,
            op: control.shared_op(&id)?,
            fate: now.fate(&id)?,
            why: now.why(&id),
        })
    });
    entries.collect()
}
