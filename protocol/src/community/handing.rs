//! Sender chains, handed on by members that have them to those whom their author cannot reach now.
//!
//! An author hands its chain to every device of an audience, over links alone (`chains`). Whoever has no link to it would have
//! to ask for the key of each word. So whoever shares the key of a word hands on with it what opens the next ones: no more than
//! what lies in the author's own outbox for that very device, by the control heads of the word itself. As each word commits
//! to its key, a false chain opens nothing; it is dropped, and the author's own takes the place of any.

use std::collections::BTreeMap;

use crate::community::hall::Hall;
use crate::community::{chains, past};
use crate::content::{EntryHeader, VerifiedEntry};
use crate::control::body::LogId;
use crate::control::{Community, CommunityId, Standing};
use crate::courier::Stop;
use crate::error::Misbehaved;
use crate::group::{self, GroupError};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::HandedChain;
use crate::persist::{ChainRow, ChainSource, Row, RowKey};
use crate::turn::{Context, Missing};

/// The newest word of each log whose key is shared, of those that say that who asked was handed the chain.
pub(super) type Words = BTreeMap<LogId, EntryHeader>;

/// Whether the author of a word handed its chain to this device with it: the account was of its audience and the device stood, by
/// the heads of the word (`then`); and the account is of that audience still.
pub(super) fn was_told(
    hall: &Hall,
    (then, header): (&Community<'_>, &EntryHeader),
    account: &AccountId,
    device: &DeviceId,
) -> bool {
    then.moment().standing(account) >= Standing::Member
        && then.moment().speaks(account, device)
        && past::reads(then, header.audience, account)
        && past::reads(&hall.control().now(), header.audience, account)
        && all_are_told(then)
}

/// Whether a community has so few devices that an author hands its chains to all who may read. Of more it leaves some out, and
/// does not abandon a chain for those.
fn all_are_told(then: &Community<'_>) -> bool {
    then.moment().device_count() <= limits::COMMUNITY_DEVICES_MAX
}

/// The chains of these words, from where this device has arrived on: of those that their authors go on with, and that are here.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn hand_on(
    cx: &mut Context<'_>,
    hall: &Hall,
    words: &Words,
) -> Result<Vec<HandedChain>, Missing> {
    let id = hall.control().community();
    let newest = |log: &LogId| {
        let end = hall.logs.get(log)?;
        Some(RowKey::Entry(id, *log, end.next.checked_sub(1)?))
    };
    let chain = |word: &EntryHeader| RowKey::Chain(id, word.log.device, word.chain);
    let rows = words.keys().filter_map(newest);
    cx.resident.require(rows.chain(words.values().map(chain)))?;
    let mut handed: Vec<HandedChain> = Vec::new();
    for (log, word) in words {
        let Some(RowKey::Entry(_, _, seq)) = newest(log) else {
            continue;
        };
        let row = cx.resident.entry(id, *log, seq)?;
        let last = row.and_then(|row| VerifiedEntry::kept(&row.bytes).ok());
        if last.is_none_or(|last| last.header().chain != word.chain) {
            continue; // it is left behind: nothing more comes of it
        }
        let row = cx.resident.chain(id, log.device, word.chain)?;
        let Some(row) = row.filter(|row| row.audience == word.audience) else {
            continue;
        };
        let told = group::distribution(log.device, word.chain, &row.record).ok();
        // What comes before the word may have been said to others.
        let told = told.filter(|told| told.position.iteration > word.iteration);
        handed.extend(told.map(|told| HandedChain {
            device: log.device,
            audience: row.audience,
            chain: word.chain,
            distribution: told.bytes,
        }));
    }
    Ok(handed)
}

/// Takes chains for which words wait, and of which none is here that is known to be right; what waits is looked at again.
///
/// # Errors
/// When rows must be loaded first, or something is no chain: the fault of who handed it on.
pub(super) fn take(
    cx: &mut Context<'_>,
    id: CommunityId,
    chains: &[HandedChain],
) -> Result<(), Stop> {
    let row = |one: &HandedChain| RowKey::Chain(id, one.device, one.chain);
    cx.resident.require(chains.iter().map(row))?;
    let mut fault = None;
    for one in chains {
        let here = cx.resident.chain(id, one.device, one.chain)?;
        let is_sure = here.is_some_and(|row| row.source != ChainSource::Handed);
        if is_sure || cx.resident.held(id, one.device, one.chain).is_empty() {
            continue;
        }
        match group::accept(one.device, None, one.chain, &one.distribution) {
            Ok(record) => {
                let since = cx.now.wall;
                let kept = ChainRow {
                    record,
                    audience: one.audience,
                    since,
                    source: ChainSource::Handed,
                };
                cx.put(row(one), Row::Chain(kept));
                chains::look_again(cx, one.device, (id, one.chain));
            }
            Err(GroupError::Fault(wrong)) => fault = Some(Misbehaved::Group(wrong)),
            Err(_corrupt) => {}
        }
    }
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}
