//! matchcore 0.4. It numbers orders by the command that enters them, as the steps do.
//!
//! A limit order that crosses trades on beyond its limit there; no workload has one that could.

use std::hint::black_box;

use ::matchcore::{
    AmendCmd, AmendPatch, CancelCmd, Command, CommandKind, CommandMeta, CommandOutcome, CommandReport,
    LimitOrder, LimitOrderPatch, NewOrder, OrderBook, OrderFlags, OrderId, OrderKind, Price, Quantity,
    QuantityPolicy, SequenceNumber, Side, SubmitCmd, TimeInForce, Timestamp,
};
use bartizan_engine::book;

use crate::engine::Engine;
use crate::workload::{Step, Workload};

pub(crate) struct Matchcore(OrderBook);

impl Matchcore {
    pub(crate) fn new() -> Self {
        Matchcore(OrderBook::new("BENCH"))
    }
}

impl Engine for Matchcore {
    type Command = Command;

    #[inline]
    fn translate(&self, workload: &Workload, number: usize, commands: &mut Vec<Command>) {
        let kind = match workload.steps[number] {
            Step::Add { side, price, quantity, is_immediate } => {
                let side = if side == book::Side::Buy { Side::Buy } else { Side::Sell };
                let time_in_force = if is_immediate { TimeInForce::Ioc } else { TimeInForce::Gtc };
                let flags = OrderFlags::new(side, false, time_in_force);
                let quantity = QuantityPolicy::Standard { quantity: Quantity(quantity) };
                let order = NewOrder::Limit(LimitOrder::new(Price(price as u64), quantity, flags));
                CommandKind::Submit(SubmitCmd { order })
            }
            Step::Cancel { order } => {
                let order_id = OrderId(u64::from(order));
                CommandKind::Cancel(CancelCmd { order_id, order_kind: OrderKind::Limit })
            }
            Step::Reduce { order, left, .. } => {
                let quantity = QuantityPolicy::Standard { quantity: Quantity(left) };
                let patch = AmendPatch::Limit(LimitOrderPatch::new().with_quantity_policy(quantity));
                CommandKind::Amend(AmendCmd { order_id: OrderId(u64::from(order)), patch })
            }
        };
        let meta = CommandMeta { sequence_number: SequenceNumber(number as u64), timestamp: Timestamp(0) };
        commands.push(Command { meta, kind });
    }

    #[inline]
    fn run(&mut self, commands: &[Command]) {
        for command in commands {
            let outcome = self.0.execute(command);
            black_box(&outcome);
        }
    }

    fn traded(&mut self, commands: &[Command]) -> u64 {
        let mut sum = 0;
        for command in commands {
            match self.0.execute(command) {
                CommandOutcome::Applied(CommandReport::Submit(effects) | CommandReport::Amend(effects)) => {
                    sum +=
                        effects.target_order().match_result().map_or(0, |found| found.executed_quantity().0);
                }
                CommandOutcome::Applied(CommandReport::Cancel) => {}
                CommandOutcome::Rejected(failure) => panic!("{command:?}: {failure}"),
            }
        }
        sum
    }
}
