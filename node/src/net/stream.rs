//! One link's stream: frames in, frames out, every bound enforced here.
//!
//! A frame is its length as four bytes, big-endian, then that many bytes (1 to [`FRAME_MAX`]).
//! Reading waits for the driver, and for the link's budget: what is not read yet waits at the
//! peer, not in our memory. Writing never waits for the peer: a queue that is full ends the link.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, BufWriter, ReadHalf,
    WriteHalf,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    CLOSE_TIMEOUT, FRAME_MAX, IN_BURST_BYTES, IN_BYTES_PER_SECOND, NetCounters, NetEvent,
    QUEUE_BYTES_MAX, QUEUE_FRAMES_MAX,
};

/// Bytes of a frame's length.
const HEADER: usize = 4;

/// What a frame costs a link's budget beside its bytes: the work that even a tiny one makes.
const FRAME_OVERHEAD: u64 = 64;

/// How long a frame may take from its length to its last byte, and a write to be taken.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(30);

/// Frames put together into one write: enough to fill a packet with small ones.
const WRITE_FRAMES_MAX: usize = 32;

/// Bytes that the transport is asked for, or given, at a time.
const BUFFER_BYTES: usize = 16 * 1024;

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkEnd {
    /// The other end closed it.
    #[error("closed by the other end")]
    Closed,
    /// We hung up; everything queued was handed to the transport.
    #[error("closed by us")]
    HungUp,
    /// It was cut without waiting: replaced, too slow, or its connection gone.
    #[error("cut")]
    Cut,
    /// A frame announced a length that no frame has.
    #[error("a frame announced {0} bytes")]
    Length(u32),
    /// A frame was begun and not completed, or a write not taken, in time.
    #[error("a frame or a write made no progress")]
    Stalled,
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Io(#[from] std::io::Error),
    /// The driver is gone.
    #[error("the driver is gone")]
    NoDriver,
}

/// The network task's hold on one link.
#[derive(Debug)]
pub(super) struct LinkSender {
    frames: mpsc::Sender<Bytes>,
    queued: Arc<AtomicUsize>,
    cut: CancellationToken,
}

/// A frame that a link could not take: the link is to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too much waits already.
    QueueFull,
    /// No frame has this length.
    Length,
    /// The link is ending by itself.
    Ending,
}

impl LinkSender {
    /// Queues one frame.
    pub(super) fn try_send(&self, frame: Bytes) -> Result<(), Refused> {
        let length = frame.len();
        if length == 0 || length > FRAME_MAX {
            return Err(Refused::Length);
        }
        // Only the network task adds, so the sum cannot pass the bound between check and addition.
        if self.queued.load(Ordering::Acquire) + length > QUEUE_BYTES_MAX {
            return Err(Refused::QueueFull);
        }
        self.queued.fetch_add(length, Ordering::AcqRel);
        self.frames.try_send(frame).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refused::QueueFull,
            mpsc::error::TrySendError::Closed(_) => Refused::Ending,
        })
    }

    /// Ends the link at once.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }
}

/// What one link's task works with.
pub(super) struct LinkTask<S> {
    number: u64,
    stream: S,
    frames: mpsc::Receiver<Bytes>,
    queued: Arc<AtomicUsize>,
    cut: CancellationToken,
    events: mpsc::Sender<NetEvent>,
    counters: Arc<NetCounters>,
    /// [`PROGRESS_TIMEOUT`], shorter in tests.
    patience: Duration,
}

/// Makes the two ends of one link's queue.
pub(super) fn link<S>(
    number: u64,
    stream: S,
    events: mpsc::Sender<NetEvent>,
    counters: Arc<NetCounters>,
) -> (LinkSender, LinkTask<S>) {
    let (sender, frames) = mpsc::channel(QUEUE_FRAMES_MAX);
    let queued = Arc::new(AtomicUsize::new(0));
    let cut = CancellationToken::new();
    let hold = LinkSender {
        frames: sender,
        queued: Arc::clone(&queued),
        cut: cut.clone(),
    };
    let patience = PROGRESS_TIMEOUT;
    (
        hold,
        LinkTask {
            number,
            stream,
            frames,
            queued,
            cut,
            events,
            counters,
            patience,
        },
    )
}

