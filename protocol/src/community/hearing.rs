//! What an opened entry says: heard if its author may say it there, by the control heads that it names, and does not say it too
//! soon. Otherwise the entry stays in its log and says nothing.

use crate::community::channel::{self, Heard};
use crate::community::hall::Hall;
use crate::community::{around, pace, verdicts};
use crate::content::{ContentMessage, EntryHeader};
use crate::error::PassedOver;
use crate::identity::AccountId;
use crate::turn::{Context, Missing, When};

/// Acts on what an entry says, if it could be read. Everything is looked up before the first write.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn act(
    cx: &mut Context<'_>,
    hall: &Hall,
    header: &EntryHeader,
    account: AccountId,
    said: Option<&ContentMessage>,
) -> Result<(), Missing> {
    let (Some(message), Some(community)) = (said, hall.control().at(&header.heads)) else {
        return Ok(());
    };
    let Some(channel) = verdicts::may(&community, header, account, message) else {
        cx.passed_over(PassedOver::NotAllowed);
        return Ok(());
    };
    let place = (&community, &channel);
    let verdict = pace::judge(cx, place, header, (&account, &message.event))?;
    if verdict.shown {
        let heard = Heard {
            community: header.community,
            account,
            device: header.log.device,
            hlc: header.hlc,
            message,
            around: around::is_around(hall, header, &account),
        };
        channel::hear(cx, (hall, &community), &heard, When::Now)?;
    }
    verdict.note(cx);
    Ok(())
}
