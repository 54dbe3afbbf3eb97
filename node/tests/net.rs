//! Network tasks with each other, and with strangers that keep no rules, on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use bytes::Bytes;
use libp2p::futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder};
use node::net::{DialFailure, FRAME_MAX, NetCommand, NetConfig, NetError, NetEvent, NetPort};
use tokio::task::JoinHandle;

const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const PATIENCE: Duration = Duration::from_secs(20);

struct Node {
    port: NetPort,
    task: JoinHandle<Result<(), NetError>>,
    address: String,
}

impl Node {
    async fn start(listen: &str) -> Self {
        let config = NetConfig {
            listen: vec![listen.to_owned()],
            mdns: false,
        };
        let (task, mut port) = node::net::start(&config).unwrap();
        let task = tokio::spawn(task.run());
        let Some(NetEvent::Listening { address }) = port.events.recv().await else {
            panic!()
        };
        Self {
            port,
            task,
            address,
        }
    }

    /// The next event, but for the notes that a dial is done.
    async fn next(&mut self) -> NetEvent {
        loop {
            let event = tokio::time::timeout(PATIENCE, self.port.events.recv());
            match event.await.unwrap().unwrap() {
                NetEvent::DialDone { .. } => {}
                event => return event,
            }
        }
    }

    /// Reads events up to the next `LinkUp`; answers its number.
    async fn link_up(&mut self) -> u64 {
        loop {
            if let NetEvent::LinkUp { link, .. } = self.next().await {
                return link;
            }
        }
    }

    async fn dial(&self, attempt: u64, address: &str) {
        let addresses = vec![address.to_owned()];
        self.port
            .commands
            .send(NetCommand::Dial { attempt, addresses })
            .await
            .unwrap();
    }

    async fn send(&self, link: u64, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.port
            .commands
            .send(NetCommand::Send { link, bytes })
            .await
            .unwrap();
    }

    async fn received(&mut self) -> (u64, Bytes) {
        match self.next().await {
            NetEvent::Received { link, bytes } => (link, bytes),
            other => panic!("{other:?}"),
        }
    }

    async fn refused(&mut self) -> DialFailure {
        loop {
            if let NetEvent::DialFailed { attempt: 9, reason } = self.next().await {
                return reason;
            }
        }
    }
}

