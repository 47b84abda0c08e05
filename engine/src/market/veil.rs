//! A market as one agent sees it: without what others do not display. For a copy on which something is tried, never for a market that lives.

use super::order_book::OrderBook;
use crate::book::{Command, OrderView, Place};
use crate::event::Events;
use crate::ledger::Ledger;
use crate::ledger::units::AgentId;

impl OrderBook {
    /// Takes out the reserves of others' icebergs, and others' orders that are not displayed. The numbers of reports and of market data go on as if
    /// nothing had been.
    pub(crate) fn veil(&mut self, ledger: &mut Ledger, now: u64, agent: AgentId) {
        let is_hidden = |order: &OrderView| order.account.0 != agent.0 && order.displayed.0 < order.leaves.0;
        let hidden: Vec<OrderView> = self.book.live_orders().filter(is_hidden).collect();
        let told = self.book.sequences();
        for OrderView { account, order, place, leaves, displayed, .. } in hidden {
            let mut by = leaves;
            by.0 -= displayed.0;
            let command = match place {
                Place::Displayed => Command::Reduce { account, order, by },
                _ => Command::Cancel { account, order },
            };
            // One that was due is gone by now.
            let _ = self.carry_out(ledger, &mut Events::default(), now, &command);
        }
        self.book.count_from(told);
    }
}
