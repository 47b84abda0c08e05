//! orderbook-rs 0.15. The caller names orders. It locks, since several threads may share it; here one thread uses it.

use std::hint::black_box;

use ::orderbook_rs::{Id, OrderBook, Side, TimeInForce};
use bartizan_engine::book;
use pricelevel::{OrderUpdate, Quantity};

use crate::engine::Engine;
use crate::workload::{Step, Workload};

pub(crate) struct OrderbookRs(OrderBook<()>);

pub(crate) enum Command {
    Add { id: Id, side: Side, price: u128, quantity: u64, time_in_force: TimeInForce },
    Cancel(Id),
    Reduce { id: Id, left: u64 },
}

impl OrderbookRs {
    pub(crate) fn new() -> Self {
        OrderbookRs(OrderBook::new("BENCH"))
    }

    /// Carries one out, and returns what it traded.
    #[inline]
    fn take(&self, command: &Command) -> Option<u64> {
        match *command {
            Command::Add { id, side, price, quantity, time_in_force } => {
                let entered =
                    self.0.add_limit_order_with_result(id, price, quantity, side, time_in_force, None);
                let (_, traded) = black_box(entered).ok()?;
                Some(traded.map_or(0, |traded| quantity - traded.match_result.remaining_quantity().as_u64()))
            }
            Command::Cancel(id) => black_box(self.0.cancel_order(id)).ok()?.map(|_| 0),
            Command::Reduce { id, left } => {
                let update = OrderUpdate::UpdateQuantity { order_id: id, new_quantity: Quantity::new(left) };
                black_box(self.0.update_order(update)).ok()?.map(|_| 0)
            }
        }
    }
}

impl Engine for OrderbookRs {
    type Command = Command;

    #[inline]
    fn translate(&self, workload: &Workload, number: usize, commands: &mut Vec<Command>) {
        let id = |order: u64| Id::sequential(order);
        commands.push(match workload.steps[number] {
            Step::Add { side, price, quantity, is_immediate } => Command::Add {
                id: id(number as u64),
                side: if side == book::Side::Buy { Side::Buy } else { Side::Sell },
                price: price as u128,
                quantity,
                time_in_force: if is_immediate { TimeInForce::Ioc } else { TimeInForce::Gtc },
            },
            Step::Cancel { order } => Command::Cancel(id(u64::from(order))),
            Step::Reduce { order, left, .. } => Command::Reduce { id: id(u64::from(order)), left },
        });
    }

    #[inline]
    fn run(&mut self, commands: &[Command]) {
        for command in commands {
            black_box(self.take(command));
        }
    }

    fn traded(&mut self, commands: &[Command]) -> u64 {
        commands
            .iter()
            .map(|command| self.take(command).expect("no workload asks for what cannot be done"))
            .sum()
    }
}
