//! The map of the keyboard: one table, which this dialog shows and the keys themselves follow.

use egui::{Key, KeyboardShortcut, Modifiers, RichText, Ui};

use crate::context::Cx;
use crate::dialogs::title_ui;
use crate::theme::{self, radius, space};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Jump to somebody or somewhere.
    Switcher,
    /// Look for a conversation in the list.
    Search,
    /// Add somebody.
    AddContact,
    /// Settings.
    Settings,
    /// This map.
    Keys,
    /// Close what lies over everything.
    Close,
    /// Larger text.
    Larger,
    /// Smaller text.
    Smaller,
    /// Text at 100 %.
    Normal,
    /// The conversation above.
    Previous,
    /// The conversation below.
    Next,
    /// The conversation above that has unread messages.
    PreviousUnread,
    /// The one below.
    NextUnread,
    /// Send.
    Send,
    /// Begin a line.
    NewLine,
    /// Change the last own message.
    EditLast,
    /// Leave an answer or a change.
    Leave,
    /// Pick an emoji.
    Emoji,
    /// Take the emoji that is offered.
    Complete,
    /// Paste text or a picture.
    Paste,
}

/// Keys, what they do, and the sentence that says so.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What they do.
    pub deed: Deed,
    /// Each of these does it; the first is shown.
    pub keys: &'static [KeyboardShortcut],
    /// Key of the sentence.
    pub says: &'static str,
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn alt_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT.plus(Modifiers::SHIFT), key)
}

const fn bind(deed: Deed, keys: &'static [KeyboardShortcut], says: &'static str) -> Binding {
    Binding { deed, keys, says }
}

/// The whole map: the window, conversations, writing.
pub const KEYS: [(&str, &[Binding]); 3] = [
    (
        "keys-window",
        &[
            bind(Deed::Switcher, &[ctrl(Key::K)], "keys-switcher"),
            bind(Deed::Search, &[ctrl(Key::F)], "keys-search"),
            bind(Deed::AddContact, &[ctrl(Key::N)], "keys-add"),
            bind(Deed::Settings, &[ctrl(Key::Comma)], "keys-settings"),
            bind(Deed::Keys, &[ctrl(Key::Slash), plain(Key::F1)], "keys-map"),
            bind(Deed::Close, &[plain(Key::Escape)], "keys-close"),
            bind(
                Deed::Larger,
                &[ctrl(Key::Plus), ctrl(Key::Equals)],
                "keys-larger",
            ),
            bind(Deed::Smaller, &[ctrl(Key::Minus)], "keys-smaller"),
            bind(Deed::Normal, &[ctrl(Key::Num0)], "keys-normal"),
        ],
    ),
    (
        "keys-conversations",
        &[
            bind(
                Deed::PreviousUnread,
                &[alt_shift(Key::ArrowUp)],
                "keys-previous-unread",
            ),
            bind(
                Deed::NextUnread,
                &[alt_shift(Key::ArrowDown)],
                "keys-next-unread",
            ),
            bind(Deed::Previous, &[alt(Key::ArrowUp)], "keys-previous"),
            bind(Deed::Next, &[alt(Key::ArrowDown)], "keys-next"),
        ],
    ),
    (
        "keys-writing",
        &[
            bind(Deed::Send, &[plain(Key::Enter)], "keys-send"),
            bind(
                Deed::NewLine,
                &[KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter)],
                "keys-new-line",
            ),
            bind(Deed::EditLast, &[plain(Key::ArrowUp)], "keys-edit-last"),
            bind(Deed::Leave, &[plain(Key::Escape)], "keys-leave"),
            bind(Deed::Emoji, &[ctrl(Key::E)], "keys-emoji"),
            bind(Deed::Complete, &[plain(Key::Tab)], "keys-complete"),
            bind(Deed::Paste, &[ctrl(Key::V)], "keys-paste"),
        ],
    ),
];

/// Every binding.
pub fn bindings() -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().flat_map(|(_, bindings)| bindings.iter())
}

/// Whether the keys of a deed were pressed; then nobody else gets them.
#[must_use]
pub fn pressed(ui: &Ui, deed: Deed) -> bool {
    let keys = bindings()
        .filter(|binding| binding.deed == deed)
        .flat_map(|binding| binding.keys);
    // Each is taken, also after one that was pressed.
    keys.filter(|wanted| take(ui, wanted)).count() > 0
}

fn take(ui: &Ui, wanted: &KeyboardShortcut) -> bool {
    ui.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| {
            !matches!(event, egui::Event::Key { key, pressed: true, modifiers, .. }
                if *key == wanted.logical_key && fits(*modifiers, wanted))
        });
        input.events.len() != before
    })
}

