//! The composer by keyboard: what goes out, what stays, what is refused.

use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use jiff::tz::TimeZone;
use protocol::turn::Reply;

use super::*;
use crate::ask::{Act, Ask};
use crate::context::Wishes;
use crate::fixtures::{self, ADA, ALAN, EMMY, GRACE};
use crate::prefs::{LanguageChoice, Prefs};
use crate::text::Text;
use crate::theme::{self, Scheme};

/// A composer alone, with what it wishes for.
struct Table {
    model: Model,
    prefs: Prefs,
    text: Text,
    wishes: Wishes,
    with: AccountId,
    state: ComposerState,
    asks: Vec<Ask>,
    acts: Vec<Act>,
}

impl Table {
    fn draw(&mut self, ui: &mut Ui) {
        let cx = Cx {
            model: &self.model,
            prefs: &self.prefs,
            text: &self.text,
            scheme: Scheme::Dark,
            now_ms: fixtures::NOW_MS,
            zone: &TimeZone::UTC,
            narrow: false,
            wishes: &self.wishes,
        };
        composer_ui(ui, &cx, self.with, &mut self.state);
        self.asks.extend(self.wishes.take_asks());
        for act in self.wishes.take_acts() {
            match act {
                Act::Edit(account, message) => self.state.edit(&self.model, account, message),
                Act::Prefs(prefs) => self.prefs = *prefs,
                other => self.acts.push(other),
            }
        }
    }

    /// Commands and files, without typing notices and drafts.
    fn sent(&self) -> Vec<&Ask> {
        let is_sent = |ask: &&Ask| match ask {
            Ask::Do(_, command) => !matches!(**command, Command::Typing { .. }),
            Ask::Attach { .. } => true,
            _ => false,
        };
        self.asks.iter().filter(is_sent).collect()
    }

    fn last(&self) -> (crate::ask::Ticket, String, Option<MessageRef>, Vec<u8>) {
        match self.sent().last().unwrap() {
            Ask::Do(ticket, command) => match &**command {
                Command::Send {
                    body,
                    reply_to,
                    key,
                    ..
                } => {
                    let key = key.clone().unwrap();
                    (*ticket, body.as_str().to_owned(), *reply_to, key)
                }
                Command::Edit {
                    body, target, key, ..
                } => {
                    let key = key.clone().unwrap();
                    (*ticket, body.as_str().to_owned(), Some(*target), key)
                }
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, ok: bool) {
        let ticket = self.last().0;
        let result = if ok {
            Ok(Reply::Done)
        } else {
            Err("system-full".into())
        };
        self.state.answered(&Answer { ticket, result });
    }
}

fn harness(with: AccountId) -> Harness<'static, Table> {
    let prefs = Prefs {
        language: LanguageChoice::En,
        ..Prefs::default()
    };
    let table = Table {
        model: fixtures::model(),
        text: Text::new(prefs.language()),
        prefs,
        wishes: Wishes::default(),
        with,
        state: ComposerState::default(),
        asks: Vec::new(),
        acts: Vec::new(),
    };
    let mut harness = Harness::builder()
        .with_size(egui::vec2(700.0, 500.0))
        .with_max_steps(30)
        .with_context_setup(|ctx| {
            theme::fonts::install(ctx);
            theme::apply(ctx, Scheme::Dark, false);
        })
        .build_ui_state(|ui, table: &mut Table| table.draw(ui), table);
    harness.run_steps(3);
    harness
}

fn write(harness: &mut Harness<'_, Table>, text: &str) {
    let event = egui::Event::Text(text.to_owned());
    harness.input_mut().events.push(event);
    harness.run_steps(2);
}

fn press(harness: &mut Harness<'_, Table>, key: Key) {
    harness.key_press(key);
    harness.run_steps(2);
}

#[test]
fn enter_sends_what_is_written_and_the_answer_clears_it() {
    let mut harness = harness(ADA);
    write(&mut harness, "Bonjour 😀");
    press(&mut harness, Key::Enter);
    let (_, body, reply_to, key) = harness.state().last();
    assert_eq!((&*body, reply_to, key.len()), ("Bonjour 😀", None, 16));
    // Not before it is stored.
    assert_eq!(harness.state().state.text, "Bonjour 😀");
    harness.state_mut().answer(true);
    harness.run_steps(2);
    assert_eq!(harness.state().state.text, "");
    assert!(matches!(harness.state().asks.last(), Some(Ask::Draft(ADA, text)) if text.is_empty()));
}

#[test]
fn shift_and_enter_begin_a_line() {
    let mut harness = harness(ADA);
    write(&mut harness, "un");
    harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::Enter);
    harness.run_steps(2);
    write(&mut harness, "deux");
    assert_eq!(harness.state().state.text, "un\ndeux");
    assert!(harness.state().sent().is_empty());
}

