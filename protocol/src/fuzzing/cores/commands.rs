//! What a person may ask of a core.
//!
//! Arguments: kind u8 mod 22 ‖ which account u8 (mod 3: the other, oneself, nobody) and, where it has one, which message
//! u8 (mod 3: ours, theirs, none).

use super::BEFORE;
use crate::fuzzing::{Reader, samples};
use crate::identity::{AccountId, ContactLink, Hints};
use crate::message::{Body, Name};
use crate::privacy::{Presence, Privacy};
use crate::turn::{Attachment, Command, Whom};
use crate::wire::Text;

/// The next command of the input, to the core of side `own`.
pub(super) fn command(own: usize, reader: &mut Reader<'_>) -> Command {
    let before = &*BEFORE;
    let kind = reader.u8() % 22;
    let accounts = [
        before.accounts[1 - own],
        before.accounts[own],
        AccountId([7; 32]),
    ];
    let to = accounts[reader.pick(accounts.len())];
    let message = |reader: &mut Reader<'_>| before.messages[reader.pick(before.messages.len())];
    let body = || Body::try_from("encore").unwrap();
    match kind {
        0..=2 => {
            let reply_to = (kind == 1).then(|| message(reader));
            let key = (kind == 2).then(|| vec![reader.u8()]);
            Command::Send {
                to,
                body: body(),
                reply_to,
                key,
            }
        }
        3 => Command::Edit {
            to,
            target: message(reader),
            body: body(),
            key: None,
        },
        4 => Command::Delete {
            to,
            target: message(reader),
            key: None,
        },
        5 => {
            let (target, emoji) = (message(reader), Text::try_from("🎉").unwrap());
            Command::React {
                to,
                target,
                emoji,
                on: reader.u8() & 1 == 0,
                key: None,
            }
        }
        6 => Command::Request(Whom::Account(to)),
        7 => Command::Request(Whom::Link(ContactLink::new(to, Hints::None).unwrap())),
        8 => Command::Accept(to),
        9 => Command::Remove(to),
        10 => Command::Block(to),
        11 => Command::Unblock(to),
        12 => Command::Verify(to),
        13 => Command::Certify(before.bundles[own][reader.pick(4)].clone()),
        14..=18 | 20 | 21 => about(kind, to, reader),
        _ => {
            let name = [Name::default(), samples::name("Ana-Lisa")];
            Command::SetName(name[reader.pick(2)].clone())
        }
    }
}

/// What else a person may say and set.
fn about(kind: u8, to: AccountId, reader: &mut Reader<'_>) -> Command {
    match kind {
        14 => Command::Typing { to },
        15 => {
            let messages = &BEFORE.messages;
            let up_to = messages[reader.pick(messages.len())];
            let conversation = to;
            Command::MarkRead {
                conversation,
                up_to,
            }
        }
        16 => {
            let presences = [Presence::Online, Presence::Away, Presence::Invisible];
            Command::SetPresence(presences[reader.pick(presences.len())])
        }
        17 => Command::SetPrivacy(Privacy {
            send_read_marks: reader.u8() & 1 == 0,
            ..Privacy::default()
        }),
        20 => Command::Draft {
            conversation: to,
            text: Text::try_from(["", "On my way"][reader.pick(2)]).unwrap(),
        },
        21 => Command::Petname {
            account: to,
            name: [Name::default(), samples::name("Cousin")][reader.pick(2)].clone(),
        },
        _ => {
            let size = usize::from(reader.u16());
            Command::Attach {
                to,
                body: Body::try_from("encore").unwrap(),
                reply_to: None,
                attachment: Attachment {
                    media: Text::try_from("image/png").unwrap(),
                    bytes: vec![reader.u8(); size].into(),
                },
                key: None,
            }
        }
    }
}
