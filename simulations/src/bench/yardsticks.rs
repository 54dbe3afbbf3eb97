//! What this machine can do at best: a datagram there and back, an echo over a bare libp2p
//! stream, one durable commit of one row.

use std::net::UdpSocket;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures_util::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::swarm::SwarmEvent;
use libp2p::{StreamProtocol, Swarm, SwarmBuilder};
use libp2p_stream as stream;
use protocol::identity::AccountId;
use protocol::persist::{Batch, ConversationRow, Row, RowKey, Store as _};
use protocol::time::Hlc;
use storage::{DiskFolder, Folder, Options, Profile, Protection, Writer};
use tokio::runtime::Runtime;

use super::figures::Samples;

/// Bytes that are echoed: the size of the messages beside which this is measured.
pub(super) const PAYLOAD: usize = 200;

/// How long an echo may take before the bench gives up.
const ECHO_TIMEOUT: Duration = Duration::from_secs(5);

/// A datagram there and back between two threads, over loopback.
#[derive(Debug)]
pub(super) struct Udp(UdpSocket);

impl Udp {
    /// Starts the echo.
    ///
    /// # Errors
    /// When there are no sockets.
    pub(super) fn start() -> Result<Self> {
        let (here, there) = (
            UdpSocket::bind("127.0.0.1:0")?,
            UdpSocket::bind("127.0.0.1:0")?,
        );
        here.connect(there.local_addr()?)?;
        here.set_read_timeout(Some(ECHO_TIMEOUT))?;
        there.connect(here.local_addr()?)?;
        // Ends with the process: it waits for a datagram until then.
        std::thread::spawn(move || {
            let mut datagram = [0; PAYLOAD];
            while let Ok(taken) = there.recv(&mut datagram) {
                if there
                    .send(datagram.get(..taken).unwrap_or_default())
                    .is_err()
                {
                    break;
                }
            }
        });
        Ok(Self(here))
    }

    /// One round trip.
    ///
    /// # Errors
    /// When the datagram is lost.
    pub(super) fn measure(&mut self) -> Result<Duration> {
        let mut datagram = [7; PAYLOAD];
        let begun = Instant::now();
        self.0.send(&datagram)?;
        self.0.recv(&mut datagram)?;
        Ok(begun.elapsed())
    }
}

/// An echo over one long-lived libp2p stream between two swarms of this process, over QUIC.
#[derive(Debug)]
pub(super) struct Echo {
    runtime: Runtime,
    stream: libp2p::Stream,
}

const ECHO: StreamProtocol = StreamProtocol::new("/bench/echo/1");

impl Echo {
    /// Makes both swarms and the stream.
    ///
    /// # Errors
    /// When they do not find each other.
    pub(super) fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("no runtime")?;
        let stream = runtime.block_on(async {
            tokio::time::timeout(ECHO_TIMEOUT, connect())
                .await
                .context("the echo is not there")?
        })?;
        Ok(Self { runtime, stream })
    }

    /// One round trip.
    ///
    /// # Errors
    /// When the stream breaks.
    pub(super) fn measure(&mut self) -> Result<Duration> {
        let Self { runtime, stream } = self;
        // On a worker, as a node's tasks are: `block_on` itself would add a thread's wake-up.
        runtime.block_on(async {
            let mut bytes = [7; PAYLOAD];
            let begun = Instant::now();
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            stream.read_exact(&mut bytes).await?;
            Ok(begun.elapsed())
        })
    }
}

fn swarm() -> Result<Swarm<stream::Behaviour>> {
    let swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_quic()
        .with_behaviour(|_| stream::Behaviour::new())?
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(600)))
        .build();
    Ok(swarm)
}

async fn connect() -> Result<libp2p::Stream> {
    let (mut listener, mut dialer) = (swarm()?, swarm()?);
    let there = *listener.local_peer_id();
    let mut incoming = listener.behaviour().new_control().accept(ECHO)?;
    listener.listen_on("/ip4/127.0.0.1/udp/0/quic-v1".parse()?)?;
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = listener.select_next_some().await {
            break address;
        }
    };
    tokio::spawn(async move { while listener.next().await.is_some() {} });
    tokio::spawn(async move {
        while let Some((_, mut stream)) = incoming.next().await {
            tokio::spawn(async move {
                let mut bytes = [0; PAYLOAD];
                while stream.read_exact(&mut bytes).await.is_ok() {
                    if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    let mut control = dialer.behaviour().new_control();
    dialer.dial(address)?;
    loop {
        match dialer.select_next_some().await {
            SwarmEvent::ConnectionEstablished { .. } => break,
            SwarmEvent::OutgoingConnectionError { error, .. } => bail!("no connection: {error}"),
            _ => {}
        }
    }
    tokio::spawn(async move { while dialer.next().await.is_some() {} });
    let opened = control.open_stream(there, ECHO).await;
    opened.map_err(|error| anyhow::anyhow!("no stream: {error}"))
}

/// One row, sealed and durable, in a profile of its own on the disk that is measured.
#[derive(Debug)]
pub(super) struct Commit {
    profile: Profile,
    writer: Writer,
    number: u64,
}

impl Commit {
    /// Makes the profile.
    ///
    /// # Errors
    /// When the disk takes none.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let folder: Arc<dyn Folder> = Arc::new(DiskFolder::create(folder)?);
        let mut profile = Profile::create(
            folder,
            &Protection::Unprotected,
            b"bench",
            Options::default(),
        )?;
        let writer = profile.writer();
        Ok(Self {
            profile,
            writer,
            number: 0,
        })
    }

    /// One commit.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub(super) fn measure(&mut self) -> Result<Duration> {
        self.number += 1;
        let mut batch = Batch::default();
        let row = ConversationRow {
            last: Hlc::from_bits(self.number),
            ..Default::default()
        };
        batch.put(
            RowKey::Conversation(AccountId([7; 32]).into()),
            Row::Conversation(row),
        );
        let begun = Instant::now();
        self.writer.commit(&[batch])?;
        Ok(begun.elapsed())
    }

    /// Ends it in order.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn finish(self) -> Result<()> {
        Ok(self.profile.close()?)
    }
}

/// Measures so many times, this long after each other, as messages are sent.
///
/// # Errors
/// When a measurement fails.
pub(super) fn paced(
    samples: &mut Samples,
    count: usize,
    interval: Duration,
    mut measure: impl FnMut() -> Result<Duration>,
) -> Result<()> {
    for _ in 0..count {
        std::thread::sleep(interval);
        samples.push(measure()?);
    }
    Ok(())
}
