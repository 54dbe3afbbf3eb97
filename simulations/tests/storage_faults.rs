//! The real store over a disk that fails at each of its writes, under two real cores with real cryptography: nothing
//! that was acknowledged is lost, and over all bytes emitted before and after, each ratchet key and counter belongs to
//! one ciphertext. The checkers of [`simulations::checkers`] look.
#![allow(clippy::print_stdout, reason = "a test that says how much it tried")]

use std::io::ErrorKind;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use protocol::core::Faults;
use simulations::medium::ProfileMedium;
use simulations::options::Options;
use simulations::report::Report;
use simulations::world::{Stage, World};
use storage::faults::{Crash, Failure, FaultDisk};

const PEOPLE: u64 = 77;

fn stage(seed: u64, acts: usize, safety_ms: u64) -> Stage {
    let mut options = Options::calm(2);
    options.acts = acts;
    options.bursts = 500;
    options.safety_ms = safety_ms;
    // Two batches on their way, so that a failure finds more than one.
    options.disk.commit_ms = (2, 15);
    Stage {
        seed,
        people: PEOPLE,
        options,
        faults: Faults::default(),
        loud: false,
    }
}

/// Disks of two people who are contacts.
fn acquainted() -> [FaultDisk; 2] {
    let disks = [FaultDisk::new(1), FaultDisk::new(2)];
    let mut world = World::on(stage(1, 0, 8_000), &mut |device| {
        Box::new(ProfileMedium::new(
            disks[device].clone(),
            Crash::Killed,
            device as u64,
        ))
    });
    world.run_until(8_000_000);
    world.settle("becoming contacts");
    world.finish();
    assert_eq!(world.violation(), None);
    disks
}

/// The two go on, with something planned for the disk of one of them. Gives the operations of that disk.
fn go_on(
    base: &[FaultDisk; 2],
    failing: usize,
    crash: Crash,
    plan: impl Fn(&FaultDisk),
) -> (Report, u64) {
    go_on_broken(Faults::default(), base, failing, crash, plan)
}

/// The same with deliberate faults, if any.
fn go_on_broken(
    faults: Faults,
    base: &[FaultDisk; 2],
    failing: usize,
    crash: Crash,
    plan: impl Fn(&FaultDisk),
) -> (Report, u64) {
    let disks = [base[0].fork(3), base[1].fork(4)];
    plan(&disks[failing]);
    // Another seed than the one that they became contacts with: restoring with that would use keys twice by itself.
    let stage = Stage {
        faults,
        ..stage(2, 8, 6_000)
    };
    let mut world = World::on(stage, &mut |device| {
        Box::new(ProfileMedium::new(
            disks[device].clone(),
            crash,
            device as u64,
        ))
    });
    world.play();
    // Closing the profile writes, too, but nobody waits for that.
    let ops = disks[failing].ops();
    (world.report(), ops)
}

/// Runs it with the failure at every operation of either disk, on all processors. `kind` counts what must come of it.
fn at_every_write(crash: Crash, plan: impl Fn(&FaultDisk, u64) + Sync, kind: &str) {
    let base = acquainted();
    for failing in 0..2 {
        let (report, last) = go_on(&base, failing, crash, |_| {});
        assert!(
            report.violation.is_none(),
            "without any failure:\n{}",
            report.story()
        );
        let (next, struck) = (AtomicU64::new(0), AtomicU64::new(0));
        let work = || {
            loop {
                let op = next.fetch_add(1, Ordering::Relaxed);
                if op >= last {
                    return;
                }
                let (report, _) = go_on(&base, failing, crash, |disk| plan(disk, op));
                let what = format!("device {failing}, write {op}");
                assert!(report.violation.is_none(), "{what}:\n{}", report.story());
                let came = report.count(kind) + report.count("failed_start");
                struck.fetch_add(came.min(1), Ordering::Relaxed);
            }
        };
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        let struck = struck.into_inner();
        println!("device {failing}: {last} writes, {struck} of the runs count as {kind}");
        assert!(
            last > 100 && struck == last,
            "{struck} of {last} failures happened"
        );
    }
}

#[test]
fn kill_every_write() {
    at_every_write(
        Crash::Killed,
        |disk, op| disk.fail_at(op, Failure::Cut),
        "crash",
    );
}

#[test]
fn powerloss_subsets() {
    let crash = Crash::PowerLoss { sector: 4_096 };
    at_every_write(crash, |disk, op| disk.fail_at(op, Failure::Cut), "crash");
}

#[test]
fn torn_write() {
    let crash = Crash::PowerLoss { sector: 512 };
    at_every_write(crash, |disk, op| disk.fail_at(op, Failure::Cut), "crash");
}

#[test]
fn enospc_every_write() {
    let full = Failure::From(ErrorKind::StorageFull);
    at_every_write(
        Crash::Killed,
        |disk, op| disk.fail_at(op, full),
        "not_stored",
    );
}

/// The kills are worth something: who sends or acknowledges before it stores is found by one of them.
#[cfg(feature = "mutants")]
#[test]
fn kills_find_their_mutants() {
    use protocol::core::Mutant;

    let base = acquainted();
    for (mutant, failing, checkers) in [
        (Mutant::SendBeforePersist, 0, &["key reuse"][..]),
        (
            Mutant::AcknowledgeBeforeDurable,
            1,
            &["durability", "convergence", "key reuse"][..],
        ),
    ] {
        let faults = Faults {
            mutant: Some(mutant),
        };
        let found = (0..400).find_map(|op| {
            let kill = |disk: &FaultDisk| disk.fail_at(op, Failure::Cut);
            let (report, _) = go_on_broken(faults, &base, failing, Crash::Killed, kill);
            report.violation.map(|violation| (op, violation))
        });
        let (op, violation) = found.expect("a kill that shows it");
        println!("{mutant:?}: write {op}, {violation}");
        assert!(checkers.contains(&violation.checker), "{violation}");
    }
}
