//! A list of any length whose rows have any height: only what is on screen is laid out (gui.md §3).
//!
//! It stands on one row and a distance, never on an offset into the whole: rows may come before and after without
//! moving what is read, and 100,000 of them cost no more than twenty. Where it stands at the end, it follows the end.

pub mod anchor;

use std::collections::HashMap;

pub use anchor::Anchor;
use egui::{Id, Key, Modifiers, Rect, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};
use node::store::Position;
use protocol::message::MessageRef;

/// Heights that are remembered; more than a window of messages, so that scrolling back and forth measures nothing.
const HEIGHTS_MAX: usize = 4_096;

/// Frames in a row in which a height may prove wrong before the list stops asking to be drawn again.
const CORRECTIONS_MAX: u8 = 3;

/// Width of the scrollbar, in points.
const BAR: f32 = 10.0;

/// What a list shows.
pub trait Rows {
    /// How many rows there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Name and place of a row.
    fn key(&self, index: usize) -> Option<Position>;
    /// Where the row of this place is, or would be.
    fn find(&self, place: Position) -> Result<usize, usize>;
    /// What the height of a row follows from, beside the width: another stamp, another height.
    fn stamp(&self, index: usize) -> u64;
    /// Draws a row. Answers whether the keyboard is in it.
    fn draw(&mut self, ui: &mut Ui, index: usize) -> bool;
    /// Lays a row out without being seen, to learn its height.
    fn measure(&mut self, ui: &mut Ui, index: usize);
}

/// How the list is used this time.
#[derive(Clone, Debug, Default)]
pub struct Use {
    /// Its name, for those who hear the window.
    pub name: String,
    /// The name of its scrollbar.
    pub bar_name: String,
    /// Whether the last row is the newest there is, so that standing at the end means following it.
    pub is_newest: bool,
    /// Whether Page Up and Page Down move it.
    pub keys: bool,
}

/// What was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shown {
    /// First and last row on screen.
    pub rows: Option<(usize, usize)>,
    /// Whether the list stands at its end and follows it.
    pub following: bool,
    /// Rows laid out in this frame, measured ones included.
    pub laid_out: usize,
}

/// Where a list stands and what it knows of its rows.
#[derive(Clone, Debug, Default)]
pub struct TimelineList {
    /// The row stood on and the distance; `None`: the end.
    at: Option<(Position, f32)>,
    heights: HashMap<MessageRef, (u64, f32)>,
    /// Width and scale that the heights hold for.
    measured_for: (u32, u32),
    reveal: Option<Reveal>,
    corrections: u8,
    focused: Option<MessageRef>,
}

/// A row that is to be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reveal {
    /// In the upper part of the viewport.
    High(Position),
    /// Wholly, moving as little as possible.
    Whole(Position),
    /// The end.
    End,
}

/// Everything that a row's height is found with.
struct Meter<'a, R> {
    ui: &'a mut Ui,
    rows: &'a mut R,
    heights: &'a mut HashMap<MessageRef, (u64, f32)>,
    width: f32,
    laid_out: usize,
}

impl<R: Rows> Meter<'_, R> {
    fn height(&mut self, index: usize) -> f32 {
        let Some((_, message)) = self.rows.key(index) else {
            return 0.0;
        };
        let stamp = self.rows.stamp(index);
        if let Some((of, height)) = self.heights.get(&message)
            && *of == stamp
        {
            return *height;
        }
        let room = Rect::from_min_size(self.ui.max_rect().min, vec2(self.width, f32::INFINITY));
        let builder = UiBuilder::new()
            .scope_id(self.ui.scope_id().with(("measure", message)))
            .max_rect(room)
            .layout(egui::Layout::top_down(egui::Align::Min))
            .invisible();
        let mut child = self.ui.new_child(builder);
        child.set_width(self.width);
        self.rows.measure(&mut child, index);
        self.laid_out += 1;
        let height = child.min_rect().height();
        self.heights.insert(message, (stamp, height));
        height
    }
}

impl TimelineList {
    /// Goes to the end, and follows it.
    pub const fn go_to_end(&mut self) {
        self.reveal = Some(Reveal::End);
    }

    /// Shows this row in the upper part of the viewport.
    pub const fn reveal(&mut self, place: Position) {
        self.reveal = Some(Reveal::High(place));
    }

