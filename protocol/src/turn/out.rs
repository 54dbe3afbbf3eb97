//! Outputs of the turn, in order, and the batch that they wait for.
//!
//! This is where *store, then send* is kept: whatever is sent [`When::Durable`] carries the name of the batch
//! that holds everything written so far. And this is where writes gather. What nothing waits for, such as what others
//! said in a channel, gathers for two seconds: a crash takes back what those others bring again. What something waits for
//! is handed out at once, but while batches are in flight, and, after a batch that many turns waited for, a few
//! milliseconds later. Under load a commit then carries dozens of messages; a person alone never waits for company.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::core::Faults;
use crate::error::HangupReason;
use crate::limits;
use crate::link::LinkId;
use crate::persist::{Batch, BatchId, Row, RowKey};
use crate::time::Instant;
use crate::turn::{Event, LoadId, Output};

/// Whether an output may overtake the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It gives nothing away that a crash could take back: hello, presence, what is only shown.
    Now,
    /// Everything written so far must be durable first.
    Durable,
}

/// Collected outputs.
#[derive(Debug, Default)]
pub struct Out {
    batch: Batch,
    emitted: u64,
    durable: u64,
    queue: VecDeque<Output>,
    loads: u64,
    dials: u64,
    faults: Faults,
    gathering: Gathering,
}

/// How full the open batch is, in turns, and whether it may wait for more of them.
#[derive(Debug, Default)]
struct Gathering {
    /// Whether something waits for the open batch: an output, or who reads the store.
    awaited: bool,
    /// Whether something began to in this turn.
    awaited_now: bool,
    /// Turns of which something waits for the open batch.
    turns: u32,
    /// Whether the last batch was a busy one.
    busy: bool,
    /// Until when the open batch may gather while nothing waits for it.
    unawaited_until: Option<Instant>,
    /// Until when it may although something does.
    until: Option<Instant>,
    /// When the last turn was.
    now: Instant,
}

impl Gathering {
    /// Whether the open batch, of so many rows, should wait for more.
    fn goes_on(&self, rows: usize) -> bool {
        let early = |until: Option<Instant>| until.is_some_and(|until| self.now < until);
        if self.awaited {
            self.turns < limits::GATHER_TURNS_MAX && early(self.until)
        } else {
            rows < limits::UNAWAITED_ROWS_MAX && early(self.unawaited_until)
        }
    }

    /// A turn is over, and left writes behind. Answers when to look again, if that changed.
    fn turn_over(&mut self, now: Instant) -> Option<Instant> {
        self.now = now;
        if std::mem::take(&mut self.awaited_now) {
            self.turns = self.turns.saturating_add(1);
        }
        let (until, time) = match self.awaited {
            false => (&mut self.unawaited_until, limits::UNAWAITED_TIME),
            true if self.busy => (&mut self.until, limits::GATHER_TIME),
            true => return None,
        };
        if until.is_some() {
            return None;
        }
        *until = Some(now.after(time));
        *until
    }

    /// The open batch was handed out.
    fn handed_out(&mut self) {
        *self = Self {
            busy: self.turns >= limits::GATHER_FROM_TURNS,
            now: self.now,
            ..Self::default()
        };
    }
}

impl Out {
    pub(crate) fn new(faults: Faults) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// The newest batch that is durable.
    pub(crate) const fn durable(&self) -> BatchId {
        BatchId(self.durable)
    }

    /// The batch that everything written from now on will be part of.
    #[must_use]
    pub fn open_batch(&self) -> BatchId {
        BatchId(self.emitted.saturating_add(1))
    }

    /// Writes a row, or removes it.
    pub(crate) fn write(&mut self, key: RowKey, row: Option<Row>) {
        self.batch.writes.insert(key, row);
    }

