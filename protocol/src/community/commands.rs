//! What the person asks for in a community.

use std::time::Duration;

use crate::community::forking::{Forking, Taking};
use crate::community::founding::{check_room, found, put_row};
use crate::community::hall::Hall;
use crate::community::reports::{Complaint, Targets};
use crate::community::{
    Halls, asked, changed, closing, forking, groups, invites, joining, keys, posts, reading,
    reports, view,
};
use crate::content::ChannelEvent;
use crate::control::body::{Body, History, LogMark, Name, Reason};
use crate::control::{Admit, CommunityId, Control, OpId, Standing};
use crate::courier::Desks;
use crate::error::Rejected;
use crate::identity::AccountId;
use crate::limits;
use crate::message::MessageRef;
use crate::persist::{CommunityRow, CommunityState, Row, RowKey};
use crate::turn::{Context, Missing, Reply, Timer};
use crate::wire::{Bounded, Text};

/// What a person can ask for in a community.
#[derive(Clone, PartialEq, Eq)]
pub enum CommunityCommand {
    /// Found one.
    Found {
        /// Its name.
        name: Name,
        /// Who may let people in with an invite.
        admit: Admit,
        /// What new members may read.
        history: History,
    },
    /// Found one with one channel, and ask these contacts in by a private message each: a group of friends.
    Gather {
        /// Its name.
        name: Name,
        /// Whom to ask.
        people: Vec<AccountId>,
    },
    /// Found one from another as it stands here; whose member this account is or was.
    Fork {
        /// Which.
        from: CommunityId,
        /// Another name than that one has.
        name: Option<Name>,
        /// Contacts to ask over by a private message each.
        ask: Vec<AccountId>,
        /// How.
        taking: Taking,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// Ask to be let into one, by an invite.
    Join {
        /// Which.
        community: CommunityId,
        /// The invite's op.
        invite: OpId,
        /// Seed of the invite's key.
        secret: [u8; 32],
        /// Addresses to try.
        hints: Bounded<Text<64>, 2>,
    },
    /// No longer ask to be let in; or leave.
    Leave(CommunityId),
    /// Make an invite.
    Invite {
        /// Into which community.
        community: CommunityId,
        /// How many may come by it.
        uses: u16,
        /// For how long.
        lasts: Option<Duration>,
        /// Roles, without power, that they get.
        roles: Bounded<OpId, { limits::INVITE_ROLES_MAX }>,
        /// What its maker wants to remember.
        note: Name,
    },
    /// Say something in a channel.
    Say {
        /// In which community.
        community: CommunityId,
        /// In which channel.
        channel: OpId,
        /// What.
        event: Box<ChannelEvent>,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// A channel was read up to this message. Marks only move forward, and nobody is told.
    MarkRead {
        /// In which community.
        community: CommunityId,
        /// Which channel.
        channel: OpId,
        /// The newest message read.
        up_to: MessageRef,
    },
    /// Report messages of others to the moderators.
    Report {
        /// In which community.
        community: CommunityId,
        /// In which channel.
        channel: OpId,
        /// Which messages.
        messages: Targets,
        /// Why.
        reason: Reason,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// A report was dealt with.
    Resolve {
        /// In which community.
        community: CommunityId,
        /// Which report.
        report: MessageRef,
    },
    /// Give what was done before an op, as the audit shows it.
    Audit {
        /// In which community.
        community: CommunityId,
        /// Before which op, in the order of the audit.
        before: OpId,
    },
    /// Do what one op says: all but founding, joining, leaving, inviting, keys, and what devices do by themselves.
    Act {
        /// Where.
        community: CommunityId,
        /// What.
        body: Box<Body>,
    },
}

impl std::fmt::Debug for CommunityCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Found { .. } => "Found",
            Self::Gather { .. } => "Gather",
            Self::Fork { .. } => "Fork", // where one goes stays out of logs
            Self::Join { .. } => "Join", // its secret stays out of logs
            Self::Leave(_) => "Leave",
            Self::Invite { .. } => "Invite",
            Self::Say { .. } => "Say",
            Self::Report { .. } => "Report", // who complains of whom stays out of logs
            Self::MarkRead { .. } => "MarkRead",
            Self::Resolve { .. } => "Resolve",
            Self::Audit { .. } => "Audit",
            Self::Act { .. } => "Act",
        })
    }
}

