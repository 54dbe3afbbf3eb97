//! The first run, the lock, the 24 words and the settings, driven by keyboard alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gui::ask::{Act, Answer, Ask, Lock};
use gui::fixtures::{self, Scene};
use gui::model::{Model, Stage};
use gui::prefs::{LanguageChoice, ThemeChoice};
use gui::route::{Dialog, Route, Section};
use gui::text::Sentence;
use gui::theme;
use protocol::identity::RecoveryWords;
use protocol::turn::{Command, Reply};

type Window = Harness<'static, Scene>;

fn window(model: Model, route: Route) -> Window {
    let scene = Scene::new(model, route, ThemeChoice::Dark, LanguageChoice::En);
    let mut window = Harness::builder()
        .with_size(egui::Vec2::new(1_000.0, 800.0))
        .with_max_steps(30)
        .with_context_setup(theme::fonts::install)
        .build_ui_state(|ui, scene: &mut Scene| scene.draw(ui), scene);
    window.run_steps(3);
    window
}

fn stage(stage: Stage) -> Window {
    let model = Model {
        stage,
        ..Model::default()
    };
    window(model, Route::People)
}

fn first_run() -> Window {
    stage(Stage::FirstRun { fault: None })
}

/// Types into whatever has the writing cursor.
fn write(window: &mut Window, text: &str) {
    window.event(egui::Event::Text(text.to_owned()));
    window.run_steps(2);
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(3);
}

/// Goes on with Tab until something of this name has the focus.
fn tab_to(window: &mut Window, name: &str) {
    for _ in 0..40 {
        press(window, Key::Tab);
        let mut all = window.query_all_by_label_contains(name);
        if all.any(|node| node.is_focused()) {
            return;
        }
    }
    panic!("Tab never reaches {name}");
}

fn asked(window: &Window) -> Vec<Ask> {
    window.state().wishes.take_asks()
}

