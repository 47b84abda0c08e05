//! What came of an auction, as a document for programs (`auction.schema.json` describes it): the price of each asset, what each offer sold and got, and the
//! figures. One fill a line. Amounts are in the smallest unit of their asset, of which `decimals` says what it is.

use std::borrow::Cow;
use std::io::{self, Write};

use bartizan_solver::auction::{Fill, Outcome};
use bartizan_solver::certify::auction::Report;
use serde::{Deserialize, Serialize};

use super::offers::Reading;
use super::stated::{MOST_DECIMALS, Stated, Statement};
use crate::amount::percent;
use crate::document::write_rows;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-auction";

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("auction.schema.json");

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// [`FORMAT`].
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    /// [`VERSION`].
    pub version: u32,
    /// The figures.
    pub summary: Summary,
    /// What of the file is passed over or changed, such as orders of a kind that takes no part, one sentence each.
    #[serde(borrow)]
    pub notices: Vec<Cow<'a, str>>,
    /// By asset, in the order of the file.
    #[serde(borrow)]
    pub prices: Vec<Price<'a>>,
    /// The numbers of offers that were left out since less than their minimum would have been sold, rising.
    pub left_out: Vec<u64>,
    /// The offers of which something is sold, in the order of the file.
    #[serde(borrow)]
    pub fills: Vec<Filled<'a>>,
}

/// The figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many offers there are.
    pub offers: usize,
    /// Of how many assets.
    pub assets: usize,
    /// How many offers are filled as a whole, or as far as whole units go: what is left of them buys no unit more.
    pub whole: usize,
    /// How many in part.
    pub in_part: usize,
    /// How many not at all.
    pub unfilled: usize,
    /// What all offers sold, at the prices, in smallest units of the first asset. What they bought for it is worth as much, and not counted again.
    pub volume: f64,
    /// By which share of the rate a limit may be below it for the offer to count as being at its limit.
    pub tolerance: f64,
    /// What is unfilled of offers at their limit: beside what is filled in part, they are the bound on what could be filled at these prices.
    pub at_limit: Unfilled,
    /// What is unfilled of offers whose limit the prices beat: nothing but what rounding asks for, where prices are in balance.
    pub beaten: Unfilled,
    /// What is unfilled of offers that were left out for their minimum.
    pub left_out: Unfilled,
}

/// Offers that are not filled, or not as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfilled {
    /// How many.
    pub offers: usize,
    /// What is unfilled of them, as [`Summary::volume`].
    pub volume: f64,
}

/// An asset's price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price<'a> {
    /// The asset.
    #[serde(borrow)]
    pub asset: Cow<'a, str>,
    /// How many of the last digits of its amounts stand behind the point; below 0: how many zeros stand behind them.
    pub decimals: i32,
    /// How many of them it was stated that there are, if it was: `verify` then reads the file by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<u8>,
    /// What its smallest unit is worth in smallest units of the first asset, exactly this binary floating-point number: the quotient of two
    /// prices is the rate of the assets.
    pub price: f64,
    /// What was sold of it, and so traded: where that is nothing, its price is one at which nobody trades, and no more.
    pub sold: u64,
    /// What of that was not paid out, by rounding.
    pub remainder: u64,
}

/// What an offer sold and got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filled<'a> {
    /// Its number in the file, from 1.
    pub offer: u64,
    /// Its id, if it has any.
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    pub id: Cow<'a, str>,
    /// What it sells.
    #[serde(borrow)]
    pub sells: Cow<'a, str>,
    /// What it buys.
    #[serde(borrow)]
    pub buys: Cow<'a, str>,
    /// How much was sold.
    pub sold: u64,
    /// How much was got for it.
    pub bought: u64,
}

