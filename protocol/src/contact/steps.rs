//! The steps of a contact request, as they arrive inside a session.
//!
//! ```text
//! requester                               accepter
//!   Request{bundle, name, H(nonce_r)} ──►   Incoming            shown once the words are there
//!   Outgoing{theirs}  ◄── Nonce{nonce_a}    by itself
//!   Reveal{nonce_r} ───────────────────►    six words
//!   Accepted  ◄────────── Accept{name}      when the person says yes
//! ```
//! Every step may come twice, and late: what does not fit the state is passed over, and acknowledged. An answer's id is
//! made from the exchange that it belongs to ([`Answer::id`]), so none is taken for a step of a later one.

use crate::contact::strangers::not_a_stranger;
use crate::contact::{put, words};
use crate::courier::{self, Desks, Stop};
use crate::crypto::{Hash32, Label};
use crate::error::Misbehaved;
use crate::identity::words::{commit, opens};
use crate::identity::{AccountBundle, AccountId, DeviceId, UnverifiedBundle};
use crate::limits;
use crate::link::Links;
use crate::message::{ContactStep, Content, MessageId, MessageRef, Name};
use crate::persist::{ContactRow, ContactState, MessageRow, Row, RowKey, Trust};
use crate::turn::Context;

/// Acts on a step of a device that was proved on its link and by its session.
///
/// # Errors
/// When rows must be loaded first, or the step is a lie.
pub fn on_step(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (account, device): (AccountId, DeviceId),
    id: MessageId,
    step: ContactStep,
) -> Result<(), Stop> {
    let name = MessageRef { author: device, id };
    if cx.resident.message(name)?.is_some() {
        return Ok(());
    }
    match step {
        ContactStep::Request {
            bundle,
            name,
            commitment,
        } => {
            let bundle = checked(bundle, account, device)?;
            on_request(cx, desks, device, bundle, name, commitment)?;
        }
        ContactStep::Nonce { nonce } => on_nonce(cx, desks.links, account, name, nonce),
        ContactStep::Reveal { nonce } => on_reveal(cx, desks.links, account, name, nonce)?,
        ContactStep::Accept { name: theirs } => on_accept(cx, desks.links, account, id, theirs),
    }
    let row = MessageRow::step(account, cx.now.wall);
    cx.put(RowKey::Message(name), Row::Message(row));
    let contact = cx.resident.contact(account).map(|row| &row.state);
    if matches!(contact, Some(ContactState::Accepted { .. })) {
        not_a_stranger(cx, desks.desk, account);
    }
    Ok(())
}

/// The steps that answer another.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Nonce,
    Reveal,
    Accept,
}

impl Answer {
    /// The id of this answer in the exchange that began with `commitment`; the answers after the first nonce are to
    /// that one: `H("contact step", kind ‖ commitment ‖ nonce_a)`, the first 16 bytes.
    fn id(self, commitment: &Hash32, nonce: Option<&[u8; 32]>) -> MessageId {
        let kind = [match self {
            Self::Nonce => 1,
            Self::Reveal => 2,
            Self::Accept => 3,
        }];
        let nonce = nonce.map_or(&[][..], |nonce| nonce);
        let hash = Hash32::of(
            Label::ContactStep,
            &[&kind, commitment.as_bytes().as_slice(), nonce].concat(),
        );
        let mut id = [0; 16];
        id.iter_mut().zip(hash.0).for_each(|(to, from)| *to = from);
        MessageId(id)
    }
}

fn checked(
    bundle: UnverifiedBundle,
    account: AccountId,
    device: DeviceId,
) -> Result<AccountBundle, Misbehaved> {
    let bundle = bundle.verify(Some(account))?;
    if bundle.device(&device).is_none() {
        return Err(Misbehaved::Contact(
            "the asking device is not in its own bundle",
        ));
    }
    Ok(bundle)
}

fn say(
    cx: &mut Context<'_>,
    account: AccountId,
    device: DeviceId,
    id: MessageId,
    step: ContactStep,
) {
    courier::enqueue(
        cx,
        account,
        device,
        id,
        None,
        &Content::Contact { id, step },
    );
}

fn on_request(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    bundle: AccountBundle,
    name: Name,
    commitment: Hash32,
) -> Result<(), Stop> {
    let account = bundle.account();
    let (mut wanted, mut asked_with) = (false, None);
    let known = cx.resident.contact(account);
    // What is known stays known: a request brings no revoked device back.
    let bundle = match known.and_then(|row| row.bundle.as_ref()) {
        Some(known) => known.merge(&bundle)?,
        None => bundle,
    };
    match known.map(|row| &row.state) {
        // Both asked at once, theirs came late: what they asked with is what they answered ours with.
        Some(ContactState::Accepted {
            we_asked: true,
            accepter,
            ..
        }) if opens(&commitment, accepter, &account) => {
            return Ok(());
        }
        // They lost what we had, or removed us and come back: their request renews the contact, and people
        // compare again.
        Some(ContactState::Accepted { .. } | ContactState::Incoming { .. }) => {}
        Some(ContactState::Blocked) => return Ok(()),
        Some(ContactState::Outgoing { ours, theirs, .. }) => {
            // Both asked at once. The smaller account stays the one who asked; the other's wish is a yes.
            // Unless it had answered us before, and asks with something new: then it lost what it answered.
            let lost = theirs.is_some_and(|theirs| !opens(&commitment, &theirs, &account));
            if cx.local.account < account && !lost {
                return Ok(());
            }
            wanted = true;
            asked_with = theirs.is_none().then_some(*ours);
        }
        None => {
            let pending = cx.resident.contacts();
            let asking =
                pending.filter(|(_, row)| matches!(row.state, ContactState::Incoming { .. }));
            if asking.count() >= limits::REQUESTS_PENDING_MAX {
                return Err(Stop::Ignored); // it comes again, when some may be answered
            }
        }
    }
    // Until it is revealed nobody has seen the nonce of an own request: it serves, and tells that request apart from a later one.
    let ours = asked_with.unwrap_or_else(|| cx.rng.bytes());
    let state = ContactState::Incoming {
        commitment,
        ours,
        theirs: None,
        device,
        wanted,
    };
    let row = ContactRow {
        state,
        trust: Trust::Unverified,
        name,
        bundle: Some(bundle),
        since: cx.now.wall,
    };
    put(cx, desks.links, account, row);
    // Whatever waits of an exchange before this one would be taken for a step of this one.
    courier::forget_steps(cx, desks.courier, device);
    let id = Answer::Nonce.id(&commitment, None);
    say(cx, account, device, id, ContactStep::Nonce { nonce: ours });
    Ok(())
}

