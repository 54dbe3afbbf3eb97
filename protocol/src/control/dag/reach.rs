//! A causally closed set of ops, as a length for each lane.

use super::Node;

/// How much of every lane is in a causally closed set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::control) struct Reach {
    pub(super) lengths: Vec<u32>,
    pub(super) ops: usize,
}

impl Reach {
    pub(super) fn new(lengths: Vec<u32>) -> Self {
        let ops = lengths
            .iter()
            .map(|length| usize::try_from(*length).unwrap_or(usize::MAX));
        Self {
            ops: ops.fold(0, usize::saturating_add),
            lengths,
        }
    }

    /// How many ops.
    pub(in crate::control) fn ops(&self) -> usize {
        self.ops
    }

    pub(super) fn of(&self, lane: usize) -> u32 {
        self.lengths.get(lane).copied().unwrap_or(0)
    }

    pub(in crate::control) fn has(&self, node: &Node) -> bool {
        self.of(node.lane) >= node.place
    }

    /// Takes in an op whose past is in already.
    pub(in crate::control) fn add(&mut self, node: &Node) {
        if self.lengths.len() <= node.lane {
            self.lengths.resize(node.lane.saturating_add(1), 0);
        }
        if let Some(length) = self.lengths.get_mut(node.lane) {
            *length = node.place;
            self.ops = self.ops.saturating_add(1);
        }
    }

    /// Whether all of `self` is in `other`.
    pub(in crate::control) fn within(&self, other: &Self) -> bool {
        self.ops <= other.ops
            && self
                .lengths
                .iter()
                .enumerate()
                .all(|(lane, length)| *length <= other.of(lane))
    }
}
