//! One example of every row.

use super::{NOW_MS, ana, at, bo, communities, message, text};
use crate::crypto::Hash32;
use crate::identity::{AccountId, DeviceId};
use crate::local::LocalDevice;
use crate::message::{ContactStep, Content, DirectEvent, MessageId};
use crate::persist::{
    AttachmentRow, ContactRow, ContactState, ConversationRow, Delivery, DeviceRow, Failure,
    MessageContent, MessageRow, NoteRow, OutboxRow, OwnRow, PartRow, PeerRow, PendingRow,
    PrekeyRow, PrivacyRow, Reaction, ReadRow, Row, SealedRow, SeenRow, SessionRow, Trust,
    UnfinishedRow, Version,
};
use crate::privacy::{Presence, Privacy};
use crate::session::{Kind, SessionRecord};
use crate::time::Timestamp;
use crate::wire::{Blob, encode};

/// Every kind of row, contacts in every state.
#[must_use]
pub fn rows() -> Vec<(&'static str, Row)> {
    let (own, bo) = (ana(), bo());
    let stamp = Timestamp::from_millis(NOW_MS);
    let mut rows = vec![
        (
            "device",
            Row::Device(DeviceRow {
                clock: at(3),
                next_prekey: 300,
                signed: 1,
                last_resort: 2,
                signed_at: stamp,
            }),
        ),
        (
            "own",
            Row::Own(OwnRow {
                name: text("Ana"),
                bundle: own.bundle,
            }),
        ),
    ];
    let device = bo.device;
    rows.extend(contact_states(device).into_iter().map(|(name, state)| {
        let trust = if name == "contact accepted" {
            Trust::Verified
        } else {
            Trust::Unverified
        };
        let bundle = (name != "contact blocked").then(|| bo.bundle.clone());
        (
            name,
            Row::Contact(ContactRow {
                state,
                trust,
                name: text("Bo"),
                bundle,
                since: stamp,
            }),
        )
    }));
    rows.push((
        "peer",
        Row::Peer(PeerRow {
            account: bo.account,
            next_order: 9,
            session_number: 2,
        }),
    ));
    let record = SessionRecord::from_bytes(vec![0x0a, 0x01, 0x00]);
    rows.push(("session", Row::Session(SessionRow { record })));
    let prekey = PrekeyRow {
        record: vec![0x08, 0x01],
        created: stamp,
    };
    rows.push(("prekey", Row::Prekey(prekey)));
    let seen = Row::LastResortSeen(SeenRow { at: stamp });
    rows.push(("last resort seen", seen));
    let heads = vec![(at(5), message(1))].try_into().unwrap();
    rows.push((
        "conversation",
        Row::Conversation(ConversationRow { heads, last: at(6) }),
    ));
    rows.extend(message_rows(&bo, stamp));
    rows.push(("order", Row::Order));
    rows.extend(outbox_rows(bo.account));
    rows.extend(rows_about_people());
    rows.extend(attachment_rows(stamp));
    rows.push(("note", note_row()));
    rows.extend(communities::rows());
    rows
}

fn note_row() -> Row {
    Row::Note(NoteRow {
        text: text("See you at eight, or a little later"),
    })
}

fn attachment_rows(begun: Timestamp) -> Vec<(&'static str, Row)> {
    let (whole, media) = (Hash32([0x5c; 32]), text("image/png"));
    let bytes = vec![0x89, 0x50, 0x4e, 0x47].try_into().unwrap();
    let attachment = AttachmentRow {
        whole,
        media: media.clone(),
        size: 40_000,
        count: 2,
    };
    let unfinished = UnfinishedRow {
        whole,
        media,
        count: 34,
        have: 0x2_0000_0005,
        last: 4_096,
        begun,
    };
    vec![
        ("attachment", Row::Attachment(attachment)),
        ("unfinished", Row::Unfinished(unfinished)),
        ("part", Row::Part(PartRow { bytes })),
    ]
}

