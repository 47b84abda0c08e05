//! Offers of an auction: as they are read, and with all amounts of each asset counted in one unit.
//!
//! The unit of an asset is the finest in which any amount of it is written: who writes `35.00` says that there are hundredths, and bikes that are written `1.0`
//! can be had in tenths. Where it is [stated](super::stated) how many digits an asset has, these are they. All that is offered must be countable in it: where it is not, the last digits are
//! dropped, and as much less is asked for what is left, so that the limit of an offer, the quotient of its amounts as they are written, is kept: rounded up to a unit
//! of what it buys, and no further. Nobody can get more of an asset than all that is offered, so that an offer which asks for
//! more than can be counted takes part only with as much as that could pay for, and not at all where that is less than a unit, or than its minimum.
//! What an account has bounds what its offers sell of an asset: each at most that, and if they are more together, in proportion.

use bartizan_solver::auction::{MAX_ASSETS, MAX_OFFERS, MAX_TOTAL, Offer};
use hashbrown::{HashMap, HashSet};

use super::amount::{Amount, Unit, in_proportion, shown};
use super::stated::Stated;
use crate::alike;
use crate::format::ReadError;

/// What a file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The assets, in the order in which they appear.
    pub assets: Vec<Asset>,
    /// The offers, in units of their assets.
    pub offers: Vec<Offer>,
    /// Which offers these are.
    pub rows: Vec<Row>,
    /// What of the file is passed over or changed, one sentence each.
    pub notices: Vec<String>,
}

/// An asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// What it is called.
    pub name: String,
    /// How many of the last digits of its amounts stand behind the point; below 0: how many zeros stand behind them.
    pub decimals: i32,
    /// How many it was stated that there are, if it was.
    pub stated: Option<u8>,
}

/// Which offer of a file one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number among all offers of the file, from 1.
    pub number: u64,
    /// Its id, if it has any.
    pub id: String,
}

/// Offers as they are read, before their amounts are counted.
#[derive(Debug, Default)]
pub struct Draft {
    /// The names of assets, and how many digits of their whole amounts people put behind the point.
    assets: Vec<(String, i32)>,
    numbers: HashMap<String, u32>,
    offers: Vec<Drafted>,
    /// What accounts have of an asset.
    purses: Vec<Amount>,
    /// What of the file is passed over.
    pub notices: Vec<String>,
}

/// An offer as it is read.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// The number of what it sells.
    pub sells: u32,
    /// The number of what it buys.
    pub buys: u32,
    /// What it offers.
    pub amount: Amount,
    /// What it asks for all of that.
    pub at_least: Amount,
    /// The least that it sells, if it says.
    pub minimum: Option<Amount>,
    /// The number of what its account has of what it sells, if that is known.
    pub purse: Option<u32>,
    /// Which it is.
    pub row: Row,
    /// Where it stands.
    pub line: u64,
}

