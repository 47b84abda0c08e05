//! The input of an assignment problem: rows of arcs with dense local indices, and what each is worth.
//! A square problem: as many givers as takers. Cost: 4 bytes an arc, and 8 where gains differ by arc.

/// No taker, no giver.
pub(crate) const NONE: u32 = u32::MAX;

/// The arcs of a square assignment problem, with dense local indices on both sides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Where the arcs of each taker start; one entry more than takers.
    pub(crate) first: Vec<u32>,
    /// The giver of each arc.
    pub(crate) head: Vec<u32>,
}

impl Rows {
    #[inline]
    pub(crate) fn arcs(&self, taker: usize) -> std::ops::Range<usize> {
        self.first[taker] as usize..self.first[taker + 1] as usize
    }

    #[inline]
    pub(crate) fn taker_count(&self) -> usize {
        self.first.len() - 1
    }
}

/// What taking along an arc is worth.
pub(crate) trait Gains {
    /// The gain of `arc`, which is one of `taker`'s and stands at `place` in its row.
    fn gain(&self, taker: usize, place: usize, arc: usize) -> i64;
}

/// One gain for all arcs of a taker, but 0 for its arc to itself, which stands first where present.
pub(crate) struct ByTaker {
    pub(crate) gain: Vec<i64>,
    pub(crate) has_self: Vec<bool>,
}

impl Gains for ByTaker {
    #[inline]
    fn gain(&self, taker: usize, place: usize, _arc: usize) -> i64 {
        if place == 0 && self.has_self[taker] { 0 } else { self.gain[taker] }
    }
}

/// One gain per arc.
pub(crate) struct ByArc(pub(crate) Vec<i64>);

impl Gains for ByArc {
    #[inline]
    fn gain(&self, _taker: usize, _place: usize, arc: usize) -> i64 {
        self.0[arc]
    }
}
