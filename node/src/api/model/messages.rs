//! Messages, as the API says and takes them.

use protocol::control::CommunityId;
use protocol::message::{ConversationId, MessageRef};
use protocol::persist::{Delivery, Failure, MessageContent, MessageRow};
use protocol::turn::AttachmentView;
use serde::{Deserialize, Serialize};
use storage::PageEntry;
use utoipa::ToSchema;

use super::Marks;
use crate::api::reference::{community_text, message_text, place_text};
use crate::view::View;

/// A new message.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// What it says, 1 to 4,000 characters.
    pub body: String,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// A small file that comes with it. The body is then its caption, or its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<NewAttachment>,
}

/// A small file to send.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    /// `image/png`, `image/jpeg`, `image/gif`, `image/webp`, `text/plain` or `application/octet-stream`.
    pub media: String,
    /// Its bytes, 1 to 1,048,576, in base64 (RFC 4648, with padding).
    pub base64: String,
}

impl std::fmt::Debug for NewAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAttachment")
            .field("media", &self.media)
            .finish_non_exhaustive()
    }
}

/// A file that came with a message, as far as it is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attached {
    /// What its author calls it; the bytes may be anything.
    pub media: String,
    /// Bytes in all, once known.
    pub size: Option<u32>,
    /// Parts that are here.
    pub have: u16,
    /// Parts in all.
    pub parts: u16,
    /// Whether all of it is here and is what was sent: then it can be fetched.
    pub complete: bool,
}

impl From<&AttachmentView> for Attached {
    fn from(view: &AttachmentView) -> Self {
        Self {
            media: view.media.as_str().to_owned(),
            size: view.size,
            have: view.have,
            parts: view.parts,
            complete: view.complete,
        }
    }
}

/// A new body for an own message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditedMessage {
    /// What it says from now on, 1 to 4,000 characters.
    pub body: String,
}

/// What was written, once it is durable.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Written {
    /// Its id: of the message, or of the edit, deletion or reaction itself.
    pub id: String,
}

/// A message as it stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The other account of the conversation, or the channel.
    pub conversation: String,
    /// The community of the channel, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// The account that wrote it.
    pub author: String,
    /// Whether the person blocked that account: to be folded away, and nothing to notify of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub author_blocked: bool,
    /// When its author wrote it, by the author's clock.
    pub sent_ms: u64,
    /// When it came, or was written, here.
    pub arrived_ms: u64,
    /// What it says now; absent once deleted, or where damage made it unreadable.
    pub body: Option<String>,
    /// Whether its author took it back.
    pub deleted: bool,
    /// Whether its author changed it.
    pub edited: bool,
    /// Whether its stored form is damaged: it cannot be shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
    /// The message that it answers.
    pub reply_to: Option<String>,
    /// Who put which emoji on it.
    pub reactions: Vec<Reaction>,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attached>,
    /// In a channel, what happened to it beside that: in pages; the event stream tells it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// For own messages, how they fared.
    pub delivery: Option<DeliveryReport>,
    /// Its place: a cursor for pages before or after it.
    pub place: String,
}

/// An emoji on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reaction {
    /// Who put it there.
    pub account: String,
    /// Which.
    pub emoji: String,
}

/// How an own message fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryReport {
    /// In one word.
    pub state: DeliveryState,
    /// Devices that have it, durably.
    pub reached: usize,
    /// Devices that it is for.
    pub devices: usize,
    /// Why it will not reach some of them.
    pub failed: Vec<String>,
}

/// How an own message fared, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It waits here.
    Queued,
    /// At least one device has it.
    Reached,
    /// It will reach none.
    Failed,
}

