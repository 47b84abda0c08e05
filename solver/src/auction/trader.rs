//! An offer of a small market at given prices, in whole units: what it may sell and get, what of that it can give up, and what it counts for.
//!
//! Its trade is told by how many units of the dearer of its two assets it buys or sells; what they cost of the cheaper one follows.

use super::offers::{Fill, Offer};
use super::price::{Rate, SAME};

/// What must be filled counts so many times as much as what may be.
pub(super) const FIRST: f64 = 64.0;

/// So many times counts what must be filled of an offer that was left out for its minimum: the prices were found without it.
const SECOND: f64 = 8.0;

/// What is sold and left to nobody counts so many times as much as what is received.
pub(super) const LOST: f64 = 2.0 * FIRST;

/// Such a share of an offer may be unfilled without more being tried.
const LITTLE: f64 = 1e-3;

/// At most one part in so many of what the prices say is given up.
pub(super) const DISCOUNT: u64 = 64;

/// A unit that costs so many of the cheaper asset is large enough that it does not count how that is rounded.
const COARSE: f64 = 64.0;

/// So many amounts at most are listed for an offer.
const MOST_AMOUNTS: u64 = 48;

/// An offer whose limit the prices beat or meet.
pub(super) struct Trader<'a> {
    pub(super) number: usize,
    pub(super) offer: &'a Offer,
    rate: Rate,
    /// What a unit of what it buys is worth.
    price: f64,
    /// What a unit of what it sells is worth.
    pub(super) cost: f64,
    /// How much counts what it gets.
    weight: f64,
    pub(super) buys_dearer: bool,
    /// How many units of the cheaper asset one of the dearer costs.
    pub(super) ratio: f64,
    /// How many of the dearer it trades at most.
    pub(super) most: u64,
}

impl<'a> Trader<'a> {
    pub(super) fn new(
        number: usize,
        offer: &'a Offer,
        prices: &[f64],
        tolerance: f64,
        so_far: Fill,
    ) -> Option<Self> {
        let [sold, bought] = [offer.sells, offer.buys].map(|asset| prices[asset as usize]);
        if offer.limit() > sold / bought * (1.0 + SAME) {
            return None;
        }
        let rate = Rate::new(sold, bought);
        let is_must = offer.limit() < sold / bought * (1.0 - tolerance) * (1.0 - SAME);
        let buys_dearer = bought >= sold;
        Some(Trader {
            number,
            offer,
            rate,
            price: bought,
            cost: sold,
            weight: match is_must {
                true if offer.minimum > 0 && so_far.sold == 0 => SECOND,
                true => FIRST,
                false => 1.0,
            },
            buys_dearer,
            ratio: sold.max(bought) / sold.min(bought),
            most: if buys_dearer { rate.of(offer.amount).max(offer.at_least) } else { offer.amount },
        })
    }

    /// What its fill counts for.
    pub(super) fn gain(&self, sold: f64, bought: f64) -> f64 {
        let got = bought * self.price;
        got * self.weight - (sold * self.cost - got) * LOST
    }

    /// Whether it could trade more, and that would be noticed: where the prices do not ask for it, by whole units alone.
    pub(super) fn lacks(&self, fill: &Fill) -> bool {
        let units = if self.buys_dearer { fill.bought } else { fill.sold };
        let is_noticed = self.weight > 1.0 || self.most <= MOST_AMOUNTS;
        is_noticed && self.most.saturating_sub(units) as f64 > LITTLE * self.most as f64
    }

    /// The least units of the dearer asset with which it keeps its minimum.
    pub(super) fn least(&self) -> u64 {
        let minimum = self.offer.minimum;
        if self.buys_dearer { self.rate.of(minimum) } else { minimum }.max(1)
    }

    /// What it sells and gets with so many units of the dearer asset; none if its own terms or the prices forbid it.
    pub(super) fn fill(&self, units: u64) -> Option<Fill> {
        let offer = self.offer;
        let fill = if self.buys_dearer {
            let sold = self.rate.cost(units).min(offer.most_for(units));
            Fill { sold: sold.max(offer.minimum), bought: units }
        } else {
            Fill { sold: units, bought: self.rate.of(units).max(offer.least_for(units)) }
        };
        self.allows(fill).then_some(fill)
    }

    /// The same with so much less of the cheaper asset, or what of that its own terms and [`DISCOUNT`] allow.
    pub(super) fn discounted(&self, fill: Fill, less: u64) -> Fill {
        let Fill { sold, bought } = fill;
        // With what is rounded that stays below a unit of each.
        let less = less.min((self.ratio as u64).saturating_sub(1));
        if self.buys_dearer {
            let cost = self.rate.cost(bought);
            let most = self.offer.amount.min(self.offer.most_for(bought)).min(cost + cost / DISCOUNT);
            Fill { sold: (sold + less).min(most).max(sold), bought }
        } else {
            let full = self.rate.of(sold);
            let least = self.offer.least_for(sold).max(full - full / DISCOUNT);
            Fill { sold, bought: bought.saturating_sub(less).max(least).min(bought) }
        }
    }

    /// How much of the cheaper asset one fill gives up beside another.
    pub(super) fn given_up(&self, full: Fill, less: Fill) -> u64 {
        if self.buys_dearer { less.sold - full.sold } else { full.bought - less.bought }
    }

    /// Whether it may sell so much for so much: by its own terms, and by the prices.
    pub(super) fn allows(&self, Fill { sold, bought }: Fill) -> bool {
        let offer = self.offer;
        if sold == 0 || sold > offer.amount || sold < offer.minimum {
            return false;
        }
        let (asked, full) = (offer.least_for(sold), self.rate.of(sold));
        let is_above = bought > full && bought != asked;
        let is_below = if self.buys_dearer {
            let cost = self.rate.cost(bought);
            sold > (cost + cost / DISCOUNT).max(offer.minimum)
        } else {
            bought + full / DISCOUNT < full
        };
        bought >= asked && !is_above && !is_below && self.rate.of(sold - 1) <= bought
    }

    /// The cheaper asset.
    pub(super) fn cheaper(&self) -> usize {
        (if self.buys_dearer { self.offer.sells } else { self.offer.buys }) as usize
    }

    /// The share of its price that it can give up.
    pub(super) fn room(&self) -> f64 {
        let limit = self.offer.limit();
        let share = if self.buys_dearer { limit * self.ratio } else { limit / self.ratio };
        (1.0 - share).clamp(0.0, 1.0 / DISCOUNT as f64)
    }

    /// Its fills with each amount, where those are few.
    pub(super) fn amounts(&self) -> Option<Vec<Fill>> {
        let least = self.least();
        let is_few = self.most < least.saturating_add(MOST_AMOUNTS);
        (is_few && (self.ratio < COARSE || self.offer.minimum > 0))
            .then(|| (least..=self.most).filter_map(|units| self.fill(units)).collect())
    }
}
