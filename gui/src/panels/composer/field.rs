//! The field itself: grows to eight lines, Enter sends, Shift and Enter begin a line, Escape leaves what is answered or
//! changed, an arrow up in an empty field changes the last message.

use egui::{EventFilter, Frame, Id, Key, Margin, Modifiers, Role, Sense, TextEdit, Ui, Vec2};
use lucide_icons::Icon;
use protocol::identity::AccountId;

use super::{ComposerState, body, completion, last_own, room, strip};
use crate::ask::Act;
use crate::context::Cx;
use crate::dialogs::keys::{self, Deed};
use crate::text::emoji;
use crate::theme::{radius, size, space};
use crate::widgets::{self, emoji_picker};

/// Lines after which the field scrolls instead of growing.
const LINES: f32 = 8.0;

/// Characters that the field holds: ten messages. More at once would stop the window while it is laid out.
pub(super) const FIELD_MAX: usize = 40_000;

/// Draws the field. Answers whether it is to be sent.
pub(super) fn field_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    account: AccountId,
    state: &mut ComposerState,
) -> bool {
    let id = Id::unique(("composer", account));
    let focused = ui.memory(|memory| memory.has_focus(id));
    let mut wants_send = focused && steer(ui, cx, account, state, id);
    let p = cx.palette();
    let edge = if focused { p.accent } else { p.line };
    let frame = Frame::new()
        .fill(p.field)
        .stroke(egui::Stroke::new(if focused { 1.5 } else { 1.0 }, edge))
        .corner_radius(radius::L)
        .inner_margin(Margin {
            left: 14,
            right: 5,
            top: 5,
            bottom: 5,
        });
    let shown = frame.show(ui, |ui| {
        let width = ui.available_width();
        ui.set_width(width);
        let buttons = 2.0 * size::TOUCH + 2.0 * space::XS;
        let text = ui
            .allocate_ui(Vec2::new(width - buttons, size::TOUCH), |ui| {
                text_ui(ui, cx, account, state, id);
            })
            .response
            .rect;
        // The buttons stay at the last line while the field grows.
        let corner = egui::pos2(
            ui.max_rect().right(),
            text.bottom().max(text.top() + size::TOUCH),
        );
        let side = egui::Rect::from_min_max(corner - Vec2::new(buttons, size::TOUCH), corner);
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        let mut side = ui.new_child(egui::UiBuilder::new().max_rect(side).layout(layout));
        side.spacing_mut().item_spacing.x = space::XS;
        wants_send |= buttons_ui(&mut side, cx, state, id);
    });
    completion::popup(ui, cx, &shown.response, state, id);
    wants_send
}

/// Emoji and sending, from the right. Answers whether it is to be sent.
fn buttons_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut ComposerState, id: Id) -> bool {
    let nothing = body(&state.text).trim().is_empty() && state.files.is_empty();
    let enabled = !nothing && room(&state.text).is_ok() && !state.files.is_preparing();
    let label = if state.editing.is_some() {
        cx.say("composer-change")
    } else {
        cx.say("composer-send")
    };
    let sends = send_button(ui, cx, &label, enabled);
    let emoji = widgets::icon_button(ui, cx, Icon::SmilePlus, &cx.say("composer-emoji"));
    if emoji.clicked() || keys::pressed(ui, Deed::Emoji) {
        state.picker.toggle();
    }
    if let Some(picked) = emoji_picker::popup(ui, cx, &emoji, &mut state.picker) {
        let at = cursor(ui, id, &state.text);
        put(ui, id, &mut state.text, at..at, &picked);
        state.wants_focus = true;
    }
    sends
}

/// The one button that asks to be clicked, once there is something to send.
fn send_button(ui: &mut Ui, cx: &Cx<'_>, label: &str, enabled: bool) -> bool {
    let p = cx.palette();
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size::TOUCH), sense);
    let lit = enabled && (response.hovered() || response.has_focus());
    let (ground, colour) = match (enabled, lit) {
        (false, _) => (None, p.text_weak),
        (true, false) => (Some(p.accent), p.on_accent),
        (true, true) => (Some(p.accent_hover), p.on_accent),
    };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, radius::M, ground);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(2.0, p.text);
        ui.painter()
            .rect_stroke(rect, radius::M, stroke, egui::StrokeKind::Inside);
    }
    ui.painter().text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        char::from(Icon::SendHorizontal),
        crate::theme::font(crate::theme::family::ICONS, size::ICON),
        colour,
    );
    response.widget_info(|| egui::WidgetInfo::labeled(Role::Button, enabled, label));
    response.on_hover_text(label).clicked()
}

