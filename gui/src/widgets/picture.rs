//! Pictures of messages on the graphics card: a bounded few, the least looked at goes first.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{ColorImage, Context, Id, Image, Response, Role, Sense, TextureHandle, Ui, Vec2, WidgetInfo};
use protocol::message::MessageRef;

use crate::context::Cx;
use crate::theme::radius;

/// Pictures on the graphics card: at 1,280 × 1,280 pixels they take 6.5 MB each.
const TEXTURES_MAX: usize = 12;

#[derive(Clone)]
struct Texture {
    handle: TextureHandle,
    of: Arc<ColorImage>,
    /// Frame in which it was last drawn.
    used: u64,
}

/// All of them, in egui's own memory: they live as long as the window.
#[derive(Clone, Default)]
struct Textures(BTreeMap<MessageRef, Texture>);

fn id() -> Id {
    Id::unique("pictures of messages")
}

/// The picture on the graphics card.
fn texture(ctx: &Context, message: MessageRef, pixels: &Arc<ColorImage>) -> TextureHandle {
    let now = ctx.cumulative_frame_nr();
    let known = ctx.data_mut(|data| {
        let all: &mut Textures = data.get_temp_mut_or_default(id());
        let texture = all.0.get_mut(&message)?;
        if !Arc::ptr_eq(&texture.of, pixels) {
            return None;
        }
        texture.used = now;
        Some(texture.handle.clone())
    });
    if let Some(known) = known {
        return known;
    }
    let handle = ctx.load_texture("picture", Arc::clone(pixels), egui::TextureOptions::LINEAR);
    let texture = Texture {
        handle: handle.clone(),
        of: Arc::clone(pixels),
        used: now,
    };
    // What is dropped is dropped after the lock: a texture frees itself through the context.
    let dropped = ctx.data_mut(|data| {
        let all: &mut Textures = data.get_temp_mut_or_default(id());
        let mut dropped = vec![all.0.insert(message, texture)];
        while all.0.len() > TEXTURES_MAX {
            let oldest = all.0.iter().min_by_key(|(_, texture)| texture.used);
            let Some(oldest) = oldest.map(|(message, _)| *message) else {
                break;
            };
            dropped.push(all.0.remove(&oldest));
        }
        dropped
    });
    drop(dropped);
    handle
}

/// The size of a picture inside this room, never enlarged.
#[must_use]
pub fn fitted(pixels: [usize; 2], room: Vec2) -> Vec2 {
    #[expect(clippy::cast_precision_loss, reason = "sides of at most 1,280 pixels")]
    let [width, height] = pixels.map(|side| side.max(1) as f32);
    let scale = (room.x / width).min(room.y / height).min(1.0);
    Vec2::new(width * scale, height * scale).max(Vec2::splat(1.0))
}

/// Draws a picture inside this room; it can be clicked.
pub fn picture(
    ui: &mut Ui,
    cx: &Cx<'_>,
    message: MessageRef,
    pixels: &Arc<ColorImage>,
    room: Vec2,
) -> Response {
    let size = fitted(pixels.size, room);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if ui.is_rect_visible(rect) {
        let texture = texture(ui.ctx(), message, pixels);
        Image::new((texture.id(), size))
            .corner_radius(radius::M)
            .paint_at(ui, rect);
        if response.has_focus() {
            let stroke = egui::Stroke::new(2.0, cx.palette().accent);
            ui.painter()
                .rect_stroke(rect, radius::M, stroke, egui::StrokeKind::Outside);
        }
    }
    response
}

/// Names a drawn picture.
pub fn named(response: Response, name: &str) -> Response {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_shape_and_are_never_enlarged() {
        let room = Vec2::new(400.0, 300.0);
        assert_eq!(fitted([800, 400], room), Vec2::new(400.0, 200.0));
        assert_eq!(fitted([20, 10], room), Vec2::new(20.0, 10.0));
        let high = fitted([100, 1_000], room) - Vec2::new(30.0, 300.0);
        assert!(high.length() < 0.01);
        assert_eq!(fitted([0, 0], room), Vec2::new(1.0, 1.0));
    }

    #[test]
    fn few_pictures_stay_on_the_graphics_card() {
        let ctx = Context::default();
        let pixels = Arc::new(ColorImage::filled([2, 2], egui::Color32::RED));
        for number in 0..50_u8 {
            let message = MessageRef {
                author: protocol::identity::DeviceId([0; 32]),
                id: protocol::message::MessageId([number; 16]),
            };
            let first = texture(&ctx, message, &pixels).id();
            assert_eq!(texture(&ctx, message, &pixels).id(), first);
        }
        let kept = ctx.data_mut(|data| data.get_temp_mut_or_default::<Textures>(id()).0.len());
        assert_eq!(kept, TEXTURES_MAX);
    }
}