impl Draft {
    /// The number of an asset of this name, whose whole amounts have so many digits behind the point when shown.
    ///
    /// # Errors
    /// If it is one too many.
    pub fn asset(&mut self, name: &str, decimals: i32) -> Result<u32, String> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        if name.is_empty() {
            return Err("expected the name of an asset, found nothing".to_owned());
        }
        let number = self.assets.len() as u32;
        if self.assets.len() >= MAX_ASSETS {
            return Err(format!("more than {MAX_ASSETS} assets"));
        }
        self.numbers.insert(name.to_owned(), number);
        self.assets.push((name.to_owned(), decimals));
        Ok(number)
    }

    /// Takes an offer in.
    ///
    /// # Errors
    /// If nobody could make it.
    pub fn push(&mut self, offer: Drafted) -> Result<(), String> {
        if offer.sells == offer.buys {
            let name = &self.assets[offer.sells as usize].0;
            return Err(format!("it sells {name} for {name}: expected two assets"));
        }
        if self.offers.len() >= MAX_OFFERS {
            return Err(format!("more than {MAX_OFFERS} offers"));
        }
        self.offers.push(offer);
        Ok(())
    }

    /// The names of assets, and how many digits of their whole amounts people put behind the point.
    pub fn assets(&self) -> &[(String, i32)] {
        &self.assets
    }

    /// The offers, in the order in which they stand.
    pub fn offers(&self) -> &[Drafted] {
        &self.offers
    }

    /// Says of how many offers something is passed over, if of any.
    pub fn tell(&mut self, what: &str, count: usize) {
        if count > 0 {
            self.notices.push(format!("{what}: {count}"));
        }
    }

    /// Says of how many of all offers something is passed over that might have taken part, if of any.
    pub fn tell_of(&mut self, what: &str, count: usize, all: usize) {
        if count > 0 {
            self.notices.push(format!("{what}: {count} of {all}"));
        }
    }

    /// What an account has of an asset; returns its number.
    pub fn purse(&mut self, balance: Amount) -> u32 {
        self.purses.push(balance);
        self.purses.len() as u32 - 1
    }

    /// Counts all amounts of each asset in one unit: of as many digits as are stated, or as they are written with.
    ///
    /// # Errors
    /// If an offer's minimum is more than its amount, or an amount has more digits than are stated, or there is no room for those.
    pub fn finish(mut self, stated: &Stated) -> Result<Reading, ReadError> {
        if let Some(offer) = self.offers.iter().find(|offer| offer.minimum > Some(offer.amount)) {
            let message = "its minimum is more than its amount".to_owned();
            return Err(ReadError { line: offer.line, column: 1, message });
        }
        let stated: Vec<Option<u8>> = self.assets.iter().map(|(name, _)| stated.of(name)).collect();
        self.check_digits(&stated)?;
        let units = self.units(&stated)?;
        let mut reading = Reading { notices: std::mem::take(&mut self.notices), ..Reading::default() };
        let names: Vec<&str> = self.assets.iter().map(|(name, _)| name.as_str()).collect();
        reading.notices.extend(alike::told(&names));
        for (((name, decimals), unit), stated) in self.assets.iter().zip(&units).zip(stated) {
            if unit.dropped > 0 {
                let digits = if unit.dropped == 1 { "digit is" } else { "digits are" };
                let told =
                    format!("amounts of {name} are large: their last {} {digits} dropped", unit.dropped);
                reading.notices.push(told);
            }
            reading.assets.push(Asset { name: name.clone(), decimals: decimals + unit.decimals, stated });
        }
        if self.offers.is_empty() {
            reading.notices.push("no offers in it".to_owned());
        }
        let parts = self.parts(&units);
        let mut offered = vec![0_u64; units.len()];
        for (offer, &part) in self.offers.iter().zip(&parts) {
            offered[offer.sells as usize] += part;
        }
        let mut tallies = Tallies::default();
        for (offer, part) in self.offers.into_iter().zip(parts) {
            if let Some(counted) = counted(&offer, part, &units, &offered, &mut tallies) {
                reading.offers.push(counted);
                reading.rows.push(offer.row);
            }
        }
        reading.notices.extend(tallies.told());
        Ok(reading)
    }

    /// Says of which offers one before them has the id.
    pub fn tell_repeated_ids(&mut self) {
        let mut ids = HashSet::new();
        let rows = self.offers.iter().map(|offer| &offer.row);
        let mut told = Tally::default();
        for row in rows.filter(|row| !row.id.is_empty() && !ids.insert(row.id.as_str())) {
            told.add(row);
        }
        self.notices.extend(told.of("offers whose id one before them has"));
    }

    /// Refuses amounts with more digits than are stated of their asset.
    fn check_digits(&self, stated: &[Option<u8>]) -> Result<(), ReadError> {
        if stated.iter().all(Option::is_none) {
            return Ok(());
        }
        for offer in &self.offers {
            for (field, asset, amount) in offer.amounts() {
                let (name, shown) = &self.assets[asset];
                if let Some(most) = stated[asset].filter(|&most| !amount.fits(i32::from(most) - shown)) {
                    let message = format!(
                        "`{field}`: expected at most {most} digits behind the point, as are stated of {name}, found {}",
                        amount.moved(*shown)
                    );
                    return Err(ReadError { line: offer.line, column: 1, message });
                }
            }
        }
        Ok(())
    }

    /// The unit of each asset: of as many digits as are stated, or as any amount of it is written with, if all that is offered of it can be counted in
    /// it; where nothing is offered, the most that is asked for.
    fn units(&self, stated: &[Option<u8>]) -> Result<Vec<Unit>, ReadError> {
        let count = self.assets.len();
        let (mut written, mut needed) = (vec![0; count], vec![0; count]);
        let (mut offered, mut asked) = (vec![0.0; count], vec![0.0_f64; count]);
        let mut of_purse = vec![(0, 0.0); self.purses.len()];
        for offer in &self.offers {
            for (_, asset, amount) in offer.amounts() {
                written[asset] = amount.written().max(written[asset]);
                needed[asset] = amount.decimals().max(needed[asset]);
            }
            let [sells, buys] = [offer.sells as usize, offer.buys as usize];
            asked[buys] = offer.at_least.value().max(asked[buys]);
            match offer.purse {
                None => offered[sells] += offer.amount.value(),
                Some(purse) => {
                    let (asset, sum) = &mut of_purse[purse as usize];
                    *asset = sells;
                    *sum += offer.amount.value();
                }
            }
        }
        for ((asset, sum), balance) in of_purse.into_iter().zip(&self.purses) {
            if sum > 0.0 {
                offered[asset] += balance.value().min(sum);
            }
        }
        let most = |asset: usize| if offered[asset] > 0.0 { offered[asset] } else { asked[asset] };
        let unit = |asset: usize| {
            let (name, shown) = &self.assets[asset];
            let wanted = stated[asset].map_or(written[asset], |stated| i32::from(stated) - shown);
            let unit = Unit::of(most(asset), wanted, needed[asset]);
            if let Some(stated) = stated[asset].filter(|_| unit.decimals < wanted) {
                let room = unit.decimals + shown;
                let room = if room < 0 { "none".to_owned() } else { format!("at most {room}") };
                let message = format!(
                    "{stated} digits behind the point are stated of {name}, and so much of it is offered that there is room for {room}"
                );
                return Err(ReadError { line: 1, column: 1, message });
            }
            Ok(unit)
        };
        (0..count).map(unit).collect()
    }

    /// How much each offer sells at most, in units, by what its account has.
    fn parts(&self, units: &[Unit]) -> Vec<u64> {
        let mut sums = vec![0_u128; self.purses.len()];
        let most = |offer: &Drafted| {
            let unit = units[offer.sells as usize];
            let all = unit.offered(offer.amount);
            offer.purse.map_or((all, None), |purse| {
                let balance = unit.offered(self.purses[purse as usize]);
                (all.min(balance), Some((purse as usize, balance)))
            })
        };
        for offer in &self.offers {
            if let (part, Some((purse, _))) = most(offer) {
                sums[purse] += u128::from(part);
            }
        }
        let part = |offer: &Drafted| match most(offer) {
            (part, Some((purse, balance))) if sums[purse] > u128::from(balance) => {
                (u128::from(part) * u128::from(balance) / sums[purse]) as u64
            }
            (part, _) => part,
        };
        self.offers.iter().map(part).collect()
    }
}

