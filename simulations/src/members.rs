//! What people want in a community: to talk in its channels, and to have their way with each other.
//!
//! Everything is decided by what the screen shows. That may be old, and what is asked for then be refused; it is never
//! asked for what an honest program does not offer.

pub mod slow;

use protocol::community::{ChannelView, CommunityCommand, CommunityView, MemberView, StandingHere};
use protocol::content::ChannelEvent;
use protocol::control::body::{Body, ChannelChange, ChannelKind, NewChannel, Overwrite, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position, Standing};
use protocol::error::Rejected;
use protocol::identity::AccountId;
use protocol::message::{ConversationId, Emoji, MessageRef};
use protocol::persist::{MessageContent, MessageRow};
use protocol::time::{Hlc, Timestamp};
use protocol::turn::Command;
use protocol::wire::{Bounded, Text};

use crate::chance::Chance;
use crate::people::{self, Kind, Op};

/// The roles that the owner makes: name, position, power. The last gives nothing but a channel.
pub const ROLES: [(&str, u16, Bits); 4] = [
    ("chief", 30, CHIEF),
    ("mod", 20, MOD),
    ("helper", 10, HELPER),
    ("inner", 1, Bits::NONE),
];

const CHIEF: Bits = MOD
    .with(Bits::MANAGE_CHANNELS)
    .with(Bits::MANAGE_INVITES)
    .with(Bits::MANAGE_COMMUNITY);
const MOD: Bits = HELPER.with(Bits::BAN).with(Bits::MUTE);
const HELPER: Bits = Bits::KICK
    .with(Bits::MANAGE_ROLES)
    .with(Bits::MANAGE_MESSAGES);

/// Whether a refusal can be true of what a screen offered: it may be as old as what happened since.
#[must_use]
pub const fn may_be_refused(rejected: &Rejected) -> bool {
    matches!(
        rejected,
        Rejected::NotMember
            | Rejected::NotPermitted
            | Rejected::NoKeys
            | Rejected::UnknownChannel
            | Rejected::UnknownMember
            | Rejected::Nothing
            | Rejected::UnknownMessage
            | Rejected::Silenced { .. }
            | Rejected::TooSoon { .. }
            | Rejected::Comparing
            | Rejected::Deleted
    )
}

/// A short text of any bounded kind.
#[must_use]
pub fn text<const N: usize>(text: &str) -> Text<N> {
    Text::try_from(text.to_owned()).unwrap_or_default()
}

/// Draws what somebody does next in a channel.
pub fn draw_kind(chance: &mut Chance) -> Kind {
    match chance.between(0, 99) {
        0..=58 => Kind::Text,
        59..=67 => Kind::Reply,
        68..=76 => Kind::Edit,
        77..=80 => Kind::Delete,
        81..=90 => Kind::React,
        91..=94 => Kind::Pin,
        95..=97 => Kind::Redact,
        _ => Kind::Thread,
    }
}

/// Channels that somebody may write in.
fn writable(view: &CommunityView) -> Vec<&ChannelView> {
    let needed = Bits::VIEW.with(Bits::SEND);
    let channels = view.channels.iter();
    channels
        .filter(|channel| channel.kind == ChannelKind::Text && channel.uses.contains(needed))
        .collect()
}

/// Decides what is said, to the letter. What needs a message and finds none becomes a text; nothing is said where there
/// is no channel for it.
pub fn decide(
    op: &mut Op,
    number: usize,
    (view, own): (&CommunityView, AccountId),
    history: &dyn Fn(ConversationId) -> Vec<(MessageRef, MessageRow)>,
    chance: &mut Chance,
) {
    let channels = writable(view);
    let Some(channel) = chance.pick(&channels).map(|channel| channel.id) else {
        return;
    };
    let history = history(channel.into());
    let recent = &history[history.len().saturating_sub(12)..];
    let powerful = view.power.contains(Bits::MANAGE_MESSAGES) || view.owner == Some(own);
    let may = |row: &MessageRow| match op.kind {
        Kind::Edit | Kind::Delete => row.account == own,
        Kind::Redact | Kind::Pin => powerful,
        _ => true,
    };
    let wanted: Vec<_> = recent
        .iter()
        .filter(|(_, row)| matches!(row.content, MessageContent::Text { .. }) && may(row))
        .map(|(name, _)| *name)
        .collect();
    let target = chance.pick(&wanted).copied();
    let key = (!chance.permille(100)).then(|| format!("op {number}").into_bytes());
    let event = event(op, number, target, chance);
    op.command = Some(Command::Community(CommunityCommand::Say {
        community: view.id,
        channel,
        event: Box::new(event),
        key,
    }));
}

