//! Reading from many threads while one writes: each look is one commit, whole.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use protocol::persist::{Row, RowKey, Store as _};

use crate::script;

const LAST: u32 = 150;

#[test]
fn every_look_is_one_whole_commit() {
    let disk = script::prepared(10);
    let mut profile = script::open(&disk, 5).unwrap();
    let mut writer = profile.writer();
    let keys = script::keys(LAST);
    let (ended, looks) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        let mut readers = Vec::new();
        for _ in 0..3 {
            let reader = profile.reader();
            let (keys, ended, looks) = (&keys, &ended, &looks);
            let look = move || {
                let mut newest = 0;
                while !ended.load(Ordering::Acquire) {
                    let rows = reader.load(keys).unwrap();
                    let Some(Some(Row::Device(device))) = rows.first() else {
                        panic!("no device")
                    };
                    assert!(device.next_prekey >= newest, "time ran backwards");
                    newest = device.next_prekey;
                    let model = script::model(newest);
                    for (key, row) in keys.iter().zip(&rows) {
                        assert_eq!(row.as_ref(), model.rows.get(key), "{key:?} at {newest}");
                    }
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            };
            readers.push(
                std::thread::Builder::new()
                    .spawn_scoped(scope, look)
                    .unwrap(),
            );
        }
        for number in 11..=LAST {
            writer.commit(&[script::batch(number)]).unwrap();
        }
        while looks.load(Ordering::Relaxed) < 30 && readers.iter().any(|one| !one.is_finished()) {
            std::thread::yield_now();
        }
        ended.store(true, Ordering::Release);
    });
    assert_eq!(keys.first(), Some(&RowKey::Device));
    assert_eq!(script::verify(&profile.reader(), LAST), LAST);
}
