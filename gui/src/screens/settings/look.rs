//! How the window looks: colours, language, size, motion.

use egui::{RichText, Slider, Ui};
use lucide_icons::Icon;

use super::{card, choose, parts};
use crate::context::Cx;
use crate::prefs::{LanguageChoice, TEXT_PERCENT, ThemeChoice};
use crate::theme::size;
use crate::widgets;

/// A step of the text size, in percent.
const STEP: u16 = 5;

/// What this page knows of itself.
#[derive(Clone, Debug, Default)]
pub struct LookState {
    /// The size under the slider while it is dragged: applied when it is let go, for a window that grows under the
    /// pointer moves the slider away from it.
    dragged: Option<u16>,
}

/// Draws the page.
pub fn look_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut LookState) {
    card(ui, cx, &cx.say("look-theme"), "", |ui| {
        let choices = [
            (ThemeChoice::System, cx.say("look-system")),
            (ThemeChoice::Dark, cx.say("look-dark")),
            (ThemeChoice::Light, cx.say("look-light")),
        ];
        if let Some(theme) = parts::segmented(ui, cx, cx.prefs.theme, &choices) {
            choose(cx, |prefs| prefs.theme = theme);
        }
    });
    card(ui, cx, &cx.say("look-language"), "", |ui| {
        let choices = [
            (LanguageChoice::System, cx.say("look-system")),
            (LanguageChoice::Fr, "Français".to_owned()),
            (LanguageChoice::En, "English".to_owned()),
        ];
        if let Some(language) = parts::segmented(ui, cx, cx.prefs.language, &choices) {
            choose(cx, |prefs| prefs.language = language);
        }
    });
    size_ui(ui, cx, state);
    card(ui, cx, "", "", |ui| {
        let mut reduced = cx.prefs.reduced_motion;
        let words = (cx.say("look-motion"), cx.say("look-motion-hint"));
        if parts::switch(ui, cx, (&words.0, &words.1), &mut reduced) {
            choose(cx, |prefs| prefs.reduced_motion = reduced);
        }
    });
}

/// The size of everything, with a sentence at that size.
fn size_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut LookState) {
    let now = cx.prefs.text_percent;
    let mut percent = state.dragged.unwrap_or(now);
    let label = cx.say("look-size");
    card(ui, cx, "", "", |ui| {
        let text = cx.text.fill("look-size-now", [("percent", percent.into())]);
        let name = ui.label(RichText::new(text).text_style(crate::theme::strong()));
        ui.horizontal(|ui| {
            let keys = [cx.say("look-smaller"), cx.say("look-larger")];
            let step = |at: u16| at.clamp(*TEXT_PERCENT.start(), *TEXT_PERCENT.end());
            if widgets::icon_button(ui, cx, Icon::Minus, &keys[0]).clicked() {
                let smaller = step(now.saturating_sub(STEP));
                choose(cx, |prefs| prefs.text_percent = smaller);
            }
            ui.visuals_mut().selection.bg_fill = cx.palette().accent;
            ui.spacing_mut().slider_width = (ui.available_width() - size::TOUCH - 24.0).max(60.0);
            let slider = Slider::new(&mut percent, TEXT_PERCENT)
                .step_by(f64::from(STEP))
                .show_value(false);
            let response = ui.add(slider).labelled_by(name.id);
            response.widget_info(|| egui::WidgetInfo::slider(true, f64::from(percent), &label));
            if response.dragged() {
                state.dragged = Some(percent);
            } else if response.changed() || state.dragged.take().is_some() {
                choose(cx, |prefs| prefs.text_percent = percent);
            }
            if widgets::icon_button(ui, cx, Icon::Plus, &keys[1]).clicked() {
                let larger = step(now.saturating_add(STEP));
                choose(cx, |prefs| prefs.text_percent = larger);
            }
        });
        if state.dragged.is_some() {
            let shown = size::BODY * f32::from(percent) / f32::from(now.max(1));
            ui.label(RichText::new(cx.say("look-sample")).size(shown));
        }
    });
}