fn on_nonce(
    cx: &mut Context<'_>,
    links: &Links,
    account: AccountId,
    step: MessageRef,
    nonce: [u8; 32],
) {
    let Some(row) = cx.resident.contact(account).cloned() else {
        return;
    };
    let ContactState::Outgoing {
        ours,
        theirs: None,
        device: Some(asked),
        hints,
    } = row.state
    else {
        return;
    };
    let commitment = commit(&ours, &cx.local.account);
    if asked != step.author || step.id != Answer::Nonce.id(&commitment, None) {
        return;
    }
    let state = ContactState::Outgoing {
        ours,
        theirs: Some(nonce),
        device: Some(asked),
        hints,
    };
    put(cx, links, account, ContactRow { state, ..row });
    let id = Answer::Reveal.id(&commitment, Some(&nonce));
    let reveal = ContactStep::Reveal { nonce: ours };
    say(cx, account, asked, id, reveal);
}

fn on_reveal(
    cx: &mut Context<'_>,
    links: &Links,
    account: AccountId,
    step: MessageRef,
    nonce: [u8; 32],
) -> Result<(), Misbehaved> {
    let Some(row) = cx.resident.contact(account).cloned() else {
        return Ok(());
    };
    let ContactState::Incoming {
        commitment,
        ours,
        theirs: None,
        device: asker,
        wanted,
    } = row.state
    else {
        return Ok(());
    };
    if asker != step.author || step.id != Answer::Reveal.id(&commitment, Some(&ours)) {
        return Ok(());
    }
    if !opens(&commitment, &nonce, &account) && !cx.faults.skips_verification() {
        return Err(Misbehaved::Contact(
            "the revealed nonce is not the one committed to",
        ));
    }
    let theirs = Some(nonce);
    let state = ContactState::Incoming {
        commitment,
        ours,
        theirs,
        device: asker,
        wanted,
    };
    put(cx, links, account, ContactRow { state, ..row });
    if wanted {
        accept(cx, links, account);
    }
    Ok(())
}

fn on_accept(cx: &mut Context<'_>, links: &Links, account: AccountId, id: MessageId, name: Name) {
    let Some(row) = cx.resident.contact(account).cloned() else {
        return;
    };
    let ContactState::Outgoing {
        ours,
        theirs: Some(theirs),
        ..
    } = row.state
    else {
        return;
    };
    let commitment = commit(&ours, &cx.local.account);
    if id != Answer::Accept.id(&commitment, Some(&theirs)) {
        return;
    }
    let state = ContactState::Accepted {
        we_asked: true,
        requester: ours,
        accepter: theirs,
    };
    put(cx, links, account, ContactRow { state, name, ..row });
}

/// Says yes to a request whose words are complete. `false`: they are not.
pub(super) fn accept(cx: &mut Context<'_>, links: &Links, account: AccountId) -> bool {
    let Some(row) = cx.resident.contact(account).cloned() else {
        return false;
    };
    let ContactState::Incoming {
        commitment,
        ours,
        theirs: Some(theirs),
        device,
        ..
    } = row.state
    else {
        return false;
    };
    let complete = words(cx.local.account, account, &row).is_some();
    let state = ContactState::Accepted {
        we_asked: false,
        requester: theirs,
        accepter: ours,
    };
    put(cx, links, account, ContactRow { state, ..row });
    let id = Answer::Accept.id(&commitment, Some(&ours));
    let name = cx.own_name();
    say(cx, account, device, id, ContactStep::Accept { name });
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_named_by_its_exchange() {
        let (commitment, nonce) = (Hash32([0xc0; 32]), [0xa0; 32]);
        let hash = |input: &[u8]| blake3::derive_key("lescopains v1 contact step", input);
        let named = |kind: u8, nonce: &[u8]| {
            let hash = hash(&[&[kind], [0xc0; 32].as_slice(), nonce].concat());
            MessageId(*hash.first_chunk().unwrap())
        };
        assert_eq!(Answer::Nonce.id(&commitment, None), named(1, &[]));
        let later = [(Answer::Reveal, 2), (Answer::Accept, 3)];
        for (answer, kind) in later {
            let id = answer.id(&commitment, Some(&nonce));
            assert_eq!(id, named(kind, &nonce), "{answer:?}");
        }
    }
}