impl Summary {
    /// The figures of an outcome whose report this is.
    pub fn new(reading: &Reading, outcome: &Outcome, report: &Report) -> Self {
        let unit = outcome.prices.first().copied().unwrap_or(1.0);
        let unfilled = |offers, value: f64| Unfilled { offers, volume: value / unit };
        Summary {
            offers: reading.offers.len(),
            assets: reading.assets.len(),
            whole: report.whole,
            in_part: report.in_part,
            unfilled: report.unfilled,
            volume: report.volume / unit,
            tolerance: outcome.tolerance,
            at_limit: unfilled(report.marginal_offers, report.marginal),
            beaten: unfilled(report.failed_offers, report.failed),
            left_out: unfilled(report.left_out_offers, report.left_out),
        }
    }
}

impl Summary {
    /// What the prices would fill: what they do, and what is unfilled of offers whose limit they do not miss.
    pub fn fillable(&self) -> f64 {
        let unfilled = [self.at_limit, self.beaten, self.left_out].map(|unfilled| unfilled.volume);
        self.volume + unfilled.iter().sum::<f64>()
    }

    /// Which share of [`Summary::fillable`] some volume is, for people.
    pub fn share(&self, volume: f64) -> String {
        let all = self.fillable();
        percent(if all > 0.0 { volume / all } else { 0.0 })
    }
}

/// What is sold of each asset by fills of its offers.
pub(super) fn sold(reading: &Reading, fills: &[Fill]) -> Vec<u64> {
    let mut sold = vec![0_u64; reading.assets.len()];
    for (offer, fill) in reading.offers.iter().zip(fills) {
        sold[offer.sells as usize] += fill.sold;
    }
    sold
}

impl<'a> Document<'a> {
    /// The document of an outcome whose report this is.
    pub fn new(reading: &'a Reading, outcome: &Outcome, report: &Report) -> Self {
        let asset = |number: u32| Cow::from(&reading.assets[number as usize].name);
        let prices = reading.assets.iter().zip(outcome.prices.iter().zip(&outcome.remainder));
        let prices = prices.zip(sold(reading, &outcome.fills));
        let filled = |(number, &fill): (usize, &Fill)| {
            let (offer, row) = (&reading.offers[number], &reading.rows[number]);
            (fill.sold > 0).then(|| Filled {
                offer: row.number,
                id: Cow::from(&row.id),
                sells: asset(offer.sells),
                buys: asset(offer.buys),
                sold: fill.sold,
                bought: fill.bought,
            })
        };
        Document {
            format: FORMAT.into(),
            version: VERSION,
            summary: Summary::new(reading, outcome, report),
            notices: reading.notices.iter().map(Cow::from).collect(),
            prices: prices
                .map(|((asset, (&price, &remainder)), sold)| Price {
                    asset: Cow::from(&asset.name),
                    decimals: asset.decimals,
                    stated: asset.stated,
                    price,
                    sold,
                    remainder,
                })
                .collect(),
            left_out: outcome.left_out.iter().map(|&number| reading.rows[number as usize].number).collect(),
            fills: outcome.fills.iter().enumerate().filter_map(filled).collect(),
        }
    }

    /// What was stated of the decimals of assets.
    ///
    /// # Errors
    /// If that cannot be stated.
    pub fn stated(&self) -> Result<Stated, String> {
        let of = |price: &Price<'_>| {
            let decimals = price.stated?;
            Some(Statement { asset: Some(price.asset.to_string()), decimals })
        };
        let statements: Vec<Statement> = self.prices.iter().filter_map(of).collect();
        if let Some(wrong) = statements.iter().find(|statement| statement.decimals > MOST_DECIMALS) {
            let asset = wrong.asset.as_deref().unwrap_or_default();
            return Err(format!(
                "of {asset} {} decimals are stated: expected at most {MOST_DECIMALS}",
                wrong.decimals
            ));
        }
        Stated::new(statements)
    }

    /// Writes it, one fill a line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = Document {
            format: Cow::from(&*self.format),
            notices: self.notices.clone(),
            prices: self.prices.clone(),
            left_out: self.left_out.clone(),
            fills: Vec::new(),
            ..*self
        };
        write_rows(out, &head, &self.fills)
    }
}
