//! What was said in a conversation.

mod attached;
pub mod fate;
mod header;
pub mod lines;
mod marks;
pub mod place;
mod row;
pub mod toolbar;

pub use attached::save;
use egui::{Align2, Color32, Frame, Margin, Panel, Rect, RichText, Ui, UiBuilder, Vec2};
pub use header::header_ui;
use lines::{Lines, Memo};
use lucide_icons::Icon;
use node::store::Position;
use protocol::identity::AccountId;
use protocol::persist::Trust;

use crate::ask::{Act, Ask, Edge};
use crate::context::Cx;
use crate::model::Chat;
use crate::route::Dialog;
use crate::theme::{self, family, size, space};
use crate::widgets::timeline_list::{Shown, TimelineList, Use};
use crate::widgets::{self, icon, live, quiet_button};

/// Rows from an end of the window at which more are asked for.
const NEAR: usize = 20;

/// Seconds for which a message that was jumped to is lit.
const LIT_SECONDS: f64 = 2.0;

/// What a timeline knows of itself.
#[derive(Clone, Debug, Default)]
pub struct TimelineState {
    list: TimelineList,
    memo: Memo,
    /// The frame in which it was drawn last with messages; none since it was opened.
    drawn: Option<u64>,
    /// The jump that was followed last.
    landed: u64,
    /// The newest message that was on screen at the end.
    seen: Option<Position>,
    /// What was asked for at each end, by the message that stood there.
    asked: [Option<Position>; 2],
    /// The newest message that was told to be read.
    read: Option<Position>,
    /// The newest messages were asked for; the list goes there when they come.
    to_newest: bool,
}

/// Draws the messages.
pub fn timeline_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut TimelineState) {
    banner_ui(ui, cx, account);
    let Some(chat) = cx.model.chats.get(&account) else {
        return;
    };
    strip_ui(ui, cx, account, chat);
    if chat.window.is_empty() {
        state.drawn = None;
        if chat.last.is_none() {
            let name = cx.model.name(account);
            let title = cx.text.fill("timeline-empty", [("name", name.into())]);
            let hint = cx.say("timeline-empty-hint");
            widgets::empty(ui, Icon::MessageCircle, &title, &hint);
        }
        return;
    }
    go_where_wanted(ui, cx, account, chat, state);
    let how = Use {
        name: cx.say("timeline-name"),
        bar_name: cx.say("timeline-bar"),
        is_newest: !chat.more_after,
        keys: !egui::Popup::is_any_open(ui.ctx()) && !is_covered(ui),
    };
    let room = ui.available_rect_before_wrap();
    let mut lines = Lines::new(cx, account, chat, &mut state.memo);
    let shown = state.list.show(ui, &mut lines, &how);
    ask_for_more(cx, account, chat, shown, &mut state.asked);
    after(ui, cx, account, chat, shown, state);
    if !shown.following {
        newest_ui(ui, cx, account, chat, room, state);
    }
}

/// Whether a dialog lies over everything.
fn is_covered(ui: &Ui) -> bool {
    let top = ui.ctx().memory(|memory| memory.top_modal_layer());
    top.is_some()
}

