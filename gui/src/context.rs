//! What every panel is handed: what to draw, how it looks, how it speaks, and where to put what the person wants.

use std::cell::RefCell;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::ask::{Act, Ask, Ticket};
use crate::model::Model;
use crate::prefs::Prefs;
use crate::text::{Sentence, Text, dates};
use crate::theme::{Palette, Scheme};

/// What every panel is handed.
#[derive(Debug)]
pub struct Cx<'a> {
    /// What to draw.
    pub model: &'a Model,
    /// What the person chose for the window.
    pub prefs: &'a Prefs,
    /// Sentences.
    pub text: &'a Text,
    /// Dark or light.
    pub scheme: Scheme,
    /// Now, in milliseconds since 1970.
    pub now_ms: u64,
    /// Where the person is on the earth.
    pub zone: &'a TimeZone,
    /// Whether the window is narrow: one column.
    pub narrow: bool,
    /// Where wishes go.
    pub wishes: &'a Wishes,
}

/// What panels want, in order.
#[derive(Debug, Default)]
pub struct Wishes {
    asks: RefCell<Vec<Ask>>,
    acts: RefCell<Vec<Act>>,
    tickets: std::cell::Cell<u64>,
}

impl Wishes {
    /// Takes what was asked of the backend.
    pub fn take_asks(&self) -> Vec<Ask> {
        self.asks.take()
    }

    /// Takes what was asked of the window.
    pub fn take_acts(&self) -> Vec<Act> {
        self.acts.take()
    }
}

impl Cx<'_> {
    /// The colours.
    #[must_use]
    pub const fn palette(&self) -> &'static Palette {
        self.scheme.palette()
    }

    /// Wants something of the backend.
    pub fn ask(&self, ask: Ask) {
        self.wishes.asks.borrow_mut().push(ask);
    }

    /// Wants a command carried out; its answer comes under the ticket.
    pub fn command(&self, command: protocol::turn::Command) -> Ticket {
        let ticket = self.ticket();
        self.ask(Ask::Do(ticket, Box::new(command)));
        ticket
    }

    /// A new ticket.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        let next = self.wishes.tickets.get() + 1;
        self.wishes.tickets.set(next);
        Ticket(next)
    }

    /// Wants something of the window.
    pub fn act(&self, act: Act) {
        self.wishes.acts.borrow_mut().push(act);
    }

    /// A sentence.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.text.say(key)
    }

    /// What the backend told, in words.
    #[must_use]
    pub fn tell(&self, sentence: &Sentence) -> String {
        sentence.said(self.text)
    }

    /// Today.
    #[must_use]
    pub fn today(&self) -> Date {
        dates::day(self.now_ms, self.zone)
    }

    /// "14:05".
    #[must_use]
    pub fn time(&self, at_ms: u64) -> String {
        dates::time(at_ms, self.zone)
    }
}
