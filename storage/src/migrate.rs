//! From one format of `history.redb` to the next.
//!
//! A profile of an older format is brought up step by step when it is opened, each step in one transaction of two
//! phases, so that a crash leaves the file wholly before or wholly behind the step. A newer format is refused. Each
//! format that was ever released keeps a golden profile under `tests/golden/`, opened by a test.

mod from_1;

use redb::WriteTransaction;

use crate::engine::Engine;
use crate::error::StoreError;
use crate::guard::Trouble;
use crate::meta;
use crate::random::Randomness;
use crate::seal::Sealer;

/// One step.
pub(crate) struct Migration {
    /// The format that it starts from; it ends at the next.
    pub(crate) from: u16,
    /// What it changes.
    pub(crate) run: fn(&WriteTransaction, &Sealer, &mut dyn Randomness) -> Result<(), Trouble>,
}

/// Every step there ever was, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        from: 1,
        run: from_1::run,
    },
    // Only the number: format 3 has tables more, of communities. A program that does not know them must not open the
    // file: it would leave them behind while it goes on, and their device would contradict itself.
    Migration {
        from: 2,
        run: |_, _, _| Ok(()),
    },
];

/// Tables of older formats, whose rows are opened by the steps alone.
pub(crate) const GONE: [&str; 2] = from_1::GONE;

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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use redb::ReadableTable as _;

    use super::*;
    use crate::engine::{Ground, HISTORY};
    use crate::faults::{Crash, Failure, FaultDisk};
    use crate::guard::trouble;
    use crate::meta::{FORMAT, META};
    use crate::random::SeededRandom;
    use crate::seal::DataKey;
    use crate::tables::Table;

    const PLACE: &[u8] = &[0];

    fn ground(disk: &FaultDisk) -> Ground {
        let data_key = DataKey::from_bytes([1; 32]);
        Ground {
            folder: Arc::new(disk.clone()),
            sealer: Sealer::new(&data_key, [META, "device"]),
            data_key,
            lock: Mutex::new(None),
            #[cfg(feature = "mutants")]
            plain: false,
        }
    }

    /// Appends the format it starts from to a row: a step that ran twice, or half, shows.
    fn append(write: &WriteTransaction, from: u8) -> Result<(), Trouble> {
        let failed = |error| trouble(HISTORY, error);
        let mut table = write
            .open_table(Table::Device.definition())
            .map_err(|error| trouble(HISTORY, error))?;
        let mut row = table
            .get(PLACE)
            .map_err(failed)?
            .map(|row| row.value().to_vec());
        row.get_or_insert_default().push(from);
        table
            .insert(PLACE, row.unwrap_or_default().as_slice())
            .map_err(failed)?;
        Ok(())
    }

    /// From today's format on.
    const STEPS: &[Migration] = &[
        Migration {
            from: FORMAT,
            run: |write, _, _| append(write, 1),
        },
        Migration {
            from: FORMAT + 1,
            run: |write, _, _| append(write, 2),
        },
    ];

    /// The format of a file and the row that the steps leave their traces in.
    fn state(engine: &Engine) -> (u16, Vec<u8>) {
        engine
            .read(|read| {
                let format = meta::read_format(read, engine.sealer(), HISTORY)?;
                let row = crate::load::open(read, Table::Device)?.map(|table| {
                    table
                        .get(PLACE)
                        .ok()
                        .flatten()
                        .map(|row| row.value().to_vec())
                });
                Ok((format, row.flatten().unwrap_or_default()))
            })
            .expect("readable")
    }

    #[test]
    fn every_step_runs_once_in_order_also_over_a_crash() {
        for op in 0.. {
            let disk = FaultDisk::new(op);
            let random = &mut SeededRandom::new(op, 0);
            Engine::create(&ground(&disk), random).expect("made");
            let (engine, format) = Engine::open(ground(&disk), true).expect("opens");
            disk.fail_at(disk.ops() + op, Failure::Cut);
            let migrated = migrate(&engine, format, FORMAT + 2, STEPS, random);
            let left = disk.after(Crash::PowerLoss { sector: 512 }, op);
            drop(engine);
            let (again, _) = open_whatever(&left);
            let (format, row) = state(&again);
            let steps = (format - FORMAT) as u8;
            assert_eq!(row, (1..=steps).collect::<Vec<_>>(), "cut at {op}");
            migrate(&again, format, FORMAT + 2, STEPS, random).expect("goes on");
            assert_eq!(state(&again), (FORMAT + 2, vec![1, 2]), "cut at {op}");
            if !disk.is_cut() {
                assert!(migrated.is_ok() && op > 4);
                return;
            }
        }
    }

    /// Opens a file that may have a format of the future.
    fn open_whatever(disk: &FaultDisk) -> (Engine, u16) {
        Engine::open_up_to(ground(disk), true, u16::MAX).expect("opens")
    }

    #[test]
    fn a_format_of_the_future_and_one_of_nobody_are_refused() {
        let disk = FaultDisk::new(1);
        let random = &mut SeededRandom::new(1, 0);
        Engine::create(&ground(&disk), random).expect("made");
        let (engine, format) = Engine::open(ground(&disk), true).expect("opens");
        migrate(&engine, format, FORMAT + 1, STEPS, random).expect("migrated");
        assert!(matches!(
            migrate(&engine, 77, 78, STEPS, random),
            Err(StoreError::Corrupt { .. })
        ));
        engine.close().expect("closed");
        let refused = Engine::open(ground(&disk), false).map(|_| ());
        assert!(matches!(
            refused,
            Err(StoreError::TooNew {
                found,
                supported: FORMAT,
                ..
            }) if found == FORMAT + 1
        ));
        assert_eq!(
            state(&open_whatever(&disk).0),
            (FORMAT + 1, vec![1]),
            "it is left as it was"
        );
    }
}