impl Drafted {
    /// Its amounts: what they are called, and the number of their asset.
    fn amounts(&self) -> impl Iterator<Item = (&'static str, usize, Amount)> {
        let [sells, buys] = [self.sells as usize, self.buys as usize];
        let said = [("amount", sells, self.amount), ("at_least", buys, self.at_least)];
        said.into_iter().chain(self.minimum.map(|minimum| ("minimum", sells, minimum)))
    }
}

/// An offer of which `part` takes part, with its amounts in units; none if nobody can make it.
fn counted(
    offer: &Drafted,
    mut part: u64,
    units: &[Unit],
    offered: &[u64],
    tallies: &mut Tallies,
) -> Option<Offer> {
    let [sold, bought] = [offer.sells, offer.buys].map(|asset| units[asset as usize]);
    let (sells, buys) = ((offer.amount, sold), (offer.at_least, bought));
    let all = sold.offered(offer.amount);
    if all == 0 {
        tallies.too_small.add(&offer.row);
        return None;
    }
    let mut tally = (part < all).then_some([&mut tallies.limited_by_account, &mut tallies.account_too_small]);
    // The limit is the quotient of the amounts as they are written, whatever of them is counted.
    let is_exact = offer.amount.fits(sold.decimals);
    let asked = |part: u64| {
        let is_whole = is_exact && part == all;
        if is_whole { bought.asked(offer.at_least) } else { in_proportion(part, sells, buys, true) }
    };
    let mut at_least = asked(part);
    if at_least > MAX_TOTAL {
        part = part.min(in_proportion(offered[offer.buys as usize], buys, sells, false));
        at_least = asked(part);
        tally = Some([&mut tallies.limited_by_offers, &mut tallies.too_dear]);
    }
    let minimum = match offer.minimum {
        Some(minimum) if minimum == offer.amount => all,
        Some(minimum) => sold.asked(minimum).min(all),
        None => 0,
    };
    let is_out = part == 0 || part < minimum;
    if let Some([limited, left_out]) = tally {
        let tally = if is_out { left_out } else { limited };
        tally.add(&offer.row);
    }
    (!is_out).then_some(Offer { sells: offer.sells, buys: offer.buys, amount: part, at_least, minimum })
}

/// How many offers something is said of, and which is the first.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    first: String,
}

impl Tally {
    fn add(&mut self, row: &Row) {
        if self.count == 0 {
            let id = if row.id.is_empty() { String::new() } else { format!(" ({})", row.id) };
            self.first = format!("{}{id}", row.number);
        }
        self.count += 1;
    }

    /// What is to be said of them, if there are any.
    fn of(&self, what: &str) -> Option<String> {
        (self.count > 0).then(|| format!("{what}: {}, the first is offer {}", self.count, self.first))
    }
}

/// Offers that do not take part, or not with all of their amount.
#[derive(Debug, Default)]
struct Tallies {
    too_small: Tally,
    limited_by_account: Tally,
    account_too_small: Tally,
    limited_by_offers: Tally,
    too_dear: Tally,
}

impl Tallies {
    fn told(&self) -> impl Iterator<Item = String> {
        let told = [
            (&self.too_small, "offers left out, since nothing is left of their amount"),
            (&self.limited_by_account, "offers limited to what their account has"),
            (&self.account_too_small, "offers left out, since their account has not enough for them"),
            (
                &self.limited_by_offers,
                "offers that ask for very much, limited to what all that is offered could pay for",
            ),
            (
                &self.too_dear,
                "offers left out, since they ask for more than all that is offered could ever pay",
            ),
        ];
        told.into_iter().filter_map(|(tally, what)| tally.of(what))
    }
}

impl Reading {
    /// An amount of an asset as people write it.
    pub fn shown(&self, asset: u32, units: u64) -> String {
        shown(units, self.assets[asset as usize].decimals)
    }
}
