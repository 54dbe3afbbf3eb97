//! What members reported to this account as a moderator. Nobody else has these rows, and no log.

use serde::{Deserialize, Serialize};

use crate::control::OpId;
use crate::control::body::Reason;
use crate::identity::AccountId;
use crate::limits;
use crate::message::MessageRef;
use crate::time::{Hlc, Timestamp};
use crate::wire::{Bounded, Text};

/// The beginning of what a message says.
pub type Quote = Text<{ limits::QUOTE_BYTES_MAX }>;

/// What a member reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// Who reported it: it is their word where nothing proves it.
    pub account: AccountId,
    /// When it came.
    pub received: Timestamp,
    /// The channel that it is about.
    pub channel: OpId,
    /// Why, in their words.
    pub reason: Reason,
    /// The messages.
    pub messages: Bounded<ReportedRow, { limits::REPORTED_MAX }>,
    /// When the person here had dealt with it.
    pub resolved: Option<Timestamp>,
}

/// A message that was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedRow {
    /// Which.
    pub message: MessageRef,
    /// Whose device wrote it, as far as that is known.
    pub author: Option<AccountId>,
    /// Whether its author said it for certain: it was heard here, or came with entries that they signed.
    pub verified: bool,
    /// What those entries say: as it was said first, and as it was changed last.
    pub said: Bounded<SaidRow, { limits::REPORT_EVIDENCE_MAX }>,
}

/// What a signed entry says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidRow {
    /// When, by its author's clock.
    pub at: Hlc,
    /// The beginning of it.
    pub text: Quote,
}
