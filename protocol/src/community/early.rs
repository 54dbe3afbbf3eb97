//! Keys that came before the ops that they belong to.
//!
//! Sessions and control logs take their own ways over one link, and a key is the shorter one. It is not stored and not
//! acknowledged until its op is here, so it would come again; but that takes seconds, in which nobody could be understood.

use std::collections::VecDeque;

use crate::identity::DeviceId;
use crate::limits;
use crate::turn::lanes::{Job, LaneId, Lanes};

/// Some of them, as they came: still sealed.
#[derive(Debug, Default)]
pub(super) struct Early {
    jobs: VecDeque<(DeviceId, Job)>,
}

impl Early {
    /// Keeps one, if it is a small one and there is room: of each device a few.
    pub(super) fn keep(&mut self, device: DeviceId, job: Job) {
        let Job::Open { bytes, .. } = &job else {
            return;
        };
        let theirs = self.jobs.iter().filter(|(of, _)| *of == device).count();
        if bytes.len() <= limits::EARLY_KEY_BYTES_MAX && theirs < limits::EARLY_KEYS_PER_DEVICE_MAX
        {
            self.jobs.truncate(limits::EARLY_KEYS_MAX.saturating_sub(1));
            self.jobs.push_front((device, job));
        }
    }

    /// Ops came: each takes its turn again, the first that came first.
    pub(super) fn look_again(&mut self, lanes: &mut Lanes) {
        while let Some((device, job)) = self.jobs.pop_back() {
            let _full = lanes.push(LaneId::Peer(device), job);
        }
    }

    /// A device is out of reach: what it sends next begins anew.
    pub(super) fn forget(&mut self, device: &DeviceId) {
        self.jobs.retain(|(of, _)| of != device);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::link::LinkId;
    use crate::message::MessageId;
    use crate::session::Kind;

    const ONE: DeviceId = DeviceId([1; 32]);
    const OTHER: DeviceId = DeviceId([2; 32]);

    fn job(number: u8, bytes: usize) -> Job {
        Job::Open {
            link: LinkId(1),
            hint: MessageId([number; 16]),
            kind: Kind::Whisper,
            bytes: Bytes::from(vec![number; bytes]),
        }
    }

    fn again(early: &mut Early) -> Vec<u8> {
        let mut lanes = Lanes::default();
        early.look_again(&mut lanes);
        let mut numbers = Vec::new();
        while let Some((_, job)) = lanes.pop() {
            if let Job::Open { hint, .. } = job {
                numbers.push(hint.0[0]);
            }
        }
        numbers
    }

    #[test]
    fn they_take_their_turn_once_in_the_order_in_which_they_came() {
        let mut early = Early::default();
        early.keep(ONE, job(1, 10));
        early.keep(ONE, job(2, 10));
        assert_eq!(again(&mut early), [1, 2]);
        assert!(again(&mut early).is_empty());
    }

    #[test]
    fn no_device_fills_the_room_of_others_nor_memory() {
        let mut early = Early::default();
        for number in 0..100 {
            early.keep(ONE, job(number, limits::EARLY_KEY_BYTES_MAX));
        }
        early.keep(ONE, job(100, limits::EARLY_KEY_BYTES_MAX + 1));
        early.keep(OTHER, job(101, 10));
        assert_eq!(early.jobs.len(), limits::EARLY_KEYS_PER_DEVICE_MAX + 1);
        for device in 0..100 {
            early.keep(DeviceId([device; 32]), job(device, 10));
        }
        assert_eq!(early.jobs.len(), limits::EARLY_KEYS_MAX);
    }

    #[test]
    fn of_whom_is_gone_nothing_is_kept() {
        let mut early = Early::default();
        early.keep(ONE, job(1, 10));
        early.keep(OTHER, job(2, 10));
        early.forget(&ONE);
        assert_eq!(again(&mut early), [2]);
    }
}
