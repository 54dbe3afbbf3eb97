//! The first thing anybody sees: the mark, one question, and one way for those who have been here before.

use egui::{TextEdit, Ui};
use protocol::message::Name;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{StartState, Step, head, way_ui};
use crate::context::Cx;
use crate::screens::parts::{self, Field, Note};
use crate::text::clean;
use crate::theme::space;
use crate::widgets;

/// Why a name cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing of it can be seen.
    Empty,
    /// More than [`clean::NAME_LETTERS_MAX`] letters, or than fit.
    Long,
}

impl NameFault {
    /// Its sentence in the catalogue.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "name-empty",
            Self::Long => "name-long",
        }
    }
}

/// The name that a typed one becomes.
///
/// # Errors
/// Why it is none.
pub fn checked(typed: &str) -> Result<Name, NameFault> {
    // Counted before it is cleaned, for cleaning cuts long names off.
    let one_line = clean::line(typed);
    if one_line.is_empty() {
        return Err(NameFault::Empty);
    }
    if one_line.graphemes(true).count() > clean::NAME_LETTERS_MAX {
        return Err(NameFault::Long);
    }
    Name::try_from(clean::name(typed)).map_err(|_too_long| NameFault::Long)
}

/// Draws the step that asks for the name.
pub(super) fn name_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut StartState) {
    if state.restoring {
        if way_ui(ui, cx, state, Step::Words, (2, 3)) {
            return;
        }
        head(
            ui,
            cx,
            96.0,
            &cx.say("restore-name-title"),
            Some(&cx.say("restore-name-hint")),
        );
    } else {
        head(ui, cx, 168.0, "LesCopains", Some(&cx.say("welcome-what")));
        ui.add_space(space::S);
    }
    let typed = checked(&state.name);
    let told = match typed {
        Err(NameFault::Long) => Some((cx.say(NameFault::Long.key()), true)),
        Err(fault) if state.tried => Some((cx.say(fault.key()), true)),
        // What will be shown is said where it differs from what was typed.
        Ok(ref name) if name.as_str() != state.name.trim() => {
            let shown = cx.text.fill("name-shown", [("name", name.as_str().into())]);
            Some((shown, false))
        }
        _ => Some((cx.say("name-hint"), false)),
    };
    let note = match &told {
        Some((text, true)) => Note::Fault(text),
        Some((text, false)) => Note::Hint(text),
        None => Note::None,
    };
    let label = cx.say("name-label");
    let focus = state.takes_focus();
    let field = Field {
        label: &label,
        note,
        focus,
    };
    let edit = TextEdit::singleline(&mut state.name).char_limit(256);
    let response = parts::field(ui, cx, field, edit);
    let entered = parts::entered(ui, &response);
    ui.add_space(space::XS);
    let clicked = parts::wide_primary(ui, cx, &cx.say("start-continue")).clicked();
    if entered || clicked {
        if checked(&state.name).is_ok() {
            state.go(Step::Protect);
        } else {
            state.tried = true;
            response.request_focus();
        }
    }
    if !state.restoring {
        ui.vertical_centered(|ui| {
            if widgets::link_button(ui, cx, &cx.say("welcome-restore")).clicked() {
                state.restoring = true;
                state.go(Step::Words);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line_that_can_be_seen() {
        assert_eq!(checked("  Ana\u{202e} ").unwrap().as_str(), "Ana");
        assert_eq!(checked(" \u{200e}\n"), Err(NameFault::Empty));
        assert!(checked(&"é".repeat(32)).is_ok());
        assert_eq!(checked(&"é".repeat(33)), Err(NameFault::Long));
        // 32 letters that do not fit into the bytes of a name.
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        assert_eq!(checked(&family.repeat(32)), Err(NameFault::Long));
    }
}
