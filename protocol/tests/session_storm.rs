//! Any interleaving of sending, losing, delaying, repeating, starting anew and forgetting: what opens is what
//! was said, no message key is used twice, and two resets at most bring the two devices together again.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeMap;

use proptest::prelude::{
    ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proptest::test_runner::TestCaseError;
use protocol::session::{self, Ciphertext, Kind, OpenError};
use support::{Device, NOW_MS};

#[path = "../src/session/fixture.rs"]
mod support;

/// What may happen next, to or from which of the two devices.
#[derive(Clone, Copy, Debug)]
enum Step {
    Start {
        from: usize,
        one_time: bool,
    },
    Send {
        from: usize,
    },
    /// Delivers one of the messages under way, which may stay under way too.
    Deliver {
        to: usize,
        which: usize,
        again: bool,
    },
    Lose {
        to: usize,
        which: usize,
    },
    Archive {
        of: usize,
    },
    /// Loses the record. (Going back to an older one would use keys twice: DECISIONS 41 forbids it.)
    Forget {
        of: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let device = 0..2_usize;
    let which = any::<usize>();
    prop_oneof![
        2 => (device.clone(), any::<bool>()).prop_map(|(from, one_time)| Step::Start { from, one_time }),
        8 => device.clone().prop_map(|from| Step::Send { from }),
        8 => (device.clone(), which, any::<u8>())
            .prop_map(|(to, which, again)| Step::Deliver { to, which, again: again < 64 }),
        1 => (device.clone(), which).prop_map(|(to, which)| Step::Lose { to, which }),
        1 => device.clone().prop_map(|of| Step::Archive { of }),
        1 => device.prop_map(|of| Step::Forget { of }),
    ]
}

struct Pair {
    devices: [Device; 2],
    /// Messages under way to each device.
    under_way: [Vec<(Ciphertext, u32)>; 2],
    /// Every position in a ratchet that was sent, by whom, and what was sent there.
    positions: BTreeMap<(usize, [u8; 33], u32), Vec<u8>>,
    texts: u32,
}

impl Pair {
    fn new() -> Self {
        let devices = [Device::new(81), Device::new(82)];
        Self {
            devices,
            under_way: Default::default(),
            positions: BTreeMap::new(),
            texts: 0,
        }
    }

    fn start(&mut self, from: usize, one_time: bool) {
        let remote = self.devices[1 - from].remote();
        let offer = self.devices[1 - from].offer(one_time);
        self.devices[from].start(&remote, &offer).unwrap();
    }

    /// Sends in a session that may; starts one first if there is none.
    fn send(&mut self, from: usize) -> Result<(Ciphertext, u32), TestCaseError> {
        let usable = |device: &Device| {
            device
                .record
                .as_ref()
                .is_some_and(|record| session::usable(record, NOW_MS))
        };
        if !usable(&self.devices[from]) {
            self.start(from, true);
        }
        let remote = self.devices[1 - from].remote();
        self.texts += 1;
        let sealed = self.devices[from].send(&remote, &self.texts.to_le_bytes());
        let (key, counter) = session::ratchet_position(sealed.kind, &sealed.bytes).unwrap();
        let before = self
            .positions
            .insert((from, key, counter), sealed.bytes.clone());
        prop_assert!(before.is_none(), "a message key was used twice");
        Ok((sealed, self.texts))
    }

    fn deliver(
        &mut self,
        to: usize,
        sealed: &Ciphertext,
        text: u32,
    ) -> Result<bool, TestCaseError> {
        let remote = self.devices[1 - to].remote();
        let before = self.devices[to].record.clone();
        match self.devices[to].receive(&remote, sealed) {
            Ok(plaintext) => {
                prop_assert_eq!(plaintext, text.to_le_bytes());
                Ok(true)
            }
            Err(error) => {
                let blames = matches!(error, OpenError::Corrupt(_))
                    || matches!(error, OpenError::Misbehaved(fault)
                        if fault != session::SessionFault::ReplayedLastResort);
                prop_assert!(!blames, "an honest message was refused: {}", error);
                prop_assert_eq!(&self.devices[to].record, &before);
                Ok(false)
            }
        }
    }

    fn act(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Start { from, one_time } => self.start(from, one_time),
            Step::Send { from } => {
                let sent = self.send(from)?;
                self.under_way[1 - from].push(sent);
            }
            Step::Deliver { to, which, again } if !self.under_way[to].is_empty() => {
                let which = which % self.under_way[to].len();
                let (sealed, text) = self.under_way[to][which].clone();
                if !again {
                    self.under_way[to].remove(which);
                }
                self.deliver(to, &sealed, text)?;
            }
            Step::Lose { to, which } if !self.under_way[to].is_empty() => {
                let which = which % self.under_way[to].len();
                self.under_way[to].remove(which);
            }
            Step::Deliver { .. } | Step::Lose { .. } => {}
            Step::Archive { of } => {
                let archived = self.devices[of].record.as_ref().map(session::archive);
                self.devices[of].record = archived.transpose().unwrap();
            }
            Step::Forget { of } => self.devices[of].record = None,
        }
        Ok(())
    }

    /// Sends; what nothing opens is answered by a reset, obeyed, and sent again in a new session. Messages still
    /// under way arrive before that; at worst one of them begins a session that its sender has forgotten, which
    /// costs a second reset.
    fn settle(&mut self, from: usize) -> Result<(), TestCaseError> {
        for _ in 0..3 {
            let (sealed, text) = self.send(from)?;
            if self.deliver(1 - from, &sealed, text)? {
                return Ok(());
            }
            self.act(Step::Archive { of: from })?;
            for (late, text) in std::mem::take(&mut self.under_way[from]) {
                self.deliver(from, &late, text)?;
            }
        }
        prop_assert!(false, "two resets did not repair");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_storm_ends_in_sessions_that_work(steps in proptest::collection::vec(step(), 0..60)) {
        let mut pair = Pair::new();
        for step in steps {
            pair.act(step)?;
        }
        pair.settle(0)?;
        pair.settle(1)?;
        for round in 0..6 {
            let (sealed, text) = pair.send(round % 2)?;
            prop_assert!(pair.deliver(1 - round % 2, &sealed, text)?, "round {round}");
            prop_assert_eq!(sealed.kind, Kind::Whisper);
        }
    }
}