    /// Whether it stands at its end.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.at.is_none()
    }

    /// Draws the list in all the room there is.
    pub fn show<R: Rows>(&mut self, ui: &mut Ui, rows: &mut R, how: &Use) -> Shown {
        let whole = ui.available_rect_before_wrap();
        let response = ui.allocate_rect(whole, Sense::hover());
        let list = Rect::from_min_max(whole.min, pos2(whole.right() - BAR, whole.bottom()));
        let len = rows.len();
        if len == 0 || list.width() < 1.0 || list.height() < 1.0 {
            return Shown {
                following: true,
                ..Shown::default()
            };
        }
        self.forget_stale(ui, list.width());
        let builder = UiBuilder::new()
            .id_salt("rows")
            .max_rect(list)
            .layout(egui::Layout::top_down(egui::Align::Min))
            .accessibility_role(Role::List)
            .accessibility_label(how.name.clone());
        let mut inner = ui.new_child(builder);
        inner.set_clip_rect(list.intersect(ui.clip_rect()));
        inner.spacing_mut().item_spacing.y = 0.0;
        let moved = wanted_move(&inner, whole, how.keys);
        let drag = bar_drag(ui, whole, &how.bar_name);
        let mut meter = Meter {
            ui: &mut inner,
            rows,
            heights: &mut self.heights,
            width: list.width(),
            laid_out: 0,
        };
        let before = stand(self.at, meter.rows);
        let mut anchor = match self.reveal.take() {
            Some(reveal) => revealed(reveal, before, &mut meter, list.height()).unwrap_or(before),
            None => before,
        };
        if let Some(fraction) = drag {
            anchor = dragged(fraction, &mut meter, list.height());
        }
        anchor = anchor.moved(moved, len, list.height(), &mut |index| meter.height(index));
        let shown = self.draw(&mut inner, rows, anchor, list);
        let follows = anchor == Anchor::end(len) && how.is_newest;
        self.at = if follows {
            None
        } else {
            rows.key(anchor.index).map(|key| (key, anchor.below))
        };
        paint_bar(ui, &response, whole, anchor, shown, len);
        Shown {
            following: follows,
            ..shown
        }
    }

    /// Heights hold for one width at one scale.
    fn forget_stale(&mut self, ui: &Ui, width: f32) {
        let now = (width.to_bits(), ui.pixels_per_point().to_bits());
        if self.measured_for != now || self.heights.len() > HEIGHTS_MAX {
            self.heights.clear();
            self.measured_for = now;
        }
    }

    fn draw<R: Rows>(&mut self, ui: &mut Ui, rows: &mut R, anchor: Anchor, list: Rect) -> Shown {
        let len = rows.len();
        let mut meter = Meter {
            ui,
            rows,
            heights: &mut self.heights,
            width: list.width(),
            laid_out: 0,
        };
        let (first, top) = anchor.first(list.height(), &mut |index| meter.height(index));
        // One more at each end, so that the keyboard can walk out of the viewport and the list can follow it.
        let from = first.saturating_sub(1);
        let mut y = list.top() + top;
        if from < first {
            y -= meter.height(from);
        }
        let mut laid_out = meter.laid_out;
        let (mut wrong, mut focused, mut last) = (false, None, first);
        for index in from..len {
            let Some(key) = rows.key(index) else { break };
            let known = self.heights.get(&key.1).map_or(0.0, |(_, height)| *height);
            let room = Rect::from_min_size(pos2(list.left(), y), vec2(list.width(), known));
            // Named after its message alone: what else is laid out or measured in a frame must not give the widgets of
            // a row other names, for then the keyboard would lose them.
            let builder = UiBuilder::new()
                .scope_id(ui.scope_id().with(("row", key.1)))
                .max_rect(room)
                .layout(egui::Layout::top_down(egui::Align::Min));
            let mut child = ui.new_child(builder);
            child.set_width(list.width());
            if rows.draw(&mut child, index) {
                focused = Some((key, room));
            }
            laid_out += 1;
            let real = child.min_rect().height();
            wrong |= (real - known).abs() > 0.5;
            self.heights.insert(key.1, (rows.stamp(index), real));
            let is_beyond = y >= list.bottom();
            if !is_beyond {
                last = index;
            }
            y += real;
            if is_beyond {
                break;
            }
        }
        self.follow_focus(focused, list);
        self.correct(ui, wrong);
        Shown {
            rows: Some((first, last)),
            following: false,
            laid_out,
        }
    }

    /// A row that the keyboard enters is brought on screen.
    fn follow_focus(&mut self, focused: Option<(Position, Rect)>, list: Rect) {
        let now = focused.map(|(key, _)| key.1);
        if let Some((key, room)) = focused
            && self.focused != now
            && (room.top() < list.top() || room.bottom() > list.bottom())
        {
            self.reveal = Some(Reveal::Whole(key));
        }
        self.focused = now;
    }

    fn correct(&mut self, ui: &Ui, wrong: bool) {
        if (wrong || self.reveal.is_some()) && self.corrections < CORRECTIONS_MAX {
            self.corrections += 1;
            ui.ctx().request_repaint();
        } else if !wrong {
            self.corrections = 0;
        }
    }
}

