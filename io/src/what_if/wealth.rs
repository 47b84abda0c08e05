//! What everybody has, valued in one asset at the prices of the baseline.
//!
//! An asset has the last price of a market between it and the asset of value, of several such that with the most trades (then the lower number).
//! Each holding is valued rounded down, so wealth is a whole number of the smallest unit. Assets without a price are left out.

use std::collections::BTreeMap;

use bartizan_engine::ledger::units::{AgentId, AssetId};
use bartizan_engine::market::OrderBook;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;

use super::tally::Dealings;

/// What one unit of an asset is worth: `numerator / denominator` units of the asset of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// Above the line.
    pub numerator: u128,
    /// Below it.
    pub denominator: u128,
}

impl Worth {
    /// The value of so many units, rounded down; none if it does not fit 128 bits.
    pub fn value(self, units: i128) -> Option<i128> {
        let numerator = i128::try_from(self.numerator).ok()?;
        let denominator = i128::try_from(self.denominator).ok()?;
        Some(units.checked_mul(numerator)?.div_euclid(denominator))
    }
}

/// What each agent has of each asset, in all its accounts. Issue accounts are the realm's, which nobody owns.
pub fn holdings(realm: &Realm) -> BTreeMap<(AgentId, AssetId), i128> {
    let mut holdings = BTreeMap::new();
    for (_, account) in realm.ledger().accounts().filter(|(_, account)| account.owner != AgentId::REALM) {
        *holdings.entry((account.owner, account.asset)).or_insert(0) += account.balance;
    }
    holdings
}

/// The asset in which most money changed hands; of several the lowest number. Without any trade, the first market's.
pub fn usual_money(realm: &Realm, dealings: &BTreeMap<MarketId, Dealings>) -> Option<AssetId> {
    let mut traded: BTreeMap<AssetId, u128> = BTreeMap::new();
    for (market, book) in realm.markets().iter() {
        let money = dealings.get(&market).map_or(0, |dealings| dealings.money);
        let sum = traded.entry(book.assets()[1]).or_default();
        *sum = sum.saturating_add(money);
    }
    let most = traded.iter().max_by_key(|&(&asset, &money)| (money, std::cmp::Reverse(asset)))?;
    if *most.1 != 0 { Some(*most.0) } else { realm.markets().iter().next().map(|(_, book)| book.assets()[1]) }
}

/// What each asset is worth in one of them.
pub fn worths(
    realm: &Realm,
    dealings: &BTreeMap<MarketId, Dealings>,
    money: AssetId,
) -> BTreeMap<AssetId, Worth> {
    let mut worths = BTreeMap::from([(money, Worth { numerator: 1, denominator: 1 })]);
    let mut trades_of: BTreeMap<AssetId, u64> = BTreeMap::new();
    for (market, book) in realm.markets().iter() {
        let Some((asset, worth)) = worth_of(book, money) else { continue };
        let trades = dealings.get(&market).map_or(0, |dealings| dealings.trades);
        if trades_of.get(&asset).is_none_or(|&known| trades > known) {
            trades_of.insert(asset, trades);
            worths.insert(asset, worth);
        }
    }
    worths
}

/// Which asset a market prices in `money`, and how.
fn worth_of(book: &OrderBook, money: AssetId) -> Option<(AssetId, Worth)> {
    let [base, quote] = book.assets();
    let price = u128::from(book.book().last_trade()?.0.unsigned_abs());
    let (lot, paid) = (u128::from(book.base_per_lot()), price * u128::from(book.quote_per_tick()));
    if quote == money {
        Some((base, Worth { numerator: paid, denominator: lot }))
    } else if base == money {
        Some((quote, Worth { numerator: lot, denominator: paid }))
    } else {
        None
    }
}
