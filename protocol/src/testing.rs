//! What tests of other crates need: an in-memory store, a suite that every store passes, and a look at ciphertexts.

mod conformance;
mod memory;
mod pair;

pub use conformance::store_conformance;
pub use memory::MemoryStore;
pub use pair::{Lossy, Seat, Table};

use crate::link::Frame;
use crate::session;

/// Which message key encrypted what: (the sender's ratchet key, its counter), and the ciphertext.
pub type RatchetUse = (([u8; 33], u32), Vec<u8>);

/// What a session message among these frame bytes used; `None` for every other frame.
/// The key-reuse checker reads what devices emit with it.
#[must_use]
pub fn ratchet_use(frame: &[u8]) -> Option<RatchetUse> {
    match Frame::decode(frame).ok()? {
        Frame::Sealed { kind, bytes, .. } => {
            Some((session::ratchet_position(kind, &bytes)?, bytes.into_vec()))
        }
        _ => None,
    }
}
