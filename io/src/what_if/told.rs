//! What the events of one command say of markets: the reports, the trades in them, and what each cost.
//!
//! A market tells its reports first, then the postings that follow from them. Of a trade these are: what was held is released, the money, the
//! goods, the fees, the rebates; of a trade that is taken back the goods, the money, the fees. A command that is none of a market's has postings
//! of its own after those of the markets that time woke.

use bartizan_engine::book::{ExecType, MatchId, OrderId, Report, Side};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::posting::{Posting, PostingKind};
use bartizan_engine::market::units::MarketId;

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trade {
    pub(super) market: MarketId,
    pub(super) id: MatchId,
    pub(super) buyer: OrderId,
    pub(super) seller: OrderId,
    pub(super) price: i64,
    pub(super) lots: u64,
}

/// One thing that is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    /// A report; of a trade's two, each, after the trade itself.
    Report(MarketId, &'a Report),
    /// A trade.
    Trade(Trade),
    /// A trade that was taken back; its id is not the trade's.
    TakenBack(Trade),
    /// A fee or a rebate on its way, or one that goes back.
    Fee(MarketId, Posting),
}

/// Tells what `events` say, in order.
pub(super) fn read<'a>(events: &'a Events, mut tell: impl FnMut(Told<'a>)) {
    let mut reports = &events.book.reports[..];
    let mut open: Option<MarketId> = None;
    let mut posted = 0;
    for (at, event) in events.list.iter().enumerate() {
        if at == events.before_command {
            open = None;
        }
        match *event {
            Event::Reports { market, count } => {
                (open, posted) = (Some(market), 0);
                let (batch, rest) = reports.split_at(count as usize);
                tell_reports(market, batch, &mut tell);
                reports = rest;
            }
            Event::Posting(posting) => {
                let Some(market) = open else { continue };
                posted = if posting.kind == PostingKind::Posted { posted + 1 } else { 0 };
                if posted > 2 {
                    tell(Told::Fee(market, posting));
                }
            }
            _ => {}
        }
    }
}

fn tell_reports<'a>(market: MarketId, batch: &'a [Report], tell: &mut impl FnMut(Told<'a>)) {
    let mut at = 0;
    while let Some(report) = batch.get(at) {
        let is_trade = matches!(report.exec_type, ExecType::Trade | ExecType::TradeCancel);
        let [first, second] = match batch.get(at + 1) {
            Some(second) if is_trade => [report, second],
            _ => {
                tell(Told::Report(market, report));
                at += 1;
                continue;
            }
        };
        let (buyer, seller) = if first.side == Side::Buy { (first, second) } else { (second, first) };
        let trade = Trade {
            market,
            id: MatchId(first.sequence),
            buyer: buyer.order,
            seller: seller.order,
            price: first.price.0,
            lots: first.quantity.0,
        };
        let is_new = first.exec_type == ExecType::Trade;
        tell(if is_new { Told::Trade(trade) } else { Told::TakenBack(trade) });
        tell(Told::Report(market, first));
        tell(Told::Report(market, second));
        at += 2;
    }
}
