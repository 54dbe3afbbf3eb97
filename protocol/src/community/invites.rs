//! Invites: made here, and what became of each.

use crate::community::commands::{CommunityCommand, own_hall, own_hall_ref};
use crate::community::hall::Hall;
use crate::community::{asked, changed};
use crate::control::body::{Body, Name};
use crate::control::{CommunityId, Fate, OpId};
use crate::courier::Desks;
use crate::crypto::SigningKey;
use crate::error::Rejected;
use crate::limits;
use crate::persist::{Refusal, Row, RowKey, SecretRow};
use crate::time::{Hlc, Timestamp};
use crate::turn::{Context, Reply};
use crate::wire::Bounded;

/// Makes an invite, whose secret stays here.
///
/// # Errors
/// Why it is refused; nothing was written.
pub(super) fn invite(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    command: &CommunityCommand,
) -> Result<Reply, Rejected> {
    let CommunityCommand::Invite {
        uses,
        lasts,
        roles,
        note,
        ..
    } = command
    else {
        return Err(Rejected::NotPermitted);
    };
    if let Some(lasts) = lasts {
        asked::check_lasting(*lasts, limits::INVITE_LASTS_MIN)?;
    }
    own_hall_ref(cx, desks.halls, id).and_then(|hall| asked::has_the_word(cx, hall))?;
    let (now, rng) = (cx.now, cx.rng.bytes());
    let hall = own_hall(cx, desks, id)?;
    let made = hall.control().now().invites();
    let live = made
        .into_iter()
        .filter(|invite| invite_fate(hall, *invite, now.wall).is_ok());
    if live.count() >= limits::INVITES_MAX {
        return Err(Rejected::Full { what: "invites" });
    }
    let secret = SigningKey::from_seed(&rng);
    let expires = lasts.map(|lasts| {
        let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        Hlc::from_wall(Timestamp::from_millis(
            now.wall.as_millis().saturating_add(millis),
        ))
    });
    let mut roles = roles.to_vec();
    roles.sort();
    roles.dedup();
    let body = Body::CreateInvite {
        key: secret.verify_key(),
        uses: (*uses).max(1),
        expires,
        roles: roles.try_into().unwrap_or_default(),
        note: note.clone(),
    };
    let made = hall.author(cx, vec![body])?;
    let op = made.first().copied().ok_or(Rejected::NotPermitted)?;
    let since = cx.now.wall;
    cx.put(
        RowKey::Secret(id, op),
        Row::Secret(SecretRow { secret: rng, since }),
    );
    changed(cx, desks, id);
    Ok(Reply::Op(id, op))
}

/// Makes one for so many, without end and without roles.
///
/// # Errors
/// As [`invite`].
pub(super) fn for_people(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    people: usize,
) -> Result<OpId, Rejected> {
    let command = CommunityCommand::Invite {
        community: id,
        uses: u16::try_from(people.clamp(1, limits::MEMBERS_MAX)).unwrap_or(u16::MAX),
        lasts: None,
        roles: Bounded::default(),
        note: Name::default(),
    };
    match invite(cx, desks, id, &command)? {
        Reply::Op(_, invite) => Ok(invite),
        _ => Err(Rejected::NotPermitted),
    }
}

/// Whether somebody may still come by an invite, and if not, why.
pub(super) fn invite_fate(hall: &Hall, invite: OpId, now: Timestamp) -> Result<(), Refusal> {
    let control = hall.control();
    let moment = control.log().now();
    let Some(Body::CreateInvite { uses, expires, .. }) = control.op(&invite).map(|op| &op.body)
    else {
        return Err(Refusal::Unknown);
    };
    if moment.fate(&invite) != Some(Fate::Valid) {
        return Err(Refusal::Unknown);
    }
    if moment.invite_ended(&invite) {
        return Err(Refusal::Revoked);
    }
    if expires.is_some_and(|expires| now > expires.wall()) {
        return Err(Refusal::Expired);
    }
    if moment.came_by(&invite) >= usize::from(*uses) {
        return Err(Refusal::UsedUp);
    }
    Ok(())
}
