//! Slow channels: somebody always has to wait in one, and goes on elsewhere.

use protocol::community::CommunityView;
use protocol::control::body::{Body, ChannelChange};
use protocol::wire::Bounded;

use crate::chance::Chance;

/// Seconds of slow mode: none, or some that a world lasts longer than.
const PACES: [u32; 4] = [0, 1, 5, 30];

/// Another pace for a channel.
pub(super) fn change(chance: &mut Chance) -> ChannelChange {
    ChannelChange::SlowMode(chance.pick(&PACES).copied().unwrap_or(0))
}

/// One channel is a slow one, once the owner thinks of it.
#[must_use]
pub fn set_up(view: &CommunityView, chance: &mut Chance) -> Option<Body> {
    if !chance.permille(60) || view.channels.iter().any(|channel| channel.slow_mode > 0) {
        return None;
    }
    let channel = chance.pick(&view.channels)?.id;
    Some(Body::UpdateChannel {
        channel,
        changes: Bounded::try_from(vec![change(chance)]).unwrap_or_default(),
    })
}
