//! One conversation in the list: who, when, what was said last, and how much of it is new.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, FontId, Galley, Id, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo,
};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::persist::{MessageContent, Trust};

use super::reach::Reach;
use crate::context::Cx;
use crate::panels::rail;
use crate::text::{clean, dates};
use crate::theme::{self, family, radius, size, space};
use crate::widgets::{avatar, markdown};

/// Height of a row: the list is virtual, so all are alike.
pub const HEIGHT: f32 = 62.0;

/// Letters of a draft that are laid out; more never fit.
const LETTERS_MAX: usize = 200;

/// The id of a row: the same wherever it stands.
#[must_use]
pub fn id(account: AccountId) -> Id {
    Id::unique("conversation").with(account.as_bytes())
}

/// The line below the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What it says.
    pub text: String,
    /// Whether it stands out: they write, or something is written here.
    pub lively: bool,
}

/// What was said last, or is being written.
#[must_use]
pub fn said(cx: &Cx<'_>, account: AccountId, draft: &str) -> Said {
    let lively = |text| Said { text, lively: true };
    let quiet = |text| Said {
        text,
        lively: false,
    };
    let typing = |view: &Arc<node::view::View>| view.typing.contains(&account);
    if cx.model.view.as_ref().is_some_and(typing) {
        return lively(cx.say("contacts-typing"));
    }
    if !draft.trim().is_empty() {
        let text = clean::line(&draft.chars().take(LETTERS_MAX).collect::<String>());
        return lively(cx.text.fill("contacts-draft", [("text", text.into())]));
    }
    let chat = cx.model.chats.get(&account);
    let Some(last) = chat.and_then(|chat| chat.last.as_ref()) else {
        return quiet(cx.say("contacts-nothing-yet"));
    };
    let Some(row) = &last.row else {
        return quiet(cx.say("contacts-damaged"));
    };
    let text = match &row.content {
        MessageContent::Text { versions, .. } => {
            let body = versions.last().map_or("", |version| version.body.as_str());
            markdown::line(body)
        }
        MessageContent::Deleted => cx.say("contacts-deleted"),
        _ => String::new(),
    };
    if cx
        .model
        .own
        .as_ref()
        .is_some_and(|own| own.account == row.account)
    {
        return quiet(cx.text.fill("contacts-own", [("text", text.into())]));
    }
    quiet(text)
}

/// One line that ends in an ellipsis where there is no more room.
pub fn fitted(ui: &Ui, text: String, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text, font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// Draws a row. `here`: it is the conversation on screen.
pub fn row_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, here: bool, draft: &str) -> Response {
    let p = cx.palette();
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), HEIGHT));
    let response = ui.interact(rect, id(account), Sense::click());
    let said = said(cx, account, draft);
    let unread = cx.model.chats.get(&account).map_or(0, |chat| chat.unread);
    if ui.is_rect_visible(rect) {
        let inner = rect.shrink2(Vec2::new(space::S, 2.0));
        let ground = match (here, response.hovered()) {
            (true, _) => p.chosen,
            (false, true) => p.hover,
            (false, false) => p.ground_list,
        };
        ui.painter().rect_filled(inner, radius::M, ground);
        if response.has_focus() {
            let stroke = egui::Stroke::new(2.0, p.accent);
            ui.painter()
                .rect_stroke(inner, radius::M, stroke, egui::StrokeKind::Inside);
        }
        let name = cx.model.name(account);
        let face = Rect::from_center_size(
            Pos2::new(
                inner.left() + space::S + size::AVATAR / 2.0,
                inner.center().y,
            ),
            Vec2::splat(size::AVATAR),
        );
        avatar::paint(ui, cx, account, &name, face.center(), size::AVATAR);
        Reach::of(cx.model, account).dot(ui, cx, face, ground);
        let words = Rect::from_min_max(
            Pos2::new(face.right() + space::M, inner.top() + 9.0),
            Pos2::new(inner.right() - space::S, inner.bottom() - 9.0),
        );
        top_line(ui, cx, account, name, words, unread > 0);
        bottom_line(ui, cx, &said, words, unread);
    }
    let spoken = spoken(cx, account, unread, &said);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, here, &spoken));
    response
}

/// Name, mark, time.
fn top_line(ui: &Ui, cx: &Cx<'_>, account: AccountId, name: String, words: Rect, strong: bool) {
    let p = cx.palette();
    let last = cx
        .model
        .chats
        .get(&account)
        .and_then(|chat| chat.last.as_ref());
    let time = last.map_or_else(String::new, |line| {
        dates::short(cx.text, line.sent_ms(), cx.today(), cx.zone)
    });
    let colour = if strong { p.accent_text } else { p.text_weak };
    let small = FontId::proportional(size::SMALL);
    let time = ui.painter().layout_no_wrap(time, small, colour);
    let time_width = time.size().x;
    let mark = mark(cx, account);
    let mark_width = if mark.is_some() { 20.0 } else { 0.0 };
    let weight = if strong {
        family::STRONG
    } else {
        family::MEDIUM
    };
    let width = words.width() - time_width - mark_width - space::S;
    let name = fitted(ui, name, theme::font(weight, size::BODY), p.text, width);
    let middle = words.top() + name.size().y / 2.0;
    if let Some((glyph, colour)) = mark {
        let at = Pos2::new(words.left() + name.size().x + space::XS, middle);
        let font = theme::font(family::ICONS, 14.0);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, char::from(glyph), font, colour);
    }
    ui.painter().galley(words.min, name, p.text);
    let at = Pos2::new(words.right() - time_width, middle - time.size().y / 2.0);
    ui.painter().galley(at, time, colour);
}

/// What was said, and how much is new.
fn bottom_line(ui: &Ui, cx: &Cx<'_>, said: &Said, words: Rect, unread: usize) {
    let p = cx.palette();
    let taken = if unread == 0 { 0.0 } else { 34.0 };
    let colour = match (said.lively, unread > 0) {
        (true, _) => p.accent_text,
        (false, true) => p.text,
        (false, false) => p.text_weak,
    };
    let font = FontId::proportional(size::SMALL + 0.5);
    let line = fitted(ui, said.text.clone(), font, colour, words.width() - taken);
    let at = Pos2::new(words.left(), words.bottom() - line.size().y);
    let middle = at.y + line.size().y / 2.0;
    ui.painter().galley(at, line, colour);
    rail::pill(ui, cx, Pos2::new(words.right() - 12.0, middle), unread);
}

/// The mark beside a name: compared, or changed since.
fn mark(cx: &Cx<'_>, account: AccountId) -> Option<(Icon, Color32)> {
    match cx.model.contact(account)?.trust {
        Trust::Verified => Some((Icon::ShieldCheck, cx.palette().good)),
        Trust::Changed => Some((Icon::ShieldAlert, cx.palette().bad)),
        Trust::Unverified => None,
    }
}

/// The row as it is read aloud.
fn spoken(cx: &Cx<'_>, account: AccountId, unread: usize, said: &Said) -> String {
    let mut parts = vec![cx.model.name(account)];
    match cx.model.contact(account).map(|contact| contact.trust) {
        Some(Trust::Verified) => parts.push(cx.say("trust-verified-short")),
        Some(Trust::Changed) => parts.push(cx.say("trust-changed-short")),
        _ => {}
    }
    parts.push(Reach::of(cx.model, account).word(cx));
    if unread > 0 {
        parts.push(cx.text.fill("contacts-unread", [("count", unread.into())]));
    }
    parts.push(said.text.clone());
    parts.join(", ")
}
