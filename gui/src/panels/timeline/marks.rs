//! What stands around a message's text: the message it answers, reactions, "edited", how it fares.

use std::collections::BTreeMap;

use egui::{Align2, Label, Rect, Response, RichText, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;
use node::store::Position;
use protocol::identity::AccountId;
use protocol::message::{Emoji, MessageRef};
use protocol::persist::{MessageContent, MessageRow, Reaction};
use protocol::turn::Command;

use super::fate::Fate;
use super::lines::Lines;
use crate::ask::Act;
use crate::context::Cx;
use crate::route::Dialog;
use crate::text::clean;
use crate::theme::{self, family, space};
use crate::widgets::{icon, markdown};

/// Who put an emoji on a message.
pub(super) type Reactions = Vec<(Emoji, Vec<AccountId>)>;

/// Reactions that stand, by emoji; first come, first shown.
#[must_use]
pub(super) fn reactions(all: &[Reaction]) -> Reactions {
    let mut found: BTreeMap<&Emoji, (_, Vec<AccountId>)> = BTreeMap::new();
    for reaction in all.iter().filter(|reaction| reaction.on) {
        let entry = found
            .entry(&reaction.emoji)
            .or_insert((reaction.decided, Vec::new()));
        entry.0 = entry.0.min(reaction.decided);
        entry.1.push(reaction.account);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(emoji, (decided, _))| (*decided, *emoji));
    let named = found.into_iter();
    named
        .map(|(emoji, (_, who))| (emoji.clone(), who))
        .collect()
}

/// Puts an emoji on a message, or takes it off.
pub(super) fn toggle(
    cx: &Cx<'_>,
    account: AccountId,
    message: MessageRef,
    row: &MessageRow,
    emoji: &str,
) {
    let Ok(emoji) = Emoji::try_from(emoji) else {
        return;
    };
    let own = cx.model.own.as_ref().map(|own| own.account);
    let is_on = row
        .reactions
        .iter()
        .any(|reaction| reaction.on && reaction.emoji == emoji && Some(reaction.account) == own);
    let _ticket = cx.command(Command::React {
        to: account,
        target: message,
        emoji,
        on: !is_on,
        key: None,
    });
}

/// The message that is answered, in one line; a click goes there.
pub(super) fn quote_ui(ui: &mut Ui, lines: &mut Lines<'_>, answered: MessageRef) {
    let (cx, chat) = (lines.cx, lines.chat);
    let found = chat.window.iter().find(|line| line.id() == answered);
    let row = found.and_then(|line| line.row.as_deref());
    let (who, said) = match row {
        Some(row) => (cx.model.name(row.account), quoted(cx, row)),
        None => (String::new(), cx.say("message-earlier")),
    };
    let p = cx.palette();
    let small = |text: &str| RichText::new(text).small().color(p.text_weak);
    let mut job = egui::text::LayoutJob::default();
    let (style, font) = (ui.style(), egui::FontSelection::Default);
    let name = RichText::new(&who).font(theme::font(family::MEDIUM, theme::size::SMALL));
    name.color(p.text_weak)
        .append_to(&mut job, style, font.clone(), egui::Align::Center);
    let gap = if who.is_empty() { "" } else { "  " };
    small(&format!("{gap}{said}")).append_to(&mut job, style, font, egui::Align::Center);
    let response = ui
        .horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            ui.spacing_mut().item_spacing.x = space::XS;
            crate::widgets::decoration(ui, icon(Icon::CornerUpRight, 14.0).color(p.text_weak));
            let label = Label::new(job).truncate().selectable(false);
            ui.add(label.sense(Sense::click()))
        })
        .inner;
    let name = cx.text.fill(
        "message-answers",
        [("who", who.into()), ("what", said.into())],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
    {
        lines.memo.wanted = Some(answered);
        ui.ctx().request_repaint();
    }
}

/// The beginning of a message in one line, for an answer to it.
fn quoted(cx: &Cx<'_>, row: &MessageRow) -> String {
    match &row.content {
        MessageContent::Text { versions, .. } => versions
            .last()
            .map(|version| markdown::line(version.body.as_str()))
            .unwrap_or_default(),
        _ => cx.say("message-taken-back"),
    }
}

/// A message in one line.
#[must_use]
pub(super) fn said(cx: &Cx<'_>, row: &MessageRow) -> String {
    match &row.content {
        MessageContent::Text { versions, .. } => versions
            .last()
            .map(|version| clean::line(version.body.as_str()))
            .unwrap_or_default(),
        _ => cx.say("message-taken-back"),
    }
}

/// The pills under a message.
pub(super) fn reactions_ui(ui: &mut Ui, lines: &Lines<'_>, message: MessageRef, row: &MessageRow) {
    let all = reactions(&row.reactions);
    if all.is_empty() {
        return;
    }
    let cx = lines.cx;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(space::XS);
        for (emoji, who) in all {
            let mine = who.contains(&lines.own);
            let names: Vec<_> = who.iter().map(|account| cx.model.name(*account)).collect();
            let names = names.join(", ");
            let shown = clean::line(emoji.as_str());
            let response = pill(ui, cx, &shown, who.len(), mine);
            let name = cx.text.fill(
                "reaction-name",
                [
                    ("emoji", shown.into()),
                    ("count", who.len().into()),
                    ("names", names.clone().into()),
                ],
            );
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, mine, &name));
            if response.on_hover_text(names).clicked() {
                toggle(cx, lines.account, message, row, emoji.as_str());
            }
        }
    });
}

