//! F4: no room, or a bad write, at every operation. Writing stops, reading goes on, writing goes on when it can.

use std::io::ErrorKind;

use protocol::identity::DeviceId;
use protocol::persist::{Batch, Row, RowKey, SessionRow, Store as _};
use protocol::session::SessionRecord;
use storage::StoreError;
use storage::faults::{Dice, Failure, FaultDisk};

use crate::script;

const BEFORE: u32 = 10;
const LAST: u32 = 40;

/// Runs the story with this failure at operation `op` after opening. Says whether the failure was met.
fn survive(base: &FaultDisk, op: u64, failure: Failure) -> bool {
    let context = format!("{failure:?} at {op}");
    let disk = base.fork(op);
    let mut profile = script::open(&disk, 5).unwrap();
    let reader = profile.reader();
    let mut writer = profile.writer();
    disk.fail_at(disk.ops() + op, failure);
    let mut dice = Dice::new(7);
    let (mut done, error) = script::tell(&mut writer, BEFORE, LAST, &mut dice);
    let met = error.is_some();
    if let Some(error) = error {
        assert!(error.is_passing(), "{context}: {error}");
        let room = matches!(failure, Failure::From(ErrorKind::StorageFull));
        assert_eq!(
            matches!(error, StoreError::NoSpace { .. }),
            room,
            "{context}: {error}"
        );
        let found = script::verify(&reader, LAST);
        // A refused batch may be there, whole, only where the disk takes nothing more (`Store::commit`).
        let complete = reader.is_reading_only() && found > done && found <= done + 3;
        assert!(
            found == done || complete,
            "{context}: {done} acknowledged, {found} there"
        );
        if matches!(failure, Failure::From(_)) {
            assert!(
                writer.commit(&[script::batch(found + 1)]).is_err(),
                "{context}: still full"
            );
            assert_eq!(
                script::verify(&reader, LAST),
                found,
                "{context}: still read"
            );
        }
        done = found;
    }
    disk.heal();
    // One batch more, for the case that the refused one was the last and is there after all.
    let (done, error) = script::tell(&mut writer, done, LAST + 1, &mut dice);
    assert!(
        error.is_none() && done > LAST,
        "{context}: {error:?} after there is room again"
    );
    assert!(!reader.is_reading_only(), "{context}");
    assert_eq!(script::verify(&reader, LAST + 1), LAST + 1, "{context}");
    drop(writer);
    let closed = profile.close();
    assert!(closed.is_ok() || !met, "{context}: {closed:?}");
    // A failure that the story did not reach may hit the closing: an unclean end, nothing worse.
    disk.heal();
    let again = script::open(&disk, 6).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(
        script::verify(&again.reader(), LAST + 1),
        LAST + 1,
        "{context}"
    );
    met
}

#[test]
fn enospc_every_write() {
    let failure = Failure::From(ErrorKind::StorageFull);
    let base = script::prepared(BEFORE);
    let met = (0..).take_while(|op| survive(&base, *op, failure)).count();
    assert!(met > 100, "the story met the full disk only {met} times");
}

#[test]
fn a_single_bad_write_costs_at_most_its_commit() {
    let base = script::prepared(BEFORE);
    let failure = Failure::Once(ErrorKind::Other);
    let met = (0..100)
        .filter(|op| survive(&base, op * 2, failure))
        .count();
    assert!(met > 50, "the failure was met only {met} times");
}

#[test]
fn a_single_bad_read_is_read_again() {
    // More than the database keeps in memory, so that it has to read.
    let key = |number| RowKey::Session(DeviceId([number; 32]));
    let row = |number| {
        let record = SessionRecord::from_bytes(vec![number; 500_000]);
        Row::Session(SessionRow { record })
    };
    let disk = script::prepared(0);
    let mut profile = script::open(&disk, 5).unwrap();
    let mut writer = profile.writer();
    for number in 0..40 {
        let mut batch = Batch::default();
        batch.put(key(number), row(number));
        writer.commit(&[batch]).unwrap();
    }
    let reader = profile.reader();
    let mut met = 0;
    for (number, reads) in (0..40).zip([0, 0, 1].into_iter().cycle()) {
        disk.fail_read_after(reads);
        assert_eq!(
            reader.load(&[key(number)]).unwrap(),
            vec![Some(row(number))]
        );
        met += usize::from(disk.has_failed_read());
        disk.heal();
    }
    assert!(met > 10, "the failure was met only {met} times");
}
