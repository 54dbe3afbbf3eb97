//! What the person lets others know of them: whether they are there, whether they write, what they have read.
//!
//! One row, so that the settings change together and are the same after every start.

use serde::{Deserialize, Serialize};

use crate::link::Links;
use crate::persist::{PrivacyRow, Row, RowKey};
use crate::turn::{Command, Context, Event, Reply, Timer};
use crate::{contact, presence};

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Presence {
    /// At the device.
    Online,
    /// Not at the device.
    Away,
    /// Only of oneself: nothing is told, of presence or of typing. Peers forget what they were told within
    /// [`crate::limits::PRESENCE_TTL`]; that a link stands they see as before.
    Invisible,
}

impl Presence {
    /// As the frame has it; `None`: there is nothing to tell.
    #[must_use]
    pub const fn to_wire(self) -> Option<u8> {
        match self {
            Self::Away => Some(0),
            Self::Online => Some(1),
            Self::Invisible => None,
        }
    }

    /// What a frame says, if it is something.
    #[must_use]
    pub const fn from_wire(state: u8) -> Option<Self> {
        match state {
            0 => Some(Self::Away),
            1 => Some(Self::Online),
            _ => None,
        }
    }
}

/// What the person lets others know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// Whether contacts see that the person writes to them.
    pub send_typing: bool,
    /// Whether contacts see how far the person has read. Off until asked for (DECISIONS 37).
    pub send_read_marks: bool,
    /// Whether strangers on the same network see name and account, as far as [`crate::core::Config`] lets them.
    pub visible_nearby: bool,
    /// Whether contacts see that the person is there.
    pub presence: Presence,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            send_typing: true,
            send_read_marks: false,
            visible_nearby: true,
            presence: Presence::Online,
        }
    }
}

/// Carries out a command about what others may know. `may_show`: the program lets strangers see us at all.
pub fn command(cx: &mut Context<'_>, links: &Links, command: &Command, may_show: bool) -> Reply {
    let before = cx.resident.privacy();
    let after = match command {
        Command::SetPrivacy(privacy) => *privacy,
        Command::SetPresence(presence) => Privacy {
            presence: *presence,
            ..before
        },
        _ => before,
    };
    if after == before {
        return Reply::Done;
    }
    cx.put(RowKey::Privacy, Row::Privacy(PrivacyRow::V1(after)));
    cx.event(Event::Privacy(after));
    if after.presence != before.presence {
        cx.timers.set(Timer::Announce, cx.now.mono);
    }
    if after.visible_nearby && !before.visible_nearby && may_show {
        contact::show_to_strangers(cx, links);
    }
    Reply::Done
}

/// Tells the settings at the start, and begins to act on them.
pub fn introduce(cx: &mut Context<'_>) {
    cx.event(Event::Privacy(cx.resident.privacy()));
    presence::announce_soon(cx);
}
