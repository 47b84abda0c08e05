//! An auction from offers to settled fills, and again after a few of them have changed.

use super::fills::Settled;
use super::ladder::{Ladder, Pair};
use super::offers::{self, Fault, Fill, MAX_TOTAL, Offer};
use super::prices::{Market, NARROWEST, WIDEST};
use super::settlement::Trading;
use crate::Components;

/// From which band prices start that were balanced before a small change.
const WARM: f64 = 1.0 / (1 << 14) as f64;

/// What came of an auction.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The price of each asset, from 1 to 2^60: what it sells for in any other is the quotient of their prices.
    pub prices: Vec<u64>,
    /// What became of each offer.
    pub fills: Vec<Fill>,
    /// What was sold of each asset and not paid out, by rounding.
    pub remainder: Vec<u64>,
    /// An offer whose limit is below the rate by at most this share may be filled in part or not at all.
    pub tolerance: f64,
    /// Offers that were left out since less than their minimum would have been sold, by rising number.
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
    /// Offers that have changed since, as they were.
    changed: Vec<(u32, Offer)>,
    /// The component of each asset by what is offered.
    components: Components,
    log: Vec<f64>,
    /// The band at which the prices balance; none before the first pricing.
    reached: Option<f64>,
    /// Offers that take no part since less than their minimum would be sold.
    is_left_out: Vec<bool>,
}

/// Holds an auction of these offers.
///
/// # Errors
/// The first fault of the offers.
pub fn clear(asset_count: usize, offers: &[Offer]) -> Result<Outcome, Fault> {
    let mut session = Session::new(asset_count, offers.to_vec())?;
    session.price();
    Ok(session.settle())
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
            components: Components { of: Vec::new(), nodes: Vec::new(), first: Vec::new() },
            log: Vec::new(),
            reached: None,
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
        self.changed.clear();
        let n = self.asset_count;
        let ladder = &self.ladder;
        self.components = Components::find(
            n,
            |asset| asset * n..(asset + 1) * n,
            |place| (!ladder.rungs(place).is_empty()).then_some(place % n),
        );
    }

    /// Replaces offers. Prices and fills are those from before until they are asked for again.
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
        let before = self.changed.len();
        for change in changes {
            let was = std::mem::replace(&mut self.offers[change.number as usize], change.offer);
            self.offered[was.sells as usize] -= was.amount;
            self.offered[change.offer.sells as usize] += change.offer.amount;
            self.changed.push((change.number, was));
            if self.offered[change.offer.sells as usize] > MAX_TOTAL {
                self.take_back(before);
                return Err(Fault::OfferedTooMuch(change.number));
            }
        }
        let is_new = |change: &Change| self.ladder.rungs(self.place(&change.offer)).is_empty();
        if !self.is_left_out.is_empty() || changes.iter().any(is_new) {
            self.is_left_out.clear();
            self.sort();
        }
        Ok(())
    }

    /// Takes back all but so many of the changes.
    fn take_back(&mut self, before: usize) {
        for (number, was) in self.changed.drain(before..).rev() {
            let now = std::mem::replace(&mut self.offers[number as usize], was);
            self.offered[now.sells as usize] -= now.amount;
            self.offered[was.sells as usize] += was.amount;
        }
    }

    fn place(&self, offer: &Offer) -> usize {
        offer.sells as usize * self.asset_count + offer.buys as usize
    }

    /// Finds the prices at which the offers balance, starting from those of before if there are any.
    pub fn price(&mut self) {
        let is_warm = self.reached.is_some();
        let overlay = (!self.changed.is_empty()).then(|| {
            let first = self.first_changes();
            let now = |number: u32| self.offers[number as usize];
            let both = |&(number, was): &(u32, Offer)| [(number, was, true), (number, now(number), false)];
            Ladder::new(self.asset_count, first.iter().flat_map(both))
        });
        let pairs = self.pairs();
        let ladders: Vec<&Ladder> = std::iter::once(&self.ladder).chain(&overlay).collect();
        let market = Market::new(self.asset_count, &pairs, &ladders);
        let mut log = if is_warm { std::mem::take(&mut self.log) } else { market.valuation() };
        let widest = if is_warm { WARM } else { WIDEST };
        self.reached = Some(market.balance(&mut log, widest));
        self.log = log;
    }

    /// The offers that have changed since they were sorted, as they were then, by number.
    fn first_changes(&self) -> Vec<(u32, Offer)> {
        let mut first = self.changed.clone();
        first.sort_by_key(|&(number, _)| number);
        first.dedup_by_key(|&mut (number, _)| number);
        first
    }

    /// The pairs that can trade.
    fn pairs(&self) -> Vec<Pair> {
        let n = self.asset_count;
        let of = &self.components.of;
        let mut pairs = Vec::new();
        for place in 0..n * n {
            if !self.ladder.rungs(place).is_empty() && of[place / n] == of[place % n] {
                pairs.push(Pair { sells: (place / n) as u32, buys: (place % n) as u32 });
            }
        }
        pairs
    }

    /// Fills the offers at the prices found.
    pub fn settle(&mut self) -> Outcome {
        if !self.changed.is_empty() {
            let before = self.components.clone();
            self.sort();
            if self.components != before {
                self.price();
            }
        }
        if self.reached.is_none() {
            self.price();
        }
        loop {
            let pairs = self.pairs();
            let trading = Trading {
                offers: &self.offers,
                is_out: &self.is_left_out,
                ladder: &self.ladder,
                components: &self.components,
                pairs: &pairs,
            };
            let (settled, prices, tolerance) = trading.settle(&self.log, self.reached.unwrap_or(NARROWEST));
            let is_short = |(number, fill): (usize, &Fill)| {
                (fill.sold > 0 && fill.sold < self.offers[number].minimum).then_some(number)
            };
            let short: Vec<usize> = settled.fills.iter().enumerate().filter_map(is_short).collect();
            if short.is_empty() {
                return self.outcome(prices, settled, tolerance);
            }
            self.is_left_out.resize(self.offers.len(), false);
            for number in short {
                self.is_left_out[number] = true;
            }
            self.sort();
            self.price();
        }
    }

    fn outcome(&self, prices: Vec<u64>, settled: Settled, tolerance: f64) -> Outcome {
        let left_out = (0..self.is_left_out.len() as u32).filter(|&number| self.is_left_out[number as usize]);
        Outcome {
            prices,
            fills: settled.fills,
            remainder: settled.left.iter().map(|&left| left as u64).collect(),
            tolerance,
            left_out: left_out.collect(),
        }
    }
}
