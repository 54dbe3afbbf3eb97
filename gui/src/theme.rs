//! Design tokens: the only file with colours. Every size, space, radius and duration of the window is one of these.
//!
//! Colours come in two schemes of equal rank. Each text colour stands at 4.5 : 1 or more on every ground that it may
//! stand on (WCAG 2.2, 1.4.3), which a test proves over all of them.

pub mod fonts;

use std::time::Duration;

use egui::style::{HandleShape, Selection, WidgetVisuals};
use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Visuals,
};

/// Space, in points, on a grid of four.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between the parts of a widget.
    pub const S: f32 = 8.0;
    /// Between widgets.
    pub const M: f32 = 12.0;
    /// Between groups.
    pub const L: f32 = 16.0;
    /// Around a screen.
    pub const XL: f32 = 24.0;
    /// Between the sections of a screen.
    pub const XXL: f32 = 40.0;
}

/// Radii of corners, in points.
pub mod radius {
    /// Chips, code, marks.
    pub const S: u8 = 6;
    /// Buttons, fields, rows.
    pub const M: u8 = 8;
    /// Cards, dialogs.
    pub const L: u8 = 14;
}

/// Sizes of text and of what stands in line with it, in points at 100 %.
pub mod size {
    /// Times, hints.
    pub const SMALL: f32 = 12.5;
    /// What is read.
    pub const BODY: f32 = 15.0;
    /// Code.
    pub const MONO: f32 = 13.5;
    /// Titles of panels.
    pub const TITLE: f32 = 17.0;
    /// Titles of screens.
    pub const DISPLAY: f32 = 27.0;
    /// Icons in buttons.
    pub const ICON: f32 = 18.0;
    /// Least height of what can be clicked.
    pub const TOUCH: f32 = 34.0;
    /// Avatars in lists and in the timeline.
    pub const AVATAR: f32 = 38.0;
    /// The rail at the left edge.
    pub const RAIL: f32 = 68.0;
    /// Below this width, the window shows one column.
    pub const NARROW: f32 = 720.0;
}

/// Everything that moves does so within this time (reduced motion: not at all).
pub const MOTION: Duration = Duration::from_millis(120);

/// Dark or light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Light text on dark ground.
    Dark,
    /// Dark text on light ground.
    Light,
}

/// All colours of one scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// The rail.
    pub ground_rail: Color32,
    /// Lists and side panels.
    pub ground_list: Color32,
    /// The timeline, and the ground of screens.
    pub ground: Color32,
    /// Cards, dialogs, menus.
    pub raised: Color32,
    /// What the pointer is on.
    pub hover: Color32,
    /// What is chosen.
    pub chosen: Color32,
    /// Fields to write in.
    pub field: Color32,
    /// Code.
    pub code: Color32,
    /// Lines between things.
    pub line: Color32,
    /// What is read.
    pub text: Color32,
    /// What is read second.
    pub text_weak: Color32,
    /// The one colour that asks to be clicked: its ground.
    pub accent: Color32,
    /// The same under the pointer.
    pub accent_hover: Color32,
    /// Text on [`Self::accent`].
    pub on_accent: Color32,
    /// Accent as text.
    pub accent_text: Color32,
    /// Links.
    pub link: Color32,
    /// Good: verified, reached.
    pub good: Color32,
    /// Needs a look.
    pub warn: Color32,
    /// Bad, or irrevocable.
    pub bad: Color32,
    /// Ground of the irrevocable's button.
    pub bad_ground: Color32,
    /// Text on [`Self::bad_ground`] and on badges.
    pub on_bad: Color32,
    /// Selected text.
    pub selection: Color32,
    /// Behind dialogs.
    pub shade: Color32,
    /// Shadows.
    pub shadow: Color32,
    /// Grounds of avatars, two of them on each; [`Self::on_avatar`] is readable on each.
    pub avatars: [Color32; 8],
    /// Initials on avatars.
    pub on_avatar: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// The dark scheme: late evening, one warm lamp.
pub const DARK: Palette = Palette {
    ground_rail: rgb(0x0012_141c),
    ground_list: rgb(0x0018_1b25),
    ground: rgb(0x001e_222e),
    raised: rgb(0x0026_2b39),
    hover: rgb(0x002b_3141),
    chosen: rgb(0x0033_3a4d),
    field: rgb(0x0028_2d3b),
    code: rgb(0x0016_1922),
    line: rgb(0x0033_394a),
    text: rgb(0x00ec_eef5),
    text_weak: rgb(0x00a9_b1c6),
    accent: rgb(0x00ff_9466),
    accent_hover: rgb(0x00ff_a880),
    on_accent: rgb(0x0027_140b),
    accent_text: rgb(0x00ff_a27a),
    link: rgb(0x008f_bdff),
    good: rgb(0x0062_d9a0),
    warn: rgb(0x00f3_c65a),
    bad: rgb(0x00ff_8d8d),
    bad_ground: rgb(0x00e2_5555),
    on_bad: rgb(0x001e_0808),
    selection: rgb(0x003d_4f78),
    shade: Color32::from_black_alpha(150),
    shadow: Color32::from_black_alpha(110),
    avatars: [
        rgb(0x00ff_a27a),
        rgb(0x00f0_c267),
        rgb(0x008f_d694),
        rgb(0x006f_d3c9),
        rgb(0x007f_bdf5),
        rgb(0x00a9_a8ff),
        rgb(0x00d9_a1f0),
        rgb(0x00f5_9fb8),
    ],
    on_avatar: rgb(0x001b_1e28),
};