async fn frames_go_both_ways_over(listen: &str) {
    let (mut alice, mut bob) = (Node::start(listen).await, Node::start(listen).await);
    alice.dial(1, &bob.address).await;
    let NetEvent::LinkUp {
        link,
        local,
        remote,
        dialer: true,
        ..
    } = alice.next().await
    else {
        panic!()
    };
    assert_eq!(
        (local, remote),
        (alice.port.peer_id.clone(), bob.port.peer_id.clone())
    );
    let NetEvent::LinkUp {
        link: theirs,
        local,
        remote,
        dialer: false,
        ..
    } = bob.next().await
    else {
        panic!()
    };
    assert_eq!(
        (local, remote),
        (bob.port.peer_id.clone(), alice.port.peer_id.clone())
    );

    for size in [1, 1_000, FRAME_MAX] {
        alice.send(link, vec![7; size]).await;
        assert_eq!(bob.received().await, (theirs, Bytes::from(vec![7; size])));
        bob.send(theirs, vec![9; size]).await;
        assert_eq!(alice.received().await, (link, Bytes::from(vec![9; size])));
    }

    alice.send(link, &b"last"[..]).await;
    alice
        .port
        .commands
        .send(NetCommand::Shutdown)
        .await
        .unwrap();
    assert_eq!(bob.received().await.1, &b"last"[..]);
    assert!(matches!(bob.next().await, NetEvent::LinkDown { link } if link == theirs));
    assert!(matches!(alice.next().await, NetEvent::LinkDown { .. }));
    tokio::time::timeout(PATIENCE, alice.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn frames_go_both_ways_over_quic() {
    frames_go_both_ways_over(QUIC).await;
}

#[tokio::test]
async fn frames_go_both_ways_over_tcp() {
    frames_go_both_ways_over(TCP).await;
}

#[tokio::test]
async fn frames_keep_their_order_and_none_is_lost() {
    let (mut alice, mut bob) = (Node::start(QUIC).await, Node::start(TCP).await);
    bob.dial(1, &alice.address).await;
    let (a, b) = (alice.link_up().await, bob.link_up().await);
    let receiver = tokio::spawn(async move {
        for expected in 0..2_000_u32 {
            assert_eq!(bob.received().await.1, &expected.to_be_bytes()[..]);
        }
        (bob, b)
    });
    for number in 0..2_000_u32 {
        alice.send(a, number.to_be_bytes().to_vec()).await;
        if number % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    receiver.await.unwrap();
    assert_eq!(alice.port.counters.counts().slow, 0);
}

#[tokio::test]
async fn two_that_dial_each_other_at_once_end_with_one_link() {
    for round in 0..5 {
        let (mut alice, mut bob) = (Node::start(QUIC).await, Node::start(QUIC).await);
        let (to_bob, to_alice) = (bob.address.clone(), alice.address.clone());
        tokio::join!(alice.dial(1, &to_bob), bob.dial(1, &to_alice));
        let standing = |events: Vec<NetEvent>| {
            let mut up = Vec::new();
            for event in events {
                match event {
                    NetEvent::LinkUp { link, dialer, .. } => up.push((link, dialer)),
                    NetEvent::LinkDown { link } => up.retain(|(number, _)| *number != link),
                    _ => {}
                }
            }
            up
        };
        tokio::time::sleep(Duration::from_secs(1)).await;
        let drain =
            |node: &mut Node| std::iter::from_fn(|| node.port.events.try_recv().ok()).collect();
        let (a, b) = (standing(drain(&mut alice)), standing(drain(&mut bob)));
        assert_eq!((a.len(), b.len()), (1, 1), "round {round}: {a:?} {b:?}");
        // Of crossing dials the smaller id's stays; a dial that never crossed may be either's.
        assert_ne!(a[0].1, b[0].1, "round {round}");
        alice.send(a[0].0, &b"hello"[..]).await;
        assert_eq!(bob.received().await, (b[0].0, Bytes::from_static(b"hello")));
    }
}

#[tokio::test]
async fn a_peer_that_is_linked_is_not_dialled_again() {
    let (mut alice, mut bob) = (Node::start(QUIC).await, Node::start(QUIC).await);
    alice.dial(1, &bob.address).await;
    alice.link_up().await;
    let link = bob.link_up().await;
    alice.dial(9, &bob.address).await;
    assert_eq!(alice.refused().await, DialFailure::AlreadyLinked);
    let named = format!(
        "{}/p2p/{}",
        bob.address,
        PeerId::from_bytes(&bob.port.peer_id).unwrap()
    );
    alice.dial(9, &named).await;
    assert_eq!(alice.refused().await, DialFailure::AlreadyLinked);
    // The link in use is untouched.
    alice.send(1, &b"still here"[..]).await;
    assert_eq!(bob.received().await.0, link);
    // A double is no failed dial, and neither is a link that ends later.
    let hangup = NetCommand::Hangup { link: 1 };
    alice.port.commands.send(hangup).await.unwrap();
    while !matches!(alice.next().await, NetEvent::LinkDown { link: 1 }) {}
    tokio::time::sleep(Duration::from_millis(200)).await;
    let counts = alice.port.counters.counts();
    assert_eq!((counts.dials_ok, counts.dials_failed), (1, 0));
}

#[tokio::test]
async fn dials_that_cannot_succeed_say_why() {
    let mut alice = Node::start(TCP).await;
    alice.dial(9, "nonsense").await;
    assert_eq!(alice.refused().await, DialFailure::NoAddress);
    let own = alice.address.clone();
    alice.dial(9, &own).await;
    assert_eq!(alice.refused().await, DialFailure::OwnAddress);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    alice
        .dial(9, &format!("/ip4/127.0.0.1/tcp/{}", free.port()))
        .await;
    assert!(matches!(alice.refused().await, DialFailure::Unreachable(_)));
    let bob = Node::start(TCP).await;
    alice
        .dial(9, &format!("{}/p2p/{}", bob.address, PeerId::random()))
        .await;
    assert_eq!(alice.refused().await, DialFailure::WrongPeer);
    // Nonsense is not dialled.
    let counts = alice.port.counters.counts();
    assert_eq!((counts.dials_ok, counts.dials_failed), (0, 3));
}

#[tokio::test]
async fn a_driver_that_does_not_take_its_events_slows_the_sender_and_loses_nothing() {
    let (mut alice, mut bob) = (Node::start(QUIC).await, Node::start(QUIC).await);
    alice.dial(1, &bob.address).await;
    let (a, b) = (alice.link_up().await, bob.link_up().await);
    // Two MiB of the budget's burst, in frames that bob's driver leaves lying.
    let frames = 400_u64;
    for _ in 0..frames {
        alice.send(a, vec![1; 4_000]).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let in_memory = bob.port.counters.counts().frames_in;
    assert!(
        in_memory <= 1 + u64::try_from(node::net::EVENTS_MAX).unwrap(),
        "{in_memory}"
    );
    for _ in 0..frames {
        assert_eq!(bob.received().await.0, b);
    }
}

#[tokio::test]
async fn a_peer_that_never_reads_costs_it_the_link() {
    let mut alice = Node::start(TCP).await;
    let mut stranger = Stranger::start();
    let stream = stranger.link_with(&alice).await;
    let link = alice.link_up().await;
    // Yamux and the kernel take some MiB; then our queue fills and the link goes.
    for _ in 0..5_000 {
        alice.send(link, vec![1; FRAME_MAX]).await;
        tokio::task::yield_now().await;
    }
    assert!(matches!(alice.next().await, NetEvent::LinkDown { .. }));
    assert_eq!(alice.port.counters.counts().slow, 1);
    drop(stream);
}

/// A libp2p node that speaks the link protocol's name and keeps none of its rules.
struct Stranger {
    swarm: Option<Swarm<libp2p_stream::Behaviour>>,
    control: libp2p_stream::Control,
}

impl Stranger {
    fn start() -> Self {
        let swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(
                Default::default(),
                libp2p::noise::Config::new,
                libp2p::yamux::Config::default,
            )
            .unwrap()
            .with_quic()
            .with_behaviour(|_| libp2p_stream::Behaviour::new())
            .unwrap()
            .build();
        let control = swarm.behaviour().new_control();
        Self {
            swarm: Some(swarm),
            control,
        }
    }

    /// Dials the node and answers a stream of the link protocol.
    async fn link_with(&mut self, node: &Node) -> libp2p::Stream {
        let peer = PeerId::from_bytes(&node.port.peer_id).unwrap();
        if let Some(mut swarm) = self.swarm.take() {
            let address: Multiaddr = node.address.parse().unwrap();
            swarm.add_peer_address(peer, address.clone());
            swarm.dial(address).unwrap();
            while !swarm.is_connected(&peer) {
                swarm.select_next_some().await;
            }
            tokio::spawn(async move {
                loop {
                    swarm.select_next_some().await;
                }
            });
        }
        let protocol = StreamProtocol::new("/lescopains/link/1");
        self.control.open_stream(peer, protocol).await.unwrap()
    }
}

#[tokio::test]
async fn an_oversize_frame_drops_the_link_and_is_counted() {
    for listen in [QUIC, TCP] {
        let mut alice = Node::start(listen).await;
        let mut stranger = Stranger::start();
        let mut stream = stranger.link_with(&alice).await;
        stream.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        let link = alice.link_up().await;
        assert!(matches!(alice.next().await, NetEvent::LinkDown { link: l } if l == link));
        assert_eq!(alice.port.counters.counts().malformed, 1);
        let mut rest = Vec::new();
        let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest))
            .await
            .unwrap();
        assert!(end.is_err() || rest.is_empty());
    }
}

#[tokio::test]
async fn a_second_stream_on_one_connection_is_closed_unread() {
    let mut alice = Node::start(QUIC).await;
    let mut stranger = Stranger::start();
    let mut first = stranger.link_with(&alice).await;
    first.write_all(b"\0\0\0\x01a").await.unwrap();
    first.flush().await.unwrap();
    let link = alice.link_up().await;
    assert_eq!(alice.received().await, (link, Bytes::from_static(b"a")));
    let mut second = stranger.link_with(&alice).await;
    let _sent = second.write_all(b"\0\0\0\x01b").await;
    let _flushed = second.flush().await;
    let mut rest = Vec::new();
    let end = tokio::time::timeout(PATIENCE, second.read_to_end(&mut rest))
        .await
        .unwrap();
    assert!(end.is_err() || rest.is_empty());
    first.write_all(b"\0\0\0\x01c").await.unwrap();
    first.flush().await.unwrap();
    assert_eq!(alice.received().await, (link, Bytes::from_static(b"c")));
}

#[tokio::test]
async fn who_died_without_a_word_does_not_hold_up_the_end() {
    let mut alice = Node::start(QUIC).await;
    // Dropped with its runtime, a task says nothing more: as a machine that lost its power.
    let elsewhere = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let bob = elsewhere.spawn(Node::start(QUIC)).await.unwrap();
    alice.dial(1, &bob.address).await;
    alice.link_up().await;
    // The first round trip is measured as soon as the connection stands.
    tokio::time::sleep(Duration::from_millis(500)).await;
    elsewhere.shutdown_background();
    tokio::time::sleep(Duration::from_millis(100)).await;

    let began = std::time::Instant::now();
    let commands = &alice.port.commands;
    commands.send(NetCommand::Shutdown).await.unwrap();
    alice.task.await.unwrap().unwrap();
    let took = began.elapsed();
    assert!(took < Duration::from_millis(1_500), "{took:?}");
}
