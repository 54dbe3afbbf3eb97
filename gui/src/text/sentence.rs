//! A sentence of the catalogue that travels: chosen where something happens, said where the language is known.
//!
//! What goes wrong far from the window is told as one of these, never as text, so that nothing in another language
//! reaches a person by accident.

use fluent_bundle::{FluentArgs, FluentValue};

use super::Text;

/// A key of the catalogue, and what belongs in the blanks of its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    key: &'static str,
    blanks: Vec<(&'static str, Blank)>,
}

/// What belongs in a blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blank {
    /// A name, a path, or the words of a machine.
    Text(String),
    /// A count.
    Count(usize),
    /// Another sentence.
    Sentence(Sentence),
}

impl From<&'static str> for Sentence {
    fn from(key: &'static str) -> Self {
        Self {
            key,
            blanks: Vec::new(),
        }
    }
}

impl From<String> for Blank {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Blank {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<Sentence> for Blank {
    fn from(sentence: Sentence) -> Self {
        Self::Sentence(sentence)
    }
}

impl Sentence {
    /// The same with a blank filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, blank: impl Into<Blank>) -> Self {
        self.blanks.push((name, blank.into()));
        self
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// In the language of a catalogue.
    #[must_use]
    pub fn said(&self, text: &Text) -> String {
        let filled = self.blanks.iter().map(|(name, blank)| {
            let value = match blank {
                Blank::Text(text) => FluentValue::from(text.clone()),
                Blank::Count(count) => FluentValue::from(*count),
                Blank::Sentence(inner) => FluentValue::from(inner.said(text)),
            };
            (*name, value)
        });
        let args: FluentArgs<'_> = filled.collect();
        text.format(self.key, Some(&args))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn a_sentence_within_a_sentence_is_said_in_one_language() {
        let why = Sentence::from("fault-busy");
        let sentence = Sentence::from("composer-fault").with("why", why);
        let french = sentence.said(&Text::new(Language::Fr));
        assert_eq!(
            french,
            "Pas envoyé\u{a0}: Le programme est occupé. Réessayez dans un instant."
        );
        let english = sentence.said(&Text::new(Language::En));
        assert!(english.starts_with("Not sent: The program is busy."));
    }
}
