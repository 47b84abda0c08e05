//! Gnosis' instances. The fee is not charged. The least amount that may be traded is the minimum of each order; that as much is bought, too, is not asked
//! for. What an account has of a token bounds what its orders sell of it; of what is not named there it has nothing, unless no account is named at all.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::amount::Amount;
use super::super::number::Number;
use super::super::offers::{Draft, Drafted, Row};
use super::tokens::{Tokens, Unique};

/// The part that is read.
#[derive(Debug, Deserialize)]
pub(super) struct Instance<'a> {
    #[serde(borrow)]
    orders: Vec<Order<'a>>,
    #[serde(default)]
    tokens: Tokens,
    #[serde(borrow)]
    accounts: Option<Unique<Unique<Number<'a>>>>,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(default)]
    amms: Unique<IgnoredAny>,
    fee: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    min_tradable_amount: Option<Number<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    #[serde(rename = "accountID")]
    account: Option<String>,
    sell_token: String,
    buy_token: String,
    #[serde(borrow)]
    sell_amount: Number<'a>,
    #[serde(borrow)]
    buy_amount: Number<'a>,
    exec_sell_amount: Option<IgnoredAny>,
    exec_buy_amount: Option<IgnoredAny>,
}

/// The offers of an instance.
///
/// # Errors
/// The first order that is none.
pub(super) fn draft(instance: &Instance<'_>) -> Result<Draft, String> {
    let mut draft = Draft::default();
    instance.tokens.begin(&mut draft)?;
    let least = instance.metadata.as_ref().and_then(|metadata| metadata.min_tradable_amount);
    let least =
        least.map(|least| least.read_from_zero().map_err(|told| format!("min_tradable_amount: {told}")));
    let least = least.transpose()?.filter(|&least| least != Amount::ZERO);
    let mut desk = Desk { instance, least, purses: BTreeMap::new(), too_small: 0 };
    for (number, order) in (1..).zip(&instance.orders) {
        desk.push(order, number, &mut draft).map_err(|told| format!("order {number}: {told}"))?;
    }
    let orders = instance.orders.len();
    draft.tell_of("orders left out, since they sell less than may be traded", desk.too_small, orders);
    let has_execution =
        |order: &&Order<'_>| order.exec_sell_amount.is_some() || order.exec_buy_amount.is_some();
    let executed = instance.orders.iter().filter(has_execution).count();
    draft.tell("orders whose stated execution is passed over", executed);
    draft.tell("pools of liquidity passed over", instance.amms.0.len());
    draft.tell("tokens in stock passed over", instance.tokens.buffers());
    if least.is_some() {
        draft.notices.push("the least amount to trade is asked of what is sold alone".to_owned());
    }
    if instance.fee.is_some() {
        draft.notices.push("the fee is not charged".to_owned());
    }
    Ok(draft)
}

/// What orders share.
struct Desk<'a> {
    instance: &'a Instance<'a>,
    /// The least amount to trade.
    least: Option<Amount>,
    /// By account and token, what is there.
    purses: BTreeMap<(&'a str, &'a str), u32>,
    /// How many orders sell less than the least.
    too_small: usize,
}

impl<'a> Desk<'a> {
    fn push(&mut self, order: &'a Order<'a>, number: u64, draft: &mut Draft) -> Result<(), String> {
        let amount =
            |field: &str, number: &Number<'_>| number.read().map_err(|told| format!("{field}: {told}"));
        let offer = Drafted {
            sells: self.instance.tokens.asset(draft, &order.sell_token)?,
            buys: self.instance.tokens.asset(draft, &order.buy_token)?,
            amount: amount("sellAmount", &order.sell_amount)?,
            at_least: amount("buyAmount", &order.buy_amount)?,
            minimum: self.least,
            purse: self.purse(order, draft)?,
            row: Row { number, id: order.account.clone().unwrap_or_default() },
            line: 1,
        };
        if self.least.is_some_and(|least| least > offer.amount) {
            self.too_small += 1;
            return Ok(());
        }
        draft.push(offer)
    }

    /// The number of what the order's account has of what it sells.
    fn purse(&mut self, order: &'a Order<'a>, draft: &mut Draft) -> Result<Option<u32>, String> {
        let (Some(accounts), Some(account)) = (&self.instance.accounts, &order.account) else {
            return Ok(None);
        };
        if accounts.0.is_empty() {
            return Ok(None);
        }
        let name = (account.as_str(), order.sell_token.as_str());
        if let Some(&purse) = self.purses.get(&name) {
            return Ok(Some(purse));
        }
        let balance = accounts.0.get(account).and_then(|balances| balances.0.get(&order.sell_token));
        let wrong = |told| format!("what {account} has of {}: {told}", order.sell_token);
        let balance = balance.map_or(Ok(Amount::ZERO), |balance| balance.read_from_zero().map_err(wrong))?;
        let purse = draft.purse(balance);
        self.purses.insert(name, purse);
        Ok(Some(purse))
    }
}
