//! What happened before what, and causally closed sets of ops, as a length for each lane.

use super::{Dag, Node, Op};

/// How much of every lane is in a causally closed set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::control) struct Reach {
    lengths: Vec<u32>,
    ops: usize,
}

impl Reach {
    fn new(lengths: Vec<u32>) -> Self {
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

    fn of(&self, lane: usize) -> u32 {
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

impl Dag {
    pub(in crate::control) fn precedes(&self, earlier: Op, later: Op) -> bool {
        self.in_past(earlier, &self.node(later).past)
    }

    pub(in crate::control) fn concurrent(&self, one: Op, other: Op) -> bool {
        one != other && !self.precedes(one, other) && !self.precedes(other, one)
    }

    /// The past of an op as a set.
    pub(in crate::control) fn past(&self, op: Op) -> Reach {
        Reach::new(self.node(op).past.to_vec())
    }

    /// These ops and their pasts as a set.
    pub(in crate::control) fn closure(&self, ops: &[Op]) -> Reach {
        Reach::new(self.past_of(ops))
    }

    /// What is in `more` and not in `less`, in the order in which it can be taken in.
    pub(in crate::control) fn between(&self, less: &Reach, more: &Reach) -> Vec<Op> {
        let mut ops: Vec<Op> = Vec::with_capacity(more.ops.saturating_sub(less.ops));
        for (lane, length) in more.lengths.iter().enumerate() {
            let from = usize::try_from(less.of(lane)).unwrap_or(usize::MAX);
            let to = usize::try_from(*length).unwrap_or(usize::MAX);
            let lane = self.lanes.get(lane).and_then(|ops| ops.get(from..to));
            ops.extend(lane.unwrap_or_default());
        }
        // Numbers rise with admission, and nothing is admitted before its past.
        ops.sort_unstable();
        ops
    }
}
