//! One gossipsub node in a process of its own: what `bench group` measures beside our nodes.
//!
//! Signed messages, strictly validated, and the library's defaults in everything else: what somebody gets who
//! takes it as it is. On one thread, its cheapest way to run. Nothing is stored, nothing is encrypted but links.
//!
//! In, a line each: `dial MULTIADDR`, `say HEX`. Out, a line each: `at MULTIADDR PEER` where it listens,
//! `linked PEER` once that peer's subscription is known, `heard HEX` for each message. It ends with its input,
//! so none is left when its owner is gone.

use std::error::Error;
use std::future::poll_fn;
use std::io::{BufRead as _, Write as _};
use std::task::{Context, Poll};
use std::time::Duration;

use data_encoding::HEXLOWER;
use libp2p::futures::channel::mpsc::{Receiver, channel};
use libp2p::futures::executor::block_on;
use libp2p::futures::{SinkExt as _, StreamExt as _};
use libp2p::gossipsub::{self, IdentTopic, MessageAuthenticity, ValidationMode};
use libp2p::identity::Keypair;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Swarm, SwarmBuilder};

type Failure = Box<dyn Error + Send + Sync>;

/// What all of a group are subscribed to.
const TOPIC: &str = "general";

/// Longer than a bench takes: gossipsub keeps only links of its mesh alive, and the graph is given.
const IDLE: Duration = Duration::from_secs(3_600);

/// Lines that were read and not yet acted on.
const ORDERS_MAX: usize = 64;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(live())
}

/// What the node turns to.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, on the stack; a box would be an allocation for each event that is measured"
)]
enum Next {
    Order(Option<String>),
    Event(Option<SwarmEvent<gossipsub::Event>>),
}

async fn live() -> Result<(), Failure> {
    let mut swarm = swarm()?;
    let topic = IdentTopic::new(TOPIC);
    swarm.behaviour_mut().subscribe(&topic)?;
    swarm.listen_on("/ip4/127.0.0.1/udp/0/quic-v1".parse()?)?;
    let mut orders = orders()?;
    loop {
        match poll_fn(|context| poll(&mut orders, &mut swarm, context)).await {
            Next::Order(Some(order)) => obey(&order, &mut swarm, &topic)?,
            Next::Event(Some(event)) => tell(event, &swarm)?,
            Next::Order(None) | Next::Event(None) => return Ok(()),
        }
    }
}

fn poll(
    orders: &mut Receiver<String>,
    swarm: &mut Swarm<gossipsub::Behaviour>,
    context: &mut Context<'_>,
) -> Poll<Next> {
    if let Poll::Ready(order) = orders.poll_next_unpin(context) {
        return Poll::Ready(Next::Order(order));
    }
    swarm.poll_next_unpin(context).map(Next::Event)
}

fn swarm() -> Result<Swarm<gossipsub::Behaviour>, Failure> {
    let swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_quic()
        .with_behaviour(behaviour)?
        .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE))
        .build();
    Ok(swarm)
}

fn behaviour(key: &Keypair) -> Result<gossipsub::Behaviour, Failure> {
    // The default too, said because the yardstick stands on it.
    let config = gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Strict)
        .build()?;
    let signed = MessageAuthenticity::Signed(key.clone());
    Ok(gossipsub::Behaviour::new(signed, config)?)
}

/// Lines of standard input, from a thread that waits for them.
fn orders() -> Result<Receiver<String>, Failure> {
    let (mut give, take) = channel(ORDERS_MAX);
    let read = move || {
        // Either end of the channel may go first: then nobody wants more lines.
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if block_on(give.send(line)).is_err() {
                return;
            }
        }
    };
    // Ends with the process: it waits for a line until then.
    let thread = std::thread::Builder::new().name("orders".to_owned());
    thread.spawn(read).map(drop)?;
    Ok(take)
}

fn obey(
    order: &str,
    swarm: &mut Swarm<gossipsub::Behaviour>,
    topic: &IdentTopic,
) -> Result<(), Failure> {
    match order.trim().split_once(' ') {
        Some(("dial", address)) => Ok(swarm.dial(address.parse::<Multiaddr>()?)?),
        Some(("say", hex)) => {
            let body = HEXLOWER.decode(hex.as_bytes())?;
            swarm.behaviour_mut().publish(topic.clone(), body)?;
            Ok(())
        }
        _ => Err(format!("`{order}` is neither `dial MULTIADDR` nor `say HEX`").into()),
    }
}

fn tell(
    event: SwarmEvent<gossipsub::Event>,
    swarm: &Swarm<gossipsub::Behaviour>,
) -> Result<(), Failure> {
    match event {
        SwarmEvent::NewListenAddr { address, .. } => {
            say(&format!("at {address} {}", swarm.local_peer_id()))
        }
        SwarmEvent::Behaviour(gossipsub::Event::Subscribed { peer_id, .. }) => {
            say(&format!("linked {peer_id}"))
        }
        SwarmEvent::Behaviour(gossipsub::Event::Message { message, .. }) => {
            say(&format!("heard {}", HEXLOWER.encode(&message.data)))
        }
        // A graph with a link less is not what was to be measured.
        SwarmEvent::OutgoingConnectionError { error, .. } => Err(error.into()),
        SwarmEvent::ConnectionClosed { peer_id, cause, .. } => {
            Err(format!("the link with {peer_id} ended: {cause:?}").into())
        }
        _ => Ok(()),
    }
}

/// A line to whoever started us, in one write.
fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}
