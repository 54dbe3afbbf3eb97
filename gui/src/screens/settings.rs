//! Settings: one page a subject, each change kept at once.

use egui::Ui;

use crate::ask::Answer;
use crate::context::Cx;
use crate::route::Section;

/// What the settings know of themselves.
#[derive(Clone, Debug, Default)]
pub struct SettingsState {}

impl SettingsState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws a page of the settings.
pub fn settings_ui(ui: &mut Ui, cx: &Cx<'_>, _section: Section, _state: &mut SettingsState) {
    ui.heading(cx.say("rail-settings"));
}
