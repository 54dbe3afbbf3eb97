//! Sender chains: the own ones toward each audience, and those of others.
//!
//! A chain goes to one audience. As soon as somebody leaves that audience, or after a thousand messages, a week, a start of
//! the program, or another rule for history, it is abandoned for a fresh one; newcomers get it from its present place on (§2.5.2,
//! A13). Chains travel in sessions, and are taken from the very device whose they are.

use std::collections::BTreeSet;

use crate::community::hall::Hall;
use crate::community::past;
use crate::content::Audience;
use crate::control::CommunityId;
use crate::courier::{Stop, enqueue_key};
use crate::error::{Misbehaved, Rejected};
use crate::group::{self, ChainId, ChainRecord, GroupError, KeyPosition};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{CommunityMessage, KeyMessage, MessageId};
use crate::persist::{ChainRow, ChainSource, Row, RowKey, SendingRow, ToldRow};
use crate::turn::Context;
use crate::turn::lanes::{Job, LaneId};
use crate::wire::Blob;

/// An own chain that is ready to seal with.
pub(super) struct Ready {
    /// Where it stands.
    pub(super) at: KeyPosition,
    /// Its row; the record changes with what is sealed.
    pub(super) row: SendingRow,
}

/// Every own chain is of this run: one that another run used is never gone on with.
pub(super) fn abandon_all(cx: &mut Context<'_>) {
    for key in cx.resident.sending_keys() {
        cx.remove(key);
    }
}

/// Accounts and devices that an audience consists of now, but this device.
fn devices(cx: &Context<'_>, hall: &Hall, audience: Audience) -> Vec<(AccountId, DeviceId)> {
    let mut all = super::reach::other_devices(cx, hall);
    if let Audience::Channel(channel) = audience {
        let community = hall.control().now();
        let accounts = community
            .channel(&channel)
            .map(|channel| community.audience(&channel))
            .unwrap_or_default();
        all.retain(|(account, _)| accounts.contains(account));
    }
    all.truncate(limits::COMMUNITY_DEVICES_MAX);
    all
}

/// The own chain toward an audience, new if the present one may not go on, handed to everybody who lacks it.
///
/// # Errors
/// When there is no epoch to send in.
pub(super) fn ready(
    cx: &mut Context<'_>,
    hall: &mut Hall,
    audience: Audience,
) -> Result<Ready, Rejected> {
    let id = hall.control().community();
    if hall.control().log().now().epoch().is_none() {
        super::keys::rekey(cx, hall).map_err(|_refused| Rejected::NoKeys)?;
    }
    let now = hall.control().now();
    let epoch = now.moment().epoch().ok_or(Rejected::NoKeys)?;
    let history = past::rule(&now, audience);
    let audience_now = devices(cx, hall, audience);
    let present: BTreeSet<DeviceId> = audience_now.iter().map(|(_, device)| *device).collect();
    let told = cx.resident.told(id, audience);
    let kept = cx.resident.sending(id, audience).cloned().filter(|row| {
        let all_stay = told.devices.iter().all(|device| present.contains(device));
        let young = cx.now.wall.since(row.since) < limits::SENDER_CHAIN_LIFETIME;
        let room = group::position(row.chain, &row.record)
            .is_ok_and(|at| at.iteration < limits::SENDER_CHAIN_MESSAGES_MAX);
        let same_rule = row.history == history;
        (all_stay || cx.faults.keeps_chains()) && young && room && same_rule
    });
    let (row, had) = match kept {
        Some(row) => (row, told.devices.into_vec()),
        None => {
            let chain = ChainId::draw(cx.rng);
            let (record, _) = group::create(cx.local.device, chain, cx.rng)
                .map_err(|_corrupt| Rejected::NoKeys)?;
            let row = SendingRow {
                chain,
                record,
                epoch,
                history,
                since: cx.now.wall,
            };
            cx.put(RowKey::Sending(id, audience), Row::Sending(row.clone()));
            (row, Vec::new())
        }
    };
    hand_out(cx, id, (audience, &row), (&audience_now, &had))?;
    let at = group::position(row.chain, &row.record).map_err(|_corrupt| Rejected::NoKeys)?;
    Ok(Ready { at, row })
}

/// Hands the chain to those of an audience who lack it.
fn hand_out(
    cx: &mut Context<'_>,
    id: CommunityId,
    (audience, row): (Audience, &SendingRow),
    (now, had): (&[(AccountId, DeviceId)], &[DeviceId]),
) -> Result<(), Rejected> {
    let lacking: Vec<_> = now
        .iter()
        .filter(|(_, device)| !had.contains(device))
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let told = group::distribution(cx.local.device, row.chain, &row.record)
        .map_err(|_corrupt| Rejected::NoKeys)?;
    for (account, device) in lacking {
        let message = CommunityMessage {
            id: MessageId(cx.rng.bytes()),
            community: id,
            key: KeyMessage::Chain {
                audience,
                chain: row.chain,
                distribution: told.bytes.clone(),
            },
        };
        enqueue_key(cx, *account, *device, message);
    }
    let mut devices: Vec<DeviceId> = now.iter().map(|(_, device)| *device).collect();
    devices.sort();
    let row = ToldRow {
        devices: devices.try_into().unwrap_or_default(),
    };
    cx.put(RowKey::Told(id, audience), Row::Told(row));
    Ok(())
}

/// A chain came through the session of the device whose it is.
///
/// # Errors
/// When its row must be loaded first, or it is none.
pub(super) fn receive(
    cx: &mut Context<'_>,
    id: CommunityId,
    device: DeviceId,
    (audience, chain, distribution): (Audience, ChainId, &Blob<{ limits::DISTRIBUTION_BYTES_MAX }>),
) -> Result<(), Stop> {
    let before = cx.resident.chain(id, device, chain)?.cloned();
    let before = before.filter(|row| row.source == ChainSource::Author); // what others handed on stands back
    if before.as_ref().is_some_and(|row| row.audience != audience) {
        return Err(Misbehaved::NotAllowed {
            frame: "sender chain",
        }
        .into());
    }
    let existing: Option<&ChainRecord> = before.as_ref().map(|row| &row.record);
    let record = match group::accept(device, existing, chain, distribution) {
        Ok(record) => record,
        Err(GroupError::Fault(fault)) => return Err(Misbehaved::Group(fault).into()),
        Err(_corrupt) => return Err(Stop::Ignored),
    };
    let since = cx.now.wall;
    cx.put(
        RowKey::Chain(id, device, chain),
        Row::Chain(ChainRow {
            record,
            audience,
            since,
            source: ChainSource::Author,
        }),
    );
    if !cx.resident.held(id, device, chain).is_empty() {
        look_again(cx, device, (id, chain));
    }
    Ok(())
}

/// Looks again at what waited for a chain of a device, in its next turns.
pub(super) fn look_again(
    cx: &mut Context<'_>,
    device: DeviceId,
    (community, chain): (CommunityId, ChainId),
) {
    let job = Job::Unlock { community, chain };
    let _full = cx.lanes.push(LaneId::Peer(device), job);
}
