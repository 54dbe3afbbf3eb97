//! When to say that something came.

use egui::{ComboBox, Ui};

use super::{card, choose, parts};
use crate::context::Cx;
use crate::prefs::Notifications;

/// Quiet hours to begin with: ten in the evening to eight.
const QUIET: (u16, u16) = (22 * 60, 8 * 60);

/// Minutes between two times to choose from.
const HALF_HOUR: u16 = 30;

/// Draws the page.
pub fn notifications_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let now = cx.prefs.notifications;
    card(ui, cx, "", "", |ui| {
        for (words, get) in [
            (
                (cx.say("notify-on"), cx.say("notify-on-hint")),
                on as fn(&mut Notifications) -> &mut bool,
            ),
            (
                (cx.say("notify-preview"), cx.say("notify-preview-hint")),
                preview,
            ),
            ((cx.say("notify-sound"), String::new()), sound),
        ] {
            let mut next = now;
            let off = !now.on && !words.0.eq(&cx.say("notify-on"));
            ui.add_enabled_ui(!off, |ui| {
                if parts::switch(ui, cx, (&words.0, &words.1), get(&mut next)) {
                    choose(cx, |prefs| prefs.notifications = next);
                }
            });
        }
    });
    card(ui, cx, "", "", |ui| {
        let mut quiet = now.quiet_from != now.quiet_to;
        let words = (cx.say("notify-quiet"), cx.say("notify-quiet-hint"));
        if parts::switch(ui, cx, (&words.0, &words.1), &mut quiet) {
            let (from, to) = if quiet { QUIET } else { (0, 0) };
            choose(cx, |prefs| {
                prefs.notifications.quiet_from = from;
                prefs.notifications.quiet_to = to;
            });
        }
        if now.quiet_from != now.quiet_to {
            ui.horizontal_wrapped(|ui| {
                if let Some(from) = time_ui(ui, &cx.say("notify-from"), now.quiet_from) {
                    choose(cx, |prefs| prefs.notifications.quiet_from = from);
                }
                if let Some(to) = time_ui(ui, &cx.say("notify-to"), now.quiet_to) {
                    choose(cx, |prefs| prefs.notifications.quiet_to = to);
                }
            });
        }
    });
}

const fn on(notifications: &mut Notifications) -> &mut bool {
    &mut notifications.on
}

const fn preview(notifications: &mut Notifications) -> &mut bool {
    &mut notifications.preview
}

const fn sound(notifications: &mut Notifications) -> &mut bool {
    &mut notifications.sound
}

/// A time of day to choose. Answers the one chosen now.
fn time_ui(ui: &mut Ui, label: &str, now: u16) -> Option<u16> {
    let name = ui.label(label);
    let mut chosen = now;
    let response = ComboBox::from_id_salt(label)
        .selected_text(clock(now))
        .width(84.0)
        .show_ui(ui, |ui| {
            for half in 0..48 {
                let at = half * HALF_HOUR;
                ui.selectable_value(&mut chosen, at, clock(at));
            }
        })
        .response;
    let spoken = format!("{label} {}", clock(now));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
    drop(response.labelled_by(name.id));
    (chosen != now).then_some(chosen)
}

/// "22:30".
fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_on_a_clock() {
        assert_eq!(clock(0), "00:00");
        assert_eq!(clock(22 * 60 + 30), "22:30");
        assert_eq!(clock(24 * 60), "00:00");
    }
}
