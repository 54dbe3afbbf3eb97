//! Draws what [`markdown`](super::markdown) read: one galley a paragraph, so that text wraps, and can be selected, as
//! one; links inside it are widgets of their own, for the keyboard and for those who hear the window.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::text_selection::LabelSelectionState;
use egui::{
    Align, FontFamily, FontId, Frame, Galley, Label, Layout, Margin, Pos2, Rect, RichText, Role,
    Sense, Stroke, Ui, WidgetInfo, vec2,
};
use lucide_icons::Icon;

use super::icon_button;
use super::markdown::{Block, Doc, Kind, Span};
use crate::ask::Act;
use crate::context::Cx;
use crate::route::Dialog;
use crate::text::links;
use crate::theme::{family, radius, size, space};

/// Width of text at most: longer lines are hard to read.
pub const WIDTH_MAX: f32 = 760.0;

/// Size of emoji that stand alone.
const EMOJI: f32 = 38.0;

/// Draws a message's text.
pub fn message_ui(ui: &mut Ui, cx: &Cx<'_>, doc: &Doc) {
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.set_max_width(ui.available_width().min(WIDTH_MAX));
    for block in &doc.blocks {
        block_ui(ui, cx, block, doc.is_emoji);
    }
}

fn block_ui(ui: &mut Ui, cx: &Cx<'_>, block: &Block, is_emoji: bool) {
    let quotes = f32::from(block.quotes);
    let indent = f32::from(block.indent) * 22.0;
    let left = ui.cursor().left();
    let whole = ui.available_width();
    let begin = ui.cursor().top();
    let shift = quotes * 14.0 + indent;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(shift);
        if let Some(mark) = &block.mark {
            mark_ui(ui, cx, mark, left + shift);
        }
        ui.allocate_ui_with_layout(
            vec2((whole - shift).max(40.0), 0.0),
            Layout::top_down(Align::Min),
            |ui| match &block.kind {
                Kind::Paragraph(spans) => {
                    let size = if is_emoji { EMOJI } else { size::BODY };
                    spans_ui(ui, cx, spans, size, false);
                }
                Kind::Heading(level, spans) => {
                    let size = match level {
                        1 => size::TITLE + 3.0,
                        2 => size::TITLE,
                        _ => size::BODY,
                    };
                    spans_ui(ui, cx, spans, size, true);
                }
                Kind::Code(code) => code_ui(ui, cx, code),
                Kind::Rule => {
                    ui.separator();
                }
            },
        );
    });
    let end = ui.min_rect().bottom();
    for quote in 0..block.quotes {
        let x = left + f32::from(quote) * 14.0;
        let bar = Rect::from_min_max(Pos2::new(x, begin), Pos2::new(x + 3.0, end));
        ui.painter().rect_filled(bar, 1.5, cx.palette().line);
    }
}

/// A bullet or number, left of its text.
fn mark_ui(ui: &Ui, cx: &Cx<'_>, mark: &str, right: f32) {
    let font = FontId::proportional(size::BODY);
    let colour = cx.palette().text_weak;
    let at = Pos2::new(right - 7.0, ui.cursor().top());
    ui.painter()
        .text(at, egui::Align2::RIGHT_TOP, mark, font, colour);
}

fn format(cx: &Cx<'_>, span: &Span, size: f32, heads: bool) -> TextFormat {
    let p = cx.palette();
    let look = span.look;
    let named = |name: &'static str| FontFamily::Name(name.into());
    let family = if look.code {
        FontFamily::Monospace
    } else if look.strong || heads {
        named(family::STRONG)
    } else if look.slanted {
        named(family::ITALIC)
    } else {
        FontFamily::Proportional
    };
    let size = if look.code { size - 1.5 } else { size };
    let colour = if span.link.is_some() { p.link } else { p.text };
    let mut format = TextFormat::simple(FontId::new(size, family), colour);
    // Bold and italic at once: the bold font, slanted.
    format.italics = look.slanted && (look.strong || heads || look.code);
    if look.code {
        format.background = p.code;
        format.expand_bg = 2.0;
    }
    if look.struck {
        format.strikethrough = Stroke::new(1.0, colour);
    }
    if span.link.is_some() {
        format.underline = Stroke::new(1.0, colour.gamma_multiply(0.5));
    }
    format
}

