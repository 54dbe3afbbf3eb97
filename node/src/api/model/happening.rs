//! What happened, as the event stream says it.

use protocol::turn::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Community, Contact, Mark, Marks, Message, Nearby, Note, PresenceState, Report, Settings,
};
use crate::api::reference::{community_text, message_text, op_text};
use crate::view::View;

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
    /// A contact is there, away, or nothing is known any more.
    Presence {
        /// Who.
        account: String,
        /// What they say.
        presence: Option<PresenceState>,
    },
    /// A contact writes, or no longer.
    Typing {
        /// Who.
        account: String,
        /// Whether they do.
        active: bool,
    },
    /// The person has read a conversation up to here.
    ReadMark {
        /// Which, by the other account.
        conversation: String,
        /// Up to where.
        up_to: Mark,
    },
    /// A contact has read the conversation with it up to here.
    ReadByPeer {
        /// Which contact.
        account: String,
        /// Up to where.
        up_to: Mark,
    },
    /// The person has read a channel up to here.
    ChannelRead {
        /// Of which community.
        community: String,
        /// Which channel.
        channel: String,
        /// Up to where.
        up_to: Mark,
    },
    /// A draft or petname changed. It concerns this device alone.
    Note {
        /// As it is now.
        note: Note,
    },
    /// A community began or changed.
    Community {
        /// As it is now.
        community: Box<Community>,
    },
    /// Something happened to a message of a channel beside what the message itself says.
    Marks {
        /// The channel.
        conversation: String,
        /// The community of the channel.
        community: Option<String>,
        /// The message; it may not be here yet.
        message: String,
        /// As they are now.
        marks: Marks,
    },
    /// A member reported messages to this account as a moderator, or a report was dealt with.
    Report {
        /// Whether it was not there before.
        new: bool,
        /// As it is now.
        report: Box<Report>,
    },
    /// What the person lets others know changed.
    Settings {
        /// As it is now.
        settings: Settings,
    },
}

impl Happening {
    /// An event as the stream tells it; `None` for those that concern nobody outside.
    #[must_use]
    pub fn new(event: &Event, view: &View) -> Option<Self> {
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
            Event::Message {
                message,
                row,
                new,
                attachment,
            } => Self::Message {
                new: *new,
                message: Box::new(
                    Message::new(*message, row, attachment.as_ref())
                        .within(view.channels.get(&row.conversation.channel()).copied())
                        .seen_with(view),
                ),
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
            Event::Presence { account, presence } => Self::Presence {
                account: account.to_string(),
                presence: presence.map(Into::into),
            },
            Event::Typing { account, active } => Self::Typing {
                account: account.to_string(),
                active: *active,
            },
            of_a_conversation => return Self::in_a_conversation(of_a_conversation, view),
        })
    }

    /// The same, of what happens in conversations and communities, and to settings.
    fn in_a_conversation(event: &Event, view: &View) -> Option<Self> {
        Some(match event {
            Event::ReadMark {
                conversation,
                up_to,
            } => Self::ReadMark {
                conversation: conversation.to_string(),
                up_to: (*up_to).into(),
            },
            Event::ReadByPeer { account, up_to } => Self::ReadByPeer {
                account: account.to_string(),
                up_to: (*up_to).into(),
            },
            Event::ChannelRead {
                community,
                channel,
                up_to,
            } => Self::ChannelRead {
                community: community_text(*community),
                channel: op_text(*channel),
                up_to: (*up_to).into(),
            },
            Event::Privacy(privacy) => Self::Settings {
                settings: (*privacy).into(),
            },
            Event::Note { key, text } => Self::Note {
                note: Note::new(*key, text.as_str()),
            },
            Event::Community(community) => Self::Community {
                community: Box::new(Community::new(community, &view.hints)),
            },
            Event::Marks {
                conversation,
                message,
                marks,
            } => {
                let channel = conversation.channel();
                Self::Marks {
                    conversation: op_text(channel),
                    community: view.channels.get(&channel).copied().map(community_text),
                    message: message_text(*message),
                    marks: Marks::from(&**marks),
                }
            }
            Event::Report {
                community,
                report,
                row,
                new,
            } => Self::Report {
                new: *new,
                report: Box::new(Report::new(*community, *report, row)),
            },
            // Answers and misdeeds are for nobody outside; the rest was told above.
            _ => return None,
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
            Self::Presence { .. } => "presence",
            Self::Typing { .. } => "typing",
            Self::ReadMark { .. } => "read-mark",
            Self::ReadByPeer { .. } => "read-by-peer",
            Self::ChannelRead { .. } => "channel-read",
            Self::Settings { .. } => "settings",
            Self::Note { .. } => "note",
            Self::Community { .. } => "community",
            Self::Marks { .. } => "marks",
            Self::Report { .. } => "report",
        }
    }
}
