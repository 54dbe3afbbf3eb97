//! Add somebody: by their link, a picture of their code, or the clipboard; and show the own link.

pub mod verdict;

use egui::{Key, RichText, ScrollArea, TextEdit, Ui};
use protocol::identity::ContactLink;
use protocol::turn::{Command, ContactStanding, Whom};

use self::verdict::Verdict;
use crate::ask::{Act, Answer, Ask, Mood, Scan, Ticket};
use crate::context::Cx;
use crate::panels::contacts::named;
use crate::route::Route;
use crate::text::Sentence;
use crate::theme::{self, space};
use crate::widgets::qr::{Code, qr};
use crate::widgets::{self, primary_button, quiet_button};

/// Side of the own code, in points.
const CODE: f32 = 176.0;

/// Letters that a field takes: a link, with what may stand around it.
const FIELD_MAX: usize = 2_000;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct AddContactState {
    /// What stands in the link field; none before it is first drawn.
    field: Option<String>,
    /// Where the picture is.
    path: String,
    asking: Option<Ticket>,
    asked: bool,
    fault: Option<Sentence>,
    scanning: Option<Ticket>,
    scan: Option<Result<(), &'static str>>,
    /// The code of the own link.
    code: Option<(String, Code)>,
}

impl AddContactState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.asking != Some(answer.ticket) {
            return;
        }
        self.asking = None;
        match &answer.result {
            Ok(_) => self.asked = true,
            Err(fault) => self.fault = Some(fault.clone()),
        }
    }

    /// A picture was looked at.
    pub fn scanned(&mut self, ticket: Ticket, found: Result<String, &'static str>) {
        if self.scanning != Some(ticket) {
            return;
        }
        self.scanning = None;
        self.scan = Some(found.map(|text| {
            self.field = Some(text.chars().take(FIELD_MAX).collect());
        }));
    }

    fn look(&mut self, cx: &Cx<'_>, from: Scan) {
        let ticket = cx.ticket();
        self.scanning = Some(ticket);
        self.scan = None;
        cx.ask(Ask::Scan(ticket, from));
    }
}

/// Draws the dialog. `link`: what stood in the field from the start.
pub fn add_contact_ui(ui: &mut Ui, cx: &Cx<'_>, link: &str, state: &mut AddContactState) {
    if state.asked {
        // The request stands among people now, with what it waits for.
        cx.act(Act::Go(Route::People));
        cx.act(Act::Toast(Mood::Good, cx.say("add-asked")));
        return;
    }
    super::title_ui(ui, cx, &cx.say("contacts-add"));
    let room = (ui.ctx().content_rect().height() - 140.0).max(120.0);
    ScrollArea::vertical()
        .max_height(room)
        .min_scrolled_height(room)
        .show(ui, |ui| {
            link_ui(ui, cx, link, state);
            ui.add_space(space::M);
            picture_ui(ui, cx, state);
            ui.add_space(space::S);
            ui.separator();
            own_ui(ui, cx, state);
        });
}

/// The field for their link, and what can be done with it.
fn link_ui(ui: &mut Ui, cx: &Cx<'_>, link: &str, state: &mut AddContactState) {
    let first = state.field.is_none();
    let mut text = state.field.take().unwrap_or_else(|| link.to_owned());
    let verdict = Verdict::of(cx.model, &text);
    let (sentence, is_fault) = verdict.sentence(cx);
    let label = cx.say("add-their-link");
    let field = widgets::labelled(ui, &label, Some((&sentence, is_fault)), |ui| {
        ui.add(
            TextEdit::singleline(&mut text)
                .char_limit(FIELD_MAX)
                .hint_text("lescopains:c/1/…")
                .margin(egui::Margin::symmetric(10, 7))
                .desired_width(f32::INFINITY),
        )
    });
    named(&field, &label);
    if first {
        field.request_focus();
    }
    if field.changed() {
        state.fault = None;
        state.scan = None;
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    state.field = Some(text);
    ui.add_space(space::XS);
    if let Verdict::Known(account, ContactStanding::Accepted) = verdict {
        if quiet_button(ui, &cx.say("contact-open")).clicked() || entered {
            cx.act(Act::Go(Route::Chat(account)));
        }
        return;
    }
    let good = match &verdict {
        Verdict::Good(link) => Some(link),
        _ => None,
    };
    let ready = good.is_some() && state.asking.is_none();
    let clicked = primary_button(ui, cx, &cx.say("people-ask"), ready).clicked();
    if let Some(link) = good.filter(|_| ready && (clicked || entered)) {
        ask(cx, link.clone(), state);
    }
    if let Some(fault) = &state.fault {
        let label = ui.label(RichText::new(cx.tell(fault)).color(cx.palette().bad));
        widgets::live(&label);
    }
}

fn ask(cx: &Cx<'_>, link: ContactLink, state: &mut AddContactState) {
    state.fault = None;
    state.asking = Some(cx.command(Command::Request(Whom::Link(link))));
}

/// A picture of their code: a file, something dropped here, or the clipboard.
fn picture_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut AddContactState) {
    let dropped = ui.input(|input| {
        let file = input.raw.dropped_files.first();
        file.map(|file| file.path().to_path_buf())
    });
    if let Some(path) = dropped {
        state.path = path.display().to_string();
        state.look(cx, Scan::File(path));
    }
    let label = cx.say("add-picture");
    let hint = match (&state.scan, state.scanning) {
        (_, Some(_)) => (cx.say("add-looking"), false),
        (Some(Ok(())), _) => (cx.say("add-found"), false),
        (Some(Err(fault)), _) => (cx.say(fault), true),
        (None, None) => (cx.say("add-picture-how"), false),
    };
    let field = widgets::labelled(ui, &label, Some((&hint.0, hint.1)), |ui| {
        ui.add(
            TextEdit::singleline(&mut state.path)
                .hint_text(cx.say("add-picture-path"))
                .margin(egui::Margin::symmetric(10, 7))
                .desired_width(f32::INFINITY),
        )
    });
    named(&field, &label);
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        let path = state.path.trim().to_owned();
        let idle = state.scanning.is_none();
        let read = ui
            .add_enabled_ui(idle && !path.is_empty(), |ui| {
                quiet_button(ui, &cx.say("add-read")).clicked()
            })
            .inner;
        if (read || entered) && idle && !path.is_empty() {
            state.look(cx, Scan::File(path.into()));
        }
        let paste = ui
            .add_enabled_ui(idle, |ui| {
                quiet_button(ui, &cx.say("add-clipboard")).clicked()
            })
            .inner;
        if paste {
            state.look(cx, Scan::Clipboard);
        }
    });
}

/// The own link: a code for a camera, a line for a chat.
fn own_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut AddContactState) {
    let Some(own) = &cx.model.own else { return };
    ui.label(RichText::new(cx.say("add-own-link")).text_style(theme::strong()));
    ui.label(RichText::new(cx.say("add-own-how")).small().weak());
    if state.code.as_ref().is_none_or(|(of, _)| *of != own.link) {
        state.code = Code::new(&own.link).map(|code| (own.link.clone(), code));
    }
    ui.horizontal_wrapped(|ui| {
        if let Some((_, code)) = &state.code {
            qr(
                ui,
                code,
                CODE.min(ui.available_width()),
                &cx.say("add-own-code"),
            );
        }
    });
    let line = RichText::new(&own.link).monospace().small();
    ui.add(egui::Label::new(line.color(cx.palette().text_weak)).wrap());
    if quiet_button(ui, &cx.say("people-copy-link")).clicked() {
        cx.act(Act::Copy(own.link.clone()));
    }
}