/// Carries out a command.
///
/// # Errors
/// Outer: rows must be loaded first. Inner: why it is refused; nothing was written.
pub fn command(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    command: &CommunityCommand,
) -> Result<Result<Reply, Rejected>, Missing> {
    Ok(match command {
        CommunityCommand::Say {
            community,
            channel,
            event,
            key,
        } => posts::say(cx, desks, *community, (*channel, event), key.as_deref())?,
        CommunityCommand::Found {
            name,
            admit,
            history,
        } => found(cx, desks, name, *admit, *history),
        CommunityCommand::Gather { name, people } => groups::gather(cx, desks, name, people)?,
        CommunityCommand::Fork {
            from,
            name,
            ask,
            taking,
            key,
        } => {
            let forking = Forking {
                from: *from,
                name: name.as_ref(),
                ask,
                taking: *taking,
                key: key.as_deref(),
            };
            forking::fork(cx, desks, forking)?
        }
        CommunityCommand::Join {
            community,
            invite,
            secret,
            hints,
        } => join(cx, desks, *community, (*invite, *secret), hints),
        CommunityCommand::Leave(id) => leave(cx, desks, *id),
        CommunityCommand::Invite { community, .. } => {
            invites::invite(cx, desks, *community, command)
        }
        CommunityCommand::Report {
            community,
            channel,
            messages,
            reason,
            key,
        } => {
            let complaint = Complaint {
                channel: *channel,
                messages,
                reason,
            };
            reports::report(cx, desks, *community, complaint, key.as_deref())?
        }
        CommunityCommand::MarkRead {
            community,
            channel,
            up_to,
        } => reading::mark(cx, desks.halls, (*community, *channel), *up_to)?,
        CommunityCommand::Resolve { community, report } => {
            reports::resolve(cx, desks, *community, *report)
        }
        CommunityCommand::Audit { community, before } => match desks.halls.get(*community) {
            Some(hall) => Ok(Reply::Audit(view::audit(hall, Some(*before)))),
            None => Err(Rejected::UnknownCommunity),
        },
        CommunityCommand::Act { community, body } => act(cx, desks, *community, body),
    })
}

fn join(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (invite, secret): (OpId, [u8; 32]),
    hints: &Bounded<Text<64>, 2>,
) -> Result<Reply, Rejected> {
    let known = cx.resident.community(id).map(|row| row.state.clone());
    match known {
        Some(CommunityState::In { .. })
            if desks
                .halls
                .get(id)
                .is_some_and(|hall| hall.is_member(&cx.local.account)) =>
        {
            return Ok(Reply::Community(id)); // asked for again
        }
        Some(_) => {}
        None => check_room(cx)?,
    }
    let state = CommunityState::Joining {
        invite,
        secret,
        hints: hints.clone(),
        refused: None,
    };
    put_row(cx, id, state);
    let rules = cx.faults.rules();
    let hall = desks.halls.halls.entry(id);
    let hall = hall.or_insert_with(|| Hall::new(Control::new(id, rules), 0));
    hall.dials = None; // the person asked now: it is tried now
    joining::knock_everywhere(cx, desks);
    joining::ask_another(cx, desks, id);
    Ok(Reply::Community(id))
}

