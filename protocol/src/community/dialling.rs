//! Looking for a member where an invite says that one was.

use crate::community::joining;
use crate::control::CommunityId;
use crate::courier::Desks;
use crate::persist::CommunityState;
use crate::turn::{Context, Timer};
use crate::{contact, limits};

/// Tries the addresses of every invite that is under way.
pub(super) fn dial_all(cx: &mut Context<'_>, desks: &mut Desks<'_>) {
    for (id, _, _) in joining::sought(cx) {
        dial(cx, desks, id);
        cx.timers
            .set(Timer::Ask(id), cx.now.mono.after(limits::ASK_TIMEOUT));
    }
}

/// Tries the addresses of an invite, ever more rarely until a member answers: whoever made it may be away for days.
pub(super) fn dial(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(CommunityState::Joining { hints, .. }) =
        cx.resident.community(id).map(|row| row.state.clone())
    else {
        return;
    };
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    let now = cx.now.mono;
    let tries = match hall.dials {
        Some((tries, last)) if now < last.after(contact::dial_delay(tries.saturating_sub(1))) => {
            return;
        }
        Some((tries, _)) => tries,
        None => 0,
    };
    let addresses: Vec<String> = hints.iter().map(|hint| hint.to_string()).collect();
    if !addresses.is_empty() {
        hall.dials = Some((tries.saturating_add(1), now));
        cx.out.dial(addresses);
    }
}
