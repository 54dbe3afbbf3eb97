//! What a person is called in their communities: by their own name, until they choose another there.

use crate::community::hall::Hall;
use crate::community::{asked, changed};
use crate::control::body::{Body, Name};
use crate::courier::Desks;
use crate::error::Rejected;
use crate::persist::CommunityState;
use crate::turn::Context;

/// Says in a community that was just founded, or that this account just came into, what the person is called.
///
/// # Errors
/// Why it is refused.
pub(super) fn introduce(cx: &mut Context<'_>, hall: &mut Hall) -> Result<(), Rejected> {
    match Name::try_from(cx.own_name().as_str()) {
        Ok(name) => {
            let said = hall.author(cx, vec![Body::Nickname { name: Some(name) }]);
            said.map(drop)
        }
        Err(_too_long) => Ok(()), // shown by the account then
    }
}

/// The person has another name: it is theirs in every community in which they went by the old one. What was chosen there
/// stays; and where they may not speak now, or this device still compares, so does the old name.
pub(crate) fn renamed(cx: &mut Context<'_>, desks: &mut Desks<'_>, old: &str) {
    let Ok(name) = Name::try_from(cx.own_name().as_str()) else {
        return;
    };
    if name.as_str() == old {
        return;
    }
    for id in desks.halls.ids() {
        let row = cx.resident.community(id);
        let takes_part = row.is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
        let Some(hall) = desks.halls.halls.get_mut(&id).filter(|_| takes_part) else {
            continue;
        };
        let own = cx.local.account;
        let by_the_old = hall.control().now().nickname(&own).as_deref() == Some(old);
        let named = Body::Nickname {
            name: Some(name.clone()),
        };
        let may_speak = asked::has_the_word(cx, hall).is_ok();
        if by_the_old && may_speak && hall.is_member(&own) && hall.author(cx, vec![named]).is_ok() {
            changed(cx, desks, id);
        }
    }
}