impl<S: AsyncRead + AsyncWrite + Send> LinkTask<S> {
    /// Says `up`, then carries frames both ways until the link ends.
    pub(super) async fn carry(self, up: NetEvent) -> LinkEnd {
        let (reader, writer) = tokio::io::split(self.stream);
        let (events, counters, patience) = (&self.events, &*self.counters, self.patience);
        let work = async {
            if events.send(up).await.is_err() {
                return LinkEnd::NoDriver;
            }
            let mut reading = pin!(read(self.number, reader, events, counters, patience));
            let end = tokio::select! {
                end = &mut reading => return end,
                end = write(writer, self.frames, &self.queued, counters, patience) => end,
            };
            if matches!(end, LinkEnd::HungUp) {
                // A connection that closes forgets what it has not sent yet: let the other end,
                // which closes when it has read all, go first.
                tokio::time::timeout(CLOSE_TIMEOUT, reading)
                    .await
                    .map_or(end, |_| LinkEnd::HungUp)
            } else {
                end
            }
        };
        tokio::select! {
            end = work => end,
            () = self.cut.cancelled() => LinkEnd::Cut,
        }
    }
}

/// Reads frames until the link ends.
async fn read<S: AsyncRead>(
    link: u64,
    reader: ReadHalf<S>,
    events: &mpsc::Sender<NetEvent>,
    counters: &NetCounters,
    patience: Duration,
) -> LinkEnd {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    let mut budget = Budget::full(Instant::now());
    loop {
        let bytes = match read_frame(&mut reader, &mut budget, patience).await {
            Ok(bytes) => bytes,
            Err(end) => return end,
        };
        NetCounters::add(&counters.frames_in, 1);
        NetCounters::add(&counters.bytes_in, to_u64(HEADER + bytes.len()));
        if events
            .send(NetEvent::Received { link, bytes })
            .await
            .is_err()
        {
            return LinkEnd::NoDriver;
        }
    }
}

/// Reads one frame, when the budget allows.
async fn read_frame<R: AsyncRead + Unpin>(
    reader: &mut R,
    budget: &mut Budget,
    patience: Duration,
) -> Result<Bytes, LinkEnd> {
    let mut header = [0; HEADER];
    match reader.read_exact(&mut header).await {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(LinkEnd::Closed);
        }
        result => result?,
    };
    let announced = u32::from_be_bytes(header);
    let length = usize::try_from(announced)
        .ok()
        .filter(|length| (1..=FRAME_MAX).contains(length));
    let Some(length) = length else {
        return Err(LinkEnd::Length(announced));
    };
    let debt = budget.charge(Instant::now(), to_u64(HEADER + length) + FRAME_OVERHEAD);
    // The runtime's timers end at whole milliseconds: even a sleep of nothing takes one.
    if !debt.is_zero() {
        tokio::time::sleep(debt).await;
    }
    let mut body = vec![0; length];
    in_time(patience, async {
        reader.read_exact(&mut body).await.map(|_| ())
    })
    .await?;
    Ok(Bytes::from(body))
}

/// Writes queued frames until the queue is dropped, then closes the stream.
async fn write<S: AsyncWrite>(
    writer: WriteHalf<S>,
    mut frames: mpsc::Receiver<Bytes>,
    queued: &AtomicUsize,
    counters: &NetCounters,
    patience: Duration,
) -> LinkEnd {
    let mut writer = BufWriter::with_capacity(BUFFER_BYTES, writer);
    let mut batch = Vec::with_capacity(WRITE_FRAMES_MAX);
    while frames.recv_many(&mut batch, WRITE_FRAMES_MAX).await > 0 {
        let written = in_time(patience, async {
            for frame in &batch {
                let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
                writer.write_all(&length.to_be_bytes()).await?;
                writer.write_all(frame).await?;
            }
            writer.flush().await
        });
        if let Err(end) = written.await {
            return end;
        }
        let bytes: usize = batch.iter().map(Bytes::len).sum();
        queued.fetch_sub(bytes, Ordering::AcqRel);
        NetCounters::add(&counters.frames_out, to_u64(batch.len()));
        NetCounters::add(&counters.bytes_out, to_u64(bytes + HEADER * batch.len()));
        batch.clear();
    }
    match tokio::time::timeout(CLOSE_TIMEOUT, writer.shutdown()).await {
        Ok(Ok(())) => LinkEnd::HungUp,
        Ok(Err(error)) => LinkEnd::Io(error),
        Err(_) => LinkEnd::Stalled,
    }
}

