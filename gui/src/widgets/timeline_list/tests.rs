//! The list drawn with a source of 100,000 rows of made-up heights.

use egui::{Event, Pos2};
use egui_kittest::Harness;
use protocol::identity::DeviceId;
use protocol::message::MessageId;
use protocol::time::{Hlc, Timestamp};

use super::*;

/// Rows by number, each of a height that follows from it.
#[derive(Debug, Default)]
struct Numbers {
    from: u64,
    to: u64,
    drawn: Vec<u64>,
}

fn place(number: u64) -> Position {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let message = MessageRef {
        author: DeviceId([1; 32]),
        id: MessageId(id),
    };
    (Hlc::from_wall(Timestamp::from_millis(number)), message)
}

fn height(number: u64) -> f32 {
    [20.0, 44.0, 68.0, 130.0, 300.0][usize::try_from(number * 7 % 5).unwrap()]
}

impl Numbers {
    fn number(&self, index: usize) -> u64 {
        self.from + u64::try_from(index).unwrap()
    }
}

impl Rows for Numbers {
    fn len(&self) -> usize {
        usize::try_from(self.to - self.from).unwrap()
    }

    fn key(&self, index: usize) -> Option<Position> {
        (index < self.len()).then(|| place(self.number(index)))
    }

    fn find(&self, at: Position) -> Result<usize, usize> {
        let number = at.0.wall().as_millis();
        if number < self.from {
            return Err(0);
        }
        let index = usize::try_from(number - self.from).unwrap();
        if index < self.len() { Ok(index) } else { Err(self.len()) }
    }

    fn stamp(&self, _index: usize) -> u64 {
        0
    }

    fn draw(&mut self, ui: &mut Ui, index: usize) -> bool {
        self.drawn.push(self.number(index));
        let number = self.number(index);
        let size = vec2(ui.available_width(), height(number));
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, number.to_string()));
        ui.put(rect, egui::Label::new(number.to_string()));
        response.has_focus()
    }

    fn measure(&mut self, ui: &mut Ui, index: usize) {
        ui.set_height(height(self.number(index)));
    }
}

#[derive(Debug, Default)]
struct Stage {
    list: TimelineList,
    rows: Numbers,
    shown: Shown,
    most: usize,
}

fn stage(from: u64, to: u64) -> Harness<'static, Stage> {
    let stage = Stage {
        rows: Numbers {
            from,
            to,
            drawn: Vec::new(),
        },
        ..Stage::default()
    };
    Harness::builder()
        .with_size(Vec2::new(600.0, 800.0))
        .with_max_steps(20)
        .with_context_setup(crate::theme::fonts::install)
        .build_ui_state(
            |ui, stage: &mut Stage| {
                stage.rows.drawn.clear();
                let how = Use {
                    name: "numbers".to_owned(),
                    bar_name: "place".to_owned(),
                    is_newest: true,
                    keys: true,
                };
                stage.shown = stage.list.show(ui, &mut stage.rows, &how);
                stage.most = stage.most.max(stage.shown.laid_out);
            },
            stage,
        )
}

fn wheel(harness: &mut Harness<'_, Stage>, by: f32) {
    harness.hover_at(pos2(300.0, 400.0));
    harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        source: egui::MouseWheelSource::Unknown,
        delta: vec2(0.0, by),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    harness.run();
}

/// Where a row's upper edge is, told by its number.
fn top_of(harness: &Harness<'_, Stage>, number: u64) -> f32 {
    use egui_kittest::kittest::Queryable as _;
    let label = number.to_string();
    let node = harness
        .get_all_by_label(&label)
        .next()
        .unwrap_or_else(|| panic!("{number} is not on screen"));
    node.rect().top()
}

#[test]
fn a_hundred_thousand_rows_cost_no_more_than_a_screenful() {
    let mut harness = stage(0, 100_000);
    harness.run();
    assert_eq!(harness.state().rows.drawn.last(), Some(&99_999));
    assert!(harness.state().shown.following);
    for _ in 0..30 {
        wheel(&mut harness, 600.0);
    }
    assert!(!harness.state().shown.following);
    // A click in the middle of the scrollbar goes to the middle.
    let bar = Pos2::new(600.0 - 8.0 - 5.0, 400.0);
    harness.drag_at(bar);
    harness.run();
    harness.drop_at(bar);
    harness.run();
    let (first, _) = harness.state().shown.rows.unwrap();
    assert!((45_000..55_000).contains(&first), "{first}");
    assert!(harness.state().most <= 60, "{} rows laid out", harness.state().most);
    assert!(harness.state().rows.drawn.len() <= 40);
}

#[test]
fn rows_that_come_and_go_at_the_ends_move_nothing() {
    let mut harness = stage(1_000, 1_600);
    harness.run();
    wheel(&mut harness, 2_000.0);
    let number = harness.state().rows.drawn[3];
    let before = top_of(&harness, number);
    for (from, to) in [(940, 1_600), (940, 1_595), (940, 1_596), (1_500, 1_597)] {
        harness.state_mut().rows.from = from;
        harness.state_mut().rows.to = to;
        harness.run();
        let now = top_of(&harness, number);
        assert!((now - before).abs() < 0.5, "{from}..{to}: {before} → {now}");
    }
}

#[test]
fn it_follows_the_newest_only_from_the_end() {
    let mut harness = stage(0, 500);
    harness.run();
    harness.state_mut().rows.to = 501;
    harness.run();
    assert!(harness.state().rows.drawn.contains(&500));
    wheel(&mut harness, 500.0);
    harness.state_mut().rows.to = 502;
    harness.run();
    assert!(!harness.state().rows.drawn.contains(&501));
    harness.state_mut().list.go_to_end();
    harness.run();
    assert!(harness.state().rows.drawn.contains(&501));
    assert!(harness.state().shown.following);
}

#[test]
fn page_keys_move_by_a_page_and_the_first_row_is_the_end() {
    let mut harness = stage(0, 40);
    harness.run();
    for _ in 0..20 {
        harness.key_press(Key::PageUp);
        harness.run();
    }
    let first = top_of(&harness, 0);
    assert!(first >= 0.0, "{first}");
    harness.key_press(Key::PageDown);
    harness.run();
    assert!(harness.state().shown.rows.unwrap().0 > 0);
}

#[test]
fn a_revealed_row_is_on_screen() {
    let mut harness = stage(0, 100_000);
    harness.run();
    harness.state_mut().list.reveal(place(12_345));
    harness.run();
    let top = top_of(&harness, 12_345);
    assert!((190.0..230.0).contains(&top), "{top}");
}

#[test]
fn few_rows_stand_at_the_bottom() {
    let mut harness = stage(0, 2);
    harness.run();
    assert!(top_of(&harness, 1) > 700.0);
}
