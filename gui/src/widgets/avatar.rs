//! A person as a disc: initials on a colour that follows the account, so it is the same on every device.

use egui::{Align2, Color32, Pos2, Response, Role, Sense, Ui, Vec2, WidgetInfo};
use protocol::identity::AccountId;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::context::Cx;
use crate::theme::{self, family};

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

/// The colour of an account.
#[must_use]
pub fn colour(cx: &Cx<'_>, account: AccountId) -> Color32 {
    let avatars = cx.palette().avatars;
    let [first, ..] = account.as_bytes();
    avatars
        .get(usize::from(*first) % avatars.len())
        .copied()
        .unwrap_or_else(|| cx.palette().accent)
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
    ui.painter()
        .circle_filled(centre, size / 2.0, colour(cx, account));
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
    fn initials_are_letters_as_people_see_them() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("émile"), "É");
        assert_eq!(initials("👩\u{200d}🚀 Bo"), "👩\u{200d}🚀B");
        assert_eq!(initials(""), "");
    }
}