fn spans_ui(ui: &mut Ui, cx: &Cx<'_>, spans: &[Span], size: f32, heads: bool) {
    let mut job = LayoutJob::default();
    let mut found = Vec::new();
    let mut letters = 0;
    for span in spans {
        job.append(&span.text, 0.0, format(cx, span, size, heads));
        let end = letters + span.text.chars().count();
        if let Some(link) = &span.link {
            found.push((letters..end, span, link));
        }
        letters = end;
    }
    let label = Label::new(job).selectable(true).wrap();
    let (at, galley, response) = label.layout_in_ui(ui);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, galley.text()));
    if ui.is_rect_visible(response.rect) {
        let colour = cx.palette().text;
        let (kept, none) = (Arc::clone(&galley), Stroke::NONE);
        LabelSelectionState::label_text_selection(ui, &response, at, kept, colour, none);
    }
    for (range, span, link) in found {
        link_ui(ui, cx, &pieces(&galley, at, range), &response, (span, link));
    }
}

/// The places of some letters, one a row of text.
fn pieces(galley: &Galley, at: Pos2, range: std::ops::Range<usize>) -> Vec<Rect> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    for row in &galley.rows {
        let inside = row.char_count_excluding_newline().0;
        let from = range.start.clamp(begin, begin + inside) - begin;
        let to = range.end.clamp(begin, begin + inside) - begin;
        if from < to {
            let x = |column: usize| row.pos.x + row.x_offset(egui::text::CharIndex(column));
            let rect = Rect::from_min_max(
                Pos2::new(x(from), row.rect().top()),
                Pos2::new(x(to), row.rect().bottom()),
            );
            pieces.push(rect.translate(at.to_vec2()));
        }
        begin += row.char_count_including_newline().0;
    }
    pieces
}

/// What makes a piece of a paragraph a link: pointer, keyboard, name.
fn link_ui(
    ui: &Ui,
    cx: &Cx<'_>,
    pieces: &[Rect],
    text: &egui::Response,
    (span, link): (&Span, &String),
) {
    let mut clicked = false;
    for (number, piece) in pieces.iter().enumerate() {
        // The keyboard stops once at a link that is broken over two rows.
        let sense = if number == 0 {
            Sense::click()
        } else {
            Sense::CLICK
        };
        let id = text.id.with(("link", link, piece.left().to_bits(), number));
        let response = ui.interact(*piece, id, sense);
        if number == 0 {
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &span.text));
        }
        if response.has_focus() {
            let stroke = Stroke::new(2.0, cx.palette().accent);
            ui.painter()
                .rect_stroke(piece.expand(2.0), 3.0, stroke, egui::StrokeKind::Outside);
        }
        let response = response
            .on_hover_cursor(egui::CursorIcon::PointingHand)
            .on_hover_text(link);
        clicked |= response.clicked() || response.middle_clicked();
    }
    if clicked {
        follow(ui, cx, &span.text, link);
    }
}

/// A link was clicked: it is shown before it is opened.
fn follow(ui: &Ui, cx: &Cx<'_>, says: &str, link: &str) {
    if links::is_contact(link) {
        let link = link.to_owned();
        cx.act(Act::Show(Dialog::AddContact { link }));
        return;
    }
    let disguised = links::examine(link, Some(says)).is_ok_and(|found| {
        let says_other = |doubt: &links::Doubt| matches!(doubt, links::Doubt::Says(_));
        found.doubts.iter().any(says_other)
    });
    if disguised {
        let dialog = Dialog::OpenDisguised(link.to_owned(), says.to_owned());
        cx.act(Act::Show(dialog));
    } else {
        ui.ctx().open_url(egui::OpenUrl::new_tab(link));
    }
}

fn code_ui(ui: &mut Ui, cx: &Cx<'_>, code: &str) {
    let p = cx.palette();
    Frame::new()
        .fill(p.code)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(radius::S)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            let width = ui.available_width();
            ui.set_width(width);
            let top_right = ui.max_rect().right_top();
            let text = RichText::new(code).monospace().color(p.text);
            ui.set_max_width((width - size::TOUCH - space::S).max(40.0));
            ui.add(Label::new(text).wrap().selectable(true));
            let corner = Rect::from_min_size(
                top_right + vec2(-size::TOUCH + 6.0, -4.0),
                vec2(size::TOUCH, size::TOUCH),
            );
            let mut over = ui.new_child(egui::UiBuilder::new().id_salt("copy").max_rect(corner));
            if icon_button(&mut over, cx, Icon::Copy, &cx.say("message-copy-code")).clicked() {
                cx.act(Act::Copy(code.to_owned()));
            }
        });
}
