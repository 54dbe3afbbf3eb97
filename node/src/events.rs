//! What the core told, kept for a while, so that a listener that was away can take up its thread.
//!
//! Bounded by number and by bytes; a listener that was away for longer is told that there is a
//! gap and fetches the state again. Nothing here waits for a listener.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::community::CommunityView;
use protocol::persist::{MessageContent, MessageRow, ReportRow};
use protocol::turn::Event;
use tokio::sync::watch;

/// Events kept. A busy hour; whoever was away for longer fetches pages anyway.
pub const EVENTS_KEPT_MAX: usize = 4_096;

/// Bytes kept, roughly: one message with all its edits can have 300 KiB.
pub const EVENT_BYTES_KEPT_MAX: usize = 8 * 1024 * 1024;

/// Names one event of one start of the node, in order. Text: `<start>-<sequence>`, the first in
/// hexadecimal, the second in decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId {
    /// Random, drawn at the start.
    pub start: u64,
    /// From 1, without holes.
    pub sequence: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.start, self.sequence)
    }
}

/// Not the text of an event id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event id looks like 0123456789abcdef-42")]
pub struct NotAnEventId;

impl FromStr for EventId {
    type Err = NotAnEventId;

    fn from_str(text: &str) -> Result<Self, NotAnEventId> {
        let (start, sequence) = text.split_once('-').ok_or(NotAnEventId)?;
        let id = Self {
            start: u64::from_str_radix(start, 16).map_err(|_error| NotAnEventId)?,
            sequence: sequence.parse().map_err(|_error| NotAnEventId)?,
        };
        // Clients send back what they were given; anything else is a mistake that they should hear of.
        (id.to_string() == text).then_some(id).ok_or(NotAnEventId)
    }
}

#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<(Arc<Event>, usize)>,
    bytes: usize,
    /// Sequence of the newest event, 0 before the first.
    newest: u64,
}

/// The events of one start of the node.
#[derive(Debug)]
pub struct EventLog {
    start: u64,
    ring: Mutex<Ring>,
    newest: watch::Sender<u64>,
    /// Events that listeners missed, all together.
    missed: AtomicU64,
}

impl EventLog {
    /// An empty log of the start with this random name.
    #[must_use]
    pub fn new(start: u64) -> Arc<Self> {
        Arc::new(Self {
            start,
            ring: Mutex::default(),
            newest: watch::Sender::new(0),
            missed: AtomicU64::new(0),
        })
    }

    /// Appends an event and wakes the listeners.
    pub fn push(&self, event: Event) {
        let size = approximate_size(&event);
        let newest = {
            let mut ring = self.ring();
            ring.newest += 1;
            ring.bytes += size;
            ring.events.push_back((Arc::new(event), size));
            while ring.events.len() > EVENTS_KEPT_MAX || ring.bytes > EVENT_BYTES_KEPT_MAX {
                let Some((_, size)) = ring.events.pop_front() else {
                    break;
                };
                ring.bytes -= size;
            }
            ring.newest
        };
        self.newest.send_replace(newest);
    }

    /// Listens: to everything after `after` if that is still known, else to what comes from now
    /// on. A listener that misses something hears so first.
    #[must_use]
    pub fn listen(self: &Arc<Self>, after: Option<EventId>) -> Listener {
        let newest = self.ring().newest;
        let (heard, gap) = match after {
            Some(id) if id.start == self.start && id.sequence <= newest => (id.sequence, false),
            Some(_) => (newest, true),
            None => (newest, false),
        };
        Listener {
            log: Arc::clone(self),
            wake: self.newest.subscribe(),
            heard,
            gap,
        }
    }

    /// Events told since the start.
    #[must_use]
    pub fn told(&self) -> u64 {
        self.ring().newest
    }

    /// Events that were let go of before a listener took them, each counted for each such listener.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // A panic elsewhere cannot leave the ring half changed: every change ends with counters.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self, sequence: u64) -> EventId {
        EventId {
            start: self.start,
            sequence,
        }
    }
}

/// What a listener hears.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Events between the last one heard and this id are lost: fetch the state again.
    Gap(EventId),
    /// The next event.
    Event(EventId, Arc<Event>),
}

/// One listener of a log.
#[derive(Debug)]
pub struct Listener {
    log: Arc<EventLog>,
    wake: watch::Receiver<u64>,
    /// Sequence of the last event heard.
    heard: u64,
    gap: bool,
}

impl Listener {
    /// Waits for the next thing to hear. `None` once the node is gone.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.try_next() {
                return Some(heard);
            }
            self.wake.changed().await.ok()?;
        }
    }

    /// The next thing to hear, if there is one already.
    pub fn try_next(&mut self) -> Option<Heard> {
        let (oldest, newest, event) = {
            let ring = self.log.ring();
            let kept = u64::try_from(ring.events.len()).unwrap_or(u64::MAX);
            let oldest = ring.newest - kept + 1;
            let index = (self.heard + 1)
                .checked_sub(oldest)
                .and_then(|i| usize::try_from(i).ok());
            let event = index
                .and_then(|index| ring.events.get(index))
                .map(|(e, _)| Arc::clone(e));
            (oldest, ring.newest, event)
        };
        if self.heard + 1 < oldest {
            // It goes on with what comes from now on, so what is still kept is missed as well.
            let missed = newest - self.heard;
            self.log.missed.fetch_add(missed, Ordering::Relaxed);
            self.heard = newest;
            self.gap = true;
        }
        if std::mem::take(&mut self.gap) {
            return Some(Heard::Gap(self.log.id(self.heard)));
        }
        let event = event?;
        self.heard += 1;
        Some(Heard::Event(self.log.id(self.heard), event))
    }
}

