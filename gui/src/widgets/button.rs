//! Buttons of four weights, and icons.

use egui::{Button, Response, RichText, Role, Sense, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;

use crate::context::Cx;
use crate::theme::{self, family, radius, size};

/// An icon as text.
#[must_use]
pub fn icon(glyph: Icon, size: f32) -> RichText {
    RichText::new(char::from(glyph).to_string()).font(theme::font(family::ICONS, size))
}

/// The one thing to do here.
pub fn primary_button(ui: &mut Ui, cx: &Cx<'_>, label: &str, enabled: bool) -> Response {
    let p = cx.palette();
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for (visuals, ground) in [
            (&mut widgets.inactive, p.accent),
            (&mut widgets.hovered, p.accent_hover),
            (&mut widgets.active, p.accent_hover),
        ] {
            visuals.weak_bg_fill = ground;
            visuals.bg_stroke = egui::Stroke::NONE;
            visuals.fg_stroke.color = p.on_accent;
        }
        widgets.active.bg_stroke = egui::Stroke::new(2.0, p.text);
        let button = Button::new(RichText::new(label).color(p.on_accent))
            .min_size(Vec2::new(96.0, size::TOUCH));
        ui.add_enabled(enabled, button)
    })
    .inner
}

/// Something else that may be done.
pub fn quiet_button(ui: &mut Ui, label: &str) -> Response {
    ui.add(Button::new(label).min_size(Vec2::new(0.0, size::TOUCH)))
}

/// Something that cannot be taken back.
pub fn danger_button(ui: &mut Ui, cx: &Cx<'_>, label: &str) -> Response {
    let p = cx.palette();
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for visuals in [
            &mut widgets.inactive,
            &mut widgets.hovered,
            &mut widgets.active,
        ] {
            visuals.weak_bg_fill = p.bad_ground;
            visuals.bg_stroke = egui::Stroke::NONE;
        }
        widgets.active.bg_stroke = egui::Stroke::new(2.0, p.text);
        ui.add(
            Button::new(RichText::new(label).color(p.on_bad))
                .min_size(Vec2::new(96.0, size::TOUCH)),
        )
    })
    .inner
}

/// Text that can be clicked.
pub fn link_button(ui: &mut Ui, cx: &Cx<'_>, label: &str) -> Response {
    ui.add(Button::new(RichText::new(label).color(cx.palette().accent_text)).frame(false))
}

/// An icon that can be clicked; `label` is its name and tooltip.
pub fn icon_button(ui: &mut Ui, cx: &Cx<'_>, glyph: Icon, label: &str) -> Response {
    let p = cx.palette();
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size::TOUCH), Sense::click());
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.has_focus();
        if lit {
            ui.painter().rect_filled(rect, radius::M, p.hover);
        }
        if response.has_focus() {
            let stroke = egui::Stroke::new(2.0, p.accent);
            ui.painter()
                .rect_stroke(rect, radius::M, stroke, egui::StrokeKind::Inside);
        }
        let colour = if lit { p.text } else { p.text_weak };
        let font = theme::font(family::ICONS, size::ICON);
        ui.painter().text(
            rect.center(),
            egui::Align2::CENTER_CENTER,
            char::from(glyph),
            font,
            colour,
        );
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    response.on_hover_text(label)
}
