//! What comes with a message: a picture, asked for once it is on screen, or another small file.

use std::sync::Arc;

use egui::{ColorImage, Frame, Margin, RichText, Ui, Vec2};
use lucide_icons::Icon;
use protocol::persist::MessageContent;
use protocol::turn::AttachmentView;

use super::lines::Lines;
use super::row::sentence;
use crate::ask::{Act, Ask};
use crate::context::Cx;
use crate::model::{Line, Picture};
use crate::route::Dialog;
use crate::theme::radius;
use crate::widgets::{self, icon, picture};

/// Room for a picture in a timeline.
const ROOM: Vec2 = Vec2::new(420.0, 320.0);

/// Whether its author says that it is a picture. Whether it is one, its bytes say.
#[must_use]
pub(super) fn is_picture(attachment: &AttachmentView) -> bool {
    attachment.media.starts_with("image/")
}

/// Draws it.
pub(super) fn attached_ui(ui: &mut Ui, lines: &mut Lines<'_>, line: &Line) {
    let Some(attachment) = &line.attachment else {
        return;
    };
    let cx = lines.cx;
    if !attachment.complete {
        let words = cx.text.fill(
            "attached-coming",
            [
                ("have", attachment.have.into()),
                ("parts", attachment.parts.into()),
            ],
        );
        sentence(ui, lines, Icon::Hourglass, &words);
    } else if is_picture(attachment) {
        picture_ui(ui, lines, line);
    } else {
        file_ui(ui, cx, line, attachment);
    }
}

fn picture_ui(ui: &mut Ui, lines: &mut Lines<'_>, line: &Line) {
    let (cx, message) = (lines.cx, line.id());
    match cx.model.pictures.get(&message) {
        None => {
            if lines.memo.asked.insert(message) {
                cx.ask(Ask::Picture(lines.account, message));
            }
            sentence(ui, lines, Icon::Image, &cx.say("picture-loading"));
        }
        Some(Picture::Loading) => {
            sentence(ui, lines, Icon::Image, &cx.say("picture-loading"));
        }
        Some(Picture::Broken(why)) => {
            sentence(ui, lines, Icon::ImageOff, &cx.say(why));
        }
        Some(Picture::Ready(pixels)) => {
            lines.memo.asked.remove(&message);
            ready_ui(ui, lines, line, pixels);
        }
    }
}

fn ready_ui(ui: &mut Ui, lines: &Lines<'_>, line: &Line, pixels: &Arc<ColorImage>) {
    let (cx, message) = (lines.cx, line.id());
    let room = Vec2::new(ROOM.x.min(ui.available_width()), ROOM.y);
    let drawn = picture::picture(ui, cx, message, pixels, room);
    if picture::named(drawn, &cx.say("picture-open")).clicked() {
        cx.act(Act::Show(Dialog::Picture(lines.account, message)));
    }
}

/// A file that is no picture: what it is and how large.
fn file_ui(ui: &mut Ui, cx: &Cx<'_>, line: &Line, attachment: &AttachmentView) {
    let p = cx.palette();
    let kilobytes = attachment.size.unwrap_or(0).div_ceil(1_000);
    let words = cx.text.fill("attached-file", [("size", kilobytes.into())]);
    Frame::new()
        .fill(p.code)
        .corner_radius(radius::M)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().interact_size.y = 22.0;
                widgets::decoration(ui, icon(Icon::File, 18.0).color(p.text_weak));
                ui.label(RichText::new(words).color(p.text_weak));
                if widgets::link_button(ui, cx, &cx.say("attached-save")).clicked() {
                    cx.ask(save(line));
                }
            });
        });
}

/// The wish to have the file of a message in the downloads folder, under the name that its message says.
#[must_use]
pub fn save(line: &Line) -> Ask {
    let said = line.row.as_ref().and_then(|row| match &row.content {
        MessageContent::Text { versions, .. } => versions.last(),
        _ => None,
    });
    let said = said.map_or("", |version| version.body.as_str());
    Ask::Save(line.id(), said.to_owned())
}