impl Message {
    /// A message row as shown.
    #[must_use]
    pub fn new(id: MessageRef, row: &MessageRow, attachment: Option<&AttachmentView>) -> Self {
        let (body, reply_to, edited) = match &row.content {
            MessageContent::Text { reply_to, versions } => {
                let body = versions
                    .last()
                    .map(|version| version.body.as_str().to_owned());
                (body, *reply_to, versions.len() > 1)
            }
            _ => (None, None, false),
        };
        let shown = row.reactions.iter().filter(|reaction| reaction.on);
        Self {
            id: message_text(id),
            conversation: row.conversation.account().to_string(),
            community: None,
            author: row.account.to_string(),
            author_blocked: false,
            sent_ms: row.hlc.wall().as_millis(),
            arrived_ms: row.arrived.as_millis(),
            body,
            deleted: matches!(row.content, MessageContent::Deleted),
            edited,
            damaged: false,
            reply_to: reply_to.map(message_text),
            reactions: shown
                .map(|reaction| Reaction {
                    account: reaction.account.to_string(),
                    emoji: reaction.emoji.as_str().to_owned(),
                })
                .collect(),
            attachment: attachment.map(Into::into),
            marks: None,
            delivery: DeliveryReport::new(row),
            place: place_text((row.place, id)),
        }
    }

    /// The same, in a channel of this community.
    #[must_use]
    pub fn within(self, community: Option<CommunityId>) -> Self {
        Self {
            community: community.map(community_text),
            ..self
        }
    }

    /// The same, as somebody is shown it who has blocked whom this view says.
    #[must_use]
    pub fn seen_with(self, view: &View) -> Self {
        let author = self.author.parse();
        Self {
            author_blocked: author.is_ok_and(|author| view.is_blocked(author)),
            ..self
        }
    }

    /// A place of a page; damaged ones are shown as such.
    #[must_use]
    pub fn of_page(conversation: ConversationId, entry: &PageEntry) -> Self {
        let (place, id) = entry.position;
        let marks = entry.marks.as_deref().map(Marks::from);
        match &entry.row {
            Some(row) => Self {
                marks: marks.map(|marks| Marks {
                    pinned: marks.pinned && !matches!(row.content, MessageContent::Deleted),
                    ..marks
                }),
                ..Self::new(id, row, entry.attachment.as_ref())
            },
            None => Self {
                id: message_text(id),
                conversation: conversation.account().to_string(),
                community: None,
                author: String::new(),
                author_blocked: false,
                sent_ms: place.wall().as_millis(),
                arrived_ms: place.wall().as_millis(),
                body: None,
                deleted: false,
                edited: false,
                damaged: true,
                reply_to: None,
                reactions: Vec::new(),
                attachment: None,
                marks,
                delivery: None,
                place: place_text(entry.position),
            },
        }
    }
}

impl DeliveryReport {
    /// How an own message fared; `None` for those of others.
    fn new(row: &MessageRow) -> Option<Self> {
        if row.delivery.is_empty() {
            return None;
        }
        let count = |wanted: fn(&Delivery) -> bool| {
            row.delivery
                .iter()
                .filter(|(_, delivery)| wanted(delivery))
                .count()
        };
        let reached = count(|delivery| *delivery == Delivery::Reached);
        let queued = count(|delivery| *delivery == Delivery::Queued);
        let failed = row
            .delivery
            .iter()
            .filter_map(|(device, delivery)| match delivery {
                Delivery::Failed(Failure::Revoked) => Some(format!("{device} was revoked")),
                Delivery::Failed(Failure::Withdrawn) => Some(format!("{device}: it was withdrawn")),
                Delivery::Queued | Delivery::Reached => None,
            });
        Some(Self {
            state: match (reached, queued) {
                (0, 0) => DeliveryState::Failed,
                (0, _) => DeliveryState::Queued,
                _ => DeliveryState::Reached,
            },
            reached,
            devices: row.delivery.len(),
            failed: failed.collect(),
        })
    }
}

/// A page of a conversation, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether there is more in the direction asked for.
    pub more: bool,
    /// Places whose very name is damaged.
    pub lost: usize,
}
