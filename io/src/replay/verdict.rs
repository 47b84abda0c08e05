//! How a replay and its venue agree, for people and as part of the JSON object: where executed orders stood, what did
//! not fit, and what became of a comparison with what the venue published, difference by difference.

use std::fmt::Write as _;

use bartizan_engine::book::Side;
use serde_json::{Map, Value, json};

use super::compare::Quote;
use super::explain::{Account, Cause, Comparison, Unmatched};
use super::report::{Report, grouped, number};
use super::trade_list::{PublishedTrade, TradesCompared};

/// A share of many, in percent.
fn share(part: usize, all: usize) -> String {
    format!("{:.2} %", 100.0 * part as f64 / all.max(1) as f64)
}

/// What JSON calls a side.
fn name(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

impl Report<'_> {
    pub(super) fn write_verdict(&self, text: &mut String) -> std::fmt::Result {
        self.write_agreement(text)?;
        if let Some(comparison) = &self.quotes {
            self.write_quotes(text, comparison)?;
        }
        if let Some(trades) = &self.trades {
            self.write_trades(text, trades)?;
        }
        Ok(())
    }

    fn write_agreement(&self, text: &mut String) -> std::fmt::Result {
        let reconstruction = &self.replay.reconstruction;
        let agreement = reconstruction.agreement;
        if agreement.executions > 0 {
            let share = 100.0 * agreement.first_in_queue as f64 / agreement.executions as f64;
            let (first, all) = (grouped(agreement.first_in_queue), grouped(agreement.executions));
            writeln!(
                text,
                "\nexecutions   {first} of {all} ({share:.2} %) are of the order that our queue has first at the best price"
            )?;
            for (count, what) in [
                (agreement.behind_another, "at the best price, behind another order"),
                (agreement.not_the_best, "at a price that is not our best"),
                (agreement.more_than_shown, "first, and of more than it shows: from its reserve"),
                (agreement.other_price, "first, at another price than its own"),
                (agreement.crossed, "while orders only rest: in a halt, or a crossed book"),
                (agreement.unknown, "of an order that the file never enters"),
                (
                    agreement.prevented,
                    "orders before them the venue cancelled: the same owner's (self-match prevention)",
                ),
            ] {
                if count > 0 {
                    writeln!(text, "             {:>12}  {what}", grouped(count))?;
                }
            }
        }
        if agreement.post_only > 0 {
            let count = grouped(agreement.post_only);
            writeln!(
                text,
                "post-only    {count} orders would have traded on entry: refused here, taken back there"
            )?;
        }
        let misfits = reconstruction.misfits.named().into_iter().filter(|(_, count, _)| *count > 0);
        for (index, (name, count, what)) in misfits.enumerate() {
            let head = if index == 0 { "did not fit" } else { "" };
            write!(text, "{head:<12} {:>12}  {what}", grouped(count))?;
            if name == "refused" {
                let most = self.size(reconstruction.grid().largest_size().into());
                write!(text, " (at most {most})")?;
            }
            writeln!(text)?;
        }
        Ok(())
    }

    fn write_quotes(&self, text: &mut String, comparison: &Comparison) -> std::fmt::Result {
        let (compared, matched) = (comparison.compared, comparison.matched());
        if compared == 0 {
            return writeln!(text, "venue's book not compared: our best prices never changed");
        }
        writeln!(
            text,
            "venue's book {} of our {} changes ({}) are in it, in order",
            grouped(matched as u64),
            grouped(compared as u64),
            share(matched, compared)
        )?;
        let rows = comparison.venue_rows;
        if rows > 0 {
            let others = match comparison.venue_rows_in_all - rows {
                0 => String::new(),
                others => format!("; it has {} before or after", grouped(others as u64)),
            };
            writeln!(
                text,
                "             {} of its {} changes in this time ({}) are ours{others}",
                grouped(matched as u64),
                grouped(rows as u64),
                share(matched, rows)
            )?;
        }
        let (others, explained) = (comparison.unmatched.len(), comparison.explained());
        if others == 0 {
            return Ok(());
        }
        let orders = comparison.accounts.len();
        let orders = if orders == 1 { "one order".into() } else { format!("{orders} orders") };
        match others - explained {
            0 => writeln!(text, "             the other {others} are due to {orders}:")?,
            _ if explained == 0 => {
                writeln!(text, "             the other {} are not explained", grouped(others as u64))?;
            }
            left => writeln!(
                text,
                "             {explained} of the other {} are due to {orders}, {left} are not explained:",
                grouped(others as u64)
            )?,
        }
        for account in &comparison.accounts {
            writeln!(text, "             {}", self.account(account))?;
        }
        if self.lists_unmatched {
            self.list_quotes(text, comparison)?;
        }
        Ok(())
    }

    /// An order that accounts for differences, in words.
    fn account(&self, account: &Account) -> String {
        let &Account { order, side, quantity, changes, from, .. } = account;
        let (side, size) = (name(side), self.size(quantity.into()));
        let price = self.price(account.price);
        let from = grouped(from);
        let why = match (account.cause, account.until) {
            (Cause::NeverEntered, Some(until)) => {
                format!("never entered in this file, there from message {from} to {}", grouped(until))
            }
            (Cause::NeverEntered, None) => {
                format!("never entered in this file, there from message {from} on")
            }
            (Cause::NeverEnded, _) => format!("never ended in this file, gone by message {from}"),
        };
        format!("{:>12}  order {order}, {side} {size} at {price}: {why}", grouped(changes))
    }

    fn list_quotes(&self, text: &mut String, comparison: &Comparison) -> std::fmt::Result {
        writeln!(
            text,
            "\nunmatched    {:>10} {:<18} {:>10} {:>10} | {:<10} {:<10}  due to order",
            "message", "time", "size", "bid", "ask", "size"
        )?;
        for Unmatched { change, accounts } in &comparison.unmatched {
            let Quote { bid, bid_size, ask, ask_size } = change.quote;
            let [bid, ask] = [bid, ask].map(|price| self.price(price));
            let [bid_size, ask_size] = [bid_size, ask_size].map(|size| self.size(size.into()));
            let orders: Vec<String> =
                accounts.iter().map(|&index| comparison.accounts[index].order.to_string()).collect();
            let orders = if orders.is_empty() { "(not explained)".into() } else { orders.join(", ") };
            let (message, time) = (grouped(change.message), self.time(change.time));
            writeln!(
                text,
                "             {message:>10} {time:<18} {bid_size:>10} {bid:>10} | {ask:<10} {ask_size:<10}  {orders}"
            )?;
        }
        Ok(())
    }

    fn write_trades(&self, text: &mut String, trades: &TradesCompared) -> std::fmt::Result {
        let (found, all) = (trades.matched(), trades.listed.len());
        if all == 0 {
            writeln!(text, "venue's list no trade in this time, {} of ours", grouped(trades.ours as u64))?;
        } else {
            writeln!(
                text,
                "venue's list {} of its {} trades ({}) found, price, size and both orders alike",
                grouped(found as u64),
                grouped(all as u64),
                share(found, all)
            )?;
            writeln!(
                text,
                "             {} of our {} trades in its time are in it",
                grouped(found as u64),
                grouped(trades.ours as u64)
            )?;
        }
        if trades.outside > 0 {
            let others = grouped(trades.outside as u64);
            writeln!(text, "             {others} trades of another time are left out")?;
        }
        writeln!(
            text,
            "             (how much an order trades in all is read ahead in the order file; with whom, in what parts and at what\n             \
             price our matching says)"
        )?;
        let missed: Vec<&PublishedTrade> =
            trades.listed.iter().filter(|(_, found)| !found).map(|(trade, _)| trade).collect();
        let shown = if self.lists_unmatched { missed.len() } else { missed.len().min(MOST_TRADES) };
        for trade in &missed[..shown] {
            let (price, size) = (self.price(trade.price), self.size(trade.quantity.into()));
            writeln!(text, "             not {size} at {price}: {}", self.why_not(trade))?;
        }
        if shown < missed.len() {
            writeln!(
                text,
                "             and {} more (--unmatched lists them)",
                grouped((missed.len() - shown) as u64)
            )?;
        }
        Ok(())
    }

    /// Why a published trade is none of ours.
    fn why_not(&self, trade: &PublishedTrade) -> String {
        let reconstruction = &self.replay.reconstruction;
        let sides = [(trade.buyer, "buyer"), (trade.seller, "seller")];
        let mut told = Vec::new();
        for (order, role) in sides {
            if reconstruction.is_sizeless(order) {
                told.push(format!("its {role}, order {order}, enters the file without a size"));
            }
        }
        for (order, role) in sides {
            if reconstruction.is_untraded(order) {
                told.push(format!("its {role}, order {order}, has nobody left to trade with"));
            }
        }
        if told.is_empty() { "its two orders did not meet here".into() } else { told.join("; ") }
    }

    pub(super) fn put_verdict(&self, json: &mut Map<String, Value>) {
        let reconstruction = &self.replay.reconstruction;
        let agreement = reconstruction.agreement;
        let mut put = |name: &str, value: Value| {
            json.insert(name.into(), value);
        };
        let executions = json!({
            "executions": agreement.executions,
            "first_in_queue": agreement.first_in_queue,
            "behind_another": agreement.behind_another,
            "not_the_best": agreement.not_the_best,
            "more_than_shown": agreement.more_than_shown,
            "other_price": agreement.other_price,
            "crossed": agreement.crossed,
            "unknown": agreement.unknown,
            "prevented": agreement.prevented,
            "post_only": agreement.post_only,
        });
        put("executions", executions);
        let misfits =
            reconstruction.misfits.named().into_iter().map(|(name, count, _)| (name.into(), count.into()));
        put("misfits", Value::Object(misfits.collect()));
        put("unknown_orders", reconstruction.misfits.unknown().into());
        if let Some(comparison) = &self.quotes {
            put("rows_compared", comparison.compared.into());
            put("rows_matched", comparison.matched().into());
            put("rows_explained", comparison.explained().into());
            put("venue_rows", comparison.venue_rows.into());
            put("venue_rows_matched", comparison.matched().into());
            put("venue_rows_outside", (comparison.venue_rows_in_all - comparison.venue_rows).into());
            put(
                "unmatched",
                comparison.unmatched.iter().map(|one| self.json_unmatched(one, comparison)).collect(),
            );
            put("unmatched_orders", comparison.accounts.iter().map(|one| self.json_account(one)).collect());
        }
        if let Some(trades) = &self.trades {
            put("rows_compared", trades.listed.len().into());
            put("rows_matched", trades.matched().into());
            put("venue_rows", trades.listed.len().into());
            put("venue_rows_matched", trades.matched().into());
            put("venue_rows_outside", trades.outside.into());
            put("our_trades", trades.ours.into());
            let missed = trades.listed.iter().filter(|(_, found)| !found);
            put("unmatched", missed.map(|(trade, _)| self.json_missed(trade)).collect());
        }
    }

    fn json_unmatched(&self, Unmatched { change, accounts }: &Unmatched, comparison: &Comparison) -> Value {
        let Quote { bid, bid_size, ask, ask_size } = change.quote;
        let orders: Vec<u64> = accounts.iter().map(|&index| comparison.accounts[index].order).collect();
        json!({
            "message": change.message,
            "time": self.time(change.time),
            "bid": number(&self.price(bid)),
            "bid_size": number(&self.size(bid_size.into())),
            "ask": number(&self.price(ask)),
            "ask_size": number(&self.size(ask_size.into())),
            "orders": orders,
        })
    }

    fn json_account(&self, account: &Account) -> Value {
        let cause = match account.cause {
            Cause::NeverEntered => "never entered",
            Cause::NeverEnded => "never ended",
        };
        json!({
            "order": account.order,
            "side": name(account.side),
            "price": number(&self.price(account.price)),
            "size": number(&self.size(account.quantity.into())),
            "cause": cause,
            "from_message": account.from,
            "until_message": account.until,
            "rows": account.changes,
        })
    }

    fn json_missed(&self, trade: &PublishedTrade) -> Value {
        json!({
            "price": number(&self.price(trade.price)),
            "size": number(&self.size(trade.quantity.into())),
            "buyer": trade.buyer,
            "seller": trade.seller,
            "why": self.why_not(trade),
        })
    }
}

/// Trades not found that are told of unasked.
const MOST_TRADES: usize = 10;
