//! Channels that are not for everybody.
//!
//! Keys follow the scope of a channel, and permissions follow its overwrites. Of one without the other people would believe what is
//! not so: a private channel that everybody views, or a hidden one whose keys everybody has. So a channel that becomes private is
//! closed to everyone unless it says otherwise, one that is closed to everyone becomes private, and one that is opened is open.

use crate::control::body::{Body, ChannelChange, NewChannel, Overwrite, Scope};
use crate::control::{Bits, Community, CommunityId, OpId};

/// What somebody means who says this of a channel; `None` if it is just that.
pub(super) fn meant(community: &Community<'_>, id: CommunityId, body: &Body) -> Option<Body> {
    match body {
        Body::CreateChannel(made) => {
            let within = within(community, made);
            let meant = made_so(within.as_ref().unwrap_or(made), id.founding());
            meant.or_else(|| Some(Body::CreateChannel(Box::new(within?))))
        }
        Body::UpdateChannel { channel, changes } => {
            let changes = changed_so(community, *channel, changes, id.founding())?;
            let (channel, changes) = (*channel, changes.try_into().ok()?);
            Some(Body::UpdateChannel { channel, changes })
        }
        _ => None,
    }
}

/// The channel as it is under a private category, if nothing is said of whom it is for: for whom its category is.
fn within(community: &Community<'_>, made: &NewChannel) -> Option<NewChannel> {
    let parent = community.channel(&made.parent?)?;
    let says_nothing = made.scope == Scope::Public && made.overwrites.is_empty();
    (parent.scope == Scope::Private && says_nothing).then(|| NewChannel {
        scope: parent.scope,
        overwrites: parent.overwrites.try_into().unwrap_or_default(),
        ..made.clone()
    })
}

fn made_so(made: &NewChannel, everyone: OpId) -> Option<Body> {
    let said = made.overwrites.iter().find(|one| one.role == everyone);
    let mut made = NewChannel::clone(made);
    match (made.scope, said) {
        (Scope::Public, Some(one)) if one.deny.contains(Bits::VIEW) => {
            made.scope = Scope::Private;
        }
        (Scope::Private, one) if one.is_none_or(|one| !names_view(one)) => {
            let closed = closed(one.copied(), everyone);
            let others = made.overwrites.iter().filter(|one| one.role != everyone);
            let mut all: Vec<Overwrite> = others.copied().chain([closed]).collect();
            all.sort_by_key(|one| one.role);
            made.overwrites = all.try_into().ok()?;
        }
        _ => return None,
    }
    Some(Body::CreateChannel(Box::new(made)))
}

fn changed_so(
    community: &Community<'_>,
    channel: OpId,
    changes: &[ChannelChange],
    everyone: OpId,
) -> Option<Vec<ChannelChange>> {
    let now = community.channel(&channel)?;
    let said = changes.iter().rev().find_map(|change| match change {
        ChannelChange::Overwrite(one) if one.role == everyone => Some(*one),
        _ => None,
    });
    let scope = changes.iter().rev().find_map(|change| match change {
        ChannelChange::Scope(scope) => Some(*scope),
        _ => None,
    });
    let stood = now.overwrites.iter().find(|one| one.role == everyone);
    let one = said.or_else(|| stood.copied());
    let denies = |one: Option<Overwrite>| one.is_some_and(|one| one.deny.contains(Bits::VIEW));
    let mut changes = changes.to_vec();
    match scope.unwrap_or(now.scope) {
        Scope::Public if denies(said) => changes.push(ChannelChange::Scope(Scope::Private)),
        Scope::Public if scope.is_some() && denies(one) => {
            let mut open = one?;
            open.deny = open.deny.without(Bits::VIEW);
            changes.push(ChannelChange::Overwrite(open));
        }
        // Also of who says something else of everyone, and nothing of who views it.
        Scope::Private
            if (scope.is_some() || said.is_some()) && one.is_none_or(|one| !names_view(&one)) =>
        {
            changes.push(ChannelChange::Overwrite(closed(one, everyone)));
        }
        _ => return None,
    }
    Some(changes)
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
        deny: said.deny.with(Bits::VIEW),
        ..said
    }
}
