//! The application's icon, drawn by arithmetic: two speech discs that overlap, and the smile that they share.

/// Side of the icon, in pixels.
pub const SIDE: usize = 128;

/// Width of soft edges, in parts of the side.
const SOFT: f32 = 0.012;

const GROUND: [f32; 3] = [0.118, 0.133, 0.180];
const FRONT: [f32; 3] = [1.0, 0.580, 0.400];
const BACK: [f32; 3] = [0.663, 0.659, 1.0];
const SMILE: [f32; 3] = [0.153, 0.078, 0.043];

/// The icon as eframe takes it.
#[must_use]
pub fn icon() -> egui::IconData {
    let rgba = (0..SIDE * SIDE)
        .flat_map(|at| pixel(unit(at % SIDE), unit(at / SIDE)))
        .collect();
    let side = u32::try_from(SIDE).unwrap_or(0);
    egui::IconData {
        rgba,
        width: side,
        height: side,
    }
}

/// The middle of a pixel, from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "an index below 128")]
fn unit(index: usize) -> f32 {
    (index as f32 + 0.5) / SIDE as f32
}

/// How far a point is inside a disc: 0 outside, 1 inside, soft between.
fn disc(x: f32, y: f32, centre: (f32, f32), radius: f32) -> f32 {
    let distance = (x - centre.0).hypot(y - centre.1);
    ((radius - distance) / SOFT + 0.5).clamp(0.0, 1.0)
}

/// A disc with a small tail at the lower left or right.
fn speech(x: f32, y: f32, centre: (f32, f32), tail: f32) -> f32 {
    let round = disc(x, y, centre, 0.27);
    let tip = disc(x, y, (centre.0 + tail * 0.19, centre.1 + 0.21), 0.085);
    round.max(tip)
}

fn mix(under: [f32; 3], over: [f32; 3], much: f32) -> [f32; 3] {
    let mut out = under;
    for (under, over) in out.iter_mut().zip(over) {
        *under += (over - *under) * much;
    }
    out
}

fn pixel(x: f32, y: f32) -> [u8; 4] {
    // A square with round corners.
    let edge = |at: f32| (0.5 - (at - 0.5).abs()).min(0.22);
    let (dx, dy) = (0.22 - edge(x), 0.22 - edge(y));
    let alpha = ((0.22 - dx.hypot(dy)) / SOFT + 0.5).clamp(0.0, 1.0);
    let mut colour = mix(GROUND, BACK, speech(x, y, (0.62, 0.42), 1.0));
    colour = mix(colour, FRONT, speech(x, y, (0.40, 0.52), -1.0));
    let smile = disc(x, y, (0.40, 0.50), 0.165) * (1.0 - disc(x, y, (0.40, 0.455), 0.175));
    colour = mix(colour, SMILE, smile);
    let eyes = disc(x, y, (0.33, 0.46), 0.028).max(disc(x, y, (0.47, 0.46), 0.028));
    colour = mix(colour, SMILE, eyes);
    let [r, g, b] = colour.map(byte);
    [r, g, b, byte(alpha)]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255"
)]
fn byte(share: f32) -> u8 {
    (share * 255.0).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_round_at_its_corners_and_full_in_its_middle() {
        let icon = icon();
        assert_eq!(icon.rgba.len(), SIDE * SIDE * 4);
        let alpha = |x: usize, y: usize| icon.rgba[(y * SIDE + x) * 4 + 3];
        assert_eq!(alpha(0, 0), 0);
        assert_eq!(alpha(SIDE / 2, SIDE / 2), 255);
    }
}
