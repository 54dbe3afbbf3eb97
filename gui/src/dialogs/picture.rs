//! A picture, large.

use egui::{RichText, Ui, Vec2};
use protocol::identity::AccountId;
use protocol::message::MessageRef;

use crate::ask::Act;
use crate::context::Cx;
use crate::model::Picture;
use crate::panels::timeline::save;
use crate::theme::space;
use crate::widgets::{picture, quiet_button};

/// Draws the dialog.
pub fn picture_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, message: MessageRef) {
    let name = cx.model.name(account);
    let title = cx.text.fill("picture-title", [("name", name.into())]);
    super::title_ui(ui, cx, &title);
    ui.add_space(space::S);
    match cx.model.pictures.get(&message) {
        Some(Picture::Ready(pixels)) => {
            let height = ui.ctx().content_rect().height() - 230.0;
            let room = Vec2::new(ui.available_width(), height.max(80.0));
            ui.vertical_centered(|ui| {
                let drawn = picture::picture(ui, cx, message, pixels, room);
                if picture::named(drawn, &cx.say("dialog-close")).clicked() {
                    cx.act(Act::CloseDialog);
                }
            });
            let chat = cx.model.chats.get(&account);
            let line = chat.and_then(|chat| chat.window.iter().find(|line| line.id() == message));
            if let Some(line) = line {
                ui.add_space(space::S);
                if quiet_button(ui, &cx.say("attached-save")).clicked() {
                    cx.ask(save(line));
                }
            }
        }
        Some(Picture::Broken(why)) => {
            ui.label(RichText::new(cx.say(why)).weak());
        }
        _ => {
            ui.label(RichText::new(cx.say("picture-loading")).weak());
        }
    }
}
