//! What came and whether to say so: rules, quiet hours, one line of text. Pure; showing it is somebody else's.

use protocol::identity::AccountId;
use protocol::persist::{MessageContent, MessageRow};

use crate::prefs::Notifications;
use crate::text::{Text, clean};

/// Letters of a message that a notification shows.
const PREVIEW_LETTERS_MAX: usize = 140;

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The first line.
    pub title: String,
    /// What stands below it.
    pub body: String,
}

/// Whether the person wants to hear of things at this minute of the day.
#[must_use]
pub const fn is_wanted(rules: &Notifications, minute: u16) -> bool {
    rules.on && !is_quiet(rules.quiet_from, rules.quiet_to, minute)
}

/// Whether a minute of the day lies in the quiet hours, which may span midnight. Equal ends mean none.
const fn is_quiet(from: u16, to: u16, minute: u16) -> bool {
    if from <= to {
        from <= minute && minute < to
    } else {
        minute >= from || minute < to
    }
}

/// What to say of an arrival. Without preview: that something came, not from whom or what.
#[must_use]
pub fn words(text: &Text, rules: &Notifications, name: &str, arrival: &Arrival) -> Words {
    let title = "LesCopains".to_owned();
    match (&arrival.text, rules.preview) {
        (None, true) => Words {
            title,
            body: text.fill("notice-request-from", [("name", name.into())]),
        },
        (None, false) => Words {
            title,
            body: text.say("notice-request"),
        },
        (Some(_), false) => Words {
            title,
            body: text.say("notice-message"),
        },
        (Some(message), true) => {
            let line = clean::line(message);
            let mut body: String = line.chars().take(PREVIEW_LETTERS_MAX).collect();
            if body.len() < line.len() {
                body.push('…');
            }
            Words {
                title: name.to_owned(),
                body,
            }
        }
    }
}

/// Something that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// From whom.
    pub account: AccountId,
    /// What it says; none for a contact request.
    pub text: Option<String>,
}

impl Arrival {
    /// A message came.
    #[must_use]
    pub fn message(account: AccountId, row: &MessageRow) -> Self {
        let text = match &row.content {
            MessageContent::Text { versions, .. } => versions
                .last()
                .map(|version| version.body.as_str().to_owned()),
            _ => None,
        };
        Self {
            account,
            text: Some(text.unwrap_or_default()),
        }
    }

    /// Somebody asks to become a contact.
    #[must_use]
    pub const fn request(account: AccountId) -> Self {
        Self {
            account,
            text: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn quiet_hours_may_span_midnight() {
        let rules = |from, to| Notifications {
            quiet_from: from,
            quiet_to: to,
            ..Notifications::default()
        };
        let night = rules(22 * 60, 7 * 60);
        assert!(!is_wanted(&night, 23 * 60) && !is_wanted(&night, 6 * 60 + 59));
        assert!(is_wanted(&night, 7 * 60) && is_wanted(&night, 21 * 60));
        let siesta = rules(13 * 60, 14 * 60);
        assert!(!is_wanted(&siesta, 13 * 60) && is_wanted(&siesta, 14 * 60));
        assert!(is_wanted(&rules(0, 0), 0));
        assert!(!is_wanted(
            &Notifications {
                on: false,
                ..rules(0, 0)
            },
            12 * 60
        ));
    }

    #[test]
    fn without_preview_neither_name_nor_text_is_shown() {
        let (text, rules) = (
            Text::new(Language::Fr),
            Notifications {
                preview: false,
                ..Notifications::default()
            },
        );
        let arrival = Arrival {
            account: AccountId([1; 32]),
            text: Some("le code est 1234".to_owned()),
        };
        let Words { title, body } = words(&text, &rules, "Ada", &arrival);
        assert!(!body.contains("1234") && !body.contains("Ada") && !title.contains("Ada"));
    }

    #[test]
    fn a_preview_is_one_clean_short_line() {
        let text = Text::new(Language::En);
        let arrival = Arrival {
            account: AccountId([1; 32]),
            text: Some(format!("a\nb{}", "x".repeat(500))),
        };
        let shown = words(&text, &Notifications::default(), "Ada", &arrival);
        assert_eq!(shown.title, "Ada");
        assert!(
            shown.body.starts_with("a b") && shown.body.chars().count() == PREVIEW_LETTERS_MAX + 1
        );
    }
}
