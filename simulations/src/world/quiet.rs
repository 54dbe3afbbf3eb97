//! When a world about a community is quiet: all members know the same and hold the same keys, as far as anybody can.

use std::collections::{BTreeMap, BTreeSet};

use protocol::community::StandingHere;
use protocol::content::UnverifiedEntry;
use protocol::control::body::{History, LogId};
use protocol::control::{Community, Standing};
use protocol::identity::DeviceId;
use protocol::persist::{CommunityRow, CommunityState, EntryRow, Refusal, Row, RowKey};

use super::World;
use crate::checkers::community::audience_in;

impl World {
    /// Why not all members know the same yet, if so.
    pub(super) fn unsettled_community(&self) -> Option<String> {
        let Some(id) = self.gathering.id else {
            return Some("nothing was founded".to_owned());
        };
        let owner = self.devices.first()?.core.as_ref()?.control(id)?;
        let now = owner.log().now();
        let heads = owner.log().dag().heads();
        let state = self.community_view(0).map(|view| view.state);
        let members: Vec<usize> = (0..self.devices.len())
            .filter(|device| !self.devices[*device].lies)
            .filter(|device| now.standing(&self.devices[*device].account) >= Standing::Member)
            .collect();
        for device in &members {
            let view = self.community_view(*device);
            let control = self.devices[*device].core.as_ref()?.control(id);
            let (Some(view), Some(control)) = (view, control) else {
                return Some(format!("d{device} is a member and does not know it"));
            };
            if view.standing != StandingHere::In {
                return Some(format!(
                    "d{device} is a member and sees {:?}",
                    view.standing
                ));
            }
            if control.log().dag().heads() != heads || Some(view.state) != state {
                return Some(format!("d{device} does not know what the owner knows"));
            }
            if view.compares && members.len() == 1 {
                continue; // restored, and nobody is left to compare with: it stays silent (A10)
            }
            let honest = |id: &&DeviceId| members.iter().any(|one| self.devices[*one].id == **id);
            let near = view.in_reach.iter().filter(honest).count();
            if near + 1 != members.len() {
                return Some(format!(
                    "d{device} reaches {near} of {} members",
                    members.len()
                ));
            }
            // Not by what the screen says of who is in sync: that may be a second old.
            if let Some(lacking) = self.could_have(*device, &members) {
                return Some(format!("d{device} could have {lacking:?}"));
            }
            if view.epoch.is_none_or(|(_, held)| !held) {
                return Some(format!("d{device} lacks keys: {:?}", view.epoch));
            }
            if view.compares {
                return Some(format!("d{device} still compares"));
            }
        }
        let mut honest = (0..self.devices.len()).filter(|device| !self.devices[*device].lies);
        let waits = honest.find_map(|device| self.waits_outside(device));
        waits.or_else(|| {
            members
                .iter()
                .find_map(|device| self.holds_closed(*device, &members))
        })
    }

    /// An entry that a member lacks and another has: where nobody has the next one, a log ends before it.
    fn could_have(&self, device: usize, members: &[usize]) -> Option<(LogId, u64)> {
        let id = self.gathering.id?;
        let logs = |device: usize| -> BTreeMap<LogId, u64> {
            let snapshot = self.devices[device].disk.medium.snapshot();
            let rows = snapshot.map(|snapshot| snapshot.rows).unwrap_or_default();
            rows.into_iter()
                .filter_map(|(key, row)| match (key, row) {
                    (RowKey::Log(_, log), Row::Log(end)) => Some((log, end.next)),
                    _ => None,
                })
                .collect()
        };
        let own = logs(device);
        members.iter().find_map(|other| {
            let medium = &self.devices[*other].disk.medium;
            logs(*other).into_iter().find_map(|(log, end)| {
                let next = own.get(&log).copied().unwrap_or(0);
                let key = RowKey::Entry(id, log, next);
                let there = next < end && matches!(medium.load(&[key]).as_deref(), Ok([Some(_)]));
                there.then_some((log, next))
            })
        })
    }

    /// Whether all that a device waits for is that somebody confirms it: members take nothing from it until then.
    pub(super) fn is_quiet_in_community(&self, device: usize) -> bool {
        self.devices[device].is_suspended() && self.devices[device].is_idle()
    }

    /// Whether nothing is expected of a device, or all that it waits for are such devices.
    pub(super) fn waits_for_liars(&self, device: usize) -> bool {
        let liars = self.devices.iter().filter(|device| device.lies);
        let liars: BTreeSet<DeviceId> = liars.map(|device| device.id).collect();
        let device = &self.devices[device];
        device.lies || (!liars.is_empty() && device.is_quiet_but_toward(&liars))
    }

