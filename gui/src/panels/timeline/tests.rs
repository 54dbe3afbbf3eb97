//! The timeline as it is heard, pointed at, and typed to.

use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::*;
use crate::fixtures::{self, ADA, ME, Scene};
use crate::model::{Model, WINDOW_MAX};
use crate::prefs::{LanguageChoice, ThemeChoice};
use crate::route::Route;

type Window = Harness<'static, Scene>;

fn window(model: Model, account: AccountId) -> Window {
    let (theme, language) = (ThemeChoice::Dark, LanguageChoice::En);
    let scene = Scene::new(model, Route::Chat(account), theme, language);
    let mut harness = Harness::builder()
        .with_size(Vec2::new(1_100.0, 1_400.0))
        .with_max_steps(30)
        .with_context_setup(theme::fonts::install)
        .build_ui_state(|ui, scene: &mut Scene| scene.draw(ui), scene);
    harness.run_ok();
    harness
}

fn chat(model: &mut Model, change: impl FnOnce(&mut Chat)) {
    change(Arc::make_mut(model.chats.get_mut(&ADA).unwrap()));
}

/// A long conversation of one-line messages.
fn long(from: u16, to: u16) -> Chat {
    let said = |number: u16| {
        let minutes = u64::from(10_000 - number);
        let who = if number.is_multiple_of(3) { ME } else { ADA };
        fixtures::line(
            number,
            fixtures::row(ADA, who, minutes, &format!("number {number}")),
        )
    };
    let window: Vec<_> = (from..to).map(said).collect();
    Chat {
        last: window.last().cloned(),
        more_before: true,
        window,
        ..Chat::default()
    }
}