fn text_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut ComposerState, id: Id) {
    let line = ui.text_style_height(&egui::TextStyle::Body);
    let name = cx.model.name(account);
    let hint = cx.text.fill("composer-hint", [("name", name.into())]);
    let leaves = state.editing.is_some() || state.reply_to.is_some() || state.completion.is_open();
    let filter = EventFilter {
        tab: state.completion.is_open(),
        horizontal_arrows: true,
        vertical_arrows: true,
        escape: leaves,
    };
    let colour = cx.palette().text;
    let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
        let job = emoji::job(ui, text.as_str(), colour, width);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let area = egui::ScrollArea::vertical()
        .id_salt("composer")
        .max_height(line * LINES + 16.0)
        .min_scrolled_height(line * LINES + 16.0)
        .auto_shrink([false, true]);
    area.show(ui, |ui| {
        let field = TextEdit::multiline(&mut state.text)
            .id(id)
            .hint_text(hint.clone())
            .frame(Frame::new().inner_margin(Margin::symmetric(0, 8)))
            .layouter(&mut layouter)
            .desired_rows(1)
            .desired_width(f32::INFINITY)
            .char_limit(FIELD_MAX)
            .event_filter(filter)
            .return_key(egui::KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
        let output = field.show(ui);
        let response = &output.response.response;
        if state.wants_focus && !is_covered(ui) {
            state.wants_focus = false; // only now: a wish under a dialog holds until that is gone
            response.request_focus();
            state.to_end |= output.state.cursor.char_range().is_none();
        }
        if std::mem::take(&mut state.to_end) {
            put_cursor(ui, id, state.text.chars().count());
        }
        if response.changed() {
            if state.text.chars().count() >= FIELD_MAX {
                state.fault = Some("composer-full".into());
            }
            let at = output.cursor_range.map(|range| range.primary.index.0);
            state.completion.follow(&state.text, at);
            if let Some(at) = at
                && let Some((range, emoji)) = completion::spelled_out(&state.text, at)
            {
                put(ui, id, &mut state.text, range, emoji);
            }
        }
        response
            .ctx
            .accesskit_node_builder(id, |node| node.set_label(hint));
    });
}

/// Whether a dialog lies over the composer.
pub(super) fn is_covered(ui: &Ui) -> bool {
    ui.memory(|memory| memory.top_modal_layer().is_some())
}

/// Keys that mean something here, before the field takes them. Answers whether it is to be sent.
fn steer(ui: &Ui, cx: &Cx<'_>, account: AccountId, state: &mut ComposerState, id: Id) -> bool {
    if is_covered(ui) || state.picker.open {
        return false;
    }
    if completion::steer(ui, cx, state, id) {
        return false;
    }
    if take(ui, Key::Escape) {
        strip::leave_strip(state);
    }
    if state.text.is_empty()
        && state.editing.is_none()
        && take(ui, Key::ArrowUp)
        && let Some(message) = last_own(cx.model, account)
    {
        cx.act(Act::Edit(account, message));
    }
    take(ui, Key::Enter)
}

/// Whether a key was pressed with nothing else held; then nobody else gets it. (egui's own `consume_key` also takes it
/// with Shift held.)
pub(super) fn take(ui: &Ui, wanted: Key) -> bool {
    ui.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| {
            !matches!(event, egui::Event::Key { key, pressed: true, modifiers, .. }
                if *key == wanted && modifiers.is_none())
        });
        input.events.len() != before
    })
}

/// Where the writing cursor stands, in characters; at the end where there is none.
pub(super) fn cursor(ui: &Ui, id: Id, text: &str) -> usize {
    let range = TextEdit::load_state(ui.ctx(), id).and_then(|state| state.cursor.char_range());
    let end = text.chars().count();
    range.map_or(end, |range| range.primary.index.0.min(end))
}

fn put_cursor(ui: &Ui, id: Id, at: usize) {
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let at = egui::text::CCursor::new(at);
    state
        .cursor
        .set_char_range(Some(egui::text::CCursorRange::one(at)));
    state.store(ui.ctx(), id);
}

/// Puts text in the place of a range of characters, and the cursor behind it.
pub(super) fn put(ui: &Ui, id: Id, text: &mut String, range: std::ops::Range<usize>, new: &str) {
    let byte = |at: usize| {
        text.char_indices()
            .nth(at)
            .map_or(text.len(), |(byte, _)| byte)
    };
    let (from, to) = (byte(range.start), byte(range.end));
    text.replace_range(from..to, new);
    put_cursor(ui, id, range.start + new.chars().count());
}