/// Bytes that an event occupies, as far as peers and people choose them.
fn approximate_size(event: &Event) -> usize {
    const FIXED: usize = 512;
    FIXED
        + match event {
            Event::Message { row, .. } => message_size(row),
            Event::Me { name, .. } => name.as_str().len(),
            Event::Contact(contact) => contact.name.as_str().len(),
            Event::Nearby(nearby) => nearby.name.as_str().len(),
            Event::Community(community) => community_size(community),
            Event::Marks { marks, .. } => marks.mentions.len() * 40,
            Event::Report { row, .. } => report_size(row),
            _ => 0,
        }
}

/// Names and lists; the texts in an audit entry are a few hundred bytes at most.
fn community_size(community: &CommunityView) -> usize {
    let readers = community.channels.iter().map(|one| one.readers.len());
    community.members.len() * 256
        + community.channels.len() * 512
        + readers.sum::<usize>() * 32
        + community.roles.len() * 128
        + community.invites.len() * 256
        + community.audit.len() * 512
        + community
            .reports
            .iter()
            .map(|one| report_size(&one.row))
            .sum::<usize>()
}

fn report_size(row: &ReportRow) -> usize {
    let said = row.messages.iter().flat_map(|one| one.said.iter());
    let said = said.map(|said| said.text.as_str().len() + 64);
    row.reason.as_str().len() + row.messages.len() * 128 + said.sum::<usize>()
}

fn message_size(row: &MessageRow) -> usize {
    let content = match &row.content {
        MessageContent::Text { versions, .. } => versions
            .iter()
            .map(|version| version.body.as_str().len())
            .sum(),
        _ => 0,
    };
    content + row.reactions.len() * 128
}

#[cfg(test)]
mod tests {
    use protocol::identity::AccountId;

    use super::*;

    fn event(number: u8) -> Event {
        Event::NearbyGone(AccountId([number; 32]))
    }

    fn numbers(listener: &mut Listener) -> Vec<Option<u8>> {
        let heard = std::iter::from_fn(|| listener.try_next());
        heard
            .map(|heard| match heard {
                Heard::Gap(_) => None,
                Heard::Event(_, event) => match &*event {
                    Event::NearbyGone(account) => Some(account.as_bytes()[0]),
                    other => panic!("{other:?}"),
                },
            })
            .collect()
    }

    #[test]
    fn a_listener_takes_up_its_thread_where_it_left_it() {
        let log = EventLog::new(7);
        let mut first = log.listen(None);
        (1..=3).for_each(|number| log.push(event(number)));
        assert_eq!(numbers(&mut first), [Some(1), Some(2), Some(3)]);
        let mut second = log.listen(Some(EventId {
            start: 7,
            sequence: 1,
        }));
        assert_eq!(numbers(&mut second), [Some(2), Some(3)]);
    }

    #[test]
    fn after_a_restart_or_from_the_future_there_is_a_gap_and_then_what_is_new() {
        let log = EventLog::new(7);
        log.push(event(1));
        for after in [
            EventId {
                start: 6,
                sequence: 1,
            },
            EventId {
                start: 7,
                sequence: 99,
            },
        ] {
            let mut listener = log.listen(Some(after));
            assert_eq!(numbers(&mut listener), [None]);
            log.push(event(2));
            assert_eq!(numbers(&mut listener), [Some(2)]);
        }
    }

    #[test]
    fn a_slow_listener_hears_of_its_gap_and_the_memory_stays_bounded() {
        let log = EventLog::new(7);
        let mut listener = log.listen(None);
        for _ in 0..EVENTS_KEPT_MAX + 1 {
            log.push(event(1));
        }
        log.push(event(2));
        assert_eq!(log.ring().events.len(), EVENTS_KEPT_MAX);
        assert_eq!(numbers(&mut listener), [None]);
        let all = u64::try_from(EVENTS_KEPT_MAX).unwrap() + 2;
        assert_eq!((log.missed(), log.told()), (all, all));
        log.push(event(3));
        assert_eq!(numbers(&mut listener), [Some(3)]);
        assert_eq!(log.missed(), all);
    }

    #[test]
    fn ids_survive_the_way_through_text() {
        let id = EventId {
            start: 0xabc,
            sequence: 42,
        };
        assert_eq!(id.to_string(), "0000000000000abc-42");
        assert_eq!(id.to_string().parse(), Ok(id));
        let other_spellings = [
            "abc-42",
            "0000000000000ABC-42",
            "+000000000000abc-42",
            "0000000000000abc-042",
        ];
        for wrong in ["", "-", "1", "x-1", "1-x", "1-"]
            .into_iter()
            .chain(other_spellings)
        {
            assert_eq!(wrong.parse::<EventId>(), Err(NotAnEventId), "{wrong}");
        }
    }
}
