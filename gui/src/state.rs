//! What only the window knows: where the person is, what is being written, what is open. Gone with the window, but
//! drafts, which the backend keeps.

use std::collections::BTreeMap;

use protocol::identity::AccountId;

use crate::ask::{Answer, Mood};
use crate::dialogs::DialogState;
use crate::panels::composer::ComposerState;
use crate::panels::contacts::ContactsState;
use crate::panels::people::PeopleState;
use crate::panels::timeline::TimelineState;
use crate::route::{Dialog, Route};
use crate::screens::settings::SettingsState;
use crate::screens::start::StartState;

/// Seconds for which a toast is shown.
pub const TOAST_SECONDS: f64 = 5.0;

/// A short word about something that just happened.
#[derive(Clone, Debug)]
pub struct Toast {
    /// How it looks.
    pub mood: Mood,
    /// What it says.
    pub text: String,
    /// Until when, in egui's time.
    pub until: f64,
}

/// What only the window knows.
#[derive(Debug, Default)]
pub struct State {
    /// What fills the middle.
    pub route: Route,
    /// On a narrow window: whether the list is shown instead of the middle.
    pub list_in_front: bool,
    /// What lies over everything.
    pub dialog: Option<Dialog>,
    /// The contents of that dialog.
    pub dialog_state: DialogState,
    /// First run and unlocking.
    pub start: StartState,
    /// The list of conversations.
    pub contacts: ContactsState,
    /// Nearby and requests.
    pub people: PeopleState,
    /// The settings.
    pub settings: SettingsState,
    /// One timeline a conversation.
    pub timelines: BTreeMap<AccountId, TimelineState>,
    /// One composer a conversation.
    pub composers: BTreeMap<AccountId, ComposerState>,
    /// Short words, newest last.
    pub toasts: Vec<Toast>,
}

impl State {
    /// Hands an answer to whoever asked.
    pub fn answered(&mut self, answer: &Answer) {
        self.start.answered(answer);
        self.people.answered(answer);
        self.settings.answered(answer);
        self.dialog_state.answered(answer);
        for composer in self.composers.values_mut() {
            composer.answered(answer);
        }
    }
}
