//! The driver against a store and a network that the test plays itself, and against a real store
//! on a disk that fails.

use bytes::Bytes;
use protocol::core::Config as CoreConfig;
use protocol::crypto::Rng;
use protocol::local::LocalDevice;
use protocol::message::Name;
use protocol::persist::{BatchId, OwnRow, Row, RowKey};
use protocol::turn::Output;
use storage::faults::{Failure, FaultDisk};
use storage::{KdfCost, Options, Profile, Protection};
use tokio::task::JoinHandle;

use super::*;
use crate::net::NetCounters;
use crate::store_thread::{self, ReadRequest, WriteRequest};
use crate::view::MeView;

const PATIENCE: Duration = Duration::from_secs(20);

fn local() -> LocalDevice {
    let mut rng = Rng::from_seed([7; 32]);
    LocalDevice::create(name("Alice"), Clock::start().now(), &mut rng).0
}

fn name(text: &str) -> Name {
    Name::try_from(text.to_owned()).unwrap()
}

/// The test's ends of a driver.
struct Stage {
    asks: mpsc::Sender<Ask>,
    net_commands: mpsc::Receiver<NetCommand>,
    net_events: mpsc::Sender<NetEvent>,
    view: watch::Receiver<Arc<View>>,
    health: Arc<Health>,
}

/// A driver with this store, and the test's ends of everything else.
async fn driver(store: StorePort, snapshot: Snapshot) -> (Driver, Stage) {
    let (commands, net_commands) = mpsc::channel(64);
    let (net_events, events) = mpsc::channel(64);
    let counters = Arc::new(NetCounters::default());
    let net = NetPort {
        commands,
        events,
        counters: Arc::clone(&counters),
        peer_id: vec![1],
    };
    let (asks, asks_rx) = mpsc::channel(64);
    let health = Arc::new(Health::new(counters));
    let me = local();
    let me = MeView {
        name: me.name.clone(),
        bundle: me.bundle.clone(),
    };
    let (view_tx, view) = watch::channel(Arc::new(View::new(me)));
    let events = EventLog::new(1);
    let outlets = Outlets {
        view: view_tx,
        events,
        health: Arc::clone(&health),
    };
    let make_core: CoreMaker = Box::new(|snapshot| {
        let seed = crate::profile::fresh_seed().unwrap();
        Ok(Core::restore(
            CoreConfig::default(),
            local(),
            snapshot,
            seed,
        ))
    });
    let ports = Ports {
        net,
        store,
        asks: asks_rx,
    };
    let driver = Driver::start(Clock::start(), make_core, snapshot, ports, outlets)
        .await
        .unwrap();
    (
        driver,
        Stage {
            asks,
            net_commands,
            net_events,
            view,
            health,
        },
    )
}

impl Stage {
    async fn ask(&self, text: &str) -> oneshot::Receiver<Result<Reply, AskError>> {
        let (answer, answered) = oneshot::channel();
        let command = Command::SetName(name(text));
        self.asks
            .send(Ask::Command { command, answer })
            .await
            .unwrap();
        answered
    }

    async fn link_up(&self, link: u64) {
        let event = NetEvent::LinkUp {
            link,
            local: vec![1],
            remote: vec![2],
            dialer: true,
            address: String::new(),
        };
        self.net_events.send(event).await.unwrap();
    }

    async fn next_command(&mut self) -> NetCommand {
        tokio::time::timeout(PATIENCE, self.net_commands.recv())
            .await
            .unwrap()
            .unwrap()
    }
}

/// The test's ends of a store that it plays.
struct PlayedStore {
    writes: mpsc::Receiver<WriteRequest>,
    _reads: mpsc::Receiver<ReadRequest>,
    events: mpsc::Sender<StoreEvent>,
}

fn played() -> (StorePort, PlayedStore) {
    let (writes_tx, writes) = mpsc::channel(8);
    let (reads_tx, _reads) = mpsc::channel(8);
    let (events, events_rx) = mpsc::channel(8);
    let port = StorePort {
        writes: writes_tx,
        reads: reads_tx,
        events: events_rx,
        reader: None,
    };
    (
        port,
        PlayedStore {
            writes,
            _reads,
            events,
        },
    )
}

