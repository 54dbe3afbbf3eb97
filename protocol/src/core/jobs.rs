//! Work that took its turn: what each job of a peer's lane, and each command, is handed to.

use super::Core;
use crate::courier::{self, Desks, Incoming, Stop};
use crate::identity::DeviceId;
use crate::session::Kind;
use crate::time::Now;
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Command, CommandId, Context, Event, When};
use crate::{community, contact, conversation, notes, presence, privacy};

impl Core {
    pub(super) fn run_peer_job(
        &mut self,
        now: Now,
        device: DeviceId,
        job: &Job,
    ) -> Result<(), Stop> {
        let (mut cx, mut desks) = parts!(self, now);
        match job {
            Job::Flush => courier::flush(&mut cx, &mut desks, device)?,
            Job::Offer { offer, .. } => courier::on_offer(&mut cx, &mut desks, device, offer)?,
            Job::Reset(hash) => courier::on_reset(&mut cx, &mut desks, device, hash)?,
            Job::Open {
                link,
                hint,
                kind,
                bytes,
            } => {
                let incoming = Incoming {
                    link: *link,
                    hint: *hint,
                    kind: *kind,
                    bytes,
                };
                courier::open(&mut cx, &mut desks, device, incoming)?;
            }
            Job::Ops { .. }
            | Job::Entries { .. }
            | Job::Serve { .. }
            | Job::Unlock { .. }
            | Job::Cut { .. }
            | Job::Around { .. }
            | Job::Beyond { .. }
            | Job::Release { .. }
            | Job::Seek { .. }
            | Job::Share { .. }
            | Job::Learn { .. } => {
                community::run(&mut cx, &mut desks, device, job)?;
            }
            Job::Drop { failure, before } => {
                if courier::give_up(&mut cx, desks.courier, device, *failure, *before)? {
                    let _fits = cx.lanes.push(LaneId::Peer(device), job.clone());
                }
            }
            Job::Command(..) => {}
        }
        Ok(())
    }

    pub(super) fn run_command(
        &mut self,
        now: Now,
        id: CommandId,
        command: &Command,
    ) -> Result<(), Stop> {
        let may_show = self.config.visible;
        let (mut cx, mut desks) = parts!(self, now);
        let mut when = When::Durable;
        let result = match command {
            Command::Send { .. }
            | Command::Attach { .. }
            | Command::Edit { .. }
            | Command::Delete { .. }
            | Command::React { .. } => conversation::command(&mut cx, command)?,
            Command::MarkRead {
                conversation,
                up_to,
            } => conversation::marks::mark_read(&mut cx, *conversation, *up_to)?,
            Command::Typing { to } => {
                when = When::Now; // nothing was written, and seconds count
                presence::typing(&mut cx, desks.links, desks.board, *to)
            }
            Command::Draft { .. } | Command::Petname { .. } => notes::command(&mut cx, command),
            Command::Community(command) => community::command(&mut cx, &mut desks, command)?,
            Command::SetPresence(_) | Command::SetPrivacy(_) => {
                Ok(privacy::command(&mut cx, desks.links, command, may_show))
            }
            Command::Certify(_) => {
                let result = contact::command(&mut cx, desks.links, desks.desk, command);
                let own = cx.local.account;
                community::tell_everywhere(&mut cx, &mut desks, own);
                result
            }
            Command::SetName(_) => {
                let old = cx.own_name();
                let result = contact::command(&mut cx, desks.links, desks.desk, command);
                community::renamed(&mut cx, &mut desks, old.as_str());
                result
            }
            _ => contact::command(&mut cx, desks.links, desks.desk, command),
        };
        let command = id;
        cx.out.event(Event::Done { command, result }, when);
        Ok(())
    }
}

/// Estimated cost of a job in microseconds (platform.md §2b, release build).
pub(super) fn cost(job: &Job) -> u32 {
    match job {
        Job::Command(_, Command::Attach { .. }) => 1_500, // a mebibyte is hashed and cut
        Job::Command(_, Command::Community(_)) => 1_000,
        Job::Command(..) => 60,
        Job::Open {
            kind: Kind::PreKey, ..
        } => 800,
        Job::Open { .. } => 250,
        Job::Offer { .. } => 800,
        Job::Flush => 600,
        Job::Ops { .. } => 1_000,
        Job::Entries { .. } | Job::Unlock { .. } | Job::Cut { .. } => 400,
        Job::Learn { .. } => 1_500,
        Job::Around { .. } => 800,
        Job::Share { .. } => 600,
        Job::Serve { .. } | Job::Release { .. } | Job::Seek { .. } | Job::Beyond { .. } => 300,
        Job::Reset(_) | Job::Drop { .. } => 300,
    }
}
