//! What a frame costs, without a window: the pass over all widgets and the tessellation, not the rasteriser.
//!
//! The whole window at 1280 × 720 with a conversation of 100,000 messages, of which 600 at a time are in memory, as the
//! backend would keep them. Prints lines of JSON (DECISIONS 32):
//!
//!     cargo run --release -p lescopains-gui --features testing --example bench_gui
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench: a program of the terminal"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Pos2, RawInput, Rect, Vec2};
use gui::ask::{Act, Ask, Edge};
use gui::fixtures::{self, ADA, ME, Scene};
use gui::model::{Chat, Line, WINDOW_MAX};
use gui::prefs::{LanguageChoice, ThemeChoice};
use gui::route::Route;
use gui::theme;
use protocol::identity::DeviceId;
use protocol::message::{Emoji, MessageId, MessageRef};
use protocol::persist::Reaction;

/// Messages of the conversation.
const MESSAGES: usize = 100_000;

/// Messages that the backend loads at once.
const PAGE: usize = 60;

/// Size of the window, in points.
const SIZE: Vec2 = Vec2::new(1_280.0, 720.0);

/// Time between frames while scrolling.
const FRAME: f64 = 1.0 / 60.0;

/// Frames scrolled at each speed.
const SCROLLED: usize = 600;

/// Simulated seconds without any input.
const IDLE_SECONDS: f64 = 10.0;

const WORDS: [&str; 24] = [
    "bonjour",
    "le",
    "train",
    "arrive",
    "samedi",
    "peut-être",
    "avec",
    "des",
    "crêpes",
    "je",
    "traduis",
    "la",
    "page",
    "douze",
    "pendant",
    "que",
    "tu",
    "cherches",
    "un",
    "écran",
    "et",
    "deux",
    "câbles",
    "ici",
];

/// A message of the conversation: 4 to 120 words, some with code, emoji, reactions.
fn message(number: usize) -> Arc<Line> {
    let author = if number % 7 < 4 { ADA } else { ME };
    let count = 4 + number * 7_919 % 117;
    let count = if number.is_multiple_of(4) {
        count
    } else {
        count % 16 + 4
    };
    let words = (0..count).map(|at| WORDS[(number * 31 + at * 7) % WORDS.len()]);
    let mut text = words.collect::<Vec<_>>().join(" ");
    if number.is_multiple_of(5) {
        text.push_str(" 😀🎉");
    }
    if number.is_multiple_of(9) {
        text.push_str(" **vraiment** `u16`");
    }
    if number.is_multiple_of(23) {
        text.push_str("\n\n```rust\nfn main() {\n    println!(\"{}\", 6 * 7);\n}\n```");
    }
    let minutes = u64::try_from(MESSAGES - number).expect("a small number") * 3;
    let mut row = fixtures::row(ADA, author, minutes, &text);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let name = MessageRef {
        author: DeviceId(*author.as_bytes()),
        id: MessageId(id),
    };
    if number.is_multiple_of(6) {
        let reaction = Reaction {
            account: ME,
            emoji: Emoji::try_from("👍".to_owned()).expect("an emoji is short"),
            decided: (row.hlc, name),
            on: true,
        };
        row.reactions = vec![reaction].try_into().expect("one is few");
    }
    Arc::new(Line {
        position: (row.place, name),
        row: Some(Box::new(row)),
        attachment: None,
    })
}

/// The window with its conversation, and the backend's part played.
struct Stand {
    ctx: egui::Context,
    scene: Scene,
    /// First message in memory, and the one after the last.
    window: (usize, usize),
    time: f64,
}

impl Stand {
    fn new() -> Self {
        let ctx = egui::Context::default();
        theme::fonts::install(&ctx);
        let scene = Scene::new(
            fixtures::model(),
            Route::Chat(ADA),
            ThemeChoice::Dark,
            LanguageChoice::Fr,
        );
        let mut stand = Self {
            ctx,
            scene,
            window: (MESSAGES - PAGE, MESSAGES),
            time: 0.0,
        };
        stand.load();
        stand
    }

    fn load(&mut self) {
        let (from, to) = self.window;
        let known = self.scene.model.chats.get(&ADA);
        let known = known.map(|chat| chat.window.clone()).unwrap_or_default();
        let mut window = Vec::with_capacity(to - from);
        let mut known = known.into_iter().peekable();
        for number in from..to {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            while known.next_if(|line| line.id().id.0 < id).is_some() {}
            let line = known.next_if(|line| line.id().id.0 == id);
            window.push(line.unwrap_or_else(|| message(number)));
        }
        let chat = Chat {
            last: window.last().cloned(),
            window,
            more_before: from > 0,
            more_after: to < MESSAGES,
            ..Chat::default()
        };
        self.scene.model.chats.insert(ADA, Arc::new(chat));
    }

