//! What must hold for every input of every decoder: one function a target, run by libFuzzer
//! (`protocol/fuzz`), by the replay of the corpus in `cargo test` ([`replay`]), and by [`hunt`]. The decoders of
//! `storage` have their targets there, under the same contract.
//!
//! A target states a property and panics where it does not hold. Its `planted` twin is the same property over code
//! with a known bug: a target counts only if it finds that (DECISIONS 31).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fixture: a panic is how a finding is reported"
)]

mod cores;
mod credentials;
mod mutate;
pub mod replay;
pub mod samples;
mod seeds;
mod sessions;
mod texts;
mod values;

pub use mutate::{Finding, hunt};

/// How far an input came. Both are right answers; a finding is a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Turned away with an error.
    Refused,
    /// Taken to the end: the accept path was reached.
    Accepted,
}

impl Verdict {
    /// Taken or not.
    #[must_use]
    pub const fn of(accepted: bool) -> Self {
        if accepted {
            Self::Accepted
        } else {
            Self::Refused
        }
    }
}

/// One fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, as `fuzz_targets/NAME.rs` and `corpus/NAME/` have it.
    pub name: &'static str,
    /// Runs one input. Panics if a property does not hold.
    pub run: fn(&[u8]) -> Verdict,
    /// The same property over code with a bug.
    pub planted: fn(&[u8]) -> Verdict,
    /// What that bug is.
    pub bug: &'static str,
    /// Inputs made from real objects, by name.
    pub seeds: fn() -> Vec<(String, Vec<u8>)>,
}

/// Every target of this crate.
pub static TARGETS: [Target; 13] = [
    values::FRAME,
    values::ENVELOPE,
    values::STORE_ROWS,
    values::CONTROL_OP,
    values::CONTENT_ENTRY,
    values::IDENTITY_PAYLOAD,
    credentials::BUNDLE,
    credentials::PREKEY_OFFER,
    texts::CONTACT_LINK,
    texts::JOIN_LINK,
    texts::WORDS,
    sessions::SESSION_MESSAGE,
    cores::CORE_INPUTS,
];

/// Runs one input of a target, for libFuzzer.
///
/// # Panics
/// If there is no such target, or the input is a finding.
pub fn run(name: &str, input: &[u8]) {
    run_of(&TARGETS, name, input);
}

/// Runs one input of one of these targets, for libFuzzer.
///
/// # Panics
/// If there is no such target, or the input is a finding.
pub fn run_of(targets: &[Target], name: &str, input: &[u8]) {
    let target = targets.iter().find(|target| target.name == name);
    let _verdict = (target.expect("a target of this name").run)(input);
}

/// Takes numbers off the front of an input; an input that ended gives zeros.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn u8(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// One of `count` things; `count` is not zero.
    fn pick(&mut self, count: usize) -> usize {
        usize::from(self.u8()) % count
    }

    /// Changes one byte of `bytes`: an offset, then what to XOR it with.
    fn patch(&mut self, bytes: &mut [u8]) {
        let (offset, change) = (usize::from(self.u16()), self.u8());
        if let Some(byte) = offset
            .checked_rem(bytes.len())
            .and_then(|at| bytes.get_mut(at))
        {
            *byte ^= change;
        }
    }
}
