//! What of the past is a newcomer's to read: a rule of the channel, judged entry by entry (§2.7).
//!
//! An author sees the rule while writing, and that is a promise to them: what was said under a strict one stays closed to those
//! who came later, whatever the rule becomes. What was said under a generous one is shared no further than the rule of now
//! allows. Sender chains have no part in it: they are handed out from their present place on, and the past is opened by the keys
//! of its entries, which any member shares who may hand out history (`sharing`).

use std::time::Duration;

use crate::community::hall::Hall;
use crate::content::{Audience, EntryHeader};
use crate::control::body::{History, Scope};
use crate::control::{Bits, Channel, Community, Standing};
use crate::identity::AccountId;

const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// What of the past whoever comes into this audience may read: what the channel says, or else the community.
pub(super) fn rule(community: &Community<'_>, audience: Audience) -> History {
    let own = match audience {
        Audience::Community => None,
        Audience::Channel(channel) => community.channel(&channel).and_then(|one| one.history),
    };
    let whole = || community.policy().map(|policy| policy.history);
    own.or_else(whole).unwrap_or_default()
}

/// Whose keys seal what is said in a channel. One with a rule of its own is sealed apart: an entry does not say in the clear
/// which channel of the community's it is for, and the rule must be known by whoever has not opened it.
pub(super) fn audience_of(channel: &Channel) -> Audience {
    match (channel.scope, channel.history) {
        (Scope::Public, None) => Audience::Community,
        _ => Audience::Channel(channel.id),
    }
}

/// Whether a member is in an audience.
pub(super) fn reads(community: &Community<'_>, audience: Audience, account: &AccountId) -> bool {
    match audience {
        Audience::Community => true,
        Audience::Channel(channel) => community
            .channel(&channel)
            .is_some_and(|channel| community.audience(&channel).contains(account)),
    }
}

/// Whether newcomers may read anything of what was said before they came, anywhere.
pub(super) fn is_open(community: &Community<'_>) -> bool {
    let whole = community.policy().map(|policy| policy.history);
    let mut all = community.histories().into_iter().chain(whole);
    all.any(|rule| rule > History::SinceJoin)
}

/// Whether an entry that was not meant for an account when it was said is theirs to read by now.
pub(super) fn opens_to(
    hall: &Hall,
    then: &Community<'_>,
    header: &EntryHeader,
    account: &AccountId,
) -> bool {
    let promised = rule(then, header.audience);
    if promised == History::SinceJoin {
        return false; // as by default: nothing more is looked up
    }
    let now = hall.control().now();
    if now.moment().standing(account) < Standing::Member || !reads(&now, header.audience, account) {
        return false;
    }
    let least = promised.min(rule(&now, header.audience));
    match least {
        History::SinceJoin => false,
        History::Full => true,
        History::Days(days) => now.came_in(account).is_some_and(|came| {
            let back = A_DAY.saturating_mul(u32::from(days));
            came.wall().since(header.hlc.wall()) <= back
        }),
    }
}

/// Whether an entry may become the business of whoever it is closed to, once they come in or get a role.
pub(super) fn may_open(hall: &Hall, header: &EntryHeader) -> bool {
    let then = hall.control().at(&header.heads);
    then.is_some_and(|then| rule(&then, header.audience) > History::SinceJoin)
}

/// Whether an account may hand out what was said before others came.
pub(super) fn may_share(hall: &Hall, audience: Audience, account: &AccountId) -> bool {
    let now = hall.control().now();
    let uses = match audience {
        Audience::Community => now.moment().uses(account),
        Audience::Channel(channel) => now
            .channel(&channel)
            .map_or(Bits::NONE, |channel| now.uses_in(account, &channel)),
    };
    uses.contains(Bits::HISTORY)
}
