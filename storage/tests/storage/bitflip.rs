//! F5, F6: any flipped byte ends in a typed error or in a recovery that says what it lost; never in a wrong row.

use storage::faults::{Dice, FaultDisk};
use storage::{Break, Continuity, CopyFault, Reader, StoreError};

use crate::script::{self, HERE};

const LAST: u32 = 60;

/// What became of a damaged store.
#[derive(Default, Debug)]
struct Tally {
    unharmed: usize,
    refused: usize,
    rolled_back: usize,
    typed_errors: usize,
    shown_damaged: usize,
    absent: usize,
}

/// Reads everything that a damaged store still gives; each row of it must be one that was stored there.
fn read_all(reader: &Reader, rolled_back: bool, tally: &mut Tally) {
    let batches = if rolled_back {
        script::told(reader).unwrap_or(LAST)
    } else {
        LAST
    };
    let model = script::model(batches);
    let mut harmed = false;
    for key in script::keys(LAST) {
        match reader.load(&[key]).map(|mut rows| rows.pop().flatten()) {
            Ok(Some(row)) => assert_eq!(Some(&row), model.rows.get(&key), "a wrong row at {key:?}"),
            Ok(None) if model.rows.contains_key(&key) => {
                harmed = true;
                tally.absent += 1;
            }
            Ok(None) => {}
            Err(StoreError::Corrupt { .. } | StoreError::RolledBack { .. }) => {
                harmed = true;
                tally.typed_errors += 1;
            }
            Err(other) => panic!("damage told as {other}"),
        }
    }
    if let Ok(page) = reader.page(HERE, storage::Part::Latest, 500) {
        harmed |= !page.is_intact();
        tally.shown_damaged += usize::from(!page.is_intact());
        for entry in page.messages {
            let key = protocol::persist::RowKey::Message(entry.position.1);
            if let Some(row) = entry.row {
                let row = protocol::persist::Row::Message(*row);
                assert_eq!(model.rows.get(&key), Some(&row), "a wrong row in the page");
            }
        }
    }
    tally.unharmed += usize::from(!harmed && !rolled_back);
}

fn damaged(disk: &FaultDisk, dice: &mut Dice) -> FaultDisk {
    let copy = disk.fork(dice.roll());
    let len = copy.contents("history.redb").len();
    // Half of the flips near the front, where the header and the first pages are.
    let range = if dice.one_in(2) { len } else { 64 * 1024 };
    copy.flip("history.redb", dice.below(range), 1 << dice.below(8));
    copy
}

#[test]
fn bitflip_store() {
    let disk = script::prepared(LAST);
    let mut dice = Dice::new(21);
    let mut tally = Tally::default();
    for _ in 0..1_000 {
        match script::open(&damaged(&disk, &mut dice), 5) {
            Ok(profile) => {
                let continuity = &profile.opening().continuity;
                let rolled_back = *continuity != Continuity::Continued;
                tally.rolled_back += usize::from(rolled_back);
                read_all(&profile.reader(), rolled_back, &mut tally);
            }
            Err(StoreError::Corrupt { .. } | StoreError::Foreign { .. }) => tally.refused += 1,
            Err(other) => panic!("damage told as {other}"),
        }
    }
    eprintln!("{tally:?}");
    assert!(
        tally.refused + tally.rolled_back > 50,
        "too few flips hit anything: {tally:?}"
    );
    assert_eq!(tally.absent, 0, "rows went missing in silence: {tally:?}");
}

#[test]
fn bitflip_store_while_it_is_open() {
    let disk = script::prepared(LAST);
    let mut dice = Dice::new(22);
    let mut tally = Tally::default();
    for _ in 0..200 {
        let copy = disk.fork(dice.roll());
        let profile = script::open(&copy, 5).unwrap();
        for _ in 0..20 {
            let len = copy.contents("history.redb").len();
            copy.flip("history.redb", dice.below(len), 1 << dice.below(8));
        }
        read_all(&profile.reader(), false, &mut tally);
    }
    eprintln!("{tally:?}");
    assert!(tally.typed_errors > 0, "no flip was met: {tally:?}");
}

#[test]
fn a_history_beyond_repair_can_be_set_aside() {
    let disk = script::prepared(LAST);
    disk.put("history.redb", b"this was never a database".repeat(1000));
    assert!(matches!(
        script::open(&disk, 5),
        Err(StoreError::Foreign { .. })
    ));
    let options = storage::Options {
        fresh_history: true,
        ..script::options(5)
    };
    let folder = std::sync::Arc::new(disk.clone());
    let profile = storage::Profile::open(folder, &script::passphrase(), options).unwrap();
    let Continuity::Broken(Break::SetAside { kept }) = &profile.opening().continuity else {
        panic!("{:?}", profile.opening());
    };
    assert!(!disk.contents(kept).is_empty());
    assert_eq!(script::verify(&profile.reader(), LAST), 0);
}

#[test]
fn bitflip_keys() {
    let disk = script::prepared(3);
    let len = disk.contents("identity.a").len();
    assert_eq!(len, disk.contents("identity.b").len());
    for offset in 0..len {
        for (name, other) in [("identity.a", "identity.b"), ("identity.b", "identity.a")] {
            let one = disk.fork(1);
            one.flip(name, offset, 0x04);
            let profile = script::open(&one, 5).unwrap();
            let healed = profile.opening().healed.expect("a copy was bad");
            assert_eq!(healed.copy, name);
            assert!(matches!(
                healed.fault,
                Some(CopyFault::Damaged | CopyFault::Foreign)
            ));
            assert_eq!(profile.identity().payload(), script::PAYLOAD);
            assert_eq!(profile.opening().continuity, Continuity::Continued);
            drop(profile);
            assert_eq!(
                one.contents(name),
                one.contents(other),
                "both are written again"
            );
        }
        let both = disk.fork(1);
        both.flip("identity.a", offset, 0x04);
        both.flip("identity.b", (offset + 7) % len, 0x04);
        let before = (both.contents("identity.a"), both.contents("identity.b"));
        match script::open(&both, 5) {
            Err(StoreError::IdentityLost { .. }) => {}
            other => panic!("byte {offset}: {other:?}"),
        }
        let after = (both.contents("identity.a"), both.contents("identity.b"));
        assert_eq!(before, after, "what is left is not touched");
    }
}
