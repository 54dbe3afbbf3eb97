//! What a person chose for the window itself. Nothing secret: a small file beside the profile, written whole.
//!
//! A file that cannot be read gives the defaults; what it holds and we do not know is ignored, so that an older program
//! can open a newer one's file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::text::Language;
use crate::theme::Scheme;

/// Name of the file in the profile's folder.
pub const FILE: &str = "window.json";

/// Bounds of the text size, in percent.
pub const TEXT_PERCENT: std::ops::RangeInclusive<u16> = 80..=200;

/// Dark, light, or as the desktop has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the desktop has it; dark where it does not say.
    #[default]
    System,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

/// French, English, or as the desktop has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LanguageChoice {
    /// As the desktop has it.
    #[default]
    System,
    /// French.
    Fr,
    /// English.
    En,
}

/// When to say that something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    /// Whether at all.
    pub on: bool,
    /// Whether who wrote and what is shown, or only that something came.
    pub preview: bool,
    /// Whether there is a sound.
    pub sound: bool,
    /// Quiet hours, from and to, in minutes after midnight; equal means none.
    pub quiet_from: u16,
    /// See [`Self::quiet_from`].
    pub quiet_to: u16,
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            on: true,
            preview: true,
            sound: true,
            quiet_from: 0,
            quiet_to: 0,
        }
    }
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// Dark or light.
    pub theme: ThemeChoice,
    /// French or English.
    pub language: LanguageChoice,
    /// Size of everything, in percent.
    pub text_percent: u16,
    /// Whether nothing moves by itself.
    pub reduced_motion: bool,
    /// Notifications.
    pub notifications: Notifications,
    /// Width of the list, in points.
    pub list_width: f32,
    /// Whether the side panel is open.
    pub details_open: bool,
    /// Width of the side panel, in points.
    pub details_width: f32,
    /// Whether people on the same network see us (needs a restart of the node).
    pub visible_nearby: bool,
    /// Emoji used last, newest first.
    pub recent_emoji: Vec<String>,
    /// Skin tone of emoji of people: 0 is none, 1 to 5 from light to dark.
    pub skin_tone: u8,
}

impl Default for Prefs {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            language: LanguageChoice::System,
            text_percent: 100,
            reduced_motion: false,
            notifications: Notifications::default(),
            list_width: 272.0,
            details_open: false,
            details_width: 300.0,
            visible_nearby: true,
            recent_emoji: Vec::new(),
            skin_tone: 0,
        }
    }
}

impl Prefs {
    /// As stored in a profile's folder, within bounds; the defaults where nothing readable is.
    #[must_use]
    pub fn load(profile: &Path) -> Self {
        let read = std::fs::read(profile.join(FILE)).ok();
        let mut prefs: Self = read
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        prefs.text_percent = prefs
            .text_percent
            .clamp(*TEXT_PERCENT.start(), *TEXT_PERCENT.end());
        prefs
    }

    /// Stores them, atomically.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self, profile: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        node::platform::write_private(&profile.join(FILE), &text)
    }

    /// The scheme to draw in.
    #[must_use]
    pub fn scheme(&self, system: Option<egui::Theme>) -> Scheme {
        match (self.theme, system) {
            (ThemeChoice::Light, _) | (ThemeChoice::System, Some(egui::Theme::Light)) => {
                Scheme::Light
            }
            _ => Scheme::Dark,
        }
    }

    /// The language to speak.
    #[must_use]
    pub fn language(&self) -> Language {
        match self.language {
            LanguageChoice::System => Language::from_environment(),
            LanguageChoice::Fr => Language::Fr,
            LanguageChoice::En => Language::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_comes_back_and_rubbish_gives_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let prefs = Prefs {
            text_percent: 150,
            theme: ThemeChoice::Light,
            ..Prefs::default()
        };
        prefs.save(folder.path()).unwrap();
        assert_eq!(Prefs::load(folder.path()), prefs);
        std::fs::write(folder.path().join(FILE), b"{ not json").unwrap();
        assert_eq!(Prefs::load(folder.path()), Prefs::default());
        std::fs::write(
            folder.path().join(FILE),
            br#"{"text_percent": 9999, "of_tomorrow": 1}"#,
        )
        .unwrap();
        assert_eq!(Prefs::load(folder.path()).text_percent, 200);
    }
}
