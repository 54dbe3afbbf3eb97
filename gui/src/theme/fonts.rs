//! The fonts, bundled so that the window looks the same everywhere: Inter, JetBrains Mono, Lucide's icons and Noto's
//! colour emoji (licences in `assets/fonts`).

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

use super::family;

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
const ITALIC: &[u8] = include_bytes!("../../assets/fonts/Inter-Italic.otf");
const MEDIUM: &[u8] = include_bytes!("../../assets/fonts/Inter-Medium.otf");
const STRONG: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf");
const EMOJI: &[u8] = include_bytes!("../../assets/fonts/NotoColorEmoji.ttf");

/// Installs them. What they lack (CJK, Arabic) comes from the system's fonts, where eframe finds them.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(definitions());
}

fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let all = [
        ("regular", REGULAR),
        (family::ITALIC, ITALIC),
        (family::MEDIUM, MEDIUM),
        (family::STRONG, STRONG),
        ("mono", MONO),
        ("emoji", EMOJI),
        (family::ICONS, lucide_icons::LUCIDE_FONT_BYTES),
    ];
    for (name, bytes) in all {
        let data = Arc::new(FontData::from_static(bytes));
        fonts.font_data.insert(name.to_owned(), data);
    }
    // Emoji before anything that the system may offer: so they are always in colour.
    let families = [
        (FontFamily::Proportional, vec!["regular", "emoji", "mono"]),
        (FontFamily::Monospace, vec!["mono", "emoji", "regular"]),
        (
            FontFamily::Name(family::ITALIC.into()),
            vec![family::ITALIC, "emoji", "regular"],
        ),
        (
            FontFamily::Name(family::MEDIUM.into()),
            vec![family::MEDIUM, "emoji", "regular"],
        ),
        (
            FontFamily::Name(family::STRONG.into()),
            vec![family::STRONG, "emoji", "regular"],
        ),
        // Signs that are also letters of Inter (❤, ☺): in colour, where they are meant so.
        (
            FontFamily::Name(family::EMOJI.into()),
            vec!["emoji", "regular"],
        ),
        (
            FontFamily::Name(family::ICONS.into()),
            vec![family::ICONS, "regular"],
        ),
    ];
    for (family, names) in families {
        let names = names.into_iter().map(str::to_owned).collect();
        fonts.families.insert(family, names);
    }
    fonts
}
