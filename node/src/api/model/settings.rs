//! What the person lets others know, as the API says and takes it.

use protocol::privacy::{Presence, Privacy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PresenceState {
    /// At the device.
    Online,
    /// Not at the device.
    Away,
    /// Only of oneself: nothing is told. Contacts forget what they were told within a minute.
    Invisible,
}

impl From<Presence> for PresenceState {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::Online => Self::Online,
            Presence::Away => Self::Away,
            Presence::Invisible => Self::Invisible,
        }
    }
}

impl From<PresenceState> for Presence {
    fn from(state: PresenceState) -> Self {
        match state {
            PresenceState::Online => Self::Online,
            PresenceState::Away => Self::Away,
            PresenceState::Invisible => Self::Invisible,
        }
    }
}

/// The own presence from now on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceChange {
    /// What contacts see.
    pub presence: PresenceState,
}

/// What the person lets others know. All of it is given when it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether contacts see that the person writes to them.
    pub send_typing: bool,
    /// Whether contacts see how far the person has read.
    pub send_read_marks: bool,
    /// Whether strangers on the same network see name and account; never where the node runs with `--hidden`.
    pub visible_nearby: bool,
    /// Whether contacts see that the person is there.
    pub presence: PresenceState,
}

impl From<Privacy> for Settings {
    fn from(privacy: Privacy) -> Self {
        Self {
            send_typing: privacy.send_typing,
            send_read_marks: privacy.send_read_marks,
            visible_nearby: privacy.visible_nearby,
            presence: privacy.presence.into(),
        }
    }
}

impl From<Settings> for Privacy {
    fn from(settings: Settings) -> Self {
        Self {
            send_typing: settings.send_typing,
            send_read_marks: settings.send_read_marks,
            visible_nearby: settings.visible_nearby,
            presence: settings.presence.into(),
        }
    }
}
