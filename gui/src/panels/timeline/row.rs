//! One message: what stands above it, who says it and when, what it says, what was done with it.

use std::sync::Arc;

use egui::{Label, Rect, Response, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use lucide_icons::Icon;
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, MessageRow};

use super::lines::Lines;
use super::place::{self, Place};
use super::{attached, marks, toolbar};
use crate::model::Line;
use crate::text::dates;
use crate::theme::{self, size, space};
use crate::widgets::{avatar, icon, live, message};

/// Draws a row, or only lays it out. Answers whether the keyboard is in it.
pub(super) fn row_ui(ui: &mut Ui, lines: &mut Lines<'_>, index: usize, seen: bool) -> bool {
    let chat = lines.chat;
    let Some(line) = chat.window.get(index) else {
        return false;
    };
    let Some(place) = place::of(chat, index, lines.own, lines.cx.zone) else {
        return false;
    };
    above_ui(ui, lines, place);
    ui.add_space(if place.head { 10.0 } else { 1.0 });
    let row = seen.then(|| ground_ui(ui, lines, index, line));
    let lit = row
        .as_ref()
        .is_some_and(|row| is_active(lines, row, line.id()));
    let gutter = gutter(lines.cx.narrow);
    let left = ui.cursor().left();
    let inner = Rect::from_min_max(
        pos2(left + gutter, ui.cursor().top() + 2.0),
        pos2(ui.max_rect().right() - 20.0, f32::INFINITY),
    );
    let mut content = ui.new_child(
        egui::UiBuilder::new()
            .scope_id(ui.scope_id().with("content"))
            .max_rect(inner)
            .layout(egui::Layout::top_down(egui::Align::Min)),
    );
    content.spacing_mut().item_spacing.y = space::XS;
    // Lines of small things are as high as their text, not as a button.
    content.spacing_mut().interact_size.y = 18.0;
    content.set_width(inner.width());
    let top = inner.top();
    contents_ui(&mut content, lines, line, place);
    let bottom = content.min_rect().bottom() + 2.0;
    margin_ui(ui, lines, line, place, pos2(left, top), lit);
    let used = Rect::from_min_max(
        pos2(left, inner.top() - 2.0),
        pos2(
            ui.max_rect().right(),
            bottom.max(inner.top() + minimum(place)),
        ),
    );
    ui.advance_cursor_after_rect(used);
    // The last row does not touch the composer.
    if index + 1 == chat.window.len() {
        ui.add_space(space::S);
    }
    row.is_some_and(|row| interact(ui, lines, line, &row, lit))
}

/// Least height: that of a face beside a name.
const fn minimum(place: Place) -> f32 {
    if place.head { size::AVATAR + 2.0 } else { 0.0 }
}

/// Width of what stands left of the text.
const fn gutter(narrow: bool) -> f32 {
    if narrow { 58.0 } else { 70.0 }
}

/// The beginning, a day, "new".
fn above_ui(ui: &mut Ui, lines: &Lines<'_>, place: Place) {
    let cx = lines.cx;
    if place.opens {
        ui.add_space(space::XL);
        ui.horizontal(|ui| {
            ui.add_space(20.0);
            ui.vertical(|ui| {
                let face = avatar(ui, cx, lines.account, 64.0);
                face.widget_info(|| {
                    WidgetInfo::labeled(Role::Image, true, cx.model.name(lines.account))
                });
                let name = cx.model.name(lines.account);
                ui.add_space(space::S);
                ui.label(RichText::new(&name).text_style(egui::TextStyle::Heading));
                ui.add_space(space::XS);
                let words = cx.text.fill("timeline-begin", [("name", name.into())]);
                let words = RichText::new(words).color(cx.palette().text_weak);
                ui.add(Label::new(words).wrap());
            });
        });
        ui.add_space(space::S);
    }
    if let Some(day) = place.day {
        let words = dates::day_name(cx.text, day, cx.today());
        marks::divider(ui, cx, &words, false);
    }
    if place.new {
        marks::divider(ui, cx, &cx.say("timeline-new"), true);
    }
}

/// The ground of a row, which the pointer and the keyboard find it by.
fn ground_ui(ui: &Ui, lines: &Lines<'_>, index: usize, line: &Line) -> Response {
    let rect = Rect::from_min_max(ui.cursor().min, ui.max_rect().max);
    let rect = Rect::from_min_size(rect.min, vec2(rect.width(), rect.height().max(1.0)));
    let row = ui.interact(rect, ui.scope_id().with("ground"), Sense::click());
    let name = spoken(lines, line);
    row.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    let newest = index + 1 == lines.chat.window.len();
    if newest
        && line
            .row
            .as_ref()
            .is_some_and(|row| row.account != lines.own)
    {
        live(&row);
    }
    let p = lines.cx.palette();
    let jumped_to = lines
        .memo
        .lit
        .is_some_and(|(message, _)| message == line.id());
    if jumped_to {
        ui.painter().rect_filled(rect, 0.0, p.chosen);
    } else if is_active(lines, &row, line.id()) {
        ui.painter().rect_filled(rect, 0.0, p.ground_list);
    }
    if row.has_focus() {
        let stroke = Stroke::new(2.0, p.accent);
        let inside = rect.shrink2(vec2(4.0, 0.0));
        ui.painter()
            .rect_stroke(inside, 6.0, stroke, egui::StrokeKind::Inside);
    }
    row
}

