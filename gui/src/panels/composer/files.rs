//! Pictures and files that go with a message: pasted or dropped, made ready beside everything else.

mod prepare;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use egui::{RichText, Sense, TextureHandle, Ui, Vec2};
use lucide_icons::Icon;

use self::prepare::Source;
use super::field::is_covered;
use super::outbox::Load;
use crate::context::Cx;
use crate::text::{Sentence, clean};
use crate::theme::{radius, space};
use crate::widgets;

/// Files of one message.
const FILES_MAX: usize = 8;

/// A file made ready to go out.
#[derive(Debug)]
pub(super) struct Ready {
    /// Its name, with the ending of what it became.
    name: String,
    media: &'static str,
    bytes: Bytes,
    preview: Option<egui::ColorImage>,
}

/// Where a thread puts what it made ready; an error is the key of a sentence.
type Slot = Arc<OnceLock<Result<Ready, &'static str>>>;

struct File {
    id: u64,
    name: String,
    slot: Slot,
    texture: Option<TextureHandle>,
}

/// The files of a message that is being written.
#[derive(Default)]
pub(super) struct Files {
    files: Vec<File>,
    last_id: u64,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files")
            .field("count", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl Files {
    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether one is not ready yet.
    pub(super) fn is_preparing(&self) -> bool {
        self.files.iter().any(|file| file.slot.get().is_none())
    }

    /// Those that are ready, with their names.
    pub(super) fn ready(&self) -> impl Iterator<Item = (u64, &str, Load)> {
        self.files.iter().filter_map(|file| {
            let ready = file.slot.get()?.as_ref().ok()?;
            let load = Load {
                media: ready.media,
                bytes: ready.bytes.clone(),
            };
            Some((file.id, ready.name.as_str(), load))
        })
    }

    /// This one went out, or is not wanted any more.
    pub(super) fn remove(&mut self, id: u64) {
        self.files.retain(|file| file.id != id);
    }

    /// Takes what was pasted or dropped, and drops what could not be made ready, with the reason.
    pub(super) fn take_in(&mut self, ui: &Ui, fault: &mut Option<Sentence>) {
        self.files.retain(|file| match file.slot.get() {
            Some(Err(why)) => {
                let name = clean::name(&file.name);
                *fault = Some(Sentence::from(*why).with("name", name));
                false
            }
            _ => true,
        });
        if is_covered(ui) {
            return;
        }
        let mut sources = Vec::new();
        ui.input_mut(|input| {
            input.events.retain(|event| match event {
                egui::Event::PasteImage(image) => {
                    sources.push(Source::Pixels(Arc::clone(image)));
                    false
                }
                _ => true,
            });
            for file in input.raw.dropped_files.drain(..) {
                sources.push(Source::Path(file.path().to_owned()));
            }
        });
        for source in sources {
            if self.files.len() >= FILES_MAX {
                *fault = Some(Sentence::from("attach-too-many").with("count", FILES_MAX));
                return;
            }
            self.add(ui.ctx(), source);
        }
    }

    fn add(&mut self, ctx: &egui::Context, source: Source) {
        self.last_id += 1;
        let (name, slot) = (source.name(), Slot::default());
        self.files.push(File {
            id: self.last_id,
            name,
            slot: Arc::clone(&slot),
            texture: None,
        });
        let (ctx, for_thread) = (ctx.clone(), Arc::clone(&slot));
        // It ends by itself, within the bounds of decoding; a window that closes does not wait for it.
        let started = std::thread::Builder::new()
            .name("attach".to_owned())
            .spawn(move || {
                fill(&for_thread, prepare::prepare(source));
                ctx.request_repaint();
            });
        if started.is_err() {
            fill(&slot, Err("attach-unreadable"));
        }
    }

    /// What goes with the message, above the field.
    pub(super) fn strip_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        hover_ui(ui, cx);
        if self.files.is_empty() {
            return;
        }
        let mut unwanted = None;
        ui.horizontal_wrapped(|ui| {
            for file in &mut self.files {
                if file_ui(ui, cx, file) {
                    unwanted = Some(file.id);
                }
            }
        });
        ui.add_space(space::XS);
        if let Some(id) = unwanted {
            self.remove(id);
        }
    }
}

fn fill(slot: &Slot, made: Result<Ready, &'static str>) {
    if slot.set(made).is_err() {
        tracing::error!("a file was made ready twice; this is a bug");
    }
}

/// Says that files may be let go here, while they are held over the window.
fn hover_ui(ui: &mut Ui, cx: &Cx<'_>) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let p = cx.palette();
    egui::Frame::new()
        .stroke(egui::Stroke::new(2.0, p.accent))
        .corner_radius(radius::L)
        .inner_margin(egui::Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                widgets::decoration(
                    ui,
                    widgets::icon(Icon::Paperclip, 18.0).color(p.accent_text),
                );
                ui.label(cx.say("attach-drop"));
            });
        });
    ui.add_space(space::XS);
}

/// One file: its picture or icon, its name and size, a cross. Answers whether the cross was clicked.
fn file_ui(ui: &mut Ui, cx: &Cx<'_>, file: &mut File) -> bool {
    let ready = file.slot.get().and_then(|made| made.as_ref().ok());
    if file.texture.is_none()
        && let Some(preview) = ready.and_then(|ready| ready.preview.clone())
    {
        let name = format!("attached {}", file.id);
        file.texture = Some(
            ui.ctx()
                .load_texture(name, preview, egui::TextureOptions::LINEAR),
        );
    }
    let p = cx.palette();
    let frame = egui::Frame::new()
        .fill(p.ground_list)
        .corner_radius(radius::M)
        .inner_margin(egui::Margin::same(6));
    frame
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                thumb_ui(ui, cx, file.texture.as_ref());
                let name = clean::name(ready.map_or(&file.name, |ready| &ready.name));
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    ui.set_max_width(150.0);
                    ui.add(egui::Label::new(&name).selectable(false).truncate());
                    let says = ready.map_or_else(
                        || cx.say("attach-preparing"),
                        |ready| {
                            let kib = ready.bytes.len().div_ceil(1_024);
                            cx.text.fill("attach-size", [("kib", kib.into())])
                        },
                    );
                    let says = RichText::new(says).small().weak();
                    ui.add(egui::Label::new(says).selectable(false));
                });
                let label = cx.text.fill("attach-remove", [("name", name.into())]);
                widgets::icon_button(ui, cx, Icon::X, &label).clicked()
            })
            .inner
        })
        .inner
}

fn thumb_ui(ui: &mut Ui, cx: &Cx<'_>, texture: Option<&TextureHandle>) {
    let side = 48.0;
    if let Some(texture) = texture {
        let image = egui::Image::new(texture)
            .fit_to_exact_size(Vec2::splat(side))
            .corner_radius(radius::S);
        ui.add(image);
        return;
    }
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(side), Sense::empty());
    ui.painter().text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        char::from(Icon::File),
        crate::theme::font(crate::theme::family::ICONS, 24.0),
        cx.palette().text_weak,
    );
}
