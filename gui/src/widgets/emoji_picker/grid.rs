//! Where each emoji stands: rows of eight under headings. Pure, so that the keyboard and the mouse agree.

use emojis::Group;

use super::{COLUMNS, names};
use crate::context::Cx;

/// A row of the list; all are equally high.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The name of a group; `None` is "used last".
    Head(Option<Group>),
    /// Emoji from here to before there.
    Emoji(usize, usize),
}

/// What is shown for a search.
#[derive(Debug)]
pub(super) struct Grid {
    emoji: Vec<(String, &'static str)>,
    rows: Vec<Row>,
}

impl Grid {
    /// All emoji by group, or what was found.
    pub(super) fn new(cx: &Cx<'_>, query: &str) -> Self {
        let (language, tone) = (cx.text.language(), cx.prefs.skin_tone);
        let mut grid = Self {
            emoji: Vec::new(),
            rows: Vec::new(),
        };
        if query.trim().is_empty() {
            let recent = cx
                .prefs
                .recent_emoji
                .iter()
                .map(|emoji| (emoji.clone(), names::name(language, emoji)));
            grid.group(Some(None), recent.collect());
            let mut all = names::all(language).iter().peekable();
            for group in names::GROUPS {
                let mut members = Vec::new();
                while let Some(named) = all.next_if(|named| named.emoji.group() == group) {
                    members.push((named.toned(tone).to_owned(), named.name));
                }
                grid.group(Some(Some(group)), members);
            }
        } else {
            let found = names::search(language, query)
                .into_iter()
                .map(|named| (named.toned(tone).to_owned(), named.name));
            grid.group(None, found.collect());
        }
        grid
    }

    fn group(&mut self, head: Option<Option<Group>>, members: Vec<(String, &'static str)>) {
        if members.is_empty() {
            return;
        }
        if let Some(head) = head {
            self.rows.push(Row::Head(head));
        }
        let (mut from, end) = (self.emoji.len(), self.emoji.len() + members.len());
        self.emoji.extend(members);
        while from < end {
            let to = (from + COLUMNS).min(end);
            self.rows.push(Row::Emoji(from, to));
            from = to;
        }
    }

    /// How many emoji there are.
    pub(super) const fn len(&self) -> usize {
        self.emoji.len()
    }

    /// How many rows there are.
    pub(super) const fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, row: usize) -> Option<&Row> {
        self.rows.get(row)
    }

    /// An emoji and its name.
    pub(super) fn at(&self, at: usize) -> Option<(&str, &str)> {
        let (emoji, name) = self.emoji.get(at)?;
        Some((emoji, name))
    }

    /// The groups with the rows of their headings.
    pub(super) fn groups(&self) -> impl Iterator<Item = (usize, Option<Group>)> + '_ {
        let head = |(row, what): (usize, &Row)| match what {
            Row::Head(group) => Some((row, *group)),
            Row::Emoji(..) => None,
        };
        self.rows.iter().enumerate().filter_map(head)
    }

    /// The first emoji under a heading.
    pub(super) fn first_of(&self, row: usize) -> usize {
        match self.rows.get(row + 1) {
            Some(Row::Emoji(from, _)) => *from,
            _ => 0,
        }
    }

    /// The group that is at the top when the list is scrolled so far.
    pub(super) fn group_at(&self, offset: f32, cell: f32) -> Option<Option<Group>> {
        let passed = |(row, _): &(usize, Option<Group>)| Self::top(*row, cell) <= offset + 1.0;
        self.groups().filter(passed).last().map(|(_, group)| group)
    }

    /// Where a row begins.
    #[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
    pub(super) const fn top(row: usize, cell: f32) -> f32 {
        row as f32 * cell
    }

    /// How far to scroll so that an emoji is seen, moving as little as possible.
    pub(super) fn offset_to_see(&self, at: usize, offset: f32, height: f32, cell: f32) -> f32 {
        let row = self
            .rows
            .iter()
            .position(|row| matches!(row, Row::Emoji(from, to) if (*from..*to).contains(&at)));
        let top = Self::top(row.unwrap_or(0), cell);
        offset.min(top).max(top + cell - height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_eight_and_headings_stand_between() {
        let mut grid = Grid {
            emoji: Vec::new(),
            rows: Vec::new(),
        };
        let some = |count| vec![("x".to_owned(), "x"); count];
        grid.group(Some(None), some(9));
        grid.group(Some(Some(Group::Flags)), some(3));
        assert_eq!(
            grid.rows,
            [
                Row::Head(None),
                Row::Emoji(0, 8),
                Row::Emoji(8, 9),
                Row::Head(Some(Group::Flags)),
                Row::Emoji(9, 12),
            ]
        );
        assert_eq!(grid.first_of(3), 9);
        assert_eq!(grid.group_at(0.0, 10.0), Some(None));
        assert_eq!(grid.group_at(30.0, 10.0), Some(Some(Group::Flags)));
        assert_eq!(grid.offset_to_see(11, 0.0, 20.0, 10.0), 30.0);
        assert_eq!(grid.offset_to_see(0, 30.0, 20.0, 10.0), 10.0);
    }
}
