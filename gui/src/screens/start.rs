//! Before the node runs: first run, unlocking, and what to do when neither works.
//!
//! One card in the middle, language and colours at its foot, everything by keyboard: Enter goes on. Secrets are wiped
//! as soon as they have done their work.

pub mod broken;
pub mod lock;
pub mod logo;
pub mod protect;
pub mod restore;
pub mod strength;
pub mod welcome;

use egui::{Align, Layout, Margin, Rect, RichText, Sense, Ui, UiBuilder, Vec2};
use lucide_icons::Icon;
use zeroize::{Zeroize as _, Zeroizing};

use super::parts;
use crate::ask::{Act, Answer};
use crate::context::Cx;
use crate::model::Stage;
use crate::prefs::{LanguageChoice, ThemeChoice};
use crate::text::Language;
use crate::theme::{self, Scheme, radius, space};
use crate::widgets;

/// Width of the card where there is room.
const CARD: f32 = 440.0;

/// Height of the foot with language and colours.
const FOOT: f32 = 56.0;

/// Lower than this, the mark is drawn small.
const LOW: f32 = 560.0;

/// How far the first run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Who one is.
    #[default]
    Name,
    /// The words of an account that exists.
    Words,
    /// How the profile is locked.
    Protect,
}

/// How a profile is to be locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// By a passphrase.
    #[default]
    Passphrase,
    /// By a key that the desktop's keyring keeps.
    Keyring,
    /// By nothing.
    Unprotected,
}

/// What these screens know of themselves.
#[derive(Clone, Debug, Default)]
pub struct StartState {
    /// Where the profile lies, to be shown.
    pub profile: String,
    /// The name to go by.
    pub name: String,
    /// The passphrase being typed.
    pub passphrase: Zeroizing<String>,
    /// The same, once more.
    pub again: Zeroizing<String>,
    /// The words being typed.
    pub words: Zeroizing<String>,
    /// How far the first run is.
    pub step: Step,
    /// Whether an account is restored rather than made.
    pub restoring: bool,
    /// The lock that was chosen.
    pub choice: Option<Choice>,
    /// Whether secrets are shown.
    shown: bool,
    /// Whether the person tried to go on: only then is it said what is missing.
    tried: bool,
    /// Whether the writing cursor was placed on this step.
    focused: bool,
    /// Whether a passphrase is being turned into a key.
    deriving: bool,
    /// The stage drawn last.
    stage: u8,
    /// Whether a first run happened here: choices of the window are kept after it.
    fresh: bool,
    /// Fields that egui keeps earlier texts of.
    typed_in: Vec<egui::Id>,
    /// Height of the contents, to stand in the middle.
    height: f32,
}

impl StartState {
    /// For a profile that lies there.
    #[must_use]
    pub fn at(profile: &std::path::Path) -> Self {
        Self {
            profile: profile.display().to_string(),
            ..Self::default()
        }
    }

    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}

    /// Goes to another step.
    const fn go(&mut self, step: Step) {
        self.step = step;
        self.focused = false;
        self.tried = false;
    }

    /// Whether to place the writing cursor now: once a step.
    const fn takes_focus(&mut self) -> bool {
        !std::mem::replace(&mut self.focused, true)
    }

    /// Wipes every secret, also out of what egui keeps to undo.
    fn wipe(&mut self, ctx: &egui::Context) {
        self.passphrase.zeroize();
        self.again.zeroize();
        self.words.zeroize();
        self.shown = false;
        for id in self.typed_in.drain(..) {
            parts::forget_typed(ctx, id);
        }
    }
}

/// The node runs: nothing of what was typed is needed any more. Choices made before there was a profile are kept in it.
pub fn leave(ctx: &egui::Context, cx: &Cx<'_>, state: &mut StartState) {
    if state.stage == number(&Stage::Running) {
        return;
    }
    state.stage = number(&Stage::Running);
    state.wipe(ctx);
    state.go(Step::Name);
    if std::mem::take(&mut state.fresh) {
        cx.act(Act::Prefs(Box::new(cx.prefs.clone())));
    }
}

const fn number(stage: &Stage) -> u8 {
    match stage {
        Stage::Opening => 1,
        Stage::FirstRun { .. } => 2,
        Stage::Locked { .. } => 3,
        Stage::Broken { .. } => 4,
        Stage::Stopped { .. } => 5,
        Stage::Running => 6,
    }
}

/// Draws the screen of the stage.
pub fn start_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut StartState) {
    let stage = number(&cx.model.stage);
    if state.stage != stage {
        state.stage = stage;
        state.focused = false;
    }
    backdrop(ui, cx);
    let whole = ui.max_rect();
    let (body, foot) = whole.split_top_bottom_at_y(whole.bottom() - FOOT);
    ui.scope_builder(UiBuilder::new().max_rect(body), |ui| {
        middle(ui, cx, state);
    });
    ui.scope_builder(UiBuilder::new().max_rect(foot), |ui| foot_ui(ui, cx));
}

/// The card in the middle; what does not fit is scrolled.
fn middle(ui: &mut Ui, cx: &Cx<'_>, state: &mut StartState) {
    let room = ui.available_height();
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            let width = (ui.available_width() - 2.0 * space::M).min(CARD);
            let above = ((room - state.height) / 2.0).max(space::M);
            let at = ui.cursor().min + Vec2::new((ui.available_width() - width) / 2.0, above);
            let rect = Rect::from_min_size(at, Vec2::new(width, f32::INFINITY));
            let layout = Layout::top_down(Align::Min);
            let builder = UiBuilder::new().max_rect(rect).layout(layout);
            let shown = ui.scope_builder(builder, |ui| card(ui, cx, state));
            let height = shown.response.rect.height();
            ui.add_space(space::M);
            if (height - state.height).abs() > 0.5 {
                state.height = height;
                ui.ctx().request_repaint();
            }
        });
}