/// Where the list stands among the rows that there are now.
fn stand<R: Rows>(at: Option<(Position, f32)>, rows: &R) -> Anchor {
    match at.map(|(place, below)| (rows.find(place), below)) {
        None => Anchor::end(rows.len()),
        Some((Ok(index), below)) => Anchor { index, below },
        // The row is gone: the place stays.
        Some((Err(index), _)) => Anchor {
            index: index.min(rows.len().saturating_sub(1)),
            below: 0.0,
        },
    }
}

fn revealed<R: Rows>(
    reveal: Reveal,
    now: Anchor,
    meter: &mut Meter<'_, R>,
    viewport: f32,
) -> Option<Anchor> {
    let len = meter.rows.len();
    match reveal {
        Reveal::End => Some(Anchor::end(len)),
        Reveal::High(place) => {
            let index = meter.rows.find(place).ok()?;
            let mut height = |index| meter.height(index);
            Some(Anchor::showing(
                index,
                viewport * 0.25,
                len,
                viewport,
                &mut height,
            ))
        }
        Reveal::Whole(place) => {
            let index = meter.rows.find(place).ok()?;
            let mut height = |index| meter.height(index);
            let (first, _) = now.first(viewport, &mut height);
            let top = if index <= first {
                0.0
            } else {
                (viewport - height(index)).max(0.0)
            };
            Some(Anchor::showing(index, top, len, viewport, &mut height))
        }
    }
}

/// How far the wheel and the page keys move it, toward the first row where positive.
fn wanted_move(ui: &Ui, whole: Rect, keys: bool) -> f32 {
    let mut by = 0.0;
    if ui.rect_contains_pointer(whole) {
        by += ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
    }
    if keys {
        let page = whole.height() * 0.85;
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::PageUp) {
            by += page;
        }
        if pressed(Key::PageDown) {
            by -= page;
        }
    }
    by
}

fn bar_rect(whole: Rect) -> Rect {
    Rect::from_min_max(pos2(whole.right() - BAR, whole.top()), whole.max)
}

fn bar_id(ui: &Ui) -> Id {
    ui.scope_id().with("bar")
}

/// Where the scrollbar is dragged to: 0 is the first row, 1 the last.
fn bar_drag(ui: &Ui, whole: Rect, name: &str) -> Option<f32> {
    let track = bar_rect(whole);
    let sense = Sense::DRAG | Sense::CLICK;
    let response = ui.interact(track, bar_id(ui), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, name));
    let pointer = response.interact_pointer_pos()?;
    Some(((pointer.y - track.top()) / track.height()).clamp(0.0, 1.0))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place on a scrollbar is as exact as its pixels"
)]
fn dragged<R: Rows>(fraction: f32, meter: &mut Meter<'_, R>, viewport: f32) -> Anchor {
    let len = meter.rows.len();
    if fraction >= 1.0 {
        return Anchor::end(len);
    }
    let at = fraction * len as f32;
    let index = (at as usize).min(len.saturating_sub(1));
    let height = meter.height(index);
    let top = viewport * fraction - height * (at - index as f32);
    Anchor::showing(index, top, len, viewport, &mut |index| meter.height(index))
}

/// Paints the scrollbar: nothing where everything fits.
#[expect(
    clippy::cast_precision_loss,
    reason = "a place on a scrollbar is as exact as its pixels"
)]
fn paint_bar(
    ui: &Ui,
    list: &egui::Response,
    whole: Rect,
    anchor: Anchor,
    shown: Shown,
    len: usize,
) {
    let Some((first, last)) = shown.rows else {
        return;
    };
    let seen = (last - first + 1) as f32 / len as f32;
    if seen >= 1.0 && anchor.below <= 0.0 {
        return;
    }
    let track = bar_rect(whole).shrink2(vec2(2.0, 2.0));
    let size = (track.height() * seen).clamp(28.0_f32.min(track.height()), track.height());
    let (start, end) = (first as f32, (len - 1 - last) as f32);
    let fraction = if start + end > 0.0 {
        start / (start + end)
    } else {
        1.0
    };
    let top = track.top() + (track.height() - size) * fraction;
    let thumb = Rect::from_min_size(pos2(track.left(), top), Vec2::new(track.width(), size));
    let held = ui.ctx().is_being_dragged(bar_id(ui));
    let visuals = ui.visuals();
    let colour = if held {
        visuals.widgets.hovered.bg_stroke.color
    } else if list.contains_pointer() {
        visuals.widgets.noninteractive.bg_stroke.color
    } else {
        visuals.widgets.inactive.weak_bg_fill
    };
    ui.painter().rect_filled(thumb, 4.0, colour);
}

#[cfg(test)]
mod tests;