fn is_there(harness: &Window, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

fn acts(harness: &Window) -> Vec<Act> {
    harness.state().wishes.take_acts()
}

#[test]
fn a_message_is_heard_with_its_author_and_offers_what_can_be_done() {
    let mut harness = window(fixtures::model(), ADA);
    harness.get_by_label("Ada Lovelace, 20:13: 👍").hover();
    harness.run_ok();
    for name in ["React", "Reply", "More"] {
        harness.get_by_label(name);
    }
    assert!(harness.query_by_label("Edit").is_none());
    assert!(harness.unnamed_widgets().is_empty());
    harness.get_by_label_contains("Camille, 20:03").hover();
    harness.run_ok();
    harness.get_by_label("Edit").click();
    harness.run_ok();
    assert!(
        acts(&harness)
            .iter()
            .any(|act| matches!(act, Act::Edit(ADA, _)))
    );
}

#[test]
fn the_keyboard_reaches_a_message_its_bar_and_its_menu() {
    let mut harness = window(fixtures::model(), ADA);
    harness.get_by_label("Ada Lovelace, 20:13: 👍").focus();
    harness.run_ok();
    harness.key_press(Key::Tab);
    harness.run_ok();
    assert!(harness.get_by_label("React").is_focused());
    harness.get_by_label("Ada Lovelace, 20:13: 👍").focus();
    harness.run_ok();
    harness.key_press(Key::Enter);
    harness.run_ok();
    harness.get_by_label_contains("Copy the text").click();
    harness.run_ok();
    let copied = acts(&harness);
    assert!(
        copied
            .iter()
            .any(|act| matches!(act, Act::Copy(text) if text == "👍"))
    );
}

#[test]
fn the_keyboard_keeps_its_place_while_other_messages_come_and_change() {
    let mut harness = window(fixtures::model(), ADA);
    harness.get_by_label("Ada Lovelace, 20:13: 👍").focus();
    harness.run_ok();
    harness.key_press(Key::Tab);
    harness.run_ok();
    chat(&mut harness.state_mut().model, |chat| {
        let answered = Arc::make_mut(&mut chat.window[13]);
        answered.row.as_mut().unwrap().delivery = Vec::new().try_into().unwrap();
        let newest = fixtures::line(500, fixtures::row(ADA, ADA, 0, "one\n\n- two\n- three"));
        chat.window.push(newest);
    });
    for _ in 0..4 {
        harness.step();
        assert!(harness.get_by_label("React").is_focused());
    }
}

#[test]
fn a_link_is_shown_before_it_is_opened() {
    let mut harness = window(fixtures::model(), ADA);
    harness
        .get_by_label("https://exemple.fr/plan-du-soir")
        .click();
    harness.run_ok();
    let wanted = Dialog::OpenLink("https://exemple.fr/plan-du-soir".to_owned());
    assert!(
        acts(&harness)
            .iter()
            .any(|act| matches!(act, Act::Show(dialog) if *dialog == wanted))
    );
}

#[test]
fn what_was_taken_back_answered_edited_and_waits_is_said() {
    let harness = window(fixtures::model(), ADA);
    harness.get_by_label("Ada Lovelace took this message back");
    harness.get_by_label_contains("In answer to Camille:");
    harness.get_by_label("edited");
    harness.get_by_label("on its way");
    harness.get_by_label("❤️, 2 people: Ada Lovelace, Camille");
}

#[test]
fn a_reaction_is_toggled() {
    use protocol::turn::Command;
    let mut harness = window(fixtures::model(), ADA);
    harness
        .get_by_label("❤️, 2 people: Ada Lovelace, Camille")
        .click();
    harness.run_ok();
    let asks = harness.state().wishes.take_asks();
    let off = asks.iter().any(|ask| {
        matches!(ask, Ask::Do(_, command) if matches!(**command, Command::React { on: false, .. }))
    });
    assert!(off, "{asks:?}");
}

#[test]
fn older_messages_are_asked_for_once_an_end_and_nothing_moves_when_they_come() {
    let mut model = fixtures::model();
    chat(&mut model, |chat| *chat = long(400, 430));
    let mut harness = window(model, ADA);
    let asks = harness.state().wishes.take_asks();
    let more = |ask: &&Ask| matches!(ask, Ask::More(ADA, Edge::Before));
    assert_eq!(asks.iter().filter(more).count(), 1);
    let top = |harness: &Window| {
        let mut found = harness.get_all_by_label_contains("number 429");
        found.next().unwrap().rect().top()
    };
    let before = top(&harness);
    chat(&mut harness.state_mut().model, |chat| {
        *chat = long(340, 430);
    });
    harness.run_ok();
    assert!((top(&harness) - before).abs() < 0.5);
}

#[test]
fn whoever_reads_above_is_told_what_came_and_led_back() {
    let mut model = fixtures::model();
    chat(&mut model, |chat| *chat = long(0, 600));
    let mut harness = window(model, ADA);
    assert!(harness.query_by_label_contains("To the newest").is_none());
    for _ in 0..3 {
        harness.key_press(Key::PageUp);
        harness.run_ok();
    }
    harness.get_by_label_contains("To the newest");
    chat(&mut harness.state_mut().model, |chat| *chat = long(3, 603));
    harness.run_ok();
    harness.get_by_label_contains("2 new messages").click();
    harness.run_ok();
    assert!(is_there(&harness, "number 602"));
    assert!(harness.query_by_label_contains("2 new messages").is_none());
}

#[test]
fn a_jump_lands_and_a_message_that_is_not_loaded_is_asked_for() {
    let mut model = fixtures::model();
    chat(&mut model, |chat| {
        *chat = long(0, 600);
        let place = chat.window[100].position;
        chat.landed = Some((1, place));
    });
    let mut harness = window(model, ADA);
    assert!(is_there(&harness, "number 100"));
    let elsewhere = long(5_000, 5_001).window[0].id();
    let timelines = &mut harness.state_mut().state.timelines;
    timelines.get_mut(&ADA).unwrap().memo.wanted = Some(elsewhere);
    harness.run_ok();
    let asks = harness.state().wishes.take_asks();
    assert!(
        asks.iter()
            .any(|ask| matches!(ask, Ask::JumpTo(ADA, message) if *message == elsewhere))
    );
}

#[test]
fn a_full_window_is_laid_out_a_screenful_at_a_time() {
    let mut model = fixtures::model();
    let count = u16::try_from(WINDOW_MAX).unwrap();
    chat(&mut model, |chat| *chat = long(0, count));
    let harness = window(model, ADA);
    let rows = harness
        .get_all_by_role(egui::accesskit::Role::ListItem)
        .count();
    assert!((10..=60).contains(&rows), "{rows}");
}

#[test]
fn changed_keys_are_said_above_the_messages() {
    let mut harness = window(fixtures::model(), fixtures::ALAN);
    harness.get_by_label("The keys of Alan Turing have changed");
    harness.get_by_label("Compare now").click();
    harness.run_ok();
    let shown = acts(&harness);
    assert!(
        shown
            .iter()
            .any(|act| matches!(act, Act::Show(Dialog::Safety(fixtures::ALAN))))
    );
}
