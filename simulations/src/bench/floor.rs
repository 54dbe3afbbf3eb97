//! The floor under one delivered channel message: what its primitives cost, one after the other, with nothing in between; and the
//! same at the pace of people who talk, when the processor has slept before each and forgotten all.

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

/// How often each is done at a pace.
const TIMES_PACED: u32 = 40;

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
    /// Measures them, one right after the other.
    ///
    /// # Errors
    /// When one of them does not work.
    pub(super) fn measure(folder: &Path) -> Result<Self> {
        let message = Message::new()?;
        let verify = timed(|| message.verify())?;
        let chain = timed(|| message.chain())?;
        let open = timed(|| message.open())?;
        let mut commit = Commit::start(&folder.join("floor"))?;
        let commits = spent(TIMES, None, || commit.measure().map(drop))?;
        commit.finish()?;
        let mut echo = Echo::start()?;
        let echoes = spent(TIMES, None, || echo.measure().map(drop))?;
        Ok(Self {
            verify,
            chain,
            open,
            commit: commits / PER_COMMIT,
            stream: echoes / 2,
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

/// What one message costs, its primitives one after the other, when nothing else happens in so long: the processor has slept before
/// each, and the machine forgotten all. A message wakes a process once, so they are measured behind one echo, of which one way is
/// taken off again.
///
/// # Errors
/// When one of them does not work.
pub(super) fn at_a_pace(folder: &Path, interval: Duration) -> Result<Duration> {
    let message = Message::new()?;
    let mut commit = Commit::start(&folder.join("paced"))?;
    let commits = spent(TIMES_PACED, Some(interval), || commit.measure().map(drop))?;
    commit.finish()?;
    let mut echo = Echo::start()?;
    let echoes = spent(TIMES_PACED, Some(interval), || echo.measure().map(drop))?;
    let all = spent(TIMES_PACED, Some(interval), || {
        echo.measure()?;
        let done = message.verify().and_then(|()| message.chain());
        let done = done.and_then(|()| message.open());
        done.context("a primitive failed")
    })?;
    Ok(all.saturating_sub(echoes / 2) + commits / PER_COMMIT)
}

/// Processor time of this process for each time that something is done.
fn spent(
    times: u32,
    interval: Option<Duration>,
    mut one: impl FnMut() -> Result<()>,
) -> Result<Duration> {
    let pid = std::process::id();
    let before = processor_time(pid)?;
    for _ in 0..times {
        if let Some(interval) = interval {
            std::thread::sleep(interval);
        }
        one()?;
    }
    Ok(processor_time(pid)?.saturating_sub(before) / times)
}

fn timed(mut one: impl FnMut() -> Option<()>) -> Result<Duration> {
    let before = thread_time()?;
    for _ in 0..TIMES {
        one().context("a primitive failed")?;
    }
    Ok(thread_time()?.saturating_sub(before) / TIMES)
}

/// A message as its readers get it.
struct Message {
    sealed: Sealed,
    bytes: Vec<u8>,
    record: ChainRecord,
    key: SigningKey,
}

impl Message {
    fn new() -> Result<Self> {
        let (sealed, record, key) = entry()?;
        let bytes = sealed.entry.encode();
        Ok(Self {
            sealed,
            bytes,
            record,
            key,
        })
    }

    fn verify(&self) -> Option<()> {
        let entry = UnverifiedEntry::decode(&self.bytes).ok()?;
        entry.verify(&self.key.verify_key()).ok().map(keep)
    }

    fn chain(&self) -> Option<()> {
        self.sealed.entry.open_key(&self.record).ok().map(keep)
    }

    fn open(&self) -> Option<()> {
        self.sealed.entry.open(&self.sealed.key).ok().map(keep)
    }
}

/// Nothing is left out because nobody wants it.
fn keep<T>(value: T) {
    black_box(value);
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