/// Where the list is to stand: at the first unread when it opens, where a jump landed, at a message that was asked for.
fn go_where_wanted(
    ui: &Ui,
    cx: &Cx<'_>,
    account: AccountId,
    chat: &Chat,
    state: &mut TimelineState,
) {
    let now = ui.input(|input| input.time);
    let frame = ui.ctx().cumulative_frame_nr();
    // Whoever comes back begins at the end again: what was in memory was let go meanwhile.
    let goes_on = state.drawn.is_some_and(|drawn| frame <= drawn + 1);
    state.drawn = Some(frame);
    if !goes_on {
        state.asked = [None, None];
        let own = cx.model.own.as_ref().map(|own| own.account);
        let unread = own.and_then(|own| place::first_new(chat, own));
        match unread.and_then(|index| chat.window.get(index)) {
            Some(line) => state.list.reveal(line.position),
            None => state.list.go_to_end(),
        }
        // What is there when a chat opens is not new below.
        state.seen = chat.window.last().map(|line| line.position);
    }
    if let Some(wanted) = state.memo.wanted.take() {
        if let Some(line) = chat.window.iter().find(|line| line.id() == wanted) {
            state.list.reveal(line.position);
            state.memo.lit = Some((wanted, now + LIT_SECONDS));
        } else {
            cx.ask(Ask::JumpTo(account, wanted));
        }
    }
    if let Some((number, place)) = chat.landed
        && number != state.landed
    {
        state.landed = number;
        state.asked = [None, None];
        let at = chat.window.partition_point(|line| line.position < place);
        let line = chat.window.get(at).or_else(|| chat.window.last());
        if let Some(line) = line {
            state.list.reveal(line.position);
            state.memo.lit = Some((line.id(), now + LIT_SECONDS));
        }
    }
    if state.to_newest && !chat.more_after {
        state.to_newest = false;
        state.list.go_to_end();
    }
    if let Some((_, until)) = state.memo.lit {
        if until <= now {
            state.memo.lit = None;
        } else {
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_secs_f64(until - now));
        }
    }
}

/// Asks for what lies beyond the window before its end is on screen; once an end.
fn ask_for_more(
    cx: &Cx<'_>,
    account: AccountId,
    chat: &Chat,
    shown: Shown,
    asked: &mut [Option<Position>; 2],
) {
    let Some((first, last)) = shown.rows else {
        return;
    };
    let [before, after] = asked;
    let ends = [
        (
            Edge::Before,
            before,
            chat.more_before && first < NEAR,
            chat.window.first(),
        ),
        (
            Edge::After,
            after,
            chat.more_after && last + NEAR >= chat.window.len(),
            chat.window.last(),
        ),
    ];
    for (edge, asked, wanted, end) in ends {
        let end = end.map(|line| line.position);
        if wanted && *asked != end {
            *asked = end;
            cx.ask(Ask::More(account, edge));
        }
    }
}

/// What follows from what was shown: what is on screen at the end was seen, and read if the window is looked at.
fn after(
    ui: &Ui,
    cx: &Cx<'_>,
    account: AccountId,
    chat: &Chat,
    shown: Shown,
    state: &mut TimelineState,
) {
    if !shown.following {
        return;
    }
    state.seen = chat.window.last().map(|line| line.position);
    let looked_at = ui.input(|input| input.focused);
    if looked_at && state.read != state.seen && chat.unread > 0 {
        state.read = state.seen;
        cx.ask(Ask::Read(account));
    }
}

/// The button that leads back to the newest message, with what came meanwhile.
fn newest_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    account: AccountId,
    chat: &Chat,
    room: Rect,
    state: &mut TimelineState,
) {
    let came = chat.window.iter().rev();
    let came = came
        .take_while(|line| state.seen.is_some_and(|seen| line.position > seen))
        .filter(|line| line.row.as_ref().is_some_and(|row| row.account == account))
        .count();
    let words = if came == 0 || chat.more_after {
        cx.say("timeline-to-newest")
    } else {
        cx.text.fill("timeline-came", [("count", came.into())])
    };
    let p = cx.palette();
    let colour = if came == 0 { p.text } else { p.accent_text };
    let font = theme::font(family::MEDIUM, size::SMALL + 0.5);
    let width = ui
        .painter()
        .layout_no_wrap(words.clone(), font.clone(), colour)
        .size()
        .x
        + 60.0;
    let place = Align2::CENTER_BOTTOM.align_size_within_rect(Vec2::new(width, size::TOUCH), room);
    let place = place.translate(Vec2::new(0.0, -space::S));
    let mut over = ui.new_child(UiBuilder::new().id_salt("newest").max_rect(place));
    let arrow = icon(Icon::ArrowDown, 15.0).color(colour);
    let button = egui::Button::new((arrow, RichText::new(words).font(font).color(colour)))
        .corner_radius(17.0)
        .fill(p.raised)
        .stroke(egui::Stroke::new(1.0, p.line))
        .min_size(place.size());
    if over.add(button).clicked() {
        state.list.go_to_end();
        ui.ctx().request_repaint();
        if chat.more_after {
            state.to_newest = true;
            cx.ask(Ask::Latest(account));
        }
    }
}

