//! The order of the list, what a row says, and walking it by keyboard.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::*;
use crate::fixtures::{self, ADA, ALAN, EMMY, GRACE, SOPHIE, Scene};
use crate::prefs::{LanguageChoice, ThemeChoice};

fn harness(model: Model, route: Route) -> Harness<'static, Scene> {
    let scene = Scene::new(model, route, ThemeChoice::Dark, LanguageChoice::En);
    Harness::builder()
        .with_size(egui::Vec2::new(1280.0, 800.0))
        .with_max_steps(30)
        .with_context_setup(theme::fonts::install)
        .build_ui_state(|ui, scene: &mut Scene| scene.draw(ui), scene)
}

fn accounts(found: &[&Arc<ContactView>]) -> Vec<AccountId> {
    found.iter().map(|contact| contact.account).collect()
}

#[test]
fn the_newest_conversation_stands_first_and_requests_in_none_of_them() {
    let mut model = fixtures::model();
    assert_eq!(accounts(&ordered(&model)), [ADA, EMMY, ALAN]);
    let newest = fixtures::line(900, fixtures::row(ALAN, ALAN, 0, "Debout !"));
    let chat = Arc::make_mut(model.chats.get_mut(&ALAN).unwrap());
    chat.last = Some(newest);
    assert_eq!(accounts(&ordered(&model)), [ALAN, ADA, EMMY]);
}

#[test]
fn a_search_looks_at_both_names() {
    let mut model = fixtures::model();
    model.petnames.insert(EMMY, "La cousine".to_owned());
    assert_eq!(accounts(&found(&model, " NOETHER ")), [EMMY]);
    assert_eq!(accounts(&found(&model, "cousine")), [EMMY]);
    assert_eq!(accounts(&found(&model, "nobody")), []);
}

#[test]
fn requests_stand_on_top_those_who_ask_first() {
    let mut harness = harness(fixtures::model(), Route::People);
    harness.run_steps(3);
    let top = |label: &str| harness.get_by_label_contains(label).rect().top();
    let sophie = top("Sophie Germain, asks");
    let grace = top("Grace Hopper, Their answer");
    assert!(sophie < grace && grace < top("Ada Lovelace, compared"));
    harness
        .get_by_label("Withdraw the request to Grace Hopper")
        .click();
    harness.run_steps(2);
    let asks = harness.state().wishes.take_asks();
    let wanted = format!("Remove({GRACE:?})");
    assert!(format!("{asks:?}").contains(&wanted), "{asks:?}");
    assert!(!format!("{asks:?}").contains(&format!("{SOPHIE:?}")));
}

#[test]
fn the_way_to_people_is_offered_where_they_are_not_on_screen() {
    let mut model = fixtures::model();
    Arc::make_mut(model.view.as_mut().unwrap()).contacts = Arc::default();
    for (route, offered) in [
        (Route::People, false),
        (Route::Settings(crate::route::Section::Look), true),
    ] {
        let mut harness = harness(model.clone(), route);
        harness.run_steps(3);
        let found = harness.query_by_label("Find somebody").is_some();
        assert_eq!(found, offered);
    }
    let mut narrow = harness(model, Route::People);
    narrow.set_size(egui::Vec2::new(480.0, 800.0));
    narrow.state_mut().state.list_in_front = true;
    narrow.run_steps(3);
    let _there = narrow.get_by_label("Find somebody");
}

#[test]
fn arrows_walk_the_list_and_enter_opens() {
    let mut harness = harness(fixtures::model(), Route::People);
    harness.run_steps(3);
    harness
        .get_by_label_contains("Ada Lovelace, compared")
        .focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(3);
    assert!(
        harness
            .get_by_label_contains("Emmy Noether, Out of reach")
            .is_focused()
    );
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let acts = harness.state().wishes.take_acts();
    let opened = |act: &Act| matches!(act, Act::Go(Route::Chat(account)) if *account == EMMY);
    assert!(acts.iter().any(opened), "{acts:?}");
}

#[test]
fn the_list_follows_the_keyboard_beyond_its_edge() {
    let mut model = fixtures::model();
    let view = Arc::make_mut(model.view.as_mut().unwrap());
    let contacts = Arc::make_mut(&mut view.contacts);
    let pattern = contacts[&EMMY].clone();
    for number in 0..60 {
        let account = AccountId([100 + number; 32]);
        let name = fixtures::name(&format!("Person {number:02}"));
        let contact = ContactView {
            account,
            name,
            ..(*pattern).clone()
        };
        contacts.insert(account, Arc::new(contact));
    }
    let mut harness = harness(model, Route::People);
    harness.run_steps(3);
    harness
        .get_by_label_contains("Ada Lovelace, compared")
        .focus();
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("Person 59").is_none());
    harness.key_press(Key::End);
    harness.run_steps(4);
    assert!(harness.get_by_label_contains("Person 59").is_focused());
}

#[test]
fn what_was_said_last_is_one_clean_line_that_says_who() {
    let mut model = fixtures::model();
    let row = fixtures::row(ADA, fixtures::ME, 1, "photo\u{202e}gpj\n\nexe");
    Arc::make_mut(model.chats.get_mut(&ADA).unwrap()).last = Some(fixtures::line(901, row));
    let mut harness = harness(model, Route::People);
    harness.run_steps(3);
    let _there = harness.get_by_label_contains("You: photogpj exe");
}