/// The light scheme: paper, and the same lamp switched off.
pub const LIGHT: Palette = Palette {
    ground_rail: rgb(0x00e4_e6ee),
    ground_list: rgb(0x00ef_f0f5),
    ground: rgb(0x00fb_fbfd),
    raised: rgb(0x00ff_ffff),
    hover: rgb(0x00e6_e8f0),
    chosen: rgb(0x00db_dfea),
    field: rgb(0x00ff_ffff),
    code: rgb(0x00ee_f0f5),
    line: rgb(0x00d3_d7e2),
    text: rgb(0x001d_202b),
    text_weak: rgb(0x0052_596c),
    accent: rgb(0x00bf_4a1c),
    accent_hover: rgb(0x00a8_3f16),
    on_accent: rgb(0x00ff_ffff),
    accent_text: rgb(0x00a3_3c13),
    link: rgb(0x001a_55c4),
    good: rgb(0x000a_653e),
    warn: rgb(0x0076_4d00),
    bad: rgb(0x00ab_2323),
    bad_ground: rgb(0x00b3_2727),
    on_bad: rgb(0x00ff_ffff),
    selection: rgb(0x00c9_d8f7),
    shade: Color32::from_black_alpha(90),
    shadow: Color32::from_black_alpha(36),
    avatars: [
        rgb(0x00a8_421a),
        rgb(0x0085_5a00),
        rgb(0x002f_6b35),
        rgb(0x0013_6a63),
        rgb(0x001f_5fa6),
        rgb(0x0050_4fc0),
        rgb(0x0084_3ba5),
        rgb(0x00a8_2f57),
    ],
    on_avatar: rgb(0x00ff_ffff),
};

impl Scheme {
    /// Its colours.
    #[must_use]
    pub const fn palette(self) -> &'static Palette {
        match self {
            Self::Dark => &DARK,
            Self::Light => &LIGHT,
        }
    }
}

/// Names of the font families beside the usual two.
pub mod family {
    /// Semibold: names, titles.
    pub const STRONG: &str = "strong";
    /// Medium: buttons, channels.
    pub const MEDIUM: &str = "medium";
    /// Italic, in Markdown.
    pub const ITALIC: &str = "italic";
    /// Emoji in colour, also those that the text font has in black.
    pub const EMOJI: &str = "emoji first";
    /// The icons.
    pub const ICONS: &str = "icons";
}

/// A font of this family and size.
#[must_use]
pub fn font(family: &'static str, size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(family.into()))
}

/// The text style of titles of panels.
#[must_use]
pub fn title() -> TextStyle {
    TextStyle::Name("title".into())
}

/// The text style of names and other text that stands out in a line.
#[must_use]
pub fn strong() -> TextStyle {
    TextStyle::Name("strong".into())
}

/// Makes a context look like us. `motion`: whether things may move.
pub fn apply(ctx: &egui::Context, scheme: Scheme, motion: bool) {
    let theme = match scheme {
        Scheme::Dark => egui::Theme::Dark,
        Scheme::Light => egui::Theme::Light,
    };
    ctx.set_theme(theme);
    ctx.set_style_of(theme, style(scheme, motion));
}

/// The style of a scheme.
#[must_use]
pub fn style(scheme: Scheme, motion: bool) -> Style {
    let mut style = Style {
        visuals: visuals(scheme),
        animation_time: if motion { MOTION.as_secs_f32() } else { 0.0 },
        ..Style::default()
    };
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(size::SMALL)),
        (TextStyle::Body, FontId::proportional(size::BODY)),
        (TextStyle::Button, font(family::MEDIUM, size::BODY)),
        (TextStyle::Monospace, FontId::monospace(size::MONO)),
        (TextStyle::Heading, font(family::STRONG, size::DISPLAY)),
        (title(), font(family::STRONG, size::TITLE)),
        (strong(), font(family::STRONG, size::BODY)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = egui::vec2(space::S, space::S);
    spacing.button_padding = egui::vec2(space::M, 7.0);
    spacing.interact_size = egui::vec2(size::TOUCH, size::TOUCH);
    spacing.window_margin = Margin::same(20);
    spacing.menu_margin = Margin::same(6);
    spacing.menu_width = 240.0;
    spacing.text_edit_width = 280.0;
    spacing.tooltip_width = 320.0;
    spacing.scroll = egui::style::ScrollStyle::thin();
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = true;
    style.url_in_tooltip = true;
    if !motion {
        style.scroll_animation = egui::style::ScrollAnimation::none();
    }
    style
}

