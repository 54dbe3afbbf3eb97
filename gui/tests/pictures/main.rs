//! Every screen beside its stored picture, and nothing cut off in the longer language.
//!
//! A screen's sheet shows it in both colours, both languages and three sizes, at half its size and in few shades, so
//! that all sheets together stay small. `UPDATE_SNAPSHOTS=1` writes them anew; look at what changed before it is
//! committed. What differs is left in `target/pictures`: as it is now, and with the changed pixels in red.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod sheet;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use egui::epaint::{ClippedShape, Shape, TextShape};
use egui::{Rect, Vec2};
use gui::fixtures::screens::{Drawn, Look, Screen, looks, screens};
use gui::prefs::{LanguageChoice, ThemeChoice};

/// Pixels of a sheet that may differ: processors round differently.
const PIXELS_MAX: usize = 16;

fn stored() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

/// Compares, or writes; answers what is wrong.
fn compare(screen: &Screen) -> Option<String> {
    let name = format!("{}.png", screen.name);
    let (kept, new) = (stored().join(&name), sheet::draw(screen));
    let old = image::open(&kept).map(image::DynamicImage::into_rgb8).ok();
    let found = old.and_then(|old| sheet::difference(&old, &new));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        if found.is_none_or(|(count, _)| count > 0) {
            std::fs::create_dir_all(stored()).unwrap();
            std::fs::write(&kept, sheet::encode(&new)).unwrap();
        }
        return None;
    }
    if found
        .as_ref()
        .is_some_and(|(count, _)| *count <= PIXELS_MAX)
    {
        return None;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures");
    std::fs::create_dir_all(&target).unwrap();
    new.save(target.join(&name)).unwrap();
    let what = found.map_or_else(
        || "no stored picture of this size".to_owned(),
        |(count, marked)| {
            let marks = target.join(format!("{}.difference.png", screen.name));
            marked.save(marks).unwrap();
            format!("{count} pixels")
        },
    );
    Some(format!("{name}: {what}; see {}", target.display()))
}

/// Every screen of which the number leaves this rest: two tests, for two processors.
fn all_are_as_stored(rest: usize) {
    let own = screens().into_iter().enumerate();
    let own = own.filter(|(number, _)| number % 2 == rest);
    let wrong: Vec<_> = own.filter_map(|(_, screen)| compare(&screen)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn even_screens_look_as_stored() {
    all_are_as_stored(0);
}

#[test]
fn odd_screens_look_as_stored() {
    all_are_as_stored(1);
}

#[test]
fn no_picture_is_stored_of_a_screen_that_is_gone() {
    let wanted = screens()
        .into_iter()
        .map(|screen| format!("{}.png", screen.name));
    let wanted: BTreeSet<_> = wanted.collect();
    for picture in std::fs::read_dir(stored()).unwrap() {
        let name = picture.unwrap().file_name();
        assert!(
            wanted.contains(name.to_str().unwrap()),
            "{}",
            name.display()
        );
    }
}

/// Texts that people wrote: these may end in "…", sentences of the program may not.
const WRITTEN: [&str; 8] = [
    "Camille",
    "Ada",
    "Emmy",
    "Alan",
    "Sophie",
    "Grace",
    "vidéo",
    "démonstration",
];

fn texts(clip: Rect, shape: &Shape, found: &mut Vec<(Rect, TextShape)>) {
    match shape {
        Shape::Vec(inner) => inner.iter().for_each(|shape| texts(clip, shape, found)),
        Shape::Text(text) => found.push((clip, text.clone())),
        _ => {}
    }
}

/// Sentences that are cut: at the side, where nothing scrolls, or by "…".
fn cut(shapes: &[ClippedShape], size: Vec2) -> Vec<String> {
    let mut found = Vec::new();
    for clipped in shapes {
        texts(clipped.clip_rect, &clipped.shape, &mut found);
    }
    let mut wrong = Vec::new();
    for (clip, text) in found {
        let words = text.galley.text();
        if text.galley.elided && !WRITTEN.iter().any(|name| words.contains(name)) {
            wrong.push(format!("“{words}” ends in …"));
        }
        let clip = clip.intersect(Rect::from_min_size(egui::Pos2::ZERO, size));
        for row in &text.galley.rows {
            let place = row.rect().translate(text.pos.to_vec2());
            let seen = clip.y_range().contains(place.center().y);
            if seen && (place.left() < clip.left() - 1.0 || place.right() > clip.right() + 1.0) {
                wrong.push(format!("“{words}” is cut off: {place:?} in {clip:?}"));
            }
        }
    }
    wrong
}

fn nothing_is_cut(draw: impl Fn(&Screen, &Look) -> Drawn) {
    let mut wrong = Vec::new();
    for look in looks() {
        if look.theme != ThemeChoice::Dark || look.language != LanguageChoice::Fr {
            continue;
        }
        for screen in screens() {
            let drawn = draw(&screen, &look);
            for what in cut(drawn.shapes(), drawn.size) {
                wrong.push(format!("{} {}: {what}", screen.name, look.name[2]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_cut_off_in_french() {
    nothing_is_cut(Screen::draw);
}

/// German, or whatever is translated next, is a third longer at times.
#[test]
fn nothing_is_cut_off_in_longer_words() {
    nothing_is_cut(Screen::draw_pseudo);
}

#[test]
fn a_sentence_that_does_not_fit_is_noticed() {
    let ctx = egui::Context::default();
    let input = egui::RawInput {
        screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, Vec2::new(80.0, 80.0))),
        ..egui::RawInput::default()
    };
    let mut output = ctx.run_ui(input, |ui| {
        ui.add(egui::Label::new("a sentence far too long for its place").extend());
        ui.add(egui::Label::new("another that is far too long").truncate());
    });
    output.textures_delta.clear();
    assert_eq!(cut(&output.shapes, Vec2::new(80.0, 80.0)).len(), 2);
}