fn card(ui: &mut Ui, cx: &Cx<'_>, state: &mut StartState) {
    let p = cx.palette();
    let inside = if cx.narrow { 20 } else { 36 };
    egui::Frame::new()
        .fill(p.raised)
        .stroke(ui.visuals().window_stroke)
        .shadow(ui.visuals().window_shadow)
        .corner_radius(radius::L + 6)
        .inner_margin(Margin::symmetric(inside, inside - 4))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::M;
            match &cx.model.stage {
                Stage::Opening | Stage::Running => opening(ui, cx, state),
                Stage::FirstRun { fault } => {
                    state.fresh = true;
                    match state.step {
                        Step::Name => welcome::name_ui(ui, cx, state),
                        Step::Words => restore::words_ui(ui, cx, state),
                        Step::Protect => protect::protect_ui(ui, cx, state, fault.as_ref()),
                    }
                }
                Stage::Locked { fault } => lock::lock_ui(ui, cx, state, fault.as_ref()),
                Stage::Broken { fault } => broken::broken_ui(ui, cx, state, fault, false),
                Stage::Stopped { fault } => broken::broken_ui(ui, cx, state, fault, true),
            }
        });
}

/// The mark, and what is going on.
fn opening(ui: &mut Ui, cx: &Cx<'_>, state: &StartState) {
    head(ui, cx, 132.0, &cx.say("opening-title"), None);
    let hint = if state.deriving {
        cx.say("opening-unlocks")
    } else {
        cx.say("opening-hint")
    };
    ui.vertical_centered(|ui| {
        let label = ui.label(RichText::new(hint).color(cx.palette().text_weak));
        widgets::live(&label);
    });
}

/// The mark over a title and a word below.
fn head(ui: &mut Ui, cx: &Cx<'_>, width: f32, title: &str, hint: Option<&str>) {
    // In a low window, or with large text, the mark leaves room for what is asked.
    let low = ui.ctx().content_rect().height() < LOW;
    let width = if low { width * 0.55 } else { width };
    ui.vertical_centered(|ui| {
        if width > 0.0 {
            let size = Vec2::new(width, width * logo::HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            logo::mark(ui.painter(), rect, cx.palette());
            let named = || egui::WidgetInfo::labeled(egui::Role::Image, true, "LesCopains");
            response.widget_info(named);
            ui.add_space(space::XS);
        }
        ui.label(RichText::new(title).text_style(egui::TextStyle::Heading));
        if let Some(hint) = hint {
            ui.label(RichText::new(hint).color(cx.palette().text_weak));
        }
    });
    ui.add_space(space::XS);
}

/// The way back, and how far one is. Answers whether the person goes back: then this step is over.
fn way_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut StartState,
    back: Step,
    (at, of): (usize, usize),
) -> bool {
    ui.horizontal(|ui| {
        let goes = widgets::icon_button(ui, cx, Icon::ArrowLeft, &cx.say("start-back")).clicked();
        if goes {
            state.go(back);
            ui.ctx().request_repaint();
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = cx
                .text
                .fill("start-step", [("at", at.into()), ("of", of.into())]);
            ui.label(RichText::new(text).small().color(cx.palette().text_weak));
        });
        goes
    })
    .inner
}

/// Two large discs far behind, as in the mark, barely there.
fn backdrop(ui: &Ui, cx: &Cx<'_>) {
    let p = cx.palette();
    let rect = ui.max_rect();
    let size = rect.width().max(rect.height());
    let painter = ui.painter().with_clip_rect(rect);
    let [left, right] = [
        (rect.left_bottom() + Vec2::new(size * 0.02, 0.0), 0.36),
        (rect.right_top() + Vec2::new(0.0, size * 0.04), 0.30),
    ];
    for (centre, part) in [left, right] {
        painter.circle_filled(centre, size * part, p.ground_list);
    }
}

/// Language and colours, changed on the spot.
fn foot_ui(ui: &mut Ui, cx: &Cx<'_>) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add_space(space::L);
        let now = cx.text.language();
        for (language, choice, label) in [
            (Language::Fr, LanguageChoice::Fr, "Français"),
            (Language::En, LanguageChoice::En, "English"),
        ] {
            let p = cx.palette();
            let chosen = now == language;
            let colour = if chosen { p.text } else { p.text_weak };
            let font = theme::font(theme::family::MEDIUM, 13.5);
            let button = egui::Button::new(RichText::new(label).font(font).color(colour));
            let fill = if chosen {
                p.chosen
            } else {
                egui::Color32::TRANSPARENT
            };
            ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::NONE;
            let response = ui.add(button.fill(fill));
            response.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, label)
            });
            if response.clicked() {
                let mut prefs = cx.prefs.clone();
                prefs.language = choice;
                cx.act(Act::Prefs(Box::new(prefs)));
            }
        }
        let (glyph, label, theme) = match cx.scheme {
            Scheme::Dark => (Icon::Sun, cx.say("start-light"), ThemeChoice::Light),
            Scheme::Light => (Icon::Moon, cx.say("start-dark"), ThemeChoice::Dark),
        };
        if widgets::icon_button(ui, cx, glyph, &label).clicked() {
            let mut prefs = cx.prefs.clone();
            prefs.theme = theme;
            cx.act(Act::Prefs(Box::new(prefs)));
        }
    });
}
