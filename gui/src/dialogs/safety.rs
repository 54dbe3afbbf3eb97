//! Being sure of somebody: six words, sixty digits, a code to scan; and what to do when they differ.

use egui::{RichText, ScrollArea, Ui};
use protocol::identity::AccountId;
use protocol::persist::Trust;
use protocol::turn::Command;

use crate::ask::{Act, Answer, Ask, Mood, Ticket};
use crate::context::Cx;
use crate::panels::people::words::words_ui;
use crate::route::Dialog;
use crate::text::Sentence;
use crate::theme::{self, family, size, space};
use crate::widgets::qr::{Code, qr};
use crate::widgets::{self, danger_button, link_button, primary_button, quiet_button};

/// Side of the code, in points.
const CODE: f32 = 168.0;

/// Room that five digits want.
const GROUP: f32 = 78.0;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct SafetyState {
    /// Whether the number was asked for.
    asked: bool,
    /// The code of the number that is shown.
    code: Option<(String, Code)>,
    /// They said that they differ.
    differ: bool,
    verifying: Option<Ticket>,
    verified: bool,
    fault: Option<Sentence>,
}

impl SafetyState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.verifying != Some(answer.ticket) {
            return;
        }
        self.verifying = None;
        match &answer.result {
            Ok(_) => self.verified = true,
            Err(fault) => self.fault = Some(fault.clone()),
        }
    }
}

/// Draws the dialog.
pub fn safety_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut SafetyState) {
    let name = cx.model.name(account);
    if state.verified {
        let words = cx.text.fill("safety-done", [("name", name.into())]);
        cx.act(Act::CloseDialog);
        cx.act(Act::Toast(Mood::Good, words));
        return;
    }
    if state.differ {
        differ_ui(ui, cx, account, state);
        return;
    }
    let title = cx
        .text
        .fill("safety-title", [("name", name.clone().into())]);
    super::title_ui(ui, cx, &title);
    let room = (ui.ctx().content_rect().height() - 200.0).max(120.0);
    ScrollArea::vertical()
        .max_height(room)
        .min_scrolled_height(room)
        .show(ui, |ui| {
            ui.label(cx.text.fill("safety-how", [("name", name.into())]));
            trust_ui(ui, cx, account);
            if let Some(words) = cx.model.contact(account).and_then(|contact| contact.words) {
                part_ui(ui, cx, "safety-words");
                words_ui(ui, cx, &words);
            }
            number_ui(ui, cx, account, state);
        });
    ui.add_space(space::M);
    ui.horizontal_wrapped(|ui| {
        let ready = state.verifying.is_none();
        if primary_button(ui, cx, &cx.say("safety-agree"), ready).clicked() {
            state.fault = None;
            state.verifying = Some(cx.command(Command::Verify(account)));
        }
        if quiet_button(ui, &cx.say("safety-differ")).clicked() {
            state.differ = true;
        }
    });
    fault_ui(ui, cx, state);
}

fn fault_ui(ui: &mut Ui, cx: &Cx<'_>, state: &SafetyState) {
    if let Some(fault) = &state.fault {
        let label = ui.label(RichText::new(cx.tell(fault)).color(cx.palette().bad));
        widgets::live(&label);
    }
}

fn part_ui(ui: &mut Ui, cx: &Cx<'_>, key: &str) {
    ui.add_space(space::M);
    ui.label(RichText::new(cx.say(key)).text_style(theme::strong()));
}

/// What the person said of these keys before.
fn trust_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    let p = cx.palette();
    let (words, colour) = match cx.model.contact(account).map(|contact| contact.trust) {
        Some(Trust::Verified) => (cx.say("trust-verified"), p.good),
        Some(Trust::Changed) => (cx.say("trust-changed"), p.bad),
        _ => return,
    };
    ui.label(RichText::new(words).color(colour));
}

