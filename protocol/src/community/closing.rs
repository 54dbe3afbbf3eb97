//! Channels that are not for everybody.
//!
//! Keys follow the scope of a channel, and permissions follow its overwrites. Of one without the other people would believe what is
//! not so: a private channel that everybody views, or a hidden one whose keys everybody has. So a channel that becomes private is
//! closed to everyone unless it says otherwise, one that is closed to everyone becomes private, and one that is opened is open.

use crate::control::body::{Body, ChannelChange, NewChannel, Overwrite, Scope};
use crate::control::{Bits, Community, CommunityId, OpId};
use crate::error::Rejected;

/// What somebody means who says this of a channel; `None` if it is just that.
///
/// # Errors
/// There is no room for what it takes to close it: it is not made or left open for that.
pub(super) fn meant(
    community: &Community<'_>,
    id: CommunityId,
    body: &Body,
) -> Result<Option<Body>, Rejected> {
    let everyone = id.founding();
    match body {
        Body::CreateChannel(made) => {
            let mut all = made.overwrites.to_vec();
            let scope = made_so(community, made, everyone, &mut all);
            all.sort_by_key(|one| one.role);
            let overwrites = all.try_into().map_err(|_full| FULL)?;
            let meant = NewChannel {
                scope,
                overwrites,
                ..NewChannel::clone(made)
            };
            Ok((meant != **made).then(|| Body::CreateChannel(Box::new(meant))))
        }
        Body::UpdateChannel { channel, changes } => {
            let mut all = changes.to_vec();
            changed_so(community, *channel, everyone, &mut all);
            if all.len() == changes.len() {
                return Ok(None);
            }
            let (channel, changes) = (*channel, all.try_into().map_err(|_full| FULL)?);
            Ok(Some(Body::UpdateChannel { channel, changes }))
        }
        _ => Ok(None),
    }
}

const FULL: Rejected = Rejected::Full {
    what: "changes and roles of one channel",
};

/// Whose keys open a new channel, and for whom it differs. Under a private category it is for whom the category is, unless
/// everyone views it by its own word.
fn made_so(
    community: &Community<'_>,
    made: &NewChannel,
    everyone: OpId,
    overwrites: &mut Vec<Overwrite>,
) -> Scope {
    let mut scope = made.scope;
    let said = made.overwrites.iter().find(|one| one.role == everyone);
    let category = made.parent.and_then(|parent| community.channel(&parent));
    let category = category.filter(|category| category.scope == Scope::Private);
    if let Some(category) = category
        && scope == Scope::Public
        && said.is_none_or(|one| !one.allow.contains(Bits::VIEW))
    {
        scope = Scope::Private;
        let named = |role| overwrites.iter().any(|one: &Overwrite| one.role == role);
        let others = category.overwrites.into_iter();
        let others: Vec<Overwrite> = others.filter(|one| !named(one.role)).collect();
        overwrites.extend(others);
    }
    if said.is_some_and(|one| one.deny.contains(Bits::VIEW)) {
        scope = Scope::Private;
    }
    let stands = overwrites.iter().find(|one| one.role == everyone).copied();
    if scope == Scope::Private && stands.is_none_or(|one| !names_view(&one)) {
        overwrites.retain(|one| one.role != everyone);
        overwrites.push(closed(stands, everyone));
    }
    scope
}

/// Adds what it takes to close or open the channel.
fn changed_so(
    community: &Community<'_>,
    channel: OpId,
    everyone: OpId,
    changes: &mut Vec<ChannelChange>,
) {
    let Some(now) = community.channel(&channel) else {
        return; // the log knows better why
    };
    let said = |role: OpId| {
        changes.iter().rev().find_map(|change| match change {
            ChannelChange::Overwrite(one) if one.role == role => Some(*one),
            _ => None,
        })
    };
    let scope = changes.iter().rev().find_map(|change| match change {
        ChannelChange::Scope(scope) => Some(*scope),
        _ => None,
    });
    let of_everyone = said(everyone);
    let stood = now.overwrites.iter().find(|one| one.role == everyone);
    let mut more = Vec::new();
    match (scope.unwrap_or(now.scope), of_everyone) {
        (Scope::Public, Some(one)) if one.deny.contains(Bits::VIEW) => {
            more.push(ChannelChange::Scope(Scope::Private));
        }
        // What is public is hidden from nobody.
        (Scope::Public, _) if scope.is_some() => {
            let hidden = now.overwrites.iter();
            let hidden = hidden.filter(|one| one.deny.contains(Bits::VIEW));
            let hidden = hidden.filter(|one| said(one.role).is_none());
            more.extend(hidden.map(|one| {
                let deny = one.deny.without(Bits::VIEW);
                ChannelChange::Overwrite(Overwrite { deny, ..*one })
            }));
        }
        // Also of who says something else of everyone, and nothing of who views it.
        (Scope::Private, Some(one)) if !names_view(&one) => {
            more.push(ChannelChange::Overwrite(closed(Some(one), everyone)));
        }
        (Scope::Private, None) if scope.is_some() => {
            more.push(ChannelChange::Overwrite(closed(stood.copied(), everyone)));
        }
        _ => {}
    }
    changes.extend(more);
}

fn names_view(overwrite: &Overwrite) -> bool {
    overwrite.allow.with(overwrite.deny).contains(Bits::VIEW)
}

/// What is said of everyone, and that they do not view it.
fn closed(said: Option<Overwrite>, everyone: OpId) -> Overwrite {
    let said = said.unwrap_or(Overwrite {
        role: everyone,
        allow: Bits::NONE,
        deny: Bits::NONE,
    });
    Overwrite {
        allow: said.allow.without(Bits::VIEW),
        deny: said.deny.with(Bits::VIEW),
        ..said
    }
}
