//! A group of friends: a community without furniture, with one channel and no roles, into which people are asked by a private
//! message each.
//!
//! It is founded, and everybody is asked, in one step: a group that nobody heard of, or a message about a group that was not
//! stored, cannot be. Whoever adds a role or a channel has a community: nothing is converted.

use std::collections::BTreeSet;

use crate::community::{commands, founding, invites};
use crate::control::body::{Body, ChannelKind, History, Name, NewChannel, Scope};
use crate::control::join_link::JoinLink;
use crate::control::{Admit, CommunityId, OpId};
use crate::conversation::compose;
use crate::courier::Desks;
use crate::crypto::SigningKey;
use crate::error::Rejected;
use crate::identity::{AccountId, Hints};
use crate::limits;
use crate::turn::{Context, Missing, Reply};
use crate::wire::Bounded;

/// Founds a group with these contacts.
///
/// # Errors
/// Outer: rows must be loaded first. Inner: why it is refused; nothing was written.
pub(super) fn gather(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    name: &Name,
    people: &[AccountId],
) -> Result<Result<Reply, Rejected>, Missing> {
    if let Err(rejected) = check(cx, people) {
        return Ok(Err(rejected));
    }
    // What may be refused is refused by the founding, before it writes.
    match found(cx, desks, name, people) {
        Ok((id, link)) => {
            for person in people {
                if let Err(rejected) = compose::tell(cx, *person, &link)? {
                    return Ok(Err(rejected)); // each was looked at before
                }
            }
            Ok(Ok(Reply::Community(id)))
        }
        Err(rejected) => Ok(Err(rejected)),
    }
}

/// Whether all of these can be asked.
///
/// # Errors
/// Why not; of several why one of them cannot.
pub(super) fn check(cx: &Context<'_>, people: &[AccountId]) -> Result<(), Rejected> {
    let distinct: BTreeSet<&AccountId> = people.iter().collect();
    if distinct.is_empty() || distinct.len() > limits::GROUP_PEOPLE_MAX {
        return Err(Rejected::OutOfRange {
            field: "people",
            min: 1,
            max: limits::GROUP_PEOPLE_MAX,
            actual: distinct.len(),
            unit: "people",
        });
    }
    if distinct.len() < people.len() || distinct.contains(&cx.local.account) {
        return Err(Rejected::UnknownContact);
    }
    let mut devices = 0_usize;
    for person in people {
        devices = devices.saturating_add(compose::recipients(cx, *person)?.len());
    }
    if cx.resident.outbox_len().saturating_add(devices) > limits::OUTBOX_MAX {
        return Err(Rejected::Full { what: "messages" });
    }
    Ok(())
}

/// The community, its channel, and a link for so many.
fn found(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    name: &Name,
    people: &[AccountId],
) -> Result<(CommunityId, String), Rejected> {
    let founded = founding::found(cx, desks, name, Admit::Everyone, History::SinceJoin)?;
    let Reply::Community(id) = founded else {
        return Err(Rejected::NotPermitted);
    };
    let channel = NewChannel {
        kind: ChannelKind::Text,
        name: name.clone(),
        parent: None,
        place: 0,
        scope: Scope::Public,
        overwrites: Bounded::default(),
    };
    let hall = commands::own_hall(cx, desks, id)?;
    hall.author(cx, vec![Body::CreateChannel(Box::new(channel))])?;
    let invite = invites::for_people(cx, desks, id, people.len())?;
    let link = link(cx, id, invite).ok_or(Rejected::NotPermitted)?;
    Ok((id, link))
}

/// The link of an invite that was made here. It goes to contacts, whom the node finds by itself; addresses it has none, for the
/// core knows none of its own: links for people get them where they are shown (`node`).
pub(super) fn link(cx: &Context<'_>, id: CommunityId, invite: OpId) -> Option<String> {
    let secret = cx.resident.secret(id, invite)?;
    let key = SigningKey::from_seed(&secret.secret);
    let link = JoinLink::new(id, invite, &key, Hints::None).ok()?;
    Some(link.to_string())
}
