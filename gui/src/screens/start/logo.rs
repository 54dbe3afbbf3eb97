//! The mark: two people talking, drawn. Two speech discs overlap, and what they share is a smile.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use crate::theme::Palette;

/// Points of an arc; the mark is at most a few hundred points wide.
const STEPS: u16 = 48;

/// Height of the mark for a width of one.
pub const HEIGHT: f32 = 0.72;

/// Paints the mark into the middle of a rectangle.
pub fn mark(painter: &Painter, rect: Rect, p: &Palette) {
    let [_, _, _, _, blue, ..] = p.avatars;
    let width = rect.width().min(rect.height() / HEIGHT);
    let radius = width * 0.31;
    let reach = width * 0.19;
    let middle = rect.center() - Vec2::new(0.0, width * 0.03);
    let (left, right) = (
        middle - Vec2::new(reach, 0.0),
        middle + Vec2::new(reach, 0.0),
    );
    bubble(painter, left, radius, -1.0, p.accent);
    bubble(painter, right, radius, 1.0, blue);
    painter.add(Shape::convex_polygon(
        lens(left, right, radius),
        p.accent.lerp_to_gamma(blue, 0.5),
        Stroke::NONE,
    ));
    face(painter, middle, (reach, radius), p.on_avatar);
}

/// A disc with a tail at its outer foot.
fn bubble(painter: &Painter, centre: Pos2, radius: f32, side: f32, colour: Color32) {
    painter.circle_filled(centre, radius, colour);
    let tail = vec![
        centre + Vec2::new(side * radius * 0.40, radius * 0.80),
        centre + Vec2::new(side * radius * 1.04, radius * 1.02),
        centre + Vec2::new(side * radius * 0.90, radius * 0.40),
    ];
    painter.add(Shape::convex_polygon(tail, colour, Stroke::NONE));
}

/// What both discs cover.
fn lens(left: Pos2, right: Pos2, radius: f32) -> Vec<Pos2> {
    let half = (right.x - left.x) / 2.0;
    let angle = (half / radius).clamp(-1.0, 1.0).acos();
    let arc = |centre: Pos2, middle: f32| {
        (0..=STEPS).map(move |step| {
            let at = middle - angle + 2.0 * angle * f32::from(step) / f32::from(STEPS);
            centre + radius * Vec2::angled(at)
        })
    };
    arc(left, 0.0)
        .chain(arc(right, std::f32::consts::PI))
        .collect()
}

/// An eye each, and one smile for both.
fn face(painter: &Painter, middle: Pos2, (reach, radius): (f32, f32), colour: Color32) {
    let eye = radius * 0.105;
    for side in [-1.0, 1.0] {
        let at = middle + Vec2::new(side * reach * 0.92, -radius * 0.20);
        painter.circle_filled(at, eye, colour);
    }
    let (from, to) = (0.16 * std::f32::consts::PI, 0.84 * std::f32::consts::PI);
    let smile = radius * 0.66;
    let points: Vec<Pos2> = (0..=STEPS)
        .map(|step| {
            let at = from + (to - from) * f32::from(step) / f32::from(STEPS);
            middle + Vec2::new(0.0, radius * 0.02) + smile * Vec2::angled(at)
        })
        .collect();
    let thick = radius * 0.15;
    for end in [points.first(), points.last()].into_iter().flatten() {
        painter.circle_filled(*end, thick / 2.0, colour);
    }
    painter.add(Shape::line(points, Stroke::new(thick, colour)));
}
