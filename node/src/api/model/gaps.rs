//! What is missing of what was said in a community, for people who see that something is.

use protocol::community::GapView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that somebody said and that nobody in reach has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    /// Who said it; `null` if that is not known any more.
    pub account: Option<String>,
    /// With which device.
    pub device: String,
    /// How many things they did are missing; `null` while what comes after them is waited for, a day long.
    pub missing: Option<u64>,
    /// Since when.
    pub noticed_ms: u64,
    /// It was said after this, by their clock.
    pub after_ms: u64,
    /// And before this, once something is here that was said later.
    pub before_ms: Option<u64>,
}

impl From<&GapView> for Gap {
    fn from(gap: &GapView) -> Self {
        Self {
            account: gap.account.map(|account| account.to_string()),
            device: gap.device.to_string(),
            missing: gap.missing,
            noticed_ms: gap.noticed.as_millis(),
            after_ms: gap.after.wall().as_millis(),
            before_ms: gap.before.map(|before| before.wall().as_millis()),
        }
    }
}