/// Exactly what is wanted. But signs and digits need Shift on some keyboards and not on others.
fn fits(held: Modifiers, wanted: &KeyboardShortcut) -> bool {
    let shift_is_free = matches!(
        wanted.logical_key,
        Key::Slash | Key::Plus | Key::Equals | Key::Minus | Key::Comma | Key::Num0
    );
    held.command == wanted.modifiers.command
        && held.alt == wanted.modifiers.alt
        && (shift_is_free || held.shift == wanted.modifiers.shift)
}

/// The caps of a shortcut, in the window's language.
fn caps(cx: &Cx<'_>, shortcut: &KeyboardShortcut) -> Vec<String> {
    let mut caps = Vec::new();
    if shortcut.modifiers.command {
        caps.push("Ctrl".to_owned());
    }
    if shortcut.modifiers.alt {
        caps.push("Alt".to_owned());
    }
    if shortcut.modifiers.shift {
        caps.push(cx.say("keys-cap-shift"));
    }
    caps.push(match shortcut.logical_key {
        Key::Enter => cx.say("keys-cap-enter"),
        Key::Escape => cx.say("keys-cap-escape"),
        Key::Tab => "Tab".to_owned(),
        Key::ArrowUp => "↑".to_owned(),
        Key::ArrowDown => "↓".to_owned(),
        other => other.symbol_or_name().to_owned(),
    });
    caps
}

/// Draws the dialog.
pub fn keys_ui(ui: &mut Ui, cx: &Cx<'_>) {
    title_ui(ui, cx, &cx.say("keys-title"));
    ui.add_space(space::S);
    let height = ui.ctx().content_rect().height() - 160.0;
    let wide = ui.available_width() >= 560.0;
    egui::ScrollArea::vertical()
        .max_height(height.max(120.0))
        .min_scrolled_height(height.max(120.0))
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let [window, others @ ..] = &KEYS;
            if wide {
                ui.spacing_mut().item_spacing.x = space::XXL;
                ui.columns(2, |columns| {
                    let [left, right] = columns else { return };
                    group_ui(left, cx, window);
                    for group in others {
                        group_ui(right, cx, group);
                    }
                });
            } else {
                for group in &KEYS {
                    group_ui(ui, cx, group);
                }
            }
        });
}

fn group_ui(ui: &mut Ui, cx: &Cx<'_>, (title, bindings): &(&str, &[Binding])) {
    ui.label(
        RichText::new(cx.say(title))
            .text_style(theme::strong())
            .color(cx.palette().accent_text),
    );
    for binding in *bindings {
        let Some(shortcut) = binding.keys.first() else {
            continue;
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.set_min_height(28.0);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                for cap in caps(cx, shortcut).iter().rev() {
                    cap_ui(ui, cx, cap);
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add(egui::Label::new(cx.say(binding.says)).wrap());
                });
            });
        });
    }
    ui.add_space(space::M);
}

/// A key's cap.
fn cap_ui(ui: &mut Ui, cx: &Cx<'_>, cap: &str) {
    let p = cx.palette();
    egui::Frame::new()
        .fill(p.code)
        .stroke(egui::Stroke::new(1.0, p.line))
        .corner_radius(radius::S)
        .inner_margin(egui::Margin::symmetric(7, 2))
        .show(ui, |ui| ui.label(RichText::new(cap).small()));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::{Language, Text};

    #[test]
    fn no_keys_do_two_things_in_one_place_and_each_has_its_sentence() {
        let mut deeds = BTreeSet::new();
        for (group, bindings) in KEYS {
            let mut keys = BTreeSet::new();
            for binding in bindings {
                assert!(
                    deeds.insert(binding.deed),
                    "{:?} stands twice",
                    binding.deed
                );
                for shortcut in binding.keys {
                    let name = format!("{shortcut:?}");
                    assert!(keys.insert(name.clone()), "{group}: {name} stands twice");
                }
                for language in [Language::En, Language::Fr] {
                    let said = Text::new(language).say(binding.says);
                    assert!(!said.starts_with('⟦'), "{said}");
                }
            }
        }
        // What holds a key works everywhere, so those are unlike each other over all groups.
        let mut everywhere = BTreeSet::new();
        for shortcut in bindings().flat_map(|binding| binding.keys) {
            if shortcut.modifiers.command || shortcut.modifiers.alt {
                assert!(everywhere.insert(format!("{shortcut:?}")));
            }
        }
    }

    #[test]
    fn shift_matters_for_arrows_and_not_for_signs() {
        let held = Modifiers::ALT.plus(Modifiers::SHIFT);
        assert!(!fits(held, &alt(Key::ArrowUp)));
        assert!(fits(held, &alt_shift(Key::ArrowUp)));
        // Ctrl and "/" on a French keyboard.
        let held = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        assert!(fits(held, &ctrl(Key::Slash)));
        assert!(!fits(held, &ctrl(Key::K)));
    }
}
