//! What happens by time alone, before each command: holds and orders expire, calls are held, rounds close and end.
//!
//! **No command does more than its share of it.** Of holds, orders and rounds each, those that are due are done the earliest first, about [`MAX_DUE`] of them in one command,
//! and the rest in the commands that follow, whatever these are. Until then each is as good as done:
//! - a hold whose time is over can be neither posted nor voided; only what it held is not free before its turn;
//! - a market in which orders are due takes no commands ([`Reject::MarketBehind`](crate::reject::Reject::MarketBehind)), so nothing trades with
//!   them, and a command that names the market takes out as many of them again;
//! - a round that a command names is closed or ended first, out of turn.
//!
//! What is left to do is part of the state as the holds, orders and rounds that it is to be done to, so a realm read from its bytes goes on with it, and
//! the books balance in between. Who has nothing else to ask lets time pass by [`AdvanceClock`](super::command::AdvanceClock).

use super::command::Command;
use super::state::Realm;
use crate::event::Events;
use crate::limits::MAX_DUE;
use crate::market::units::MarketId;
use crate::rounds::units::RoundId;

impl Realm {
    /// What happens by time alone before this command.
    #[cold]
    pub(super) fn wake(&mut self, events: &mut Events, command: &Command) {
        self.ledger.expire(events, self.clock, MAX_DUE);
        self.markets.wake(&mut self.ledger, events, self.clock, market_of(command));
        self.rounds.wake(events, &mut self.ledger, self.clock, round_of(command));
        self.set_next_wake();
    }
}

/// The market that a command is about.
fn market_of(command: &Command) -> Option<MarketId> {
    Some(match command {
        Command::AmendMarket(amend) => amend.market,
        Command::NewOrder(place) => place.market,
        Command::CancelOrder(cancel) => cancel.market,
        Command::ReduceOrder(reduce) => reduce.market,
        Command::ReplaceOrder(replace) => replace.market,
        Command::MassCancelOrders(cancel) => cancel.market,
        Command::CancelOrderGroup(cancel) => cancel.market,
        Command::SetMarketPhase(set) => set.market,
        Command::SetMarketBands(set) => set.market,
        Command::SetMarketReference(set) => set.market,
        Command::BustTrade(bust) => bust.market,
        _ => return None,
    })
}

/// The round that a command is about.
fn round_of(command: &Command) -> Option<RoundId> {
    Some(match command {
        Command::SubmitOffer(submit) => submit.round,
        Command::WithdrawOffer(withdraw) => withdraw.round,
        Command::LimitSpending(limit) => limit.round,
        Command::CloseRound(close) => close.round,
        Command::ProposeSettlement(propose) => propose.round,
        Command::SettleRound(settle) => settle.round,
        Command::CancelRound(cancel) => cancel.round,
        _ => return None,
    })
}
