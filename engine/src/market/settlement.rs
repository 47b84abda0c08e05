//! From what the book reports to what the ledger posts.
//!
//! Each report says how much of its order is open now; what is held for it follows. The two reports of a trade stand together, and become: the
//! holds of both parts released, the goods from seller to buyer, the money from buyer to seller, and the fees.

use super::fees::{FeeSchedule, rate};
use super::order_book::{Entering, OrderBook, Settled};
use super::orders::{FREE, Live, slot};
use crate::book::{ExecType, MatchId, Price, Reason, Report, Side};
use crate::event::{Event, Events};
use crate::ledger::Ledger;
use crate::ledger::posting::PostingKind;
use crate::ledger::units::{AccountId, Amount};
use crate::reject::Reject;

/// How many trades back a bust reaches; the book keeps as many.
pub(super) const TRADES_KEPT: usize = 1 << 16;

/// One side of a trade.
struct Party {
    member: u32,
    fee: u128,
    rebate: u128,
}

impl OrderBook {
    /// Turns what the book said since `reports` and `data` into postings, and tells which market said it.
    #[inline]
    pub(super) fn settle(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        (reports, data): (usize, usize),
        entering: Option<Entering>,
    ) {
        let market = self.market;
        let (count, told) = (events.book.reports.len(), events.book.market.len());
        if count > reports {
            events.tell(Event::Reports { market, count: (count - reports) as u32 });
        }
        // Taken out, so that each is read where it lies: copied, in wide loads of what was just written narrowly, it would wait.
        let said = std::mem::take(&mut events.book.reports);
        let mut coming = said[reports..].iter();
        while let Some(report) = coming.next() {
            match report.exec_type {
                ExecType::New => {
                    self.begin(ledger, events, report, entering.expect("only new orders begin"));
                }
                ExecType::Trade => {
                    let other = coming.next().expect("the two reports of a trade stand together");
                    self.trade(ledger, events, [report, other]);
                }
                ExecType::Rejected | ExecType::CancelRejected | ExecType::TradeCancel => {}
                ExecType::Canceled
                | ExecType::Replaced
                | ExecType::Expired
                | ExecType::Restated
                | ExecType::Triggered => self.follow(ledger, events, report),
            }
        }
        events.book.reports = said;
        if told > data {
            events.tell(Event::MarketData { market, count: (told - data) as u32 });
        }
    }

    /// An order was accepted: what it may spend is held.
    #[inline]
    fn begin(&mut self, ledger: &mut Ledger, events: &mut Events, report: &Report, entering: Entering) {
        let slot = slot(report.order);
        if self.orders.len() <= slot {
            self.orders.resize(slot + 1, FREE);
        }
        let Entering { member, worst, follows_band } = entering;
        let schedule = u16::try_from(self.schedules.len() - 1).expect("no more than can be numbered");
        let (leaves, side) = (report.leaves.0, report.side);
        self.orders[slot] = Live { worst, leaves, member, schedule, side, follows_band };
        let held = self.units.held(side, leaves, worst, self.schedules[usize::from(schedule)]);
        let spender = self.spender(member, side);
        self.members.at(member).open[side as usize] += 1;
        if held != 0 {
            ledger.hold_out(events, spender, held);
        }
    }

    /// What is held follows what is open, and at what worst price.
    #[inline]
    fn follow(&mut self, ledger: &mut Ledger, events: &mut Events, report: &Report) {
        let live = self.orders[slot(report.order)];
        let mut now = Live { leaves: report.leaves.0, ..live };
        if report.exec_type == ExecType::Replaced && live.side == Side::Buy && report.price != Price::NONE {
            now.worst = report.price.0;
        }
        let spender = self.spender(live.member, live.side);
        let fees = self.schedules[usize::from(live.schedule)];
        let had = self.units.held(live.side, live.leaves, live.worst, fees);
        let has = self.units.held(now.side, now.leaves, now.worst, fees);
        self.keep(report, now);
        if has < had {
            ledger.release_out(events, spender, had - has);
        } else if has > had {
            ledger.hold_out(events, spender, has - had);
        }
    }

    /// Notes how an order stands, or that it ended.
    #[inline]
    fn keep(&mut self, report: &Report, live: Live) {
        self.orders[slot(report.order)] = if live.leaves == 0 {
            self.members.at(live.member).open[live.side as usize] -= 1;
            FREE
        } else {
            live
        };
    }

