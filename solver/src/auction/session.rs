//! An auction from offers to settled fills, and again after a few of them have changed.

use super::fills::Book;
use super::ladder::{Ladder, Pair};
use super::market::Market;
use super::offers::{self, Fault, Fill, MAX_TOTAL, Offer};
use super::prices;
use super::settlement::{Part, Settlement, Settling};
use super::whole_prices;
use crate::Components;

/// When more than one offer in so many has changed, all are sorted again.
const MANY_CHANGES: usize = 16;

/// After so many times that offers were left out for their minimum, twice as many are at a time: where a pair is of nothing else, one after
/// the other would take as many settlements as there are offers.
const MANY_TIMES: u32 = 16;

/// What came of an auction.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The price of a unit of each asset, that of the first as 1: what it sells for in any other is the quotient of their prices.
    pub prices: Vec<f64>,
    /// What became of each offer.
    pub fills: Vec<Fill>,
    /// What was sold of each asset and not paid out, by rounding.
    pub remainder: Vec<u64>,
    /// An offer whose limit is below the rate by at most this share may be filled in part or not at all; 0 where only those exactly at their
    /// limit are.
    pub tolerance: f64,
    /// Offers that were left out since less than their minimum would have been sold, by rising number: prices were found without them. What was then left over may fill a part of one.
    pub left_out: Vec<u32>,
}

/// A change of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which offer.
    pub number: u32,
    /// What it is from now on.
    pub offer: Offer,
}

/// An auction whose offers may change between one pricing and the next.
#[derive(Clone, Debug)]
pub struct Session {
    asset_count: usize,
    offers: Vec<Offer>,
    /// How much of each asset is offered.
    offered: Vec<u64>,
    /// The offers as they were when they were sorted.
    ladder: Ladder,
    /// Offers that have changed since, as they were, and which they are; nothing of the latter before the first change.
    changed: Vec<Change>,
    is_changed: Vec<bool>,
    /// The component of each asset by what is offered.
    components: Components,
    /// Log prices; nothing before the first pricing.
    log: Vec<f64>,
    /// The band within which each asset balances.
    band: Vec<f64>,
    /// Whether they are those of the offers as they are now.
    is_priced: bool,
    /// Offers that take no part since less than their minimum would be sold.
    is_left_out: Vec<bool>,
}

impl Session {
    /// Sorts the offers.
    ///
    /// # Errors
    /// Their first fault.
    pub fn new(asset_count: usize, offers: Vec<Offer>) -> Result<Self, Fault> {
        let offered = offers::check(asset_count, &offers)?;
        let mut session = Session {
            asset_count,
            is_left_out: Vec::new(),
            offers,
            offered,
            ladder: Ladder::default(),
            changed: Vec::new(),
            is_changed: Vec::new(),
            components: Components { of: Vec::new(), nodes: Vec::new(), first: Vec::new() },
            log: Vec::new(),
            band: vec![0.0; asset_count],
            is_priced: false,
        };
        session.sort();
        Ok(session)
    }