    /// What the backend does with wishes. Answers whether the model changed.
    fn carry_out(&mut self) -> bool {
        let before = self.window;
        for ask in self.scene.wishes.take_asks() {
            let (from, to) = self.window;
            match ask {
                Ask::More(_, Edge::Before) => {
                    let from = from.saturating_sub(PAGE);
                    self.window = (from, to.min(from + WINDOW_MAX));
                }
                Ask::More(_, Edge::After) => {
                    let to = (to + PAGE).min(MESSAGES);
                    self.window = (from.max(to.saturating_sub(WINDOW_MAX)), to);
                }
                _ => {}
            }
        }
        for act in self.scene.wishes.take_acts() {
            if let Act::Prefs(prefs) = act {
                self.scene.prefs = *prefs;
            }
        }
        let changed = self.window != before;
        if changed {
            self.load();
        }
        changed
    }

    /// One frame. Answers what it cost, and when the next one is wanted.
    fn frame(&mut self, events: Vec<Event>) -> (Duration, Duration) {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.time),
            focused: true,
            events,
            ..RawInput::default()
        };
        let scene = &mut self.scene;
        let begun = Instant::now();
        let mut output = self.ctx.run_ui(input, |ui| scene.draw(ui));
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let spent = begun.elapsed();
        std::hint::black_box(primitives);
        // No rasteriser takes them.
        output.textures_delta.clear();
        let root = output.viewport_output.get(&egui::ViewportId::ROOT);
        let next = root.map_or(Duration::MAX, |root| root.repaint_delay);
        let next = if self.carry_out() {
            Duration::ZERO
        } else {
            next
        };
        (spent, next)
    }

    /// Draws until nothing more is wanted. Answers whether that came to pass.
    fn settle(&mut self) -> bool {
        (0..200).any(|_| {
            self.time += FRAME;
            self.frame(Vec::new()).1 > Duration::from_secs(3_600)
        })
    }

    /// Scrolls up through older messages.
    fn scroll(&mut self, points: f32) -> Vec<Duration> {
        let over = Pos2::new(800.0, 300.0);
        let mut spent = Vec::with_capacity(SCROLLED);
        for _ in 0..SCROLLED {
            self.time += FRAME;
            let wheel = Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                delta: Vec2::new(0.0, points),
                phase: egui::TouchPhase::Move,
                modifiers: egui::Modifiers::NONE,
                source: egui::MouseWheelSource::Trackpad,
            };
            spent.push(self.frame(vec![Event::PointerMoved(over), wheel]).0);
        }
        spent
    }

    /// Frames in a second in which nothing happens, as an event loop would draw them.
    fn idle(&mut self) -> f64 {
        let end = self.time + IDLE_SECONDS;
        let mut frames = 0;
        let mut next = self.frame(Vec::new()).1;
        while self.time + next.as_secs_f64().max(FRAME) < end {
            self.time += next.as_secs_f64().max(FRAME);
            next = self.frame(Vec::new()).1;
            frames += 1;
        }
        f64::from(frames) / IDLE_SECONDS
    }
}

fn percentile_ms(samples: &[Duration], percent: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted
        .get(rank)
        .map_or(0.0, |sample| sample.as_secs_f64() * 1e3)
}

fn tell(metric: &str, value: f64, unit: &str, n: usize, points: Option<f32>) {
    let mut params = serde_json::json!({
        "messages": MESSAGES, "in_memory": WINDOW_MAX, "size": "1280x720", "release": !cfg!(debug_assertions),
    });
    if let (Some(points), Some(params)) = (points, params.as_object_mut()) {
        params.insert("points_per_frame".to_owned(), points.into());
    }
    let value = (value * 1_000.0).round() / 1_000.0;
    let line = serde_json::json!({
        "bench": "gui", "metric": metric, "value": value, "unit": unit, "n": n, "params": params,
    });
    println!("{line}");
}

fn main() {
    // What is there once the profile is open: fonts, style, glyphs, the first layout of everything.
    let begun = Instant::now();
    let mut stand = Stand::new();
    let building = begun.elapsed();
    let (first, _) = stand.frame(Vec::new());
    let first = (building + first).as_secs_f64() * 1e3;
    tell("first_frame_ms", first, "ms", 1, None);
    assert!(stand.settle(), "the window never comes to rest");
    tell("frame_idle_per_s", stand.idle(), "1/s", 1, None);
    for points in [40.0, 600.0] {
        let mut stand = Stand::new();
        assert!(stand.settle(), "the window never comes to rest");
        let start = stand.window;
        let spent = stand.scroll(points);
        assert!(stand.window != start, "scrolling loads no older messages");
        let n = spent.len();
        for (metric, percent) in [("frame_scroll_p50_ms", 50), ("frame_scroll_p99_ms", 99)] {
            tell(
                metric,
                percentile_ms(&spent, percent),
                "ms",
                n,
                Some(points),
            );
        }
    }
}
