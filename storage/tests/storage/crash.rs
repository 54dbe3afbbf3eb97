//! F1–F3: killed at every write, power lost with a random part of the last writes, sectors torn.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use protocol::persist::Store as _;
use storage::Continuity;
use storage::faults::{Crash, Dice, Failure, FaultDisk};

use crate::script;

/// Batches before the disk fails, and with it.
const BEFORE: u32 = 10;
const LAST: u32 = 110;

/// Runs the story on a copy of the disk until the power goes at operation `op`. Gives the disk as it is then and the
/// number of batches acknowledged; `None` if the story ended first.
fn run_until(base: &FaultDisk, op: u64, seed: u64) -> Option<(FaultDisk, u32)> {
    let disk = base.fork(seed);
    disk.fail_at(op, Failure::Cut);
    let mut done = BEFORE;
    if let Ok(mut profile) = script::open(&disk, seed) {
        let mut writer = profile.writer();
        done = script::tell(&mut writer, BEFORE, LAST, &mut Dice::new(7)).0;
        if !disk.is_cut() {
            drop(writer);
            drop(profile.close());
        }
    }
    disk.is_cut().then_some((disk, done))
}

/// Starts on what a crash left: nothing acknowledged is missing, nothing is there in part, and it goes on.
fn start_again(disk: &FaultDisk, acknowledged: u32, context: &str) {
    let mut profile = script::open(disk, 99).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(
        profile.opening().continuity,
        Continuity::Continued,
        "{context}"
    );
    let found = script::verify(&profile.reader(), LAST);
    assert!(
        found >= acknowledged,
        "{context}: {acknowledged} acknowledged, {found} there"
    );
    assert!(
        found <= acknowledged + 3,
        "{context}: more than one group beyond"
    );
    assert_eq!(profile.identity().payload(), script::PAYLOAD, "{context}");
    let mut writer = profile.writer();
    writer
        .commit(&[script::batch(found + 1)])
        .unwrap_or_else(|error| panic!("{context}: {error}"));
    drop(writer);
    profile
        .close()
        .unwrap_or_else(|error| panic!("{context}: {error}"));
}

/// Runs the story once and shows every moment of it at which the power may go: the disk then, and the number of batches
/// acknowledged by then. Two threads look at what is shown. Gives the number of moments.
fn at_every_op(look: impl Fn(FaultDisk, u32, u64) + Sync) -> u64 {
    let disk = script::prepared(BEFORE);
    let (show, shown) = std::sync::mpsc::sync_channel(4);
    let shown = Arc::new(Mutex::new(shown));
    let look = &look;
    std::thread::scope(|scope| {
        for shown in [Arc::clone(&shown), shown] {
            // Each owns its share of the receiver: when both have failed, the story stops instead of waiting for them.
            let work = move || {
                loop {
                    let next = shown.lock().unwrap().recv();
                    let Ok((disk, done, op)) = next else { return };
                    look(disk, done, op);
                }
            };
            std::thread::Builder::new()
                .spawn_scoped(scope, work)
                .unwrap();
        }
        let acknowledged = Arc::new(AtomicU32::new(BEFORE));
        let (seen, mut op) = (Arc::clone(&acknowledged), 0);
        disk.watch(move |cut| {
            show.send((cut, seen.load(Ordering::Acquire), op)).unwrap();
            op += 1;
        });
        let mut profile = script::open(&disk, 1).unwrap();
        let (mut writer, mut dice) = (profile.writer(), Dice::new(7));
        let mut done = BEFORE;
        while done < LAST {
            let group = done + 1 + dice.below(3) as u32;
            let (now, error) = script::tell_group(&mut writer, done, group.min(LAST));
            assert!(error.is_none());
            done = now;
            acknowledged.store(done, Ordering::Release);
        }
        drop(writer);
        profile.close().unwrap();
        disk.unwatch();
    });
    disk.ops()
}

#[test]
fn kill_every_write() {
    let ops = at_every_op(|disk, done, op| {
        start_again(
            &disk.after(Crash::Killed, op),
            done,
            &format!("killed at {op}"),
        );
    });
    assert!(ops > 300, "the story has only {ops} operations");
}

#[test]
fn torn_write() {
    at_every_op(|disk, done, op| {
        let sector = if op % 2 == 0 { 512 } else { 4096 };
        let context = format!("torn at {op}, sectors of {sector}");
        start_again(&disk.after(Crash::Torn { sector }, op), done, &context);
    });
}

#[test]
fn powerloss_subsets() {
    at_every_op(|disk, done, op| {
        let sector = if op % 2 == 0 { 512 } else { 4096 };
        let context = format!("power lost at {op}, sectors of {sector}");
        start_again(&disk.after(Crash::PowerLoss { sector }, op), done, &context);
    });
}

/// The same with a store that really meets the cut, and so runs its answers to a disk that is gone.
#[test]
fn a_store_that_meets_the_cut_gives_up_quietly() {
    let base = script::prepared(BEFORE);
    let mut dice = Dice::new(11);
    for round in 0..40 {
        let op = dice.below(300) as u64;
        let (disk, done) = run_until(&base, op, 3).expect("within the story");
        let left = disk.after(Crash::PowerLoss { sector: 512 }, round);
        start_again(&left, done, &format!("cut at {op}, round {round}"));
    }
}

#[test]
fn a_crash_while_a_profile_is_made_leaves_none_or_one_that_opens() {
    for op in 0.. {
        let disk = FaultDisk::new(op);
        disk.fail_at(op, Failure::Cut);
        let protection = script::passphrase();
        let folder = Arc::new(disk.clone());
        let made =
            storage::Profile::create(folder, &protection, script::PAYLOAD, script::options(1));
        if !disk.is_cut() {
            assert!(made.is_ok());
            assert!(op > 10, "only {op} operations");
            return;
        }
        drop(made);
        let left = disk.after(Crash::PowerLoss { sector: 512 }, op);
        match script::open(&left, 2) {
            Ok(profile) => assert_eq!(profile.identity().payload(), script::PAYLOAD),
            Err(storage::StoreError::NoProfile { .. }) => drop(script::create(&left, 3)),
            Err(error) => panic!("cut at {op}: {error}"),
        }
    }
}
