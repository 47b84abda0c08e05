//! The pegged orders of one side. Those with the same terms always have the same price, so they share a queue, and a
//! moving reference moves no order: prices are worked out when somebody could trade with them.
//! Finding the best one costs a step per set of terms in use, not per order.

use std::collections::BTreeMap;

use super::command::PegReference;
use super::rules::{Bands, TickTable};
use super::units::{Price, Side};

/// What pegged orders have in common: what they follow, how far behind, and at worst how far.
type Terms = (PegReference, u64, i64);

/// The best displayed prices when somebody arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct References {
    pub(super) bid: Option<i64>,
    pub(super) ask: Option<i64>,
}

/// A pegged order and where it would trade.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) price: i64,
    pub(super) entered: u64,
    pub(super) slot: u32,
}

/// The pegged orders of one side.
#[derive(Clone, Debug)]
pub(super) struct Pegs {
    side: Side,
    /// By terms, then by entry.
    queues: BTreeMap<Terms, BTreeMap<u64, u32>>,
}

impl Pegs {
    pub(super) fn new(side: Side) -> Self {
        Pegs { side, queues: BTreeMap::new() }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.queues.values().map(BTreeMap::len).sum()
    }

    pub(super) fn insert(&mut self, terms: Terms, entered: u64, slot: u32) {
        self.queues.entry(terms).or_default().insert(entered, slot);
    }

    pub(super) fn remove(&mut self, terms: Terms, entered: u64) {
        if let Some(queue) = self.queues.get_mut(&terms) {
            queue.remove(&entered);
            if queue.is_empty() {
                self.queues.remove(&terms);
            }
        }
    }

    /// Where orders of these terms would trade, if they would.
    fn price(
        &self,
        terms: Terms,
        references: References,
        ticks: &TickTable,
        bands: Option<Bands>,
    ) -> Option<i64> {
        let (reference, offset, limit) = terms;
        let References { bid, ask } = references;
        let is_buy = self.side == Side::Buy;
        let followed = match reference {
            PegReference::Primary => if is_buy { bid } else { ask }?,
            PegReference::Market => if is_buy { ask } else { bid }?,
            PegReference::Midpoint => {
                (bid? + ask?).div_euclid(2) + i64::from(!is_buy && (bid? + ask?) & 1 == 1)
            }
        };
        let price = if is_buy {
            let capped = if limit == i64::MIN { i64::MAX } else { limit };
            ticks.at_or_below(Price((followed - offset as i64).min(capped)))
        } else {
            ticks.at_or_above(Price((followed + offset as i64).max(limit)))
        };
        let is_allowed = price.is_valid() && bands.is_none_or(|bands| bands.contain(price));
        is_allowed.then_some(price.0)
    }

    /// The one to trade with first: best price, then first entered.
    pub(super) fn best(
        &self,
        references: References,
        ticks: &TickTable,
        bands: Option<Bands>,
    ) -> Option<Candidate> {
        let first_of = |(&terms, queue): (&Terms, &BTreeMap<u64, u32>)| {
            let price = self.price(terms, references, ticks, bands)?;
            let (&entered, &slot) = queue.first_key_value()?;
            Some(Candidate { price, entered, slot })
        };
        let sign = if self.side == Side::Buy { -1 } else { 1 };
        self.queues.iter().filter_map(first_of).min_by_key(|found| (sign * found.price, found.entered))
    }

    /// All that would trade, in the order in which they would.
    pub(super) fn in_order(
        &self,
        references: References,
        ticks: &TickTable,
        bands: Option<Bands>,
    ) -> Vec<Candidate> {
        let sign = if self.side == Side::Buy { -1 } else { 1 };
        let mut found = Vec::new();
        for (&terms, queue) in &self.queues {
            if let Some(price) = self.price(terms, references, ticks, bands) {
                found.extend(queue.iter().map(|(&entered, &slot)| Candidate { price, entered, slot }));
            }
        }
        found.sort_unstable_by_key(|found| (sign * found.price, found.entered));
        found
    }
}
