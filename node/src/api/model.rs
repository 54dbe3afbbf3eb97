//! What the API says and takes, as JSON. The OpenAPI document is generated from here.
//!
//! Times are milliseconds since 1970 (`…_ms`). Ids are text; message ids and cursors are opaque.

use protocol::identity::AccountId;
use protocol::message::MessageRef;
use protocol::persist::{Delivery, Failure, MessageContent, MessageRow, Trust};
use protocol::turn::{ContactStanding, ContactView, Event, NearbyView};
use serde::{Deserialize, Serialize};
use storage::PageEntry;
use utoipa::ToSchema;

use super::reference::{message_text, place_text};
use crate::net::NetCounts;
use crate::view::MeView;

/// The own account and this device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The own account.
    pub account: String,
    /// This device.
    pub device: String,
    /// The own name.
    pub name: String,
    /// Every active device of the account.
    pub devices: Vec<String>,
    /// The contact link to give to others.
    pub link: String,
}

/// A change of the own profile.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeChange {
    /// The new name, 1 to 128 bytes of UTF-8.
    pub name: String,
}

/// How the node is doing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthReport {
    /// `ok`, or `not-storing` while the disk takes nothing.
    pub status: HealthStatus,
    /// Version of the program.
    pub version: String,
    /// Seconds since this start.
    pub uptime_s: u64,
    /// How often the profile was started.
    pub generation: u64,
    /// Whether the profile opens without a passphrase: then nothing on the disk is protected.
    pub unprotected: bool,
    /// Whether the recovery words were confirmed; until then their entropy rests on this device.
    pub recovery_words_confirmed: bool,
    /// Multiaddresses at which this node can be reached.
    pub listening: Vec<String>,
    /// Links that stand.
    pub links: u64,
    /// Times that a peer broke the rules.
    pub misbehaved: u64,
    /// Durable commits since the start.
    pub commits: u64,
    /// Batches in those commits.
    pub batches: u64,
    /// Times that the core was restored because a commit failed.
    pub restores: u64,
    /// Why nothing can be stored, while that is so.
    pub store_fault: Option<String>,
    /// Counts of the network task.
    pub net: NetReport,
}

/// Whether the node does all that it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HealthStatus {
    /// It does.
    Ok,
    /// Reading goes on; commands are answered `not-stored`.
    NotStoring,
}

/// Counts of the network task since the start.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct NetReport {
    /// Frames received whole.
    pub frames_in: u64,
    /// Frames handed to a transport.
    pub frames_out: u64,
    /// Bytes of the frames received.
    pub bytes_in: u64,
    /// Bytes of the frames sent.
    pub bytes_out: u64,
    /// Links that ever stood.
    pub links: u64,
    /// Links dropped for impossible or unfinished frames.
    pub malformed: u64,
    /// Links dropped because the other end was too slow.
    pub slow: u64,
    /// Connections refused for a limit or as a double.
    pub refused: u64,
}

impl From<NetCounts> for NetReport {
    fn from(counts: NetCounts) -> Self {
        let NetCounts {
            frames_in,
            frames_out,
            bytes_in,
            bytes_out,
            links,
            malformed,
            slow,
            refused,
        } = counts;
        Self {
            frames_in,
            frames_out,
            bytes_in,
            bytes_out,
            links,
            malformed,
            slow,
            refused,
        }
    }
}

/// A stranger in reach that shows itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Nearby {
    /// Who it says it is; proved when asked to become a contact.
    pub account: String,
    /// The name it goes by.
    pub name: String,
}

impl From<&NearbyView> for Nearby {
    fn from(view: &NearbyView) -> Self {
        Self {
            account: view.account.to_string(),
            name: view.name.as_str().to_owned(),
        }
    }
}

/// How far two people have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// We asked; no device of theirs has the request yet.
    Asking,
    /// We asked, and a device of theirs has the request.
    Asked,
    /// They ask; the answer is ours.
    Asks,
    /// Both said yes.
    Accepted,
    /// Nothing of theirs is read.
    Blocked,
}

/// Whether the keys of a contact were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trusted {
    /// Seen, not compared.
    Unverified,
    /// The six words or the safety number were compared and agree.
    Verified,
    /// A known device showed other keys after that: nothing is sent until verified again.
    Changed,
}

/// A contact, a request or a block.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// Who.
    pub account: String,
    /// The name they give themselves; empty while unknown.
    pub name: String,
    /// How far it has come.
    pub standing: Standing,
    /// Whether keys were compared.
    pub trust: Trusted,
    /// The six words to compare, once both sides have them.
    pub words: Option<Vec<String>>,
    /// The sixty digits of the safety number, where asked for by account and known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety_number: Option<String>,
    /// Active devices.
    pub devices: Vec<String>,
    /// Those with a proved link now.
    pub reachable: Vec<String>,
    /// When it began.
    pub since_ms: u64,
}

