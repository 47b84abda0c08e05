//! CoW Protocol's instances. Orders to buy, which sell the less the dearer that is (so that balancing prices may be PPAD-hard to find, as the SPEEDEX paper says), and pools of liquidity are passed over; where an order must be filled as
//! a whole, its minimum is its amount. Fees are not charged and costs not counted; an order is an offer like any other also where it is to be filled in any case, or stands
//! for liquidity.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::number::Number;
use super::super::offers::{Draft, Drafted, Row};
use super::tokens::{Tokens, Unique};

/// The part that is read.
#[derive(Debug, Deserialize)]
pub(super) struct Instance<'a> {
    #[serde(borrow)]
    orders: Unique<Order<'a>>,
    #[serde(default)]
    tokens: Tokens,
    #[serde(default)]
    amms: Unique<IgnoredAny>,
    fee: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Order<'a> {
    sell_token: String,
    buy_token: String,
    #[serde(borrow)]
    sell_amount: Number<'a>,
    #[serde(borrow)]
    buy_amount: Number<'a>,
    allow_partial_fill: bool,
    #[serde(rename = "is_sell_order")]
    is_to_sell: bool,
    fee: Option<IgnoredAny>,
    cost: Option<IgnoredAny>,
    mandatory: Option<bool>,
    #[serde(rename = "is_liquidity_order")]
    is_for_liquidity: Option<bool>,
    has_atomic_execution: Option<bool>,
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
    let mut in_order: Vec<(&String, &Order<'_>)> = instance.orders.0.iter().collect();
    in_order.sort_by_key(|(name, _)| (name.parse::<u64>().unwrap_or(u64::MAX), *name));
    for (number, (name, order)) in (1..).zip(&in_order) {
        if order.is_to_sell {
            let row = Row { number, id: (*name).clone() };
            push(order, &instance.tokens, row, &mut draft).map_err(|told| format!("order {name}: {told}"))?;
        }
    }
    let to_buy = in_order.iter().filter(|(_, order)| !order.is_to_sell).count();
    draft.tell_of("orders to buy passed over", to_buy, in_order.len());
    let mut count = |what: &str, has: fn(&Order<'_>) -> bool| {
        let orders = in_order.iter().filter(|(_, order)| order.is_to_sell && has(order));
        draft.tell(what, orders.count());
    };
    count("orders whose fee is not charged", |order| order.fee.is_some());
    count("orders whose cost is not counted", |order| order.cost.is_some());
    count("orders that are to be filled in any case, taken as others", |order| order.mandatory == Some(true));
    count("orders for liquidity, taken as others", |order| order.is_for_liquidity == Some(true));
    count("orders with an execution of their own, taken as others", |order| {
        order.has_atomic_execution == Some(true)
    });
    count("orders whose stated execution is passed over", |order| {
        order.exec_sell_amount.is_some() || order.exec_buy_amount.is_some()
    });
    draft.tell("pools of liquidity passed over", instance.amms.0.len());
    draft.tell("tokens in stock passed over", instance.tokens.buffers());
    if instance.fee.is_some() {
        draft.notices.push("the fee is not charged".to_owned());
    }
    Ok(draft)
}

fn push(order: &Order<'_>, tokens: &Tokens, row: Row, draft: &mut Draft) -> Result<(), String> {
    let amount = |field: &str, number: &Number<'_>| number.read().map_err(|told| format!("{field}: {told}"));
    let sold = amount("sell_amount", &order.sell_amount)?;
    let offer = Drafted {
        sells: tokens.asset(draft, &order.sell_token)?,
        buys: tokens.asset(draft, &order.buy_token)?,
        amount: sold,
        at_least: amount("buy_amount", &order.buy_amount)?,
        minimum: (!order.allow_partial_fill).then_some(sold),
        purse: None,
        row,
        line: 1,
    };
    draft.push(offer)
}
