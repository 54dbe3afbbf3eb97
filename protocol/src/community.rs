//! Communities: what this device knows of each, and what it does there.
//!
//! One [`Hall`] for each community: its control log in memory, and what the members in reach are known to know. `hall`
//! authors own ops and stores what comes in; `commands` are what the person asks for; `sync` brings control logs
//! together; `joining` lets people in and asks to be let in; `keys` makes and hands out the secrets of epochs; `roster` keeps
//! the directory of co-members that links and sessions rely on; `founding` begins one, `forking` from another as it stands;
//! `naming` says what the person is called there; `pace` keeps slow mode; `reports` tells moderators what members complain of; `around`
//! marks what was sent around a removal; `view`
//! shows it all.
//!
//! Groups-and-security.md §2.3 to §2.5, §2.9; `docs/protocol.md` §11.

mod around;
mod arriving;
mod asked;
mod asking;
mod authoring;
mod budget;
mod chains;
mod channel;
mod closing;
mod commands;
mod comparing;
mod devices;
mod dialling;
mod early;
mod entries;
mod forking;
mod forks;
mod founding;
mod gaps;
mod groups;
mod hall;
mod handing;
mod hearing;
mod invites;
mod joining;
mod keys;
mod logs;
mod naming;
mod pace;
mod past;
mod posts;
mod reach;
mod reading;
mod removed;
mod repeated;
mod reports;
mod roster;
mod sharing;
mod sync;
mod verdicts;
mod view;
mod ways;

use std::collections::BTreeMap;

pub use commands::{CommunityCommand, command};
pub use devices::tell_everywhere;
pub use forking::Taking;
pub use hall::Hall;
pub use keys::receive;
pub(crate) use naming::renamed;
pub use reports::{ReportView, Targets};
pub use sync::on_frame;
pub use view::{
    AuditEntry, ChannelView, CommunityView, GapView, InviteView, MemberView, RoleView, StandingHere,
};

use crate::control::{CommunityId, Control, Rules};
use crate::courier::{Desks, Stop};
use crate::identity::{AccountId, DeviceId};
use crate::link::LinkId;
use crate::persist::{CommunityState, OpRow};
use crate::presence;
use crate::turn::lanes::Job;
use crate::turn::{Context, Timer};

/// All communities that this device has to do with.
#[derive(Debug, Default)]
pub struct Halls {
    halls: BTreeMap<CommunityId, Hall>,
}

impl Halls {
    /// Communities as of what was stored, by their ops in the order in which these came in.
    #[must_use]
    pub fn restore(ops: BTreeMap<CommunityId, Vec<OpRow>>, rules: Rules) -> Self {
        let mut halls = BTreeMap::new();
        for (community, rows) in ops {
            let mut control = Control::new(community, rules);
            let mut count = 0_u32;
            for row in rows {
                // Each was checked when it was stored, in this order; the row itself is authentic.
                let _offered = control.offer(&row.bytes);
                count = count.saturating_add(1);
            }
            halls.insert(community, Hall::new(control, count));
        }
        Self { halls }
    }

    /// A community.
    #[must_use]
    pub fn get(&self, id: CommunityId) -> Option<&Hall> {
        self.halls.get(&id)
    }

    /// Every community.
    pub fn iter(&self) -> impl Iterator<Item = (CommunityId, &Hall)> {
        self.halls.iter().map(|(id, hall)| (*id, hall))
    }

    /// Keeps a key that came before its op until the next ops come.
    pub(crate) fn keep_early(&mut self, id: CommunityId, device: DeviceId, job: Job) {
        if let Some(hall) = self.halls.get_mut(&id) {
            hall.early.keep(device, job);
        }
    }

    fn ids(&self) -> Vec<CommunityId> {
        self.halls.keys().copied().collect()
    }
}

/// Tells what is there from the start.
pub fn introduce(cx: &mut Context<'_>, desks: &mut Desks<'_>) {
    for (id, row) in cx.resident.communities() {
        let rules = cx.faults.rules();
        let hall = desks.halls.halls.entry(id);
        let hall = hall.or_insert_with(|| Hall::new(Control::new(id, rules), 0));
        hall.set_logs(cx.resident.logs(id));
        hall.gaps = cx.resident.gaps(id).into_iter().collect();
        around::begin(hall);
        reports::refresh(cx, desks, id);
        roster::refresh(cx, desks, id);
        around::look_after(cx, desks.halls, id);
        if matches!(row.state, CommunityState::In { .. }) {
            cx.timers.set(Timer::Tell(id), cx.now.mono);
            keys::look_after(cx, desks, id);
            asking::begin(cx, id);
            forks::look_after(cx, desks.halls, id);
            cx.timers.set_in(
                Timer::Gaps(id),
                cx.now.mono,
                crate::limits::GAP_NOTICED_AFTER,
            );
        }
        view::tell(cx, desks, id);
    }
    reading::introduce(cx);
    dialling::dial_all(cx, desks);
    // Behind what is shown: nothing of that waits for the disk.
    chains::abandon_all(cx);
}

