//! eframe's loop: `logic` takes in what the backend tells, `ui` draws, and what was wished for is carried out after.

pub mod frame;
pub mod shortcuts;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use protocol::identity::AccountId;

use crate::ask::{Act, Ask, Mood};
use crate::backend::{Backend, News, Setup};
use crate::context::{Cx, Wishes};
use crate::desktop;
use crate::desktop::notice::{self, Arrival};
use crate::model::Model;
use crate::prefs::Prefs;
use crate::route::{Dialog, Route};
use crate::state::{State, TOAST_SECONDS, Toast};
use crate::text::{Sentence, Text};
use crate::theme::{self, Scheme};

/// The window.
#[derive(Debug)]
pub struct App {
    backend: Backend,
    profile: PathBuf,
    prefs: Prefs,
    state: State,
    text: Text,
    zone: TimeZone,
    wishes: Wishes,
    looks: Option<Looks>,
    title: String,
    /// The chat that the backend was told of.
    shown: Option<AccountId>,
}

/// What the style was made for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Looks {
    scheme: Scheme,
    motion: bool,
    zoom: f32,
}

impl App {
    /// A window on this profile.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(
        ctx: &egui::Context,
        setup: Setup,
        prefs: Prefs,
        link: Option<String>,
    ) -> std::io::Result<Self> {
        theme::fonts::install(ctx);
        // Text size is one of our own choices and is kept: egui's own keys would forget it.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let repaint = ctx.clone();
        let profile = setup.profile.clone();
        let start = crate::screens::start::StartState::at(&profile);
        let backend = Backend::start(setup, Arc::new(move || repaint.request_repaint()))?;
        Ok(Self {
            backend,
            profile,
            text: Text::new(prefs.language()),
            prefs,
            state: State {
                start,
                dialog: link.map(|link| Dialog::AddContact { link }),
                ..State::default()
            },
            zone: TimeZone::system(),
            wishes: Wishes::default(),
            looks: None,
            title: String::new(),
            shown: None,
        })
    }

    fn take_news(&mut self, ctx: &egui::Context) {
        while let Some(news) = self.backend.news() {
            match news {
                News::Answer(answer) => self.state.answered(&answer),
                News::Scanned(ticket, found) => {
                    self.state.dialog_state.add_contact.scanned(ticket, found);
                }
                News::Arrival(arrival) => self.arrived(ctx, &arrival),
                News::Told(mood, sentence) => {
                    let text = sentence.said(&self.text);
                    self.toast(ctx, mood, text);
                }
                News::Raised(link) => {
                    ctx.send_viewport_cmd(egui::ViewportCommand::Minimized(false));
                    ctx.send_viewport_cmd(egui::ViewportCommand::Focus);
                    if let Some(link) = link {
                        self.act(ctx, Act::Show(Dialog::AddContact { link }));
                    }
                }
                News::Ending => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            }
        }
        let now = ctx.input(|input| input.time);
        self.state.toasts.retain(|toast| toast.until > now);
        if let Some(first) = self
            .state
            .toasts
            .iter()
            .map(|toast| toast.until)
            .reduce(f64::min)
        {
            ctx.request_repaint_after_secs(to_f32(first - now).max(0.0));
        }
    }

    /// Says that something came, where the person is not looking at it already.
    fn arrived(&mut self, ctx: &egui::Context, arrival: &Arrival) {
        let focused = ctx.input(|input| input.viewport().focused.unwrap_or(true));
        let looking = focused && self.state.route == Route::Chat(arrival.account);
        let minute = minute_of_day(&self.zone);
        if looking || !notice::is_wanted(&self.prefs.notifications, minute) {
            return;
        }
        let model = self.backend.model();
        let words = notice::words(
            &self.text,
            &self.prefs.notifications,
            &model.name(arrival.account),
            arrival,
        );
        desktop::notify::show(words, self.prefs.notifications.sound);
    }

    /// Unread messages in the title of the window.
    fn retitle(&mut self, ctx: &egui::Context, model: &Model) {
        let title = match model.unread() {
            0 => "LesCopains".to_owned(),
            count => format!("({count}) LesCopains"),
        };
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn restyle(&mut self, ctx: &egui::Context) -> Scheme {
        let scheme = self.prefs.scheme(ctx.input(|input| input.raw.system_theme));
        let looks = Looks {
            scheme,
            motion: !self.prefs.reduced_motion,
            zoom: f32::from(self.prefs.text_percent) / 100.0,
        };
        if self.looks != Some(looks) {
            theme::apply(ctx, scheme, looks.motion);
            ctx.set_zoom_factor(looks.zoom);
            self.looks = Some(looks);
        }
        scheme
    }

    /// Tells the backend which chat is on screen.
    fn follow_route(&mut self) {
        let now = match self.state.route {
            Route::Chat(account) => Some(account),
            _ => None,
        };
        if now == self.shown {
            return;
        }
        if let Some(before) = self.shown.take() {
            let _asked = self.backend.ask(Ask::Close(before));
        }
        if let Some(account) = now
            && !self.backend.ask(Ask::Open(account))
        {
            return;
        }
        self.shown = now;
    }

    fn perform(&mut self, ctx: &egui::Context) {
        for ask in self.wishes.take_asks() {
            let ticket = ask.ticket();
            if !self.backend.ask(ask) {
                // Whoever waits for an answer gets one, and keeps what it has.
                if let Some(ticket) = ticket {
                    let result = Err("toast-busy".into());
                    self.state.answered(&crate::ask::Answer { ticket, result });
                }
                self.toast(ctx, Mood::Bad, self.text.say("toast-busy"));
            }
        }
        for act in self.wishes.take_acts() {
            self.act(ctx, act);
        }
    }

    fn act(&mut self, ctx: &egui::Context, act: Act) {
        match act {
            Act::Go(route) => {
                self.state.route = route;
                self.state.list_in_front = false;
                self.close_dialog(ctx);
            }
            Act::Show(dialog) => {
                self.state.dialog_state.relock.wipe(ctx);
                self.state.dialog_state = crate::dialogs::DialogState::begin(&dialog);
                self.state.dialog = Some(dialog);
            }
            Act::CloseDialog => self.close_dialog(ctx),
            Act::ShowList => self.state.list_in_front = true,
            Act::Toast(mood, text) => self.toast(ctx, mood, text),
            Act::Copy(text) => {
                ctx.copy_text(text);
                self.toast(ctx, Mood::Good, self.text.say("toast-copied"));
            }
            Act::OpenUrl(url) => ctx.open_url(egui::OpenUrl::new_tab(url)),
            Act::Prefs(prefs) => self.choose(ctx, *prefs),
            Act::Reply(account, message) => self
                .state
                .composers
                .entry(account)
                .or_default()
                .reply(message),
            Act::Edit(account, message) => {
                let model = self.backend.model();
                self.state
                    .composers
                    .entry(account)
                    .or_default()
                    .edit(&model, account, message);
            }
            Act::FocusComposer => {
                if let Route::Chat(account) = self.state.route {
                    self.state.composers.entry(account).or_default().wants_focus = true;
                }
            }
        }
    }

    /// Closes what lies over everything; whoever was writing goes on writing.
    fn close_dialog(&mut self, ctx: &egui::Context) {
        if self.state.dialog.take().is_none() {
            return;
        }
        self.act(ctx, Act::FocusComposer);
        // The composer is free one frame later than the dialog is gone: this asks for both.
        ctx.request_repaint();
    }

    fn choose(&mut self, ctx: &egui::Context, prefs: Prefs) {
        if prefs.language() != self.text.language() {
            self.text = Text::new(prefs.language());
        }
        self.prefs = prefs;
        // A profile that does not exist yet has no folder to keep them in; they are kept once it does.
        if self.profile.is_dir()
            && let Err(error) = self.prefs.save(&self.profile)
        {
            let why = crate::backend::faults::system(&error);
            let told = Sentence::from("toast-prefs-not-kept").with("why", why);
            self.toast(ctx, Mood::Bad, told.said(&self.text));
        }
        ctx.request_repaint();
    }

    fn toast(&mut self, ctx: &egui::Context, mood: Mood, text: String) {
        let until = ctx.input(|input| input.time) + TOAST_SECONDS;
        self.state.toasts.push(Toast { mood, text, until });
        ctx.request_repaint();
    }
}

