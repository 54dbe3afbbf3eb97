//! Nobody waits for somebody who waits for them: every interleaving of driver, network task, links and store, with mailboxes of
//! one or two places.
//!
//! A model, for the real mailboxes are tokio's, which loom cannot look into. It has their shapes: who waits for room, who is told
//! only while there is some, who drops. Its steps are larger than the program's and its rooms smaller: what cannot end in a knot
//! here has no knot there either, for a larger room only ever lets somebody go on who waits here. What the program relies on is
//! said by [`Rules`]; for each there is a test of what comes without it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::store_thread::answers;

/// What keeps the real ones from each other's throats.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// The network task takes orders also while it has something to tell the driver (`net::swarm`).
    net_never_waits: bool,
    /// The store's threads have room for every answer ([`answers`]).
    store_never_waits: bool,
    /// A link's queue that is full ends the link (`net::stream`).
    full_link_is_cut: bool,
    /// The driver asks for no more loads than the reader's mailbox holds (`store_thread::LOADS_MAX`).
    loads_are_counted: bool,
}

const REAL: Rules = Rules {
    net_never_waits: true,
    store_never_waits: true,
    full_link_is_cut: true,
    loads_are_counted: true,
};

/// Places in the mailboxes of the model.
const ORDERS: u8 = 1;
const NEWS: u8 = 1;
const WRITES: u8 = 1;
const LOADS: u8 = 1;
const LINK: u8 = 1;
/// Batches that a core has under way ([`protocol::limits::BATCHES_IN_FLIGHT_MAX`]).
const BATCHES: u8 = 2;
/// Things that the driver may want of one input: an order to the network, a batch, a load.
const WISHES_MAX: u8 = 2;

/// What the driver still has to hand out before it takes the next input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wishes {
    orders: u8,
    writes: u8,
    loads: u8,
}

/// All mailboxes, by how full they are, and where everybody stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    wishes: Wishes,
    /// Orders for the network task; news for the driver, from it and from links; answers of the store.
    orders: u8,
    news: u8,
    answers: u8,
    writes: u8,
    loads: u8,
    /// Batches and loads that are not answered.
    in_flight: u8,
    loading: u8,
    /// What the network task has to tell.
    untold: bool,
    /// Whether writer and reader have done something and not said so.
    written: bool,
    read: bool,
    /// Frames in the link's queue, whether it was cut, and whether a frame of the peer's waits for room.
    link: u8,
    cut: bool,
    frame: bool,
}

impl State {
    /// Whether the driver waits for inputs, not for room.
    fn is_free(&self) -> bool {
        self.wishes == Wishes::default()
    }

    /// Every state that may come next. `peer`: whether the other end of the link takes what is sent to it.
    fn next(&self, rules: Rules, peer: bool) -> Vec<Self> {
        let mut next = Vec::new();
        self.driver(rules, &mut next);
        self.network(rules, &mut next);
        self.store(rules, &mut next);
        self.link(peer, &mut next);
        next
    }

    /// Takes one input, with whatever it wants of it; or hands out what it wants.
    fn driver(&self, rules: Rules, next: &mut Vec<Self>) {
        if self.is_free() {
            if self.news > 0 {
                let taken = Self {
                    news: self.news - 1,
                    ..*self
                };
                taken.wish(rules, next);
            }
            if self.answers > 0 {
                // Of a batch or of a load: whichever it was, one less is under way.
                let taken = Self {
                    answers: self.answers - 1,
                    ..*self
                };
                if self.in_flight > 0 {
                    let batch = Self {
                        in_flight: self.in_flight - 1,
                        ..taken
                    };
                    batch.wish(rules, next);
                }
                if self.loading > 0 {
                    let load = Self {
                        loading: self.loading - 1,
                        ..taken
                    };
                    load.wish(rules, next);
                }
            }
            // A person asks for something: that never waits for room, and may want anything.
            self.wish(rules, next);
            return;
        }
        let wishes = self.wishes;
        if wishes.orders > 0 {
            if self.orders < ORDERS {
                next.push(Self {
                    orders: self.orders + 1,
                    wishes: Wishes {
                        orders: wishes.orders - 1,
                        ..wishes
                    },
                    ..*self
                });
            }
            return; // it waits: in order
        }
        if wishes.writes > 0 {
            if self.writes < WRITES {
                next.push(Self {
                    writes: self.writes + 1,
                    in_flight: self.in_flight + 1,
                    wishes: Wishes {
                        writes: wishes.writes - 1,
                        ..wishes
                    },
                    ..*self
                });
            }
            return;
        }
        if self.loads < LOADS {
            next.push(Self {
                loads: self.loads + 1,
                loading: self.loading + 1,
                wishes: Wishes {
                    loads: wishes.loads - 1,
                    ..wishes
                },
                ..*self
            });
        }
    }

