//! What the operator does.

use bartizan_engine::book::{
    AccountId, Bands, ClientOrderId, ExecType, MatchId, OrdStatus, OrderId, Phase, Price, Quantity, Reason,
    Report,
};

use super::{Order, Place, Twin};

impl Twin {
    fn refuse_operator(&mut self, reason: Reason) {
        self.reject(ExecType::Rejected, reason, (OrderId(0), AccountId(0)));
    }

    pub(super) fn set_phase(&mut self, next: Phase) {
        use Phase::{Closed, Continuous, Halted, PreClose, PreOpen, Reopening};
        let ways: &[Phase] = match (self.phase, self.owed_call) {
            (Closed, None) => &[PreOpen, Continuous],
            (Closed, Some(_)) => &[PreOpen],
            (PreOpen | Reopening, _) => &[Continuous, Halted, Closed],
            (Continuous, _) => &[PreClose, Halted, Reopening, Closed],
            (PreClose, _) => &[Halted, Closed],
            (Halted, None) => &[Reopening, Continuous, PreClose, Closed],
            (Halted, Some(call)) => &[call, Closed],
        };
        if !ways.contains(&next) {
            return self.refuse_operator(Reason::WrongPhase);
        }
        let is_over = self.phase.is_call() && next != Halted;
        let is_called_off = self.owed_call.is_some() && next == Closed;
        if is_over {
            self.hold_auction();
        }
        if is_over || is_called_off {
            let mut left: Vec<(OrderId, bool)> = Vec::new();
            for order in &self.orders {
                let is_for_it = order.is_auction_only() && order.place != Place::Close;
                if is_for_it || order.place == Place::Unpriced {
                    left.push((order.id, order.is_auction_only()));
                }
            }
            left.sort_by_key(|&(id, _)| super::slot(id));
            for (id, is_over) in left {
                let (what, reason) = if is_over {
                    (ExecType::Expired, Reason::TimeOver)
                } else {
                    (ExecType::Canceled, Reason::NoLiquidity)
                };
                self.end(id, what, reason);
            }
        }
        if next == Phase::Closed {
            let goes = |order: &Order| order.is_day() || order.place == Place::Close;
            self.end_all(ExecType::Expired, Reason::TimeOver, goes);
        }
        self.owed_call = match next {
            Halted if self.phase.is_call() => Some(self.phase),
            Closed if is_called_off => Some(PreOpen),
            _ => None,
        };
        self.phase = next;
        if next == PreClose {
            let (mut joining, others): (Vec<Order>, Vec<Order>) =
                self.orders.drain(..).partition(|order| order.place == Place::Close);
            self.orders = others;
            joining.sort_by_key(|order| order.entered);
            for order in joining {
                self.collect(order);
            }
        }
    }

    pub(super) fn set_bands(&mut self, bands: Option<Bands>) {
        if let Some(Bands { low, high }) = bands {
            if [low, high].iter().any(|price| price.0.unsigned_abs() > Price::MAX.0.unsigned_abs()) {
                return self.refuse_operator(Reason::PriceOutOfRange);
            }
            if low > high {
                return self.refuse_operator(Reason::BandsCrossed);
            }
        }
        self.bands = bands;
        if let Some(Bands { low, high }) = bands {
            let is_outside = |order: &Order| {
                matches!(order.place, Place::Queue(_) | Place::Close)
                    && order.limit.is_some_and(|limit| limit < low.0 || limit > high.0)
            };
            self.end_all(ExecType::Canceled, Reason::BandsMoved, is_outside);
        }
    }

    pub(super) fn set_reference(&mut self, price: Price) {
        if price.0.unsigned_abs() > Price::MAX.0.unsigned_abs() {
            return self.refuse_operator(Reason::PriceOutOfRange);
        }
        self.reference = Some(price.0);
    }

    pub(super) fn bust(&mut self, id: MatchId) {
        let Some(trade) = self.trades.iter_mut().find(|trade| trade.id == id) else {
            return self.refuse_operator(Reason::UnknownTrade);
        };
        if trade.is_busted {
            return self.refuse_operator(Reason::AlreadyBusted);
        }
        trade.is_busted = true;
        let trade = *trade;
        let reasons = match trade.aggressor {
            Some(_) => [Reason::RemovedLiquidity, Reason::AddedLiquidity],
            None => [Reason::AuctionBuy, Reason::AuctionSell],
        };
        for ((order, client, account, side), reason) in trade.parties.into_iter().zip(reasons) {
            let traded = self.traded.get_mut(&order).expect("it traded");
            *traded -= trade.quantity;
            let cumulative = Quantity(*traded);
            if self.position(order).is_some() {
                self.get_mut(order).traded -= trade.quantity;
                let order = self.get(order).clone();
                self.report(&order, (ExecType::TradeCancel, reason), (Some(trade.price), trade.quantity));
                continue;
            }
            self.sequence += 1;
            self.reports.push(Report {
                sequence: self.sequence,
                order,
                client: ClientOrderId(client),
                account: AccountId(account),
                exec_type: ExecType::TradeCancel,
                ord_status: OrdStatus::Canceled,
                side,
                reason,
                price: Price(trade.price),
                quantity: Quantity(trade.quantity),
                leaves: Quantity(0),
                cumulative,
            });
        }
    }
}
