//! What a session knows of its agent's orders: by id, by the client's id, and how they stand.
//!
//! It learns from reports, and at logon from the open orders and from the reports that are kept. Finished orders, and the ids that orders had before they were replaced, are forgotten after [`KEPT`] others.

use std::collections::{BTreeMap, VecDeque};

use bartizan_engine::book::{ClientOrderId, ExecType, OrdStatus, OrderId, OrderView, Price, Report, Side};
use bartizan_engine::market::units::MarketId;

/// Finished orders that are known, and so many ids of before.
pub const KEPT: usize = 1 << 16;

/// Which order.
pub type Key = (MarketId, OrderId);

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The client's id of it.
    pub client: ClientOrderId,
    /// To buy or to sell.
    pub side: Side,
    /// FIX `OrdStatus`.
    pub status: OrdStatus,
    /// Its price, if it has one.
    pub price: Price,
    /// Its quantity.
    pub quantity: u64,
    /// What is open.
    pub leaves: u64,
    /// What has traded.
    pub cumulative: u64,
    /// What that came to, in ticks, as far as it was seen.
    pub paid: i128,
    /// Of which quantity that was seen.
    pub seen: u64,
}

/// All that a session knows.
#[derive(Debug, Default)]
pub struct Orders {
    all: BTreeMap<Key, Known>,
    by_client: BTreeMap<ClientOrderId, Key>,
    finished: VecDeque<Key>,
    /// Ids under which an order can still be found, though it has another since it was replaced.
    replaced: VecDeque<(ClientOrderId, Key)>,
}

impl Orders {
    /// Learns of an open order.
    pub fn learn_open(&mut self, market: MarketId, view: &OrderView) {
        let key = (market, view.order);
        let (leaves, cumulative) = (view.leaves.0, view.cumulative.0);
        let status = if cumulative > 0 { OrdStatus::PartiallyFilled } else { OrdStatus::New };
        let before = self.all.get(&key);
        let known = Known {
            client: view.client,
            side: view.side,
            status,
            price: view.price,
            quantity: leaves + cumulative,
            leaves,
            cumulative,
            paid: before.map_or(0, |before| before.paid),
            seen: before.map_or(0, |before| before.seen),
        };
        self.by_client.insert(view.client, key);
        self.all.insert(key, known);
    }

    /// Learns from a report; how the order stands then.
    pub fn learn(&mut self, market: MarketId, report: &Report) -> Known {
        let key = (market, report.order);
        let before = self.all.get(&key).copied();
        let is_trade = report.exec_type == ExecType::Trade;
        let is_bust = report.exec_type == ExecType::TradeCancel;
        let (leaves, cumulative) = (report.leaves.0, report.cumulative.0);
        let mut known = before.unwrap_or(Known {
            client: report.client,
            side: report.side,
            status: report.ord_status,
            price: Price::NONE,
            quantity: leaves + cumulative,
            leaves,
            cumulative,
            paid: 0,
            seen: 0,
        });
        if is_trade || is_bust {
            let paid = i128::from(report.price.0) * i128::from(report.quantity.0);
            known.paid += if is_trade { paid } else { -paid };
            known.seen = if is_trade {
                known.seen + report.quantity.0
            } else {
                known.seen.saturating_sub(report.quantity.0)
            };
        } else {
            known.price = report.price;
        }
        if matches!(report.exec_type, ExecType::New | ExecType::Replaced) {
            known.quantity = leaves + cumulative;
        }
        (known.client, known.status) = (report.client, report.ord_status);
        (known.leaves, known.cumulative) = (leaves, cumulative);
        self.by_client.insert(report.client, key);
        self.all.insert(key, known);
        if let Some(before) = before.filter(|before| before.client != report.client) {
            self.replaced.push_back((before.client, key));
            if self.replaced.len() > KEPT
                && let Some((client, key)) = self.replaced.pop_front()
            {
                self.forget(client, key);
            }
        }
        if leaves == 0 && before.is_none_or(|before| before.leaves > 0) {
            self.finish(key);
        }
        known
    }

    /// Learns of an order that is over, from a report that was sent before.
    pub fn learn_past(&mut self, key: Key, known: Known) {
        let before = self.all.insert(key, known);
        self.by_client.insert(known.client, key);
        if known.leaves == 0 && before.is_none_or(|before| before.leaves > 0) {
            self.finish(key);
        }
    }

    fn finish(&mut self, key: Key) {
        self.finished.push_back(key);
        if self.finished.len() > KEPT
            && let Some(gone) = self.finished.pop_front()
            && self.all.get(&gone).is_some_and(|known| known.leaves == 0)
            && let Some(known) = self.all.remove(&gone)
        {
            self.forget(known.client, gone);
        }
    }

    /// Forgets an id by which an order was found, unless that is the order's id now, or by now another order's.
    fn forget(&mut self, client: ClientOrderId, key: Key) {
        let is_now = self.all.get(&key).is_some_and(|known| known.client == client);
        if !is_now && self.by_client.get(&client) == Some(&key) {
            self.by_client.remove(&client);
        }
    }

    /// An order by the client's id.
    pub fn find(&self, client: ClientOrderId) -> Option<(Key, &Known)> {
        let key = *self.by_client.get(&client)?;
        self.all.get(&key).map(|known| (key, known))
    }

    /// Whether an open order has the client's id.
    pub fn is_open(&self, client: ClientOrderId) -> bool {
        self.find(client).is_some_and(|(_, known)| known.leaves > 0)
    }

    /// An order by its id.
    pub fn get(&self, key: Key) -> Option<&Known> {
        self.all.get(&key)
    }

    /// Those that are open.
    pub fn open(&self) -> impl Iterator<Item = (Key, &Known)> {
        self.all.iter().filter(|(_, known)| known.leaves > 0).map(|(&key, known)| (key, known))
    }
}

#[cfg(test)]
mod tests {
    use bartizan_engine::book::{AccountId, Quantity, Reason};

    use super::*;

    fn report(order: u64, client: u64, exec_type: ExecType, leaves: u64) -> Report {
        let ord_status = if leaves == 0 { OrdStatus::Canceled } else { OrdStatus::New };
        Report {
            exec_type,
            ord_status,
            order: OrderId(order),
            client: ClientOrderId(client),
            account: AccountId(1),
            side: Side::Buy,
            price: Price(10),
            sequence: 1,
            reason: Reason::Requested,
            quantity: Quantity(leaves),
            leaves: Quantity(leaves),
            cumulative: Quantity(0),
        }
    }

    #[test]
    fn what_is_known_is_bounded_however_often_orders_are_replaced() {
        let market = MarketId(1);
        let mut orders = Orders::default();
        orders.learn(market, &report(1, 1, ExecType::New, 5));
        let last = 2 * KEPT as u64;
        for client in 2..=last {
            orders.learn(market, &report(1, client, ExecType::Replaced, 5));
        }
        assert_eq!(orders.by_client.len(), KEPT + 1);
        assert!(orders.find(ClientOrderId(last)).is_some() && orders.find(ClientOrderId(last - 1)).is_some());
        assert!(orders.find(ClientOrderId(2)).is_none());
        for order in 2..=last {
            orders.learn(market, &report(order, last + order, ExecType::New, 5));
            orders.learn(market, &report(order, last + order, ExecType::Canceled, 0));
        }
        assert_eq!((orders.all.len(), orders.finished.len()), (KEPT + 1, KEPT));
        assert!(orders.find(ClientOrderId(last)).is_some(), "it is open");
    }
}
