//! Keys that work everywhere. Which they are stands in the one table, [`crate::dialogs::keys::KEYS`].

use egui::Ui;
use protocol::identity::AccountId;

use crate::ask::Act;
use crate::context::Cx;
use crate::dialogs::keys::{Deed, pressed};
use crate::panels::contacts;
use crate::prefs::TEXT_PERCENT;
use crate::route::{Dialog, Route, Section};
use crate::state::State;

/// Percent that one press adds or takes.
const TEXT_STEP: u16 = 10;

/// Takes the keys that were pressed, before any panel sees them.
pub fn shortcuts(ui: &Ui, cx: &Cx<'_>, state: &mut State) {
    text_size(ui, cx);
    if state.dialog.as_ref().is_none_or(is_light) {
        dialogs(ui, cx);
    }
    if state.dialog.is_some() {
        return;
    }
    if pressed(ui, Deed::Settings) {
        cx.act(Act::Go(Route::Settings(Section::default())));
    }
    if pressed(ui, Deed::Search) {
        if cx.narrow {
            state.list_in_front = true;
        }
        ui.memory_mut(|memory| memory.request_focus(contacts::search_id()));
    }
    let unread = |account| (cx.model.chats.get(&account)).is_some_and(|chat| chat.unread > 0);
    for (deed, down, only_unread) in [
        (Deed::PreviousUnread, false, true),
        (Deed::NextUnread, true, true),
        (Deed::Previous, false, false),
        (Deed::Next, true, false),
    ] {
        if pressed(ui, deed) {
            let all = contacts::ordered(cx.model);
            let all: Vec<_> = all.iter().map(|contact| contact.account).collect();
            let found = neighbour(&all, &state.route, down, |account| {
                !only_unread || unread(account)
            });
            if let Some(account) = found {
                cx.act(Act::Go(Route::Chat(account)));
                cx.act(Act::FocusComposer);
            }
        }
    }
}

/// Dialogs that hold nothing which another one would lose.
const fn is_light(dialog: &Dialog) -> bool {
    matches!(dialog, Dialog::Switcher | Dialog::Keys)
}

fn dialogs(ui: &Ui, cx: &Cx<'_>) {
    if pressed(ui, Deed::Switcher) {
        cx.act(Act::Show(Dialog::Switcher));
    }
    if pressed(ui, Deed::Keys) {
        cx.act(Act::Show(Dialog::Keys));
    }
    if pressed(ui, Deed::AddContact) {
        let link = String::new();
        cx.act(Act::Show(Dialog::AddContact { link }));
    }
}

/// Larger, smaller, as it was.
fn text_size(ui: &Ui, cx: &Cx<'_>) {
    let now = cx.prefs.text_percent;
    let mut next = now;
    if pressed(ui, Deed::Larger) {
        next = next.saturating_add(TEXT_STEP);
    }
    if pressed(ui, Deed::Smaller) {
        next = next.saturating_sub(TEXT_STEP);
    }
    if pressed(ui, Deed::Normal) {
        next = 100;
    }
    let next = next.clamp(*TEXT_PERCENT.start(), *TEXT_PERCENT.end());
    if next != now {
        let mut prefs = cx.prefs.clone();
        prefs.text_percent = next;
        cx.act(Act::Prefs(Box::new(prefs)));
    }
}

/// The next conversation in a direction, round and round, that is wanted.
fn neighbour(
    all: &[AccountId],
    route: &Route,
    down: bool,
    wanted: impl Fn(AccountId) -> bool,
) -> Option<AccountId> {
    let here = match route {
        Route::Chat(account) => all.iter().position(|other| other == account),
        _ => None,
    };
    let count = all.len();
    let first = match (here, down) {
        (Some(here), true) => here + 1,
        (Some(here), false) => here + count - 1,
        (None, true) => 0,
        (None, false) => count.checked_sub(1)?,
    };
    (0..count)
        .map(|step| {
            if down {
                first + step
            } else {
                first + count - step
            }
        })
        .filter_map(|at| all.get(at % count).copied())
        .find(|account| {
            Some(*account) != here.and_then(|here| all.get(here).copied()) && wanted(*account)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrows_go_round_and_skip_what_is_not_wanted() {
        let [a, b, c] = [1, 2, 3].map(|byte| AccountId([byte; 32]));
        let all = [a, b, c];
        let go = |from: &Route, down| neighbour(&all, from, down, |_| true);
        assert_eq!(go(&Route::Chat(a), true), Some(b));
        assert_eq!(go(&Route::Chat(c), true), Some(a));
        assert_eq!(go(&Route::Chat(a), false), Some(c));
        assert_eq!(go(&Route::People, true), Some(a));
        assert_eq!(go(&Route::People, false), Some(c));
        let only_c = |account| account == c;
        assert_eq!(neighbour(&all, &Route::Chat(a), true, only_c), Some(c));
        assert_eq!(neighbour(&all, &Route::Chat(c), true, only_c), None);
        assert_eq!(neighbour(&[], &Route::People, true, |_| true), None);
    }
}
