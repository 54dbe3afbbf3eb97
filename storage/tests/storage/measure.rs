//! temporary
use std::sync::Arc;
use std::time::Instant;

use protocol::persist::*;
use storage::*;

use crate::script::*;
#[test]
#[ignore]
fn measure() {
    let temp = tempfile::tempdir_in("/work/main/target").unwrap();
    let folder = || Arc::new(DiskFolder::create(temp.path()).unwrap());
    let mut p = Profile::create(folder(), &Protection::Unprotected, b"x", options(1)).unwrap();
    let mut w = p.writer();
    let t = Instant::now();
    let n = 200_000u32;
    let mut busy = std::time::Duration::ZERO;
    for c in 0..n / 1000 {
        let b: Vec<Batch> = (0..1000)
            .map(|i| {
                let mut b = batch(49);
                b.writes
                    .retain(|k, _| matches!(k, RowKey::Message(_) | RowKey::Order(..)));
                let mut out = Batch::default();
                for (_, r) in b.writes {
                    if let Some(Row::Message(m)) = r {
                        let r = protocol::message::MessageRef {
                            author: protocol::identity::DeviceId([1; 32]),
                            id: protocol::message::MessageId(
                                *blake3::hash(&(c * 1000 + i).to_le_bytes())
                                    .as_bytes()
                                    .first_chunk()
                                    .unwrap(),
                            ),
                        };
                        let place = protocol::time::Hlc::from_bits((c * 1000 + i) as u64);
                        out.put(RowKey::Order(HERE, place, r), Row::Order);
                        out.put(RowKey::Message(r), Row::Message(MessageRow { place, ..m }));
                    }
                }
                out
            })
            .collect();
        let t = Instant::now();
        w.commit(&b).unwrap();
        busy += t.elapsed();
    }
    eprintln!("busy {busy:?}");
    eprintln!("fill {n}: {:?}", t.elapsed());
    let mut lat: Vec<_> = (0..200)
        .map(|i| {
            let t = Instant::now();
            w.commit(&[batch(i + 1)]).unwrap();
            t.elapsed()
        })
        .collect();
    lat.sort();
    eprintln!("commit p50 {:?} p99 {:?}", lat[100], lat[197]);
    let r = p.reader();
    let t = Instant::now();
    for _ in 0..100 {
        r.page(HERE, Part::Latest, 50).unwrap();
    }
    eprintln!("page of 50: {:?}", t.elapsed() / 100);
    drop((w, r));
    p.close().unwrap();
    eprintln!(
        "file {} MB",
        std::fs::metadata(temp.path().join("history.redb"))
            .unwrap()
            .len()
            / 1_000_000
    );
    for _ in 0..2 {
        let t = Instant::now();
        let p = Profile::open(folder(), &Protection::Unprotected, options(1)).unwrap();
        eprintln!("open clean {:?}", t.elapsed());
        drop(p);
        let t = Instant::now();
        let p = Profile::open(folder(), &Protection::Unprotected, options(1)).unwrap();
        eprintln!("open unclean {:?}", t.elapsed());
        let t = Instant::now();
        p.close().unwrap();
        eprintln!("close {:?}", t.elapsed());
    }
}