    /// What keeps a device of a world about a community from being quiet: what waits for whom.
    pub(super) fn burden_in_community(&self, number: usize) -> String {
        let device = &self.devices[number];
        let mut waits: Vec<usize> = Vec::new();
        if let Ok(snapshot) = device.disk.medium.snapshot() {
            for key in snapshot.rows.keys() {
                if let RowKey::Outbox(to, _) = key {
                    waits.extend(self.devices.iter().position(|other| other.id == *to));
                }
            }
        }
        let standing = self.community_view(number).map(|view| &view.standing);
        format!(
            "{} ({standing:?}, waits for {waits:?})",
            device.burden(number)
        )
    }

    /// Whether a closed entry is a member's to read: where the past is open, others wait for a role that opens them.
    fn is_theirs(&self, device: usize, key: &RowKey) -> bool {
        let device = &self.devices[device];
        let rows = device.disk.medium.load(&[*key]).unwrap_or_default();
        let entry = rows.into_iter().flatten().find_map(|row| match row {
            Row::Entry(row) => UnverifiedEntry::decode(&row.bytes).ok(),
            _ => None,
        });
        let core = device.core.as_ref().zip(self.gathering.id);
        let control = core.and_then(|(core, id)| core.control(id));
        let (Some(entry), Some(control)) = (entry, control) else {
            return true;
        };
        let header = &entry.entry().header;
        let open = control.now().policy();
        let open = open.is_some_and(|policy| policy.history > History::SinceJoin);
        let reads =
            |community: &Community<'_>| audience_in(community, header).contains(&device.account);
        !open || reads(&control.now()) || control.at(&header.heads).is_some_and(|then| reads(&then))
    }

    /// Whether a member keeps entries that are meant for it and that it cannot open yet, though another member can.
    ///
    /// Of whoever was removed, others may have entries whose keys went to nobody before.
    fn holds_closed(&self, device: usize, members: &[usize]) -> Option<String> {
        let medium = &self.devices[device].disk.medium;
        let held: Vec<RowKey> = medium
            .snapshot()
            .ok()?
            .rows
            .keys()
            .filter_map(|key| match *key {
                RowKey::Held(id, device, _, incarnation, seq) => {
                    let log = LogId {
                        device,
                        incarnation,
                    };
                    Some(RowKey::Entry(id, log, seq))
                }
                _ => None,
            })
            .filter(|key| self.is_theirs(device, key))
            .collect();
        if held.is_empty() {
            return None;
        }
        let others = members.iter().filter(|other| **other != device);
        let opened =
            |row: &Option<Row>| matches!(row, Some(Row::Entry(EntryRow { key: Some(_), .. })));
        let able = others.filter(|other| {
            let rows = self.devices[**other].disk.medium.load(&held);
            rows.is_ok_and(|rows| rows.iter().any(opened))
        });
        let able: Vec<usize> = able.copied().collect();
        let count = held.len();
        (!able.is_empty()).then(|| format!("d{device} cannot open {count} entries, {able:?} can"))
    }

    /// Whether somebody with a good invite still waits to be let in.
    fn waits_outside(&self, device: usize) -> Option<String> {
        let view = self.community_view(device)?;
        let StandingHere::Joining { refused, .. } = view.standing else {
            return None;
        };
        let snapshot = self.devices[device].disk.medium.snapshot().ok()?;
        let Some(Row::Community(CommunityRow {
            state: CommunityState::Joining { invite, .. },
            ..
        })) = snapshot.rows.get(&RowKey::Community(view.id))
        else {
            return None;
        };
        // Whoever made the invite may have left before anybody heard of it.
        let owner = self.devices.first()?.core.as_ref()?.control(view.id)?;
        let alone = self.community_view(0).is_some_and(|view| view.compares);
        if alone || owner.op(invite).is_none() {
            return None;
        }
        // A liar says last that another may let them in, where all who may have said that the invite is over.
        let liars = self.devices.iter().any(|device| device.lies);
        let live = self.community_view(0).is_some_and(|view| {
            let mut live = view.invites.iter().filter(|one| one.over.is_none());
            live.any(|one| one.id == *invite)
        });
        if liars && !live {
            return None;
        }
        let standing = |refusal: &Option<Refusal>| {
            refusal.is_none_or(|why| matches!(why, Refusal::NotByMe | Refusal::NotNow))
        };
        standing(&refused).then(|| format!("d{device} asks in vain: {:?}", view.standing))
    }
}
