//! Says that the bootstrap server does not serve yet, so that nobody deploys it and waits.
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

/// What this program does not do yet, and what works without it.
fn notice(language: Language) -> &'static str {
    match language {
        Language::English => {
            "lescopains-bootstrap will help nodes to find each other across the internet. It does not serve yet.\n\
             On one local network nodes need no help: see ./x run and ./x demo in the project's folder."
        }
        Language::French => {
            "lescopains-bootstrap aidera les nœuds à se trouver à travers Internet. Il n'est pas encore en service.\n\
             Sur un même réseau local les nœuds n'ont besoin d'aucune aide : voyez ./x run et ./x demo dans le dossier du projet."
        }
    }
}

fn main() -> ExitCode {
    let first = env::args().nth(1);
    match first.as_deref() {
        Some("--version" | "-V") => {
            println!("lescopains-bootstrap {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some("--help" | "-h") => {
            println!("{}", notice(Language::from_environment()));
            ExitCode::SUCCESS
        }
        // Whoever asked for a server did not get one: a failure, on standard error.
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
