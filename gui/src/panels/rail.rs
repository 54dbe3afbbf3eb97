//! The rail at the left edge: conversations now, communities next, settings at the bottom.

use egui::{Align2, Layout, Role, Sense, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;
use protocol::turn::ContactStanding;

use crate::ask::Act;
use crate::context::Cx;
use crate::route::{Route, Section};
use crate::state::State;
use crate::theme::{self, family, radius, space};

/// Draws the rail.
pub fn rail_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut State) {
    ui.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        let in_chat = matches!(state.route, Route::Chat(_));
        if entry(
            ui,
            cx,
            Icon::MessagesSquare,
            &cx.say("rail-conversations"),
            in_chat,
            cx.model.unread(),
        ) {
            open_conversations(cx, state);
        }
        let requests = cx
            .model
            .contacts(|standing| standing == ContactStanding::Asks)
            .len();
        if entry(
            ui,
            cx,
            Icon::Users,
            &cx.say("rail-people"),
            state.route == Route::People,
            requests,
        ) {
            cx.act(Act::Go(Route::People));
        }
        ui.with_layout(Layout::bottom_up(egui::Align::Center), |ui| {
            let here = matches!(state.route, Route::Settings(_));
            if entry(ui, cx, Icon::Settings, &cx.say("rail-settings"), here, 0) {
                cx.act(Act::Go(Route::Settings(Section::default())));
            }
        });
    });
}

/// The list in front on a narrow window; else the newest conversation.
fn open_conversations(cx: &Cx<'_>, state: &mut State) {
    if cx.narrow {
        state.list_in_front = true;
        return;
    }
    let newest = super::contacts::ordered(cx.model)
        .first()
        .map(|contact| contact.account);
    cx.act(Act::Go(newest.map_or(Route::People, Route::Chat)));
}

/// One place of the rail. Answers whether it was clicked.
fn entry(ui: &mut Ui, cx: &Cx<'_>, glyph: Icon, label: &str, here: bool, count: usize) -> bool {
    let p = cx.palette();
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(46.0), Sense::click());
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.has_focus();
        if here || lit {
            ui.painter()
                .rect_filled(rect, radius::L, if here { p.chosen } else { p.hover });
        }
        if here {
            let mark = egui::Rect::from_center_size(
                rect.left_center() - Vec2::new(8.0, 0.0),
                Vec2::new(4.0, 22.0),
            );
            ui.painter().rect_filled(mark, 2.0, p.accent);
        }
        if response.has_focus() {
            let stroke = egui::Stroke::new(2.0, p.accent);
            ui.painter()
                .rect_stroke(rect, radius::L, stroke, egui::StrokeKind::Inside);
        }
        let colour = if here || lit { p.text } else { p.text_weak };
        let font = theme::font(family::ICONS, 22.0);
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            char::from(glyph),
            font,
            colour,
        );
        badge(ui, cx, rect, count);
    }
    let name = if count == 0 {
        label.to_owned()
    } else {
        cx.text.fill(
            "rail-with-count",
            [("label", label.into()), ("count", count.into())],
        )
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, here, &name));
    response.on_hover_text(name).clicked()
}

/// A count at the upper right of something.
pub fn badge(ui: &Ui, cx: &Cx<'_>, rect: egui::Rect, count: usize) {
    pill(ui, cx, rect.right_top() + Vec2::new(-7.0, 8.0), count);
}

/// A count around a point; nothing for none.
pub fn pill(ui: &Ui, cx: &Cx<'_>, centre: egui::Pos2, count: usize) {
    if count == 0 {
        return;
    }
    let p = cx.palette();
    let text = if count > 99 {
        "99+".to_owned()
    } else {
        count.to_string()
    };
    let galley = ui
        .painter()
        .layout_no_wrap(text, theme::font(family::STRONG, 11.0), p.on_accent);
    let size = Vec2::new((galley.size().x + 8.0).max(17.0), 17.0);
    let pill = egui::Rect::from_center_size(centre, size);
    ui.painter().rect_filled(pill, 9.0, p.accent);
    ui.painter()
        .galley(pill.center() - galley.size() / 2.0, galley, p.on_accent);
}