/// The number in groups, and the same as a code.
fn number_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut SafetyState) {
    part_ui(ui, cx, "safety-number");
    let Some(details) = cx.model.details.get(&account) else {
        if !state.asked {
            state.asked = true;
            cx.ask(Ask::Details(account));
        }
        ui.label(RichText::new(cx.say("safety-number-coming")).weak());
        return;
    };
    // A contact that changes loses its details: then they are asked for again.
    state.asked = false;
    let Some(number) = &details.safety_number else {
        ui.label(RichText::new(cx.say("safety-no-keys")).weak());
        return;
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if state.code.as_ref().is_none_or(|(of, _)| *of != digits) {
        state.code = Code::new(&digits).map(|code| (digits.clone(), code));
    }
    let code = state.code.as_ref().map(|(_, code)| code);
    let three = 3.0 * GROUP + space::S;
    if ui.available_width() < three + space::XL + CODE {
        digits_ui(ui, cx, &digits);
        code_ui(ui, cx, code);
        return;
    }
    // Side by side, both are on screen at once in a window of the usual height.
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        ui.vertical(|ui| {
            ui.set_width(three);
            digits_ui(ui, cx, &digits);
        });
        ui.vertical(|ui| {
            ui.set_width(CODE);
            code_ui(ui, cx, code);
        });
    });
}

/// The number as a code, for a phone.
fn code_ui(ui: &mut Ui, cx: &Cx<'_>, code: Option<&Code>) {
    let Some(code) = code else { return };
    ui.add_space(space::XS);
    let side = CODE.min(ui.available_width());
    qr(ui, code, side, &cx.say("safety-code"));
    let how = RichText::new(cx.say("safety-code-how")).small().weak();
    ui.add(egui::Label::new(how).wrap());
}

/// Twelve groups of five.
#[must_use]
pub fn groups(digits: &str) -> Vec<String> {
    let digits: Vec<char> = digits.chars().collect();
    digits
        .chunks(5)
        .map(|group| group.iter().collect())
        .collect()
}

fn digits_ui(ui: &mut Ui, cx: &Cx<'_>, digits: &str) {
    let columns = match ui.available_width() {
        room if room >= 4.0 * GROUP => 4,
        room if room >= 3.0 * GROUP => 3,
        _ => 2,
    };
    ui.spacing_mut().item_spacing.y = space::XS;
    let font = egui::FontId::monospace(size::DISPLAY * 0.78);
    for line in groups(digits).chunks(columns) {
        // One label a line, so that it is read and selected as a line.
        let line = RichText::new(line.join("  ")).font(font.clone());
        ui.label(line.color(cx.palette().text));
    }
    if link_button(ui, cx, &cx.say("safety-copy")).clicked() {
        cx.act(Act::Copy(groups(digits).join(" ")));
    }
}

/// They differ: what that means, and what to do now.
fn differ_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut SafetyState) {
    super::title_ui(ui, cx, &cx.say("safety-differ-title"));
    let name = cx.model.name(account);
    ui.label(cx.text.fill("safety-differ-means", [("name", name.into())]));
    ui.add_space(space::S);
    for (number, key) in [
        "safety-differ-again",
        "safety-differ-stop",
        "safety-differ-anew",
    ]
    .into_iter()
    .enumerate()
    {
        ui.horizontal_top(|ui| {
            let number = RichText::new(format!("{}.", number + 1));
            let font = theme::font(family::STRONG, size::BODY);
            ui.label(number.font(font).color(cx.palette().accent_text));
            ui.add(egui::Label::new(cx.say(key)).wrap());
        });
    }
    ui.add_space(space::M);
    ui.horizontal_wrapped(|ui| {
        if primary_button(ui, cx, &cx.say("safety-back"), true).clicked() {
            state.differ = false;
        }
        if danger_button(ui, cx, &cx.say("contact-remove")).clicked() {
            cx.act(Act::Show(Dialog::Remove(account)));
        }
    });
}