impl PlayedStore {
    async fn next(&mut self) -> WriteRequest {
        tokio::time::timeout(PATIENCE, self.writes.recv())
            .await
            .unwrap()
            .unwrap()
    }

    /// Takes commits until the core wants nothing more stored, and makes them durable.
    async fn settle(&mut self, core: u64) {
        while let Ok(Some(request)) =
            tokio::time::timeout(Duration::from_millis(200), self.writes.recv()).await
        {
            let WriteRequest::Commit { id, .. } = request else {
                panic!("{request:?}")
            };
            self.say(StoreEvent::Committed {
                core,
                id,
                batches: 1,
            })
            .await;
        }
    }

    async fn commit(&mut self) -> (u64, BatchId) {
        match self.next().await {
            WriteRequest::Commit { core, id, .. } => (core, id),
            other => panic!("{other:?}"),
        }
    }

    async fn committed(&self, core: u64, id: BatchId) {
        self.say(StoreEvent::Committed {
            core,
            id,
            batches: 1,
        })
        .await;
    }

    async fn say(&self, event: StoreEvent) {
        self.events.send(event).await.unwrap();
    }
}

fn full() -> StoreFault {
    StoreFault {
        message: "the disk is full".to_owned(),
        passing: true,
    }
}

fn run(driver: Driver) -> (JoinHandle<Result<(), DriverError>>, CancellationToken) {
    let cancel = CancellationToken::new();
    (tokio::spawn(driver.run(cancel.clone())), cancel)
}

#[tokio::test]
async fn a_command_is_answered_when_it_is_durable_and_not_before() {
    let (port, mut store) = played();
    let (driver, stage) = driver(port, Snapshot::default()).await;
    let (_task, _cancel) = run(driver);
    store.settle(1).await;
    let mut answer = stage.ask("Bob").await;
    let (core, id) = store.commit().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(answer.try_recv().is_err(), "answered before its commit");
    assert_eq!(
        stage.view.borrow().me.name,
        name("Alice"),
        "shown before its commit"
    );
    store
        .say(StoreEvent::Committed {
            core,
            id,
            batches: 1,
        })
        .await;
    assert_eq!(answer.await.unwrap(), Ok(Reply::Done));
    assert_eq!(stage.view.borrow().me.name, name("Bob"));
}

#[tokio::test]
async fn the_view_says_who_we_are_before_anything_else_happens() {
    let own = OwnRow {
        name: name("Bertha"),
        bundle: local().bundle,
    };
    let mut snapshot = Snapshot::default();
    snapshot.rows.insert(RowKey::Own, Row::Own(own));
    let (port, _store) = played();
    let (_driver, stage) = driver(port, snapshot).await;
    assert_eq!(stage.view.borrow().me.name, name("Bertha"));
}

#[tokio::test]
async fn what_waits_for_a_batch_is_sent_after_it_and_in_order() {
    let (port, _store) = played();
    let (mut driver, mut stage) = driver(port, Snapshot::default()).await;
    driver.core = None;
    driver.links.insert(LinkId(1), LinkState::Open);
    let send = |text: &'static str, after: Option<u64>| Output::Send {
        link: LinkId(1),
        bytes: Bytes::from_static(text.as_bytes()),
        after: after.map(BatchId),
    };
    let plan = [("b", Some(1)), ("c", Some(2)), ("a", None), ("d", Some(3))];
    for (text, after) in plan {
        driver.perform(send(text, after)).await.unwrap();
    }
    let sent = |stage: &mut Stage| {
        let mut all = Vec::new();
        while let Ok(NetCommand::Send { bytes, .. }) = stage.net_commands.try_recv() {
            all.push(String::from_utf8(bytes.to_vec()).unwrap());
        }
        all
    };
    assert_eq!(sent(&mut stage), ["a"]);
    driver.release(BatchId(2)).await.unwrap();
    assert_eq!(sent(&mut stage), ["b", "c"]);
    driver.perform(send("e", Some(2))).await.unwrap();
    assert_eq!(sent(&mut stage), ["e"]);
    driver.links.clear();
    driver.release(BatchId(3)).await.unwrap();
    assert!(sent(&mut stage).is_empty(), "sent on a link that is gone");
}

