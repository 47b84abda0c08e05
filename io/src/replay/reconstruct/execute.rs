//! Executions that name the resting order. If that order is the first in the queue at our best price, an order that
//! takes it is entered and the engine's matching does the rest; otherwise it is reduced, and the disagreement counted.
//! An execution counts as one of ours only once our matching has made it.

use bartizan_engine::book::{ClientOrderId, Command, NewOrder, Phase, Quantity, Time, TimeInForce};
use hashbrown::HashMap;

use super::state::{Execution, Reconstruction, Source, Trade};

impl Reconstruction {
    /// Carries out the executions of one trade, in the order in which our queue has their orders.
    pub(super) fn execute_pending(&mut self, now: Time) {
        if self.pending.is_empty() {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        if pending.len() > 1 {
            let known = |execution: &Execution| self.orders.get(&execution.order).copied();
            let side =
                pending.iter().find_map(known).and_then(|order| self.book.order(order)).map(|view| view.side);
            let mut wanted: Vec<u64> =
                pending.iter().filter(|one| known(one).is_some()).map(|one| one.order).collect();
            let mut places: HashMap<u64, usize> = HashMap::new();
            for (place, view) in side.into_iter().flat_map(|side| self.book.queued(side)).enumerate() {
                if wanted.is_empty() {
                    break;
                }
                if wanted.contains(&view.client.0) {
                    wanted.retain(|&order| order != view.client.0);
                    places.insert(view.client.0, place);
                }
            }
            pending.sort_by_key(|one| places.get(&one.order).copied().unwrap_or(usize::MAX));
        }
        for execution in pending.drain(..) {
            self.execute(now, execution);
        }
        self.pending = pending; // for its room
        self.settle(now);
    }

    pub(super) fn execute(&mut self, now: Time, execution: Execution) {
        let Execution { order: id, quantity, price, printable } = execution;
        if quantity == 0 {
            self.misfits.empty += 1;
            return;
        }
        self.agreement.executions += 1;
        let size = self.grid.size(Quantity(quantity));
        let Some(view) = self.orders.get(&id).and_then(|&order| self.book.order(order)) else {
            self.agreement.unknown += 1;
            self.misfits.unknown_executed += 1;
            if let Some(price) = price {
                let (aggressor, maker, taker, source) = (None, Some(id), None, Source::Told);
                let quantity = size;
                self.trades.push(Trade { price, quantity, aggressor, maker, taker, printable, source });
            }
            return;
        };
        let first = self.book.front(view.side);
        let own_price = self.grid.price(view.price);
        let is_first = first.is_some_and(|first| first.order == view.order);
        let fits = quantity <= view.leaves.0 && price.is_none_or(|price| price == own_price);
        if is_first && fits && self.book.phase() == Phase::Continuous {
            let taker = NewOrder {
                time_in_force: TimeInForce::Ioc,
                ..NewOrder::limit(ClientOrderId(0), view.side.opposite(), Quantity(quantity), view.price)
            };
            let before = self.events.reports.len();
            self.command(now, &Command::New(taker));
            let traded = self.note_trades(before, None, printable);
            assert_eq!(traded, quantity, "the first order at the best price, with that much open, trades");
            self.agreement.first_in_queue += 1;
            return;
        }
        let counted = match first {
            _ if self.book.phase().is_call() => &mut self.agreement.crossed,
            Some(_) if is_first && quantity > view.leaves.0 => &mut self.agreement.more_than_shown,
            Some(_) if is_first => &mut self.agreement.other_price,
            Some(first) if first.price == view.price => &mut self.agreement.behind_another,
            _ => &mut self.agreement.not_the_best,
        };
        *counted += 1;
        self.trades.push(Trade {
            price: price.unwrap_or(own_price),
            quantity: size,
            aggressor: Some(view.side.opposite()),
            maker: Some(id),
            taker: None,
            printable,
            source: Source::Taken(view.order),
        });
        if self.confirms_fills {
            *self.unconfirmed.entry(id).or_default() += quantity;
        }
        self.take(now, id, view.order, quantity);
    }
}
