//! From one format of `history.redb` to the next.
//!
//! A profile of an older format is brought up step by step when it is opened, each step in one transaction of two
//! phases, so that a crash leaves the file wholly before or wholly behind the step. A newer format is refused. Each
//! format that was ever released keeps a golden profile under `tests/golden/`, opened by a test.

use redb::WriteTransaction;

use crate::{
    engine::Engine,
    error::StoreError,
    guard::Trouble,
    meta,
    random::Randomness,
    seal::Sealer,
};

/// One step.
pub(crate) struct Migration {
    /// The format that it starts from; it ends at the next.
    pub(crate) from: u16,
    /// What it changes.
    pub(crate) run: fn(&WriteTransaction, &Sealer, &mut dyn Randomness) -> Result<(), Trouble>,
}

/// Every step there ever was, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[];

/// Brings a file of format `found` to format `target`.
///
/// # Errors
/// [`StoreError::Corrupt`] for a format that no step starts from; what the disk says.
pub(crate) fn migrate(
    engine: &Engine,
    found: u16,
    target: u16,
    steps: &[Migration],
    random: &mut dyn Randomness,
) -> Result<(), StoreError> {
    for format in found..target {
        let Some(step) = steps.iter().find(|step| step.from == format) else {
            let detail = format!("format {format} was never used by this program");
            return Err(StoreError::corrupt(engine.file(), detail));
        };
        engine.write_in_two_phases(random, |write, random| {
            (step.run)(write, engine.sealer(), random)?;
            meta::write_format(write, format + 1, engine.sealer(), random)
        })?;
    }
    Ok(())
}
