//! No message key seals two messages: over all bytes that ever left, also before crashes, each (device, ratchet key,
//! counter) belongs to one ciphertext.

use std::collections::BTreeMap;

use protocol::testing::ratchet_use;

use super::{Checker, Seen};

/// Every position of every ratchet, with the hash of what it sealed.
#[derive(Debug, Default)]
pub struct KeyReuse {
    used: BTreeMap<(usize, [u8; 33], u32), [u8; 32]>,
}

impl Checker for KeyReuse {
    fn name(&self) -> &'static str {
        "key reuse"
    }

    fn see(&mut self, device: usize, seen: &Seen<'_>) -> Result<(), String> {
        let Seen::Emitted { bytes, .. } = seen else {
            return Ok(());
        };
        let Some(((ratchet, counter), ciphertext)) = ratchet_use(bytes) else {
            return Ok(());
        };
        let hash = *blake3::hash(&ciphertext).as_bytes();
        match self.used.insert((device, ratchet, counter), hash) {
            Some(before) if before != hash => Err(format!(
                "two ciphertexts at counter {counter} of one ratchet key"
            )),
            _ => Ok(()),
        }
    }
}