    #[inline]
    fn trade(&mut self, ledger: &mut Ledger, events: &mut Events, reports: [&Report; 2]) {
        let (price, lots) = (reports[0].price.0, reports[0].quantity.0);
        let (money, goods) = (self.units.money(lots, price), self.units.goods(lots));
        let [first, second] = reports.map(|report| self.party(ledger, events, report, money));
        let trade = MatchId(reports[0].sequence);
        let (mut buyer, mut seller) =
            if reports[0].side == Side::Buy { (first, second) } else { (second, first) };
        // A rebate is paid out of what the other side pays in the same trade, so it is no more than that.
        buyer.rebate = buyer.rebate.min(seller.fee);
        seller.rebate = seller.rebate.min(buyer.fee);
        let [buys, sells] = [buyer.member, seller.member].map(|member| *self.members.at(member));
        post(ledger, events, buys.quote, sells.quote, money);
        post(ledger, events, sells.base, buys.base, goods);
        for (account, party) in [(buys.quote, &buyer), (sells.quote, &seller)] {
            post(ledger, events, account, self.fee_account, party.fee);
        }
        for (account, party) in [(buys.quote, &buyer), (sells.quote, &seller)] {
            post(ledger, events, self.fee_account, account, party.rebate);
        }
        if self.settled.len() == TRADES_KEPT {
            self.settled.pop_front();
        }
        let fees = [&buyer, &seller].map(|party| party.fee as i128 - party.rebate as i128);
        let (buyer, seller) = ([buys.base, buys.quote], [sells.base, sells.quote]);
        self.settled.push_back(Settled { trade, buyer, seller, goods, money, fees, is_busted: false });
    }

    /// Frees what one side's part of a trade held; says whose it is and what it pays.
    #[inline]
    fn party(&mut self, ledger: &mut Ledger, events: &mut Events, report: &Report, money: u128) -> Party {
        let live = self.orders[slot(report.order)];
        let fees = self.schedules[usize::from(live.schedule)];
        let now = Live { leaves: report.leaves.0, ..live };
        let had = self.units.held(live.side, live.leaves, live.worst, fees);
        let has = self.units.held(live.side, now.leaves, now.worst, fees);
        let spender = self.spender(live.member, live.side);
        self.keep(report, now);
        if had != has {
            ledger.release_out(events, spender, had - has);
        }
        let ppm = ppm_of(fees, report.reason);
        Party { member: live.member, fee: rate(money, ppm), rebate: rate(money, -ppm) }
    }

    /// Gives back what a trade moved.
    ///
    /// # Errors
    /// If a closed account is in it, somebody does not have what they would give back, or may not have what comes back; then what the book says.
    pub(crate) fn bust(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        trade: MatchId,
    ) -> Result<(), Reject> {
        let place = self.settled.binary_search_by_key(&trade, |settled| settled.trade).ok();
        let moves = place.map(|place| self.settled[place]).filter(|settled| !settled.is_busted);
        let moves = moves.map_or(Vec::new(), |settled| self.moves_back(&settled));
        can_move(ledger, &moves)?;
        self.carry_out(ledger, events, now, &crate::book::Command::Bust(trade))?;
        for (debit, credit, amount) in moves {
            post(ledger, events, debit, credit, amount);
        }
        if let Some(place) = place {
            self.settled[place].is_busted = true;
        }
        Ok(())
    }

    /// What goes back: debit, credit, amount.
    fn moves_back(&self, settled: &Settled) -> Vec<(AccountId, AccountId, u128)> {
        let ([buyer_base, buyer_quote], [seller_base, seller_quote]) = (settled.buyer, settled.seller);
        let mut moves =
            vec![(buyer_base, seller_base, settled.goods), (seller_quote, buyer_quote, settled.money)];
        for (account, fee) in [(buyer_quote, settled.fees[0]), (seller_quote, settled.fees[1])] {
            let amount = fee.unsigned_abs();
            match fee {
                1.. => moves.push((self.fee_account, account, amount)),
                ..0 => moves.push((account, self.fee_account, amount)),
                0 => {}
            }
        }
        moves
    }
}

#[inline]
fn ppm_of(fees: FeeSchedule, reason: Reason) -> i32 {
    match reason {
        Reason::RemovedLiquidity => fees.taker_ppm,
        Reason::AddedLiquidity => fees.maker_ppm,
        _ => fees.auction_ppm,
    }
}

#[inline]
fn post(ledger: &mut Ledger, events: &mut Events, debit: AccountId, credit: AccountId, amount: u128) {
    if amount != 0 {
        ledger.record(events, PostingKind::Posted, debit, credit, Amount(amount));
    }
}

/// Whether all of these can move together: by what each account gives and gets in all.
fn can_move(ledger: &Ledger, moves: &[(AccountId, AccountId, u128)]) -> Result<(), Reject> {
    let mut net: Vec<(AccountId, i128)> = Vec::new();
    for &(debit, credit, amount) in moves {
        for (account, change) in [(debit, -(amount as i128)), (credit, amount as i128)] {
            match net.iter_mut().find(|known| known.0 == account) {
                Some(known) => known.1 += change,
                None => net.push((account, change)),
            }
        }
    }
    let account = |id| ledger.account(id).expect("what traded is an account's");
    if net.iter().any(|&(id, _)| account(id).is_closed) {
        return Err(Reject::AccountClosed);
    }
    if net.iter().any(|&(id, change)| change < 0 && ledger.available(id) + change < 0) {
        return Err(Reject::InsufficientFunds);
    }
    if net.iter().any(|&(id, change)| change > 0 && !ledger.has_room(id, change.unsigned_abs())) {
        return Err(Reject::CeilingExceeded);
    }
    Ok(())
}
