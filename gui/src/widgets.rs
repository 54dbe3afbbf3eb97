//! The small parts that every panel is made of. Each has a name for people who hear the window instead of seeing it.

pub mod avatar;
pub mod button;
pub mod emoji_picker;
pub mod markdown;
pub mod message;
pub mod picture;
pub mod qr;
pub mod timeline_list;

pub use avatar::avatar;
pub use button::{danger_button, icon, icon_button, link_button, primary_button, quiet_button};
use egui::{Response, Ui};

use crate::theme::{self, space};

/// A sign beside words that say the same: to be seen, not to be read out.
pub fn decoration(ui: &mut Ui, glyph: egui::RichText) {
    let wrap = Some(egui::TextWrapMode::Extend);
    let fallback = egui::FontSelection::Default;
    let galley = egui::WidgetText::from(glyph).into_galley(ui, wrap, f32::INFINITY, fallback);
    let (rect, _) = ui.allocate_exact_size(galley.size(), egui::Sense::hover());
    let colour = ui.visuals().text_color();
    ui.painter().galley(rect.min, galley, colour);
}

/// Marks text that appears by itself, so that a screen reader says it.
pub fn live(response: &Response) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_live(egui::accesskit::Live::Polite);
    });
}

/// A field with its name above it and a word below: a hint, or what is wrong.
pub fn labelled<R>(
    ui: &mut Ui,
    label: &str,
    hint: Option<(&str, bool)>,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.label(
            egui::RichText::new(label)
                .text_style(theme::strong())
                .size(theme::size::SMALL + 0.5),
        );
        let inner = add(ui);
        if let Some((hint, is_fault)) = hint {
            let colour = if is_fault {
                ui.visuals().error_fg_color
            } else {
                ui.visuals().weak_text_color()
            };
            let label = ui.label(egui::RichText::new(hint).small().color(colour));
            if is_fault {
                live(&label);
            }
        }
        inner
    })
    .inner
}

/// A card: a group of things on raised ground.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let visuals = ui.visuals();
    egui::Frame::new()
        .fill(visuals.window_fill)
        .stroke(visuals.window_stroke)
        .corner_radius(theme::radius::L)
        .inner_margin(egui::Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui)
        })
        .inner
}

/// Says that there is nothing here, and what to do about it.
pub fn empty(ui: &mut Ui, glyph: lucide_icons::Icon, title: &str, hint: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space(space::XXL);
        decoration(ui, icon(glyph, 40.0).color(ui.visuals().weak_text_color()));
        ui.add_space(space::S);
        ui.label(egui::RichText::new(title).text_style(theme::title()));
        ui.label(egui::RichText::new(hint).weak());
    });
}
