//! Every screen drawn from fixtures, without a window: nothing panics, nothing is without a name.

use egui_kittest::Harness;
use gui::fixtures::{self, Scene};
use gui::prefs::{LanguageChoice, ThemeChoice};
use gui::route::Route;
use gui::theme;

fn harness(route: Route, size: [f32; 2]) -> Harness<'static, Scene> {
    let scene = Scene::new(
        fixtures::model(),
        route,
        ThemeChoice::Dark,
        LanguageChoice::Fr,
    );
    Harness::builder()
        .with_size(egui::Vec2::from(size))
        .with_max_steps(30)
        .with_context_setup(theme::fonts::install)
        .build_ui_state(|ui, scene: &mut Scene| scene.draw(ui), scene)
}

#[test]
fn every_route_is_drawn_wide_and_narrow() {
    for route in [
        Route::People,
        Route::Chat(fixtures::ADA),
        Route::Settings(gui::route::Section::Look),
    ] {
        for size in [[1280.0, 800.0], [480.0, 800.0]] {
            let mut harness = harness(route.clone(), size);
            harness.run_steps(3);
            assert!(harness.unnamed_widgets().is_empty(), "{route:?} {size:?}");
        }
    }
}
