//! From a request to an accepted contact by keyboard, and what went wrong shown where it belongs.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use protocol::turn::Whom;

use super::*;
use crate::ask::Ask;
use crate::fixtures::{self, GRACE, LEONHARD, SOPHIE, Scene};
use crate::model::Model;
use crate::prefs::{LanguageChoice, ThemeChoice};

fn harness(model: Model, size: [f32; 2]) -> Harness<'static, Scene> {
    let scene = Scene::new(model, Route::People, ThemeChoice::Dark, LanguageChoice::En);
    Harness::builder()
        .with_size(Vec2::from(size))
        .with_max_steps(30)
        .with_context_setup(theme::fonts::install)
        .build_ui_state(|ui, scene: &mut Scene| scene.draw(ui), scene)
}

fn commands(harness: &Harness<'_, Scene>) -> Vec<(Ticket, Command)> {
    let asks = harness.state().wishes.take_asks();
    let command = |ask| match ask {
        Ask::Do(ticket, command) => Some((ticket, *command)),
        _ => None,
    };
    asks.into_iter().filter_map(command).collect()
}

#[test]
fn words_are_read_ticked_and_accepted_by_keyboard_alone() {
    let mut harness = harness(fixtures::model(), [1280.0, 900.0]);
    harness.run_steps(3);
    // Both screens show these; each is there with its number.
    let _there = harness.get_all_by_label("zebra").next().unwrap();
    let mut ticks = harness.get_all_by_label("We compared them: they are the same");
    ticks.next().unwrap().focus();
    drop(ticks);
    harness.run_steps(2);
    harness.key_press(Key::Space);
    harness.run_steps(2);
    assert!(commands(&harness).is_empty());
    harness.key_press(Key::Tab);
    harness.run_steps(2);
    assert!(harness.get_by_label("Accept").is_focused());
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let wanted = commands(&harness);
    let accepts = |command: &Command| matches!(command, Command::Accept(who) if *who == SOPHIE);
    let verifies = |command: &Command| matches!(command, Command::Verify(who) if *who == SOPHIE);
    assert!(
        wanted.iter().any(|(_, command)| accepts(command)),
        "{wanted:?}"
    );
    assert!(
        wanted.iter().any(|(_, command)| verifies(command)),
        "{wanted:?}"
    );
}

#[test]
fn who_asked_says_too_that_the_words_are_the_same() {
    let mut harness = harness(fixtures::model(), [1280.0, 1400.0]);
    harness.run_steps(3);
    let tick = |harness: &Harness<'_, Scene>| {
        let ticks = harness.get_all_by_label("We compared them: they are the same");
        ticks
            .filter(|node| node.accesskit_node().role() == egui::Role::CheckBox)
            .count()
    };
    assert_eq!(tick(&harness), 2, "one for who asks, one for who was asked");
    let ticks = harness.get_all_by_label("We compared them: they are the same");
    ticks.last().unwrap().click();
    harness.run_steps(2);
    let wanted = commands(&harness);
    let [(ticket, Command::Verify(GRACE))] = &wanted[..] else {
        panic!("{wanted:?}");
    };
    let (ticket, result) = (*ticket, Ok(protocol::turn::Reply::Done));
    harness
        .state_mut()
        .state
        .answered(&Answer { ticket, result });
    let view = std::sync::Arc::make_mut(harness.state_mut().model.view.as_mut().unwrap());
    let contacts = std::sync::Arc::make_mut(&mut view.contacts);
    let grace = std::sync::Arc::make_mut(contacts.get_mut(&GRACE).unwrap());
    grace.trust = protocol::persist::Trust::Verified;
    harness.run_steps(2);
    assert_eq!(tick(&harness), 1, "a step that is done is no box to tick");
}

#[test]
fn a_refusal_is_shown_with_whom_it_concerns_until_the_next_try() {
    let mut harness = harness(fixtures::model(), [1280.0, 1400.0]);
    harness.run_steps(3);
    harness.get_by_label("Ask Leonhard Euler").click();
    harness.run_steps(2);
    let wanted = commands(&harness);
    let [(ticket, Command::Request(Whom::Account(LEONHARD)))] = &wanted[..] else {
        panic!("{wanted:?}");
    };
    let result = Err("fault-not-in-reach".into());
    harness.state_mut().state.answered(&Answer {
        ticket: *ticket,
        result,
    });
    harness.run_steps(2);
    let _there = harness.get_by_label_contains("They just went out of reach");
    harness.get_by_label("Ask Leonhard Euler").click();
    harness.run_steps(2);
    assert!(
        harness
            .query_by_label_contains("They just went out of reach")
            .is_none()
    );
}

#[test]
fn with_nobody_there_two_ways_are_shown() {
    let mut model = fixtures::model();
    let view = std::sync::Arc::make_mut(model.view.as_mut().unwrap());
    view.contacts = std::sync::Arc::default();
    view.nearby = std::sync::Arc::default();
    let mut harness = harness(model, [480.0, 800.0]);
    harness.run_steps(3);
    let _near = harness.get_by_label("On the same network");
    harness.get_by_label("Copy my link").click();
    harness.run_steps(2);
    let acts = harness.state().wishes.take_acts();
    assert!(
        acts.iter()
            .any(|act| matches!(act, Act::Copy(link) if link.starts_with("lescopains:")))
    );
}
