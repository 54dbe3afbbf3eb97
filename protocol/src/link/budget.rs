//! What a link may cost: a token bucket of bytes, and a count of faults.

use crate::limits;
use crate::time::Instant;

/// A link's budget.
#[derive(Clone, Debug)]
pub struct Budget {
    tokens: u64,
    filled: Instant,
    contact: bool,
    faults: u32,
}

impl Budget {
    /// A full stranger's budget.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self {
            tokens: limits::STRANGER_BYTES_BURST,
            filled: now,
            contact: false,
            faults: 0,
        }
    }

    /// From now on the peer is a proved contact.
    pub const fn promote(&mut self) {
        if !self.contact {
            self.contact = true;
            self.tokens = limits::CONTACT_BYTES_BURST;
        }
    }

    /// Takes the cost of a frame. `false`: the peer sends more than it may.
    #[must_use]
    pub fn charge(&mut self, now: Instant, bytes: usize) -> bool {
        let (rate, burst) = if self.contact {
            (limits::CONTACT_BYTES_PER_S, limits::CONTACT_BYTES_BURST)
        } else {
            (limits::STRANGER_BYTES_PER_S, limits::STRANGER_BYTES_BURST)
        };
        let passed = u64::try_from(now.since(self.filled).as_micros()).unwrap_or(u64::MAX);
        let earned = passed.saturating_mul(rate) / 1_000_000;
        if earned > 0 {
            self.tokens = self.tokens.saturating_add(earned).min(burst);
            self.filled = now;
        }
        let cost = u64::try_from(bytes).unwrap_or(u64::MAX);
        if cost > self.tokens {
            return false;
        }
        self.tokens = self.tokens.saturating_sub(cost);
        true
    }

    /// Counts a fault. `false`: that was one too many.
    #[must_use]
    pub const fn fault(&mut self) -> bool {
        self.faults = self.faults.saturating_add(1);
        self.faults < limits::FAULTS_PER_LINK_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_gets_its_burst_and_then_its_rate() {
        let mut budget = Budget::new(Instant::from_micros(0));
        let burst = usize::try_from(limits::STRANGER_BYTES_BURST).unwrap();
        assert!(budget.charge(Instant::from_micros(0), burst));
        assert!(!budget.charge(Instant::from_micros(0), 1));
        assert!(budget.charge(Instant::from_micros(1_000_000), 16 * 1024));
        assert!(!budget.charge(Instant::from_micros(1_000_000), 1));
    }
}
