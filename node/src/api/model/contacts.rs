//! People, as the API says them.

use protocol::persist::Trust;
use protocol::turn::{ContactStanding, ContactView, NearbyView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
