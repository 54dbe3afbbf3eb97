//! Draws every screen from fixtures into a folder, in both themes, both languages and three sizes.
#![allow(
    clippy::print_stdout,
    reason = "a program of the terminal"
)]

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::Harness;
use gui::dialogs::words::WordsState;
use gui::fixtures::{self, Scene};
use gui::model::{Model, Stage};
use gui::prefs::{LanguageChoice, ThemeChoice};
use gui::route::{Dialog, Route, Section};
use gui::screens::start::Step;
use gui::theme;
use protocol::identity::RecoveryWords;

/// A screen by name: what it draws, where the person is, what lies over it.
type Screen = (&'static str, fn() -> Model, Route, Option<Dialog>);

fn staged(stage: Stage) -> Model {
    Model { stage, ..Model::default() }
}

fn screens() -> Vec<Screen> {
    let over = |dialog| (Route::Chat(fixtures::ADA), Some(dialog));
    let mut all: Vec<Screen> = vec![
        ("welcome", || staged(Stage::FirstRun { fault: None }), Route::People, None),
        ("protect", || staged(Stage::FirstRun { fault: None }), Route::People, None),
        ("restore", || staged(Stage::FirstRun { fault: None }), Route::People, None),
        ("unlock", || staged(Stage::Locked { fault: Some("unlock-wrong".to_owned()) }), Route::People, None),
        ("broken", || staged(Stage::Broken { fault: "history.redb is damaged".to_owned() }), Route::People, None),
        ("people", fixtures::model, Route::People, None),
        ("chat", fixtures::model, Route::Chat(fixtures::ADA), None),
        ("changed", fixtures::model, Route::Chat(fixtures::ALAN), None),
        ("settings-profile", fixtures::model, Route::Settings(Section::Profile), None),
        ("settings-look", fixtures::model, Route::Settings(Section::Look), None),
        ("settings-notifications", fixtures::model, Route::Settings(Section::Notifications), None),
        ("settings-privacy", fixtures::model, Route::Settings(Section::Privacy), None),
        ("settings-network", fixtures::model, Route::Settings(Section::Network), None),
    ];
    for (name, dialog) in [
        ("add-contact", Dialog::AddContact { link: String::new() }),
        ("safety", Dialog::Safety(fixtures::ADA)),
        ("words", Dialog::Words),
        ("words-shown", Dialog::Words),
        ("switcher", Dialog::Switcher),
        ("keys", Dialog::Keys),
        ("open-link", Dialog::OpenLink("https://xn--pypal-4ve.com/login".to_owned())),
        ("date", Dialog::Date(fixtures::ADA)),
        ("block", Dialog::Block(fixtures::ADA)),
        ("petname", Dialog::Petname(fixtures::ADA)),
    ] {
        let (route, dialog) = over(dialog);
        all.push((name, fixtures::model, route, dialog));
    }
    all
}

/// What a screen needs beside its model.
fn prepare(scene: &mut Scene, name: &str) {
    let start = &mut scene.state.start;
    match name {
        "protect" => {
            start.name = "Camille".to_owned();
            start.step = Step::Protect;
            start.passphrase.push_str("lampe orage velours");
        }
        "restore" => {
            start.restoring = true;
            start.step = Step::Words;
            start.words.push_str("abandon zebbra zoo ");
        }
        "words-shown" => {
            let words = RecoveryWords::from_entropy(&[7; 32]);
            scene.model.words = Some(Arc::new(words.phrase()));
            scene.state.dialog_state.words = WordsState::shown();
        }
        _ => {}
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "target/screens".to_owned()));
    let only = arguments.next();
    std::fs::create_dir_all(&folder).expect("the folder for the pictures");
    for (name, model, route, dialog) in screens() {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        for (theme, theme_name) in [(ThemeChoice::Dark, "dark"), (ThemeChoice::Light, "light")] {
            for (language, language_name) in [(LanguageChoice::Fr, "fr"), (LanguageChoice::En, "en")] {
                for (size, zoom, size_name) in
                    [([1280.0, 800.0], 1.0, "wide"), ([480.0, 800.0], 1.0, "narrow"), ([1280.0, 800.0], 2.0, "large")]
                {
                    let mut scene = Scene::new(model(), route.clone(), theme, language);
                    scene.state.dialog.clone_from(&dialog);
                    scene.prefs.details_open = size_name == "wide";
                    prepare(&mut scene, name);
                    let mut harness = Harness::builder()
                        .with_size(egui::Vec2::from(size) / zoom)
                        .with_pixels_per_point(zoom)
                        .with_context_setup(theme::fonts::install)
                        .wgpu()
                        .build_ui_state(|ui, scene: &mut Scene| scene.draw(ui), scene);
                    harness.run_steps(4);
                    let file = folder.join(format!("{name}-{theme_name}-{language_name}-{size_name}.png"));
                    let picture = harness.render().expect("a software Vulkan driver (mesa-vulkan-drivers)");
                    picture.save(&file).expect("writing a picture");
                    println!("{}", file.display());
                }
            }
        }
    }
}
