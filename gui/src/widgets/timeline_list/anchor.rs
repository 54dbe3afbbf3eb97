//! Where a list stands, without absolute offsets: heights are only ever asked for near the place that is looked at.

/// The last row that touches the viewport, and how far its lower edge lies under the viewport's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// The row.
    pub index: usize,
    /// Points of it below the viewport: from 0 to its height.
    pub below: f32,
}

impl Anchor {
    /// The end of a list of this many rows.
    #[must_use]
    pub const fn end(len: usize) -> Self {
        Self {
            index: len.saturating_sub(1),
            below: 0.0,
        }
    }

    /// Moved by this many points, toward the first row where positive; the ends hold.
    #[must_use]
    pub fn moved(
        self,
        by: f32,
        len: usize,
        viewport: f32,
        height: &mut impl FnMut(usize) -> f32,
    ) -> Self {
        let mut at = Self {
            index: self.index.min(len.saturating_sub(1)),
            below: self.below + by,
        };
        at.settle(len, height);
        let lacking = viewport - at.above(viewport, height);
        if lacking > 0.0 {
            at.below -= lacking;
            at.settle(len, height);
        }
        at
    }

    /// Names the same place by the row that touches the viewport's lower edge.
    fn settle(&mut self, len: usize, height: &mut impl FnMut(usize) -> f32) {
        while self.below < 0.0 && self.index + 1 < len {
            self.index += 1;
            self.below += height(self.index);
        }
        self.below = self.below.max(0.0);
        while self.index > 0 {
            let own = height(self.index);
            if self.below < own {
                break;
            }
            self.below -= own;
            self.index -= 1;
        }
    }

    /// Points of rows above the viewport's lower edge; counted no farther than the viewport is high.
    fn above(self, viewport: f32, height: &mut impl FnMut(usize) -> f32) -> f32 {
        let mut sum = -self.below;
        for index in (0..=self.index).rev() {
            sum += height(index);
            if sum >= viewport {
                break;
            }
        }
        sum
    }

    /// The first row that touches the viewport, and the place of its upper edge under the viewport's.
    #[must_use]
    pub fn first(self, viewport: f32, height: &mut impl FnMut(usize) -> f32) -> (usize, f32) {
        let mut top = viewport + self.below;
        let mut index = self.index;
        loop {
            top -= height(index);
            if top <= 0.0 || index == 0 {
                return (index, top);
            }
            index -= 1;
        }
    }

    /// Stands so that a row's upper edge is this far under the viewport's.
    #[must_use]
    pub fn showing(
        index: usize,
        top: f32,
        len: usize,
        viewport: f32,
        height: &mut impl FnMut(usize) -> f32,
    ) -> Self {
        let below = top + height(index) - viewport;
        Self { index, below }.moved(0.0, len, viewport, height)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plain way: all heights are known and summed.
    struct Plain {
        heights: Vec<f32>,
        /// Place of the viewport's lower edge in the whole content.
        bottom: f32,
        viewport: f32,
    }

    impl Plain {
        fn total(&self) -> f32 {
            self.heights.iter().sum()
        }

        fn hold(&mut self) {
            self.bottom = self.bottom.max(self.viewport).min(self.total());
        }

        fn of(anchor: Anchor, heights: &[f32]) -> f32 {
            heights[..=anchor.index].iter().sum::<f32>() - anchor.below
        }
    }

    proptest! {
        #[test]
        fn moves_like_a_list_whose_heights_are_all_known(
            heights in prop::collection::vec(1_u16..400, 1..60),
            moves in prop::collection::vec(-900_i16..900, 1..40),
            viewport in 50_u16..900,
        ) {
            let heights: Vec<f32> = heights.into_iter().map(f32::from).collect();
            let viewport = f32::from(viewport);
            let len = heights.len();
            let mut asked = |index: usize| heights[index];
            let mut anchor = Anchor::end(len);
            let mut plain = Plain { bottom: heights.iter().sum(), heights: heights.clone(), viewport };
            for by in moves {
                anchor = anchor.moved(f32::from(by), len, viewport, &mut asked);
                plain.bottom -= f32::from(by);
                plain.hold();
                prop_assert_eq!(Plain::of(anchor, &heights), plain.bottom);
                prop_assert!(anchor.below >= 0.0 && anchor.below < heights[anchor.index].max(0.1) || anchor.index == 0);
                let (first, top) = anchor.first(viewport, &mut asked);
                let before: f32 = heights[..first].iter().sum();
                prop_assert_eq!(before - (plain.bottom - viewport), top);
                prop_assert!(first == 0 || top > -heights[first]);
            }
        }

        #[test]
        fn a_row_that_is_shown_stands_where_it_was_wanted_unless_an_end_forbids_it(
            heights in prop::collection::vec(1_u16..400, 1..60),
            index in 0_usize..60,
            top in 0_u16..300,
        ) {
            let heights: Vec<f32> = heights.into_iter().map(f32::from).collect();
            let (len, index, viewport) = (heights.len(), index % heights.len(), 600.0);
            let anchor = Anchor::showing(index, f32::from(top), len, viewport, &mut |index| heights[index]);
            let mut plain = Plain { heights: heights.clone(), bottom: 0.0, viewport };
            plain.bottom = heights[..index].iter().sum::<f32>() - f32::from(top) + viewport;
            plain.hold();
            prop_assert_eq!(Plain::of(anchor, &heights), plain.bottom);
        }
    }

    #[test]
    fn only_heights_near_the_place_are_asked_for() {
        let mut asked = std::collections::BTreeSet::new();
        let mut height = |index: usize| {
            asked.insert(index);
            60.0
        };
        let anchor = Anchor::end(100_000).moved(500.0, 100_000, 800.0, &mut height);
        let _first = anchor.first(800.0, &mut height);
        assert!(asked.len() < 40, "{}", asked.len());
    }
}