fn sees(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn a_profile_is_made_with_a_name_and_a_lock_chosen_by_keyboard_alone() {
    let mut window = first_run();
    write(&mut window, "Ana");
    press(&mut window, Key::Enter);
    tab_to(&mut window, "No protection");
    press(&mut window, Key::Enter);
    assert!(sees(&window, "Whoever gets hold of this device"));
    assert!(asked(&window).is_empty(), "choosing alone makes nothing");
    tab_to(&mut window, "Go on without protection");
    press(&mut window, Key::Enter);
    let asks = asked(&window);
    let [
        Ask::Create {
            name,
            lock: Lock::Unprotected,
        },
    ] = asks.as_slice()
    else {
        panic!("{asks:?}");
    };
    assert_eq!(name, "Ana");
}

#[test]
fn a_passphrase_is_typed_twice_and_both_must_be_the_same() {
    let mut window = first_run();
    press(&mut window, Key::Enter);
    assert!(sees(&window, "Give a name"), "nothing is said");
    write(&mut window, "Ana");
    press(&mut window, Key::Enter);
    write(&mut window, "lamp storm velvet");
    press(&mut window, Key::Enter);
    write(&mut window, "lamp storm velvex");
    press(&mut window, Key::Enter);
    assert!(sees(&window, "The two are not the same"));
    assert!(asked(&window).is_empty());
    tab_to(&mut window, "Once more");
    press(&mut window, Key::End);
    press(&mut window, Key::Backspace);
    write(&mut window, "t");
    press(&mut window, Key::Enter);
    let asks = asked(&window);
    let [
        Ask::Create {
            lock: Lock::Passphrase(typed),
            ..
        },
    ] = asks.as_slice()
    else {
        panic!("{asks:?}");
    };
    assert_eq!(typed.as_str(), "lamp storm velvet");
}

#[test]
fn restoring_names_the_unknown_word_and_takes_the_right_ones() {
    let mut window = first_run();
    tab_to(&mut window, "I have my 24 words");
    press(&mut window, Key::Enter);
    write(&mut window, "abandon zebbra zoo ");
    assert!(sees(&window, "Word 2 is not on the list: “zebbra”"));
    press(&mut window, Key::Enter);
    assert!(sees(&window, "Your 24 words, in their order"), "went on");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    let phrase = RecoveryWords::from_entropy(&[7; 32]).phrase();
    write(&mut window, &phrase.to_uppercase().replace(' ', ", "));
    press(&mut window, Key::Enter);
    write(&mut window, "Ana");
    press(&mut window, Key::Enter);
    tab_to(&mut window, "No protection");
    press(&mut window, Key::Space);
    tab_to(&mut window, "Go on without protection");
    press(&mut window, Key::Enter);
    let asks = asked(&window);
    let [Ask::Restore { words, name, .. }] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert_eq!((words.as_str(), name.as_str()), (phrase.as_str(), "Ana"));
}

#[test]
fn a_wrong_passphrase_is_said_in_one_line_and_the_field_is_ready_again() {
    let mut window = stage(Stage::Locked { fault: None });
    write(&mut window, "wrong");
    press(&mut window, Key::Enter);
    let asks = asked(&window);
    assert!(matches!(asks.as_slice(), [Ask::Unlock(typed)] if typed.as_str() == "wrong"));
    assert!(
        window.state().state.start.passphrase.is_empty(),
        "not wiped"
    );
    window.state_mut().model.stage = Stage::Opening;
    window.run_steps(2);
    assert!(sees(&window, "The passphrase is turned into a key"));
    window.state_mut().model.stage = Stage::Locked {
        fault: Some("unlock-wrong".into()),
    };
    window.run_steps(3);
    assert!(sees(&window, "That passphrase does not open this profile"));
    write(&mut window, "right");
    press(&mut window, Key::Enter);
    assert!(matches!(asked(&window).as_slice(), [Ask::Unlock(typed)] if typed.as_str() == "right"));
}

#[test]
fn what_is_broken_is_said_and_can_be_tried_again() {
    for broken in [
        Stage::Broken {
            fault: "broken-held".into(),
        },
        Stage::Stopped {
            fault: Sentence::from("fault-bug").with("why", "the driver panicked".to_owned()),
        },
    ] {
        let mut window = stage(broken);
        assert!(sees(&window, "Another program") || sees(&window, "the driver panicked"));
        press(&mut window, Key::Enter);
        assert!(matches!(asked(&window).as_slice(), [Ask::Retry]));
    }
}

#[test]
fn secrets_are_wiped_once_the_node_runs() {
    let mut window = first_run();
    write(&mut window, "Ana");
    press(&mut window, Key::Enter);
    write(&mut window, "lamp storm velvet");
    press(&mut window, Key::Enter);
    write(&mut window, "lamp storm velvet");
    press(&mut window, Key::Enter);
    window.state_mut().model = fixtures::model();
    window.run_steps(2);
    let start = &window.state().state.start;
    assert!(start.passphrase.is_empty() && start.again.is_empty());
    let acts = window.state().wishes.take_acts();
    assert!(
        acts.iter().any(|act| matches!(act, Act::Prefs(_))),
        "choices are not kept"
    );
}

#[test]
fn words_are_shown_on_demand_and_confirmed_by_three_of_them() {
    let mut window = window(fixtures::model(), Route::People);
    window.state_mut().state.dialog = Some(Dialog::Words);
    window.run_steps(3);
    press(&mut window, Key::Enter);
    assert!(matches!(asked(&window).as_slice(), [Ask::ShowWords]));
    let phrase = RecoveryWords::from_entropy(&[7; 32]).phrase();
    window.state_mut().model.words = Some(Arc::new(phrase.clone()));
    window.run_steps(3);
    let first = phrase.split(' ').next().unwrap();
    assert!(sees(&window, &format!(" 1 {first}")));
    press(&mut window, Key::Enter);
    assert!(!sees(&window, &format!(" 1 {first}")), "still on screen");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    assert!(sees(&window, "Another word stands there"));
    assert!(asked(&window).is_empty());
    for (at, word) in phrase.split(' ').enumerate() {
        let label = format!("Word {}", at + 1);
        let field = window
            .query_all_by_label(&label)
            .find(|node| node.accesskit_node().role() == egui::accesskit::Role::TextInput);
        if let Some(field) = field {
            field.focus();
            window.run_steps(1);
            write(&mut window, word);
        }
    }
    tab_to(&mut window, "Confirm");
    press(&mut window, Key::Enter);
    let asks = asked(&window);
    let [Ask::ConfirmWords(ticket, typed)] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert_eq!(*typed, phrase);
    let answer = Answer {
        ticket: *ticket,
        result: Ok(Reply::Done),
    };
    window.state_mut().state.answered(&answer);
    window.run_steps(2);
    assert!(sees(&window, "The words are gone from this device"));
}

#[test]
fn the_text_size_follows_the_slider_by_keyboard() {
    let mut window = window(fixtures::model(), Route::Settings(Section::Look));
    tab_to(&mut window, "Size of everything");
    press(&mut window, Key::ArrowRight);
    let acts = window.state().wishes.take_acts();
    let chosen = acts.iter().find_map(|act| match act {
        Act::Prefs(prefs) => Some(prefs.text_percent),
        _ => None,
    });
    assert_eq!(chosen, Some(105));
}

#[test]
fn a_switch_turned_by_keyboard_is_kept_at_once() {
    let mut window = window(fixtures::model(), Route::Settings(Section::Privacy));
    tab_to(&mut window, "Show what I have read");
    press(&mut window, Key::Space);
    let asks = asked(&window);
    let [Ask::Do(_, command)] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert!(matches!(**command, Command::SetPrivacy(privacy) if privacy.send_read_marks));
}

#[test]
fn a_name_is_changed_and_a_refusal_is_said() {
    let mut window = window(fixtures::model(), Route::Settings(Section::Profile));
    tab_to(&mut window, "Your name");
    press(&mut window, Key::End);
    write(&mut window, " B.");
    press(&mut window, Key::Enter);
    let asks = asked(&window);
    let [Ask::Do(ticket, command)] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert!(matches!(&**command, Command::SetName(name) if name.as_str() == "Camille B."));
    let answer = Answer {
        ticket: *ticket,
        result: Err("unlock-wrong".into()),
    };
    window.state_mut().state.answered(&answer);
    window.run_steps(2);
    assert!(sees(&window, "That passphrase does not open"));
}

#[test]
fn the_lock_is_changed_by_keyboard_with_what_opens_the_profile_now() {
    let mut window = window(fixtures::model(), Route::Settings(Section::Profile));
    tab_to(&mut window, "Change the lock");
    press(&mut window, Key::Enter);
    let acts = window.state().wishes.take_acts();
    assert!(
        matches!(acts.as_slice(), [Act::Show(Dialog::Relock)]),
        "{acts:?}"
    );
    window.state_mut().state.dialog = Some(Dialog::Relock);
    window.run_steps(3);
    press(&mut window, Key::Tab);
    tab_to(&mut window, "Once more");
    write(&mut window, "lamp storm velvet");
    press(&mut window, Key::Enter);
    assert!(sees(&window, "Type the current passphrase first"));
    for (field, text) in [
        ("Current passphrase", "old words here"),
        ("Once more", ""),
        ("Passphrase", "lamp storm velvet"),
    ] {
        let mut fields = window.query_all_by_label(field);
        let field = fields.find(|node| {
            let role = node.accesskit_node().role();
            role == egui::accesskit::Role::PasswordInput
        });
        field.unwrap().focus();
        drop(fields);
        window.run_steps(2);
        write(&mut window, text);
    }
    tab_to(&mut window, "Once more");
    press(&mut window, Key::Enter);
    let asks = asked(&window);
    let [
        Ask::Relock {
            current,
            lock: Lock::Passphrase(next),
        },
    ] = asks.as_slice()
    else {
        panic!("{asks:?}");
    };
    assert_eq!(current.as_str(), "old words here");
    assert_eq!(next.as_str(), "lamp storm velvet");
    assert!(window.state().state.dialog_state.relock.is_wiped());
}

#[test]
fn everything_here_has_a_name_wide_and_narrow() {
    let stages = [
        Stage::Opening,
        Stage::FirstRun { fault: None },
        Stage::Locked {
            fault: Some("unlock-wrong".into()),
        },
        Stage::Broken {
            fault: "broken-space".into(),
        },
    ];
    let mut all: Vec<_> = stages.into_iter().map(stage).collect();
    for section in [
        Section::Profile,
        Section::Look,
        Section::Notifications,
        Section::Privacy,
        Section::Network,
    ] {
        all.push(window(fixtures::model(), Route::Settings(section)));
    }
    for window in &mut all {
        for width in [1_000.0, 480.0] {
            window.set_size(egui::Vec2::new(width, 800.0));
            window.run_steps(3);
            assert!(window.unnamed_widgets().is_empty());
        }
    }
}