#[tokio::test]
async fn a_link_that_the_core_hangs_up_carries_nothing_more_and_its_end_is_told() {
    let (port, _store) = played();
    let (mut driver, mut stage) = driver(port, Snapshot::default()).await;
    let up = NetEvent::LinkUp {
        link: 5,
        local: vec![1],
        remote: vec![2],
        dialer: true,
        address: String::new(),
    };
    driver.net_event(up).await.unwrap();
    driver.drain().await.unwrap();
    let links = |driver: &Driver| driver.core.as_ref().unwrap().sizes().links;
    assert_eq!(links(&driver), 1);
    for _ in 0..100 {
        let bytes = Bytes::from_static(b"garbage");
        driver
            .net_event(NetEvent::Received { link: 5, bytes })
            .await
            .unwrap();
        driver.drain().await.unwrap();
    }
    let mut commands = Vec::new();
    while let Ok(command) = stage.net_commands.try_recv() {
        commands.push(command);
    }
    let hangups = commands
        .iter()
        .filter(|c| matches!(c, NetCommand::Hangup { link: 5 }));
    assert_eq!(hangups.count(), 1, "{commands:?}");
    assert!(
        stage.health.counts().misbehaved.values().sum::<u64>() < 100,
        "read on after hanging up"
    );
    driver
        .send(LinkId(5), Bytes::from_static(b"late"))
        .await
        .unwrap();
    assert!(
        stage.net_commands.try_recv().is_err(),
        "sent after hanging up"
    );
    driver
        .net_event(NetEvent::LinkDown { link: 5 })
        .await
        .unwrap();
    assert_eq!(links(&driver), 0);
    assert!(driver.links.is_empty());
}

#[tokio::test]
async fn a_failed_commit_ends_the_core_its_links_and_its_commands() {
    let (port, mut store) = played();
    let (driver, mut stage) = driver(port, Snapshot::default()).await;
    let (_task, _cancel) = run(driver);
    store.settle(1).await;
    stage.link_up(5).await;
    assert!(matches!(
        stage.next_command().await,
        NetCommand::Send { link: 5, .. }
    ));
    let first = stage.ask("Bob").await;
    let (core, first_id) = store.commit().await;
    let mut second = stage.ask("Carol").await;
    store.commit().await;

    // The first becomes durable after all, the second does not.
    store.committed(core, first_id).await;
    assert_eq!(first.await.unwrap(), Ok(Reply::Done));
    store
        .say(StoreEvent::Failed {
            core,
            fault: full(),
        })
        .await;
    loop {
        if let NetCommand::Hangup { link } = stage.next_command().await {
            assert_eq!(link, 5);
            break;
        }
    }
    assert!(matches!(
        store.next().await,
        WriteRequest::Restore { core: 1 }
    ));
    assert!(
        second.try_recv().is_err(),
        "answered before the store had settled"
    );
    // While nothing runs, commands are refused at once and links are not kept.
    let refused = stage.ask("Dave").await.await.unwrap();
    assert!(matches!(refused, Err(AskError::NotStored(_))));
    stage.link_up(6).await;
    assert!(matches!(
        stage.next_command().await,
        NetCommand::Hangup { link: 6 }
    ));
    assert_eq!(
        stage.health.counts().store_fault.as_deref(),
        Some("the disk is full")
    );
    store
        .say(StoreEvent::Restored {
            core,
            snapshot: Ok(Snapshot::default()),
        })
        .await;
    assert!(matches!(second.await.unwrap(), Err(AskError::NotStored(_))));
}

