//! Picking an emoji: by name, by group, or one of the last ones; by mouse or by keyboard alone.

pub mod names;

mod grid;

use egui::{Key, Popup, PopupCloseBehavior, RectAlign, Response, RichText, Role, Sense, Ui, Vec2};
use emojis::Group;
use grid::{Grid, Row};
use lucide_icons::Icon;

use crate::ask::Act;
use crate::context::Cx;
use crate::theme::{self, family, radius, space};

/// Emoji used last that are kept.
const RECENT_MAX: usize = 24;

/// Emoji of a row.
const COLUMNS: usize = 8;

/// Side of an emoji's place, in points.
const CELL: f32 = 38.0;

/// Height of the emoji, in points; less on a low window.
const HEIGHT: f32 = 288.0;

/// What a picker knows of itself.
#[derive(Clone, Debug, Default)]
pub struct PickerState {
    /// Whether it is open.
    pub open: bool,
    query: String,
    /// Which one Enter takes, counted over all that are shown.
    chosen: usize,
    /// How far the list is scrolled, in points.
    offset: f32,
    /// Scroll here before drawing.
    jump: Option<f32>,
    wants_focus: bool,
}

impl PickerState {
    /// Opens it anew, or closes it.
    pub fn toggle(&mut self) {
        if self.open {
            self.open = false;
        } else {
            *self = Self {
                open: true,
                wants_focus: true,
                jump: Some(0.0),
                ..Self::default()
            };
        }
    }
}

/// Shows the picker at a widget while it is open. Answers what was picked; that also closes it and is remembered.
pub fn popup(ui: &Ui, cx: &Cx<'_>, anchor: &Response, state: &mut PickerState) -> Option<String> {
    if !state.open {
        return None;
    }
    let mut open = true;
    let height = (ui.ctx().content_rect().height() - 270.0).clamp(CELL * 3.0, HEIGHT);
    let shown = Popup::from_response(anchor)
        .id(anchor.id.with("emoji picker"))
        .open_bool(&mut open)
        .gap(space::S)
        .align(RectAlign::TOP_END)
        .align_alternatives(&[
            RectAlign::TOP_START,
            RectAlign::BOTTOM_START,
            RectAlign::BOTTOM_END,
        ])
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(cx.say("emoji-title"))
        .show(|ui| contents(ui, cx, state, height));
    state.open &= open;
    let picked = shown.and_then(|shown| shown.inner)?;
    state.open = false;
    remember(cx, &picked);
    Some(picked)
}

/// The last one first, each once.
fn remember(cx: &Cx<'_>, picked: &str) {
    let mut prefs = cx.prefs.clone();
    prefs.recent_emoji.retain(|known| known != picked);
    prefs.recent_emoji.insert(0, picked.to_owned());
    prefs.recent_emoji.truncate(RECENT_MAX);
    cx.act(Act::Prefs(Box::new(prefs)));
}

fn contents(ui: &mut Ui, cx: &Cx<'_>, state: &mut PickerState, height: f32) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "eight columns")]
    let width = CELL * COLUMNS as f32 + 10.0;
    ui.set_width(width);
    ui.spacing_mut().item_spacing.y = space::XS;
    // The key that opened the picker is still down in its first frame: it picks nothing.
    let opens = state.wants_focus;
    let enter = steer(ui, state) && !opens;
    search_ui(ui, cx, state);
    let grid = Grid::new(cx, &state.query);
    if state.query.is_empty() {
        groups_ui(ui, cx, state, &grid);
    }
    state.chosen = state.chosen.min(grid.len().saturating_sub(1));
    let mut picked = grid_ui(ui, cx, state, &grid, height);
    if enter && picked.is_none() {
        picked = grid.at(state.chosen).map(|(emoji, _)| emoji.to_owned());
    }
    footer_ui(ui, cx, grid.at(state.chosen));
    picked
}

