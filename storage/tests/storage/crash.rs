//! F1–F3: killed at every write, power lost with a random part of the last writes, sectors torn.

use protocol::persist::Store;
use storage::{
    Continuity,
    faults::{Crash, Dice, Failure, FaultDisk},
};

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
    assert_eq!(profile.opening().continuity, Continuity::Continued, "{context}");
    let found = script::verify(&profile.reader(), LAST);
    assert!(found >= acknowledged, "{context}: {acknowledged} acknowledged, {found} there");
    assert!(found <= acknowledged + 3, "{context}: more than one group beyond");
    assert_eq!(profile.identity().payload(), script::PAYLOAD, "{context}");
    let mut writer = profile.writer();
    writer.commit(&[script::batch(found + 1)]).unwrap_or_else(|error| panic!("{context}: {error}"));
    drop(writer);
    profile.close().unwrap_or_else(|error| panic!("{context}: {error}"));
}

/// Every operation of the story on this disk, split between the two cores.
fn at_every_op(each: impl Fn(&FaultDisk, u64) -> bool + Sync) -> u64 {
    let base = script::prepared(BEFORE);
    let half = |first: u64| {
        let mut op = first;
        while each(&base, op) {
            op += 2;
        }
        op
    };
    std::thread::scope(|scope| {
        let odd = std::thread::Builder::new().spawn_scoped(scope, || half(1)).unwrap();
        half(0).max(odd.join().unwrap())
    })
}

#[test]
fn kill_every_write() {
    let ops = at_every_op(|base, op| {
        let Some((disk, done)) = run_until(base, op, 1) else { return false };
        start_again(&disk.after(Crash::Killed, op), done, &format!("killed at {op}"));
        true
    });
    assert!(ops > 300, "the story has only {ops} operations");
}

#[test]
fn torn_write() {
    for sector in [512, 4096] {
        at_every_op(|base, op| {
            // Every fifth operation, another fifth for each size.
            let op = op * 5 + sector as u64 % 5;
            let Some((disk, done)) = run_until(base, op, 2) else { return false };
            let context = format!("torn at {op}, sectors of {sector}");
            start_again(&disk.after(Crash::Torn { sector }, op), done, &context);
            true
        });
    }
}

#[test]
fn powerloss_subsets() {
    let base = script::prepared(BEFORE);
    let (whole, _) = (base.fork(3), ());
    let mut profile = script::open(&whole, 3).unwrap();
    let mut writer = profile.writer();
    let before = whole.ops();
    assert!(script::tell(&mut writer, BEFORE, LAST, &mut Dice::new(7)).1.is_none());
    let ops = whole.ops();
    assert!(whole.contents("history.redb").len() > base.contents("history.redb").len(), "it grows");
    drop((profile, before));
    let mut dice = Dice::new(11);
    for round in 0..150 {
        let op = dice.below(ops as usize) as u64;
        let (disk, done) = run_until(&base, op, 3).expect("within the story");
        for seed in 0..4 {
            let sector = if seed % 2 == 0 { 512 } else { 4096 };
            let left = disk.after(Crash::PowerLoss { sector }, round * 4 + seed);
            start_again(&left, done, &format!("power lost at {op}, seed {seed} of round {round}"));
        }
    }
}

#[test]
fn a_crash_while_a_profile_is_made_leaves_none_or_one_that_opens() {
    for op in 0.. {
        let disk = FaultDisk::new(op);
        disk.fail_at(op, Failure::Cut);
        let protection = script::passphrase();
        let folder = std::sync::Arc::new(disk.clone());
        let made = storage::Profile::create(folder, &protection, script::PAYLOAD, script::options(1));
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
