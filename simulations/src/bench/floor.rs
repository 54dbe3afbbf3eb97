//! The floor under one delivered channel message: what its primitives cost, one after the other, with nothing in between.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use protocol::content::{
    self, Audience, ChannelEvent, ContentMessage, EntryPlace, Sealed, UnverifiedEntry,
};
use protocol::control::body::LogId;
use protocol::control::{CommunityId, OpId};
use protocol::crypto::{Hash32, Rng, SigningKey};
use protocol::group::{self, ChainId, ChainRecord};
use protocol::identity::DeviceId;
use protocol::message::MessageId;
use protocol::time::{Hlc, Timestamp};

use super::process::{processor_time, thread_time};
use super::yardsticks::{Commit, Echo, PAYLOAD};
use crate::members::text;

/// How often each is done.
const TIMES: u32 = 500;

/// Messages that share a commit, when there are some.
const PER_COMMIT: u32 = 8;

/// Processor time of each, for one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Primitives {
    /// The device's signature.
    pub verify: Duration,
    /// The key of the entry, out of the sender chain.
    pub chain: Duration,
    /// The text, with that key.
    pub open: Duration,
    /// Its part of a durable commit.
    pub commit: Duration,
    /// One way over a bare libp2p stream, QUIC: sender and receiver.
    pub stream: Duration,
}

impl Primitives {
    /// Measures them.
    ///
    /// # Errors
    /// When one of them does not work.
    pub(super) fn measure(folder: &Path) -> Result<Self> {
        let (sealed, record, key) = entry()?;
        let bytes = sealed.entry.encode();
        let verify = timed(|| {
            let entry = UnverifiedEntry::decode(&bytes).ok()?;
            entry.verify(&key.verify_key()).ok().map(drop)
        })?;
        let chain = timed(|| sealed.entry.open_key(&record).ok().map(drop))?;
        let open = timed(|| sealed.entry.open(&sealed.key).ok().map(drop))?;
        let pid = std::process::id();
        let mut commit = Commit::start(&folder.join("floor"))?;
        let before = processor_time(pid)?;
        for _ in 0..TIMES {
            commit.measure()?;
        }
        let commits = processor_time(pid)?.saturating_sub(before);
        commit.finish()?;
        let mut echo = Echo::start()?;
        let before = processor_time(pid)?;
        for _ in 0..TIMES {
            echo.measure()?;
        }
        let echoes = processor_time(pid)?.saturating_sub(before);
        Ok(Self {
            verify,
            chain,
            open,
            commit: commits / TIMES / PER_COMMIT,
            stream: echoes / TIMES / 2,
        })
    }

    /// All of them.
    pub(super) fn sum(&self) -> Duration {
        self.verify + self.chain + self.open + self.commit + self.stream
    }

    /// Bytes of an entry with such a message.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) fn entry_bytes() -> Result<usize> {
        Ok(entry()?.0.entry.encode().len())
    }
}

fn timed(mut one: impl FnMut() -> Option<()>) -> Result<Duration> {
    let before = thread_time()?;
    for _ in 0..TIMES {
        black_box(one()).context("a primitive failed")?;
    }
    Ok(thread_time()?.saturating_sub(before) / TIMES)
}

/// An entry, what its readers have of the chain, and its author's key.
fn entry() -> Result<(Sealed, ChainRecord, SigningKey)> {
    let mut rng = Rng::from_seed([7; 32]);
    let signing = SigningKey::generate(&mut rng);
    let device = DeviceId::of(&signing.verify_key());
    let chain = ChainId::draw(&mut rng);
    let failed = "no chain";
    let (record, told) = group::create(device, chain, &mut rng)
        .ok()
        .context(failed)?;
    let known = group::accept(device, None, chain, &told.bytes);
    let name = |byte: u8| Hash32([byte; 32]);
    let place = EntryPlace {
        community: CommunityId(name(1)),
        log: LogId {
            device,
            incarnation: 1,
        },
        seq: 0,
        prev: None,
        hlc: Hlc::from_wall(Timestamp::from_millis(1_795_000_000_000)),
        heads: vec![OpId(name(2))].try_into().ok().context(failed)?,
        audience: Audience::Community,
        epoch: OpId(name(3)),
        lives: None,
    };
    let message = ContentMessage {
        id: MessageId([5; 16]),
        channel: OpId(name(4)),
        seen: Default::default(),
        event: ChannelEvent::Text {
            body: text(&".".repeat(PAYLOAD)),
            mentions: Default::default(),
            thread: None,
        },
    };
    let at = group::position(chain, &record).ok().context(failed)?;
    let sealed = content::seal(place, at, &record, &message, &signing, &mut rng);
    let sealed = sealed.ok().context("no entry")?;
    Ok((sealed, known.ok().context(failed)?, signing))
}
