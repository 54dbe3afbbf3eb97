//! What people do in a crowd: found a community, make channels, say something.

use anyhow::{Context as _, Result, bail};
use protocol::community::CommunityCommand;
use protocol::content::ChannelEvent;
use protocol::control::body::{Body, ChannelKind, History, NewChannel, Scope};
use protocol::control::{Admit, CommunityId, OpId};
use protocol::turn::Reply;

use super::crowd::{Crowd, SECOND};
use crate::members::text;

/// Bytes of what is said, as in the other benches.
const SAID: usize = 200;

/// The first device founds a community with one channel and an invite for everybody: community, channel, invite, secret.
///
/// # Errors
/// When it is refused.
pub(super) fn found(crowd: &mut Crowd) -> Result<(CommunityId, OpId, OpId, [u8; 32])> {
    let found = CommunityCommand::Found {
        name: text("Les copains"),
        admit: Admit::Everyone,
        history: History::SinceJoin,
    };
    let Reply::Community(community) = crowd.obtain(0, found)? else {
        bail!("not founded");
    };
    let channel = act(crowd, 0, community, new_channel("general"))?;
    let invite = CommunityCommand::Invite {
        community,
        uses: 500,
        lasts: None,
        roles: Default::default(),
        note: text(""),
    };
    let Reply::Op(_, invite) = crowd.obtain(0, invite)? else {
        bail!("no invite");
    };
    crowd.run_until(crowd.now + SECOND)?;
    let view = crowd.views.first().and_then(Option::as_ref);
    let invites = view.map(|view| view.invites.as_slice()).unwrap_or_default();
    let secret = invites.iter().find(|one| one.id == invite);
    let secret = secret.and_then(|one| one.secret);
    Ok((
        community,
        channel,
        invite,
        secret.context("the invite has no secret")?,
    ))
}

/// A text channel for everybody.
pub(super) fn new_channel(name: &str) -> Body {
    Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: text(name),
        parent: None,
        place: 0,
        scope: Scope::Public,
        overwrites: Default::default(),
    }))
}

/// Makes an op.
///
/// # Errors
/// When it is refused.
pub(super) fn act(
    crowd: &mut Crowd,
    device: usize,
    community: CommunityId,
    body: Body,
) -> Result<OpId> {
    let body = Box::new(body);
    let reply = crowd.obtain(device, CommunityCommand::Act { community, body })?;
    match reply {
        Reply::Op(_, op) => Ok(op),
        other => bail!("not done: {other:?}"),
    }
}

/// What somebody says for the so-manieth time.
pub(super) fn said(community: CommunityId, channel: OpId, number: usize) -> CommunityCommand {
    let mut body = format!("message {number} ");
    while body.len() < SAID {
        body.push('.');
    }
    CommunityCommand::Say {
        community,
        channel,
        event: Box::new(ChannelEvent::Text {
            body: text(&body),
            mentions: Default::default(),
            thread: None,
        }),
        key: None,
    }
}
