//! How somebody can be met now: the dot at their avatar, and the same in a word. Never by colour alone.

use egui::{Color32, Rect, Stroke, Ui, Vec2};
use protocol::identity::AccountId;
use protocol::privacy::Presence;

use crate::context::Cx;
use crate::model::Model;

/// How somebody can be met now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In reach, and at the device.
    Here,
    /// In reach, and not at the device.
    Away,
    /// In reach; they do not say more.
    Linked,
    /// Out of reach.
    Out,
}

impl Reach {
    /// How this account can be met.
    #[must_use]
    pub fn of(model: &Model, account: AccountId) -> Self {
        let up = model
            .contact(account)
            .is_some_and(|contact| !contact.reachable.is_empty());
        let view = model.view.as_ref();
        match (up, view.and_then(|view| view.presence.get(&account))) {
            (false, _) => Self::Out,
            (true, Some(Presence::Online)) => Self::Here,
            (true, Some(Presence::Away)) => Self::Away,
            (true, _) => Self::Linked,
        }
    }

    /// In a word.
    #[must_use]
    pub fn word(self, cx: &Cx<'_>) -> String {
        match self {
            Self::Here => cx.say("reach-here"),
            Self::Away => cx.say("reach-away"),
            Self::Linked => cx.say("reach-linked"),
            Self::Out => cx.say("reach-out"),
        }
    }

    /// In a colour that is readable as text.
    #[must_use]
    pub const fn colour(self, cx: &Cx<'_>) -> Color32 {
        let p = cx.palette();
        match self {
            Self::Here | Self::Linked => p.good,
            Self::Away => p.warn,
            Self::Out => p.text_weak,
        }
    }

    /// Paints the dot at the lower right of an avatar that stands on this ground: full, a crescent, a ring, a thin ring.
    pub fn dot(self, ui: &Ui, cx: &Cx<'_>, avatar: Rect, ground: Color32) {
        let size = avatar.width();
        let centre = avatar.right_bottom() - Vec2::splat(size * 0.13);
        let painter = ui.painter();
        let colour = self.colour(cx);
        painter.circle_filled(centre, size * 0.19, ground);
        match self {
            Self::Here => {
                painter.circle_filled(centre, size * 0.13, colour);
            }
            Self::Away => {
                painter.circle_filled(centre, size * 0.13, colour);
                painter.circle_filled(centre - Vec2::splat(size * 0.06), size * 0.09, ground);
            }
            Self::Linked => {
                painter.circle_stroke(centre, size * 0.1, Stroke::new(size * 0.06, colour));
            }
            Self::Out => {
                painter.circle_stroke(centre, size * 0.11, Stroke::new(1.5, colour));
            }
        }
    }
}
