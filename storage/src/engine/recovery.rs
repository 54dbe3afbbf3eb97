//! What the engine does after a failure: look, open again, examine once, and write only when that is safe.

use super::*;

impl Engine {
    /// Sees to it that a commit can be tried. The caller holds `writing`.
    pub(super) fn make_writable(&self) -> Result<(), StoreError> {
        self.check_usable()?;
        let (reading_only, is_open) = {
            let slot = self.slot.read().unwrap_or_else(PoisonError::into_inner);
            (slot.reading_only, slot.database.is_some())
        };
        if reading_only || self.was_full.load(Ordering::Acquire) {
            // Opening again reads the whole file: not for every message on a disk that is still full.
            let probed = self.ground.folder.probe(PROBE);
            probed.map_err(|error| StoreError::io(&self.file, error))?;
            self.was_full.store(false, Ordering::Release);
        }
        if reading_only || !is_open {
            self.reopen(false)?;
        }
        if self.is_reading_only() {
            return Err(StoreError::io(
                &self.file,
                io::ErrorKind::ReadOnlyFilesystem.into(),
            ));
        }
        Ok(())
    }

    /// Refuses everything once the profile is closed or has lost what it acknowledged.
    pub(super) fn check_usable(&self) -> Result<(), StoreError> {
        let slot = self.slot.read().unwrap_or_else(PoisonError::into_inner);
        if slot.closed {
            return Err(StoreError::Closed);
        }
        slot.rolled_back.map_or(Ok(()), |(found, expected)| {
            Err(StoreError::RolledBack {
                file: self.file.clone(),
                found,
                expected,
            })
        })
    }

    /// Answers a trouble met by a reader. Says whether reading again may help.
    pub(super) fn recover(&self, epoch: u64, trouble: &Trouble) -> Result<bool, StoreError> {
        let _writing = self.lock_writing();
        self.check_usable()?;
        let (now, examined) = {
            let slot = self.slot.read().unwrap_or_else(PoisonError::into_inner);
            (slot.epoch, slot.examined)
        };
        if now != epoch {
            return Ok(true);
        }
        let examine = match trouble {
            Trouble::Damage(_) if examined => return Ok(false),
            Trouble::Damage(_) => true,
            _ => false,
        };
        self.reopen(examine)?;
        Ok(true)
    }

    /// Closes the database and opens it again. The caller holds `writing`.
    pub(super) fn reopen(&self, examine: bool) -> Result<(), StoreError> {
        self.reopen_slot(examine)?;
        if self.check_usable().is_err() {
            // The next start must notice, whatever else is lost until then: no start has this generation.
            let marked = Head {
                generation: 0,
                ..self.head()
            };
            self.try_commit(marked, false, &mut OsRandom, &mut |_, _| Ok(()))
                .ok();
        }
        Ok(())
    }

    pub(super) fn reopen_slot(&self, examine: bool) -> Result<(), StoreError> {
        let mut slot = self.slot_mut();
        slot.epoch += 1;
        if let Some(old) = slot.database.take() {
            // It failed: whatever it says about its end adds nothing.
            guarded(&self.file, || drop_quietly(old)).ok();
        }
        slot.examined |= examine;
        let (database, head, reading_only) = self.open_again(examine)?;
        if head.commit < slot.head.commit {
            let expected = slot.head.commit;
            slot.rolled_back.get_or_insert((head.commit, expected));
        }
        slot.database = Some(database);
        slot.head = Head {
            commit: head.commit.max(slot.head.commit),
            ..head
        };
        slot.reading_only = reading_only;
        Ok(())
    }

    pub(super) fn open_again(&self, examine: bool) -> Result<(Database, Head, bool), StoreError> {
        let attempt = |raw: Arc<dyn RawFile>| {
            let database = self.ground.open(raw, examine)?;
            let head = read_head(&database, &self.ground.sealer, &self.file)?;
            Ok((database, head))
        };
        match attempt(Arc::clone(&self.raw)) {
            Ok((database, head)) => return Ok((database, head, false)),
            Err(Trouble::Disk(_) | Trouble::Closed) => {}
            Err(trouble) => return Err(trouble.into_error(&self.file)),
        }
        let over = OverlayFile::new(Arc::clone(&self.raw));
        let over = over.map_err(|error| StoreError::io(&self.file, error))?;
        let (database, head) =
            attempt(Arc::new(over)).map_err(|trouble: Trouble| trouble.into_error(&self.file))?;
        Ok((database, head, true))
    }
}
