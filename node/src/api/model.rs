//! What the API says and takes, as JSON. The OpenAPI document is generated from here.
//!
//! Times are milliseconds since 1970 (`…_ms`). Ids are text; message ids and cursors are opaque.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::net::NetCounts;
use crate::view::MeView;

mod audit;
mod channels;
mod communities;
mod contacts;
mod conversations;
mod doings;
mod forks;
mod gaps;
mod happening;
mod members;
mod messages;
mod notes;
mod places;
mod reports;
mod settings;
mod texts;

pub use audit::AuditLine;
pub use channels::{
    ChannelUnread, Marks, Mention, NewChannelMessage, Pinned, Redacted, Redaction, ThreadName,
};
pub use communities::{
    AdmitRule, Community, CommunityStanding, Epoch, HistoryRule, Joining, Offer, Refused, SyncState,
};
pub use contacts::{Contact, ContactRequest, Nearby, Standing, Trusted};
pub use conversations::{Conversation, Mark, MarkRead};
pub use doings::{
    BanRequest, ChannelChanges, CommunityChanges, ConfirmRequest, JoinRequest, KickRequest, Made,
    MadeInvite, NewCommunity, NewGroup, NewInvite, NewPlace, NewRole, NicknameChange, RoleChanges,
    TakeRequest, TimeoutRequest, TransferRequest,
};
pub use forks::{MadeFork, NewFork};
pub use gaps::Gap;
pub use happening::Happening;
pub use members::{Invite, Member, MemberStanding, Role};
pub use messages::{
    Attached, DeliveryReport, DeliveryState, EditedMessage, Message, MessagePage, NewAttachment,
    NewMessage, Reaction, Written,
};
pub use notes::{DraftChange, Note, NoteKind, PetnameChange};
pub use places::{Channel, ChannelPurpose, ChannelScope, OverwriteRule};
pub use reports::{NewReport, Quoted, Report, ReportPage, Reported};
pub use settings::{PresenceChange, PresenceState, Settings};
pub(super) use texts::bit_name;

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
    /// Connections that this node opened and that became links.
    pub dials_ok: u64,
    /// Connections that this node tried to open in vain.
    pub dials_failed: u64,
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
            dials_ok,
            dials_failed,
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
            dials_ok,
            dials_failed,
        }
    }
}

/// An address to dial.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialRequest {
    /// A multiaddress, or `IP:PORT`.
    pub address: String,
}

/// The recovery words, as the person typed them.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsConfirmed {
    /// 24 words, in any case and with any space between them.
    pub words: String,
}

impl std::fmt::Debug for WordsConfirmed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WordsConfirmed(..)")
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
