//! Offers of an auction: as they are read, and with all amounts of each asset counted in one unit.

use bartizan_solver::auction::{MAX_ASSETS, MAX_OFFERS, Offer};
use hashbrown::HashMap;

use super::amount::{Amount, Unit, shown};
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

    /// Counts all amounts of each asset in one unit.
    ///
    /// # Errors
    /// If an offer's minimum is more than its amount.
    pub fn finish(self) -> Result<Reading, ReadError> {
        let mut by_asset: Vec<[Vec<Amount>; 2]> = vec![[Vec::new(), Vec::new()]; self.assets.len()];
        for offer in &self.offers {
            by_asset[offer.sells as usize][0].push(offer.amount);
            by_asset[offer.buys as usize][1].push(offer.at_least);
        }
        let of =
            |[offered, asked]: &[Vec<Amount>; 2]| Unit::of(offered.iter().copied(), asked.iter().copied());
        let units: Vec<Unit> = by_asset.iter().map(of).collect();
        let mut reading = Reading { notices: self.notices, ..Reading::default() };
        for ((name, decimals), unit) in self.assets.into_iter().zip(&units) {
            if unit.dropped > 0 {
                let digits = if unit.dropped == 1 { "digit is" } else { "digits are" };
                let told =
                    format!("amounts of {name} are large: their last {} {digits} dropped", unit.dropped);
                reading.notices.push(told);
            }
            reading.assets.push(Asset { name, decimals: decimals + unit.decimals });
        }
        let mut too_small = 0;
        for offer in self.offers {
            let sold = units[offer.sells as usize];
            let amount = sold.offered(offer.amount);
            if amount == 0 {
                too_small += 1;
                continue;
            }
            let minimum = offer.minimum.map_or(0, |minimum| sold.offered(minimum));
            if minimum > amount {
                let message = "its minimum is more than its amount".to_owned();
                return Err(ReadError { line: offer.line, column: 1, message });
            }
            reading.offers.push(Offer {
                sells: offer.sells,
                buys: offer.buys,
                amount,
                at_least: units[offer.buys as usize].asked(offer.at_least),
                minimum,
            });
            reading.rows.push(offer.row);
        }
        if too_small > 0 {
            reading
                .notices
                .push(format!("offers left out, since nothing is left of their amount: {too_small}"));
        }
        Ok(reading)
    }
}

impl Reading {
    /// An amount of an asset as people write it.
    pub fn shown(&self, asset: u32, units: u64) -> String {
        shown(units, self.assets[asset as usize].decimals)
    }
}