/// Whether the bar of this row is shown: the keyboard is in it, or the pointer, and in no other row's bar.
fn is_active(lines: &Lines<'_>, row: &Response, message: MessageRef) -> bool {
    let memo = &lines.memo;
    if memo.reacting == Some(message) || memo.within == Some(message) || row.has_focus() {
        return true;
    }
    if memo.reacting.is_some() {
        return false;
    }
    let pointer = row.ctx.pointer_hover_pos();
    let in_bar = |rect: Rect| pointer.is_some_and(|at| rect.contains(at));
    match memo.toolbar {
        Some((of, rect)) if in_bar(rect) => of == message,
        _ => row.contains_pointer(),
    }
}

/// A message as it is heard: who, when, what.
fn spoken(lines: &Lines<'_>, line: &Line) -> String {
    let cx = lines.cx;
    let (who, what) = match &line.row {
        Some(row) => (cx.model.name(row.account), marks::said(cx, row)),
        None => (String::new(), cx.say("message-damaged")),
    };
    let time = cx.time(line.sent_ms());
    cx.text.fill(
        "message-spoken",
        [
            ("who", who.into()),
            ("time", time.into()),
            ("what", what.into()),
        ],
    )
}

/// Left of the text: a face, or the time while the pointer is here.
fn margin_ui(ui: &Ui, lines: &Lines<'_>, line: &Line, place: Place, at: egui::Pos2, lit: bool) {
    let cx = lines.cx;
    if !ui.is_visible() {
        return;
    }
    let middle = at.x + gutter(cx.narrow) / 2.0 + 2.0;
    match &line.row {
        Some(row) if place.head => {
            let quoted = place::answers(row).is_some();
            let top = at.y + if quoted { 22.0 } else { 0.0 };
            let centre = pos2(middle, top + size::AVATAR / 2.0);
            let name = cx.model.name(row.account);
            avatar::paint(ui, cx, row.account, &name, centre, size::AVATAR);
        }
        _ if lit => {
            let font = egui::FontId::proportional(11.0);
            let time = cx.time(line.sent_ms());
            let top = pos2(middle, at.y + 4.0);
            let colour = cx.palette().text_weak;
            ui.painter()
                .text(top, egui::Align2::CENTER_TOP, time, font, colour);
        }
        _ => {}
    }
}

fn contents_ui(ui: &mut Ui, lines: &mut Lines<'_>, line: &Arc<Line>, place: Place) {
    let cx = lines.cx;
    let Some(row) = &line.row else {
        sentence(ui, lines, Icon::FileWarning, &cx.say("message-damaged"));
        return;
    };
    if let Some(answered) = place::answers(row) {
        marks::quote_ui(ui, lines, answered);
    }
    if place.head {
        head_ui(ui, lines, line, row);
    }
    match &row.content {
        MessageContent::Text { .. } => {
            if let Some(doc) = lines.memo.doc(line.id(), row) {
                message::message_ui(ui, cx, &doc);
            }
            attached::attached_ui(ui, lines, line);
        }
        _ => {
            let words = if row.account == lines.own {
                cx.say("message-you-took-back")
            } else {
                let name = cx.model.name(row.account);
                cx.text
                    .fill("message-they-took-back", [("name", name.into())])
            };
            sentence(ui, lines, Icon::Trash2, &words);
        }
    }
    marks::reactions_ui(ui, lines, line.id(), row);
    marks::foot_ui(ui, lines, line.position, row);
}

/// Who and when.
fn head_ui(ui: &mut Ui, lines: &Lines<'_>, line: &Line, row: &MessageRow) {
    let cx = lines.cx;
    let p = cx.palette();
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        let name = RichText::new(cx.model.name(row.account))
            .text_style(theme::strong())
            .color(p.text);
        ui.add(Label::new(name).truncate());
        let time = RichText::new(cx.time(line.sent_ms()))
            .small()
            .color(p.text_weak);
        ui.label(time);
    });
}

/// A sentence of ours in the place of a message.
pub(super) fn sentence(ui: &mut Ui, lines: &Lines<'_>, glyph: Icon, words: &str) {
    let colour = lines.cx.palette().text_weak;
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        crate::widgets::decoration(ui, icon(glyph, 14.0).color(colour));
        let words = RichText::new(words)
            .font(theme::font(theme::family::ITALIC, size::BODY))
            .color(colour);
        ui.add(Label::new(words).wrap());
    });
}

/// The bar and the menu. Answers whether the keyboard is in the row.
fn interact(ui: &mut Ui, lines: &mut Lines<'_>, line: &Line, row: &Response, lit: bool) -> bool {
    let Some(of) = &line.row else {
        return row.has_focus();
    };
    let mut within = row.has_focus();
    within |= toolbar::context_menu(lines, row, line.id(), of);
    if lit {
        within |= toolbar::toolbar_ui(ui, lines, row, line.id(), of);
    }
    if within {
        lines.memo.within = Some(line.id());
    } else if lines.memo.within == Some(line.id()) {
        lines.memo.within = None;
    }
    row.has_focus()
}