#[test]
fn a_failure_keeps_the_text_says_why_and_a_retry_is_the_same_message() {
    let mut harness = harness(ADA);
    write(&mut harness, "important");
    press(&mut harness, Key::Enter);
    let first = harness.state().last();
    harness.state_mut().answer(false);
    harness.run_steps(2);
    assert_eq!(harness.state().state.text, "important");
    harness.get_by_label_contains("the disk is full");
    press(&mut harness, Key::Enter);
    let second = harness.state().last();
    assert_ne!(first.0, second.0);
    assert_eq!((first.1, first.3), (second.1, second.3.clone()));
    // Another text is another message.
    harness.state_mut().answer(false);
    harness.run_steps(1);
    write(&mut harness, "!");
    press(&mut harness, Key::Enter);
    assert_ne!(harness.state().last().3, second.3);
}

#[test]
fn what_is_written_while_a_message_is_under_way_stays_and_goes_next() {
    let mut harness = harness(ADA);
    write(&mut harness, "one");
    press(&mut harness, Key::Enter);
    write(&mut harness, "two");
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().sent().len(), 1);
    harness.state_mut().answer(true);
    harness.run_steps(2);
    assert_eq!(harness.state().last().1, "two");
    harness.state_mut().answer(true);
    harness.run_steps(2);
    assert_eq!(harness.state().state.text, "");
    assert_eq!(harness.state().sent().len(), 2);
}

#[test]
fn four_thousand_and_one_characters_are_refused_and_kept() {
    let mut harness = harness(ADA);
    let long = "é".repeat(4_001);
    write(&mut harness, &long);
    harness.get_by_label_contains("1 character too many");
    press(&mut harness, Key::Enter);
    assert!(harness.state().sent().is_empty());
    assert_eq!(harness.state().state.text, long);
    press(&mut harness, Key::Backspace);
    harness.get_by_label_contains("0 characters left");
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().last().1.chars().count(), 4_000);
}

#[test]
fn up_in_an_empty_field_changes_the_last_own_message_and_escape_leaves_it() {
    let mut harness = harness(ADA);
    write(&mut harness, "x");
    press(&mut harness, Key::ArrowUp);
    assert!(harness.state().state.editing.is_none());
    // There it only went to the beginning.
    press(&mut harness, Key::Delete);
    press(&mut harness, Key::ArrowUp);
    assert!(harness.state().state.editing.is_some());
    assert!(harness.state().state.text.starts_with("Pas de souci"));
    press(&mut harness, Key::Escape);
    assert!(harness.state().state.editing.is_none());
    assert_eq!(harness.state().state.text, "");
    press(&mut harness, Key::ArrowUp);
    write(&mut harness, " Vraiment.");
    press(&mut harness, Key::Enter);
    let (_, body, target, _) = harness.state().last();
    assert!(
        body.ends_with("à pied. Vraiment.") && target.is_some(),
        "{body}"
    );
}

#[test]
fn a_change_gives_back_what_was_written_before_it() {
    let mut harness = harness(ADA);
    write(&mut harness, "half a thought");
    let table = harness.state_mut();
    let message = last_own(&table.model, ADA).unwrap();
    table.state.edit(&table.model, ADA, message);
    harness.run_steps(2);
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().state.text, "half a thought");
}

#[test]
fn an_answer_names_its_message_once() {
    let mut harness = harness(ADA);
    let message = harness.state().model.chats[&ADA].window[0].id();
    harness.state_mut().state.reply(message);
    harness.run_steps(2);
    harness.get_by_label_contains("Answering Ada Lovelace");
    write(&mut harness, "yes");
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().last().2, Some(message));
    harness.state_mut().answer(true);
    harness.run_steps(2);
    assert_eq!(harness.state().state.reply_to, None);
}

#[test]
fn nothing_can_be_written_to_those_who_may_not_be_written_to() {
    for (with, says) in [
        (ALAN, "keys of Alan Turing changed"),
        (GRACE, "accepted your request"),
        (fixtures::LEONHARD, "not among your contacts"),
    ] {
        let mut harness = harness(with);
        harness.get_by_label_contains(says);
        write(&mut harness, "no");
        press(&mut harness, Key::Enter);
        assert!(harness.state().sent().is_empty());
    }
}