    /// A turn is over. Answers when to look again, if the open batch began to gather with it.
    pub(crate) fn turn_over(&mut self, now: Instant) -> Option<Instant> {
        if self.batch.is_empty() {
            self.gathering.now = now;
            return None;
        }
        self.gathering.turn_over(now)
    }

    /// Somebody waits for all that was written so far. Answers for which batch; `None`: all is durable.
    pub(crate) fn settle(&mut self) -> Option<BatchId> {
        self.barrier(When::Durable)
    }

    fn barrier(&mut self, when: When) -> Option<BatchId> {
        if when == When::Now {
            return None;
        }
        if !self.batch.is_empty() {
            self.gathering.awaited = true;
            self.gathering.awaited_now = true;
            Some(self.open_batch())
        } else if self.emitted > self.durable {
            Some(BatchId(self.emitted))
        } else {
            None
        }
    }

    /// Sends an encoded frame.
    pub(crate) fn send(&mut self, link: LinkId, bytes: Bytes, when: When) {
        let after = if self.faults.sends_early() {
            None
        } else {
            self.barrier(when)
        };
        self.queue.push_back(Output::Send { link, bytes, after });
    }

    /// Tells something.
    pub fn event(&mut self, event: Event, when: When) {
        let after = self.barrier(when);
        self.queue.push_back(Output::Event { event, after });
    }

    /// Closes a link.
    pub fn hangup(&mut self, link: LinkId, reason: HangupReason) {
        self.queue.push_back(Output::Hangup { link, reason });
    }

    /// Tries addresses.
    pub fn dial(&mut self, addresses: Vec<String>) {
        self.dials = self.dials.saturating_add(1);
        self.queue.push_back(Output::Dial {
            attempt: self.dials,
            addresses,
        });
    }

    /// Asks for rows.
    pub(crate) fn load(&mut self, keys: Vec<RowKey>) -> LoadId {
        self.loads = self.loads.saturating_add(1);
        let id = LoadId(self.loads);
        self.queue.push_back(Output::Load { id, keys });
        id
    }

    /// A batch, and all before it, is durable.
    pub(crate) fn committed(&mut self, id: BatchId) {
        self.durable = self.durable.max(id.0.min(self.emitted));
    }

    /// The next output, the batch first as long as fewer than two are in flight: writes made meanwhile
    /// gather in one batch, which is the group commit.
    pub(crate) fn poll(&mut self) -> Option<Output> {
        let in_flight = self.emitted.saturating_sub(self.durable);
        let room = usize::try_from(in_flight).is_ok_and(|n| n < limits::BATCHES_IN_FLIGHT_MAX);
        if room && !self.batch.is_empty() && !self.gathering.goes_on(self.batch.writes.len()) {
            self.gathering.handed_out();
            let id = self.open_batch();
            self.emitted = id.0;
            return Some(Output::Persist {
                id,
                batch: std::mem::take(&mut self.batch),
            });
        }
        self.queue.pop_front()
    }