/// Runs one read or write that must make progress.
async fn in_time(
    patience: Duration,
    work: impl Future<Output = std::io::Result<()>>,
) -> Result<(), LinkEnd> {
    match tokio::time::timeout(patience, work).await {
        Ok(result) => result.map_err(LinkEnd::Io),
        Err(_) => Err(LinkEnd::Stalled),
    }
}

/// A count that fits: `usize` is at most 64 bits wide on every platform that we build for.
fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// A token bucket over bytes: [`IN_BYTES_PER_SECOND`] in the long run, [`IN_BURST_BYTES`] at once.
#[derive(Debug)]
struct Budget {
    /// Bytes that may come now; negative while something taken in advance is paid off.
    left: i64,
    filled: Instant,
}

impl Budget {
    /// A budget that nothing was taken of.
    fn full(now: Instant) -> Self {
        Self {
            left: clamp(IN_BURST_BYTES),
            filled: now,
        }
    }

    /// Takes `bytes` and answers how long to wait before using them.
    fn charge(&mut self, now: Instant, bytes: u64) -> Duration {
        let elapsed = now.saturating_duration_since(self.filled).as_micros();
        let earned = elapsed.saturating_mul(u128::from(IN_BYTES_PER_SECOND)) / 1_000_000;
        // A remainder below one byte stays in `filled`'s favour: the instant moves only with bytes.
        if earned > 0 {
            self.filled = now;
            let earned = i64::try_from(earned).unwrap_or(i64::MAX);
            self.left = self.left.saturating_add(earned).min(clamp(IN_BURST_BYTES));
        }
        self.left = self.left.saturating_sub(clamp(bytes));
        let debt = u64::try_from(self.left.saturating_neg()).unwrap_or(0);
        Duration::from_nanos(debt.saturating_mul(1_000_000_000) / IN_BYTES_PER_SECOND)
    }
}

