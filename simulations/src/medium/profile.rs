//! The real store under a simulated device: encrypted rows in redb, over a disk that fails where a test says.

use std::sync::Arc;

use protocol::message::{ConversationId, MessageRef};
use protocol::persist::{Batch, MessageRow, Row, RowKey, Snapshot, Store as _};
use storage::faults::{Crash, FaultDisk};
use storage::{Continuity, KdfCost, Options, Profile, Protection, StoreError, Writer};

use super::{Medium, MediumFault, whole_history};

/// Refusals after which a full disk has room again.
const REFUSALS: u32 = 3;

/// A profile on a disk in memory.
#[derive(Debug)]
pub struct ProfileMedium {
    disk: FaultDisk,
    /// What a crash leaves.
    crash: Crash,
    seed: u64,
    starts: u64,
    refusals: u32,
    open: Option<(Profile, Writer)>,
}

impl ProfileMedium {
    /// A profile on this disk, made at the first start if there is none. `crash` says what survives one.
    #[must_use]
    pub const fn new(disk: FaultDisk, crash: Crash, seed: u64) -> Self {
        Self {
            disk,
            crash,
            seed,
            starts: 0,
            refusals: 0,
            open: None,
        }
    }

    fn options(&self) -> Options {
        // Starts differ, so that nonces do; trying the passphrase costs nothing.
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(self.starts);
        let kdf = KdfCost {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        };
        Options {
            kdf,
            danger_seed: Some(seed),
            ..Options::default()
        }
    }

    fn fault(&self, error: &StoreError) -> MediumFault {
        MediumFault {
            what: error.to_string(),
            died: self.disk.is_cut(),
        }
    }

    fn refused(&mut self, error: &StoreError) -> MediumFault {
        self.refusals += 1;
        if self.refusals.is_multiple_of(REFUSALS) {
            self.disk.heal();
        }
        self.fault(error)
    }

    fn writer(&self) -> Result<&Writer, MediumFault> {
        let closed = || MediumFault {
            what: "closed".to_owned(),
            died: false,
        };
        self.open
            .as_ref()
            .map(|(_, writer)| writer)
            .ok_or_else(closed)
    }

    fn start(&mut self) -> Result<(Profile, Writer), StoreError> {
        let folder = Arc::new(self.disk.clone());
        let protection = Protection::passphrase("correct horse");
        let payload = b"the device has its own";
        let mut profile = match Profile::open(folder.clone(), &protection, self.options()) {
            Err(StoreError::NoProfile { .. }) => {
                Profile::create(folder, &protection, payload, self.options())?
            }
            opened => opened?,
        };
        let mut writer = profile.writer();
        if let Continuity::Broken(_) = &profile.opening().continuity {
            let forgotten = writer.snapshot()?.new_incarnation(1);
            if !forgotten.is_empty() {
                writer.commit(&[forgotten])?;
            }
        }
        Ok((profile, writer))
    }
}

impl Medium for ProfileMedium {
    fn commit(&mut self, batches: Vec<Batch>) -> Result<(), MediumFault> {
        let Some((_, writer)) = &mut self.open else {
            return Err(MediumFault {
                what: "closed".to_owned(),
                died: false,
            });
        };
        match writer.commit(&batches) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refused(&error)),
        }
    }

    fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, MediumFault> {
        self.writer()?
            .load(keys)
            .map_err(|error| self.fault(&error))
    }

    fn snapshot(&self) -> Result<Snapshot, MediumFault> {
        self.writer()?
            .snapshot()
            .map_err(|error| self.fault(&error))
    }

    fn history(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<(MessageRef, MessageRow)>, MediumFault> {
        whole_history(self.writer()?, conversation).map_err(|error| self.fault(&error))
    }

    fn reopen(&mut self) -> Result<(), MediumFault> {
        let crashed = self.open.take().is_some() || self.disk.is_cut();
        if crashed {
            self.disk = self
                .disk
                .after(self.crash, self.seed.wrapping_add(self.starts));
        }
        self.starts += 1;
        match self.start() {
            Ok(open) => {
                self.open = Some(open);
                Ok(())
            }
            Err(error) => Err(self.refused(&error)),
        }
    }
}