/// Keys that changed: nothing is sent until they were compared again.
fn banner_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    let changed = cx
        .model
        .contact(account)
        .is_some_and(|contact| contact.trust == Trust::Changed);
    if !changed {
        return;
    }
    let p = cx.palette();
    let frame = Frame::new()
        .fill(p.raised)
        .inner_margin(Margin::symmetric(20, 12));
    Panel::top("keys changed")
        .resizable(false)
        .show_separator_line(false)
        .frame(frame)
        .show(ui, |ui| {
            let name = cx.model.name(account);
            ui.horizontal_top(|ui| {
                widgets::decoration(ui, icon(Icon::ShieldAlert, 20.0).color(p.bad));
                ui.vertical(|ui| {
                    let title = cx
                        .text
                        .fill("keys-changed", [("name", name.clone().into())]);
                    let title = RichText::new(title)
                        .text_style(theme::strong())
                        .color(p.bad);
                    live(&ui.add(egui::Label::new(title).wrap()));
                    let words = cx.text.fill("keys-changed-hint", [("name", name.into())]);
                    ui.add(egui::Label::new(RichText::new(words).color(p.text)).wrap());
                    if quiet_button(ui, &cx.say("keys-compare")).clicked() {
                        cx.act(Act::Show(Dialog::Safety(account)));
                    }
                });
            });
        });
}

/// The strip between messages and composer: who writes, and what could not be opened. Always as high as one line, so
/// that nothing moves when somebody begins to write.
fn strip_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, chat: &Chat) {
    let p = cx.palette();
    let frame = Frame::new().inner_margin(Margin::symmetric(20, 0));
    Panel::bottom("strip")
        .resizable(false)
        .show_separator_line(false)
        .frame(frame)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = || [("name", cx.model.name(account).into())];
            if chat.unopened {
                let words = cx.text.fill("message-unopened", name());
                line_ui(ui, Icon::Hourglass, &words, p.warn);
            }
            let typing = cx
                .model
                .view
                .as_ref()
                .is_some_and(|view| view.typing.contains(&account));
            if typing {
                line_ui(
                    ui,
                    Icon::PencilLine,
                    &cx.text.fill("timeline-typing", name()),
                    p.text_weak,
                );
            } else {
                ui.add_space(20.0);
            }
        });
}

fn line_ui(ui: &mut Ui, glyph: Icon, words: &str, colour: Color32) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.set_min_height(20.0);
        widgets::decoration(ui, icon(glyph, 13.0).color(colour));
        let words = RichText::new(words).small().color(colour);
        live(&ui.add(egui::Label::new(words).wrap()));
    });
}

/// A line of a menu. Answers whether it was chosen.
fn menu_item(ui: &mut Ui, cx: &Cx<'_>, glyph: Icon, words: &str) -> bool {
    item(ui, glyph, words, cx.palette().text)
}

/// The same for what cannot be undone.
fn danger_item(ui: &mut Ui, cx: &Cx<'_>, glyph: Icon, words: &str) -> bool {
    item(ui, glyph, words, cx.palette().bad)
}

fn item(ui: &mut Ui, glyph: Icon, words: &str, colour: Color32) -> bool {
    let glyph = icon(glyph, 16.0).color(colour);
    let button = egui::Button::new((glyph, RichText::new(words).color(colour)));
    let response = ui.add(button);
    super::contacts::named(&response, words);
    response.clicked()
}

#[cfg(test)]
mod tests;
