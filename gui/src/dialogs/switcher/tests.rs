//! The switcher by keyboard alone.

use egui_kittest::Harness;
use jiff::tz::TimeZone;

use super::*;
use crate::context::Wishes;
use crate::fixtures::{self, ADA, ALAN, EMMY};
use crate::model::Model;
use crate::prefs::{LanguageChoice, Prefs};
use crate::text::Text;
use crate::theme::Scheme;

struct Table {
    model: Model,
    prefs: Prefs,
    text: Text,
    wishes: Wishes,
    state: SwitcherState,
    went: Vec<Route>,
    zone: TimeZone,
}

impl Table {
    fn cx(&self) -> Cx<'_> {
        Cx {
            model: &self.model,
            prefs: &self.prefs,
            text: &self.text,
            scheme: Scheme::Dark,
            now_ms: fixtures::NOW_MS,
            zone: &self.zone,
            narrow: false,
            wishes: &self.wishes,
        }
    }
}

fn table() -> Table {
    let prefs = Prefs {
        language: LanguageChoice::Fr,
        ..Prefs::default()
    };
    Table {
        model: fixtures::model(),
        text: Text::new(prefs.language()),
        prefs,
        wishes: Wishes::default(),
        state: SwitcherState::default(),
        went: Vec::new(),
        zone: TimeZone::UTC,
    }
}

fn routes(table: &Table, query: &str) -> Vec<Route> {
    let found = found(&table.cx(), query);
    found.into_iter().map(|place| place.route).collect()
}

#[test]
fn the_last_conversation_stands_first_and_letters_find_the_others() {
    let mut table = table();
    assert_eq!(
        routes(&table, "")[..2],
        [Route::Chat(ADA), Route::Chat(EMMY)]
    );
    assert_eq!(routes(&table, "emy")[0], Route::Chat(EMMY));
    assert_eq!(
        routes(&table, "RESEAU")[0],
        Route::Settings(Section::Network)
    );
    assert_eq!(routes(&table, "reglages").len(), 5);
    // By the own name for somebody, and still by theirs.
    table.model.petnames.insert(ALAN, "Le voisin".to_owned());
    assert_eq!(routes(&table, "vois")[0], Route::Chat(ALAN));
    assert_eq!(routes(&table, "turing")[0], Route::Chat(ALAN));
    assert!(routes(&table, "xyzzy").is_empty());
}

#[test]
fn arrows_choose_and_enter_goes() {
    let draw = |ui: &mut Ui, table: &mut Table| {
        let mut state = std::mem::take(&mut table.state);
        switcher_ui(ui, &table.cx(), &mut state);
        table.state = state;
        for act in table.wishes.take_acts() {
            if let Act::Go(route) = act {
                table.went.push(route);
            }
        }
    };
    let mut harness = Harness::builder()
        .with_size(egui::vec2(480.0, 520.0))
        .with_context_setup(|ctx| {
            theme::fonts::install(ctx);
            theme::apply(ctx, Scheme::Dark, false);
        })
        .build_ui_state(draw, table());
    harness.run_steps(3);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(harness.state().went, [Route::Chat(EMMY)]);
    harness
        .input_mut()
        .events
        .push(egui::Event::Text("perso".to_owned()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(harness.state().went.last(), Some(&Route::People));
    assert!(harness.unnamed_widgets().is_empty());
}
