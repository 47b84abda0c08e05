//! How far a replay and its venue agree: where executed orders stood, and what did not fit.

/// Where the orders that the venue executed stood in our book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Executions that name a resting order, of more than nothing.
    pub executions: u64,
    /// Of these: of the first order in the queue at the best price, with at least that much open, at its price, and
    /// traded by our matching.
    pub first_in_queue: u64,
    /// At the best price, behind another order.
    pub behind_another: u64,
    /// At a price that is not the best.
    pub not_the_best: u64,
    /// First in the queue, with less open than was executed: more came from a reserve that the venue does not show.
    pub more_than_shown: u64,
    /// First in the queue, at another price than its own.
    pub other_price: u64,
    /// While our book was crossed, and so not matching.
    pub crossed: u64,
    /// Of an order that we do not know.
    pub unknown: u64,
    /// Orders that the venue took out of the way of one of their own owner's, before executions.
    pub prevented: u64,
    /// Orders that would have traded on entry, which our book refused and the venue took back: post-only.
    pub post_only: u64,
}

/// What a venue said that does not fit our book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misfits {
    /// Reductions of unknown orders.
    pub unknown_reduced: u64,
    /// Changes of unknown orders.
    pub unknown_changed: u64,
    /// Deletions of unknown orders.
    pub unknown_deleted: u64,
    /// Executions of unknown orders.
    pub unknown_executed: u64,
    /// Replacements of unknown orders.
    pub unknown_replaced: u64,
    /// New orders with the id of one that is live; the old one goes.
    pub known_added: u64,
    /// New orders that cross the book.
    pub crossing: u64,
    /// Orders that had more taken from them than they had.
    pub overdrawn: u64,
    /// Orders that the venue says have traded, and that have not in our matching.
    pub untraded: u64,
    /// Orders that our book refuses (a price or quantity out of range).
    pub refused: u64,
    /// New orders of which the file does not tell how much they are of.
    pub sizeless: u64,
    /// New orders without a price.
    pub unpriced: u64,
    /// Messages of a size of zero: orders, executions and trades of nothing.
    pub empty: u64,
}

impl Misfits {
    /// Each count with its name for programs and what it is of for people.
    pub fn named(&self) -> [(&'static str, u64, &'static str); 13] {
        [
            ("unknown_reduced", self.unknown_reduced, "reductions of orders that the file never enters"),
            ("unknown_changed", self.unknown_changed, "changes of orders that the file never enters"),
            ("unknown_deleted", self.unknown_deleted, "deletions of orders that the file never enters"),
            ("unknown_executed", self.unknown_executed, "executions of orders that the file never enters"),
            ("unknown_replaced", self.unknown_replaced, "replacements of orders that the file never enters"),
            ("known_added", self.known_added, "new orders with the id of a live one, which goes"),
            ("crossing", self.crossing, "new orders at a price at which orders of the other side still rest"),
            ("overdrawn", self.overdrawn, "orders that had more taken from them than they showed"),
            (
                "untraded",
                self.untraded,
                "orders that traded at the venue and found nobody to trade with here",
            ),
            (
                "refused",
                self.refused,
                "orders left out: of more than our book holds, or at a price beyond it",
            ),
            ("sizeless", self.sizeless, "new orders without a size"),
            ("unpriced", self.unpriced, "orders without a price"),
            ("empty", self.empty, "messages about a size of zero"),
        ]
    }

    /// Messages that name an order which we do not know.
    pub fn unknown(&self) -> u64 {
        self.unknown_reduced
            + self.unknown_changed
            + self.unknown_deleted
            + self.unknown_executed
            + self.unknown_replaced
    }
}