fn rows_about_people() -> Vec<(&'static str, Row)> {
    let privacy = Privacy {
        send_typing: true,
        send_read_marks: false,
        visible_nearby: true,
        presence: Presence::Away,
    };
    let read = ReadRow {
        own: Some((at(2), message(5))),
        theirs: None,
    };
    vec![
        ("privacy", Row::Privacy(PrivacyRow::V1(privacy))),
        ("read", Row::Read(read)),
    ]
}

fn contact_states(device: DeviceId) -> Vec<(&'static str, ContactState)> {
    let hints = vec![text("192.0.2.7:4001")].try_into().unwrap();
    let (ours, theirs) = ([0xa1; 32], Some([0xb1; 32]));
    let commitment = Hash32([0xc1; 32]);
    vec![
        (
            "contact outgoing",
            ContactState::Outgoing {
                ours,
                theirs,
                device: Some(device),
                hints,
            },
        ),
        (
            "contact incoming",
            ContactState::Incoming {
                commitment,
                ours,
                theirs: None,
                device,
                wanted: false,
            },
        ),
        (
            "contact accepted",
            ContactState::Accepted {
                we_asked: true,
                requester: ours,
                accepter: [0xb1; 32],
            },
        ),
        ("contact blocked", ContactState::Blocked),
    ]
}

fn message_rows(bo: &LocalDevice, arrived: Timestamp) -> Vec<(&'static str, Row)> {
    let version = |n: u8, body| Version {
        stamp: (at(n.into()), message(n)),
        body: text(body),
    };
    let versions = vec![version(1, "salut"), version(2, "salut !")];
    let deleted = DirectEvent::Delete { target: message(7) };
    let contents = [
        (
            "message text",
            MessageContent::Text {
                reply_to: Some(message(7)),
                versions: versions.try_into().unwrap(),
            },
        ),
        ("message deleted", MessageContent::Deleted),
        ("message effect", MessageContent::Effect(deleted)),
        ("message step", MessageContent::Step),
    ];
    let reaction = Reaction {
        account: bo.account,
        emoji: text("🎉"),
        decided: (at(8), message(8)),
        on: true,
    };
    let queued = [
        Delivery::Queued,
        Delivery::Reached,
        Delivery::Failed(Failure::Revoked),
    ];
    let delivery: Vec<_> = (1..)
        .zip(queued)
        .map(|(n, how)| (DeviceId([n; 32]), how))
        .collect();
    let row = |content| MessageRow {
        conversation: bo.account.into(),
        account: bo.account,
        hlc: at(1),
        place: at(2),
        arrived,
        seen: vec![message(5)].try_into().unwrap(),
        content,
        reactions: vec![reaction.clone()].try_into().unwrap(),
        delivery: delivery.clone().try_into().unwrap(),
    };
    contents
        .map(|(name, content)| (name, Row::Message(row(content))))
        .into()
}

fn outbox_rows(conversation: AccountId) -> Vec<(&'static str, Row)> {
    let (id, event) = (
        MessageId([0x02; 16]),
        DirectEvent::Delete { target: message(7) },
    );
    let content = Content::Contact {
        id,
        step: ContactStep::Nonce { nonce: [0xb1; 32] },
    };
    let content: Blob<_> = encode(&content).try_into().unwrap();
    let bytes = vec![0x44, 0x0a].try_into().unwrap();
    let sealed = Some(SealedRow {
        session: 2,
        kind: Kind::Whisper,
        bytes,
    });
    let waiting = OutboxRow {
        id,
        conversation: Some(conversation),
        content: content.clone(),
        sealed: None,
    };
    vec![
        ("outbox waiting", Row::Outbox(waiting)),
        (
            "outbox sealed",
            Row::Outbox(OutboxRow {
                id,
                conversation: None,
                content,
                sealed,
            }),
        ),
        (
            "pending",
            Row::Pending(PendingRow {
                account: conversation,
                conversation,
                hlc: at(9),
                event,
            }),
        ),
    ]
}