fn event(
    op: &mut Op,
    number: usize,
    target: Option<MessageRef>,
    chance: &mut Chance,
) -> ChannelEvent {
    let body = people::body(number, people::chance_size(number));
    let mentions = Bounded::default();
    match (op.kind, target) {
        (Kind::Edit, Some(target)) => ChannelEvent::Edit { target, body },
        (Kind::Delete, Some(target)) => ChannelEvent::Delete { target },
        (Kind::React, Some(target)) => {
            let emoji = chance.pick(&people::EMOJIS).copied().unwrap_or("👍");
            let emoji = Emoji::try_from(emoji.to_owned()).unwrap_or_default();
            let on = !chance.permille(250);
            ChannelEvent::React { target, emoji, on }
        }
        (Kind::Reply, Some(to)) => ChannelEvent::Reply {
            to,
            body,
            mentions,
            thread: None,
        },
        (Kind::Pin, Some(target)) => ChannelEvent::Pin {
            target,
            on: !chance.permille(300),
        },
        (Kind::Redact, Some(target)) => ChannelEvent::Redact {
            targets: Bounded::try_from(vec![target]).unwrap_or_default(),
            reason: text("not here"),
        },
        (Kind::Thread, Some(root)) => ChannelEvent::Thread {
            root,
            name: text(&format!("thread {number}")),
        },
        _ => {
            op.kind = Kind::Text;
            let thread = target.filter(|_target| chance.permille(100));
            ChannelEvent::Text {
                body,
                mentions,
                thread,
            }
        }
    }
}

/// What the owner still has to make: channels, roles, and people with power.
pub fn set_up(
    view: &CommunityView,
    (public, private, moderators): (usize, usize, usize),
    chance: &mut Chance,
) -> Option<Body> {
    let have = |scope| {
        let channels = view.channels.iter();
        channels.filter(|channel| channel.scope == scope).count()
    };
    let role = |name: &str| view.roles.iter().find(|role| role.name == name);
    if have(Scope::Public) < public {
        return Some(new_channel(view.id, None, "square"));
    }
    if let Some((name, position, bits)) = ROLES.iter().find(|(name, ..)| role(name).is_none()) {
        return Some(Body::CreateRole {
            name: text(name),
            colour: [1, 2, 3],
            position: Position(*position),
            bits: *bits,
        });
    }
    let inner = role("inner")?.id;
    if have(Scope::Private) < private {
        return Some(new_channel(view.id, Some(inner), "den"));
    }
    let members: Vec<_> = others(view, view.owner?)
        .filter(|member| member.standing == Standing::Member)
        .collect();
    let powerful = members.iter().filter(|member| rank(view, member) > 0);
    let who = chance.pick(&members)?;
    if powerful.count() < moderators {
        let (name, ..) = ROLES.get(chance.index(3))?;
        let (who, role) = (who.account, role(name)?.id);
        return Some(Body::Assign { who, role });
    }
    let wants = private > 0 && !who.roles.contains(&inner) && chance.permille(300);
    wants.then_some(Body::Assign {
        who: who.account,
        role: inner,
    })
}

/// A channel for everybody, or for those with a role.
#[must_use]
pub fn new_channel(community: CommunityId, role: Option<OpId>, name: &str) -> Body {
    let overwrites = role.map_or_else(Vec::new, |role| {
        vec![
            Overwrite {
                role: community.founding(),
                allow: Bits::NONE,
                deny: Bits::VIEW,
            },
            Overwrite {
                role,
                allow: Bits::VIEW,
                deny: Bits::NONE,
            },
        ]
    });
    Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: text(name),
        parent: None,
        place: 0,
        scope: if role.is_some() {
            Scope::Private
        } else {
            Scope::Public
        },
        overwrites: Bounded::try_from(overwrites).unwrap_or_default(),
    }))
}

fn others(view: &CommunityView, own: AccountId) -> impl Iterator<Item = &MemberView> {
    view.members
        .iter()
        .filter(move |member| member.account != own)
}

/// How high somebody stands: the position of their highest role that gives power.
pub fn rank(view: &CommunityView, member: &MemberView) -> u16 {
    if view.owner == Some(member.account) {
        return u16::MAX;
    }
    let held = view
        .roles
        .iter()
        .filter(|role| member.roles.contains(&role.id) && !role.bits.power().is_empty());
    held.map(|role| role.position.0).max().unwrap_or(0)
}