fn pill(ui: &mut Ui, cx: &Cx<'_>, emoji: &str, count: usize, mine: bool) -> Response {
    let p = cx.palette();
    // The text font has a few of them too, in black: a red heart would not be red.
    let font = theme::font(family::EMOJI, 15.0);
    let emoji = ui.painter().layout_no_wrap(emoji.to_owned(), font, p.text);
    let colour = if mine { p.accent_text } else { p.text_weak };
    let font = theme::font(family::MEDIUM, theme::size::SMALL);
    let number = ui.painter().layout_no_wrap(count.to_string(), font, colour);
    let width = emoji.size().x.min(120.0) + number.size().x + 22.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 26.0), Sense::click());
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.has_focus();
        let edge = if mine || response.has_focus() {
            p.accent
        } else if lit {
            p.text_weak
        } else {
            p.line
        };
        let ground = if lit { p.hover } else { p.raised };
        let stroke = Stroke::new(if response.has_focus() { 2.0 } else { 1.0 }, edge);
        ui.painter()
            .rect(rect, 13.0, ground, stroke, egui::StrokeKind::Inside);
        let left = rect.left_center() + Vec2::new(8.0, -emoji.size().y / 2.0);
        let right = rect.right_center() - Vec2::new(8.0 + number.size().x, number.size().y / 2.0);
        ui.painter().galley(left, emoji, p.text);
        ui.painter().galley(right, number, colour);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// "edited", and how an own message fares.
pub(super) fn foot_ui(ui: &mut Ui, lines: &Lines<'_>, place: Position, row: &MessageRow) {
    let cx = lines.cx;
    let edited =
        matches!(&row.content, MessageContent::Text { versions, .. } if versions.len() > 1);
    let fate = fate(lines, place, row);
    if !edited && fate.is_none() {
        return;
    }
    let p = cx.palette();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.spacing_mut().item_spacing.x = space::S;
        ui.spacing_mut().button_padding = Vec2::new(0.0, 0.0);
        if edited {
            let words = RichText::new(cx.say("message-edited"))
                .small()
                .color(p.text_weak);
            let button = egui::Button::new(words).frame(false);
            let response = ui.add(button).on_hover_text(cx.say("message-history"));
            if response.clicked() {
                cx.act(Act::Show(Dialog::History(lines.account, place.1)));
            }
        }
        if let Some(fate) = fate {
            let (glyph, colour) = match fate {
                Fate::Reached => (Icon::Check, p.text_weak),
                Fate::Some { .. } => (Icon::Check, p.text_weak),
                Fate::Waits | Fate::Nobody => (Icon::Clock, p.text_weak),
                Fate::Revoked | Fate::Withdrawn => (Icon::CircleAlert, p.bad),
            };
            ui.spacing_mut().item_spacing.x = 3.0;
            crate::widgets::decoration(ui, icon(glyph, 12.5).color(colour));
            let words = fate.words(cx, lines.account, place);
            ui.add(Label::new(RichText::new(words).small().color(colour)).wrap());
        }
    });
}

/// What is said of how it fares: nothing of others' messages; what is well only under the newest own one.
#[must_use]
pub(super) fn fate(lines: &Lines<'_>, place: Position, row: &MessageRow) -> Option<Fate> {
    if row.account != lines.own || matches!(row.content, MessageContent::Deleted) {
        return None;
    }
    let fate = Fate::of(row);
    (fate.is_said_always() || lines.last_own == Some(place)).then_some(fate)
}

/// A line across with words in it: a day, or "new".
pub(super) fn divider(ui: &mut Ui, cx: &Cx<'_>, words: &str, is_new: bool) {
    let p = cx.palette();
    let (line, colour) = if is_new {
        (p.accent, p.accent_text)
    } else {
        (p.line, p.text_weak)
    };
    let height = 30.0;
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let font = theme::font(family::MEDIUM, theme::size::SMALL);
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, colour);
    let middle = Rect::from_center_size(rect.center(), galley.size() + Vec2::new(20.0, 0.0));
    let stroke = Stroke::new(1.0, line);
    let margin = 16.0;
    let left = rect.left() + margin..=middle.left();
    let right = middle.right()..=rect.right() - margin;
    ui.painter().hline(left, rect.center().y, stroke);
    ui.painter().hline(right, rect.center().y, stroke);
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(at.min, galley, colour);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ADA, ME, conversation};

    #[test]
    fn reactions_that_were_taken_off_are_not_shown_and_the_first_stays_first() {
        let chat = conversation();
        let row = chat.window[5].row.as_ref().unwrap();
        let mut all = row.reactions.to_vec();
        all[2].on = false;
        let shown = reactions(&all);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].1, [ADA, ME]);
    }
}
