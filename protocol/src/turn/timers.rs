//! Deadlines: a small enum and an ordered table (the shape of quinn-proto's `timer.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::control::CommunityId;
use crate::identity::{AccountId, DeviceId};
use crate::link::LinkId;
use crate::time::Instant;

/// What a deadline is for. At most one of each runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Work that did not fit one turn goes on.
    Continue,
    /// Writes have gathered for long enough.
    Gather,
    /// A link must have said who it is.
    LinkAuth(LinkId),
    /// Acknowledgements held back by their interval are due.
    Ack(DeviceId),
    /// Something in flight to this device was not acknowledged in time.
    Resend(DeviceId),
    /// Prekeys of this device may be asked for again.
    Fetch(DeviceId),
    /// Addresses of a contact that was asked may be tried again.
    Dial(AccountId),
    /// Own prekeys are looked over: replaced, expired.
    Prekeys,
    /// What this device said of its person's presence is too old.
    Presence(DeviceId),
    /// What this device said of its person's writing is too old.
    Typing(DeviceId),
    /// The own presence is to be told, or told again.
    Announce,
    /// What is known of a community is to be told, or told again.
    Tell(CommunityId),
    /// Nobody has made the epoch that a removal calls for.
    Rekey(CommunityId),
    /// The secret of an epoch has not come by itself.
    Secret(CommunityId),
    /// The member that was asked to let us in took too long.
    Ask(CommunityId),
    /// Entries wait for keys that have not come by themselves.
    Keys(CommunityId),
    /// Entries of a community are missed that nobody has brought.
    Gaps(CommunityId),
    /// What changed of a community is to be shown.
    Show(CommunityId),
}

/// All running deadlines.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    by_time: BTreeSet<(Instant, Timer)>,
    by_timer: BTreeMap<Timer, Instant>,
}

impl Timers {
    /// Starts a timer, or moves it.
    pub fn set(&mut self, timer: Timer, at: Instant) {
        self.stop(timer);
        self.by_time.insert((at, timer));
        self.by_timer.insert(timer, at);
    }

    /// Starts a timer, or moves it closer; never away.
    pub fn set_sooner(&mut self, timer: Timer, at: Instant) {
        if self
            .by_timer
            .get(&timer)
            .is_none_or(|current| *current > at)
        {
            self.set(timer, at);
        }
    }

    /// Starts a timer this far ahead.
    pub fn set_in(&mut self, timer: Timer, now: Instant, delay: Duration) {
        self.set(timer, now.after(delay));
    }

    /// Whether a timer runs.
    #[must_use]
    pub fn runs(&self, timer: Timer) -> bool {
        self.by_timer.contains_key(&timer)
    }

    /// Stops a timer, if it runs.
    pub fn stop(&mut self, timer: Timer) {
        if let Some(at) = self.by_timer.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest timer that is due.
    pub fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }
}