/// Decides what somebody does about people, roles and channels; nothing if they have no power, or do not want to.
pub fn moderate(
    view: &CommunityView,
    own: AccountId,
    now: Timestamp,
    chance: &mut Chance,
) -> Option<CommunityCommand> {
    if view.standing != StandingHere::In {
        return None;
    }
    let community = view.id;
    let mine = view.members.iter().find(|member| member.account == own)?;
    let height = rank(view, mine);
    let draw = chance.between(0, 99);
    if height < u16::MAX && draw < 3 {
        return Some(CommunityCommand::Leave(community));
    }
    if draw < 8 && view.uses.contains(Bits::CREATE_INVITE) {
        let uses = u16::try_from(chance.between(1, 4)).unwrap_or(1);
        return Some(invite(community, uses));
    }
    let body = match draw {
        8..=11 => Some(Body::Nickname {
            name: (!chance.permille(300)).then(|| text(&format!("n{}", chance.between(0, 99)))),
        }),
        12..=20 => about_channels(view, chance),
        21..=23 => {
            let live: Vec<_> = view
                .invites
                .iter()
                .filter(|one| one.over.is_none())
                .collect();
            let invite = chance.pick(&live)?.id;
            Some(Body::RevokeInvite { invite })
        }
        _ => about_people(view, (own, height), now, chance),
    }?;
    Some(CommunityCommand::Act {
        community,
        body: Box::new(body),
    })
}

/// An invite for so many.
#[must_use]
pub fn invite(community: CommunityId, uses: u16) -> CommunityCommand {
    CommunityCommand::Invite {
        community,
        uses,
        lasts: None,
        roles: Bounded::default(),
        note: Text::default(),
    }
}

fn about_channels(view: &CommunityView, chance: &mut Chance) -> Option<Body> {
    if !view.power.contains(Bits::MANAGE_CHANNELS) {
        return None;
    }
    let inner = view.roles.iter().find(|role| role.name == "inner");
    let inner = inner.map(|role| role.id);
    let channel = chance.pick(&view.channels)?;
    let change = match chance.between(0, 9) {
        0 | 1 if view.channels.len() < 6 => {
            let role = inner.filter(|_role| chance.permille(500));
            return Some(new_channel(view.id, role, "corner"));
        }
        0 if view.channels.len() > 2 => {
            let channel = channel.id;
            return Some(Body::DeleteChannel { channel });
        }
        1..=3 => ChannelChange::Name(text(&format!("c{}", chance.between(0, 99)))),
        // Where nobody thinks of slow mode, all else goes as it did before there was one.
        5 if view.channels.iter().any(|one| one.slow_mode > 0) => slow::change(chance),
        4 | 5 => ChannelChange::Topic(text(&format!("about {}", chance.between(0, 99)))),
        6 | 7 => ChannelChange::Scope(match channel.scope {
            Scope::Public => Scope::Private,
            Scope::Private => Scope::Public,
        }),
        _ => ChannelChange::Overwrite(Overwrite {
            role: view.id.founding(),
            allow: Bits::NONE,
            deny: if chance.permille(400) {
                Bits::SEND
            } else {
                Bits::NONE
            },
        }),
    };
    Some(Body::UpdateChannel {
        channel: channel.id,
        changes: Bounded::try_from(vec![change]).unwrap_or_default(),
    })
}

fn about_people(
    view: &CommunityView,
    (own, height): (AccountId, u16),
    now: Timestamp,
    chance: &mut Chance,
) -> Option<Body> {
    if height == 0 {
        return None;
    }
    let below = |standing: Standing| -> Vec<&MemberView> {
        others(view, own)
            .filter(|member| member.standing == standing && rank(view, member) < height)
            .collect()
    };
    let draw = chance.between(0, 99);
    if draw < 10 {
        let who = chance.pick(&below(Standing::Banned))?.account;
        return Some(Body::Unban { who });
    }
    if draw < 16 {
        let who = chance.pick(&below(Standing::Suspended))?.account;
        let who = Bounded::try_from(vec![who]).unwrap_or_default();
        return Some(Body::Confirm { who });
    }
    let whom = *chance.pick(&below(Standing::Member))?;
    let who = whom.account;
    let reason = text("so");
    let (cut, invites) = (Bounded::default(), chance.permille(300));
    let lower: Vec<OpId> = view
        .roles
        .iter()
        .filter(|role| role.position.0 < height)
        .map(|role| role.id)
        .collect();
    Some(match draw {
        16..=34 => Body::Kick {
            who,
            cut,
            invites,
            reason,
        },
        35..=40 => Body::Ban {
            who,
            until: None,
            cut,
            invites,
            reason,
        },
        41..=45 => {
            let until = now
                .as_millis()
                .saturating_add(chance.between(1_000, 10_000));
            Body::Timeout {
                who,
                until: Hlc::from_wall(Timestamp::from_millis(until)),
                reason,
            }
        }
        46..=58 => Body::Unassign {
            who,
            role: *chance.pick(&whom.roles)?,
        },
        // Roles are shown the highest first; a promotion from far above protects from those in between.
        _ => Body::Assign {
            who,
            role: match chance.permille(600) {
                true => *lower.first()?,
                false => *chance.pick(&lower)?,
            },
        },
    })
}