/// Seconds as egui counts them in f32.
#[expect(clippy::cast_possible_truncation, reason = "seconds of a toast")]
const fn to_f32(seconds: f64) -> f32 {
    seconds as f32
}

/// Minutes since midnight, here.
fn minute_of_day(zone: &TimeZone) -> u16 {
    let now = zone.to_datetime(jiff::Timestamp::now());
    u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs())
}

/// The wall clock, in milliseconds since 1970.
fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}

impl App {
    /// Takes in what the backend tells, before a frame is drawn.
    pub fn take_in(&mut self, ctx: &egui::Context) {
        self.take_news(ctx);
        self.follow_route();
        let model = self.backend.model();
        self.retitle(ctx, &model);
        // The recovery words are held no longer than their dialog is open, however it was closed.
        if model.words.is_some() && self.state.dialog != Some(Dialog::Words) {
            let _asked = self.backend.ask(Ask::HideWords);
        }
    }

    /// Draws a frame, and carries out what was wished for in it.
    pub fn draw(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        let scheme = self.restyle(&ctx);
        // This frame began before: it would look for text styles that it does not have.
        ui.set_style(ctx.global_style());
        let model = self.backend.model();
        let cx = Cx {
            model: &model,
            prefs: &self.prefs,
            text: &self.text,
            scheme,
            now_ms: now_ms(),
            zone: &self.zone,
            narrow: ui.available_width() < theme::size::NARROW,
            wishes: &self.wishes,
        };
        frame::window_ui(ui, &cx, &mut self.state);
        links_ask_first(&ctx, &cx);
        self.perform(&ctx);
    }
}

impl App {
    /// Hands over what is being written anywhere, before the end.
    fn keep_drafts(&mut self) {
        let model = self.backend.model();
        let cx = Cx {
            model: &model,
            prefs: &self.prefs,
            text: &self.text,
            scheme: self.prefs.scheme(None),
            now_ms: now_ms(),
            zone: &self.zone,
            narrow: false,
            wishes: &self.wishes,
        };
        crate::panels::composer::leave(&cx, &mut self.state.composers, None);
        for ask in self.wishes.take_asks() {
            let _asked = self.backend.ask(ask);
        }
    }

    /// What is true now.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn model(&self) -> Arc<Model> {
        self.backend.model()
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_in(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.keep_drafts();
        self.backend.stop();
    }
}

/// No link opens by itself: whatever a widget wants opened is shown to the person first.
pub fn links_ask_first(ctx: &egui::Context, cx: &Cx<'_>) {
    let mut wanted = Vec::new();
    ctx.output_mut(|output| {
        output.commands.retain(|command| match command {
            egui::OutputCommand::OpenUrl(open) => {
                wanted.push(open.url.clone());
                false
            }
            _ => true,
        });
    });
    for url in wanted {
        cx.act(Act::Show(Dialog::OpenLink(url)));
    }
}
