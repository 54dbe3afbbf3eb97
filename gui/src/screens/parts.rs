//! What the start and the settings are built of: fields with a name and a word below, secrets with an eye, cards to
//! choose from, rows with a switch. Each is reached by keyboard and heard by its name.

use egui::{
    Align, CornerRadius, Layout, Margin, Response, RichText, Role, Sense, Stroke, StrokeKind,
    TextEdit, Ui, Vec2, WidgetInfo,
};
use lucide_icons::Icon;
use zeroize::Zeroizing;

use crate::context::Cx;
use crate::theme::{self, radius, size, space};
use crate::widgets::{icon, icon_button, live};

/// Bytes set aside for a secret, so that it does not move, and leave copies behind, while it grows.
const SECRET_ROOM: usize = 512;

/// The word below a field.
#[derive(Clone, Copy, Debug, Default)]
pub enum Note<'a> {
    /// None.
    #[default]
    None,
    /// Something to know.
    Hint(&'a str),
    /// What is wrong.
    Fault(&'a str),
}

/// What a field is told of itself: its name, and whether to take the writing cursor now.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its name, above it.
    pub label: &'a str,
    /// The word below it.
    pub note: Note<'a>,
    /// Whether it takes the writing cursor now.
    pub focus: bool,
}

/// The look that all fields share.
pub fn dressed(edit: TextEdit<'_>) -> TextEdit<'_> {
    edit.margin(Margin::symmetric(12, 9))
}

/// A field on one line, or whatever `edit` is.
pub fn field(ui: &mut Ui, cx: &Cx<'_>, field: Field<'_>, edit: TextEdit<'_>) -> Response {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let label = name_above(ui, field.label);
        let response = ui.add(dressed(edit).desired_width(f32::INFINITY));
        let response = response.labelled_by(label.id);
        if field.focus {
            response.request_focus();
        }
        note(ui, cx, field.note);
        response
    })
    .inner
}

fn name_above(ui: &mut Ui, label: &str) -> Response {
    ui.label(RichText::new(label).font(theme::font(theme::family::MEDIUM, 13.5)))
}

/// The word below a field; what is wrong is said aloud.
pub fn note(ui: &mut Ui, cx: &Cx<'_>, note: Note<'_>) {
    let p = cx.palette();
    match note {
        Note::None => {}
        Note::Hint(text) => {
            ui.label(RichText::new(text).small().color(p.text_weak));
        }
        Note::Fault(text) => {
            live(&ui.label(RichText::new(text).small().color(p.bad)));
        }
    }
}

/// A field for a secret, with an eye that shows it.
pub fn secret(
    ui: &mut Ui,
    cx: &Cx<'_>,
    told: Field<'_>,
    text: &mut Zeroizing<String>,
    shown: &mut bool,
) -> Response {
    if text.capacity() < SECRET_ROOM && text.is_empty() {
        text.reserve(SECRET_ROOM);
    }
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let label = name_above(ui, told.label);
        let row = Layout::right_to_left(Align::Center);
        let room = Vec2::new(ui.available_width(), size::TOUCH + 4.0);
        // Laid out from the right so that the eye keeps its place, but the field comes first for the keyboard.
        let response = ui
            .allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                let width = ui.available_width() - size::TOUCH - space::S;
                let edit = TextEdit::singleline(&mut **text)
                    .password(!*shown)
                    .char_limit(SECRET_ROOM / 4);
                let response = ui.add(dressed(edit).desired_width(width));
                ui.with_layout(row, |ui| {
                    let (glyph, key) = if *shown {
                        (Icon::EyeOff, cx.say("secret-hide"))
                    } else {
                        (Icon::Eye, cx.say("secret-show"))
                    };
                    if icon_button(ui, cx, glyph, &key).clicked() {
                        *shown = !*shown;
                    }
                });
                response
            })
            .inner
            .labelled_by(label.id);
        if told.focus {
            response.request_focus();
        }
        note(ui, cx, told.note);
        response
    })
    .inner
}

/// Makes egui forget what was typed into a field: it keeps earlier texts to undo.
pub fn forget_typed(ctx: &egui::Context, id: egui::Id) {
    if let Some(mut state) = TextEdit::load_state(ctx, id) {
        state.clear_undoer();
        state.store(ctx, id);
    }
}

/// Remembers a field that holds a secret, for [`forget_typed`].
pub fn holds_secret(fields: &mut Vec<egui::Id>, field: &Response) {
    if !fields.contains(&field.id) {
        fields.push(field.id);
    }
}

