//! What came and whether to say so: rules, quiet hours, one line of text. Pure; showing it is somebody else's.

use protocol::identity::AccountId;
use protocol::persist::{MessageContent, MessageRow};

/// Something that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// From whom.
    pub account: AccountId,
    /// What it says; none for a contact request.
    pub text: Option<String>,
}

impl Arrival {
    /// A message came.
    #[must_use]
    pub fn message(account: AccountId, row: &MessageRow) -> Self {
        let text = match &row.content {
            MessageContent::Text { versions, .. } => versions
                .last()
                .map(|version| version.body.as_str().to_owned()),
            _ => None,
        };
        Self {
            account,
            text: Some(text.unwrap_or_default()),
        }
    }

    /// Somebody asks to become a contact.
    #[must_use]
    pub const fn request(account: AccountId) -> Self {
        Self {
            account,
            text: None,
        }
    }
}
