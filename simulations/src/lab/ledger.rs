//! What was done and answered, and whether every history says the same.
//!
//! The ledger knows only what a client can know: when it called, when it was answered, and what
//! its API had shown it before. From that follows what every history must hold, and in which
//! order at least.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::api::{Deed, Message, Reaction};
use super::cast::Known;
use super::tell::Verdict;

/// A deed that was answered with 2xx.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Account that did it.
    pub(crate) from: String,
    /// The other account of the conversation.
    pub(crate) to: String,
    /// What was done.
    pub(crate) deed: Deed,
    /// When the first call began.
    pub(crate) begun: Instant,
    /// Calls that it took; all but the last were not answered.
    pub(crate) calls: u32,
    /// The id that the answer gave.
    pub(crate) id: String,
}

/// Everything that was answered, and everything that was refused.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: Mutex<Vec<Entry>>,
    refusals: Mutex<Vec<String>>,
}

impl Ledger {
    /// Records a deed answered with 2xx.
    pub(crate) fn done(&self, entry: Entry) {
        lock(&self.entries).push(entry);
    }

    /// Records an answer that nobody should get.
    pub(crate) fn refused(&self, what: String) {
        lock(&self.refusals).push(what);
    }

    /// What was done, in the order of answers.
    #[must_use]
    pub(crate) fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).clone()
    }

    /// What was refused.
    #[must_use]
    pub(crate) fn refusals(&self) -> Vec<String> {
        lock(&self.refusals).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is valid after every statement, so a panic elsewhere cannot have broken it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One conversation as both of its people see it at the end.
#[derive(Debug)]
pub(crate) struct Ending<'a> {
    /// Names, for reports.
    pub(crate) names: [&'a str; 2],
    /// Accounts.
    pub(crate) accounts: [&'a str; 2],
    /// What the API of each had shown, and when.
    pub(crate) known: [&'a BTreeMap<String, Known>; 2],
    /// The history of each, oldest first.
    pub(crate) histories: [&'a [Message]; 2],
}

/// A message as it must stand at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    author: String,
    body: Option<String>,
    edited: bool,
    reply_to: Option<String>,
    reactions: BTreeSet<Reaction>,
}

/// Judges one conversation.
pub(crate) fn judge(ending: &Ending<'_>, entries: &[Entry], verdict: &mut Verdict) {
    let mut own: Vec<&Entry> = entries
        .iter()
        .filter(|entry| is_of(ending, entry))
        .collect();
    own.sort_by_key(|entry| entry.begun);
    let expected = expected(&own);
    for (name, history) in ending.names.iter().zip(ending.histories) {
        let at = format!("{} at {name}", ending.names.join("–"));
        verdict.check("every_answered_message_once", once(&at, &expected, history));
        verdict.check("contents_equal", contents(&at, &expected, history));
        verdict.check("causal_order", causal(&at, ending, &own, history));
        verdict.check("delivered", undelivered(&at, history));
    }
    let ids = |history: &[Message]| -> Vec<String> {
        history.iter().map(|message| message.id.clone()).collect()
    };
    let [one, other] = ending.histories.map(ids);
    let differ = (one != other).then(|| format!("{}: another order", ending.names.join("–")));
    verdict.check("histories_equal", differ.into_iter().collect());
    verdict.check("repeated_once", repeated(&own, ending));
}

fn is_of(ending: &Ending<'_>, entry: &Entry) -> bool {
    let [one, other] = ending.accounts;
    (entry.from == one && entry.to == other) || (entry.from == other && entry.to == one)
}

fn expected(own: &[&Entry]) -> BTreeMap<String, Expected> {
    let mut messages = BTreeMap::new();
    for entry in own {
        if let Deed::Write { body, reply_to } = &entry.deed {
            let message = Expected {
                author: entry.from.clone(),
                body: Some(body.clone()),
                edited: false,
                reply_to: reply_to.clone(),
                reactions: BTreeSet::new(),
            };
            messages.insert(entry.id.clone(), message);
        }
    }
    // Deeds on one message by one account follow one another, so the order of calls decides.
    for entry in own {
        match &entry.deed {
            Deed::Write { .. } => {}
            Deed::Edit { target, body } => {
                if let Some(message) = messages.get_mut(target) {
                    message.body = Some(body.clone());
                    message.edited = true;
                }
            }
            Deed::Delete { target } => {
                if let Some(message) = messages.get_mut(target) {
                    message.body = None;
                    message.edited = false;
                    message.reply_to = None;
                    message.reactions.clear();
                }
            }
            Deed::React { target, emoji, on } => {
                let reaction = Reaction {
                    account: entry.from.clone(),
                    emoji: emoji.clone(),
                };
                if let Some(message) = messages.get_mut(target) {
                    if *on {
                        message.reactions.insert(reaction);
                    } else {
                        message.reactions.remove(&reaction);
                    }
                }
            }
        }
    }
    messages
}

fn once(at: &str, expected: &BTreeMap<String, Expected>, history: &[Message]) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for message in history {
        *count.entry(&message.id).or_default() += 1;
    }
    let missing = expected
        .keys()
        .filter(|id| !count.contains_key(id.as_str()));
    let missing = missing.map(|id| format!("{at}: {} is missing", short(id)));
    let twice = count.iter().filter(|(_, count)| **count > 1);
    let twice = twice.map(|(id, count)| format!("{at}: {} is there {count} times", short(id)));
    let unknown = count.keys().filter(|id| !expected.contains_key(**id));
    let unknown = unknown.map(|id| format!("{at}: nobody wrote {}", short(id)));
    missing.chain(twice).chain(unknown).collect()
}

fn contents(at: &str, expected: &BTreeMap<String, Expected>, history: &[Message]) -> Vec<String> {
    let wrong = history.iter().filter_map(|message| {
        let found = Expected {
            author: message.author.clone(),
            body: message.body.clone(),
            edited: message.edited,
            reply_to: message.reply_to.clone(),
            reactions: message.reactions.clone(),
        };
        let wanted = expected.get(&message.id)?;
        let gone = message.deleted == wanted.body.is_none();
        let right = found == *wanted && gone;
        (!right).then(|| format!("{at}: {} is {found:?}, not {wanted:?}", short(&message.id)))
    });
    wrong.collect()
}

/// A message stands after its author's earlier ones, and after everything that the author's API
/// had shown before the call began.
fn causal(at: &str, ending: &Ending<'_>, own: &[&Entry], history: &[Message]) -> Vec<String> {
    let places: BTreeMap<&str, usize> = history
        .iter()
        .enumerate()
        .map(|(place, message)| (message.id.as_str(), place))
        .collect();
    let mut faults = Vec::new();
    for entry in own
        .iter()
        .filter(|entry| matches!(entry.deed, Deed::Write { .. }))
    {
        let Some(place) = places.get(entry.id.as_str()) else {
            continue;
        };
        let side = usize::from(entry.from != ending.accounts[0]);
        let before = ending.known.into_iter().nth(side).into_iter().flatten();
        let late = before
            .filter(|(_, known)| known.at < entry.begun)
            .filter_map(|(id, _)| Some((id, places.get(id.as_str())?)))
            .filter(|(_, earlier)| *earlier > place);
        faults.extend(late.map(|(id, _)| {
            format!(
                "{at}: {} was known before {} was written",
                short(id),
                short(&entry.id)
            )
        }));
    }
    faults
}

fn undelivered(at: &str, history: &[Message]) -> Vec<String> {
    let waiting = history.iter().filter_map(|message| {
        let delivery = message.delivery.as_ref()?;
        let reached = delivery.state == "reached" && delivery.reached == delivery.devices;
        (!reached).then(|| format!("{at}: {} is {delivery:?}", short(&message.id)))
    });
    waiting.collect()
}

/// A message whose call was repeated stands once under its id, and no other message says the
/// same.
fn repeated(own: &[&Entry], ending: &Ending<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for entry in own.iter().filter(|entry| entry.calls > 1) {
        let Deed::Write { body, .. } = &entry.deed else {
            continue;
        };
        for history in ending.histories {
            let same =
                |message: &&Message| message.id == entry.id || message.body.as_ref() == Some(body);
            let count = history.iter().filter(same).count();
            if count != 1 {
                faults.push(format!(
                    "`{body}`, called {} times, is there {count} times",
                    entry.calls
                ));
            }
        }
    }
    faults
}

/// Enough of a message id to find it in a log.
fn short(id: &str) -> &str {
    id.rsplit('.')
        .next()
        .and_then(|tail| tail.get(..8))
        .unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::api::Delivery;
    use super::*;

    struct Scene {
        entries: Vec<Entry>,
        histories: [Vec<Message>; 2],
        known: [BTreeMap<String, Known>; 2],
    }

    fn message(id: &str, author: &str, body: &str) -> Message {
        Message {
            id: id.to_owned(),
            author: author.to_owned(),
            body: Some(body.to_owned()),
            deleted: false,
            edited: false,
            reply_to: None,
            reactions: BTreeSet::new(),
            delivery: Some(Delivery {
                state: "reached".to_owned(),
                reached: 1,
                devices: 1,
            }),
            place: String::new(),
        }
    }

    /// Two messages: B's answers what B's API had shown of A.
    fn scene() -> Scene {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let entry = |from: &str, to: &str, id: &str, body: &str, ms, calls| Entry {
            from: from.to_owned(),
            to: to.to_owned(),
            deed: Deed::Write {
                body: body.to_owned(),
                reply_to: None,
            },
            begun: at(ms),
            calls,
            id: id.to_owned(),
        };
        let history = vec![message("m1", "a", "first"), message("m2", "b", "second")];
        let known = Known {
            at: at(5),
            conversation: "a".to_owned(),
            lasting: true,
            own: false,
        };
        Scene {
            entries: vec![
                entry("a", "b", "m1", "first", 0, 2),
                entry("b", "a", "m2", "second", 10, 1),
            ],
            histories: [history.clone(), history],
            known: [BTreeMap::new(), BTreeMap::from([("m1".to_owned(), known)])],
        }
    }

    fn failed(scene: &Scene) -> Vec<&'static str> {
        let mut verdict = Verdict::default();
        let ending = Ending {
            names: ["A", "B"],
            accounts: ["a", "b"],
            known: [&scene.known[0], &scene.known[1]],
            histories: [&scene.histories[0], &scene.histories[1]],
        };
        judge(&ending, &scene.entries, &mut verdict);
        verdict.failed()
    }

    #[test]
    fn equal_and_complete_histories_pass() {
        assert_eq!(failed(&scene()), [""; 0]);
    }

    #[test]
    fn a_lost_message_is_seen() {
        let mut scene = scene();
        scene
            .histories
            .iter_mut()
            .for_each(|history| drop(history.remove(0)));
        assert_eq!(
            failed(&scene),
            ["every_answered_message_once", "repeated_once"]
        );
    }

    #[test]
    fn a_message_written_twice_is_seen() {
        let mut scene = scene();
        for history in &mut scene.histories {
            history.push(message("m3", "a", "first"));
        }
        assert_eq!(
            failed(&scene),
            ["every_answered_message_once", "repeated_once"]
        );
    }

    #[test]
    fn an_answer_before_what_it_answers_is_seen() {
        let mut scene = scene();
        scene
            .histories
            .iter_mut()
            .for_each(|history| history.swap(0, 1));
        assert_eq!(failed(&scene), ["causal_order"]);
    }

    #[test]
    fn orders_that_differ_are_seen() {
        let mut scene = scene();
        scene.known[1].clear();
        scene.histories[1].swap(0, 1);
        assert_eq!(failed(&scene), ["histories_equal"]);
    }

    #[test]
    fn another_body_a_lost_edit_and_a_lost_reaction_are_seen() {
        let mut other = scene();
        other.histories[1][0].body = Some("frist".to_owned());
        assert_eq!(failed(&other), ["contents_equal"]);
        for deed in [
            Deed::Edit {
                target: "m2".to_owned(),
                body: "changed".to_owned(),
            },
            Deed::Delete {
                target: "m2".to_owned(),
            },
            Deed::React {
                target: "m2".to_owned(),
                emoji: "x".to_owned(),
                on: true,
            },
        ] {
            let mut scene = scene();
            let begun = scene.entries[1].begun + Duration::from_millis(5);
            let entry = Entry {
                deed,
                begun,
                id: "e".to_owned(),
                ..scene.entries[1].clone()
            };
            scene.entries.push(entry);
            assert_eq!(failed(&scene), ["contents_equal"]);
        }
    }

    #[test]
    fn a_message_that_still_waits_is_seen() {
        let mut scene = scene();
        scene.histories[0][0].delivery = Some(Delivery {
            state: "queued".to_owned(),
            reached: 0,
            devices: 1,
        });
        assert_eq!(failed(&scene), ["delivered"]);
    }
}
