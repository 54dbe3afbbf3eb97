//! What people do in a world about a community: one founds it, links go round, people come, talk, quarrel, go and return.

use std::collections::BTreeMap;

use protocol::community::{CommunityCommand, CommunityView, MemberView, StandingHere};
use protocol::control::body::{Body, History, LogId};
use protocol::control::{Admit, CommunityId, OpId as ControlOp, Standing};
use protocol::persist::{CommunityRow, CommunityState, EntryRow, Refusal, Row, RowKey};
use protocol::turn::Command;

use super::{Happening, Phase, World};
use crate::members;
use crate::options::CommunityOptions;
use crate::people::{Fate, Kind, Op, OpId};

/// Members that the first invite lets in: enough for everybody, also the second time.
const FIRST_INVITE: u16 = 40;

/// The community of a world.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    /// Which it is, once it was founded.
    pub(super) id: Option<CommunityId>,
    /// Links that were passed around: invite and secret.
    links: Vec<(ControlOp, [u8; 32])>,
}

impl World {
    /// Draws what is said and done when.
    pub(super) fn community_plans(&mut self, options: &CommunityOptions) {
        for device in 0..self.devices.len() {
            let delay = self.chance.between(500, 3_000);
            self.after_ms(delay, Happening::Person { device });
        }
        let end = self.options.safety_ms;
        let mut at = 8_000;
        for _ in 0..self.options.acts {
            if !self.chance.permille(self.options.bursts) {
                at = self.chance.between(8_000, end.max(8_000));
            }
            let device = self.chance.index(self.devices.len());
            let kind = if self.chance.permille(options.moderation) {
                Kind::Standing
            } else {
                members::draw_kind(&mut self.chance)
            };
            let op = self.plan(Op::planned(device, kind));
            self.at(at * 1_000, Happening::Act { op });
        }
        for _ in 0..options.forgeries {
            let device = self.chance.index(self.devices.len());
            let at = self.chance.between(end / 2, end);
            self.at(at * 1_000, Happening::Forge { device });
        }
    }

    /// How the person at a device sees the community, if it does.
    pub(super) fn community_view(&self, device: usize) -> Option<&CommunityView> {
        let known = &self.devices[device].screen.communities;
        self.gathering.id.and_then(|id| known.get(&id))
    }

    /// Whether a device has nobody to compare its rows with, were they older than its words: it would be silent for ever.
    pub(super) fn is_alone_in_community(&self, device: usize) -> bool {
        let Some(id) = self.gathering.id else {
            return self.options.communities.is_some();
        };
        let own = &self.devices[device];
        let others = self.devices.iter().filter(|other| other.id != own.id);
        let mut logs = others.filter_map(|other| other.core.as_ref()?.control(id));
        !logs.any(|log| log.log().now().standing(&own.account) >= Standing::Member)
    }

    fn ask_community(&mut self, device: usize, command: CommunityCommand) {
        self.order(device, Command::Community(command));
    }

    /// A person looks at the community: there is something to set up, to answer, or to come back to.
    pub(super) fn looks_at_community(&mut self, device: usize) {
        if self.phase != Phase::Safety {
            return;
        }
        let Some(options) = self.options.communities.clone() else {
            return;
        };
        if device == 0 && self.gathering.id.is_none() {
            return self.found_community();
        }
        let Some(id) = self.gathering.id else { return };
        let view = self.community_view(device).cloned();
        match view.as_ref().map(|view| &view.standing) {
            Some(StandingHere::In) => {
                if let Some(view) = view {
                    self.tends(device, &view, &options);
                }
            }
            Some(StandingHere::Suspended) => {}
            Some(StandingHere::Joining {
                refused: Some(_), ..
            }) if self.chance.permille(300) => self.joins(device, id),
            Some(StandingHere::Joining { .. }) => {}
            None => {
                if self.chance.permille(500) {
                    self.joins(device, id);
                }
            }
            Some(StandingHere::Removed | StandingHere::Banned | StandingHere::Left) => {
                if self.chance.permille(options.rejoin) {
                    self.joins(device, id);
                }
            }
        }
    }

    /// The first person founds it, unless the screen shows that a call without an answer did.
    fn found_community(&mut self) {
        if let Some(id) = self.devices[0].screen.communities.keys().next().copied() {
            self.gathering.id = Some(id);
            return;
        }
        self.ask_community(
            0,
            CommunityCommand::Found {
                name: members::text("Les copains"),
                admit: Admit::Everyone,
                history: History::SinceJoin,
            },
        );
    }

    fn joins(&mut self, device: usize, community: CommunityId) {
        let Some((invite, secret)) = self.chance.pick(&self.gathering.links).copied() else {
            return;
        };
        self.count("asked_in");
        self.ask_community(
            device,
            CommunityCommand::Join {
                community,
                invite,
                secret,
                hints: Default::default(),
            },
        );
    }

