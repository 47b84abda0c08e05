//! lobster 0.7. The caller names orders. It cannot reduce an order: what is left is entered anew, behind the others.

use std::hint::black_box;

use ::lobster::{OrderBook, OrderEvent, OrderType, Side};
use bartizan_engine::book;

use crate::engine::Engine;
use crate::workload::{Order, Step, Workload};

pub(crate) struct Lobster(OrderBook);

impl Lobster {
    pub(crate) fn new() -> Self {
        Lobster(OrderBook::default())
    }
}

/// A limit order as it was told.
fn limit(workload: &Workload, order: Order) -> (Side, u64, u64) {
    let Step::Add { side, price, quantity, .. } = workload.steps[order as usize] else {
        unreachable!("an order is named by the step that enters it")
    };
    (if side == book::Side::Buy { Side::Bid } else { Side::Ask }, price as u64, quantity)
}

impl Engine for Lobster {
    type Command = OrderType;

    #[inline]
    fn translate(&self, workload: &Workload, number: usize, commands: &mut Vec<OrderType>) {
        match workload.steps[number] {
            // An immediate one finds all it asks for, and so does not rest here either.
            Step::Add { .. } => {
                let (side, price, qty) = limit(workload, number as Order);
                commands.push(OrderType::Limit { id: number as u128, side, qty, price });
            }
            Step::Cancel { order } => commands.push(OrderType::Cancel { id: u128::from(order) }),
            Step::Reduce { order, left, .. } => {
                let id = u128::from(order);
                let (side, price, _) = limit(workload, order);
                commands.push(OrderType::Cancel { id });
                commands.push(OrderType::Limit { id, side, qty: left, price });
            }
        }
    }

    #[inline]
    fn run(&mut self, commands: &[OrderType]) {
        for &command in commands {
            let event = self.0.execute(command);
            black_box(&event);
        }
    }

    fn traded(&mut self, commands: &[OrderType]) -> u64 {
        let traded = |command: &OrderType| match self.0.execute(*command) {
            OrderEvent::Filled { filled_qty, .. } | OrderEvent::PartiallyFilled { filled_qty, .. } => {
                filled_qty
            }
            OrderEvent::Placed { .. } | OrderEvent::Canceled { .. } => 0,
            OrderEvent::Unfilled { .. } => unreachable!("no workload has market orders"),
        };
        commands.iter().map(traded).sum()
    }
}
