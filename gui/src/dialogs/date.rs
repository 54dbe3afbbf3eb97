//! Jump to a date.

use egui::{Align, Button, Layout, RichText, Role, Ui, Vec2, WidgetInfo};
use jiff::ToSpan as _;
use jiff::civil::Date;
use lucide_icons::Icon;
use protocol::identity::AccountId;

use crate::ask::{Act, Answer, Ask};
use crate::context::Cx;
use crate::text::dates;
use crate::theme::{self, family, size, space};
use crate::widgets::{icon_button, quiet_button};

/// Side of a day, in points, where there is room.
const DAY: f32 = 44.0;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct DateState {
    /// The first day of the month that is shown; none: this month.
    month: Option<Date>,
}

impl DateState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// The first day of the month of a day.
fn first_of(day: Date) -> Date {
    day.first_of_month()
}

/// The weeks of a month, from Monday: days outside it are none.
fn weeks(first: Date) -> Vec<[Option<Date>; 7]> {
    let mut weeks = Vec::new();
    let before = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0);
    let days = usize::try_from(first.days_in_month()).unwrap_or(0);
    let mut week = [None; 7];
    for number in 0..days {
        let column = (before + number) % 7;
        let span = i64::try_from(number).unwrap_or(0).days();
        if let Some(slot) = week.get_mut(column) {
            *slot = first.checked_add(span).ok();
        }
        if column == 6 || number + 1 == days {
            weeks.push(std::mem::take(&mut week));
        }
    }
    weeks
}

/// Draws the dialog.
pub fn date_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut DateState) {
    super::title_ui(ui, cx, &cx.say("date-jump-title"));
    let today = cx.today();
    let first = state.month.unwrap_or_else(|| first_of(today));
    month_ui(ui, cx, first, today, state);
    ui.add_space(space::S);
    if let Some(day) = days_ui(ui, cx, first, today) {
        jump(cx, account, day);
    }
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        if quiet_button(ui, &cx.say("date-yesterday")).clicked()
            && let Ok(day) = today.yesterday()
        {
            jump(cx, account, day);
        }
        if quiet_button(ui, &cx.say("date-newest")).clicked() {
            cx.ask(Ask::Latest(account));
            cx.act(Act::CloseDialog);
        }
    });
}

/// The month, and the ways to its neighbours.
fn month_ui(ui: &mut Ui, cx: &Cx<'_>, first: Date, today: Date, state: &mut DateState) {
    ui.horizontal(|ui| {
        if icon_button(ui, cx, Icon::ChevronLeft, &cx.say("date-before")).clicked() {
            state.month = first.checked_sub(1.month()).ok().or(state.month);
        }
        let next = first.checked_add(1.month()).ok();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let next = next.filter(|next| *next <= today);
            ui.add_enabled_ui(next.is_some(), |ui| {
                if icon_button(ui, cx, Icon::ChevronRight, &cx.say("date-after")).clicked() {
                    state.month = next;
                }
            });
            ui.centered_and_justified(|ui| {
                let name = dates::month_name(cx.text, first);
                ui.label(RichText::new(name).font(theme::font(family::STRONG, size::BODY)));
            });
        });
    });
}

/// The days of a month; those that are not yet cannot be chosen.
fn days_ui(ui: &mut Ui, cx: &Cx<'_>, first: Date, today: Date) -> Option<Date> {
    let p = cx.palette();
    let side = ((ui.available_width() - 6.0 * 2.0) / 7.0).min(DAY);
    let mut chosen = None;
    ui.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(2.0);
        ui.set_max_width(side * 7.0 + 12.0);
        ui.horizontal(|ui| {
            for column in 0..7 {
                let letter = RichText::new(dates::weekday_letter(cx.text, column));
                let label = egui::Label::new(letter.small().color(p.text_weak));
                ui.add_sized(Vec2::new(side, 20.0), label.selectable(false));
            }
        });
        for week in weeks(first) {
            ui.horizontal(|ui| {
                for day in week {
                    let Some(day) = day else {
                        ui.allocate_space(Vec2::new(side, side.min(36.0)));
                        continue;
                    };
                    let colour = if day == today { p.accent_text } else { p.text };
                    let text = RichText::new(day.day().to_string()).color(colour);
                    let button = Button::new(text)
                        .min_size(Vec2::new(side, side.min(36.0)))
                        .frame_when_inactive(day == today);
                    let response = ui.add_enabled(day <= today, button);
                    let name = dates::day_name(cx.text, day, today);
                    response.widget_info(|| WidgetInfo::labeled(Role::Button, day <= today, &name));
                    if response.clicked() {
                        chosen = Some(day);
                    }
                }
            });
        }
    });
    chosen
}

/// The first message of this day, or the next after it.
fn jump(cx: &Cx<'_>, account: AccountId, day: Date) {
    if let Some(at_ms) = dates::begins(day, cx.zone) {
        cx.ask(Ask::Jump(account, at_ms));
    }
    cx.act(Act::CloseDialog);
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_is_its_days_in_weeks_from_monday() {
        // November 2026 begins on a Sunday, and February 2027 is four weeks from Monday on.
        let november = weeks(date(2026, 11, 1));
        assert_eq!(november.len(), 6);
        assert_eq!(november[0][6], Some(date(2026, 11, 1)));
        assert_eq!(november[5][0], Some(date(2026, 11, 30)));
        let february = weeks(date(2027, 2, 1));
        assert_eq!(february.len(), 4);
        assert!(february.iter().flatten().all(Option::is_some));
    }
}
