//! Every sentence that the window shows, in French and English: the only way to the catalogue.
//!
//! Sentences stand in `text/en/*.ftl` and `text/fr/*.ftl` (Project Fluent), by keys that say where they are shown. Tests
//! hold both languages against each other and against the code: no key missing, none unused.

pub mod clean;
pub mod dates;
pub mod emoji;
pub mod fold;
pub mod links;
#[cfg(any(test, feature = "testing"))]
mod pseudo;
pub mod sentence;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
pub use sentence::Sentence;
use unic_langid::LanguageIdentifier;

/// A language of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
    /// French, a third longer and with more accents than any language has, to find what would be cut off in another.
    #[cfg(any(test, feature = "testing"))]
    Pseudo,
}

impl Language {
    /// From a POSIX locale name such as `fr_FR.UTF-8`; what is not French reads English.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        if locale.starts_with("fr") {
            Self::Fr
        } else {
            Self::En
        }
    }

    /// From the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says something.
    #[must_use]
    pub fn from_environment() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::from_locale(&locale.unwrap_or_default())
    }

    /// Its sentences, a file a part of the window.
    const fn sources(self) -> &'static [&'static str] {
        macro_rules! parts {
            ($language:literal) => {
                &[
                    include_str!(concat!("text/", $language, "/frame.ftl")),
                    include_str!(concat!("text/", $language, "/start.ftl")),
                    include_str!(concat!("text/", $language, "/people.ftl")),
                    include_str!(concat!("text/", $language, "/timeline.ftl")),
                    include_str!(concat!("text/", $language, "/composer.ftl")),
                    include_str!(concat!("text/", $language, "/desktop.ftl")),
                ]
            };
        }
        match self {
            Self::En => parts!("en"),
            Self::Fr => parts!("fr"),
            #[cfg(any(test, feature = "testing"))]
            Self::Pseudo => parts!("fr"),
        }
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
            #[cfg(any(test, feature = "testing"))]
            Self::Pseudo => "fr",
        }
    }
}

/// The catalogue of one language.
pub struct Text {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text")
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

impl Text {
    /// The catalogue of a language. What a file has wrong is left out of it; tests find that.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Marks of direction around names would show as boxes.
        bundle.set_use_isolating(false);
        // Fluent hands over the text between blanks alone: names and counts stay as they are.
        #[cfg(any(test, feature = "testing"))]
        if language == Language::Pseudo {
            bundle.set_transform(Some(pseudo::stretched));
        }
        for source in language.sources() {
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// Which language it is.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// A sentence without blanks.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// A sentence with its blanks filled: `[("name", "Ana".into()), ("count", 3.into())]`.
    #[must_use]
    pub fn fill<'a, const N: usize>(
        &self,
        key: &str,
        blanks: [(&'a str, FluentValue<'a>); N],
    ) -> String {
        let args = FluentArgs::from_iter(blanks);
        self.format(key, Some(&args))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value())
        else {
            // A key that is missing shows itself; a test finds it before a person does.
            return format!("⟦{key}⟧");
        };
        let mut faults = Vec::new();
        self.bundle
            .format_pattern(pattern, args, &mut faults)
            .into_owned()
    }
}

#[cfg(test)]
mod tests;
