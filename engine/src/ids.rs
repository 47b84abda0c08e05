//! Dense indices of the things in one round. They count from zero in the order in which the round
//! names its users and items, and mean nothing outside that round.

/// An item of a round (a good, a dummy or a money bid), by its place in [`crate::Round::items`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemIndex(pub u32);

/// A user of a round, by its place in [`crate::Round::users`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserIndex(pub u32);

impl ItemIndex {
    /// The index as a position in a slice.
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl UserIndex {
    /// The index as a position in a slice.
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}