    /// The offers as they are now.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    fn sort(&mut self) {
        let is_in = |number: u32| self.is_left_out.get(number as usize).is_none_or(|&is_out| !is_out);
        let entries = self.offers.iter().enumerate().map(|(number, &offer)| (number as u32, offer, false));
        self.ladder = if self.is_left_out.is_empty() {
            Ladder::new(self.asset_count, entries)
        } else {
            Ladder::new(self.asset_count, entries.filter(|&(number, ..)| is_in(number)))
        };
        for Change { number, .. } in self.changed.drain(..) {
            self.is_changed[number as usize] = false;
        }
        let n = self.asset_count;
        let ladder = &self.ladder;
        let components = Components::find(
            n,
            |asset| asset * n..(asset + 1) * n,
            |place| (!ladder.rungs(place).is_empty()).then_some(place % n),
        );
        if components != self.components {
            // What prices of components are to each other is none of their offers' making.
            self.components = components;
            self.log.clear();
            self.is_priced = false;
        }
    }

    /// Replaces offers. Prices are those from before until they are asked for again.
    ///
    /// # Errors
    /// The first fault that offers would then have, with nothing changed.
    ///
    /// # Panics
    /// If there is no offer of that number.
    pub fn change(&mut self, changes: &[Change]) -> Result<(), Fault> {
        for change in changes {
            offers::check_one(self.asset_count, change.number, &change.offer)?;
        }
        let mut replaced = Vec::with_capacity(changes.len());
        for change in changes {
            let was = self.replace(*change);
            replaced.push(Change { number: change.number, offer: was });
            if self.offered[change.offer.sells as usize] > MAX_TOTAL {
                for &was in replaced.iter().rev() {
                    self.replace(was);
                }
                return Err(Fault::OfferedTooMuch(change.number));
            }
        }
        self.is_priced &= changes.is_empty();
        self.is_changed.resize(self.offers.len(), false);
        for was in replaced {
            if !std::mem::replace(&mut self.is_changed[was.number as usize], true) {
                self.changed.push(was);
            }
        }
        let of = &self.components.of;
        let joins = |offer: &Offer| {
            self.ladder.rungs(self.place(offer)).is_empty()
                && of[offer.sells as usize] != of[offer.buys as usize]
        };
        if !self.is_left_out.is_empty()
            || self.changed.len() > self.offers.len() / MANY_CHANGES
            || changes.iter().any(|change| joins(&change.offer))
        {
            self.is_left_out.clear();
            self.sort();
        }
        Ok(())
    }

    /// Puts an offer in its place, and returns what was there.
    fn replace(&mut self, change: Change) -> Offer {
        let was = std::mem::replace(&mut self.offers[change.number as usize], change.offer);
        self.offered[was.sells as usize] -= was.amount;
        self.offered[change.offer.sells as usize] += change.offer.amount;
        was
    }

    fn place(&self, offer: &Offer) -> usize {
        offer.sells as usize * self.asset_count + offer.buys as usize
    }

    /// Finds the prices at which the offers balance, starting from those of before if there are any.
    pub fn price(&mut self) {
        if !self.changed.is_empty() && prices::is_thin(self.offers.len(), self.asset_count) {
            self.sort();
        }
        self.changed.sort_unstable_by_key(|was| was.number);
        let overlay = (!self.changed.is_empty()).then(|| {
            let now = |number: u32| self.offers[number as usize];
            let taken = self.changed.iter().map(|was| (was.number, was.offer, true));
            let added = self.changed.iter().map(|was| (was.number, now(was.number), false));
            Ladder::new(self.asset_count, taken.chain(added))
        });
        let ladders: Vec<&Ladder> = std::iter::once(&self.ladder).chain(&overlay).collect();
        let mut log = std::mem::take(&mut self.log);
        let is_first = log.is_empty();
        log.resize(self.asset_count, 0.0);
        for part in self.parts(&log, &ladders) {
            let market = Market::new(part.assets.len(), &part.pairs, &ladders);
            let (found, band) = prices::balance(&market, (!is_first).then_some(part.log));
            for (&asset, &found) in part.assets.iter().zip(&found) {
                log[asset as usize] = found;
                self.band[asset as usize] = band;
            }
        }
        self.log = log;
        self.is_priced = true;
    }

    /// The parts of the market that can trade, with these log prices.
    fn parts(&self, log: &[f64], ladders: &[&Ladder]) -> Vec<Part> {
        let components = (0..self.components.count()).map(|component| self.components.members(component));
        let part = |assets: &[u32]| Part {
            assets: assets.to_vec(),
            pairs: self.pairs(assets, ladders),
            log: assets.iter().map(|&asset| log[asset as usize]).collect(),
            band: self.band[assets[0] as usize],
        };
        components.filter(|assets| assets.len() > 1).map(part).collect()
    }

    /// The pairs among these assets that have offers.
    fn pairs(&self, assets: &[u32], ladders: &[&Ladder]) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for (sells, &from) in (0..).zip(assets) {
            for (buys, &to) in (0..).zip(assets) {
                let place = from as usize * self.asset_count + to as usize;
                if ladders.iter().any(|ladder| !ladder.rungs(place).is_empty()) {
                    pairs.push(Pair { sells, buys, place });
                }
            }
        }
        pairs
    }

    /// Fills the offers at the prices found.
    pub fn settle(&mut self) -> Outcome {
        if !self.changed.is_empty() {
            self.sort();
        }
        for times in 0_u32.. {
            if !self.is_priced {
                self.price();
            }
            let parts = self.parts(&self.log, &[&self.ladder]);
            let book = Book { offers: &self.offers, is_out: &self.is_left_out, ladder: &self.ladder };
            let mut settling = Settling::new(book, &self.components, &parts);
            let settlement = settling.settle();
            if settlement.settled.too_little.is_empty() {
                return self.outcome(whole_prices::moved(&mut settling, settlement));
            }
            self.is_left_out.resize(self.offers.len(), false);
            let most = 1 << (times / MANY_TIMES).min(u32::BITS - 1);
            for number in settlement.settled.too_little {
                self.leave_out(number, settlement.settled.fills[number as usize].sold, most);
            }
            self.sort();
            self.is_priced = false;
        }
        unreachable!("each time at least one offer fewer takes part")
    }

    /// Leaves out an offer that would sell so much, and of those of the same pair that come after it as many, `most` in all, as would not be content with that either.
    fn leave_out(&mut self, number: u32, sold: u64, most: usize) {
        let rungs = self.ladder.rungs(self.place(&self.offers[number as usize]));
        let at =
            rungs.iter().position(|rung| rung.order == number).expect("what is settled is in the ladder");
        let is_discontent = |&number: &u32| self.offers[number as usize].minimum > sold;
        let numbers = rungs[at..].iter().map(|rung| rung.order).take(most).take_while(is_discontent);
        for number in numbers {
            self.is_left_out[number as usize] = true;
        }
    }

    fn outcome(&self, settlement: Settlement) -> Outcome {
        let Settlement { settled, prices, tolerance } = settlement;
        // Of those that were left out on the way some may trade in the end, also as a whole.
        let is_one = |&number: &u32| {
            let (offer, fill) = (&self.offers[number as usize], &settled.fills[number as usize]);
            let rest = (offer.amount - fill.sold) as f64 * prices[offer.sells as usize];
            self.is_left_out[number as usize] && (fill.sold == 0 || rest >= prices[offer.buys as usize])
        };
        let left_out = (0..self.is_left_out.len() as u32).filter(is_one).collect();
        Outcome {
            prices,
            fills: settled.fills,
            remainder: settled.left.iter().map(|&left| left as u64).collect(),
            tolerance,
            left_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_fits_trades_after_many_who_do_not() {
        let bid =
            |pays: u64, units| Offer { sells: 0, buys: 1, amount: pays, at_least: units, minimum: pays };
        let first = bid(2_500_000, 25);
        let too_large = (0..1_000).map(|at| bid(999_000 - 10 * at, 10));
        let fits = bid(490_000, 5);
        let seller = Offer { sells: 1, buys: 0, amount: 30, at_least: 30 * 50_000, minimum: 0 };
        let offers: Vec<Offer> = std::iter::once(first).chain(too_large).chain([fits, seller]).collect();
        let mut session = Session::new(2, offers).expect("the offers are sound");
        session.price();
        let outcome = session.settle();
        assert_eq!(outcome.left_out, (1..=1_000).collect::<Vec<u32>>());
        let units = |number: usize| outcome.fills[number].bought;
        assert_eq!([units(0), units(1_001), outcome.fills[1_002].sold], [25, 5, 30]);
    }
}