/// Whether this field was left with Enter: the person goes on.
#[must_use]
pub fn entered(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// One of several things to choose, as a card with an icon. Answers whether it was chosen now.
pub fn choice(ui: &mut Ui, cx: &Cx<'_>, glyph: Icon, words: (&str, &str), chosen: bool) -> bool {
    let p = cx.palette();
    let ground = ui.painter().add(egui::Shape::Noop);
    let inner = egui::Frame::new()
        .inner_margin(Margin::symmetric(14, 12))
        .show(ui, |ui| {
            ui.style_mut().interaction.selectable_labels = false;
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::M;
                let colour = if chosen { p.accent_text } else { p.text_weak };
                crate::widgets::decoration(ui, icon(glyph, 20.0).color(colour));
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.label(RichText::new(words.0).text_style(theme::strong()));
                    ui.label(RichText::new(words.1).small().color(p.text_weak));
                });
            });
        });
    let rect = inner.response.rect;
    let response = ui.interact(rect, ui.scope_id().with(words.0), Sense::click());
    let fill = if chosen || response.hovered() {
        p.hover
    } else {
        egui::Color32::TRANSPARENT
    };
    let stroke = if response.has_focus() || chosen {
        Stroke::new(if response.has_focus() { 2.0 } else { 1.5 }, p.accent)
    } else {
        Stroke::new(1.0, p.line)
    };
    let corners = CornerRadius::same(radius::M + 2);
    let shape = egui::epaint::RectShape::new(rect, corners, fill, stroke, StrokeKind::Inside);
    ui.painter().set(ground, shape);
    let name = format!("{}. {}", words.0, words.1);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
    response.clicked()
}

/// A few short choices side by side. Answers the one that was chosen now.
pub fn segmented<T: Copy + PartialEq>(
    ui: &mut Ui,
    cx: &Cx<'_>,
    now: T,
    choices: &[(T, String)],
) -> Option<T> {
    let p = cx.palette();
    let mut picked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (value, label) in choices {
            let chosen = *value == now;
            let text = if chosen { p.on_accent } else { p.text };
            let button = egui::Button::new(RichText::new(label).color(text))
                .fill(if chosen { p.accent } else { p.hover })
                .corner_radius(radius::M)
                .min_size(Vec2::new(0.0, size::TOUCH));
            let response = ui.add(button);
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, label));
            if response.has_focus() {
                let stroke = Stroke::new(2.0, p.text);
                ui.painter()
                    .rect_stroke(response.rect, radius::M, stroke, StrokeKind::Inside);
            }
            if response.clicked() && !chosen {
                picked = Some(*value);
            }
        }
    });
    picked
}

/// A line with a switch at its right: what it does, and a word on it. Answers whether it was turned.
pub fn switch(ui: &mut Ui, cx: &Cx<'_>, words: (&str, &str), on: &mut bool) -> bool {
    let p = cx.palette();
    let width = ui.available_width();
    let inner = ui.horizontal_top(|ui| {
        let room = (width - 56.0).max(80.0);
        ui.vertical(|ui| {
            ui.style_mut().interaction.selectable_labels = false;
            ui.set_width(room);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(words.0);
            if !words.1.is_empty() {
                ui.label(RichText::new(words.1).small().color(p.text_weak));
            }
        });
    });
    let line = inner
        .response
        .rect
        .with_max_x(inner.response.rect.left() + width);
    let knob = egui::Rect::from_center_size(
        line.right_center() - Vec2::new(23.0, 0.0),
        Vec2::new(42.0, 24.0),
    );
    let mut response = ui.interact(line, ui.scope_id().with(words.0), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let at = ui.ctx().animate_bool(response.id, *on);
    let ground = if *on { p.accent } else { p.chosen };
    ui.painter().rect_filled(knob, 12.0, ground);
    let edge = if response.has_focus() {
        Stroke::new(2.0, p.text)
    } else {
        Stroke::new(1.0, if *on { p.accent } else { p.text_weak })
    };
    ui.painter()
        .rect_stroke(knob, 12.0, edge, StrokeKind::Inside);
    let centre = egui::pos2(
        egui::lerp(knob.left() + 12.0..=knob.right() - 12.0, at),
        knob.center().y,
    );
    let dot = if *on { p.on_accent } else { p.text };
    ui.painter().circle_filled(centre, 8.0, dot);
    let is_on = *on;
    response.widget_info(|| WidgetInfo::selected(Role::Switch, true, is_on, words.0));
    response.clicked()
}

/// A wide button of the first weight.
pub fn wide_primary(ui: &mut Ui, cx: &Cx<'_>, label: &str) -> Response {
    ui.vertical_centered_justified(|ui| {
        ui.spacing_mut().button_padding.y = 10.0;
        crate::widgets::primary_button(ui, cx, label, true)
    })
    .inner
}
