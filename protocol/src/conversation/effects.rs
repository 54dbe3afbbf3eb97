//! Edits, deletions and reactions as a CRDT on a message row: any order, any repetition, the same row.
//!
//! Every choice is the greatest [`Stamp`]; a deletion beats everything. Bounds keep the greatest stamps, which is
//! again a function of the set of events alone.

use crate::identity::AccountId;
use crate::limits;
use crate::message::DirectEvent;
use crate::persist::{MessageContent, MessageRow, Reaction, Stamp, Version};

/// Applies an event of `account` to a message. `true`: the row changed.
#[must_use]
pub fn apply(row: &mut MessageRow, account: AccountId, stamp: Stamp, event: &DirectEvent) -> bool {
    match event {
        DirectEvent::Edit { body, .. } if account == row.account => match &mut row.content {
            MessageContent::Text { versions, .. } => {
                let mut all = versions.to_vec();
                let changed = keep_greatest(
                    &mut all,
                    Version {
                        stamp,
                        body: body.clone(),
                    },
                    limits::EDITS_KEPT_MAX,
                    |version| version.stamp,
                );
                *versions = all.try_into().unwrap_or_default();
                changed
            }
            _ => false,
        },
        DirectEvent::Delete { .. } if account == row.account => {
            let stands = matches!(row.content, MessageContent::Text { .. });
            if stands {
                row.content = MessageContent::Deleted;
                row.reactions = Vec::new().try_into().unwrap_or_default();
            }
            stands
        }
        DirectEvent::React { emoji, on, .. } => {
            if !matches!(row.content, MessageContent::Text { .. }) {
                return false;
            }
            let new = Reaction {
                account,
                emoji: emoji.clone(),
                decided: stamp,
                on: *on,
            };
            let before = row.reactions.to_vec();
            let after = react(before.clone(), new);
            let changed = after != before;
            row.reactions = after.try_into().unwrap_or_default();
            changed
        }
        _ => false,
    }
}

/// Inserts into a list sorted by stamp, keeping the greatest. `true`: the list changed.
fn keep_greatest<T: Ord>(
    list: &mut Vec<T>,
    item: T,
    max: usize,
    stamp: impl Fn(&T) -> Stamp,
) -> bool {
    let Err(at) = list.binary_search_by(|other| stamp(other).cmp(&stamp(&item))) else {
        return false;
    };
    if at == 0 && list.len() >= max {
        return false;
    }
    list.insert(at, item);
    if list.len() > max {
        list.remove(0);
    }
    true
}

/// The reactions with one more decision: the greatest stamp for each (account, emoji), and of each account the
/// [`limits::REACTIONS_PER_ACCOUNT_MAX`] greatest.
fn react(mut all: Vec<Reaction>, new: Reaction) -> Vec<Reaction> {
    let same = |r: &Reaction| r.account == new.account && r.emoji == new.emoji;
    let account = new.account;
    match all.iter_mut().find(|r| same(r)) {
        Some(old) if old.decided < new.decided => *old = new,
        Some(_) => return all,
        None => all.push(new),
    }
    let of_account = all.iter().filter(|r| r.account == account);
    if of_account.clone().count() > limits::REACTIONS_PER_ACCOUNT_MAX {
        let least = of_account.map(|r| r.decided).min();
        all.retain(|r| r.account != account || Some(r.decided) != least);
    }
    all.sort_unstable();
    // Two accounts at their limits fill the row exactly; others cannot react in a private conversation.
    all.truncate(limits::REACTIONS_MAX);
    all
}

#[cfg(test)]
mod tests;