#[test]
fn a_draft_comes_back_and_is_kept_a_moment_after_the_last_change() {
    let mut harness = harness(EMMY);
    let chat = harness.state_mut().model.chats.get_mut(&EMMY).unwrap();
    Arc::make_mut(chat).draft = "begun".to_owned();
    harness.state_mut().state = ComposerState::default();
    harness.run_steps(2);
    assert_eq!(harness.state().state.text, "begun");
    let drafts = |harness: &Harness<'_, Table>| {
        let asks = harness.state().asks.iter();
        asks.filter(|ask| matches!(ask, Ask::Draft(EMMY, text) if text == "begun!"))
            .count()
    };
    write(&mut harness, "!");
    assert_eq!(drafts(&harness), 0);
    harness.run_steps(8);
    assert_eq!(drafts(&harness), 1);
    harness.run_steps(8);
    assert_eq!(drafts(&harness), 1);
}

#[test]
fn what_was_just_written_is_kept_when_the_conversation_is_left() {
    let mut harness = harness(ADA);
    write(&mut harness, "quick");
    let table = harness.state_mut();
    let wishes = Wishes::default();
    let cx = Cx {
        model: &table.model,
        prefs: &table.prefs,
        text: &table.text,
        scheme: Scheme::Dark,
        now_ms: fixtures::NOW_MS,
        zone: &TimeZone::UTC,
        narrow: false,
        wishes: &wishes,
    };
    let mut composers: BTreeMap<_, _> = [(ADA, std::mem::take(&mut table.state))].into();
    leave(&cx, &mut composers, Some(ADA));
    assert!(wishes.take_asks().is_empty());
    leave(&cx, &mut composers, Some(EMMY));
    assert!(matches!(&wishes.take_asks()[..], [Ask::Draft(ADA, text)] if text == "quick"));
}

#[test]
fn a_colon_offers_emoji_and_tab_takes_one() {
    let mut harness = harness(ADA);
    write(&mut harness, "bravo :tad");
    press(&mut harness, Key::Tab);
    assert_eq!(harness.state().state.text, "bravo 🎉 ");
    write(&mut harness, ":heart:");
    assert_eq!(harness.state().state.text, "bravo 🎉 ❤️");
}

#[test]
fn an_emoji_is_picked_by_keyboard_and_lands_at_the_cursor() {
    let mut harness = harness(ADA);
    write(&mut harness, "ab");
    press(&mut harness, Key::ArrowLeft);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    write(&mut harness, "fire");
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().state.text, "a🔥b");
    assert_eq!(harness.state().prefs.recent_emoji, ["🔥"]);
    // And writing goes on where it was.
    harness.run_steps(2);
    write(&mut harness, "!");
    assert_eq!(harness.state().state.text, "a🔥!b");
}

#[test]
fn a_pasted_picture_goes_out_with_the_text() {
    let mut harness = harness(ADA);
    let image = egui::ColorImage::filled([40, 30], egui::Color32::RED);
    let paste = egui::Event::PasteImage(Arc::new(image));
    harness.input_mut().events.push(paste);
    harness.run_steps(2);
    for _ in 0..500 {
        if !harness.state().state.files.is_preparing() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    harness.run_steps(2);
    harness.get_by_label("Remove image.png");
    write(&mut harness, "look");
    press(&mut harness, Key::Enter);
    let Some(Ask::Attach {
        ticket,
        body,
        media,
        key,
        ..
    }) = harness.state().sent().last().copied()
    else {
        panic!("nothing was attached");
    };
    assert_eq!((&**body, &**media), ("look", "image/png"));
    assert_eq!(key.as_ref().map(Vec::len), Some(16));
    let answer = Answer {
        ticket: *ticket,
        result: Ok(Reply::Done),
    };
    harness.state_mut().state.answered(&answer);
    harness.run_steps(2);
    assert_eq!(harness.state().state.text, "");
    assert!(harness.state().state.files.is_empty());
}

#[test]
fn everything_has_a_name() {
    let mut harness = harness(ADA);
    harness.state_mut().state.picker.toggle();
    harness.run_steps(4);
    assert!(harness.unnamed_widgets().is_empty());
    assert!(harness.query_by_label("Search emoji").is_some());
}