/// Arrows move the choice, whatever has the focus in here. Answers whether Enter was pressed.
fn steer(ui: &Ui, state: &mut PickerState) -> bool {
    let pressed =
        |key| ui.input_mut(|input| input.count_and_consume_key(egui::Modifiers::NONE, key));
    let forward = pressed(Key::ArrowRight) + pressed(Key::ArrowDown) * COLUMNS;
    let back = pressed(Key::ArrowLeft) + pressed(Key::ArrowUp) * COLUMNS;
    if forward + back > 0 {
        state.chosen = (state.chosen + forward).saturating_sub(back);
        state.jump = Some(-1.0);
    }
    pressed(Key::Enter) > 0
}

fn search_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut PickerState) {
    let label = cx.say("emoji-search");
    let field = egui::TextEdit::singleline(&mut state.query)
        .hint_text(label.clone())
        .desired_width(f32::INFINITY)
        .margin(Vec2::new(10.0, 8.0));
    let response = ui.add(field);
    response.widget_info(|| egui::WidgetInfo::labeled(Role::SearchInput, true, &label));
    if std::mem::take(&mut state.wants_focus) {
        response.request_focus();
    }
    if response.changed() {
        state.chosen = 0;
        state.jump = Some(0.0);
    }
}

const fn group_icon(group: Group) -> Icon {
    match group {
        Group::SmileysAndEmotion => Icon::Smile,
        Group::PeopleAndBody => Icon::Hand,
        Group::AnimalsAndNature => Icon::PawPrint,
        Group::FoodAndDrink => Icon::Utensils,
        Group::TravelAndPlaces => Icon::Plane,
        Group::Activities => Icon::Trophy,
        Group::Objects => Icon::Lightbulb,
        Group::Symbols => Icon::Heart,
        Group::Flags => Icon::Flag,
    }
}

fn group_name(cx: &Cx<'_>, group: Option<Group>) -> String {
    cx.say(match group {
        None => "emoji-recent",
        Some(Group::SmileysAndEmotion) => "emoji-smileys",
        Some(Group::PeopleAndBody) => "emoji-people",
        Some(Group::AnimalsAndNature) => "emoji-animals",
        Some(Group::FoodAndDrink) => "emoji-food",
        Some(Group::TravelAndPlaces) => "emoji-travel",
        Some(Group::Activities) => "emoji-activities",
        Some(Group::Objects) => "emoji-objects",
        Some(Group::Symbols) => "emoji-symbols",
        Some(Group::Flags) => "emoji-flags",
    })
}

/// A button for each group that scrolls to it.
fn groups_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut PickerState, grid: &Grid) {
    let p = cx.palette();
    let here = grid.group_at(state.offset, CELL);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let count = grid.groups().count().max(1);
        #[expect(clippy::cast_precision_loss, reason = "ten groups")]
        let side = Vec2::new(ui.available_width() / count as f32, 32.0);
        for (row, group) in grid.groups() {
            let (rect, response) = ui.allocate_exact_size(side, Sense::click());
            let label = group_name(cx, group);
            let lit = response.hovered() || response.has_focus();
            let colour = if here == Some(group) {
                p.accent_text
            } else if lit {
                p.text
            } else {
                p.text_weak
            };
            if lit {
                ui.painter().rect_filled(rect, radius::S, p.hover);
            }
            if response.has_focus() {
                let stroke = egui::Stroke::new(2.0, p.accent);
                ui.painter()
                    .rect_stroke(rect, radius::S, stroke, egui::StrokeKind::Inside);
            }
            let icon = group.map_or(Icon::Clock, group_icon);
            ui.painter().text(
                rect.center(),
                egui::Align2::CENTER_CENTER,
                char::from(icon),
                theme::font(family::ICONS, 17.0),
                colour,
            );
            response.widget_info(|| egui::WidgetInfo::labeled(Role::Button, true, &label));
            if response.on_hover_text(label).clicked() {
                state.jump = Some(Grid::top(row, CELL));
                state.chosen = grid.first_of(row);
            }
        }
    });
}

