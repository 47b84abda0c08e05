//! An offer of a small market at given prices, in whole units: what it may sell and get, what of that it can give up, and what it counts for.
//!
//! Its trade is told by how many units of the dearer of its two assets it buys or sells; what they cost of the cheaper one follows.

use super::offers::{Fill, Offer};
use super::price::{Rate, SAME};

/// What must be filled counts so many times as much as what may be.
pub(super) const FIRST: f64 = 64.0;

/// So many times counts what must be filled of an offer that was left out for its minimum: the prices were found without it.
const SECOND: f64 = 2.0;

/// What is sold and left to nobody counts so many times as much as what is received.
pub(super) const LOST: f64 = 2.0 * FIRST;

/// Such a share of an offer may be unfilled without more being tried.
const LITTLE: f64 = 1e-3;

/// At most one part in so many of what the prices say is given up, and a unit of the cheaper asset.
pub(super) const DISCOUNT: u64 = 64;

/// A unit that costs so many of the cheaper asset is large enough that it does not count how that is rounded.
const COARSE: f64 = 64.0;

/// So many units less are tried where a trader does not allow what a program or others would have it trade.
pub(super) const NEAR: u64 = 8;

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
        // Of two assets of one price whoever trades them takes the same for the dearer.
        let buys_dearer = (bought, offer.buys) > (sold, offer.sells);
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
        self.counted(sold, bought, self.weight)
    }

    /// What of that is due to what must be filled, less what is lost.
    pub(super) fn due(&self, fill: &Fill) -> f64 {
        self.counted(fill.sold as f64, fill.bought as f64, if self.weight < FIRST { 0.0 } else { FIRST })
    }

    fn counted(&self, sold: f64, bought: f64, weight: f64) -> f64 {
        let got = bought * self.price;
        got * weight - (sold * self.cost - got) * LOST
    }

    /// Whether it could trade more, and that would be noticed: where the prices do not ask for it, by whole units alone.
    pub(super) fn lacks(&self, fill: &Fill) -> bool {
        let is_noticed = self.weight > 1.0 || self.most <= MOST_AMOUNTS;
        is_noticed && self.most.saturating_sub(self.units(fill)) as f64 > LITTLE * self.most as f64
    }

    /// How many units of the dearer asset it trades.
    pub(super) fn units(&self, fill: &Fill) -> u64 {
        if self.buys_dearer { fill.bought } else { fill.sold }
    }

    /// What one of them is worth.
    pub(super) fn dearer_price(&self) -> f64 {
        self.cost.max(self.price)
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

    /// What it sells and gets with so many units of the dearer asset more than so far, whatever it gave up of what it has.
    pub(super) fn more(&self, so_far: Fill, units: u64) -> Option<Fill> {
        let Fill { sold, bought } = so_far;
        let fill = if self.buys_dearer {
            Fill { sold: (sold + self.rate.cost(units)).max(self.offer.minimum), bought: bought + units }
        } else {
            Fill { sold: sold + units, bought: bought + self.rate.of(units) }
        };
        self.allows(fill).then_some(fill)
    }

    /// The same with so much less of the cheaper asset, or what of that its own terms and [`DISCOUNT`] allow.
    pub(super) fn discounted(&self, fill: Fill, less: u64) -> Fill {
        let Fill { sold, bought } = fill;
        let less = less.min(self.most_less());
        if self.buys_dearer {
            let most = self.offer.amount.min(self.offer.most_for(bought)).min(self.most_paid(bought));
            Fill { sold: (sold + less).min(most).max(sold), bought }
        } else {
            let least = self.offer.least_for(sold).max(self.least_got(sold));
            Fill { sold, bought: bought.saturating_sub(less).max(least).min(bought) }
        }
    }

    /// How much of the cheaper asset may be given up, however much is traded: with what is rounded that stays below a unit of each.
    pub(super) fn most_less(&self) -> u64 {
        (self.ratio as u64).saturating_sub(1).max(1)
    }

    /// The most that is paid for so many units of the dearer asset: it is worth one part in [`DISCOUNT`] and a unit more than they.
    fn most_paid(&self, bought: u64) -> u64 {
        let most = (bought as f64 * self.ratio + 1.0) / (1.0 - 1.0 / DISCOUNT as f64);
        ((most * (1.0 - SAME)) as u64).max(self.rate.cost(bought))
    }

    /// The least that is got for so many units of the dearer asset, in the same way.
    fn least_got(&self, sold: u64) -> u64 {
        let least = sold as f64 * self.ratio * (1.0 - 1.0 / DISCOUNT as f64) - 1.0;
        (libm::ceil(least.max(0.0) * (1.0 + SAME)) as u64).min(self.rate.of(sold))
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
        let asked = offer.least_for(sold);
        let is_above = bought > self.rate.of(sold) && bought != asked;
        let is_below = if self.buys_dearer {
            sold > self.most_paid(bought).max(offer.minimum)
        } else {
            bought < self.least_got(sold)
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