fn clamp(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// One end of a link over an in-memory pipe whose other end the test holds.
    struct Fixture {
        peer: tokio::io::DuplexStream,
        sender: LinkSender,
        events: mpsc::Receiver<NetEvent>,
        ended: tokio::task::JoinHandle<LinkEnd>,
        counters: Arc<NetCounters>,
    }

    fn fixture(events_max: usize) -> Fixture {
        let (ours, peer) = tokio::io::duplex(64 * 1024);
        let (events_tx, events) = mpsc::channel(events_max);
        let counters = Arc::new(NetCounters::default());
        let (sender, mut task) = link(1, ours, events_tx, Arc::clone(&counters));
        task.patience = Duration::from_millis(200);
        let ended = tokio::spawn(task.carry(NetEvent::LinkDown { link: 0 }));
        Fixture {
            peer,
            sender,
            events,
            ended,
            counters,
        }
    }

    async fn end_after(bytes: &[u8]) -> LinkEnd {
        let mut f = fixture(8);
        f.peer.write_all(bytes).await.unwrap();
        f.ended.await.unwrap()
    }

    #[tokio::test]
    async fn frames_come_out_as_they_went_in() {
        let mut f = fixture(8);
        f.sender.try_send(Bytes::from_static(b"out")).unwrap();
        let mut got = [0; 7];
        f.peer.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"\0\0\0\x03out");
        f.peer.write_all(b"\0\0\0\x02in").await.unwrap();
        assert!(matches!(
            f.events.recv().await,
            Some(NetEvent::LinkDown { link: 0 })
        ));
        let Some(NetEvent::Received { link: 1, bytes }) = f.events.recv().await else {
            panic!()
        };
        assert_eq!(&bytes[..], b"in");
    }

    #[tokio::test]
    async fn a_frame_within_the_budget_waits_for_no_timer() {
        let mut budget = Budget::full(Instant::now());
        let mut bytes = &b"\0\0\0\x02in"[..];
        let frame = read_frame(&mut bytes, &mut budget, PROGRESS_TIMEOUT).now_or_never();
        assert!(matches!(frame, Some(Ok(frame)) if &frame[..] == b"in"));
    }

    #[tokio::test]
    async fn impossible_lengths_end_the_link() {
        assert!(matches!(end_after(&[0; 4]).await, LinkEnd::Length(0)));
        let above = u32::try_from(FRAME_MAX).unwrap() + 1;
        assert!(matches!(end_after(&above.to_be_bytes()).await, LinkEnd::Length(n) if n == above));
        assert!(matches!(
            end_after(&[0xff; 4]).await,
            LinkEnd::Length(u32::MAX)
        ));
    }

    #[tokio::test]
    async fn a_frame_that_never_completes_ends_the_link() {
        assert!(matches!(
            end_after(b"\0\0\0\x09half").await,
            LinkEnd::Stalled
        ));
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_fills_a_bounded_queue_and_is_stalled() {
        let f = fixture(8);
        let frame = Bytes::from(vec![7; FRAME_MAX]);
        let mut queued = 0;
        let refused = loop {
            match f.sender.try_send(frame.clone()) {
                Ok(()) => queued += FRAME_MAX,
                Err(refused) => break refused,
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(refused, Refused::QueueFull);
        assert!(queued <= QUEUE_BYTES_MAX + 2 * 64 * 1024, "{queued}");
        assert!(matches!(f.ended.await.unwrap(), LinkEnd::Stalled));
    }

    #[tokio::test]
    async fn many_tiny_frames_fill_the_queue_by_number() {
        let f = fixture(8);
        let accepted =
            (0..10_000).take_while(|_| f.sender.try_send(Bytes::from_static(b"x")).is_ok());
        assert_eq!(accepted.count(), QUEUE_FRAMES_MAX);
    }

    #[tokio::test]
    async fn a_slow_driver_stops_the_reading() {
        let mut f = fixture(4);
        let writer = tokio::spawn(async move {
            let frame = [&1000_u32.to_be_bytes()[..], &[1; 1000]].concat();
            for _ in 0..1_000 {
                f.peer.write_all(&frame).await.unwrap();
            }
            f.peer
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        // Four events wait, one is in the reader's hand, the pipe and the buffer hold the rest.
        assert_eq!(f.counters.counts().frames_in, 4);
        assert!(!writer.is_finished());
        while f.counters.counts().frames_in < 1_000 {
            assert!(f.events.recv().await.is_some());
        }
        assert!(writer.await.is_ok());
    }

    #[tokio::test]
    async fn a_dropped_hold_sends_what_is_queued_and_closes() {
        let mut f = fixture(8);
        for _ in 0..100 {
            f.sender.try_send(Bytes::from_static(b"x")).unwrap();
        }
        drop(f.sender);
        let mut all = Vec::new();
        f.peer.read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len(), 100 * 5);
        assert!(!f.ended.is_finished(), "the other end closes first");
        drop(f.peer);
        assert!(matches!(f.ended.await.unwrap(), LinkEnd::HungUp));
    }

    #[test]
    fn the_budget_allows_the_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut budget = Budget::full(start);
        assert_eq!(budget.charge(start, IN_BURST_BYTES), Duration::ZERO);
        assert_eq!(
            budget.charge(start, IN_BYTES_PER_SECOND),
            Duration::from_secs(1)
        );
        let later = start + Duration::from_secs(2);
        assert_eq!(budget.charge(later, IN_BYTES_PER_SECOND), Duration::ZERO);
        let much_later = start + Duration::from_secs(3_600);
        assert_eq!(budget.charge(much_later, IN_BURST_BYTES), Duration::ZERO);
        assert!(budget.charge(much_later, 1) > Duration::ZERO);
    }
}