    /// Rows that wait for their batch to be handed out.
    #[must_use]
    pub fn waiting_writes(&self) -> usize {
        self.batch.writes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::AccountId;

    const BEGIN: Instant = Instant::from_micros(1_000_000);

    fn write(out: &mut Out, n: u8) {
        out.write(RowKey::Contact(AccountId([n; 32])), None);
    }

    fn handed_out(out: &mut Out) -> bool {
        matches!(out.poll(), Some(Output::Persist { .. }))
    }

    /// A turn that writes, and of which something waits for that.
    fn awaited_turn(out: &mut Out, n: u8, now: Instant) -> Option<Instant> {
        write(out, n);
        assert_eq!(out.settle(), Some(out.open_batch()));
        out.turn_over(now)
    }

    /// An outlet whose last batch was written by so many turns, and is durable.
    fn after_batch_of(turns: u32) -> Out {
        let mut out = Out::default();
        for _ in 0..turns {
            assert_eq!(awaited_turn(&mut out, 1, BEGIN), None);
        }
        assert!(handed_out(&mut out));
        out.committed(BatchId(1));
        out
    }

    #[test]
    fn a_person_alone_never_waits_for_company() {
        let mut out = after_batch_of(limits::GATHER_FROM_TURNS - 1);
        assert_eq!(awaited_turn(&mut out, 2, BEGIN), None);
        assert!(handed_out(&mut out));
    }

    #[test]
    fn after_a_busy_batch_writes_gather_for_a_bounded_time() {
        let mut out = after_batch_of(limits::GATHER_FROM_TURNS);
        let until = awaited_turn(&mut out, 2, BEGIN).unwrap();
        assert!(!handed_out(&mut out));
        let next = awaited_turn(&mut out, 3, BEGIN);
        assert_eq!(next, None, "the time runs from the first");
        assert!(!handed_out(&mut out));
        assert_eq!(out.turn_over(until), None);
        assert!(handed_out(&mut out));
        // Two turns are no crowd: the next batch goes out at once.
        assert_eq!(awaited_turn(&mut out, 4, until), None);
        assert!(handed_out(&mut out));
    }

    #[test]
    fn a_full_batch_does_not_wait_for_its_time() {
        let mut out = after_batch_of(limits::GATHER_FROM_TURNS);
        for turn in 1..=limits::GATHER_TURNS_MAX {
            assert!(!handed_out(&mut out), "turn {turn}");
            let _until = awaited_turn(&mut out, 2, BEGIN);
        }
        assert!(handed_out(&mut out));
    }

    #[test]
    fn what_nothing_waits_for_gathers_for_a_while_from_its_first_write() {
        let mut out = Out::default();
        write(&mut out, 1);
        let until = out.turn_over(BEGIN).unwrap();
        assert_eq!(until, BEGIN.after(limits::UNAWAITED_TIME));
        assert!(!handed_out(&mut out));
        write(&mut out, 2);
        assert_eq!(out.turn_over(BEGIN.after(limits::GATHER_TIME)), None);
        assert!(!handed_out(&mut out));
        assert_eq!(out.turn_over(until), None);
        assert!(handed_out(&mut out));
    }

    #[test]
    fn whoever_waits_for_what_gathers_has_it_handed_out_at_once() {
        let mut out = Out::default();
        write(&mut out, 1);
        let _until = out.turn_over(BEGIN).unwrap();
        assert!(!handed_out(&mut out));
        // A turn that writes nothing, and sends what rests on what was written before.
        out.send(LinkId(1), Bytes::new(), When::Durable);
        assert_eq!(out.turn_over(BEGIN), None);
        assert!(handed_out(&mut out));
        let sent = out.poll();
        assert!(
            matches!(
                sent,
                Some(Output::Send {
                    after: Some(BatchId(1)),
                    ..
                })
            ),
            "{sent:?}"
        );
    }

    #[test]
    fn what_nothing_waits_for_is_no_crowd() {
        let mut out = Out::default();
        for _ in 0..2 * limits::GATHER_FROM_TURNS {
            write(&mut out, 1);
            let _until = out.turn_over(BEGIN);
        }
        assert_eq!(awaited_turn(&mut out, 2, BEGIN), None);
        assert!(handed_out(&mut out));
        out.committed(BatchId(1));
        assert_eq!(awaited_turn(&mut out, 3, BEGIN), None);
        assert!(
            handed_out(&mut out),
            "and nobody waits for company after it"
        );
    }

    #[test]
    fn rows_that_nothing_waits_for_are_bounded() {
        let mut out = Out::default();
        for n in 0..limits::UNAWAITED_ROWS_MAX {
            assert!(!handed_out(&mut out), "row {n}");
            let number = u64::try_from(n).unwrap();
            let key = RowKey::Outbox(crate::identity::DeviceId([0; 32]), number);
            out.write(key, None);
            let _until = out.turn_over(BEGIN);
        }
        assert!(handed_out(&mut out));
    }
}