    /// A member passes links around; the owner sees to channels, roles and who has them.
    fn tends(&mut self, device: usize, view: &CommunityView, options: &CommunityOptions) {
        for invite in view.invites.iter().filter(|invite| invite.over.is_none()) {
            if let Some(secret) = invite.secret
                && !self.gathering.links.contains(&(invite.id, secret))
            {
                self.gathering.links.push((invite.id, secret));
            }
        }
        if view.owner != Some(self.devices[device].account) {
            return;
        }
        let open = |invite: &&protocol::community::InviteView| {
            invite.over.is_none() && usize::from(invite.uses) >= invite.used + 8
        };
        let wide = view.invites.iter().filter(open).count();
        if wide == 0 {
            return self.ask_community(device, members::invite(view.id, FIRST_INVITE));
        }
        let wanted = (options.public, options.private, options.moderators);
        let body = members::set_up(view, wanted, &mut self.chance).or_else(|| {
            let waits = |member: &&MemberView| member.standing == Standing::Suspended;
            let suspended = view.members.iter().find(waits)?;
            let who = vec![suspended.account].try_into().unwrap_or_default();
            self.chance
                .permille(300)
                .then_some(Body::Confirm { who })
        });
        if let Some(body) = body {
            let (community, body) = (view.id, Box::new(body));
            self.ask_community(device, CommunityCommand::Act { community, body });
        }
    }

    /// Somebody says or does something, as soon as they are in and there is a channel.
    pub(super) fn act_in_community(&mut self, op: OpId) {
        let device = self.ops[op.0].device;
        if self.phase != Phase::Safety {
            self.ops[op.0].fate = Fate::Unknown; // never came to it
            return;
        }
        if self.ops[op.0].command.is_none() {
            self.decides(op, device);
        }
        if self.ops[op.0].command.is_none() {
            let delay = self.chance.between(500, 2_000);
            return self.after_ms(delay, Happening::Act { op });
        }
        self.ask(op);
    }

    fn decides(&mut self, op: OpId, device: usize) {
        let Some(view) = self.community_view(device).cloned() else {
            return;
        };
        if view.standing != StandingHere::In {
            return;
        }
        let own = self.devices[device].account;
        if self.ops[op.0].kind == Kind::Standing {
            let now = self.devices[device].clock.now(self.now).wall;
            let wanted = members::moderate(&view, own, now, &mut self.chance);
            self.count(if wanted.is_some() { "moderated" } else { "held_back" });
            match wanted {
                Some(command) => self.ops[op.0].command = Some(Command::Community(command)),
                None => self.ops[op.0].kind = members::draw_kind(&mut self.chance),
            }
        }
        if self.ops[op.0].command.is_none() {
            let medium = &self.devices[device].disk.medium;
            members::decide(
                &mut self.ops[op.0],
                op.0,
                (&view, own),
                &|channel| medium.history(channel).unwrap_or_default(),
                &mut self.chance,
            );
        }
    }

    /// Everybody who is in says one more thing.
    pub(super) fn everybody_speaks_in_community(&mut self) {
        for device in 0..self.devices.len() {
            let Some(view) = self.community_view(device).cloned() else {
                continue;
            };
            if view.standing != StandingHere::In {
                continue;
            }
            let op = self.plan(Op::planned(device, Kind::Text));
            let own = self.devices[device].account;
            members::decide(
                &mut self.ops[op.0],
                op.0,
                (&view, own),
                &|_channel| Vec::new(),
                &mut self.chance,
            );
            if self.ops[op.0].command.is_some() {
                self.ask(op);
            } else {
                self.ops[op.0].fate = Fate::Unknown;
            }
        }
    }

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
            .filter(|device| now.standing(&self.devices[*device].account) >= Standing::Member)
            .collect();
        for device in &members {
            let view = self.community_view(*device);
            let control = self.devices[*device].core.as_ref()?.control(id);
            let (Some(view), Some(control)) = (view, control) else {
                return Some(format!("d{device} is a member and does not know it"));
            };
            if view.standing != StandingHere::In {
                return Some(format!("d{device} is a member and sees {:?}", view.standing));
            }
            if control.log().dag().heads() != heads || Some(view.state) != state {
                return Some(format!("d{device} does not know what the owner knows"));
            }
            if view.in_reach.len() + 1 != members.len() {
                let near = view.in_reach.len();
                return Some(format!("d{device} reaches {near} of {} members", members.len()));
            }
            if view.in_sync + 1 != members.len()
                && let Some(lacking) = self.could_have(*device, &members)
            {
                return Some(format!("d{device} could have {lacking:?}"));
            }
            if view.epoch.is_none_or(|(_, held)| !held) {
                return Some(format!("d{device} lacks keys: {:?}", view.epoch));
            }
            if view.compares && members.len() > 1 {
                return Some(format!("d{device} still compares"));
            }
        }
        let waits = (0..self.devices.len()).find_map(|device| self.waits_outside(device));
        waits.or_else(|| members.iter().find_map(|device| self.holds_closed(*device, &members)))
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
        format!("{} ({standing:?}, waits for {waits:?})", device.burden(number))
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
            .collect();
        if held.is_empty() {
            return None;
        }
        let others = members.iter().filter(|other| **other != device);
        let opened = |row: &Option<Row>| {
            matches!(row, Some(Row::Entry(EntryRow { key: Some(_), .. })))
        };
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
        let standing = |refusal: &Option<Refusal>| {
            refusal.is_none_or(|why| matches!(why, Refusal::NotByMe | Refusal::NotNow))
        };
        standing(&refused).then(|| format!("d{device} asks in vain: {:?}", view.standing))
    }
}