fn visuals(scheme: Scheme) -> Visuals {
    let p = scheme.palette();
    let mut visuals = match scheme {
        Scheme::Dark => Visuals::dark(),
        Scheme::Light => Visuals::light(),
    };
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(p.text_weak);
    visuals.hyperlink_color = p.link;
    visuals.faint_bg_color = p.ground_list;
    visuals.extreme_bg_color = p.field;
    visuals.text_edit_bg_color = Some(p.field);
    visuals.code_bg_color = p.code;
    visuals.warn_fg_color = p.warn;
    visuals.error_fg_color = p.bad;
    visuals.panel_fill = p.ground;
    visuals.window_fill = p.raised;
    visuals.window_stroke = Stroke::new(1.0, p.line);
    visuals.window_corner_radius = CornerRadius::same(radius::L);
    visuals.menu_corner_radius = CornerRadius::same(radius::M);
    let shadow = |blur: u8| Shadow {
        offset: [0, 4],
        blur,
        spread: 0,
        color: p.shadow,
    };
    visuals.window_shadow = shadow(28);
    visuals.popup_shadow = shadow(16);
    // A caret that blinks would redraw an idle window twice a second.
    visuals.text_cursor.blink = false;
    visuals.handle_shape = HandleShape::Circle;
    visuals.slider_trailing_fill = true;
    visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);
    visuals.selection = Selection {
        bg_fill: p.selection,
        stroke: Stroke::new(1.0, p.text),
    };
    let widget = |ground: Color32, edge: Color32| WidgetVisuals {
        bg_fill: ground,
        weak_bg_fill: ground,
        bg_stroke: Stroke::new(1.0, edge),
        corner_radius: CornerRadius::same(radius::M),
        fg_stroke: Stroke::new(1.0, p.text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = widget(p.raised, p.line);
    visuals.widgets.inactive = widget(p.hover, p.line);
    visuals.widgets.hovered = widget(p.chosen, p.text_weak);
    visuals.widgets.active = widget(p.chosen, p.accent);
    visuals.widgets.open = widget(p.chosen, p.text_weak);
    visuals
}

/// The contrast of two opaque colours (WCAG 2.2): 1 for equal ones to 21 for black on white.
#[must_use]
pub fn contrast(one: Color32, other: Color32) -> f32 {
    let luminance = |colour: Color32| {
        let linear = |channel: u8| {
            let channel = f32::from(channel) / 255.0;
            if channel <= 0.04045 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text colour with every ground that it may stand on.
    fn pairs(p: &Palette) -> Vec<(&'static str, Color32, Color32)> {
        let grounds = [
            p.ground_rail,
            p.ground_list,
            p.ground,
            p.raised,
            p.hover,
            p.chosen,
            p.field,
            p.code,
            p.selection,
        ];
        let mut pairs = Vec::new();
        for ground in grounds {
            pairs.push(("text", p.text, ground));
        }
        for ground in [
            p.ground_list,
            p.ground,
            p.raised,
            p.hover,
            p.chosen,
            p.field,
            p.code,
            p.ground_rail,
        ] {
            pairs.push(("text_weak", p.text_weak, ground));
        }
        for ground in [p.ground_list, p.ground, p.raised, p.hover, p.code] {
            for (name, colour) in [
                ("accent_text", p.accent_text),
                ("link", p.link),
                ("good", p.good),
                ("warn", p.warn),
                ("bad", p.bad),
            ] {
                pairs.push((name, colour, ground));
            }
        }
        pairs.push(("on_accent", p.on_accent, p.accent));
        pairs.push(("on_accent over hover", p.on_accent, p.accent_hover));
        pairs.push(("on_bad", p.on_bad, p.bad_ground));
        for avatar in p.avatars {
            pairs.push(("on_avatar", p.on_avatar, avatar));
        }
        pairs
    }

    #[test]
    fn every_text_stands_out_from_its_ground() {
        for (scheme, palette) in [(Scheme::Dark, &DARK), (Scheme::Light, &LIGHT)] {
            for (name, text, ground) in pairs(palette) {
                let found = contrast(text, ground);
                assert!(
                    found >= 4.5,
                    "{scheme:?}: {name} {text:?} on {ground:?}: {found:.2}"
                );
            }
        }
    }

    #[test]
    fn tones_of_avatars_are_told_apart() {
        for palette in [&DARK, &LIGHT] {
            for (at, one) in palette.avatars.iter().enumerate() {
                for other in &palette.avatars[..at] {
                    let mut channels = one.to_array().into_iter().zip(other.to_array());
                    assert!(
                        channels.any(|(one, other)| one.abs_diff(other) >= 32),
                        "{one:?} and {other:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
        assert!((contrast(rgb(0x0077_7777), Color32::WHITE) - 4.48).abs() < 0.01);
    }
}
