//! Jump to a conversation, a person or a page by a few letters. Without letters: the last conversations.

use egui::{Key, RichText, Role, Sense, TextEdit, Ui, Vec2};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::turn::ContactStanding;

use crate::ask::{Act, Answer};
use crate::context::Cx;
use crate::panels::contacts;
use crate::route::{Route, Section};
use crate::text::clean;
use crate::text::fold::{fold, rank};
use crate::theme::{self, family, radius, space};
use crate::widgets::avatar;

/// Places shown at once.
const SHOWN_MAX: usize = 8;

/// Height of a place.
const ROW: f32 = 46.0;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct SwitcherState {
    query: String,
    chosen: usize,
    /// Whether the field has had the cursor once.
    begun: bool,
}

impl SwitcherState {
    /// Something that was asked for ended.
    pub const fn answered(&mut self, _answer: &Answer) {}
}

/// Somewhere to go.
#[derive(Clone, Debug)]
struct Place {
    route: Route,
    name: String,
    /// Said behind the name, and looked for as well.
    beside: String,
    icon: Option<Icon>,
}

impl Place {
    fn chat(cx: &Cx<'_>, account: AccountId) -> Self {
        let name = cx.model.name(account);
        let contact = cx.model.contact(account);
        let given = contact.map_or_else(String::new, |contact| clean::name(contact.name.as_str()));
        Self {
            route: Route::Chat(account),
            beside: if given == name { String::new() } else { given },
            name,
            icon: None,
        }
    }

    fn page(route: Route, name: String, beside: String, icon: Icon) -> Self {
        Self {
            route,
            name,
            beside,
            icon: Some(icon),
        }
    }
}

/// Everywhere, the last conversation first.
fn places(cx: &Cx<'_>) -> Vec<Place> {
    let mut places: Vec<_> = contacts::ordered(cx.model)
        .iter()
        .map(|contact| Place::chat(cx, contact.account))
        .collect();
    let asked = cx
        .model
        .contacts(|standing| matches!(standing, ContactStanding::Asked | ContactStanding::Asking));
    places.extend(asked.iter().map(|contact| Place::chat(cx, contact.account)));
    let people = cx.say("rail-people");
    places.push(Place::page(
        Route::People,
        people,
        String::new(),
        Icon::Users,
    ));
    for (section, name, icon) in [
        (Section::Profile, "switcher-profile", Icon::User),
        (Section::Look, "switcher-look", Icon::Palette),
        (Section::Notifications, "switcher-notifications", Icon::Bell),
        (Section::Privacy, "switcher-privacy", Icon::Lock),
        (Section::Network, "switcher-network", Icon::Network),
    ] {
        let settings = cx.say("rail-settings");
        places.push(Place::page(
            Route::Settings(section),
            cx.say(name),
            settings,
            icon,
        ));
    }
    places
}

/// Those that fit what was typed, best first.
fn found(cx: &Cx<'_>, query: &str) -> Vec<Place> {
    let typed = fold(query.trim());
    let mut found: Vec<_> = places(cx)
        .into_iter()
        .filter_map(|place| {
            let name = rank(&fold(&place.name), &typed);
            let beside = rank(&fold(&place.beside), &typed).map(|rank| rank + 1);
            let best = [name, beside].into_iter().flatten().min()?;
            Some((best, place))
        })
        .collect();
    // A stable sort: equal fits stay in the order of the last messages.
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(SHOWN_MAX);
    found.into_iter().map(|(_, place)| place).collect()
}

/// Draws the dialog.
pub fn switcher_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut SwitcherState) {
    let label = cx.say("switcher-hint");
    let pressed =
        |key| ui.input_mut(|input| input.count_and_consume_key(egui::Modifiers::NONE, key));
    let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
    let enter = pressed(Key::Enter) > 0;
    let field = TextEdit::singleline(&mut state.query)
        .hint_text(label.clone())
        .margin(Vec2::new(14.0, 11.0))
        .font(theme::font(family::MEDIUM, theme::size::TITLE))
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    response
        .ctx
        .accesskit_node_builder(response.id, |node| node.set_label(label));
    if !std::mem::replace(&mut state.begun, true) {
        response.request_focus();
    }
    if response.changed() {
        state.chosen = 0;
    }
    let found = found(cx, &state.query);
    ui.add_space(space::S);
    let Some(last) = found.len().checked_sub(1) else {
        ui.vertical_centered(|ui| {
            ui.add_space(space::L);
            ui.label(RichText::new(cx.say("switcher-none")).weak());
            ui.add_space(space::L);
        });
        return;
    };
    state.chosen = (state.chosen + down).saturating_sub(up).min(last);
    ui.spacing_mut().item_spacing.y = 0.0;
    for (at, place) in found.iter().enumerate() {
        if place_ui(ui, cx, place, at == state.chosen) {
            go(cx, place);
        }
    }
    if enter && let Some(place) = found.get(state.chosen) {
        go(cx, place);
    }
}

fn go(cx: &Cx<'_>, place: &Place) {
    cx.act(Act::Go(place.route.clone()));
    if matches!(place.route, Route::Chat(_)) {
        cx.act(Act::FocusComposer);
    }
}

/// One place. Answers whether it was clicked.
fn place_ui(ui: &mut Ui, cx: &Cx<'_>, place: &Place, chosen: bool) -> bool {
    let p = cx.palette();
    let size = Vec2::new(ui.available_width(), ROW);
    // The field keeps the cursor; arrows choose, so Tab need not stop here.
    let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
    if chosen || response.hovered() {
        let ground = if chosen { p.chosen } else { p.hover };
        ui.painter().rect_filled(rect, radius::M, ground);
    }
    let disc = rect.left_center() + Vec2::new(26.0, 0.0);
    match (&place.route, place.icon) {
        (Route::Chat(account), _) => {
            avatar::paint(ui, cx, *account, &place.name, disc, 30.0);
        }
        (_, Some(icon)) => {
            let font = theme::font(family::ICONS, 18.0);
            let centre = egui::Align2::CENTER_CENTER;
            ui.painter()
                .text(disc, centre, char::from(icon), font, p.text_weak);
        }
        _ => {}
    }
    let inner = rect
        .shrink2(Vec2::new(space::S, 0.0))
        .with_min_x(rect.left() + 52.0);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let mut line = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(layout));
    let name = RichText::new(&place.name).color(p.text);
    line.add(egui::Label::new(name).selectable(false).truncate());
    if !place.beside.is_empty() {
        let beside = RichText::new(&place.beside).small().color(p.text_weak);
        line.add(egui::Label::new(beside).selectable(false).truncate());
    }
    response
        .widget_info(|| egui::WidgetInfo::selected(Role::ListBoxOption, true, chosen, &place.name));
    response.clicked()
}

#[cfg(test)]
mod tests;
