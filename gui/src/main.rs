//! Says where LesCopains is while it has no window, so that whoever starts this program is not left guessing.
#![allow(
    clippy::print_stdout,
    reason = "what this program has to say goes to the terminal"
)]

use std::env;
use std::process::ExitCode;

/// A language that this program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    English,
    French,
}

impl Language {
    /// From a POSIX locale name such as `fr_FR.UTF-8`; anything that is not French reads English.
    fn from_locale(locale: &str) -> Self {
        if locale.starts_with("fr") {
            Self::French
        } else {
            Self::English
        }
    }

    /// From the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says something, as POSIX orders them.
    fn from_environment() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::from_locale(&locale.unwrap_or_default())
    }
}

/// What there is instead of a window.
fn notice(language: Language) -> &'static str {
    match language {
        Language::English => {
            "The LesCopains window comes with the next release.\n\
             Until then, from the project's folder:\n\
             \x20 ./x run    starts a node here and shows what reaches it\n\
             \x20 ./x demo   plays a conversation between nodes on a network of their own"
        }
        Language::French => {
            "La fenêtre de LesCopains vient avec la prochaine version.\n\
             D'ici là, depuis le dossier du projet :\n\
             \x20 ./x run    démarre un nœud ici et montre ce qui lui parvient\n\
             \x20 ./x demo   joue une conversation entre des nœuds sur un réseau à eux"
        }
    }
}

fn main() -> ExitCode {
    let first = env::args().nth(1);
    match first.as_deref() {
        Some("--version" | "-V") => {
            println!("lescopains {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some("--help" | "-h") => {
            println!("{}", notice(Language::from_environment()));
            ExitCode::SUCCESS
        }
        // Whoever asked for a window did not get one: a failure, on standard error.
        _ => {
            eprintln!("{}", notice(Language::from_environment()));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_locales_read_french_and_all_others_english() {
        assert_eq!(Language::from_locale("fr_CA.UTF-8"), Language::French);
        assert_eq!(Language::from_locale("fr"), Language::French);
        assert_eq!(Language::from_locale("de_DE.UTF-8"), Language::English);
        assert_eq!(Language::from_locale("C"), Language::English);
        assert_eq!(Language::from_locale(""), Language::English);
    }

    #[test]
    fn both_languages_name_the_two_commands_that_work() {
        for language in [Language::English, Language::French] {
            assert!(notice(language).contains("./x run"), "{language:?}");
            assert!(notice(language).contains("./x demo"), "{language:?}");
        }
    }
}
