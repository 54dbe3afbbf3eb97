//! A person as a disc: initials on two tones that follow the account, so they are the same on every device.

use std::f32::consts::TAU;

use egui::{Align2, Color32, Pos2, Response, Role, Sense, Shape, Ui, Vec2, WidgetInfo};
use protocol::identity::AccountId;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::context::Cx;
use crate::theme::{self, Palette, family};

/// One or two letters of a name.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.graphemes(true).next());
    let last = words.last().and_then(|word| word.graphemes(true).next());
    [first, last]
        .into_iter()
        .flatten()
        .collect::<String>()
        .to_uppercase()
}

/// How much of the disc's radius the second tone leaves above it, from the centre.
const HORIZON: f32 = 0.42;

/// Corners along the rim of the second tone: no edge shows at the largest size.
const CORNERS: u8 = 24;

/// The two tones of an account, of eight each: the disc, and what lies at its foot. Two people out of 64 look alike, and
/// one in eight is of one tone, which is a look as well.
#[must_use]
pub fn tones(palette: &Palette, account: AccountId) -> [Color32; 2] {
    let [first, second, ..] = *account.as_bytes();
    let [disc, foot] = [first & 7, second >> 3 & 7].map(usize::from);
    let tone = |at: usize| palette.avatars.get(at).copied().unwrap_or(palette.accent);
    [tone(disc), tone(foot)]
}

/// The disc below a slanting line.
fn foot(centre: Pos2, radius: f32, colour: Color32) -> Shape {
    let (middle, half) = (TAU * 0.32, HORIZON.acos());
    let rim = (0..=CORNERS).map(|corner| {
        let part = f32::from(corner) / f32::from(CORNERS);
        let angle = middle - half + 2.0 * half * part;
        centre + radius * Vec2::angled(angle)
    });
    Shape::convex_polygon(rim.collect(), colour, egui::Stroke::NONE)
}

/// Draws an avatar of this size.
pub fn avatar(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, size: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    let name = cx.model.name(account);
    if ui.is_rect_visible(rect) {
        paint(ui, cx, account, &name, rect.center(), size);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response
}

/// Paints an avatar without making it a widget.
pub fn paint(ui: &Ui, cx: &Cx<'_>, account: AccountId, name: &str, centre: Pos2, size: f32) {
    let [disc, below] = tones(cx.palette(), account);
    let painter = ui.painter();
    painter.circle_filled(centre, size / 2.0, disc);
    if below != disc {
        painter.add(foot(centre, size / 2.0, below));
    }
    let font = theme::font(family::STRONG, size * 0.4);
    ui.painter().text(
        centre,
        Align2::CENTER_CENTER,
        initials(name),
        font,
        cx.palette().on_avatar,
    );
}

/// A small dot at the avatar's lower right: in reach or not.
pub fn reach_dot(ui: &Ui, cx: &Cx<'_>, avatar: egui::Rect, reachable: bool, ground: Color32) {
    let size = avatar.width();
    let centre = avatar.right_bottom() - Vec2::splat(size * 0.13);
    ui.painter().circle_filled(centre, size * 0.19, ground);
    if reachable {
        ui.painter()
            .circle_filled(centre, size * 0.13, cx.palette().good);
    } else {
        ui.painter().circle_stroke(
            centre,
            size * 0.11,
            egui::Stroke::new(1.5, cx.palette().text_weak),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_people_out_of_many_seldom_look_alike() {
        for palette in [&theme::DARK, &theme::LIGHT] {
            // Accounts are as good as random: every beginning is as likely as any other.
            let mut looks = std::collections::HashMap::<_, u32>::new();
            for number in 0..=u16::MAX {
                let mut account = [0; 32];
                account[..2].copy_from_slice(&number.to_be_bytes());
                *looks.entry(tones(palette, AccountId(account))).or_default() += 1;
            }
            let most = looks.values().max().unwrap();
            assert!(most * 32 <= 1 << 16, "{most} of 65,536 look alike");
        }
    }

    #[test]
    fn the_second_tone_stays_on_the_disc() {
        let Shape::Path(path) = foot(Pos2::new(50.0, 50.0), 20.0, Color32::RED) else {
            panic!("no path");
        };
        for point in path.points {
            assert!(point.distance(Pos2::new(50.0, 50.0)) <= 20.01);
        }
    }

    #[test]
    fn initials_are_letters_as_people_see_them() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("émile"), "É");
        assert_eq!(initials("👩\u{200d}🚀 Bo"), "👩\u{200d}🚀B");
        assert_eq!(initials(""), "");
    }
}
