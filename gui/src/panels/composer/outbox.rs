//! What is under way. Each parcel has a key of its own until it is answered well, so that trying again after an error
//! never makes a second message.

use bytes::Bytes;
use protocol::identity::AccountId;
use protocol::message::{Body, MessageRef};
use protocol::turn::Command;

use crate::ask::{Answer, Ask, Ticket};
use crate::context::Cx;

/// What goes out as one message. Equal parcels are the same message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parcel {
    /// What it says.
    pub(super) body: String,
    /// What stood in the field for it: gone from there once it is stored.
    pub(super) written: String,
    /// The message answered.
    pub(super) reply_to: Option<MessageRef>,
    /// The own message changed.
    pub(super) editing: Option<MessageRef>,
    /// The file that goes with it.
    pub(super) file: Option<u64>,
}

impl Parcel {
    /// A message that says this.
    pub(super) fn new(body: &str, written: &str) -> Self {
        Self {
            body: body.to_owned(),
            written: written.to_owned(),
            ..Self::default()
        }
    }
}

/// A file as it goes out.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// Its media type.
    pub(super) media: &'static str,
    /// Its bytes.
    pub(super) bytes: Bytes,
}

#[derive(Clone, Debug)]
struct Sent {
    parcel: Parcel,
    key: Option<Vec<u8>>,
    /// `None`: it failed, and may be tried again.
    ticket: Option<Ticket>,
}

/// What is under way, and what failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox(Vec<Sent>);

impl Outbox {
    /// Whether an answer is waited for.
    pub(super) fn is_busy(&self) -> bool {
        self.0.iter().any(|sent| sent.ticket.is_some())
    }

    /// Sends parcels. What failed before and is not among them was given up.
    pub(super) fn send(
        &mut self,
        cx: &Cx<'_>,
        account: AccountId,
        parcels: Vec<(Parcel, Option<Load>)>,
    ) {
        let before = std::mem::take(&mut self.0);
        for (parcel, load) in parcels {
            let again = before.iter().find(|sent| sent.parcel == parcel);
            let key = again.map_or_else(fresh_key, |sent| sent.key.clone());
            let ticket = post(cx, account, &parcel, key.clone(), load);
            self.0.push(Sent {
                parcel,
                key,
                ticket,
            });
        }
    }

    /// Something ended. Answers the parcel, if it was one of these.
    pub(super) fn answered(&mut self, answer: &Answer) -> Option<Parcel> {
        let at = (self.0.iter()).position(|sent| sent.ticket == Some(answer.ticket))?;
        let sent = self.0.get_mut(at)?;
        sent.ticket = None;
        let parcel = sent.parcel.clone();
        if answer.result.is_ok() {
            self.0.remove(at);
        }
        Some(parcel)
    }
}

/// Sixteen random bytes; none where the system has no randomness to give.
fn fresh_key() -> Option<Vec<u8>> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).ok().map(|()| key.to_vec())
}

/// Puts a parcel on its way. `None`: it says nothing or too much, which was checked before.
fn post(
    cx: &Cx<'_>,
    to: AccountId,
    parcel: &Parcel,
    key: Option<Vec<u8>>,
    load: Option<Load>,
) -> Option<Ticket> {
    if let Some(load) = load {
        let ticket = cx.ticket();
        cx.ask(Ask::Attach {
            ticket,
            to,
            body: parcel.body.clone(),
            media: load.media.to_owned(),
            bytes: load.bytes,
            reply_to: parcel.reply_to,
            key,
        });
        return Some(ticket);
    }
    let body = Body::try_from(parcel.body.clone()).ok()?;
    Some(cx.command(match parcel.editing {
        Some(target) => Command::Edit {
            to,
            target,
            body,
            key,
        },
        None => Command::Send {
            to,
            body,
            reply_to: parcel.reply_to,
            key,
        },
    }))
}
