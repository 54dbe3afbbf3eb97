//! What a community takes of one member, at once and in the long run: who floods it has the others lag behind what they themselves
//! write, and nobody else behind anything.
//!
//! Valid junk costs a signature to make, and to each of all others a signature to check and room for ever. So each has a
//! balance, larger than any honest past and refilled faster than people are; what is beyond it is not refused, for then devices
//! would disagree for ever, but left where it is, and comes when there is a balance again. Entries are charged to who wrote them:
//! nothing of others comes after them. Control ops are charged to who brings them, for others' ops may come after them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::identity::AccountId;
use crate::limits;
use crate::time::Instant;

/// Balances of the accounts that something came of.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    ops: BTreeMap<AccountId, Balance>,
    entries: BTreeMap<AccountId, Balance>,
}

/// When all that was taken will have been paid for. (The generic cell rate algorithm of ITU-T I.371: one time for each balance.)
#[derive(Clone, Copy, Debug)]
struct Balance(Instant);

/// A balance for so many at once, one of which comes back in each of these times.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: u32,
    each: Duration,
}

impl Rate {
    const OPS: Self = Self {
        burst: limits::OPS_AT_ONCE_MAX,
        each: limits::OPS_EACH,
    };
    const OPS_OF_FORMER: Self = Self {
        burst: limits::FORMER_OPS_AT_ONCE_MAX,
        each: limits::FORMER_OPS_EACH,
    };
    const ENTRIES: Self = Self {
        burst: limits::ENTRIES_AT_ONCE_MAX,
        each: limits::ENTRIES_EACH,
    };

    /// Whether one more fits.
    fn allows(self, balance: Option<&Balance>, now: Instant) -> bool {
        let owed = balance.map_or(Duration::ZERO, |balance| balance.0.since(now));
        owed.saturating_add(self.each) <= self.each.saturating_mul(self.burst)
    }

    fn charge(self, balance: Option<&Balance>, count: usize, now: Instant) -> Balance {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let from = balance.map_or(now, |balance| balance.0.max(now));
        Balance(from.after(self.each.saturating_mul(count)))
    }
}

impl Budgets {
    /// Whether an op is taken of whoever brings it, a member or not.
    pub(super) fn takes_op(&self, from: &AccountId, member: bool, now: Instant) -> bool {
        let rate = Self::of_ops(member);
        rate.allows(self.ops.get(from), now)
    }

    /// So many ops were new.
    pub(super) fn charge_ops(&mut self, from: AccountId, member: bool, count: usize, now: Instant) {
        let charged = Self::of_ops(member).charge(self.ops.get(&from), count, now);
        self.ops.insert(from, charged);
    }

    const fn of_ops(member: bool) -> Rate {
        if member {
            Rate::OPS
        } else {
            Rate::OPS_OF_FORMER
        }
    }

    /// Whether an entry of somebody is taken.
    pub(super) fn takes_entry(&self, author: &AccountId, now: Instant) -> bool {
        Rate::ENTRIES.allows(self.entries.get(author), now)
    }

    /// An entry was new.
    pub(super) fn charge_entry(&mut self, author: AccountId, now: Instant) {
        let charged = Rate::ENTRIES.charge(self.entries.get(&author), 1, now);
        self.entries.insert(author, charged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_spent_at_once_or_in_the_long_run_and_comes_back_with_time() {
        let (who, other) = (AccountId([1; 32]), AccountId([2; 32]));
        let mut budgets = Budgets::default();
        let mut now = Instant::from_micros(1_000_000);
        let burst = usize::try_from(limits::FORMER_OPS_AT_ONCE_MAX).unwrap_or_default();
        for _op in 0..burst {
            assert!(budgets.takes_op(&who, false, now));
            budgets.charge_ops(who, false, 1, now);
        }
        assert!(!budgets.takes_op(&who, false, now));
        assert!(budgets.takes_op(&other, false, now), "another's balance");
        assert!(budgets.takes_entry(&who, now), "of entries");
        now = now.after(limits::FORMER_OPS_EACH);
        assert!(budgets.takes_op(&who, false, now));
        budgets.charge_ops(who, false, 1, now);
        assert!(!budgets.takes_op(&who, false, now));
        // Whatever was not spent, no more than all of it is there.
        now = now.after(limits::FORMER_OPS_EACH.saturating_mul(10_000));
        budgets.charge_ops(who, false, burst, now);
        assert!(!budgets.takes_op(&who, false, now));
    }
}
