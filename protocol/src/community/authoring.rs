//! Own ops of a community: signed, tried on a copy of its log, then stored, all of a command or none. Ops of others are stored
//! beside them.

use std::collections::BTreeMap;

use crate::community::changed;
use crate::community::hall::Hall;
use crate::control::body::{Body, LogId, LogMark};
use crate::control::{
    CommunityId, Control, ControlFault, Fate, Offered, OpId, Place, UnverifiedOp,
};
use crate::courier::Desks;
use crate::error::{PassedOver, Rejected};
use crate::limits;
use crate::persist::{CommunityState, LogRow, OpRow, Row, RowKey};
use crate::turn::Context;
use crate::wire::{Blob, Bounded};

/// Heads beyond which an own op joins them first, so that ops stay small and there is room for what comes meanwhile (A9).
const HEADS_BEFORE_MERGE: usize = 8;

impl Hall {
    /// Takes an op in and stores it with those that had waited for it. Answers what is new.
    ///
    /// # Errors
    /// As [`Control::offer`].
    pub(super) fn take_in(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Result<Offered, ControlFault> {
        let before = self.control.refused_later();
        let offered = self.control.offer(bytes)?;
        for _op in before..self.control.refused_later() {
            cx.passed_over(PassedOver::WaitedInVain);
        }
        if let Offered::New(ids) = &offered {
            for id in ids {
                self.store(cx, id);
            }
        }
        Ok(offered)
    }

    /// The hall of a community that was founded here, with these first ops, which are stored.
    pub(super) fn founded(cx: &mut Context<'_>, control: Control, ops: &[OpId]) -> Self {
        let mut hall = Self::new(control, 0);
        for id in ops {
            hall.store(cx, id);
        }
        hall
    }

    fn store(&mut self, cx: &mut Context<'_>, id: &OpId) {
        let Some(op) = self.control.op(id) else {
            return;
        };
        let Ok(bytes) = Blob::try_from(op.encode()) else {
            return; // it was read under this very bound
        };
        let key = RowKey::Op(self.control.community(), self.ops);
        self.ops = self.ops.saturating_add(1);
        cx.put(key, Row::Op(OpRow { bytes }));
    }

    /// Signs the next own op, without taking it in.
    pub(super) fn sign(
        cx: &mut Context<'_>,
        control: &Control,
        logs: &BTreeMap<LogId, LogRow>,
        body: Body,
    ) -> UnverifiedOp {
        let dag = control.log().dag();
        let newest = dag.newest_of(&cx.local.device);
        let own = newest.map(|(_, id)| id);
        let mut others = dag.heads();
        others.retain(|head| Some(*head) != own);
        let room = limits::CONTROL_DEPS_MAX.saturating_sub(usize::from(own.is_some()));
        others.truncate(room);
        let deps: Vec<OpId> = own.into_iter().chain(others).collect();
        let founding = matches!(body, Body::Found(_));
        let place = Place {
            community: if founding {
                CommunityId::UNBORN
            } else {
                control.community()
            },
            author: cx.local.account,
            seq: newest.map_or(0, |(seq, _)| seq.saturating_add(1)),
            deps: deps.try_into().unwrap_or_default(),
            seen: own_marks(cx, logs),
            hlc: cx.tick(),
        };
        UnverifiedOp::sign(place, body, &cx.local.signing)
    }

    /// Authors ops, one after the other, all of them or none: each must count at once.
    ///
    /// # Errors
    /// Why they are refused; the log is as it was.
    pub(super) fn author(
        &mut self,
        cx: &mut Context<'_>,
        bodies: Vec<Body>,
    ) -> Result<Vec<OpId>, Rejected> {
        if let Some(row) = cx.resident.community(self.control.community())
            && row.state == (CommunityState::In { compares: true })
            && !cx.faults.restores_blindly()
        {
            return Err(Rejected::Comparing);
        }
        if cx.own_bundle().is_revoked(&cx.local.device) {
            return Err(Rejected::DeviceRevoked);
        }
        if bodies.is_empty() && self.control.log().dag().heads().len() <= HEADS_BEFORE_MERGE {
            return Ok(Vec::new()); // as for nearly every message: no copy of the log for that
        }
        let mut trial = self.control.clone();
        let mut made = Vec::new();
        let mut new = Vec::new();
        for _merge in 0..limits::MERGES_STEP {
            if trial.log().dag().heads().len() <= HEADS_BEFORE_MERGE {
                break; // what is left of very many, the next ops join
            }
            new.push(Self::try_one(cx, &mut trial, &self.logs, Body::Merge)?);
        }
        for body in bodies {
            let id = Self::try_one(cx, &mut trial, &self.logs, body)?;
            made.push(id);
            new.push(id);
        }
        self.control = trial;
        for id in &new {
            self.store(cx, id);
        }
        Ok(made)
    }

    /// Signs an op and takes it in, without storing it.
    ///
    /// # Errors
    /// Why it is refused. The log may have it then, and counts for nothing any more.
    pub(super) fn try_one(
        cx: &mut Context<'_>,
        trial: &mut Control,
        logs: &BTreeMap<LogId, LogRow>,
        body: Body,
    ) -> Result<OpId, Rejected> {
        let op = Self::sign(cx, trial, logs, body);
        let id = op.id();
        match trial.offer(&op.encode()) {
            Ok(Offered::New(_)) => {}
            Ok(_) => return Err(Rejected::NotPermitted),
            Err(fault) => return Err(Rejected::NotPossible(fault)),
        }
        if trial.log().now().fate(&id) == Some(Fate::Valid) {
            Ok(id)
        } else {
            Err(Rejected::NotPermitted)
        }
    }
}

/// Joins heads, if there are so many that not all of them can be told. About four do it for all: each who did would make one more.
pub(super) fn join_heads(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if hall.control().log().dag().heads().len() <= limits::CONTROL_HEADS_MAX / 2 {
        return;
    }
    let devices = hall.control().log().now().device_count().max(1);
    let drawn = usize::from(u16::from_le_bytes(cx.rng.bytes())).checked_rem(devices);
    let chosen = drawn.is_some_and(|drawn| drawn < limits::MERGES_STEP);
    if chosen && hall.author(cx, Vec::new()).is_ok() {
        changed(cx, desks, id);
    }
}

/// The newest entries of this device's own logs, the newest logs first: who shows to have written lately cannot pretend to
/// have heard nothing since long ago (A10).
fn own_marks(
    cx: &Context<'_>,
    logs: &BTreeMap<LogId, LogRow>,
) -> Bounded<LogMark, { limits::INCARNATIONS_SEEN_MAX }> {
    let own = logs
        .iter()
        .filter(|(log, end)| log.device == cx.local.device && end.next > 0);
    let mut marks: Vec<LogMark> = own
        .map(|(log, end)| LogMark {
            log: *log,
            seq: end.next.saturating_sub(1),
            hash: end.head.0,
        })
        .collect();
    marks.sort();
    let surplus = marks.len().saturating_sub(limits::INCARNATIONS_SEEN_MAX);
    marks.drain(..surplus);
    marks.try_into().unwrap_or_default()
}
