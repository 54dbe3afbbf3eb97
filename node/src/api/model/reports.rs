//! What members report to the moderators of a community, as the API says and takes it.

use protocol::community::ReportView;
use protocol::control::CommunityId;
use protocol::message::MessageRef;
use protocol::persist::{ReportRow, ReportedRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::reference::{community_text, message_text, op_text};

/// Messages of others to report to the moderators.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// Which, 1 to 10.
    pub messages: Vec<String>,
    /// Why, for the moderators alone; 1 to 512 bytes.
    pub reason: String,
}

/// What was reported to this account as a moderator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportPage {
    /// The newest first, those dealt with among them.
    pub reports: Vec<Report>,
    /// Reports since the start of the node for which there was no room: somebody reports without end.
    pub dropped: u64,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Its id.
    pub id: String,
    /// The community.
    pub community: String,
    /// The channel.
    pub channel: String,
    /// The account that reported it.
    pub reporter: String,
    /// When it came.
    pub received_ms: u64,
    /// Why, in their words.
    pub reason: String,
    /// The messages.
    pub messages: Vec<Reported>,
    /// When it was dealt with on this device.
    pub resolved_ms: Option<u64>,
}

/// A message that was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reported {
    /// Its id.
    pub id: String,
    /// The account that wrote it, as far as that is known.
    pub author: Option<String>,
    /// Whether that account said it for certain. If not, it is the reporter's word.
    pub verified: bool,
    /// What came with the report, signed by its author: as it was said first, and as it was changed last.
    pub said: Vec<Quoted>,
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quoted {
    /// When, by their clock.
    pub at_ms: u64,
    /// The beginning of it, 1,024 bytes at most.
    pub text: String,
}

impl Report {
    /// A report of a community.
    #[must_use]
    pub fn new(community: CommunityId, id: MessageRef, row: &ReportRow) -> Self {
        Self {
            id: message_text(id),
            community: community_text(community),
            channel: op_text(row.channel),
            reporter: row.account.to_string(),
            received_ms: row.received.as_millis(),
            reason: row.reason.as_str().to_owned(),
            messages: row.messages.iter().map(Reported::from).collect(),
            resolved_ms: row.resolved.map(|at| at.as_millis()),
        }
    }
}

impl ReportPage {
    /// All reports of a community.
    #[must_use]
    pub fn new(community: CommunityId, reports: &[ReportView], dropped: u64) -> Self {
        let reports = reports.iter();
        Self {
            reports: reports
                .map(|one| Report::new(community, one.id, &one.row))
                .collect(),
            dropped,
        }
    }
}

impl From<&ReportedRow> for Reported {
    fn from(row: &ReportedRow) -> Self {
        let said = row.said.iter();
        Self {
            id: message_text(row.message),
            author: row.author.map(|author| author.to_string()),
            verified: row.verified,
            said: said
                .map(|said| Quoted {
                    at_ms: said.at.wall().as_millis(),
                    text: said.text.as_str().to_owned(),
                })
                .collect(),
        }
    }
}
