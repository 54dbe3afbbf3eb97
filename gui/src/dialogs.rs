//! What lies over everything else until it is closed: Escape, the cross, or a click beside it.

pub mod add_contact;
pub mod confirm;
pub mod date;
pub mod delete;
pub mod history;
pub mod keys;
pub mod open_link;
pub mod petname;
pub mod picture;
pub mod relock;
pub mod safety;
pub mod switcher;
pub mod words;

use egui::{Align, Context, Layout, Modal, Ui, Vec2};

use crate::ask::{Act, Answer};
use crate::context::Cx;
use crate::panels::details::details_ui;
use crate::route::Dialog;
use crate::theme::{self, size, space};
use crate::widgets::icon_button;

/// What the dialogs know of themselves; begun anew with each that opens.
#[derive(Clone, Debug, Default)]
pub struct DialogState {
    /// See [`add_contact`].
    pub add_contact: add_contact::AddContactState,
    /// See [`safety`].
    pub safety: safety::SafetyState,
    /// See [`words`].
    pub words: words::WordsState,
    /// See [`switcher`].
    pub switcher: switcher::SwitcherState,
    /// See [`date`].
    pub date: date::DateState,
    /// See [`confirm`].
    pub confirm: confirm::ConfirmState,
    /// See [`petname`].
    pub petname: petname::PetnameState,
    /// See [`relock`].
    pub relock: relock::RelockState,
}

impl DialogState {
    /// A dialog opens.
    #[must_use]
    pub fn begin(_dialog: &Dialog) -> Self {
        Self::default()
    }

    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        self.add_contact.answered(answer);
        self.safety.answered(answer);
        self.words.answered(answer);
        self.switcher.answered(answer);
        self.date.answered(answer);
        self.confirm.answered(answer);
        self.petname.answered(answer);
    }
}

/// Draws the dialog.
pub fn dialog_ui(ctx: &Context, cx: &Cx<'_>, dialog: &Dialog, state: &mut DialogState) {
    let width = (ctx.content_rect().width() - 48.0).min(width(dialog));
    let modal = Modal::new(egui::Id::unique("dialog"))
        .backdrop_color(cx.palette().shade)
        .frame(
            egui::Frame::popup(&ctx.global_style())
                .inner_margin(20)
                .corner_radius(theme::radius::L),
        )
        .show(ctx, |ui| {
            ui.set_width(width);
            contents(ui, cx, dialog, state);
        });
    if modal.should_close() {
        cx.act(Act::CloseDialog);
    }
}

/// How wide a dialog is where there is room.
const fn width(dialog: &Dialog) -> f32 {
    match dialog {
        Dialog::Picture(..) => 960.0,
        Dialog::Keys => 720.0,
        Dialog::Words | Dialog::Relock | Dialog::Safety(_) | Dialog::AddContact { .. } => 520.0,
        _ => 440.0,
    }
}

fn contents(ui: &mut Ui, cx: &Cx<'_>, dialog: &Dialog, state: &mut DialogState) {
    match dialog {
        Dialog::AddContact { link } => {
            add_contact::add_contact_ui(ui, cx, link, &mut state.add_contact);
        }
        Dialog::Safety(account) => safety::safety_ui(ui, cx, *account, &mut state.safety),
        Dialog::Relock => relock::relock_ui(ui, cx, &mut state.relock),
        Dialog::Words => words::words_ui(ui, cx, &mut state.words),
        Dialog::Switcher => switcher::switcher_ui(ui, cx, &mut state.switcher),
        Dialog::Keys => keys::keys_ui(ui, cx),
        Dialog::OpenLink(url) => open_link::open_link_ui(ui, cx, url, None),
        Dialog::OpenDisguised(url, says) => open_link::open_link_ui(ui, cx, url, Some(says)),
        Dialog::Details(account) => {
            title_ui(ui, cx, ""); // the name stands below, large
            let room = (ui.ctx().content_rect().height() - 140.0).max(120.0);
            ui.set_max_height(room);
            details_ui(ui, cx, *account);
        }
        Dialog::Picture(account, message) => picture::picture_ui(ui, cx, *account, *message),
        Dialog::History(account, message) => history::history_ui(ui, cx, *account, *message),
        Dialog::Delete(account, message) => delete::delete_ui(ui, cx, *account, *message),
        Dialog::Date(account) => date::date_ui(ui, cx, *account, &mut state.date),
        Dialog::Block(account) => confirm::confirm_ui(ui, cx, *account, true, &mut state.confirm),
        Dialog::Remove(account) => confirm::confirm_ui(ui, cx, *account, false, &mut state.confirm),
        Dialog::Petname(account) => petname::petname_ui(ui, cx, *account, &mut state.petname),
    }
}

/// The line at the top of a dialog: its title and a cross.
pub fn title_ui(ui: &mut Ui, cx: &Cx<'_>, title: &str) {
    ui.horizontal(|ui| {
        // A long title goes on below, it does not push the cross away.
        let room = Vec2::new(ui.available_width() - size::TOUCH - space::S, size::TOUCH);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(room.x);
            let title = egui::RichText::new(title).text_style(theme::title());
            ui.add(egui::Label::new(title).wrap());
        });
        let label = cx.say("dialog-close");
        if icon_button(ui, cx, lucide_icons::Icon::X, &label).clicked() {
            cx.act(Act::CloseDialog);
        }
    });
}