fn grid_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut PickerState,
    grid: &Grid,
    height: f32,
) -> Option<String> {
    if grid.len() == 0 {
        ui.allocate_ui(Vec2::new(ui.available_width(), height), |ui| {
            ui.centered_and_justified(|ui| ui.label(RichText::new(cx.say("emoji-none")).weak()));
        });
        return None;
    }
    let mut area = egui::ScrollArea::vertical()
        .id_salt("emoji")
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink(false);
    if let Some(jump) = state.jump.take() {
        let offset = if jump < 0.0 {
            grid.offset_to_see(state.chosen, state.offset, height, CELL)
        } else {
            jump
        };
        area = area.vertical_scroll_offset(offset);
    }
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    let mut picked = None;
    let output = area.show_rows(ui, CELL, grid.rows(), |ui, rows| {
        for row in rows {
            match grid.row(row) {
                Some(Row::Head(group)) => head_ui(ui, &group_name(cx, *group)),
                Some(Row::Emoji(from, to)) => {
                    ui.horizontal(|ui| {
                        for at in *from..*to {
                            picked = cell_ui(ui, cx, state, grid, at).or_else(|| picked.take());
                        }
                    });
                }
                None => {}
            }
        }
    });
    state.offset = output.state.clamped_offset().y;
    picked
}

fn head_ui(ui: &mut Ui, name: &str) {
    let size = Vec2::new(ui.available_width(), CELL);
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Max), |ui| {
        ui.set_min_size(size);
        let text = RichText::new(name).small().weak();
        ui.add(egui::Label::new(text).selectable(false));
    });
}

/// One emoji. Answers it when it was clicked.
fn cell_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut PickerState,
    grid: &Grid,
    at: usize,
) -> Option<String> {
    let (emoji, name) = grid.at(at)?;
    // No stop for Tab: nineteen hundred of them would be a wall. Arrows reach each.
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(CELL), Sense::CLICK);
    if response.hovered() && ui.input(|input| input.pointer.delta() != Vec2::ZERO) {
        state.chosen = at;
    }
    let chosen = state.chosen == at;
    if ui.is_rect_visible(rect) {
        let p = cx.palette();
        if chosen {
            ui.painter()
                .rect_filled(rect.shrink(1.0), radius::M, p.chosen);
        }
        let font = theme::font(family::EMOJI, 24.0);
        let centre = egui::Align2::CENTER_CENTER;
        ui.painter()
            .text(rect.center(), centre, emoji, font, p.text);
    }
    response.widget_info(|| egui::WidgetInfo::selected(Role::Button, true, chosen, name));
    response.clicked().then(|| emoji.to_owned())
}

/// The name of the choice, and the skin tones.
fn footer_ui(ui: &mut Ui, cx: &Cx<'_>, chosen: Option<(&str, &str)>) {
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.set_height(30.0);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            tones_ui(ui, cx);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                if let Some((_, name)) = chosen {
                    let text = RichText::new(name).small();
                    ui.add(egui::Label::new(text).selectable(false).truncate());
                }
            });
        });
    });
}

fn tones_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let Some(hand) = emojis::get("✋") else {
        return;
    };
    let p = cx.palette();
    ui.spacing_mut().item_spacing.x = 0.0;
    for tone in (0..=5).rev() {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(26.0), Sense::click());
        let here = cx.prefs.skin_tone == tone;
        if here || response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, radius::S, p.chosen);
        }
        if response.has_focus() {
            let stroke = egui::Stroke::new(2.0, p.accent);
            ui.painter()
                .rect_stroke(rect, radius::S, stroke, egui::StrokeKind::Inside);
        }
        let (centre, font) = (
            egui::Align2::CENTER_CENTER,
            theme::font(family::EMOJI, 16.0),
        );
        ui.painter().text(
            rect.center(),
            centre,
            names::toned(hand, tone),
            font,
            p.text,
        );
        let label = cx.text.fill("emoji-tone", [("tone", tone.into())]);
        response.widget_info(|| egui::WidgetInfo::selected(Role::RadioButton, true, here, &label));
        if response.on_hover_text(label).clicked() {
            let mut prefs = cx.prefs.clone();
            prefs.skin_tone = tone;
            cx.act(Act::Prefs(Box::new(prefs)));
        }
    }
}