/// A device is proved at the other end of a link.
pub fn on_known(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
) {
    for id in desks.halls.ids() {
        if cx.members.shares(account, id) {
            sync::tell_one(cx, desks.halls, id, link);
            gaps::ask_for(cx, desks.halls, id, link);
            view::soon(cx, id);
            presence::announce_soon(cx);
        } else if left(cx, id) {
            sync::tell_one(cx, desks.halls, id, link); // they may not have heard of it
        } else {
            removed::meet(cx, desks, id, (link, account, device));
        }
    }
    joining::on_known(cx, desks, link, (account, device));
}

/// Whether this account was a member of a community and left it.
fn left(cx: &Context<'_>, id: CommunityId) -> bool {
    let row = cx.resident.community(id);
    row.is_some_and(|row| !matches!(row.state, CommunityState::In { .. }))
}

/// A link to a stranger, or to somebody proved: whoever holds an invite knocks.
pub fn on_link(cx: &mut Context<'_>, desks: &mut Desks<'_>, link: LinkId) {
    joining::knock(cx, desks, link);
}

/// The last link to a device is gone.
pub fn gone(cx: &mut Context<'_>, desks: &mut Desks<'_>, device: DeviceId) {
    for id in desks.halls.ids() {
        let Some(hall) = desks.halls.halls.get_mut(&id) else {
            continue;
        };
        if hall.forget_device(&device) {
            view::soon(cx, id);
        }
    }
}

/// Work on a community that takes its turn in the lane of a peer's device.
///
/// # Errors
/// When rows must be loaded first, or what the peer did wrong.
pub fn run(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    job: &Job,
) -> Result<(), Stop> {
    match job {
        Job::Ops {
            link,
            community,
            ops,
            more,
        } => sync::run_ops(cx, desks, device, (*link, *community), (ops, *more)),
        Job::Entries {
            link,
            community,
            entries,
            more,
        } => entries::run(cx, desks, device, (*link, *community), (entries, *more)),
        Job::Serve {
            link,
            community,
            logs,
        } => logs::serve(cx, desks, (*link, *community), logs),
        Job::Unlock { community, chain } => {
            entries::unlock(cx, desks, device, (*community, *chain))
        }
        Job::Beyond {
            link,
            account,
            community,
            log,
            from,
        } => gaps::serve_beyond(
            cx,
            desks.halls,
            (*link, *account),
            *community,
            (*log, *from),
        ),
        Job::Cut { community, log } => forks::cut(cx, desks, *community, *log),
        Job::Around {
            community,
            removal,
            log,
            from,
        } => around::run(cx, desks, (*community, *removal), (*log, *from)),
        Job::Release { community, entries } => sharing::release(cx, desks, *community, entries),
        Job::Seek {
            link,
            community,
            entries,
        } => asking::seek(cx, desks, device, (*link, *community), entries),
        Job::Share { community, entries } => sharing::share(cx, desks, device, *community, entries),
        Job::Learn {
            community,
            keys,
            chains,
        } => sharing::learn(cx, desks, device, *community, (keys, chains)),
        _ => Ok(()),
    }
}

/// A deadline of a community.
pub fn on_timer(cx: &mut Context<'_>, desks: &mut Desks<'_>, timer: Timer) {
    match timer {
        Timer::Tell(id) => sync::tell_all(cx, desks, id),
        Timer::Rekey(id) => keys::rekey_overdue(cx, desks, id),
        Timer::Secret(id) => keys::ask_for_secret(cx, desks, id),
        Timer::Ask(id) => joining::ask_another(cx, desks, id),
        Timer::Keys(id) => asking::ask(cx, desks, id),
        Timer::Gaps(id) => gaps::look_after(cx, desks, id),
        Timer::Show(id) => view::tell_news(cx, desks, id),
        _ => {}
    }
}

/// Something of the control log is new: everybody who should know hears of it, and the person sees it at once.
fn changed(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    learned(cx, desks, id);
    view::tell(cx, desks, id);
}

/// The same of what others did: it is shown before long.
fn learned(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    if let Some(hall) = desks.halls.halls.get_mut(&id) {
        hall.early.look_again(cx.lanes);
    }
    joining::stays_out(cx, desks, id);
    roster::refresh(cx, desks, id);
    joining::came_in(cx, desks, id);
    forking::keep_promises(cx, desks, id);
    reports::withdraw(cx, desks, id);
    keys::look_after(cx, desks, id);
    forks::look_after(cx, desks.halls, id);
    around::look_after(cx, desks.halls, id);
    asking::look_again(cx, desks, id);
    let soon = cx.now.mono.after(crate::limits::TELL_DELAY);
    cx.timers.set_sooner(Timer::Tell(id), soon);
    view::soon(cx, id);
}