    /// Whatever a core may want of an input.
    fn wish(self, rules: Rules, next: &mut Vec<Self>) {
        for orders in 0..=WISHES_MAX {
            for writes in 0..=BATCHES.saturating_sub(self.in_flight) {
                let room = LOADS.saturating_sub(self.loading);
                let loads = if rules.loads_are_counted {
                    room
                } else {
                    WISHES_MAX.saturating_sub(self.loading)
                };
                for loads in 0..=loads {
                    next.push(Self {
                        wishes: Wishes {
                            orders,
                            writes,
                            loads,
                        },
                        ..self
                    });
                }
            }
        }
    }

    /// Obeys; tells what it has to tell; something happens on the network.
    fn network(&self, rules: Rules, next: &mut Vec<Self>) {
        if self.untold && self.news < NEWS {
            next.push(Self {
                news: self.news + 1,
                untold: false,
                ..*self
            });
        }
        if self.untold && !rules.net_never_waits {
            return;
        }
        if !self.untold {
            next.push(Self {
                untold: true,
                ..*self
            });
        }
        if self.orders > 0 {
            let obeyed = Self {
                orders: self.orders - 1,
                ..*self
            };
            if self.cut {
                next.push(obeyed); // a link that is gone ignores it
            } else if self.link < LINK {
                next.push(Self {
                    link: self.link + 1,
                    ..obeyed
                });
            } else if rules.full_link_is_cut {
                next.push(Self {
                    cut: true,
                    link: 0,
                    ..obeyed
                });
            }
        }
    }

    /// Writer and reader do what they are asked, then say so.
    fn store(&self, rules: Rules, next: &mut Vec<Self>) {
        let room = if rules.store_never_waits {
            answers(usize::from(LOADS), usize::from(WRITES))
        } else {
            1
        };
        let has_room = usize::from(self.answers) < room;
        if self.written && has_room {
            next.push(Self {
                answers: self.answers + 1,
                written: false,
                ..*self
            });
        }
        if !self.written && self.writes > 0 {
            next.push(Self {
                writes: self.writes - 1,
                written: true,
                ..*self
            });
        }
        if self.read && has_room {
            next.push(Self {
                answers: self.answers + 1,
                read: false,
                ..*self
            });
        }
        if !self.read && self.loads > 0 {
            next.push(Self {
                loads: self.loads - 1,
                read: true,
                ..*self
            });
        }
    }

    /// Its two halves: one writes what is queued, one waits for the driver to take a frame.
    fn link(&self, peer: bool, next: &mut Vec<Self>) {
        if peer && self.link > 0 {
            next.push(Self {
                link: self.link - 1,
                ..*self
            });
        }
        if !self.frame && !self.cut {
            next.push(Self {
                frame: true,
                ..*self
            });
        }
        if self.frame && self.news < NEWS {
            next.push(Self {
                news: self.news + 1,
                frame: false,
                ..*self
            });
        }
    }
}

/// Every state that may be reached, and one from which the driver never takes an input again, if there is one.
fn explore(rules: Rules, peer: bool) -> (usize, Option<State>) {
    let mut before: BTreeMap<State, Vec<State>> = BTreeMap::from([(State::default(), Vec::new())]);
    let mut to_do = VecDeque::from([State::default()]);
    while let Some(state) = to_do.pop_front() {
        for next in state.next(rules, peer) {
            if !before.contains_key(&next) {
                to_do.push_back(next);
            }
            before.entry(next).or_default().push(state);
        }
    }
    // Backwards, from every state in which it does.
    let free = before.keys().filter(|state| state.is_free()).copied();
    let mut good: BTreeSet<State> = free.collect();
    let mut to_do: Vec<State> = good.iter().copied().collect();
    while let Some(state) = to_do.pop() {
        for earlier in &before[&state] {
            if good.insert(*earlier) {
                to_do.push(*earlier);
            }
        }
    }
    let knot = before.keys().find(|state| !good.contains(state)).copied();
    (before.len(), knot)
}

/// F25: whatever the order, and however slow the peer, the driver comes to its next input.
#[test]
fn slow_peer_ties_no_knot() {
    for peer in [true, false] {
        let (states, knot) = explore(REAL, peer);
        assert_eq!(knot, None);
        assert!(states > 1_000, "{states}: nothing was looked at");
    }
}

#[test]
fn a_network_task_that_waits_for_the_driver_ties_one() {
    let rules = Rules {
        net_never_waits: false,
        ..REAL
    };
    assert_ne!(explore(rules, true).1, None);
}

#[test]
fn a_link_that_is_waited_for_ties_one_with_a_peer_that_takes_nothing() {
    let rules = Rules {
        full_link_is_cut: false,
        ..REAL
    };
    assert_ne!(explore(rules, false).1, None);
}

/// Either would do: each is there for the day on which the other is changed.
#[test]
fn loads_without_number_tie_one_where_their_answers_have_no_room() {
    let uncounted = Rules {
        loads_are_counted: false,
        ..REAL
    };
    let no_room = Rules {
        store_never_waits: false,
        ..REAL
    };
    let neither = Rules {
        loads_are_counted: false,
        ..no_room
    };
    assert_eq!(explore(uncounted, true).1, None);
    assert_eq!(explore(no_room, true).1, None);
    assert_ne!(explore(neither, true).1, None);
}
