//! How this account stands to a community, as shown to the person.

use super::StandingHere;
use crate::community::hall::Hall;
use crate::community::joining;
use crate::control::Standing;
use crate::identity::DeviceId;
use crate::link::Links;
use crate::persist::CommunityState;
use crate::turn::Context;

/// By the row of it and by its log; while it asks to be let in, how far that is.
pub(super) fn standing(
    cx: &Context<'_>,
    links: &Links,
    hall: &Hall,
    state: &CommunityState,
) -> StandingHere {
    let is_linked = |device: &&DeviceId| links.best(**device).is_some();
    match state {
        CommunityState::Joining { refused, .. } => StandingHere::Joining {
            knocked: joining::knocked(links).count(),
            answered: hall.answered.iter().filter(is_linked).count(),
            tried: hall.tried.len(),
            asking: hall.asked.is_some(),
            refused: *refused,
        },
        CommunityState::Left => StandingHere::Left,
        CommunityState::In { .. } => match hall.control().log().now().standing(&cx.local.account) {
            Standing::Owner | Standing::Member => StandingHere::In,
            Standing::Suspended => StandingHere::Suspended,
            Standing::Banned => StandingHere::Banned,
            Standing::Outside => StandingHere::Removed,
        },
    }
}
