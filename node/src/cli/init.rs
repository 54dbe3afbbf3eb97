//! `init`: a new profile, and its recovery words, once.

use std::io::Read as _;
use std::path::Path;

use node::profile::{self, ProfileError};
use protocol::identity::{ContactLink, Hints};
use protocol::message::Name;
use storage::{Options, Protection};
use zeroize::Zeroizing;

use super::{Failure, InitArgs, Outcome, Unlock, WordsArgs, say};
use crate::text::{Language, capitalised};

/// Bytes of a passphrase file that are read: nobody types more.
const PASSPHRASE_BYTES_MAX: u64 = 4_096;

/// Words on one line.
const WORDS_PER_LINE: usize = 6;

/// Makes a profile and shows its words.
pub(super) fn init(args: &InitArgs, language: Language) -> Outcome {
    let protection = match passphrase(&args.unlock, language)? {
        Some(protection) => protection,
        None if args.unprotected => Protection::Unprotected,
        None => return Err(Failure::new(language.choose_protection())),
    };
    let name = Name::try_from(args.name.clone())
        .ok()
        .filter(|name| !name.as_str().trim().is_empty());
    let name = name.ok_or_else(|| Failure::new(language.name_missing()))?;
    let options = Options::default();
    #[cfg(feature = "mutants")]
    let options = super::run::mutants::store(options);
    let (account, words) = profile::create(&args.profile, name, &protection, options)
        .map_err(|error| explain(&error, language))?;

    say(language.profile_made(&args.profile.display().to_string()))?;
    say(format_args!("{}: {account}", language.account()))?;
    if let Ok(link) = ContactLink::new(account, Hints::None) {
        say(format_args!("{}: {link}", language.link()))?;
    }
    if protection == Protection::Unprotected {
        say(language.unprotected_warning())?;
    }
    say("")?;
    say(language.words_heading())?;
    for (line, words) in words.words().chunks(WORDS_PER_LINE).enumerate() {
        let numbered = words
            .iter()
            .enumerate()
            .map(|(column, word)| format!("{:2} {word:<9}", line * WORDS_PER_LINE + column + 1));
        say(numbered.collect::<Vec<_>>().join(" ").trim_end())?;
    }
    Ok(())
}

/// Compares typed words with the account and wipes them from the profile.
pub(super) fn confirm_words(args: &WordsArgs, language: Language) -> Outcome {
    let protection = passphrase(&args.unlock, language)?.unwrap_or(Protection::Unprotected);
    let typed = read(&args.words_file)?;
    profile::confirm_words(&args.profile, &protection, &typed)
        .map_err(|error| explain(&error, language))?;
    say(language.words_confirmed())
}

/// The protection that a passphrase file gives; `None` without one.
pub(super) fn passphrase(
    unlock: &Unlock,
    language: Language,
) -> Result<Option<Protection>, Failure> {
    let Some(file) = &unlock.passphrase_file else {
        return Ok(None);
    };
    let text = read(file).map_err(|error| {
        let (file, why) = (file.display().to_string(), error.to_string());
        Failure::new(language.passphrase_unreadable(&file, &why))
    })?;
    let line = text
        .strip_suffix('\n')
        .map_or(text.as_str(), |line| line.trim_end_matches('\r'));
    Ok(Some(Protection::passphrase(line)))
}

fn read(file: &Path) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    if file == Path::new("-") {
        std::io::stdin()
            .take(PASSPHRASE_BYTES_MAX)
            .read_to_string(&mut text)?;
    } else {
        std::fs::File::open(file)?
            .take(PASSPHRASE_BYTES_MAX)
            .read_to_string(&mut text)?;
    }
    Ok(text)
}

/// Why a profile could not be made or opened.
pub(super) fn explain(error: &ProfileError, language: Language) -> Failure {
    match error {
        ProfileError::Store(error) => Failure::new(language.store_error(error)),
        ProfileError::Words(error) => Failure::new(language.words_error(error)),
        ProfileError::OtherAccount => Failure::new(language.words_of_another()),
        other => Failure::new(capitalised(&other.to_string())),
    }
}
