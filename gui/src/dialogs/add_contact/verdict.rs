//! What a text in the link field is, said while it is typed.

use protocol::identity::{AccountId, ContactLink, LinkError, Lost};
use protocol::turn::ContactStanding;

use crate::context::Cx;
use crate::model::Model;

/// What a text in the link field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    Empty,
    /// Not a contact link, and why.
    Wrong(LinkError),
    /// One's own.
    Own,
    /// Of somebody known.
    Known(AccountId, ContactStanding),
    /// Of somebody who can be asked.
    Good(ContactLink),
}

impl Verdict {
    /// What this text is.
    #[must_use]
    pub fn of(model: &Model, text: &str) -> Self {
        let link = match text.parse::<ContactLink>() {
            Ok(link) => link,
            Err(LinkError::Empty) => return Self::Empty,
            Err(error) => return Self::Wrong(error),
        };
        let account = link.account();
        if model.own.as_ref().is_some_and(|own| own.account == account) {
            return Self::Own;
        }
        match model.contact(account).map(|contact| contact.standing) {
            // Asking somebody who asks says yes to them.
            None | Some(ContactStanding::Asks) => Self::Good(link),
            Some(standing) => Self::Known(account, standing),
        }
    }

    /// The same in a sentence, and whether it is bad news.
    #[must_use]
    pub fn sentence(&self, cx: &Cx<'_>) -> (String, bool) {
        match self {
            Self::Empty => (cx.say("link-empty"), false),
            Self::Wrong(error) => (wrong(cx, error), true),
            Self::Own => (cx.say("link-own"), true),
            Self::Known(account, standing) => {
                let name = cx.model.name(*account);
                let key = match standing {
                    ContactStanding::Accepted => "link-known",
                    ContactStanding::Blocked => "link-blocked",
                    _ => "link-asked",
                };
                (cx.text.fill(key, [("name", name.into())]), true)
            }
            Self::Good(link) => {
                let account = crate::panels::people::cards::short(link.account());
                (
                    cx.text.fill("link-good", [("account", account.into())]),
                    false,
                )
            }
        }
    }
}

/// Why a text is not a contact link.
#[must_use]
pub fn wrong(cx: &Cx<'_>, error: &LinkError) -> String {
    match error {
        LinkError::Empty => cx.say("link-empty"),
        LinkError::ForeignScheme => cx.say("link-foreign"),
        LinkError::MissingStart => cx.say("link-no-start"),
        LinkError::OtherKind => cx.say("link-other-kind"),
        LinkError::Mistaken { .. } => cx.say("link-invite"),
        LinkError::UnknownVersion { found } => cx
            .text
            .fill("link-version", [("found", found.as_str().into())]),
        LinkError::Truncated { missing, lost } => {
            let lost = match lost {
                Lost::Everything => cx.say("link-lost-everything"),
                Lost::Identity => cx.say("link-lost-identity"),
                Lost::Checksum => cx.say("link-lost-check"),
                Lost::Hints => cx.say("link-lost-addresses"),
            };
            let blanks = [("missing", (*missing).into()), ("lost", lost.into())];
            cx.text.fill("link-cut", blanks)
        }
        LinkError::TooLong { extra } => cx.text.fill("link-long", [("extra", (*extra).into())]),
        LinkError::BadCharacter {
            position,
            character,
        } => {
            let shown = crate::text::clean::line(&character.to_string());
            let blanks = [
                ("position", (*position).into()),
                ("character", shown.into()),
            ];
            cx.text.fill("link-character", blanks)
        }
        LinkError::Checksum => cx.say("link-checksum"),
        LinkError::BadHints => cx.say("link-addresses"),
    }
}

#[cfg(test)]
mod tests;