impl From<&ContactView> for Contact {
    fn from(view: &ContactView) -> Self {
        Self {
            account: view.account.to_string(),
            name: view.name.as_str().to_owned(),
            standing: match view.standing {
                ContactStanding::Asking => Standing::Asking,
                ContactStanding::Asked => Standing::Asked,
                ContactStanding::Asks => Standing::Asks,
                ContactStanding::Accepted => Standing::Accepted,
                ContactStanding::Blocked => Standing::Blocked,
            },
            trust: match view.trust {
                Trust::Unverified => Trusted::Unverified,
                Trust::Verified => Trusted::Verified,
                Trust::Changed => Trusted::Changed,
            },
            words: view.words.map(|words| words.map(str::to_owned).to_vec()),
            safety_number: None,
            devices: view.devices.iter().map(ToString::to_string).collect(),
            reachable: view.reachable.iter().map(ToString::to_string).collect(),
            since_ms: view.since.as_millis(),
        }
    }
}

/// Whom to ask to become a contact: exactly one of the two.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRequest {
    /// An account seen nearby.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A contact link (`lescopains:c/1/…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// An address to dial.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialRequest {
    /// A multiaddress, or `IP:PORT`.
    pub address: String,
}

/// A new message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// What it says, 1 to 4,000 characters.
    pub body: String,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
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
    /// The other account of the conversation.
    pub conversation: String,
    /// The account that wrote it.
    pub author: String,
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
    pub fn new(id: MessageRef, row: &MessageRow) -> Self {
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
            conversation: row.conversation.to_string(),
            author: row.account.to_string(),
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
            delivery: DeliveryReport::new(row),
            place: place_text((row.place, id)),
        }
    }

    /// A place of a page; damaged ones are shown as such.
    #[must_use]
    pub fn of_page(conversation: AccountId, entry: &PageEntry) -> Self {
        let (place, id) = entry.position;
        match &entry.row {
            Some(row) => Self::new(id, row),
            None => Self {
                id: message_text(id),
                conversation: conversation.to_string(),
                author: String::new(),
                sent_ms: place.wall().as_millis(),
                arrived_ms: place.wall().as_millis(),
                body: None,
                deleted: false,
                edited: false,
                damaged: true,
                reply_to: None,
                reactions: Vec::new(),
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

/// What happened, as the event stream tells it. `kind` is also the name of the event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Happening {
    /// Events were missed: fetch the state again.
    Gap,
    /// The own name or devices changed.
    Me {
        /// The own name.
        name: String,
        /// Active devices of the account.
        devices: Vec<String>,
    },
    /// A contact or request began or changed.
    Contact {
        /// As it is now.
        contact: Contact,
    },
    /// A contact or request is gone.
    ContactRemoved {
        /// Whose.
        account: String,
    },
    /// A stranger came into reach or changed.
    Nearby {
        /// As it is now.
        nearby: Nearby,
    },
    /// A stranger left reach or became a contact.
    NearbyGone {
        /// Which.
        account: String,
    },
    /// A message is new, or changed: edited, deleted, reacted to, delivered.
    Message {
        /// Whether it was not there before.
        new: bool,
        /// As it is now.
        message: Box<Message>,
    },
    /// A message of this contact could not be opened; it was asked for again.
    Unopened {
        /// Whose.
        account: String,
    },
    /// A device came into reach or left it.
    Reach {
        /// Whose.
        account: String,
        /// Which device.
        device: String,
        /// Whether a proved link stands.
        up: bool,
    },
}

impl Happening {
    /// An event as the stream tells it; `None` for those that concern nobody outside.
    #[must_use]
    pub fn new(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Me { name, bundle } => Self::Me {
                name: name.as_str().to_owned(),
                devices: bundle
                    .active_devices()
                    .map(|d| d.device().to_string())
                    .collect(),
            },
            Event::Contact(view) => Self::Contact {
                contact: Contact::from(&**view),
            },
            Event::ContactRemoved(account) => Self::ContactRemoved {
                account: account.to_string(),
            },
            Event::Nearby(view) => Self::Nearby {
                nearby: Nearby::from(view),
            },
            Event::NearbyGone(account) => Self::NearbyGone {
                account: account.to_string(),
            },
            Event::Message { message, row, new } => Self::Message {
                new: *new,
                message: Box::new(Message::new(*message, row)),
            },
            Event::Unopened { account } => Self::Unopened {
                account: account.to_string(),
            },
            Event::Reach {
                account,
                device,
                up,
            } => Self::Reach {
                account: account.to_string(),
                device: device.to_string(),
                up: *up,
            },
            Event::Done { .. } | Event::Misbehaved { .. } => return None,
        })
    }

    /// The name of the event in the stream.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Me { .. } => "me",
            Self::Contact { .. } => "contact",
            Self::ContactRemoved { .. } => "contact-removed",
            Self::Nearby { .. } => "nearby",
            Self::NearbyGone { .. } => "nearby-gone",
            Self::Message { .. } => "message",
            Self::Unopened { .. } => "unopened",
            Self::Reach { .. } => "reach",
        }
    }
}

/// The devices of the own account, as text.
#[must_use]
pub fn devices(me: &MeView) -> Vec<String> {
    me.bundle
        .active_devices()
        .map(|cert| cert.device().to_string())
        .collect()
}