#[tokio::test]
async fn after_a_failed_commit_a_new_core_goes_on_and_hears_nothing_of_the_old_one() {
    let (port, mut store) = played();
    let (driver, stage) = driver(port, Snapshot::default()).await;
    let (_task, _cancel) = run(driver);
    let (core, _) = store.commit().await;
    store
        .say(StoreEvent::Failed {
            core,
            fault: full(),
        })
        .await;
    assert!(matches!(
        store.next().await,
        WriteRequest::Restore { core: 1 }
    ));
    store
        .say(StoreEvent::Restored {
            core,
            snapshot: Ok(Snapshot::default()),
        })
        .await;
    let (core, id) = store.commit().await;
    assert_eq!(core, 2);
    store
        .say(StoreEvent::Failed {
            core: 1,
            fault: full(),
        })
        .await;
    store.committed(core, id).await;
    store.settle(2).await;
    let answer = stage.ask("Erin").await;
    let (core, id) = store.commit().await;
    store.committed(core, id).await;
    assert_eq!(answer.await.unwrap(), Ok(Reply::Done));
    let counts = stage.health.counts();
    assert_eq!(counts.store_fault, None);
    // What the old core said late is not counted again.
    assert_eq!((counts.restores, counts.commit_failures), (1, 1));
}

#[tokio::test]
async fn a_store_beyond_help_stops_the_driver() {
    let (port, mut store) = played();
    let (driver, _stage) = driver(port, Snapshot::default()).await;
    let (task, _cancel) = run(driver);
    let (core, _) = store.commit().await;
    let fault = StoreFault {
        message: "rolled back".to_owned(),
        passing: false,
    };
    store
        .say(StoreEvent::Failed {
            core,
            fault: fault.clone(),
        })
        .await;
    let ended = tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
    assert!(matches!(ended, Err(DriverError::Store(f)) if f == fault));
}

#[tokio::test]
async fn a_stopping_driver_answers_what_is_under_way() {
    let (port, mut store) = played();
    let (driver, mut stage) = driver(port, Snapshot::default()).await;
    let (task, cancel) = run(driver);
    store.settle(1).await;
    let answer = stage.ask("Bob").await;
    let (core, id) = store.commit().await;
    cancel.cancel();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!task.is_finished());
    store
        .say(StoreEvent::Committed {
            core,
            id,
            batches: 1,
        })
        .await;
    assert_eq!(answer.await.unwrap(), Ok(Reply::Done));
    assert!(matches!(stage.next_command().await, NetCommand::Shutdown));
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_full_disk_answers_not_stored_and_recovers_when_space_returns() {
    let disk = FaultDisk::new(1);
    let options = Options {
        kdf: KdfCost {
            memory_kib: 64,
            passes: 1,
            lanes: 1,
        },
        ..Options::default()
    };
    let folder = Arc::new(disk.clone());
    let protection = Protection::Unprotected;
    let mut profile = Profile::create(folder, &protection, &local().encode(), options).unwrap();
    let (_threads, port) = store_thread::spawn(profile.writer()).unwrap();
    let (driver, stage) = driver(port, profile.reader().snapshot().unwrap()).await;
    let (_task, _cancel) = run(driver);
    assert_eq!(stage.ask("Bob").await.await.unwrap(), Ok(Reply::Done));

    disk.fail_at(
        disk.ops() + 1,
        Failure::From(std::io::ErrorKind::StorageFull),
    );
    for text in ["Carol", "Dave", "Erin"] {
        let answer = stage.ask(text).await.await.unwrap();
        assert!(matches!(answer, Err(AskError::NotStored(_))), "{answer:?}");
    }
    let rows = profile.reader().snapshot().unwrap().rows;
    let own = rows.values().find_map(|row| match row {
        Row::Own(own) => Some(own.name.clone()),
        _ => None,
    });
    assert_eq!(
        own,
        Some(name("Bob")),
        "reading goes on, and nothing is half advanced"
    );

    disk.heal();
    let recovered = async {
        while stage.ask("Frank").await.await.unwrap().is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, recovered).await.unwrap();
    assert_eq!(stage.view.borrow().me.name, name("Frank"));
    assert!(stage.health.counts().restores >= 1);
}
