//! What people do in a world about a community: one founds it, links go round, people come, talk, quarrel, go and return.

use protocol::community::{CommunityCommand, CommunityView, MemberView, StandingHere};
use protocol::control::body::{Body, History};
use protocol::control::{Admit, CommunityId, OpId as ControlOp, Standing};
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
        let liars: Vec<usize> = (0..self.devices.len())
            .filter(|device| self.devices[*device].lies)
            .collect();
        for _ in 0..options.lies {
            if let Some(device) = self.chance.pick(&liars).copied() {
                let at = self.chance.between(12_000, end.max(12_000));
                self.at(at * 1_000, Happening::Lie { device });
            }
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
        let options = self.options.communities.as_ref();
        let open = options.is_some_and(|options| options.open_past);
        self.ask_community(
            0,
            CommunityCommand::Found {
                name: members::text("Les copains"),
                admit: Admit::Everyone,
                history: if open {
                    History::Full
                } else {
                    History::SinceJoin
                },
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
            self.chance.permille(300).then_some(Body::Confirm { who })
        });
        let slow = || members::slow::set_up(view, &mut self.chance);
        let body = body.or_else(|| options.slow_channels.then(slow).flatten());
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

    pub(super) fn decides(&mut self, op: OpId, device: usize) {
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
            self.count(if wanted.is_some() {
                "moderated"
            } else {
                "held_back"
            });
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
}
