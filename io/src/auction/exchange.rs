//! Instances of two exchanges: Gnosis' first solver (orders in a list, `sellToken`) and CoW Protocol's (orders by number, `sell_token`).
//!
//! What is read are limit orders to sell. Gnosis' fee is not charged. Of CoW's, orders to buy, whose amount grows as the price falls, and
//! pools of liquidity are passed over, and told. Where an order must be filled as a whole, its minimum is its amount.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::amount::Amount;
use super::offers::{Draft, Drafted, Row};
use crate::format::ReadError;

/// The part of either that is read.
#[derive(Deserialize)]
struct Instance {
    orders: Orders,
    #[serde(default)]
    tokens: Tokens,
    #[serde(default)]
    amms: serde_json::Map<String, serde_json::Value>,
    fee: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Orders {
    Gnosis(Vec<GnosisOrder>),
    Cow(BTreeMap<String, CowOrder>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GnosisOrder {
    #[serde(rename = "accountID")]
    account: Option<String>,
    sell_token: String,
    buy_token: String,
    sell_amount: String,
    buy_amount: String,
}

#[derive(Deserialize)]
struct CowOrder {
    sell_token: String,
    buy_token: String,
    sell_amount: String,
    buy_amount: String,
    allow_partial_fill: bool,
    is_sell_order: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tokens {
    Names(Vec<String>),
    Told(BTreeMap<String, Token>),
}

impl Default for Tokens {
    fn default() -> Self {
        Tokens::Names(Vec::new())
    }
}

#[derive(Deserialize)]
struct Token {
    decimals: Option<i32>,
    alias: Option<String>,
}

/// Reads an instance; none if the text is JSON of another kind, or more than one value.
///
/// # Errors
/// If it is an instance with an order that is none.
pub fn read(text: &[u8]) -> Result<Option<Draft>, ReadError> {
    #[derive(Deserialize)]
    struct Tagged {
        #[serde(rename = "orders")]
        _orders: IgnoredAny,
    }
    if serde_json::from_slice::<Tagged>(text).is_err() {
        return Ok(None);
    }
    let instance: Instance = crate::json::read(text)?;
    let mut draft = Draft::default();
    let in_order = match &instance.tokens {
        Tokens::Names(names) => names.as_slice(),
        Tokens::Told(_) => &[],
    };
    let all = in_order.iter().try_for_each(|name| draft.asset(name, 0).map(|_| ()));
    match instance.orders {
        Orders::Gnosis(orders) => all.and_then(|()| gnosis(&orders, &mut draft)),
        Orders::Cow(orders) => all.and_then(|()| cow(&orders, &instance.tokens, &mut draft)),
    }
    .map_err(|message| ReadError { line: 1, column: 1, message })?;
    if !instance.amms.is_empty() {
        draft.notices.push(format!("pools of liquidity passed over: {}", instance.amms.len()));
    }
    if instance.fee.is_some() {
        draft.notices.push("the fee is not charged".to_owned());
    }
    Ok(Some(draft))
}

fn gnosis(orders: &[GnosisOrder], draft: &mut Draft) -> Result<(), String> {
    for (number, order) in orders.iter().enumerate() {
        let number = number as u64 + 1;
        let wrong = |told: String| format!("order {number}: {told}");
        let offer = Drafted {
            sells: draft.asset(&order.sell_token, 0).map_err(wrong)?,
            buys: draft.asset(&order.buy_token, 0).map_err(wrong)?,
            amount: amount("sellAmount", &order.sell_amount).map_err(wrong)?,
            at_least: amount("buyAmount", &order.buy_amount).map_err(wrong)?,
            minimum: None,
            row: Row { number, id: order.account.clone().unwrap_or_default() },
            line: 1,
        };
        draft.push(offer).map_err(wrong)?;
    }
    Ok(())
}

fn cow(orders: &BTreeMap<String, CowOrder>, tokens: &Tokens, draft: &mut Draft) -> Result<(), String> {
    let mut in_order: Vec<(&String, &CowOrder)> = orders.iter().collect();
    in_order.sort_by_key(|(name, _)| (name.parse::<u64>().unwrap_or(u64::MAX), *name));
    let mut to_buy = 0;
    for (number, (name, order)) in in_order.into_iter().enumerate() {
        if !order.is_sell_order {
            to_buy += 1;
            continue;
        }
        let wrong = |told: String| format!("order {name}: {told}");
        let mut asset = |address: &str| {
            let token = match tokens {
                Tokens::Told(tokens) => tokens.get(address),
                Tokens::Names(_) => None,
            };
            // Aliases need not differ; addresses do.
            let name = match token.and_then(|token| token.alias.as_deref()) {
                Some(alias) => format!("{alias} {address}"),
                None => address.to_owned(),
            };
            draft.asset(&name, token.and_then(|token| token.decimals).unwrap_or(0)).map_err(wrong)
        };
        let sold = amount("sell_amount", &order.sell_amount).map_err(wrong)?;
        let offer = Drafted {
            sells: asset(&order.sell_token)?,
            buys: asset(&order.buy_token)?,
            amount: sold,
            at_least: amount("buy_amount", &order.buy_amount).map_err(wrong)?,
            minimum: None,
            row: Row { number: number as u64 + 1, id: name.clone() },
            line: 1,
        };
        let minimum = (!order.allow_partial_fill).then_some(sold);
        draft.push(Drafted { minimum, ..offer }).map_err(wrong)?;
    }
    if to_buy > 0 {
        draft.notices.push(format!("orders to buy passed over: {to_buy}"));
    }
    Ok(())
}

fn amount(field: &str, text: &str) -> Result<Amount, String> {
    Amount::read(text).map_err(|what| format!("{field}: expected {what}, found {text:?}"))
}