fn leave(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) -> Result<Reply, Rejected> {
    let row = cx.resident.community(id).cloned();
    let row = row.ok_or(Rejected::UnknownCommunity)?;
    let own = cx.local.account;
    let hall = desks.halls.halls.get_mut(&id);
    let hall = hall.ok_or(Rejected::UnknownCommunity)?;
    let alone = hall.is_alone(&own);
    if matches!(row.state, CommunityState::In { .. }) && hall.is_member(&own) && !alone {
        if hall.control().log().now().standing(&own) == Standing::Owner {
            return Err(Rejected::Owner);
        }
        hall.author(cx, vec![Body::Leave])?;
        crate::community::sync::tell_all(cx, desks, id); // while they still are in reach as members
    }
    cx.timers.stop(Timer::Ask(id));
    let state = CommunityState::Left;
    cx.put(
        RowKey::Community(id),
        Row::Community(CommunityRow { state, ..row }),
    );
    changed(cx, desks, id);
    Ok(Reply::Community(id))
}

/// The community, if this account takes part in it.
pub(super) fn own_hall_ref<'a>(
    cx: &Context<'_>,
    halls: &'a Halls,
    id: CommunityId,
) -> Result<&'a Hall, Rejected> {
    let row = cx.resident.community(id);
    match (row.map(|row| &row.state), halls.get(id)) {
        (Some(CommunityState::In { .. }), Some(hall)) if hall.is_member(&cx.local.account) => {
            Ok(hall)
        }
        (Some(_), Some(_)) => Err(Rejected::NotMember),
        _ => Err(Rejected::UnknownCommunity),
    }
}

/// The same, to change.
pub(super) fn own_hall<'a>(
    cx: &Context<'_>,
    desks: &'a mut Desks<'_>,
    id: CommunityId,
) -> Result<&'a mut Hall, Rejected> {
    own_hall_ref(cx, desks.halls, id)?;
    let hall = desks.halls.halls.get_mut(&id);
    hall.ok_or(Rejected::UnknownCommunity)
}

fn act(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    body: &Body,
) -> Result<Reply, Rejected> {
    if !asked::is_asked_for(body) {
        return Err(Rejected::NotPermitted);
    }
    let own_name = Name::try_from(cx.own_name().as_str()).ok();
    own_hall_ref(cx, desks.halls, id).and_then(|hall| match body {
        Body::Accept { .. } => Ok(()), // it is nobody's word but that they take it
        _ => asked::has_the_word(cx, hall),
    })?;
    let hall = own_hall(cx, desks, id)?;
    let state = hall.control().now();
    let meant = match body {
        // Without a name of their own here, people are called as they are elsewhere.
        Body::Nickname { name: None } => own_name.map(|name| Body::Nickname { name: Some(name) }),
        body => closing::meant(&state, id, body)?,
    };
    let body = meant.as_ref().unwrap_or(body);
    let who = (&cx.local.account, cx.now.wall);
    asked::check(&state, id.founding(), who, body)?;
    let made = hall.author(cx, vec![with_cut(hall, body)])?;
    let op = made.first().copied().ok_or(Rejected::NotPermitted)?;
    // Whoever removes somebody makes the epoch that they do not get, in the same batch (§2.5.1).
    if hall.control().log().now().epoch().is_none() {
        let _by_others = keys::rekey(cx, hall); // without the right to it, others will
    }
    changed(cx, desks, id);
    view::tell(cx, desks, id);
    Ok(Reply::Op(id, op))
}

/// A removal names how far the logs of whoever is removed are known here: what comes later was sent around it (A11).
fn with_cut(hall: &Hall, body: &Body) -> Body {
    let mut body = body.clone();
    if let Body::Kick { who, cut, .. } | Body::Ban { who, cut, .. } = &mut body {
        let theirs = hall.logs.iter().filter(|(log, end)| {
            end.next > 0 && hall.control().owner_of(&log.device) == Some(*who)
        });
        let mut marks: Vec<LogMark> = theirs
            .map(|(log, end)| LogMark {
                log: *log,
                seq: end.next.saturating_sub(1),
                hash: end.head.0,
            })
            .collect();
        marks.truncate(limits::CUT_MAX);
        *cut = marks.try_into().unwrap_or_default();
    }
    body
}
